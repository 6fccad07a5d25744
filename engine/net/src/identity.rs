use std::path::Path;

/// A certificate chain and its private key, in DER. For WSS, and (self-signed) for DTLS.
#[derive(Clone)]
pub struct Identity {
    chain: Vec<Vec<u8>>,
    private_key: Vec<u8>,
}

/// Why there is no identity, with the file it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityError(String);

impl Identity {
    /// From certificates (the leaf first) and a private key (PKCS#8, SEC1 or PKCS#1), all in DER.
    pub fn from_der(chain: Vec<Vec<u8>>, private_key: Vec<u8>) -> Self {
        Self { chain, private_key }
    }

    /// From PEM files, as a certificate authority's tools write them.
    pub fn from_pem_files(_certificate: &Path, _private_key: &Path) -> Result<Self, IdentityError> {
        todo!()
    }

    /// A new ECDSA P-256 key and a certificate signed by itself. `names` are host names or IP addresses for its
    /// subjectAltName; for DTLS there need not be any.
    pub fn self_signed(_names: &[String]) -> Result<Self, IdentityError> {
        todo!()
    }

    /// The leaf certificate in DER: what `WorkerPlan` and `MediaSettings` want.
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], Vec::as_slice)
    }

    /// The private key in DER.
    pub fn private_key(&self) -> &[u8] {
        &self.private_key
    }

    /// SHA-256 of the leaf certificate: the digest of an SDP `fingerprint` attribute (RFC 8122 §5).
    pub fn sha256(&self) -> Vec<u8> {
        todo!()
    }
}

impl std::fmt::Debug for Identity {
    /// The key is not for logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Identity(..)")
    }
}

impl std::fmt::Display for IdentityError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for IdentityError {}

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

/// A certificate chain and its private key, in DER. For WSS, and (self-signed) for DTLS.
#[derive(Clone)]
pub struct Identity {
    chain: Vec<Vec<u8>>,
    private_key: Vec<u8>,
}

/// Why there is no identity, with the file it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityError(pub(crate) String);

impl Identity {
    /// From certificates (the leaf first) and a private key (PKCS#8, SEC1 or PKCS#1), all in DER.
    pub fn from_der(chain: Vec<Vec<u8>>, private_key: Vec<u8>) -> Self {
        Self { chain, private_key }
    }

    /// From PEM files, as a certificate authority's tools write them: the certificates, the leaf first, and the key.
    pub fn from_pem_files(certificate: &Path, private_key: &Path) -> Result<Self, IdentityError> {
        let unreadable = |path: &Path, what: &str, error: &dyn std::fmt::Display| {
            IdentityError(format!(
                "{}: no {what} can be read from it: {error}",
                path.display()
            ))
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable(certificate, "certificate in PEM", &error))?;
        if chain.is_empty() {
            return Err(unreadable(
                certificate,
                "certificate in PEM",
                &"there is none in it",
            ));
        }
        let private_key = PrivateKeyDer::from_pem_file(private_key)
            .map_err(|error| unreadable(private_key, "private key in PEM", &error))?;
        Ok(Self {
            chain: chain.into_iter().map(|der| der.to_vec()).collect(),
            private_key: private_key.secret_der().to_vec(),
        })
    }

    /// A new ECDSA P-256 key and a certificate signed by itself. `names` are host names or IP addresses for its
    /// subjectAltName; for DTLS there need not be any.
    pub fn self_signed(names: &[String]) -> Result<Self, IdentityError> {
        let failed = |error: rcgen::Error| {
            IdentityError(format!("no certificate can be made for {names:?}: {error}"))
        };
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let mut params = CertificateParams::new(names.to_vec()).map_err(failed)?;
        // Tells nothing of the machine (RFC 8826 §4.3.1 wants no names in a call's certificate).
        params
            .distinguished_name
            .push(DnType::CommonName, "margrave");
        let certificate = params.self_signed(&key).map_err(failed)?;
        Ok(Self {
            chain: vec![certificate.der().to_vec()],
            private_key: key.serialize_der(),
        })
    }

    /// The leaf certificate in DER: what `MediaSettings` wants.
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], Vec::as_slice)
    }

    /// The private key in DER.
    pub fn private_key(&self) -> &[u8] {
        &self.private_key
    }

    /// SHA-256 of the leaf certificate: the digest of an SDP `fingerprint` attribute (RFC 8122 §5).
    pub fn sha256(&self) -> Vec<u8> {
        Sha256::digest(self.certificate()).to_vec()
    }

    /// In the form that handshakes take it.
    pub(crate) fn certified(&self) -> Result<Arc<CertifiedKey>, IdentityError> {
        let chain = self
            .chain
            .iter()
            .map(|der| CertificateDer::from(der.clone()))
            .collect();
        let key = PrivateKeyDer::try_from(self.private_key.clone())
            .map_err(|error| IdentityError(format!("the private key for TLS: {error}")))?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified = CertifiedKey::from_der(chain, key, &provider).map_err(|error| {
            IdentityError(format!(
                "the certificate and the private key for TLS do not go together: {error}"
            ))
        })?;
        Ok(Arc::new(certified))
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

#[cfg(test)]
mod tests {
    use super::Identity;
    use std::path::Path;

    #[test]
    fn a_certificate_of_our_own_serves_tls() {
        let identity =
            Identity::self_signed(&["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("made");
        assert_eq!(identity.sha256().len(), 32);
        assert!(identity.certified().is_ok());
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let one = Identity::self_signed(&[]).expect("made");
        let two = Identity::self_signed(&[]).expect("made");
        let mixed =
            Identity::from_der(vec![one.certificate().to_vec()], two.private_key().to_vec());
        assert!(mixed.certified().is_err());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Identity::from_pem_files(Path::new("no-such.pem"), Path::new("no-such.key"))
            .expect_err("not there");
        assert!(error.to_string().contains("no-such.pem"), "{error}");
    }
}

use sha2::{Digest, Sha256, Sha384, Sha512};

/// The certificate that the far end proved to own, in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate(Vec<u8>);

impl PeerCertificate {
    pub(crate) fn new(der: &[u8]) -> Self {
        Self(der.to_vec())
    }

    /// Its SHA-256, the hash that browsers announce.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// Whether it is the one announced under this hash function (RFC 8122 §5). SHA-1 and MD5 prove nothing any more and
    /// never match.
    pub fn matches(&self, algorithm: &str, digest: &[u8]) -> bool {
        match algorithm.to_ascii_lowercase().as_str() {
            "sha-256" => Sha256::digest(&self.0)[..] == *digest,
            "sha-384" => Sha384::digest(&self.0)[..] == *digest,
            "sha-512" => Sha512::digest(&self.0)[..] == *digest,
            _ => false,
        }
    }
}

use crate::clock::Clock;
use dimpl::{Config, DtlsCertificate, certificate};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// First retransmission after 50 ms, then doubled (RFC 6347 §4.2.4.1 asks for 1 s): a lost ClientHello must not cost the
/// first second of speech. A flight is one or two packets.
const FIRST_RETRANSMISSION: Duration = Duration::from_millis(50);
/// 50 ms doubled nine times passes [`crate::HANDSHAKE_TIMEOUT`], which ends it first.
const RETRANSMISSIONS: usize = 9;

/// Our certificate and private key, and how we speak DTLS with them. One for all associations of a worker; cloning is cheap
/// but for the certificate.
#[derive(Clone)]
pub struct Identity {
    pub(crate) config: Arc<Config>,
    pub(crate) certificate: DtlsCertificate,
    pub(crate) clock: Clock,
}

/// Why certificate and key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(pub String);

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

impl Identity {
    /// From a certificate and its ECDSA private key (PKCS #8 or SEC 1), both in DER. `epoch` is the shell's `Instant` of
    /// [`proto_base::Time::ZERO`].
    pub fn new(
        certificate: Vec<u8>,
        private_key: Vec<u8>,
        epoch: Instant,
    ) -> Result<Self, Unusable> {
        let config = Config::builder()
            // An address that an authenticated ICE check validated needs no cookie to prove itself.
            .use_server_cookie(false)
            .flight_start_rto(FIRST_RETRANSMISSION)
            .flight_retries(RETRANSMISSIONS)
            .handshake_timeout(crate::HANDSHAKE_TIMEOUT)
            .build()
            .map_err(|error| Unusable(format!("DTLS cannot be configured: {error}")))?;
        if certificate.is_empty() {
            return Err(Unusable("the certificate is empty".to_owned()));
        }
        // The library panics on a key that it cannot read, so look before.
        config
            .crypto_provider()
            .key_provider
            .load_private_key(&private_key)
            .map_err(|error| Unusable(format!("the private key cannot be used: {error}")))?;
        Ok(Self {
            config: Arc::new(config),
            certificate: DtlsCertificate {
                certificate,
                private_key,
            },
            clock: Clock { epoch },
        })
    }

    /// SHA-256 of our certificate, for `a=fingerprint`.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.certificate.certificate).into()
    }
}

/// The key is not for logs.
impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(..)")
    }
}

/// A new self-signed ECDSA P-256 certificate and its private key, both in DER. Drawn from the system's chance and dated by
/// its clock: for shells and tests, not for a machine that is to be replayed.
pub fn generate_certificate() -> Result<(Vec<u8>, Vec<u8>), Unusable> {
    let made = certificate::generate_self_signed_certificate()
        .map_err(|error| Unusable(format!("no certificate could be made: {error}")))?;
    Ok((made.certificate, made.private_key))
}

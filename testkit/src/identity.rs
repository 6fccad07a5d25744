//! A certificate for all of a test's DTLS ends, made once: keys cost time, and none of these protects anything.

use control_command::Fingerprint;
use std::sync::OnceLock;
use std::time::Instant;

/// A certificate with its key, and the start of virtual time.
#[derive(Debug)]
pub(crate) struct TestIdentity {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// DER.
    pub(crate) private_key: Vec<u8>,
    /// SHA-256 of the certificate.
    pub(crate) fingerprint: Fingerprint,
    /// What `Time::ZERO` is to the DTLS library.
    pub(crate) epoch: Instant,
}

fn made() -> TestIdentity {
    let epoch = Instant::now();
    let (certificate, private_key) = rtc_dtls::generate_certificate().unwrap_or_default();
    let digest = rtc_dtls::Identity::new(certificate.clone(), private_key.clone(), epoch)
        .map(|identity| identity.fingerprint().to_vec())
        .unwrap_or_default();
    let fingerprint = Fingerprint {
        algorithm: "sha-256".to_owned(),
        digest,
    };
    TestIdentity {
        certificate,
        private_key,
        fingerprint,
        epoch,
    }
}

/// The border's.
pub(crate) fn shared() -> &'static TestIdentity {
    static SHARED: OnceLock<TestIdentity> = OnceLock::new();
    SHARED.get_or_init(made)
}

use std::fmt;
use std::time::Instant;

/// What a worker is made with. `certificate` and `private_key` in DER.
#[derive(Clone)]
pub struct WorkerPlan {
    /// Its number: the first four characters of its legs' ufrags, in hexadecimal.
    pub worker: u16,
    /// The DTLS certificate.
    pub certificate: Vec<u8>,
    /// Its private key (ECDSA, PKCS #8 or SEC 1).
    pub private_key: Vec<u8>,
    /// `Instant` of `Time::ZERO`, named by the shell: dimpl counts in `Instant`.
    pub epoch: Instant,
}

/// The key is not for logs.
impl fmt::Debug for WorkerPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WorkerPlan")
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}

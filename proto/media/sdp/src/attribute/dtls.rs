use super::Attributes;
use crate::Fingerprint;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write};

/// Who opens the DTLS association (RFC 4145 §4, RFC 5763 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setup {
    /// Its author does.
    Active,
    /// The other one does.
    Passive,
    /// The answerer may choose.
    ActPass,
    /// Nobody for now.
    HoldConn,
}

impl fmt::Display for Setup {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::ActPass => "actpass",
            Setup::HoldConn => "holdconn",
        })
    }
}

impl Attributes {
    /// `a=setup`
    pub fn setup(&self) -> Option<Setup> {
        let value = self.first("setup")?.to_ascii_lowercase();
        match value.as_str() {
            "active" => Some(Setup::Active),
            "passive" => Some(Setup::Passive),
            "actpass" => Some(Setup::ActPass),
            "holdconn" => Some(Setup::HoldConn),
            _ => None,
        }
    }

    /// `a=fingerprint` (RFC 8122 §5), only of hash functions that RFC 8122 allows to be relied on, and only of the right length.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.all("fingerprint").filter_map(read_fingerprint)
    }

    /// `a=tls-id` (RFC 8842 §4): another one means another association.
    pub fn tls_id(&self) -> Option<&str> {
        self.first("tls-id")
    }
}

/// A fingerprint as the value of `a=fingerprint`.
pub fn fingerprint_text(fingerprint: &Fingerprint) -> String {
    let mut text = fingerprint.algorithm.clone();
    let mut before = ' ';
    for octet in &fingerprint.digest {
        text.push(before);
        let _ = write!(text, "{octet:02X}");
        before = ':';
    }
    text
}

fn read_fingerprint(value: &str) -> Option<Fingerprint> {
    let (algorithm, hex) = value.split_once(' ')?;
    let algorithm = algorithm.to_ascii_lowercase();
    // RFC 8122 §5: MD2 and MD5 must not be used; SHA-1 no longer proves anything.
    let length = match algorithm.as_str() {
        "sha-224" => 28,
        "sha-256" => 32,
        "sha-384" => 48,
        "sha-512" => 64,
        _ => return None,
    };
    let digest: Option<Vec<u8>> = hex.trim_ascii().split(':').map(octet).collect();
    let digest = digest.filter(|digest| digest.len() == length)?;
    Some(Fingerprint { algorithm, digest })
}

fn octet(text: &str) -> Option<u8> {
    let digits = text.len() == 2 && text.bytes().all(|it| it.is_ascii_hexdigit());
    digits.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

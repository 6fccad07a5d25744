use crate::integrity;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// RFC 8489 §5.
pub(crate) const MAGIC_COOKIE: u32 = 0x2112_A442;
/// Type, length, cookie, transaction.
pub(crate) const HEADER: usize = 20;
/// The only method of ICE (RFC 8489 §18.2).
pub(crate) const BINDING: u16 = 0x001;

/// Attribute numbers (RFC 8489 §18.3, RFC 8445 §20.1).
pub(crate) mod attribute {
    pub(crate) const USERNAME: u16 = 0x0006;
    pub(crate) const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub(crate) const ERROR_CODE: u16 = 0x0009;
    pub(crate) const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
    pub(crate) const MESSAGE_INTEGRITY_SHA256: u16 = 0x001C;
    pub(crate) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub(crate) const PRIORITY: u16 = 0x0024;
    pub(crate) const USE_CANDIDATE: u16 = 0x0025;
    pub(crate) const FINGERPRINT: u16 = 0x8028;
    pub(crate) const ICE_CONTROLLED: u16 = 0x8029;
    pub(crate) const ICE_CONTROLLING: u16 = 0x802A;
    /// Below this an attribute must be understood (RFC 8489 §14).
    pub(crate) const OPTIONAL_FROM: u16 = 0x8000;
}

/// What a message is (RFC 8489 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Wants a response.
    Request,
    /// Wants none.
    Indication,
    /// The request was carried out.
    Success,
    /// It was not.
    Error,
}

impl Class {
    /// The bits C1 and C0 in their places.
    pub(crate) const fn bits(self) -> u16 {
        match self {
            Class::Request => 0x0000,
            Class::Indication => 0x0010,
            Class::Success => 0x0100,
            Class::Error => 0x0110,
        }
    }
}

/// 96 random bits that tie a response to its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TransactionId(pub [u8; 12]);

/// Which part a check's sender plays, with its tie-breaker (RFC 8445 §7.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceRole {
    /// It nominates.
    Controlling(u64),
    /// It waits for nomination.
    Controlled(u64),
}

/// A STUN message, read in place. FINGERPRINT is already right where it is present; MESSAGE-INTEGRITY is not yet verified:
/// that is [`Message::is_authentic`].
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) class: Class,
    pub(crate) method: u16,
    pub(crate) transaction: TransactionId,
    pub(crate) username: Option<&'a [u8]>,
    pub(crate) priority: Option<u32>,
    pub(crate) role: Option<IceRole>,
    pub(crate) use_candidate: bool,
    pub(crate) mapped: Option<SocketAddr>,
    pub(crate) error_code: Option<u16>,
    /// Where MESSAGE-INTEGRITY begins, and its value.
    pub(crate) integrity: Option<(usize, [u8; integrity::LENGTH])>,
    pub(crate) fingerprint: bool,
    pub(crate) unknown: Vec<u16>,
}

impl<'a> Message<'a> {
    /// Its class.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Whether it is of the Binding method, the only one that ICE knows.
    pub fn is_binding(&self) -> bool {
        self.method == BINDING
    }

    /// Its transaction.
    pub fn transaction(&self) -> TransactionId {
        self.transaction
    }

    /// USERNAME.
    pub fn username(&self) -> Option<&'a [u8]> {
        self.username
    }

    /// USERNAME cut at the colon: the receiver's ufrag, the sender's ufrag (RFC 8445 §7.2.2).
    pub fn ufrags(&self) -> Option<(&'a [u8], &'a [u8])> {
        let username = self.username?;
        let colon = username.iter().position(|&octet| octet == b':')?;
        let (receiver, rest) = username.split_at_checked(colon)?;
        Some((receiver, rest.get(1..)?))
    }

    /// PRIORITY.
    pub fn priority(&self) -> Option<u32> {
        self.priority
    }

    /// ICE-CONTROLLING or ICE-CONTROLLED.
    pub fn role(&self) -> Option<IceRole> {
        self.role
    }

    /// Whether USE-CANDIDATE is there.
    pub fn nominates(&self) -> bool {
        self.use_candidate
    }

    /// XOR-MAPPED-ADDRESS.
    pub fn mapped_address(&self) -> Option<SocketAddr> {
        self.mapped
    }

    /// The number of ERROR-CODE.
    pub fn error_code(&self) -> Option<u16> {
        self.error_code
    }

    /// Whether it carries a FINGERPRINT (a wrong one does not parse).
    pub fn has_fingerprint(&self) -> bool {
        self.fingerprint
    }

    /// Whether it carries a MESSAGE-INTEGRITY, right or wrong.
    pub fn has_integrity(&self) -> bool {
        self.integrity.is_some()
    }

    /// Attributes that must be understood and are not; at most a handful are kept.
    pub fn unknown_attributes(&self) -> &[u16] {
        &self.unknown
    }

    /// Whether MESSAGE-INTEGRITY is there and was made with this password (RFC 8489 §14.5). In constant time.
    pub fn is_authentic(&self, password: &str) -> bool {
        let Some((at, value)) = &self.integrity else {
            return false;
        };
        self.bytes
            .get(..*at)
            .is_some_and(|covered| integrity::verify(covered, password.as_bytes(), value))
    }
}

/// Whether a datagram is STUN by its first octet (RFC 7983 §7).
pub fn looks_like_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|&octet| octet < 4)
}

use crate::message::{BINDING, Class, HEADER, MAGIC_COOKIE, TransactionId, attribute};
use crate::{address, integrity};
use std::net::SocketAddr;

/// Longest reason phrase we write.
const MAX_REASON: usize = 128;

/// Writes a Binding message, attribute by attribute.
#[derive(Clone, Debug)]
pub struct Builder {
    bytes: Vec<u8>,
    transaction: TransactionId,
}

impl Builder {
    /// Begins a Binding message.
    pub fn new(class: Class, transaction: TransactionId) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend((BINDING | class.bits()).to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(MAGIC_COOKIE.to_be_bytes());
        bytes.extend(transaction.0);
        Self { bytes, transaction }
    }

    /// Adds any attribute. A value longer than 65,535 octets is cut.
    pub fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.bytes.extend(kind.to_be_bytes());
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(value.iter().take(usize::from(length)));
        let padded = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(padded, 0);
        self
    }

    /// USERNAME.
    pub fn username(self, username: &str) -> Self {
        self.attribute(attribute::USERNAME, username.as_bytes())
    }

    /// PRIORITY.
    pub fn priority(self, priority: u32) -> Self {
        self.attribute(attribute::PRIORITY, &priority.to_be_bytes())
    }

    /// ICE-CONTROLLING.
    pub fn controlling(self, tie_breaker: u64) -> Self {
        self.attribute(attribute::ICE_CONTROLLING, &tie_breaker.to_be_bytes())
    }

    /// ICE-CONTROLLED.
    pub fn controlled(self, tie_breaker: u64) -> Self {
        self.attribute(attribute::ICE_CONTROLLED, &tie_breaker.to_be_bytes())
    }

    /// USE-CANDIDATE.
    pub fn use_candidate(self) -> Self {
        self.attribute(attribute::USE_CANDIDATE, &[])
    }

    /// XOR-MAPPED-ADDRESS.
    pub fn mapped_address(self, address: SocketAddr) -> Self {
        let value = address::write(address, self.transaction);
        self.attribute(attribute::XOR_MAPPED_ADDRESS, &value)
    }

    /// ERROR-CODE (RFC 8489 §14.8).
    pub fn error(self, code: u16, reason: &str) -> Self {
        let hundreds = u8::try_from(code / 100).unwrap_or(0);
        let units = u8::try_from(code % 100).unwrap_or(0);
        let mut value = vec![0, 0, hundreds, units];
        value.extend(reason.bytes().take(MAX_REASON));
        self.attribute(attribute::ERROR_CODE, &value)
    }

    /// UNKNOWN-ATTRIBUTES (RFC 8489 §14.13).
    pub fn unknown_attributes(self, kinds: &[u16]) -> Self {
        let value: Vec<u8> = kinds.iter().flat_map(|kind| kind.to_be_bytes()).collect();
        self.attribute(attribute::UNKNOWN_ATTRIBUTES, &value)
    }

    /// Ends the message with MESSAGE-INTEGRITY under this password and FINGERPRINT.
    pub fn finish(mut self, password: &str) -> Vec<u8> {
        let value = integrity::compute(&self.bytes, password.as_bytes()).unwrap_or_default();
        self = self.attribute(attribute::MESSAGE_INTEGRITY, &value);
        self.finish_without_integrity()
    }

    /// Ends the message with FINGERPRINT alone.
    pub fn finish_without_integrity(mut self) -> Vec<u8> {
        self.set_length(integrity::FINGERPRINT_ATTRIBUTE);
        let value = integrity::fingerprint(&self.bytes).to_be_bytes();
        self.attribute(attribute::FINGERPRINT, &value).bytes
    }

    /// Ends the message as it is, with the right length: for tests of what must not be believed.
    pub fn finish_bare(mut self) -> Vec<u8> {
        self.set_length(0);
        self.bytes
    }

    fn set_length(&mut self, to_come: usize) {
        let length = (self.bytes.len() + to_come).saturating_sub(HEADER);
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        if let Some(place) = self.bytes.get_mut(2..4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
}

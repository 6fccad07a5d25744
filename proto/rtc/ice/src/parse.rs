use crate::message::{Class, HEADER, IceRole, MAGIC_COOKIE, Message, TransactionId, attribute};
use crate::{address, integrity};

/// A check of a browser has some 100 octets; no path carries a STUN message over the smallest MTU of IPv6.
const MAX_LENGTH: usize = 1280;
/// A check has about ten; this keeps a datagram full of empty attributes cheap.
const MAX_ATTRIBUTES: usize = 32;
/// As many unknown attributes are told back; a response must not grow beyond its request.
const MAX_UNKNOWN: usize = 4;

/// Why a datagram is no STUN message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The header: first bits, cookie, length.
    Header,
    /// An attribute runs over the end, has a wrong length, or there are too many.
    Attribute,
    /// FINGERPRINT is wrong or not the last.
    Fingerprint,
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    let octets = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(octets.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let octets = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(octets.try_into().ok()?))
}

/// The whole value as a number.
fn number32(value: &[u8]) -> Result<u32, Malformed> {
    let octets = value.try_into().map_err(|_| Malformed::Attribute)?;
    Ok(u32::from_be_bytes(octets))
}

/// The whole value as a number.
fn number64(value: &[u8]) -> Result<u64, Malformed> {
    let octets = value.try_into().map_err(|_| Malformed::Attribute)?;
    Ok(u64::from_be_bytes(octets))
}

/// Class and method from the interleaved bits of the type (RFC 8489 §5, figure 3).
fn class_and_method(kind: u16) -> (Class, u16) {
    let class = match kind & 0x0110 {
        0x0000 => Class::Request,
        0x0010 => Class::Indication,
        0x0100 => Class::Success,
        _ => Class::Error,
    };
    let method = (kind & 0x000F) | ((kind & 0x00E0) >> 1) | ((kind & 0x3E00) >> 2);
    (class, method)
}

impl<'a> Message<'a> {
    /// Reads a datagram: cheap looks at the header first, then each attribute within its bounds, FINGERPRINT last. Of an
    /// attribute that comes twice the first counts (RFC 8489 §14); what follows MESSAGE-INTEGRITY is ignored but for
    /// FINGERPRINT (§14.5), since nothing protects it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut message = Self::header(bytes).ok_or(Malformed::Header)?;
        let mut at = HEADER;
        let mut count = 0;
        while at < bytes.len() {
            count += 1;
            if count > MAX_ATTRIBUTES || message.fingerprint {
                return Err(Malformed::Attribute);
            }
            let kind = be16(bytes, at).ok_or(Malformed::Attribute)?;
            let length = usize::from(be16(bytes, at + 2).ok_or(Malformed::Attribute)?);
            let start = at + 4;
            let value = bytes
                .get(start..start + length)
                .ok_or(Malformed::Attribute)?;
            message.take(kind, value, at)?;
            // The header's length is a multiple of four and ends the datagram, so the padding cannot run over.
            at = start + length.next_multiple_of(4);
        }
        Ok(message)
    }

    fn header(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER || bytes.len() > MAX_LENGTH {
            return None;
        }
        let kind = be16(bytes, 0)?;
        let length = usize::from(be16(bytes, 2)?);
        if kind & 0xC000 != 0
            || be32(bytes, 4)? != MAGIC_COOKIE
            || !length.is_multiple_of(4)
            || length + HEADER != bytes.len()
        {
            return None;
        }
        let (class, method) = class_and_method(kind);
        Some(Message {
            bytes,
            class,
            method,
            transaction: TransactionId(bytes.get(8..HEADER)?.try_into().ok()?),
            username: None,
            priority: None,
            role: None,
            use_candidate: false,
            mapped: None,
            error_code: None,
            integrity: None,
            fingerprint: false,
            unknown: Vec::new(),
        })
    }

    fn take(&mut self, kind: u16, value: &'a [u8], at: usize) -> Result<(), Malformed> {
        if kind == attribute::FINGERPRINT {
            return self.take_fingerprint(value, at);
        }
        if self.integrity.is_some() {
            return Ok(());
        }
        match kind {
            attribute::USERNAME => {
                self.username.get_or_insert(value);
            }
            attribute::MESSAGE_INTEGRITY => {
                let value = value.try_into().map_err(|_| Malformed::Attribute)?;
                self.integrity = Some((at, value));
            }
            attribute::ERROR_CODE => {
                let [_, _, hundreds, units, ..] = *value else {
                    return Err(Malformed::Attribute);
                };
                let code = u16::from(hundreds & 7) * 100 + u16::from(units);
                self.error_code.get_or_insert(code);
            }
            attribute::XOR_MAPPED_ADDRESS => {
                let mapped = address::read(value, self.transaction).ok_or(Malformed::Attribute)?;
                self.mapped.get_or_insert(mapped);
            }
            attribute::PRIORITY => {
                self.priority.get_or_insert(number32(value)?);
            }
            attribute::USE_CANDIDATE => self.use_candidate = true,
            attribute::ICE_CONTROLLED => {
                self.role
                    .get_or_insert(IceRole::Controlled(number64(value)?));
            }
            attribute::ICE_CONTROLLING => {
                self.role
                    .get_or_insert(IceRole::Controlling(number64(value)?));
            }
            attribute::UNKNOWN_ATTRIBUTES | attribute::MESSAGE_INTEGRITY_SHA256 => {}
            _ if kind < attribute::OPTIONAL_FROM && self.unknown.len() < MAX_UNKNOWN => {
                self.unknown.push(kind);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_fingerprint(&mut self, value: &[u8], at: usize) -> Result<(), Malformed> {
        let told = number32(value)?;
        let covered = self.bytes.get(..at).ok_or(Malformed::Fingerprint)?;
        if at + integrity::FINGERPRINT_ATTRIBUTE != self.bytes.len()
            || integrity::fingerprint(covered) != told
        {
            return Err(Malformed::Fingerprint);
        }
        self.fingerprint = true;
        Ok(())
    }
}

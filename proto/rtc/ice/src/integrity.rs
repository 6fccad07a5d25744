use crate::message::HEADER;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// An HMAC-SHA1 in octets.
pub(crate) const LENGTH: usize = 20;
/// The attribute MESSAGE-INTEGRITY: header and value.
pub(crate) const ATTRIBUTE: usize = 24;
/// The attribute FINGERPRINT: header and value.
pub(crate) const FINGERPRINT_ATTRIBUTE: usize = 8;
/// RFC 8489 §14.7: tells a STUN CRC from another protocol's.
const FINGERPRINT_XOR: u32 = 0x5354_554E;

/// The HMAC over what stands before MESSAGE-INTEGRITY, with the header's length as if the message ended with that
/// attribute (RFC 8489 §14.5).
fn hmac(covered: &[u8], key: &[u8]) -> Option<Hmac<Sha1>> {
    let length = (covered.len() + ATTRIBUTE).checked_sub(HEADER)?;
    let length = u16::try_from(length).ok()?;
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(covered.get(..2)?);
    mac.update(&length.to_be_bytes());
    mac.update(covered.get(4..)?);
    Some(mac)
}

/// The value of MESSAGE-INTEGRITY.
pub(crate) fn compute(covered: &[u8], key: &[u8]) -> Option<[u8; LENGTH]> {
    Some(hmac(covered, key)?.finalize().into_bytes().into())
}

/// Whether the value is right, compared in constant time.
pub(crate) fn verify(covered: &[u8], key: &[u8], value: &[u8; LENGTH]) -> bool {
    hmac(covered, key).is_some_and(|mac| mac.verify_slice(value).is_ok())
}

/// The value of FINGERPRINT over what stands before it; the header's length already counts it (RFC 8489 §14.7).
pub(crate) fn fingerprint(covered: &[u8]) -> u32 {
    crc32fast::hash(covered) ^ FINGERPRINT_XOR
}

use crate::Profile;
use crate::derive::SessionKeys;
use crate::hmac::HmacSha1;
use crate::packet::RTCP_CLEAR;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Aes256Enc};
use subtle::ConstantTimeEq;

/// Blocks of keystream made at once: 160 octets of G.711 (20 ms) in one call.
const BATCH: usize = 10;
/// SRTCP's tag is 80 bits long in both profiles (RFC 5764 §4.1.2).
pub(crate) const RTCP_TAG: usize = 10;
/// The E flag and the SRTCP index.
const INDEX_WORD: usize = 4;
/// The flag that says "encrypted" (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;

/// AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1), keyed for one protocol of one direction.
#[derive(Clone)]
pub(crate) struct CounterMode {
    cipher: Cipher,
    hmac: HmacSha1,
    salt: [u8; 14],
}

#[derive(Clone)]
enum Cipher {
    Aes128(Aes128Enc),
    Aes256(Aes256Enc),
}

impl CounterMode {
    pub(crate) fn new(profile: Profile, keys: &SessionKeys) -> Self {
        let [short @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = keys.encryption;
        Self {
            cipher: match profile.key_length() {
                16 => Cipher::Aes128(Aes128Enc::new(&Array::from(short))),
                _ => Cipher::Aes256(Aes256Enc::new(&Array::from(keys.encryption))),
            },
            hmac: HmacSha1::new(&keys.authentication),
            salt: keys.salt,
        }
    }

    /// Encrypts or decrypts: IV = (salt · 2^16) XOR (SSRC · 2^64) XOR (index · 2^16).
    pub(crate) fn apply_keystream(&self, ssrc: u32, index: u64, text: &mut [u8]) {
        let mut start = [0; 16];
        for (to, from) in start.iter_mut().zip(self.salt) {
            *to = from;
        }
        let mask = (u128::from(ssrc) << 64) ^ (u128::from(index) << 16);
        let start = u128::from_be_bytes(start) ^ mask;
        let mut counter = 0u16;
        for text in text.chunks_mut(16 * BATCH) {
            let wanted = text.len().div_ceil(16);
            let mut blocks = [Array::from([0; 16]); BATCH];
            let Some(blocks) = blocks.get_mut(..wanted) else {
                return;
            };
            for block in blocks.iter_mut() {
                *block = Array::from((start ^ u128::from(counter)).to_be_bytes());
                // A datagram has 65,535 octets at most, so the 16-bit block counter cannot wrap.
                counter = counter.wrapping_add(1);
            }
            match &self.cipher {
                Cipher::Aes128(cipher) => cipher.encrypt_blocks(blocks),
                Cipher::Aes256(cipher) => cipher.encrypt_blocks(blocks),
            }
            for (text, key) in text.chunks_mut(16).zip(blocks.iter()) {
                for (octet, key) in text.iter_mut().zip(key.iter()) {
                    *octet ^= key;
                }
            }
        }
    }

    pub(crate) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        (header, length): (usize, usize),
        (ssrc, index): (u32, u64),
        tag_length: usize,
    ) -> Option<usize> {
        let end = length.checked_add(tag_length)?;
        let (packet, tag) = buffer.get_mut(..end)?.split_at_mut_checked(length)?;
        self.apply_keystream(ssrc, index, packet.get_mut(header..)?);
        let full = self.hmac.tag(packet, &rollover(index));
        tag.copy_from_slice(full.get(..tag_length)?);
        Some(end)
    }

    pub(crate) fn open_rtp(
        &self,
        buffer: &mut [u8],
        (header, length): (usize, usize),
        (ssrc, index): (u32, u64),
        tag_length: usize,
    ) -> Option<usize> {
        let end = length.checked_sub(tag_length)?;
        let (packet, tag) = buffer.get_mut(..length)?.split_at_mut_checked(end)?;
        let full = self.hmac.tag(packet, &rollover(index));
        if !bool::from(full.get(..tag_length)?.ct_eq(tag)) {
            return None;
        }
        self.apply_keystream(ssrc, index, packet.get_mut(header..)?);
        Some(end)
    }

    pub(crate) fn seal_rtcp(
        &self,
        buffer: &mut [u8],
        length: usize,
        (ssrc, index): (u32, u32),
    ) -> Option<usize> {
        self.apply_keystream(ssrc, index.into(), buffer.get_mut(RTCP_CLEAR..length)?);
        let signed = length.checked_add(INDEX_WORD)?;
        let word = (ENCRYPTED | index).to_be_bytes();
        buffer.get_mut(length..signed)?.copy_from_slice(&word);
        let end = signed.checked_add(RTCP_TAG)?;
        let (packet, tag) = buffer.get_mut(..end)?.split_at_mut_checked(signed)?;
        tag.copy_from_slice(self.hmac.tag(packet, &[]).first_chunk::<RTCP_TAG>()?);
        Some(end)
    }

    pub(crate) fn open_rtcp(
        &self,
        buffer: &mut [u8],
        length: usize,
        (ssrc, index): (u32, u32),
    ) -> Option<usize> {
        let signed = length.checked_sub(RTCP_TAG)?;
        let end = signed.checked_sub(INDEX_WORD)?;
        let (packet, tag) = buffer.get_mut(..length)?.split_at_mut_checked(signed)?;
        let full = self.hmac.tag(packet, &[]);
        if !bool::from(full.get(..RTCP_TAG)?.ct_eq(tag)) {
            return None;
        }
        self.apply_keystream(ssrc, index.into(), packet.get_mut(RTCP_CLEAR..end)?);
        Some(end)
    }
}

/// The rollover counter of an index: authenticated, not sent (RFC 3711 §4.2).
fn rollover(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::CounterMode;
    use crate::Profile;
    use crate::derive::SessionKeys;
    use crate::tests::unhex;

    #[test]
    fn the_keystream_is_that_of_rfc_3711_appendix_b_2() {
        let keys = SessionKeys {
            encryption: std::array::from_fn(|i| unhex("2B7E151628AED2A6ABF7158809CF4F3C")[i % 16]),
            authentication: [0; 20],
            salt: std::array::from_fn(|i| unhex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")[i]),
        };
        let mut stream = vec![0; 0xff02 * 16];
        CounterMode::new(Profile::Aes128CmHmacSha1_80, &keys).apply_keystream(0, 0, &mut stream);
        for (block, expected) in [
            (0, "E03EAD0935C95E80E166B16DD92B4EB4"),
            (1, "D23513162B02D0F72A43A2FE4A5F97AB"),
            (2, "41E95B3BB0A2E8DD477901E4FCA894C0"),
            (0xfeff, "EC8CDF7398607CB0F2D21675EA9EA1E4"),
            (0xff00, "362B7C3C6773516318A077D7FC5073AE"),
            (0xff01, "6A2CC3787889374FBEB4C81B17BA6C44"),
        ] {
            assert_eq!(
                stream[16 * block..][..16],
                unhex(expected)[..],
                "{block:#x}"
            );
        }
    }

    #[test]
    fn the_keystream_under_aes_256_is_that_of_rfc_6188_section_7_1() {
        let key = unhex("57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98");
        let keys = SessionKeys {
            encryption: std::array::from_fn(|i| key[i]),
            authentication: [0; 20],
            salt: std::array::from_fn(|i| unhex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")[i]),
        };
        let mut stream = vec![0; 2 * 16];
        CounterMode::new(Profile::Aes256CmHmacSha1_80, &keys).apply_keystream(0, 0, &mut stream);
        assert_eq!(
            stream,
            unhex("92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac")
        );
    }
}

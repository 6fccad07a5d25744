use crate::Profile;
use crate::derive::SessionKeys;
use crate::packet::RTCP_CLEAR;
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// RFC 7714 §13: the tag is always whole.
pub(crate) const TAG: usize = 16;
/// The E flag and the SRTCP index.
const INDEX_WORD: usize = 4;
/// The flag that says "encrypted" (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;

/// AES-GCM, keyed for one protocol of one direction (RFC 7714).
pub(crate) struct Gcm {
    /// `None` only if the library could not make the key: then every packet is refused.
    key: Option<LessSafeKey>,
    salt: [u8; 12],
}

impl Gcm {
    pub(crate) fn new(profile: Profile, keys: &SessionKeys) -> Self {
        let [salt @ .., _, _] = keys.salt;
        let algorithm = match profile {
            Profile::AeadAes256Gcm => &AES_256_GCM,
            _ => &AES_128_GCM,
        };
        let key = keys.encryption.get(..profile.key_length());
        Self {
            key: key
                .and_then(|key| UnboundKey::new(algorithm, key).ok())
                .map(LessSafeKey::new),
            salt,
        }
    }

    /// Two zero octets, SSRC, 48 bits of index, XOR salt (RFC 7714 §8.1 and §9.1: SRTCP's index is shorter).
    fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let plain = (u128::from(ssrc) << 48) | u128::from(index);
        let [_, _, _, _, nonce @ ..] = plain.to_be_bytes();
        let mut nonce: [u8; 12] = nonce;
        for (octet, salt) in nonce.iter_mut().zip(self.salt) {
            *octet ^= salt;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    pub(crate) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        (header, length): (usize, usize),
        (ssrc, index): (u32, u64),
    ) -> Option<usize> {
        let end = length.checked_add(TAG)?;
        let (packet, room) = buffer.get_mut(..end)?.split_at_mut_checked(length)?;
        let (head, text) = packet.split_at_mut_checked(header)?;
        let tag = self
            .key
            .as_ref()?
            .seal_in_place_separate_tag(self.nonce(ssrc, index), Aad::from(head), text)
            .ok()?;
        room.copy_from_slice(tag.as_ref());
        Some(end)
    }

    pub(crate) fn open_rtp(
        &self,
        buffer: &mut [u8],
        (header, length): (usize, usize),
        (ssrc, index): (u32, u64),
    ) -> Option<usize> {
        let (head, text) = buffer.get_mut(..length)?.split_at_mut_checked(header)?;
        self.key
            .as_ref()?
            .open_in_place(self.nonce(ssrc, index), Aad::from(head), text)
            .ok()?;
        length.checked_sub(TAG)
    }

    pub(crate) fn seal_rtcp(
        &self,
        buffer: &mut [u8],
        length: usize,
        (ssrc, index): (u32, u32),
    ) -> Option<usize> {
        let word = (ENCRYPTED | index).to_be_bytes();
        let end = length.checked_add(TAG + INDEX_WORD)?;
        let (packet, room) = buffer.get_mut(..end)?.split_at_mut_checked(length)?;
        let (head, text) = packet.split_at_mut_checked(RTCP_CLEAR)?;
        let tag = self
            .key
            .as_ref()?
            .seal_in_place_separate_tag(
                self.nonce(ssrc, index.into()),
                Aad::from(associated(head, word)?),
                text,
            )
            .ok()?;
        let (tag_room, word_room) = room.split_at_mut_checked(TAG)?;
        tag_room.copy_from_slice(tag.as_ref());
        word_room.copy_from_slice(&word);
        Some(end)
    }

    pub(crate) fn open_rtcp(
        &self,
        buffer: &mut [u8],
        length: usize,
        (ssrc, index): (u32, u32),
    ) -> Option<usize> {
        let word = (ENCRYPTED | index).to_be_bytes();
        let sealed = length.checked_sub(INDEX_WORD)?;
        let (head, text) = buffer.get_mut(..sealed)?.split_at_mut_checked(RTCP_CLEAR)?;
        self.key
            .as_ref()?
            .open_in_place(
                self.nonce(ssrc, index.into()),
                Aad::from(associated(head, word)?),
                text,
            )
            .ok()?;
        sealed.checked_sub(TAG)
    }
}

/// What GCM authenticates beside SRTCP's encrypted part: the first eight octets and the index word (RFC 7714 §9.2).
fn associated(head: &[u8], word: [u8; 4]) -> Option<[u8; 12]> {
    let head: &[u8; RTCP_CLEAR] = head.first_chunk()?;
    let mut whole = [0; 12];
    for (to, from) in whole.iter_mut().zip(head.iter().chain(&word)) {
        *to = *from;
    }
    Some(whole)
}

//! A nonce says when it was made and proves that it was made here, so that none needs to be remembered to be believed.

use crate::hex::{hex, unhex};
use hmac::{Hmac, KeyInit, Mac};
use proto_base::{Random, Time};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Bytes of the proof: 128 bits cannot be guessed, and keep the header short.
const PROOF: usize = 16;
/// Bytes of time, then of chance: two nonces of the same microsecond differ.
const STAMP: usize = 16;

/// A fresh nonce. The time leads, so that nonces sort by age.
pub(crate) fn make(secret: &[u8; 32], now: Time, random: &mut Random) -> String {
    let mut bytes = Vec::with_capacity(STAMP + PROOF);
    bytes.extend_from_slice(&now.as_micros().to_be_bytes());
    bytes.extend_from_slice(&random.u64().to_be_bytes());
    let proof = proof(secret, &bytes);
    bytes.extend_from_slice(&proof);
    hex(&bytes)
}

/// When it was made, if it was made here.
pub(crate) fn made_at(secret: &[u8; 32], nonce: &str) -> Option<Time> {
    let bytes = unhex(nonce)?;
    let (stamp, shown) = bytes.split_first_chunk::<STAMP>()?;
    let right: bool = proof(secret, stamp).ct_eq(shown).into();
    let micros = stamp.first_chunk::<8>()?;
    right.then(|| Time::from_micros(u64::from_be_bytes(*micros)))
}

fn proof(secret: &[u8; 32], stamp: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return Vec::new();
    };
    mac.update(stamp);
    let mut whole = mac.finalize().into_bytes().to_vec();
    whole.truncate(PROOF);
    whole
}

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Chance as a value: ChaCha20, seeded once by the shell from the system's entropy, in tests from a number.
///
/// Strong enough for tags, branches, nonces and ICE passwords.
#[derive(Clone, Serialize, Deserialize)]
pub struct Random(ChaCha20Rng);

/// Letters and digits: legal in every SIP token, ICE ufrag and ICE password.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Random {
    /// From 32 bytes of the system's entropy.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// From a number, for tests that must come out the same again.
    pub fn from_number(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// The next 32 bits.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// The next 64 bits.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// `length` random letters and digits, 5.95 bits each.
    pub fn token(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        let (mut drawn, mut left) = (0_u64, 0_u32);
        while text.len() < length {
            // Six bits at a time; the two values past the alphabet are passed over, so every letter is equally likely.
            if left == 0 {
                (drawn, left) = (self.0.next_u64(), 10);
            }
            if let Some(&letter) = ALPHABET.get((drawn & 63) as usize) {
                text.push(char::from(letter));
            }
            drawn >>= 6;
            left = left.saturating_sub(1);
        }
        text
    }
}

/// Its state foretells every secret drawn later, so it is never printed.
impl fmt::Debug for Random {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Random(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let (mut one, mut two) = (Random::from_number(7), Random::from_number(7));
        assert_eq!(one.token(24), two.token(24));
        assert_ne!(one.token(24), Random::from_number(8).token(24));
    }

    #[test]
    fn tokens_are_letters_and_digits() {
        let token = Random::from_number(1).token(500);
        assert_eq!(token.len(), 500);
        assert!(token.bytes().all(|letter| letter.is_ascii_alphanumeric()));
    }
}

use crate::Refused;
use serde::{Deserialize, Serialize};

/// Half of the sequence number space: RFC 3711 §3.3.1 takes the nearer of two possible indices.
const HALF: u16 = 0x8000;
/// The 48-bit packet index ends here (RFC 3711 §9.2).
const LAST_INDEX: u64 = (1 << 48) - 1;

/// Which indices were used: the highest, and which of the 127 below it. RFC 3711 §3.3.2 asks for 64 at least; 128 hold
/// 2.5 s of audio.
///
/// The same window serves the sender: it refuses to encrypt two packets under one index, which would give away the
/// keystream, and under GCM the authentication key too (RFC 7714 §8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    /// ROC · 2^16 + s_l; for SRTCP the SRTCP index.
    highest: u64,
    /// Bit i: `highest - i` was used. Zero before the first packet.
    used: u128,
}

impl Window {
    /// The index that a sequence number stands for (RFC 3711 §3.3.1). The first packet of a stream has ROC 0, so a stream
    /// joined late is understood only before its first rollover.
    pub(crate) fn estimate(&self, sequence: u16) -> Result<u64, Refused> {
        if self.used == 0 {
            return Ok(u64::from(sequence));
        }
        let rollover = self.highest >> 16;
        let last = (self.highest & 0xffff) as u16;
        let rollover = if last < HALF {
            if sequence.saturating_sub(last) > HALF {
                rollover.checked_sub(1).ok_or(Refused::Replayed)?
            } else {
                rollover
            }
        } else if last - HALF > sequence {
            rollover + 1
        } else {
            rollover
        };
        let index = (rollover << 16) | u64::from(sequence);
        if index > LAST_INDEX {
            return Err(Refused::KeyExhausted);
        }
        Ok(index)
    }

    /// Whether this index may still be used.
    pub(crate) fn check(&self, index: u64) -> Result<(), Refused> {
        if self.used == 0 {
            return Ok(());
        }
        match self.highest.checked_sub(index) {
            None => Ok(()),
            Some(age) if age < u64::from(u128::BITS) && self.used >> age & 1 == 0 => Ok(()),
            Some(_) => Err(Refused::Replayed),
        }
    }

    /// It is used now.
    pub(crate) fn mark(&mut self, index: u64) {
        match index.checked_sub(self.highest) {
            Some(ahead) => {
                self.used = u32::try_from(ahead)
                    .ok()
                    .and_then(|ahead| self.used.checked_shl(ahead))
                    .unwrap_or(0)
                    | 1;
                self.highest = index;
            }
            None => {
                let age = self.highest.saturating_sub(index);
                if age < u64::from(u128::BITS) {
                    self.used |= 1 << age;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Window;
    use crate::Refused;

    fn at(index: u64) -> Window {
        let mut window = Window::default();
        window.mark(index);
        window
    }

    #[test]
    fn the_nearer_index_is_taken() {
        assert_eq!(Window::default().estimate(40_000), Ok(40_000));
        assert_eq!(at(0x1_0005).estimate(4), Ok(0x1_0004));
        assert_eq!(at(0x1_0005).estimate(0xffff), Ok(0xffff));
        assert_eq!(at(0x1_fffe).estimate(1), Ok(0x2_0001));
        assert_eq!(at(0x1_7fff).estimate(0xffff), Ok(0x1_ffff));
        assert_eq!(at(0x1_8000).estimate(0), Ok(0x1_0000));
        assert_eq!(at(0x1_8001).estimate(0), Ok(0x2_0000));
        assert_eq!(at(3).estimate(0xffff), Err(Refused::Replayed));
        assert_eq!(at((1 << 48) - 1).estimate(0), Err(Refused::KeyExhausted));
    }

    #[test]
    fn an_index_is_good_once_and_only_while_it_is_in_the_window() {
        let mut window = Window::default();
        for index in [1000, 1001, 1003, 1002] {
            window.check(index).unwrap();
            window.mark(index);
            assert_eq!(window.check(index), Err(Refused::Replayed));
        }
        assert_eq!(window.check(999), Ok(()));
        assert_eq!(window.check(1003 - 127), Ok(()));
        assert_eq!(window.check(1003 - 128), Err(Refused::Replayed));
        window.mark(1_000_000);
        assert_eq!(window.check(1003), Err(Refused::Replayed));
        assert_eq!(window.check(999_999), Ok(()));
    }

    #[test]
    fn index_zero_is_an_index_like_any_other() {
        let mut window = Window::default();
        window.check(0).unwrap();
        window.mark(0);
        assert_eq!(window.check(0), Err(Refused::Replayed));
        assert_eq!(window.check(1), Ok(()));
    }
}

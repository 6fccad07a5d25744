//! ITU-T G.722 at 64 kbit/s: two bands of 4 kHz, each coded as the difference to what an adaptive predictor expects of it.
//!
//! Words are those of the Recommendation's clause 6.2. All values are 16-bit integers there; they are kept in `i32`, which no product of
//! two of them leaves.

mod band;
mod mirror;
mod tables;

use crate::codec::within;
use crate::{Broken, Decoder, Encoder};
use band::{Band, high, low};
use mirror::{Join, Split};

/// Samples a second; the RTP clock says 8000 by an old mistake (RFC 3551 §4.5.2).
const RATE: u32 = 16_000;

/// Codes pairs of samples as octets: the high band's two bits above the low band's six.
#[derive(Clone, Debug)]
pub struct G722Encoder {
    split: Split,
    low: Band,
    high: Band,
}

impl Default for G722Encoder {
    fn default() -> Self {
        Self {
            split: Split::default(),
            low: Band::low(),
            high: Band::high(),
        }
    }
}

impl Encoder for G722Encoder {
    fn rate(&self) -> u32 {
        RATE
    }

    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Broken> {
        let (pairs, rest) = pcm.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(Broken);
        }
        for pair in pairs {
            let (below, above) = self.split.pair(*pair);
            let low = low::quantise(&self.low, below);
            low::adapt(&mut self.low, low);
            let high = high::quantise(&self.high, above);
            high::adapt(&mut self.high, high);
            payload.push(high << 6 | low);
        }
        Ok(())
    }
}

/// Decodes octets into pairs of samples.
#[derive(Clone, Debug)]
pub struct G722Decoder {
    join: Join,
    low: Band,
    high: Band,
}

impl Default for G722Decoder {
    fn default() -> Self {
        Self {
            join: Join::default(),
            low: Band::low(),
            high: Band::high(),
        }
    }
}

impl Decoder for G722Decoder {
    fn rate(&self) -> u32 {
        RATE
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Broken> {
        within(payload.len().saturating_mul(2), RATE)?;
        for octet in payload {
            let (low, high) = (octet & 63, octet >> 6);
            let below = low::reconstruct(&self.low, low);
            low::adapt(&mut self.low, low);
            let above = high::reconstruct(&self.high, high);
            high::adapt(&mut self.high, high);
            pcm.extend(self.join.pair(below, above));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

use crate::codec::within;
use crate::{Broken, Decoder, Encoder};

/// Samples as they are, in network order (RFC 3551 §4.5.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L16 {
    /// Samples a second.
    pub rate: u32,
}

impl Decoder for L16 {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Broken> {
        let (samples, rest) = payload.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(Broken);
        }
        within(samples.len(), self.rate)?;
        pcm.extend(samples.iter().map(|octets| i16::from_be_bytes(*octets)));
        Ok(())
    }
}

impl Encoder for L16 {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Broken> {
        payload.extend(pcm.iter().flat_map(|sample| sample.to_be_bytes()));
        Ok(())
    }
}

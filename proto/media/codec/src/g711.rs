use crate::codec::within;
use crate::{Broken, Decoder, Encoder, SAMPLE_RATE, a_law, mu_law};

/// The two laws of G.711.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum G711 {
    /// PCMU.
    MuLaw,
    /// PCMA.
    ALaw,
}

impl Decoder for G711 {
    fn rate(&self) -> u32 {
        SAMPLE_RATE
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Broken> {
        within(payload.len(), SAMPLE_RATE)?;
        match self {
            G711::MuLaw => pcm.extend(payload.iter().map(|code| mu_law::decode(*code))),
            G711::ALaw => pcm.extend(payload.iter().map(|code| a_law::decode(*code))),
        }
        Ok(())
    }
}

impl Encoder for G711 {
    fn rate(&self) -> u32 {
        SAMPLE_RATE
    }

    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Broken> {
        match self {
            G711::MuLaw => payload.extend(pcm.iter().map(|sample| mu_law::encode(*sample))),
            G711::ALaw => payload.extend(pcm.iter().map(|sample| a_law::encode(*sample))),
        }
        Ok(())
    }
}

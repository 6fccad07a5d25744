//! ITU-T G.726 at 16, 24, 32 and 40 kbit/s: each sample as the difference to what an adaptive predictor expects of it.
//!
//! The Recommendation's "linear" form: 14-bit samples stand in for its A-law and mu-law. Packed as RFC 3551 §4.5.4 says, in either
//! order of bits.

mod pack;
mod predictor;
mod scale;
mod tables;

use crate::codec::within;
use crate::{Broken, Decoder, Encoder, SAMPLE_RATE};
use pack::{pack, unpack};
use predictor::Predictor;
use scale::Scale;
use tables::Rate;

/// One direction's state: sender and receiver keep the same.
#[derive(Clone, Debug)]
struct Adaptive {
    rate: &'static Rate,
    predictor: Predictor,
    scale: Scale,
}

impl Adaptive {
    fn new(bits: u8) -> Result<Self, Broken> {
        Ok(Self {
            rate: tables::rate(bits).ok_or(Broken)?,
            predictor: Predictor::default(),
            scale: Scale::default(),
        })
    }

    /// The code of a 14-bit sample.
    fn code(&mut self, sample: i32) -> u8 {
        let difference = sample - self.predictor.expected();
        let code = self.rate.quantise(difference, self.scale.step());
        self.learn(code);
        code
    }

    /// What both ends learn of a code; the 14-bit sample that it means.
    fn learn(&mut self, code: u8) -> i32 {
        let step = self.scale.step();
        let difference = self.rate.difference(code, step);
        let learned = self
            .predictor
            .learn(difference, self.scale.slow(), self.rate.bits);
        self.scale
            .adapt(step, self.rate.growth(code), self.rate.speed(code), learned);
        learned.sample
    }
}

/// Codes samples.
#[derive(Clone, Debug)]
pub struct G726Encoder {
    state: Adaptive,
    high_first: bool,
}

impl G726Encoder {
    /// An encoder of 2 to 5 bits a sample.
    pub fn new(bits: u8, high_first: bool) -> Result<Self, Broken> {
        Ok(Self {
            state: Adaptive::new(bits)?,
            high_first,
        })
    }
}

impl Encoder for G726Encoder {
    fn rate(&self) -> u32 {
        SAMPLE_RATE
    }

    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Broken> {
        let bits = self.state.rate.bits;
        let codes = pcm
            .iter()
            .map(|sample| self.state.code(i32::from(*sample) >> 2));
        pack(codes, bits, self.high_first, payload);
        Ok(())
    }
}

/// Decodes codes.
#[derive(Clone, Debug)]
pub struct G726Decoder {
    state: Adaptive,
    high_first: bool,
}

impl G726Decoder {
    /// A decoder of 2 to 5 bits a sample.
    pub fn new(bits: u8, high_first: bool) -> Result<Self, Broken> {
        Ok(Self {
            state: Adaptive::new(bits)?,
            high_first,
        })
    }
}

impl Decoder for G726Decoder {
    fn rate(&self) -> u32 {
        SAMPLE_RATE
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Broken> {
        let bits = self.state.rate.bits;
        within(
            payload.len().saturating_mul(8) / usize::from(bits),
            SAMPLE_RATE,
        )?;
        for code in unpack(payload, bits, self.high_first) {
            let sample = self.state.learn(code);
            pcm.push((sample << 2).clamp(-32_768, 32_767) as i16);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

use crate::island::Coder;
use crate::{OpusSettings, RATES};
use media_codec::{Broken, Encoder};

/// The longest payload that one packet may have: what is left of an Ethernet frame, and far above what a voice needs.
const LONGEST_PAYLOAD: usize = 1275;
/// How hard libopus works, 0 to 10. At 8 kHz five costs about half of what ten costs, and no ear tells them apart on a telephone.
const COMPLEXITY: i32 = 5;

/// Codes one voice.
#[derive(Debug)]
pub struct OpusEncoder {
    coder: Coder,
    rate: u32,
}

impl OpusEncoder {
    /// An encoder for sound at `rate`, one of [`RATES`].
    pub fn new(rate: u32, settings: OpusSettings) -> Result<Self, Broken> {
        if !RATES.contains(&rate) {
            return Err(Broken);
        }
        let coder = Coder::new(rate, COMPLEXITY, settings)?;
        Ok(Self { coder, rate })
    }
}

impl Encoder for OpusEncoder {
    fn rate(&self) -> u32 {
        self.rate
    }

    /// A frame of 2.5, 5, 10, 20, 40, 60, 80, 100 or 120 ms. A payload of two octets or fewer need not be sent (DTX).
    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Broken> {
        let mut room = [0; LONGEST_PAYLOAD];
        let length = self.coder.encode(pcm, &mut room)?;
        payload.extend_from_slice(room.get(..length).ok_or(Broken)?);
        Ok(())
    }
}

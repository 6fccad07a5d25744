use crate::island::Reader;
use crate::{LONGEST_MS, RATES};
use media_codec::{Broken, Decoder};

/// The longest sound of one packet at the highest rate.
const LONGEST: usize = 48 * LONGEST_MS as usize;
/// libopus conceals in whole frames of 2.5 ms.
const GRAINS_A_SECOND: u32 = 400;

/// Decodes one stream, two channels made one.
#[derive(Debug)]
pub struct OpusDecoder {
    reader: Reader,
    rate: u32,
}

impl OpusDecoder {
    /// A decoder that gives sound at `rate`, one of [`RATES`].
    pub fn new(rate: u32) -> Result<Self, Broken> {
        if !RATES.contains(&rate) {
            return Err(Broken);
        }
        Ok(Self {
            reader: Reader::new(rate)?,
            rate,
        })
    }

    /// Samples of the longest packet at our rate.
    fn longest(&self) -> usize {
        (self.rate / 1000 * LONGEST_MS) as usize
    }
}

impl Decoder for OpusDecoder {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Broken> {
        let mut room = [0; LONGEST];
        let room = room.get_mut(..self.longest()).ok_or(Broken)?;
        if payload.is_empty() {
            return Err(Broken);
        }
        let samples = self.reader.decode(payload, room, false)?;
        pcm.extend_from_slice(room.get(..samples).ok_or(Broken)?);
        Ok(())
    }

    /// By the copy that the packet behind the gap holds, if it is at hand and holds one, otherwise by libopus' own guess.
    fn conceal(
        &mut self,
        samples: usize,
        behind: Option<&[u8]>,
        pcm: &mut Vec<i16>,
    ) -> Result<bool, Broken> {
        let grain = (self.rate / GRAINS_A_SECOND).max(1) as usize;
        let wanted = samples.div_ceil(grain).saturating_mul(grain);
        let mut room = [0; LONGEST];
        let room = room.get_mut(..wanted.min(self.longest())).ok_or(Broken)?;
        let made = match behind.filter(|payload| !payload.is_empty()) {
            Some(payload) => self.reader.decode(payload, room, true)?,
            None => self.reader.decode(&[], room, false)?,
        };
        pcm.extend_from_slice(room.get(..made.min(samples)).ok_or(Broken)?);
        Ok(true)
    }
}

/// A codec has failed, or was given what it cannot take: its stream ends, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// Takes sound out of payloads. A value that can be made anew at any packet: it loses no more than the ear forgives.
pub trait Decoder {
    /// Samples a second of what comes out.
    fn rate(&self) -> u32;

    /// Decodes one packet's payload and puts its sound behind `pcm`. A payload of more than [`LONGEST_MS`] is refused.
    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) -> Result<(), Broken>;

    /// Puts something in the place of `samples` that were lost, with the payload `behind` the gap where that is at hand. `false`: the codec
    /// has no way of its own, and has put nothing.
    fn conceal(
        &mut self,
        _samples: usize,
        _behind: Option<&[u8]>,
        _pcm: &mut Vec<i16>,
    ) -> Result<bool, Broken> {
        Ok(false)
    }
}

/// Puts sound into payloads.
pub trait Encoder {
    /// Samples a second of what it takes.
    fn rate(&self) -> u32;

    /// Codes one packet's sound and puts its payload behind `payload`.
    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) -> Result<(), Broken>;
}

/// The longest sound in one packet: what Opus allows (RFC 6716 §2.1.4), and twice of what any telephone sends.
pub const LONGEST_MS: usize = 120;

/// Refuses a payload that holds more than the longest packet, at so many samples a second.
pub(crate) fn within(samples: usize, rate: u32) -> Result<(), Broken> {
    let most = rate as usize / 1000 * LONGEST_MS;
    (samples <= most).then_some(()).ok_or(Broken)
}

use control_command::Transcode;
use media_codec::{Broken, Coding, Encoder, G711, G722Encoder, G726Encoder, L16, Resampler};
use media_opus::{OpusEncoder, OpusSettings};

/// A packet's sound in milliseconds: what is sensible, whatever was asked for.
const PTIMES: std::ops::RangeInclusive<u8> = 10..=60;
/// Octets of samples as they are that one packet may hold.
const LONGEST_PAYLOAD: u32 = 1280;
/// Opus has frames of so many milliseconds (RFC 6716 §2.1.4), within these bounds.
const OPUS_PTIMES: [u8; 4] = [60, 40, 20, 10];
/// Of an Opus payload so short nothing is lost if it is not sent: it says that nothing is to be heard.
const OPUS_SILENCE: usize = 2;

/// Puts sound into the codec of the leg it goes to.
#[derive(Debug)]
pub(crate) struct Sink {
    coder: Coder,
    resampler: Option<Resampler>,
    pub(crate) clock_rate: u32,
    pub(crate) payload_type: u8,
    /// Milliseconds of each packet.
    pub(crate) ptime: u8,
    /// Samples a second of what it takes.
    pub(crate) rate: u32,
    resampled: Vec<i16>,
    dtx: bool,
}

#[derive(Debug)]
enum Coder {
    G711(G711),
    G722(Box<G722Encoder>),
    G726(Box<G726Encoder>),
    L16(L16),
    Opus(OpusEncoder),
}

impl Sink {
    /// For sound that comes at `rate`.
    pub(crate) fn new(transcode: &Transcode, rate: u32) -> Result<Self, Broken> {
        let to = &transcode.to;
        let coding = Coding::of(&to.encoding, to.clock_rate, to.channels).ok_or(Broken)?;
        let settings = OpusSettings::of(transcode.parameters.as_deref().unwrap_or_default());
        let coder = match coding {
            Coding::Pcmu => Coder::G711(G711::MuLaw),
            Coding::Pcma => Coder::G711(G711::ALaw),
            Coding::G722 => Coder::G722(Box::default()),
            Coding::G726 { bits, high_first } => {
                Coder::G726(Box::new(G726Encoder::new(bits, high_first)?))
            }
            Coding::L16 { rate } => Coder::L16(L16 { rate }),
            Coding::Opus => Coder::Opus(OpusEncoder::new(rate, settings)?),
        };
        let resampler = match coder.as_encoder_ref().rate() {
            own if own == rate => None,
            own => Some(Resampler::new(rate, own)?),
        };
        let asked = transcode.ptime.clamp(*PTIMES.start(), *PTIMES.end());
        let ptime = match coding {
            Coding::Opus => OPUS_PTIMES
                .into_iter()
                .find(|ptime| *ptime <= asked)
                .unwrap_or(20),
            // A datagram that needs no fragments.
            Coding::L16 { rate } => {
                let octets_of_10_ms = rate / 50;
                let most = LONGEST_PAYLOAD.checked_div(octets_of_10_ms).unwrap_or(1);
                asked.min(u8::try_from(most * 10).unwrap_or(asked)) / 10 * 10
            }
            // Whole octets of G.726, and nothing that a receiver would find odd.
            _ => asked / 10 * 10,
        };
        Ok(Self {
            dtx: matches!(coding, Coding::Opus) && settings.dtx,
            coder,
            resampler,
            clock_rate: to.clock_rate,
            payload_type: to.payload_type,
            ptime,
            rate,
            resampled: Vec::new(),
        })
    }

    /// The rate at which the sound had best come from a source of this rate: Opus codes at any, so it takes the source's.
    pub(crate) fn best_rate(transcode: &Transcode) -> Option<u32> {
        let rate = |it: &control_command::Format| {
            Coding::of(&it.encoding, it.clock_rate, it.channels).map(Coding::rate)
        };
        Some(rate(&transcode.from)?.min(rate(&transcode.to)?))
    }

    /// The rate at which tones of our own are made for it.
    pub(crate) fn own_rate(transcode: &Transcode) -> Option<u32> {
        let to = &transcode.to;
        let coding = Coding::of(&to.encoding, to.clock_rate, to.channels)?;
        Some(match coding {
            Coding::Opus => media_codec::SAMPLE_RATE,
            coding => coding.rate(),
        })
    }

    /// One packet's payload; `None` if nothing need be sent (DTX).
    pub(crate) fn encode(&mut self, pcm: &[i16]) -> Result<Option<Vec<u8>>, Broken> {
        let mut payload = Vec::new();
        let pcm = match &mut self.resampler {
            Some(resampler) => {
                self.resampled.clear();
                resampler.process(pcm, &mut self.resampled);
                self.resampled.as_slice()
            }
            None => pcm,
        };
        self.coder.as_encoder().encode(pcm, &mut payload)?;
        let silent = self.dtx && payload.len() <= OPUS_SILENCE;
        Ok((!silent).then_some(payload))
    }

    /// The units of our clock in one packet.
    pub(crate) fn units(&self) -> u32 {
        self.clock_rate / 1000 * u32::from(self.ptime)
    }
}

impl Coder {
    fn as_encoder(&mut self) -> &mut dyn Encoder {
        match self {
            Coder::G711(it) => it,
            Coder::G722(it) => it.as_mut(),
            Coder::G726(it) => it.as_mut(),
            Coder::L16(it) => it,
            Coder::Opus(it) => it,
        }
    }

    fn as_encoder_ref(&self) -> &dyn Encoder {
        match self {
            Coder::G711(it) => it,
            Coder::G722(it) => it.as_ref(),
            Coder::G726(it) => it.as_ref(),
            Coder::L16(it) => it,
            Coder::Opus(it) => it,
        }
    }
}

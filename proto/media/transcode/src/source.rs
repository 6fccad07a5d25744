use crate::buffer::{Buffer, Waiting};
use crate::sink::Sink;
use control_command::Transcode;
use media_codec::{
    Broken, Coding, Concealer, Decoder, G711, G722Decoder, G726Decoder, L16, shorten,
};
use media_opus::OpusDecoder;
use proto_base::Time;
use rtc_rtp::RtpHeader;
use std::time::Duration;

/// The first packet waits so long for those behind it: as much as one of them may be late without being missed.
const PATIENCE: Duration = Duration::from_millis(20);
/// Packets that came so long before they were needed, all of them, need not have: time is taken out. Beside a whole packet's
/// sound, because sound is taken by packets.
const MARGIN: Duration = Duration::from_millis(10);
/// For so long it is watched how early packets come, before time is taken out.
const WATCH: Duration = Duration::from_secs(2);
/// A packet that is later than this is not played: who listens would rather be in time.
const LATEST_MS: u32 = 300;
/// A packet so far ahead is no gap but another beginning.
const FARTHEST_MS: u32 = 2000;
/// Without any packet for so long the source is silent, and so are we. Longer than the 400 ms between the packets of Opus' DTX.
const SILENCE: Duration = Duration::from_secs(1);
/// So many payloads in a row that cannot be decoded are no accident.
const MOST_ERRORS: u32 = 50;
/// A period is taken out of every so many frames at most: speech runs a tenth faster then, which is hardly heard.
const HURRY_EVERY: u32 = 6;
/// After so many frames that had no place to do it well it is done anyhow.
const HURRY_ANYHOW: u32 = 60;
/// Less than this is not worth a join.
const LEAST_SURPLUS_MS: usize = 5;
/// A guess is made in pieces of so many milliseconds while nothing is there to tell how long the gap is.
const PIECE_MS: u32 = 10;

/// Takes the sound out of the packets of one leg, in time.
#[derive(Debug)]
pub(crate) struct Source {
    reader: Reader,
    concealer: Concealer,
    buffer: Buffer,
    pub(crate) payload_type: u8,
    clock_rate: u32,
    rate: u32,
    ssrc: u32,
    /// The timestamp of the sample behind those in `pcm`.
    next: u32,
    /// The number of the last packet decoded.
    decoded: Option<u64>,
    /// How many samples it had.
    last_length: usize,
    /// Decoded, and not yet taken.
    pcm: Vec<i16>,
    /// When the last packet came.
    heard: Time,
    errors: u32,
    watch: Watch,
    pub(crate) counters: SourceCounters,
}

/// What became of the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SourceCounters {
    /// Came when their time had passed.
    pub(crate) late: u64,
    /// Milliseconds that were guessed.
    pub(crate) guessed_ms: u64,
}

/// How early packets come, at the least.
#[derive(Debug, Default)]
struct Watch {
    since: Option<Time>,
    least: Option<Duration>,
    /// Samples to be taken out.
    surplus: usize,
    /// Frames since some were.
    frames: u32,
}

#[derive(Debug)]
enum Reader {
    G711(G711),
    G722(Box<G722Decoder>),
    G726(Box<G726Decoder>),
    L16(L16),
    Opus(OpusDecoder),
}

impl Source {
    /// For packets of this codec from this sender, the first of which is here.
    pub(crate) fn new(now: Time, transcode: &Transcode, first: &RtpHeader) -> Result<Self, Broken> {
        let from = &transcode.from;
        let coding = Coding::of(&from.encoding, from.clock_rate, from.channels).ok_or(Broken)?;
        let reader = match coding {
            Coding::Pcmu => Reader::G711(G711::MuLaw),
            Coding::Pcma => Reader::G711(G711::ALaw),
            Coding::G722 => Reader::G722(Box::default()),
            Coding::G726 { bits, high_first } => {
                Reader::G726(Box::new(G726Decoder::new(bits, high_first)?))
            }
            Coding::L16 { rate } => Reader::L16(L16 { rate }),
            Coding::Opus => {
                Reader::Opus(OpusDecoder::new(Sink::best_rate(transcode).ok_or(Broken)?)?)
            }
        };
        let rate = reader.as_decoder_ref().rate();
        Ok(Self {
            concealer: Concealer::new(rate),
            reader,
            buffer: Buffer::default(),
            payload_type: from.payload_type,
            clock_rate: from.clock_rate.max(1000),
            rate,
            ssrc: first.ssrc,
            next: first.timestamp,
            decoded: None,
            last_length: 0,
            pcm: Vec::new(),
            heard: now,
            errors: 0,
            watch: Watch::default(),
            counters: SourceCounters::default(),
        })
    }

    /// Samples a second of what it gives.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// Whether a packet belongs to the same stream.
    pub(crate) fn is_of(&self, header: &RtpHeader) -> bool {
        self.ssrc == header.ssrc && self.payload_type == header.payload_type
    }

    /// When the first frame is to be taken, if the first packet came now.
    pub(crate) fn first_frame(now: Time) -> Time {
        now + PATIENCE
    }

    /// Whether nothing has come for so long that nothing is to be sent.
    pub(crate) fn is_silent(&self, now: Time) -> bool {
        self.buffer.is_empty() && now.since(self.heard) >= SILENCE
    }

    fn units(&self, samples: usize) -> u32 {
        (samples as u64 * u64::from(self.clock_rate) / u64::from(self.rate)) as u32
    }

    fn samples(&self, units: u32) -> usize {
        (u64::from(units) * u64::from(self.rate) / u64::from(self.clock_rate)) as usize
    }

    fn milliseconds(&self, ms: u32) -> u32 {
        self.clock_rate / 1000 * ms
    }

    /// Takes in a packet. `frame` is taken every so many milliseconds, next at `due`.
    pub(crate) fn take(
        &mut self,
        now: Time,
        header: &RtpHeader,
        payload: &[u8],
        due: Time,
        ptime: u8,
    ) {
        self.heard = now;
        let number = self.buffer.number(header.sequence);
        let ahead = header.timestamp.wrapping_sub(self.next) as i32;
        if ahead.unsigned_abs() > self.milliseconds(FARTHEST_MS) {
            // Another beginning: after a long silence, or of another clock.
            self.buffer.clear();
            self.decoded = None;
            self.next = header.timestamp;
            self.pcm.clear();
            self.watch = Watch::default();
        } else if ahead < 0 {
            let lateness = ahead.unsigned_abs();
            let passed = self.decoded.is_some_and(|decoded| number <= decoded);
            if passed || lateness > self.milliseconds(LATEST_MS) {
                self.counters.late = self.counters.late.saturating_add(1);
                return;
            }
            // What was played in its place was a guess, and nothing behind it was played yet: so it is played later than meant, and
            // so is all that follows.
            self.next = header.timestamp;
            self.watch = Watch::default();
        } else {
            self.watch_arrival(now, ahead.unsigned_abs(), due, ptime);
        }
        self.buffer.insert(Waiting {
            number,
            timestamp: header.timestamp,
            payload_type: header.payload_type,
            payload: payload.to_vec(),
        });
    }

    /// Notes how long before it is needed a packet came.
    fn watch_arrival(&mut self, now: Time, ahead: u32, due: Time, ptime: u8) {
        let frame = self.rate as usize / 1000 * usize::from(ptime);
        let before = self.pcm.len() + self.samples(ahead);
        let frames = before.checked_div(frame).unwrap_or(0) as u32;
        let early = due.since(now) + Duration::from_millis(u64::from(ptime)) * frames;
        let least = self.watch.least.map_or(early, |least| least.min(early));
        self.watch.least = Some(least);
        let since = *self.watch.since.get_or_insert(now);
        if now.since(since) >= WATCH {
            let spare = least.saturating_sub(MARGIN);
            let packet = Duration::from_millis(u64::from(ptime));
            let packets = spare.as_micros() / packet.as_micros().max(1);
            self.watch.since = Some(now);
            self.watch.least = None;
            self.watch.surplus = frame.saturating_mul(packets as usize);
        }
    }

    /// The next frame of so many samples, what is missing guessed.
    pub(crate) fn frame(&mut self, samples: usize) -> Result<Vec<i16>, Broken> {
        while self.pcm.len() < samples {
            self.fill()?;
        }
        if self.watch.surplus > 0 {
            self.hurry(samples)?;
        }
        let rest = self.pcm.split_off(samples.min(self.pcm.len()));
        Ok(std::mem::replace(&mut self.pcm, rest))
    }

    /// Takes time out, a period at a time, where packets come earlier than they need to.
    fn hurry(&mut self, samples: usize) -> Result<(), Broken> {
        self.watch.frames = self.watch.frames.saturating_add(1);
        if self.watch.frames < HURRY_EVERY {
            return Ok(());
        }
        while self.pcm.len() < samples * 2 && self.is_next_here() {
            self.fill()?;
        }
        let anyhow = self.watch.frames > HURRY_ANYHOW;
        // What is taken beyond the surplus is less than the margin.
        let least = self.rate as usize / 1000 * LEAST_SURPLUS_MS;
        let taken = shorten(&mut self.pcm, self.rate, self.watch.surplus + least, anyhow);
        if taken > 0 {
            self.watch.frames = 0;
            let left = self.watch.surplus.saturating_sub(taken);
            self.watch.surplus = if left < least { 0 } else { left };
        }
        while self.pcm.len() < samples {
            self.fill()?;
        }
        Ok(())
    }

    fn is_next_here(&self) -> bool {
        self.buffer
            .first()
            .is_some_and(|packet| packet.timestamp == self.next)
    }

    /// Puts something behind the sound there is: the next packet's, or a guess where it is missing.
    fn fill(&mut self) -> Result<(), Broken> {
        let piece = (self.rate / 1000 * PIECE_MS) as usize;
        let Some(first) = self.buffer.first() else {
            return self.guess(piece, None);
        };
        let gap = first.timestamp.wrapping_sub(self.next) as i32;
        if gap <= 0 {
            let packet = self.buffer.take();
            return match packet {
                Some(packet) if gap == 0 => self.decode(&packet),
                _ => Ok(()),
            };
        }
        let gap = self.samples(gap.unsigned_abs()).max(1);
        let packet = self.last_length.max(piece);
        // The packet behind a gap may hold a copy of the last one in it.
        if gap <= packet {
            let behind = first.payload.clone();
            self.guess(gap, Some(&behind))
        } else {
            self.guess((gap - packet).min(packet), None)
        }
    }

    fn decode(&mut self, packet: &Waiting) -> Result<(), Broken> {
        debug_assert_eq!(packet.payload_type, self.payload_type);
        let start = self.pcm.len();
        let done = self
            .reader
            .as_decoder()
            .decode(&packet.payload, &mut self.pcm);
        let length = self.pcm.len().saturating_sub(start);
        if done.is_err() || length == 0 {
            self.pcm.truncate(start);
            self.errors = self.errors.saturating_add(1);
            return if self.errors >= MOST_ERRORS {
                Err(Broken)
            } else {
                Ok(())
            };
        }
        self.errors = 0;
        self.concealer
            .hear(self.pcm.get_mut(start..).unwrap_or_default());
        self.decoded = Some(packet.number);
        self.last_length = length;
        self.next = self.next.wrapping_add(self.units(length));
        Ok(())
    }

    fn guess(&mut self, samples: usize, behind: Option<&[u8]>) -> Result<(), Broken> {
        let start = self.pcm.len();
        let made = self
            .reader
            .as_decoder()
            .conceal(samples, behind, &mut self.pcm);
        if made != Ok(true) || self.pcm.len() <= start {
            self.pcm.truncate(start);
            self.concealer.guess(samples, &mut self.pcm);
        }
        let length = self.pcm.len().saturating_sub(start);
        self.next = self.next.wrapping_add(self.units(length));
        let ms = length as u64 * 1000 / u64::from(self.rate);
        self.counters.guessed_ms = self.counters.guessed_ms.saturating_add(ms);
        Ok(())
    }
}

impl Reader {
    fn as_decoder(&mut self) -> &mut dyn Decoder {
        match self {
            Reader::G711(it) => it,
            Reader::G722(it) => it.as_mut(),
            Reader::G726(it) => it.as_mut(),
            Reader::L16(it) => it,
            Reader::Opus(it) => it,
        }
    }

    fn as_decoder_ref(&self) -> &dyn Decoder {
        match self {
            Reader::G711(it) => it,
            Reader::G722(it) => it.as_ref(),
            Reader::G726(it) => it.as_ref(),
            Reader::L16(it) => it,
            Reader::Opus(it) => it,
        }
    }
}

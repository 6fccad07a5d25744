use crate::Ready;
use crate::events::Events;
use crate::keys::{Listening, Playing};
use crate::sink::Sink;
use crate::source::Source;
use control_command::{Format, Transcode};
use proto_base::Time;
use rtc_rtp::RtpHeader;
use std::collections::VecDeque;
use std::time::Duration;

/// Frames that are made up for when the clock was looked at too late. What is beyond is lost: the far end has filled it in already.
const MOST_AT_ONCE: u32 = 5;
/// Packets of events that wait to be fetched: one came, one goes.
const MOST_READY: usize = 16;

/// One way of a call, from codec to codec. See the crate's words.
#[derive(Debug, Default)]
pub struct Transcoder {
    transcodes: Vec<Transcode>,
    source: Option<Source>,
    sink: Option<Sink>,
    events: Events,
    playing: Playing,
    listening: Option<Listening>,
    ready: VecDeque<Ready>,
    /// When the next frame is to be taken; `None` while there is nothing to be heard.
    due: Option<Time>,
    /// The frame before this one was sent in its time.
    running: bool,
    clock: Option<Clock>,
    /// Of the last packet given.
    sequence: u16,
    /// The next packet with sound begins a stretch of it.
    begins: bool,
    /// Its codecs failed: nothing more comes of it.
    broken: bool,
    /// By the sources before this one.
    heard: Heard,
}

/// Our stream's clock: the timestamp of one moment.
#[derive(Clone, Copy, Debug)]
struct Clock {
    at: Time,
    timestamp: u32,
    rate: u32,
}

impl Clock {
    fn read(&self, now: Time) -> u32 {
        let passed = u64::try_from(now.since(self.at).as_micros()).unwrap_or(0);
        let units = passed.saturating_mul(u64::from(self.rate)) / 1_000_000;
        self.timestamp.wrapping_add(units as u32)
    }
}

/// What a listener behind the transcoder had to bear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Packets that came too late to be played.
    pub late: u64,
    /// Milliseconds that were guessed because nothing was there.
    pub guessed_ms: u64,
}

impl Transcoder {
    /// Nothing is opened before a packet comes that wants it.
    pub fn new(transcodes: &[Transcode]) -> Self {
        Self {
            transcodes: transcodes.to_vec(),
            ..Self::default()
        }
    }

    /// What it was made for.
    pub fn transcodes(&self) -> &[Transcode] {
        &self.transcodes
    }

    /// Whether packets of this payload type are for it.
    pub fn takes(&self, payload_type: u8) -> bool {
        let mut transcodes = self.transcodes.iter();
        transcodes.any(|it| it.from.payload_type == payload_type)
    }

    /// Takes in a packet.
    pub fn take(&mut self, now: Time, header: &RtpHeader, payload: &[u8]) {
        let mut transcodes = self.transcodes.iter();
        let wanted = transcodes.find(|it| it.from.payload_type == header.payload_type);
        let Some(transcode) = wanted.filter(|_| !self.broken).cloned() else {
            return;
        };
        match (is_event(&transcode.from), is_event(&transcode.to)) {
            (true, true) => return self.take_event(now, &transcode, header, payload),
            (true, false) => return self.play_key(now, &transcode, header, payload),
            // Keys alone are not listened for.
            (false, true) => return,
            (false, false) => {}
        }
        if self.open(now, &transcode, header).is_none() {
            self.give_up();
            return;
        }
        if let (Some(source), Some(sink)) = (&mut self.source, &self.sink) {
            let due = *self.due.get_or_insert_with(|| {
                self.running = false;
                self.begins = true;
                Source::first_frame(now)
            });
            source.take(now, header, payload, due, sink.ptime);
        }
    }

    fn take_event(&mut self, now: Time, transcode: &Transcode, header: &RtpHeader, payload: &[u8]) {
        let clock = *self.clock.get_or_insert(Clock {
            at: now,
            timestamp: 0,
            rate: transcode.to.clock_rate,
        });
        let ready = self
            .events
            .take(now, transcode, header, payload, clock.read(now));
        if let Some(ready) = ready {
            self.say(ready);
        }
    }

    /// An event for a leg that knows none: its tone takes the sound's place.
    fn play_key(&mut self, now: Time, transcode: &Transcode, header: &RtpHeader, payload: &[u8]) {
        if self.sink.is_none() {
            let rate = Sink::own_rate(transcode);
            self.sink = rate.and_then(|rate| Sink::new(transcode, rate).ok());
        }
        let Some(sink) = &self.sink else {
            return;
        };
        self.playing.take(now, header, payload, sink.rate);
        if self.due.is_none() && self.playing.is_going_on(now) {
            self.running = false;
            self.begins = true;
            self.due = Some(now);
        }
    }

    /// Whether the tone of a key is being sent, beside which there is to be no other sound.
    pub fn is_playing(&self, now: Time) -> bool {
        self.playing.is_going_on(now)
    }

    /// Makes what this packet needs, if it is not there.
    fn open(&mut self, now: Time, transcode: &Transcode, header: &RtpHeader) -> Option<()> {
        if self.source.as_ref().is_none_or(|it| !it.is_of(header)) {
            self.heard = self.heard();
            self.source = Some(Source::new(now, transcode, header).ok()?);
            self.due = None;
            // The sound that comes may be of another rate, and it may go into another codec.
            self.sink = None;
            let rate = self.source.as_ref()?.rate();
            let from = header.payload_type;
            let mut transcodes = self.transcodes.iter();
            let keys = transcodes.find(|it| it.from.payload_type == from && is_event(&it.to));
            self.listening = keys.map(|it| Listening::new(it, rate));
        }
        if self.sink.is_none() {
            let rate = self.source.as_ref()?.rate();
            self.sink = Some(Sink::new(transcode, rate).ok()?);
        }
        Some(())
    }

    fn give_up(&mut self) {
        self.heard = self.heard();
        self.broken = true;
        self.source = None;
        self.sink = None;
        self.due = None;
    }

    /// When [`Transcoder::poll_packet`] is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        if self.ready.is_empty() {
            self.due
        } else {
            Some(Time::ZERO)
        }
    }

    /// The next packet that is due; to be called until there is none.
    pub fn poll_packet(&mut self, now: Time) -> Option<Ready> {
        if let Some(ready) = self.ready.pop_front() {
            return Some(ready);
        }
        while let Some(due) = self.due.filter(|due| *due <= now) {
            match self.frame(now, due) {
                Ok(Some(ready)) => return Some(ready),
                Ok(None) => {
                    if let Some(ready) = self.ready.pop_front() {
                        return Some(ready);
                    }
                }
                Err(Ended) => self.give_up(),
            }
        }
        None
    }

    /// Takes the frame that was due. `None`: no sound is to be sent of it.
    fn frame(&mut self, now: Time, due: Time) -> Result<Option<Ready>, Ended> {
        let sink = self.sink.as_mut().ok_or(Ended)?;
        let playing = self.playing.is_going_on(due);
        let silent = self.source.as_ref().is_none_or(|it| it.is_silent(now));
        if silent && !playing {
            self.due = None;
            return Ok(None);
        }
        let ptime = Duration::from_millis(u64::from(sink.ptime));
        let is_late = now.since(due) > ptime * MOST_AT_ONCE;
        let due = if is_late { now } else { due };
        self.due = Some(due + ptime);
        let samples = sink.rate as usize / 1000 * usize::from(sink.ptime);
        let mut pcm = match &mut self.source {
            Some(source) if !silent => source.frame(samples).map_err(|_| Ended)?,
            _ => vec![0; samples],
        };
        if playing {
            self.playing.fill(&mut pcm);
        }
        let payload = sink.encode(&pcm).map_err(|_| Ended)?;
        let (rate, payload_type, units) = (sink.clock_rate, sink.payload_type, sink.units());
        let timestamp = match self.clock {
            Some(clock) if self.running && !is_late => clock.timestamp.wrapping_add(units),
            Some(clock) => clock.read(due),
            None => 0,
        };
        self.running = true;
        self.clock = Some(Clock {
            at: due,
            timestamp,
            rate,
        });
        self.hear_keys(&pcm, timestamp, units);
        let pressed = self.listening.as_ref().is_some_and(Listening::is_pressed);
        let beside = self.events.is_going_on(now) || pressed;
        let Some(payload) = payload.filter(|_| !beside) else {
            self.begins = true;
            return Ok(None);
        };
        let ready = Ready {
            payload_type,
            clock_rate: rate,
            event: false,
            marker: std::mem::take(&mut self.begins),
            sequence: 0,
            timestamp,
            payload,
        };
        // Behind the ends of an event that were just said.
        self.say(ready);
        Ok(self.ready.pop_front())
    }

    /// Says what keys there are in a frame, for a leg that wants them as events.
    fn hear_keys(&mut self, pcm: &[i16], timestamp: u32, units: u32) {
        let Some(listening) = &mut self.listening else {
            return;
        };
        let (payload_type, clock_rate) = (listening.payload_type, listening.clock_rate);
        for said in listening.hear(pcm, timestamp, units) {
            self.say(Ready {
                payload_type,
                clock_rate,
                event: true,
                marker: said.marker,
                sequence: 0,
                timestamp: said.timestamp,
                payload: said.event.to_bytes().to_vec(),
            });
        }
    }

    /// Puts a packet behind those that wait, under the next number.
    fn say(&mut self, mut ready: Ready) {
        if self.ready.len() < MOST_READY {
            self.sequence = self.sequence.wrapping_add(1);
            ready.sequence = self.sequence;
            self.ready.push_back(ready);
        }
    }

    /// What the listener had to bear so far.
    pub fn heard(&self) -> Heard {
        let here = self.source.as_ref().map(|it| it.counters);
        let here = here.unwrap_or_default();
        Heard {
            late: self.heard.late.saturating_add(here.late),
            guessed_ms: self.heard.guessed_ms.saturating_add(here.guessed_ms),
        }
    }
}

/// The codecs failed.
struct Ended;

fn is_event(format: &Format) -> bool {
    format.encoding.eq_ignore_ascii_case("telephone-event")
}

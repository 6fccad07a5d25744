//! Keys between the ways that they travel: an event becomes a tone where the other leg knows no events, and a tone an event where this one
//! knows none.

use control_command::Transcode;
use media_codec::{KeyEar, KeyTone};
use proto_base::Time;
use rtc_rtp::{RtpHeader, TelephoneEvent};
use std::time::Duration;

/// A tone lasts so long at the least: who receives it needs 40 ms to know it (ITU-T Q.24), and some more after a loss.
const SHORTEST: Duration = Duration::from_millis(80);
/// An event whose end got lost is over when nothing of it has come for so long.
const FORGOTTEN: Duration = Duration::from_millis(120);
/// How loud events say that they are: 10 dB below the reference level, as telephones do.
const VOLUME: u8 = 10;
/// RFC 4733 §2.5.1.4: the last packet is sent three times.
const ENDS: usize = 3;

/// A key that came as an event and goes as a tone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Playing {
    current: Option<Tone>,
}

#[derive(Clone, Debug)]
struct Tone {
    /// The event's timestamp where it comes from.
    theirs: u32,
    tone: KeyTone,
    begun: Time,
    until: Time,
}

impl Playing {
    /// Takes in an event's packet; sound goes at this rate.
    pub(crate) fn take(&mut self, now: Time, header: &RtpHeader, payload: &[u8], rate: u32) {
        let Some(event) = TelephoneEvent::parse(payload) else {
            return;
        };
        match &mut self.current {
            Some(tone) if tone.theirs == header.timestamp => {
                let last = tone.begun + SHORTEST;
                if event.end {
                    tone.until = tone.until.min(now.max(last));
                } else if now < tone.until {
                    tone.until = now + FORGOTTEN;
                }
            }
            // An end that comes before its beginning is of a key whose packets were all lost but this one: it is still a key.
            _ => {
                self.current = KeyTone::new(event.event, rate).map(|tone| Tone {
                    theirs: header.timestamp,
                    tone,
                    begun: now,
                    until: now + if event.end { SHORTEST } else { FORGOTTEN },
                });
            }
        }
    }

    pub(crate) fn is_going_on(&self, now: Time) -> bool {
        self.current.as_ref().is_some_and(|tone| now < tone.until)
    }

    /// Puts the tone in the place of the sound.
    pub(crate) fn fill(&mut self, frame: &mut [i16]) {
        if let Some(tone) = &mut self.current {
            tone.tone.fill(frame);
        }
    }
}

/// Keys that come as tones and go as events.
#[derive(Clone, Debug)]
pub(crate) struct Listening {
    ear: KeyEar,
    pub(crate) payload_type: u8,
    pub(crate) clock_rate: u32,
    pressed: Option<Pressed>,
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    event: u8,
    timestamp: u32,
    duration: u32,
}

/// A packet of an event that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) event: TelephoneEvent,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
}

impl Listening {
    /// For sound at this rate, by the transcode that wants its keys.
    pub(crate) fn new(transcode: &Transcode, rate: u32) -> Self {
        Self {
            ear: KeyEar::new(rate),
            payload_type: transcode.to.payload_type,
            clock_rate: transcode.to.clock_rate,
            pressed: None,
        }
    }

    /// Whether a key is pressed, so that no sound is to be sent.
    pub(crate) fn is_pressed(&self) -> bool {
        self.pressed.is_some()
    }

    /// Listens to a frame that begins at this timestamp and lasts for so many units; what is to be sent of it.
    pub(crate) fn hear(&mut self, pcm: &[i16], timestamp: u32, units: u32) -> Vec<Said> {
        let heard = self.ear.listen(pcm);
        let mut said = Vec::new();
        if let Some(pressed) = self.pressed.filter(|it| Some(it.event) != heard) {
            said.extend([pressed.say(true, false); ENDS]);
            self.pressed = None;
        }
        if let Some(event) = heard {
            let begins = self.pressed.is_none();
            let pressed = self.pressed.get_or_insert(Pressed {
                event,
                timestamp,
                duration: 0,
            });
            pressed.duration = pressed.duration.saturating_add(units);
            said.push(pressed.say(false, begins));
        }
        said
    }
}

impl Pressed {
    fn say(self, end: bool, marker: bool) -> Said {
        Said {
            event: TelephoneEvent {
                event: self.event,
                end,
                volume: VOLUME,
                duration: u16::try_from(self.duration).unwrap_or(u16::MAX),
            },
            timestamp: self.timestamp,
            marker,
        }
    }
}

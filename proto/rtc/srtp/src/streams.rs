use crate::{Refused, window::Window};
use serde::{Deserialize, Serialize};

/// SSRCs that one direction of a leg may use in its life. A browser uses one for audio and one for receiver reports; each
/// replaced track may bring another. A forgotten SSRC could be replayed, so none is ever forgotten.
pub const MAX_STREAMS: usize = 8;

/// What a context keeps for one SSRC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stream {
    ssrc: u32,
    pub(crate) rtp: Window,
    pub(crate) rtcp: Window,
}

/// All of them: inline, for contexts scattered on the heap cost more than a packet's encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Streams {
    known: u8,
    streams: [Stream; MAX_STREAMS],
}

impl Streams {
    /// The state of this SSRC, a fresh one if it is new; an error if there is no room to keep it.
    pub(crate) fn look_up(&self, ssrc: u32) -> Result<Stream, Refused> {
        let known = usize::from(self.known);
        let mut used = self.streams.iter().take(known);
        match used.find(|stream| stream.ssrc == ssrc) {
            Some(stream) => Ok(*stream),
            None if known < MAX_STREAMS => Ok(Stream {
                ssrc,
                ..Stream::default()
            }),
            None => Err(Refused::TooManyStreams),
        }
    }

    /// Keeps the state of a packet that has authenticated.
    pub(crate) fn store(&mut self, stream: Stream) {
        let known = usize::from(self.known);
        let mut used = self.streams.iter_mut().take(known);
        if let Some(old) = used.find(|old| old.ssrc == stream.ssrc) {
            *old = stream;
        } else if let Some(free) = self.streams.get_mut(known) {
            *free = stream;
            self.known = self.known.saturating_add(1);
        }
    }
}

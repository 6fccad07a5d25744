//! Voices and ears: what a user agent says and hears, in packets. A telephone speaks plain RTP; a page speaks ICE, DTLS
//! and SRTP through [`crate::web_peer`]. The SDP here is worded by hand, apart from `media-sdp`.

mod desk;
mod ear;
mod page;
mod text;
mod voice;

pub use desk::DeskMedia;
pub use page::PageMedia;

use proto_base::Time;
use std::net::SocketAddr;

/// Either kind.
#[derive(Debug)]
pub enum Media {
    /// A telephone's.
    Desk(Box<DeskMedia>),
    /// A page's.
    Page(Box<PageMedia>),
}

macro_rules! both {
    ($self:ident, $media:ident => $what:expr) => {
        match $self {
            Media::Desk($media) => $what,
            Media::Page($media) => $what,
        }
    };
}

impl Media {
    /// A telephone with its RTP at `at` (RTCP one above) and a voice of `tone` Hz.
    pub fn desk(at: SocketAddr, tone: f64, seed: u64) -> Self {
        Media::Desk(Box::new(DeskMedia::new(at, tone, seed)))
    }

    /// A page with its one socket at `at` and a voice of `tone` Hz.
    pub fn page(at: SocketAddr, tone: f64, seed: u64) -> Self {
        Media::Page(Box::new(PageMedia::new(at, tone, seed)))
    }

    /// An offer for a new call.
    pub fn offer(&mut self) -> String {
        both!(self, media => media.offer(false))
    }

    /// An offer in a call, to hold or to take back.
    pub fn offer_hold(&mut self, hold: bool) -> String {
        both!(self, media => media.offer(hold))
    }

    /// The answer to our offer; false if we cannot use it.
    pub fn accept(&mut self, answer: &[u8]) -> bool {
        let Ok(answer) = std::str::from_utf8(answer) else {
            return false;
        };
        both!(self, media => media.accept(answer).is_some())
    }

    /// Our answer to an offer; `None` if we cannot use it.
    pub fn answer(&mut self, offer: &[u8]) -> Option<String> {
        let offer = std::str::from_utf8(offer).ok()?;
        both!(self, media => media.answer(offer))
    }

    /// Our offer was refused: all stays as it was.
    pub fn offer_refused(&mut self) {
        both!(self, media => media.offer_refused());
    }

    /// The voice begins.
    pub fn start(&mut self, now: Time) {
        both!(self, media => media.start(now));
    }

    /// The call is over.
    pub fn stop(&mut self) {
        both!(self, media => media.stop());
    }

    /// Whether the other end has told us to be silent.
    pub fn is_held(&self) -> bool {
        both!(self, media => media.is_held())
    }

    /// Whether packets for this address are for us.
    pub fn lives_at(&self, address: SocketAddr) -> bool {
        both!(self, media => media.lives_at(address))
    }

    /// A packet arrives.
    pub fn receive(&mut self, now: Time, at: SocketAddr, from: SocketAddr, bytes: &[u8]) {
        both!(self, media => media.receive(now, at, from, bytes));
    }

    /// Amplitude of `tone` Hz in the last half second heard: a full-scale sine is 1.
    pub fn level(&self, tone: f64) -> f64 {
        both!(self, media => media.ear().level(tone))
    }

    /// Forgets what was heard.
    pub fn forget(&mut self, _now: Time) {
        both!(self, media => media.ear_mut().forget());
    }

    /// What to send now: from, to, octets.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, SocketAddr, Vec<u8>)> {
        both!(self, media => media.poll_transmit())
    }

    /// When it wants to be woken.
    pub fn poll_timeout(&self) -> Option<Time> {
        both!(self, media => media.poll_timeout())
    }

    /// Says the next 20 ms, and what else is due.
    pub fn handle_timeout(&mut self, now: Time) {
        both!(self, media => media.handle_timeout(now));
    }
}

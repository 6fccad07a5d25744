use super::ear::Ear;
use super::text::{answering, audio_address, direction, has_pcmu, receives};
use super::voice::{FRAME, Voice};
use proto_base::{Random, Time};
use rtc_rtp::RtpHeader;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// A telephone's media: PCMU on a port pair.
#[derive(Debug)]
pub struct DeskMedia {
    at: SocketAddr,
    voice: Voice,
    ear: Ear,
    remote: Option<SocketAddr>,
    /// What we told last, and what they did.
    own: &'static str,
    theirs: String,
    offering: Option<&'static str>,
    version: u32,
    outbox: VecDeque<(SocketAddr, SocketAddr, Vec<u8>)>,
}

impl DeskMedia {
    pub(super) fn new(at: SocketAddr, tone: f64, seed: u64) -> Self {
        let voice = Voice::new(tone, &mut Random::from_number(seed));
        Self {
            at,
            voice,
            ear: Ear::default(),
            remote: None,
            own: "sendrecv",
            theirs: "sendrecv".to_owned(),
            offering: None,
            version: 1,
            outbox: VecDeque::new(),
        }
    }

    fn describe(&mut self, direction: &str) -> String {
        self.version += 1;
        let (host, port, version) = (self.at.ip(), self.at.port(), self.version);
        format!(
            "v=0\r\no=- 4711 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 8 101\r\n\
             a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
             a=ptime:20\r\na={direction}\r\n"
        )
    }

    pub(super) fn offer(&mut self, hold: bool) -> String {
        let direction = if hold { "sendonly" } else { "sendrecv" };
        self.offering = Some(direction);
        self.describe(direction)
    }

    pub(super) fn accept(&mut self, answer: &str) -> Option<()> {
        if !answer.contains("RTP/AVP ") || !has_pcmu(answer) {
            return None;
        }
        self.remote = Some(audio_address(answer)?);
        self.theirs = direction(answer).to_owned();
        if let Some(offered) = self.offering.take() {
            self.own = offered;
        }
        Some(())
    }

    pub(super) fn answer(&mut self, offer: &str) -> Option<String> {
        if !offer.contains("RTP/AVP ") || !has_pcmu(offer) {
            return None;
        }
        self.remote = Some(audio_address(offer)?);
        self.theirs = direction(offer).to_owned();
        let answer = answering(direction(offer), false);
        self.own = answer;
        Some(self.describe(answer))
    }

    pub(super) fn offer_refused(&mut self) {
        self.offering = None;
    }

    pub(super) fn start(&mut self, now: Time) {
        self.voice.start(now);
    }

    pub(super) fn stop(&mut self) {
        self.voice.stop();
        self.remote = None;
        self.own = "sendrecv";
        self.outbox.clear();
    }

    pub(super) fn is_held(&self) -> bool {
        !receives(&self.theirs)
    }

    pub(super) fn lives_at(&self, address: SocketAddr) -> bool {
        address.ip() == self.at.ip()
            && (address.port() == self.at.port() || address.port() == self.at.port() + 1)
    }

    pub(super) fn receive(&mut self, _now: Time, at: SocketAddr, _from: SocketAddr, bytes: &[u8]) {
        if at != self.at || self.remote.is_none() {
            return;
        }
        if let Some(header) = RtpHeader::parse(bytes)
            && header.payload_type == 0
            && let Some(payload) = bytes.get(header.payload)
        {
            self.ear.hear(payload);
        }
    }

    pub(super) fn ear(&self) -> &Ear {
        &self.ear
    }

    pub(super) fn ear_mut(&mut self) -> &mut Ear {
        &mut self.ear
    }

    pub(super) fn poll_transmit(&mut self) -> Option<(SocketAddr, SocketAddr, Vec<u8>)> {
        self.outbox.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.voice.next
    }

    pub(super) fn handle_timeout(&mut self, now: Time) {
        let Some(due) = self.voice.next.filter(|due| *due <= now) else {
            return;
        };
        self.voice.next = Some(due + FRAME);
        // Who holds plays nothing here, though it might play music.
        let speaks = self.own == "sendrecv" && receives(&self.theirs);
        if let (Some(remote), true) = (self.remote, speaks) {
            let frame = self.voice.frame(0);
            self.outbox.push_back((self.at, remote, frame));
        }
    }
}

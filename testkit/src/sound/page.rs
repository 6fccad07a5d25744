use super::ear::Ear;
use super::text::{answering, direction, has_pcmu, line, receives};
use super::voice::{FRAME, Voice};
use crate::web_peer::{WebPeer, WebRemote};
use proto_base::{Random, Time};
use rtc_dtls::Role;
use rtc_ice::Credentials;
use rtc_rtp::RtpHeader;
use std::net::SocketAddr;

/// A page's media: an `RTCPeerConnection` with one audio transceiver, a new one for each call.
#[derive(Debug)]
pub struct PageMedia {
    at: SocketAddr,
    random: Random,
    voice: Voice,
    ear: Ear,
    peer: Option<WebPeer>,
    /// A description that waits for the time to be known.
    pending: Option<WebRemote>,
    /// Our part in DTLS, for the life of the connection.
    role: Option<Role>,
    own: &'static str,
    theirs: String,
    offering: Option<&'static str>,
    version: u32,
}

impl PageMedia {
    pub(super) fn new(at: SocketAddr, tone: f64, seed: u64) -> Self {
        let mut random = Random::from_number(seed);
        let voice = Voice::new(tone, &mut random);
        Self {
            at,
            random,
            voice,
            ear: Ear::default(),
            peer: None,
            pending: None,
            role: None,
            own: "sendrecv",
            theirs: "sendrecv".to_owned(),
            offering: None,
            version: 1,
        }
    }

    fn describe(&mut self, direction: &str, setup: &str) -> String {
        let seed = Random::from_number(self.random.u64());
        let at = self.at;
        let peer = self.peer.get_or_insert_with(|| WebPeer::new(at, seed));
        self.version += 1;
        let (ufrag, pwd) = (&peer.credentials().ufrag, &peer.credentials().pwd);
        let (fingerprint, version, ssrc) = (peer.fingerprint_text(), self.version, self.voice.ssrc);
        // As Chromium words it, with its clutter; the candidate is an mDNS name, as it is without a permission.
        format!(
            "v=0\r\no=- 3847110734512 {version} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=extmap-allow-mixed\r\n\
             a=msid-semantic: WMS stream\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0 8 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
             a=candidate:1 1 udp 2113937151 4f1c7a2e-0000-4000-8000-000000000001.local {port} typ host generation 0\r\n\
             a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\na=ice-options:trickle\r\na=fingerprint:sha-256 {fingerprint}\r\n\
             a=setup:{setup}\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
             a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na={direction}\r\na=msid:stream track\r\na=rtcp-mux\r\n\
             a=rtcp-rsize\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:126 telephone-event/8000\r\n\
             a=ssrc:{ssrc} cname:page\r\na=ssrc:{ssrc} msid:stream track\r\n",
            port = at.port(),
        )
    }

    pub(super) fn offer(&mut self, hold: bool) -> String {
        let direction = if hold { "sendonly" } else { "sendrecv" };
        self.offering = Some(direction);
        self.describe(direction, "actpass")
    }

    /// What the far end told of its transport; `None` if a browser would refuse it.
    fn take_remote(&mut self, sdp: &str, offered: bool) -> Option<()> {
        let audio = sdp.contains("UDP/TLS/RTP/SAVPF ") && has_pcmu(sdp);
        let needed = ["a=rtcp-mux", "a=mid:"]
            .iter()
            .all(|wanted| sdp.lines().any(|line| line.starts_with(wanted)));
        if !audio || !needed {
            return None;
        }
        let credentials = Credentials::new(line(sdp, "a=ice-ufrag:")?, line(sdp, "a=ice-pwd:")?);
        let fingerprint = line(sdp, "a=fingerprint:sha-256 ")?;
        let fingerprint = fingerprint
            .split(':')
            .map(|octet| u8::from_str_radix(octet, 16).ok())
            .collect::<Option<Vec<u8>>>()?;
        let candidates: Vec<SocketAddr> = sdp
            .lines()
            .filter_map(|line| line.strip_prefix("a=candidate:"))
            .filter_map(candidate)
            .collect();
        let told = match (line(sdp, "a=setup:")?, offered) {
            ("actpass", true) | ("passive", _) => Role::Client,
            ("active", _) => Role::Server,
            _ => return None,
        };
        // A role that changes is what a browser refuses (PITFALL P25).
        if self.role.is_some_and(|role| role != told) && !offered {
            return None;
        }
        let dtls = *self.role.get_or_insert(told);
        self.pending = Some(WebRemote {
            credentials,
            candidates,
            fingerprint,
            dtls,
        });
        self.theirs = direction(sdp).to_owned();
        Some(())
    }

    pub(super) fn accept(&mut self, answer: &str) -> Option<()> {
        self.take_remote(answer, false)?;
        if let Some(offered) = self.offering.take() {
            self.own = offered;
        }
        Some(())
    }

    pub(super) fn answer(&mut self, offer: &str) -> Option<String> {
        self.take_remote(offer, true)?;
        let answer = answering(direction(offer), false);
        self.own = answer;
        let setup = if self.role == Some(Role::Server) {
            "passive"
        } else {
            "active"
        };
        Some(self.describe(answer, setup))
    }

    pub(super) fn offer_refused(&mut self) {
        self.offering = None;
    }

    pub(super) fn start(&mut self, now: Time) {
        self.voice.start(now);
    }

    pub(super) fn stop(&mut self) {
        self.voice.stop();
        self.peer = None;
        self.pending = None;
        self.role = None;
        self.own = "sendrecv";
    }

    pub(super) fn is_held(&self) -> bool {
        !receives(&self.theirs)
    }

    pub(super) fn lives_at(&self, address: SocketAddr) -> bool {
        address == self.at
    }

    pub(super) fn receive(&mut self, now: Time, _at: SocketAddr, from: SocketAddr, bytes: &[u8]) {
        let Some(peer) = &mut self.peer else { return };
        peer.handle_datagram(now, from, bytes);
        while let Some(packet) = peer.receive_rtp() {
            if let Some(header) = RtpHeader::parse(&packet)
                && header.payload_type == 0
                && let Some(payload) = packet.get(header.payload)
            {
                self.ear.hear(payload);
            }
        }
        while peer.receive_rtcp().is_some() {}
    }

    pub(super) fn ear(&self) -> &Ear {
        &self.ear
    }

    pub(super) fn ear_mut(&mut self) -> &mut Ear {
        &mut self.ear
    }

    pub(super) fn poll_transmit(&mut self) -> Option<(SocketAddr, SocketAddr, Vec<u8>)> {
        let transmit = self.peer.as_mut()?.poll_transmit()?;
        Some((transmit.from, transmit.to, transmit.bytes))
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        if self.pending.is_some() {
            return Some(Time::ZERO);
        }
        [
            self.voice.next,
            self.peer.as_ref().and_then(WebPeer::poll_timeout),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn handle_timeout(&mut self, now: Time) {
        let Some(peer) = &mut self.peer else {
            self.pending = None;
            return;
        };
        if let Some(remote) = self.pending.take() {
            peer.set_remote(now, remote);
        }
        peer.handle_timeout(now);
        let Some(due) = self.voice.next.filter(|due| *due <= now) else {
            return;
        };
        self.voice.next = Some(due + FRAME);
        if self.own == "sendrecv" && receives(&self.theirs) {
            let frame = self.voice.frame(0);
            peer.send_rtp(&frame);
        }
    }
}

/// `foundation component udp priority address port typ …`
fn candidate(rest: &str) -> Option<SocketAddr> {
    let words: Vec<&str> = rest.split(' ').collect();
    Some(SocketAddr::new(
        words.get(4)?.parse().ok()?,
        words.get(5)?.parse().ok()?,
    ))
}

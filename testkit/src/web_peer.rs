//! The media half of a browser: ICE with checks of its own, DTLS in either role, SRTP. Sans-I/O.
//!
//! It answers a full agent's checks and gives way to one that wants to control. Otherwise it behaves as Chromium does towards a lite agent: it checks every 100 ms until a pair answers, nominates it, and from then
//! on checks with USE-CANDIDATE every 2.5 s, which is also its consent (RFC 7675).

use proto_base::{Random, Time};
use rtc_dtls::{Association, Identity, PeerCertificate, Role, generate_certificate};
use rtc_ice::check::{self, Check, Response};
use rtc_ice::{Builder, Class, Credentials, IceRole, Message, TransactionId, looks_like_stun};
use rtc_srtp::{Profile, ReceiveContext, SendContext, SrtpKeys};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Between checks while no pair is selected.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);
/// Between checks of the selected pair.
const CONSENT_INTERVAL: Duration = Duration::from_millis(2500);
/// The selected pair is lost when no check was answered for so long (RFC 7675 §5.1).
const CONSENT: Duration = Duration::from_secs(30);
/// Host candidate of component 1 as peer-reflexive: 110 · 2^24 + 65535 · 2^8 + 255.
const PRIORITY: u32 = 0x6EFF_FFFF;
/// Room that SRTP may need.
const GROWTH: usize = 64;

/// Of no great weight: a full agent that wants to control does.
const TIE_BREAKER: u64 = 1;
/// RFC 8445 §7.3.1.1.
const ROLE_CONFLICT: u16 = 487;

/// Checks whose answers are still waited for.
const MAX_PENDING: usize = 100;

/// All peers of a program count from the same start: their associations want an `Instant`.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What the far end's SDP told.
#[derive(Clone, Debug)]
pub struct WebRemote {
    /// Its ICE ufrag and password.
    pub credentials: Credentials,
    /// Where it can be reached.
    pub candidates: Vec<SocketAddr>,
    /// SHA-256 of its certificate.
    pub fingerprint: Vec<u8>,
    /// Our part in DTLS.
    pub dtls: Role,
}

/// A datagram to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebTransmit {
    /// Our address.
    pub from: SocketAddr,
    /// The far end's.
    pub to: SocketAddr,
    /// The datagram.
    pub bytes: Vec<u8>,
}

/// The media half of a browser.
#[derive(Debug)]
pub struct WebPeer {
    local: SocketAddr,
    identity: Identity,
    credentials: Credentials,
    random: Random,
    remote: Option<WebRemote>,
    priority: u32,
    ice: Ice,
    dtls: Option<Association>,
    certificate: Option<PeerCertificate>,
    profile: Option<Profile>,
    srtp: Option<(SendContext, ReceiveContext)>,
    transmits: VecDeque<WebTransmit>,
    rtp: VecDeque<Vec<u8>>,
    rtcp: VecDeque<Vec<u8>>,
    refused: u64,
    failure: Option<String>,
}

#[derive(Debug, Default)]
struct Ice {
    /// Checks under way and what they are for.
    pending: BTreeMap<TransactionId, (SocketAddr, bool)>,
    valid: Option<SocketAddr>,
    selected: Option<SocketAddr>,
    next_check: Option<Time>,
    last_answer: Option<Time>,
    /// The far end has the greater right to control.
    controlled: bool,
}

impl WebPeer {
    /// A browser at this address, with a certificate and credentials of its own.
    pub fn new(local: SocketAddr, mut random: Random) -> Self {
        let made = generate_certificate()
            .and_then(|(certificate, key)| Identity::new(certificate, key, *EPOCH));
        let identity = match made {
            Ok(identity) => identity,
            // There is no test to be made without a certificate.
            #[allow(clippy::panic)]
            Err(unusable) => panic!("{unusable}"),
        };
        Self {
            local,
            identity,
            credentials: Credentials::new(random.token(4), random.token(24)),
            random,
            remote: None,
            priority: PRIORITY,
            ice: Ice::default(),
            dtls: None,
            certificate: None,
            profile: None,
            srtp: None,
            transmits: VecDeque::new(),
            rtp: VecDeque::new(),
            rtcp: VecDeque::new(),
            refused: 0,
            failure: None,
        }
    }

    /// Its ICE credentials, for its SDP.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// SHA-256 of its certificate, for its SDP.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.identity.fingerprint()
    }

    /// The fingerprint as `a=fingerprint` writes it.
    pub fn fingerprint_text(&self) -> String {
        let octets: Vec<String> = self
            .fingerprint()
            .iter()
            .map(|octet| format!("{octet:02X}"))
            .collect();
        octets.join(":")
    }

    /// Where it is.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Takes the far end's description: checks begin. The same credentials again change nothing; other ones are an ICE
    /// restart, in which DTLS and SRTP go on.
    pub fn set_remote(&mut self, now: Time, remote: WebRemote) {
        let same = self
            .remote
            .as_ref()
            .is_some_and(|known| known.credentials == remote.credentials);
        if !same {
            self.ice = Ice {
                selected: self.ice.selected,
                next_check: Some(now),
                controlled: self.ice.controlled,
                ..Ice::default()
            };
        }
        self.remote = Some(remote);
        self.handle_timeout(now);
    }

    /// New credentials for an ICE restart; they are in force when the far end's new description comes.
    pub fn restart_ice(&mut self) -> &Credentials {
        self.credentials = Credentials::new(self.random.token(4), self.random.token(24));
        &self.credentials
    }

    /// The browser is on another network now, usually a worse one: it checks and nominates from there.
    pub fn move_to(&mut self, now: Time, local: SocketAddr, priority: u32) {
        self.local = local;
        self.priority = priority;
        self.ice.next_check = Some(now);
        self.handle_timeout(now);
    }

    /// Takes a datagram.
    pub fn handle_datagram(&mut self, now: Time, from: SocketAddr, bytes: &[u8]) {
        match bytes.first() {
            Some(_) if looks_like_stun(bytes) => self.on_stun(now, from, bytes),
            Some(20..=63) => self.on_dtls(now, bytes),
            Some(128..=191) => self.on_srtp(bytes),
            _ => self.refused += 1,
        }
    }

    fn on_stun(&mut self, now: Time, from: SocketAddr, bytes: &[u8]) {
        let Some(remote) = &self.remote else { return };
        let Ok(message) = Message::parse(bytes) else {
            self.refused += 1;
            return;
        };
        if message.class() == Class::Request {
            self.on_check(now, from, &message);
            return;
        }
        let answer = check::response(&message, &remote.credentials.pwd);
        let Some((transaction, said)) = answer else {
            self.refused += 1;
            return;
        };
        let Some((to, nominating)) = self.ice.pending.remove(&transaction) else {
            return;
        };
        if to == from && said == Response::Refused(ROLE_CONFLICT) && !self.ice.controlled {
            self.ice.controlled = true;
            self.ice.next_check = Some(now);
            self.handle_timeout(now);
        }
        if to != from || !matches!(said, Response::Valid(_)) {
            return;
        }
        self.ice.last_answer = Some(now);
        if nominating {
            self.ice.selected = Some(to);
        } else if self.ice.valid.is_none() {
            self.ice.valid = Some(to);
            self.ice.next_check = Some(now);
        }
        self.start_dtls(now);
        self.handle_timeout(now);
    }

    /// A full agent's check: answered, and its nomination followed, if it controls.
    fn on_check(&mut self, now: Time, from: SocketAddr, message: &Message<'_>) {
        let ours = message.ufrags().map(|(ours, _)| ours);
        let named = ours == Some(self.credentials.ufrag.as_bytes());
        if !named || !message.has_fingerprint() || !message.is_authentic(&self.credentials.pwd) {
            self.refused += 1;
            return;
        }
        if matches!(message.role(), Some(IceRole::Controlling(theirs)) if theirs > TIE_BREAKER) {
            self.ice.controlled = true;
        }
        let answer = Builder::new(Class::Success, message.transaction()).mapped_address(from);
        self.transmit(from, answer.finish(&self.credentials.pwd));
        if self.ice.controlled && message.nominates() {
            self.ice.selected = Some(from);
            self.ice.valid = Some(from);
            self.ice.last_answer.get_or_insert(now);
            self.start_dtls(now);
        }
    }

    fn start_dtls(&mut self, now: Time) {
        if let Some(remote) = &self.remote
            && self.dtls.is_none()
        {
            self.dtls = Some(Association::new(now, &self.identity, remote.dtls));
            self.drain_dtls();
        }
    }

    fn on_dtls(&mut self, now: Time, bytes: &[u8]) {
        self.start_dtls(now);
        if let Some(dtls) = &mut self.dtls {
            dtls.handle_datagram(now, bytes);
        }
        self.drain_dtls();
    }

    fn drain_dtls(&mut self) {
        while let Some(output) = self.dtls.as_mut().and_then(Association::poll_output) {
            match output {
                rtc_dtls::Output::Transmit(bytes) => {
                    if let Some(to) = self.ice.selected.or(self.ice.valid) {
                        self.transmit(to, bytes);
                    }
                }
                rtc_dtls::Output::PeerCertificate(certificate) => {
                    self.certificate = Some(certificate);
                }
                rtc_dtls::Output::Connected(keys) => self.install(&keys),
                rtc_dtls::Output::Failed(why) => self.failure = Some(why),
                rtc_dtls::Output::Closed => {}
            }
        }
    }

    fn install(&mut self, keys: &rtc_dtls::KeyingMaterial) {
        let named = self
            .remote
            .as_ref()
            .zip(self.certificate.as_ref())
            .is_some_and(|(remote, shown)| shown.matches("sha-256", &remote.fingerprint));
        if !named {
            self.failure = Some("the certificate is not the one announced".to_owned());
            return;
        }
        let profile = match keys.profile {
            rtc_dtls::SrtpProfile::AeadAes256Gcm => Profile::AeadAes256Gcm,
            rtc_dtls::SrtpProfile::AeadAes128Gcm => Profile::AeadAes128Gcm,
            rtc_dtls::SrtpProfile::Aes128CmHmacSha1_80 => Profile::Aes128CmHmacSha1_80,
        };
        let client = self
            .dtls
            .as_ref()
            .is_some_and(|dtls| dtls.role() == Role::Client);
        if let Some(keys) = SrtpKeys::from_dtls(profile, &keys.octets, client) {
            self.profile = Some(profile);
            self.srtp = Some((
                SendContext::new(profile, &keys.local),
                ReceiveContext::new(profile, &keys.remote),
            ));
        }
    }

    fn on_srtp(&mut self, bytes: &[u8]) {
        let Some((_, receive)) = &mut self.srtp else {
            self.refused += 1;
            return;
        };
        let mut buffer = bytes.to_vec();
        // RFC 5761 §4: RTCP's packet types.
        let rtcp = matches!(bytes.get(1), Some(192..=223));
        let plain = if rtcp {
            receive.unprotect_rtcp(&mut buffer, bytes.len())
        } else {
            receive.unprotect_rtp(&mut buffer, bytes.len())
        };
        match plain {
            Ok(length) => {
                buffer.truncate(length);
                if rtcp { &mut self.rtcp } else { &mut self.rtp }.push_back(buffer);
            }
            Err(_) => self.refused += 1,
        }
    }

    /// Protects and sends an RTP packet; false while there are no keys or no selected pair.
    pub fn send_rtp(&mut self, packet: &[u8]) -> bool {
        self.protect(packet, SendContext::protect_rtp)
    }

    /// The same for a compound RTCP packet.
    pub fn send_rtcp(&mut self, packet: &[u8]) -> bool {
        self.protect(packet, SendContext::protect_rtcp)
    }

    fn protect<Refused>(
        &mut self,
        packet: &[u8],
        how: impl FnOnce(&mut SendContext, &mut [u8], usize) -> Result<usize, Refused>,
    ) -> bool {
        let (Some((send, _)), Some(to)) = (&mut self.srtp, self.ice.selected) else {
            return false;
        };
        let mut buffer = packet.to_vec();
        buffer.resize(packet.len() + GROWTH, 0);
        let Ok(length) = how(send, &mut buffer, packet.len()) else {
            return false;
        };
        buffer.truncate(length);
        self.transmit(to, buffer);
        true
    }

    /// The next RTP packet heard, in the clear.
    pub fn receive_rtp(&mut self) -> Option<Vec<u8>> {
        self.rtp.pop_front()
    }

    /// The next compound RTCP packet heard, in the clear.
    pub fn receive_rtcp(&mut self) -> Option<Vec<u8>> {
        self.rtcp.pop_front()
    }

    /// Does what is due: checks, retransmissions.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.ice.next_check.is_some_and(|at| at <= now) {
            self.check(now);
        }
        if let Some(dtls) = &mut self.dtls
            && dtls.poll_timeout().is_some_and(|at| at <= now)
        {
            dtls.handle_timeout(now);
            self.drain_dtls();
        }
    }

    fn check(&mut self, now: Time) {
        let Some(remote) = &self.remote else {
            self.ice.next_check = None;
            return;
        };
        if self
            .ice
            .last_answer
            .is_some_and(|at| now.since(at) >= CONSENT)
        {
            self.ice = Ice::default();
            self.failure = Some("consent is lost".to_owned());
            return;
        }
        // A restart under way: the old pair serves, but has to be found anew under the new names.
        let found = self.ice.valid;
        let nominate = found.is_some() && !self.ice.controlled;
        let targets = found.map_or_else(|| remote.candidates.clone(), |found| vec![found]);
        let remote = remote.credentials.clone();
        if self.ice.pending.len() > MAX_PENDING {
            self.ice.pending.clear();
        }
        for to in targets {
            let mut id = [0; 12];
            self.random.fill(&mut id);
            let transaction = TransactionId(id);
            let bytes = if self.ice.controlled {
                Builder::new(Class::Request, transaction)
                    .username(&format!("{}:{}", remote.ufrag, self.credentials.ufrag))
                    .controlled(TIE_BREAKER)
                    .priority(self.priority)
                    .finish(&remote.pwd)
            } else {
                Check {
                    transaction,
                    priority: self.priority,
                    tie_breaker: TIE_BREAKER,
                    nominate,
                }
                .to_bytes(&self.credentials, &remote)
            };
            self.ice.pending.insert(transaction, (to, nominate));
            self.transmit(to, bytes);
        }
        let settled = found.is_some() && self.ice.selected == found;
        let wait = if settled {
            CONSENT_INTERVAL
        } else {
            CHECK_INTERVAL
        };
        self.ice.next_check = Some(now + wait);
    }

    fn transmit(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        self.transmits.push_back(WebTransmit {
            from: self.local,
            to,
            bytes,
        });
    }

    /// What is to be carried; to be drained after every other call.
    pub fn poll_transmit(&mut self) -> Option<WebTransmit> {
        self.transmits.pop_front()
    }

    /// When `handle_timeout` is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        let dtls = self.dtls.as_ref().and_then(Association::poll_timeout);
        self.ice.next_check.into_iter().chain(dtls).min()
    }

    /// The far end's address of the selected pair.
    pub fn selected(&self) -> Option<SocketAddr> {
        self.ice.selected
    }

    /// Whether media can flow: a pair is selected and SRTP has keys.
    pub fn is_connected(&self) -> bool {
        self.ice.selected.is_some() && self.srtp.is_some()
    }

    /// The SRTP profile agreed.
    pub fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// What was received and not understood or not authentic.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Why it is not, or no longer, connected.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

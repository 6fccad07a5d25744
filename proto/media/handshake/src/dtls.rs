use crate::Output;
use control_command::{DtlsRole, Fingerprint, RemoteWebRtc};
use proto_base::Time;
use rtc_dtls::{Association, HANDSHAKE_TIMEOUT, Identity, KeyingMaterial, PeerCertificate, Role};
use rtc_srtp::{Profile, SrtpKeys};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// A handshake that breaks is begun again so often: one forged alert or record must not cost the call.
const MAX_ATTEMPTS: u8 = 3;
/// How long an association stays after its handshake, to repeat the last flight to a client that missed it (RFC 6347
/// §4.2.4). A client gives up sooner.
const LINGER: Duration = Duration::from_secs(60);
/// A record header, then the type of the handshake message.
const HANDSHAKE_RECORD: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const MESSAGE_TYPE_AT: usize = 13;

/// The DTLS half of a leg.
///
/// ```text
///        pair valid, description known (client)        certificate named
/// Open ──────────────────────────────────────▶ under way ──────────────▶ Connected
///  ▲     ClientHello from a valid pair (server)      │ three times broken,   │ other fingerprint
///  │                                                 ▼ 30 s, or not named    │
///  └──────────────── restart, new description ── Failed                      │
///  └─────────────────────────────────────────────────────────────────────────┘
/// ```
///
/// What is under way is not written down: after a restore it is `Open` again.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Dtls {
    state: State,
    remote: Option<Remote>,
    /// When the handshake must be done.
    deadline: Option<Time>,
    /// How often it broke.
    attempts: u8,
    #[serde(skip)]
    under_way: Option<UnderWay>,
    #[serde(skip)]
    linger_until: Option<Time>,
    #[serde(skip)]
    outputs: VecDeque<Output>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Open,
    /// Keys were given out for the certificate with this fingerprint.
    Connected(Fingerprint),
    Failed,
}

/// What the browser's description says of DTLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remote {
    fingerprints: Vec<Fingerprint>,
    role: DtlsRole,
}

#[derive(Debug)]
struct UnderWay {
    association: Association,
    certificate: Option<PeerCertificate>,
    /// Held back until the description names the certificate.
    keys: Option<KeyingMaterial>,
}

impl Dtls {
    /// Takes the browser's description. The same certificate keeps the association and its role, whatever else changed; another
    /// one begins a new association.
    pub(crate) fn apply(&mut self, now: Time, told: &RemoteWebRtc) {
        let next = Remote {
            fingerprints: told.fingerprints.clone(),
            role: told.dtls_role,
        };
        let Some(known) = &self.remote else {
            // A ClientHello that came early made us server; if the description says otherwise it was not the browser's.
            if self.under_way.is_some() && next.role == DtlsRole::Client {
                self.under_way = None;
            }
            self.remote = Some(next);
            self.begin_again();
            self.settle(now);
            return;
        };
        let same_certificate = match &self.state {
            State::Connected(fingerprint) => next.fingerprints.contains(fingerprint),
            State::Open | State::Failed => next.fingerprints == known.fingerprints,
        };
        if !same_certificate {
            self.under_way = None;
            self.linger_until = None;
            self.remote = Some(next);
            self.begin_again();
        } else if self.under_way.is_none() && !matches!(self.state, State::Connected(_)) {
            self.remote = Some(next);
        }
    }

    /// ICE was restarted: what has failed, or was lost with a snapshot, gets another chance.
    pub(crate) fn ice_restarted(&mut self) {
        if !matches!(self.state, State::Connected(_)) && self.remote.is_some() {
            self.begin_again();
        }
    }

    fn begin_again(&mut self) {
        self.state = State::Open;
        self.attempts = 0;
        self.deadline = None;
    }

    /// Starts what can be started, `to` being where DTLS goes: a client's ClientHello once there is a path and a description (both, lest it is lost and
    /// repeated late), a server's patience.
    pub(crate) fn advance(&mut self, now: Time, identity: &Identity, to: Option<SocketAddr>) {
        if self.state != State::Open || to.is_none() {
            return;
        }
        let Some(remote) = &self.remote else { return };
        if self.deadline.is_none() {
            self.deadline = Some(now + HANDSHAKE_TIMEOUT);
        }
        if remote.role == DtlsRole::Client && self.under_way.is_none() {
            self.start(now, identity, Role::Client);
            self.drain(now, identity, to);
        }
    }

    fn start(&mut self, now: Time, identity: &Identity, role: Role) {
        self.under_way = Some(UnderWay {
            association: Association::new(now, identity, role),
            certificate: None,
            keys: None,
        });
    }

    /// Takes a datagram that came over a valid pair; whether it was of use.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        identity: &Identity,
        to: Option<SocketAddr>,
        datagram: &[u8],
    ) -> bool {
        if self.under_way.is_none() {
            let serves = self
                .remote
                .as_ref()
                .is_none_or(|remote| remote.role == DtlsRole::Server);
            if self.state != State::Open || !serves || !is_client_hello(datagram) {
                return false;
            }
            self.start(now, identity, Role::Server);
        }
        if let Some(under_way) = &mut self.under_way {
            under_way.association.handle_datagram(now, datagram);
        }
        self.drain(now, identity, to);
        true
    }

    pub(crate) fn handle_timeout(
        &mut self,
        now: Time,
        identity: &Identity,
        to: Option<SocketAddr>,
    ) {
        if self.linger_until.is_some_and(|until| now >= until) {
            self.linger_until = None;
            self.under_way = None;
        }
        if let Some(under_way) = &mut self.under_way
            && under_way
                .association
                .poll_timeout()
                .is_some_and(|at| now >= at)
        {
            under_way.association.handle_timeout(now);
            self.drain(now, identity, to);
        }
        if self.state == State::Open && self.deadline.is_some_and(|deadline| now >= deadline) {
            self.fail("no handshake in time");
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let deadline = self.deadline.filter(|_| self.state == State::Open);
        let association = self
            .under_way
            .as_ref()
            .and_then(|under_way| under_way.association.poll_timeout());
        deadline
            .into_iter()
            .chain(association)
            .chain(self.linger_until)
            .min()
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn drain(&mut self, now: Time, identity: &Identity, to: Option<SocketAddr>) {
        while let Some(output) = self
            .under_way
            .as_mut()
            .and_then(|under_way| under_way.association.poll_output())
        {
            match output {
                rtc_dtls::Output::Transmit(bytes) => {
                    // Without a path it is lost, and the timer repeats it.
                    if let Some(to) = to {
                        let from = None;
                        self.outputs.push_back(Output::Transmit { from, to, bytes });
                    }
                }
                rtc_dtls::Output::PeerCertificate(certificate) => {
                    if let Some(under_way) = &mut self.under_way {
                        under_way.certificate = Some(certificate);
                    }
                    self.settle(now);
                }
                rtc_dtls::Output::Connected(keys) => {
                    if let Some(under_way) = &mut self.under_way {
                        under_way.keys = Some(keys);
                    }
                    self.settle(now);
                }
                rtc_dtls::Output::Failed(why) => {
                    self.under_way = None;
                    self.attempts = self.attempts.saturating_add(1);
                    if self.attempts >= MAX_ATTEMPTS {
                        self.fail(&why);
                    } else {
                        self.advance(now, identity, to);
                    }
                }
                // The call's end comes by signalling.
                rtc_dtls::Output::Closed => {}
            }
        }
    }

    /// Holds certificate and keys against the description.
    fn settle(&mut self, now: Time) {
        if self.state != State::Open {
            return;
        }
        let (Some(remote), Some(under_way)) = (&self.remote, &mut self.under_way) else {
            return;
        };
        let Some(certificate) = &under_way.certificate else {
            return;
        };
        let named = remote
            .fingerprints
            .iter()
            .find(|told| certificate.matches(&told.algorithm, &told.digest));
        let Some(named) = named.cloned() else {
            self.fail("the certificate is not the one announced");
            return;
        };
        // Only the finished handshake proves that the far end owns the certificate.
        let Some(keys) = under_way.keys.take() else {
            return;
        };
        let we_are_client = under_way.association.role() == Role::Client;
        match srtp_keys(&keys, we_are_client) {
            Some(keys) => {
                self.state = State::Connected(named);
                self.deadline = None;
                self.linger_until = Some(now + LINGER);
                self.outputs.push_back(Output::DtlsConnected(keys));
            }
            None => self.fail("the keying material has a wrong length"),
        }
    }

    fn fail(&mut self, why: &str) {
        self.state = State::Failed;
        self.under_way = None;
        self.linger_until = None;
        self.deadline = None;
        self.outputs.push_back(Output::DtlsFailed(why.to_owned()));
    }
}

fn srtp_keys(keys: &KeyingMaterial, we_are_client: bool) -> Option<SrtpKeys> {
    let profile = match keys.profile {
        rtc_dtls::SrtpProfile::AeadAes256Gcm => Profile::AeadAes256Gcm,
        rtc_dtls::SrtpProfile::AeadAes128Gcm => Profile::AeadAes128Gcm,
        rtc_dtls::SrtpProfile::Aes128CmHmacSha1_80 => Profile::Aes128CmHmacSha1_80,
    };
    SrtpKeys::from_dtls(profile, &keys.octets, we_are_client)
}

/// A plaintext handshake record that begins with a ClientHello: the only thing that may open an association.
fn is_client_hello(datagram: &[u8]) -> bool {
    datagram.first() == Some(&HANDSHAKE_RECORD)
        && datagram.get(MESSAGE_TYPE_AT) == Some(&CLIENT_HELLO)
}

use crate::{Identity, PeerCertificate, clock::Clock};
use dimpl::Dtls;
use proto_base::Time;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// A handshake that takes longer has failed. Retransmissions every few seconds by then bring nothing.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// A handshake with a certificate of normal size takes 4 KiB; with retransmissions under loss a few times that.
const MAX_HANDSHAKE: usize = 64 * 1024;
/// The library sends datagrams of at most 1,150 octets.
const SMALL: usize = 2048;

/// Who sends the ClientHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We do.
    Client,
    /// The far end does.
    Server,
}

/// The SRTP protection profile agreed by `use_srtp` (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpProfile {
    /// `SRTP_AEAD_AES_256_GCM`.
    AeadAes256Gcm,
    /// `SRTP_AEAD_AES_128_GCM`.
    AeadAes128Gcm,
    /// `SRTP_AES128_CM_HMAC_SHA1_80`.
    Aes128CmHmacSha1_80,
}

/// What is exported under `EXTRACTOR-dtls_srtp`: client key, server key, client salt, server salt (RFC 5764 §4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct KeyingMaterial {
    /// The profile it is for.
    pub profile: SrtpProfile,
    /// The octets, as long as the profile demands.
    pub octets: Vec<u8>,
}

/// Keys are not for logs.
impl fmt::Debug for KeyingMaterial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyingMaterial")
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// What an association wants of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this datagram.
    Transmit(Vec<u8>),
    /// The far end showed this certificate. It has yet to prove that it owns it: that is `Connected`.
    PeerCertificate(PeerCertificate),
    /// The handshake is done.
    Connected(KeyingMaterial),
    /// The handshake failed, or brought no SRTP profile; the association is of no more use.
    Failed(String),
    /// The far end closed the association (close_notify). SRTP does not depend on it.
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Handshaking,
    Connected,
    Ended,
}

/// One DTLS 1.2 association.
pub struct Association {
    dtls: Dtls,
    clock: Clock,
    role: Role,
    state: State,
    /// Octets received in the handshake: no certificate can be longer, and they are bounded.
    received: usize,
    deadline: Option<Time>,
    outputs: VecDeque<Output>,
}

impl Association {
    /// A new association. A client has its ClientHello ready at once.
    pub fn new(now: Time, identity: &Identity, role: Role) -> Self {
        let clock = identity.clock;
        let mut dtls = Dtls::new_12(
            identity.config.clone(),
            identity.certificate.clone(),
            clock.instant(now),
        );
        if role == Role::Client {
            dtls.set_active(true);
        }
        let mut association = Self {
            dtls,
            clock,
            role,
            state: State::Handshaking,
            received: 0,
            deadline: None,
            outputs: VecDeque::new(),
        };
        association.handle_timeout(now);
        association
    }

    /// Who sends the ClientHello.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the handshake is done.
    pub fn is_connected(&self) -> bool {
        self.state == State::Connected
    }

    /// Takes a datagram. Noise is ignored by the library; what it cannot go on after ends a handshake, but nothing ends
    /// an association that is connected, since its keys are already in use.
    pub fn handle_datagram(&mut self, now: Time, datagram: &[u8]) {
        if self.state == State::Ended {
            return;
        }
        if self.state == State::Handshaking {
            self.received = self.received.saturating_add(datagram.len());
            if self.received > MAX_HANDSHAKE {
                self.fail("the handshake is too long");
                return;
            }
        }
        let result = self
            .dtls
            .handle_timeout(self.clock.instant(now))
            .and_then(|()| self.dtls.handle_packet(datagram));
        self.settle(now, result);
    }

    /// Retransmits what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.state == State::Ended {
            return;
        }
        let result = self.dtls.handle_timeout(self.clock.instant(now));
        self.settle(now, result);
    }

    /// Tells the far end that we close, if there is a channel to tell it on.
    pub fn close(&mut self, now: Time) {
        if self.state != State::Ended {
            let result = self.dtls.close();
            self.settle(now, result);
            self.state = State::Ended;
            self.deadline = None;
        }
    }

    /// When `handle_timeout` is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.deadline
    }

    /// What the association wants; to be drained after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn settle(&mut self, now: Time, result: Result<(), dimpl::Error>) {
        // Even after an error there may be an alert to send.
        self.drain(now);
        if let Err(error) = result {
            if self.state == State::Handshaking {
                self.fail(&error.to_string());
            } else {
                // The library gives up; the keys stay good.
                self.state = State::Ended;
                self.deadline = None;
            }
        }
    }

    fn drain(&mut self, now: Time) {
        let mut room = vec![0; self.received.clamp(SMALL, MAX_HANDSHAKE)];
        let mut finished = false;
        loop {
            match self.dtls.poll_output(&mut room) {
                dimpl::Output::Packet(packet) => {
                    self.outputs.push_back(Output::Transmit(packet.to_vec()));
                }
                dimpl::Output::PeerCert(der) => {
                    self.outputs
                        .push_back(Output::PeerCertificate(PeerCertificate::new(der)));
                }
                dimpl::Output::Connected => finished = true,
                dimpl::Output::KeyingMaterial(octets, profile) => {
                    if let Some(profile) = known(profile) {
                        self.state = State::Connected;
                        self.outputs.push_back(Output::Connected(KeyingMaterial {
                            profile,
                            octets: octets.to_vec(),
                        }));
                    }
                }
                // Nobody has agreed on a data channel with us.
                dimpl::Output::ApplicationData(_) => {}
                dimpl::Output::CloseNotify => self.outputs.push_back(Output::Closed),
                dimpl::Output::BufferTooSmall { needed } => {
                    if needed <= room.len() || needed > MAX_HANDSHAKE {
                        self.fail("a record is too long");
                        return;
                    }
                    room.resize(needed, 0);
                }
                dimpl::Output::Timeout(instant) => {
                    self.deadline = self.clock.deadline(now, instant);
                    break;
                }
                _ => {}
            }
        }
        if finished && self.state == State::Handshaking {
            self.fail("no SRTP profile was agreed");
        }
    }

    fn fail(&mut self, why: &str) {
        if self.state == State::Handshaking {
            self.outputs.push_back(Output::Failed(why.to_owned()));
        }
        self.state = State::Ended;
        self.deadline = None;
    }
}

impl fmt::Debug for Association {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Association")
            .field("role", &self.role)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

fn known(profile: dimpl::SrtpProfile) -> Option<SrtpProfile> {
    match profile {
        dimpl::SrtpProfile::AEAD_AES_256_GCM => Some(SrtpProfile::AeadAes256Gcm),
        dimpl::SrtpProfile::AEAD_AES_128_GCM => Some(SrtpProfile::AeadAes128Gcm),
        dimpl::SrtpProfile::AES128_CM_SHA1_80 => Some(SrtpProfile::Aes128CmHmacSha1_80),
        _ => None,
    }
}

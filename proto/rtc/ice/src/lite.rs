use crate::pair::{Checked, Generation};
use crate::request::{Request, refusal};
use crate::{Builder, Class, Credentials, IceRole, Message};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

/// A pair without an authenticated check for this long has lost consent (RFC 7675 §5.1); browsers check every 2.5 to 5 s.
pub const CONSENT: Duration = Duration::from_secs(30);
/// How long after the first check a nomination may take. RFC 8863 §4: at least 39.5 s.
pub const INITIAL_WAIT: Duration = Duration::from_secs(40);
/// How long after the descriptions the first check may take. Ours may have gone out in a provisional response, which some
/// browsers' SIP stacks lay aside until the 200, and a telephone may ring for three minutes (Timer C, RFC 3261 §16.6).
pub const FIRST_CHECK_WAIT: Duration = Duration::from_secs(240);
/// Our side of one leg's ICE: a lite agent, always controlled (RFC 8445 §2.5).
///
/// ```text
///            check with our password            USE-CANDIDATE              no check for 30 s
/// no pairs ────────────────────────▶ valid pairs ─────────────▶ selected ────────────────────▶ failed
///                                                                  ▲  │ new credentials            │
///                                    old pair serves until a new ──┘◀─┴────────────────────────────┘
///                                    one is nominated
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lite {
    current: Generation,
    /// What was before the last restart; it serves until the new one has a selected pair.
    previous: Option<Generation>,
    /// When the first check, and then a nomination, must have come. `None` while the browser's description is not here, or
    /// once a pair is selected.
    deadline: Option<Time>,
    failure: Option<Failure>,
}

/// Why a leg has no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// No pair was nominated in time (RFC 8863).
    NoPair,
    /// The selected pair was not checked in time (RFC 7675).
    ConsentLost,
}

/// Why a message gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No Binding request, or without USERNAME, MESSAGE-INTEGRITY or FINGERPRINT.
    NotACheck,
    /// USERNAME is not ours or not the browser's.
    WrongUsername,
    /// MESSAGE-INTEGRITY is not by our password.
    NotAuthentic,
    /// A check seen before, from another address.
    Replayed,
    /// The path has failed; only new credentials revive it.
    Failed,
}

impl Lite {
    /// An agent with our credentials and, if it is known already, the browser's ufrag.
    pub fn new(now: Time, local: Credentials, remote_ufrag: Option<&str>) -> Self {
        Self {
            current: Generation::new(local, remote_ufrag.map(str::to_owned)),
            previous: None,
            deadline: remote_ufrag.map(|_| now + FIRST_CHECK_WAIT),
            failure: None,
        }
    }

    /// Goes over to these credentials. The same again change nothing; others are a restart (RFC 8445 §9), and the pair
    /// selected before serves until a new one is nominated. Whether it was a restart.
    pub fn apply(&mut self, now: Time, local: &Credentials, remote_ufrag: Option<&str>) -> bool {
        let known = self.current.remote_ufrag.as_deref();
        let changed = remote_ufrag.is_some() && known.is_some() && known != remote_ufrag;
        if *local != self.current.local || changed {
            self.restart(now, local.clone(), remote_ufrag);
            return true;
        }
        if let (None, Some(told)) = (known, remote_ufrag) {
            self.current.learn_remote(told);
            if self.current.selected.is_none() {
                let wait = if self.current.pairs.is_empty() {
                    FIRST_CHECK_WAIT
                } else {
                    INITIAL_WAIT
                };
                self.deadline = Some(now + wait);
            }
        }
        false
    }

    fn restart(&mut self, now: Time, local: Credentials, remote_ufrag: Option<&str>) {
        let next = Generation::new(local, remote_ufrag.map(str::to_owned));
        let last = std::mem::replace(&mut self.current, next);
        if self.failure.take().is_some() {
            self.previous = None;
        } else if last.selected.is_some() {
            self.previous = Some(last);
        }
        self.deadline = remote_ufrag.map(|_| now + FIRST_CHECK_WAIT);
    }

    /// Takes a message for one of our ufrags. An authentic check is answered with the datagram to send back.
    pub fn handle(
        &mut self,
        now: Time,
        from: SocketAddr,
        message: &Message<'_>,
    ) -> Result<Vec<u8>, Refused> {
        let request = Request::read(message)?;
        let (ours, theirs) = (request.ours, request.theirs);
        let is_current = self.current.is_addressed_by(ours, theirs);
        let generation = if is_current {
            &mut self.current
        } else {
            self.previous
                .as_mut()
                .filter(|previous| previous.is_addressed_by(ours, theirs))
                .ok_or(Refused::WrongUsername)?
        };
        request.verify(message, &generation.local.pwd)?;
        if self.failure.is_some() {
            return Err(Refused::Failed);
        }
        if generation.seen.is_replay(message.transaction(), from) {
            return Err(Refused::Replayed);
        }
        let password = &generation.local.pwd;
        if let Some(refusal) = refusal(message, password) {
            return Ok(refusal);
        }
        // RFC 8445 §7.3.1.1: the lite side stays controlled, so it is the other who must switch.
        if matches!(message.role(), Some(IceRole::Controlled(_))) {
            return Ok(Builder::new(Class::Error, message.transaction())
                .error(487, "Role Conflict")
                .finish(password));
        }
        let response = Builder::new(Class::Success, message.transaction())
            .mapped_address(from)
            .finish(password);
        generation.note(
            now,
            &Checked {
                from,
                peer_ufrag: theirs,
                priority: message.priority().unwrap_or(0),
                nominates: message.nominates(),
                transaction: message.transaction(),
            },
        );
        if self.current.selected.is_some() {
            self.previous = None;
            self.deadline = None;
        } else if is_current {
            self.deadline = self
                .deadline
                .map(|deadline| deadline.min(now + INITIAL_WAIT));
        }
        Ok(response)
    }

    /// Drops what was not checked in time. `media`: when an authentic packet of media came last. A far end that ends its checks when
    /// it has found a pair, as some telephones do, keeps its call as long as it sends.
    pub fn handle_timeout(&mut self, now: Time, media: Option<Time>) {
        if self.failure.is_some() {
            return;
        }
        if let (Some(remote), Some(media)) = (self.selected(), media) {
            let lists = std::iter::once(&mut self.current).chain(&mut self.previous);
            for pair in lists.flat_map(|generation| &mut generation.pairs) {
                if pair.remote == remote {
                    pair.last_check = pair.last_check.max(media);
                }
            }
        }
        if let Some(previous) = &mut self.previous {
            previous
                .pairs
                .retain(|pair| now < pair.last_check + CONSENT);
            if previous
                .selected
                .is_none_or(|remote| previous.pair(remote).is_none())
            {
                self.previous = None;
                // Nothing carries the call now; the restart must come to something soon.
                self.deadline = self
                    .deadline
                    .map(|deadline| deadline.min(now + INITIAL_WAIT));
            }
        }
        let current = &mut self.current;
        current.pairs.retain(|pair| now < pair.last_check + CONSENT);
        if current
            .selected
            .is_some_and(|remote| current.pair(remote).is_none())
        {
            self.fail(Failure::ConsentLost);
        } else if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.deadline = None;
            // After a restart that came to nothing the old pair still carries the call.
            if self.previous.is_none() {
                self.fail(Failure::NoPair);
            }
        } else if self.previous.is_none()
            && self.current.selected.is_none()
            && self.deadline.is_none()
            && self.current.remote_ufrag.is_some()
        {
            // The old pair died too, after the restart had come to nothing.
            self.fail(Failure::ConsentLost);
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
        self.deadline = None;
        self.previous = None;
        self.current.pairs.clear();
        self.current.selected = None;
    }

    /// When `handle_timeout` is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        let pairs = self
            .generations()
            .flat_map(|generation| &generation.pairs)
            .map(|pair| pair.last_check + CONSENT);
        pairs.chain(self.deadline).min()
    }

    /// Current first.
    fn generations(&self) -> impl Iterator<Item = &Generation> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    /// Where media goes: the selected pair.
    pub fn selected(&self) -> Option<SocketAddr> {
        self.generations()
            .find_map(|generation| generation.selected)
    }

    /// Whether the selected pair belongs to the credentials in force, not to those before a restart.
    pub fn is_settled(&self) -> bool {
        self.current.selected.is_some()
    }

    /// Where DTLS goes: the selected pair, or the valid one checked last while none is nominated.
    pub fn best(&self) -> Option<SocketAddr> {
        self.selected()
            .or_else(|| self.generations().find_map(Generation::best))
    }

    /// Whether a check has validated this address. What comes from others is not looked at.
    pub fn is_valid(&self, remote: SocketAddr) -> bool {
        self.generations()
            .any(|generation| generation.pair(remote).is_some())
    }

    /// All valid addresses; one may be named twice after a restart.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.generations()
            .flat_map(|generation| &generation.pairs)
            .map(|pair| pair.remote)
    }

    /// Our ufrags that may be named in checks: two between a restart and the next nomination.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        self.generations()
            .map(|generation| generation.local.ufrag.as_str())
    }

    /// Why there is no path any more; new credentials clear it.
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }
}

//! RFC 3261 §17.2.1 with RFC 6026 §7.1 and §8.5.
//!
//! ```text
//!             INVITE: 100 at once
//!                |
//!            Proceeding  INVITE: last 1xx again; 1xx from the user: sent
//!       3xx-6xx  |   \  2xx
//!                |    +-----> Accepted  INVITE: absorbed; 2xx from the user: sent; ACK: told
//!            Completed            |
//!  G: response   |  \  H: NoAck   | L
//!     INVITE too |   +----------->+
//!            ACK |                |
//!            Confirmed --I--> Terminated
//! ```

use crate::outbox::Outbox;
use crate::path::Path;
use crate::timers::{T1, T4, TRANSACTION_TIMEOUT, doubled, forgotten_after};
use crate::{Event, ServerKey};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{Request, Response, StatusCode};
use std::time::Duration;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct InviteServer {
    key: ServerKey,
    /// Where responses go.
    path: Path,
    /// The To tag of the last response that had one: the 200 to a CANCEL shows the same (§9.2).
    tag: Option<String>,
    cancelled: bool,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
enum State {
    /// The user owes a final response. No timer: a telephone may ring for as long as its caller lets it.
    Proceeding {
        /// The last provisional response.
        response: Vec<u8>,
    },
    Accepted {
        /// Timer L.
        until: Time,
    },
    Completed {
        response: Vec<u8>,
        /// Timer G and its present length; never over a reliable transport.
        resend: Option<(Time, Duration)>,
        /// Timer H.
        until: Time,
    },
    Confirmed {
        /// Timer I.
        until: Time,
    },
    Terminated,
}

/// Whom an ACK is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AckFor {
    Transaction,
    Dialog,
}

impl InviteServer {
    /// The 100 leaves at once: a caller over datagrams stops repeating itself however long the user thinks.
    pub(crate) fn start(key: ServerKey, path: Path, invite: &Request, outbox: &mut Outbox) -> Self {
        let response = invite.response(StatusCode::TRYING).to_bytes();
        outbox.send(path.flow, response.clone());
        Self {
            key,
            path,
            tag: None,
            cancelled: false,
            state: State::Proceeding { response },
        }
    }

    /// The INVITE again.
    pub(crate) fn receive_again(&mut self, outbox: &mut Outbox) {
        match &self.state {
            State::Proceeding { response } | State::Completed { response, .. } => {
                outbox.send(self.path.flow, response.clone());
            }
            State::Accepted { .. } | State::Confirmed { .. } | State::Terminated => {}
        }
    }

    pub(crate) fn receive_ack(&mut self, now: Time) -> AckFor {
        match self.state {
            State::Accepted { .. } => return AckFor::Dialog,
            State::Completed { .. } => {
                self.state = if self.path.transport.is_reliable() {
                    State::Terminated
                } else {
                    State::Confirmed {
                        until: forgotten_after(now, T4),
                    }
                };
            }
            State::Proceeding { .. } | State::Confirmed { .. } | State::Terminated => {}
        }
        AckFor::Transaction
    }

    /// Whether the user is to be told: once, and only while the INVITE has no final response.
    pub(crate) fn receive_cancel(&mut self) -> bool {
        let first = !self.cancelled && matches!(self.state, State::Proceeding { .. });
        self.cancelled = true;
        first
    }

    pub(crate) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    pub(crate) fn respond(&mut self, now: Time, response: &Response, outbox: &mut Outbox) {
        let status = response.status;
        match &self.state {
            State::Proceeding { .. } => {
                // The first 100 left by itself.
                if status == StatusCode::TRYING {
                    return;
                }
                let bytes = response.to_bytes();
                outbox.send(self.path.flow, bytes.clone());
                if let Some(tag) = response.headers.to_tag() {
                    self.tag = Some(tag.to_owned());
                }
                self.state = if status.is_provisional() {
                    State::Proceeding { response: bytes }
                } else if status.is_success() {
                    State::Accepted {
                        until: forgotten_after(now, TRANSACTION_TIMEOUT),
                    }
                } else {
                    let resend = (!self.path.transport.is_reliable()).then_some((now + T1, T1));
                    State::Completed {
                        response: bytes,
                        resend,
                        until: now + TRANSACTION_TIMEOUT,
                    }
                };
            }
            State::Accepted { .. } => {
                if status.is_success() {
                    outbox.send(self.path.flow, response.to_bytes());
                }
            }
            State::Completed { .. } | State::Confirmed { .. } | State::Terminated => {}
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Time, outbox: &mut Outbox) {
        match &mut self.state {
            State::Accepted { until } | State::Confirmed { until } => {
                if now >= *until {
                    self.state = State::Terminated;
                }
            }
            State::Completed {
                response,
                resend,
                until,
            } => {
                if now >= *until {
                    self.state = State::Terminated;
                    outbox.tell(Event::NoAck {
                        key: self.key.clone(),
                    });
                } else if let Some((at, interval)) = resend
                    && now >= *at
                {
                    outbox.send(self.path.flow, response.clone());
                    *interval = doubled(*interval);
                    *at = now + *interval;
                }
            }
            State::Proceeding { .. } | State::Terminated => {}
        }
    }

    pub(crate) fn flow_closed(&mut self) {
        self.state = State::Terminated;
    }

    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        match &self.state {
            State::Accepted { until } | State::Confirmed { until } => Some(*until),
            State::Completed { resend, until, .. } => {
                Some(resend.map_or(*until, |(at, _)| at.min(*until)))
            }
            State::Proceeding { .. } | State::Terminated => None,
        }
    }
}

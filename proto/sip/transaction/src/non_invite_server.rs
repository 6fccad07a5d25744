//! RFC 3261 §17.2.2 with RFC 4320.
//!
//! ```text
//!          request
//!             |
//!          Trying      request: absorbed
//!             |   \  final response: sent
//!   3.5 s:    |    +-----------------> Completed --J----+
//!     100     |                            ^ request: response again
//!         Proceeding ----------------------+            |
//!  request: 100 again     final response: sent          v
//!             |                                     Terminated
//!             +--- 64*T1: the peer has given up, silence ---^
//! ```

use crate::outbox::Outbox;
use crate::path::Path;
use crate::timers::{TRANSACTION_TIMEOUT, TRYING_AFTER, forgotten_after};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{Request, Response, StatusCode};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NonInviteServer {
    /// Where responses go.
    path: Path,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
enum State {
    Trying {
        /// The 100, and when it must leave. Hardly ever does it, so it is not printed before.
        trying: Box<Response>,
        at: Time,
        /// The peer's Timer F.
        until: Time,
    },
    Proceeding {
        trying: Vec<u8>,
        until: Time,
    },
    Completed {
        response: Vec<u8>,
        /// Timer J.
        until: Time,
    },
    Terminated,
}

impl NonInviteServer {
    pub(crate) fn start(now: Time, path: Path, request: &Request) -> Self {
        Self {
            path,
            state: State::Trying {
                trying: Box::new(request.response(StatusCode::TRYING)),
                at: now + TRYING_AFTER,
                until: now + TRANSACTION_TIMEOUT,
            },
        }
    }

    /// The request again.
    pub(crate) fn receive_again(&mut self, outbox: &mut Outbox) {
        match &self.state {
            State::Proceeding { trying, .. } => outbox.send(self.path.flow, trying.clone()),
            State::Completed { response, .. } => outbox.send(self.path.flow, response.clone()),
            State::Trying { .. } | State::Terminated => {}
        }
    }

    pub(crate) fn respond(&mut self, now: Time, response: &Response, outbox: &mut Outbox) {
        match &self.state {
            State::Trying { .. } | State::Proceeding { .. } => {
                // RFC 4320 §4.1: no provisional response but 100, and that one leaves by itself when it helps.
                if response.status.is_provisional() {
                    return;
                }
                // RFC 4320 §4.2: a 408 would come when the peer has given up. Silence says the same.
                if response.status.code() == 408 {
                    self.state = State::Terminated;
                    return;
                }
                let bytes = response.to_bytes();
                outbox.send(self.path.flow, bytes.clone());
                self.state = if self.path.transport.is_reliable() {
                    State::Terminated
                } else {
                    State::Completed {
                        response: bytes,
                        until: forgotten_after(now, TRANSACTION_TIMEOUT),
                    }
                };
            }
            State::Completed { .. } | State::Terminated => {}
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Time, outbox: &mut Outbox) {
        match &mut self.state {
            State::Trying { trying, at, until } => {
                if now >= *until {
                    self.state = State::Terminated;
                } else if now >= *at {
                    let trying = trying.to_bytes();
                    outbox.send(self.path.flow, trying.clone());
                    self.state = State::Proceeding {
                        trying,
                        until: *until,
                    };
                }
            }
            State::Proceeding { until, .. } | State::Completed { until, .. } => {
                if now >= *until {
                    self.state = State::Terminated;
                }
            }
            State::Terminated => {}
        }
    }

    pub(crate) fn flow_closed(&mut self) {
        self.state = State::Terminated;
    }

    /// `None` when terminated.
    pub(crate) fn deadline(&self) -> Option<Time> {
        match &self.state {
            State::Trying { at, until, .. } => Some((*at).min(*until)),
            State::Proceeding { until, .. } | State::Completed { until, .. } => Some(*until),
            State::Terminated => None,
        }
    }
}

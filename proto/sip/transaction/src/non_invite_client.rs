//! RFC 3261 §17.1.2.
//!
//! ```text
//!           request
//!              |          F, flow closed: Failed
//!           Trying ------------------------------+
//!  E: request  |  \  2xx-6xx                     |
//!          1xx |   +----------> Completed --K----+
//!              |                    ^            |
//!         Proceeding ---------------+            v
//!  E: request    2xx-6xx                     Terminated
//! ```

use crate::outbox::Outbox;
use crate::path::Path;
use crate::timers::{T1, T2, T4, TRANSACTION_TIMEOUT, doubled, forgotten_after};
use crate::{ClientKey, Event};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Request, Response};
use std::time::Duration;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NonInviteClient {
    key: ClientKey,
    path: Path,
    /// How many Vias left with the request, and so come back with a response (§8.1.3.3).
    vias: usize,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
enum State {
    Trying(Waiting),
    Proceeding(Waiting),
    Completed {
        /// Timer K.
        until: Time,
    },
    Terminated,
}

/// For the final response.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    request: Vec<u8>,
    /// Timer E and its present length; never over a reliable transport.
    resend: Option<(Time, Duration)>,
    /// Timer F.
    until: Time,
}

impl NonInviteClient {
    pub(crate) fn start(
        now: Time,
        key: ClientKey,
        path: Path,
        request: &Request,
        outbox: &mut Outbox,
    ) -> Self {
        let bytes = request.to_bytes();
        outbox.send(path.flow, bytes.clone());
        let resend = (!path.transport.is_reliable()).then_some((now + T1, T1));
        Self {
            key,
            path,
            vias: request.headers.count(&HeaderName::Via),
            state: State::Trying(Waiting {
                request: bytes,
                resend,
                until: now + TRANSACTION_TIMEOUT,
            }),
        }
    }

    pub(crate) fn expects(&self, from: Path, vias: usize) -> bool {
        self.path.may_be_answered_from(from) && self.vias == vias
    }

    /// Its peer is elsewhere now.
    pub(crate) fn reroute(&mut self, path: Path, outbox: &mut Outbox) {
        self.path = path;
        if let State::Trying(waiting) | State::Proceeding(waiting) = &self.state {
            outbox.send(path.flow, waiting.request.clone());
        }
    }

    pub(crate) fn receive(&mut self, now: Time, response: Response, outbox: &mut Outbox) {
        match std::mem::replace(&mut self.state, State::Terminated) {
            State::Trying(waiting) | State::Proceeding(waiting) => {
                self.state = if response.status.is_provisional() {
                    State::Proceeding(waiting)
                } else if self.path.transport.is_reliable() {
                    State::Terminated
                } else {
                    State::Completed {
                        until: forgotten_after(now, T4),
                    }
                };
                outbox.tell(Event::Response {
                    key: self.key.clone(),
                    response,
                });
            }
            // A repeated final response: absorbed.
            done @ (State::Completed { .. } | State::Terminated) => self.state = done,
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Time, outbox: &mut Outbox) {
        let proceeding = matches!(self.state, State::Proceeding(_));
        match &mut self.state {
            State::Trying(waiting) | State::Proceeding(waiting) => {
                if now >= waiting.until {
                    self.fail(true, outbox);
                } else if let Some((at, interval)) = &mut waiting.resend
                    && now >= *at
                {
                    outbox.send(self.path.flow, waiting.request.clone());
                    *interval = if proceeding { T2 } else { doubled(*interval) };
                    *at = now + *interval;
                }
            }
            State::Completed { until } => {
                if now >= *until {
                    self.state = State::Terminated;
                }
            }
            State::Terminated => {}
        }
    }

    pub(crate) fn flow_closed(&mut self, outbox: &mut Outbox) {
        match self.state {
            State::Trying(_) | State::Proceeding(_) => self.fail(false, outbox),
            State::Completed { .. } | State::Terminated => self.state = State::Terminated,
        }
    }

    fn fail(&mut self, timed_out: bool, outbox: &mut Outbox) {
        self.state = State::Terminated;
        outbox.tell(Event::Failed {
            key: self.key.clone(),
            timed_out,
        });
    }

    /// `None` when terminated.
    pub(crate) fn deadline(&self) -> Option<Time> {
        match &self.state {
            State::Trying(waiting) | State::Proceeding(waiting) => Some(
                waiting
                    .resend
                    .map_or(waiting.until, |(at, _)| at.min(waiting.until)),
            ),
            State::Completed { until } => Some(*until),
            State::Terminated => None,
        }
    }
}

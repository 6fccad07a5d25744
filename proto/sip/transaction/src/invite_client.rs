//! RFC 3261 §17.1.1 with RFC 6026 §7.2 and §8.4.
//!
//! ```text
//!              INVITE
//!                |            B, flow closed: Failed
//!             Calling --------------------------------+
//!     A: INVITE  |  \  \  3xx-6xx: ACK                |
//!            1xx |   \  \-----------> Completed --D---+
//!                |    \ 2xx              ^            |
//!           Proceeding --> Accepted --M---------------+
//!                |   3xx-6xx: ACK        |            |
//!                +-----------------------+            v
//!                                                 Terminated
//! ```
//!
//! CANCEL (§9.1) is a transaction of its own; this machine says when it may leave, and stops waiting for the final
//! response 64·T1 after it did. Timer C (§16.6) bounds the ringing.

use crate::ack_and_cancel::Skeleton;
use crate::outbox::Outbox;
use crate::path::Path;
use crate::timers::{T1, TIMER_C, TIMER_D, TRANSACTION_TIMEOUT, forgotten_after};
use crate::{ClientKey, Event};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Request, Response};
use std::time::Duration;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct InviteClient {
    key: ClientKey,
    path: Path,
    /// How many Vias left with the INVITE, and so come back with a response (§8.1.3.3).
    vias: usize,
    skeleton: Skeleton,
    cancel: Cancel,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
enum State {
    Calling {
        invite: Vec<u8>,
        /// Timer A and its present length; never over a reliable transport.
        resend: Option<(Time, Duration)>,
        /// Timer B.
        until: Time,
    },
    Proceeding {
        /// Timer C, or 64·T1 after the CANCEL.
        until: Time,
    },
    /// The 2xx is told, and every further one.
    Accepted {
        /// Timer M.
        until: Time,
    },
    Completed {
        ack: Vec<u8>,
        /// Timer D.
        until: Time,
    },
    Terminated,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Cancel {
    NotAsked,
    /// Asked for while nothing was heard yet; with its Reason.
    Waiting(Option<String>),
    Sent,
}

/// What becomes of the wish to cancel.
#[derive(Debug)]
pub(crate) enum Cancelling {
    /// Send this now.
    Send(Box<Request>),
    /// It leaves by itself when a provisional response comes, or left before.
    Pending,
    /// The INVITE already has its final response.
    TooLate,
}

impl InviteClient {
    pub(crate) fn start(
        now: Time,
        key: ClientKey,
        path: Path,
        invite: &Request,
        outbox: &mut Outbox,
    ) -> Self {
        let bytes = invite.to_bytes();
        outbox.send(path.flow, bytes.clone());
        let resend = (!path.transport.is_reliable()).then_some((now + T1, T1));
        Self {
            key,
            path,
            vias: invite.headers.count(&HeaderName::Via),
            skeleton: Skeleton::of(invite),
            cancel: Cancel::NotAsked,
            state: State::Calling {
                invite: bytes,
                resend,
                until: now + TRANSACTION_TIMEOUT,
            },
        }
    }

    pub(crate) fn expects(&self, from: Path, vias: usize) -> bool {
        self.path.may_be_answered_from(from) && self.vias == vias
    }

    /// Its peer is elsewhere now.
    pub(crate) fn reroute(&mut self, path: Path, outbox: &mut Outbox) {
        self.path = path;
        if let State::Calling { invite, .. } = &self.state {
            outbox.send(path.flow, invite.clone());
        }
    }

    pub(crate) fn path(&self) -> Path {
        self.path
    }

    /// Gives the CANCEL that waited for this response, if one did.
    pub(crate) fn receive(
        &mut self,
        now: Time,
        response: Response,
        outbox: &mut Outbox,
    ) -> Option<Request> {
        match &mut self.state {
            State::Calling { .. } | State::Proceeding { .. } => {
                if response.status.is_provisional() {
                    return self.receive_provisional(now, response, outbox);
                }
                self.receive_final(now, response, outbox);
            }
            State::Accepted { .. } => {
                if response.status.is_success() {
                    self.tell(response, outbox);
                }
            }
            State::Completed { ack, .. } => {
                if response.status.is_final() && !response.status.is_success() {
                    outbox.send(self.path.flow, ack.clone());
                }
            }
            State::Terminated => {}
        }
        None
    }

    fn receive_provisional(
        &mut self,
        now: Time,
        response: Response,
        outbox: &mut Outbox,
    ) -> Option<Request> {
        let cancel = match std::mem::replace(&mut self.cancel, Cancel::NotAsked) {
            Cancel::NotAsked => None,
            Cancel::Waiting(reason) => Some(self.skeleton.cancel(reason.as_deref())),
            // The patience after a CANCEL is not renewed by whoever keeps ringing.
            Cancel::Sent => {
                self.cancel = Cancel::Sent;
                self.tell(response, outbox);
                return None;
            }
        };
        let patience = if cancel.is_some() {
            self.cancel = Cancel::Sent;
            TRANSACTION_TIMEOUT
        } else {
            TIMER_C
        };
        self.state = State::Proceeding {
            until: now + patience,
        };
        self.tell(response, outbox);
        cancel
    }

    fn receive_final(&mut self, now: Time, response: Response, outbox: &mut Outbox) {
        if response.status.is_success() {
            self.state = State::Accepted {
                until: forgotten_after(now, TRANSACTION_TIMEOUT),
            };
        } else {
            let ack = self.skeleton.ack(&response).to_bytes();
            outbox.send(self.path.flow, ack.clone());
            self.state = if self.path.transport.is_reliable() {
                State::Terminated
            } else {
                State::Completed {
                    ack,
                    until: forgotten_after(now, TIMER_D),
                }
            };
        }
        self.skeleton.forget();
        self.tell(response, outbox);
    }

    fn tell(&self, response: Response, outbox: &mut Outbox) {
        outbox.tell(Event::Response {
            key: self.key.clone(),
            response,
        });
    }

    pub(crate) fn cancel(&mut self, now: Time, reason: Option<&str>) -> Cancelling {
        match &mut self.state {
            State::Calling { .. } => {
                if self.cancel == Cancel::NotAsked {
                    self.cancel = Cancel::Waiting(reason.map(str::to_owned));
                }
                Cancelling::Pending
            }
            State::Proceeding { .. } if self.cancel == Cancel::Sent => Cancelling::Pending,
            State::Proceeding { until } => {
                *until = now + TRANSACTION_TIMEOUT;
                self.cancel = Cancel::Sent;
                Cancelling::Send(Box::new(self.skeleton.cancel(reason)))
            }
            State::Accepted { .. } | State::Completed { .. } | State::Terminated => {
                Cancelling::TooLate
            }
        }
    }

    /// Whether a CANCEL was promised and never left.
    pub(crate) fn has_unsent_cancel(&self) -> bool {
        matches!(self.cancel, Cancel::Waiting(_))
    }

    /// Gives the CANCEL that timer C makes necessary.
    pub(crate) fn handle_timeout(&mut self, now: Time, outbox: &mut Outbox) -> Option<Request> {
        match &mut self.state {
            State::Calling {
                invite,
                resend,
                until,
            } => {
                if now >= *until {
                    self.fail(true, outbox);
                } else if let Some((at, interval)) = resend
                    && now >= *at
                {
                    outbox.send(self.path.flow, invite.clone());
                    // Timer A doubles without a ceiling; B ends it (§17.1.1.2).
                    *interval = interval.saturating_mul(2);
                    *at = now + *interval;
                }
            }
            State::Proceeding { until } => {
                if now >= *until {
                    if self.cancel == Cancel::NotAsked {
                        *until = now + TRANSACTION_TIMEOUT;
                        self.cancel = Cancel::Sent;
                        return Some(self.skeleton.cancel(None));
                    }
                    self.fail(true, outbox);
                }
            }
            State::Accepted { until } | State::Completed { until, .. } => {
                if now >= *until {
                    self.state = State::Terminated;
                }
            }
            State::Terminated => {}
        }
        None
    }

    pub(crate) fn flow_closed(&mut self, outbox: &mut Outbox) {
        match self.state {
            State::Calling { .. } | State::Proceeding { .. } => self.fail(false, outbox),
            State::Accepted { .. } | State::Completed { .. } | State::Terminated => {
                self.state = State::Terminated;
            }
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
            State::Calling { resend, until, .. } => {
                Some(resend.map_or(*until, |(at, _)| at.min(*until)))
            }
            State::Proceeding { until }
            | State::Accepted { until }
            | State::Completed { until, .. } => Some(*until),
            State::Terminated => None,
        }
    }
}

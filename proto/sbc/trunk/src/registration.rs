//! We register with a peer as a telephone would (RFC 3261 §10.2).

use crate::account::without_credentials;
use crate::backoff::{Backoff, part};
use crate::{Account, Place};
use proto_base::{Random, Time};
use serde::{Deserialize, Serialize};
use sip_message::{CSeq, HeaderName, Method, NameAddr, Request, Response};
use std::time::Duration;

/// Length of our Call-ID and tag: enough to be unique.
const ID_LENGTH: usize = 20;
/// Challenges answered for one REGISTER: a stale nonce and another realm, no loop.
const MAX_TRIALS: u32 = 3;
/// Granted less than this, a registrar is not obeyed to the letter: renewing would be all we do.
const LEAST: Duration = Duration::from_secs(10);

/// Our registration with one peer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registration {
    wanted: Duration,
    call_id: String,
    from_tag: String,
    cseq: u32,
    state: State,
    backoff: Backoff,
    /// As last told to the composer, so that only changes are.
    is_registered: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum State {
    /// Nothing is under way; at that time we ask.
    Waiting { until: Time },
    /// A REGISTER is out.
    Asking { request: Box<Request>, trials: u32 },
    /// The REGISTER that takes it back is out.
    Leaving { request: Box<Request>, trials: u32 },
    /// Taken back.
    Ended,
}

/// What changed with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that anyone need be told.
    Same,
    /// Ask once more, with this.
    Again(Box<Request>),
    /// Calls can reach us from now on.
    Registered {
        /// Seconds granted.
        expires: u32,
    },
    /// They cannot: refused with this status, or silence (408). Told once until it works again.
    Lost {
        /// The registrar's answer.
        status: u16,
    },
}

impl Registration {
    /// The first REGISTER is due at once.
    pub fn new(wanted: Duration, random: &mut Random) -> Self {
        Self {
            wanted,
            call_id: random.token(ID_LENGTH),
            from_tag: random.token(ID_LENGTH),
            cseq: 0,
            state: State::Waiting { until: Time::ZERO },
            backoff: Backoff::default(),
            is_registered: false,
        }
    }

    /// When to ask next.
    pub fn deadline(&self) -> Option<Time> {
        match self.state {
            State::Waiting { until } => Some(until),
            State::Asking { .. } | State::Leaving { .. } | State::Ended => None,
        }
    }

    /// Whether the peer has our contact.
    pub fn is_registered(&self) -> bool {
        self.is_registered
    }

    /// The REGISTER that is due.
    pub fn poll(
        &mut self,
        now: Time,
        place: &Place,
        account: Option<&mut Account>,
        random: &mut Random,
    ) -> Option<Request> {
        match self.state {
            State::Waiting { until } if now >= until => {}
            _ => return None,
        }
        let seconds = u32::try_from(self.wanted.as_secs()).unwrap_or(u32::MAX);
        Some(self.ask(place, account, seconds, random))
    }

    /// Takes the registration back: the last REGISTER. A challenge to it is answered; any other answer changes nothing any more.
    pub fn end(
        &mut self,
        place: &Place,
        account: Option<&mut Account>,
        random: &mut Random,
    ) -> Option<Request> {
        // One that is out may yet be granted.
        let is_asking = matches!(self.state, State::Asking { .. });
        let was = std::mem::take(&mut self.is_registered) || is_asking;
        self.state = State::Ended;
        if !was {
            return None;
        }
        let request = self.ask(place, account, 0, random);
        self.state = State::Leaving {
            request: Box::new(request.clone()),
            trials: 0,
        };
        Some(request)
    }

    /// An answer to the REGISTER that takes the registration back.
    fn left(
        &mut self,
        response: &Response,
        account: Option<&mut Account>,
        random: &mut Random,
    ) -> Standing {
        let State::Leaving { request, trials } = &self.state else {
            return Standing::Same;
        };
        let (mut again, trials) = ((**request).clone(), *trials);
        // One that was out before it says nothing of it.
        if response.headers.cseq() != again.headers.cseq() {
            return Standing::Same;
        }
        let is_challenged = matches!(response.status.code(), 401 | 407) && trials < MAX_TRIALS;
        let account = account.filter(|_| is_challenged);
        let is_answered =
            account.is_some_and(|account| account.answer(response, &mut again, random).is_ok());
        if !is_answered {
            self.state = State::Ended;
            return Standing::Same;
        }
        self.cseq = self.cseq.saturating_add(1);
        again.headers.set(HeaderName::CSeq, self.sequence());
        self.state = State::Leaving {
            request: Box::new(again.clone()),
            trials: trials.saturating_add(1),
        };
        Standing::Again(Box::new(again))
    }

    fn ask(
        &mut self,
        place: &Place,
        account: Option<&mut Account>,
        seconds: u32,
        random: &mut Random,
    ) -> Request {
        let mut request = self.request(place, seconds);
        if let Some(account) = account {
            account.authorize(&mut request, random);
        }
        self.state = State::Asking {
            request: Box::new(request.clone()),
            trials: 0,
        };
        request
    }

    fn request(&mut self, place: &Place, seconds: u32) -> Request {
        self.cseq = self.cseq.saturating_add(1);
        let mut request = Request::new(Method::Register, place.registrar.clone());
        let user = NameAddr::new(place.address_of_record.clone());
        let headers = &mut request.headers;
        headers.push(HeaderName::MaxForwards, 70);
        headers.push(HeaderName::From, user.clone().with_tag(&self.from_tag));
        headers.push(HeaderName::To, user);
        headers.push(HeaderName::CallId, &self.call_id);
        headers.push(HeaderName::CSeq, self.sequence());
        headers.push(HeaderName::Contact, NameAddr::new(place.contact.clone()));
        headers.push(HeaderName::Expires, seconds);
        request
    }

    fn sequence(&self) -> CSeq {
        CSeq {
            number: self.cseq,
            method: Method::Register,
        }
    }

    /// A final answer to the REGISTER that is out.
    pub fn answered(
        &mut self,
        now: Time,
        response: &Response,
        account: Option<&mut Account>,
        random: &mut Random,
    ) -> Standing {
        if matches!(self.state, State::Leaving { .. }) {
            return self.left(response, account, random);
        }
        let State::Asking { request, trials } = &mut self.state else {
            return Standing::Same;
        };
        let status = response.status.code();
        if *trials < MAX_TRIALS {
            let mut again = (**request).clone();
            let changed = match (status, account) {
                (401 | 407, Some(account)) => account.answer(response, &mut again, random).is_ok(),
                (423, _) => match response.headers.get(&HeaderName::MinExpires) {
                    // RFC 3261 §10.2.8: no less than it wants.
                    Some(least) if least.trim().parse::<u32>().is_ok() => {
                        without_credentials(&mut again);
                        again.headers.set(HeaderName::Expires, least.trim());
                        true
                    }
                    _ => false,
                },
                _ => false,
            };
            if changed {
                let trials = trials.saturating_add(1);
                self.cseq = self.cseq.saturating_add(1);
                again.headers.set(HeaderName::CSeq, self.sequence());
                self.state = State::Asking {
                    request: Box::new(again.clone()),
                    trials,
                };
                return Standing::Again(Box::new(again));
            }
        }
        if !response.status.is_success() {
            let least = response
                .headers
                .get(&HeaderName::RetryAfter)
                .and_then(|value| value.split([';', ' ', '(']).next()?.trim().parse().ok());
            return self.lost(now, status, least, random);
        }
        let asked = request.headers.expires().ok().flatten();
        let granted = granted(response, request).or(asked).unwrap_or_default();
        self.backoff.reset();
        let span = Duration::from_secs(u64::from(granted)).max(LEAST);
        // In good time: a lost REGISTER must not lose the registration. And not all at one moment after a restart.
        let early = part(span / 10, random);
        self.state = State::Waiting {
            until: now + (span - span / 5).saturating_sub(early),
        };
        if std::mem::replace(&mut self.is_registered, true) {
            Standing::Same
        } else {
            Standing::Registered { expires: granted }
        }
    }

    /// Nothing came.
    pub fn unanswered(&mut self, now: Time, random: &mut Random) -> Standing {
        match self.state {
            State::Asking { .. } => self.lost(now, 408, None, random),
            State::Waiting { .. } | State::Leaving { .. } | State::Ended => Standing::Same,
        }
    }

    fn lost(
        &mut self,
        now: Time,
        status: u16,
        least: Option<u64>,
        random: &mut Random,
    ) -> Standing {
        let wait = self.backoff.failed(random);
        // A registrar that asks for more time than we would give it gets it, within reason.
        let least = Duration::from_secs(least.unwrap_or_default().min(3600));
        self.state = State::Waiting {
            until: now + wait.max(least),
        };
        let was = std::mem::take(&mut self.is_registered);
        if was || self.is_first_failure() {
            Standing::Lost { status }
        } else {
            Standing::Same
        }
    }

    fn is_first_failure(&self) -> bool {
        self.backoff.count() == 1
    }
}

/// Seconds granted to our contact: in the Contact of a 2xx that is ours, else in its Expires.
fn granted(response: &Response, request: &Request) -> Option<u32> {
    let ours = request.headers.contacts().ok()?;
    let ours = ours.first()?;
    let listed = response.headers.contacts().ok()?;
    let mine = listed
        .iter()
        .find(|contact| contact.uri.user == ours.uri.user && contact.uri.host == ours.uri.host);
    mine.and_then(|contact| contact.params.value("expires")?.parse().ok())
        .or_else(|| response.headers.expires().ok().flatten())
}

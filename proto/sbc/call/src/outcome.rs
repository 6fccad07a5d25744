//! What a branch came to, and which of several the caller is told (RFC 3261 §16.7 step 6).

use crate::Failure;
use crate::end::Ending;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers, StatusCode};

/// Challenges of one kind that a caller is told at once. More realms than that no user has.
const MAX_CHALLENGES: usize = 8;

/// How a branch failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// As it came.
    pub(crate) status: StatusCode,
    /// As the caller is told.
    pub(crate) told: StatusCode,
    headers: Headers,
    retry_after: Option<u32>,
    by: String,
    /// Nobody there said it: the next may be tried.
    pub(crate) is_silence: bool,
}

impl Outcome {
    pub(crate) fn refused(status: StatusCode, told: StatusCode, headers: Headers) -> Self {
        Self {
            status,
            told,
            headers,
            retry_after: None,
            by: format!("refused {}", told.code()),
            is_silence: false,
        }
    }

    pub(crate) fn silence(failure: Failure) -> Self {
        Self {
            retry_after: failure.retry_after,
            is_silence: true,
            ..Self::ours(failure.status.code(), failure.why)
        }
    }

    /// Of our own making.
    pub(crate) fn ours(code: u16, why: &str) -> Self {
        Self {
            status: StatusCode::of(code),
            told: StatusCode::of(code),
            headers: Headers::new(),
            retry_after: None,
            by: why.to_owned(),
            is_silence: false,
        }
    }

    pub(crate) fn gone() -> Self {
        Self {
            is_silence: true,
            ..Self::ours(480, "connection lost")
        }
    }

    /// A redirection that leads to nobody we may call.
    pub(crate) fn nowhere() -> Self {
        Self {
            is_silence: true,
            ..Self::ours(480, "redirected to nobody")
        }
    }

    pub(crate) fn no_answer() -> Self {
        Self {
            is_silence: true,
            ..Self::ours(408, "no answer")
        }
    }

    /// It speaks for the person, wherever else that person might be rung (RFC 3261 §21.6).
    pub(crate) fn is_global(&self) -> bool {
        self.status.code() >= 600
    }

    pub(crate) fn ending(self) -> Ending {
        let is_challenge = self.is_challenge();
        let ending = Ending::new(self.told.code(), self.by)
            .retry_after(self.retry_after)
            .headers(self.headers);
        if is_challenge {
            ending.challenge()
        } else {
            ending
        }
    }

    /// The caller is to say who it is.
    fn is_challenge(&self) -> bool {
        matches!(self.told.code(), 401 | 407)
    }

    /// What another server asks besides (RFC 3261 §16.7 step 7).
    fn asks_too(&mut self, other: &Outcome) {
        for name in [HeaderName::WwwAuthenticate, HeaderName::ProxyAuthenticate] {
            let room = MAX_CHALLENGES.saturating_sub(self.headers.count(&name));
            let asked = other.headers.get_all(&name).take(room);
            let asked: Vec<String> = asked.map(str::to_owned).collect();
            for challenge in asked {
                self.headers.push(name.clone(), challenge);
            }
        }
    }

    /// The lower, the sooner the caller is told of it: 6xx, then the lowest class; within 4xx what the caller can mend, then
    /// what a person said, and last what only says that nobody was there.
    fn rank(&self) -> (u16, u8) {
        let class = match self.status.code() {
            600.. => 0,
            code => code / 100,
        };
        let within = match self.status.code() {
            // One that the caller is not asked to answer says nothing to it.
            401 | 407 if !self.is_challenge() => 4,
            401 | 407 | 415 | 420 | 484 => 0,
            486 => 1,
            404 | 410 | 480 => 3,
            408 | 487 | 503 => 4,
            _ => 2,
        };
        (class, within)
    }
}

/// Of two the better; of equals the first. Of two challenges the first with what the other asks.
pub(crate) fn better(first: Option<Outcome>, second: Outcome) -> Outcome {
    let Some(first) = first else {
        return second;
    };
    let (mut best, other) = match first.rank() <= second.rank() {
        true => (first, second),
        false => (second, first),
    };
    if best.is_challenge() && other.is_challenge() {
        best.asks_too(&other);
    }
    best
}

//! What was answered lately. A proxy that hears nothing for a second asks again with the same cookie, and is told the same again
//! without anything being done twice.

use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Both known clients give up after five seconds; a generation lasts this long, so an answer is kept for one to two.
const GENERATION: Duration = Duration::from_secs(15);

/// Octets of answers in a generation. 15 s of 1,000 requests a second with 1 kB each.
const OCTETS: usize = 16 << 20;

/// Answers in a generation, answers under way with them.
const ANSWERS: usize = 65_536;

/// Octets of a cookie. Those of known clients have some 20.
pub(crate) const COOKIE: usize = 256;

/// Who asked, and his word for it: two proxies may well choose the same cookie.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) peer: SocketAddr,
    pub(crate) cookie: Vec<u8>,
}

/// Two generations of answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cache {
    young: Generation,
    old: Generation,
    /// When the young one is the old one.
    turns: Option<Time>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Generation {
    /// `None`: it is being worked on.
    answers: BTreeMap<Asked, Option<Vec<u8>>>,
    octets: usize,
}

/// What is known of a request.
pub(crate) enum Known {
    /// It is new, and noted from now on.
    No,
    /// It is being worked on; its answer will come.
    InWork,
    /// This was the answer.
    Answered(Vec<u8>),
}

impl Cache {
    /// Whether this was asked before.
    pub(crate) fn look_up(&mut self, now: Time, asked: &Asked) -> Known {
        self.turn(now);
        let generations = [&self.young, &self.old];
        let mut found = generations.iter().filter_map(|it| it.answers.get(asked));
        match found.next() {
            Some(Some(answer)) => Known::Answered(answer.clone()),
            Some(None) => Known::InWork,
            None => {
                self.note(asked, None);
                Known::No
            }
        }
    }

    /// It was answered with this.
    pub(crate) fn answered(&mut self, asked: &Asked, answer: &[u8]) {
        self.old.answers.remove(asked);
        self.young.answers.remove(asked);
        self.note(asked, Some(answer.to_vec()));
    }

    /// When the next generation begins; nobody need wait for it.
    fn turn(&mut self, now: Time) {
        if self.turns.is_none_or(|at| now >= at) {
            self.old = std::mem::take(&mut self.young);
            self.turns = Some(now + GENERATION);
        }
    }

    fn note(&mut self, asked: &Asked, answer: Option<Vec<u8>>) {
        let octets = asked.cookie.len() + answer.as_ref().map_or(0, Vec::len);
        let total = self.young.octets.saturating_add(octets);
        if total <= OCTETS && self.young.answers.len() < ANSWERS {
            self.young.octets = total;
            self.young.answers.insert(asked.clone(), answer);
        }
    }
}

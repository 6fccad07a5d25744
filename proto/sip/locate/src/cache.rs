use crate::{Answer, Question, Record};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// An answer lives at least so long, else a search of several steps with a TTL of 0 would never end.
const SHORTEST: Duration = Duration::from_secs(5);
/// And at most so long, whatever its TTL: a carrier that moves is found again without a restart.
const LONGEST: Duration = Duration::from_secs(3600);
/// The same for "there is none" (RFC 2308 §5 allows hours): a record just made should be seen soon.
const LONGEST_NOTHING: Duration = Duration::from_secs(300);
/// How long a failure of DNS holds, and how long an old answer is used instead before DNS is asked again.
const FAILED: Duration = Duration::from_secs(15);
/// How long an answer that has run out may stand in while DNS fails (RFC 8767 §5 speaks of days; calls go on meanwhile).
const STALE: Duration = Duration::from_secs(24 * 3600);
/// A question on its way is put again after this: the shell gives up before.
const ON_ITS_WAY: Duration = Duration::from_secs(20);
/// Answers remembered.
const MOST: usize = 1024;
/// Questions on their way at once.
const MOST_ASKED: usize = 256;
/// Records kept of one answer, the best ones.
const MOST_RECORDS: usize = 16;

/// What DNS has said, and what it is being asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cache {
    known: BTreeMap<Question, Known>,
    /// Until when a question is on its way.
    asked: BTreeMap<Question, Time>,
    /// Answers taken so far: the oldest gives way, so that none of a search under way does.
    taken: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    records: Vec<Record>,
    until: Time,
    /// Until when it may stand in while DNS fails.
    stale: Time,
    failed: bool,
    taken: u64,
}

/// What the cache knows of a question.
pub(crate) enum Look<'a> {
    Known(&'a [Record]),
    /// DNS fails, and there is no older answer.
    Failed,
    Unknown,
}

impl Cache {
    pub(crate) fn look(&self, now: Time, question: &Question) -> Look<'_> {
        match self.known.get(question) {
            Some(known) if known.until > now && known.failed => Look::Failed,
            Some(known) if known.until > now => Look::Known(&known.records),
            _ => Look::Unknown,
        }
    }

    /// Notes a question as on its way. `Some(true)`: it must be put now; `Some(false)`: it is on its way already; `None`: too many are.
    pub(crate) fn ask(&mut self, now: Time, question: &Question) -> Option<bool> {
        if self.asked.get(question).is_some_and(|until| *until > now) {
            return Some(false);
        }
        if self.asked.len() >= MOST_ASKED {
            self.asked.retain(|_, until| *until > now);
            if self.asked.len() >= MOST_ASKED {
                return None;
            }
        }
        self.asked.insert(question.clone(), now + ON_ITS_WAY);
        Some(true)
    }

    /// Takes an answer to a question that was put; others are not believed.
    pub(crate) fn found(&mut self, now: Time, question: Question, answer: Answer) {
        if self.asked.remove(&question).is_none() {
            return;
        }
        self.taken = self.taken.saturating_add(1);
        let taken = self.taken;
        let known = match answer {
            Answer::Records(mut records, ttl) => {
                records.retain(|record| fits(record, &question));
                records.sort_by_key(rank);
                records.truncate(MOST_RECORDS);
                let until = now + ttl.clamp(SHORTEST, LONGEST);
                Known {
                    records,
                    until,
                    stale: until + STALE,
                    failed: false,
                    taken,
                }
            }
            Answer::Nothing(ttl) => {
                let until = now + ttl.clamp(SHORTEST, LONGEST_NOTHING);
                Known {
                    records: Vec::new(),
                    until,
                    stale: until,
                    failed: false,
                    taken,
                }
            }
            Answer::Failed => {
                let until = now + FAILED;
                match self.known.remove(&question) {
                    Some(known) if known.stale > now => Known {
                        until,
                        taken,
                        ..known
                    },
                    _ => Known {
                        records: Vec::new(),
                        until,
                        stale: until,
                        failed: true,
                        taken,
                    },
                }
            }
        };
        self.known.insert(question, known);
        self.shrink(now);
    }

    fn shrink(&mut self, now: Time) {
        if self.known.len() <= MOST {
            return;
        }
        self.known.retain(|_, known| known.stale > now);
        while self.known.len() > MOST {
            let next = self.known.iter().min_by_key(|(_, known)| known.taken);
            let Some(question) = next.map(|(question, _)| question.clone()) else {
                return;
            };
            self.known.remove(&question);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }
}

fn fits(record: &Record, question: &Question) -> bool {
    use crate::Kind;
    matches!(
        (record, question.kind),
        (Record::Naptr(_), Kind::Naptr)
            | (Record::Srv(_), Kind::Srv)
            | (Record::A(_), Kind::A)
            | (Record::Aaaa(_), Kind::Aaaa)
    )
}

/// Which records of too many stay.
fn rank(record: &Record) -> (u16, u16) {
    match record {
        Record::Naptr(naptr) => (naptr.order, naptr.preference),
        Record::Srv(srv) => (srv.priority, 0),
        Record::A(_) | Record::Aaaa(_) => (0, 0),
    }
}

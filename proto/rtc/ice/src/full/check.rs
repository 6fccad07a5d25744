use crate::{Builder, Class, Credentials, TransactionId};
use proto_base::{Random, Time};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A transaction begins with these octets of the agent's, so that a response, which names nobody, finds it among thousands; the
/// rest is new chance each time. Nothing hangs on its being guessed: a response is believed by its MESSAGE-INTEGRITY.
pub const TRANSACTION_PREFIX: usize = 8;

/// RFC 8445 §14.3: the least time between a check and its repetition.
const LEAST_RTO: Duration = Duration::from_millis(500);
/// RFC 8489 §6.2.1: Rc, how often a request is sent.
const SENT_AT_MOST: u8 = 7;
/// RFC 8489 §6.2.1: Rm, how many times the RTO the last one waits.
const LAST_WAIT: u32 = 16;

/// What a check is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// To find out whether the pair works.
    Find,
    /// The same, and to select it.
    Nominate,
    /// To hear that we may go on sending (RFC 7675). Never repeated; the next one is another.
    Consent,
}

/// A check of ours that waits for its response.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) transaction: TransactionId,
    pub(crate) purpose: Purpose,
    /// The role that it claims, and the tie-breaker: a repetition says the same.
    pub(crate) controlling: bool,
    tie_breaker: u64,
    rto: Duration,
    sent: u8,
    /// When it is repeated; `None` when it is not any more.
    pub(crate) repeat: Option<Time>,
    /// When no response is expected any more.
    pub(crate) until: Time,
}

/// What a check says of us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) prefix: [u8; TRANSACTION_PREFIX],
    pub(crate) controlling: bool,
    pub(crate) tie_breaker: u64,
}

impl Check {
    /// A check sent now. `rto` is asked to be at least so long.
    pub(crate) fn new(
        now: Time,
        claim: Claim,
        purpose: Purpose,
        rto: Duration,
        random: &mut Random,
    ) -> Self {
        let mut id = [0; 12];
        let (fixed, fresh) = id.split_at_mut(TRANSACTION_PREFIX);
        fixed.copy_from_slice(&claim.prefix);
        random.fill(fresh);
        let rto = rto.max(LEAST_RTO);
        Self {
            transaction: TransactionId(id),
            purpose,
            controlling: claim.controlling,
            tie_breaker: claim.tie_breaker,
            rto,
            sent: 1,
            repeat: (purpose != Purpose::Consent).then(|| now + rto),
            until: now + crate::CONSENT,
        }
        .lasting(now)
    }

    /// A check that is repeated is given up when all repetitions and the last wait are over.
    fn lasting(mut self, now: Time) -> Self {
        if self.repeat.is_some() {
            let waits = (1_u32 << (SENT_AT_MOST - 1)).saturating_sub(1);
            self.until = now + self.rto * waits.saturating_add(LAST_WAIT);
        }
        self
    }

    /// Counts a repetition that is sent now. Each waits twice as long as the one before.
    pub(crate) fn repeated(&mut self, now: Time) {
        self.sent = self.sent.saturating_add(1);
        let doublings = u32::from(self.sent.saturating_sub(1));
        let wait = self.rto * 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.repeat = (self.sent < SENT_AT_MOST).then(|| now + wait);
    }

    /// The datagram.
    pub(crate) fn to_bytes(
        &self,
        priority: u32,
        local: &Credentials,
        remote: &Credentials,
    ) -> Vec<u8> {
        let mut request = Builder::new(Class::Request, self.transaction)
            .username(&format!("{}:{}", remote.ufrag, local.ufrag))
            .priority(priority);
        request = if self.controlling {
            request.controlling(self.tie_breaker)
        } else {
            request.controlled(self.tie_breaker)
        };
        if self.controlling && self.purpose == Purpose::Nominate {
            request = request.use_candidate();
        }
        request.finish(&remote.pwd)
    }
}

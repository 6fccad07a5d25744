//! Before the registrar has spoken.

use crate::binding::Registration;
use crate::{Bindings, Claim, Wish};
use proto_base::{Flow, Random, Time};
use serde::{Deserialize, Serialize};

/// 143 bits: a token cannot be guessed, so an address inside is no way to a browser for who has not seen it.
const TOKEN_LENGTH: usize = 24;
/// Call-IDs and tags need no more than to be unique (RFC 3261 §19.3 asks for 32 bits).
const ID_LENGTH: usize = 20;

/// A registration that the registrar has not granted; kept so that the retry with credentials continues it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) registration: Registration,
    pub(crate) last: Time,
}

/// A REGISTER under way, to be handed back with its response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What was asked for.
    pub claim: Claim,
    /// By whom.
    pub flow: Flow,
    pub(crate) registration: Registration,
}

/// The flow holds as many bindings as it may: 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Bindings {
    /// Finds or makes the registration with which a claim goes up. `most` is what one flow may hold; of attempts
    /// the oldest makes way, since a page may try several passwords or users.
    pub fn prepare(
        &mut self,
        now: Time,
        flow: Flow,
        claim: Claim,
        most: usize,
        random: &mut Random,
    ) -> Result<Pending, Full> {
        let binds = matches!(claim.wish, Wish::Bind { .. });
        let is_held = self.by_flow.contains(&(flow, claim.key.clone()));
        if binds && !is_held && self.keys_of(flow).count() >= most {
            return Err(Full);
        }
        if let Some(binding) = self.by_key.get_mut(&claim.key) {
            binding.registration.cseq = binding.registration.cseq.saturating_add(1);
            let registration = binding.registration.clone();
            return Ok(Pending {
                claim,
                flow,
                registration,
            });
        }
        let attempts = self.attempts.entry(flow).or_default();
        if !attempts.contains_key(&claim.key) {
            if attempts.len() >= most.max(1)
                && let Some(oldest) = attempts
                    .iter()
                    .min_by_key(|(_, attempt)| attempt.last)
                    .map(|(key, _)| key.clone())
            {
                attempts.remove(&oldest);
            }
            attempts.insert(
                claim.key.clone(),
                Attempt {
                    registration: Registration {
                        token: random.token(TOKEN_LENGTH),
                        call_id: random.token(ID_LENGTH),
                        from_tag: random.token(ID_LENGTH),
                        cseq: 0,
                    },
                    last: now,
                },
            );
        }
        let Some(attempt) = attempts.get_mut(&claim.key) else {
            return Err(Full);
        };
        attempt.last = now;
        attempt.registration.cseq = attempt.registration.cseq.saturating_add(1);
        let registration = attempt.registration.clone();
        Ok(Pending {
            claim,
            flow,
            registration,
        })
    }
}

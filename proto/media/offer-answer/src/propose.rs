//! Offers of our own: for a leg that asked for one, that joins, or that must be brought in line with another.

use crate::Negotiator;
use crate::agreed;
use crate::codec;
use crate::legs::{leg_for, number};
use crate::ports::Lease;
use crate::session::{Leg, Outstanding, Session, Whose};
use crate::wording::renumbered;
use control_command::{Description, Direction, Proposal, Refusal};

impl Negotiator {
    pub(crate) fn make_proposal(&mut self, proposal: &Proposal) -> Result<Description, Refusal> {
        self.on_a_copy(proposal.session, |negotiator, session, leased| {
            negotiator.word_proposal(session, proposal, leased)
        })
    }

    fn word_proposal(
        &mut self,
        session: &mut Session,
        proposal: &Proposal,
        leased: &mut Vec<Lease>,
    ) -> Result<Description, Refusal> {
        let (to, with) = (proposal.to, proposal.with);
        if to.leg == with.leg {
            return Err(Refusal::Unknown);
        }
        let again = session.outstanding.as_ref().is_some_and(|it| {
            let ours = !matches!(it.whose, Whose::Theirs(_));
            ours && it.from == with.leg && it.may_fork(to.leg)
        });
        if again {
            return self.propose_to(session, to, leased);
        }
        session.forget_what_nobody_answers()?;
        let outstanding = match session.standing.legs.get(&with.leg) {
            Some(leg) if leg.dress != with.dress => return Err(Refusal::Unknown),
            Some(leg) => Outstanding {
                whose: Whose::Ours,
                from: with.leg,
                codecs: agreed::wide(leg),
                // As it would have it: whoever was held by the other alone may resume.
                direction: leg.wish,
                offerer: Leg::clone(leg),
                forks: Default::default(),
                told: None,
                heard: None,
            },
            None => {
                let mut leg = leg_for(session, with, None, &self.plan, &mut self.state, leased)?;
                let identity = session.identities.get_mut(&with.leg);
                let identity = identity.ok_or(Refusal::Unknown)?;
                let passed = number(
                    &codec::repertoire(with.dress),
                    &mut identity.payload_types,
                    with.dress,
                );
                leg.agreed = agreed::proposed(&passed);
                Outstanding {
                    whose: Whose::Late {
                        winner: None,
                        answered: false,
                    },
                    from: with.leg,
                    offerer: leg,
                    codecs: passed
                        .iter()
                        .map(|it| renumbered(&it.codec, it.told))
                        .collect(),
                    direction: Direction::SendRecv,
                    forks: Default::default(),
                    told: None,
                    heard: None,
                }
            }
        };
        session.finished = None;
        session.outstanding = Some(Box::new(outstanding));
        self.propose_to(session, to, leased)
    }
}

//! An offer: read in the offerer's dress, worded in the answerer's, and kept beside the standing agreement.

use crate::Negotiator;
use crate::agreed;
use crate::association::Half;
use crate::codec::{self, Codec};
use crate::legs::{expected, leg_for, number};
use crate::ports::Lease;
use crate::session::{Body, Fork, Outstanding, Session, Whose};
use crate::settle;
use crate::told;
use crate::translate;
use crate::wishes;
use crate::wording::{Wording, renumbered};
use control_command::{Description, Direction, LegEnd, Offer, Offered, Refusal, SessionId};
use media_sdp::{SessionDescription, Setup};

/// Sessions at once. Far beyond what one signalling thread carries; it only keeps a fault of ours from eating memory.
const SESSIONS: usize = 200_000;

impl Negotiator {
    pub(crate) fn take_offer(&mut self, offer: &Offer) -> Result<Offered, Refusal> {
        self.on_a_copy(offer.session, |negotiator, session, leased| {
            negotiator.word_offer(session, offer, leased)
        })
    }

    /// Works on a copy of the session, or on a new one: what fails has changed nothing.
    pub(crate) fn on_a_copy<T>(
        &mut self,
        id: SessionId,
        work: impl FnOnce(&mut Self, &mut Session, &mut Vec<Lease>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut session = match self.state.sessions.get(&id) {
            Some(session) => Session::clone(session),
            None if self.state.closing.contains_key(&id) => return Err(Refusal::Unknown),
            None if self.state.sessions.len() >= SESSIONS => return Err(Refusal::Exhausted),
            None => Session::new(self.worker(id)),
        };
        let mut leased = Vec::new();
        let done = work(self, &mut session, &mut leased);
        match done {
            Ok(_) => {
                self.state.sessions.insert(id, Box::new(session));
                self.apply(id);
            }
            // No worker has heard of them yet.
            Err(_) => leased
                .into_iter()
                .for_each(|it| self.state.ports.release(it)),
        }
        done
    }

    fn word_offer(
        &mut self,
        session: &mut Session,
        offer: &Offer,
        leased: &mut Vec<Lease>,
    ) -> Result<Offered, Refusal> {
        let (from, to) = (offer.from, offer.to);
        if from.leg == to.leg {
            return Err(Refusal::Unknown);
        }
        let body = Body::of(&offer.sdp);
        let again = session.outstanding.as_ref().is_some_and(|it| {
            it.from == from.leg && it.whose == Whose::Theirs(body.clone()) && it.may_fork(to.leg)
        });
        if again {
            return self.propose_to(session, to, leased).map(Offered::Ask);
        }
        session.forget_what_nobody_answers()?;
        let description = SessionDescription::parse(&offer.sdp).map_err(|_| Refusal::Malformed)?;
        let before = session.standing.legs.get(&from.leg);
        let mut told = told::offer(
            &description,
            expected(&self.plan, from)?,
            before.map(|leg| leg.layout.audio),
        )?;
        wishes::taken(&mut told.codecs, &self.wishes);
        let concerns_nobody_else = settle::concerns_nobody_else(session, from.leg, to.leg, &told);
        let mut offerer = leg_for(
            session,
            from,
            Some(&told),
            &self.plan,
            &mut self.state,
            leased,
        )?;
        if !offerer.accepts(&told, Half::Offer) {
            return Err(Refusal::NotAcceptable);
        }
        offerer.hear(&told, Half::Offer, session.worker, &mut self.state.random);
        if concerns_nobody_else {
            let settled = self.settle(session, from.leg, offerer, &told);
            return settled.map(Offered::Settled);
        }
        offerer.wish = told.direction;
        // From here on an answer is one to this offer.
        session.finished = None;
        session.outstanding = Some(Box::new(Outstanding {
            whose: Whose::Theirs(body),
            from: from.leg,
            offerer,
            codecs: told.codecs,
            direction: told.direction,
            forks: Default::default(),
            told: None,
            heard: None,
        }));
        self.propose_to(session, to, leased).map(Offered::Ask)
    }

    /// Words the outstanding offer for a leg.
    pub(crate) fn propose_to(
        &mut self,
        session: &mut Session,
        to: LegEnd,
        leased: &mut Vec<Lease>,
    ) -> Result<Description, Refusal> {
        let mut leg = leg_for(session, to, None, &self.plan, &mut self.state, leased)?;
        let Some(outstanding) = &mut session.outstanding else {
            return Err(Refusal::Unknown);
        };
        let mut passing = codec::passing(&outstanding.codecs, to.dress);
        // Who steers us from outside says himself what is offered.
        let added = match self.plan.adopts {
            true => {
                wishes::told(&mut passing, &self.wishes);
                wishes::translated(&outstanding.codecs, &passing, to.dress, &self.wishes)
            }
            false => translate::added(&outstanding.codecs, &passing, to.dress),
        };
        passing.extend(added);
        // Events stand behind all speech (as everybody words it).
        passing.sort_by_key(|it| it.map.is_telephone_event());
        if !passing.iter().any(|it| !it.map.is_telephone_event()) {
            return Err(Refusal::NotAcceptable);
        }
        let direction: Direction = outstanding.direction;
        let identity = session.identities.get_mut(&to.leg);
        let identity = identity.ok_or(Refusal::Unknown)?;
        let mut passed = number(&passing, &mut identity.payload_types, to.dress);
        for it in &mut passed {
            let mut offered = outstanding.codecs.iter();
            it.added = !offered.any(|known| known.map.same_codec(&it.codec.map));
        }
        let codecs: Vec<Codec> = passed
            .iter()
            .map(|it| renumbered(&it.codec, it.told))
            .collect();
        if leg.remote.is_none() {
            leg.direction = direction;
            leg.agreed = agreed::proposed(&passed);
        }
        let sdp = identity.tell(Wording {
            leg: &leg,
            network: self.plan.network(leg.network, to.dress)?,
            fingerprint: &self.plan.fingerprint,
            adopts: self.plan.adopts,
            codecs: &codecs,
            direction,
            // RFC 8842 §5.2; an association that stands keeps its roles whatever is offered (P25).
            setup: Setup::ActPass,
        });
        let fork = Fork {
            leg,
            passed,
            early: false,
        };
        outstanding.forks.insert(to.leg, Box::new(fork));
        Ok(Description {
            sdp: sdp.to_bytes(),
            direction,
        })
    }
}

impl Session {
    /// One offer at a time (RFC 3264 §4). One whose last leg was released is none any more.
    pub(crate) fn forget_what_nobody_answers(&mut self) -> Result<(), Refusal> {
        match &self.outstanding {
            Some(outstanding) if !outstanding.forks.is_empty() => Err(Refusal::Pending),
            _ => {
                self.outstanding = None;
                Ok(())
            }
        }
    }
}

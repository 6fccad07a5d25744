//! An answer: what it takes of the offer is what both legs speak from now on.

use crate::MediaPlan;
use crate::Negotiator;
use crate::agreed::{self, Agreed};
use crate::association::Half;
use crate::codec::{self, Codec, Passed};
use crate::legs::expected;
use crate::session::{Body, Finished, Fork, Leg, Outstanding, Session, Spoken, Whose};
use crate::told;
use crate::wording::{Wording, renumbered};
use control_command::{Answer, Answered, Description, Direction, Dress, LegEnd, LegId, Refusal};
use media_sdp::{SessionDescription, Setup};
use proto_base::Random;

impl Negotiator {
    pub(crate) fn take_answer(&mut self, answer: &Answer) -> Result<Answered, Refusal> {
        let session = self.state.sessions.get_mut(&answer.session);
        let session = session.ok_or(Refusal::Unknown)?;
        let Some(outstanding) = session.outstanding.take() else {
            return again(session, answer.from);
        };
        // What fails has changed nothing.
        session.outstanding = Some(outstanding.clone());
        let mut exchange = Exchange {
            session,
            plan: &self.plan,
            random: &mut self.state.random,
        };
        let answered = if outstanding.from == answer.from {
            exchange.partner_answers(*outstanding, answer)
        } else {
            exchange.fork_answers(*outstanding, answer)
        }?;
        self.apply(answer.session);
        Ok(answered)
    }
}

/// After the exchange is closed an answer changes nothing: a 200 repeats what a reliable 18x already brought, and should
/// it differ, the first one counts (RFC 6337 §3.1.1).
fn again(session: &Session, from: LegId) -> Result<Answered, Refusal> {
    let finished = session.finished.as_ref();
    let finished = finished.filter(|finished| finished.answerer == from);
    finished
        .map(|finished| answered(&finished.sdp, finished.direction, false))
        .ok_or(Refusal::Unknown)
}

fn answered(sdp: &Body, direction: Direction, unfit: bool) -> Answered {
    Answered {
        description: Description {
            sdp: sdp.to_bytes(),
            direction,
        },
        unfit,
    }
}

/// An answer understood.
struct Heard {
    /// Its author's leg by it.
    leg: Leg,
    /// What it means for the leg whose offer it answers.
    agreed: Vec<Agreed>,
    /// The author's, never more than the offer left open.
    direction: Direction,
}

struct Exchange<'a> {
    session: &'a mut Session,
    plan: &'a MediaPlan,
    random: &'a mut Random,
}

impl Exchange<'_> {
    /// One to whom the offer was worded.
    fn fork_answers(
        &mut self,
        mut outstanding: Outstanding,
        answer: &Answer,
    ) -> Result<Answered, Refusal> {
        let from = answer.from;
        let fork = outstanding.forks.get(&from).ok_or(Refusal::Unknown)?;
        if let Whose::Late {
            winner: Some(_), ..
        } = outstanding.whose
        {
            return self.again_late(&outstanding);
        }
        let offered = (outstanding.direction, outstanding.codecs.as_slice());
        let heard = self.hear(&fork.leg, &fork.passed, offered, answer)?;
        if let Some(fork) = outstanding.forks.get_mut(&from) {
            fork.leg = heard.leg.clone();
            fork.early = true;
        }
        if answer.provisional && outstanding.heard.is_some_and(|it| it != from) {
            // Another one is heard already, and the offerer has its answer.
            let told = self.told(&outstanding)?;
            self.session.outstanding = Some(Box::new(outstanding));
            return Ok(answered(&told, heard.direction, false));
        }
        outstanding.heard = Some(from);
        let sdp = match outstanding.whose {
            Whose::Theirs(_) => self.word_answer(&mut outstanding, &heard)?,
            Whose::Late { .. } => self.word_late_offer(&mut outstanding, &heard)?,
            Whose::Ours => self.told(&outstanding)?,
        };
        if answer.provisional {
            self.session.outstanding = Some(Box::new(outstanding));
            return Ok(answered(&sdp, heard.direction, false));
        }
        if let Whose::Late { winner, answered } = &mut outstanding.whose {
            *winner = Some(from);
            if !*answered {
                outstanding.forks.retain(|leg, _| *leg == from);
                self.session.outstanding = Some(Box::new(outstanding));
                return Ok(self::answered(&sdp, heard.direction, false));
            }
        }
        self.close(outstanding, from, from, sdp, heard.direction)
    }

    /// The one that was made an offer of what came of ours.
    fn partner_answers(
        &mut self,
        mut outstanding: Outstanding,
        answer: &Answer,
    ) -> Result<Answered, Refusal> {
        let (Whose::Late { winner, .. }, Some(told)) = (&outstanding.whose, &outstanding.told)
        else {
            return Err(Refusal::Unknown);
        };
        let winner = *winner;
        let offered = (told.direction, outstanding.codecs.as_slice());
        let heard = self.hear(&outstanding.offerer, &told.passed, offered, answer)?;
        outstanding.offerer = heard.leg;
        let speaks_with = winner.or(outstanding.heard);
        let sdp = speaks_with.and_then(|leg| self.session.last_told(leg));
        let sdp = sdp.ok_or(Refusal::Unknown)?;
        let Some(winner) = winner else {
            outstanding.whose = Whose::Late {
                winner,
                answered: true,
            };
            self.session.outstanding = Some(Box::new(outstanding));
            return Ok(answered(&sdp, heard.direction, false));
        };
        self.close(outstanding, winner, answer.from, sdp, heard.direction)
    }

    fn again_late(&self, outstanding: &Outstanding) -> Result<Answered, Refusal> {
        let told = outstanding.told.as_ref().ok_or(Refusal::Unknown)?;
        Ok(answered(&told.sdp, told.direction, false))
    }

    /// What the one was told with whom a leg talks.
    fn told(&self, outstanding: &Outstanding) -> Result<Body, Refusal> {
        let told = outstanding.told.as_ref().map(|told| told.sdp.clone());
        told.or_else(|| self.session.last_told(outstanding.from))
            .ok_or(Refusal::Unknown)
    }

    /// The answer for the offerer.
    ///
    /// One PeerConnection takes one answer, so a browser keeps the first; if another leg's final answer does not go with it,
    /// the browser is offered anew. A telephone keeps it where it holds the same codecs, in whatever order, and leaves open what is
    /// needed now; what is narrower is narrowed in the routes. Telephone events that only one of them has are not worth
    /// another answer.
    fn word_answer(
        &mut self,
        outstanding: &mut Outstanding,
        heard: &Heard,
    ) -> Result<Body, Refusal> {
        let direction = heard.direction;
        let offerer = &mut outstanding.offerer;
        if let Some(told) = &outstanding.told {
            let open = told.direction;
            let is_open =
                (open.sends() || !direction.sends()) && (open.receives() || !direction.receives());
            let serves = is_open && agreed::same_speech(&offerer.agreed, &heard.agreed);
            if serves || offerer.dress == Dress::WebRtc {
                offerer.direction = Direction::of(
                    open.sends() && direction.sends(),
                    open.receives() && direction.receives(),
                );
                return Ok(told.sdp.clone());
            }
        }
        offerer.direction = direction;
        offerer.agreed.clone_from(&heard.agreed);
        let codecs: Vec<Codec> = heard.agreed.iter().map(|it| it.codec.clone()).collect();
        let identity = self.session.identities.get_mut(&outstanding.from);
        let sdp = identity.ok_or(Refusal::Unknown)?.tell(Wording {
            leg: offerer,
            network: self.plan.network(offerer.network, offerer.dress)?,
            fingerprint: &self.plan.fingerprint,
            adopts: self.plan.adopts,
            codecs: &codecs,
            direction,
            setup: offerer.setup(),
        });
        outstanding.told = Some(Spoken {
            sdp: sdp.clone(),
            direction,
            passed: Vec::new(),
        });
        Ok(sdp)
    }

    /// The offer for the one that had none: what the first answer took, and no more. It stays what it is, whoever answers.
    fn word_late_offer(
        &mut self,
        outstanding: &mut Outstanding,
        heard: &Heard,
    ) -> Result<Body, Refusal> {
        if let Some(told) = &outstanding.told {
            return Ok(told.sdp.clone());
        }
        let offerer = &mut outstanding.offerer;
        offerer.direction = heard.direction;
        offerer.agreed.clone_from(&heard.agreed);
        let codecs: Vec<Codec> = heard.agreed.iter().map(|it| it.codec.clone()).collect();
        let identity = self.session.identities.get_mut(&outstanding.from);
        let sdp = identity.ok_or(Refusal::Unknown)?.tell(Wording {
            leg: offerer,
            network: self.plan.network(offerer.network, offerer.dress)?,
            fingerprint: &self.plan.fingerprint,
            adopts: self.plan.adopts,
            codecs: &codecs,
            direction: heard.direction,
            setup: Setup::ActPass,
        });
        let passed = |codec: &Codec| Passed {
            codec: codec.clone(),
            told: codec.map.payload_type,
            added: false,
        };
        outstanding.told = Some(Spoken {
            sdp: sdp.clone(),
            direction: heard.direction,
            passed: codecs.iter().map(passed).collect(),
        });
        // Whoever else is asked is asked for what this one was told.
        outstanding.codecs = codecs
            .iter()
            .map(|it| renumbered(it, it.map.payload_type))
            .collect();
        Ok(sdp)
    }

    /// Lets the exchange stand between `from` and this leg. `last` gave the answer that closes it.
    fn close(
        &mut self,
        outstanding: Outstanding,
        leg: LegId,
        last: LegId,
        sdp: Body,
        direction: Direction,
    ) -> Result<Answered, Refusal> {
        let Outstanding {
            whose,
            from,
            offerer,
            mut forks,
            ..
        } = outstanding;
        let fork: Fork = *forks.remove(&leg).ok_or(Refusal::Unknown)?;
        let standing = &mut self.session.standing;
        standing.legs.insert(leg, Box::new(fork.leg));
        // One that we offered nothing, and that offered nothing, is as it was.
        if whose != Whose::Ours {
            standing.legs.insert(from, Box::new(offerer));
        }
        standing.join(from, leg);
        let hearer = if last == from { leg } else { from };
        let unfit = match (standing.legs.get(&hearer), standing.legs.get(&last)) {
            (Some(hearer), Some(last)) => !agreed::fits(hearer, last),
            _ => false,
        };
        self.session.outstanding = None;
        self.session.finished = Some(Finished {
            answerer: last,
            hearer,
            sdp: sdp.clone(),
            direction,
        });
        Ok(answered(&sdp, direction, unfit))
    }

    /// Reads an answer to what was passed to a leg.
    fn hear(
        &mut self,
        leg: &Leg,
        passed: &[Passed],
        (offered, codecs): (Direction, &[Codec]),
        answer: &Answer,
    ) -> Result<Heard, Refusal> {
        let description = SessionDescription::parse(&answer.sdp).map_err(|_| Refusal::Malformed)?;
        let mut leg = leg.clone();
        let end = LegEnd {
            leg: answer.from,
            network: leg.network,
            dress: leg.dress,
            signalled_from: leg.signalled_from,
        };
        let told = told::answer(&description, expected(self.plan, end)?, leg.layout.audio)?;
        if !leg.accepts(&told, Half::Answer) {
            return Err(Refusal::NotAcceptable);
        }
        let section = description.section(leg.layout.audio);
        let media = section.ok_or(Refusal::NotAcceptable)?.media();
        let chosen = codec::chosen(media, passed);
        if chosen
            .iter()
            .all(|it| it.passed.codec.map.is_telephone_event())
        {
            return Err(Refusal::NotAcceptable);
        }
        if let Some(identity) = self.session.identities.get_mut(&answer.from) {
            for it in &chosen {
                let (map, number) = (&it.passed.codec.map, it.answered);
                identity.payload_types.record_answered(map, number);
            }
        }
        leg.hear(&told, Half::Answer, self.session.worker, self.random);
        leg.agreed = agreed::for_answerer(&chosen);
        leg.capable = agreed::of_answerer(&chosen);
        leg.ptime = told.ptime;
        let open = offered.reversed();
        let direction = Direction::of(
            told.direction.sends() && open.sends(),
            told.direction.receives() && open.receives(),
        );
        // An answer says nothing of what the offer had closed already (RFC 6337 §5.3).
        let wished = |open: bool, told: bool, before: bool| if open { told } else { before };
        leg.wish = Direction::of(
            wished(open.sends(), told.direction.sends(), leg.wish.sends()),
            wished(
                open.receives(),
                told.direction.receives(),
                leg.wish.receives(),
            ),
        );
        leg.direction = direction.reversed();
        Ok(Heard {
            leg,
            agreed: agreed::for_offerer(&chosen, codecs),
            direction,
        })
    }
}

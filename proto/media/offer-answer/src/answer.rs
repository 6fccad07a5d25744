//! An answer: what it takes of the offer is what both legs speak from now on.

use crate::MediaPlan;
use crate::Negotiator;
use crate::association::Half;
use crate::codec::{self, Chosen, Codec};
use crate::offer::expected;
use crate::session::{Accepted, Finished, Leg, Outstanding, Session, Standing};
use crate::told::{self, Told};
use crate::wording::Wording;
use control_command::{Answer, Description, Direction, Format, LegEnd, LegId, Refusal, Route};
use media_sdp::SessionDescription;
use proto_base::Random;

impl Negotiator {
    pub(crate) fn take_answer(&mut self, answer: &Answer) -> Result<Description, Refusal> {
        let session = self.state.sessions.get_mut(&answer.session);
        let session = session.ok_or(Refusal::Unknown)?;
        let Some(outstanding) = &session.outstanding else {
            return again(session, answer.from);
        };
        if outstanding.to != answer.from {
            return Err(Refusal::Unknown);
        }
        let heard = hear(
            outstanding,
            answer,
            &self.plan,
            session.worker,
            &mut self.state.random,
        )?;
        let description = conclude(session, heard, answer.provisional, &self.plan)?;
        self.apply(answer.session);
        Ok(description)
    }
}

/// After the exchange is closed an answer changes nothing: a 200 repeats what a reliable 18x already brought, and should
/// it differ, the first one counts (RFC 6337 §3.1.1).
fn again(session: &Session, from: LegId) -> Result<Description, Refusal> {
    let finished = session.finished.as_ref();
    let finished = finished.filter(|finished| finished.answerer == from);
    finished
        .map(|finished| Description {
            sdp: finished.sdp.to_bytes(),
            direction: finished.direction,
        })
        .ok_or(Refusal::Unknown)
}

/// An answer understood.
struct Heard {
    answerer: Leg,
    chosen: Vec<Chosen>,
    /// The answerer's, never more than the offer left open.
    direction: Direction,
}

fn hear(
    outstanding: &Outstanding,
    answer: &Answer,
    plan: &MediaPlan,
    worker: u16,
    random: &mut Random,
) -> Result<Heard, Refusal> {
    let description = SessionDescription::parse(&answer.sdp).map_err(|_| Refusal::Malformed)?;
    let mut answerer = outstanding.answerer.clone();
    let end = LegEnd {
        leg: outstanding.to,
        network: answerer.network,
        dress: answerer.dress,
        signalled_from: answerer.signalled_from,
    };
    let told: Told = told::answer(&description, expected(plan, end)?, answerer.layout.audio)?;
    let section = description.section(answerer.layout.audio);
    let media = section.ok_or(Refusal::NotAcceptable)?.media();
    let chosen = codec::chosen(media, &outstanding.passed);
    let speaks = |it: &Chosen| !it.codec.map.is_telephone_event();
    if !chosen.iter().any(speaks) {
        return Err(Refusal::NotAcceptable);
    }
    // What an earlier answer of this exchange told of the far end is what this one is compared with.
    let accepted = outstanding.accepted.as_ref();
    if let Some(leg) = accepted.and_then(|it| it.standing.legs.get(&outstanding.to)) {
        answerer.remote = leg.remote.clone();
    }
    answerer.hear(&told, Half::Answer, worker, random);
    answerer.formats = codec::answerer_formats(&chosen);
    let open = outstanding.direction.reversed();
    let direction = Direction::of(
        told.direction.sends() && open.sends(),
        told.direction.receives() && open.receives(),
    );
    answerer.direction = direction.reversed();
    Ok(Heard {
        answerer,
        chosen,
        direction,
    })
}

/// Words the answer for the offerer, and lets the exchange stand.
fn conclude(
    session: &mut Session,
    heard: Heard,
    provisional: bool,
    plan: &MediaPlan,
) -> Result<Description, Refusal> {
    let Some(outstanding) = &mut session.outstanding else {
        return Err(Refusal::Unknown);
    };
    let Heard {
        answerer,
        chosen,
        direction,
    } = heard;
    let (from, to) = (outstanding.from, outstanding.to);
    let mut offerer = outstanding.offerer.clone();
    offerer.direction = direction;
    let formats: Vec<Format> = chosen
        .iter()
        .map(|it| codec::format(&it.codec.map, it.codec.map.payload_type))
        .collect();
    if let Some(identity) = session.identities.get_mut(&to) {
        for it in &chosen {
            identity
                .payload_types
                .record_answered(&it.codec.map, it.answered);
        }
    }
    let constant = outstanding
        .accepted
        .as_ref()
        .filter(|accepted| still_serves(accepted, &formats, direction));
    let (sdp, formats, told_direction) = match constant {
        Some(accepted) => (
            accepted.sdp.clone(),
            accepted.formats.clone(),
            accepted.direction,
        ),
        None => {
            let codecs: Vec<Codec> = chosen.iter().map(|it| it.codec.clone()).collect();
            let identity = session.identities.get_mut(&from);
            let sdp = identity.ok_or(Refusal::Unknown)?.tell(Wording {
                leg: &offerer,
                network: plan.network(offerer.network, offerer.dress)?,
                fingerprint: &plan.fingerprint,
                codecs: &codecs,
                direction,
                setup: offerer.setup(),
            });
            (sdp, formats, direction)
        }
    };
    offerer.formats = formats.clone();
    let mut standing: Standing = session.standing.clone();
    standing.routes.retain(|route| !connects(route, from, to));
    standing.routes.extend(routes(from, to, &chosen, direction));
    standing.legs.insert(from, offerer);
    standing.legs.insert(to, answerer);
    if provisional {
        outstanding.accepted = Some(Accepted {
            standing,
            sdp: sdp.clone(),
            formats,
            direction: told_direction,
        });
    } else {
        session.standing = standing;
        session.outstanding = None;
        session.finished = Some(Finished {
            answerer: to,
            sdp: sdp.clone(),
            direction,
        });
    }
    Ok(Description {
        sdp: sdp.to_bytes(),
        direction,
    })
}

/// Whether the answer that the offerer already has will do for this one too: it holds the same codecs, in whatever order,
/// and leaves open what this one needs. Then it is not changed, because one PeerConnection takes one answer; what is
/// narrower now is narrowed in the routes. Telephone events that only one of them has are not worth another answer.
fn still_serves(accepted: &Accepted, formats: &[Format], direction: Direction) -> bool {
    let codecs = |formats: &[Format]| -> Vec<u8> {
        let mut codecs: Vec<u8> = formats
            .iter()
            .filter(|format| !format.encoding.eq_ignore_ascii_case("telephone-event"))
            .map(|format| format.payload_type)
            .collect();
        codecs.sort_unstable();
        codecs
    };
    let open = accepted.direction;
    let wide_enough =
        (open.sends() || !direction.sends()) && (open.receives() || !direction.receives());
    wide_enough && codecs(&accepted.formats) == codecs(formats)
}

fn connects(route: &Route, one: LegId, other: LegId) -> bool {
    (route.from == one && route.to == other) || (route.from == other && route.to == one)
}

/// Both ways; `direction` is the answerer's.
fn routes(from: LegId, to: LegId, chosen: &[Chosen], direction: Direction) -> [Route; 2] {
    [
        Route {
            from,
            to,
            payload_types: codec::forwards(chosen),
            open: direction.receives(),
        },
        Route {
            from: to,
            to: from,
            payload_types: codec::backwards(chosen),
            open: direction.sends(),
        },
    ]
}

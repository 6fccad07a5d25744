//! An offer that concerns its author's leg alone: a refresh, an ICE restart, another address, another certificate. It is answered
//! from the standing agreement, and the other leg hears nothing of it (P30, P41).

use crate::Negotiator;
use crate::codec::Codec;
use crate::layout::Layout;
use crate::session::{Leg, Session};
use crate::told::Told;
use crate::translate;
use crate::wording::{Wording, renumbered};
use control_command::{Description, Direction, LegId, Refusal};

impl Negotiator {
    /// Answers at once.
    pub(crate) fn settle(
        &mut self,
        session: &mut Session,
        from: LegId,
        leg: Leg,
        told: &Told,
    ) -> Result<Description, Refusal> {
        let codecs: Vec<Codec> = leg
            .agreed
            .iter()
            .filter(|it| is_offered(told, &it.codec, it.wants))
            .map(|it| renumbered(&it.codec, it.wants))
            .collect();
        let direction = Direction::of(
            leg.direction.sends() && told.direction.receives(),
            leg.direction.receives() && told.direction.sends(),
        );
        let identity = session.identities.get_mut(&from).ok_or(Refusal::Unknown)?;
        let sdp = identity.tell(Wording {
            leg: &leg,
            network: self.plan.network(leg.network, leg.dress)?,
            fingerprint: &self.plan.fingerprint,
            adopts: self.plan.adopts,
            codecs: &codecs,
            direction,
            setup: leg.setup(),
        });
        // A 200 that repeats what a reliable 18x brought repeats what was told last.
        if let Some(finished) = &mut session.finished
            && finished.hearer == from
        {
            finished.sdp = sdp.clone();
        }
        session.standing.legs.insert(from, Box::new(leg));
        Ok(Description {
            sdp: sdp.to_bytes(),
            direction: told.direction,
        })
    }
}

/// Whether an offer asks nothing of the leg at the other end: the codecs that both speak are still there under the same numbers
/// and with the same parameters, the direction changes nothing, and there is no other medium than before. What is offered beside
/// the agreed codecs need not be taken (RFC 3264 §6.1); a browser's ICE restart always offers all it has.
pub(crate) fn concerns_nobody_else(session: &Session, from: LegId, to: LegId, told: &Told) -> bool {
    let standing = &session.standing;
    let (Some(leg), Some(other)) = (standing.legs.get(&from), standing.legs.get(&to)) else {
        return false;
    };
    standing.are_joined(from, to)
        && is_same_layout(&leg.layout, &told.layout)
        && changes_no_direction(leg, other, told.direction)
        && keeps_the_codecs(leg, other, told)
}

fn is_same_layout(before: &Layout, after: &Layout) -> bool {
    let same = before.lines.iter().zip(&after.lines).all(|(one, other)| {
        one.kind == other.kind && one.protocol == other.protocol && one.mid == other.mid
    });
    same && before.audio == after.audio && before.lines.len() == after.lines.len()
}

/// Each half as its author has wished before, or closed while the other end keeps it closed anyway: whoever is held may say so.
fn changes_no_direction(leg: &Leg, other: &Leg, told: Direction) -> bool {
    let same = |told: bool, wished: bool, open: bool| told == wished || (!told && !open);
    same(told.sends(), leg.wish.sends(), other.wish.receives())
        && same(told.receives(), leg.wish.receives(), other.wish.sends())
}

fn keeps_the_codecs(leg: &Leg, other: &Leg, told: &Told) -> bool {
    let in_use = |codec: &Codec| translate::reaches(&codec.map, &other.agreed);
    // What the far end sends under the number that it wants is only understood if that number means nothing else on the leg.
    let is_plain = |codec: &Codec, wants: u8| {
        let others = leg.agreed.iter();
        others
            .filter(|it| it.codec.map.payload_type == wants)
            .all(|it| it.codec.map.same_codec(&codec.map))
    };
    let used = leg.agreed.iter().filter(|it| in_use(&it.codec));
    let mut spoken = false;
    for it in used {
        let known = leg
            .capable
            .iter()
            .find(|known| known.map.same_codec(&it.codec.map));
        let offered = told
            .codecs
            .iter()
            .find(|offered| offered.map.same_codec(&it.codec.map));
        let (Some(known), Some(offered)) = (known, offered) else {
            return false;
        };
        let is_event = it.codec.map.is_telephone_event();
        let same = is_event || known.parameters == offered.parameters;
        if !same || offered.map.payload_type != it.wants || !is_plain(&it.codec, it.wants) {
            return false;
        }
        spoken |= !is_event;
    }
    spoken
}

fn is_offered(told: &Told, codec: &Codec, number: u8) -> bool {
    told.codecs
        .iter()
        .any(|it| it.map.payload_type == number && it.map.same_codec(&codec.map))
}

//! The codecs of a leg, and what they make of the ways between two legs.

use crate::codec::{Chosen, Codec, Passed};
use crate::session::Leg;
use crate::translate;
use crate::wording::renumbered;
use control_command::{Direction, Format, PayloadMap};
use media_sdp::RtpMap;
use serde::{Deserialize, Serialize};

/// A codec that a leg speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// As we word it on this leg, under the number that the far end sends with.
    pub(crate) codec: Codec,
    /// The number that the far end wants to receive (RFC 3264 §6.1 allows an answer another one).
    pub(crate) wants: u8,
}

impl Agreed {
    fn plain(codec: Codec) -> Self {
        let wants = codec.map.payload_type;
        Self { codec, wants }
    }

    fn is(&self, map: &RtpMap) -> bool {
        self.codec.map.same_codec(map)
    }

    fn speaks(&self) -> bool {
        !self.codec.map.is_telephone_event()
    }
}

/// What is offered: so it may be spoken until an answer says more.
pub(crate) fn proposed(passed: &[Passed]) -> Vec<Agreed> {
    let codec = |it: &Passed| renumbered(&it.codec, it.told);
    passed.iter().map(codec).map(Agreed::plain).collect()
}

/// What an answer means for the leg whose offer it answers.
///
/// Of what it offered, what was taken as it is; if nothing was, what takes its place.
pub(crate) fn for_offerer(chosen: &[Chosen], offered: &[Codec]) -> Vec<Agreed> {
    let speaks = |it: &Chosen| !it.passed.added && !it.passed.codec.map.is_telephone_event();
    if !chosen.iter().any(speaks)
        && let Some(codecs) = translate::instead(offered, chosen)
    {
        return codecs.into_iter().map(Agreed::plain).collect();
    }
    let codec = |it: &Chosen| Codec {
        map: it.passed.codec.map.clone(),
        parameters: it.parameters.clone(),
    };
    let taken = chosen.iter().filter(|it| !it.passed.added);
    taken.map(codec).map(Agreed::plain).collect()
}

/// What it means for its author's leg.
pub(crate) fn for_answerer(chosen: &[Chosen]) -> Vec<Agreed> {
    let agreed = |it: &Chosen| Agreed {
        codec: renumbered(&it.passed.codec, it.passed.told),
        wants: it.answered,
    };
    chosen.iter().map(agreed).collect()
}

/// What the author of an answer said that it speaks, under its own numbers.
pub(crate) fn of_answerer(chosen: &[Chosen]) -> Vec<Codec> {
    let codec = |it: &Chosen| Codec {
        map: RtpMap {
            payload_type: it.answered,
            ..it.passed.codec.map.clone()
        },
        parameters: it.parameters.clone(),
    };
    chosen.iter().map(codec).collect()
}

/// As the worker knows them: by the numbers that we told, then by the far end's own where they differ.
pub(crate) fn formats(agreed: &[Agreed]) -> Vec<Format> {
    let mut formats: Vec<Format> = Vec::new();
    let told = agreed
        .iter()
        .map(|it| (it, it.codec.map.payload_type))
        .chain(agreed.iter().map(|it| (it, it.wants)));
    for (it, payload_type) in told {
        if !formats
            .iter()
            .any(|known| known.payload_type == payload_type)
        {
            formats.push(Format {
                payload_type,
                encoding: it.codec.map.encoding.clone(),
                clock_rate: it.codec.map.clock_rate,
                channels: it.codec.map.channels,
            });
        }
    }
    formats
}

/// How payload types change from one leg to another: by the numbers that we told, and by the far end's own where they mean
/// nothing else, because some send with those.
pub(crate) fn maps(from: &[Agreed], to: &[Agreed]) -> Vec<PayloadMap> {
    let common = || {
        from.iter().filter_map(|here| {
            let there = to.iter().find(|there| there.is(&here.codec.map))?;
            Some((here, there.wants))
        })
    };
    let told = common().map(|(here, to)| (here.codec.map.payload_type, to));
    let mut maps: Vec<PayloadMap> = told.map(|(from, to)| PayloadMap { from, to }).collect();
    let is_told = |number: u8| {
        from.iter()
            .any(|other| other.codec.map.payload_type == number)
    };
    for (here, to) in common() {
        let number = here.wants;
        if !is_told(number) && !maps.iter().any(|known| known.from == number) {
            maps.push(PayloadMap { from: number, to });
        }
    }
    maps
}

/// Everything that a leg's far end is known to speak, by the numbers that it wants: what was agreed, then what else its last
/// description had.
pub(crate) fn wide(leg: &Leg) -> Vec<Codec> {
    let mut codecs: Vec<Codec> = Vec::new();
    for it in &leg.agreed {
        let parameters = match leg.capable.iter().find(|known| it.is(&known.map)) {
            Some(known) => known.parameters.clone(),
            None => it.codec.parameters.clone(),
        };
        codecs.push(Codec {
            parameters,
            ..renumbered(&it.codec, it.wants)
        });
    }
    for it in &leg.capable {
        if !codecs.iter().any(|known| known.map.same_codec(&it.map)) {
            codecs.push(it.clone());
        }
    }
    codecs
}

/// Whether a leg's agreement still fits the one of the leg it talks with: each end's first codec, the one that it will most
/// likely send, is known to the other, and the direction is what the other leaves open. What a new offer to the leg would not bring together
/// is translated, and so fits.
pub(crate) fn fits(leg: &Leg, other: &Leg) -> bool {
    let direction = Direction::of(
        other.direction.receives() && leg.wish.receives(),
        other.direction.sends() && leg.wish.sends(),
    );
    let known = wide(leg);
    let knows = |map: &RtpMap| known.iter().any(|it| it.map.same_codec(map));
    let first = |these: &[Agreed]| these.iter().find(|it| it.speaks()).cloned();
    let (Some(ours), Some(theirs)) = (first(&leg.agreed), first(&other.agreed)) else {
        return false;
    };
    let has = |those: &[Agreed], it: &Agreed| those.iter().any(|there| there.is(&it.codec.map));
    let could_share = other
        .agreed
        .iter()
        .any(|it| it.speaks() && knows(&it.codec.map));
    let sends_well = has(&other.agreed, &ours)
        || (!could_share && translate::reaches(&ours.codec.map, &other.agreed));
    let hears_well = has(&leg.agreed, &theirs)
        || (!knows(&theirs.codec.map) && translate::reaches(&theirs.codec.map, &leg.agreed));
    leg.direction == direction && sends_well && hears_well
}

/// Whether two lists hold the same spoken codecs, in whatever order.
pub(crate) fn same_speech(one: &[Agreed], other: &[Agreed]) -> bool {
    let speech = |these: &[Agreed]| {
        let mut numbers: Vec<u8> = these
            .iter()
            .filter(|it| it.speaks())
            .map(|it| it.codec.map.payload_type)
            .collect();
        numbers.sort_unstable();
        numbers
    };
    speech(one) == speech(other)
}

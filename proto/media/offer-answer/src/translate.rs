//! What goes across although the two ends do not have it in common: taken out of one codec and put into another.
//!
//! What both ends speak always passes as it is, and is offered first. What we could translate to is offered behind it, as far as a leg in
//! that dress is likely to have it; nothing is opened that an end has not agreed to.

use crate::agreed::Agreed;
use crate::codec::{Chosen, Codec, repertoire};
use crate::session::Leg;
use control_command::{Dress, Format, Transcode};
use media_codec::Coding;
use media_sdp::RtpMap;

/// Milliseconds of speech in a packet where the far end does not say: what everybody takes (P62).
const PTIME: u8 = 20;

/// The clock of telephone events that every telephone has.
const EVENT_CLOCK: u32 = 8000;

fn coding(map: &RtpMap) -> Option<Coding> {
    Coding::of(&map.encoding, map.clock_rate, map.channels)
}

/// Whether sound can be taken out of this codec and put into it.
pub(crate) fn is_translatable(map: &RtpMap) -> bool {
    coding(map).is_some()
}

/// What is offered to a leg in that dress behind what passes: codecs that what was offered can be translated to, and events on the clocks that
/// go with them.
pub(crate) fn added(offered: &[Codec], passing: &[Codec], dress: Dress) -> Vec<Codec> {
    if !offered.iter().any(|it| is_translatable(&it.map)) {
        return Vec::new();
    }
    let is_new = |it: &Codec| !passing.iter().any(|known| known.map.same_codec(&it.map));
    let (events, speech): (Vec<Codec>, Vec<Codec>) = repertoire(dress)
        .into_iter()
        .filter(is_new)
        .partition(|it| it.map.is_telephone_event());
    let knows_events = offered.iter().any(|it| it.map.is_telephone_event());
    let fits = |event: &Codec| {
        let clock = event.map.clock_rate;
        knows_events && (clock == EVENT_CLOCK || speech.iter().any(|it| it.map.clock_rate == clock))
    };
    // Under the offerer's own number, where it offered them on a clock that only now has a codec.
    let own = |event: Codec| {
        let mut known = offered.iter();
        let known = known.find(|it| it.map.same_codec(&event.map));
        let map = known.map_or(event.map, |it| it.map.clone());
        Codec { map, ..event }
    };
    let events: Vec<Codec> = events.into_iter().filter(fits).map(own).collect();
    let mut added = speech;
    added.extend(events);
    added
}

/// What an offerer speaks of whose codecs none was taken as it is: the first of its own that can be translated, and events on its clock if
/// the other end knows events at all.
pub(crate) fn instead(offered: &[Codec], chosen: &[Chosen]) -> Option<Vec<Codec>> {
    let can = |it: &&Chosen| is_translatable(&it.passed.codec.map);
    chosen.iter().find(can)?;
    let first = offered.iter().find(|it| is_translatable(&it.map))?;
    let mut codecs = vec![Codec {
        map: first.map.clone(),
        parameters: ours(&first.map),
    }];
    let event = |it: &&Codec| it.map.is_telephone_event();
    if chosen.iter().any(|it| event(&&it.passed.codec)) {
        let of_clock = |clock: u32| {
            let mut events = offered.iter().filter(event);
            events.find(|it| it.map.clock_rate == clock)
        };
        codecs.extend(
            of_clock(first.map.clock_rate)
                .or_else(|| of_clock(EVENT_CLOCK))
                .cloned(),
        );
    }
    Some(codecs)
}

/// What we say of a codec that we decode ourselves.
fn ours(map: &RtpMap) -> Option<String> {
    let is_opus = coding(map) == Some(Coding::Opus);
    is_opus.then(|| "minptime=10;useinbandfec=1".to_owned())
}

/// The codec that sound is put into on its way to a leg: the first in the order of its agreement.
fn target(to: &[Agreed]) -> Option<&Agreed> {
    to.iter().find(|it| is_translatable(&it.codec.map))
}

/// Whether what comes as this codec can be heard by who has agreed to those.
pub(crate) fn reaches(map: &RtpMap, those: &[Agreed]) -> bool {
    let same = those.iter().any(|it| it.codec.map.same_codec(map));
    same || (is_translatable(map) && target(those).is_some())
}

/// What is translated on the way from one leg to another: each codec that only the one has, into the other's first; and then events go
/// the same way as the sound, on the clock of what it becomes if the other has them so.
pub(crate) fn transcodes(from: &Leg, to: &Leg) -> Vec<Transcode> {
    let Some(target) = target(&to.agreed) else {
        return Vec::new();
    };
    let foreign = |it: &&Agreed| {
        let same = to
            .agreed
            .iter()
            .any(|there| there.codec.map.same_codec(&it.codec.map));
        !same && is_translatable(&it.codec.map)
    };
    let clock = target.codec.map.clock_rate;
    let known = to
        .capable
        .iter()
        .find(|it| it.map.same_codec(&target.codec.map));
    let parameters = known.map_or(&target.codec.parameters, |it| &it.parameters);
    let mut transcodes: Vec<Transcode> = Vec::new();
    let mut push = |it: &Agreed, into: &Agreed, parameters: &Option<String>| {
        // By the number that we told, and by the far end's own where it means nothing else.
        for number in [it.codec.map.payload_type, it.wants] {
            let told = from
                .agreed
                .iter()
                .any(|other| other.codec.map.payload_type == number);
            let fresh = transcodes
                .iter()
                .all(|known| known.from.payload_type != number);
            if fresh && (number == it.codec.map.payload_type || !told) {
                transcodes.push(Transcode {
                    from: format(&it.codec.map, number),
                    to: format(&into.codec.map, into.wants),
                    parameters: parameters.clone(),
                    ptime: to.ptime.unwrap_or(PTIME),
                });
            }
        }
    };
    for it in from.agreed.iter().filter(foreign) {
        push(it, target, parameters);
    }
    let is_event = |it: &&Agreed| it.codec.map.is_telephone_event();
    let events = || to.agreed.iter().filter(is_event);
    let into = events()
        .find(|it| it.codec.map.clock_rate == clock)
        .or_else(|| events().next());
    let has_sound = from.agreed.iter().any(|it| foreign(&it));
    // Where the other end knows no events they become tones, also beside sound that passes as it is.
    let sounded = into.is_none().then_some(target);
    if let Some(into) = into.filter(|_| has_sound).or(sounded) {
        for it in from.agreed.iter().filter(is_event) {
            push(it, into, parameters);
        }
    }
    // And where this one knows none, its tones become events, if its sound is decoded anyway.
    if let Some(into) = into.filter(|_| !from.agreed.iter().any(|it| is_event(&it))) {
        let keys: Vec<Transcode> = transcodes
            .iter()
            .map(|it| Transcode {
                from: it.from.clone(),
                to: format(&into.codec.map, into.wants),
                parameters: None,
                ptime: it.ptime,
            })
            .collect();
        transcodes.extend(keys);
    }
    transcodes
}

fn format(map: &RtpMap, payload_type: u8) -> Format {
    Format {
        payload_type,
        encoding: map.encoding.clone(),
        clock_rate: map.clock_rate,
        channels: map.channels,
    }
}

use control_command::{Dress, Format, PayloadMap};
use media_sdp::{Media, RtpMap};
use serde::{Deserialize, Serialize};

/// Audio codecs told to a leg at most. Browsers offer six; more only swells the INVITE towards fragmentation (P44, T6).
const CODECS: usize = 12;

/// Telephone-event clocks told at most: there are two in use, 8000 and 48000.
const EVENTS: usize = 2;

/// Octets of an `a=fmtp` that crosses. The longest in use, opus with everything, has some 150.
const PARAMETERS: usize = 256;

/// What is never relayed. Redundancy and retransmission name other payload types inside, which are not the same on the
/// other leg; comfort noise is for telephones and browsers no longer agree on it (P63).
const NOT_RELAYED: [&str; 7] = [
    "red",
    "rtx",
    "ulpfec",
    "parityfec",
    "flexfec-03",
    "flexfec",
    "CN",
];

/// Towards telephones these go before opus, whatever a browser prefers: many take the first codec they know, every trunk
/// knows G.711, and a telephone that takes opus at its word may have it transcoded behind itself.
const FIRST_FOR_TELEPHONES: [&str; 2] = ["PCMU", "PCMA"];

/// Events 0 to 16: the keys and flash (RFC 4733 §3.2).
const EVENT_RANGE: &str = "0-16";

/// The events' clock that every telephone understands. Another is only told beside a codec with that clock (P37).
const EVENT_CLOCK: u32 = 8000;

/// A codec as a description tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Codec {
    pub(crate) map: RtpMap,
    /// The `a=fmtp`, as far as it may cross.
    pub(crate) parameters: Option<String>,
}

/// A codec that was offered through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Passed {
    /// By the offerer's payload type.
    pub(crate) codec: Codec,
    /// The payload type towards the answerer.
    pub(crate) told: u8,
}

/// A codec that the answerer took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// By the offerer's payload type, with the answerer's parameters.
    pub(crate) codec: Codec,
    /// What we told the answerer: what it sends with.
    pub(crate) told: u8,
    /// What the answerer told: what it wants to receive (RFC 3264 §6.1 allows another number).
    pub(crate) answered: u8,
}

/// The codecs of an offer, each once.
pub(crate) fn offered(media: &Media) -> Vec<Codec> {
    let mut codecs: Vec<Codec> = Vec::new();
    for map in media.rtp_formats() {
        if !codecs.iter().any(|codec| codec.map.same_codec(&map)) {
            let parameters = media.attributes.fmtp(map.payload_type).and_then(crossing);
            codecs.push(Codec { map, parameters });
        }
    }
    codecs
}

/// What of an offer goes on to a leg in that dress, in the order to be told.
pub(crate) fn passing(offered: &[Codec], dress: Dress) -> Vec<Codec> {
    let relayed = |codec: &&Codec| {
        let encoding = codec.map.encoding.as_str();
        !NOT_RELAYED
            .iter()
            .any(|it| it.eq_ignore_ascii_case(encoding))
    };
    let (events, mut codecs): (Vec<Codec>, Vec<Codec>) = offered
        .iter()
        .filter(relayed)
        .cloned()
        .partition(|codec| codec.map.is_telephone_event());
    if dress == Dress::Rtp {
        order_for_telephones(&mut codecs);
    }
    codecs.truncate(CODECS);
    let fits = |event: &Codec| {
        let clock = event.map.clock_rate;
        clock == EVENT_CLOCK || codecs.iter().any(|codec| codec.map.clock_rate == clock)
    };
    let events: Vec<Codec> = events
        .into_iter()
        .filter(fits)
        .take(EVENTS)
        .map(|event| Codec {
            parameters: Some(EVENT_RANGE.to_owned()),
            ..event
        })
        .collect();
    if !codecs.is_empty() {
        codecs.extend(events);
    }
    codecs
}

fn order_for_telephones(codecs: &mut Vec<Codec>) {
    let is = |codec: &Codec, name: &str| codec.map.encoding.eq_ignore_ascii_case(name);
    let Some(opus) = codecs.iter().position(|codec| is(codec, "opus")) else {
        return;
    };
    let after = codecs.split_off(opus);
    let (first, rest): (Vec<Codec>, Vec<Codec>) = after
        .into_iter()
        .partition(|codec| FIRST_FOR_TELEPHONES.iter().any(|name| is(codec, name)));
    codecs.extend(first);
    codecs.extend(rest);
}

/// What an answer takes of what was passed, in the answer's order. What was not offered is passed over (RFC 3264 §6.1).
pub(crate) fn chosen(media: &Media, passed: &[Passed]) -> Vec<Chosen> {
    let maps: Vec<RtpMap> = media.attributes.rtpmaps().collect();
    let mut chosen: Vec<Chosen> = Vec::new();
    for answered in media.payload_types() {
        let Some(taken) = meant(answered, &maps, passed) else {
            continue;
        };
        if chosen.iter().any(|it| it.told == taken.told) {
            continue;
        }
        let parameters = match taken.codec.map.is_telephone_event() {
            true => Some(EVENT_RANGE.to_owned()),
            false => media.attributes.fmtp(answered).and_then(crossing),
        };
        chosen.push(Chosen {
            codec: Codec {
                map: taken.codec.map.clone(),
                parameters,
            },
            told: taken.told,
            answered,
        });
    }
    chosen
}

/// Which of the passed codecs an answered payload type means. Without an `a=rtpmap` it means what we told; some answer
/// opus without its channels.
fn meant<'a>(answered: u8, maps: &[RtpMap], passed: &'a [Passed]) -> Option<&'a Passed> {
    let by_number = passed.iter().find(|it| it.told == answered);
    let Some(map) = maps.iter().find(|map| map.payload_type == answered) else {
        return by_number.or_else(|| {
            let assigned = RtpMap::assigned(answered)?;
            passed.iter().find(|it| it.codec.map.same_codec(&assigned))
        });
    };
    let same = passed.iter().find(|it| it.codec.map.same_codec(map));
    same.or_else(|| {
        by_number.filter(|it| it.codec.map.encoding.eq_ignore_ascii_case(&map.encoding))
    })
}

/// Parameters cross as they are, if they are of a codec's alphabet and length.
fn crossing(parameters: &str) -> Option<String> {
    let alphabet = |it: u8| it.is_ascii_alphanumeric() || b"=;,-_+. /".contains(&it);
    let fits = parameters.len() <= PARAMETERS && parameters.bytes().all(alphabet);
    (fits && !parameters.is_empty()).then(|| parameters.to_owned())
}

/// A codec as the worker knows it.
pub(crate) fn format(map: &RtpMap, payload_type: u8) -> Format {
    Format {
        payload_type,
        encoding: map.encoding.clone(),
        clock_rate: map.clock_rate,
        channels: map.channels,
    }
}

/// From the offerer to the answerer.
pub(crate) fn forwards(chosen: &[Chosen]) -> Vec<PayloadMap> {
    let map = |it: &Chosen| PayloadMap {
        from: it.codec.map.payload_type,
        to: it.answered,
    };
    chosen.iter().map(map).collect()
}

/// From the answerer to the offerer: by the numbers that we told, and by its own where they mean nothing else, because
/// some send with those.
pub(crate) fn backwards(chosen: &[Chosen]) -> Vec<PayloadMap> {
    let map = |from: u8, it: &Chosen| PayloadMap {
        from,
        to: it.codec.map.payload_type,
    };
    let mut maps: Vec<PayloadMap> = chosen.iter().map(|it| map(it.told, it)).collect();
    for it in chosen {
        if !maps.iter().any(|known| known.from == it.answered) {
            maps.push(map(it.answered, it));
        }
    }
    maps
}

/// The answerer's formats: what we told, and its own numbers where they differ.
pub(crate) fn answerer_formats(chosen: &[Chosen]) -> Vec<Format> {
    let mut formats: Vec<Format> = chosen
        .iter()
        .map(|it| format(&it.codec.map, it.told))
        .collect();
    for it in chosen {
        if !formats
            .iter()
            .any(|known| known.payload_type == it.answered)
        {
            formats.push(format(&it.codec.map, it.answered));
        }
    }
    formats
}

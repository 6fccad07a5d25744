use control_command::Dress;
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
    /// The offerer has not offered it: what comes in it is translated.
    pub(crate) added: bool,
}

/// A codec that the answerer took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// As it was offered through. What we told the answerer is what it sends with.
    pub(crate) passed: Passed,
    /// The answerer's, as far as they may cross.
    pub(crate) parameters: Option<String>,
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
    if dress != Dress::WebRtc {
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
        if chosen.iter().any(|it| it.passed.told == taken.told) {
            continue;
        }
        let parameters = match taken.codec.map.is_telephone_event() {
            true => Some(EVENT_RANGE.to_owned()),
            false => media.attributes.fmtp(answered).and_then(crossing),
        };
        chosen.push(Chosen {
            passed: taken.clone(),
            parameters,
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

/// What we offer on our own behalf for a far end of which nothing is known yet: what its dress can carry without being
/// translated, in the order of what it most likely has.
pub(crate) fn repertoire(dress: Dress) -> Vec<Codec> {
    let codec =
        |payload_type, encoding: &str, clock_rate, channels, parameters: Option<&str>| Codec {
            map: RtpMap {
                payload_type,
                encoding: encoding.to_owned(),
                clock_rate,
                channels,
            },
            parameters: parameters.map(str::to_owned),
        };
    let pcmu = codec(0, "PCMU", 8000, 1, None);
    let pcma = codec(8, "PCMA", 8000, 1, None);
    // RFC 3551 §4.5.2: 8000 by an old mistake; it samples at 16 kHz.
    let g722 = codec(9, "G722", 8000, 1, None);
    let events = |number, clock| codec(number, "telephone-event", clock, 1, Some(EVENT_RANGE));
    match dress {
        _ if dress != Dress::WebRtc => vec![pcmu, pcma, g722, events(101, EVENT_CLOCK)],
        _ => {
            let opus = codec(111, "opus", 48_000, 2, Some("minptime=10;useinbandfec=1"));
            vec![
                opus,
                g722,
                pcmu,
                pcma,
                events(110, 48_000),
                events(126, EVENT_CLOCK),
            ]
        }
    }
}

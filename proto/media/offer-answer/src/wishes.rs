//! What signalling wishes of the codecs of one offer.

use crate::codec::Codec;
use crate::translate;
use control_command::{CodecWishes, Dress};

/// Whether one of the names is this codec's.
fn names(names: &[String], codec: &Codec) -> bool {
    let map = &codec.map;
    let is = |name: &String| {
        let mut parts = name.split('/');
        let encoding = parts.next().unwrap_or_default();
        let clock = parts.next().map(str::parse::<u32>);
        let channels = parts.next().map(str::parse::<u8>);
        let all = encoding.eq_ignore_ascii_case("all") && !map.is_telephone_event();
        (all || encoding.eq_ignore_ascii_case(&map.encoding))
            && clock.is_none_or(|clock| clock == Ok(map.clock_rate))
            && channels.is_none_or(|channels| channels == Ok(map.channels))
    };
    names.iter().any(is)
}

/// What is taken as offered.
pub(crate) fn taken(codecs: &mut Vec<Codec>, wishes: &CodecWishes) {
    codecs.retain(|it| !names(&wishes.without, it) || names(&wishes.kept, it));
}

/// What of it is told.
pub(crate) fn told(passing: &mut Vec<Codec>, wishes: &CodecWishes) {
    passing.retain(|it| !names(&wishes.hidden, it) || names(&wishes.kept, it));
}

/// What is told besides.
pub(crate) fn translated(
    offered: &[Codec],
    passing: &[Codec],
    dress: Dress,
    wishes: &CodecWishes,
) -> Vec<Codec> {
    let mut added: Vec<Codec> = Vec::new();
    if wishes.translated.is_empty() {
        return added;
    }
    for dress in [dress, Dress::WebRtc] {
        for codec in translate::added(offered, passing, dress) {
            let is_new = !added.iter().any(|known| known.map.same_codec(&codec.map));
            if is_new && names(&wishes.translated, &codec) {
                added.push(codec);
            }
        }
    }
    added
}

//! Bytes as a sequence of what happens to a [`Locator`]: URIs are looked for, DNS answers or does not, places fail, time passes. What is
//! asked is not asked again while it is under way, every search comes to an end, and its places are few.

use proto_base::{Random, Time, Transport};
use sip_locate::{
    Answer, Kind, Located, Locator, Naptr, Place, Question, Reach, Record, Srv, Wanted,
};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// More operations than this tell no new story.
const MAX_OPERATIONS: usize = 300;
/// Places of one search, at most.
const MOST_PLACES: usize = 16;

const URIS: [&str; 7] = [
    "sip:carrier.example",
    "sips:carrier.example",
    "sip:carrier.example;transport=tcp",
    "sip:one.carrier.example:5070",
    "sip:10.0.0.1",
    "sip:[2001:db8::1];transport=udp",
    "sip:other.example;maddr=one.carrier.example",
];
const NAMES: [&str; 6] = [
    "one.carrier.example",
    "two.carrier.example",
    "_sip._udp.carrier.example",
    "_sips._tcp.carrier.example",
    ".",
    "carrier.example",
];

struct World {
    locator: Locator,
    random: Random,
    now: Time,
    under_way: BTreeSet<Question>,
    places: Vec<Place>,
}

/// Plays the operations, and checks what was promised on the way.
pub fn locate(bytes: &[u8]) {
    let mut world = World {
        locator: Locator::new(),
        random: Random::from_number(1),
        now: Time::ZERO,
        under_way: BTreeSet::new(),
        places: Vec::new(),
    };
    for three in bytes.chunks(3).take(MAX_OPERATIONS) {
        let at = |at: usize| three.get(at).copied().unwrap_or(0);
        world.play(at(0), at(1), at(2));
    }
}

impl World {
    fn play(&mut self, kind: u8, which: u8, detail: u8) {
        match kind % 6 {
            0 => self.looks_for(which, detail),
            1 | 2 => self.is_answered(which, detail),
            3 => self.now = self.now + Duration::from_secs(u64::from(which)),
            4 => {
                let at = usize::from(which) % self.places.len().max(1);
                if let Some(place) = self.places.get(at).copied() {
                    match detail % 3 {
                        0 => self.locator.failed(self.now, place),
                        1 => {
                            let span = Duration::from_secs(u64::from(detail));
                            self.locator.avoid(self.now, place, span);
                        }
                        _ => self.locator.works(&place),
                    }
                }
            }
            _ => self.places.clear(),
        }
    }

    fn looks_for(&mut self, which: u8, detail: u8) {
        let uri = URIS.get(usize::from(which) % URIS.len()).copied();
        let Some(wanted) = uri
            .and_then(|uri| uri.parse().ok())
            .and_then(|uri| Wanted::of_uri(&uri))
        else {
            return;
        };
        let all = [Transport::Tls, Transport::Tcp, Transport::Udp];
        let reach = Reach {
            transports: all.get(usize::from(detail % 3)..).unwrap_or_default(),
            v4: !detail.is_multiple_of(5),
            v6: detail.is_multiple_of(2),
        };
        let located = self
            .locator
            .locate(self.now, &wanted, reach, &mut self.random);
        match located {
            Located::At(places) => {
                assert!(!places.is_empty() && places.len() <= MOST_PLACES);
                for place in &places {
                    assert!(reach.transports.contains(&place.transport), "{place:?}");
                }
                self.places = places;
            }
            Located::Ask(questions) => {
                for question in questions {
                    self.under_way.insert(question);
                }
            }
            Located::Nowhere(_) => {}
        }
    }

    fn is_answered(&mut self, which: u8, detail: u8) {
        let at = usize::from(which) % self.under_way.len().max(1);
        let Some(question) = self.under_way.iter().nth(at).cloned() else {
            return;
        };
        self.under_way.remove(&question);
        let time = Duration::from_secs(u64::from(detail) * 2);
        let answer = match detail % 5 {
            0 => Answer::Failed,
            1 => Answer::Nothing(time),
            _ => Answer::Records(records(&question, detail), time),
        };
        self.locator.found(self.now, question, answer);
    }
}

fn records(question: &Question, detail: u8) -> Vec<Record> {
    let name = |shift: u8| -> String {
        let at = usize::from(detail.wrapping_add(shift)) % NAMES.len();
        NAMES.get(at).copied().unwrap_or_default().to_owned()
    };
    // Not all of what comes is what was asked for.
    let kind = match detail % 16 {
        15 => Kind::A,
        _ => question.kind,
    };
    (0..detail % 40)
        .map(|number| match kind {
            Kind::Naptr => Record::Naptr(Naptr {
                order: u16::from(number % 3),
                preference: u16::from(number),
                flags: if number.is_multiple_of(2) { "s" } else { "a" }.to_owned(),
                services: ["SIP+D2U", "SIP+D2T", "SIPS+D2T", "E2U+sip"]
                    .get(usize::from(number % 4))
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                regexp: String::new(),
                replacement: name(number),
            }),
            Kind::Srv => Record::Srv(Srv {
                priority: u16::from(number % 2),
                weight: u16::from(number) * u16::from(detail),
                port: 5060 + u16::from(number),
                target: name(number),
            }),
            Kind::A => Record::A(Ipv4Addr::new(10, 0, detail, number)),
            Kind::Aaaa => Record::Aaaa(Ipv6Addr::from(u128::from(number) | 1 << 100)),
        })
        .collect()
}

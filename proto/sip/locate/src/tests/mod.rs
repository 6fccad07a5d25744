#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod memory;
mod searches;

use crate::{
    Answer, Kind, Located, Locator, Naptr, Nowhere, Place, Question, Reach, Record, Srv, Wanted,
};
use proto_base::{Random, Time, Transport};
use std::collections::BTreeMap;
use std::time::Duration;

const TTL: Duration = Duration::from_secs(60);
const ALL: Reach<'static> = Reach {
    transports: &[Transport::Tls, Transport::Tcp, Transport::Udp],
    v4: true,
    v6: true,
};

/// A DNS server in a table, and who asks it.
struct World {
    now: Time,
    zone: BTreeMap<Question, Answer>,
    locator: Locator,
    random: Random,
    asked: Vec<String>,
}

impl World {
    fn new() -> Self {
        Self {
            now: Time::ZERO,
            zone: BTreeMap::new(),
            locator: Locator::new(),
            random: Random::from_number(1),
            asked: Vec::new(),
        }
    }

    fn with(mut self, name: &str, record: Record) -> Self {
        let kind = match &record {
            Record::Naptr(_) => Kind::Naptr,
            Record::Srv(_) => Kind::Srv,
            Record::A(_) => Kind::A,
            Record::Aaaa(_) => Kind::Aaaa,
        };
        let answer = self.zone.entry(question(name, kind));
        match answer.or_insert_with(|| Answer::Records(Vec::new(), TTL)) {
            Answer::Records(records, _) => records.push(record),
            other => panic!("{other:?}"),
        }
        self
    }

    fn a(self, name: &str, address: &str) -> Self {
        match address.parse().unwrap() {
            std::net::IpAddr::V4(address) => self.with(name, Record::A(address)),
            std::net::IpAddr::V6(address) => self.with(name, Record::Aaaa(address)),
        }
    }

    fn srv(self, name: &str, priority: u16, weight: u16, port: u16, target: &str) -> Self {
        let target = target.to_owned();
        let srv = Srv {
            priority,
            weight,
            port,
            target,
        };
        self.with(name, Record::Srv(srv))
    }

    fn naptr(self, name: &str, order: u16, preference: u16, services: &str, to: &str) -> Self {
        let naptr = Naptr {
            order,
            preference,
            flags: "s".to_owned(),
            services: services.to_owned(),
            regexp: String::new(),
            replacement: to.to_owned(),
        };
        self.with(name, Record::Naptr(naptr))
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    /// Asks DNS until it is settled, and tells each place as text, or why there is none.
    fn find(&mut self, wanted: &Wanted, reach: Reach<'_>) -> Result<Vec<String>, Nowhere> {
        for _ in 0..10 {
            let located = self
                .locator
                .locate(self.now, wanted, reach, &mut self.random);
            // Written down and read back in the middle of a search, nothing is lost.
            if self.locator.remembered() < 50 {
                let mut bytes = Vec::new();
                ciborium::into_writer(&self.locator, &mut bytes).unwrap();
                self.locator = ciborium::from_reader(bytes.as_slice()).unwrap();
            }
            match located {
                Located::At(places) => return Ok(places.into_iter().map(text_of).collect()),
                Located::Nowhere(nowhere) => return Err(nowhere),
                Located::Ask(questions) => {
                    assert!(!questions.is_empty(), "nothing is on its way");
                    for question in questions {
                        self.asked
                            .push(format!("{:?} {}", question.kind, question.name));
                        let answer = self.zone.get(&question).cloned();
                        let answer = answer.unwrap_or(Answer::Nothing(TTL));
                        self.locator.found(self.now, question, answer);
                    }
                }
            }
        }
        panic!("the search does not end");
    }

    fn uri(&mut self, uri: &str) -> Result<Vec<String>, Nowhere> {
        self.find(&wanted(uri), ALL)
    }
}

fn question(name: &str, kind: Kind) -> Question {
    Question {
        name: name.to_owned(),
        kind,
    }
}

fn wanted(uri: &str) -> Wanted {
    Wanted::of_uri(&uri.parse().unwrap()).unwrap()
}

fn text_of(place: Place) -> String {
    format!("{} {}", place.transport.via_token(), place.address)
}

fn place(transport: Transport, address: &str) -> Place {
    Place {
        transport,
        address: address.parse().unwrap(),
    }
}

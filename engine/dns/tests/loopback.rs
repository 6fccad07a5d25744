//! DNS as it answers, and as it does not: a small name server on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use engine_dns::{Dns, Servers, Settings};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NAPTR, SOA, SRV};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use sip_locate::{Answer, Kind, Question};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// What the server says of a name and type.
type Zone = fn(&Name, RecordType) -> Said;

enum Said {
    Records(Vec<(&'static str, u32, RData)>),
    NoName,
    Refused,
    Silence,
    TooLong(Vec<(&'static str, u32, RData)>),
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn reply(query: &[u8], zone: Zone, stream: bool) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).unwrap();
    let asked = query.queries[0].clone();
    let mut reply = query.into_response();
    reply.additionals.clear();
    match zone(asked.name(), asked.query_type()) {
        Said::Records(records) => {
            for (owner, ttl, data) in records {
                reply.add_answer(Record::from_rdata(name(owner), ttl, data));
            }
        }
        Said::TooLong(records) if stream => {
            for (owner, ttl, data) in records {
                reply.add_answer(Record::from_rdata(name(owner), ttl, data));
            }
        }
        Said::TooLong(_) => reply.metadata.truncation = true,
        Said::NoName => {
            reply.metadata.response_code = ResponseCode::NXDomain;
            let soa = SOA::new(name("ns.test."), name("host.test."), 1, 60, 60, 60, 77);
            reply.add_authority(Record::from_rdata(name("test."), 300, RData::SOA(soa)));
        }
        Said::Refused => reply.metadata.response_code = ResponseCode::ServFail,
        Said::Silence => return None,
    }
    Some(reply.to_vec().unwrap())
}

/// A name server that answers by the zone until the test is over.
fn server(zone: Zone) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let stream = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        let mut room = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut room) {
            if let Some(reply) = reply(&room[..length], zone, false) {
                socket.send_to(&reply, from).unwrap();
            }
        }
    });
    std::thread::spawn(move || {
        for connection in stream.incoming() {
            let mut connection = connection.unwrap();
            let mut length = [0; 2];
            while connection.read_exact(&mut length).is_ok() {
                let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                connection.read_exact(&mut query).unwrap();
                if let Some(reply) = reply(&query, zone, true) {
                    let length = u16::try_from(reply.len()).unwrap();
                    connection.write_all(&length.to_be_bytes()).unwrap();
                    connection.write_all(&reply).unwrap();
                }
            }
        }
    });
    address
}

fn started(zone: Zone, change: impl FnOnce(&mut Settings)) -> (Dns, Receiver<(Question, Answer)>) {
    let mut settings = Settings {
        servers: Servers::These(vec![server(zone)]),
        ..Settings::default()
    };
    change(&mut settings);
    Dns::start(settings).unwrap()
}

fn question(name: &str, kind: Kind) -> Question {
    Question {
        name: name.to_owned(),
        kind,
    }
}

fn asked(dns: &Dns, answers: &mut Receiver<(Question, Answer)>, to: Question) -> Answer {
    assert!(dns.ask(to.clone()));
    let (about, answer) = answers.blocking_recv().unwrap();
    assert_eq!(about, to);
    answer
}

fn carrier(name_asked: &Name, kind: RecordType) -> Said {
    let at = name_asked.to_ascii().to_ascii_lowercase();
    Said::Records(match (at.as_str(), kind) {
        ("carrier.test.", RecordType::NAPTR) => vec![(
            "carrier.test.",
            120,
            RData::NAPTR(NAPTR::new(
                10,
                20,
                (*b"s").into(),
                (*b"SIP+D2U").into(),
                (*b"").into(),
                name("_sip._udp.carrier.test."),
            )),
        )],
        ("_sip._udp.carrier.test.", RecordType::SRV) => vec![(
            "_sip._udp.carrier.test.",
            90,
            RData::SRV(SRV::new(1, 2, 5070, name("One.carrier.test."))),
        )],
        ("one.carrier.test.", RecordType::A) => vec![
            (
                "one.carrier.test.",
                60,
                RData::CNAME(CNAME(name("real.carrier.test."))),
            ),
            (
                "real.carrier.test.",
                60,
                RData::A(A("192.0.2.1".parse().unwrap())),
            ),
        ],
        ("one.carrier.test.", RecordType::AAAA) => vec![(
            "one.carrier.test.",
            60,
            RData::AAAA(AAAA("2001:db8::1".parse().unwrap())),
        )],
        _ => return Said::NoName,
    })
}

#[test]
fn each_kind_of_record_is_read_with_its_time_to_live() {
    let (dns, mut answers) = started(carrier, |_| {});
    let mut ask = |name: &str, kind| match asked(&dns, &mut answers, question(name, kind)) {
        Answer::Records(mut records, ttl) => (records.remove(0), ttl.as_secs()),
        other => panic!("{name}: {other:?}"),
    };
    let (naptr, ttl) = ask("carrier.test", Kind::Naptr);
    assert!((100..=120).contains(&ttl), "{ttl}");
    let sip_locate::Record::Naptr(naptr) = naptr else {
        panic!("{naptr:?}")
    };
    assert_eq!(
        (naptr.order, naptr.preference, naptr.flags.as_str()),
        (10, 20, "s")
    );
    assert_eq!(naptr.services, "SIP+D2U");
    assert_eq!(naptr.replacement, "_sip._udp.carrier.test.");
    let (srv, _) = ask("_sip._udp.carrier.test", Kind::Srv);
    let sip_locate::Record::Srv(srv) = srv else {
        panic!("{srv:?}")
    };
    assert_eq!((srv.priority, srv.weight, srv.port), (1, 2, 5070));
    assert_eq!(srv.target.to_ascii_lowercase(), "one.carrier.test.");
    let (a, _) = ask("one.carrier.test", Kind::A);
    let behind_an_alias = sip_locate::Record::A("192.0.2.1".parse().unwrap());
    assert_eq!(a, behind_an_alias);
    let (aaaa, _) = ask("one.carrier.test", Kind::Aaaa);
    assert_eq!(
        aaaa,
        sip_locate::Record::Aaaa("2001:db8::1".parse().unwrap())
    );
}

#[test]
fn a_search_by_the_locator_ends_at_the_address() {
    use proto_base::{Random, Time, Transport};
    use sip_locate::{Located, Locator, Reach, Wanted};
    let (dns, mut answers) = started(carrier, |_| {});
    let (mut locator, mut random) = (Locator::new(), Random::from_number(1));
    let wanted = Wanted::of_uri(&"sip:carrier.test".parse().unwrap()).unwrap();
    let reach = Reach {
        transports: &[Transport::Udp, Transport::Tcp],
        v4: true,
        v6: false,
    };
    let places = loop {
        match locator.locate(Time::ZERO, &wanted, reach, &mut random) {
            Located::Ask(questions) => {
                for question in questions {
                    let answer = asked(&dns, &mut answers, question.clone());
                    locator.found(Time::ZERO, question, answer);
                }
            }
            Located::At(places) => break places,
            Located::Nowhere(why) => panic!("{why:?}"),
        }
    };
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].address, "192.0.2.1:5070".parse().unwrap());
}

#[test]
fn a_name_that_is_not_there_says_for_how_long() {
    let (dns, mut answers) = started(carrier, |_| {});
    let answer = asked(&dns, &mut answers, question("nobody.test", Kind::A));
    assert_eq!(answer, Answer::Nothing(Duration::from_secs(77)));
}

#[test]
fn a_server_that_cannot_answer_is_no_proof_that_there_is_nothing() {
    let (dns, mut answers) = started(|_, _| Said::Refused, |_| {});
    let answer = asked(&dns, &mut answers, question("carrier.test", Kind::A));
    assert_eq!(answer, Answer::Failed);
}

#[test]
fn a_server_that_is_silent_is_given_up_in_time() {
    let (dns, mut answers) = started(
        |_, _| Said::Silence,
        |settings| settings.patience = Duration::from_millis(200),
    );
    let answer = asked(&dns, &mut answers, question("carrier.test", Kind::A));
    assert_eq!(answer, Answer::Failed);
}

#[test]
fn an_answer_too_long_for_a_datagram_is_fetched_over_tcp() {
    let zone: Zone = |_, _| {
        let one = |last: u8| RData::A(A([192, 0, 2, last].into()));
        Said::TooLong((1..=100).map(|last| ("big.test.", 60, one(last))).collect())
    };
    let (dns, mut answers) = started(zone, |_| {});
    match asked(&dns, &mut answers, question("big.test", Kind::A)) {
        Answer::Records(records, _) => assert_eq!(records.len(), 100),
        other => panic!("{other:?}"),
    }
}

#[test]
fn more_questions_than_may_wait_are_refused_at_once() {
    let (dns, mut answers) = started(
        |_, _| Said::Silence,
        |settings| {
            settings.waiting = 4;
            settings.at_once = 1;
            settings.patience = Duration::from_millis(300);
        },
    );
    let taken = (0..100)
        .filter(|number| dns.ask(question(&format!("n{number}.test"), Kind::A)))
        .count();
    assert!((4..=20).contains(&taken), "{taken}");
    for _ in 0..taken {
        let (_, answer) = answers.blocking_recv().unwrap();
        assert_eq!(answer, Answer::Failed);
    }
    assert!(dns.ask(question("later.test", Kind::A)), "room again");
}

#[test]
fn the_hosts_file_of_the_system_is_honoured() {
    let (dns, mut answers) = Dns::start(Settings::default()).unwrap();
    match asked(&dns, &mut answers, question("localhost", Kind::A)) {
        Answer::Records(records, ttl) => {
            let loopback = sip_locate::Record::A("127.0.0.1".parse().unwrap());
            assert!(records.contains(&loopback), "{records:?}");
            assert!(ttl <= Duration::from_secs(3600), "{ttl:?}");
        }
        other => panic!("{other:?}"),
    }
}

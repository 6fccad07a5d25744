//! Two associations in a box, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods
)]

use proto_base::Time;
use rtc_dtls::{
    Association, HANDSHAKE_TIMEOUT, Identity, KeyingMaterial, Output, PeerCertificate, Role,
    SrtpProfile, generate_certificate,
};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// One way through the box.
const DELAY: Duration = Duration::from_millis(10);

fn identity() -> Identity {
    let (certificate, key) = generate_certificate().unwrap();
    Identity::new(certificate, key, Instant::now()).unwrap()
}

#[derive(Default)]
struct Seen {
    certificate: Option<PeerCertificate>,
    keys: Option<KeyingMaterial>,
    failed: Option<String>,
    closed: bool,
    sent: Vec<Vec<u8>>,
}

struct Peer {
    association: Association,
    inbox: VecDeque<(Time, Vec<u8>)>,
    seen: Seen,
}

/// What becomes of a datagram: how many copies arrive.
type Fate<'a> = dyn FnMut(usize, &[u8]) -> Vec<Vec<u8>> + 'a;

struct Box2 {
    now: Time,
    peers: [Peer; 2],
    count: usize,
}

impl Box2 {
    fn new(client: &Identity, server: &Identity) -> Self {
        let now = Time::from_micros(5_000_000);
        let peer = |identity, role| Peer {
            association: Association::new(now, identity, role),
            inbox: VecDeque::new(),
            seen: Seen::default(),
        };
        Self {
            now,
            peers: [peer(client, Role::Client), peer(server, Role::Server)],
            count: 0,
        }
    }

    fn carry(&mut self, fate: &mut Fate<'_>) {
        for from in 0..2 {
            while let Some(output) = self.peers[from].association.poll_output() {
                let seen = &mut self.peers[from].seen;
                match output {
                    Output::Transmit(bytes) => {
                        seen.sent.push(bytes.clone());
                        let number = self.count;
                        self.count += 1;
                        for copy in fate(number, &bytes) {
                            self.peers[1 - from]
                                .inbox
                                .push_back((self.now + DELAY, copy));
                        }
                    }
                    Output::PeerCertificate(certificate) => seen.certificate = Some(certificate),
                    Output::Connected(keys) => seen.keys = Some(keys),
                    Output::Failed(why) => seen.failed = Some(why),
                    Output::Closed => seen.closed = true,
                }
            }
        }
    }

    /// Until nothing more is under way, or `until`.
    fn run(&mut self, until: Time, fate: &mut Fate<'_>) {
        loop {
            self.carry(fate);
            let arrivals = self
                .peers
                .iter()
                .filter_map(|peer| Some(peer.inbox.front()?.0));
            let timers = self
                .peers
                .iter()
                .filter_map(|peer| peer.association.poll_timeout());
            let Some(next) = arrivals.chain(timers).min() else {
                return;
            };
            if next > until {
                return;
            }
            self.now = self.now.max(next);
            for peer in &mut self.peers {
                while peer.inbox.front().is_some_and(|(at, _)| *at <= self.now) {
                    let (_, bytes) = peer.inbox.pop_front().unwrap();
                    peer.association.handle_datagram(self.now, &bytes);
                }
                if peer
                    .association
                    .poll_timeout()
                    .is_some_and(|at| at <= self.now)
                {
                    peer.association.handle_timeout(self.now);
                }
            }
        }
    }

    fn assert_connected(&self, client: &Identity, server: &Identity) {
        let [one, two] = &self.peers;
        assert_eq!(one.seen.failed.as_ref().or(two.seen.failed.as_ref()), None);
        let keys = one.seen.keys.as_ref().expect("the client connects");
        assert_eq!(Some(keys), two.seen.keys.as_ref());
        assert_eq!(
            one.seen.certificate.as_ref().unwrap().sha256(),
            server.fingerprint()
        );
        assert_eq!(
            two.seen.certificate.as_ref().unwrap().sha256(),
            client.fingerprint()
        );
    }
}

fn pass(_: usize, bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![bytes.to_vec()]
}

fn seconds(from: Time, seconds: u64) -> Time {
    from + Duration::from_secs(seconds)
}

#[test]
fn both_ends_export_the_same_keys_and_see_each_others_certificate() {
    let (client, server) = (identity(), identity());
    let mut town = Box2::new(&client, &server);
    let start = town.now;
    town.run(seconds(start, 1), &mut pass);
    town.assert_connected(&client, &server);
    let keys = town.peers[0].seen.keys.as_ref().unwrap();
    assert_eq!(keys.profile, SrtpProfile::AeadAes256Gcm);
    assert_eq!(keys.octets.len(), 2 * (32 + 12));
    assert!(!format!("{keys:?}").contains("octets"));
    assert_eq!(town.count, 4, "four flights, no cookie, nothing repeated");
}

#[test]
fn a_certificate_matches_its_announced_hash_and_no_other() {
    let (client, server) = (identity(), identity());
    let mut town = Box2::new(&client, &server);
    let start = town.now;
    town.run(seconds(start, 1), &mut pass);
    let shown = town.peers[1].seen.certificate.as_ref().unwrap();
    assert!(shown.matches("sha-256", &client.fingerprint()));
    assert!(shown.matches("SHA-256", &client.fingerprint()));
    assert!(!shown.matches("sha-256", &server.fingerprint()));
    assert!(!shown.matches("sha-256", &client.fingerprint()[..16]));
    assert!(!shown.matches("sha-1", &client.fingerprint()));
    assert!(!shown.matches("sha-256", &[]));
}

#[test]
fn any_datagram_may_be_lost() {
    let (client, server) = (identity(), identity());
    for lost in 0..4 {
        let mut town = Box2::new(&client, &server);
        let start = town.now;
        town.run(seconds(start, 20), &mut |number, bytes| {
            if number == lost {
                vec![]
            } else {
                pass(0, bytes)
            }
        });
        town.assert_connected(&client, &server);
    }
}

#[test]
fn any_datagram_may_come_twice() {
    let (client, server) = (identity(), identity());
    for doubled in 0..4 {
        let mut town = Box2::new(&client, &server);
        let start = town.now;
        town.run(seconds(start, 20), &mut |number, bytes| {
            let copies = if number == doubled { 2 } else { 1 };
            vec![bytes.to_vec(); copies]
        });
        town.assert_connected(&client, &server);
        assert!(town.count <= 8, "no storm: {}", town.count);
    }
}

#[test]
fn a_lost_client_hello_is_repeated_within_a_tenth_of_a_second() {
    let (client, server) = (identity(), identity());
    let mut town = Box2::new(&client, &server);
    let start = town.now;
    town.run(seconds(start, 20), &mut |number, bytes| {
        if number == 0 { vec![] } else { pass(0, bytes) }
    });
    town.assert_connected(&client, &server);
    let mut again = Box2::new(&client, &server);
    let mut second = None;
    let start = again.now;
    again.carry(&mut |_, _| vec![]);
    while second.is_none() {
        let at = again.peers[0].association.poll_timeout().unwrap();
        again.peers[0].association.handle_timeout(at);
        if let Some(Output::Transmit(_)) = again.peers[0].association.poll_output() {
            second = Some(at);
        }
    }
    assert!(second.unwrap().since(start) < Duration::from_millis(100));
}

#[test]
fn a_client_hello_in_fragments_and_out_of_order_is_put_together() {
    let (client, server) = (identity(), identity());
    for reversed in [false, true] {
        let mut town = Box2::new(&client, &server);
        let start = town.now;
        town.run(seconds(start, 20), &mut |number, bytes| {
            if number > 0 {
                return pass(0, bytes);
            }
            let mut pieces = fragments(bytes, 40);
            assert!(pieces.len() > 2);
            if reversed {
                pieces.reverse();
            }
            pieces
        });
        town.assert_connected(&client, &server);
    }
}

/// Cuts a datagram with one unfragmented handshake message into records of their own (RFC 6347 §4.2.3).
fn fragments(datagram: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (record, message) = datagram.split_at(13);
    let (header, body) = message.split_at(12);
    let mut pieces = Vec::new();
    for (number, piece) in body.chunks(size).enumerate() {
        let mut bytes = record[..10].to_vec();
        bytes.push(u8::try_from(number).unwrap());
        bytes.extend(u16::try_from(12 + piece.len()).unwrap().to_be_bytes());
        bytes.extend(&header[..6]);
        bytes.extend(&u32::try_from(number * size).unwrap().to_be_bytes()[1..]);
        bytes.extend(&u32::try_from(piece.len()).unwrap().to_be_bytes()[1..]);
        bytes.extend(piece);
        pieces.push(bytes);
    }
    pieces
}

#[test]
fn noise_and_strange_records_do_not_disturb_a_handshake() {
    let (client, server) = (identity(), identity());
    let mut town = Box2::new(&client, &server);
    let start = town.now;
    town.run(seconds(start, 20), &mut |_, bytes| {
        vec![
            vec![22],
            vec![22; 200],
            vec![0x17, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 2, 1, 2],
            bytes[..bytes.len() - 1].to_vec(),
            bytes.to_vec(),
        ]
    });
    town.assert_connected(&client, &server);
}

/// level 2 (fatal), 40 (handshake_failure), in plaintext.
const FATAL_ALERT: [u8; 15] = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40];

#[test]
fn a_plaintext_alert_ends_a_handshake_but_not_a_connected_association() {
    let (client, server) = (identity(), identity());
    let mut town = Box2::new(&client, &server);
    let start = town.now;
    town.run(seconds(start, 1), &mut pass);
    town.assert_connected(&client, &server);
    for peer in &mut town.peers {
        peer.association
            .handle_datagram(seconds(start, 2), &FATAL_ALERT);
        assert_eq!(peer.association.poll_output(), None);
        assert!(peer.association.is_connected());
    }

    let mut early = Association::new(start, &client, Role::Client);
    while early.poll_output().is_some() {}
    early.handle_datagram(start, &FATAL_ALERT);
    assert!(matches!(early.poll_output(), Some(Output::Failed(_))));
    assert_eq!(early.poll_timeout(), None);
}

#[test]
fn a_client_without_a_partner_gives_up() {
    let client = identity();
    let mut town = Box2::new(&client, &identity());
    let start = town.now;
    town.run(seconds(start, 100), &mut |_, _| vec![]);
    let [one, two] = &town.peers;
    assert!(one.seen.failed.is_some() && one.seen.keys.is_none());
    assert!(town.now.since(start) <= HANDSHAKE_TIMEOUT + Duration::from_secs(1));
    assert!(one.seen.sent.len() <= 10, "{}", one.seen.sent.len());
    assert_eq!(
        two.seen.failed, None,
        "a server that hears nothing just waits"
    );
}

#[test]
fn closing_is_told_to_the_far_end() {
    let (client, server) = (identity(), identity());
    let mut town = Box2::new(&client, &server);
    let start = town.now;
    town.run(seconds(start, 1), &mut pass);
    town.now = seconds(start, 2);
    let now = town.now;
    town.peers[0].association.close(now);
    town.run(seconds(start, 3), &mut pass);
    assert!(town.peers[1].seen.closed);
}

#[test]
fn a_handshake_without_end_is_cut_off() {
    let server = identity();
    let now = Time::from_micros(1);
    let mut association = Association::new(now, &server, Role::Server);
    let noise = vec![22; 1500];
    for _ in 0..100 {
        association.handle_datagram(now, &noise);
    }
    assert!(matches!(association.poll_output(), Some(Output::Failed(_))));
}

#[test]
fn an_unusable_certificate_or_key_is_refused_with_words() {
    let (certificate, key) = generate_certificate().unwrap();
    let epoch = Instant::now();
    assert!(Identity::new(vec![], key, epoch).is_err());
    let refused = Identity::new(certificate, vec![1, 2, 3], epoch).unwrap_err();
    assert!(refused.to_string().contains("private key"));
}

use crate::finding::{a, b, two};
use crate::world::{Fault, HERE, Side, World, credentials};
use rtc_ice::full::{NOMINATION_WAIT, RemoteCandidate};
use rtc_ice::{Builder, Class, Message, TransactionId};
use std::net::SocketAddr;
use std::time::Duration;

/// A browser with several addresses that answers each check and asks as it likes: everything by hand.
struct Hand {
    world: World,
    asked: u8,
}

impl Hand {
    /// Our agent is controlled; the browser has these ports, the first the best.
    fn new(ports: &[u16]) -> Self {
        let mut world = World::new([Side::full(0, &[a()], false), Side::full(1, &[b()], true)]);
        world.sides[1].told = ports
            .iter()
            .zip(1..)
            .map(|(port, number)| RemoteCandidate {
                address: Self::at(*port),
                priority: 1000 - number,
                foundation: number,
            })
            .collect();
        world.tell(0);
        Self { world, asked: 0 }
    }

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([203, 0, 113, 5], port))
    }

    /// It checks from this port.
    fn ask(&mut self, port: u16, nominate: bool) {
        self.asked += 1;
        let mut check = Builder::new(Class::Request, TransactionId([self.asked; 12]))
            .username(&format!(
                "{}:{}",
                credentials(0, 0).ufrag,
                credentials(1, 0).ufrag
            ))
            .priority(500)
            .controlling(u64::MAX);
        if nominate {
            check = check.use_candidate();
        }
        let bytes = check.finish(&credentials(0, 0).pwd);
        self.world.hand(0, HERE, Self::at(port), &bytes);
    }

    /// It answers all checks that came since last.
    fn answer(&mut self) {
        self.world
            .run_until(self.world.now + Duration::from_millis(400));
        let sent = std::mem::take(&mut self.world.log);
        for (_, _, to, bytes) in sent {
            let message = Message::parse(&bytes).unwrap();
            if message.class() == Class::Request {
                let answer = Builder::new(Class::Success, message.transaction())
                    .mapped_address(a())
                    .finish(&credentials(1, 0).pwd);
                self.world.hand(0, HERE, to, &answer);
            }
        }
    }

    fn selected(&self) -> Option<SocketAddr> {
        self.world.sides[0].selected()
    }
}

#[test]
fn a_nomination_before_our_check_is_answered_counts_when_it_is() {
    let mut hand = Hand::new(&[1000]);
    hand.ask(1000, true);
    assert_eq!(hand.selected(), None, "RFC 8445 §7.3.1.5: not yet valid");
    hand.answer();
    assert_eq!(hand.selected(), Some(Hand::at(1000)));
}

#[test]
fn aggressive_nomination_ends_at_the_best_pair_whatever_the_order() {
    for order in [[1000, 1001, 1002], [1002, 1001, 1000], [1001, 1000, 1002]] {
        let mut hand = Hand::new(&[1000, 1001, 1002]);
        for port in order {
            hand.ask(port, true);
        }
        hand.answer();
        hand.answer();
        assert_eq!(hand.selected(), Some(Hand::at(1000)), "{order:?}");
    }
}

#[test]
fn a_browser_moves_to_a_worse_pair_by_nominating_it_twice() {
    let mut hand = Hand::new(&[1000, 1001]);
    hand.ask(1000, true);
    hand.answer();
    assert_eq!(hand.selected(), Some(Hand::at(1000)));
    hand.ask(1001, true);
    hand.answer();
    assert_eq!(hand.selected(), Some(Hand::at(1000)));
    hand.ask(1001, true);
    hand.answer();
    assert_eq!(hand.selected(), Some(Hand::at(1001)));
}

#[test]
fn a_browser_moves_to_an_address_never_told() {
    let mut hand = Hand::new(&[1000]);
    hand.ask(1000, true);
    hand.answer();
    for _ in 0..2 {
        hand.ask(4444, true);
        hand.answer();
    }
    assert_eq!(hand.selected(), Some(Hand::at(4444)));
}

#[test]
fn who_controls_nominates_the_best_pair_once_and_no_other() {
    let mut world = World::new([
        Side::full(0, &[a()], true),
        Side::full(1, &[b(), SocketAddr::from(([192, 0, 2, 2], 5001))], false),
    ]);
    world.meet();
    world.run(20);
    assert_eq!(world.sides[0].selected(), Some(b()));
    let nominations: std::collections::BTreeSet<_> = world
        .checks(0)
        .iter()
        .filter(|(_, _, message)| message.nominates())
        .map(|(_, to, message)| (*to, message.transaction()))
        .collect();
    assert_eq!(nominations.len(), 1, "{nominations:?}");
}

/// The answer to an earlier check comes late, after the nomination was sent and lost: that is sent again all the same.
#[test]
fn a_late_answer_to_an_earlier_check_does_not_end_a_nomination() {
    let mut world = two();
    world.fates = vec![
        Fault::None,
        Fault::None,
        Fault::Late(2),
        Fault::None,
        Fault::Doubled(4),
        Fault::Late(5),
    ];
    world.fates.extend((6..12).map(Fault::Lost));
    world.tell(0);
    world.run(0);
    world.tell(1);
    world.run(60);
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(world.sides[1].selected(), Some(a()));
}

#[test]
fn a_better_pair_is_waited_for_but_not_for_long() {
    let mut world = two();
    // Better, and it never answers.
    world.sides[1].told.push(RemoteCandidate {
        address: SocketAddr::from(([192, 0, 2, 99], 9)),
        priority: 0x7FFF_FFFF,
        foundation: 77,
    });
    world.meet();
    let start = world.now;
    world.run_until(start + NOMINATION_WAIT);
    assert_eq!(world.sides[0].selected(), None);
    world.run(1);
    assert_eq!(world.sides[0].selected(), Some(b()));
}

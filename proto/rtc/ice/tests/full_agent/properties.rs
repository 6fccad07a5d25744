use crate::world::{Fault, Nat, Side, World};
use proptest::prelude::*;
use std::net::SocketAddr;

/// At most six are lost: a check is sent seven times, and whoever loses all of them has no path.
fn fates() -> impl Strategy<Value = Vec<u8>> {
    let any = proptest::collection::vec(0_u8..5, 0..14);
    any.prop_filter("few are lost", |fates| {
        fates.iter().filter(|fate| **fate == 0).count() <= 6
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever befalls the first datagrams, whoever wants to control, and wherever the far end sits: once the way is good both
    /// select the same pair, one of them controls, and nothing but consent is left.
    #[test]
    fn both_ends_agree_once_the_way_is_good(
        fates in fates(),
        roles in any::<(bool, bool)>(),
        symmetric in any::<bool>(),
        told in any::<bool>(),
        late in 0_u64..3,
    ) {
        let (here, there) = (
            SocketAddr::from(([192, 0, 2, 1], 4000)),
            SocketAddr::from(([192, 0, 2, 2], 5000)),
        );
        let mut world = World::new([
            Side::full(0, &[here], roles.0),
            Side::full(1, &[there], roles.1),
        ]);
        if symmetric {
            world.sides[1].nat = Nat::Symmetric;
        }
        if !told {
            world.sides[1].told.clear();
        }
        world.fates = fates
            .iter()
            .zip(0..)
            .map(|(fate, nth)| match fate {
                0 => Fault::Lost(nth),
                1 => Fault::Doubled(nth),
                2 => Fault::Late(nth),
                _ => Fault::None,
            })
            .collect();
        world.tell(1);
        world.run(late);
        world.tell(0);
        world.run(60);
        let [one, other] = [0, 1].map(|side| world.sides[side].full_agent());
        prop_assert_eq!(other.selected(), Some(here));
        let seen = one.selected().expect("a pair");
        prop_assert_eq!(seen == there, !symmetric);
        prop_assert_ne!(one.is_controlling(), other.is_controlling());
        world.log.clear();
        world.run(60);
        let sent = world.log.len();
        prop_assert!((36..=64).contains(&sent), "{} datagrams a minute", sent);
    }
}

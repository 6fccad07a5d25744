use crate::finding::{a, b, two};
use crate::world::{Agent, Nat, Side, World, credentials};
use rtc_ice::Failure;

/// New credentials on one side, and it hears of the other's.
fn restart(world: &mut World, generation: usize) {
    for side in [0, 1] {
        world.sides[side].credentials = credentials(side, generation);
    }
    assert!(world.tell(0), "a restart");
    assert!(world.tell(1), "a restart");
}

#[test]
fn a_restart_in_mid_call_keeps_the_old_pair_until_a_new_one_is_selected() {
    let mut world = two();
    world.meet();
    world.run(20);
    restart(&mut world, 1);
    for side in [0, 1] {
        assert!(!world.sides[side].is_settled());
        assert!(
            world.sides[side].selected().is_some(),
            "the old pair serves"
        );
        assert_eq!(world.sides[side].full_agent().ufrags().count(), 2);
    }
    world.run(2);
    for (side, far) in [(0, b()), (1, a())] {
        assert!(world.sides[side].is_settled());
        assert_eq!(world.sides[side].selected(), Some(far));
        assert_eq!(world.sides[side].full_agent().ufrags().count(), 1);
    }
}

#[test]
fn a_restart_takes_the_call_to_another_address() {
    let mut world = two();
    world.meet();
    world.run(20);
    let moved = std::net::SocketAddr::from(([192, 0, 2, 44], 4444));
    world.sides[1].sockets = vec![moved];
    world.sides[1].told[0].address = moved;
    restart(&mut world, 1);
    world.run(2);
    assert_eq!(world.sides[0].selected(), Some(moved));
    assert_eq!(world.sides[1].selected(), Some(a()));
}

#[test]
fn a_restart_that_comes_to_nothing_leaves_the_old_pair() {
    let mut world = two();
    world.meet();
    world.run(20);
    // Only one side hears of it.
    world.sides[1].credentials = credentials(1, 1);
    assert!(world.tell(0));
    world.sides[1].credentials = credentials(1, 0);
    world.run(300);
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(world.sides[0].full_agent().failure(), None);
    world.sides[1].nat = Nat::Cut;
    world.run(40);
    assert_eq!(
        world.sides[0].full_agent().failure(),
        Some(Failure::ConsentLost)
    );
}

#[test]
fn a_restart_revives_what_has_failed() {
    let mut world = two();
    world.meet();
    world.run(2);
    world.sides[1].nat = Nat::Cut;
    world.run(40);
    assert!(world.sides[0].full_agent().failure().is_some());
    world.sides[1].nat = Nat::None;
    restart(&mut world, 1);
    world.run(2);
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(world.sides[1].selected(), Some(a()));
}

#[test]
fn a_lite_far_end_restarts_too() {
    let mut world = World::new([Side::full(0, &[a()], true), Side::lite(1, &[b()])]);
    world.meet();
    world.run(2);
    restart(&mut world, 1);
    world.run(2);
    assert!(world.sides[0].is_settled() && world.sides[1].is_settled());
}

#[test]
fn an_agent_is_written_down_and_read_back_at_any_moment() {
    let mut world = two();
    world.meet();
    for _ in 0..60 {
        world.run_until(world.now + std::time::Duration::from_millis(37));
        for side in &mut world.sides {
            let Agent::Full(full) = &mut side.agent else {
                continue;
            };
            let mut bytes = Vec::new();
            ciborium::into_writer(full, &mut bytes).unwrap();
            *full = ciborium::from_reader(bytes.as_slice()).unwrap();
        }
    }
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(world.sides[1].selected(), Some(a()));
}

//! Registrations in their three modes, and calls that survive their network, in virtual time: each story is told again with
//! every datagram of SIP lost, doubled and late, and with the WebSocket breaking after each message; nothing may be left.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use sbc_policy::{Registering, Throttle};
use std::time::Duration;
use testkit::agent::Seen;
use testkit::story::tell_unkindly;
use testkit::town::Town;
use tests_calls::{ALICE, company, talking};

/// REGISTERs that reached the inner network.
fn registers_inside(town: &Town) -> usize {
    let inside = town.shown.iter().filter(|(outside, _)| !*outside);
    inside
        .filter(|(_, bytes)| bytes.starts_with(b"REGISTER "))
        .count()
}

/// P5, P10: everything goes where the page registered last.
fn a_page_changes_its_network_and_goes_on(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    let old = town.moves(alice);
    town.does(alice, |alice, now| alice.register(now));
    town.sees_times(alice, &Seen::Registered, 2)?;
    town.does(desk, |desk, now| desk.holds(now, true));
    town.sees(alice, &Seen::Renegotiated { held: true })?;
    town.sees(desk, &Seen::Renewed(200))?;
    town.is_found_dead(old);
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(desk, &Seen::HungUp)?;
    town.sees(alice, &Seen::Ended)
}

/// T5, P3, P9: the phone hangs up while the page is nowhere; the page hears of it when it is back.
fn the_phone_hangs_up_while_the_page_changes_its_network(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    let old = town.moves(alice);
    town.is_found_dead(old);
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(desk, &Seen::Ended)?;
    town.pass(Duration::from_secs(3));
    town.does(alice, |alice, now| alice.register(now));
    town.sees(alice, &Seen::HungUp)
}

/// P9: nobody has noticed that the connection is dead, and the BYE went into it.
fn the_phone_hangs_up_into_a_dead_connection(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    town.moves(alice);
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(desk, &Seen::Ended)?;
    town.does(alice, |alice, now| alice.register(now));
    town.sees(alice, &Seen::HungUp)
}

/// What the phone asks during the gap waits for the page.
fn the_phone_holds_while_the_page_is_nowhere(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    let old = town.moves(alice);
    town.is_found_dead(old);
    town.does(desk, |desk, now| desk.holds(now, true));
    town.pass(Duration::from_secs(3));
    town.does(alice, |alice, now| alice.register(now));
    town.sees(alice, &Seen::Renegotiated { held: true })?;
    town.sees(desk, &Seen::Renewed(200))?;
    // Until its ACK is here for sure: a second offer before it is refused (RFC 3261 §14.2).
    town.pass(Duration::from_secs(2));
    town.does(desk, |desk, now| desk.holds(now, false));
    town.sees_times(desk, &Seen::Renewed(200), 2)?;
    town.hears(desk, ALICE)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

fn throttle(town: &mut Town, throttle: Throttle) {
    town.plans(|plan| {
        for peer in &mut plan.peers {
            peer.registering = Registering {
                throttle,
                // The town waits twenty minutes in all for everything to be forgotten.
                outgoing_expires: 660,
                ..Registering::default()
            };
        }
    });
}

/// P1, P2: the registrar hears of the first REGISTER and not of those that repeat it; of a new connection it does.
fn refreshes_are_answered_at_the_border(town: &mut Town, mode: Throttle) -> Result<(), String> {
    throttle(town, mode);
    let (alice, desk) = company(town)?;
    let before = registers_inside(town);
    for times in 2..4 {
        town.does(alice, |alice, now| alice.register(now));
        town.sees_times(alice, &Seen::Registered, times)?;
    }
    if registers_inside(town) != before {
        return Err("a refresh went up".to_owned());
    }
    town.moves(alice);
    town.does(alice, |alice, now| alice.register(now));
    town.sees_times(alice, &Seen::Registered, 4)?;
    if registers_inside(town) == before {
        return Err("another connection was believed without the registrar".to_owned());
    }
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(alice, &Seen::Incoming("desk".to_owned()))?;
    town.does(alice, |alice, now| alice.answers(now));
    town.sees(desk, &Seen::Established)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)?;
    town.does(alice, |alice, now| alice.unregister(now));
    town.sees(alice, &Seen::Unregistered)?;
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(desk, &Seen::Refused(404))
        .or_else(|_| town.sees(desk, &Seen::Refused(480)))
}

fn p1_contact_throttling(town: &mut Town) -> Result<(), String> {
    refreshes_are_answered_at_the_border(town, Throttle::Contact)
}

fn p1_user_throttling(town: &mut Town) -> Result<(), String> {
    refreshes_are_answered_at_the_border(town, Throttle::AddressOfRecord)
}

/// P2 (O#2615): of two pages of one user one goes, and the other is called.
fn p2_one_page_of_two_unregisters(town: &mut Town) -> Result<(), String> {
    throttle(town, Throttle::AddressOfRecord);
    let (alice, desk) = company(town)?;
    let twin = town.page("alice", ALICE);
    town.does(twin, |twin, now| twin.register(now));
    town.sees(twin, &Seen::Registered)?;
    town.does(alice, |alice, now| alice.unregister(now));
    town.sees(alice, &Seen::Unregistered)?;
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(twin, &Seen::Incoming("desk".to_owned()))?;
    town.does(twin, |twin, now| twin.answers(now));
    town.sees(desk, &Seen::Established)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(twin, &Seen::HungUp)
}

mod unkindly {
    use super::tell_unkindly;
    use tests_calls::told;
    told!(tell_unkindly:
        a_page_changes_its_network_and_goes_on,
        the_phone_hangs_up_while_the_page_changes_its_network,
        the_phone_hangs_up_into_a_dead_connection,
        the_phone_holds_while_the_page_is_nowhere,
        p1_contact_throttling,
        p1_user_throttling,
        p2_one_page_of_two_unregisters,
    );
}

//! Calls that are transferred, with voices: REFER from a page and from a phone, carried out by us; told kindly and unkindly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::time::Duration;
use testkit::agent::Seen;
use testkit::story::{tell, tell_unkindly};
use testkit::town::{Desk, Page, Town};
use tests_calls::{ALICE, BOB, DESK, TOO, desk, page, page_calls};

/// Alice talks with a phone; there is another one, at an exchange that believes who calls.
fn company(town: &mut Town) -> Result<(Page, Desk, Desk), String> {
    town.trusts_callers();
    wary_company(town)
}

/// The same, at an exchange that asks everybody who calls for a password.
fn wary_company(town: &mut Town) -> Result<(Page, Desk, Desk), String> {
    let alice = page(town, "alice", ALICE)?;
    let (one, too) = (desk(town, "desk", DESK)?, desk(town, "desk2", TOO)?);
    Ok((alice, one, too))
}

fn talking(town: &mut Town) -> Result<(Page, Desk, Desk), String> {
    let folk = company(town)?;
    they_talk(town, folk)
}

fn they_talk(
    town: &mut Town,
    (alice, desk, too): (Page, Desk, Desk),
) -> Result<(Page, Desk, Desk), String> {
    page_calls(town, alice, desk)?;
    Ok((alice, desk, too))
}

fn the_phones_talk(town: &mut Town, desk: Desk, too: Desk) -> Result<(), String> {
    town.hears(desk, TOO)?;
    town.hears(too, DESK)?;
    town.does_not_hear(desk, ALICE)
}

fn a_page_transfers_a_phone_to_another(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    town.does(alice, |alice, now| alice.refers(now, "desk2", None));
    town.sees(alice, &Seen::Answered(202))?;
    town.sees(too, &Seen::Incoming("desk".to_owned()))?;
    town.does(too, |too, now| too.answers(now));
    town.sees(alice, &Seen::Notified(200))?;
    town.sees(alice, &Seen::HungUp)?;
    the_phones_talk(town, desk, too)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(too, &Seen::HungUp)
}

/// The newcomer is a leg like any other: it may hold, and take back.
fn the_newcomer_holds_and_takes_back(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    town.does(alice, |alice, now| alice.refers(now, "desk2", None));
    town.sees(too, &Seen::Incoming("desk".to_owned()))?;
    town.does(too, |too, now| too.answers(now));
    town.sees(alice, &Seen::HungUp)?;
    the_phones_talk(town, desk, too)?;
    town.does(too, |too, now| too.holds(now, true));
    town.sees(too, &Seen::Renewed(200))?;
    town.sees(desk, &Seen::Renegotiated { held: true })?;
    town.does_not_hear(too, DESK)?;
    // RFC 3261 §14.1: not before the ACK of the last is there.
    town.pass(Duration::from_secs(1));
    town.does(too, |too, now| too.holds(now, false));
    town.sees_times(too, &Seen::Renewed(200), 2)?;
    the_phones_talk(town, desk, too)?;
    town.does(too, |too, now| too.hangs_up(now));
    town.sees(desk, &Seen::HungUp)
}

fn a_busy_target_leaves_the_call_as_it_was(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    town.does(alice, |alice, now| alice.refers(now, "desk2", None));
    town.sees(too, &Seen::Incoming("desk".to_owned()))?;
    town.does(too, |too, now| too.declines(now, 486));
    town.sees(alice, &Seen::Notified(486))?;
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

fn a_referrer_need_not_wait(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    town.does(alice, |alice, now| alice.refers(now, "desk2", None));
    town.sees(alice, &Seen::Answered(202))?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(alice, &Seen::Ended)?;
    town.sees(too, &Seen::Incoming("desk".to_owned()))?;
    town.pass(Duration::from_secs(2));
    town.does(too, |too, now| too.answers(now));
    the_phones_talk(town, desk, too)?;
    town.does(too, |too, now| too.hangs_up(now));
    town.sees(desk, &Seen::HungUp)
}

fn a_referrer_is_gone_and_the_target_is_busy(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    town.does(alice, |alice, now| alice.refers(now, "desk2", None));
    town.sees(alice, &Seen::Answered(202))?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(too, &Seen::Incoming("desk".to_owned()))?;
    town.pass(Duration::from_secs(2));
    town.does(too, |too, now| too.declines(now, 486));
    town.sees(desk, &Seen::HungUp)
}

/// The phone refers the page to the other phone.
fn a_phone_transfers_a_page_to_a_phone(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    town.does(desk, |desk, now| desk.refers(now, "desk2", None));
    town.sees(desk, &Seen::Answered(202))?;
    town.sees(too, &Seen::Incoming("alice".to_owned()))?;
    town.does(too, |too, now| too.answers(now));
    town.sees(desk, &Seen::Notified(200))?;
    town.sees(desk, &Seen::HungUp)?;
    town.hears(alice, TOO)?;
    town.hears(too, ALICE)?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(too, &Seen::HungUp)
}

/// The phone refers the page to another page, by way of their exchange.
fn a_phone_transfers_a_page_to_a_page(town: &mut Town) -> Result<(), String> {
    let (alice, desk, _) = talking(town)?;
    let bob = town.page("bob", BOB);
    town.does(bob, |bob, now| bob.register(now));
    town.sees(bob, &Seen::Registered)?;
    town.does(desk, |desk, now| desk.refers(now, "bob", None));
    town.sees(bob, &Seen::Incoming("alice".to_owned()))?;
    town.does(bob, |bob, now| bob.answers(now));
    town.sees(desk, &Seen::Notified(200))?;
    town.sees(desk, &Seen::HungUp)?;
    town.hears(alice, BOB)?;
    town.hears(bob, ALICE)?;
    town.does(bob, |bob, now| bob.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

/// Alice has asked first, in a call of its own, from her other page.
fn a_page_joins_the_two_it_talks_with(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    let second = town.page("alice", BOB);
    town.does(second, |second, now| second.register(now));
    town.sees(second, &Seen::Registered)?;
    town.does(second, |second, now| second.calls(now, "desk2"));
    town.sees(too, &Seen::Incoming("alice".to_owned()))?;
    town.does(too, |too, now| too.answers(now));
    town.sees(second, &Seen::Established)?;
    town.hears(too, BOB)?;
    let named = town.ask(second).names_its_call();
    town.does(alice, |alice, now| {
        alice.refers(now, "desk2", named.as_deref());
    });
    town.sees(too, &Seen::Replaced)?;
    town.sees(alice, &Seen::Notified(200))?;
    town.sees(alice, &Seen::HungUp)?;
    town.sees(second, &Seen::HungUp)?;
    the_phones_talk(town, desk, too)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(too, &Seen::HungUp)
}

/// The exchange wants a password that only the phone has, and the phone knows no REFER (405).
fn where_nobody_can_say_who_calls_the_call_goes_on(town: &mut Town) -> Result<(), String> {
    let folk = wary_company(town)?;
    let (alice, desk, too) = they_talk(town, folk)?;
    town.does(alice, |alice, now| alice.refers(now, "desk2", None));
    town.sees(alice, &Seen::Notified(405))?;
    if town.ask(too).saw(&Seen::Incoming("desk".to_owned())) {
        return Err("it rang without a password".to_owned());
    }
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(desk, &Seen::HungUp)
}

/// What a page is asked for is not told to others: the phone hears that it did not work, and may try again.
fn a_page_is_transferred_to_nobody_where_its_password_is_wanted(
    town: &mut Town,
) -> Result<(), String> {
    let folk = wary_company(town)?;
    let (alice, desk, _) = they_talk(town, folk)?;
    for turn in 1..=2 {
        town.does(desk, |desk, now| desk.refers(now, "desk2", None));
        town.until(|town| {
            let told = town.ask(desk).seen.iter();
            told.filter(|seen| matches!(seen, Seen::Notified(300..)))
                .count()
                == turn
        })
        .map_err(|_| format!("the phone heard {:?}", town.ask(desk).seen))?;
        town.hears(alice, DESK)?;
        town.hears(desk, ALICE)?;
    }
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

/// Written down and read back while the target rings.
fn a_transfer_outlives_a_restart(town: &mut Town) -> Result<(), String> {
    let (alice, desk, too) = talking(town)?;
    town.does(alice, |alice, now| alice.refers(now, "desk2", None));
    town.sees(alice, &Seen::Notified(180))?;
    town.restarts_the_border()?;
    town.does(too, |too, now| too.answers(now));
    town.sees(alice, &Seen::Notified(200))?;
    town.sees(alice, &Seen::HungUp)?;
    the_phones_talk(town, desk, too)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(too, &Seen::HungUp)
}

mod kindly {
    use super::tell;
    use tests_calls::told;
    told!(tell:
        a_page_transfers_a_phone_to_another,
        the_newcomer_holds_and_takes_back,
        a_busy_target_leaves_the_call_as_it_was,
        a_referrer_need_not_wait,
        a_referrer_is_gone_and_the_target_is_busy,
        a_phone_transfers_a_page_to_a_phone,
        a_phone_transfers_a_page_to_a_page,
        a_page_joins_the_two_it_talks_with,
        where_nobody_can_say_who_calls_the_call_goes_on,
        a_page_is_transferred_to_nobody_where_its_password_is_wanted,
        a_transfer_outlives_a_restart,
    );
}

mod unkindly {
    use super::tell_unkindly;
    use tests_calls::told;
    told!(tell_unkindly:
        a_page_transfers_a_phone_to_another,
        a_busy_target_leaves_the_call_as_it_was,
        a_referrer_need_not_wait,
        a_referrer_is_gone_and_the_target_is_busy,
        a_phone_transfers_a_page_to_a_phone,
        a_page_joins_the_two_it_talks_with,
        where_nobody_can_say_who_calls_the_call_goes_on,
    );
}

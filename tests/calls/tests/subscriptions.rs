//! Subscriptions across the border: presence, message waiting, lamps. Told kindly and unkindly; nothing may be left of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::time::Duration;
use testkit::agent::{Seen, UserAgent};
use testkit::story::{tell, tell_unkindly};
use testkit::town::{Desk, Page, Person, Town};
use tests_calls::{ALICE, company, page};

fn watching(town: &mut Town, event: &str, seconds: u32) -> Result<(Page, Desk), String> {
    let (alice, desk) = company(town)?;
    watches(town, alice, desk, event, seconds)?;
    Ok((alice, desk))
}

fn watches(
    town: &mut Town,
    who: impl Person,
    whom: impl Person,
    event: &str,
    seconds: u32,
) -> Result<(), String> {
    let user = town.ask(whom).account.user.clone();
    town.does(who, |who, now| who.subscribes(now, &user, event, seconds));
    town.sees(who, &Seen::Subscribed)?;
    town.sees(whom, &Seen::Watched)?;
    hears(town, who, event, "open")
}

fn hears(town: &mut Town, who: impl Person, event: &str, news: &str) -> Result<(), String> {
    town.sees(who, &UserAgent::news(event, news))
}

/// Nothing of the one side is shown on the other.
fn only_events_cross(town: &Town) -> Result<(), String> {
    for (outside, bytes) in &town.shown {
        let text = String::from_utf8_lossy(bytes);
        let hidden = match outside {
            true => ["10.0.0.", "Record-Route"],
            false => ["198.51.100.", ".invalid"],
        };
        if let Some(word) = hidden.iter().find(|word| text.contains(**word)) {
            return Err(format!("{word:?} is shown:\n{text}"));
        }
    }
    Ok(())
}

fn told_and_left(town: &mut Town, event: &str) -> Result<(), String> {
    let (alice, desk) = watching(town, event, 120)?;
    town.does(desk, |desk, now| desk.tells(now, "busy"));
    hears(town, alice, event, "busy")?;
    // Until its answer is there for sure: one NOTIFY after the other (RFC 6665 §4.2.2).
    town.pass(Duration::from_secs(5));
    town.does(desk, |desk, now| desk.tells(now, "away"));
    hears(town, alice, event, "away")?;
    town.pass(Duration::from_secs(5));
    town.does(alice, |alice, now| alice.subscribes_again(now, 0));
    town.sees(alice, &Seen::SubscriptionOver)?;
    only_events_cross(town)
}

fn a_page_knows_of_a_colleagues_presence_until_it_wants_no_more(
    town: &mut Town,
) -> Result<(), String> {
    told_and_left(town, "presence")
}

fn a_page_knows_of_its_waiting_messages_until_it_wants_no_more(
    town: &mut Town,
) -> Result<(), String> {
    told_and_left(town, "message-summary")
}

fn a_page_has_a_lamp_for_a_colleagues_line_until_it_wants_no_more(
    town: &mut Town,
) -> Result<(), String> {
    told_and_left(town, "dialog")
}

/// The other way round: a phone wants to know of a page.
fn a_phone_knows_of_a_pages_presence(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    watches(town, desk, alice, "presence", 120)?;
    town.does(alice, |alice, now| alice.tells(now, "busy"));
    hears(town, desk, "presence", "busy")?;
    town.pass(Duration::from_secs(5));
    town.does(desk, |desk, now| desk.subscribes_again(now, 0));
    town.sees(desk, &Seen::SubscriptionOver)?;
    only_events_cross(town)
}

fn a_subscription_goes_on_as_long_as_it_is_asked_for(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = watching(town, "presence", 60)?;
    for turn in 2..=4 {
        town.pass(Duration::from_secs(40));
        town.does(alice, |alice, now| alice.subscribes_again(now, 60));
        town.sees_times(alice, &Seen::Subscribed, turn)?;
    }
    // One NOTIFY after the other: the refresh brought one.
    town.pass(Duration::from_secs(5));
    town.does(desk, |desk, now| desk.tells(now, "busy"));
    hears(town, alice, "presence", "busy")?;
    if town.ask(alice).saw(&Seen::SubscriptionOver) {
        return Err("it ended".to_owned());
    }
    town.pass(Duration::from_secs(5));
    town.does(alice, |alice, now| alice.subscribes_again(now, 0));
    town.sees(alice, &Seen::SubscriptionOver)
}

fn a_subscription_that_nobody_asks_for_any_more_ends(town: &mut Town) -> Result<(), String> {
    let (alice, _) = watching(town, "presence", 60)?;
    let before = town.now();
    town.pass(Duration::from_secs(50));
    if town.ask(alice).saw(&Seen::SubscriptionOver) {
        return Err("it ended too early".to_owned());
    }
    town.sees(alice, &Seen::SubscriptionOver)?;
    let waited = town.now().since(before);
    if waited <= Duration::from_secs(60 + 40) {
        Ok(())
    } else {
        Err(format!("it ended after {waited:?}"))
    }
}

fn a_phone_tells_no_more(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = watching(town, "dialog", 120)?;
    town.pass(Duration::from_secs(5));
    town.does(desk, |desk, now| desk.tells_no_more(now, "noresource"));
    town.sees(alice, &Seen::SubscriptionOver)
}

/// The page is loaded anew: its old subscription is given back after the grace time, and its new one stands beside it.
fn a_page_that_is_loaded_anew_watches_anew(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = watching(town, "presence", 120)?;
    town.breaks(alice);
    town.pass(Duration::from_secs(2));
    let again = page(town, "alice", ALICE)?;
    town.does(again, |again, now| {
        again.subscribes(now, "desk", "presence", 120);
    });
    town.sees(again, &Seen::Subscribed)?;
    town.sees_times(desk, &Seen::Watched, 2)?;
    // The old one is forgotten on both sides.
    town.pass(Duration::from_secs(20));
    town.does(desk, |desk, now| desk.tells(now, "busy"));
    hears(town, again, "presence", "busy")?;
    town.pass(Duration::from_secs(5));
    town.does(again, |again, now| again.subscribes_again(now, 0));
    town.sees(again, &Seen::SubscriptionOver)
}

/// Another network, and the same page: what it is told follows it.
fn a_page_that_changes_its_network_is_told_there(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = watching(town, "presence", 120)?;
    let old = town.moves(alice);
    town.does(alice, |alice, now| alice.register(now));
    town.sees_times(alice, &Seen::Registered, 2)?;
    town.is_found_dead(old);
    town.does(desk, |desk, now| desk.tells(now, "busy"));
    hears(town, alice, "presence", "busy")?;
    town.pass(Duration::from_secs(5));
    town.does(alice, |alice, now| alice.subscribes_again(now, 0));
    town.sees(alice, &Seen::SubscriptionOver)
}

fn nobody_is_there_to_be_watched(town: &mut Town) -> Result<(), String> {
    let (alice, _) = company(town)?;
    town.does(alice, |alice, now| {
        alice.subscribes(now, "nobody", "presence", 120);
    });
    town.sees(alice, &Seen::SubscriptionRefused(404))
}

/// Written down and read back.
fn a_subscription_outlives_a_restart(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = watching(town, "presence", 120)?;
    town.restarts_the_border()?;
    town.does(desk, |desk, now| desk.tells(now, "busy"));
    hears(town, alice, "presence", "busy")?;
    town.does(alice, |alice, now| alice.subscribes_again(now, 0));
    town.sees(alice, &Seen::SubscriptionOver)
}

mod kindly {
    use super::tell;
    use tests_calls::told;
    told!(tell: a_subscription_outlives_a_restart);
}

mod unkindly {
    use super::tell_unkindly;
    use tests_calls::told;
    told!(tell_unkindly:
        a_page_knows_of_a_colleagues_presence_until_it_wants_no_more,
        a_page_knows_of_its_waiting_messages_until_it_wants_no_more,
        a_page_has_a_lamp_for_a_colleagues_line_until_it_wants_no_more,
        a_phone_knows_of_a_pages_presence,
        a_subscription_goes_on_as_long_as_it_is_asked_for,
        a_subscription_that_nobody_asks_for_any_more_ends,
        a_phone_tells_no_more,
        a_page_that_is_loaded_anew_watches_anew,
        a_page_that_changes_its_network_is_told_there,
        nobody_is_there_to_be_watched,
    );
}

//! Calls that may be answered in several places: every page of a user rings at once, and peers one after another.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use proto_base::Transport;
use sbc_policy::{
    Advance, CallerId, Choice, Effect, Match, Numbers, Peer, PeerId, Redirects, Role, Route,
};
use std::net::SocketAddr;
use std::time::Duration;
use testkit::agent::Seen;
use testkit::story::{tell, tell_unkindly};
use testkit::town::{Desk, INSIDE, Page, Town};
use tests_calls::{ALICE, BOB, DESK, TOO, company, desk, hangs_up, page};

/// A carrier at an address where nobody is.
const NOBODY: &str = "10.0.0.99:5060";

fn route(called: &str, effect: Effect) -> Route {
    Route {
        name: "here".to_owned(),
        from: Vec::new(),
        called: vec![Match::parse(called).unwrap()],
        domains: Vec::new(),
        numbers: Numbers::default(),
        caller_id: None::<CallerId>,
        effect,
        advance: Advance {
            silence: Duration::from_secs(3),
            ..Advance::default()
        },
    }
}

/// Alice, and bob on two pages, who both ring when bob is called.
fn bob_twice(town: &mut Town) -> Result<(Page, Page, Page), String> {
    town.plans(|plan| {
        let all = Effect::Users(vec!["bob@town.test".to_owned()]);
        plan.routes = vec![route("bob", all)];
    });
    let alice = page(town, "alice", ALICE)?;
    let (bob, too) = (page(town, "bob", BOB)?, page(town, "bob", TOO)?);
    Ok((alice, bob, too))
}

fn both_ring(town: &mut Town) -> Result<(Page, Page, Page), String> {
    let (alice, bob, too) = bob_twice(town)?;
    town.does(alice, |alice, now| alice.calls(now, "bob"));
    town.sees(bob, &Seen::Incoming("alice".to_owned()))?;
    town.sees(too, &Seen::Incoming("alice".to_owned()))?;
    Ok((alice, bob, too))
}

fn two_pages_ring_and_one_answers(town: &mut Town) -> Result<(), String> {
    let (alice, bob, too) = both_ring(town)?;
    town.does(too, |too, now| too.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.sees(bob, &Seen::Cancelled)?;
    let elsewhere = town.shown.iter().any(|(_, bytes)| {
        let text = String::from_utf8_lossy(bytes);
        text.starts_with("CANCEL") && text.contains("Call completed elsewhere")
    });
    if !elsewhere {
        return Err("the CANCEL does not say why".to_owned());
    }
    town.hears(alice, TOO)?;
    town.hears(too, ALICE)?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(too, &Seen::HungUp)
}

fn both_answer_at_once(town: &mut Town) -> Result<(), String> {
    let (alice, bob, too) = both_ring(town)?;
    town.does(bob, |bob, now| bob.answers(now));
    town.does(too, |too, now| too.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.until(|town| {
        let over = |page| {
            let page = town.ask(page);
            page.saw(&Seen::HungUp) || page.saw(&Seen::Cancelled)
        };
        over(bob) != over(too)
    })
    .map_err(|_| "both have the call, or none".to_owned())?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(alice, &Seen::Ended)
}

fn one_is_busy_and_one_answers(town: &mut Town) -> Result<(), String> {
    let (alice, bob, too) = both_ring(town)?;
    town.does(bob, |bob, now| bob.declines(now, 486));
    town.pass(Duration::from_secs(1));
    town.does(too, |too, now| too.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.hears(alice, TOO)?;
    town.hears(too, ALICE)?;
    town.does(too, |too, now| too.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

fn both_are_busy(town: &mut Town) -> Result<(), String> {
    let (alice, bob, too) = both_ring(town)?;
    town.does(bob, |bob, now| bob.declines(now, 480));
    town.does(too, |too, now| too.declines(now, 486));
    town.sees(alice, &Seen::Refused(486))
}

fn the_caller_of_two_gives_up(town: &mut Town) -> Result<(), String> {
    let (alice, bob, too) = both_ring(town)?;
    town.pass(Duration::from_secs(1));
    town.does(alice, |alice, now| alice.gives_up(now));
    town.sees(alice, &Seen::Refused(487))?;
    town.sees(bob, &Seen::Cancelled)?;
    town.sees(too, &Seen::Cancelled)
}

fn an_answer_and_a_cancel_cross(town: &mut Town) -> Result<(), String> {
    let (alice, bob, too) = both_ring(town)?;
    town.pass(Duration::from_secs(1));
    town.does(alice, |alice, now| alice.gives_up(now));
    town.does(bob, |bob, now| bob.answers(now));
    town.sees(too, &Seen::Cancelled)?;
    town.until(|town| {
        let (alice, bob) = (town.ask(alice), town.ask(bob));
        // Whichever came first: refused and hung up on, or answered, and hung up by who had given up.
        (alice.saw(&Seen::Refused(487)) || alice.saw(&Seen::Ended))
            && (bob.saw(&Seen::HungUp) || bob.saw(&Seen::Cancelled))
    })
    .map_err(|_| {
        let (alice, bob) = (&town.ask(alice).seen, &town.ask(bob).seen);
        format!("alice {alice:?}, bob {bob:?}")
    })
}

/// Both pages play something before they answer: the caller has one constant answer, hears the first, and then whoever picks up.
fn p21_two_ring_with_music_and_the_second_answers(town: &mut Town) -> Result<(), String> {
    let (alice, bob, too) = bob_twice(town)?;
    for page in [bob, too] {
        town.does(page, |page, _| page.abilities.reliable = true);
    }
    town.does(alice, |alice, now| alice.calls(now, "bob"));
    town.sees(bob, &Seen::RingingHeard)?;
    town.sees(too, &Seen::RingingHeard)?;
    town.until(|town| {
        let media = &town.ask(alice).media;
        media.level(BOB) > 0.1 || media.level(TOO) > 0.1
    })
    .map_err(|_| "no music".to_owned())?;
    let (silent, tone) = match town.ask(alice).media.level(BOB) > 0.1 {
        true => (too, TOO),
        false => (bob, BOB),
    };
    town.does(silent, |silent, now| silent.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.hears(alice, tone)?;
    town.hears(silent, ALICE)?;
    hangs_up(town, alice, silent)
}

/// Where the desk sends the caller to desk2.
fn deflected(town: &mut Town, redirects: Redirects) -> Result<(Page, Desk), String> {
    town.trusts_callers();
    town.plans(|plan| plan.redirects = redirects);
    let alice = page(town, "alice", ALICE)?;
    let (one, other) = (desk(town, "desk", DESK)?, desk(town, "desk2", TOO)?);
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(one, &Seen::Incoming("alice".to_owned()))?;
    town.does(one, |one, now| one.deflects(now, "desk2"));
    Ok((alice, other))
}

fn a_redirection_is_followed_to_whom_it_leads(town: &mut Town) -> Result<(), String> {
    let (alice, other) = deflected(town, Redirects::Follow { max: 3 })?;
    town.sees(other, &Seen::Incoming("alice".to_owned()))?;
    town.does(other, |other, now| other.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.hears(alice, TOO)?;
    town.hears(other, ALICE)?;
    hangs_up(town, other, alice)
}

fn a_redirection_is_passed_to_the_caller(town: &mut Town) -> Result<(), String> {
    let (alice, other) = deflected(town, Redirects::Pass)?;
    town.sees(alice, &Seen::Refused(302))?;
    if town.ask(other).saw(&Seen::Incoming("alice".to_owned())) {
        return Err("it was followed".to_owned());
    }
    let told = town.shown.iter().find_map(|(outside, bytes)| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        (*outside && text.starts_with("SIP/2.0 302")).then_some(text)
    });
    match told {
        Some(text) if text.contains("sip:desk2@town.test") && !text.contains("10.0.0.") => Ok(()),
        told => Err(format!("the page was told {told:?}")),
    }
}

/// RFC 3261 §16.8: it rang, and then nothing was heard any more.
fn timer_c_ends_a_ringing_that_nobody_hears_of(town: &mut Town) -> Result<(), String> {
    town.plans(|plan| plan.ring = Duration::from_secs(600));
    let (alice, desk) = company(town)?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::Incoming("alice".to_owned()))?;
    town.pass(Duration::from_secs(150));
    if town.ask(desk).saw(&Seen::Cancelled) {
        return Err("it was ended too early".to_owned());
    }
    town.sees(desk, &Seen::Cancelled)?;
    town.sees(alice, &Seen::Refused(408))
}

/// The first carrier is silent: the second is asked, and nobody but the caller's patience noticed.
fn a_silent_carrier_is_passed_over(town: &mut Town) -> Result<(), String> {
    town.plans(|plan| {
        let nobody: SocketAddr = NOBODY.parse().unwrap();
        let trunk = Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp).at(nobody);
        plan.peers.push(trunk);
        let choice = |peer, priority| Choice {
            peer: PeerId(peer),
            priority,
            weight: 1,
        };
        let both = Effect::Peers(vec![choice(1, 1), choice(0, 2)]);
        plan.routes = vec![route("desk", both)];
    });
    let (alice, desk) = company(town)?;
    let before = town.now();
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::Incoming("alice".to_owned()))?;
    let waited = town.now().since(before);
    if waited < Duration::from_secs(3) || waited > Duration::from_secs(8) {
        return Err(format!("the second was asked after {waited:?}"));
    }
    town.does(desk, |desk, now| desk.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)?;
    if town.ask(desk).times(&Seen::Incoming("alice".to_owned())) == 1 {
        Ok(())
    } else {
        Err("the phone rang twice".to_owned())
    }
}

mod unkindly {
    use super::tell_unkindly;
    use tests_calls::told;
    told!(tell_unkindly:
        two_pages_ring_and_one_answers,
        both_answer_at_once,
        one_is_busy_and_one_answers,
        both_are_busy,
        the_caller_of_two_gives_up,
        an_answer_and_a_cancel_cross,
        p21_two_ring_with_music_and_the_second_answers,
        a_redirection_is_followed_to_whom_it_leads,
        a_redirection_is_passed_to_the_caller,
        timer_c_ends_a_ringing_that_nobody_hears_of,
    );
}

#[test]
fn a_silent_carrier_is_passed_over_in_seconds() {
    tell("a silent carrier", a_silent_carrier_is_passed_over);
}

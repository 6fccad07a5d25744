//! Whole calls in virtual time: a page, a desk phone, the exchange, and the border between them with its media. Each story
//! is told again with every datagram of SIP lost, doubled and late, and with the WebSocket breaking after each message;
//! afterwards nothing may be left.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::time::Duration;
use testkit::agent::Seen;
use testkit::story::{tell, tell_unkindly};
use testkit::town::{GRACE, Town};
use tests_calls::{ALICE, BOB, DESK, company, talking};

fn a_page_registers(town: &mut Town) -> Result<(), String> {
    let (alice, _) = company(town)?;
    assert_eq!(town.border().bindings(), 1);
    town.does(alice, |alice, now| alice.unregister(now));
    town.sees(alice, &Seen::Unregistered)?;
    if town.border().bindings() == 0 {
        Ok(())
    } else {
        Err("the binding is still there".to_owned())
    }
}

fn a_wrong_password_is_refused(town: &mut Town) -> Result<(), String> {
    let alice = town.page("alice", ALICE);
    town.does(alice, |alice, now| {
        alice.account.password = "wrong".to_owned();
        alice.register(now);
    });
    town.until(|town| {
        town.ask(alice)
            .seen
            .iter()
            .any(|seen| matches!(seen, Seen::RegistrationRefused(401 | 403)))
    })
    .map_err(|_| format!("saw {:?}", town.ask(alice).seen))?;
    if town.border().bindings() == 0 {
        Ok(())
    } else {
        Err("a stranger is bound".to_owned())
    }
}

fn a_stranger_may_not_call(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = (town.page("alice", ALICE), town.desk("desk", DESK));
    town.does(desk, |desk, now| desk.register(now));
    town.sees(desk, &Seen::Registered)?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(alice, &Seen::Refused(403))?;
    if town.ask(desk).saw(&Seen::Incoming("alice".to_owned())) {
        Err("the phone rang".to_owned())
    } else {
        Ok(())
    }
}

fn a_page_calls_a_phone(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(desk, &Seen::HungUp)?;
    town.sees(alice, &Seen::Ended)
}

fn a_phone_calls_a_page(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(alice, &Seen::Incoming("desk".to_owned()))?;
    town.does(alice, |alice, now| alice.answers(now));
    town.sees(desk, &Seen::Established)?;
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)?;
    town.sees(desk, &Seen::Ended)
}

fn a_page_calls_a_page(town: &mut Town) -> Result<(), String> {
    let (alice, bob) = (town.page("alice", ALICE), town.page("bob", BOB));
    for page in [alice, bob] {
        town.does(page, |page, now| page.register(now));
        town.sees(page, &Seen::Registered)?;
    }
    town.does(alice, |alice, now| alice.calls(now, "bob"));
    town.sees(bob, &Seen::Incoming("alice".to_owned()))?;
    town.does(bob, |bob, now| bob.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.hears(alice, BOB)?;
    town.hears(bob, ALICE)?;
    town.does(bob, |bob, now| bob.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

fn the_page_holds_and_resumes(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    town.does(alice, |alice, now| alice.holds(now, true));
    town.sees(alice, &Seen::Renewed(200))?;
    town.sees(desk, &Seen::Renegotiated { held: true })?;
    town.does_not_hear(alice, DESK)?;
    town.does_not_hear(desk, ALICE)?;
    town.does(alice, |alice, now| alice.holds(now, false));
    town.sees_times(alice, &Seen::Renewed(200), 2)?;
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(desk, &Seen::HungUp)
}

fn the_phone_holds_and_resumes(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    town.does(desk, |desk, now| desk.holds(now, true));
    town.sees(desk, &Seen::Renewed(200))?;
    town.sees(alice, &Seen::Renegotiated { held: true })?;
    town.does_not_hear(alice, DESK)?;
    town.does_not_hear(desk, ALICE)?;
    town.does(desk, |desk, now| desk.holds(now, false));
    town.sees_times(desk, &Seen::Renewed(200), 2)?;
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

fn the_caller_gives_up(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    // A lost 180 is not repeated: what the caller has seen by now is not sure, that the phone rings is.
    town.sees(desk, &Seen::Incoming("alice".to_owned()))?;
    town.pass(Duration::from_secs(1));
    town.does(alice, |alice, now| alice.gives_up(now));
    town.sees(alice, &Seen::Refused(487))?;
    town.sees(desk, &Seen::Cancelled)
}

fn the_calling_phone_gives_up(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(alice, &Seen::Incoming("desk".to_owned()))?;
    town.pass(Duration::from_secs(1));
    town.does(desk, |desk, now| desk.gives_up(now));
    town.sees(desk, &Seen::Refused(487))?;
    town.sees(alice, &Seen::Cancelled)
}

fn the_phone_declines(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::Incoming("alice".to_owned()))?;
    town.does(desk, |desk, now| desk.declines(now, 603));
    town.sees(alice, &Seen::Refused(603))
}

fn the_page_is_busy(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(alice, &Seen::Incoming("desk".to_owned()))?;
    town.does(alice, |alice, now| alice.declines(now, 486));
    town.sees(desk, &Seen::Refused(486))
}

fn nobody_answers(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::Incoming("alice".to_owned()))?;
    town.pass(Duration::from_secs(30));
    town.until(|town| {
        town.ask(alice)
            .seen
            .iter()
            .any(|seen| matches!(seen, Seen::Refused(408 | 480)))
    })
    .map_err(|_| format!("alice saw {:?}", town.ask(alice).seen))?;
    town.sees(desk, &Seen::Cancelled)
}

fn nobody_is_there(town: &mut Town) -> Result<(), String> {
    let (alice, _) = company(town)?;
    town.does(alice, |alice, now| alice.calls(now, "nobody"));
    town.sees(alice, &Seen::Refused(404))
}

fn a_page_vanishes_in_mid_call(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    let before = town.now();
    town.breaks(alice);
    town.sees(desk, &Seen::HungUp)?;
    let waited = town.now().since(before);
    if waited >= GRACE && waited < GRACE + Duration::from_secs(5) {
        Ok(())
    } else {
        Err(format!("released after {waited:?}"))
    }
}

fn the_phone_hangs_up_while_the_page_is_gone(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    town.breaks(alice);
    town.pass(Duration::from_secs(2));
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(desk, &Seen::Ended)
}

fn a_page_vanishes_while_it_rings(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town)?;
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(alice, &Seen::Incoming("desk".to_owned()))?;
    town.breaks(alice);
    town.until(|town| {
        town.ask(desk)
            .seen
            .iter()
            .any(|seen| matches!(seen, Seen::Refused(_)))
    })
    .map_err(|_| format!("the desk saw {:?}", town.ask(desk).seen))
}

fn digits_and_questions_in_a_call(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    town.does(alice, |alice, now| {
        alice.says(
            now,
            sip_message::Method::Info,
            "Signal=5\r\nDuration=160\r\n",
        )
    });
    town.sees(desk, &Seen::Told("Signal=5\r\nDuration=160\r\n".to_owned()))?;
    town.sees(alice, &Seen::Answered(200))?;
    town.does(desk, |desk, now| {
        desk.says(now, sip_message::Method::Options, "")
    });
    town.sees(desk, &Seen::Answered(200))?;
    town.does(desk, |desk, now| desk.hangs_up(now));
    town.sees(alice, &Seen::HungUp)
}

fn the_exchange_is_dead(town: &mut Town) -> Result<(), String> {
    let (alice, _) = company(town)?;
    town.cut_the_exchange();
    let before = town.now();
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(alice, &Seen::Refused(503))?;
    let waited = town.now().since(before);
    if waited > Duration::from_secs(10) {
        return Err(format!("the page waited {waited:?} for its 503"));
    }
    town.does(alice, |alice, now| alice.register(now));
    town.sees(alice, &Seen::RegistrationRefused(503))?;
    let shown = town
        .shown
        .iter()
        .filter(|(outside, _)| *outside)
        .filter(|(_, bytes)| {
            let text = String::from_utf8_lossy(bytes);
            text.starts_with("SIP/2.0 503") && text.contains("Retry-After:")
        });
    if shown.count() >= 2 {
        Ok(())
    } else {
        Err("a 503 without Retry-After".to_owned())
    }
}

mod unkindly {
    use super::tell_unkindly;
    use tests_calls::told;
    told!(tell_unkindly:
        a_page_registers,
        a_wrong_password_is_refused,
        a_stranger_may_not_call,
        a_page_calls_a_phone,
        a_phone_calls_a_page,
        a_page_calls_a_page,
        the_page_holds_and_resumes,
        the_phone_holds_and_resumes,
        the_caller_gives_up,
        the_calling_phone_gives_up,
        the_phone_declines,
        the_page_is_busy,
        nobody_answers,
        nobody_is_there,
        a_page_vanishes_in_mid_call,
        the_phone_hangs_up_while_the_page_is_gone,
        a_page_vanishes_while_it_rings,
        digits_and_questions_in_a_call,
    );
}

/// RFC 3263 §4.1: an address without a transport is spoken to over UDP, whatever we speak with the server.
fn a_phone_behind_a_tcp_server_speaks_udp(town: &mut Town) -> Result<(), String> {
    town.leaves_calls_alone();
    the_page_holds_and_resumes(town)
}

/// TCP between border and exchange, and its connection breaking after each message.
mod over_tcp {
    use testkit::story::tell_over_tcp;
    use tests_calls::told;
    told!(tell_over_tcp:
        a_page_registers,
        a_page_calls_a_phone,
        a_phone_calls_a_page,
        a_page_calls_a_page,
        the_page_holds_and_resumes,
        the_phone_holds_and_resumes,
        the_caller_gives_up,
        the_calling_phone_gives_up,
        the_phone_declines,
        a_page_vanishes_in_mid_call,
        a_phone_behind_a_tcp_server_speaks_udp,
    );
}

#[test]
fn a_dead_exchange_is_told_in_bounded_time() {
    tell("a dead exchange", the_exchange_is_dead);
}

/// PITFALL T4, and the demand that nothing of one side shows on the other.
#[test]
fn nothing_of_one_side_shows_on_the_other() {
    tell("what shows", |town| {
        the_page_holds_and_resumes(town)?;
        let (outside, inside): (Vec<_>, Vec<_>) =
            town.shown.iter().partition(|(outside, _)| *outside);
        for (_, bytes) in &outside {
            let text = String::from_utf8_lossy(bytes);
            for inner in ["10.0.0.", "Secret Deskphone", "Record-Route"] {
                if text.contains(inner) {
                    return Err(format!("{inner:?} is shown outside:\n{text}"));
                }
            }
        }
        for (_, bytes) in &inside {
            let text = String::from_utf8_lossy(bytes);
            for outer in ["198.51.100.", "203.0.113.", ".invalid", "Secret Browser"] {
                if text.contains(outer) {
                    return Err(format!("{outer:?} is shown inside:\n{text}"));
                }
            }
        }
        for word in ["call-id: ", ";tag=", "branch="] {
            let seen = |messages: &[&(bool, Vec<u8>)]| -> std::collections::BTreeSet<String> {
                messages
                    .iter()
                    .flat_map(|(_, bytes)| {
                        let text = String::from_utf8_lossy(bytes).to_lowercase();
                        text.match_indices(word)
                            .map(|(at, _)| {
                                text[at + word.len()..]
                                    .split([';', '\r', '>', ' '])
                                    .next()
                                    .unwrap_or_default()
                                    .to_owned()
                            })
                            .collect::<Vec<_>>()
                    })
                    .collect()
            };
            let both: Vec<_> = seen(&outside)
                .intersection(&seen(&inside))
                .cloned()
                .collect();
            if !both.is_empty() {
                return Err(format!("{word:?} is the same on both sides: {both:?}"));
            }
        }
        Ok(())
    });
}

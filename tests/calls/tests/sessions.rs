//! What happens within a call: offers that cross or are refused, session timers that are too short, digits and words. Told kindly and
//! unkindly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use sip_message::Method;
use std::time::Duration;
use testkit::agent::{Abilities, Seen};
use testkit::story::tell_unkindly;
use testkit::town::{Person, Town};
use tests_calls::{company_of, hangs_up, page_calls, talking, they_hear};

fn renewed(town: &mut Town, who: impl Person) -> Result<u16, String> {
    let last = |town: &Town| {
        let mut seen = town.ask(who).seen.iter().rev();
        seen.find_map(|seen| match seen {
            Seen::Renewed(status) => Some(*status),
            _ => None,
        })
    };
    town.until(|town| last(town).is_some())
        .map_err(|_| format!("no answer to its offer: {:?}", town.ask(who).seen))?;
    Ok(last(town).unwrap_or_default())
}

/// RFC 3261 §14.2: one of them goes through or none, and each is told so; the call goes on.
fn both_ends_offer_at_once(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    town.does(alice, |alice, now| alice.holds(now, true));
    town.does(desk, |desk, now| desk.holds(now, true));
    for status in [renewed(town, alice)?, renewed(town, desk)?] {
        if !matches!(status, 200 | 491) {
            return Err(format!("an offer that crossed another got {status}"));
        }
    }
    if !town.ask(alice).saw(&Seen::Renewed(491)) && !town.ask(desk).saw(&Seen::Renewed(491)) {
        return Err("they did not cross".to_owned());
    }
    // Each takes back what it held, one after the other.
    town.pass(Duration::from_secs(3));
    town.does(alice, |alice, now| alice.holds(now, false));
    town.pass(Duration::from_secs(3));
    town.does(desk, |desk, now| desk.holds(now, false));
    they_hear(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

/// RFC 3261 §14.1.
fn p30_an_offer_that_is_refused_leaves_the_session_as_it_was(
    town: &mut Town,
) -> Result<(), String> {
    let stubborn = Abilities {
        refuses_renewals: true,
        ..Abilities::default()
    };
    let (alice, desk) = company_of(town, Abilities::default(), stubborn)?;
    page_calls(town, alice, desk)?;
    town.does(alice, |alice, now| alice.holds(now, true));
    town.sees(alice, &Seen::Renewed(488))?;
    they_hear(town, alice, desk)?;
    hangs_up(town, desk, alice)
}

/// RFC 4028 §9: we bear no session timer below 90 s.
fn a_page_whose_session_timer_is_too_short_asks_for_a_longer_one(
    town: &mut Town,
) -> Result<(), String> {
    let hasty = Abilities {
        session_expires: Some(30),
        update: true,
        ..Abilities::default()
    };
    let (alice, desk) = company_of(town, hasty, Abilities::default())?;
    page_calls(town, alice, desk)?;
    let wanted = town.ask(alice).abilities.session_expires;
    if wanted.is_none_or(|wanted| wanted < 90) {
        return Err(format!("its session timer is {wanted:?}"));
    }
    hangs_up(town, alice, desk)
}

/// RFC 4028 §7.4: the other way round, it is we who ask once more.
fn a_phone_that_wants_a_longer_session_timer_gets_it(town: &mut Town) -> Result<(), String> {
    let slow = Abilities {
        session_expires: Some(7_200),
        min_se: Some(7_200),
        ..Abilities::default()
    };
    // One that asks who calls would ask once more: the credentials that came with the first INVITE are used up.
    town.trusts_callers();
    let (alice, desk) = company_of(town, Abilities::default(), slow)?;
    page_calls(town, alice, desk)?;
    let asked_once_more = town.shown.iter().any(|(outside, bytes)| {
        let text = String::from_utf8_lossy(bytes);
        !outside && text.starts_with("INVITE ") && text.contains("Min-SE: 7200")
    });
    if !asked_once_more {
        return Err("nobody asked for 7200 s".to_owned());
    }
    hangs_up(town, desk, alice)
}

/// RFC 6086 and what went before it, and RFC 3428.
fn digits_in_both_bodies_and_words_reach_the_other_end(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;
    for (turn, (method, kind, body)) in [
        (
            Method::Info,
            "application/dtmf-relay",
            "Signal=7\r\nDuration=160\r\n",
        ),
        (Method::Info, "application/dtmf", "7"),
        (Method::Message, "text/plain", "lunch?"),
    ]
    .into_iter()
    .enumerate()
    {
        town.does(alice, |alice, now| {
            alice.says_as(now, method.clone(), kind, body);
        });
        town.sees(desk, &Seen::Told(body.to_owned()))?;
        town.sees_times(alice, &Seen::Answered(200), turn + 1)?;
        town.does(desk, |desk, now| desk.says_as(now, method, kind, body));
        town.sees(alice, &Seen::Told(body.to_owned()))?;
        town.sees_times(desk, &Seen::Answered(200), turn + 1)?;
    }
    // A session description is no word between two ends.
    town.does(desk, |desk, now| {
        desk.says_as(now, Method::Info, "application/sdp", "v=0");
    });
    town.sees(desk, &Seen::Answered(415))?;
    hangs_up(town, alice, desk)
}

mod unkindly {
    use super::tell_unkindly;
    use tests_calls::told;
    told!(tell_unkindly:
        both_ends_offer_at_once,
        p30_an_offer_that_is_refused_leaves_the_session_as_it_was,
        a_page_whose_session_timer_is_too_short_asks_for_a_longer_one,
        a_phone_that_wants_a_longer_session_timer_gets_it,
        digits_in_both_bodies_and_words_reach_the_other_end,
    );
}

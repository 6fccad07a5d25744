//! Offers that come late, ringing that must arrive, UPDATE, and sessions that are kept alive: told kindly and unkindly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::time::Duration;
use testkit::agent::{Abilities, Seen};
use testkit::story::tell_unkindly;
use testkit::town::{Desk, Page, Town};
use tests_calls::{
    ALICE, DESK, company_of as company, hangs_up, page_calls as alice_calls,
    phone_calls as the_desk_calls, they_hear as they_talk,
};

fn nothing() -> Abilities {
    Abilities::default()
}

fn late() -> Abilities {
    Abilities {
        late: true,
        ..nothing()
    }
}

fn reliable() -> Abilities {
    Abilities {
        reliable: true,
        ..nothing()
    }
}

fn update() -> Abilities {
    Abilities {
        update: true,
        ..nothing()
    }
}

fn able() -> Abilities {
    Abilities {
        reliable: true,
        update: true,
        ..nothing()
    }
}

fn timed(seconds: u32, update: bool) -> Abilities {
    Abilities {
        session_expires: Some(seconds),
        update,
        ..nothing()
    }
}

fn p43_a_phone_calls_a_page_without_an_offer(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town, nothing(), late())?;
    the_desk_calls(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn p26_p43_a_page_that_is_offered_tells_its_role_with_the_ack_and_is_heard(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = company(town, late(), nothing())?;
    alice_calls(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn p43_the_offer_comes_with_the_ringing_and_its_answer_with_the_prack(
    town: &mut Town,
) -> Result<(), String> {
    let both = Abilities {
        late: true,
        ..reliable()
    };
    let (alice, desk) = company(town, both, reliable())?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::RingingHeard)?;
    // Early media: heard before anybody answers.
    town.hears(alice, DESK)?;
    town.does(desk, |desk, now| desk.answers(now));
    town.sees(alice, &Seen::Established)?;
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn p43_the_phone_asks_for_an_offer_in_mid_call(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town, nothing(), nothing())?;
    alice_calls(town, alice, desk)?;
    town.does(desk, |desk, now| desk.asks_for_an_offer(now));
    town.sees(desk, &Seen::Renewed(200))?;
    they_talk(town, alice, desk)?;
    if town.ask(alice).times(&Seen::Renegotiated { held: false }) > 0 {
        return Err("the page was bothered with it".to_owned());
    }
    hangs_up(town, alice, desk)
}

fn p21_early_media_of_a_phone_that_insists_is_heard_by_a_page_that_knows_no_100rel(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = company(town, nothing(), reliable())?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::RingingHeard)?;
    town.does(desk, |desk, now| desk.answers(now));
    town.sees(alice, &Seen::Established)?;
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn p21_early_media_arrives_for_sure_at_a_page_that_knows_100rel(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = company(town, reliable(), reliable())?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::RingingHeard)?;
    town.hears(alice, DESK)?;
    town.does(desk, |desk, now| desk.answers(now));
    town.sees(alice, &Seen::Established)?;
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn p31_p32_the_phone_holds_by_update_and_the_page_gets_a_whole_offer_each_time(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = company(town, nothing(), update())?;
    alice_calls(town, alice, desk)?;
    town.does(desk, |desk, now| desk.updates(now, true));
    town.sees(desk, &Seen::Renewed(200))?;
    town.sees(alice, &Seen::Renegotiated { held: true })?;
    town.does_not_hear(desk, ALICE)?;
    town.does(desk, |desk, now| desk.updates(now, false));
    town.sees_times(desk, &Seen::Renewed(200), 2)?;
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn p32_the_page_holds_by_update_and_the_phone_hears_an_update(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = company(town, update(), update())?;
    alice_calls(town, alice, desk)?;
    town.does(alice, |alice, now| alice.updates(now, true));
    town.sees(alice, &Seen::Renewed(200))?;
    town.sees(desk, &Seen::Renegotiated { held: true })?;
    town.does_not_hear(alice, DESK)?;
    town.does(alice, |alice, now| alice.updates(now, false));
    town.sees_times(alice, &Seen::Renewed(200), 2)?;
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

/// Both know 100rel and UPDATE; the phone rings with early media that both are sure of.
fn ringing_for_sure(town: &mut Town, page: Abilities) -> Result<(Page, Desk), String> {
    let (alice, desk) = company(town, page, able())?;
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::RingingHeard)?;
    town.sees(alice, &Seen::Progress(183))?;
    Ok((alice, desk))
}

fn answered_after_all(town: &mut Town, alice: Page, desk: Desk) -> Result<(), String> {
    town.does(desk, |desk, now| desk.answers(now));
    town.sees(alice, &Seen::Established)?;
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn a_page_holds_and_resumes_the_early_media(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = ringing_for_sure(town, able())?;
    town.does(alice, |alice, now| alice.updates(now, true));
    town.sees(alice, &Seen::Renewed(200))?;
    town.sees(desk, &Seen::Renegotiated { held: true })?;
    town.does_not_hear(alice, DESK)?;
    town.does(alice, |alice, now| alice.updates(now, false));
    town.sees_times(alice, &Seen::Renewed(200), 2)?;
    town.hears(alice, DESK)?;
    answered_after_all(town, alice, desk)
}

fn a_call_held_by_an_early_update_is_answered_held(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = ringing_for_sure(town, able())?;
    town.does(alice, |alice, now| alice.updates(now, true));
    town.sees(desk, &Seen::Renegotiated { held: true })?;
    town.does(desk, |desk, now| desk.answers(now));
    town.sees(alice, &Seen::Established)?;
    town.sees(alice, &Seen::Renewed(200))?;
    town.does_not_hear(alice, DESK)?;
    // RFC 3261 §14.1: not before the ACK of the last is there.
    town.pass(Duration::from_secs(2));
    town.does(alice, |alice, now| alice.holds(now, false));
    town.sees_times(alice, &Seen::Renewed(200), 2)?;
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn an_offer_in_the_prack_is_answered_in_its_200(town: &mut Town) -> Result<(), String> {
    let offering = Abilities {
        offers_in_prack: true,
        ..able()
    };
    let (alice, desk) = ringing_for_sure(town, offering)?;
    town.sees(alice, &Seen::Renewed(200))?;
    town.sees(desk, &Seen::Renegotiated { held: true })?;
    town.does(alice, |alice, now| alice.updates(now, false));
    town.sees_times(alice, &Seen::Renewed(200), 2)?;
    town.hears(alice, DESK)?;
    answered_after_all(town, alice, desk)
}

fn the_phone_changes_its_early_media_and_a_page_that_can_hears_of_it(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = ringing_for_sure(town, able())?;
    // Until the page's PRACK is here for sure.
    town.pass(Duration::from_secs(1));
    town.does(desk, |desk, now| desk.updates(now, true));
    town.sees(desk, &Seen::Renewed(200))?;
    town.sees(alice, &Seen::Renegotiated { held: true })?;
    town.does(desk, |desk, now| desk.updates(now, false));
    town.sees_times(desk, &Seen::Renewed(200), 2)?;
    town.hears(alice, DESK)?;
    answered_after_all(town, alice, desk)
}

/// What concerns the phone's leg alone is answered there; what does not is refused, and the call goes on.
fn the_phone_changes_its_early_media_and_a_page_that_cannot_hears_nothing_of_it(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = ringing_for_sure(town, nothing())?;
    town.does(desk, |desk, now| desk.updates(now, false));
    town.sees(desk, &Seen::Renewed(200))?;
    town.does(desk, |desk, now| desk.updates(now, true));
    town.sees(desk, &Seen::Renewed(488))?;
    town.hears(alice, DESK)?;
    answered_after_all(town, alice, desk)
}

/// A page's connection line says `0.0.0.0` all its life; it waits for ICE, and holds nobody.
fn t3_a_page_that_offers_again_from_nowhere_holds_nobody(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town, nothing(), nothing())?;
    alice_calls(town, alice, desk)?;
    town.does(alice, |alice, now| alice.holds(now, false));
    town.sees(alice, &Seen::Renewed(200))?;
    if town.ask(desk).saw(&Seen::Renegotiated { held: true }) {
        return Err("the phone was held".to_owned());
    }
    they_talk(town, alice, desk)?;
    hangs_up(town, alice, desk)
}

fn p41_a_page_refreshes_every_45_seconds_and_the_phone_hears_nothing_of_it(
    town: &mut Town,
) -> Result<(), String> {
    let (alice, desk) = company(town, timed(90, true), nothing())?;
    alice_calls(town, alice, desk)?;
    for turn in 1..=4 {
        town.pass(Duration::from_secs(45));
        town.does(alice, |alice, now| alice.refreshes(now));
        town.sees_times(alice, &Seen::Answered(200), turn)?;
        they_talk(town, alice, desk)?;
    }
    let renegotiated = |seen: &&Seen| matches!(seen, Seen::Renegotiated { .. });
    if town.ask(desk).seen.iter().filter(renegotiated).count() > 0 {
        return Err("the phone was bothered with it".to_owned());
    }
    hangs_up(town, alice, desk)
}

fn refreshed_by_us(town: &mut Town, update: bool) -> Result<(), String> {
    let (alice, desk) = company(town, nothing(), timed(180, update))?;
    alice_calls(town, alice, desk)?;
    for turn in 1..=7 {
        town.pass(Duration::from_secs(92));
        town.sees_times(desk, &Seen::Refreshed, turn)?;
        they_talk(town, alice, desk)?;
    }
    let renegotiated = |seen: &&Seen| matches!(seen, Seen::Renegotiated { .. });
    for seen in [&town.ask(alice).seen, &town.ask(desk).seen] {
        if seen.iter().filter(renegotiated).count() > 0 {
            return Err(format!("a refresh renegotiated something: {seen:?}"));
        }
    }
    hangs_up(town, alice, desk)
}

fn p42_ten_minutes_are_kept_alive_by_reinvites_that_say_the_same(
    town: &mut Town,
) -> Result<(), String> {
    refreshed_by_us(town, false)
}

fn p42_ten_minutes_are_kept_alive_by_updates(town: &mut Town) -> Result<(), String> {
    refreshed_by_us(town, true)
}

fn a_page_that_no_longer_refreshes_is_gone(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = company(town, timed(90, true), nothing())?;
    alice_calls(town, alice, desk)?;
    let before = town.now();
    town.sees(desk, &Seen::HungUp)?;
    town.sees(alice, &Seen::HungUp)?;
    let waited = town.now().since(before);
    if waited > Duration::from_secs(40) && waited < Duration::from_secs(62) {
        Ok(())
    } else {
        Err(format!("hung up after {waited:?}"))
    }
}

/// Minutes of voices, told once: their messages are few, and lost ones are played where calls are values.
mod kindly {
    use testkit::story::tell;

    use tests_calls::told;

    told!(tell:
        p41_a_page_refreshes_every_45_seconds_and_the_phone_hears_nothing_of_it,
        p42_ten_minutes_are_kept_alive_by_reinvites_that_say_the_same,
        p42_ten_minutes_are_kept_alive_by_updates,
        a_page_that_no_longer_refreshes_is_gone,
    );
}

mod unkindly {
    use super::tell_unkindly;
    use tests_calls::told;
    told!(tell_unkindly:
        p43_a_phone_calls_a_page_without_an_offer,
        p26_p43_a_page_that_is_offered_tells_its_role_with_the_ack_and_is_heard,
        p43_the_offer_comes_with_the_ringing_and_its_answer_with_the_prack,
        p43_the_phone_asks_for_an_offer_in_mid_call,
        p21_early_media_of_a_phone_that_insists_is_heard_by_a_page_that_knows_no_100rel,
        p21_early_media_arrives_for_sure_at_a_page_that_knows_100rel,
        p31_p32_the_phone_holds_by_update_and_the_page_gets_a_whole_offer_each_time,
        p32_the_page_holds_by_update_and_the_phone_hears_an_update,
        t3_a_page_that_offers_again_from_nowhere_holds_nobody,
        a_page_holds_and_resumes_the_early_media,
        a_call_held_by_an_early_update_is_answered_held,
        an_offer_in_the_prack_is_answered_in_its_200,
        the_phone_changes_its_early_media_and_a_page_that_can_hears_of_it,
        the_phone_changes_its_early_media_and_a_page_that_cannot_hears_nothing_of_it,
    );
}

//! How stories begin and end.

use crate::{ALICE, DESK, company};
use testkit::agent::Seen;
use testkit::town::{Desk, Page, Person, Town};

/// Alice calls the desk, and they talk.
pub fn page_calls(town: &mut Town, alice: Page, desk: Desk) -> Result<(), String> {
    town.does(alice, |alice, now| alice.calls(now, "desk"));
    town.sees(desk, &Seen::Incoming("alice".to_owned()))?;
    town.does(desk, |desk, now| desk.answers(now));
    town.sees(alice, &Seen::Established)?;
    they_hear(town, alice, desk)
}

/// The desk calls alice, and they talk.
pub fn phone_calls(town: &mut Town, alice: Page, desk: Desk) -> Result<(), String> {
    town.does(desk, |desk, now| desk.calls(now, "alice"));
    town.sees(alice, &Seen::Incoming("desk".to_owned()))?;
    town.does(alice, |alice, now| alice.answers(now));
    town.sees(desk, &Seen::Established)?;
    they_hear(town, alice, desk)
}

/// Alice and the desk hear each other.
pub fn they_hear(town: &mut Town, alice: Page, desk: Desk) -> Result<(), String> {
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)
}

/// Alice has called the desk, and they talk.
pub fn talking(town: &mut Town) -> Result<(Page, Desk), String> {
    let (alice, desk) = company(town)?;
    page_calls(town, alice, desk)?;
    Ok((alice, desk))
}

/// One hangs up, and the other hears of it.
pub fn hangs_up(town: &mut Town, who: impl Person, other: impl Person) -> Result<(), String> {
    town.does(who, |who, now| who.hangs_up(now));
    town.sees(other, &Seen::HungUp)?;
    town.sees(who, &Seen::Ended)
}

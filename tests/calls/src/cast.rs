//! Who takes part, by their voices.

use testkit::agent::{Abilities, Seen};
use testkit::town::{Desk, Page, Town};

/// Alice's voice, in Hz.
pub const ALICE: f64 = 440.0;
/// Bob's.
pub const BOB: f64 = 620.0;
/// Whoever is the second of his kind.
pub const TOO: f64 = 740.0;
/// The desk phone's.
pub const DESK: f64 = 880.0;

/// A page that has registered.
pub fn page(town: &mut Town, user: &str, tone: f64) -> Result<Page, String> {
    let page = town.page(user, tone);
    town.does(page, |page, now| page.register(now));
    town.sees(page, &Seen::Registered)?;
    Ok(page)
}

/// A desk phone that has registered.
pub fn desk(town: &mut Town, user: &str, tone: f64) -> Result<Desk, String> {
    let desk = town.desk(user, tone);
    town.does(desk, |desk, now| desk.register(now));
    town.sees(desk, &Seen::Registered)?;
    Ok(desk)
}

/// Alice's page and a desk phone, both registered.
pub fn company(town: &mut Town) -> Result<(Page, Desk), String> {
    company_of(town, Abilities::default(), Abilities::default())
}

/// The same; each can so much.
pub fn company_of(
    town: &mut Town,
    page: Abilities,
    phone: Abilities,
) -> Result<(Page, Desk), String> {
    let (alice, desk) = (town.page("alice", ALICE), town.desk("desk", DESK));
    town.does(desk, |desk, now| {
        desk.abilities = phone;
        desk.register(now);
    });
    town.sees(desk, &Seen::Registered)?;
    town.does(alice, |alice, now| {
        alice.abilities = page;
        alice.register(now);
    });
    town.sees(alice, &Seen::Registered)?;
    Ok((alice, desk))
}

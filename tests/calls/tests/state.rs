//! State as a value: a call in full swing is written down, thrown away, read back into new values, and goes on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::time::Duration;
use testkit::agent::Seen;
use testkit::story::tell;
use testkit::town::Town;
use tests_calls::{ALICE, DESK, company, talking};

fn a_call_outlives_its_border(town: &mut Town) -> Result<(), String> {
    let (alice, desk) = talking(town)?;

    town.restarts_the_border()?;
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;

    town.does(desk, |desk, now| desk.holds(now, true));
    town.sees(desk, &Seen::Renewed(200))?;
    town.does_not_hear(alice, DESK)?;
    town.restarts_the_border()?;
    town.does(desk, |desk, now| desk.holds(now, false));
    town.sees_times(desk, &Seen::Renewed(200), 2)?;
    town.hears(alice, DESK)?;
    town.hears(desk, ALICE)?;

    // Long enough for the sequence numbers to wrap and the rollover counter to matter would be 22 minutes; a minute shows
    // that consent, RTCP and deadlines go on.
    town.pass(Duration::from_secs(60));
    town.restarts_the_border()?;
    town.hears(alice, DESK)?;
    town.does(alice, |alice, now| alice.hangs_up(now));
    town.sees(desk, &Seen::HungUp)
}

#[test]
fn a_live_call_is_written_down_read_back_and_goes_on() {
    tell("a call outlives its border", a_call_outlives_its_border);
}

#[test]
fn a_ringing_call_is_written_down_read_back_and_answered() {
    tell("a ringing call", |town| {
        let (alice, desk) = company(town)?;
        town.does(desk, |desk, now| desk.calls(now, "alice"));
        town.sees(alice, &Seen::Incoming("desk".to_owned()))?;
        town.sees(desk, &Seen::Progress(180))?;
        town.restarts_the_border()?;
        town.does(alice, |alice, now| alice.answers(now));
        town.sees(desk, &Seen::Established)?;
        town.hears(desk, ALICE)?;
        town.does(desk, |desk, now| desk.hangs_up(now));
        town.sees(alice, &Seen::HungUp)
    });
}

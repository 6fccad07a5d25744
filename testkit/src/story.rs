//! Stories told kindly once, and then again with each message lost, doubled or late, and each connection broken after
//! each message.

use crate::town::{Fault, Town};

/// Something that happens in a town. `Err` says what should have happened and did not.
pub type Story = fn(&mut Town) -> Result<(), String>;

/// Tells the story without any unkindness, and settles. Panics with all that went wrong.
#[allow(clippy::panic)] // this is the assertion of the tests
pub fn tell(name: &str, story: Story) -> (usize, usize) {
    match told(story, None) {
        Ok(posted) => posted,
        Err(wrong) => panic!("{name}:\n{wrong}"),
    }
}

/// Tells the story kindly, then once for every datagram lost, doubled and late: it must come out the same. Then once for
/// every WebSocket message after which the connection breaks: it may fail, but nothing may be left behind.
#[allow(clippy::panic)] // this is the assertion of the tests
pub fn tell_unkindly(name: &str, story: Story) {
    let (datagrams, frames) = tell(name, story);
    let mut wrong = Vec::new();
    for number in 0..datagrams {
        for fault in [
            Fault::Lost(number),
            Fault::Doubled(number),
            Fault::Late(number),
        ] {
            if let Err(why) = told(story, Some(fault)) {
                wrong.push(format!("{fault:?}: {why}"));
            }
        }
    }
    for number in 0..frames {
        if let Err(why) = told(story, Some(Fault::Broken(number))) {
            wrong.push(format!("{:?}: {why}", Fault::Broken(number)));
        }
    }
    if !wrong.is_empty() {
        let count = wrong.len();
        wrong.truncate(6);
        panic!(
            "{name}: {count} unkind rerun(s) of {} went wrong:\n{}",
            datagrams * 3 + frames,
            wrong.join("\n")
        );
    }
}

/// Tells the story with TCP between border and exchange, then once for every message after which that connection breaks: it
/// may fail, but nothing may be left behind.
#[allow(clippy::panic)] // this is the assertion of the tests
pub fn tell_over_tcp(name: &str, story: Story) {
    let mut kind = Town::over_tcp(7, None);
    if let Err(wrong) = judged(&mut kind, story, false) {
        panic!("{name} over TCP:\n{wrong}");
    }
    let mut wrong = Vec::new();
    let messages = kind.trunked();
    assert!(messages > 0, "{name}: nothing went over TCP");
    for number in 0..messages {
        let fault = Fault::Severed(number);
        if let Err(why) = judged(&mut Town::over_tcp(7, Some(fault)), story, true) {
            wrong.push(format!("{fault:?}: {why}"));
        }
    }
    if !wrong.is_empty() {
        let count = wrong.len();
        wrong.truncate(6);
        panic!(
            "{name}: {count} of {messages} broken connections went wrong:\n{}",
            wrong.join("\n")
        );
    }
}

fn told(story: Story, fault: Option<Fault>) -> Result<(usize, usize), String> {
    let mut town = Town::new(7, fault);
    judged(&mut town, story, matches!(fault, Some(Fault::Broken(_))))
}

fn judged(town: &mut Town, story: Story, may_fail: bool) -> Result<(usize, usize), String> {
    let outcome = story(town);
    let posted = town.posted();
    let settled = town.settles();
    match (outcome, settled) {
        (Ok(()), Ok(())) => Ok(posted),
        (Err(_), Ok(())) if may_fail => Ok(posted),
        (Err(why), Ok(())) => Err(why),
        (Ok(()), Err(left)) => Err(format!("left behind: {left}")),
        (Err(why), Err(left)) => Err(format!("{why}\nleft behind: {left}")),
    }
}

//! Nobody behaves: whatever happens in whatever order, in the end nothing is left.

use super::endings::{ack_of, cancel};
use super::stories::{FROM_PAGE, FROM_PHONE};
use super::town::{ANSWER, OFFER, PAGE_VIA, SERVER_VIA, Town, back, next, plan};
use crate::{Border, Input, Target, Tell};
use control_command::{Refusal, What};
use proto_base::{Flow, Random};
use sip_message::{HeaderName, Message, Method, Request, Response};
use std::time::Duration;

/// Enough to meet every pair of events in every state, few enough to be waited for.
const WALKS: u64 = 200;

/// What the walkers have seen, to be misused later.
#[derive(Default)]
struct Memory {
    /// Requests that reached the server, and those that reached a page.
    at_server: Vec<Request>,
    at_page: Vec<(u64, Request)>,
    /// INVITEs of a page with the 2xx, and refusals.
    page_dialogs: Vec<(u64, Request, Response)>,
    server_dialogs: Vec<(Request, Response)>,
    page_invites: Vec<(u64, Request)>,
    server_invites: Vec<Request>,
    token: String,
    page: u64,
    cseq: u32,
}

/// Mostly the newest, so that calls get somewhere; often enough any other.
fn pick<'a, T>(from: &'a [T], random: &mut Random) -> Option<&'a T> {
    if chance(random, 2) {
        return from.last();
    }
    let at = random.u32() as usize % from.len().max(1);
    from.get(at)
}

fn chance(random: &mut Random, one_in: u32) -> bool {
    random.u32().is_multiple_of(one_in)
}

/// Reads the post, and remembers.
fn read(town: &mut Town, memory: &mut Memory) {
    while let Some(message) = town.to_server.pop_front() {
        match message {
            Message::Request(request) => memory.at_server.push(request),
            Message::Response(response)
                if response.headers.cseq().unwrap().method == Method::Invite =>
            {
                let branch = response.headers.via().unwrap();
                let branch = branch.branch().map(str::to_owned);
                let invite = memory
                    .server_invites
                    .iter()
                    .find(|invite| invite.headers.via().unwrap().branch() == branch.as_deref());
                if let Some(invite) = invite.cloned() {
                    if response.status.is_success() {
                        if !memory.cseq.is_multiple_of(3) {
                            let number = invite.headers.cseq().unwrap().number;
                            let ack = next(&invite, &response, Method::Ack, number, None);
                            town.server_sends(ack.to_bytes());
                        }
                        memory.server_dialogs.push((invite, response));
                    } else if response.status.is_final() {
                        town.server_sends(ack_of(&invite, &response).to_bytes());
                    }
                }
            }
            Message::Response(_) => {}
        }
    }
    let pages: Vec<u64> = town.to_browser.keys().copied().collect();
    for page in pages {
        while let Some(message) = town.to_browser.get_mut(&page).unwrap().pop_front() {
            match message {
                Message::Request(request) => memory.at_page.push((page, request)),
                Message::Response(response)
                    if response.headers.cseq().unwrap().method == Method::Invite =>
                {
                    let branch = response.headers.via().unwrap();
                    let branch = branch.branch().map(str::to_owned);
                    let invite = memory.page_invites.iter().find(|(_, invite)| {
                        invite.headers.via().unwrap().branch() == branch.as_deref()
                    });
                    if let Some((_, invite)) = invite.cloned() {
                        if response.status.is_success() {
                            memory.page_dialogs.push((page, invite, response));
                        } else if response.status.is_final() {
                            town.browser_sends(page, ack_of(&invite, &response).to_bytes());
                        }
                    }
                }
                Message::Response(_) => {}
            }
        }
    }
    town.elsewhere.clear();
}

fn step(town: &mut Town, memory: &mut Memory, random: &mut Random) {
    memory.cseq += 1;
    let cseq = memory.cseq;
    let body = |random: &mut Random| match random.u32() % 4 {
        0 => None,
        _ => Some(if chance(random, 2) { OFFER } else { ANSWER }),
    };
    match random.u32() % 22 {
        0 => {
            let call_id = format!("page{}", random.u32() % 5);
            let invite = town.page_request(
                Method::Invite,
                "sip:bob@example.com",
                (&call_id, cseq),
                FROM_PAGE,
                Some(OFFER),
            );
            memory.page_invites.push((memory.page, invite.clone()));
            town.browser_sends(memory.page, invite.to_bytes());
        }
        1 => {
            let uri = format!("sip:{}@10.0.0.1", memory.token);
            let call_id = format!("server{cseq}");
            let invite = town.server_request(Method::Invite, &uri, &call_id, Some(OFFER));
            memory.server_invites.push(invite.clone());
            town.server_sends(invite.to_bytes());
        }
        2..=4 => {
            if let Some(request) = pick(&memory.at_server, random) {
                let codes = [
                    100, 180, 183, 200, 200, 302, 401, 407, 481, 486, 487, 491, 503,
                ];
                let code = *pick(&codes, random).unwrap();
                let tag = ["one", "two", "servertag"][random.u32() as usize % 3];
                let body = body(random);
                town.server_answers_as(&request.clone(), code, tag, FROM_PHONE, body);
            }
        }
        5..=7 => {
            if let Some((page, request)) = pick(&memory.at_page, random).cloned() {
                let codes = [100, 180, 183, 302, 401, 481, 486, 487, 491, 200];
                let code = *pick(&codes, random).unwrap();
                let body = body(random);
                town.page_answers(page, &request, code, FROM_PAGE, body);
            }
        }
        8 | 15 | 16 | 17 => {
            if let Some((_, invite, ok)) = pick(&memory.page_dialogs, random) {
                let method = method(random);
                let cseq = match method {
                    Method::Ack => invite.headers.cseq().unwrap().number,
                    _ => cseq,
                };
                let request = next(invite, ok, method.clone(), cseq, body(random));
                if method == Method::Invite {
                    memory.page_invites.push((memory.page, request.clone()));
                }
                town.browser_sends(memory.page, request.to_bytes());
            }
        }
        9 | 18 | 19 | 20 => {
            if let Some((invite, ok)) = pick(&memory.server_dialogs, random) {
                let method = method(random);
                let cseq = match method {
                    Method::Ack => invite.headers.cseq().unwrap().number,
                    _ => cseq,
                };
                let request = next(invite, ok, method.clone(), cseq, body(random));
                if method == Method::Invite {
                    memory.server_invites.push(request.clone());
                }
                town.server_sends(request.to_bytes());
            }
        }
        10 => {
            if let Some(request) = pick(&memory.at_server, random)
                && request.headers.has(&HeaderName::Contact)
            {
                let tag = ["one", "two", "servertag"][random.u32() as usize % 3];
                let request = back(request, tag, SERVER_VIA, method(random), cseq, body(random));
                town.server_sends(request.to_bytes());
            }
        }
        11 => {
            if let Some((page, request)) = pick(&memory.at_page, random)
                && request.headers.has(&HeaderName::Contact)
            {
                let via = PAGE_VIA;
                let bye = back(request, "pagetag", via, method(random), cseq, body(random));
                town.browser_sends(*page, bye.to_bytes());
            }
        }
        12 => {
            if chance(random, 2) {
                if let Some((page, invite)) = pick(&memory.page_invites, random) {
                    town.browser_sends(*page, cancel(invite).to_bytes());
                }
            } else if let Some(invite) = pick(&memory.server_invites, random) {
                town.server_sends(cancel(invite).to_bytes());
            }
        }
        13 => {
            let millis = [1, 300, 2_000, 9_000, 40_000][random.u32() as usize % 5];
            town.wait(Duration::from_millis(millis));
        }
        14 => match random.u32() % 6 {
            0 => {
                town.closes(memory.page);
            }
            1 | 2 => {
                memory.page += 1;
                read(town, memory);
                memory.token = town.registered(memory.page);
            }
            3 => town.media(u64::from(random.u32() % 4), What::MediaTimeout),
            4 => {
                let server = Flow::Datagram(super::town::INSIDE, "10.0.0.2:5060".parse().unwrap());
                town.input(Input::Unreachable(Target::Flow(server)));
            }
            _ => town.door.refuse_next = Some(Refusal::NotAcceptable),
        },
        _ => {
            let snapshot = town.border.snapshot();
            town.border = Border::restore(plan(), &snapshot).unwrap();
        }
    }
    read(town, memory);
}

fn method(random: &mut Random) -> Method {
    [
        Method::Invite,
        Method::Invite,
        Method::Invite,
        Method::Bye,
        Method::Update,
        Method::Info,
        Method::Options,
        Method::Refer,
    ][random.u32() as usize % 8]
        .clone()
}

/// Gives how many calls were answered, and how many offers were made inside calls.
fn walk(seed: u64) -> (usize, usize) {
    let mut town = Town::new();
    let mut random = Random::from_number(seed);
    let mut memory = Memory {
        token: town.registered(1),
        page: 1,
        ..Memory::default()
    };
    for _ in 0..100 {
        step(&mut town, &mut memory, &mut random);
    }
    // Then the operator has enough, or all pages are closed; and everybody falls silent.
    if chance(&mut random, 2) {
        town.input(Input::Shutdown);
    } else {
        for page in 1..=memory.page {
            town.closes(page);
        }
    }
    for _ in 0..40 {
        town.wait(Duration::from_secs(10));
    }
    assert!(
        town.border.is_idle(),
        "seed {seed}: {:#?}",
        town.border.state.calls
    );
    assert_eq!(town.border.calls(), 0, "seed {seed}");
    assert!(town.door.open.is_empty(), "seed {seed}: media left");
    let mut deleted = town.door.deleted.clone();
    deleted.sort();
    deleted.dedup();
    assert_eq!(deleted.len(), town.door.deleted.len(), "seed {seed}: twice");
    let count = |which: fn(&Tell) -> bool| town.told.iter().filter(|tell| which(tell)).count();
    assert_eq!(
        count(|tell| matches!(tell, Tell::CallStarted { .. })),
        count(|tell| matches!(tell, Tell::CallEnded(_))),
        "seed {seed}: each call has one record"
    );
    let asked = town.door.asked.iter();
    let finals = asked
        .filter(|asked| asked.ends_with("final") || asked.starts_with("propose"))
        .count();
    let answered = town
        .records()
        .iter()
        .filter(|record| record.answered)
        .count();
    (answered, finals.saturating_sub(answered))
}

#[test]
fn p65_whatever_happens_nothing_is_left_behind() {
    let mut answered = 0;
    let mut renewed = 0;
    for seed in 0..WALKS {
        let (calls, offers) = walk(seed);
        answered += calls;
        renewed += offers;
    }
    // The walks must go somewhere to prove anything.
    assert!(answered > WALKS as usize / 2, "only {answered} calls");
    assert!(renewed > WALKS as usize / 20, "only {renewed} re-INVITEs");
}

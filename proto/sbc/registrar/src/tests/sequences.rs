//! Any order of events: pages come, go, register, unregister; the registrar grants, refuses, is silent, or is heard late.

use super::{Desk, ONE, PAGE, TWO, ok, register};
use crate::{Bindings, Mode, Pending, Prepared, Terms, Upward, Wish};
use proto_base::{Flow, Random, Time};
use sip_message::{Headers, Response, StatusCode};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const THREE: Flow = Flow::Connection(3);
const FLOWS: [Flow; 3] = [ONE, TWO, THREE];
const USERS: [&str; 2] = ["alice", "bob"];

/// A registrar that does what RFC 3261 §10.3 says, at the moment it is asked.
#[derive(Default)]
struct Registrar {
    /// User and Contact's user → until when.
    held: BTreeMap<(String, String), Time>,
    /// The last CSeq of each Call-ID.
    last: BTreeMap<String, u32>,
}

impl Registrar {
    fn hears(&mut self, now: Time, pending: &Pending) -> Response {
        let request = register("x", None, None);
        let sent = pending.request(Upward {
            request: &request,
            contact: "sip:10.0.0.1:5060".parse().unwrap(),
            carried: Headers::new(),
            max_forwards: 69,
        });
        let user = pending.claim.key.address_of_record.clone();
        self.held.retain(|_, until| *until > now);
        let call_id = sent.headers.call_id().unwrap().to_owned();
        let number = sent.headers.cseq().unwrap().number;
        let last = self.last.entry(call_id).or_default();
        if number <= *last {
            let mut refused = ok(&[], None);
            refused.status = StatusCode::of(500);
            return refused;
        }
        *last = number;
        if sent.headers.is_contact_star() {
            self.held.retain(|(of, _), _| *of != user);
        }
        for contact in sent.headers.contacts().unwrap_or_default() {
            let key = (user.clone(), contact.uri.user.clone().unwrap());
            let asked = contact.params.value("expires");
            let seconds: u64 = match (&pending.claim.wish, asked) {
                (_, Some(seconds)) => seconds.parse().unwrap(),
                (Wish::Unbind { .. }, None) => 0,
                _ => 600,
            };
            if seconds == 0 {
                self.held.remove(&key);
            } else {
                self.held.insert(key, now + Duration::from_secs(seconds));
            }
        }
        let contacts: Vec<String> = self
            .held
            .iter()
            .filter(|((of, _), _)| *of == user)
            .map(|((_, token), until)| {
                let left = until.since(now).as_secs();
                format!("<sip:{token}@10.0.0.1:5060>;expires={left}")
            })
            .collect();
        ok(&contacts, None)
    }

    fn holds(&self, user: &str, token: &str, until: Time) -> bool {
        let key = (user.to_owned(), token.to_owned());
        self.held.get(&key).is_some_and(|held| *held >= until)
    }
}

fn is_in_order(bindings: &Bindings) {
    let tokens: BTreeSet<_> = bindings.by_key.values().map(|one| &one.token).collect();
    assert_eq!(
        tokens.len(),
        bindings.by_key.len(),
        "each has its own token"
    );
    assert_eq!(bindings.by_token.len(), bindings.by_key.len());
    assert_eq!(bindings.by_expiry.len(), bindings.by_key.len());
    let with_flow = bindings.by_key.values().filter(|one| one.flow.is_some());
    assert_eq!(with_flow.count(), bindings.by_flow.len());
    for (key, binding) in &bindings.by_key {
        assert_eq!(bindings.by_token.get(&binding.token), Some(key));
        assert!(bindings.registrations.contains_key(&binding.scope));
    }
    assert_eq!(bindings.scope_of.len(), bindings.registrations.len());
    let held = bindings
        .registrations
        .values()
        .filter(|one| one.until.is_some());
    assert_eq!(held.count(), bindings.by_until.len());
    let tries: usize = bindings.attempts.values().map(BTreeMap::len).sum();
    assert_eq!(tries, bindings.attempting.len());
}

fn plays(mode: Mode, seed: u64) {
    let mut desk = Desk::on(Terms {
        mode,
        outgoing_expires: 1800,
        min_expires: 10,
        max_expires: 600,
        ..Terms::mirror(4)
    });
    let mut chance = Random::from_number(seed);
    let mut registrar = Registrar::default();
    // What was granted on a flow, and is that flow's proof.
    let mut proved: BTreeSet<(Flow, String)> = BTreeSet::new();
    let mut under_way: Vec<(Pending, Response)> = Vec::new();
    for _ in 0..120 {
        let mut draw = |most: u32| chance.u32() % most;
        let flow = FLOWS[draw(3) as usize];
        let user = USERS[draw(2) as usize];
        match draw(10) {
            0..=5 => {
                let page = PAGE.replace("urn:uuid:1", &format!("urn:uuid:{}", draw(2)));
                let expires = [None, Some(0), Some(60), Some(600)][draw(4) as usize];
                let request = match draw(12) {
                    0 => register(user, Some("*"), Some(0)),
                    1 => register(user, None, None),
                    _ => register(user, Some(&page), expires),
                };
                match desk.arrives(flow, &request) {
                    Ok(Prepared::Absorbed(_)) => {
                        let user = format!("{user}@example.com");
                        assert!(proved.contains(&(flow, user.clone())), "absorbed on faith");
                        let Some(binding) = desk.bindings.of_flow(flow, &user) else {
                            continue;
                        };
                        if under_way.is_empty() && expires != Some(0) {
                            let scope = &desk.bindings.registrations[&binding.scope];
                            assert!(
                                registrar.holds(&user, &scope.token, binding.expires),
                                "promised more than the registrar did: {mode:?} {seed}"
                            );
                        }
                    }
                    Ok(Prepared::Upward(pending)) => match draw(4) {
                        // Never asked: no credentials, or lost on the way.
                        0 => desk.bindings.refused(&pending, true),
                        1 => desk.bindings.unanswered(&pending),
                        _ => {
                            let response = registrar.hears(desk.now, &pending);
                            under_way.push((*pending, response));
                        }
                    },
                    Err(_) => {}
                }
            }
            6 | 7 if !under_way.is_empty() => {
                let at = draw(under_way.len() as u32) as usize;
                let (pending, response) = under_way.remove(at);
                if draw(6) == 0 {
                    desk.bindings.unanswered(&pending);
                } else {
                    if response.status.is_success() {
                        let user = pending.claim.key.address_of_record.clone();
                        proved.insert((pending.flow, user));
                    }
                    desk.hears(&pending, &response);
                }
            }
            8 => {
                desk.bindings.flow_closed(flow);
                proved.retain(|(of, _)| *of != flow);
            }
            _ => desk.waits(u64::from(draw(400))),
        }
        is_in_order(&desk.bindings);
    }
    for (pending, response) in under_way {
        desk.hears(&pending, &response);
    }
    for flow in FLOWS {
        desk.bindings.flow_closed(flow);
    }
    desk.waits(10_000);
    is_in_order(&desk.bindings);
    assert!(desk.bindings.is_empty() && desk.bindings.registrations.is_empty());
}

#[test]
fn whatever_comes_in_whatever_order_nothing_is_taken_on_faith_and_nothing_is_left() {
    for seed in 0..100 {
        for mode in [Mode::Mirror, Mode::Contact, Mode::AddressOfRecord] {
            plays(mode, seed);
        }
    }
}

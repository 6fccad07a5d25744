//! One offer to many legs, at once or one after another: the caller hears one of them, and keeps one answer.

use crate::desk::*;
use control_command::{Dress, LegEnd, LegId, MAX_LEGS, Refusal};
use std::collections::BTreeSet;

const C: LegId = LegId(2);

fn ring(desk: &mut Desk, legs: &[LegEnd]) -> Vec<String> {
    let offer = sample("chromium-sipjs-offer");
    let told = legs
        .iter()
        .map(|leg| text(&desk.offer(browser(A), *leg, &offer).unwrap()));
    told.collect()
}

/// A telephone's answer from another place.
fn answer_from(port: u16) -> String {
    sample("baresip-answer").replace("20210", &port.to_string())
}

#[test]
fn p24_every_fork_is_offered_an_endpoint_of_its_own_and_no_keys_in_the_open() {
    let mut desk = Desk::new();
    let legs: Vec<LegEnd> = (1..5)
        .map(|leg| browser(LegId(leg)))
        .chain((5..9).map(|leg| phone(LegId(leg))))
        .collect();
    let told = ring(&mut desk, &legs);
    let mut endpoints = BTreeSet::new();
    for (leg, told) in legs.iter().zip(&told) {
        assert!(!told.contains("a=crypto"));
        let offer = parse(told.as_bytes());
        let attributes = &offer.media[0].attributes;
        let is_browser = leg.dress == Dress::WebRtc;
        assert_eq!(
            !offer.sections().next().unwrap().fingerprints().is_empty(),
            is_browser
        );
        assert_eq!(attributes.rtcp_mux(), is_browser, "P18");
        let endpoint = match attributes.ice_ufrag() {
            Some(ufrag) => ufrag.to_owned(),
            None => offer.media[0].port.to_string(),
        };
        assert!(endpoints.insert(endpoint));
        assert!(endpoints.insert(offer.origin.session_id.clone()));
    }
    assert_eq!(
        desk.plan().legs.len(),
        8,
        "each may be reached, the caller not yet"
    );
    let many = desk.offer(
        browser(A),
        phone(LegId(12)),
        &sample("chromium-sipjs-offer"),
    );
    assert!(many.is_ok());
}

#[test]
fn there_is_a_bound_on_legs_at_once() {
    let mut desk = Desk::new();
    let most = u8::try_from(MAX_LEGS).unwrap();
    let legs: Vec<LegEnd> = (1..most).map(|leg| phone(LegId(leg))).collect();
    ring(&mut desk, &legs);
    let offer = sample("chromium-sipjs-offer");
    let more = |desk: &mut Desk| desk.offer(browser(A), phone(LegId(100)), &offer);
    assert_eq!(more(&mut desk), Err(Refusal::Exhausted));
    desk.release(LegId(7));
    assert!(more(&mut desk).is_ok());
    assert_eq!(
        desk.offer(browser(A), phone(LegId(7)), &offer),
        Err(Refusal::Unknown),
        "a number is not used again"
    );
}

#[test]
fn p22_the_caller_hears_the_first_that_answers_and_talks_with_the_one_that_picks_up() {
    let mut desk = Desk::new();
    ring(&mut desk, &[phone(B), phone(C)]);
    let told = text(&desk.early(C, &answer_from(4000)).unwrap());
    assert!(desk.route(C).open && desk.route(A).to == C);
    // The other rings with media too, and is not heard.
    assert_eq!(text(&desk.early(B, &answer_from(5000)).unwrap()), told);
    assert_eq!(desk.plan().routes.len(), 2);
    assert_eq!((desk.route(A).to, desk.route(C).to), (C, A));
    let before = desk.leg(A).clone();
    assert_eq!(text(&desk.answer(B, &answer_from(5000)).unwrap()), told);
    assert_eq!((desk.route(A).to, desk.route(B).to), (B, A));
    assert_eq!(desk.plan().routes.len(), 2);
    assert_eq!(desk.leg(A), &before, "same SSRC, same ICE, same DTLS");
    // The loser has nothing to say any more, and what it held is free.
    assert_eq!(desk.early(C, &answer_from(4000)), Err(Refusal::Unknown));
    desk.release(C);
    assert_eq!(desk.plan().legs.len(), 2);
}

#[test]
fn p22_browsers_that_are_rung_at_once_do_not_meet() {
    let mut desk = Desk::new();
    let offer = sample("asterisk-offer");
    for leg in [B, C] {
        desk.offer(phone(A), browser(leg), &offer).unwrap();
    }
    assert_ne!(
        desk.webrtc(B).local_ufrag,
        desk.webrtc(C).local_ufrag,
        "each has a DTLS association of its own"
    );
    let other = sample("chromium-answer").replace("Xk2Q", "Yk3R");
    desk.answer(C, &other).unwrap();
    assert_eq!(
        desk.answer(B, &sample("chromium-answer")),
        Err(Refusal::Unknown)
    );
    assert_eq!(
        (desk.route(A).to, desk.far_browser(C).ufrag.as_str()),
        (C, "Yk3R")
    );
    assert!(desk.plan().legs.iter().all(|leg| leg.leg != B));
}

#[test]
fn when_the_one_that_is_heard_gives_up_the_next_that_answered_is_heard() {
    let mut desk = Desk::new();
    ring(&mut desk, &[phone(B), phone(C), phone(LegId(3))]);
    let told = text(&desk.early(B, &answer_from(4000)).unwrap());
    desk.early(C, &answer_from(5000)).unwrap();
    desk.release(B);
    assert_eq!(desk.route(A).to, C);
    desk.release(C);
    assert!(desk.plan().routes.is_empty());
    assert_eq!(
        text(&desk.answer(LegId(3), &answer_from(6000)).unwrap()),
        told
    );
    assert_eq!(desk.route(A).to, LegId(3));
}

#[test]
fn p22_one_tried_after_another_speaks_behind_the_answer_that_the_first_brought() {
    let mut desk = Desk::new();
    ring(&mut desk, &[phone(B)]);
    let told = text(&desk.early(B, &answer_from(4000)).unwrap());
    let caller = desk.leg(A).clone();
    desk.release(B);
    assert_eq!(desk.leg(A), &caller, "its DTLS goes on");
    ring(&mut desk, &[phone(C)]);
    assert_eq!(desk.leg(A), &caller);
    assert_eq!(text(&desk.answer(C, &answer_from(5000)).unwrap()), told);
    assert_eq!(desk.leg(A), &caller);
}

#[test]
fn one_tried_after_another_that_said_nothing_begins_anew() {
    let mut desk = Desk::new();
    ring(&mut desk, &[phone(B)]);
    desk.release(B);
    assert!(desk.plan().legs.is_empty(), "nothing is outstanding");
    // Another offer than before may now be made, too.
    let offer = sample("firefox-offer");
    desk.offer(browser(A), phone(C), &offer).unwrap();
    desk.answer(C, &answer_from(5000)).unwrap();
}

#[test]
fn another_offer_is_not_taken_for_a_fork() {
    let mut desk = Desk::new();
    ring(&mut desk, &[phone(B)]);
    let other = desk.offer(browser(A), phone(C), &sample("chromium-restart-offer"));
    assert_eq!(other, Err(Refusal::Pending));
    let twice = desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"));
    assert_eq!(twice, Err(Refusal::Pending));
    let back = desk.offer(phone(B), browser(A), &sample("asterisk-offer"));
    assert_eq!(back, Err(Refusal::Pending));
}

#[test]
fn a_cancelled_call_takes_all_its_forks_back() {
    let mut desk = Desk::new();
    ring(&mut desk, &[phone(B), browser(C)]);
    desk.early(B, &answer_from(4000)).unwrap();
    desk.withdraw();
    assert!(desk.plan().legs.is_empty() && desk.plan().routes.is_empty());
    for leg in [B, C] {
        desk.release(leg);
    }
    desk.delete_in(CALL);
    desk.ended_in(CALL);
    assert!(desk.negotiator.is_idle());
}

#[test]
fn a_losers_port_is_given_out_again_when_the_worker_has_let_it_go_and_not_before() {
    // A range of two pairs: the caller's and one more.
    let mut plan = media_plan();
    if let Some(range) = &mut plan.networks[1].rtp {
        range.last = 30_005;
    }
    let random = proto_base::Random::from_number(1);
    let mut desk = Desk::with(media_offer_answer::Negotiator::new(plan, random));
    let offer = sample("asterisk-offer");
    desk.offer(phone(A), phone(B), &offer).unwrap();
    desk.offer(phone(A), phone(C), &offer).unwrap();
    desk.answer(B, &sample("baresip-answer")).unwrap();
    desk.release(C);
    desk.release(C);
    let third = |desk: &mut Desk, leg: u8| {
        let told = desk.propose(phone(LegId(leg)), phone(A));
        desk.withdraw();
        told.map(|_| ())
    };
    assert_eq!(third(&mut desk, 3), Err(Refusal::Exhausted));
    desk.confirm();
    assert_eq!(third(&mut desk, 3), Ok(()));
    // Told, withdrawn, told again and then released: two plans let it go, and the second one counts.
    desk.propose(phone(LegId(3)), phone(A)).unwrap();
    let first = desk.let_go.remove(0);
    desk.release(LegId(3));
    let second = std::mem::replace(&mut desk.let_go, vec![first]);
    desk.confirm();
    assert_eq!(third(&mut desk, 4), Err(Refusal::Exhausted));
    desk.let_go = second;
    desk.confirm();
    assert_eq!(third(&mut desk, 4), Ok(()));
    desk.delete_in(CALL);
    desk.ended_in(CALL);
    assert!(desk.negotiator.is_idle());
}

#[test]
fn a_leg_that_nobody_knows_is_released_in_vain() {
    let mut desk = browser_calls_phone();
    let (plan, applied) = (desk.plan().clone(), desk.applied);
    desk.release(LegId(9));
    assert_eq!((desk.plan(), desk.applied), (&plan, applied));
    assert!(desk.propose(phone(LegId(9)), browser(A)).is_ok());
}

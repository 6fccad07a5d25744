//! Which part of ICE we play, and what we say of it.

use crate::desk::*;
use control_command::IcePlan;
use media_offer_answer::{IceMode, Negotiator};
use proto_base::Random;

fn full() -> Desk {
    let mut plan = media_plan();
    plan.networks[0].ice = IceMode::Full;
    Desk::with(Negotiator::new(plan, Random::from_number(1)))
}

/// As a gateway writes it that sends no checks.
fn lite(name: &str) -> String {
    sample(name).replacen("m=audio", "a=ice-lite\r\nm=audio", 1)
}

fn controls(plan: &IcePlan) -> Option<bool> {
    match plan {
        IcePlan::Lite => None,
        IcePlan::Full { controlling, .. } => Some(*controlling),
    }
}

#[test]
fn on_a_network_of_lite_agents_we_say_so_and_send_no_checks() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    assert!(text(&told).contains("a=ice-lite"));
    assert_eq!(desk.webrtc(A).ice, IcePlan::Lite);
}

#[test]
fn a_full_agent_does_not_call_itself_lite_and_controls_where_it_offers() {
    let mut desk = full();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    assert!(!text(&told).contains("ice-lite"));
    let IcePlan::Full {
        controlling,
        candidates,
    } = &desk.webrtc(A).ice
    else {
        panic!("a full agent");
    };
    assert!(!controlling, "the browser has offered");
    assert_eq!(candidates.len(), 1);
    assert_eq!(candidates[0].address.to_string(), "203.0.113.1:443");

    let mut desk = full();
    let told = desk
        .offer(phone(A), browser(B), &sample("asterisk-offer"))
        .unwrap();
    assert!(!text(&told).contains("ice-lite"));
    desk.answer(B, &sample("chromium-answer")).unwrap();
    assert_eq!(controls(&desk.webrtc(B).ice), Some(true));
}

#[test]
fn towards_a_lite_far_end_we_are_full_and_control() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &lite("chromium-sipjs-offer"))
        .unwrap();
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    assert!(!text(&told).contains("ice-lite"), "one of the two checks");
    assert_eq!(controls(&desk.webrtc(A).ice), Some(true));
    assert!(desk.far_browser(A).ice.lite);
}

/// Both have said that they are lite; a path that was never tried is no path, so we check all the same.
#[test]
fn who_answers_our_lite_offer_as_lite_is_checked() {
    let mut desk = Desk::new();
    let told = desk
        .offer(phone(A), browser(B), &sample("asterisk-offer"))
        .unwrap();
    assert!(text(&told).contains("a=ice-lite"));
    desk.answer(B, &lite("chromium-answer")).unwrap();
    assert_eq!(controls(&desk.webrtc(B).ice), Some(true));
}

//! However a session ends, its ports are free again.

use crate::desk::*;
use control_command::{Offered, SessionId};
use proto_base::Random;

#[test]
fn ten_thousand_sessions_in_any_order_leave_nothing() {
    let samples = [
        "chromium-sipjs-offer",
        "asterisk-offer",
        "baresip-answer",
        "chromium-answer",
        "asterisk-answer",
        "hold-sendonly-offer",
        "chromium-hold-offer",
        "chromium-restart-offer",
        "ipv6-offer",
    ]
    .map(sample);
    let mut random = Random::from_number(3);
    let mut desk = Desk::new();
    let mut living: Vec<SessionId> = Vec::new();
    let mut next = 0;
    let (mut opened, mut exhausted) = (0, 0);
    while opened < 10_000 {
        let mut draw = |below: usize| random.u32() as usize % below;
        let body = &samples[draw(samples.len())];
        let any = draw(living.len().max(1));
        let session = living.get(any).copied();
        match (draw(20), session) {
            (0..=10, _) => {
                let (from, to) = [
                    (browser(A), phone(B)),
                    (phone(A), browser(B)),
                    (phone(A), phone(B)),
                ][draw(3)];
                let session = SessionId(next);
                next += 1;
                opened += 1;
                match desk.offer_in(session, from, to, body) {
                    Ok(_) => living.push(session),
                    Err(control_command::Refusal::Exhausted) => exhausted += 1,
                    Err(_) => {}
                }
            }
            (11, Some(session)) => drop(desk.answer_in(session, B, body, true)),
            (12 | 13, Some(session)) => drop(desk.answer_in(session, B, body, false)),
            (14, Some(session)) => drop(desk.offer_in(session, phone(B), browser(A), body)),
            (15, Some(session)) => desk.withdraw_in(session),
            (16, Some(session)) if draw(4) == 0 => desk.ended_in(session),
            (17..=18, Some(session)) => {
                living.swap_remove(any);
                assert!(desk.delete_in(session).is_some());
                assert!(desk.delete_in(session).is_none(), "once is enough");
                desk.ended_in(session);
            }
            _ => {}
        }
    }
    assert!(exhausted > 0, "the pool was really under pressure");
    for session in living {
        desk.delete_in(session);
        desk.ended_in(session);
        desk.ended_in(session);
    }
    assert!(desk.negotiator.is_idle());
}

#[test]
fn a_port_just_freed_is_not_the_next_one_told() {
    let mut desk = Desk::new();
    let mut last = 0;
    for id in 0..200 {
        let session = SessionId(id);
        let told = desk
            .offer_in(
                session,
                browser(A),
                phone(B),
                &sample("chromium-sipjs-offer"),
            )
            .unwrap();
        let Offered::Ask(told) = told else {
            panic!("a call begins with a question");
        };
        let port = parse(&told.sdp).media[0].port;
        assert_ne!(port, last);
        last = port;
        desk.delete_in(session);
        desk.ended_in(session);
    }
}

#[test]
fn a_session_that_the_worker_ended_unasked_is_closed_in_case_it_was_opened_again() {
    let mut desk = browser_calls_phone();
    // The worker drops it, and before that is heard of, a new plan is under way that opens it anew.
    desk.negotiator.ended(CALL);
    assert!(desk.delete_in(CALL).is_some());
    assert_eq!(desk.closed, [CALL], "once");
    desk.negotiator.ended(CALL);
    assert!(desk.negotiator.is_idle());
}

//! Early media: one constant answer to whoever offered, however many provisional ones arrive (P19, P22, P23).

use crate::desk::*;
use control_command::{Direction, Refusal};

fn ringing() -> (Desk, String) {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let early = desk.early(B, &sample("baresip-answer")).unwrap();
    let told = text(&early);
    (desk, told)
}

#[test]
fn media_may_flow_from_the_first_provisional_answer_on() {
    let (desk, _) = ringing();
    assert!(desk.route(B).open && desk.route(A).open);
    assert!(desk.webrtc(A).remote.is_some());
}

#[test]
fn the_final_answer_repeats_the_early_one() {
    let (mut desk, told) = ringing();
    let applied = desk.applied;
    for _ in 0..3 {
        assert_eq!(
            text(&desk.early(B, &sample("baresip-answer")).unwrap()),
            told
        );
    }
    assert_eq!(
        text(&desk.answer(B, &sample("baresip-answer")).unwrap()),
        told
    );
    assert_eq!(desk.applied, applied, "the worker has nothing new to learn");
}

#[test]
fn p19_another_fork_with_the_same_codecs_is_switched_to_behind_the_same_answer() {
    let (mut desk, told) = ringing();
    let other = sample("baresip-answer")
        .replace("192.168.7.20", "192.168.7.30")
        .replace("20210", "40000");
    assert_eq!(text(&desk.early(B, &other).unwrap()), told);
    assert_eq!(desk.far_phone(B).rtp.to_string(), "192.168.7.30:40000");
    assert_eq!(
        desk.far_phone(B).generation,
        1,
        "the new source may be learned"
    );
    assert_eq!(text(&desk.answer(B, &other).unwrap()), told);
    assert_eq!(desk.far_phone(B).generation, 1);
}

#[test]
fn codecs_in_another_order_or_without_events_change_nothing_for_the_browser() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let both = sample("baresip-answer").replace("AVP 0 126", "AVP 0 8 126");
    let told = text(&desk.early(B, &both).unwrap());
    let turned = sample("baresip-answer").replace("AVP 0 126", "AVP 8 0");
    assert_eq!(text(&desk.answer(B, &turned).unwrap()), told);
    assert_eq!(desk.mapped(A), [(0, 0), (8, 8)]);
}

#[test]
fn p23_codecs_that_the_early_answer_did_not_have_are_offered_to_the_browser_anew() {
    let (mut desk, told) = ringing();
    let last = desk.misfit(B, &sample("asterisk-answer"));
    assert_eq!(text(&last), told, "one PeerConnection, one answer");
    let offer = desk.propose(browser(A), phone(B)).unwrap();
    let (before, after) = (parse(told.as_bytes()), parse(&offer.sdp));
    assert_eq!(
        codecs(&after.media[0]),
        [
            "8 PCMA/8000",
            "111 opus/48000/2",
            "9 G722/8000",
            "0 PCMU/8000",
            "126 telephone-event/8000",
            "110 telephone-event/48000"
        ],
        "what passes, and behind it what could be translated"
    );
    assert_eq!(before.origin.session_id, after.origin.session_id);
    for same in [
        "ice-ufrag",
        "ice-pwd",
        "fingerprint",
        "mid",
        "ssrc",
        "msid",
        "rtcp-mux",
    ] {
        let (before, after) = (&before.media[0].attributes, &after.media[0].attributes);
        assert_eq!(before.first(same), after.first(same), "P19: {same}");
    }
    let answer = sample("chromium-answer").replace("SAVPF 0 8 101", "SAVPF 8 126");
    desk.answer(A, &answer).unwrap();
    assert_eq!(desk.mapped(A), [(8, 8), (126, 126)]);
    assert!(desk.plan().routes.iter().all(|route| route.open));
}

#[test]
fn a_telephone_is_told_anew_what_the_early_answer_did_not_have() {
    let mut desk = Desk::new();
    desk.offer(phone(A), phone(B), &sample("asterisk-offer"))
        .unwrap();
    let early = desk.early(B, &sample("baresip-answer")).unwrap();
    let last = desk.answer(B, &sample("asterisk-answer")).unwrap();
    let (before, after) = (parse(&early.sdp), parse(&last.sdp));
    assert_eq!(
        codecs(&after.media[0]),
        ["8 PCMA/8000", "101 telephone-event/8000"]
    );
    let versions = [&before, &after].map(|it| it.origin.version.clone());
    assert_eq!(versions, ["1", "2"]);
    assert_eq!(before.media[0].port, after.media[0].port);
}

#[test]
fn an_early_hold_is_opened_after_the_final_answer_and_an_early_opening_is_not_narrowed() {
    let closed = sample("baresip-answer").replace("sendrecv", "sendonly");
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let early = desk.early(B, &closed).unwrap();
    assert_eq!(early.direction, Direction::SendOnly);
    assert!(!desk.route(A).open && desk.route(B).open);
    let last = desk.misfit(B, &sample("baresip-answer"));
    assert_eq!(text(&last), text(&early));
    let offer = desk.propose(browser(A), phone(B)).unwrap();
    assert!(text(&offer).contains("a=sendrecv"));
    desk.answer(A, &sample("chromium-answer")).unwrap();
    assert!(desk.route(A).open);

    let (mut desk, told) = ringing();
    let last = desk.answer(B, &closed).unwrap();
    assert_eq!(
        text(&last),
        told,
        "the browser goes on sending, and nobody listens"
    );
    assert_eq!(last.direction, Direction::SendOnly);
    assert!(!desk.route(A).open && desk.route(B).open);
}

#[test]
fn a_refused_call_takes_its_early_media_back() {
    let (mut desk, _) = ringing();
    desk.withdraw();
    assert!(desk.plan().legs.is_empty() && desk.plan().routes.is_empty());
    assert_eq!(
        desk.answer(B, &sample("baresip-answer")),
        Err(Refusal::Unknown)
    );
}

#[test]
fn after_the_end_of_the_exchange_an_answer_changes_nothing() {
    let (mut desk, told) = ringing();
    desk.answer(B, &sample("baresip-answer")).unwrap();
    let applied = desk.applied;
    for late in ["baresip-answer", "asterisk-answer"] {
        assert_eq!(text(&desk.answer(B, &sample(late)).unwrap()), told);
    }
    assert_eq!(
        desk.answer(A, &sample("chromium-answer")),
        Err(Refusal::Unknown)
    );
    assert_eq!(desk.applied, applied);
}

//! Offers of our own: for a call that comes without one, for a leg that asks what we have, for one that joins.

use crate::desk::*;
use control_command::{Direction, LegId, Refusal};
use media_sdp::Setup;

const C: LegId = LegId(2);

/// A telephone's answer.
fn phone_answer(formats: &str, direction: &str) -> String {
    format!(
        "v=0\r\no=- 5 5 IN IP4 192.168.7.20\r\ns=-\r\nc=IN IP4 192.168.7.20\r\nt=0 0\r\n\
         m=audio 20210 RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n\
         a=rtpmap:126 telephone-event/8000\r\na=rtpmap:111 opus/48000/2\r\na={direction}\r\n"
    )
}

/// A browser's answer.
fn browser_answer(formats: &str) -> String {
    let opus = "a=rtpmap:111 opus/48000/2\r\na=rtpmap:126 telephone-event/8000\r\na=rtpmap:0";
    sample("chromium-answer")
        .replace("SAVPF 0 8 101", &format!("SAVPF {formats}"))
        .replace("a=rtpmap:0", opus)
}

fn offered(description: &control_command::Description) -> Vec<String> {
    codecs(&parse(&description.sdp).media[0])
}

#[test]
fn p43_a_call_without_an_offer_is_made_one_for_the_callee_and_gets_its_own_by_the_answer() {
    let mut desk = Desk::new();
    let told = desk.propose(browser(B), phone(A)).unwrap();
    assert_eq!(
        offered(&told),
        [
            "0 PCMU/8000",
            "8 PCMA/8000",
            "9 G722/8000",
            "111 opus/48000/2",
            "101 telephone-event/8000",
            "110 telephone-event/48000"
        ]
    );
    assert_eq!(
        parse(&told.sdp).section(0).unwrap().setup(),
        Some(Setup::ActPass)
    );
    assert_eq!(
        desk.plan().legs.len(),
        1,
        "the caller has been told nothing"
    );
    let told = desk.answer(B, &sample("chromium-answer")).unwrap();
    assert_eq!(
        offered(&told),
        ["0 PCMU/8000", "8 PCMA/8000", "101 telephone-event/8000"],
        "what the callee took, and nothing else"
    );
    assert!(text(&told).contains("m=audio 30") && !text(&told).contains("ice"));
    assert_eq!(
        desk.answer(B, &sample("chromium-answer")).unwrap(),
        told,
        "the 200 once more"
    );
    desk.answer(A, &phone_answer("0 101", "sendrecv")).unwrap();
    assert_eq!(desk.mapped(A), [(0, 0), (101, 101)]);
    assert!(desk.route(A).open && desk.route(B).open);
    assert_eq!(desk.far_phone(A).rtp.to_string(), "192.168.7.20:20210");
    // From now on it is a call like any other.
    desk.settle(phone(A), browser(B), &phone_answer("0 101", "sendrecv"));
}

#[test]
fn p43_a_caller_that_takes_the_callees_second_codec_has_the_callee_brought_in_line() {
    let mut desk = Desk::new();
    desk.propose(browser(B), phone(A)).unwrap();
    desk.answer(B, &sample("chromium-answer")).unwrap();
    let told = desk.misfit(A, &phone_answer("8 101", "sendrecv"));
    assert!(
        text(&told).contains("ice-ufrag"),
        "what the callee was told last"
    );
    let narrowed = desk.propose(browser(B), phone(A)).unwrap();
    assert_eq!(offered(&narrowed)[0], "8 PCMA/8000");
    desk.answer(B, &browser_answer("8 101")).unwrap();
    assert_eq!(desk.mapped(B), [(8, 8), (101, 101)]);
}

#[test]
fn p43_a_browser_that_calls_without_an_offer_gets_one() {
    let mut desk = Desk::new();
    let told = desk.propose(phone(B), browser(A)).unwrap();
    assert_eq!(
        offered(&told),
        [
            "0 PCMU/8000",
            "8 PCMA/8000",
            "111 opus/48000/2",
            "9 G722/8000",
            "110 telephone-event/48000",
            "126 telephone-event/8000"
        ]
    );
    let told = desk.answer(B, &phone_answer("8 126", "sendrecv")).unwrap();
    assert_eq!(offered(&told), ["8 PCMA/8000", "126 telephone-event/8000"]);
    let offer = parse(&told.sdp);
    assert_eq!(offer.section(0).unwrap().setup(), Some(Setup::ActPass));
    assert!(text(&told).contains("a=group:BUNDLE 0") && text(&told).contains("a=rtcp-mux"));
    desk.answer(A, &browser_answer("8 126")).unwrap();
    assert_eq!(desk.mapped(A), [(8, 8), (126, 126)]);
}

#[test]
fn two_browsers_without_an_offer_speak_opus() {
    let mut desk = Desk::new();
    desk.propose(browser(B), browser(A)).unwrap();
    let told = desk.answer(B, &browser_answer("111 9 0 126")).unwrap();
    assert_eq!(offered(&told)[0], "111 opus/48000/2");
    desk.answer(A, &browser_answer("111 126")).unwrap();
    assert_eq!(desk.mapped(A), [(111, 111), (126, 126)]);
}

#[test]
fn p43_an_offer_in_a_reliable_18x_is_answered_in_the_prack() {
    let mut desk = Desk::new();
    desk.propose(phone(B), phone(A)).unwrap();
    let early = desk.early(B, &phone_answer("0 8 101", "sendrecv")).unwrap();
    assert_eq!(offered(&early).len(), 3);
    desk.answer(A, &phone_answer("0 101", "sendrecv")).unwrap();
    assert!(desk.route(B).open, "early media");
    assert_eq!(
        desk.answer(B, &phone_answer("0 8 101", "sendrecv"))
            .unwrap(),
        early
    );
    assert_eq!(desk.mapped(B), [(0, 0), (101, 101)]);
    assert_eq!(
        desk.offer(phone(B), phone(A), &sample("hold-sendonly-offer"))
            .map(|_| ()),
        Ok(()),
        "nothing is outstanding"
    );
}

#[test]
fn many_are_rung_without_an_offer_and_the_caller_gets_one() {
    let mut desk = Desk::new();
    for leg in [B, C] {
        desk.propose(browser(leg), phone(A)).unwrap();
    }
    let early = desk.early(B, &sample("chromium-answer")).unwrap();
    let told = desk.answer(C, &sample("chromium-answer")).unwrap();
    assert_eq!(told, early);
    desk.release(B);
    desk.answer(A, &phone_answer("0 101", "sendrecv")).unwrap();
    assert_eq!(desk.route(A).to, C);
    assert_eq!(desk.plan().legs.len(), 2);
}

#[test]
fn p43_whoever_asks_in_mid_call_is_offered_what_the_other_can_and_may_resume_by_it() {
    let mut desk = browser_calls_phone();
    let hold = sample("baresip-answer").replace("sendrecv", "sendonly");
    desk.offer(phone(B), browser(A), &hold).unwrap();
    desk.answer(A, &browser_answer("0 126").replace("sendrecv", "recvonly"))
        .unwrap();
    assert!(!desk.route(A).open);
    let before = desk.plan().clone();
    let told = desk.propose(phone(B), browser(A)).unwrap();
    assert_eq!(told.direction, Direction::SendRecv, "so that it may resume");
    assert_eq!(desk.plan(), &before);
    let heard = desk.misfit(B, &sample("baresip-answer"));
    assert!(
        text(&heard).contains("a=sendonly"),
        "what the browser was told last"
    );
    assert!(!desk.route(A).open, "until it has agreed");
    let resumed = desk.propose(browser(A), phone(B)).unwrap();
    assert_eq!(resumed.direction, Direction::SendRecv);
    desk.answer(A, &browser_answer("0 126")).unwrap();
    assert!(desk.route(A).open && desk.route(B).open);
}

#[test]
fn p43_a_hold_in_the_answer_reaches_the_other_leg() {
    let mut desk = browser_calls_phone();
    desk.propose(phone(B), browser(A)).unwrap();
    desk.misfit(B, &sample("baresip-answer").replace("sendrecv", "sendonly"));
    let hold = desk.propose(browser(A), phone(B)).unwrap();
    assert_eq!(hold.direction, Direction::SendOnly);
    desk.answer(A, &browser_answer("0 126").replace("sendrecv", "recvonly"))
        .unwrap();
    assert!(!desk.route(A).open && desk.route(B).open);
}

#[test]
fn a_question_in_mid_call_has_what_the_other_offered_besides_what_was_agreed() {
    let mut desk = browser_calls_phone();
    let told = desk.propose(phone(B), browser(A)).unwrap();
    assert_eq!(
        offered(&told),
        [
            "0 PCMU/8000",
            "8 PCMA/8000",
            "111 opus/48000/2",
            "9 G722/8000",
            "126 telephone-event/8000",
            "110 telephone-event/48000"
        ]
    );
    // What was agreed fits.
    desk.answer(B, &sample("baresip-answer")).unwrap();
    // Another choice is for the browser to learn.
    desk.propose(phone(B), browser(A)).unwrap();
    desk.misfit(B, &phone_answer("8 126", "sendrecv"));
    let narrowed = desk.propose(browser(A), phone(B)).unwrap();
    assert_eq!(
        offered(&narrowed),
        [
            "8 PCMA/8000",
            "111 opus/48000/2",
            "9 G722/8000",
            "0 PCMU/8000",
            "126 telephone-event/8000",
            "110 telephone-event/48000"
        ]
    );
}

#[test]
fn p40_a_transfer_joins_another_leg_and_the_browser_notices_nothing() {
    let mut desk = browser_calls_phone();
    let before = desk.leg(A).clone();
    let told = desk.propose(phone(C), browser(A)).unwrap();
    assert!(text(&told).contains("a=sendrecv"));
    assert_eq!(desk.route(A).to, B, "until somebody answers");
    desk.early(C, &phone_answer("0 126", "sendrecv")).unwrap();
    assert_eq!(desk.route(A).to, C, "it hears the new one ring");
    desk.answer(C, &phone_answer("0 126", "sendrecv")).unwrap();
    assert_eq!(desk.leg(A), &before);
    assert_eq!((desk.route(A).to, desk.route(C).to), (C, A));
    assert_eq!(desk.plan().routes.len(), 2, "and nobody the old one");
    desk.release(B);
    assert_eq!(desk.plan().legs.len(), 2);
    assert_eq!(desk.leg(A), &before);
    desk.settle(browser(A), phone(C), &sample("chromium-restart-offer"));
}

#[test]
fn a_transfer_that_fails_leaves_the_two_that_talk() {
    let mut desk = browser_calls_phone();
    let before = desk.plan().clone();
    desk.propose(phone(C), browser(A)).unwrap();
    desk.early(C, &phone_answer("0", "sendrecv")).unwrap();
    desk.withdraw();
    assert_eq!(desk.plan(), &before);
    desk.release(C);
    assert_eq!(desk.plan(), &before);
}

#[test]
fn a_transfer_to_one_with_another_codec_asks_the_browser_anew() {
    let mut desk = browser_calls_phone();
    desk.propose(phone(C), browser(A)).unwrap();
    desk.misfit(C, &phone_answer("8 126", "sendrecv"));
    desk.release(B);
    let told = desk.propose(browser(A), phone(C)).unwrap();
    assert_eq!(offered(&told)[0], "8 PCMA/8000");
    desk.answer(A, &browser_answer("8 126")).unwrap();
    assert_eq!(desk.mapped(C), [(8, 8), (126, 126)]);
}

#[test]
fn one_at_a_time_holds_for_our_own_offers_too() {
    let mut desk = browser_calls_phone();
    desk.propose(phone(B), browser(A)).unwrap();
    let refresh = desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"));
    assert_eq!(refresh, Err(Refusal::Pending));
    assert_eq!(desk.propose(browser(A), phone(B)), Err(Refusal::Pending));
    assert_eq!(desk.answer(A, &browser_answer("0")), Err(Refusal::Unknown));
    desk.withdraw();
    assert!(desk.propose(browser(A), phone(B)).is_ok());
    assert_eq!(desk.propose(phone(A), phone(A)), Err(Refusal::Unknown));
}

#[test]
fn a_late_offer_taken_back_leaves_nothing() {
    for answers in 0..2 {
        let mut desk = Desk::new();
        desk.propose(browser(B), phone(A)).unwrap();
        if answers == 1 {
            desk.answer(B, &sample("chromium-answer")).unwrap();
        }
        desk.withdraw();
        assert!(desk.plan().legs.is_empty());
        desk.release(B);
        // Another is tried, and the caller's port is still the same.
        desk.propose(phone(C), phone(A)).unwrap();
        desk.answer(C, &phone_answer("0", "sendrecv")).unwrap();
        desk.answer(A, &phone_answer("0", "sendrecv")).unwrap();
        desk.delete_in(CALL);
        desk.ended_in(CALL);
        assert!(desk.negotiator.is_idle());
    }
}

#[test]
fn p44_what_a_telephone_is_offered_fits_into_a_datagram_with_room_for_the_headers() {
    // RFC 3261 §18.1.1 sets 1300 octets for the whole request; the headers have some 600.
    const ROOM: usize = 600;
    let mut desk = Desk::new();
    let told = desk.propose(phone(B), browser(A)).unwrap();
    assert!(told.sdp.len() < ROOM, "{}: {}", told.sdp.len(), text(&told));
    for offer in [
        "chromium-sipjs-offer",
        "firefox-offer",
        "chromium-audio-video-data-offer",
    ] {
        let mut desk = Desk::new();
        let told = desk.offer(browser(A), phone(B), &sample(offer)).unwrap();
        assert!(told.sdp.len() < ROOM, "{}: {}", told.sdp.len(), text(&told));
    }
}

#[test]
fn a_browser_with_opus_alone_and_a_telephone_without_it_are_translated() {
    let mut desk = Desk::new();
    let alone =
        sample("chromium-sipjs-offer").replace("SAVPF 111 63 9 0 8 13 110 126", "SAVPF 111");
    // Some telephones speak opus: it comes first, and passes.
    let told = desk.offer(browser(A), phone(B), &alone).unwrap();
    assert_eq!(
        offered(&told),
        [
            "111 opus/48000/2",
            "0 PCMU/8000",
            "8 PCMA/8000",
            "9 G722/8000"
        ]
    );
    let told = desk.answer(B, &phone_answer("8 0", "sendrecv")).unwrap();
    assert_eq!(offered(&told), ["111 opus/48000/2"]);
    assert!(desk.mapped(A).is_empty() && desk.mapped(B).is_empty());
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(desk.translated(A), [pair("opus/48000", "PCMA/8000")]);
    assert_eq!(
        desk.translated(B),
        [
            pair("PCMA/8000", "opus/48000"),
            pair("PCMU/8000", "opus/48000")
        ]
    );
}

#[test]
fn a_telephone_calls_a_browser_that_speaks_opus_alone() {
    let mut desk = Desk::new();
    let offer = sample("asterisk-offer").replace("RTP/AVP 0 8 9 101", "RTP/AVP 0 101");
    let told = desk.offer(phone(A), browser(B), &offer).unwrap();
    assert_eq!(
        offered(&told),
        [
            "0 PCMU/8000",
            "111 opus/48000/2",
            "9 G722/8000",
            "8 PCMA/8000",
            "101 telephone-event/8000",
            "110 telephone-event/48000"
        ]
    );
    let answer = browser_answer("111 110 101").replace(
        "a=rtpmap:111",
        "a=rtpmap:110 telephone-event/48000\r\na=rtpmap:111",
    );
    let told = desk.answer(B, &answer).unwrap();
    assert_eq!(offered(&told), ["0 PCMU/8000", "101 telephone-event/8000"]);
    assert!(desk.route(A).open && desk.route(B).open);
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let (eight, forty_eight) = ("telephone-event/8000", "telephone-event/48000");
    assert_eq!(
        desk.translated(A),
        [pair("PCMU/8000", "opus/48000"), pair(eight, forty_eight)]
    );
    assert_eq!(
        desk.translated(B),
        [
            pair("opus/48000", "PCMU/8000"),
            pair(forty_eight, eight),
            pair(eight, eight)
        ]
    );
}

//! What is refused, with which reason, and that nothing is left behind.

use crate::desk::*;
use control_command::{LegEnd, Refusal, SessionId};

fn offer_without(name: &str, line: &str) -> String {
    let body = sample(name);
    let kept = body
        .split_inclusive("\r\n")
        .filter(|it| !it.starts_with(line));
    let sdp: String = kept.collect();
    assert_ne!(sdp, body, "{line} was there");
    sdp
}

#[test]
fn a_browsers_offer_that_we_cannot_carry_is_not_acceptable() {
    let offer = || sample("chromium-sipjs-offer");
    let sdes = offer_without("chromium-sipjs-offer", "a=fingerprint").replace(
        "a=rtcp-mux",
        "a=rtcp-mux\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc",
    );
    let cases = [
        ("keys in SDES only", sdes),
        (
            "no fingerprint",
            offer_without("chromium-sipjs-offer", "a=fingerprint"),
        ),
        (
            "no ufrag",
            offer_without("chromium-sipjs-offer", "a=ice-ufrag"),
        ),
        (
            "no password",
            offer_without("chromium-sipjs-offer", "a=ice-pwd"),
        ),
        (
            "no rtcp-mux",
            offer_without("chromium-sipjs-offer", "a=rtcp-mux"),
        ),
        (
            "short ufrag",
            offer().replace("a=ice-ufrag:Xk2Q", "a=ice-ufrag:Xk2"),
        ),
        (
            "short password",
            offer().replace("p9Fh3kQ0vXr7LmZt5sWcYb1N", "p9Fh3k"),
        ),
        (
            "strange password",
            offer().replace("p9Fh3kQ0vXr7", "p9Fh3k Q0vXr"),
        ),
        (
            "on hold",
            offer().replace("setup:actpass", "setup:holdconn"),
        ),
        ("plain RTP", offer().replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
        ("SDES", offer().replace("UDP/TLS/RTP/SAVPF", "RTP/SAVP")),
        (
            "rejected audio",
            offer().replace("m=audio 50244", "m=audio 0"),
        ),
        ("no audio", offer().replace("m=audio", "m=video")),
        (
            "only events and noise",
            offer().replace("111 63 9 0 8 13 110 126", "63 13 110 126"),
        ),
        (
            "unknown formats",
            offer().replace("111 63 9 0 8 13 110 126", "99 100"),
        ),
    ];
    for (why, sdp) in cases {
        let mut desk = Desk::new();
        let told = desk.offer(browser(A), phone(B), &sdp);
        assert_eq!(told, Err(Refusal::NotAcceptable), "{why}");
        assert!(desk.negotiator.is_idle() && desk.plans.is_empty(), "{why}");
    }
}

#[test]
fn a_telephones_offer_that_we_cannot_carry_is_not_acceptable() {
    let offer = || sample("asterisk-offer");
    let cases = [
        ("SRTP", offer().replace("RTP/AVP", "RTP/SAVP")),
        ("DTLS", offer().replace("RTP/AVP", "UDP/TLS/RTP/SAVPF")),
        (
            "multicast",
            offer().replace("c=IN IP4 192.168.7.2", "c=IN IP4 239.1.2.3"),
        ),
        (
            "broadcast",
            offer().replace("c=IN IP4 192.168.7.2", "c=IN IP4 255.255.255.255"),
        ),
        (
            "no address",
            offer().replace("c=IN IP4 192.168.7.2\r\n", ""),
        ),
        ("the other family", sample("ipv6-offer")),
        ("rejected", offer().replace("m=audio 14320", "m=audio 0")),
        (
            "only fax",
            sample("fax-and-audio-offer").replace("m=audio 30000", "m=audio 0"),
        ),
    ];
    for (why, sdp) in cases {
        let mut desk = Desk::new();
        let told = desk.offer(phone(A), browser(B), &sdp);
        assert_eq!(told, Err(Refusal::NotAcceptable), "{why}");
        assert!(desk.negotiator.is_idle(), "{why}");
    }
}

#[test]
fn an_answer_that_we_cannot_carry_leaves_the_offer_outstanding() {
    let answer = || sample("baresip-answer");
    let cases = [
        (
            "rejected",
            answer().replace("m=audio 20210", "m=audio 0"),
            Refusal::NotAcceptable,
        ),
        (
            "codecs not offered",
            answer().replace("AVP 0 126", "AVP 18 3"),
            Refusal::NotAcceptable,
        ),
        (
            "only events",
            answer().replace("AVP 0 126", "AVP 126"),
            Refusal::NotAcceptable,
        ),
        (
            "no media",
            answer().split("m=audio").next().unwrap().to_owned(),
            Refusal::NotAcceptable,
        ),
        (
            "another protocol",
            answer().replace("RTP/AVP", "RTP/SAVP"),
            Refusal::NotAcceptable,
        ),
        ("nothing", String::new(), Refusal::Malformed),
        ("no SDP", "hello".to_owned(), Refusal::Malformed),
    ];
    for (why, sdp, refusal) in cases {
        let mut desk = Desk::new();
        desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
            .unwrap();
        let plan = desk.plan().clone();
        assert_eq!(desk.answer(B, &sdp), Err(refusal), "{why}");
        assert_eq!(desk.plan(), &plan);
        desk.answer(B, &answer())
            .expect("the offer can still be answered");
    }
}

#[test]
fn a_browsers_answer_must_be_a_secure_one() {
    for (why, sdp) in [
        (
            "no fingerprint",
            offer_without("chromium-answer", "a=fingerprint"),
        ),
        (
            "no rtcp-mux",
            offer_without("chromium-answer", "a=rtcp-mux"),
        ),
        (
            "rejected",
            sample("chromium-answer").replace("m=audio 50244", "m=audio 0"),
        ),
    ] {
        let mut desk = Desk::new();
        desk.offer(phone(A), browser(B), &sample("asterisk-offer"))
            .unwrap();
        assert_eq!(desk.answer(B, &sdp), Err(Refusal::NotAcceptable), "{why}");
    }
}

#[test]
fn what_is_no_sdp_is_malformed() {
    let long = format!("{}a={}\r\n", sample("asterisk-offer"), "x".repeat(70_000));
    for sdp in ["", "v=0\r\n", "\u{1}\u{2}", &long] {
        let mut desk = Desk::new();
        assert_eq!(
            desk.offer(phone(A), browser(B), sdp),
            Err(Refusal::Malformed)
        );
        assert!(desk.negotiator.is_idle());
    }
}

#[test]
fn nobody_answers_what_was_not_offered() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.answer(B, &sample("baresip-answer")),
        Err(Refusal::Unknown)
    );
    desk.withdraw();
    assert_eq!(desk.delete_in(CALL), None);
    assert!(desk.negotiator.is_idle());
}

#[test]
fn a_session_is_never_used_again_while_its_worker_closes_it() {
    let mut desk = browser_calls_phone();
    desk.delete_in(CALL).unwrap();
    let again = desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"));
    assert_eq!(again, Err(Refusal::Unknown));
}

#[test]
fn without_a_free_port_the_call_is_refused_and_nothing_is_held() {
    let mut desk = Desk::new();
    for id in 0..50 {
        desk.offer_in(
            SessionId(id),
            browser(A),
            phone(B),
            &sample("chromium-sipjs-offer"),
        )
        .unwrap();
    }
    let full = SessionId(50);
    let told = desk.offer_in(full, browser(A), phone(B), &sample("chromium-sipjs-offer"));
    assert_eq!(told, Err(Refusal::Exhausted));
    desk.delete_in(SessionId(3)).unwrap();
    let told = desk.offer_in(full, browser(A), phone(B), &sample("chromium-sipjs-offer"));
    assert_eq!(
        told,
        Err(Refusal::Exhausted),
        "the worker may still have them bound"
    );
    desk.negotiator.ended(SessionId(3));
    // Two telephones need two pairs; one is not kept when the other is missing.
    let told = desk.offer_in(full, phone(A), phone(B), &sample("asterisk-offer"));
    assert_eq!(told, Err(Refusal::Exhausted));
    desk.offer_in(full, browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
}

#[test]
fn a_network_that_is_not_there_is_our_own_fault() {
    let mut desk = Desk::new();
    let nowhere = LegEnd {
        network: proto_base::NetworkId(9),
        ..browser(A)
    };
    let told = desk.offer(nowhere, phone(B), &sample("chromium-sipjs-offer"));
    assert_eq!(told, Err(Refusal::Unknown));
    assert!(desk.negotiator.is_idle());
}

#[test]
fn passwords_are_not_for_logs() {
    let desk = browser_calls_phone();
    let password = desk.webrtc(A).local_pwd.clone();
    // The descriptions told are kept as text, so the negotiator's own Debug must not print them either.
    assert!(!format!("{:?}", desk.negotiator).contains(&password));
}

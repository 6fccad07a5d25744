//! Keys in the SDP (RFC 4568), required or by best effort (RFC 8643).

use crate::desk::{A, B, Desk, parse, phone, text};
use control_command::{
    Description, Door, Dress, LegEnd, LegId, Protection, Refusal, Sdes, Suite, TransportPlan,
};
use media_sdp::Crypto;

fn dressed(leg: LegId, dress: Dress) -> LegEnd {
    LegEnd {
        dress,
        ..phone(leg)
    }
}

fn key(suite: Suite, octet: u8) -> Crypto {
    Crypto {
        tag: 1,
        suite,
        key: vec![octet; suite.material_length()],
    }
}

const CM: Suite = Suite::AesCm128HmacSha1_80;

/// A telephone's description with these keys.
fn body(protocol: &str, keys: &[Crypto]) -> String {
    let mut body = format!(
        "v=0\r\no=- 1 1 IN IP4 192.168.7.9\r\ns=-\r\nc=IN IP4 192.168.7.9\r\nt=0 0\r\nm=audio 4000 {protocol} 8\r\n"
    );
    for key in keys {
        body += &format!("a=crypto:{key}\r\n");
    }
    body
}

fn plain() -> String {
    body("RTP/AVP", &[])
}

fn told(description: &Description) -> (String, Vec<Crypto>) {
    let description = parse(&description.sdp);
    let media = &description.media[0];
    (media.protocol.clone(), media.attributes.crypto().collect())
}

fn protection(desk: &Desk, leg: LegId) -> Protection {
    match &desk.leg(leg).transport {
        TransportPlan::Rtp(plan) => plan.protection.clone(),
        TransportPlan::WebRtc(_) => panic!("a telephone"),
    }
}

fn keyed(desk: &Desk, leg: LegId) -> Sdes {
    match protection(desk, leg) {
        Protection::Keyed(sdes) => *sdes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_encrypting_telephone_calls_a_plain_one_in_every_suite() {
    for suite in Suite::ALL {
        let mut desk = Desk::new();
        let offered = desk
            .offer(
                dressed(A, Dress::Srtp),
                phone(B),
                &body("RTP/SAVP", &[key(suite, 7)]),
            )
            .unwrap();
        assert_eq!(told(&offered), ("RTP/AVP".to_owned(), Vec::new()));
        let answered = desk.answer(B, &plain()).unwrap();
        let (protocol, keys) = told(&answered);
        assert_eq!((protocol.as_str(), keys.len()), ("RTP/SAVP", 1));
        assert_eq!((keys[0].tag, keys[0].suite), (1, suite));
        let sdes = keyed(&desk, A);
        assert_eq!(sdes.remote, vec![7; suite.material_length()]);
        assert_eq!(sdes.local, keys[0].key);
        assert_ne!(sdes.local, sdes.remote);
        assert_eq!(protection(&desk, B), Protection::Plain);
    }
}

#[test]
fn the_first_suite_that_we_have_is_taken_under_its_tag() {
    let mut desk = Desk::new();
    let mut keys = vec![key(CM, 1), key(Suite::AeadAes256Gcm, 2)];
    keys[0].tag = 40;
    let offer = body("RTP/SAVP", &keys).replace(
        "a=crypto:40",
        "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r\na=crypto:40",
    );
    desk.offer(dressed(A, Dress::Srtp), phone(B), &offer)
        .unwrap();
    let (_, keys) = told(&desk.answer(B, &plain()).unwrap());
    assert_eq!((keys[0].tag, keys[0].suite), (40, CM));
}

#[test]
fn nothing_is_sent_in_the_clear_to_whom_encryption_was_offered() {
    let mut desk = Desk::new();
    let offered = desk
        .offer(phone(A), dressed(B, Dress::Srtp), &plain())
        .unwrap();
    let (protocol, keys) = told(&offered);
    assert_eq!(protocol, "RTP/SAVP");
    assert_eq!(keys.len(), 4);
    for (one, other) in keys.iter().zip(keys.iter().skip(1)) {
        assert!(one.tag < other.tag && one.key != other.key);
    }
    assert_eq!(protection(&desk, B), Protection::Awaited);
    // One that answers in the clear, with a suite or a tag of its own, or without a usable key.
    let mut strange = keys[2].clone();
    strange.tag = 1;
    for answer in [
        plain(),
        body("RTP/SAVP", &[]),
        body("RTP/SAVP", &[key(Suite::AesCm256HmacSha1_80, 9)]),
        body("RTP/SAVP", &[strange]),
    ] {
        assert_eq!(
            desk.answer(B, &answer),
            Err(Refusal::NotAcceptable),
            "{answer}"
        );
    }
    let mut taken = key(CM, 9);
    taken.tag = keys[2].tag;
    desk.answer(B, &body("RTP/SAVP", &[taken.clone()])).unwrap();
    let sdes = keyed(&desk, B);
    assert_eq!(
        (sdes.suite, &sdes.local, &sdes.remote),
        (CM, &keys[2].key, &taken.key)
    );
}

#[test]
fn who_must_encrypt_is_not_heard_in_the_clear() {
    let mut desk = Desk::new();
    for offer in [
        plain(),
        body("RTP/SAVP", &[]),
        body("RTP/SAVP", &[]) + "a=crypto:1 X inline:x\r\n",
    ] {
        let offered = desk.offer(dressed(A, Dress::Srtp), phone(B), &offer);
        assert_eq!(offered, Err(Refusal::NotAcceptable), "{offer}");
    }
    // And a plain one does not encrypt.
    let offered = desk.offer(phone(A), phone(B), &body("RTP/SAVP", &[key(CM, 1)]));
    assert_eq!(offered, Err(Refusal::NotAcceptable));
    assert!(desk.negotiator.is_idle());
}

#[test]
fn best_effort_takes_a_key_where_there_is_one_and_stays_with_it() {
    let mut desk = Desk::new();
    let best = |leg| dressed(leg, Dress::BestEffort);
    let offered = desk
        .offer(best(A), best(B), &body("RTP/AVP", &[key(CM, 3)]))
        .unwrap();
    let (protocol, keys) = told(&offered);
    assert_eq!((protocol.as_str(), keys.len()), ("RTP/AVP", 4));
    // The callee knows nothing of it.
    let answered = desk.answer(B, &plain()).unwrap();
    assert_eq!(protection(&desk, B), Protection::Plain);
    let (protocol, keys) = told(&answered);
    assert_eq!((protocol.as_str(), keys.len()), ("RTP/AVP", 1));
    assert_eq!(keyed(&desk, A).remote, vec![3; 30]);
    // It asks for something, and is told no key where it has none.
    let hold = plain() + "a=sendonly\r\n";
    let offered = desk.offer(best(B), best(A), &hold).unwrap();
    assert_eq!(told(&offered).1.len(), 1, "what stands is what is offered");
    let answer = body(
        "RTP/AVP",
        &[Crypto {
            tag: keys[0].tag,
            ..key(CM, 3)
        }],
    ) + "a=recvonly\r\n";
    let answered = desk.answer(A, &answer).unwrap();
    assert_eq!(told(&answered).1, Vec::new());
    // Encrypted once, it is not heard in the clear again.
    let downgrade = desk.offer_in(crate::desk::CALL, best(A), best(B), &plain());
    assert_eq!(downgrade, Err(Refusal::NotAcceptable));
    assert_eq!(keyed(&desk, A).remote, vec![3; 30]);
}

#[test]
fn best_effort_is_answered_in_the_clear_where_no_key_is_offered() {
    let mut desk = Desk::new();
    desk.offer(dressed(A, Dress::BestEffort), phone(B), &plain())
        .unwrap();
    let answered = desk.answer(B, &plain()).unwrap();
    assert_eq!(told(&answered), ("RTP/AVP".to_owned(), Vec::new()));
    assert_eq!(protection(&desk, A), Protection::Plain);
}

#[test]
fn no_key_is_used_on_two_legs_or_in_both_directions() {
    let mut desk = Desk::new();
    desk.offer(
        dressed(A, Dress::Srtp),
        dressed(B, Dress::Srtp),
        &body("RTP/SAVP", &[key(CM, 3)]),
    )
    .unwrap();
    let mut taken = key(CM, 3);
    taken.tag = 3;
    desk.answer(B, &body("RTP/SAVP", &[taken])).unwrap();
    let (a, b) = (keyed(&desk, A), keyed(&desk, B));
    assert_ne!(a.local, b.local);
    for sdes in [&a, &b] {
        assert_ne!(sdes.local, sdes.remote);
    }
}

#[test]
fn p41_a_refresh_keeps_the_keys_and_another_key_renews_ours() {
    let mut desk = Desk::new();
    let srtp = dressed(A, Dress::Srtp);
    desk.offer(srtp, phone(B), &body("RTP/SAVP", &[key(CM, 3)]))
        .unwrap();
    let first = desk.answer(B, &plain()).unwrap();
    let before = keyed(&desk, A);
    let again = desk.settle(srtp, phone(B), &body("RTP/SAVP", &[key(CM, 3)]));
    assert_eq!(text(&again), text(&first));
    assert_eq!(keyed(&desk, A), before);
    // P40: whoever comes with another key knows nothing of the rollover counter of ours.
    let moved = desk.settle(srtp, phone(B), &body("RTP/SAVP", &[key(CM, 4)]));
    let after = keyed(&desk, A);
    assert_eq!(after.remote, vec![4; 30]);
    assert_ne!(after.local, before.local);
    assert_eq!(told(&moved).1[0].key, after.local);
}

#[test]
fn a_refused_offer_with_another_key_changes_nothing() {
    let mut desk = Desk::new();
    let srtp = dressed(A, Dress::Srtp);
    desk.offer(srtp, phone(B), &body("RTP/SAVP", &[key(CM, 3)]))
        .unwrap();
    desk.answer(B, &plain()).unwrap();
    let before = keyed(&desk, A);
    let hold = body("RTP/SAVP", &[key(CM, 4)]) + "a=sendonly\r\n";
    desk.offer(srtp, phone(B), &hold).unwrap();
    assert_eq!(keyed(&desk, A), before);
    desk.withdraw();
    assert_eq!(keyed(&desk, A), before);
}

#[test]
fn p50_the_feedback_profiles_are_told_as_they_are() {
    for (dress, protocol) in [
        (Dress::Srtp, "RTP/SAVP"),
        (Dress::SrtpFeedback, "RTP/SAVPF"),
        (Dress::RtpFeedback, "RTP/AVPF"),
        (Dress::BestEffort, "RTP/AVP"),
    ] {
        let mut desk = Desk::new();
        let offered = desk.offer(phone(A), dressed(B, dress), &plain()).unwrap();
        assert_eq!(told(&offered).0, protocol);
        assert!(!text(&offered).contains("rtcp-fb"));
        let spoken = desk.negotiator.dress(&offered.sdp);
        assert_eq!(spoken, Ok(dress), "and understood as they are told");
    }
}

#[test]
fn p24_keys_and_fingerprints_never_stand_together() {
    let mut desk = Desk::new();
    let browser = crate::desk::browser(A);
    let offer = crate::desk::sample("chromium-sipjs-offer");
    let offered = desk
        .offer(browser, dressed(B, Dress::Srtp), &offer)
        .unwrap();
    assert!(!text(&offered).contains("fingerprint") && text(&offered).contains("a=crypto:"));
    let mut taken = key(CM, 9);
    taken.tag = 3;
    let answered = desk.answer(B, &body("RTP/SAVP", &[taken])).unwrap();
    assert!(text(&answered).contains("fingerprint") && !text(&answered).contains("crypto"));
    assert!(matches!(protection(&desk, B), Protection::Keyed(_)));
}

#[test]
fn keys_are_written_down_and_read_back_and_not_printed() {
    let mut desk = Desk::new();
    desk.offer(
        dressed(A, Dress::Srtp),
        phone(B),
        &body("RTP/SAVP", &[key(CM, 3)]),
    )
    .unwrap();
    desk.answer(B, &plain()).unwrap();
    let snapshot = desk.negotiator.snapshot();
    let read = media_offer_answer::Negotiator::restore(crate::desk::media_plan(), &snapshot);
    assert_eq!(read.unwrap().snapshot(), snapshot);
    let printed = format!("{:?} {:?}", desk.leg(A), desk.negotiator);
    assert!(!printed.contains("3, 3, 3"), "{printed}");
}

//! Re-offers: what must stay stays, what changes changes on one leg.

use crate::desk::*;
use control_command::{Direction, DtlsRole, LegEnd, LegId, Refusal, SessionPlan};
use media_sdp::SessionDescription;

/// What a far end must find unchanged in every description of its leg (P27, P40).
fn constants(description: &SessionDescription) -> Vec<String> {
    let media = description
        .media
        .iter()
        .find(|media| media.kind == "audio")
        .unwrap();
    let attributes = &media.attributes;
    let mut constants: Vec<String> = [
        "ice-ufrag",
        "ice-pwd",
        "fingerprint",
        "candidate",
        "mid",
        "ssrc",
        "msid",
    ]
    .iter()
    .map(|name| format!("{name}:{:?}", attributes.first(name)))
    .collect();
    constants.push(media.port.to_string());
    constants.push(description.origin.session_id.clone());
    constants
}

fn version(description: &SessionDescription) -> u64 {
    description.origin.version.parse().unwrap()
}

/// The plan without what a hold may change.
fn lasting(plan: &SessionPlan) -> SessionPlan {
    let mut plan = plan.clone();
    for leg in &mut plan.legs {
        leg.direction = Direction::SendRecv;
        leg.formats.clear();
    }
    plan.routes.clear();
    plan
}

#[test]
fn a_telephone_holds_in_each_way_there_is_and_resumes() {
    let cases = [
        (
            "hold-sendonly-offer",
            Direction::SendOnly,
            Direction::RecvOnly,
        ),
        (
            "hold-inactive-offer",
            Direction::Inactive,
            Direction::Inactive,
        ),
        ("hold-zero-offer", Direction::SendOnly, Direction::RecvOnly),
    ];
    for (name, direction, answered) in cases {
        let mut desk = phone_calls_browser();
        let before = lasting(desk.plan());
        let told = desk.offer(phone(A), browser(B), &sample(name)).unwrap();
        assert_eq!(told.direction, direction, "{name}");
        let offer = parse(&told.sdp);
        assert_eq!(offer.section(0).unwrap().direction(), direction);
        assert_eq!(version(&offer), 2);
        assert!(!text(&told).contains("0.0.0.0"), "never to a browser");
        assert!(
            desk.route(A).open,
            "until it is answered the session stands as it was"
        );

        let answer = sample("chromium-answer").replace("a=sendrecv", answer_of(answered));
        let told = desk.answer(B, &answer).unwrap();
        assert_eq!(told.direction, answered);
        assert_eq!(parse(&told.sdp).section(0).unwrap().direction(), answered);
        assert_eq!(desk.route(B).open, answered.sends());
        assert_eq!(desk.route(A).open, answered.receives());
        assert_eq!(desk.leg(A).direction, answered);
        assert_eq!(desk.leg(B).direction, answered.reversed());
        assert_eq!(
            lasting(desk.plan()),
            before,
            "{name}: addresses, keys and sources stay"
        );

        let told = desk
            .offer(phone(A), browser(B), &sample("asterisk-offer"))
            .unwrap();
        assert_eq!(version(&parse(&told.sdp)), 3);
        desk.answer(B, &sample("chromium-answer")).unwrap();
        assert!(desk.plan().routes.iter().all(|route| route.open));
        assert_eq!(lasting(desk.plan()), before);
        assert_eq!(desk.far_phone(A).generation, 0);
    }
}

fn answer_of(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "a=sendrecv",
        Direction::SendOnly => "a=sendonly",
        Direction::RecvOnly => "a=recvonly",
        Direction::Inactive => "a=inactive",
    }
}

#[test]
fn a_browser_holds_and_resumes() {
    let mut desk = browser_calls_phone();
    let before = lasting(desk.plan());
    let told = desk
        .offer(browser(A), phone(B), &sample("chromium-hold-offer"))
        .unwrap();
    assert_eq!(told.direction, Direction::SendOnly);
    assert!(text(&told).contains("a=sendonly"));
    let answer = sample("baresip-answer").replace("sendrecv", "recvonly");
    let told = desk.answer(B, &answer).unwrap();
    let held = parse(&told.sdp);
    assert_eq!(
        held.section(0).unwrap().setup(),
        Some(media_sdp::Setup::Active),
        "P25"
    );
    assert!(!desk.route(B).open && desk.route(A).open);
    let resume = sample("chromium-hold-offer").replace("a=sendonly", "a=sendrecv");
    desk.offer(browser(A), phone(B), &resume).unwrap();
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    assert_eq!(constants(&parse(&told.sdp)), constants(&held));
    assert!(desk.route(B).open);
    assert_eq!(lasting(desk.plan()), before);
}

#[test]
fn an_answer_never_opens_what_the_offer_left_closed() {
    let mut desk = browser_calls_phone();
    desk.offer(browser(A), phone(B), &sample("chromium-hold-offer"))
        .unwrap();
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    assert_eq!(
        told.direction,
        Direction::RecvOnly,
        "a telephone that ignores the hold"
    );
    assert!(!desk.route(B).open);
}

#[test]
fn zero_in_an_ice_offer_is_no_hold() {
    for name in ["firefox-offer", "chromium-jssip-offer"] {
        let mut desk = Desk::new();
        let told = desk.offer(browser(A), phone(B), &sample(name)).unwrap();
        assert_eq!(told.direction, Direction::SendRecv, "T3");
        assert!(text(&told).contains("a=sendrecv"));
    }
}

#[test]
fn a_call_that_begins_at_zero_learns_its_address_later() {
    let mut desk = Desk::new();
    desk.offer(phone(A), browser(B), &sample("hold-zero-offer"))
        .unwrap();
    let answer = sample("chromium-answer").replace("a=sendrecv", "a=recvonly");
    desk.answer(B, &answer).unwrap();
    desk.offer(phone(A), browser(B), &sample("asterisk-offer"))
        .unwrap();
    desk.answer(B, &sample("chromium-answer")).unwrap();
    assert_eq!(desk.far_phone(A).rtp.to_string(), "192.168.7.2:14320");
}

#[test]
fn p41_a_session_refresh_is_answered_with_the_same_and_asks_nothing_of_the_other_leg() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let answered = desk.answer(B, &sample("baresip-answer")).unwrap();
    let (plan, applied) = (desk.plan().clone(), desk.applied);
    for _ in 0..3 {
        let told = desk.settle(browser(A), phone(B), &sample("chromium-sipjs-offer"));
        assert_eq!(told, answered);
    }
    assert_eq!((desk.plan(), desk.applied), (&plan, applied), "P41");
    assert_eq!(
        text(&desk.answer(B, &sample("baresip-answer")).unwrap()),
        text(&answered),
        "nothing is outstanding, and a late 200 still says the same"
    );
}

#[test]
fn p41_whoever_was_called_refreshes_too_in_its_own_numbers() {
    let mut desk = browser_calls_phone();
    let plan = desk.plan().clone();
    let refresh = sample("baresip-answer").replace("RTP/AVP 0 126", "RTP/AVP 0 8 126");
    let told = desk.settle(phone(B), browser(A), &refresh);
    assert_eq!(
        codecs(&parse(&told.sdp).media[0]),
        ["0 PCMU/8000", "126 telephone-event/8000"],
        "what is agreed, and nothing of what is offered besides"
    );
    assert_eq!(desk.plan(), &plan);
}

#[test]
fn a_refresh_while_held_or_holding_is_none_of_the_others_business() {
    let mut desk = browser_calls_phone();
    let hold = sample("chromium-hold-offer");
    desk.offer(browser(A), phone(B), &hold).unwrap();
    let answer = sample("baresip-answer").replace("sendrecv", "recvonly");
    let answered = desk.answer(B, &answer).unwrap();
    let held = desk.plan().clone();
    assert_eq!(
        text(&desk.settle(browser(A), phone(B), &hold)),
        text(&answered)
    );
    // The one that is held may say so, or that it would like to speak.
    for said in [&answer, &sample("baresip-answer")] {
        let told = desk.settle(phone(B), browser(A), said);
        assert!(text(&told).contains("a=sendonly"));
    }
    assert_eq!(desk.plan(), &held);
    // But an end of the hold is for the other to know, and so is another hold.
    let resume = hold.replace("a=sendonly", "a=sendrecv");
    assert!(desk.offer(browser(A), phone(B), &resume).is_ok());
    desk.withdraw();
    let hold = sample("baresip-answer").replace("sendrecv", "sendonly");
    assert!(desk.offer(phone(B), browser(A), &hold).is_ok());
}

#[test]
fn what_the_other_leg_must_know_is_asked_of_it() {
    let refresh = sample("chromium-sipjs-offer");
    let cases = [
        // The agreed codec is gone, or has another number.
        refresh.replace("SAVPF 111 63 9 0 8", "SAVPF 111 63 9 8"),
        refresh.replace("8 13 110 126", "8 13 110"),
        refresh
            .replace("8 13 110 126", "8 13 110 100")
            .replace("rtpmap:126", "rtpmap:100"),
        sample("chromium-video-added-offer"),
        sample("chromium-hold-offer"),
    ];
    for offer in cases {
        let mut desk = browser_calls_phone();
        assert!(desk.offer(browser(A), phone(B), &offer).is_ok(), "{offer}");
    }
}

#[test]
fn p29_p30_an_ice_restart_is_settled_on_the_browsers_leg() {
    let mut desk = browser_calls_phone();
    let before = desk.plan().clone();
    let told = desk.settle(browser(A), phone(B), &sample("chromium-restart-offer"));
    let answer = parse(&told.sdp);
    let after = desk.plan();
    assert_eq!(before.legs[1], after.legs[1], "the telephone stays (P30)");
    assert_eq!(before.routes, after.routes);
    assert_eq!(desk.far_browser(A).ufrag, "Mm0Z");
    assert_eq!(
        desk.far_browser(A).dtls_role,
        DtlsRole::Client,
        "the association goes on"
    );
    assert_eq!(version(&answer), 2);
    let ufrag = answer.media[0].attributes.ice_ufrag().unwrap();
    assert_eq!(ufrag, desk.webrtc(A).local_ufrag);
    assert!(
        !format!("{before:?}").contains(ufrag),
        "new credentials (P29)"
    );
    assert_eq!(&ufrag[..4], "0003");
    assert_eq!(before.legs[0].ssrc, after.legs[0].ssrc);
    // Told once more it is a refresh.
    let again = desk.settle(browser(A), phone(B), &sample("chromium-restart-offer"));
    assert_eq!(again, told);
}

#[test]
fn p30_a_browser_that_was_called_restarts_ice_with_all_its_codecs() {
    let mut desk = phone_calls_browser();
    let before = desk.plan().clone();
    // Chromium keeps the numbers of the offer it had.
    let restart = sample("chromium-restart-offer")
        .replace("111 63 9 0 8 13 110 126", "0 8 101 111 9")
        .replace("rtpmap:126", "rtpmap:101");
    let told = desk.settle(browser(B), phone(A), &restart);
    assert_eq!(
        codecs(&parse(&told.sdp).media[0]),
        ["0 PCMU/8000", "8 PCMA/8000", "101 telephone-event/8000"]
    );
    assert_eq!(before.legs[0], desk.plan().legs[0]);
}

#[test]
fn an_ice_restart_taken_back_leaves_the_old_credentials() {
    let mut desk = browser_calls_phone();
    let before = desk.plan().clone();
    // With a hold, so that the telephone is asked.
    let restart = sample("chromium-restart-offer").replace("a=sendrecv", "a=sendonly");
    desk.offer(browser(A), phone(B), &restart).unwrap();
    desk.early(B, &sample("baresip-answer")).unwrap();
    assert_ne!(desk.plan(), &before);
    desk.withdraw();
    assert_eq!(desk.plan(), &before);
}

#[test]
fn p25_the_dtls_role_stays_whoever_offers_next() {
    // The telephone called, the browser chose to be the client.
    let mut desk = phone_calls_browser();
    assert_eq!(desk.far_browser(B).dtls_role, DtlsRole::Server);
    let same_keys = |name: &str| {
        let answer = parse(sample("chromium-answer").as_bytes());
        let ufrag = answer.media[0].attributes.ice_ufrag().unwrap().to_owned();
        sample(name).replace("Xk2Q", &ufrag)
    };
    let told = {
        desk.offer(browser(B), phone(A), &same_keys("chromium-hold-offer"))
            .unwrap();
        let answer = sample("asterisk-answer").replace("sendrecv", "recvonly");
        desk.answer(A, &answer).unwrap()
    };
    let setup = parse(&told.sdp).section(0).unwrap().setup();
    assert_eq!(setup, Some(media_sdp::Setup::Passive), "P25");
    assert_eq!(desk.far_browser(B).dtls_role, DtlsRole::Server);
    // And an answer that says otherwise, to our next offer, does not move it.
    desk.offer(phone(A), browser(B), &sample("asterisk-offer"))
        .unwrap();
    desk.answer(B, &sample("chromium-passive-answer")).unwrap();
    assert_eq!(desk.far_browser(B).dtls_role, DtlsRole::Server);
}

#[test]
fn p28_another_certificate_is_another_association_with_a_role_of_its_own() {
    let mut desk = phone_calls_browser();
    assert_eq!(desk.far_browser(B).dtls_role, DtlsRole::Server);
    let moved = sample("chromium-restart-offer")
        .replace("4A:AD:B9", "11:22:33")
        .replace("126", "101");
    let told = desk.settle(browser(B), phone(A), &moved);
    let setup = parse(&told.sdp).section(0).unwrap().setup();
    assert_eq!(setup, Some(media_sdp::Setup::Active));
    let far = desk.far_browser(B);
    assert_eq!(
        (far.dtls_role, far.fingerprints[0].digest[0]),
        (DtlsRole::Client, 0x11),
        "P28"
    );
}

#[test]
fn a_browser_that_adds_video_gets_it_mirrored_and_keeps_its_order() {
    let mut desk = browser_calls_phone();
    let told = desk
        .offer(browser(A), phone(B), &sample("chromium-video-added-offer"))
        .unwrap();
    assert_eq!(parse(&told.sdp).media.len(), 1);
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    let answer = parse(&told.sdp);
    assert_eq!(answer.media.len(), 2);
    assert_eq!(answer.media[1].port, 0);
    // Now the telephone offers: the browser's second line is still there.
    let told = desk
        .offer(phone(B), browser(A), &sample("hold-sendonly-offer"))
        .unwrap();
    let offer = parse(&told.sdp);
    let lines: Vec<(&str, bool)> = offer
        .media
        .iter()
        .map(|it| (it.kind.as_str(), it.port != 0))
        .collect();
    assert_eq!(lines, [("audio", true), ("video", false)]);
    assert_eq!(offer.media[1].attributes.mid(), Some("1"));
    assert_eq!(offer.attributes.groups().next().unwrap().mids, ["0"]);
    assert_eq!(constants(&offer), constants(&answer));
    assert_eq!(
        offer.section(0).unwrap().setup(),
        Some(media_sdp::Setup::ActPass)
    );
}

#[test]
fn p49_a_telephone_that_moves_opens_the_learning_window_again_and_keeps_our_port() {
    let mut desk = phone_calls_browser();
    let before = desk.plan().clone();
    let moved = sample("asterisk-offer").replace("14320", "15000");
    let told = desk.settle(phone(A), browser(B), &moved);
    let far = desk.far_phone(A);
    assert_eq!((far.rtp.port(), far.generation), (15000, 1));
    assert_eq!(before.legs[1], desk.plan().legs[1]);
    // With another codec too, it is still our old port that speaks with the new one.
    let port = parse(&told.sdp).media[0].port;
    let moved = moved
        .replace("15000", "16000")
        .replace("AVP 0 8 9 101", "AVP 8 101");
    desk.offer(phone(A), browser(B), &moved).unwrap();
    let answer = sample("chromium-answer").replace("SAVPF 0 8 101", "SAVPF 8 101");
    let told = desk.answer(B, &answer).unwrap();
    assert_eq!(parse(&told.sdp).media[0].port, port);
    let far = desk.far_phone(A);
    assert_eq!((far.rtp.port(), far.generation), (16000, 2));
}

#[test]
fn a_browser_that_changes_networks_is_told_the_address_of_the_new_one() {
    let mut desk = browser_calls_phone();
    let inside = LegEnd {
        network: INSIDE,
        ..browser(A)
    };
    let told = desk.settle(inside, phone(B), &sample("chromium-restart-offer"));
    assert!(text(&told).contains("192.168.7.1 4443 typ host"));
    assert_eq!(desk.leg(A).network, INSIDE);
}

#[test]
fn taking_a_re_offer_back_restores_the_session_exactly() {
    for name in ["chromium-hold-offer", "chromium-video-added-offer"] {
        let mut desk = browser_calls_phone();
        let (before, applied) = (desk.plan().clone(), desk.applied);
        let refused = desk.offer(browser(A), phone(B), &sample(name)).unwrap();
        desk.withdraw();
        desk.withdraw();
        assert_eq!((desk.plan(), desk.applied), (&before, applied), "{name}");
        // What was told was told: the version goes on, and never back.
        let refresh = sample("baresip-answer");
        let told = desk.settle(phone(B), browser(A), &refresh);
        assert!(version(&parse(&told.sdp)) >= version(&parse(&refused.sdp)));
        desk.settle(browser(A), phone(B), &sample("chromium-sipjs-offer"));
        assert_eq!(desk.plan(), &before, "{name}");
    }
}

#[test]
fn one_offer_at_a_time() {
    let mut desk = browser_calls_phone();
    desk.offer(browser(A), phone(B), &sample("chromium-hold-offer"))
        .unwrap();
    let again = desk.offer(browser(A), phone(B), &sample("chromium-hold-offer"));
    assert_eq!(again, Err(Refusal::Pending));
    let glare = desk.offer(phone(B), browser(A), &sample("hold-sendonly-offer"));
    assert_eq!(glare, Err(Refusal::Pending));
    assert_eq!(
        desk.answer(A, &sample("chromium-answer")),
        Err(Refusal::Unknown),
        "nothing was offered to it"
    );
}

#[test]
fn a_call_goes_on_after_it_was_written_down_and_read_back() {
    let mut desk = browser_calls_phone();
    desk.offer(browser(A), phone(B), &sample("chromium-hold-offer"))
        .unwrap();
    let snapshot = desk.negotiator.snapshot();
    let answer = sample("baresip-answer").replace("sendrecv", "recvonly");
    let original = desk.answer(B, &answer).unwrap();
    let restored = media_offer_answer::Negotiator::restore(media_plan(), &snapshot).unwrap();
    let mut again = Desk::with(restored);
    assert_eq!(again.answer(B, &answer).unwrap(), original);
    assert_eq!(again.plan(), desk.plan());
    assert!(again.delete_in(CALL).is_some());
    again.negotiator.ended(CALL);
    assert!(again.negotiator.is_idle());
}

#[test]
fn a_snapshot_of_another_version_is_refused() {
    let snapshot = browser_calls_phone().negotiator.snapshot();
    assert!(media_offer_answer::Negotiator::restore(media_plan(), &[]).is_err());
    assert!(
        media_offer_answer::Negotiator::restore(media_plan(), &snapshot[..snapshot.len() / 2])
            .is_err()
    );
    // CBOR: a map of two, the text "version" of seven octets, the number 5.
    let place = 1 + 1 + "version".len();
    let mut newer = snapshot.clone();
    assert_eq!(newer[place], 5);
    newer[place] = 6;
    let error = media_offer_answer::Negotiator::restore(media_plan(), &newer).unwrap_err();
    assert!(error.contains("version 6"), "{error}");
}

#[test]
fn a_leg_is_one_far_end_for_life() {
    let mut desk = browser_calls_phone();
    let turned = desk.offer(browser(A), browser(B), &sample("chromium-hold-offer"));
    assert_eq!(turned, Err(Refusal::Unknown));
    let alone = desk.offer(browser(A), browser(A), &sample("chromium-hold-offer"));
    assert_eq!(alone, Err(Refusal::Unknown));
    let nowhere = LegEnd {
        network: OUTSIDE,
        ..phone(LegId(2))
    };
    assert_eq!(
        desk.offer(browser(A), nowhere, &sample("chromium-hold-offer")),
        Err(Refusal::Unknown)
    );
}

//! The first exchange, in each pairing.

use crate::desk::*;
use control_command::{Direction, DtlsRole, LegId, SessionId, TransportPlan};
use media_sdp::{Fingerprint, Setup};

/// What belongs to a browser's world and swells or breaks a telephone's (P63, T2, T6).
const NOT_FOR_TELEPHONES: [&str; 14] = [
    "rtcp-mux",
    "ice-",
    "candidate",
    "fingerprint",
    "setup",
    "ssrc",
    "msid",
    "extmap",
    "rtcp-fb",
    "group",
    "mid",
    "rtcp-rsize",
    "bundle",
    "203.0.113.",
];

#[test]
fn p63_a_browsers_offer_reaches_a_telephone_lean_and_with_g711_first() {
    let mut desk = Desk::new();
    let told = desk
        .offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    assert_eq!(told.direction, Direction::SendRecv);
    let port = match &desk.leg(B).transport {
        TransportPlan::Rtp(plan) => {
            assert_eq!(plan.remote, None);
            assert_eq!(plan.local_rtcp.port(), plan.local_rtp.port() + 1);
            plan.local_rtp.port()
        }
        TransportPlan::WebRtc(_) => panic!("a telephone's leg"),
    };
    assert_eq!(port % 2, 0);
    let sdp = text(&told);
    let origin = parse(&told.sdp).origin;
    let expected = format!(
        "v=0\r\n\
         o=- {} 1 IN IP4 192.168.7.1\r\n\
         s=-\r\n\
         c=IN IP4 192.168.7.1\r\n\
         t=0 0\r\n\
         m=audio {port} RTP/AVP 0 8 111 9 110 126\r\n\
         a=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:111 opus/48000/2\r\n\
         a=fmtp:111 minptime=10;useinbandfec=1\r\n\
         a=rtpmap:9 G722/8000\r\n\
         a=rtpmap:110 telephone-event/48000\r\n\
         a=fmtp:110 0-16\r\n\
         a=rtpmap:126 telephone-event/8000\r\n\
         a=fmtp:126 0-16\r\n\
         a=sendrecv\r\n\
         a=ptime:20\r\n",
        origin.session_id
    );
    assert_eq!(sdp, expected);
    for word in NOT_FOR_TELEPHONES {
        assert!(!sdp.contains(word), "{word}");
    }
    assert_eq!(
        desk.plan().legs.len(),
        1,
        "the browser has been told nothing yet"
    );
    assert!(desk.plan().routes.is_empty());
}

#[test]
fn the_telephones_answer_reaches_the_browser_as_one_webrtc_endpoint() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    let (ufrag, pwd) = (
        desk.webrtc(A).local_ufrag.clone(),
        desk.webrtc(A).local_pwd.clone(),
    );
    let (ssrc, cname) = (desk.leg(A).ssrc, desk.leg(A).cname.clone());
    let answer = parse(&told.sdp);
    let track = answer.media[0].attributes.msid().unwrap().track.unwrap();
    let fingerprint: Vec<String> = (0..32).map(|octet| format!("{octet:02X}")).collect();
    let expected = format!(
        "v=0\r\n\
         o=- {id} 1 IN IP4 203.0.113.1\r\n\
         s=-\r\n\
         t=0 0\r\n\
         a=group:BUNDLE 0\r\n\
         a=ice-lite\r\n\
         a=ice-options:ice2 trickle\r\n\
         m=audio 443 UDP/TLS/RTP/SAVPF 0 126\r\n\
         c=IN IP4 203.0.113.1\r\n\
         a=mid:0\r\n\
         a=ice-ufrag:{ufrag}\r\n\
         a=ice-pwd:{pwd}\r\n\
         a=candidate:1 1 udp 2130706431 203.0.113.1 443 typ host\r\n\
         a=end-of-candidates\r\n\
         a=fingerprint:sha-256 {fingerprint}\r\n\
         a=setup:active\r\n\
         a=rtcp-mux\r\n\
         a=sendrecv\r\n\
         a=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:126 telephone-event/8000\r\n\
         a=fmtp:126 0-16\r\n\
         a=ptime:20\r\n\
         a=msid:{cname} {track}\r\n\
         a=ssrc:{ssrc} cname:{cname}\r\n",
        id = answer.origin.session_id,
        fingerprint = fingerprint.join(":"),
    );
    assert_eq!(text(&told), expected);
    assert_eq!(&ufrag[..4], "0003", "session 7 belongs to worker 3 of 4");
    assert!(ufrag.len() >= 12 && pwd.len() >= 22);
}

#[test]
fn the_plan_of_an_answered_call_is_complete() {
    let desk = browser_calls_phone();
    let far = desk.far_browser(A);
    assert_eq!(
        (far.ufrag.as_str(), far.dtls_role),
        ("Xk2Q", DtlsRole::Client)
    );
    assert_eq!(far.candidates.len(), 1, "names and TCP are left out");
    assert_eq!(far.candidates[0].address.to_string(), "203.0.113.9:50244");
    let phone = desk.far_phone(B);
    assert_eq!(phone.rtp.to_string(), "192.168.7.20:20210");
    assert_eq!(phone.rtcp.to_string(), "192.168.7.20:20211");
    assert_eq!(phone.signalled_from, Some("192.168.7.2".parse().unwrap()));
    assert_eq!(phone.generation, 0);
    assert_eq!(desk.mapped(A), [(0, 0), (126, 126)]);
    assert_eq!(desk.mapped(B), [(0, 0), (126, 126)]);
    assert!(desk.plan().routes.iter().all(|route| route.open));
    assert!(
        desk.plan()
            .legs
            .iter()
            .all(|leg| leg.direction == Direction::SendRecv)
    );
    let names: Vec<&str> = desk
        .leg(A)
        .formats
        .iter()
        .map(|it| it.encoding.as_str())
        .collect();
    assert_eq!(names, ["PCMU", "telephone-event"]);
    assert_ne!(desk.leg(A).ssrc, desk.leg(B).ssrc);
}

#[test]
fn a_telephones_offer_reaches_a_browser_in_webrtc_dress() {
    let mut desk = Desk::new();
    let told = desk
        .offer(phone(A), browser(B), &sample("asterisk-offer"))
        .unwrap();
    let offer = parse(&told.sdp);
    assert!(offer.attributes.ice_lite());
    let section = offer.section(0).unwrap();
    assert_eq!(section.setup(), Some(Setup::ActPass));
    assert_eq!(section.media().protocol, "UDP/TLS/RTP/SAVPF");
    assert_eq!(section.media().attributes.mid(), Some("0"));
    let expected = [
        "0 PCMU/8000",
        "8 PCMA/8000",
        "9 G722/8000",
        "111 opus/48000/2",
        "101 telephone-event/8000",
        "110 telephone-event/48000",
    ];
    assert_eq!(codecs(section.media()), expected);
    assert_eq!(
        desk.webrtc(B).remote,
        None,
        "ICE can begin as soon as the browser answers"
    );
    assert!(!text(&told).contains("192.168."), "nothing of the inside");

    let told = desk.answer(B, &sample("chromium-answer")).unwrap();
    let answer = parse(&told.sdp);
    assert_eq!(
        codecs(&answer.media[0]),
        ["0 PCMU/8000", "8 PCMA/8000", "101 telephone-event/8000"]
    );
    assert_eq!(answer.media[0].protocol, "RTP/AVP");
    assert_eq!(
        desk.far_browser(B).dtls_role,
        DtlsRole::Server,
        "it said active"
    );
    assert_eq!(desk.far_phone(A).rtp.to_string(), "192.168.7.2:14320");
    assert!(
        !text(&told).contains("203.0.113."),
        "nothing of the outside"
    );
}

#[test]
fn the_answerers_setup_decides_our_part() {
    for (setup, role) in [
        ("a=setup:active\r\n", DtlsRole::Server),
        ("a=setup:passive\r\n", DtlsRole::Client),
        ("a=setup:actpass\r\n", DtlsRole::Client),
        ("", DtlsRole::Client),
    ] {
        let mut desk = Desk::new();
        desk.offer(phone(A), browser(B), &sample("asterisk-offer"))
            .unwrap();
        let answer = sample("chromium-answer").replace("a=setup:active\r\n", setup);
        desk.answer(B, &answer).unwrap();
        assert_eq!(desk.far_browser(B).dtls_role, role, "{setup}");
    }
}

#[test]
fn p20_the_offerers_setup_decides_our_answer_and_it_is_never_actpass() {
    for (offered, answered, role) in [
        ("a=setup:actpass\r\n", Setup::Active, DtlsRole::Client),
        ("a=setup:active\r\n", Setup::Passive, DtlsRole::Server),
        ("a=setup:passive\r\n", Setup::Active, DtlsRole::Client),
        ("", Setup::Passive, DtlsRole::Server),
    ] {
        let mut desk = Desk::new();
        let offer = sample("chromium-sipjs-offer").replace("a=setup:actpass\r\n", offered);
        desk.offer(browser(A), phone(B), &offer).unwrap();
        let told = desk.answer(B, &sample("asterisk-answer")).unwrap();
        assert_eq!(
            parse(&told.sdp).section(0).unwrap().setup(),
            Some(answered),
            "{offered}"
        );
        assert_eq!(desk.far_browser(A).dtls_role, role, "{offered}");
    }
}

#[test]
fn browsers_talk_opus_to_each_other() {
    let mut desk = Desk::new();
    let told = desk
        .offer(browser(A), browser(B), &sample("firefox-offer"))
        .unwrap();
    let offer = parse(&told.sdp);
    let expected = [
        "109 opus/48000/2",
        "9 G722/8000",
        "0 PCMU/8000",
        "8 PCMA/8000",
        "101 telephone-event/8000",
    ];
    assert_eq!(codecs(&offer.media[0]), expected);
    let opus = offer.media[0].attributes.fmtp(109);
    assert_eq!(opus, Some("maxplaybackrate=48000;stereo=1;useinbandfec=1"));
    let answer = sample("chromium-answer")
        .replace("SAVPF 0 8 101", "SAVPF 109 101")
        .replace(
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:109 opus/48000/2\r\na=fmtp:109 minptime=10;useinbandfec=1",
        );
    let told = desk.answer(B, &answer).unwrap();
    let media = &parse(&told.sdp).media[0];
    assert_eq!(
        codecs(media),
        ["109 opus/48000/2", "101 telephone-event/8000"]
    );
    assert_eq!(
        media.attributes.fmtp(109),
        Some("minptime=10;useinbandfec=1")
    );
    let (a, b) = (desk.webrtc(A), desk.webrtc(B));
    assert_ne!(a.local_ufrag, b.local_ufrag);
    assert_eq!(
        a.local_ufrag[..4],
        b.local_ufrag[..4],
        "one worker owns both legs"
    );
    let summary = desk.delete_in(CALL).unwrap();
    assert_eq!(summary.codecs, ["opus/48000/2", "opus/48000/2"]);
}

#[test]
fn a_browser_in_the_lan_is_told_the_inner_address() {
    let mut desk = Desk::new();
    let inside = control_command::LegEnd {
        network: INSIDE,
        ..browser(B)
    };
    let told = desk
        .offer(browser(A), inside, &sample("firefox-offer"))
        .unwrap();
    let sdp = text(&told);
    assert!(sdp.contains("typ host") && sdp.contains("192.168.7.1 4443"));
    assert!(!sdp.contains("203.0.113.1"));
}

#[test]
fn each_of_several_addresses_is_a_candidate_and_the_first_is_best() {
    let mut plan = media_plan();
    let second = media_offer_answer::WebRtcAddress {
        socket: proto_base::SocketId(0),
        advertised: "[2001:db8::1]:443".parse().unwrap(),
    };
    plan.networks[0].webrtc.push(second);
    let random = proto_base::Random::from_number(1);
    let mut desk = Desk::with(media_offer_answer::Negotiator::new(plan, random));
    let told = desk
        .offer(phone(A), browser(B), &sample("asterisk-offer"))
        .unwrap();
    let offer = parse(&told.sdp);
    let candidates: Vec<_> = offer.media[0].attributes.candidates().collect();
    assert_eq!(candidates.len(), 2);
    assert!(candidates[0].priority > candidates[1].priority);
    assert_ne!(candidates[0].foundation, candidates[1].foundation);
}

#[test]
fn p35_p36_other_media_is_mirrored_as_rejected_and_leaves_the_bundle() {
    for (name, count) in [
        ("chromium-audio-video-data-offer", 3),
        ("chromium-max-bundle-offer", 2),
    ] {
        let mut desk = Desk::new();
        let told = desk.offer(browser(A), phone(B), &sample(name)).unwrap();
        assert_eq!(
            parse(&told.sdp).media.len(),
            1,
            "a telephone is not asked for video"
        );
        let told = desk.answer(B, &sample("baresip-answer")).unwrap();
        let answer = parse(&told.sdp);
        assert_eq!(answer.media.len(), count);
        let groups: Vec<_> = answer.attributes.groups().collect();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].mids, ["0"], "only what is accepted (P36)");
        for (index, media) in answer.media.iter().enumerate() {
            assert_eq!(media.port == 0, index != 0);
            assert_eq!(media.attributes.mid(), Some(index.to_string().as_str()));
            assert!(!media.formats.is_empty());
        }
        assert_eq!(answer.media[1].protocol, "UDP/TLS/RTP/SAVPF");
    }
}

#[test]
fn audio_that_is_bundled_behind_video_finds_its_transport_there() {
    let mut offer = parse(sample("chromium-audio-video-data-offer").as_bytes());
    offer.media.truncate(2);
    offer.media.swap(0, 1);
    let audio = offer.media[1].to_owned();
    offer.media[1].attributes = Default::default();
    offer.media[1].port = 0;
    for attribute in audio.attributes.iter() {
        let transport = ["ice-ufrag", "ice-pwd", "fingerprint", "setup", "candidate"];
        if !transport.contains(&attribute.name.as_str()) {
            offer.media[1].attributes.push_attribute(attribute.clone());
        }
    }
    offer.media[1].attributes.push_flag("bundle-only");
    let groups = offer.to_string().replace("BUNDLE 0 1 2", "BUNDLE 1 0");
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &groups).unwrap();
    let told = desk.answer(B, &sample("baresip-answer")).unwrap();
    assert_eq!(desk.far_browser(A).ufrag, "Xk2Q");
    let answer = parse(&told.sdp);
    assert_eq!(
        (answer.media[0].kind.as_str(), answer.media[0].port),
        ("video", 0)
    );
    assert_eq!(
        (answer.media[1].kind.as_str(), answer.media[1].port),
        ("audio", 443)
    );
    assert_eq!(answer.attributes.groups().next().unwrap().mids, ["0"]);
}

#[test]
fn p50_a_telephones_other_lines_are_mirrored_too() {
    let cases = [
        ("snom-savp-and-avp-offer", vec![0, 1], "192.168.7.31:57014"),
        ("fax-and-audio-offer", vec![0, 1], "192.168.7.60:30000"),
    ];
    for (name, ports, remote) in cases {
        let mut desk = Desk::new();
        let told = desk.offer(phone(A), browser(B), &sample(name)).unwrap();
        assert_eq!(parse(&told.sdp).media.len(), 1);
        let numbers = codecs(&parse(&told.sdp).media[0]);
        let event = numbers.last().unwrap().split(' ').next().unwrap();
        let answer = sample("chromium-answer")
            .replace("SAVPF 0 8 101", &format!("SAVPF 8 {event}"))
            .replace("rtpmap:101", &format!("rtpmap:{event}"));
        let told = desk.answer(B, &answer).unwrap();
        let answer = parse(&told.sdp);
        let offer = parse(sample(name).as_bytes());
        assert_eq!(answer.media.len(), offer.media.len());
        for ((theirs, ours), open) in offer.media.iter().zip(&answer.media).zip(ports) {
            assert_eq!(
                (&theirs.kind, &theirs.protocol),
                (&ours.kind, &ours.protocol)
            );
            assert_eq!(ours.port != 0, open == 1);
        }
        assert!(!text(&told).contains("crypto"));
        assert_eq!(desk.far_phone(A).rtp.to_string(), remote);
    }
}

#[test]
fn real_telephones_offers_are_understood() {
    let cases: [(&str, &[&str]); 5] = [
        (
            "baresip-offer",
            &[
                "96 opus/48000/2",
                "9 G722/8000",
                "0 PCMU/8000",
                "8 PCMA/8000",
                "101 telephone-event/8000",
            ],
        ),
        (
            "asterisk-offer",
            &[
                "0 PCMU/8000",
                "8 PCMA/8000",
                "9 G722/8000",
                "101 telephone-event/8000",
            ],
        ),
        (
            "cisco-offer",
            &[
                "114 opus/48000/2",
                "9 G722/8000",
                "124 ISAC/16000",
                "0 PCMU/8000",
                "8 PCMA/8000",
                "116 iLBC/8000",
                "18 G729/8000",
                "101 telephone-event/8000",
            ],
        ),
        (
            "linphone-avpf-offer",
            &[
                "96 opus/48000/2",
                "97 speex/16000",
                "98 speex/8000",
                "0 PCMU/8000",
                "8 PCMA/8000",
                "18 G729/8000",
                "101 telephone-event/48000",
                "99 telephone-event/8000",
            ],
        ),
        (
            "sloppy-offer",
            &["0 PCMU/8000", "8 PCMA/8000", "101 telephone-event/8000"],
        ),
    ];
    for (name, expected) in cases {
        let mut desk = Desk::new();
        let told = desk.offer(phone(A), browser(B), &sample(name)).expect(name);
        let told = codecs(&parse(&told.sdp).media[0]);
        let passing: Vec<&String> = told
            .iter()
            .filter(|it| expected.contains(&it.as_str()))
            .collect();
        assert_eq!(passing, expected, "{name}");
        let added = told.iter().filter(|it| !passing.contains(it));
        let ours = ["opus/48000/2", "G722/8000", "telephone-event/48000"];
        assert!(
            added
                .clone()
                .all(|it| ours.iter().any(|our| it.ends_with(our))),
            "{name}: {told:?}"
        );
        let first = told.iter().position(|it| !passing.contains(&it));
        let speech = expected.iter().filter(|it| !it.contains("telephone"));
        assert!(first.is_none_or(|first| first >= speech.count()), "{name}");
    }
}

#[test]
fn p37_telephone_events_at_48000_are_told_only_beside_a_codec_of_that_clock() {
    let offer = sample("chromium-sipjs-offer")
        .replace("SAVPF 111 63 9", "SAVPF 9")
        .replace("a=rtpmap:111 opus/48000/2\r\n", "");
    let mut desk = Desk::new();
    let told = desk.offer(browser(A), phone(B), &offer).unwrap();
    let sdp = text(&told);
    assert!(!sdp.contains("48000"), "P37: {sdp}");
    assert!(sdp.contains("telephone-event/8000"));
}

#[test]
fn numbers_differ_where_the_other_leg_gave_them_another_meaning() {
    // The browser calls with 111 for opus; then the telephone offers 111 for something else.
    let mut desk = browser_calls_phone();
    let offer = sample("baresip-offer")
        .replace("RTP/AVP 96 9 0 8 101", "RTP/AVP 0 111 101")
        .replace("a=rtpmap:96 opus/48000/2", "a=rtpmap:111 iLBC/8000")
        .replace("a=fmtp:96 stereo=1;sprop-stereo=1", "a=fmtp:111 mode=20");
    let told = desk.offer(phone(B), browser(A), &offer).unwrap();
    let media = &parse(&told.sdp).media[0];
    let lines = codecs(media);
    assert_eq!(lines[0], "0 PCMU/8000");
    let number: u8 = lines[1].split(' ').next().unwrap().parse().unwrap();
    assert!(number >= 96 && number != 111, "{lines:?}");
    assert_eq!(media.attributes.fmtp(number), Some("mode=20"));
    assert!(
        lines.contains(&"126 telephone-event/8000".to_owned()),
        "as the browser called it: {lines:?}"
    );
    let answer = sample("chromium-answer")
        .replace("SAVPF 0 8 101", &format!("SAVPF {number} 126"))
        .replace("a=rtpmap:0 PCMU", &format!("a=rtpmap:{number} iLBC"))
        .replace("rtpmap:101", "rtpmap:126");
    desk.answer(A, &answer).unwrap();
    assert_eq!(desk.mapped(B), [(111, number), (101, 126)]);
    assert_eq!(desk.mapped(A), [(number, 111), (126, 101)]);
}

#[test]
fn an_answer_under_other_numbers_is_sent_to_by_those() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let answer = sample("baresip-answer").replace("126", "101");
    let told = desk.answer(B, &answer).unwrap();
    assert_eq!(
        codecs(&parse(&told.sdp).media[0]),
        ["0 PCMU/8000", "126 telephone-event/8000"]
    );
    assert_eq!(desk.mapped(A), [(0, 0), (126, 101)]);
    assert_eq!(desk.mapped(B), [(0, 0), (126, 126), (101, 126)]);
    let numbers: Vec<u8> = desk
        .leg(B)
        .formats
        .iter()
        .map(|it| it.payload_type)
        .collect();
    assert_eq!(numbers, [0, 126, 101]);
}

#[test]
fn sloppy_answers_are_understood_by_what_was_offered() {
    let cases = [
        ("0 126", ""),
        ("0 126", "a=rtpmap:126 TELEPHONE-EVENT/8000\r\n"),
        (
            "0 97 126 18",
            "a=rtpmap:97 speex/8000\r\na=rtpmap:126 telephone-event/8000\r\n",
        ),
    ];
    for (formats, maps) in cases {
        let mut desk = Desk::new();
        desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
            .unwrap();
        let answer = format!(
            "v=0\r\no=- 1 1 IN IP4 192.168.7.20\r\ns=-\r\nc=IN IP4 192.168.7.20\r\nt=0 0\r\n\
             m=audio 20210 RTP/AVP {formats}\r\n{maps}"
        );
        let told = desk.answer(B, &answer).unwrap();
        let expected = ["0 PCMU/8000", "126 telephone-event/8000"];
        assert_eq!(codecs(&parse(&told.sdp).media[0]), expected);
    }
}

#[test]
fn a_name_in_the_connection_line_is_where_signalling_comes_from() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    let answer =
        sample("baresip-answer").replace("c=IN IP4 192.168.7.20", "c=IN IP4 phone.example");
    desk.answer(B, &answer).unwrap();
    assert_eq!(desk.far_phone(B).rtp.to_string(), "192.168.7.2:20210");
}

#[test]
fn sessions_are_spread_over_the_workers() {
    let mut desk = Desk::new();
    for id in 0..8 {
        let session = SessionId(id);
        desk.offer_in(session, phone(A), browser(B), &sample("asterisk-offer"))
            .unwrap();
        assert_eq!(desk.plans[&session].worker, (id % 4) as u16);
    }
}

#[test]
fn another_leg_can_be_tried_after_the_first_refused() {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    desk.withdraw();
    assert!(desk.plan().legs.is_empty());
    desk.offer(browser(A), phone(LegId(2)), &sample("chromium-sipjs-offer"))
        .unwrap();
    desk.answer(LegId(2), &sample("baresip-answer")).unwrap();
    let legs: Vec<u8> = desk.plan().legs.iter().map(|leg| leg.leg.0).collect();
    assert_eq!(legs, [0, 2]);
}

#[test]
fn only_strong_fingerprints_count() {
    let mut desk = Desk::new();
    let strong = "a=fingerprint:sha-256";
    let offer = sample("chromium-sipjs-offer").replacen(
        strong,
        &format!("a=fingerprint:sha-1 {}\r\n{strong}", ["AB"; 20].join(":")),
        1,
    );
    desk.offer(browser(A), phone(B), &offer).unwrap();
    desk.answer(B, &sample("baresip-answer")).unwrap();
    let names: Vec<&Fingerprint> = desk.far_browser(A).fingerprints.iter().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].algorithm, "sha-256");
}

#[test]
fn p18_a_browser_is_always_told_to_share_its_port_with_rtcp() {
    let without = sample("chromium-sipjs-offer").replace("a=rtcp-mux\r\n", "");
    let mut desk = Desk::new();
    assert_eq!(
        desk.offer(browser(A), phone(B), &without),
        Err(control_command::Refusal::NotAcceptable),
        "it has another port for RTCP, and we have none"
    );
    let offer = sample("chromium-sipjs-offer");
    desk.offer(browser(A), phone(B), &offer).unwrap();
    for _ in 0..2 {
        let told = desk.answer(B, &sample("baresip-answer")).unwrap();
        assert!(text(&told).contains("a=rtcp-mux"));
    }
    let told = desk.propose(browser(A), phone(B)).unwrap();
    assert!(text(&told).contains("a=rtcp-mux"));
}

#[test]
fn p33_what_a_browser_writes_into_its_connection_line_is_of_no_account() {
    let mut plain = Desk::new();
    let offer = sample("chromium-sipjs-offer");
    plain.offer(browser(A), phone(B), &offer).unwrap();
    plain.answer(B, &sample("baresip-answer")).unwrap();
    for relay in ["198.51.100.99", "0.0.0.0", "127.0.0.1"] {
        let offer = offer.replace("c=IN IP4 203.0.113.9", &format!("c=IN IP4 {relay}"));
        let mut desk = Desk::new();
        let told = desk.offer(browser(A), phone(B), &offer).unwrap();
        assert!(text(&told).contains("c=IN IP4 192.168.7.1\r\n"));
        desk.answer(B, &sample("baresip-answer")).unwrap();
        assert_eq!(desk.plan(), plain.plan());
    }
}

#[test]
fn p39_events_pass_with_whatever_codec_is_taken() {
    for codec in ["0", "8", "9"] {
        let mut desk = Desk::new();
        desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
            .unwrap();
        let answer = sample("baresip-answer").replace("AVP 0 126", &format!("AVP {codec} 126"));
        let told = desk.answer(B, &answer).unwrap();
        assert!(text(&told).contains("a=rtpmap:126 telephone-event/8000"));
        assert!(desk.mapped(A).contains(&(126, 126)) && desk.mapped(B).contains(&(126, 126)));
    }
}

use crate::proxy::{CALLEE, CALLER, Proxy, line, reason, result, sdp};
use control_command::{Direction, TransportPlan};
use control_ng::Value;

fn text(text: &str) -> Value {
    Value::text(text)
}

#[test]
fn a_call_between_two_telephones_is_offered_answered_and_ended() {
    let mut proxy = Proxy::new();
    let offered = sdp(&proxy.offer(&[("direction", Value::texts(["inside", "outside"]))]));
    assert_eq!(line(&offered, "c="), "c=IN IP4 203.0.113.1");
    assert!(line(&offered, "m=").ends_with("RTP/AVP 0 8 101"));
    let answered = sdp(&proxy.answer(&[]));
    assert_eq!(line(&answered, "c="), "c=IN IP4 10.0.0.1");
    assert!(line(&answered, "m=").ends_with("RTP/AVP 8"));

    let plan = proxy.plan.clone().unwrap();
    assert!(plan.routes.iter().all(|route| route.open) && plan.routes.len() == 2);
    let ports: Vec<_> = plan
        .legs
        .iter()
        .map(|leg| match &leg.transport {
            TransportPlan::Rtp(rtp) => (rtp.local_rtp.port(), rtp.remote.as_ref().unwrap().rtp),
            TransportPlan::WebRtc(_) => panic!("no browser is here"),
        })
        .collect();
    assert!(line(&answered, "m=").contains(&ports[0].0.to_string()));
    assert!(line(&offered, "m=").contains(&ports[1].0.to_string()));
    assert_eq!(ports[0].1, "10.0.0.8:4000".parse().unwrap());
    assert_eq!(ports[1].1, "203.0.113.9:6000".parse().unwrap());

    let reply = proxy.ask(
        "delete",
        &[
            ("call-id", text("call")),
            ("from-tag", text("a")),
            ("delete-delay", Value::Integer(0)),
        ],
    );
    assert_eq!(result(&reply), "ok");
    assert!(reply.get("totals").is_some());
    assert!(proxy.is_idle());
}

#[test]
fn a_deleted_call_lingers_as_long_as_it_is_asked_to() {
    let mut proxy = Proxy::new();
    proxy.offer(&[]);
    proxy.answer(&[]);
    let delete = [("call-id", text("call"))];
    assert_eq!(result(&proxy.ask("delete", &delete)), "ok");
    proxy.wait(29_000);
    assert_eq!(proxy.front.call_count(), 1);
    // Somebody speaks of it again: it lives.
    proxy.offer(&[("to-tag", text("b"))]);
    proxy.wait(29_000);
    assert_eq!(proxy.front.call_count(), 1);
    let soon = [
        ("call-id", text("call")),
        ("delete-delay", Value::Integer(2)),
    ];
    proxy.ask("delete", &soon);
    proxy.wait(2_000);
    assert!(proxy.is_idle());
}

#[test]
fn a_delete_that_names_nobody_we_know_says_so_and_ends_nothing() {
    let mut proxy = Proxy::new();
    proxy.offer(&[]);
    for entries in [
        vec![("call-id", text("other"))],
        vec![("call-id", text("call")), ("from-tag", text("z"))],
    ] {
        let reply = proxy.ask("delete", &entries);
        let words = "Call-ID not found or tags didn't match";
        assert_eq!(reply.get("warning").unwrap().as_str(), Some(words));
        let mut fatal = entries.clone();
        fatal.push(("flags", Value::texts(["fatal"])));
        assert_eq!(reason(&proxy.ask("delete", &fatal)), words);
    }
    assert_eq!(proxy.front.call_count(), 1);
}

#[test]
fn a_browser_s_side_is_worded_as_for_a_browser() {
    let mut proxy = Proxy::new();
    let offered = sdp(&proxy.offer(&[("flags", Value::texts(["WebRTC"]))]));
    assert!(line(&offered, "m=").contains(" 30000 UDP/TLS/RTP/SAVPF "));
    assert_eq!(line(&offered, "a=setup"), "a=setup:actpass");
    line(&offered, "a=rtcp-mux");
    line(&offered, "a=fingerprint:sha-256 ");
    assert!(
        !offered.contains("a=ssrc"),
        "the first source's is not known yet"
    );
    // The same, in the words that are older than the flag.
    let mut proxy = Proxy::new();
    let older = sdp(&proxy.offer(&[
        ("transport-protocol", text("UDP/TLS/RTP/SAVPF")),
        ("ICE", text("force")),
        ("rtcp-mux", Value::texts(["offer", "require"])),
        (
            "flags",
            Value::texts(["generate-mid", "no-rtcp-attribute", "SDES-off"]),
        ),
    ]));
    assert_eq!(line(&older, "m="), line(&offered, "m="));
}

#[test]
fn a_browser_calls_a_telephone_as_kamailio_words_it() {
    let browser = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8\r\nc=IN IP4 0.0.0.0\r\n\
         a=mid:0\r\na=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:actpass\r\na=rtcp-mux\r\n\
         a=fingerprint:sha-256 {}\r\na=ssrc:99 cname:x\r\na=extmap:1 urn:x\r\n",
        ["0A"; 32].join(":")
    );
    let mut proxy = Proxy::new();
    let reply = proxy.ask(
        "offer",
        &[
            ("sdp", text(&browser)),
            ("ICE", text("remove")),
            ("flags", Value::texts(["trust-address"])),
            ("replace", Value::texts(["origin", "session-connection"])),
            ("rtcp-mux", Value::texts(["demux"])),
            ("transport-protocol", text("RTP/AVP")),
            ("call-id", text("call")),
            ("via-branch", text("z9hG4bK1")),
            ("received-from", Value::texts(["IP4", "198.51.100.7"])),
            ("from-tag", text("a")),
            ("supports", Value::texts(["load limit"])),
        ],
    );
    let offered = sdp(&reply);
    assert!(line(&offered, "m=").contains("RTP/AVP "));
    for absent in [
        "ice-",
        "fingerprint",
        "setup",
        "ssrc",
        "extmap",
        "rtcp-mux",
        "mid:",
    ] {
        assert!(!offered.contains(absent), "{absent} in {offered}");
    }
    let answered = sdp(&proxy.answer(&[("via-branch", text("z9hG4bK1"))]));
    assert!(line(&answered, "m=").contains(" 30000 UDP/TLS/RTP/SAVPF "));
    assert_eq!(line(&answered, "a=setup"), "a=setup:active");
    assert_eq!(line(&answered, "a=mid"), "a=mid:0");
}

#[test]
fn forks_on_branches_of_their_own_are_kept_apart() {
    let mut proxy = Proxy::new();
    let one = sdp(&proxy.offer(&[("via-branch", text("one"))]));
    let two = sdp(&proxy.offer(&[("via-branch", text("two"))]));
    assert_ne!(line(&one, "m="), line(&two, "m="), "each has its ports");
    // One rings with early media, the other answers.
    let early = [
        ("to-tag", text("x")),
        ("via-branch", text("one")),
        ("sip-code", Value::Integer(183)),
    ];
    let answer = |proxy: &mut Proxy, more: &[(&str, Value)]| {
        let mut entries = vec![
            ("call-id", text("call")),
            ("from-tag", text("a")),
            ("sdp", text(CALLEE)),
        ];
        entries.extend(more.iter().cloned());
        proxy.ask("answer", &entries)
    };
    sdp(&answer(&mut proxy, &early));
    let last = [
        ("to-tag", text("y")),
        ("via-branch", text("two")),
        ("sip-code", Value::Integer(200)),
    ];
    sdp(&answer(&mut proxy, &last));
    // The one that lost is deleted by its branch; the call goes on.
    proxy.ask(
        "delete",
        &[
            ("call-id", text("call")),
            ("from-tag", text("a")),
            ("via-branch", text("one")),
        ],
    );
    assert_eq!(proxy.front.call_count(), 1);
    let plan = proxy.plan.clone().unwrap();
    assert_eq!(plan.legs.len(), 2);
    assert_eq!(plan.routes.len(), 2);
    proxy.ask(
        "delete",
        &[
            ("call-id", text("call")),
            ("delete-delay", Value::Integer(0)),
        ],
    );
    assert!(proxy.is_idle());
}

#[test]
fn a_second_attempt_after_a_refusal_that_nobody_told_us_of_is_an_offer_like_the_first() {
    let mut proxy = Proxy::new();
    proxy.offer(&[]);
    let other = CALLER.replace("0 8 101", "8");
    let entries = [
        ("call-id", text("call")),
        ("from-tag", text("a")),
        ("sdp", text(&other)),
    ];
    let offered = sdp(&proxy.ask("offer", &entries));
    assert!(line(&offered, "m=").ends_with("RTP/AVP 8"));
    // And in another dress.
    let mut entries = entries.to_vec();
    entries.push(("transport-protocol", text("UDP/TLS/RTP/SAVPF")));
    let offered = sdp(&proxy.ask("offer", &entries));
    assert!(line(&offered, "m=").contains("UDP/TLS/RTP/SAVPF"));
    assert_eq!(
        proxy.plan.clone().unwrap().legs.len(),
        1,
        "the offerer waits for its answer"
    );
}

#[test]
fn the_callee_may_hold_and_resume() {
    let mut proxy = Proxy::new();
    proxy.offer(&[]);
    proxy.answer(&[]);
    let swapped = |sdp: String| {
        vec![
            ("call-id", text("call")),
            ("from-tag", text("b")),
            ("to-tag", text("a")),
            ("sdp", text(&sdp)),
        ]
    };
    let hold = format!("{CALLEE}a=sendonly\r\n");
    let offered = sdp(&proxy.ask("offer", &swapped(hold)));
    line(&offered, "a=sendonly");
    let answered = sdp(&proxy.ask("answer", &swapped(format!("{CALLER}a=recvonly\r\n"))));
    line(&answered, "a=recvonly");
    let plan = proxy.plan.clone().unwrap();
    let callee = &plan.legs[1];
    assert_eq!(callee.direction, Direction::RecvOnly, "seen from us");
    sdp(&proxy.ask("offer", &swapped(CALLEE.to_owned())));
    sdp(&proxy.ask("answer", &swapped(CALLER.to_owned())));
    assert!(proxy.plan.clone().unwrap().routes.iter().all(|it| it.open));
}

#[test]
fn p41_a_refresh_goes_round_and_changes_nothing() {
    let mut proxy = Proxy::new();
    let first = sdp(&proxy.offer(&[]));
    proxy.answer(&[]);
    let before = proxy.plan.clone();
    let offered = sdp(&proxy.offer(&[("to-tag", text("b"))]));
    assert_eq!(line(&offered, "m="), line(&first, "m="));
    let answered = sdp(&proxy.answer(&[]));
    assert!(line(&answered, "m=").ends_with("RTP/AVP 8"));
    assert_eq!(proxy.plan, before);
}

#[test]
fn a_query_tells_totals_and_tags() {
    let mut proxy = Proxy::new();
    proxy.offer(&[("set-label", text("caller"))]);
    proxy.answer(&[]);
    let reply = proxy.ask("query", &[("call-id", text("call"))]);
    let totals = reply.get("totals").unwrap().get("RTP").unwrap();
    assert_eq!(totals.get("packets").unwrap().as_integer(), Some(90));
    assert_eq!(totals.get("bytes").unwrap().as_integer(), Some(90 * 160));
    assert_eq!(
        reply.get("created").unwrap().as_integer(),
        Some(1_700_000_001)
    );
    let caller = reply.get("tags").unwrap().get("a").unwrap();
    assert_eq!(caller.get("label").unwrap().as_str(), Some("caller"));
    let Some(Value::List(medias)) = caller.get("medias") else {
        panic!("{caller:?}");
    };
    let Some(Value::List(streams)) = medias[0].get("streams") else {
        panic!("{medias:?}");
    };
    let stats = streams[0].get("stats").unwrap();
    assert_eq!(stats.get("packets").unwrap().as_integer(), Some(50));
    let one = proxy.ask(
        "query",
        &[("call-id", text("call")), ("from-tag", text("b"))],
    );
    assert!(one.get("tags").unwrap().get("a").is_none());
    let list = proxy.ask("list", &[]);
    assert_eq!(list.get("calls").unwrap().words(), ["call"]);
}

#[test]
fn an_interface_that_is_not_there_is_an_error() {
    let mut proxy = Proxy::new();
    let reply = proxy.offer(&[("direction", Value::texts(["inside", "nowhere"]))]);
    assert_eq!(reason(&reply), "No such interface");
    assert!(proxy.is_idle());
}

#[test]
fn the_configuration_s_raw_flags_are_read_here() {
    let mut proxy = Proxy::new();
    let reply = proxy.offer(&[(
        "rtpp-flags",
        text("replace-origin direction=inside direction=outside UDP/TLS/RTP/SAVPF ICE=force generate-mid"),
    )]);
    let offered = sdp(&reply);
    assert_eq!(line(&offered, "c="), "c=IN IP4 203.0.113.1");
    assert!(line(&offered, "m=").contains("UDP/TLS/RTP/SAVPF"));
}

#[test]
fn whoever_stops_the_engine_ends_every_call() {
    let mut proxy = Proxy::new();
    proxy.offer(&[]);
    proxy.front.shut_down(proxy.now, &mut proxy.negotiator);
    proxy.settle();
    assert!(proxy.is_idle());
}

#[test]
fn codecs_are_stripped_masked_and_translated_as_the_proxy_wishes() {
    let formats = |reply: &Value| {
        let sdp = sdp(reply);
        let (_, formats) = line(&sdp, "m=").split_once("RTP/AVP ").unwrap();
        formats.to_owned()
    };
    let codec = |how: &str, name: &str| Value::dictionary([(how, Value::texts([name]))]);
    let strip = [("codec", codec("strip", "PCMU"))];
    assert_eq!(formats(&Proxy::new().offer(&strip)), "8 101");
    let flags = [(
        "flags",
        Value::texts(["codec-strip-all", "codec-offer-PCMA"]),
    )];
    assert_eq!(formats(&Proxy::new().offer(&flags)), "8 101");
    let unknown = [("codec", codec("strip", "PCMU/16000"))];
    assert_eq!(formats(&Proxy::new().offer(&unknown)), "0 8 101");
    // Of what was stripped nothing is left to offer.
    let nothing = [("codec", codec("strip", "all"))];
    assert_eq!(result(&Proxy::new().offer(&nothing)), "error");

    // The caller speaks what the callee is not told of: it is translated.
    let mut proxy = Proxy::new();
    let masked = Value::dictionary([
        ("mask", Value::texts(["all"])),
        ("transcode", Value::texts(["G722"])),
    ]);
    assert_eq!(formats(&proxy.offer(&[("codec", masked)])), "9 101");
    let callee = CALLEE.replace("RTP/AVP 8", "RTP/AVP 9");
    let answered = proxy.ask(
        "answer",
        &[
            ("call-id", text("call")),
            ("from-tag", text("a")),
            ("to-tag", text("b")),
            ("sdp", text(&callee)),
        ],
    );
    assert!(formats(&answered).starts_with('0'), "{answered:?}");
    let plan = proxy.plan.clone().unwrap();
    assert!(plan.routes.iter().all(|it| !it.transcodes.is_empty()));
}

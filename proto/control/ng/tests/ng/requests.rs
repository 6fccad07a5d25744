use crate::proxy::{Proxy, reason, result, sdp};
use control_ng::Value;

#[test]
fn a_ping_is_answered_in_the_encoding_it_came_in() {
    let mut proxy = Proxy::new();
    assert_eq!(
        proxy.send(b"abc d7:command4:pinge"),
        [b"abc d6:result4:ponge".to_vec()]
    );
    assert_eq!(
        proxy.send(b"def {\"command\":\"ping\"}"),
        [b"def {\"result\":\"pong\"}".to_vec()]
    );
}

#[test]
fn what_cannot_be_read_is_told_in_the_protocol_s_words() {
    let mut proxy = Proxy::new();
    for (datagram, words) in [
        ("1 ", "Invalid data (no payload)"),
        ("2 d7:command", "Could not decode bencode dictionary"),
        ("3 {\"command\"", "Failed to parse JSON document"),
        ("4 x", "Invalid NG data format"),
        ("5 d1:a1:be", "Dictionary contains no key \"command\""),
        ("6 d7:command4:flyye", "Unrecognized command"),
        ("7 d7:command5:offere", "No SDP body in message"),
    ] {
        let replies = proxy.send(datagram.as_bytes());
        let text = String::from_utf8(replies[0].clone()).unwrap();
        assert!(text.contains(words), "{datagram}: {text}");
    }
    assert!(
        proxy.send(b"nospace").is_empty(),
        "there is no cookie to answer with"
    );
    assert!(proxy.send(b"").is_empty());
}

#[test]
fn the_same_cookie_again_is_told_the_same_and_nothing_is_done_twice() {
    let mut proxy = Proxy::new();
    let body = crate::proxy::CALLER;
    let request = format!(
        "x_1 d7:command5:offer7:call-id1:c8:from-tag1:a3:sdp{}:{body}e",
        body.len()
    );
    let first = proxy.send(request.as_bytes());
    assert_eq!(proxy.send(request.as_bytes()), first);
    assert_eq!(proxy.front.call_count(), 1);
    // Another proxy's cookies are its own.
    let other = proxy.send_from("10.0.0.3:5060", b"x_1 d7:command4:pinge");
    assert_eq!(other, [b"x_1 d6:result4:ponge".to_vec()]);
    // They are kept for 15 s at least, and not for ever.
    proxy.wait(14_000);
    assert_eq!(proxy.send(request.as_bytes()), first);
    for _ in 0..3 {
        proxy.wait(16_000);
        proxy.send(b"y d7:command4:pinge");
    }
    let again = proxy.send(request.as_bytes());
    assert_eq!(
        again.len(),
        1,
        "done again: a repeated offer of the same call"
    );
    assert_eq!(proxy.front.call_count(), 1);
}

#[test]
fn a_request_that_is_being_worked_on_is_answered_once() {
    let mut proxy = Proxy::new();
    proxy.offer(&[]);
    proxy.answer(&[]);
    proxy.counts = false;
    let query = b"q_1 d7:command5:query7:call-id4:calle";
    assert!(proxy.send(query).is_empty());
    assert!(proxy.send(query).is_empty());
    // The worker says nothing: the reply goes without its figures.
    let replies = proxy.wait(300);
    assert_eq!(replies.len(), 1);
    assert_eq!(proxy.send(query), replies);
}

#[test]
fn keys_that_mean_nothing_here_do_no_harm() {
    let mut proxy = Proxy::new();
    let reply = proxy.offer(&[
        ("T.38", Value::texts(["decode"])),
        ("flags", Value::texts(["trust-address", "fly-to-the-moon"])),
        ("xmlrpc-callback", Value::text("192.0.2.1")),
    ]);
    assert_eq!(result(&reply), "ok");
}

#[test]
fn errors_say_what_is_missing() {
    let mut proxy = Proxy::new();
    let body = || Value::text(crate::proxy::CALLER);
    let text = Value::text;
    for (command, entries, words) in [
        ("offer", vec![("sdp", body())], "No from-tag in message"),
        (
            "offer",
            vec![("sdp", body()), ("from-tag", text("a"))],
            "No call-id in message",
        ),
        (
            "answer",
            vec![("call-id", text("c"))],
            "No SDP body in message",
        ),
        ("answer", vec![("sdp", body())], "No from-tag in message"),
        (
            "answer",
            vec![("sdp", body()), ("from-tag", text("a"))],
            "No to-tag in message",
        ),
        (
            "answer",
            vec![
                ("sdp", body()),
                ("from-tag", text("a")),
                ("to-tag", text("b")),
                ("call-id", text("c")),
            ],
            "Unknown call-id",
        ),
        ("query", vec![("call-id", text("c"))], "Unknown call-id"),
    ] {
        let reply = proxy.ask(command, &entries);
        assert_eq!(reason(&reply), words);
    }
    assert!(proxy.is_idle());
}

#[test]
fn a_broken_body_opens_no_call() {
    let mut proxy = Proxy::new();
    let entries = |body: &str| {
        vec![
            ("call-id", Value::text("c")),
            ("from-tag", Value::text("a")),
            ("sdp", Value::text(body)),
        ]
    };
    assert_eq!(
        reason(&proxy.ask("offer", &entries("nonsense"))),
        "Failed to parse SDP"
    );
    let video = "v=0\r\no=- 1 1 IN IP4 10.0.0.8\r\ns=-\r\nc=IN IP4 10.0.0.8\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\n";
    assert_eq!(
        reason(&proxy.ask("offer", &entries(video))),
        "Incomplete SDP specification"
    );
    assert!(proxy.is_idle());
}

#[test]
fn a_proxy_that_knows_of_limits_is_told_so() {
    let mut proxy = Proxy::new();
    // Two pairs a call, ten pairs on each interface.
    let offer = |proxy: &mut Proxy, call: usize, more: &[(&str, Value)]| {
        let mut entries = vec![
            ("call-id", Value::text(format!("call {call}"))),
            ("from-tag", Value::text("a")),
            ("sdp", Value::text(crate::proxy::CALLER)),
        ];
        entries.extend(more.iter().cloned());
        proxy.ask("offer", &entries)
    };
    for call in 0..5 {
        sdp(&offer(&mut proxy, call, &[]));
    }
    assert_eq!(reason(&offer(&mut proxy, 5, &[])), "Ran out of ports");
    let supports = [("supports", Value::texts(["load limit"]))];
    let reply = offer(&mut proxy, 6, &supports);
    assert_eq!(result(&reply), "load limit");
    assert_eq!(
        reply.get("message").unwrap().as_str(),
        Some("Ran out of ports")
    );
    assert_eq!(proxy.front.call_count(), 5);
}

//! A whole call, again and again, with each of its datagrams lost, doubled or late. It comes to the same every time.

use crate::proxy::{CALLEE, CALLER, Proxy, read, result, sdp};
use control_ng::{Encoding, Value};

/// What befalls one of the datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    RequestLost,
    ReplyLost,
    Doubled,
    /// A copy comes when everything is over.
    Late,
}

fn requests() -> Vec<Vec<u8>> {
    let text = |text: &str| Value::text(text);
    let tags = [("call-id", text("call")), ("from-tag", text("a"))];
    let both = [tags[0].clone(), tags[1].clone(), ("to-tag", text("b"))];
    let written = |number: usize, command: &str, names: &[(&str, Value)], body: Option<&str>| {
        let mut entries = vec![("command", text(command))];
        entries.extend(names.iter().cloned());
        entries.extend(body.map(|body| ("sdp", text(body))));
        if command == "delete" {
            entries.push(("delete-delay", Value::Integer(0)));
        }
        let mut bytes = format!("{number}_c ").into_bytes();
        Encoding::Bencode.write(&Value::dictionary(entries), &mut bytes);
        bytes
    };
    vec![
        written(1, "offer", &tags, Some(CALLER)),
        written(2, "answer", &both, Some(CALLEE)),
        written(3, "offer", &both, Some(&format!("{CALLER}a=sendonly\r\n"))),
        written(4, "answer", &both, Some(&format!("{CALLEE}a=recvonly\r\n"))),
        written(5, "query", &tags, None),
        written(6, "delete", &both, None),
    ]
}

/// Every reply, in order, when this happens to that datagram.
fn play(mishap: Option<(usize, Mishap)>) -> Vec<Value> {
    let mut proxy = Proxy::new();
    let mut replies = Vec::new();
    for (number, request) in requests().iter().enumerate() {
        let befalls = mishap
            .filter(|(which, _)| *which == number)
            .map(|(_, it)| it);
        let mut heard = match befalls {
            Some(Mishap::RequestLost) => Vec::new(),
            _ => proxy.send(request),
        };
        if befalls == Some(Mishap::Doubled) {
            let again = proxy.send(request);
            assert_eq!(again, heard, "the same again");
        }
        if befalls == Some(Mishap::ReplyLost) {
            heard.clear();
        }
        if heard.is_empty() {
            // The module waits for a second.
            proxy.wait(1000);
            heard = proxy.send(request);
        }
        assert_eq!(heard.len(), 1);
        replies.push(read(&heard[0]));
        proxy.wait(20);
    }
    assert!(proxy.is_idle());
    if let Some((number, Mishap::Late)) = mishap {
        proxy.send(&requests()[number]);
        assert!(proxy.is_idle(), "what is over stays over");
    }
    replies
}

#[test]
fn a_call_comes_to_the_same_whichever_datagram_is_lost_doubled_or_late() {
    let expected = play(None);
    assert!(expected.iter().all(|reply| result(reply) == "ok"));
    let mishaps = [
        Mishap::RequestLost,
        Mishap::ReplyLost,
        Mishap::Doubled,
        Mishap::Late,
    ];
    for number in 0..requests().len() {
        for mishap in mishaps {
            let replies = play(Some((number, mishap)));
            for (reply, expected) in replies.iter().zip(&expected) {
                assert_eq!(result(reply), "ok", "{mishap:?} of {number}: {reply:?}");
                if expected.get("sdp").is_some() {
                    assert_eq!(sdp(reply), sdp(expected), "{mishap:?} of {number}");
                }
            }
        }
    }
}

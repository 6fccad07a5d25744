use crate::town::{Phone, SECOND, Town, sdp, word};
use demo_exchange::Input;
use sip_message::{HeaderName, Message, Method, Request, Response};

/// Alice and bob are registered.
fn town(mut town: Town) -> (Town, Phone, Phone) {
    let (mut alice, mut bob) = (Phone::alice(), Phone::bob());
    town.registers(&mut alice);
    town.registers(&mut bob);
    (town, alice, bob)
}

/// Alice's INVITE, as she sent it and as bob hears it.
fn rings(town: &mut Town, alice: &mut Phone, bob: &Phone) -> (Request, Request) {
    let invite = alice.invite("bob", &sdp("sendrecv", "8"));
    let (invite, trying) = town.asks(alice, invite);
    assert_eq!(trying.status.code(), 100);
    let heard = town.request_for(bob.at);
    town.send(bob.at, bob.says(&heard, 180));
    assert_eq!(town.words_for(alice.at), ["180"]);
    (invite, heard)
}

/// Bob answers, and what alice hears of it.
fn answers(town: &mut Town, alice: &Phone, bob: &Phone, heard: &Request) -> Response {
    town.send(bob.at, bob.says(heard, 200));
    town.final_for(alice.at)
}

#[test]
fn alice_calls_bob_and_they_hang_up_without_the_exchange() {
    let (mut town, mut alice, bob) = town(Town::new());
    let (invite, heard) = rings(&mut town, &mut alice, &bob);
    assert_eq!(format!("<{}>", heard.uri), bob.contact());
    assert_eq!(heard.headers.vias().unwrap().len(), 2);
    assert_eq!(heard.headers.max_forwards(), Ok(Some(69)));
    assert!(!heard.headers.has(&HeaderName::ProxyAuthorization));
    assert!(!heard.headers.has(&HeaderName::RecordRoute));
    assert_eq!(heard.body, invite.body);
    let answer = answers(&mut town, &alice, &bob, &heard);
    assert_eq!(answer.status.code(), 200);
    let vias = answer.headers.vias().unwrap();
    assert_eq!(vias.len(), 1);
    assert_eq!(vias[0].branch(), invite.headers.via().unwrap().branch());
    // The 2xx again, as bob repeats it until he hears the ACK.
    assert_eq!(answers(&mut town, &alice, &bob, &heard).status.code(), 200);
    town.settles();
}

#[test]
fn with_record_route_the_exchange_stays_in_the_call() {
    let (mut town, mut alice, bob) = town(Town::with(|mut settings| {
        settings.record_route = true;
        settings
    }));
    let (invite, heard) = rings(&mut town, &mut alice, &bob);
    assert_eq!(heard.headers.record_routes().unwrap().len(), 1);
    let answer = answers(&mut town, &alice, &bob, &heard);
    let mut ack = alice.ack(&invite, &answer);
    ack.headers.push(
        HeaderName::Route,
        answer.headers.get(&HeaderName::RecordRoute).unwrap(),
    );
    town.send(alice.at, ack);
    let ack = town.request_for(bob.at);
    assert_eq!(ack.method, Method::Ack);
    assert!(!ack.headers.has(&HeaderName::Route));
    let bye = alice.inside(Method::Bye, &invite, &answer);
    town.send(alice.at, bye);
    let bye = town.request_for(bob.at);
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(format!("<{}>", bye.uri), bob.contact());
    town.send(bob.at, bob.says(&bye, 200));
    assert_eq!(town.words_for(alice.at), ["200"]);
    town.settles();
}

#[test]
fn alice_gives_up_while_bob_rings() {
    let (mut town, mut alice, bob) = town(Town::new());
    let (invite, heard) = rings(&mut town, &mut alice, &bob);
    town.send(alice.at, alice.cancel(&invite));
    assert_eq!(town.words_for(alice.at), ["200"]);
    let cancel = town.request_for(bob.at);
    assert_eq!(cancel.method, Method::Cancel);
    assert_eq!(cancel.headers.via(), heard.headers.via());
    town.send(bob.at, bob.says(&cancel, 200));
    town.send(bob.at, bob.says(&heard, 487));
    assert_eq!(town.words_for(bob.at), ["ACK"]);
    let refusal = town.final_for(alice.at);
    assert_eq!(refusal.status.code(), 487);
    town.send(alice.at, alice.ack(&invite, &refusal));
    town.settles();
}

#[test]
fn bob_is_busy() {
    let (mut town, mut alice, bob) = town(Town::new());
    let (invite, heard) = rings(&mut town, &mut alice, &bob);
    town.send(bob.at, bob.says(&heard, 486));
    assert_eq!(town.words_for(bob.at), ["ACK"]);
    let refusal = town.final_for(alice.at);
    assert_eq!(refusal.status.code(), 486);
    town.send(alice.at, alice.ack(&invite, &refusal));
    town.settles();
}

#[test]
fn a_call_to_nobody_gets_404_and_to_an_absent_user_480() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    for (called, status) in [("carol", 404), ("bob", 480)] {
        let invite = alice.invite(called, "");
        let (invite, response) = town.asks(&mut alice, invite);
        assert_eq!(response.status.code(), status);
        town.send(alice.at, alice.ack(&invite, &response));
    }
    town.settles();
}

#[test]
fn a_telephone_that_is_switched_off_is_408_or_where_told_503() {
    let (mut town, mut alice, bob) = town(Town::new());
    let invite = alice.invite("bob", "");
    town.asks(&mut alice, invite);
    town.wait(SECOND * 32);
    assert_eq!(town.final_for(alice.at).status.code(), 408);
    assert_eq!(town.words_for(bob.at), ["INVITE"; 7]);
    town.wait(SECOND * 32);
    town.mail.clear();
    let invite = alice.invite("bob", "");
    town.asks(&mut alice, invite);
    town.input(Input::Unreachable(bob.at));
    assert_eq!(town.final_for(alice.at).status.code(), 503);
    town.settles();
}

#[test]
fn the_newest_telephone_rings() {
    let (mut town, mut alice, _) = town(Town::new());
    let mut mobile = Phone::new("bob", "builder", crate::town::at(21, 5060));
    let mut request = mobile.register(600);
    request.headers.set(HeaderName::CallId, "mobile");
    town.asks(&mut mobile, request);
    rings(&mut town, &mut alice, &mobile);
}

#[test]
fn a_contact_behind_a_path_is_reached_through_it() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let (edge, mut bob) = (crate::town::at(30, 5080), Phone::bob());
    let mut request = bob.register(600);
    request
        .headers
        .set(HeaderName::Contact, "<sip:bob@k3j.invalid;transport=ws>");
    request
        .headers
        .push(HeaderName::Path, "<sip:token@192.0.2.30:5080;lr>");
    request.headers.push(HeaderName::Supported, "path");
    let (_, response) = town.asks(&mut bob, request);
    assert!(response.headers.has(&HeaderName::Path));
    let invite = alice.invite("bob", "");
    town.asks(&mut alice, invite);
    let heard = town.request_for(edge);
    assert_eq!(heard.uri.to_string(), "sip:bob@k3j.invalid;transport=ws");
    assert_eq!(heard.headers.routes().unwrap().len(), 1);
}

#[test]
fn nobody_calls_in_anothers_name_or_in_none() {
    let (mut town, _, mut bob) = town(Town::new());
    let mut invite = bob.invite("alice", "");
    invite
        .headers
        .set(HeaderName::From, "<sip:carol@example.org>;tag=c");
    let (_, response) = town.asks(&mut bob, invite);
    assert_eq!(response.status.code(), 403);
    let mut mallory = Phone::new("mallory", "guess", crate::town::at(66, 5060));
    for method in [Method::Invite, Method::Message] {
        let request = mallory.request(method, "sip:alice@example.org");
        let (_, response) = town.asks(&mut mallory, request);
        assert_eq!(response.status.code(), 407);
    }
}

#[test]
fn a_message_passes_both_ways() {
    let (mut town, mut alice, bob) = town(Town::new());
    let mut message = alice.request(Method::Message, "sip:bob@example.org");
    message.set_body("text/plain", b"tea?".to_vec());
    alice.stamp(&mut message);
    town.send(alice.at, message.clone());
    let challenge = town.final_for(alice.at);
    let mut dice = proto_base::Random::from_number(5);
    alice
        .digest
        .answer(&challenge, &mut message, &mut dice)
        .unwrap();
    alice.stamp(&mut message);
    town.send(alice.at, message);
    let heard = town.request_for(bob.at);
    assert_eq!(heard.body, b"tea?");
    town.send(bob.at, bob.says(&heard, 202));
    assert_eq!(town.words_for(alice.at), ["202"]);
    town.settles();
}

#[test]
fn requests_that_went_too_far_or_demand_too_much_are_refused() {
    let (mut town, mut alice, _) = town(Town::new());
    let mut invite = alice.invite("bob", "");
    invite.headers.set(HeaderName::MaxForwards, 0);
    let (_, response) = town.asks(&mut alice, invite);
    assert_eq!(response.status.code(), 483);
    let mut invite = alice.invite("bob", "");
    invite.headers.push(HeaderName::Require, "100rel");
    let (_, response) = town.asks(&mut alice, invite);
    assert_eq!(response.status.code(), 420);
    assert_eq!(
        response.headers.get(&HeaderName::Unsupported),
        Some("100rel")
    );
}

#[test]
fn the_exchange_carries_nothing_for_strangers() {
    let (mut town, mut alice, bob) = town(Town::new());
    let mut bye = alice.request(Method::Bye, "sip:bob@192.0.2.20:5062");
    bye.headers
        .push(HeaderName::Route, "<sip:192.0.2.1:5060;lr>");
    bye.headers
        .set(HeaderName::To, "<sip:bob@example.org>;tag=x");
    let (_, response) = town.asks(&mut alice, bye);
    assert_eq!(response.status.code(), 404);
    let invite = alice.request(Method::Invite, "sip:bob@elsewhere.example");
    let (_, response) = town.asks(&mut alice, invite);
    assert_eq!(response.status.code(), 404);
    assert!(town.for_phone(bob.at).is_empty());
    let mut bye = alice.request(Method::Bye, "sip:echo@192.0.2.1:5060");
    bye.headers
        .set(HeaderName::To, "<sip:echo@example.org>;tag=x");
    let (_, response) = town.asks(&mut alice, bye);
    assert_eq!(response.status.code(), 481);
}

#[test]
fn noise_on_the_socket_is_answered_only_where_it_can_be() {
    let (mut town, alice) = (Town::new(), Phone::alice());
    for noise in [&b"\r\n\r\n"[..], b"", b"\0\xff", b"INVITE"] {
        town.input(Input::Datagram {
            from: alice.at,
            bytes: noise.to_vec(),
        });
    }
    assert!(town.mail.is_empty());
    let mut torn = alice.invite("bob", "");
    torn.headers.push(HeaderName::CSeq, "1 INVITE");
    torn.headers
        .push(HeaderName::Via, "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKt");
    let text = String::from_utf8(Message::Request(torn).to_bytes()).unwrap();
    let bytes = text.replace("SIP/2.0\r\n", "SIP/7.0\r\n").into_bytes();
    town.input(Input::Datagram {
        from: alice.at,
        bytes,
    });
    let said: Vec<String> = town.mail.iter().map(|(_, message)| word(message)).collect();
    assert_eq!(said, ["505"]);
    assert!(town.exchange.is_idle());
}

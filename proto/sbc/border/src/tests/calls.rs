use super::stories::{
    ALICE_CONTACT, FROM_PAGE, FROM_PHONE, alice_calls, alice_calls_with, bob_calls, talking,
};
use super::town::{ANSWER, OFFER, Town, assert_inner, assert_outer, back, next, plan};
use sbc_policy::Srtp;
use sip_message::{HeaderName, Headers, Method};
use std::time::Duration;

#[test]
fn alice_calls_bob_and_hangs_up() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (invite, inner) = alice_calls_with(
        &mut town,
        1,
        &[
            (HeaderName::PAssertedIdentity, "<sip:boss@example.com>"),
            (HeaderName::Subject, "lunch"),
        ],
    );
    assert_inner(&inner.to_bytes());
    assert_eq!(inner.uri.to_string(), "sip:bob@example.com");
    assert_eq!(inner.headers.max_forwards().unwrap(), Some(69));
    assert_eq!(
        inner.headers.contacts().unwrap()[0].uri.to_string(),
        format!("sip:{token}@10.0.0.1:5060;transport=udp")
    );
    // Not who the page says it is, but who it has proved to be.
    assert_eq!(
        inner.headers.get(&HeaderName::PAssertedIdentity),
        Some("\"Alice\" <sip:alice@example.com>")
    );
    assert_eq!(inner.headers.get(&HeaderName::Subject), Some("lunch"));
    assert_eq!(inner.body, b"v=0 offer reworded");

    town.server_answers(&inner, 100, &[], None);
    town.server_answers(&inner, 183, FROM_PHONE, Some(ANSWER));
    let progress = town.page_hears(1);
    assert_eq!(progress.status.code(), 183);
    assert_outer(&progress.to_bytes());
    assert_eq!(progress.body, b"v=0 answer reworded");
    assert_eq!(
        progress.headers.get(&HeaderName::Via),
        invite.headers.get(&HeaderName::Via)
    );
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    let ack = town.server_gets();
    assert_eq!(ack.method, Method::Ack);
    assert_eq!(ack.uri.to_string(), "sip:bob@10.0.0.7:5062");
    assert_eq!(
        ack.headers.get(&HeaderName::Route),
        Some("<sip:10.0.0.2;lr>")
    );
    assert_inner(&ack.to_bytes());
    let ok = town.page_hears(1);
    assert_outer(&ok.to_bytes());
    assert_eq!(ok.body, b"v=0 answer reworded");
    assert_eq!(
        ok.headers.to().unwrap().tag(),
        progress.headers.to().unwrap().tag(),
        "one constant To tag"
    );
    let contact = ok.headers.contacts().unwrap().remove(0).uri;
    assert_eq!(contact.host.to_string(), "203.0.113.5");
    assert_eq!(contact.port, Some(443));

    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    town.wait(Duration::from_secs(10));
    assert!(town.is_quiet(), "an acknowledged 200 is not repeated");

    let bye = next(&invite, &ok, Method::Bye, 2, None);
    town.browser_sends(1, bye.to_bytes());
    let inner_bye = town.server_gets();
    assert_eq!(inner_bye.method, Method::Bye);
    assert_inner(&inner_bye.to_bytes());
    town.server_answers(&inner_bye, 200, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.settle();
    assert!(town.is_quiet());
    let record = town.only_record();
    assert_eq!(record.ended_by, "caller");
    assert!(record.answered);
    assert_eq!(record.duration_ms, 10_000);
    assert_eq!(record.codecs, ["PCMU/8000"]);
    assert_eq!(town.door.deleted.len(), 1);
    assert_eq!(town.border.calls(), 0);
    assert_eq!(
        town.door.asked,
        ["offer 0>1 WebRtc>Rtp", "answer 1 early", "answer 1 final"]
    );
}

#[test]
fn a_server_that_encrypts_is_spoken_to_with_keys() {
    for (srtp, dress) in [
        (Srtp::Never, "Rtp"),
        (Srtp::Offered, "BestEffort"),
        (Srtp::Required, "Srtp"),
    ] {
        let mut plan = plan();
        for peer in &mut plan.peers {
            peer.srtp = srtp;
        }
        let mut town = Town::with(plan);
        talking(&mut town);
        assert_eq!(town.door.asked[0], format!("offer 0>1 WebRtc>{dress}"));
    }
}

#[test]
fn bob_calls_alice_who_sees_nothing_of_the_inside() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (invite, outer) = bob_calls(&mut town, &token);
    assert_outer(&outer.to_bytes());
    assert_eq!(
        outer.uri.to_string(),
        "sip:k3j2h1@6vq2.invalid;transport=ws"
    );
    let text = String::from_utf8(outer.to_bytes()).unwrap();
    assert!(!text.contains(&token), "the token is inner");
    assert_eq!(
        outer.headers.from().unwrap().uri.to_string(),
        "sip:bob@example.com"
    );
    assert_eq!(
        outer.headers.to().unwrap().uri.to_string(),
        "sip:alice@example.com"
    );
    let via = outer.headers.via().unwrap();
    assert_eq!(via.host.to_string(), "203.0.113.5");
    assert_eq!(&*via.transport, "WSS");

    town.page_answers(1, &outer, 180, FROM_PAGE, None);
    assert_eq!(town.server_hears().status.code(), 180);
    town.page_answers(1, &outer, 200, FROM_PAGE, Some(ANSWER));
    assert_eq!(town.page_gets(1).method, Method::Ack);
    let ok = town.server_hears();
    assert_inner(&ok.to_bytes());
    assert_eq!(ok.status.code(), 200);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.server_sends(ack.to_bytes());

    let bye = next(&invite, &ok, Method::Bye, 2, None);
    town.server_sends(bye.to_bytes());
    let outer_bye = town.page_gets(1);
    assert_eq!(outer_bye.method, Method::Bye);
    assert_outer(&outer_bye.to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    town.page_answers(1, &outer_bye, 200, &[], None);
    town.settle();
    assert_eq!(town.only_record().ended_by, "caller");
    assert_eq!(town.door.asked[0], "offer 0>1 Rtp>WebRtc");
}

#[test]
fn the_phone_hangs_up_on_alice() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    let outer = town.page_gets(1);
    assert_eq!(outer.method, Method::Bye);
    assert_outer(&outer.to_bytes());
    town.page_answers(1, &outer, 200, &[], None);
    town.settle();
    assert_eq!(town.only_record().ended_by, "callee");
}

#[test]
fn both_hang_up_at_once_and_both_get_their_200() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.browser_sends(1, talk.alice(Method::Bye, 2, None).to_bytes());
    let inner = town.server_gets();
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    assert_eq!(town.page_hears(1).status.code(), 200, "it is over for all");
    town.server_answers(&inner, 401, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.only_record().ended_by, "caller");
}

#[test]
fn a_200_is_repeated_on_a_websocket_too_until_its_ack() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    town.server_gets();
    let ok = town.page_hears(1);
    town.wait(Duration::from_millis(1600));
    assert_eq!(town.page_hears(1), ok);
    assert_eq!(town.page_hears(1), ok);
    assert!(town.is_quiet());
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    town.wait(Duration::from_secs(20));
    assert!(town.is_quiet());
}

#[test]
fn without_an_ack_both_ends_are_hung_up_on_after_32_seconds() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    town.server_gets();
    town.wait(Duration::from_secs(33));
    let oks = town.to_browser.get_mut(&1).unwrap();
    while oks.len() > 1 {
        oks.pop_front();
    }
    let outer = town.page_gets(1);
    assert_eq!(outer.method, Method::Bye);
    town.page_answers(1, &outer, 200, &[], None);
    let inner = town.server_gets();
    assert_eq!(inner.method, Method::Bye);
    town.server_answers(&inner, 200, &[], None);
    town.to_server.clear();
    town.settle();
    assert_eq!(town.only_record().ended_by, "no acknowledgement");
}

#[test]
fn a_repeated_200_of_the_phone_is_acknowledged_again() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    for _ in 0..3 {
        town.server_answers(&talk.inner, 200, FROM_PHONE, Some(ANSWER));
        let ack = town.server_gets();
        assert_eq!(ack.method, Method::Ack);
        assert_eq!(ack.headers.cseq().unwrap().number, 1);
        assert!(town.is_quiet());
    }
    talk.ends(&mut town, 1, 2);
}

#[test]
fn the_caller_sees_one_tag_and_one_early_description_though_two_phones_ring() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    let mut tags = Vec::new();
    for (tag, body) in [("desk", Some(ANSWER)), ("mobile", Some("v=0 other"))] {
        town.server_answers_as(&inner, 183, tag, FROM_PHONE, body);
        let progress = town.page_hears(1);
        tags.push(progress.headers.to().unwrap().tag().unwrap().to_owned());
        let is_heard = !progress.body.is_empty();
        assert_eq!(is_heard, tag == "desk");
    }
    town.server_answers_as(&inner, 200, "mobile", FROM_PHONE, Some("v=0 other"));
    let ack = town.server_gets();
    assert_eq!(ack.headers.to().unwrap().tag(), Some("mobile"));
    let ok = town.page_hears(1);
    tags.push(ok.headers.to().unwrap().tag().unwrap().to_owned());
    tags.dedup();
    assert_eq!(tags.len(), 1);
    assert_eq!(ok.body, b"v=0 other reworded");
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());

    // The desk answers as well, too late.
    town.server_answers_as(&inner, 200, "desk", FROM_PHONE, Some(ANSWER));
    let ack = town.server_gets();
    assert_eq!(ack.method, Method::Ack);
    assert_eq!(ack.headers.to().unwrap().tag(), Some("desk"));
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("desk"));
    town.server_answers(&bye, 200, &[], None);
    // And again: acknowledged, not hung up on twice.
    town.server_answers_as(&inner, 200, "desk", FROM_PHONE, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    assert!(town.is_quiet());
    assert_eq!(town.border.calls(), 1);
}

#[test]
fn a_200_without_a_description_repeats_the_one_that_came_with_the_ringing() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 183, FROM_PHONE, Some(ANSWER));
    let progress = town.page_hears(1);
    town.server_answers(&inner, 200, FROM_PHONE, None);
    let ok = town.page_hears(1);
    assert_eq!(ok.status.code(), 200);
    assert_eq!(ok.body, progress.body);
}

#[test]
fn digits_sent_by_info_reach_the_phone_and_nothing_else_does() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let mut info = talk.alice(Method::Info, 2, None);
    info.set_body("application/dtmf-relay", b"Signal=5\r\n".to_vec());
    town.browser_sends(1, info.to_bytes());
    let inner = town.server_gets();
    assert_eq!(inner.method, Method::Info);
    assert_eq!(inner.body, b"Signal=5\r\n");
    assert_inner(&inner.to_bytes());
    assert!(town.is_quiet(), "the answer is the phone's to give");
    town.server_answers(&inner, 200, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 200);

    let mut info = talk.alice(Method::Info, 3, None);
    info.set_body("application/trickle-ice-sdpfrag", b"a=candidate".to_vec());
    town.browser_sends(1, info.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 415);
    assert!(town.is_quiet());
    talk.ends(&mut town, 1, 4);
}

#[test]
fn options_and_update_inside_a_call_are_answered_here() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.browser_sends(1, talk.alice(Method::Options, 2, None).to_bytes());
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 200);
    assert!(told.headers.has_token(&HeaderName::Allow, "UPDATE"));
    assert_eq!(
        told.headers.get(&HeaderName::Accept),
        Some("application/sdp")
    );
    let mut update = talk.alice(Method::Update, 3, None);
    update
        .headers
        .push(HeaderName::SessionExpires, "90;refresher=uac");
    town.browser_sends(1, update.to_bytes());
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 200);
    assert!(told.headers.has(&HeaderName::Contact));
    town.server_sends(talk.bob(Method::Publish, 1, None).to_bytes());
    let told = town.server_hears();
    assert_eq!(told.status.code(), 405);
    assert!(told.headers.has(&HeaderName::Allow));
    talk.ends(&mut town, 1, 4);
}

#[test]
fn a_request_out_of_order_gets_500_and_the_call_goes_on() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.browser_sends(1, talk.alice(Method::Info, 5, None).to_bytes());
    let info = town.server_gets();
    town.server_answers(&info, 200, &[], None);
    town.page_hears(1);
    town.browser_sends(1, talk.alice(Method::Bye, 4, None).to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 500);
    assert_eq!(town.border.calls(), 1);
    talk.ends(&mut town, 1, 6);
}

#[test]
fn a_phone_may_hang_up_from_its_own_address() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bye = talk.bob(Method::Bye, 1, None);
    let mut arrival = Town::server_arrival();
    arrival.remote = "10.0.0.7:5062".parse().unwrap();
    arrival.flow = proto_base::Flow::Datagram(arrival.network, arrival.remote);
    town.input(crate::Input::Received(arrival, bye.to_bytes()));
    assert_eq!(town.page_gets(1).method, Method::Bye);
    assert_eq!(town.only_record().ended_by, "callee");
}

#[test]
fn p8_the_server_sees_our_contact_and_not_the_pages() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (_, outer) = bob_calls(&mut town, &token);
    town.page_answers(1, &outer, 180, FROM_PAGE, None);
    let told = town.server_hears();
    let text = String::from_utf8(told.to_bytes()).unwrap();
    assert!(!text.contains(ALICE_CONTACT));
    assert!(text.contains(&format!("sip:{token}@10.0.0.1:5060;transport=udp")));
}

#[test]
fn p4_proxies_that_put_themselves_on_the_route_of_a_call_stay_on_it() {
    let mut town = Town::new();
    let token = town.registered(1);
    let uri = format!("sip:{token}@10.0.0.1:5060;transport=udp");
    let mut invite = town.server_request(Method::Invite, &uri, "bobcall@10.0.0.2", Some(OFFER));
    // One that changed from one transport to another, and wrote itself down for each.
    let second = "<sip:10.0.0.2:443;transport=wss;r2=on;lr>";
    invite.headers.push(HeaderName::RecordRoute, second);
    town.server_sends(invite.to_bytes());
    assert_eq!(town.server_hears().status.code(), 100);
    let outer = town.page_gets(1);
    assert!(!outer.headers.has(&HeaderName::RecordRoute));
    let all = |headers: &Headers, name: &HeaderName| -> Vec<String> {
        headers.get_all(name).map(str::to_owned).collect()
    };
    let routes = all(&invite.headers, &HeaderName::RecordRoute);
    assert_eq!(routes.len(), 2);
    town.page_answers(1, &outer, 180, FROM_PAGE, None);
    let ringing = town.server_hears();
    assert_eq!(all(&ringing.headers, &HeaderName::RecordRoute), routes);
    town.page_answers(1, &outer, 200, FROM_PAGE, Some(ANSWER));
    let ok = town.server_hears();
    assert_eq!(ok.status.code(), 200);
    assert_eq!(all(&ok.headers, &HeaderName::RecordRoute), routes);
    assert_eq!(town.page_gets(1).method, Method::Ack);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.server_sends(ack.to_bytes());
    // The next request takes the whole route, and the one from there finds its call.
    let hold = next(&invite, &ok, Method::Info, 2, None);
    town.server_sends(hold.to_bytes());
    let info = town.page_gets(1);
    assert_eq!(info.method, Method::Info);
    town.page_answers(1, &info, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);
    let page = back(
        &outer,
        "pagetag",
        super::town::PAGE_VIA,
        Method::Bye,
        1,
        None,
    );
    town.browser_sends(1, page.to_bytes());
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(all(&bye.headers, &HeaderName::Route), routes);
}

/// RFC 3325 §5: a browser learns nothing of what its server asserts; the server is told who of us answered.
#[test]
fn who_answers_is_asserted_to_the_server_and_not_to_a_page() {
    let mut town = Town::new();
    let token = town.registered(1);
    let said = [
        (HeaderName::Contact, ALICE_CONTACT),
        (HeaderName::PAssertedIdentity, "<sip:boss@example.com>"),
        (HeaderName::Privacy, "id"),
    ];
    let (_, outer) = bob_calls(&mut town, &token);
    town.page_answers(1, &outer, 200, &said, Some(ANSWER));
    let ok = town.server_hears();
    assert_eq!(
        ok.headers.get(&HeaderName::PAssertedIdentity),
        Some("<sip:alice@example.com>"),
        "who it has proved to be"
    );
    assert_eq!(ok.headers.get(&HeaderName::Privacy), Some("id"));

    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 200, &said, Some(ANSWER));
    let ok = town.page_hears(1);
    assert!(!ok.headers.has(&HeaderName::PAssertedIdentity));
    assert!(!ok.headers.has(&HeaderName::Privacy));
}

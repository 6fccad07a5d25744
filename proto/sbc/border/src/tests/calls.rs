use super::town::{
    ANSWER, OFFER, PAGE_VIA, SERVER_VIA, Town, assert_inner, assert_outer, back, next,
};
use sip_message::{HeaderName, Method, Request, Response};
use std::time::Duration;

const ALICE_CONTACT: &str = "<sip:k3j2h1@6vq2.invalid;transport=ws;ob>";
const PHONE: &str = "<sip:bob@10.0.0.7:5062>";

/// Alice's INVITE, and what the server gets of it.
fn alice_calls(town: &mut Town) -> (Request, Request) {
    let invite = town.page_request(
        Method::Invite,
        "sip:bob@example.com",
        ("alicecall", 1),
        &[
            (HeaderName::Contact, ALICE_CONTACT),
            (HeaderName::PAssertedIdentity, "<sip:boss@example.com>"),
            (HeaderName::Subject, "lunch"),
        ],
        Some(OFFER),
    );
    town.browser_sends(1, invite.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 100);
    let inner = town.server_gets();
    (invite, inner)
}

/// A call from alice to bob that stands: her INVITE, ours, and the 200 she got.
fn talking(town: &mut Town) -> (Request, Request, Response) {
    town.registered(1);
    let (invite, inner) = alice_calls(town);
    town.server_answers(&inner, 200, &[(HeaderName::Contact, PHONE)], Some(ANSWER));
    let ack = town.server_hears_ack();
    assert_eq!(ack.headers.cseq().unwrap().number, 1);
    let ok = town.page_hears(1);
    assert_eq!(ok.status.code(), 200);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    assert!(town.is_quiet());
    (invite, inner, ok)
}

impl Town {
    fn server_hears_ack(&mut self) -> Request {
        // It goes to the phone itself: bob's Contact, no Record-Route.
        let (_, bytes) = self.elsewhere.remove(0);
        match sip_message::parse(&bytes).unwrap() {
            sip_message::Message::Request(request) if request.method == Method::Ack => request,
            other => panic!("no ACK: {other:?}"),
        }
    }

    fn phone_gets(&mut self) -> Request {
        let (_, bytes) = self.elsewhere.remove(0);
        match sip_message::parse(&bytes).unwrap() {
            sip_message::Message::Request(request) => request,
            other => panic!("no request: {other:?}"),
        }
    }
}

#[test]
fn alice_calls_bob_and_hangs_up() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    assert_inner(&inner.to_bytes());
    assert_eq!(inner.uri.to_string(), "sip:bob@example.com");
    assert_eq!(inner.headers.max_forwards().unwrap(), Some(69));
    assert_eq!(
        inner.headers.contacts().unwrap()[0].uri.to_string(),
        format!("sip:{token}@10.0.0.1:5060;transport=udp")
    );
    assert!(!inner.headers.has(&HeaderName::PAssertedIdentity));
    assert_eq!(inner.headers.get(&HeaderName::Subject), Some("lunch"));
    assert_eq!(inner.body, b"v=0 offer reworded");

    town.server_answers(&inner, 100, &[], None);
    town.server_answers(
        &inner,
        183,
        &[
            (HeaderName::Contact, PHONE),
            (HeaderName::RecordRoute, "<sip:10.0.0.2;lr>"),
        ],
        Some(ANSWER),
    );
    let progress = town.page_hears(1);
    assert_eq!(progress.status.code(), 183);
    assert_outer(&progress.to_bytes());
    assert_eq!(progress.body, b"v=0 answer reworded");
    assert_eq!(
        progress.headers.get(&HeaderName::Via),
        invite.headers.get(&HeaderName::Via)
    );
    town.server_answers(
        &inner,
        200,
        &[
            (HeaderName::Contact, PHONE),
            (HeaderName::RecordRoute, "<sip:10.0.0.2;lr>"),
        ],
        Some(ANSWER),
    );
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
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.server_answers(&inner_bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    let record = town.only_record();
    assert_eq!(record.ended_by, "caller");
    assert!(record.answered);
    assert_eq!(record.duration_ms, 10_000);
    assert_eq!(town.door.deleted.len(), 1);
    assert_eq!(town.border.calls(), 0);
}

#[test]
fn bob_calls_alice_who_sees_nothing_of_the_inside() {
    let mut town = Town::new();
    let token = town.registered(1);
    let uri = format!("sip:{token}@10.0.0.1:5060;transport=udp");
    let invite = town.server_request(Method::Invite, &uri, "bobcall@10.0.0.2", Some(OFFER));
    town.server_sends(invite.to_bytes());
    assert_eq!(town.server_hears().status.code(), 100);
    let outer = town.page_gets(1);
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

    town.page_answers(
        1,
        &outer,
        180,
        &[(HeaderName::Contact, ALICE_CONTACT)],
        None,
    );
    assert_eq!(town.server_hears().status.code(), 180);
    town.page_answers(
        1,
        &outer,
        200,
        &[(HeaderName::Contact, ALICE_CONTACT)],
        Some(ANSWER),
    );
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
    let (_, inner, _) = talking(&mut town);
    let bye = back(&inner, "servertag", SERVER_VIA, Method::Bye, 1, None);
    town.server_sends(bye.to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    let outer = town.page_gets(1);
    assert_eq!(outer.method, Method::Bye);
    assert_outer(&outer.to_bytes());
    town.page_answers(1, &outer, 200, &[], None);
    town.settle();
    assert_eq!(town.only_record().ended_by, "callee");
    let _ = PAGE_VIA;
}

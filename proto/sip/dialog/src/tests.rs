#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use crate::{Dialog, DialogError, DialogState, OutOfOrder};
use sip_message::{HeaderName, Method, Request, Response, StatusCode};

fn invite() -> Request {
    let mut invite = Request::new(Method::Invite, "sip:bob@example.com".parse().unwrap());
    for (name, value) in [
        (HeaderName::Via, "SIP/2.0/UDP a.example;branch=z9hG4bK1"),
        (HeaderName::From, "<sip:alice@example.com>;tag=a"),
        (HeaderName::To, "<sip:bob@example.com>"),
        (HeaderName::CallId, "call"),
        (HeaderName::CSeq, "7 INVITE"),
        (HeaderName::Contact, "<sip:alice@192.0.2.1>"),
    ] {
        invite.headers.push(name, value);
    }
    invite
}

fn answer(invite: &Request, code: u16, routes: &[&str]) -> Response {
    let mut response = invite.response(StatusCode::of(code));
    let to = response.headers.to().unwrap().with_tag("b");
    response.headers.set(HeaderName::To, to);
    for route in routes {
        response.headers.push(HeaderName::RecordRoute, route);
    }
    response
        .headers
        .push(HeaderName::Contact, "<sip:bob@192.0.2.2>");
    response
}

fn routes(request: &Request) -> Vec<&str> {
    request.headers.get_all(&HeaderName::Route).collect()
}

#[test]
fn the_callers_route_is_the_record_backwards() {
    let invite = invite();
    let ok = answer(&invite, 200, &["<sip:p2;lr>", "<sip:p1;lr>"]);
    let mut dialog = Dialog::uac(&invite, &ok).unwrap();
    assert_eq!(dialog.state(), DialogState::Confirmed);
    let bye = dialog.request(Method::Bye);
    assert_eq!(routes(&bye), ["<sip:p1;lr>", "<sip:p2;lr>"]);
    assert_eq!(bye.uri.to_string(), "sip:bob@192.0.2.2");
    assert_eq!(dialog.next_hop().host.to_string(), "p1");
    assert_eq!(bye.headers.cseq().unwrap().number, 8);
    assert_eq!(bye.headers.from().unwrap().tag(), Some("a"));
    assert_eq!(bye.headers.to().unwrap().tag(), Some("b"));
    let ack = dialog.ack(7);
    assert_eq!(ack.headers.cseq().unwrap().number, 7);
    assert_eq!(ack.headers.cseq().unwrap().method, Method::Ack);
}

#[test]
fn the_callees_route_is_the_record_as_it_came() {
    let mut invite = invite();
    for route in ["<sip:p2;lr>", "<sip:p1;lr>"] {
        invite.headers.push(HeaderName::RecordRoute, route);
    }
    let mut dialog = Dialog::uas(&invite, "ours").unwrap();
    assert_eq!(dialog.state(), DialogState::Early);
    dialog.confirm();
    let bye = dialog.request(Method::Bye);
    assert_eq!(routes(&bye), ["<sip:p2;lr>", "<sip:p1;lr>"]);
    assert_eq!(bye.uri.to_string(), "sip:alice@192.0.2.1");
    assert_eq!(bye.headers.from().unwrap().tag(), Some("ours"));
    assert_eq!(bye.headers.cseq().unwrap().number, 1);
}

#[test]
fn a_strict_router_becomes_the_request_uri() {
    let invite = invite();
    let ok = answer(&invite, 200, &["<sip:p2;lr>", "<sip:p1>"]);
    let mut dialog = Dialog::uac(&invite, &ok).unwrap();
    let bye = dialog.request(Method::Bye);
    assert_eq!(bye.uri.to_string(), "sip:p1");
    assert_eq!(routes(&bye), ["<sip:p2;lr>", "<sip:bob@192.0.2.2>"]);
    assert_eq!(dialog.next_hop().host.to_string(), "p1");
}

#[test]
fn the_200_may_take_another_route_than_the_ringing() {
    let invite = invite();
    let ringing = answer(&invite, 180, &["<sip:p1;lr>"]);
    let mut dialog = Dialog::uac(&invite, &ringing).unwrap();
    assert_eq!(dialog.state(), DialogState::Early);
    let mut ok = answer(&invite, 200, &["<sip:p9;lr>"]);
    ok.headers.set(HeaderName::Contact, "<sip:bob@192.0.2.99>");
    dialog.answered(&ok).unwrap();
    let bye = dialog.request(Method::Bye);
    assert_eq!(routes(&bye), ["<sip:p9;lr>"]);
    assert_eq!(bye.uri.to_string(), "sip:bob@192.0.2.99");
}

#[test]
fn a_request_must_be_newer_than_the_last() {
    let mut dialog = Dialog::uas(&invite(), "ours").unwrap();
    let mut bye = invite();
    for (number, verdict) in [
        (6, Err(OutOfOrder)),
        (7, Err(OutOfOrder)),
        (9, Ok(())),
        (8, Err(OutOfOrder)),
        (10, Ok(())),
    ] {
        bye.headers.set(HeaderName::CSeq, format!("{number} BYE"));
        assert_eq!(dialog.receive(&bye), verdict, "{number}");
    }
}

#[test]
fn a_dialog_is_known_by_its_call_id_and_both_tags() {
    let dialog = Dialog::uas(&invite(), "ours").unwrap();
    let mut request = invite();
    request
        .headers
        .set(HeaderName::To, "<sip:bob@example.com>;tag=ours");
    assert!(dialog.matches(&request.headers));
    for (name, value) in [
        (HeaderName::To, "<sip:bob@example.com>;tag=guess"),
        (HeaderName::To, "<sip:bob@example.com>"),
        (HeaderName::From, "<sip:alice@example.com>;tag=guess"),
        (HeaderName::CallId, "guess"),
    ] {
        let mut forged = request.clone();
        forged.headers.set(name, value);
        assert!(!dialog.matches(&forged.headers), "{value}");
    }
}

#[test]
fn what_makes_no_dialog_says_why() {
    let invite = invite();
    let untagged = invite.response(StatusCode::OK);
    assert_eq!(
        Dialog::uac(&invite, &untagged),
        Err(DialogError::NoTag("To"))
    );
    let many = vec!["<sip:p;lr>"; 17];
    assert_eq!(
        Dialog::uac(&invite, &answer(&invite, 200, &many)),
        Err(DialogError::TooManyRoutes)
    );
    let mut faceless = invite.clone();
    faceless.headers.remove(&HeaderName::Contact);
    assert_eq!(Dialog::uas(&faceless, "x"), Err(DialogError::NoContact));
}

#[test]
fn a_ringing_phone_without_contact_is_reached_where_it_was_called() {
    let invite = invite();
    let mut ringing = answer(&invite, 180, &[]);
    ringing.headers.remove(&HeaderName::Contact);
    let dialog = Dialog::uac(&invite, &ringing).unwrap();
    assert_eq!(dialog.remote_target(), &invite.uri);
}

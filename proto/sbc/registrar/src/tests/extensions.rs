//! Path, outbound, GRUU, feature tags and push.

use super::{Desk, ONE, PAGE, TWO, ok, register};
use crate::{Mode, Pending, Terms, Upward};
use sip_message::{HeaderName, Headers, Request};

const SUPPORTED: &str = "path, gruu, outbound";

fn supporting(contact: &str) -> Request {
    let mut request = register("alice", Some(contact), Some(600));
    request.headers.push(HeaderName::Supported, SUPPORTED);
    request
}

fn upward(pending: &Pending, request: &Request) -> Request {
    pending.request(Upward {
        request,
        contact: "sip:10.0.0.1:5060;transport=udp".parse().unwrap(),
        carried: Headers::new(),
        max_forwards: 69,
    })
}

fn by_path() -> Desk {
    Desk::on(Terms {
        path: true,
        ..Terms::mirror(4)
    })
}

#[test]
fn by_path_the_contact_goes_up_as_it_is_and_comes_back_by_our_token() {
    let mut desk = by_path();
    let request = supporting(PAGE);
    let pending = desk.prepare(ONE, &request).unwrap();
    let sent = upward(&pending, &request);
    let token = pending.token().to_owned();
    assert_eq!(
        sent.headers.get(&HeaderName::Path),
        Some(format!("<sip:{token}@10.0.0.1:5060;transport=udp;lr;ob>").as_str())
    );
    let contact = sent.headers.contacts().unwrap().remove(0);
    assert_eq!(contact.uri.to_string(), "sip:abc@x.invalid;transport=ws");
    assert_eq!(contact.params.value("reg-id"), Some("1"));
    for tag in ["path", "outbound", "gruu"] {
        assert!(sent.headers.has_token(&HeaderName::Supported, tag), "{tag}");
    }
    let mut response = ok(
        &["<sip:abc@x.invalid;transport=ws>;expires=90".to_owned()],
        None,
    );
    response.headers.push(HeaderName::Require, "outbound");
    let granted = desk.hears(&pending, &response);
    assert!(granted.outbound);
    assert_eq!(granted.contacts, [format!("{PAGE};expires=90")]);
    assert!(desk.bindings.find(&token).unwrap().outbound);
}

#[test]
fn a_first_hop_without_outbound_is_asked_again_without_it() {
    let mut desk = by_path();
    let request = supporting(PAGE);
    let pending = desk.prepare(ONE, &request).unwrap();
    let again = desk.bindings.without_outbound(&pending).unwrap();
    let sent = upward(&again, &request);
    assert_eq!(sent.headers.cseq().unwrap().number, 2);
    assert!(!sent.headers.get(&HeaderName::Path).unwrap().contains("ob"));
    assert!(!sent.headers.has_token(&HeaderName::Supported, "outbound"));
    let contact = sent.headers.contacts().unwrap().remove(0);
    assert!(contact.params.has("+sip.instance") && !contact.params.has("reg-id"));
    assert!(desk.bindings.without_outbound(&again).is_none(), "once");
    // And it is remembered.
    let next = desk.prepare(ONE, &request).unwrap();
    let sent = upward(&next, &request);
    assert!(!sent.headers.has_token(&HeaderName::Supported, "outbound"));
}

#[test]
fn the_flows_of_one_instance_are_one_contact_and_the_newest_is_called() {
    for mode in [Mode::Contact, Mode::AddressOfRecord] {
        let mut desk = Desk::on(Terms {
            mode,
            ..Terms::mirror(4)
        });
        let request = supporting(PAGE);
        let first = desk.prepare(ONE, &request).unwrap();
        desk.granted(&first, &[super::ours(&first, 3600)]);
        desk.waits(1);
        let second_flow = PAGE.replace("reg-id=1", "reg-id=2");
        let request = supporting(&second_flow);
        let second = desk.prepare(TWO, &request).unwrap();
        assert_eq!(first.token(), second.token());
        desk.granted(&second, &[super::ours(&second, 3600)]);
        assert_eq!(desk.bindings.len(), 2);
        let flows = |desk: &Desk| -> Vec<_> {
            let called = desk.bindings.called(first.token()).unwrap();
            called
                .reachable
                .iter()
                .map(|one| one.flow.unwrap())
                .collect()
        };
        assert_eq!(flows(&desk), [TWO]);
        desk.bindings.flow_closed(TWO);
        assert_eq!(flows(&desk), [ONE], "the other flow of the same phone");
        assert_eq!(desk.bindings.find(first.token()).unwrap().flow, Some(ONE));
    }
}

#[test]
fn a_gruu_is_passed_to_who_asked_and_leads_to_him() {
    let mut desk = Desk::new();
    let request = supporting(PAGE);
    let pending = desk.prepare(ONE, &request).unwrap();
    let public = "sip:alice@example.com;gr=urn:uuid:1";
    let contact = format!("{};pub-gruu=\"{public}\"", super::ours(&pending, 60));
    let granted = desk.granted(&pending, &[contact]);
    assert_eq!(
        granted.contacts,
        [format!("{PAGE};expires=60;pub-gruu=\"{public}\"")]
    );
    let meant = |uri: &str| {
        desk.bindings
            .of_gruu(&uri.parse().unwrap())
            .map(|one| one.flow)
    };
    assert_eq!(
        meant("sip:alice@EXAMPLE.com:5060;gr=urn:uuid:1"),
        Some(Some(ONE))
    );
    assert_eq!(meant("sip:alice@example.com;gr=urn:uuid:2"), None);
    assert_eq!(meant("sip:alice@example.com"), None);
}

#[test]
fn feature_tags_go_up_where_policy_says_so() {
    let contact = format!("{PAGE};methods=\"INVITE,BYE\";video;+sip.ice;+sip.pnsreg=\"120\";x=1");
    for features in [false, true] {
        let mut desk = Desk::on(Terms {
            features,
            ..Terms::mirror(2)
        });
        let request = supporting(&contact);
        let pending = desk.prepare(ONE, &request).unwrap();
        let sent = upward(&pending, &request);
        let params = sent.headers.contacts().unwrap().remove(0).params;
        assert_eq!(params.has("video"), features);
        assert_eq!(params.value("methods") == Some("INVITE,BYE"), features);
        assert_eq!(params.has("+sip.ice"), features);
        assert!(!params.has("x") && !params.has("+sip.pnsreg"));
        assert_eq!(params.value("+sip.instance"), Some("<urn:uuid:1>"));
    }
}

#[test]
fn a_push_address_is_kept_here_and_shown_to_nobody() {
    let contact = "<sip:abc@x.invalid;transport=ws;pn-provider=webpush;pn-prid=secret;pn-param=p>\
                   ;+sip.instance=\"<urn:uuid:1>\"";
    for path in [false, true] {
        let mut desk = Desk::on(Terms {
            path,
            ..Terms::mirror(4)
        });
        let request = supporting(contact);
        let pending = desk.prepare(ONE, &request).unwrap();
        let sent = upward(&pending, &request);
        let told = String::from_utf8(sent.to_bytes()).unwrap();
        assert!(!told.contains("secret") && !told.contains("pn-"));
        let listed = sent.headers.contacts().unwrap().remove(0);
        desk.granted(&pending, &[format!("<{}>;expires=60", listed.uri)]);
        let called = desk.bindings.called(pending.token()).unwrap();
        assert!(called.asleep.is_empty(), "it is awake");
        desk.bindings.flow_closed(ONE);
        let called = desk.bindings.called(pending.token()).unwrap();
        let push = called.asleep[0].push.clone().unwrap();
        assert_eq!(
            (push.provider.as_str(), push.prid.as_str()),
            ("webpush", "secret")
        );
        assert_eq!(push.param, "p");
    }
}

#[test]
fn t5_only_the_same_page_speaks_for_itself() {
    let mut desk = Desk::on(Terms::mirror(4));
    let (mine, _) = desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    let other = PAGE.replace("urn:uuid:1", "urn:uuid:2");
    desk.bind(TWO, &register("alice", Some(&other), None), 60);
    let alice = "alice@example.com";
    assert!(desk.bindings.speaks_for(ONE, alice, mine.token()));
    assert!(
        !desk.bindings.speaks_for(TWO, alice, mine.token()),
        "another tab"
    );
    desk.bindings.flow_closed(ONE);
    assert!(!desk.bindings.speaks_for(TWO, alice, mine.token()));
    let back = super::register("alice", Some(PAGE), None);
    let three = proto_base::Flow::Connection(3);
    desk.bind(three, &back, 60);
    assert!(desk.bindings.speaks_for(three, alice, mine.token()));
}

//! What others were hurt by, against the border: digest leaks, circles, storms.

use super::town::{INSIDE, Town, answer, back, next, plan};
use crate::{Input, Target};
use proto_base::{Flow, Transport};
use sbc_policy::{Account, Peer, PeerId, Role, Secret};
use sip_message::{HeaderName, Message, Method, Request, Response};
use std::net::SocketAddr;

const CARRIER: &str = "10.0.0.21:5060";
const EVIL: &str = "10.0.0.66:5060";
const CHALLENGE: (HeaderName, &str) = (
    HeaderName::ProxyAuthenticate,
    "Digest realm=\"carrier\", nonce=\"n\", algorithm=MD5, qop=\"auth\"",
);

fn with_carrier() -> Town {
    let mut plan = plan();
    let mut carrier = Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp);
    carrier.account = Some(Account {
        username: "margrave".to_owned(),
        password: Secret("secret".to_owned()),
        auth_username: None,
    });
    plan.peers.push(carrier.at(CARRIER.parse().unwrap()));
    Town::with(plan)
}

fn says(town: &mut Town, address: &str, bytes: Vec<u8>) {
    let mut arrival = Town::server_arrival();
    arrival.remote = address.parse().unwrap();
    arrival.flow = Flow::Datagram(INSIDE, arrival.remote);
    town.input(Input::Received(arrival, bytes));
}

/// What went to an address.
fn sent_to(town: &mut Town, address: &str) -> Vec<Message> {
    let address: SocketAddr = address.parse().unwrap();
    let at = Target::Flow(Flow::Datagram(INSIDE, address));
    let sent = std::mem::take(&mut town.elsewhere);
    let hit = sent.into_iter().filter(|(target, _)| *target == at);
    hit.map(|(_, bytes)| sip_message::parse(&bytes).unwrap())
        .collect()
}

fn carriers_invite(town: &mut Town, call_id: &str, hops: u32, contact: &str) -> Request {
    let uri = "sip:4930100@10.0.0.1";
    let mut invite = town.server_request(Method::Invite, uri, call_id, Some("offer"));
    invite.headers.remove(&HeaderName::RecordRoute);
    invite.headers.remove(&HeaderName::Via);
    let via = format!("SIP/2.0/UDP {CARRIER};branch=z9hG4bK{call_id}");
    invite.headers.push_front(HeaderName::Via, via);
    invite.headers.set(HeaderName::MaxForwards, hops);
    invite.headers.set(HeaderName::Contact, contact);
    says(town, CARRIER, invite.to_bytes());
    invite
}

#[test]
fn p56_who_sits_where_a_dialog_points_gets_no_digest_of_our_account() {
    let mut town = with_carrier();
    let contact = format!("<sip:gate@{EVIL}>");
    let asked = carriers_invite(&mut town, "leak", 70, &contact);
    let inward = town.server_gets();
    town.server_answers(&inward, 200, &[], Some("answer"));
    let heard = sent_to(&mut town, CARRIER);
    let Some(Message::Response(ok)) = heard.last() else {
        panic!("{heard:?}");
    };
    let ack = next(&asked, ok, Method::Ack, 1, None);
    says(&mut town, CARRIER, ack.to_bytes());
    // The telephone hangs up, and the goodbye goes where the carrier's Contact says.
    let bye = back(
        &inward,
        "servertag",
        super::town::SERVER_VIA,
        Method::Bye,
        7,
        None,
    );
    town.server_sends(bye.to_bytes());
    let sent = sent_to(&mut town, EVIL);
    let Some(Message::Request(bye)) = sent.first() else {
        panic!("{sent:?}");
    };
    assert_eq!(bye.method, Method::Bye);
    let challenge = answer(bye, 407, "", &[CHALLENGE], None);
    says(&mut town, EVIL, challenge.to_bytes());
    let shown = sent_to(&mut town, EVIL).into_iter().any(|message| {
        matches!(message, Message::Request(request) if request.headers.has(&HeaderName::ProxyAuthorization))
    });
    assert!(
        !shown,
        "who we are is told to the carrier's own address alone"
    );
    town.settle();
    assert_eq!(town.border.calls(), 0);
}

#[test]
fn a_call_that_goes_in_a_circle_ends_when_its_hops_are_used_up() {
    let mut town = with_carrier();
    let contact = format!("<sip:gate@{CARRIER}>");
    let mut hops = 5;
    let mut rounds = 0;
    loop {
        carriers_invite(&mut town, &format!("round{rounds}"), hops, &contact);
        let Some(Message::Request(inward)) = town.to_server.pop_front() else {
            break;
        };
        // Whoever is behind the server sends it back through the carrier.
        hops = inward
            .headers
            .max_forwards()
            .unwrap()
            .map(u32::from)
            .unwrap();
        rounds += 1;
        assert!(rounds < 10, "it never ends");
    }
    assert_eq!((rounds, hops), (5, 0));
    let last = sent_to(&mut town, CARRIER);
    let refused = |message: &Message| matches!(message, Message::Response(response) if response.status.code() == 483);
    assert!(last.iter().any(refused));
}

#[test]
fn p24_a_storm_of_holds_is_one_offer_at_a_time_and_the_call_survives_it() {
    let mut town = Town::new();
    town.registered(1);
    let invite = town.page_request(
        Method::Invite,
        "sip:bob@example.com",
        ("storm", 1),
        &[(HeaderName::Contact, super::town::ALICE)],
        Some("offer"),
    );
    town.browser_sends(1, invite.to_bytes());
    let inward = town.server_gets();
    town.server_answers(&inward, 200, &[], Some("answer"));
    let ok = last_answer(&mut town);
    assert_eq!(town.server_gets().method, Method::Ack);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    let mut refused = 0;
    for cseq in 2..102 {
        let hold = next(&invite, &ok, Method::Invite, cseq, Some("offer on hold"));
        town.browser_sends(1, hold.to_bytes());
        let heard = town.to_browser.remove(&1).unwrap_or_default();
        for message in heard {
            if let Message::Response(response) = message
                && response.status.code() >= 400
            {
                refused += 1;
                let number = response.headers.cseq().unwrap().number;
                let mut ack = next(&invite, &ok, Method::Ack, number, None);
                // The ACK of a refusal belongs to its transaction.
                let via = response.headers.get(&HeaderName::Via).unwrap().to_owned();
                ack.headers.set(HeaderName::Via, via);
                town.browser_sends(1, ack.to_bytes());
            }
        }
    }
    let onward = town
        .to_server
        .iter()
        .filter(|message| matches!(message, Message::Request(request) if request.method == Method::Invite))
        .count();
    assert_eq!(
        (onward, refused),
        (1, 99),
        "the telephone hears one of them"
    );
    assert_eq!(town.border.calls(), 1);
}

fn last_answer(town: &mut Town) -> Response {
    loop {
        let heard = town.page_hears(1);
        if heard.status.code() >= 200 {
            return heard;
        }
    }
}

use super::*;
use crate::{T1, TIMER_C, TRANSACTION_TIMEOUT};
use sip_message::Method;

const ENOUGH: Duration = Duration::from_secs(32);

fn invite() -> Request {
    request("INVITE", "z9hG4bKinv")
}

#[test]
fn nobody_answers_and_timer_a_doubles_until_timer_b_gives_up() {
    let mut alice = Side::over_udp();
    alice.sends(&invite());
    let mut sent_at = vec![];
    for step in 0..640 {
        if !alice.sent().is_empty() {
            sent_at.push(step * 50);
        }
        alice.waits(50 * MS);
    }
    assert_eq!(sent_at, [0, 500, 1500, 3500, 7500, 15500, 31500]);
    assert_eq!(alice.told(), ["failed, timed out: true", "client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn over_tcp_nothing_is_repeated_but_timer_b_still_ends_it() {
    let mut alice = Side::over_tcp();
    alice.sends(&invite());
    alice.waits(TRANSACTION_TIMEOUT - MS);
    assert_eq!(alice.sent(), ["INVITE"]);
    assert!(alice.told().is_empty());
    alice.waits(MS);
    assert_eq!(alice.told(), ["failed, timed out: true", "client ended"]);
}

#[test]
fn a_provisional_response_stops_timer_a() {
    let mut alice = Side::over_udp();
    alice.sends(&invite());
    alice.hears_response(&invite(), 180);
    alice.waits(ENOUGH);
    assert_eq!(alice.sent(), ["INVITE"]);
    assert_eq!(alice.told(), ["180"]);
}

#[test]
fn every_2xx_is_told_until_timer_m_and_none_is_acked_here() {
    let mut alice = Side::over_udp();
    alice.sends(&invite());
    alice.hears_response(&invite(), 200);
    alice.hears(Message::Response(response(&invite(), 200, "fork")));
    // A late provisional or refusing branch has nothing to say any more.
    alice.hears_response(&invite(), 180);
    alice.hears_response(&invite(), 486);
    assert_eq!(alice.told(), ["200", "200"]);
    assert_eq!(alice.sent(), ["INVITE"]);
    alice.waits(TRANSACTION_TIMEOUT - MS);
    alice.hears_response(&invite(), 200);
    assert_eq!(alice.told(), ["200"]);
    alice.waits(MS);
    assert_eq!(alice.told(), ["client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn a_refusal_is_told_once_and_acked_each_time_until_timer_d() {
    let mut alice = Side::over_udp();
    alice.sends(&invite());
    alice.hears_response(&invite(), 486);
    alice.hears_response(&invite(), 486);
    assert_eq!(alice.sent(), ["INVITE", "ACK", "ACK"]);
    assert_eq!(alice.told(), ["486"]);
    alice.waits(ENOUGH - MS);
    assert!(alice.told().is_empty());
    alice.waits(MS);
    assert_eq!(alice.told(), ["client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn over_tcp_timer_d_is_zero() {
    let mut alice = Side::over_tcp();
    alice.sends(&invite());
    alice.hears_response(&invite(), 603);
    assert_eq!(alice.sent(), ["INVITE", "ACK"]);
    assert_eq!(alice.told(), ["603", "client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn the_ack_to_a_refusal_is_made_as_section_17_1_1_3_says() {
    let mut alice = Side::over_udp();
    let invite = invite();
    alice.sends(&invite);
    alice.hears_response(&invite, 404);
    let sent = alice.sent_messages();
    let Some(Message::Request(ack)) = sent.last() else {
        panic!("no ACK");
    };
    assert_eq!(ack.method, Method::Ack);
    assert_eq!(ack.uri, invite.uri);
    assert_eq!(ack.headers.vias().unwrap(), [invite.headers.via().unwrap()]);
    assert_eq!(ack.headers.call_id(), invite.headers.call_id());
    assert_eq!(ack.headers.from(), invite.headers.from());
    assert_eq!(ack.headers.to().unwrap().tag(), Some("b1"));
    assert_eq!(ack.headers.routes(), invite.headers.routes());
    let cseq = ack.headers.cseq().unwrap();
    assert_eq!((cseq.number, cseq.method), (3, Method::Ack));
    assert_eq!(ack.headers.max_forwards(), Ok(Some(70)));
}

#[test]
fn cancel_waits_for_the_first_provisional_response() {
    let mut alice = Side::over_udp();
    let key = alice.sends(&invite());
    let cancel = alice.table.cancel(alice.now, &key, Some("SIP;cause=200"));
    assert!(cancel.is_some());
    alice.waits(MS);
    assert_eq!(alice.sent(), ["INVITE"], "not before anything was heard");
    alice.hears_response(&invite(), 100);
    let sent = alice.sent_messages();
    let [Message::Request(request)] = sent.as_slice() else {
        panic!("expected the CANCEL, got {sent:?}");
    };
    assert_eq!(request.method, Method::Cancel);
    assert_eq!(request.uri, invite().uri);
    assert_eq!(
        request.headers.vias().unwrap(),
        [invite().headers.via().unwrap()]
    );
    assert_eq!(request.headers.to().unwrap().tag(), None);
    assert_eq!(request.headers.routes(), invite().headers.routes());
    assert_eq!(
        request.headers.get(&HeaderName::Reason),
        Some("SIP;cause=200")
    );
    let cancel_request = request.clone();
    alice.hears_response(&cancel_request, 200);
    alice.hears_response(&invite(), 487);
    assert_eq!(alice.told(), ["100", "200", "487"]);
    // Those who are to be forgotten are forgotten together.
    alice.waits(ENOUGH + 250 * MS);
    assert!(alice.is_idle());
}

#[test]
fn a_cancel_asked_twice_leaves_once_and_after_the_final_response_never() {
    let mut alice = Side::over_tcp();
    let key = alice.sends(&invite());
    alice.hears_response(&invite(), 180);
    assert!(alice.table.cancel(alice.now, &key, None).is_some());
    assert!(alice.table.cancel(alice.now, &key, None).is_some());
    assert_eq!(alice.sent(), ["INVITE", "CANCEL"]);
    alice.hears_response(&invite(), 200);
    assert!(alice.table.cancel(alice.now, &key, None).is_none());
    assert!(alice.sent().is_empty());
}

#[test]
fn a_cancel_that_never_left_ends_with_its_invite() {
    let mut alice = Side::over_tcp();
    let key = alice.sends(&invite());
    alice.table.cancel(alice.now, &key, None);
    alice.hears_response(&invite(), 486);
    assert_eq!(alice.sent(), ["INVITE", "ACK"]);
    assert_eq!(alice.told(), ["486", "client ended", "client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn silence_after_a_cancel_ends_the_invite_after_64_t1() {
    let mut alice = Side::over_udp();
    let key = alice.sends(&invite());
    alice.hears_response(&invite(), 180);
    alice.table.cancel(alice.now, &key, None);
    alice.waits(TRANSACTION_TIMEOUT / 2);
    // Whoever keeps ringing gains no time by it.
    alice.hears_response(&invite(), 180);
    alice.told();
    alice.waits(TRANSACTION_TIMEOUT / 2);
    assert_eq!(
        alice.told(),
        [
            "failed, timed out: true",
            "client ended",
            "failed, timed out: true",
            "client ended"
        ],
        "the CANCEL and the INVITE"
    );
    assert!(alice.is_idle());
}

#[test]
fn a_telephone_that_rings_for_ever_is_cancelled_by_timer_c() {
    let mut alice = Side::over_udp();
    alice.sends(&invite());
    alice.hears_response(&invite(), 180);
    alice.waits(TIMER_C - T1);
    alice.hears_response(&invite(), 180);
    alice.waits(TIMER_C - T1);
    assert_eq!(alice.sent(), ["INVITE"], "each provisional renews it");
    alice.waits(T1);
    assert_eq!(alice.sent(), ["CANCEL"]);
    alice.hears_response(&invite(), 487);
    alice.waits(ENOUGH);
    assert!(alice.is_idle());
}

#[test]
fn the_connection_dies_and_the_invite_fails_at_once() {
    let mut alice = Side::over_websocket();
    alice.sends(&invite());
    alice.hears_response(&invite(), 180);
    alice.told();
    alice.table.flow_closed(alice.now, connection());
    assert_eq!(alice.told(), ["failed, timed out: false", "client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn a_connection_that_dies_after_the_answer_is_no_failure() {
    let mut alice = Side::over_websocket();
    alice.sends(&invite());
    alice.hears_response(&invite(), 200);
    alice.table.flow_closed(alice.now, connection());
    assert_eq!(alice.told(), ["200", "client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn responses_that_are_not_ours_are_dropped() {
    let mut alice = Side::over_udp();
    alice.sends(&invite());
    let other_branch = request("INVITE", "z9hG4bKother");
    alice.hears_response(&other_branch, 200);
    let other_method = request("OPTIONS", "z9hG4bKinv");
    alice.hears_response(&other_method, 200);
    let mut two_vias = response(&invite(), 200, "b1");
    two_vias
        .headers
        .push(HeaderName::Via, "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKx");
    alice.hears(Message::Response(two_vias));
    alice.flow = Flow::Datagram(NetworkId(2), "192.0.2.10:5060".parse().unwrap());
    alice.hears_response(&invite(), 200);
    assert!(alice.told().is_empty());
}

#[test]
fn a_browser_cannot_answer_what_was_asked_on_another_connection() {
    let mut alice = Side::over_websocket();
    alice.sends(&invite());
    alice.flow = Flow::Connection(8);
    alice.hears_response(&invite(), 200);
    assert!(alice.told().is_empty());
    alice.flow = connection();
    alice.hears_response(&invite(), 200);
    assert_eq!(alice.told(), ["200"]);
}

use crate::town::{Phone, SECOND, Town, at, sdp};
use demo_exchange::{Exchange, Input};
use media_codec::{Ear, a_law, mu_law};
use media_sdp::{Direction, SessionDescription};
use rtc_rtp::{Outgoing, RtpHeader};
use sip_message::{HeaderName, Method, Request, Response};
use std::net::SocketAddr;
use std::time::Duration;

const EARS: (u8, u16) = (10, 4000);

fn ears() -> SocketAddr {
    at(EARS.0, EARS.1)
}

/// Alice calls a service and acknowledges its answer.
fn calls(town: &mut Town, alice: &mut Phone, service: &str, offer: &str) -> (Request, Response) {
    let invite = alice.invite(service, offer);
    let (invite, response) = town.asks(alice, invite);
    assert_eq!(response.status.code(), 200);
    town.send(alice.at, alice.ack(&invite, &response));
    (invite, response)
}

fn hangs_up(town: &mut Town, alice: &mut Phone, invite: &Request, answer: &Response) {
    let bye = alice.inside(Method::Bye, invite, answer);
    town.send(alice.at, bye);
    assert_eq!(town.final_for(alice.at).status.code(), 200);
    town.settles();
}

fn description(response: &Response) -> SessionDescription {
    SessionDescription::parse(&response.body).unwrap()
}

fn packet(payload_type: u8, sequence: u16) -> Vec<u8> {
    let header = Outgoing {
        marker: false,
        payload_type,
        sequence,
        timestamp: 1000,
        ssrc: 5,
    };
    let mut packet = header.to_bytes().to_vec();
    packet.extend([7; 160]);
    packet
}

impl Town {
    fn says(&mut self, from: SocketAddr, bytes: Vec<u8>) {
        let id = self.sockets[0].0;
        self.input(Input::Rtp { id, from, bytes });
    }
}

#[test]
fn the_echo_says_what_it_hears() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let (invite, answer) = calls(&mut town, &mut alice, "echo", &sdp("sendrecv", "8"));
    let told = description(&answer);
    let heard_at = told.section(0).unwrap().rtp_address().unwrap();
    assert_eq!(town.sockets[0].1, heard_at);
    town.says(ears(), packet(8, 77));
    town.says(ears(), packet(101, 78));
    let said: Vec<RtpHeader> = town
        .packets
        .iter()
        .map(|(_, to, bytes)| {
            assert_eq!(*to, ears());
            assert_eq!(bytes[12..], [7; 160]);
            RtpHeader::parse(bytes).unwrap()
        })
        .collect();
    assert_eq!(said.len(), 2);
    assert_eq!((said[0].payload_type, said[0].sequence), (8, 77));
    assert_eq!((said[1].payload_type, said[1].sequence), (101, 78));
    assert_ne!(said[0].ssrc, 5, "a source of its own");
    hangs_up(&mut town, &mut alice, &invite, &answer);
}

#[test]
fn the_echo_answers_only_its_caller_and_only_what_was_agreed() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    calls(&mut town, &mut alice, "echo", &sdp("sendrecv", "8"));
    town.says(at(66, 4000), packet(8, 1));
    town.says(ears(), packet(0, 2));
    town.says(ears(), vec![0; 3]);
    town.says(ears(), vec![0x80, 200, 0, 1, 0, 0, 0, 0]);
    assert!(town.packets.is_empty());
}

/// How much of what was sent since the last look is 440 Hz, and whether it was gapless.
fn tone_heard(town: &mut Town, decode: fn(u8) -> i16) -> f64 {
    let mut ear = Ear::new(440);
    let mut before: Option<RtpHeader> = None;
    for (_, to, bytes) in town.packets.drain(..) {
        assert_eq!(to, ears());
        let header = RtpHeader::parse(&bytes).unwrap();
        if let Some(before) = before {
            assert_eq!(header.sequence, before.sequence.wrapping_add(1));
            assert_eq!(header.timestamp, before.timestamp.wrapping_add(160));
            assert_eq!(header.ssrc, before.ssrc);
        }
        let samples: Vec<i16> = bytes[12..].iter().map(|code| decode(*code)).collect();
        assert_eq!(samples.len(), 160);
        ear.listen(&samples);
        before = Some(header);
    }
    ear.share()
}

#[test]
fn the_tone_sounds_until_bye_in_either_law() {
    for (formats, payload_type, decode) in [
        ("8 0", 8, a_law::decode as fn(u8) -> i16),
        ("0 8", 0, mu_law::decode),
        ("9 111 0", 0, mu_law::decode),
    ] {
        let (mut town, mut alice) = (Town::new(), Phone::alice());
        let (invite, answer) = calls(&mut town, &mut alice, "tone", &sdp("sendrecv", formats));
        assert_eq!(
            description(&answer).media[0].formats,
            [payload_type.to_string(), "101".to_owned()]
        );
        town.wait(SECOND);
        assert_eq!(town.packets.len(), 51, "one at once and fifty a second");
        assert!(RtpHeader::parse(&town.packets[0].2).unwrap().marker);
        assert!(tone_heard(&mut town, decode) > 0.99);
        town.wait(SECOND * 60);
        assert_eq!(town.packets.len(), 3000);
        hangs_up(&mut town, &mut alice, &invite, &answer);
    }
}

#[test]
fn a_late_shell_hears_a_few_packets_not_a_flood() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    calls(&mut town, &mut alice, "tone", &sdp("sendrecv", "8"));
    town.packets.clear();
    town.now = town.now + SECOND * 30;
    town.input(Input::Timeout);
    assert!(town.packets.len() <= 5, "{}", town.packets.len());
    town.packets.clear();
    town.wait(SECOND);
    assert!((49..=51).contains(&town.packets.len()));
}

#[test]
fn hold_is_mirrored_and_silent_and_resume_sounds_again() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let (invite, answer) = calls(&mut town, &mut alice, "tone", &sdp("sendrecv", "8"));
    let first = description(&answer);
    assert_eq!(first.section(0).unwrap().direction(), Direction::SendRecv);
    let mut version: u64 = first.origin.version.parse().unwrap();
    for (asked, answered, sounds) in [
        ("sendonly", Direction::RecvOnly, false),
        ("inactive", Direction::Inactive, false),
        ("recvonly", Direction::SendOnly, true),
        ("sendrecv", Direction::SendRecv, true),
    ] {
        let mut again = alice.inside(Method::Invite, &invite, &answer);
        again.set_body("application/sdp", sdp(asked, "8").into_bytes());
        town.send(alice.at, again.clone());
        let reanswer = town.final_for(alice.at);
        assert_eq!(reanswer.status.code(), 200);
        town.send(alice.at, alice.ack(&again, &reanswer));
        let told = description(&reanswer);
        assert_eq!(told.section(0).unwrap().direction(), answered, "{asked}");
        assert_eq!(told.origin.session_id, first.origin.session_id);
        version += 1;
        assert_eq!(told.origin.version, version.to_string());
        assert_eq!(told.media[0].port, first.media[0].port);
        town.packets.clear();
        town.wait(SECOND);
        assert_eq!(town.packets.len(), if sounds { 50 } else { 0 }, "{asked}");
    }
    hangs_up(&mut town, &mut alice, &invite, &answer);
}

#[test]
fn hold_in_the_old_way_is_silent_too() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let (invite, answer) = calls(&mut town, &mut alice, "tone", &sdp("sendrecv", "8"));
    let mut again = alice.inside(Method::Invite, &invite, &answer);
    let offer = sdp("sendrecv", "8").replace("c=IN IP4 192.0.2.10", "c=IN IP4 0.0.0.0");
    again.set_body("application/sdp", offer.into_bytes());
    town.send(alice.at, again);
    assert_eq!(town.final_for(alice.at).status.code(), 200);
    town.packets.clear();
    town.wait(Duration::from_millis(400));
    assert!(town.packets.is_empty());
}

#[test]
fn a_caller_without_offer_gets_one_and_answers_in_the_ack() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let invite = alice.invite("tone", "");
    let (invite, response) = town.asks(&mut alice, invite);
    let offer = description(&response);
    assert_eq!(offer.media[0].formats, ["0", "8", "101"]);
    town.wait(Duration::from_millis(100));
    assert!(town.packets.is_empty(), "nobody said where to");
    let mut ack = alice.ack(&invite, &response);
    ack.set_body("application/sdp", sdp("sendrecv", "8").into_bytes());
    town.send(alice.at, ack);
    town.wait(SECOND);
    assert!(tone_heard(&mut town, a_law::decode) > 0.99);
    hangs_up(&mut town, &mut alice, &invite, &response);
}

#[test]
fn a_caller_without_offer_who_never_answers_is_hung_up_on() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    calls(&mut town, &mut alice, "tone", "");
    let bye = town.request_for(alice.at);
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(format!("<{}>", bye.uri), alice.contact());
    assert_eq!(bye.headers.to().unwrap().tag(), Some("falice"));
    town.send(alice.at, alice.says(&bye, 200));
    town.settles();
}

#[test]
fn an_answer_whose_ack_is_lost_is_repeated_and_then_the_call_ends() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let invite = alice.invite("echo", &sdp("sendrecv", "8"));
    let (_, response) = town.asks(&mut alice, invite);
    assert_eq!(response.status.code(), 200);
    town.wait(SECOND * 4);
    assert_eq!(town.words_for(alice.at), ["200"; 3], "0.5, 1.5 and 3.5 s");
    town.wait(SECOND * 28);
    let said = town.words_for(alice.at);
    assert_eq!(said.last().map(String::as_str), Some("BYE"));
    assert!(town.sockets.is_empty());
    town.settles();
}

#[test]
fn two_calls_have_ports_of_their_own() {
    let (mut town, mut alice, mut bob) = (Town::new(), Phone::alice(), Phone::bob());
    calls(&mut town, &mut alice, "echo", &sdp("sendrecv", "8"));
    calls(&mut town, &mut bob, "echo", &sdp("sendrecv", "8"));
    assert_eq!(town.sockets.len(), 2);
    assert_ne!(town.sockets[0].1, town.sockets[1].1);
    assert!(town.sockets.iter().all(|(_, at)| at.port() % 2 == 0));
}

#[test]
fn without_a_free_port_there_is_no_call() {
    let mut town = Town::with(|mut settings| {
        settings.media_ports = 20_000..=20_001;
        settings
    });
    let (mut alice, mut bob) = (Phone::alice(), Phone::bob());
    let (invite, answer) = calls(&mut town, &mut alice, "echo", &sdp("sendrecv", "8"));
    let second = bob.invite("echo", &sdp("sendrecv", "8"));
    let (second, response) = town.asks(&mut bob, second);
    assert_eq!(response.status.code(), 503);
    town.send(bob.at, bob.ack(&second, &response));
    hangs_up(&mut town, &mut alice, &invite, &answer);
    calls(&mut town, &mut bob, "echo", &sdp("sendrecv", "8"));
}

#[test]
fn what_cannot_be_spoken_gets_488_and_what_is_no_sdp_415() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let secure = sdp("sendrecv", "8").replace("RTP/AVP", "UDP/TLS/RTP/SAVPF");
    let video = sdp("sendrecv", "8").replace("m=audio", "m=video");
    for offer in [secure, video, sdp("sendrecv", "9"), "v=1".to_owned()] {
        let invite = alice.invite("echo", &offer);
        let (invite, response) = town.asks(&mut alice, invite);
        assert_eq!(response.status.code(), 488, "{offer}");
        town.send(alice.at, alice.ack(&invite, &response));
    }
    let mut invite = alice.invite("echo", "hello");
    invite.headers.set(HeaderName::ContentType, "text/plain");
    let (invite, response) = town.asks(&mut alice, invite);
    assert_eq!(response.status.code(), 415);
    town.send(alice.at, alice.ack(&invite, &response));
    town.settles();
}

#[test]
fn only_one_of_several_media_is_accepted() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let offer = format!("{}m=video 4002 RTP/AVP 96\r\n", sdp("sendrecv", "8"));
    let (_, response) = calls(&mut town, &mut alice, "echo", &offer);
    let media = description(&response).media;
    assert_eq!(media.len(), 2);
    assert_ne!(media[0].port, 0);
    assert_eq!((media[1].port, media[1].kind.as_str()), (0, "video"));
}

#[test]
fn busy_and_decline_refuse() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    for (service, status) in [("busy", 486), ("decline", 603)] {
        let invite = alice.invite(service, &sdp("sendrecv", "8"));
        let (invite, response) = town.asks(&mut alice, invite);
        assert_eq!(response.status.code(), status);
        town.send(alice.at, alice.ack(&invite, &response));
    }
    town.settles();
}

#[test]
fn noanswer_rings_until_the_caller_gives_up() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let invite = alice.invite("noanswer", &sdp("sendrecv", "8"));
    let (invite, ringing) = town.asks(&mut alice, invite);
    assert_eq!(ringing.status.code(), 180);
    town.wait(SECOND * 60);
    assert!(town.words_for(alice.at).is_empty());
    town.send(alice.at, alice.cancel(&invite));
    let refusal = town.final_for(alice.at);
    assert_eq!(refusal.status.code(), 487);
    assert_eq!(
        refusal.headers.to().unwrap().tag(),
        ringing.headers.to().unwrap().tag()
    );
    town.send(alice.at, alice.ack(&invite, &refusal));
    town.settles();
}

#[test]
fn noanswer_does_not_ring_for_ever_for_a_caller_that_vanished() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let invite = alice.invite("noanswer", &sdp("sendrecv", "8"));
    town.asks(&mut alice, invite);
    town.wait(SECOND * 180);
    assert_eq!(town.final_for(alice.at).status.code(), 480);
    town.settles();
}

#[test]
fn a_tone_for_a_caller_that_vanished_ends_after_an_hour() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    calls(&mut town, &mut alice, "tone", &sdp("inactive", "8"));
    town.wait(SECOND * 3600);
    assert_eq!(town.request_for(alice.at).method, Method::Bye);
    town.settles();
}

#[test]
fn a_socket_that_cannot_be_opened_ends_its_call() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    calls(&mut town, &mut alice, "echo", &sdp("sendrecv", "8"));
    let id = town.sockets[0].0;
    town.input(Input::MediaFailed { id });
    assert_eq!(town.request_for(alice.at).method, Method::Bye);
    town.settles();
}

#[test]
fn what_a_service_does_not_know_gets_405_and_old_requests_500() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let (invite, answer) = calls(&mut town, &mut alice, "echo", &sdp("sendrecv", "8"));
    for (method, status) in [
        (Method::Info, 200),
        (Method::Options, 200),
        (Method::Update, 405),
        (Method::Refer, 405),
    ] {
        let request = alice.inside(method, &invite, &answer);
        town.send(alice.at, request);
        assert_eq!(town.final_for(alice.at).status.code(), status);
    }
    let mut old = alice.inside(Method::Info, &invite, &answer);
    old.headers.set(HeaderName::CSeq, "1 INFO");
    town.send(alice.at, old);
    assert_eq!(town.final_for(alice.at).status.code(), 500);
    // Another's tag is no way into the call.
    let mut foreign = alice.inside(Method::Bye, &invite, &answer);
    foreign
        .headers
        .set(HeaderName::From, "<sip:alice@example.org>;tag=other");
    town.send(alice.at, foreign);
    assert_eq!(town.final_for(alice.at).status.code(), 481);
    hangs_up(&mut town, &mut alice, &invite, &answer);
}

#[test]
fn an_exchange_written_down_in_mid_tone_plays_on_without_a_click() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let (invite, answer) = calls(&mut town, &mut alice, "tone", &sdp("sendrecv", "8"));
    town.wait(SECOND);
    let text = serde_json::to_string(&town.exchange).unwrap();
    town.exchange = serde_json::from_str::<Exchange>(&text).unwrap();
    town.wait(SECOND);
    assert_eq!(town.packets.len(), 101);
    assert!(tone_heard(&mut town, a_law::decode) > 0.99);
    hangs_up(&mut town, &mut alice, &invite, &answer);
}

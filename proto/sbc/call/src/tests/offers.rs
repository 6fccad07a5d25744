//! Offers, answers and signs of life: each leg's by itself.

use super::*;

mod early;

use crate::{Destination, Group};

/// The caller's leg and the callee's.
const A: LegId = LegId(0);
const B: LegId = LegId(1);

/// Media by the words of the description: `alone` concerns nobody else, `narrow` no longer fits the other leg.
#[derive(Default)]
struct Wordy {
    asked: Vec<String>,
}

impl Door for Wordy {
    fn offer(&mut self, _: Time, offer: Offer) -> Result<Offered, Refusal> {
        let sdp = String::from_utf8(offer.sdp).unwrap();
        self.asked.push(format!("offer {sdp}"));
        let told = same(format!("{sdp}'").into_bytes());
        Ok(if sdp.contains("alone") {
            Offered::Settled(told)
        } else {
            Offered::Ask(told)
        })
    }
    fn answer(&mut self, _: Time, answer: Answer) -> Result<Answered, Refusal> {
        let sdp = String::from_utf8(answer.sdp).unwrap();
        if sdp.contains("bad") {
            return Err(Refusal::Malformed);
        }
        let kind = if answer.provisional { "early " } else { "" };
        self.asked.push(format!("{kind}answer {sdp}"));
        Ok(Answered {
            unfit: sdp.contains("narrow"),
            description: same(format!("{sdp}'").into_bytes()),
        })
    }
    fn propose(&mut self, _: Time, proposal: Proposal) -> Result<Description, Refusal> {
        let to = proposal.to.leg.0;
        self.asked.push(format!("propose {to}"));
        Ok(same(format!("ours for {to}").into_bytes()))
    }
    fn trickle(&mut self, _: Time, _: SessionId, _: LegId, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn withdraw(&mut self, _: Time, _: SessionId) {
        self.asked.push("withdraw".to_owned());
    }
    fn release(&mut self, _: Time, _: SessionId, _: LegId) {}
    fn delete(&mut self, _: Time, _: SessionId) -> Option<Summary> {
        self.asked.push("delete".to_owned());
        None
    }
}

/// A call, and the last request of ours on each leg.
struct Line {
    call: Option<Call>,
    door: Wordy,
    random: Random,
    now: Time,
    sent: Vec<(RequestId, LegId, Request)>,
    next_ask: u64,
    cseq: u32,
}

type Extra<'a> = &'a [(HeaderName, &'a str)];

impl Line {
    /// Our INVITE is out.
    fn begin(extra: Extra<'_>, body: &str) -> Self {
        let mut line = Self {
            call: None,
            door: Wordy::default(),
            random: Random::from_number(1),
            now: Time::ZERO,
            sent: Vec::new(),
            next_ask: 1,
            cseq: 1,
        };
        let actions = line.start(extra, body).unwrap();
        assert_eq!(methods(&actions), [Method::Invite]);
        line
    }

    fn start(&mut self, extra: Extra<'_>, body: &str) -> Result<Vec<Action>, crate::Refused> {
        let mut request = invite();
        request.body = body.as_bytes().to_vec();
        for (name, value) in extra {
            request.headers.push(name.clone(), value);
        }
        let setup = Setup {
            id: CallId(1),
            asked: Asked {
                id: AskId(1),
                flow: Flow::Connection(0),
                request,
            },
            caller: party(0),
            groups: vec![Group::of(vec![Destination {
                party: party(1),
                reaches: None,
                hop: None,
                invitation: Invitation {
                    uri: "sip:bob@example.com".parse().unwrap(),
                    from: NameAddr::new("sip:alice@example.com".parse().unwrap()),
                    to: NameAddr::new("sip:bob@example.com".parse().unwrap()),
                    call_id: "ours".to_owned(),
                    from_tag: "ourtag".to_owned(),
                    cseq: 1,
                    max_forwards: 69,
                    headers: Headers::new(),
                },
            }])],
            redirect: Redirect::Pass,
            ring: Duration::from_secs(60),
            grace: Duration::from_secs(15),
        };
        let mut actions = Vec::new();
        let mut context = Context {
            now: self.now,
            random: &mut self.random,
            door: &mut self.door,
            actions: &mut actions,
        };
        self.call = Some(Call::start(&mut context, setup)?);
        self.note(&actions);
        Ok(actions)
    }

    /// An answered call, acknowledged on both sides; each side's messages say this of it.
    fn talking(caller: Extra<'_>, callee: Extra<'_>) -> Self {
        let mut line = Self::begin(caller, "a");
        let actions = line.says(200, callee, "b");
        assert_eq!(codes(&actions), [200]);
        line.acks(1, "");
        line.door.asked.clear();
        line
    }

    fn note(&mut self, actions: &[Action]) {
        for action in actions {
            if let Action::Request {
                id, leg, request, ..
            } = action
            {
                self.sent.push((*id, *leg, request.clone()));
            }
        }
    }

    fn act(&mut self, act: impl FnOnce(&mut Call, &mut Context<'_>)) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut context = Context {
            now: self.now,
            random: &mut self.random,
            door: &mut self.door,
            actions: &mut actions,
        };
        act(self.call.as_mut().unwrap(), &mut context);
        self.note(&actions);
        actions
    }

    /// The answer to our last request.
    fn says(&mut self, code: u16, extra: Extra<'_>, body: &str) -> Vec<Action> {
        let (id, _, request) = self.sent.last().unwrap().clone();
        let mut response = request.response(StatusCode::of(code));
        let to = response.headers.to().unwrap();
        if to.tag().is_none() {
            response.headers.set(HeaderName::To, to.with_tag("b"));
        }
        response
            .headers
            .push(HeaderName::Contact, "<sip:bob@192.0.2.9>");
        for (name, value) in extra {
            response.headers.push(name.clone(), value);
        }
        if !body.is_empty() {
            response.set_body("application/sdp", body.as_bytes().to_vec());
        }
        let told = response.status;
        let crossing = described();
        self.act(|call, context| call.response(context, id, response, told, crossing))
    }

    fn request(&mut self, leg: LegId, method: Method, extra: Extra<'_>, body: &str) -> Request {
        self.cseq += 1;
        let (call_id, tag) = self.call.as_ref().unwrap().names(leg).unwrap();
        let (from, who) = if leg == A {
            ("a", "alice")
        } else {
            ("b", "bob")
        };
        let mut request = invite();
        let headers = &mut request.headers;
        headers.set(HeaderName::CallId, call_id);
        headers.set(
            HeaderName::From,
            format!("<sip:{who}@example.com>;tag={from}"),
        );
        headers.set(HeaderName::To, format!("<sip:x@example.com>;tag={tag}"));
        headers.set(HeaderName::CSeq, format!("{} {method}", self.cseq));
        headers.set(HeaderName::Contact, format!("<sip:{who}@192.0.2.77>"));
        for (name, value) in extra {
            headers.push(name.clone(), value);
        }
        request.method = method;
        request.body = body.as_bytes().to_vec();
        request
    }

    /// A leg asks something inside its dialog.
    fn asks(&mut self, leg: LegId, method: Method, extra: Extra<'_>, body: &str) -> Vec<Action> {
        let request = self.request(leg, method, extra, body);
        self.next_ask += 1;
        let asked = Asked {
            id: AskId(self.next_ask),
            flow: Flow::Connection(0),
            request,
        };
        let crossing = described();
        self.act(|call, context| call.request(context, leg, asked, crossing))
    }

    /// The caller's ACK, of this number.
    fn acks(&mut self, number: u32, body: &str) -> Vec<Action> {
        let mut ack = self.request(A, Method::Ack, &[], body);
        ack.headers.set(HeaderName::CSeq, format!("{number} ACK"));
        self.act(|call, context| call.ack(context, A, ack, true))
    }

    /// The next thing that the call waits for.
    fn waits(&mut self) -> Vec<Action> {
        let (at, _) = self.call.as_ref().unwrap().deadline().unwrap();
        self.now = self.now.max(at);
        self.act(|call, context| call.timeout(context))
    }

    /// Answers and actions up to this moment.
    fn passes(&mut self, seconds: u64) -> Vec<Action> {
        let end = Time::ZERO + Duration::from_secs(seconds);
        let mut all = Vec::new();
        while let Some((at, _)) = self.call.as_ref().unwrap().deadline()
            && at <= end
            && self.call.as_ref().unwrap().is_live()
        {
            all.extend(self.waits());
        }
        self.now = end;
        all
    }

    fn is_live(&self) -> bool {
        self.call.as_ref().unwrap().is_live()
    }
}

fn described() -> Crossing {
    Crossing {
        headers: Headers::new(),
        body: true,
    }
}

/// The responses among these, as `status body`.
fn told(actions: &[Action]) -> Vec<String> {
    let responses = actions.iter().filter_map(|action| match action {
        Action::Respond { response, .. } => Some(response),
        _ => None,
    });
    responses
        .map(|response| {
            let body = String::from_utf8_lossy(&response.body);
            format!("{} {body}", response.status.code())
                .trim()
                .to_owned()
        })
        .collect()
}

/// The requests among these, as `leg METHOD body`.
fn sent(actions: &[Action]) -> Vec<String> {
    let requests = actions.iter().filter_map(|action| match action {
        Action::Request { leg, request, .. } | Action::Ack { leg, request, .. } => {
            Some((leg, request))
        }
        _ => None,
    });
    requests
        .map(|(leg, request)| {
            let body = String::from_utf8_lossy(&request.body);
            format!("{} {} {body}", leg.0, request.method)
                .trim()
                .to_owned()
        })
        .collect()
}

fn response(actions: &[Action]) -> &Response {
    let found = actions.iter().find_map(|action| match action {
        Action::Respond { response, .. } => Some(response),
        _ => None,
    });
    found.expect("a response")
}

const RELIABLE: (HeaderName, &str) = (HeaderName::Require, "100rel");
const KNOWS: (HeaderName, &str) = (HeaderName::Supported, "100rel, timer");
const ALLOW: (HeaderName, &str) = (HeaderName::Allow, "INVITE, ACK, BYE, UPDATE");

fn rack(response: &Response) -> String {
    format!("{} 1 INVITE", response.headers.rseq().unwrap().unwrap())
}

#[test]
fn ringing_that_must_arrive_is_acknowledged_once_and_in_order() {
    let mut line = Line::begin(&[], "a");
    let invite = line.sent.last().unwrap().clone();
    assert!(invite.2.headers.has_token(&HeaderName::Supported, "100rel"));
    let actions = line.says(183, &[RELIABLE, (HeaderName::RSeq, "7")], "b");
    assert_eq!(sent(&actions), ["1 PRACK"]);
    assert_eq!(told(&actions), ["183 b'"], "plain for who does not know it");
    assert!(!response(&actions).headers.has(&HeaderName::RSeq));
    let prack = line.sent.pop().unwrap().2;
    assert_eq!(prack.headers.get(&HeaderName::RAck), Some("7 1 INVITE"));
    assert_eq!(prack.headers.to().unwrap().tag(), Some("b"));
    for rseq in ["7", "9"] {
        let actions = line.says(183, &[RELIABLE, (HeaderName::RSeq, rseq)], "b");
        assert!(actions.is_empty(), "{rseq}: {actions:?}");
    }
    let actions = line.says(180, &[RELIABLE, (HeaderName::RSeq, "8")], "");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec!["1 PRACK".to_owned()], vec!["180".to_owned()])
    );
}

#[test]
fn p21_early_media_arrives_for_sure_and_the_200_waits_until_it_has() {
    let mut line = Line::begin(&[KNOWS], "a");
    let actions = line.says(180, &[], "");
    assert!(
        !response(&actions).headers.has(&HeaderName::RSeq),
        "nothing in it to lose"
    );
    let actions = line.says(183, &[], "b");
    let early = response(&actions).clone();
    assert!(early.headers.has_token(&HeaderName::Require, "100rel"));
    let actions = line.waits();
    assert_eq!(response(&actions), &early, "until it is acknowledged");
    let actions = line.says(200, &[], "b");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec!["1 ACK".to_owned()], vec![])
    );
    let rack = rack(&early);
    let actions = line.asks(A, Method::Prack, &[(HeaderName::RAck, &rack)], "");
    assert_eq!(
        told(&actions),
        ["200", "200"],
        "the PRACK, then the INVITE: without a second answer"
    );
    assert!(line.acks(1, "").is_empty());
    let actions = line.asks(A, Method::Prack, &[(HeaderName::RAck, &rack)], "");
    assert_eq!(told(&actions), ["481"]);
    assert!(line.is_live());
}

#[test]
fn a_caller_that_gives_up_before_it_acknowledges_gets_no_200_and_the_callee_a_bye() {
    let mut line = Line::begin(&[KNOWS], "a");
    line.says(183, &[], "b");
    line.says(200, &[], "b");
    let actions = line.act(|call, context| call.cancel(context, AskId(1), None));
    assert_eq!(told(&actions), ["487"]);
    assert_eq!(sent(&actions), ["1 BYE"]);
    assert!(!line.is_live());
}

#[test]
fn a_caller_that_never_acknowledges_is_refused_after_32_seconds() {
    let mut line = Line::begin(&[RELIABLE], "a");
    let actions = line.says(180, &[], "");
    assert!(
        response(&actions).headers.has(&HeaderName::RSeq),
        "it insists"
    );
    let actions = line.passes(33);
    assert_eq!(told(&actions).last().unwrap(), "504");
    assert!(!line.is_live());
}

#[test]
fn p43_a_call_without_an_offer_gets_ours_in_the_200_and_its_answer_comes_with_the_ack() {
    let mut line = Line::begin(&[], "");
    assert_eq!(line.sent[0].2.body, b"ours for 1");
    let actions = line.says(183, &[], "b");
    assert_eq!(told(&actions), ["183"], "an offer may not be lost");
    let actions = line.says(200, &[], "b");
    assert_eq!(told(&actions), ["200 b'"]);
    let actions = line.asks(B, Method::Invite, &[], "hold");
    assert_eq!(told(&actions), ["491"], "ours has no answer yet");
    assert!(line.acks(1, "a").is_empty());
    assert_eq!(
        line.door.asked,
        ["propose 1", "early answer b", "answer b", "answer a"]
    );
    let actions = line.asks(B, Method::Invite, &[], "hold");
    assert_eq!(sent(&actions), ["0 INVITE hold'"]);
}

#[test]
fn p43_an_ack_without_a_usable_answer_ends_the_call_on_both_sides() {
    for answer in ["", "bad"] {
        let mut line = Line::begin(&[], "");
        line.says(200, &[], "b");
        let actions = line.acks(1, answer);
        assert_eq!(sent(&actions), ["0 BYE", "1 BYE"], "{answer:?}");
        assert_eq!(line.door.asked.last().unwrap(), "delete");
    }
}

#[test]
fn p43_the_offer_may_come_with_the_ringing_and_its_answer_with_the_prack() {
    let mut line = Line::begin(&[KNOWS], "");
    let actions = line.says(183, &[], "b");
    assert_eq!(told(&actions), ["183 b'"]);
    let rack = rack(response(&actions));
    let actions = line.asks(A, Method::Prack, &[(HeaderName::RAck, &rack)], "narrow a");
    assert_eq!(told(&actions), ["200"]);
    let actions = line.says(200, &[], "b");
    assert_eq!(told(&actions), ["200"]);
    // What the caller chose no longer fits the callee.
    line.acks(1, "");
    let actions = line.waits();
    assert_eq!(sent(&actions), ["1 INVITE ours for 1"]);
}

#[test]
fn p43_a_prack_without_the_answer_ends_the_call() {
    let mut line = Line::begin(&[KNOWS], "");
    let actions = line.says(183, &[], "b");
    let rack = rack(response(&actions));
    let actions = line.asks(A, Method::Prack, &[(HeaderName::RAck, &rack)], "");
    assert_eq!(told(&actions), ["488", "488"]);
    assert!(!line.is_live());
}

#[test]
fn p43_a_reinvite_without_an_offer_is_answered_with_one() {
    let mut line = Line::talking(&[], &[]);
    let actions = line.asks(A, Method::Invite, &[], "");
    assert_eq!(
        (told(&actions), sent(&actions)),
        (vec!["200 ours for 0".to_owned()], vec![])
    );
    assert!(line.acks(line.cseq, "a").is_empty());
    assert_eq!(line.door.asked, ["propose 0", "answer a"]);
    assert!(line.is_live());
}

#[test]
fn an_answer_that_no_longer_fits_the_other_leg_is_mended_by_a_reinvite_of_ours() {
    let mut line = Line::talking(&[], &[]);
    line.asks(A, Method::Invite, &[], "");
    let actions = line.acks(line.cseq, "narrow");
    assert_eq!(sent(&actions), ["1 INVITE ours for 1"]);
    // It crosses with one of theirs: each is told so, and ours comes again in its time.
    let actions = line.asks(B, Method::Invite, &[], "hold");
    assert_eq!(told(&actions), ["491"]);
    assert!(line.says(491, &[], "").is_empty());
    let before = line.now;
    let actions = line.waits();
    let waited = line.now.since(before);
    assert!(waited >= Duration::from_millis(2_100) && waited <= Duration::from_secs(4));
    assert_eq!(sent(&actions), ["1 INVITE ours for 1"]);
    let actions = line.says(200, &[], "b2");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec!["1 ACK".to_owned()], vec![])
    );
    assert!(line.is_live());
}

#[test]
fn p23_a_200_with_other_codecs_than_the_ringing_brings_the_caller_an_offer_of_ours() {
    let mut line = Line::begin(&[], "a");
    let actions = line.says(200, &[], "narrow b");
    assert_eq!(told(&actions), ["200 narrow b'"]);
    line.acks(line.cseq, "");
    let actions = line.waits();
    assert_eq!(sent(&actions), ["0 INVITE ours for 0"]);
    let actions = line.says(200, &[], "a2");
    assert_eq!(sent(&actions), ["0 ACK"]);
    assert!(line.is_live());
}

#[test]
fn p30_an_ice_restart_is_answered_on_its_own_leg_and_the_other_hears_nothing() {
    let mut line = Line::talking(&[], &[ALLOW]);
    for method in [Method::Invite, Method::Update] {
        let actions = line.asks(A, method.clone(), &[], "alone");
        assert_eq!(told(&actions), ["200 alone'"], "{method}");
        assert!(sent(&actions).is_empty());
        if method == Method::Invite {
            line.acks(line.cseq, "");
        }
    }
}

#[test]
fn an_ice_restart_is_answered_while_the_other_leg_is_away() {
    let mut line = Line::talking(&[], &[]);
    line.act(|call, context| call.connection_lost(context, B));
    let actions = line.asks(A, Method::Invite, &[], "alone");
    assert_eq!(told(&actions), ["200 alone'"]);
    line.acks(line.cseq, "");
    // What concerns it too is kept for it: the composer holds the request until it is back, or gives up.
    let actions = line.asks(A, Method::Invite, &[], "hold");
    assert!(told(&actions).is_empty());
    assert_eq!(sent(&actions).len(), 1);
}

#[test]
fn p32_an_update_with_an_offer_goes_on_as_what_the_other_leg_knows() {
    for (callee, method) in [(&[ALLOW][..], "UPDATE"), (&[][..], "INVITE")] {
        let mut line = Line::talking(&[], callee);
        let actions = line.asks(A, Method::Update, &[], "hold");
        assert_eq!(sent(&actions), [format!("1 {method} hold'")]);
        let actions = line.says(200, &[], "held");
        assert_eq!(told(&actions), ["200 held'"]);
    }
}

#[test]
fn who_says_it_knows_update_and_does_not_gets_a_reinvite() {
    let mut line = Line::talking(&[], &[ALLOW]);
    line.asks(A, Method::Update, &[], "hold");
    let actions = line.says(501, &[], "");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec!["1 INVITE hold'".to_owned()], vec![])
    );
    let actions = line.says(200, &[], "held");
    assert_eq!(told(&actions), ["200 held'"]);
}

#[test]
fn an_update_without_an_offer_is_answered_here() {
    let mut line = Line::talking(&[], &[]);
    let actions = line.asks(B, Method::Update, &[], "");
    assert_eq!(
        (told(&actions), sent(&actions)),
        (vec!["200".to_owned()], vec![])
    );
    assert!(line.door.asked.is_empty());
}

#[test]
fn a_refused_offer_leaves_the_target_where_it_was() {
    let mut line = Line::talking(&[], &[]);
    line.asks(A, Method::Invite, &[], "video");
    assert_eq!(told(&line.says(488, &[], "")), ["488"]);
    let actions = line.asks(B, Method::Info, &[], "");
    assert_eq!(sent(&actions), ["0 INFO"]);
    assert_eq!(
        line.sent.last().unwrap().2.uri.to_string(),
        "sip:alice@192.0.2.1"
    );
    line.says(200, &[], "");
    line.asks(A, Method::Update, &[], "");
    line.asks(B, Method::Info, &[], "");
    assert_eq!(
        line.sent.last().unwrap().2.uri.to_string(),
        "sip:alice@192.0.2.77"
    );
}

#[test]
fn p41_a_session_refresh_touches_neither_media_nor_the_other_leg() {
    let page = [
        (HeaderName::Supported, "timer"),
        (HeaderName::SessionExpires, "90;refresher=uac"),
    ];
    let mut line = Line::talking(&page, &[]);
    for refresh in 1..=20 {
        line.passes(45 * refresh);
        let actions = line.asks(A, Method::Update, &page, "");
        let ok = response(&actions);
        assert_eq!(
            ok.headers.get(&HeaderName::SessionExpires),
            Some("90;refresher=uac")
        );
        assert!(ok.headers.has_token(&HeaderName::Require, "timer"));
        assert!(sent(&actions).is_empty());
    }
    assert!(line.door.asked.is_empty() && line.is_live());
    // Then the page is gone for good.
    let actions = line.passes(45 * 20 + 61);
    assert_eq!(sent(&actions), ["0 BYE", "1 BYE"]);
}

#[test]
fn p42_we_refresh_by_update_or_by_saying_the_same_again() {
    let refreshed = [(HeaderName::SessionExpires, "600;refresher=uac")];
    for (callee, refresh) in [
        (&[refreshed[0].clone(), ALLOW][..], "1 UPDATE"),
        (&refreshed[..], "1 INVITE a'"),
    ] {
        let mut line = Line::talking(&[], callee);
        for turn in 1..=4 {
            let actions = line.passes(300 * turn);
            assert_eq!(sent(&actions), [refresh], "{turn}");
            let asked = &line.sent.last().unwrap().2.headers;
            assert_eq!(
                asked.get(&HeaderName::SessionExpires),
                Some("600;refresher=uac")
            );
            assert!(told(&line.says(200, &refreshed, "b")).is_empty());
        }
        assert!(line.door.asked.is_empty(), "media hears nothing");
        assert!(line.is_live());
    }
}

#[test]
fn a_refresh_that_crosses_with_an_offer_waits_its_turn() {
    let refreshed = [(HeaderName::SessionExpires, "600;refresher=uac")];
    let mut line = Line::talking(&[], &refreshed);
    assert_eq!(sent(&line.passes(300)), ["1 INVITE a'"]);
    assert!(line.says(491, &[], "").is_empty());
    let before = line.now;
    assert_eq!(sent(&line.waits()), ["1 INVITE a'"]);
    assert!(line.now.since(before) >= Duration::from_millis(2_100));
}

#[test]
fn a_timer_too_short_is_refused_with_what_we_bear() {
    let short = [
        (HeaderName::Supported, "timer"),
        (HeaderName::SessionExpires, "30"),
    ];
    let mut line = Line::begin(&[], "a");
    let refused = line.start(&short, "a").unwrap_err();
    assert_eq!(refused.status.code(), 422);
    assert_eq!(refused.headers.get(&HeaderName::MinSe), Some("90"));
    let mut line = Line::talking(&[], &[]);
    let actions = line.asks(A, Method::Invite, &short, "hold");
    assert_eq!(told(&actions), ["422"]);
    assert_eq!(
        response(&actions).headers.get(&HeaderName::MinSe),
        Some("90")
    );
    assert!(line.door.asked.is_empty());
}

#[test]
fn who_wants_a_longer_timer_is_asked_again() {
    let least = [(HeaderName::MinSe, "3600")];
    let mut line = Line::begin(&[], "a");
    let actions = line.says(422, &least, "");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec!["1 INVITE a'".to_owned()], vec![])
    );
    let again = line.sent.last().unwrap().2.clone();
    assert_eq!(again.headers.cseq().unwrap().number, 2);
    assert_eq!(again.headers.get(&HeaderName::SessionExpires), Some("3600"));
    assert_eq!(told(&line.says(200, &[], "b")), ["200 b'"]);
    line.acks(1, "");
    // And inside the call.
    line.asks(A, Method::Invite, &[], "hold");
    let least = [(HeaderName::MinSe, "7200")];
    assert_eq!(sent(&line.says(422, &least, "")), ["1 INVITE hold'"]);
    assert_eq!(told(&line.says(200, &[], "held")), ["200 held'"]);
}

#[test]
fn a_far_end_that_does_not_refresh_is_hung_up_on_like_everybody_else() {
    let theirs = [(HeaderName::SessionExpires, "300;refresher=uas")];
    let mut line = Line::talking(&[], &theirs);
    assert!(line.passes(267).is_empty());
    let actions = line.passes(269);
    assert_eq!(sent(&actions), ["0 BYE", "1 BYE"]);
    let ended = actions.iter().any(|action| {
        matches!(action, Action::Tell(Told::Ended(record)) if record.ended_by == "session expired")
    });
    assert!(ended);
}

#[test]
fn a_refresh_that_nobody_knows_ends_the_call() {
    let refreshed = [(HeaderName::SessionExpires, "600;refresher=uac"), ALLOW];
    let mut line = Line::talking(&[], &refreshed);
    line.passes(300);
    let actions = line.says(481, &[], "");
    assert_eq!(sent(&actions), ["0 BYE", "1 BYE"]);
}

#[test]
fn a_refresh_that_is_challenged_does_not_end_the_call() {
    let refreshed = [(HeaderName::SessionExpires, "600;refresher=uac"), ALLOW];
    let mut line = Line::talking(&[], &refreshed);
    line.passes(300);
    assert!(line.says(407, &[], "").is_empty());
    assert!(line.passes(3_000).is_empty());
    assert!(line.is_live());
}

use crate::{
    Action, AskId, Asked, Context, Crossing, Failure, Invitation, RequestId, Setup, Side,
    Subscription, SubscriptionId,
};
use proto_base::{Flow, Random, Time};
use sip_message::{
    CSeq, HeaderName, Headers, Method, NameAddr, Request, Response, StatusCode, Uri,
};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub(super) struct Desk {
    subscription: Subscription,
    random: Random,
    now: Time,
    actions: VecDeque<Action>,
    requests: BTreeMap<RequestId, Request>,
    asks: u64,
    /// Ours towards the subscriber, once told.
    tag: String,
    pub(super) event: String,
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

fn subscribe(event: &str, contact: &str, expires: u32) -> Request {
    let mut request = Request::new(Method::Subscribe, uri("sip:bob@example.com"));
    let headers = &mut request.headers;
    headers.push(HeaderName::Via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1");
    headers.push(HeaderName::From, "<sip:alice@example.com>;tag=s1");
    headers.push(HeaderName::To, "<sip:bob@example.com>");
    headers.push(HeaderName::CallId, "call-of-alice");
    headers.push(HeaderName::CSeq, "1 SUBSCRIBE");
    headers.push(HeaderName::Expires, expires);
    if !event.is_empty() {
        headers.push(HeaderName::Event, event);
    }
    if !contact.is_empty() {
        headers.push(HeaderName::Contact, contact);
    }
    request
}

fn crossing(headers: &Headers) -> Crossing {
    let mut crossing = Crossing {
        body: true,
        ..Crossing::default()
    };
    for name in [
        HeaderName::Event,
        HeaderName::Expires,
        HeaderName::SubscriptionState,
        HeaderName::RetryAfter,
    ] {
        if let Some(value) = headers.get(&name) {
            crossing.headers.push(name, value);
        }
    }
    crossing
}

fn start(
    request: Request,
    random: &mut Random,
    actions: &mut Vec<Action>,
) -> Result<Subscription, crate::Refused> {
    let contact = NameAddr::new(uri("sip:us@192.0.2.100"));
    let mut context = Context {
        now: Time::from_micros(0),
        random,
        actions,
    };
    let crossing = crossing(&request.headers);
    let setup = Setup {
        id: SubscriptionId(1),
        asked: Asked {
            id: AskId(1),
            request,
        },
        crossing,
        subscriber: (Flow::Connection(1), contact.clone()),
        notifier: (Flow::Connection(2), contact),
        invitation: Invitation {
            uri: uri("sip:bob@10.0.0.2"),
            from: NameAddr::new(uri("sip:alice@10.0.0.2")),
            to: NameAddr::new(uri("sip:bob@10.0.0.2")),
            call_id: "ours".to_owned(),
            from_tag: "u1".to_owned(),
            max_forwards: 69,
        },
        grace: Duration::from_secs(15),
    };
    Subscription::start(&mut context, setup)
}

impl Desk {
    pub(super) fn refused_for(event: &str, contact: &str) -> u16 {
        let mut random = Random::from_number(1);
        let request = subscribe(event, contact, 600);
        start(request, &mut random, &mut Vec::new())
            .unwrap_err()
            .status
            .code()
    }

    pub(super) fn asking(expires: u32) -> Self {
        let mut random = Random::from_number(1);
        let mut actions = Vec::new();
        let request = subscribe("dialog", "<sip:alice@192.0.2.1>", expires);
        let subscription = start(request, &mut random, &mut actions).unwrap();
        let mut desk = Self {
            tag: subscription.names(Side::Subscriber).1,
            subscription,
            random,
            now: Time::from_micros(0),
            actions: VecDeque::new(),
            requests: BTreeMap::new(),
            asks: 1,
            event: "dialog".to_owned(),
        };
        desk.note(actions);
        desk
    }

    pub(super) fn granted(expires: u32) -> Self {
        let mut desk = Self::asking(expires);
        let (subscribe, _) = desk.request_to(Side::Notifier);
        desk.answers(subscribe, 200, &[("Expires", &expires.to_string())]);
        assert_eq!(desk.response().status.code(), 200);
        desk
    }

    fn note(&mut self, actions: Vec<Action>) {
        for action in actions {
            if let Action::Request { id, request, .. } = &action {
                self.requests.insert(*id, request.clone());
            }
            self.actions.push_back(action);
        }
    }

    pub(super) fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    pub(super) fn with(&mut self, act: impl FnOnce(&mut Subscription, &mut Context<'_>)) {
        let mut actions = Vec::new();
        let mut context = Context {
            now: self.now,
            random: &mut self.random,
            actions: &mut actions,
        };
        act(&mut self.subscription, &mut context);
        self.note(actions);
    }

    pub(super) fn request_to(&mut self, wanted: Side) -> (RequestId, Request) {
        match self.actions.pop_front() {
            Some(Action::Request {
                id, side, request, ..
            }) if side == wanted => (id, request),
            other => panic!("{other:?} is no request to the {wanted:?}"),
        }
    }

    pub(super) fn response(&mut self) -> Response {
        match self.actions.pop_front() {
            Some(Action::Respond { response, .. }) => response,
            other => panic!("{other:?} is no response"),
        }
    }

    pub(super) fn header(&self, request: &(RequestId, Request), name: &str) -> String {
        let name = HeaderName::Other(name.into());
        request.1.headers.get(&name).unwrap_or_default().to_owned()
    }

    pub(super) fn nothing_more(&self) {
        assert!(self.actions.is_empty(), "{:?}", self.actions);
    }

    pub(super) fn answers(&mut self, id: RequestId, code: u16, headers: &[(&str, &str)]) {
        let request = self.requests[&id].clone();
        let mut response = request.response(StatusCode::of(code));
        let to = response.headers.to().unwrap();
        if to.tag().is_none() {
            response.headers.set(HeaderName::To, to.with_tag("n1"));
        }
        response
            .headers
            .push(HeaderName::Contact, "<sip:bob@10.0.0.9>");
        for (name, value) in headers {
            let name = HeaderName::Other((*name).into());
            response.headers.push(name, value);
        }
        let crossing = crossing(&response.headers);
        let status = response.status;
        self.with(|subscription, context| {
            subscription.response(context, id, &response, status, &crossing);
            subscription.request_ended(id);
        });
    }

    pub(super) fn hears_nothing(&mut self, id: RequestId) {
        let failure = Failure {
            status: StatusCode::of(503),
            retry_after: Some(10),
        };
        self.with(|subscription, context| subscription.failed(context, id, failure));
    }

    fn asks(&mut self, side: Side, request: Request) {
        self.asks += 1;
        let id = AskId(self.asks);
        let crossing = crossing(&request.headers);
        let asked = Asked { id, request };
        self.with(|subscription, context| subscription.request(context, side, asked, crossing));
    }

    pub(super) fn notifies(&mut self, number: u32, tag: &str, state: &str) {
        let mut request = Request::new(Method::Notify, uri("sip:us@192.0.2.100"));
        let headers = &mut request.headers;
        headers.push(HeaderName::Via, "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2");
        headers.push(HeaderName::From, format!("<sip:bob@10.0.0.2>;tag={tag}"));
        headers.push(HeaderName::To, "<sip:alice@10.0.0.2>;tag=u1");
        headers.push(HeaderName::CallId, "ours");
        let method = Method::Notify;
        headers.push(HeaderName::CSeq, CSeq { number, method });
        headers.push(HeaderName::Contact, "<sip:bob@10.0.0.9>");
        headers.push(HeaderName::Event, &self.event);
        headers.push(HeaderName::SubscriptionState, state);
        request.set_body("application/dialog-info+xml", b"<dialog-info/>".to_vec());
        self.asks(Side::Notifier, request);
    }

    pub(super) fn subscribes(&mut self, number: u32, expires: u32) {
        let mut request = subscribe("dialog", "<sip:alice@192.0.2.1>", expires);
        let to = format!("<sip:bob@example.com>;tag={}", self.tag);
        request.headers.set(HeaderName::To, to);
        let method = Method::Subscribe;
        request
            .headers
            .set(HeaderName::CSeq, CSeq { number, method });
        self.asks(Side::Subscriber, request);
    }

    pub(super) fn loses(&mut self, side: Side) {
        self.with(|subscription, context| subscription.connection_lost(context, side));
    }

    pub(super) fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(at) = self.subscription.deadline()
            && at <= until
        {
            self.now = self.now.max(at);
            self.with(|subscription, context| subscription.timeout(context));
        }
        self.now = until;
    }

    pub(super) fn is_over(&self) {
        self.nothing_more();
        assert!(self.subscription.is_over(self.now));
    }
}

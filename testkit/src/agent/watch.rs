//! SUBSCRIBE and NOTIFY (RFC 6665): who wants to know, and who knows.

use super::{Habitat, Purpose, Seen, UserAgent};
use proto_base::{Flow, Time};
use sip_message::{HeaderName, Headers, Method, Request, Response, Uri};
use sip_transaction::ServerKey;
use std::time::Duration;

/// After the end of what was granted, the notifier's last word may take this long.
const LAST_WORD: Duration = Duration::from_secs(40);
/// A NOTIFY that was refused for now is said again after this, if it was not said when.
const PAUSE: Duration = Duration::from_secs(5);

/// One end of a subscription, and its dialog.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    call_id: String,
    local_tag: String,
    remote_tag: Option<String>,
    local: String,
    remote: String,
    target: Uri,
    routes: Vec<String>,
    local_seq: u32,
    remote_seq: u32,
    event: String,
    /// What was granted ends here.
    expires: Option<Time>,
    /// It knows, rather than wants to know.
    is_notifier: bool,
    /// Nothing more is to be told.
    is_over: bool,
    /// What is to be said again, and when.
    again: Option<(Time, String)>,
}

impl Watch {
    pub(super) fn deadline(&self) -> Option<Time> {
        let expires = self.expires.map(|at| match self.is_notifier {
            true => at,
            false => at + LAST_WORD,
        });
        let again = self.again.as_ref().map(|(at, _)| *at);
        [expires, again].into_iter().flatten().min()
    }

    fn is_of(&self, headers: &Headers) -> bool {
        headers.call_id().is_ok_and(|id| id == self.call_id)
            && headers.to_tag() == Some(self.local_tag.as_str())
    }
}

/// The body that tells of an event, and its type.
fn body_of(event: &str, news: &str) -> (&'static str, String) {
    match event {
        "message-summary" => (
            "application/simple-message-summary",
            format!("Messages-Waiting: {news}\r\n"),
        ),
        "dialog" => (
            "application/dialog-info+xml",
            format!("<dialog-info>{news}</dialog-info>"),
        ),
        _ => (
            "application/pidf+xml",
            format!("<presence>{news}</presence>"),
        ),
    }
}

impl UserAgent {
    /// Wants to know of `user` for so many seconds.
    pub fn subscribes(&mut self, now: Time, user: &str, event: &str, seconds: u32) {
        let target = format!("sip:{user}@{}", self.account.domain);
        let Ok(uri) = target.parse::<Uri>() else {
            return;
        };
        let watch = Watch {
            call_id: self.random.token(20),
            local_tag: self.random.token(10),
            remote_tag: None,
            local: format!("<{}>", self.account.uri()),
            remote: format!("<{target}>"),
            target: uri,
            routes: Vec::new(),
            local_seq: 0,
            remote_seq: 0,
            event: event.to_owned(),
            expires: None,
            is_notifier: false,
            is_over: false,
            again: None,
        };
        self.watches.push(watch);
        let at = self.watches.len() - 1;
        self.send_subscribe(now, at, seconds);
    }

    /// Goes on wanting to know, or no more (0 s).
    pub fn subscribes_again(&mut self, now: Time, seconds: u32) {
        let subscriber = self.watches.iter().position(|watch| !watch.is_notifier);
        if let Some(at) = subscriber {
            self.send_subscribe(now, at, seconds);
        }
    }

    fn send_subscribe(&mut self, now: Time, at: usize, seconds: u32) {
        let Some((flow, mut request)) = self.in_watch(at, Method::Subscribe) else {
            return;
        };
        request.headers.push(HeaderName::Expires, seconds);
        self.send_request(now, flow, Purpose::Subscribe, request);
        self.drain(now);
    }

    fn in_watch(&mut self, at: usize, method: Method) -> Option<(Flow, Request)> {
        let via = self.habitat.via(&mut self.random);
        let contact = self.habitat.contact(&self.registration.contact_user);
        let watch = self.watches.get_mut(at)?;
        watch.local_seq += 1;
        let mut request = Request::new(method.clone(), watch.target.clone());
        let headers = &mut request.headers;
        headers.push(HeaderName::Via, via);
        for route in &watch.routes {
            headers.push(HeaderName::Route, route);
        }
        headers.push(HeaderName::MaxForwards, 70);
        headers.push(
            HeaderName::From,
            format!("{};tag={}", watch.local, watch.local_tag),
        );
        let tag = watch.remote_tag.as_ref();
        let tag = tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
        headers.push(HeaderName::To, format!("{}{tag}", watch.remote));
        headers.push(HeaderName::CallId, &watch.call_id);
        headers.push(HeaderName::CSeq, format!("{} {method}", watch.local_seq));
        headers.push(HeaderName::Contact, format!("<{contact}>"));
        headers.push(HeaderName::Event, &watch.event);
        let (target, routes) = (watch.target.clone(), watch.routes.clone());
        // Outside a dialog a phone asks its exchange.
        let flow = match &watch.remote_tag {
            Some(_) => self.next_hop(&target, &routes),
            None => self.habitat.flow(),
        };
        Some((flow, request))
    }

    /// The final answer to a SUBSCRIBE of ours.
    pub(super) fn subscription_answered(
        &mut self,
        now: Time,
        request: &Request,
        response: &Response,
    ) {
        let status = response.status.code();
        let call_id = request.headers.call_id().unwrap_or_default();
        let Some(at) = self
            .watches
            .iter()
            .position(|watch| !watch.is_notifier && watch.call_id == call_id)
        else {
            return;
        };
        let tried = request.headers.has(&HeaderName::ProxyAuthorization);
        if matches!(status, 401 | 407) && !tried {
            let again = self.account.authorize(request, response, &mut self.random);
            if let Some(mut again) = again {
                self.refresh(&mut again);
                if let Some(watch) = self.watches.get_mut(at) {
                    watch.local_seq = again.headers.cseq().map_or(2, |cseq| cseq.number);
                }
                let flow = self.habitat.flow();
                self.send_request(now, flow, Purpose::Subscribe, again);
                return;
            }
        }
        if !response.status.is_success() {
            self.seen.push(Seen::SubscriptionRefused(status));
            // A refresh that was refused leaves what was granted (RFC 6665 §4.1.2.2), unless there is none.
            let first = request.headers.to_tag().is_none();
            if first || status == 481 {
                self.watches.remove(at);
            }
            return;
        }
        let granted = response.headers.expires().ok().flatten();
        if granted.is_none() {
            self.complain("a 200 to SUBSCRIBE without Expires");
        }
        let Some(watch) = self.watches.get_mut(at) else {
            return;
        };
        let tag = response.headers.to_tag().map(str::to_owned);
        if watch.remote_tag.is_some() && watch.remote_tag != tag {
            self.complain("the tag of the 200 is not that of the NOTIFY");
            return;
        }
        watch.remote_tag = tag;
        learn(watch, &response.headers, true);
        watch.expires = Some(now + Duration::from_secs(granted.unwrap_or(0).into()));
        self.seen.push(Seen::Subscribed);
    }

    /// No answer to a SUBSCRIBE of ours.
    pub(super) fn subscription_failed(&mut self, request: &Request, status: u16) {
        self.seen.push(Seen::SubscriptionRefused(status));
        let call_id = request.headers.call_id().unwrap_or_default();
        self.watches
            .retain(|watch| watch.is_notifier || watch.call_id != call_id);
    }

    /// A SUBSCRIBE arrives: somebody wants to know of us.
    pub(super) fn subscribed(&mut self, now: Time, key: &ServerKey, request: &Request) {
        let seconds = request.headers.expires().ok().flatten().unwrap_or(3600);
        let known = self
            .watches
            .iter()
            .position(|watch| watch.is_notifier && watch.is_of(&request.headers));
        let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
        let at = match known {
            Some(at) => at,
            None if request.headers.to_tag().is_some() => {
                let gone = self.response(request, 481);
                self.transactions.respond(now, key, gone);
                return;
            }
            None => {
                let Some(watch) = self.new_watch(request) else {
                    return;
                };
                self.watches.push(watch);
                self.seen.push(Seen::Watched);
                self.watches.len() - 1
            }
        };
        let Some(watch) = self.watches.get_mut(at) else {
            return;
        };
        if cseq < watch.remote_seq {
            self.complain("the CSeq of a SUBSCRIBE went back");
            return;
        }
        watch.remote_seq = cseq;
        watch.expires = Some(now + Duration::from_secs(seconds.into()));
        let tag = watch.local_tag.clone();
        let mut response = self.response(request, 200);
        if let Ok(to) = response.headers.to()
            && to.tag().is_none()
        {
            response.headers.set(HeaderName::To, to.with_tag(&tag));
        }
        response.headers.set(HeaderName::Expires, seconds);
        self.transactions.respond(now, key, response);
        // RFC 6665 §4.2.1.2: each SUBSCRIBE is followed by a NOTIFY.
        if seconds == 0 {
            self.ends_watch(now, at, "timeout");
        } else {
            self.notifies(now, at, "open");
        }
    }

    fn new_watch(&mut self, request: &Request) -> Option<Watch> {
        let headers = &request.headers;
        let from = headers.from().ok()?;
        let mut watch = Watch {
            call_id: headers.call_id().ok()?.to_owned(),
            local_tag: self.random.token(10),
            remote_tag: from.tag().map(str::to_owned),
            local: headers.get(&HeaderName::To)?.to_owned(),
            remote: super::answer::without_tag(headers.get(&HeaderName::From)?),
            target: headers.contacts().ok()?.into_iter().next()?.uri,
            routes: Vec::new(),
            local_seq: 0,
            remote_seq: 0,
            event: headers.get(&HeaderName::Event)?.to_owned(),
            expires: None,
            is_notifier: true,
            is_over: false,
            again: None,
        };
        learn(&mut watch, headers, false);
        Some(watch)
    }

    /// Whoever wants to know is told the news.
    pub fn tells(&mut self, now: Time, news: &str) {
        for at in 0..self.watches.len() {
            if self.watches.get(at).is_some_and(|watch| watch.is_notifier) {
                self.notifies(now, at, news);
            }
        }
        self.drain(now);
    }

    /// Nobody is told anything any more.
    pub fn tells_no_more(&mut self, now: Time, reason: &str) {
        for at in 0..self.watches.len() {
            if self.watches.get(at).is_some_and(|watch| watch.is_notifier) {
                self.ends_watch(now, at, reason);
            }
        }
        self.drain(now);
    }

    fn notifies(&mut self, now: Time, at: usize, news: &str) {
        let Some((flow, mut request)) = self.in_watch(at, Method::Notify) else {
            return;
        };
        let Some(watch) = self.watches.get(at).filter(|watch| !watch.is_over) else {
            return;
        };
        let left = watch.expires.map_or(0, |at| at.since(now).as_secs());
        let state = format!("active;expires={left}");
        request.headers.push(HeaderName::SubscriptionState, state);
        let (kind, body) = body_of(&watch.event, news);
        request.set_body(kind, body.into_bytes());
        self.send_request(now, flow, Purpose::Notify, request);
    }

    fn ends_watch(&mut self, now: Time, at: usize, reason: &str) {
        let Some((flow, mut request)) = self.in_watch(at, Method::Notify) else {
            return;
        };
        let state = format!("terminated;reason={reason}");
        request.headers.push(HeaderName::SubscriptionState, state);
        if let Some(watch) = self.watches.get_mut(at) {
            watch.is_over = true;
            watch.expires = None;
            watch.again = None;
        }
        self.send_request(now, flow, Purpose::Notify, request);
    }

    /// The final answer to a NOTIFY of ours, or 408.
    pub(super) fn notify_answered(
        &mut self,
        now: Time,
        request: &Request,
        response: Option<&Response>,
    ) {
        let call_id = request.headers.call_id().unwrap_or_default();
        let Some(at) = self
            .watches
            .iter()
            .position(|watch| watch.is_notifier && watch.call_id == call_id)
        else {
            return;
        };
        let Some(watch) = self.watches.get_mut(at) else {
            return;
        };
        let status = response.map_or(408, |response| response.status.code());
        let later = response.and_then(|response| response.headers.get(&HeaderName::RetryAfter));
        if watch.is_over || (status >= 300 && (later.is_none() || status == 481)) {
            self.watches.remove(at);
        } else if status >= 300 {
            let news = String::from_utf8_lossy(&request.body);
            let news = news.split(['>', ' ']).nth(1).unwrap_or_default();
            let news = news.split(['<', '\r']).next().unwrap_or_default();
            watch.again = Some((now + PAUSE, news.to_owned()));
        }
    }

    /// A NOTIFY for something that we wanted to know. Gives whether it is one.
    pub(super) fn hears_news(&mut self, now: Time, key: &ServerKey, request: &Request) -> bool {
        let known = self
            .watches
            .iter()
            .position(|watch| !watch.is_notifier && watch.is_of(&request.headers));
        let Some(at) = known else {
            return false;
        };
        let fine = self.response(request, 200);
        self.transactions.respond(now, key, fine);
        let headers = &request.headers;
        let from = headers.from().ok();
        let tag = from.and_then(|from| from.tag().map(str::to_owned));
        let Some(watch) = self.watches.get_mut(at) else {
            return true;
        };
        if watch.remote_tag.is_none() {
            watch.remote_tag = tag;
        } else if watch.remote_tag != tag {
            self.complain("a NOTIFY of somebody else");
            return true;
        }
        let Some(watch) = self.watches.get_mut(at) else {
            return true;
        };
        let cseq = headers.cseq().map_or(0, |cseq| cseq.number);
        if cseq < watch.remote_seq {
            self.complain("the CSeq of a NOTIFY went back");
            return true;
        }
        watch.remote_seq = cseq;
        learn(watch, headers, false);
        if headers.get(&HeaderName::Event) != Some(watch.event.as_str()) {
            self.complain("a NOTIFY of another event");
            return true;
        }
        let state = headers.get(&HeaderName::SubscriptionState);
        if state.is_some_and(|state| state.starts_with("terminated")) {
            self.watches.remove(at);
            self.seen.push(Seen::SubscriptionOver);
            return true;
        }
        let body = String::from_utf8_lossy(&request.body).into_owned();
        self.seen.push(Seen::News(body));
        true
    }

    pub(super) fn watches_due(&mut self, now: Time) {
        let mut at = 0;
        while let Some(watch) = self.watches.get_mut(at) {
            if let Some((_, news)) = watch.again.take_if(|(due, _)| *due <= now) {
                self.notifies(now, at, &news);
            } else if watch.deadline().is_some_and(|due| due <= now) {
                if watch.is_notifier {
                    self.ends_watch(now, at, "timeout");
                } else {
                    self.watches.remove(at);
                    self.seen.push(Seen::SubscriptionOver);
                    continue;
                }
            }
            at += 1;
        }
    }

    /// What a page says of an event, as whoever watches sees it.
    pub fn news(event: &str, news: &str) -> Seen {
        Seen::News(body_of(event, news).1)
    }

    pub(super) fn forgets_watches(&mut self) {
        if matches!(self.habitat, Habitat::Page { .. }) {
            self.watches.clear();
        }
    }
}

/// The far end's Contact, and its routes, which a response names from the other end.
fn learn(watch: &mut Watch, headers: &Headers, is_response: bool) {
    let contact = headers.contacts().ok();
    if let Some(contact) = contact.and_then(|contacts| contacts.into_iter().next()) {
        watch.target = contact.uri;
    }
    let routes = headers.record_routes().unwrap_or_default();
    if !routes.is_empty() {
        watch.routes = routes.iter().map(ToString::to_string).collect();
        if is_response {
            watch.routes.reverse();
        }
    }
}

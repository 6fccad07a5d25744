//! A SUBSCRIBE becomes a subscription.

use crate::leg::Leg;
use crate::respond::add;
use crate::state::event_package;
use crate::subscription::{Kind, State};
use crate::{Action, Asked, Context, Crossing, Side, Subscription, SubscriptionId};
use proto_base::Flow;
use sip_dialog::Dialog;
use sip_message::{CSeq, HeaderName, Method, NameAddr, Request, StatusCode, Uri};
use std::collections::BTreeMap;
use std::time::Duration;

/// Length of our tag towards the subscriber: 119 bits, since it is half of what makes a forged NOTIFY or refresh impossible.
const TAG_LENGTH: usize = 20;

/// The SUBSCRIBE that goes to the notifier.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Request-URI.
    pub uri: Uri,
    /// From, without tag.
    pub from: NameAddr,
    /// To, without tag.
    pub to: NameAddr,
    /// Our Call-ID on that leg.
    pub call_id: String,
    /// Our tag on that leg.
    pub from_tag: String,
    /// Already counted down.
    pub max_forwards: u8,
}

/// All that a subscription begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its number.
    pub id: SubscriptionId,
    /// The subscriber's SUBSCRIBE.
    pub asked: Asked,
    /// What crosses of it.
    pub crossing: Crossing,
    /// Where the subscriber is, and our Contact towards it.
    pub subscriber: (Flow, NameAddr),
    /// The same of the notifier.
    pub notifier: (Flow, NameAddr),
    /// What goes to the notifier.
    pub invitation: Invitation,
    /// How long it survives a leg's connection.
    pub grace: Duration,
}

/// It became no subscription: the status for the subscriber. Nothing is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// For the subscriber.
    pub status: StatusCode,
    /// For the log.
    pub why: &'static str,
}

impl Subscription {
    /// Takes the subscriber's SUBSCRIBE and asks the notifier.
    pub fn start(context: &mut Context<'_>, setup: Setup) -> Result<Subscription, Refused> {
        let refused = |code, why| {
            let status = StatusCode::of(code);
            Refused { status, why }
        };
        let mut asked = setup.asked;
        // RFC 6665 §4.1.2.1: exactly one Event.
        let event = match asked.request.headers.get(&HeaderName::Event) {
            Some(event) if event_package(&asked.request.headers).is_some() => event.to_owned(),
            _ => return Err(refused(489, "a SUBSCRIBE without an event")),
        };
        if !asked.request.body.is_empty() && !setup.crossing.body {
            return Err(refused(415, "body does not cross"));
        }
        let tag = context.random.token(TAG_LENGTH);
        let dialog = Dialog::uas(&asked.request, &tag)
            .map_err(|_| refused(400, "the SUBSCRIBE makes no dialog"))?;
        let body = std::mem::take(&mut asked.request.body);
        let content_type = asked.request.headers.get(&HeaderName::ContentType);
        let mut request = subscribe(&setup.invitation, &setup.notifier.1);
        add(&mut request.headers, &setup.crossing.headers);
        let skeleton = request.clone();
        if let Some(content_type) = content_type
            && !body.is_empty()
        {
            request.set_body(content_type, body);
        }
        let mut subscription = Subscription {
            id: setup.id,
            state: State::Asking,
            event,
            subscriber: leg(setup.subscriber, Some(dialog)),
            notifier: leg(setup.notifier, None),
            subscribe: skeleton,
            asked: Some(asked),
            sent: BTreeMap::new(),
            next_request: 0,
            expires: None,
            grace: setup.grace,
            grace_until: None,
        };
        let id = subscription.new_request(Side::Notifier, Kind::Subscribe);
        context.actions.push(Action::Request {
            id,
            side: Side::Notifier,
            hop: None,
            request,
        });
        Ok(subscription)
    }
}

fn leg((flow, contact): (Flow, NameAddr), dialog: Option<Dialog>) -> Leg {
    Leg {
        flow,
        lost: false,
        contact: contact.to_string(),
        dialog,
        over: false,
    }
}

fn subscribe(invitation: &Invitation, contact: &NameAddr) -> Request {
    let mut request = Request::new(Method::Subscribe, invitation.uri.clone());
    let headers = &mut request.headers;
    headers.push(HeaderName::MaxForwards, invitation.max_forwards);
    headers.push(
        HeaderName::From,
        invitation.from.clone().with_tag(&invitation.from_tag),
    );
    headers.push(HeaderName::To, &invitation.to);
    headers.push(HeaderName::CallId, &invitation.call_id);
    let method = Method::Subscribe;
    headers.push(HeaderName::CSeq, CSeq { number: 1, method });
    headers.push(HeaderName::Contact, contact);
    request
}

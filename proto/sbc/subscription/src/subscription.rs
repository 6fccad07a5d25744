use crate::leg::Leg;
use crate::{Asked, RequestId, Side};
use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use sip_dialog::DialogState;
use sip_message::Request;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// A subscription's number. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubscriptionId(pub u64);

/// Two legs, one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) state: State,
    /// The Event header as asked, by which its NOTIFYs are known.
    pub(crate) event: String,
    pub(crate) subscriber: Leg,
    pub(crate) notifier: Leg,
    /// Ours, as sent, without body: the notifier's dialog is made from it.
    pub(crate) subscribe: Request,
    /// The subscriber's first SUBSCRIBE, until its final response.
    pub(crate) asked: Option<Asked>,
    /// Requests we sent whose transactions still live.
    pub(crate) sent: BTreeMap<RequestId, Sent>,
    pub(crate) next_request: u32,
    /// What was granted ends here.
    pub(crate) expires: Option<Time>,
    pub(crate) grace: Duration,
    /// A leg's connection is gone; without it coming back, the subscription ends here.
    pub(crate) grace_until: Option<Time>,
}

/// Where a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// Our SUBSCRIBE is out.
    Asking,
    /// Granted.
    Active,
    /// Over; only transactions are waited for, not beyond `until`.
    Ended { until: Time },
}

/// A request of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) side: Side,
    pub(crate) kind: Kind,
    /// Its final response is here; only the transaction's last wait is left.
    pub(crate) answered: bool,
}

/// What it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The SUBSCRIBE that makes the subscription.
    Subscribe,
    /// A later one of the subscriber, passed on.
    Refresh {
        asked: Option<Box<Asked>>,
        /// It asked for 0 s.
        leaves: bool,
    },
    /// A NOTIFY of the notifier, passed on.
    Notify {
        asked: Option<Box<Asked>>,
        terminates: bool,
        /// Where the subscriber was.
        flow: Flow,
    },
    /// A last word of ours, whose answer changes nothing.
    Farewell,
}

impl Subscription {
    /// Its number.
    pub fn id(&self) -> SubscriptionId {
        self.id
    }

    /// Not over.
    pub fn is_live(&self) -> bool {
        !matches!(self.state, State::Ended { .. })
    }

    /// Over, and nothing left to be sent or awaited but the last waits of transactions.
    pub fn is_settled(&self) -> bool {
        !self.is_live() && self.asked.is_none() && self.sent.values().all(|sent| sent.answered)
    }

    /// Nothing refers to it any more: forget it.
    pub fn is_over(&self, now: Time) -> bool {
        match self.state {
            State::Ended { until } => now >= until || (self.is_settled() && self.sent.is_empty()),
            _ => false,
        }
    }

    /// Where a leg was last heard.
    pub fn flow(&self, side: Side) -> Flow {
        self.leg(side).flow
    }

    /// On which leg a request of ours went.
    pub fn side_of(&self, request: RequestId) -> Option<Side> {
        self.sent.get(&request).map(|sent| sent.side)
    }

    /// Whether a leg's dialog says that its far end, or the proxy next to it, is at this address.
    ///
    /// The notifier may speak before its answer is here (RFC 6665 §4.4.1), and then there is no dialog yet: whoever knows our Call-ID
    /// and tag, which are chance, was asked.
    pub fn may_come_from(&self, side: Side, address: IpAddr) -> bool {
        if side == Side::Notifier && self.notifier.dialog.is_none() {
            return self.is_live();
        }
        self.leg(side).dialog.as_ref().is_some_and(|dialog| {
            [dialog.remote_target(), dialog.next_hop()]
                .into_iter()
                .any(|uri| uri.host.ip() == Some(address))
        })
    }

    /// What a leg's requests to us carry: its Call-ID and our tag, the same whichever notifier is the first.
    pub fn names(&self, side: Side) -> (String, String) {
        match side {
            Side::Subscriber => self
                .subscriber
                .dialog
                .as_ref()
                .map(|dialog| (dialog.call_id().to_owned(), dialog.local_tag().to_owned()))
                .unwrap_or_default(),
            Side::Notifier => {
                let headers = &self.subscribe.headers;
                let tag = headers.from().ok();
                (
                    headers.call_id().unwrap_or_default().to_owned(),
                    tag.and_then(|from| from.tag().map(str::to_owned))
                        .unwrap_or_default(),
                )
            }
        }
    }

    pub(crate) fn leg(&self, side: Side) -> &Leg {
        match side {
            Side::Subscriber => &self.subscriber,
            Side::Notifier => &self.notifier,
        }
    }

    pub(crate) fn leg_mut(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::Subscriber => &mut self.subscriber,
            Side::Notifier => &mut self.notifier,
        }
    }

    /// The subscriber's SUBSCRIBE is answered with a 2xx.
    pub(crate) fn is_granted(&self) -> bool {
        self.subscriber
            .dialog
            .as_ref()
            .is_some_and(|dialog| dialog.state() == DialogState::Confirmed)
    }

    pub(crate) fn new_request(&mut self, side: Side, kind: Kind) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        let answered = false;
        self.sent.insert(
            id,
            Sent {
                side,
                kind,
                answered,
            },
        );
        id
    }
}

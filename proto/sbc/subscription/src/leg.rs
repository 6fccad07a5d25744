use proto_base::Flow;
use serde::{Deserialize, Serialize};
use sip_dialog::Dialog;

/// Which end of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Who wants to know.
    Subscriber,
    /// Who knows.
    Notifier,
}

impl Side {
    /// The other end.
    pub const fn other(self) -> Self {
        match self {
            Side::Subscriber => Side::Notifier,
            Side::Notifier => Side::Subscriber,
        }
    }
}

/// One end and what we share with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leg {
    /// Where it was last heard.
    pub(crate) flow: Flow,
    /// Its connection is gone and it has not come back.
    pub(crate) lost: bool,
    /// Our Contact towards it.
    pub(crate) contact: String,
    /// The subscriber's from the start, early until its SUBSCRIBE is answered; the notifier's once it is heard.
    pub(crate) dialog: Option<Dialog>,
    /// It knows that the subscription is over, or will never be told.
    pub(crate) over: bool,
}

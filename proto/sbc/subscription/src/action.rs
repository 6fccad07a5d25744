use crate::Side;
use serde::{Deserialize, Serialize};
use sip_message::{Headers, Request, Response, StatusCode, Uri};

/// A server transaction, by the number that the composer gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AskId(pub u64);

/// A request of this subscription, by its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u32);

/// A request that waits for its final response from us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its server transaction.
    pub id: AskId,
    /// The request.
    pub request: Request,
}

/// What policy lets through of a message: to be put into the one of the other side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crossing {
    /// These headers: Event, Expires, Subscription-State, Accept and what else policy knows to be harmless.
    pub headers: Headers,
    /// Whether its body is of a kind and size that crosses as it is.
    pub body: bool,
}

/// Why no final response came to a request of ours, and what the other leg is to be told for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status for the other leg.
    pub status: StatusCode,
    /// Seconds for its Retry-After.
    pub retry_after: Option<u32>,
}

/// What a subscription wants done.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives from one call to the next line"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Answer in a server transaction.
    Respond {
        /// Which.
        ask: AskId,
        /// All but what the composer says of itself (Allow, Server).
        response: Response,
    },
    /// Send a request in a client transaction of its own; its responses come back under `id`.
    Request {
        /// Ours, to know the responses by.
        id: RequestId,
        /// On which leg.
        side: Side,
        /// The URI it must be carried to first, inside a dialog; without it, the leg's own place.
        hop: Option<Uri>,
        /// All but the Via.
        request: Request,
    },
}

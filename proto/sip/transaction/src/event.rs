use crate::{ClientKey, ServerKey};
use proto_base::Flow;
use serde::{Deserialize, Serialize};
use sip_message::{Request, Response};

/// To be sent now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transmit {
    /// Where to. For datagrams it carries the address; it may be another port than the request came from (RFC 3581 §4).
    pub flow: Flow,
    /// The whole message.
    pub bytes: Vec<u8>,
}

/// What the transaction user is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A new request (never ACK, never a retransmission, never CANCEL). Answer it through
    /// [`respond`](crate::Transactions::respond). The 100 to an INVITE is already sent.
    Request {
        /// To answer it with.
        key: ServerKey,
        /// Where it came from.
        flow: Flow,
        /// The request, with `received` and `rport` in its top Via if it came in a datagram.
        request: Request,
    },
    /// The first CANCEL of an INVITE that has no final response yet; its own 200 is already sent. The INVITE still wants
    /// its final response: 487 (RFC 3261 §9.2).
    Cancel {
        /// The transaction it hits.
        invite: ServerKey,
        /// The CANCEL.
        request: Request,
    },
    /// An ACK for a 2xx, or one that matches no transaction: for the dialog.
    Ack {
        /// Where it came from.
        flow: Flow,
        /// The ACK.
        request: Request,
    },
    /// A response to a client transaction. For INVITE 2xx: every one, also repeated or from another fork (RFC 6026,
    /// Accepted state). The ACK of an INVITE's non-2xx is already sent; a non-2xx final is told once.
    Response {
        /// Whose.
        key: ClientKey,
        /// The response.
        response: Response,
    },
    /// No final response will come any more: to be treated as 408 or 503 (RFC 3261 §8.1.3.1). Told at most once.
    Failed {
        /// Whose.
        key: ClientKey,
        /// Timer B or F fired, or nothing came after a CANCEL. If not, the flow died or the table is full.
        timed_out: bool,
    },
    /// An INVITE server transaction that sent a non-2xx final never saw its ACK (timer H).
    NoAck {
        /// Whose.
        key: ServerKey,
    },
    /// The transaction is gone.
    ServerEnded {
        /// Which.
        key: ServerKey,
    },
    /// The transaction is gone.
    ClientEnded {
        /// Which.
        key: ClientKey,
    },
}

use proto_base::{Flow, Time, Transport};
use sip_message::{Message, Request, Response};
/// RFC 3261 §17.1.3: the branch we made and the method. Serializable, ordered.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct ClientKey(pub(crate) String);
/// RFC 3261 §17.2.3 (with the flow's network, so that two networks never share a transaction).
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct ServerKey(pub(crate) String);
/// To be sent now.
#[derive(Clone, Debug)]
pub struct Transmit {
    pub flow: Flow,
    pub bytes: Vec<u8>,
}
#[derive(Clone, Debug)]
pub enum Event {
    /// A new request (never ACK, never a retransmission, never CANCEL). Answer it through `respond`.
    Request {
        key: ServerKey,
        flow: Flow,
        request: Request,
    },
    /// A CANCEL; its own 200 (or 481) is already sent. `invite` is the transaction it hits.
    Cancel {
        invite: ServerKey,
        request: Request,
    },
    /// An ACK for a 2xx, or one that matches no transaction: for the dialog.
    Ack {
        flow: Flow,
        request: Request,
    },
    /// A response to a client transaction. For INVITE 2xx: every one, also repeated or from another fork (RFC 6026 Accepted state).
    Response {
        key: ClientKey,
        response: Response,
    },
    /// Timer B or F fired, or the flow died: to be treated as 408 or 503 (RFC 3261 §8.1.3.1).
    Failed {
        key: ClientKey,
        timed_out: bool,
    },
    /// An INVITE server transaction that sent a non-2xx final never saw its ACK (timer H).
    NoAck {
        key: ServerKey,
    },
    /// The transaction is gone.
    ServerEnded {
        key: ServerKey,
    },
    ClientEnded {
        key: ClientKey,
    },
}
/// All transactions, their timers and what they want to send.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Transactions {}
impl Transactions {
    pub fn new() -> Self {
        Self::default()
    }
    /// A parsed message from a flow. Responses that match nothing are dropped (a stateful B2BUA forwards none).
    pub fn receive(&mut self, _now: Time, _flow: Flow, _transport: Transport, _message: Message) {
        todo!()
    }
    /// Sends a request with a top Via whose branch is already set and unique (the key is made from it). Not for ACK to 2xx.
    pub fn request(
        &mut self,
        _now: Time,
        _flow: Flow,
        _transport: Transport,
        _request: Request,
    ) -> ClientKey {
        todo!()
    }
    /// Sends a response in a server transaction. 2xx to INVITE moves it to Accepted; retransmitting the 2xx until the ACK is the dialog's affair (§13.3.1.4).
    pub fn respond(&mut self, _now: Time, _key: &ServerKey, _response: Response) {
        todo!()
    }
    /// CANCEL for a pending INVITE client transaction (§9.1): waits for a provisional response first. Returns nothing if it is already final.
    pub fn cancel(
        &mut self,
        _now: Time,
        _invite: &ClientKey,
        _reason: Option<&str>,
    ) -> Option<ClientKey> {
        todo!()
    }
    /// The flow is gone: its client transactions fail, its server transactions end silently.
    pub fn flow_closed(&mut self, _now: Time, _flow: Flow) {
        todo!()
    }
    pub fn handle_timeout(&mut self, _now: Time) {
        todo!()
    }
    pub fn poll_timeout(&self) -> Option<Time> {
        todo!()
    }
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        todo!()
    }
    pub fn poll_event(&mut self) -> Option<Event> {
        todo!()
    }
    pub fn is_idle(&self) -> bool {
        todo!()
    }
}

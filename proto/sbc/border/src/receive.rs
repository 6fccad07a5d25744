//! Bytes arrive.

use crate::answer::RETRY_AFTER;
use crate::turn::Turn;
use crate::{Arrival, Border, Output, Tell};
use proto_base::{Flow, Transport};
use sbc_policy::{Source, Trust};
use sip_message::{Message, Method, ParseError, Request, StatusCode};

/// Malformed messages that a connection may send before it is closed, or a stranger's refused ones. A browser's stack sends
/// none; one may slip through that we read more strictly than its author.
const MAX_STRIKES: u32 = 16;

impl Border {
    pub(crate) fn receive(
        &mut self,
        turn: &mut Turn<'_>,
        arrival: Arrival,
        bytes: &[u8],
        overdue: bool,
    ) {
        let source = self.source(&arrival);
        // Strangers who knock with datagrams get no answer at all: their address may be anybody's.
        if source == Source::Stranger(Trust::Outside) && arrival.transport == Transport::Udp {
            return;
        }
        if !self.state.connections.contains_key(&arrival.flow) {
            self.opened(arrival, &[]);
        }
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            self.keep_alive(arrival, bytes);
            return;
        }
        if let Source::Peer(peer) = source {
            self.peer_answers(peer);
        }
        match sip_message::parse(bytes) {
            Ok(message) => {
                if let Message::Response(response) = &message
                    && response.headers.count(&sip_message::HeaderName::Via) != 1
                {
                    // We put one Via on what we send (RFC 3261 §8.1.3.3).
                    return;
                }
                let (flow, transport) = (arrival.flow, arrival.transport);
                if let Message::Request(request) = &message
                    && let Some((status, why)) =
                        self.refused_unheard(source, &arrival, request, overdue)
                {
                    let retry_after = (status == 503).then_some(RETRY_AFTER);
                    let status = StatusCode::of(status);
                    if let Message::Request(request) = message {
                        let transactions = &mut self.state.transactions;
                        transactions.refuse(flow, transport, request, status, retry_after);
                    }
                    self.tell(Tell::Refused {
                        status: status.code(),
                        remote: arrival.remote,
                        why,
                    });
                    if matches!(source, Source::Stranger(_)) {
                        self.transmit();
                        self.strike(arrival);
                    }
                    return;
                }
                self.state
                    .transactions
                    .receive(turn.now, flow, transport, message);
                self.events(turn, Some(arrival));
            }
            Err(error) => self.malformed(arrival, error),
        }
    }

    /// What makes no transaction, for it would be kept for nothing: its sender is nobody, or has used up his room.
    fn refused_unheard(
        &self,
        source: Source,
        arrival: &Arrival,
        request: &Request,
        overdue: bool,
    ) -> Option<(u16, &'static str)> {
        let (flow, transport) = (arrival.flow, arrival.transport);
        if (matches!(source, Source::Peer(_)) && !overdue)
            || matches!(request.method, Method::Ack | Method::Cancel)
            || self.state.transactions.knows(flow, transport, request)
        {
            return None;
        }
        let is_stranger = matches!(source, Source::Stranger(_));
        if is_stranger
            && self.leg_of(arrival, &request.headers).is_none()
            && self.usage_of(arrival, &request.headers).is_none()
        {
            return Some((403, "identity not proved"));
        }
        if overdue {
            return Some((503, "overloaded"));
        }
        (!self.has_room_for(flow, request)).then_some((503, "too many requests"))
    }

    /// Who speaks: first by what was proved, then by where it came from.
    pub(crate) fn source(&self, arrival: &Arrival) -> Source {
        if let Some(peer) = self.state.proved.get(&arrival.flow) {
            return Source::Peer(*peer);
        }
        let Arrival {
            network,
            transport,
            remote,
            ..
        } = *arrival;
        self.plan
            .source(network, transport, remote, &self.state.resolved)
    }

    /// RFC 5626 §4.4.1: two CRLFs on a stream are answered with one. On datagrams they only hold a NAT open.
    fn keep_alive(&mut self, arrival: Arrival, bytes: &[u8]) {
        if bytes == b"\r\n\r\n" && matches!(arrival.flow, Flow::Connection(_)) {
            self.send(arrival.flow, b"\r\n".to_vec());
        }
    }

    fn malformed(&mut self, arrival: Arrival, error: ParseError) {
        self.tell(Tell::Malformed {
            remote: arrival.remote,
            why: format!("{:?}", error.why),
        });
        if let Some(response) = error.answer {
            self.send(arrival.flow, response.to_bytes());
        }
        if !matches!(self.source(&arrival), Source::Peer(_)) {
            self.strike(arrival);
        }
    }

    /// One more reason to hear no more of a connection.
    fn strike(&mut self, arrival: Arrival) {
        if matches!(arrival.flow, Flow::Connection(_)) {
            let strikes = self.state.strikes.entry(arrival.flow).or_default();
            *strikes = strikes.saturating_add(1);
            if *strikes == MAX_STRIKES {
                self.out.push_back(Output::Close(arrival.flow));
            }
        }
    }
}

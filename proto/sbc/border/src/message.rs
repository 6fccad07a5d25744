//! What makes no dialog: MESSAGE (RFC 3428), PUBLISH (RFC 3903), and the NOTIFY that a server sends without being asked (voice mail
//! lamps, mostly). Passed on under the same rule of identity as a call.

use crate::Border;
use crate::client::{Errand, Relayed};
use crate::invite::outward_names;
use crate::turn::{Asker, Turn};
use sbc_policy::{
    PeerId, Way, body_may_cross, carried_by_request, carried_by_response, event_body_may_cross,
    relayed_status,
};
use sbc_subscription::event_package;
use sip_message::{CSeq, HeaderName, Method, NameAddr, Params, Request, Response, Uri};

impl Border {
    pub(crate) fn browser_writes(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        address_of_record: &str,
    ) {
        if !self.body_crosses(turn, asker, &request) {
            return;
        }
        let (Ok(from), Ok(to), Ok(home)) = (
            request.headers.from(),
            request.headers.to(),
            format!("sip:{address_of_record}").parse::<Uri>(),
        ) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let from = NameAddr {
            display: from.display,
            uri: home,
            params: Params::default(),
        };
        let to = NameAddr {
            params: Params::default(),
            ..to
        };
        let uri = request.uri.clone();
        let message = self.copy_of(&request, Way::Inward, uri, (from, to));
        let errand = Errand::Message {
            errand: Relayed::of(asker, request),
            way: Way::Inward,
        };
        let Some(hop) = self.home_of(address_of_record) else {
            let Errand::Message { errand, .. } = errand else {
                return;
            };
            return self.refuse(
                turn,
                asker,
                &errand.request,
                404,
                "no server for the domain",
            );
        };
        self.request_hop(turn, hop, message, errand);
    }

    pub(crate) fn peer_writes(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: Request,
    ) {
        if !self.body_crosses(turn, asker, &request) {
            return;
        }
        let Some(binding) = self.binding_for(turn, asker, peer, &request) else {
            return;
        };
        let Some(flow) = binding.flow else {
            return self.away(turn, asker, peer, request, &binding);
        };
        let Some(names) = outward_names(&request, &binding) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let mut message = self.copy_of(&request, Way::Outward, binding.uri, names);
        if message.method == Method::Notify {
            // RFC 6665 §8.1.1: a NOTIFY names one.
            let contact = self.outer_contact(flow);
            message.headers.push(HeaderName::Contact, contact);
        }
        let errand = Errand::Message {
            errand: Relayed::of(asker, request),
            way: Way::Outward,
        };
        self.request_outward(turn, flow, message, errand);
    }

    pub(crate) fn message_answered(
        &mut self,
        turn: &mut Turn<'_>,
        asked: &Relayed,
        way: Way,
        response: &Response,
    ) {
        let told = relayed_status(way, response.status);
        let mut answer = self.own_response(&asked.request, told);
        let headers = carried_by_response(
            way,
            &asked.request.method,
            response.status,
            &response.headers,
        );
        for header in headers.iter() {
            answer.headers.push_copy(header);
        }
        self.respond(turn, asked.ask, answer);
    }

    fn body_crosses(&mut self, turn: &mut Turn<'_>, asker: Asker, request: &Request) -> bool {
        let is_event = request.method != Method::Message;
        // RFC 3903 §4.1, RFC 6665 §4.1.2.1.
        if is_event && event_package(&request.headers).is_none() {
            self.refuse(turn, asker, request, 489, "no event");
            return false;
        }
        let crosses = request.body.is_empty()
            || if is_event {
                event_body_may_cross(&request.headers, request.body.len())
            } else {
                body_may_cross(&request.method, &request.headers)
            };
        if !crosses {
            self.refuse(turn, asker, request, 415, "body does not cross");
        }
        crosses
    }

    fn copy_of(
        &mut self,
        request: &Request,
        way: Way,
        uri: Uri,
        (from, to): (NameAddr, NameAddr),
    ) -> Request {
        let mut copy = Request::new(request.method.clone(), uri);
        copy.headers
            .push(HeaderName::MaxForwards, Self::counted_down(request));
        let tag = self.new_id();
        copy.headers.push(HeaderName::From, from.with_tag(&tag));
        copy.headers.push(HeaderName::To, to);
        copy.headers.push(HeaderName::CallId, self.new_id());
        copy.headers.push(
            HeaderName::CSeq,
            CSeq {
                number: 1,
                method: request.method.clone(),
            },
        );
        for header in carried_by_request(way, &request.method, &request.headers).iter() {
            copy.headers.push_copy(header);
        }
        if let Some(content_type) = request.headers.get(&HeaderName::ContentType)
            && !request.body.is_empty()
        {
            copy.set_body(content_type, request.body.clone());
        }
        copy
    }
}

//! INVITE with Replaces (RFC 3891 §3): whom it would replace, and whether its sender may.

use crate::Border;
use crate::invite::browser_end;
use crate::route;
use crate::state::Party;
use crate::turn::{Asker, Turn};
use control_command::LegId;
use sbc_call::Asked;
use sbc_policy::is_session_description;
use sip_message::{HeaderName, Replaces, Request};

impl Border {
    /// Gives an INVITE back that replaces no dialog of ours: it goes on to the browser's server, which may know the dialog that it
    /// names, if it names any (a colleague's call that is picked up).
    pub(crate) fn browser_replaces(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        address_of_record: &str,
    ) -> Option<Request> {
        if !request.headers.has(&HeaderName::Replaces) {
            return Some(request);
        }
        let flow = asker.arrival.flow;
        let binding = self.state.bindings.of_flow(flow, address_of_record);
        let Some(token) = binding.map(|binding| binding.token.clone()) else {
            self.forbid(turn, asker, &request);
            return None;
        };
        let party = Party::Browser {
            address_of_record: address_of_record.to_owned(),
            token,
        };
        self.replaces(turn, asker, request, &party)
    }

    /// Takes an INVITE that replaces a dialog of ours. Gives a browser's back if it replaces none.
    pub(crate) fn replaces(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        party: &Party,
    ) -> Option<Request> {
        // RFC 3891 §3: more than one are refused.
        let values: Vec<&str> = request.headers.get_all(&HeaderName::Replaces).collect();
        let replaces = match values.as_slice() {
            [value] => value.parse::<Replaces>().ok(),
            _ => None,
        };
        let Some(replaces) = replaces else {
            self.refuse(turn, asker, &request, 400, "unreadable Replaces");
            return None;
        };
        let named = self.replaced_by(party, &replaces);
        let Some((call, leg)) = named else {
            if matches!(party, Party::Browser { .. }) {
                return Some(request);
            }
            self.refuse(turn, asker, &request, 481, "replaces no dialog");
            return None;
        };
        if replaces.early_only {
            // What is named is answered: earlier dialogs of ours have no leg that could be replaced.
            self.refuse(turn, asker, &request, 486, "the dialog is answered");
            return None;
        }
        if !request.body.is_empty() && !is_session_description(&request.headers) {
            self.refuse(turn, asker, &request, 415, "not a session description");
            return None;
        }
        if let Party::Peer(peer) = party
            && let Err(why) = self.may_call_peer(*peer)
        {
            self.refuse(turn, asker, &request, 503, why);
            return None;
        }
        let Some(place) = self.newcomer(asker, party) else {
            self.refuse(turn, asker, &request, 480, "browser not connected");
            return None;
        };
        let seat = self
            .state
            .calls
            .get_mut(&call)
            .and_then(|tracked| route::seat(&mut tracked.members, party.clone()));
        let Some(seat) = seat else {
            self.refuse(turn, asker, &request, 500, "too many legs");
            return None;
        };
        let mut place = place;
        place.end.leg = seat;
        let tag = self.new_id();
        if let Some(ask) = self.state.asks.get_mut(&asker.ask) {
            ask.call = Some(call);
        }
        let asked = Asked {
            id: asker.ask,
            flow: asker.arrival.flow,
            request,
        };
        self.with_call(turn, call, |call, context| {
            call.replace(context, leg, asked, place, &tag);
        });
        None
    }

    fn newcomer(&mut self, asker: Asker, party: &Party) -> Option<sbc_call::Party> {
        match party {
            Party::Peer(peer) => {
                let user = self.new_id();
                Some(self.place_at_peer(*peer, &user))
            }
            Party::Browser { .. } => {
                let flow = asker.arrival.flow;
                Some(sbc_call::Party {
                    end: browser_end(LegId(0), &asker.arrival),
                    flow,
                    contact: self.outer_contact(flow),
                    manners: Default::default(),
                })
            }
        }
    }
}

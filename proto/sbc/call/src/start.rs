//! An INVITE becomes a call.

use crate::call::{Call, CallId, Kind, State};
use crate::fork::Calling;
use crate::leg::Leg;
use crate::media::status_of;
use crate::{Action, Asked, Context, RequestId, Side};
use control_command::{LegEnd, Offer, Offered, SessionId};
use proto_base::Flow;
use sip_dialog::Dialog;
use sip_message::{CSeq, HeaderName, Headers, Method, NameAddr, Request, StatusCode, Uri};
use std::collections::BTreeMap;
use std::time::Duration;

/// Length of our tag towards the caller: 119 bits, since it is half of what makes a forged BYE impossible.
const TAG_LENGTH: usize = 20;

/// One end of the call to be.
#[derive(Clone, Debug)]
pub struct Party {
    /// What media knows of it.
    pub end: LegEnd,
    /// Where it is.
    pub flow: Flow,
    /// Our Contact towards it.
    pub contact: NameAddr,
}

/// The INVITE that goes to the callee.
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
    /// Above that of an earlier attempt with the same Call-ID.
    pub cseq: u32,
    /// Already counted down.
    pub max_forwards: u8,
    /// What crosses of the caller's INVITE.
    pub headers: Headers,
}

/// All that a call begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The call's number.
    pub id: CallId,
    /// The caller's INVITE, with its offer.
    pub asked: Asked,
    /// Who calls.
    pub caller: Party,
    /// Who is called.
    pub callee: Party,
    /// What goes to the callee.
    pub invitation: Invitation,
    /// How long it may ring.
    pub ring: Duration,
    /// How long it survives a leg's connection.
    pub grace: Duration,
}

/// It became no call: the status for the caller. Nothing is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// For the caller.
    pub status: StatusCode,
    /// For the log.
    pub why: &'static str,
}

impl Call {
    /// Takes the caller's INVITE, asks media, and calls the callee.
    pub fn start(context: &mut Context<'_>, setup: Setup) -> Result<Call, Refused> {
        let Setup {
            id,
            mut asked,
            caller,
            callee,
            invitation,
            ring,
            grace,
        } = setup;
        let tag = context.random.token(TAG_LENGTH);
        let dialog = Dialog::uas(&asked.request, &tag).map_err(|_| Refused {
            status: StatusCode::of(400),
            why: "the INVITE makes no dialog",
        })?;
        let sdp = std::mem::take(&mut asked.request.body);
        if sdp.is_empty() {
            // The offer would come in the 200 and its answer in the ACK; the browser's side cannot wait that long yet.
            return Err(Refused {
                status: StatusCode::of(488),
                why: "an INVITE without an offer",
            });
        }
        let session = SessionId(id.0);
        let offer = Offer {
            session,
            from: caller.end,
            to: callee.end,
            sdp,
        };
        let offered = context.door.offer(context.now, offer).map_err(|refusal| {
            context.door.delete(context.now, session);
            Refused {
                status: status_of(refusal),
                why: "media refused the offer",
            }
        })?;
        // A first offer always concerns the other leg.
        let (Offered::Ask(description) | Offered::Settled(description)) = offered;
        let mut invite = invite(&invitation, &callee.contact);
        let skeleton = invite.clone();
        invite.set_body("application/sdp", description.sdp);
        let mut call = Call {
            id,
            state: State::Calling,
            began: context.now,
            caller: leg(caller, Some(dialog)),
            callee: leg(callee, None),
            invite: Some(asked),
            calling: Calling::new(RequestId(0), skeleton),
            exchange: None,
            sent: BTreeMap::new(),
            next_request: 0,
            ring_until: Some(context.now + ring),
            grace,
            grace_until: None,
            told_started: false,
            bye_challenged: false,
        };
        let request = call.new_request(Side::Callee, Kind::Invite);
        call.calling.request = request;
        context.actions.push(Action::Request {
            id: request,
            side: Side::Callee,
            hop: None,
            request: invite,
        });
        Ok(call)
    }
}

fn leg(party: Party, dialog: Option<Dialog>) -> Leg {
    Leg {
        end: party.end,
        flow: party.flow,
        lost: false,
        contact: party.contact.to_string(),
        dialog,
        over: false,
        unacknowledged: None,
    }
}

fn invite(invitation: &Invitation, contact: &NameAddr) -> Request {
    let mut request = Request::new(Method::Invite, invitation.uri.clone());
    let headers = &mut request.headers;
    headers.push(HeaderName::MaxForwards, invitation.max_forwards);
    headers.push(
        HeaderName::From,
        invitation.from.clone().with_tag(&invitation.from_tag),
    );
    headers.push(HeaderName::To, &invitation.to);
    headers.push(HeaderName::CallId, &invitation.call_id);
    headers.push(
        HeaderName::CSeq,
        CSeq {
            number: invitation.cseq,
            method: Method::Invite,
        },
    );
    headers.push(HeaderName::Contact, contact);
    for header in invitation.headers.iter() {
        headers.push(header.name.clone(), &header.value);
    }
    request
}

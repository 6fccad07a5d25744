//! One INVITE of ours to one destination. Behind it several phones may ring: each has an early dialog of its own
//! (RFC 3261 §12, §13.2.2.4).

use crate::leg::Leg;
use crate::{Destination, Invitation, RequestId};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_dialog::{Dialog, DialogError, Provisional, ReliableReceiver};
use sip_message::{CSeq, HeaderName, Headers, Method, Request, Response};
use std::time::Duration;

/// Early dialogs of one INVITE. A server that forks to more phones than that is answered all the same; only requests inside the
/// early dialogs beyond it find no dialog.
const MAX_FORKS: usize = 16;
/// Timer C (RFC 3261 §16.6 step 11): more than three minutes, renewed by every provisional response but 100 (§16.7 step 2).
const TIMER_C: Duration = Duration::from_secs(181);

/// Our INVITE to one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Branch {
    /// The callee's leg, should this branch answer.
    pub(crate) leg: Leg,
    pub(crate) reaches: Option<String>,
    pub(crate) request: RequestId,
    /// As sent, without body: dialogs are made from it.
    invite: Request,
    forks: Vec<Fork>,
    /// Forks that answered too late, and were hung up on.
    losers: Vec<String>,
    pub(crate) standing: Standing,
    /// A provisional response other than 100 came.
    pub(crate) has_rung: bool,
    /// Timer C; runs while the branch may answer.
    pub(crate) quiet_until: Time,
    /// A CANCEL was asked for.
    pub(crate) is_cancelled: bool,
    /// A final response came.
    pub(crate) is_final: bool,
}

/// What the call still expects of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// An answer.
    Asked,
    /// The composer's word on where its 3xx leads.
    Redirected,
    /// Nothing: it failed, or its time is up. A 2xx that crosses the CANCEL is another matter.
    Out,
}

/// One phone's early dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fork {
    pub(crate) dialog: Dialog,
    /// The session description that came with its ringing.
    pub(crate) sdp: Option<Vec<u8>>,
    /// It came in a response that was sure to arrive: no 2xx changes it.
    pub(crate) is_sure: bool,
    /// Of its responses that must arrive.
    order: ReliableReceiver,
}

impl Branch {
    pub(crate) fn new(now: Time, request: RequestId, destination: Destination) -> Self {
        let leg = Leg::new(destination.party, None);
        Self {
            request,
            invite: invite(destination.invitation, &leg),
            leg,
            reaches: destination.reaches,
            forks: Vec::new(),
            losers: Vec::new(),
            standing: Standing::Asked,
            has_rung: false,
            quiet_until: now + TIMER_C,
            is_cancelled: false,
            is_final: false,
        }
    }

    /// The INVITE with this offer.
    pub(crate) fn invite(&self, sdp: Vec<u8>) -> Request {
        let mut invite = self.invite.clone();
        self.leg.terms.ask(&mut invite.headers);
        if self.leg.terms.is_reliable {
            invite.headers.push(HeaderName::Supported, "100rel");
        }
        invite.set_body("application/sdp", sdp);
        invite
    }

    /// Notes the early dialog of a provisional response.
    /// Whether it is to be heard, and acknowledged.
    pub(crate) fn rang(&mut self, now: Time, response: &Response) -> Provisional {
        self.has_rung = true;
        self.quiet_until = now + TIMER_C;
        if let Ok(dialog) = Dialog::uac(&self.invite, response)
            && self.fork(dialog.remote_tag()).is_none()
            && self.forks.len() < MAX_FORKS
        {
            self.forks.push(Fork {
                dialog,
                sdp: None,
                is_sure: false,
                order: ReliableReceiver::default(),
            });
        }
        self.fork(&tag_of(response))
            .map_or(Provisional::Plain, |fork| fork.order.receive(response))
    }

    /// The INVITE once more, in other words (RFC 4028 §7.4): the far end made no dialog of the one before.
    pub(crate) fn again(&mut self, request: RequestId) -> Request {
        let number = self.cseq().saturating_add(1);
        let method = Method::Invite;
        self.invite
            .headers
            .set(HeaderName::CSeq, CSeq { number, method });
        self.request = request;
        self.is_final = false;
        self.forks = Vec::new();
        self.invite(self.leg.terms.told.clone())
    }

    /// The dialog that a 2xx confirms, taken out, with the description that came with its ringing.
    pub(crate) fn answered(
        &mut self,
        response: &Response,
    ) -> Result<(Dialog, Option<Vec<u8>>), DialogError> {
        let tag = tag_of(response);
        let known = self
            .forks
            .iter()
            .position(|fork| fork.dialog.remote_tag() == tag)
            .map(|at| self.forks.swap_remove(at));
        match known {
            Some(mut fork) => {
                fork.dialog.answered(response)?;
                Ok((fork.dialog, fork.sdp))
            }
            None => Ok((Dialog::uac(&self.invite, response)?, None)),
        }
    }

    /// Whether this loser is new, and so is still owed a BYE.
    pub(crate) fn loses(&mut self, tag: &str) -> bool {
        if self.losers.iter().any(|loser| loser == tag) {
            return false;
        }
        if self.losers.len() < MAX_FORKS {
            self.losers.push(tag.to_owned());
        }
        true
    }

    pub(crate) fn fork(&mut self, tag: &str) -> Option<&mut Fork> {
        self.forks
            .iter_mut()
            .find(|fork| fork.dialog.remote_tag() == tag)
    }

    /// The leg, and the early dialog of one phone.
    pub(crate) fn parts(&mut self, tag: &str) -> Option<(&mut Leg, &mut Fork)> {
        let mut forks = self.forks.iter_mut();
        let fork = forks.find(|fork| fork.dialog.remote_tag() == tag)?;
        Some((&mut self.leg, fork))
    }

    /// With each phone that rings.
    pub(crate) fn dialogs(&self) -> impl Iterator<Item = &Dialog> {
        self.forks.iter().map(|fork| &fork.dialog)
    }

    /// The early dialog that a request of theirs speaks of.
    pub(crate) fn fork_of(&mut self, headers: &Headers) -> Option<&mut Fork> {
        self.forks
            .iter_mut()
            .find(|fork| fork.dialog.matches(headers))
    }

    /// Its Call-ID and our tag.
    pub(crate) fn names(&self) -> (String, String) {
        let headers = &self.invite.headers;
        (
            headers.call_id().unwrap_or_default().to_owned(),
            headers.from_tag().unwrap_or_default().to_owned(),
        )
    }

    /// It went out once more, under this number.
    pub(crate) fn resent(&mut self, number: u32) {
        let method = Method::Invite;
        self.invite
            .headers
            .set(HeaderName::CSeq, CSeq { number, method });
    }

    pub(crate) fn cseq(&self) -> u32 {
        self.invite.headers.cseq().map_or(0, |cseq| cseq.number)
    }

    /// The call is settled: what only an unanswered one needs is let go. It lingers for half a minute, for a 2xx that comes late: to
    /// hang up on its dialog, no more is needed than who called whom.
    pub(crate) fn forget_ringing(&mut self) {
        self.forks = Vec::new();
        self.leg.terms.told = Vec::new();
        let headers = &mut self.invite.headers;
        headers.retain(|header| {
            matches!(
                header.name,
                HeaderName::From | HeaderName::To | HeaderName::CallId | HeaderName::CSeq
            )
        });
        headers.shrink_to_fit();
    }
}

fn invite(invitation: Invitation, leg: &Leg) -> Request {
    let mut request = Request::new(Method::Invite, invitation.uri);
    let headers = &mut request.headers;
    headers.push(HeaderName::MaxForwards, invitation.max_forwards);
    headers.push(
        HeaderName::From,
        invitation.from.with_tag(&invitation.from_tag),
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
    headers.push_text(HeaderName::Contact, &leg.contact);
    for header in invitation.headers.iter() {
        headers.push_copy(header);
    }
    request
}

pub(crate) fn tag_of(response: &Response) -> String {
    response.headers.to_tag().unwrap_or_default().to_owned()
}

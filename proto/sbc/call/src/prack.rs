//! Provisional responses that must arrive (RFC 3262), on each leg by itself: we acknowledge the callee's, and the caller
//! acknowledges ours, where it asked for that or where one holds a description.

use crate::call::Kind;
use crate::end::Ending;
use crate::{Action, Asked, Call, Context, Crossing, Side};
use control_command::LegId;
use serde::{Deserialize, Serialize};
use sip_dialog::{ReliableDue, ReliableSender};
use sip_message::{HeaderName, Headers, Method, RAck, Response};

/// What the caller hears of the ringing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ringing {
    wish: Wish,
    sender: ReliableSender,
    /// The caller made no offer: ours is in the first description that it gets.
    pub(crate) is_late: bool,
    /// The caller has a description in a response that it acknowledges. It gets no other before it is answered.
    pub(crate) is_described: bool,
    /// Our 2xx to the caller, until it has acknowledged the description.
    held: Option<Box<Response>>,
    /// The caller's answer does not fit what the callee has: to be mended once it has answered.
    pub(crate) is_unfit: bool,
}

/// What the caller's INVITE says of 100rel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Wish {
    Never,
    Possible,
    Always,
}

impl Ringing {
    /// `chance` picks the first RSeq.
    pub(crate) fn new(invite: &Headers, is_reliable: bool, is_late: bool, chance: u32) -> Self {
        let wish = if invite.has_token(&HeaderName::Require, "100rel") {
            Wish::Always
        } else if is_reliable && invite.has_token(&HeaderName::Supported, "100rel") {
            Wish::Possible
        } else {
            Wish::Never
        };
        Self {
            wish,
            sender: ReliableSender::new(chance),
            is_late,
            is_described: false,
            held: None,
            is_unfit: false,
        }
    }

    /// Whether this response is sent reliably: the others would be lost with a datagram, and nobody would miss them.
    fn is_reliable(&self, told: &Response) -> bool {
        match self.wish {
            Wish::Always => true,
            Wish::Possible => !told.body.is_empty(),
            Wish::Never => false,
        }
    }

    /// The caller's offer has its answer, or ours has the caller's, and both are sure to have arrived.
    pub(crate) fn has_agreed(&self) -> bool {
        self.is_described && !self.sender.describes()
    }

    /// A description is on its way to the caller.
    pub(crate) fn waits_for_prack(&self) -> bool {
        self.sender.describes()
    }

    pub(crate) fn stop(&mut self) {
        self.sender.finish();
        self.held = None;
    }

    pub(crate) fn deadline(&self) -> Option<proto_base::Time> {
        self.sender.deadline()
    }
}

impl Call {
    /// A provisional response for the caller.
    pub(crate) fn ring(&mut self, context: &mut Context<'_>, mut told: Response) {
        let Some(asked) = &self.invite else {
            return;
        };
        let ringing = &mut self.ringing;
        // An offer of ours may only be in a response that is sure to arrive (RFC 3261 §13.2.1), and a description that the
        // caller has for sure is not said again (RFC 6337 §3.1.1).
        let is_said = ringing.is_described || (ringing.is_late && ringing.wish == Wish::Never);
        if is_said {
            told.body = Vec::new();
            told.headers.remove(&HeaderName::ContentType);
        }
        if !ringing.is_reliable(&told) {
            asked.respond(context, told);
            return;
        }
        if !told.body.is_empty() {
            ringing.is_described = true;
            self.caller.terms.told = told.body.clone();
        }
        if let Some(told) = ringing.sender.send(context.now, told) {
            asked.respond(context, told);
        }
    }

    /// Our 2xx to the caller; not before it has acknowledged the description that it got (RFC 3262 §3).
    pub(crate) fn accept_caller(
        &mut self,
        context: &mut Context<'_>,
        asked: Asked,
        told: Response,
    ) {
        if self.ringing.sender.describes() {
            self.ringing.held = Some(Box::new(told));
            self.invite = Some(Box::new(asked));
            return;
        }
        self.ringing.stop();
        if let Some(dialog) = &mut self.caller.dialog {
            dialog.confirm();
        }
        if self.ringing.is_late && !told.body.is_empty() {
            self.await_answer(Side::Caller);
        }
        self.accept(context, Side::Caller, asked, told);
        if self.ringing.is_unfit {
            self.mend_later(context, Side::Callee);
        }
    }

    /// The caller's PRACK.
    pub(crate) fn prack(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        let Ok(rack) = asked.request.headers.rack() else {
            asked.refuse(context, 400);
            return;
        };
        let sender = &mut self.ringing.sender;
        let known = (side == Side::Caller)
            .then(|| sender.acknowledge(context.now, &rack))
            .flatten();
        let Some(acknowledged) = known else {
            asked.refuse(context, 481);
            return;
        };
        let offered = self.ringing.is_late && !acknowledged.response.body.is_empty();
        if offered {
            let sdp = std::mem::take(&mut asked.request.body);
            let answered = (!sdp.is_empty() && crossing.body)
                .then(|| self.tell_media(context, side, sdp).ok())
                .flatten();
            let Some(answered) = answered else {
                // RFC 3262 §5: it must hold the answer. Without one there will be no session.
                asked.refuse(context, 488);
                self.end(context, Ending::new(488, "no usable answer in the PRACK"));
                return;
            };
            self.ringing.is_unfit = answered.unfit;
            asked.refuse(context, 200);
        } else if asked.request.body.is_empty() {
            asked.refuse(context, 200);
        } else if self.is_answered() {
            // The callee was quicker; our 2xx waits for this PRACK.
            if !self.is_entangled(context, side, &asked) {
                self.offer_inside(context, side, asked, crossing);
            }
        } else {
            self.early_offer(context, side, asked, crossing);
        }
        if let (Some(next), Some(asked)) = (acknowledged.next, &self.invite) {
            asked.respond(context, next);
        }
        if !self.ringing.sender.describes()
            && let Some(told) = self.ringing.held.take()
            && let Some(asked) = self.invite.take()
        {
            self.accept_caller(context, *asked, *told);
        }
    }

    pub(crate) fn ring_again_or_give_up(&mut self, context: &mut Context<'_>) {
        match self.ringing.sender.poll(context.now) {
            ReliableDue::Nothing => {}
            ReliableDue::Repeat(told) => {
                if let Some(asked) = &self.invite {
                    asked.respond(context, told);
                }
            }
            // RFC 3262 §3: the caller does not hear us.
            ReliableDue::GiveUp => self.end(context, Ending::new(504, "no PRACK")),
        }
    }

    /// Our PRACK for a provisional response of one phone.
    pub(crate) fn acknowledge_ringing(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        tag: &str,
        rack: &RAck,
    ) {
        let branch = self.calling.branch_mut(leg);
        let Some(fork) = branch.and_then(|branch| branch.fork(tag)) else {
            return;
        };
        let mut request = fork.dialog.request(Method::Prack);
        let hop = Some(fork.dialog.next_hop().clone());
        request.headers.push(HeaderName::RAck, rack);
        let id = self.new_request_on(leg, Kind::Prack);
        context.actions.push(Action::Request {
            id,
            leg,
            hop,
            request,
        });
    }
}

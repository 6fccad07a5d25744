//! Offers before the call is answered: in an UPDATE (RFC 3311 §5) or in a PRACK (RFC 3262 §5).
//!
//! One may be made as soon as the offer before it has its answer for sure, which is: in a provisional response that arrived. The
//! phone whose early media is heard is the one that takes part; its early answer then closes the exchange that the INVITE began.
//! Whoever answers the call in its stead has heard our offer all the same: it is made once more in thought, and his answer taken.

use crate::branch::tag_of;
use crate::call::Kind;
use crate::end::Ending;
use crate::leg::Leg;
use crate::media::status_of;
use crate::reinvite::{Exchange, RETRY_AFTER, Relayed};
use crate::respond::add;
use crate::{Action, Asked, Call, Context, Crossing, Failure, RequestId, Side};
use control_command::{Answer, Answered, LegEnd, LegId, Offer, Offered, Proposal};
use serde::{Deserialize, Serialize};
use sip_dialog::Dialog;
use sip_message::{HeaderName, Headers, Method, Request, Response, StatusCode, Uri};

/// A phone that rings, by its branch and its tag.
pub(crate) type Fork = (LegId, String);

/// The exchange that the INVITE began has come to its end before the call is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// Whose answer closed it.
    pub(crate) fork: Fork,
    /// That answer: a 2xx may say it again.
    answer: Vec<u8>,
    /// It came in a provisional response that arrived.
    is_sure: bool,
    /// What the caller was told of it.
    told: Vec<u8>,
    /// It no longer fits the caller's: to be mended once the call is answered.
    is_unfit: bool,
}

impl Call {
    /// An offer in an UPDATE or a PRACK of a call that is not answered.
    pub(crate) fn early_offer(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        if self.is_entangled(context, side, &asked) {
            return;
        }
        if !crossing.body {
            asked.refuse(context, 415);
            return;
        }
        let Some(fork) = self.may_offer(context, side, &asked) else {
            return;
        };
        if let Err(status) = self.agree_early(context, &fork) {
            asked.refuse(context, status.code());
            return;
        }
        let Some(callee) = self.calling.branch(fork.0).map(|branch| branch.leg.end) else {
            asked.refuse(context, 481);
            return;
        };
        let caller = self.caller.end;
        let (from, to) = match side {
            Side::Caller => (caller, callee),
            Side::Callee => (callee, caller),
        };
        let offer = Offer {
            session: self.session(),
            from,
            to,
            sdp: std::mem::take(&mut asked.request.body),
        };
        match context.door.offer(context.now, offer) {
            Ok(Offered::Settled(description)) => {
                self.consent(context, side, asked, Some(description.sdp), &Headers::new());
            }
            Ok(Offered::Ask(description)) => {
                let (sdp, headers) = (description.sdp, crossing.headers);
                self.pass_early_offer_on(context, (side, fork), asked, sdp, headers);
            }
            Err(refusal) => asked.refuse(context, status_of(refusal).code()),
        }
    }

    /// The phone that an early offer of this side is about, if both sides have an answer that is sure to have arrived. Otherwise the
    /// request is answered (RFC 3311 §5.2): 500 to who has our answer still to come, 491 to who owes us one.
    fn may_offer(&mut self, context: &mut Context<'_>, side: Side, asked: &Asked) -> Option<Fork> {
        let ringing = &self.ringing;
        let (is_late, is_sure) = (ringing.is_late, ringing.has_agreed());
        let heard = self.calling.heard.clone();
        match side {
            Side::Caller if !is_sure && !is_late => {
                asked.refuse_for_now(context, 500, RETRY_AFTER);
                None
            }
            // Of our offer nothing is back; or the phone that it was settled with rings no more, and another may.
            Side::Caller if !is_sure || heard.is_none() => {
                asked.refuse(context, 491);
                None
            }
            Side::Caller => heard,
            Side::Callee => {
                let headers = &asked.request.headers;
                let this = self.calling.leg_of(headers).and_then(|leg| {
                    let fork = self.calling.branch_mut(leg)?.fork_of(headers)?;
                    let tag = fork.dialog.remote_tag().to_owned();
                    fork.is_sure.then_some((leg, tag))
                });
                if this.is_none() || (is_late && !is_sure) {
                    asked.refuse(context, 491);
                    return None;
                }
                // Another phone is heard: what this one wants can be told to nobody until it has answered.
                if this != heard {
                    asked.refuse(context, 488);
                    return None;
                }
                this
            }
        }
    }

    /// The early answer of this phone stands from now on.
    fn agree_early(&mut self, context: &mut Context<'_>, fork: &Fork) -> Result<(), StatusCode> {
        if self.calling.agreed.is_some() {
            return Ok(());
        }
        let branch = self.calling.branch_mut(fork.0);
        let known = branch.and_then(|branch| branch.fork(&fork.1));
        let early = known.and_then(|known| Some((known.sdp.clone()?, known.is_sure)));
        let (answer, is_sure) = early.ok_or(StatusCode::of(491))?;
        let answered = self.answer_finally(context, fork.0, answer.clone())?;
        self.calling.agreed = Some(Box::new(Agreed {
            fork: fork.clone(),
            answer,
            is_sure,
            told: answered.description.sdp,
            is_unfit: answered.unfit,
        }));
        Ok(())
    }

    /// The other side hears it in an UPDATE, if it knows that and has an answer to what came before. Otherwise it is not acceptable,
    /// and everything stays as it was.
    fn pass_early_offer_on(
        &mut self,
        context: &mut Context<'_>,
        (from, fork): (Side, Fork),
        asked: Asked,
        sdp: Vec<u8>,
        headers: Headers,
    ) {
        let update = self.early_update(from.other(), &fork);
        let Some((leg, hop, mut request)) = update else {
            context.door.withdraw(context.now, self.session());
            // The caller has an answer that it has not acknowledged: soon it may be asked.
            let is_soon = from == Side::Callee && self.ringing.waits_for_prack();
            asked.refuse(context, if is_soon { 491 } else { 488 });
            return;
        };
        add(&mut request.headers, &headers);
        request.set_body("application/sdp", sdp.clone());
        let id = self.new_request_on(leg, Kind::Update);
        context.actions.push(Action::Request {
            id,
            leg,
            hop,
            request,
        });
        self.exchange = Some(Exchange::Relayed(Box::new(Relayed {
            from,
            asked,
            request: id,
            sdp,
            headers,
            early: Some(fork),
        })));
    }

    /// An UPDATE for this side, with where it goes, if one may be sent. It says nothing of session timers: there is no session yet.
    fn early_update(
        &mut self,
        to: Side,
        (branch, tag): &Fork,
    ) -> Option<(LegId, Option<Uri>, Request)> {
        let (leg, dialog) = match to {
            Side::Caller if self.ringing.has_agreed() => {
                let dialog = self.caller.dialog.as_mut()?;
                let leg = (
                    self.caller.end.leg,
                    &self.caller.contact,
                    &self.caller.terms,
                );
                (leg, dialog)
            }
            Side::Caller => return None,
            Side::Callee => {
                let (leg, fork) = self.calling.branch_mut(*branch)?.parts(tag)?;
                if !fork.is_sure {
                    return None;
                }
                ((leg.end.leg, &leg.contact, &leg.terms), &mut fork.dialog)
            }
        };
        let (leg, contact, terms) = leg;
        if !terms.allows_update {
            return None;
        }
        let mut request = dialog.request(Method::Update);
        request.headers.push_text(HeaderName::Contact, contact);
        Some((leg, Some(dialog.next_hop().clone()), request))
    }

    /// Whether this request of ours carries an early offer on.
    pub(crate) fn is_early_offer(&self, id: RequestId) -> bool {
        let relayed = match &self.exchange {
            Some(Exchange::Relayed(relayed)) => relayed,
            _ => return false,
        };
        relayed.request == id && relayed.early.is_some()
    }

    /// The final answer to an early offer. A refusal changes nothing on either side.
    pub(crate) fn early_offer_answered(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        response: Response,
        (told, crossing): (StatusCode, &Crossing),
    ) {
        let leg = self.leg_of(id);
        let (Some(leg), Some(Exchange::Relayed(relayed))) = (leg, self.take_exchange(id)) else {
            return;
        };
        let Relayed {
            from, asked, sdp, ..
        } = *relayed;
        if !response.status.is_success() {
            context.door.withdraw(context.now, self.session());
            let mut refusal = asked.response(told, None);
            add(&mut refusal.headers, &crossing.headers);
            asked.respond(context, refusal);
            return;
        }
        if let Some(dialog) = self.dialog_answering(leg, &response) {
            dialog.refresh(&response.headers);
        }
        let terms = match self.party_mut(leg) {
            Some(party) => &mut party.terms,
            None => return asked.refuse(context, 481),
        };
        terms.hear(&response.headers);
        terms.told = sdp;
        let answered = if crossing.body {
            self.answer_finally(context, leg, response.body).ok()
        } else {
            None
        };
        let Some(answered) = answered else {
            // One side has moved on and the other cannot follow.
            asked.refuse(context, 488);
            self.end(context, Ending::new(488, "media refused the answer"));
            return;
        };
        match (from, &mut self.calling.agreed) {
            (Side::Callee, _) => self.ringing.is_unfit |= answered.unfit,
            (Side::Caller, Some(agreed)) => agreed.is_unfit |= answered.unfit,
            (Side::Caller, None) if answered.unfit => self.mend_later(context, from),
            (Side::Caller, None) => {}
        }
        let sdp = Some(answered.description.sdp);
        self.consent(context, from, asked, sdp, &crossing.headers);
    }

    /// No answer to an early offer. What becomes of the call, its INVITE will tell.
    pub(crate) fn early_offer_failed(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        failure: Failure,
    ) {
        if let Some(Exchange::Relayed(relayed)) = self.take_exchange(id) {
            context.door.withdraw(context.now, self.session());
            relayed.asked.refuse(context, failure.status.code());
        }
    }

    /// The phone of an early offer has lost, or somebody else is to be called: the offer is taken back.
    pub(crate) fn drop_early_offer(
        &mut self,
        context: &mut Context<'_>,
        is_its: impl Fn(&Fork) -> bool,
    ) {
        let dropped = self.exchange.take_if(|exchange| match exchange {
            Exchange::Relayed(relayed) => relayed.early.as_ref().is_some_and(&is_its),
            _ => false,
        });
        if let Some(Exchange::Relayed(relayed)) = dropped {
            context.door.withdraw(context.now, self.session());
            // The caller may say it again to whoever answers.
            let code = match relayed.from {
                Side::Caller => 491,
                Side::Callee => 481,
            };
            relayed.asked.refuse(context, code);
        }
    }

    /// The description with which a phone answers the call, for media: what the caller is told of it, and whether the caller's
    /// agreement does not fit it.
    pub(crate) fn settle_answer(
        &mut self,
        context: &mut Context<'_>,
        fork: &Fork,
        sdp: Vec<u8>,
    ) -> Result<(Vec<u8>, bool), StatusCode> {
        self.drop_early_offer(context, |of| of != fork);
        let Some(agreed) = self.calling.agreed.take() else {
            let answered = self.answer_finally(context, fork.0, sdp)?;
            return Ok((answered.description.sdp, answered.unfit));
        };
        // What arrived for sure is not said again, and what differs from it does not count (RFC 6337 §3.1.1).
        if agreed.fork == *fork && (agreed.answer == sdp || agreed.is_sure) {
            let told = match self.ringing.is_described {
                true => self.caller.terms.told.clone(),
                false => agreed.told,
            };
            return Ok((told, agreed.is_unfit));
        }
        self.propose_again(context, self.callee.end);
        let answered = self.answer_finally(context, fork.0, sdp)?;
        Ok((answered.description.sdp, answered.unfit))
    }

    /// The offer that this branch has had, once more in thought: media has closed the exchange that it belonged to.
    pub(crate) fn propose_again(&self, context: &mut Context<'_>, to: LegEnd) {
        let proposal = Proposal {
            session: self.session(),
            to,
            with: self.caller.end,
        };
        // Refused if it waits for an answer already.
        let _ = context.door.propose(context.now, proposal);
    }

    fn answer_finally(
        &self,
        context: &mut Context<'_>,
        from: LegId,
        sdp: Vec<u8>,
    ) -> Result<Answered, StatusCode> {
        let answer = Answer {
            session: self.session(),
            from,
            sdp,
            provisional: false,
        };
        context.door.answer(context.now, answer).map_err(status_of)
    }

    /// The dialog that a response of this leg belongs to.
    fn dialog_answering(&mut self, leg: LegId, response: &Response) -> Option<&mut Dialog> {
        let tag = tag_of(response);
        let talking = [&mut self.caller, &mut self.callee].into_iter();
        let ringing = self.calling.branches.iter_mut();
        talking
            .filter(|it| it.end.leg == leg)
            .find_map(|it| it.dialog.as_mut())
            .or_else(|| {
                let mut ringing = ringing.filter(|branch| branch.leg.end.leg == leg);
                ringing.find_map(|branch| Some(&mut branch.fork(&tag)?.dialog))
            })
    }

    /// Who talks on this leg, or may yet.
    fn party_mut(&mut self, leg: LegId) -> Option<&mut Leg> {
        let talking = [&mut self.caller, &mut self.callee].into_iter();
        let talking = talking.filter(|it| it.dialog.is_some());
        let ringing = self.calling.branches.iter_mut();
        talking
            .chain(ringing.map(|branch| &mut branch.leg))
            .find(|it| it.end.leg == leg)
    }

    /// Whose request this is: before the answer the callee's may be any branch's.
    pub(crate) fn speaker(&mut self, side: Side, headers: &Headers) -> &mut Leg {
        let early = match side {
            Side::Callee if self.callee.dialog.is_none() => self.calling.leg_of(headers),
            _ => None,
        };
        match (early.and_then(|leg| self.calling.branch_mut(leg)), side) {
            (Some(branch), _) => &mut branch.leg,
            (None, Side::Caller) => &mut self.caller,
            (None, Side::Callee) => &mut self.callee,
        }
    }
}

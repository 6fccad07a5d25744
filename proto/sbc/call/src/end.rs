//! Teardown: the same whatever the cause, and harmless when it comes twice.

use crate::call::{Kind, State};
use crate::reinvite::Exchange;
use crate::respond::add;
use crate::{Action, Call, Context, Record, RequestId, Side, Told};
use control_command::LegId;
use sip_message::{HeaderName, Headers, Method, StatusCode};
use std::time::Duration;

/// An ended call is forgotten after this long, whatever has not been answered: a CANCEL may take 32 s to leave (its INVITE
/// unanswered), its INVITE 32 s more to end, and the 2xx that crosses it another 32 s (RFC 3261 §9.1, §13.2.2.4).
const LINGER: Duration = Duration::from_secs(100);

/// Why and how a call ends.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    /// What the caller is told if its INVITE waits.
    status: StatusCode,
    retry_after: Option<u32>,
    /// What the caller's refusal takes along.
    headers: Headers,
    /// What the BYEs take along.
    goodbye: Headers,
    /// Why the phone stops ringing (RFC 3326), for the CANCEL.
    reason: Option<String>,
    /// For the record.
    by: String,
    /// A challenge is no call: unless it already counted as one, there is no record.
    is_challenge: bool,
}

impl Ending {
    pub(crate) fn new(status: u16, by: impl Into<String>) -> Self {
        Self {
            status: StatusCode::of(status),
            retry_after: None,
            headers: Headers::new(),
            goodbye: Headers::new(),
            reason: None,
            by: by.into(),
            is_challenge: false,
        }
    }

    pub(crate) fn retry_after(mut self, seconds: Option<u32>) -> Self {
        self.retry_after = seconds;
        self
    }

    pub(crate) fn headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn goodbye(mut self, headers: Headers) -> Self {
        self.goodbye = headers;
        self
    }

    pub(crate) fn reason(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }

    pub(crate) fn challenge(mut self) -> Self {
        self.is_challenge = true;
        self
    }
}

impl Call {
    pub(crate) fn end(&mut self, context: &mut Context<'_>, ending: Ending) {
        if !self.is_live() {
            return;
        }
        let answered = match self.state {
            State::Answered { at } => Some(at),
            _ => None,
        };
        self.state = State::Ended {
            until: context.now + LINGER,
        };
        self.ring_until = None;
        self.grace_until = None;
        self.mending = None;
        for side in [Side::Caller, Side::Callee] {
            self.leg_mut(side).terms.timer.stop();
        }
        self.answer_what_waits(context, &ending);
        self.drop_transfer(context);
        self.drop_replacement(context);
        let branches = self.calling.branches.iter();
        let ringing: Vec<LegId> = branches.map(|branch| branch.leg.end.leg).collect();
        for leg in ringing {
            self.cancel_branch(context, leg, ending.reason.as_deref());
        }
        self.calling.close();
        for side in [Side::Caller, Side::Callee] {
            self.hang_up(context, side, &ending.goodbye);
        }
        let summary = context.door.delete(context.now, self.session());
        if ending.is_challenge && !self.told_started {
            return;
        }
        self.tell_started(context);
        context.actions.push(Action::Tell(Told::Ended(Record {
            answered: answered.is_some(),
            duration_ms: answered.map_or(0, |at| millis(context.now - at)),
            ended_by: ending.by,
            codecs: summary.map(|summary| summary.codecs).unwrap_or_default(),
        })));
    }

    fn answer_what_waits(&mut self, context: &mut Context<'_>, ending: &Ending) {
        self.ringing.stop();
        if let Some(asked) = self.invite.take() {
            let tag = self.caller.dialog.as_ref().map(|dialog| dialog.local_tag());
            let mut response = asked.response(ending.status, tag);
            add(&mut response.headers, &ending.headers);
            if let Some(seconds) = ending.retry_after {
                response.headers.set(HeaderName::RetryAfter, seconds);
            }
            asked.respond(context, response);
        }
        // RFC 3261 §15.1.2: what still waits in a dialog that ends is answered with 487.
        if let Some(exchange) = self.exchange.take() {
            let id = exchange.request();
            if let Exchange::Relayed(relayed) = exchange {
                relayed.asked.refuse(context, 487);
            }
            if let Some(id) = id.filter(|id| self.is_reinvite(*id)) {
                let reason = None;
                context.actions.push(Action::Cancel { id, reason });
            }
        }
        for sent in self.sent.values_mut() {
            if let Kind::Relay { asked } = &mut sent.kind
                && let Some(asked) = asked.take()
            {
                asked.refuse(context, 487);
            }
        }
    }

    pub(crate) fn is_reinvite(&self, id: RequestId) -> bool {
        let kind = self.sent.get(&id).map(|sent| &sent.kind);
        matches!(kind, Some(Kind::Reinvite { .. }))
    }

    /// BYE on a leg whose dialog stands; after the ACK, where one is due (RFC 3261 §15).
    pub(crate) fn hang_up(&mut self, context: &mut Context<'_>, side: Side, headers: &Headers) {
        let leg = self.leg_mut(side);
        if leg.over {
            leg.unacknowledged = None;
            return;
        }
        if leg.lost {
            // It cannot acknowledge anything now; it hears of the end when it comes back.
            leg.unacknowledged = None;
        }
        if let Some(waiting) = &mut leg.unacknowledged {
            waiting.then_bye = true;
            return;
        }
        let Some(dialog) = leg.confirmed() else {
            return;
        };
        let mut bye = dialog.request(Method::Bye);
        let hop = Some(dialog.next_hop().clone());
        leg.over = true;
        // Credentials are for the server alone, and only the browser's own BYE brings any.
        add(&mut bye.headers, headers);
        let id = self.new_request(side, Kind::Bye { asked: None });
        let leg = self.leg(side).end.leg;
        context.actions.push(Action::Request {
            id,
            leg,
            hop,
            request: bye,
        });
    }

    pub(crate) fn tell_started(&mut self, context: &mut Context<'_>) {
        if !self.told_started {
            self.told_started = true;
            context.actions.push(Action::Tell(Told::Started));
        }
    }
}

pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

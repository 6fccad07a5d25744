//! What stands between us and one far end: what it can, what it was told last, and how long it is believed to be there.

use crate::{Asked, Call, Context, Side};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_dialog::{SessionTimer, TimerPolicy, supports_timer};
use sip_message::{HeaderName, Headers, Method, StatusCode};

/// How we deal with one far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manners {
    /// What we want of its session timer.
    pub session_timer: TimerPolicy,
    /// Provisional responses may have to be acknowledged (RFC 3262).
    pub reliable: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            session_timer: TimerPolicy::default(),
            reliable: true,
        }
    }
}

/// A leg's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// RFC 4028, for this leg alone.
    pub(crate) timer: SessionTimer,
    /// It may be told that we know 100rel (RFC 3262).
    pub(crate) is_reliable: bool,
    /// It takes UPDATE (RFC 3311), as its last Allow said.
    pub(crate) allows_update: bool,
    /// The session description it was told last, in an exchange that came to its end: a refresh says it again.
    pub(crate) told: Vec<u8>,
}

impl Terms {
    pub(crate) fn new(manners: Manners) -> Self {
        Self {
            timer: SessionTimer::new(manners.session_timer),
            is_reliable: manners.reliable,
            allows_update: false,
            told: Vec::new(),
        }
    }

    /// Notes what a message of the far end says of it.
    pub(crate) fn hear(&mut self, headers: &Headers) {
        if headers.has(&HeaderName::Allow) {
            self.allows_update = headers.has_token(&HeaderName::Allow, "UPDATE");
        }
    }

    /// Words an INVITE or UPDATE of ours.
    pub(crate) fn ask(&self, headers: &mut Headers) {
        headers.push(HeaderName::Supported, "timer");
        self.timer.ask(headers);
    }

    /// The 2xx to such a request came.
    pub(crate) fn answered(&mut self, now: Time, headers: &Headers) {
        self.hear(headers);
        self.timer.answered(now, headers);
    }

    /// Our 2xx to an INVITE or UPDATE leaves.
    pub(crate) fn accept(&mut self, now: Time, asked: &Headers, told: &mut Headers) {
        self.hear(asked);
        let agreed = self.timer.accept(asked).ok().flatten();
        self.timer.agree(now, agreed);
        told.push(HeaderName::Supported, "timer");
        if let Some(agreed) = agreed {
            told.push(HeaderName::SessionExpires, agreed);
            // RFC 4028 §9: who refreshes must know that it has to; who does not know the extension must not be asked to.
            if supports_timer(asked) {
                told.push(HeaderName::Require, "timer");
            }
        }
    }
}

impl Call {
    /// Whether the session timer that a request asks for is one we bear; if not, the request is answered (RFC 4028 §9).
    pub(crate) fn bears(&self, context: &mut Context<'_>, side: Side, asked: &Asked) -> bool {
        let Err(least) = self.leg(side).terms.timer.accept(&asked.request.headers) else {
            return true;
        };
        let mut response = asked.response(StatusCode::of(422), None);
        response.headers.push(HeaderName::MinSe, least.0);
        asked.respond(context, response);
        false
    }

    /// Our 2xx to an offer, or to a request without one. The far end's new target counts from here on: a request that is refused
    /// changes nothing (RFC 3261 §12.2.2, RFC 6141 §4).
    pub(crate) fn consent(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        sdp: Option<Vec<u8>>,
        headers: &Headers,
    ) {
        if let Some(dialog) = self.dialog_of(side, &asked.request.headers) {
            dialog.refresh(&asked.request.headers);
        }
        let is_answered = self.is_answered();
        let leg = self.speaker(side, &asked.request.headers);
        let mut told = asked.response(StatusCode::OK, None);
        told.headers.push_text(HeaderName::Contact, &leg.contact);
        crate::respond::add(&mut told.headers, headers);
        // Before the answer there is no session that could expire.
        if is_answered && matches!(asked.request.method, Method::Invite | Method::Update) {
            leg.terms
                .accept(context.now, &asked.request.headers, &mut told.headers);
        } else {
            leg.terms.hear(&asked.request.headers);
        }
        if let Some(sdp) = sdp {
            leg.terms.told = sdp.clone();
            told.set_body("application/sdp", sdp);
        }
        if asked.request.method == Method::Invite {
            self.accept(context, side, asked, told);
        } else {
            asked.respond(context, told);
        }
    }
}

//! An INVITE becomes a call.

use crate::call::{Call, CallId, State};
use crate::calling::Calling;
use crate::leg::Leg;
use crate::prack::Ringing;
use crate::{Asked, Context, Group, Party, Redirect};
use sip_dialog::{Dialog, SessionTimer};
use sip_message::{HeaderName, Headers, StatusCode};
use std::collections::BTreeMap;
use std::time::Duration;

/// Length of our tag towards the caller: 119 bits, since it is half of what makes a forged BYE impossible.
const TAG_LENGTH: usize = 20;

/// All that a call begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The call's number.
    pub id: CallId,
    /// The caller's INVITE, with its offer or without one.
    pub asked: Asked,
    /// Who calls.
    pub caller: Party,
    /// Who is called, in the order of their turns.
    pub groups: Vec<Group>,
    /// What becomes of a 3xx.
    pub redirect: Redirect,
    /// How long it may ring.
    pub ring: Duration,
    /// How long it survives a leg's connection.
    pub grace: Duration,
}

/// It became no call: the status for the caller. Nothing is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// For the caller.
    pub status: StatusCode,
    /// To go with it.
    pub headers: Headers,
    /// For the log.
    pub why: &'static str,
}

impl Call {
    /// Takes the caller's INVITE, asks media, and calls the first who are to ring.
    pub fn start(context: &mut Context<'_>, setup: Setup) -> Result<Call, Refused> {
        let Setup {
            id,
            mut asked,
            caller,
            groups,
            redirect,
            ring,
            grace,
        } = setup;
        let first = groups.iter().flat_map(|group| &group.destinations).next();
        let Some(callee) = first.map(|first| first.party.clone()) else {
            return Err(Refused {
                status: StatusCode::of(480),
                headers: Headers::new(),
                why: "nobody to call",
            });
        };
        let tag = context.random.token(TAG_LENGTH);
        let dialog = Dialog::uas(&asked.request, &tag).map_err(|_| Refused {
            status: StatusCode::of(400),
            headers: Headers::new(),
            why: "the INVITE makes no dialog",
        })?;
        let invited = asked.request.headers.clone();
        let timer = SessionTimer::new(caller.manners.session_timer);
        if let Err(least) = timer.accept(&invited) {
            let mut headers = Headers::new();
            headers.push(HeaderName::MinSe, least.0);
            return Err(Refused {
                status: StatusCode::of(422),
                headers,
                why: "the session timer is too short",
            });
        }
        let sdp = std::mem::take(&mut asked.request.body);
        let ringing = Ringing::new(
            &invited,
            caller.manners.reliable,
            sdp.is_empty(),
            context.random.u32(),
        );
        let mut call = Call {
            id,
            state: State::Calling,
            began: context.now,
            caller: Leg::new(caller, Some(dialog)),
            callee: Leg::new(callee, None),
            invite: Some(Box::new(asked)),
            calling: Calling::new(sdp, groups, redirect),
            ringing,
            exchange: None,
            mending: None,
            mends: 0,
            sent: BTreeMap::new(),
            next_request: 0,
            ring_until: Some(context.now + ring),
            grace,
            grace_until: None,
            told_started: false,
            bye_challenged: false,
            replacement: None,
            transfer: None,
            transfers: 0,
            passed_refers: Vec::new(),
            departed: Vec::new(),
        };
        call.caller.terms.hear(&invited);
        match call.seek(context) {
            None => Ok(call),
            Some(outcome) => {
                context.door.delete(context.now, call.session());
                Err(Refused {
                    status: outcome.told,
                    headers: Headers::new(),
                    why: "media refused the offer",
                })
            }
        }
    }
}

//! Somebody else is asked where a call goes, through a hook. The INVITE waits meanwhile: it has its 100, may be cancelled, and is
//! decided without the hook if no answer comes in time.

use crate::turn::{Asker, Turn};
use crate::{Arrival, Border, Output};
use proto_base::Time;
use sbc_call::AskId;
use sbc_policy::{Inquiry, Origin, Otherwise, PeerId};
use serde::{Deserialize, Serialize};
use sip_message::Request;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Calls that wait for a hook at once. At a hundred calls a second it is ten seconds of silence; a hook that is so far behind is asked no
/// further, and what holds without an answer holds at once.
const MAX_HELD: usize = 1024;

/// A question to somebody else: where does this call go?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consult {
    /// Its number, for [`crate::Input::Decided`].
    pub id: u64,
    /// Who calls, `user@host`: a browser as it has proved to be, a peer's caller as it says.
    pub from: String,
    /// Who is called: the number as routes compare it, or a user's name.
    pub to: String,
    /// The Request-URI as it came.
    pub uri: String,
    /// Which server or trunk the call comes from; `None`: a browser.
    pub peer: Option<String>,
    /// Of the caller's leg.
    pub call_id: String,
    /// The address it came from.
    pub remote: SocketAddr,
}

/// What somebody else has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As the routes say.
    Continue,
    /// To these servers and trunks, one after another, by the names of the configuration.
    Route(Vec<String>),
    /// Not at all.
    Refuse {
        /// 400 to 699.
        status: u16,
        /// Beside it.
        reason: Option<String>,
    },
    /// No answer: the plan says what holds then.
    Unanswered,
}

/// Whose call it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Caller {
    Browser { address_of_record: String },
    Peer(PeerId),
}

/// Calls that wait for a hook, and those that it has decided.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Consults {
    held: BTreeMap<u64, Held>,
    until: BTreeSet<(Time, u64)>,
    of_ask: BTreeMap<AskId, u64>,
    /// Calls that are decided, and whom the hook has named for them, if anybody. A call that then waits for something else is not asked
    /// about again.
    decided: BTreeMap<AskId, Option<Vec<PeerId>>>,
    next: u64,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    ask: AskId,
    arrival: Arrival,
    caller: Caller,
    request: Request,
    until: Time,
}

impl Consults {
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.until.first().map(|(at, _)| *at)
    }

    /// The peers that a hook has named for this request.
    pub(crate) fn chosen(&self, ask: AskId) -> Option<&[PeerId]> {
        self.decided.get(&ask)?.as_deref()
    }

    fn take(&mut self, id: u64) -> Option<Held> {
        let held = self.held.remove(&id)?;
        self.until.remove(&(held.until, id));
        self.of_ask.remove(&held.ask);
        Some(held)
    }

    /// Its transaction is gone: nobody waits any more.
    pub(crate) fn forget(&mut self, ask: AskId) {
        self.decided.remove(&ask);
        if let Some(id) = self.of_ask.get(&ask).copied() {
            self.take(id);
        }
    }
}

impl Border {
    /// A proved browser's INVITE outside of any dialog.
    pub(crate) fn browser_invites(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        address_of_record: &str,
    ) {
        let caller = Caller::Browser {
            address_of_record: address_of_record.to_owned(),
        };
        self.consult_or_call(turn, asker, caller, request);
    }

    /// A peer's.
    pub(crate) fn peer_invites(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: Request,
    ) {
        self.consult_or_call(turn, asker, Caller::Peer(peer), request);
    }

    fn consult_or_call(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        caller: Caller,
        request: Request,
    ) {
        let Some(hook) = self.plan.hook else {
            return self.go_on(turn, asker, caller, request);
        };
        if self.state.consults.decided.contains_key(&asker.ask) {
            return self.go_on(turn, asker, caller, request);
        }
        if self.state.live_calls >= self.plan.max_calls {
            // It is going to be refused; no need to ask about it.
            return self.go_on(turn, asker, caller, request);
        }
        if self.state.consults.held.len() >= MAX_HELD {
            return self.unanswered(turn, asker, caller, request);
        }
        let id = self.state.consults.next;
        let Some(consult) = self.question(id, asker, &caller, &request) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let consults = &mut self.state.consults;
        consults.next = id.wrapping_add(1);
        let until = turn.now + hook.patience;
        consults.until.insert((until, id));
        consults.of_ask.insert(asker.ask, id);
        let held = Held {
            ask: asker.ask,
            arrival: asker.arrival,
            caller,
            request,
            until,
        };
        consults.held.insert(id, held);
        self.out.push_back(Output::Consult(consult));
    }

    fn question(
        &self,
        id: u64,
        asker: Asker,
        caller: &Caller,
        request: &Request,
    ) -> Option<Consult> {
        let from = request.headers.from().ok()?;
        let to = request.headers.to().ok()?;
        let origin = match caller {
            Caller::Browser { address_of_record } => Origin::Browser {
                address_of_record,
                proved: &[],
            },
            Caller::Peer(peer) => Origin::Peer(*peer),
        };
        let inquiry = Inquiry {
            origin,
            method: &request.method,
            uri: &request.uri,
            from: &from,
            to: &to,
            headers: &request.headers,
        };
        let (name, peer) = match caller {
            Caller::Browser { address_of_record } => (address_of_record.clone(), None),
            Caller::Peer(peer) => (from.uri.address_of_record(), Some(self.name_of(*peer))),
        };
        Some(Consult {
            id,
            from: name,
            to: self.plan.called(&inquiry),
            uri: request.uri.to_string(),
            peer,
            call_id: request.headers.call_id().ok()?.to_owned(),
            remote: asker.arrival.remote,
        })
    }

    /// The hook has answered, or has not. An answer that comes too late, or to a call that was cancelled, finds nothing.
    pub(crate) fn decided(&mut self, turn: &mut Turn<'_>, id: u64, verdict: Verdict) {
        let Some(held) = self.state.consults.take(id) else {
            return;
        };
        let asker = Asker {
            ask: held.ask,
            arrival: held.arrival,
        };
        if self.state.is_stopping {
            return self.refuse(turn, asker, &held.request, 503, "shutting down");
        }
        match verdict {
            Verdict::Continue => {
                self.state.consults.decided.insert(held.ask, None);
                self.go_on(turn, asker, held.caller, held.request);
            }
            Verdict::Route(names) => {
                let peers: Option<Vec<PeerId>> = names
                    .iter()
                    .map(|name| self.plan.peer_called(name).map(|peer| peer.id))
                    .collect();
                match peers {
                    Some(peers) => {
                        self.state.consults.decided.insert(held.ask, Some(peers));
                        self.go_on(turn, asker, held.caller, held.request);
                    }
                    // It speaks of a configuration that is not ours.
                    None => self.unanswered(turn, asker, held.caller, held.request),
                }
            }
            Verdict::Refuse { status, reason } => {
                let status = if (400..=699).contains(&status) {
                    status
                } else {
                    403
                };
                self.refuse_saying(turn, asker, &held.request, status, reason.as_deref());
            }
            Verdict::Unanswered => self.unanswered(turn, asker, held.caller, held.request),
        }
    }

    pub(crate) fn consults_over(&mut self, turn: &mut Turn<'_>) {
        while let Some((at, id)) = self.state.consults.until.first().copied()
            && at <= turn.now
        {
            self.decided(turn, id, Verdict::Unanswered);
        }
    }

    /// The caller has changed its mind. Gives whether it was waiting.
    pub(crate) fn unconsulted(
        &mut self,
        turn: &mut Turn<'_>,
        ask: AskId,
        code: u16,
        why: &'static str,
    ) -> bool {
        let Some(id) = self.state.consults.of_ask.get(&ask).copied() else {
            return false;
        };
        let Some(held) = self.state.consults.take(id) else {
            return false;
        };
        let asker = Asker {
            ask,
            arrival: held.arrival,
        };
        self.refuse(turn, asker, &held.request, code, why);
        true
    }

    /// We are stopping: nobody waits for a hook any more.
    pub(crate) fn all_unconsulted(&mut self, turn: &mut Turn<'_>) {
        let asks: Vec<AskId> = self.state.consults.of_ask.keys().copied().collect();
        for ask in asks {
            self.unconsulted(turn, ask, 503, "shutting down");
        }
    }

    fn unanswered(&mut self, turn: &mut Turn<'_>, asker: Asker, caller: Caller, request: Request) {
        match self.plan.hook.map(|hook| hook.otherwise) {
            Some(Otherwise::Refuse) => {
                self.refuse(turn, asker, &request, 503, "the hook gives no answer");
            }
            Some(Otherwise::Continue) | None => {
                self.state.consults.decided.insert(asker.ask, None);
                self.go_on(turn, asker, caller, request);
            }
        }
    }

    /// The call is made, if its caller is still who it was, and there is still room for it: while a browser's call was held, its
    /// registration may have ended.
    fn go_on(&mut self, turn: &mut Turn<'_>, asker: Asker, caller: Caller, request: Request) {
        match caller {
            // Others of his may have waited beside it.
            Caller::Browser { address_of_record } if !self.may_call(&address_of_record) => {
                self.refuse(turn, asker, &request, 503, "too many calls of one user");
            }
            Caller::Peer(_) if self.is_busy(&request) => {
                self.refuse(turn, asker, &request, 486, "too many calls of one user");
            }
            Caller::Browser { address_of_record } => {
                self.browser_calls(turn, asker, request, &address_of_record);
            }
            Caller::Peer(peer) => self.peer_calls(turn, asker, peer, request),
        }
    }
}

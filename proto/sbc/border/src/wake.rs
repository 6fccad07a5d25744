//! A browser without a connection: woken by its push service (RFC 8599) while the call waits, or answered for at once.

use crate::turn::{Asker, Turn};
use crate::{Border, Output};
use proto_base::Time;
use sbc_call::AskId;
use sbc_policy::PeerId;
use sbc_registrar::Binding;
use serde::{Deserialize, Serialize};
use sip_message::{Method, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Requests that wait for a sleeper at once: each is a call that nobody answers yet. Beyond it 480, as without push.
const MAX_WAITING: usize = 1024;
/// Wake requests for one call: a person has few devices, and each costs a request to somebody else's service.
const MAX_WOKEN: usize = 8;
/// Whatever is not an INVITE must be answered within 32 s (RFC 3261 §17.1.2.2), and its answer takes a moment, too.
const MOST_WITHOUT_RINGING: Duration = Duration::from_secs(25);

/// Somebody is to be woken: the shell asks the push service, through its hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// Its number, for [`crate::Input::Unwoken`]. One for each device.
    pub wake: u64,
    /// Who is called, `user@host`.
    pub address_of_record: String,
    /// `pn-provider`.
    pub provider: String,
    /// `pn-prid`: whom the push service knows. A secret; no log shows it.
    pub prid: String,
    /// `pn-param`; may be empty.
    pub param: String,
    /// Who calls, `user@host`, for what the device may show.
    pub caller: String,
    /// `INVITE` or `MESSAGE`.
    pub method: String,
}

/// Requests that wait for somebody to wake.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sleepers {
    waiting: BTreeMap<AskId, Waiting>,
    until: BTreeSet<(Time, AskId)>,
    /// Whose wake requests are under way.
    asked: BTreeMap<u64, AskId>,
    next: u64,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    arrival: crate::Arrival,
    peer: PeerId,
    address_of_record: String,
    request: Request,
    until: Time,
    /// Wake requests that may yet do something.
    hopes: BTreeSet<u64>,
}

impl Sleepers {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.until.first().map(|(at, _)| *at)
    }

    fn take(&mut self, ask: AskId) -> Option<Waiting> {
        let waiting = self.waiting.remove(&ask)?;
        self.until.remove(&(waiting.until, ask));
        for wake in &waiting.hopes {
            self.asked.remove(wake);
        }
        Some(waiting)
    }

    /// Its transaction is gone: nobody waits any more.
    pub(crate) fn forget(&mut self, ask: AskId) {
        self.take(ask);
    }
}

impl Border {
    /// A request for a browser that has no connection. It waits for the browser to be woken, if it can be; else it is answered.
    pub(crate) fn away(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: Request,
        binding: &Binding,
    ) {
        if self.wakes(turn, asker, peer, &request) {
            return;
        }
        // RFC 5626 §5.3: a registrar that chooses among flows tries the next.
        let code = if binding.outbound { 430 } else { 480 };
        self.refuse(turn, asker, &request, code, "browser not connected");
    }

    fn wakes(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: &Request,
    ) -> bool {
        let Some(push) = &self.plan.push else {
            return false;
        };
        let bindings = &self.state.bindings;
        let Some(called) = Self::tokens_of(request).find_map(|token| bindings.called(&token))
        else {
            return false;
        };
        let address_of_record = called.address_of_record.to_owned();
        let devices: Vec<_> = called
            .asleep
            .into_iter()
            .filter_map(|binding| binding.push.clone())
            .filter(|device| push.serves(&device.provider))
            .take(MAX_WOKEN)
            .collect();
        let sleepers = &mut self.state.sleepers;
        if devices.is_empty() || sleepers.waiting.len() >= MAX_WAITING {
            return false;
        }
        let wait = match request.method {
            Method::Invite => push.wait,
            _ => push.wait.min(MOST_WITHOUT_RINGING),
        };
        let until = turn.now + wait;
        let from = request.headers.from();
        let caller = from.map(|from| from.uri.address_of_record());
        let mut hopes = BTreeSet::new();
        for device in devices {
            let wake = sleepers.next;
            sleepers.next = wake.wrapping_add(1);
            sleepers.asked.insert(wake, asker.ask);
            hopes.insert(wake);
            self.out.push_back(Output::Wake(Wake {
                wake,
                address_of_record: address_of_record.clone(),
                provider: device.provider,
                prid: device.prid,
                param: device.param,
                caller: caller.clone().unwrap_or_default(),
                method: request.method.to_string(),
            }));
        }
        sleepers.until.insert((until, asker.ask));
        sleepers.waiting.insert(
            asker.ask,
            Waiting {
                arrival: asker.arrival,
                peer,
                address_of_record,
                request: request.clone(),
                until,
                hopes,
            },
        );
        true
    }

    /// Somebody registered: whoever waited for him goes on. The first device to come is called; those that come later are too late.
    pub(crate) fn woken(&mut self, turn: &mut Turn<'_>, address_of_record: &str) {
        if self.state.sleepers.is_empty() {
            return;
        }
        let bindings = &self.state.bindings;
        let ready: Vec<AskId> = self
            .state
            .sleepers
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.address_of_record == address_of_record)
            .filter(|(_, waiting)| {
                let mut tokens = Self::tokens_of(&waiting.request);
                let called = tokens.find_map(|token| bindings.called(&token));
                called.is_some_and(|called| !called.reachable.is_empty())
            })
            .map(|(ask, _)| *ask)
            .collect();
        for ask in ready {
            if let Some(waiting) = self.state.sleepers.take(ask) {
                let asker = Asker {
                    ask,
                    arrival: waiting.arrival,
                };
                self.peer_asks(turn, asker, waiting.peer, waiting.request);
            }
        }
    }

    /// The push service could not be asked, or knows nobody of that name.
    pub(crate) fn unwoken(&mut self, turn: &mut Turn<'_>, wake: u64) {
        let Some(ask) = self.state.sleepers.asked.remove(&wake) else {
            return;
        };
        let is_hopeless = self
            .state
            .sleepers
            .waiting
            .get_mut(&ask)
            .is_some_and(|waiting| {
                waiting.hopes.remove(&wake);
                waiting.hopes.is_empty()
            });
        if is_hopeless {
            self.let_go(turn, ask, 480, "not woken");
        }
    }

    pub(crate) fn sleep_over(&mut self, turn: &mut Turn<'_>) {
        while let Some((at, ask)) = self.state.sleepers.until.first().copied()
            && at <= turn.now
        {
            self.let_go(turn, ask, 480, "not woken in time");
        }
    }

    /// Nobody need wait any more. Gives whether somebody did.
    pub(crate) fn let_go(
        &mut self,
        turn: &mut Turn<'_>,
        ask: AskId,
        code: u16,
        why: &'static str,
    ) -> bool {
        let Some(waiting) = self.state.sleepers.take(ask) else {
            return false;
        };
        let asker = Asker {
            ask,
            arrival: waiting.arrival,
        };
        self.refuse(turn, asker, &waiting.request, code, why);
        true
    }

    pub(crate) fn let_all_go(&mut self, turn: &mut Turn<'_>) {
        let waiting: Vec<AskId> = self.state.sleepers.waiting.keys().copied().collect();
        for ask in waiting {
            self.let_go(turn, ask, 503, "shutting down");
        }
    }
}

use super::agent::Full;
use super::check::{Purpose, TRANSACTION_PREFIX};
use super::checklist::Checklist;
use super::pair::{Ends, State};
use crate::check::{Response, response};
use crate::{Message, Refused};
use proto_base::{Random, SocketId, Time};
use std::net::SocketAddr;

/// RFC 8445 §7.2.5.1.
const ROLE_CONFLICT: u16 = 487;

impl Full {
    /// Takes a response. One that answers nothing, is not made with the far end's password, or comes another way than its check
    /// went (RFC 8445 §7.2.5.2.1) changes nothing: a check that is not answered properly fails when its time is over.
    pub(crate) fn on_response(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        message: &Message<'_>,
        random: &mut Random,
    ) -> Result<(), Refused> {
        if self.failure.is_some() {
            return Err(Refused::Failed);
        }
        let transaction = message.transaction();
        if transaction.0.get(..TRANSACTION_PREFIX) != Some(&self.prefix) {
            return Err(Refused::NotACheck);
        }
        let ends = Ends {
            socket,
            remote: from,
        };
        let controlling = self.controlling;
        let lists = std::iter::once(&mut self.current).chain(&mut self.previous);
        let mut found = None;
        for (list, is_current) in lists.zip([true, false]) {
            let awaits = |list: &Checklist| {
                let checks = &list.pair(ends)?.checks;
                checks.iter().position(|it| it.transaction == transaction)
            };
            if let Some(place) = awaits(list) {
                found = Some((list, place, is_current));
                break;
            }
        }
        let (list, place, is_current) = found.ok_or(Refused::NotACheck)?;
        let password = list.remote.as_ref().map(|it| it.pwd.as_str());
        let password = password.ok_or(Refused::NotACheck)?;
        let (_, said) = response(message, password).ok_or(Refused::NotAuthentic)?;
        let Some(pair) = list.pair_mut(ends) else {
            return Err(Refused::NotACheck);
        };
        let check = pair.checks.remove(place);
        match said {
            Response::Valid(_) => {
                pair.consent = Some(now);
                if check.purpose != Purpose::Consent {
                    list.succeeded(now, ends, controlling, check.purpose);
                }
            }
            Response::Refused(ROLE_CONFLICT) if check.purpose != Purpose::Consent => {
                pair.stop_repeating();
                pair.state = State::Waiting;
                if is_current {
                    list.trigger(ends);
                }
                if check.controlling == controlling {
                    self.switch_role();
                    // RFC 8445 §16.1: lest both go on switching.
                    self.tie_breaker = random.u64();
                }
            }
            // Whoever answers so is there; what it says of consent is not that it takes it back.
            Response::Refused(_) if check.purpose == Purpose::Consent => {}
            Response::Refused(_) => list.failed(ends),
        }
        if is_current {
            self.saw_life(now);
        }
        Ok(())
    }
}

impl Checklist {
    /// A check was answered.
    fn succeeded(&mut self, now: Time, ends: Ends, controlling: bool, purpose: Purpose) {
        let Some(pair) = self.pair_mut(ends) else {
            return;
        };
        pair.state = State::Succeeded;
        // What was asked before is answered; a nomination under way is not.
        for check in &mut pair.checks {
            if check.purpose == purpose || check.purpose == Purpose::Find {
                check.repeat = None;
            }
        }
        let foundation = pair.foundation;
        let nominated = pair.nominated.take();
        self.first_valid.get_or_insert(now);
        self.thaw(foundation);
        if controlling {
            if purpose == Purpose::Nominate && self.selected.is_none() {
                self.selected = Some(ends);
                self.conclude(controlling);
            }
        } else if let Some(by) = nominated {
            self.nominated(ends, by, controlling);
        }
    }

    /// A check was refused, or not answered in time.
    pub(crate) fn failed(&mut self, ends: Ends) {
        if let Some(pair) = self.pair_mut(ends) {
            pair.state = State::Failed;
            pair.consent = None;
            pair.nominated = None;
            pair.checks.retain(|check| check.repeat.is_none());
        }
        if self.nominating == Some(ends) {
            self.nominating = None;
        }
        if self.pairs.iter().all(|pair| !pair.is_valid()) {
            self.first_valid = None;
        }
    }
}

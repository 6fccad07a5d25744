use super::agent::{Full, Transmit};
use super::form::ends;
use super::pair::State;
use crate::request::{Request, refusal};
use crate::{Builder, Class, IceRole, Message, Refused};
use proto_base::{Random, SocketId, Time};
use std::net::SocketAddr;

impl Full {
    /// Takes a message that names one of our ufrags, or whose transaction begins with our prefix. Nothing changes and nothing is
    /// sent before MESSAGE-INTEGRITY has been verified.
    pub fn handle(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        message: &Message<'_>,
        random: &mut Random,
    ) -> Result<(), Refused> {
        match message.class() {
            Class::Request => self.on_check(now, socket, from, message),
            Class::Success | Class::Error => self.on_response(now, socket, from, message, random),
            Class::Indication => Err(Refused::NotACheck),
        }
    }

    fn on_check(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        message: &Message<'_>,
    ) -> Result<(), Refused> {
        let request = Request::read(message)?;
        let mut lists = std::iter::once(&mut self.current).chain(&mut self.previous);
        let list = lists
            .find(|list| list.is_addressed_by(request.ours, request.theirs))
            .ok_or(Refused::WrongUsername)?;
        request.verify(message, &list.local.pwd)?;
        if self.failure.is_some() {
            return Err(Refused::Failed);
        }
        if list.seen.is_replay(message.transaction(), from) {
            return Err(Refused::Replayed);
        }
        let pwd = list.local.pwd.clone();
        let bytes = if let Some(refusal) = refusal(message, &pwd) {
            refusal
        } else if self.is_to_switch(message.role()) {
            Builder::new(Class::Error, message.transaction())
                .error(487, "Role Conflict")
                .finish(&pwd)
        } else {
            self.note(now, socket, from, message, &request);
            Builder::new(Class::Success, message.transaction())
                .mapped_address(from)
                .finish(&pwd)
        };
        self.transmits.push_back(Transmit {
            socket,
            to: from,
            bytes,
        });
        Ok(())
    }

    /// RFC 8445 §7.3.1.1: of two that claim the same role the one with the greater tie-breaker controls. Switches ours if it is we
    /// who must; whether it is the far end that must.
    fn is_to_switch(&mut self, theirs: Option<IceRole>) -> bool {
        let (conflict, number) = match theirs {
            Some(IceRole::Controlling(number)) => (self.controlling, number),
            Some(IceRole::Controlled(number)) => (!self.controlling, number),
            None => (false, 0),
        };
        if !conflict {
            return false;
        }
        let we_control = self.tie_breaker >= number;
        if we_control != self.controlling {
            self.switch_role();
            return false;
        }
        true
    }

    /// Takes an authentic check into account.
    fn note(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        message: &Message<'_>,
        request: &Request<'_>,
    ) {
        let controlling = self.controlling;
        let is_current = self.current.is_addressed_by(request.ours, request.theirs);
        let list = if is_current {
            &mut self.current
        } else if let Some(previous) = &mut self.previous {
            previous
        } else {
            return;
        };
        list.seen.note(message.transaction(), from);
        let priority = message.priority().unwrap_or(0);
        let ends = ends(socket, from);
        let Some(pair) = list.pair_of_check(controlling, &self.locals, ends, priority) else {
            return;
        };
        let first = pair.heard.replace(now).is_none();
        if first {
            pair.peer_ufrag = request.theirs.to_vec();
        }
        // RFC 8445 §7.3.1.4. A check under way may have come to a NAT that only now lets it in; but not each further check of the
        // far end's is a reason for another one.
        let checks_anew = match pair.state {
            State::Succeeded => false,
            State::InProgress => first,
            State::Waiting | State::Frozen | State::Failed => true,
        };
        if checks_anew {
            pair.stop_repeating();
            pair.state = State::Waiting;
        }
        let valid = pair.is_valid();
        let nominates = message.nominates() && !controlling;
        if nominates && !valid {
            pair.nominated = Some(message.transaction());
        }
        if checks_anew && is_current {
            list.trigger(ends);
        }
        if nominates && valid {
            list.nominated(ends, message.transaction(), controlling);
        } else if list.selected == Some(ends) {
            list.challenger = None;
        }
        if is_current {
            self.saw_life(now);
        }
    }
}

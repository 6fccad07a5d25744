use super::Town;
use crate::agent::CallState;
use std::time::Duration;

/// Every transaction timer (Timer C, 300 s, of an INVITE whose answer was lost with a connection), the grace time and the
/// media's last words are shorter than this.
const AFTERMATH: Duration = Duration::from_secs(400);
/// Registrations are for ten minutes.
const OBLIVION: Duration = Duration::from_secs(700);

impl Town {
    /// Everyone hangs up, time passes, and nothing may be left: no call, transaction, dialog, port or timer.
    pub fn settles(&mut self) -> Result<(), String> {
        for index in 0..self.folk.len() {
            let now = self.now;
            if let Some(agent) = self.folk.get_mut(index) {
                match agent.call().map(|call| call.state) {
                    Some(CallState::Calling) => agent.gives_up(now),
                    Some(CallState::Ringing) => agent.declines(now, 480),
                    Some(CallState::Established) => agent.hangs_up(now),
                    Some(CallState::Ending) | None => {}
                }
            }
            self.drain_folk();
        }
        self.pass(AFTERMATH);
        let mut left = Vec::new();
        if !self.border.is_idle() {
            left.push(format!(
                "the border is not idle: {} call(s), next deadline {:?}",
                self.border.calls(),
                self.border.poll_timeout()
            ));
        }
        if !self.negotiator.is_idle() {
            left.push("the negotiator keeps a session or a port".to_owned());
        }
        if !self.worker.is_idle() {
            left.push("the worker keeps a session".to_owned());
        }
        if !self.ports.is_empty() {
            left.push(format!("sockets are still bound: {:?}", self.ports));
        }
        if !self.post.is_quiet() {
            left.push("messages are still under way".to_owned());
        }
        let started = self
            .tells
            .iter()
            .filter(|tell| matches!(tell, sbc_border::Tell::CallStarted { .. }))
            .count();
        if started != self.records {
            left.push(format!(
                "{started} call(s) began and {} record(s) were written",
                self.records
            ));
        }
        for agent in &self.folk {
            if !agent.is_idle() {
                left.push(format!(
                    "{} is not idle: {:?}, after {:?}",
                    agent.account.user,
                    agent.call().map(|call| call.state),
                    agent.seen
                ));
            }
            left.extend(agent.complaints.iter().cloned());
        }
        self.pass(OBLIVION);
        if self.border.bindings() != 0 {
            left.push(format!(
                "{} binding(s) outlived their registration",
                self.border.bindings()
            ));
        }
        if let Some(deadline) = self.border.poll_timeout() {
            left.push(format!("the border still waits for {deadline:?}"));
        }
        if left.is_empty() {
            Ok(())
        } else {
            Err(left.join("\n"))
        }
    }
}

use crate::counters::count;
use crate::sources::{Line, Sources};
use crate::{Clean, Counters, Redact, Redaction};
use proto_base::Time;
use sbc_border::{CallRecord, Tell};
use std::net::SocketAddr;
use std::sync::Arc;

/// Turns what the border tells into log lines and counts. Fields, not sentences: a line is searched for, not read aloud.
#[derive(Debug)]
pub struct Telemetry {
    redaction: Redaction,
    counters: Arc<Counters>,
    noise: Sources,
}

impl Telemetry {
    /// Nothing has happened yet.
    pub fn new(redaction: Redaction) -> Self {
        Self {
            redaction,
            counters: Arc::default(),
            noise: Sources::default(),
        }
    }

    /// The counters, to be read from any thread.
    pub fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    /// One event.
    pub fn tell(&mut self, now: Time, tell: &Tell) {
        let counters = &self.counters;
        match tell {
            Tell::Registered {
                address_of_record,
                flow,
                remote,
                expires,
            } => {
                count(&counters.registered);
                tracing::info!(user = %self.name(address_of_record), remote = %self.address(*remote), ?flow, expires, "registered");
            }
            Tell::RegistrationRefused {
                address_of_record,
                status,
                remote,
            } => {
                count(&counters.registrations_refused);
                // Every registration begins with a challenge; that is no news.
                if matches!(status, 401 | 407) {
                    tracing::debug!(user = %self.name(address_of_record), remote = %self.address(*remote), status, "challenged");
                } else {
                    tracing::info!(user = %self.name(address_of_record), remote = %self.address(*remote), status, "registration refused");
                }
            }
            Tell::Unregistered {
                address_of_record,
                why,
            } => {
                count(&counters.unregistered);
                tracing::info!(user = %self.name(address_of_record), why, "unregistered");
            }
            Tell::CallStarted { call, from, to } => {
                count(&counters.calls_started);
                tracing::debug!(call, from = %self.name(from), to = %self.name(to), "call started");
            }
            Tell::CallAnswered { call, after_ms } => {
                count(&counters.calls_answered);
                tracing::debug!(call, after_ms, "call answered");
            }
            Tell::CallEnded(record) => {
                count(&counters.calls_ended);
                self.call_ended(record);
            }
            Tell::Refused {
                status,
                remote,
                why,
            } => {
                count(&counters.refused);
                self.noise(now, *remote, "refused", Some(*status), why);
            }
            Tell::Malformed { remote, why } => {
                count(&counters.malformed);
                self.noise(now, *remote, "malformed", None, why);
            }
            Tell::ServerDown { server, why } => {
                count(&counters.server_down);
                tracing::warn!(server, why, "server down");
            }
            Tell::ServerUp { server } => tracing::info!(server, "server up"),
            Tell::TrunkRegistered { trunk, expires } => {
                tracing::info!(trunk, expires, "trunk registered");
            }
            Tell::TrunkLost { trunk, status } => {
                tracing::warn!(trunk, status, "trunk registration failed");
            }
            Tell::Drained => tracing::info!("drained"),
            // What a later border tells and this does not know is at least seen.
            other => tracing::info!(told = %Clean(&format!("{other:?}")), "event"),
        }
    }

    /// The line of a call, written when it is over and everything about it is known.
    fn call_ended(&self, record: &CallRecord) {
        tracing::info!(
            call = record.call,
            from = %self.name(&record.from),
            to = %self.name(&record.to),
            answered = record.answered,
            duration_ms = record.duration_ms,
            ended_by = %Clean(&record.ended_by),
            codecs = %Clean(&record.codecs.join(",")),
            "call ended"
        );
    }

    /// What strangers do all day: a line for each source and minute.
    fn noise(&mut self, now: Time, remote: SocketAddr, what: &str, status: Option<u16>, why: &str) {
        match self.noise.line(now, remote.ip().to_canonical()) {
            Line::Own(silent) => {
                tracing::info!(what, remote = %self.address(remote), status, why = %Clean(why), silent, "noise");
            }
            Line::Crowd(silent) => tracing::warn!(silent, "noise of very many sources"),
            Line::Silence => {}
        }
    }

    fn name<'a>(&self, name: &'a str) -> Redact<&'a str> {
        Redact(name, self.redaction)
    }

    fn address(&self, address: SocketAddr) -> Redact<SocketAddr> {
        Redact(address, self.redaction)
    }
}

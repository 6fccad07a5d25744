use crate::Negotiator;
use crate::session::Session;
use control_command::{SessionId, Summary, WorkerCommand};

impl Negotiator {
    /// Ends the session. Its ports stay taken until the worker has closed them.
    pub(crate) fn end(&mut self, id: SessionId) -> Option<Summary> {
        let session = self.state.sessions.remove(&id)?;
        if session.applied.is_some() {
            self.state.closing.insert(id, session.leases().collect());
            let command = (session.worker, WorkerCommand::Close(id));
            self.state.commands.push_back(command);
        } else {
            session.leases().for_each(|it| self.state.ports.release(it));
        }
        Some(summary(&session))
    }
}

fn summary(session: &Session) -> Summary {
    // The answerer's first codec is the one in use, and both legs list it first.
    let effective = session.effective();
    let legs = effective.legs.values();
    Summary {
        codecs: legs
            .filter_map(|leg| leg.agreed.first().map(|it| it.codec.map.name()))
            .collect(),
    }
}

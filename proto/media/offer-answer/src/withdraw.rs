use crate::Negotiator;
use control_command::SessionId;

impl Negotiator {
    /// Forgets the outstanding offer. Its changes were never anywhere else (RFC 6141 §3.4).
    pub(crate) fn take_back(&mut self, id: SessionId) {
        let session = self.state.sessions.get_mut(&id);
        if session.and_then(|it| it.outstanding.take()).is_some() {
            self.apply(id);
        }
    }
}

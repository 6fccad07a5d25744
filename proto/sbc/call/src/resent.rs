use crate::call::Kind;
use crate::{Call, RequestId};

impl Call {
    /// The composer sent a request of ours again under this CSeq number: the peer had asked who we are, and was told.
    pub fn resent(&mut self, id: RequestId, number: u32) {
        let Some(sent) = self.sent.get_mut(&id) else {
            return;
        };
        sent.answered = false;
        let (side, leg) = (sent.side, sent.leg);
        if let Kind::Reinvite { number: asked } = &mut sent.kind {
            *asked = number;
        }
        if matches!(sent.kind, Kind::Invite) {
            if let Some(branch) = self.calling.branch_mut(leg) {
                branch.resent(number);
            }
        } else if let Some(dialog) = &mut self.leg_mut(side).dialog {
            dialog.sent(number);
        }
    }
}

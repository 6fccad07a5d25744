use crate::subscription::Kind;
use crate::{RequestId, Subscription};
use sip_message::{CSeq, HeaderName, Method};

impl Subscription {
    /// The composer sent a request of ours again under this CSeq number: the peer had asked who we are, and was told.
    pub fn resent(&mut self, id: RequestId, number: u32) {
        let Some(sent) = self.sent.get_mut(&id) else {
            return;
        };
        sent.answered = false;
        let side = sent.side;
        if matches!(sent.kind, Kind::Subscribe) {
            // The notifier's dialog is made from it, and counts on from there.
            let method = Method::Subscribe;
            let cseq = CSeq { number, method };
            self.subscribe.headers.set(HeaderName::CSeq, cseq);
        }
        if let Some(dialog) = &mut self.leg_mut(side).dialog {
            dialog.sent(number);
        }
    }
}

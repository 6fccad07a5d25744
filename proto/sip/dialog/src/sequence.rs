//! The order of requests in a dialog (RFC 3261 §12.2).

use crate::Dialog;
use sip_message::{CSeq, Request};

/// CSeq numbers stay below 2³¹ (RFC 3261 §8.1.1.5).
const MAX_CSEQ: u32 = (1 << 31) - 1;

/// A request's CSeq is not above the last one: to be answered with 500 (RFC 3261 §12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfOrder;

impl Dialog {
    /// Judges a request that arrived in this dialog; neither ACK nor CANCEL, whose number is their INVITE's.
    ///
    /// An equal number is out of order as well: true repetitions never come here, the transaction layer absorbs them.
    pub fn receive(&mut self, request: &Request) -> Result<(), OutOfOrder> {
        let Ok(CSeq { number, .. }) = request.headers.cseq() else {
            return Err(OutOfOrder);
        };
        match self.remote_cseq {
            Some(last) if number <= last => Err(OutOfOrder),
            _ => {
                self.remote_cseq = Some(number);
                Ok(())
            }
        }
    }

    /// A request of ours went out again under this number: the next is above it.
    pub fn sent(&mut self, number: u32) {
        self.local_cseq = self.local_cseq.max(number).min(MAX_CSEQ);
    }

    pub(crate) fn next_cseq(&mut self) -> u32 {
        // Two thousand million requests in one call do not happen; if they did, the far end would answer 500.
        self.local_cseq = self.local_cseq.saturating_add(1).min(MAX_CSEQ);
        self.local_cseq
    }
}

//! What the referrer is told of its REFER (RFC 3515 §2.4.4): a NOTIFY with the target's status line, and no more of it, for the rest would
//! show the far side. One after the other, so that none overtakes another.

use crate::call::Kind;
use crate::{Action, Call, Context, RequestId, Side};
use sip_message::{HeaderName, Method, Request, StatusCode};

/// Seconds that the subscription of a REFER lasts: longer than a target may ring.
const EXPIRES: u32 = 180;
/// REFERs of a call that were handed on and may yet be told of.
const MAX_PASSED: usize = 8;
const SIPFRAG: &str = "message/sipfrag;version=2.0";

impl Call {
    /// Tells the referrer, if it wants to hear. A final status is the last word.
    pub(crate) fn tell_referrer(&mut self, context: &mut Context<'_>, status: StatusCode) {
        let Some(transfer) = &mut self.transfer else {
            return;
        };
        if transfer.telling.is_some() {
            transfer.next_word = Some(status);
            return;
        }
        let (leg, subscription) = (transfer.leg, transfer.subscription);
        let body = format!("SIP/2.0 {} {}\r\n", status.code(), status.reason());
        let state = if status.is_final() {
            "terminated;reason=noresource".to_owned()
        } else {
            format!("active;expires={EXPIRES}")
        };
        let referrer = self.leg_by_number(leg);
        let speakable = referrer.filter(|leg| !leg.over && !leg.lost);
        let spoken = speakable.zip(subscription).and_then(|(leg, number)| {
            let contact = leg.contact.clone();
            let dialog = leg.confirmed()?;
            let mut request = dialog.request(Method::Notify);
            let hop = dialog.next_hop().clone();
            let headers = &mut request.headers;
            headers.push_text(HeaderName::Contact, &contact);
            headers.push(HeaderName::Event, format!("refer;id={number}"));
            headers.push(HeaderName::SubscriptionState, state);
            request.set_body(SIPFRAG, body.into_bytes());
            Some((request, hop))
        });
        let Some((request, hop)) = spoken else {
            if status.is_final() {
                self.referrer_told(context);
            }
            return;
        };
        let id = self.new_request_on(leg, Kind::Notify);
        if let Some(transfer) = &mut self.transfer {
            transfer.telling = Some(id);
        }
        context.actions.push(Action::Request {
            id,
            leg,
            hop: Some(hop),
            request,
        });
    }

    /// A REFER that is handed on has another CSeq there, by which its NOTIFYs are named (RFC 3515 §2.4.6).
    pub(crate) fn match_refer(&mut self, side: Side, asked: &Request, ours: &mut Request) {
        let number = |request: &Request| request.headers.cseq().map_or(0, |cseq| cseq.number);
        match asked.method {
            Method::Refer => {
                if self.passed_refers.len() >= MAX_PASSED {
                    self.passed_refers.remove(0);
                }
                self.passed_refers.push((side, number(asked), number(ours)));
            }
            Method::Notify => {
                let event = ours.headers.get(&HeaderName::Event).unwrap_or_default();
                let id: Option<u32> = event
                    .split(';')
                    .filter_map(|part| part.trim().strip_prefix("id="))
                    .find_map(|id| id.parse().ok());
                let referrer = side.other();
                let known = self
                    .passed_refers
                    .iter()
                    .find(|(from, _, there)| *from == referrer && Some(*there) == id);
                if let Some((_, theirs, _)) = known {
                    let event = format!("refer;id={theirs}");
                    ours.headers.set(HeaderName::Event, event);
                }
            }
            _ => {}
        }
    }

    /// Its answer, or none: there may be a next word. A referrer that does not want to hear is told no more (RFC 6665 §4.2.2).
    pub(crate) fn notified(&mut self, context: &mut Context<'_>, id: RequestId, heard: bool) {
        let Some(transfer) = &mut self.transfer else {
            return;
        };
        if transfer.telling != Some(id) {
            return;
        }
        transfer.telling = None;
        if !heard {
            transfer.subscription = None;
        }
        match transfer.next_word.take() {
            Some(status) => self.tell_referrer(context, status),
            None if transfer.is_over => self.referrer_told(context),
            None => {}
        }
    }

    /// The last word is said. If the target has the referrer's place, the referrer is let go.
    fn referrer_told(&mut self, context: &mut Context<'_>) {
        let Some(transfer) = &self.transfer else {
            return;
        };
        let leg = transfer.leg;
        let is_away = transfer.is_away;
        self.transfer = None;
        if is_away {
            self.end_transferred(context);
        } else {
            self.dismiss(context, leg);
        }
    }
}

//! A call goes on in another border.

use super::stories::{FROM_PHONE, alice_calls, talking};
use super::town::{ANSWER, Town, next, plan};
use crate::Border;
use sip_message::Method;
use std::time::Duration;

impl Town {
    /// The border dies, and another one reads what it wrote.
    pub(crate) fn taken_over(&mut self) {
        let snapshot = self.border.snapshot();
        self.border = Border::restore(plan(), &snapshot).unwrap();
        assert_eq!(self.border.snapshot(), snapshot, "nothing is lost");
    }
}

#[test]
fn a_call_goes_on_in_another_border() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.taken_over();
    assert_eq!((town.border.calls(), town.border.bindings()), (1, 1));
    let hold = talk.alice(Method::Invite, 2, Some("v=0 hold"));
    town.browser_sends(1, hold.to_bytes());
    town.page_hears(1);
    let inner = town.server_gets();
    assert_eq!(inner.headers.cseq().unwrap().number, 2);
    town.taken_over();
    town.server_answers(&inner, 200, FROM_PHONE, Some("v=0 held"));
    town.server_gets();
    town.taken_over();
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.browser_sends(1, talk.alice(Method::Ack, 2, None).to_bytes());
    town.wait(Duration::from_secs(40));
    assert!(town.is_quiet());
    talk.ends(&mut town, 1, 3);
}

#[test]
fn a_ringing_phone_is_answered_in_another_border() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 180, FROM_PHONE, None);
    town.page_hears(1);
    town.taken_over();
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let ok = town.page_hears(1);
    town.taken_over();
    town.wait(Duration::from_millis(600));
    assert_eq!(
        town.page_hears(1),
        ok,
        "its repetition was written down too"
    );
    town.browser_sends(1, next(&invite, &ok, Method::Ack, 1, None).to_bytes());
    town.wait(Duration::from_secs(60));
    assert!(town.is_quiet());
    assert_eq!(town.border.calls(), 1);
}

#[test]
fn a_snapshot_of_another_version_or_of_nonsense_is_refused() {
    let town = Town::new();
    let mut snapshot = town.border.snapshot();
    assert!(Border::restore(plan(), &snapshot[..3]).is_err());
    assert!(Border::restore(plan(), &snapshot[..40]).is_err());
    snapshot[3] ^= 1;
    assert!(Border::restore(plan(), &snapshot).is_err());
}

//! The beginnings that many stories share.

use super::town::{ANSWER, OFFER, SERVER_VIA, Town, back, next};
use sip_message::{HeaderName, Method, Request, Response};

pub(crate) const ALICE_CONTACT: &str = "<sip:k3j2h1@6vq2.invalid;transport=ws;ob>";
/// What a phone behind the server says in its answers.
pub(crate) const FROM_PHONE: &[(HeaderName, &str)] = &[
    (HeaderName::Contact, "<sip:bob@10.0.0.7:5062>"),
    (HeaderName::RecordRoute, "<sip:10.0.0.2;lr>"),
];
pub(crate) const FROM_PAGE: &[(HeaderName, &str)] = &[(HeaderName::Contact, ALICE_CONTACT)];

/// Alice's INVITE, and what the server gets of it.
pub(crate) fn alice_calls(town: &mut Town) -> (Request, Request) {
    alice_calls_with(town, 1, &[])
}

pub(crate) fn alice_calls_with(
    town: &mut Town,
    cseq: u32,
    extra: &[(HeaderName, &str)],
) -> (Request, Request) {
    let mut headers = FROM_PAGE.to_vec();
    headers.extend_from_slice(extra);
    let invite = town.page_request(
        Method::Invite,
        "sip:bob@example.com",
        ("alicecall", cseq),
        &headers,
        Some(OFFER),
    );
    town.browser_sends(1, invite.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 100);
    let inner = town.server_gets();
    assert_eq!(inner.method, Method::Invite);
    (invite, inner)
}

/// A call from alice to bob that stands.
pub(crate) struct Talk {
    /// Alice's INVITE.
    pub(crate) invite: Request,
    /// Ours.
    pub(crate) inner: Request,
    /// The 200 she got.
    pub(crate) ok: Response,
}

pub(crate) fn talking(town: &mut Town) -> Talk {
    town.registered(1);
    let (invite, inner) = alice_calls(town);
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    let ack = town.server_gets();
    assert_eq!(ack.method, Method::Ack);
    assert_eq!(ack.headers.cseq().unwrap().number, 1);
    let ok = town.page_hears(1);
    assert_eq!(ok.status.code(), 200);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    assert!(town.is_quiet());
    Talk { invite, inner, ok }
}

impl Talk {
    /// What alice says in the call.
    pub(crate) fn alice(&self, method: Method, cseq: u32, body: Option<&str>) -> Request {
        next(&self.invite, &self.ok, method, cseq, body)
    }

    /// What bob says in the call.
    pub(crate) fn bob(&self, method: Method, cseq: u32, body: Option<&str>) -> Request {
        back(&self.inner, "servertag", SERVER_VIA, method, cseq, body)
    }

    /// Both hang up in good order.
    pub(crate) fn ends(&self, town: &mut Town, page: u64, cseq: u32) {
        let bye = self.alice(Method::Bye, cseq, None);
        town.browser_sends(page, bye.to_bytes());
        let inner = town.server_gets();
        assert_eq!(inner.method, Method::Bye);
        town.server_answers(&inner, 200, &[], None);
        assert_eq!(town.page_hears(page).status.code(), 200);
        town.settle();
        assert!(town.is_quiet());
        assert_eq!(town.door.deleted.len(), 1);
        assert_eq!(town.records().len(), 1);
    }
}

/// Bob's INVITE to alice's page, and what she gets of it.
pub(crate) fn bob_calls(town: &mut Town, token: &str) -> (Request, Request) {
    let uri = format!("sip:{token}@10.0.0.1:5060;transport=udp");
    let invite = town.server_request(Method::Invite, &uri, "bobcall@10.0.0.2", Some(OFFER));
    town.server_sends(invite.to_bytes());
    assert_eq!(town.server_hears().status.code(), 100);
    let outer = town.page_gets(1);
    assert_eq!(outer.method, Method::Invite);
    (invite, outer)
}

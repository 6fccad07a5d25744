//! Who answers a call, as the one who called is told it (RFC 3325 §5, §9.1: the header in a response).

use super::Origin;
use super::destination::{escaped, is_home, own_host};
use crate::{PeerId, Plan, Privacy, asserted_identities};
use sip_message::{HeaderName, Headers, NameAddr, Params, Scheme, Uri};

impl Plan {
    /// What a response of `from` to a caller at the peer `to` asserts: within the trust domain only, of a browser what it has proved, and
    /// of another member what it says, by the name that we have ourselves towards the caller. Who wants privacy is told with that wish.
    pub fn answerer(&self, from: Origin<'_>, headers: &Headers, to: PeerId) -> Headers {
        let mut told = Headers::new();
        let Some(peer) = self.peer(to).filter(|peer| peer.rules.trusted) else {
            return told;
        };
        let identities = match from {
            Origin::Browser {
                address_of_record, ..
            } => {
                let uri = format!("sip:{address_of_record}").parse().ok();
                uri.map(NameAddr::new).into_iter().collect()
            }
            Origin::Peer(_) if self.rules_of(from).trusted => asserted_identities(headers),
            Origin::Peer(_) => return told,
        };
        let is_home = is_home(self, from, peer);
        for identity in identities {
            let shown = match (&identity.uri.scheme, own_host(self, peer)) {
                (Scheme::Sip | Scheme::Sips, Some(host)) if !is_home => {
                    let user = identity.uri.user.as_deref().map(escaped);
                    NameAddr {
                        uri: Uri::sip_host(user.as_deref(), host),
                        params: Params::default(),
                        ..identity
                    }
                }
                _ => identity,
            };
            told.push(HeaderName::PAssertedIdentity, shown);
        }
        if let Some(privacy) = Privacy::of(headers).written() {
            told.push(HeaderName::Privacy, privacy);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{CARRIER, PBX, plan};
    use super::*;

    fn all(headers: &Headers) -> Vec<String> {
        headers
            .iter()
            .map(|header| format!("{}: {}", header.name, header.value))
            .collect()
    }

    fn said() -> Headers {
        let mut headers = Headers::new();
        for value in ["\"Bob\" <sip:100@10.0.0.2:5070;x=y>", "<tel:+4930100>"] {
            headers.push(HeaderName::PAssertedIdentity, value);
        }
        headers.push(HeaderName::Privacy, "ID");
        headers
    }

    #[test]
    fn who_answers_is_told_within_the_trust_domain_and_without_its_address() {
        let mut plan = plan();
        let bob = Origin::Peer(PBX);
        assert_eq!(
            all(&plan.answerer(bob, &said(), CARRIER)),
            [""; 0],
            "a carrier is a stranger unless declared a friend"
        );
        plan.peers[1].rules.trusted = true;
        assert_eq!(
            all(&plan.answerer(bob, &said(), CARRIER)),
            [
                "P-Asserted-Identity: \"Bob\" <sip:100@carrier.example>",
                "P-Asserted-Identity: <tel:+4930100>",
                "Privacy: id",
            ]
        );
        plan.peers[1].rules.trusted = false;
        let stranger = Origin::Peer(CARRIER);
        assert_eq!(all(&plan.answerer(stranger, &said(), PBX)), [""; 0]);
    }

    #[test]
    fn a_browser_that_answers_is_who_it_has_proved_to_be() {
        let plan = plan();
        let alice = Origin::Browser {
            address_of_record: "alice@example.com",
            proved: &[],
        };
        assert_eq!(
            all(&plan.answerer(alice, &said(), PBX)),
            [
                "P-Asserted-Identity: <sip:alice@example.com>",
                "Privacy: id"
            ]
        );
    }
}

//! What a far end's description makes of a leg: its remote transport, and our part in DTLS.

use crate::session::{Credentials, Leg, Local, Remote};
use crate::told::{Told, Transport, WebRtc};
use control_command::{DtlsRole, RemoteRtp, RemoteWebRtc};
use media_sdp::Setup;
use proto_base::Random;

/// Which half of the exchange the description is: `a=setup` means something else in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Offer,
    Answer,
}

impl Leg {
    /// Whether it may be heard: in the clear only where that may be.
    pub(crate) fn accepts(&self, told: &Told, half: Half) -> bool {
        let is_required = self.dress.tells_keys() && self.dress.is_always_encrypted();
        self.keys.accepts(&told.keys, half, is_required)
    }

    /// Takes over where the far end is. Its own offer with new ICE credentials restarts ICE: ours change with them
    /// (RFC 8445 §9), and nothing else does (P29, P30).
    pub(crate) fn hear(&mut self, told: &Told, half: Half, worker: u16, random: &mut Random) {
        self.keys.hear(&told.keys, half, random);
        match &told.transport {
            Transport::WebRtc(heard) => {
                let before = match &self.remote {
                    Some(Remote::WebRtc { transport, tls_id }) => Some((transport, tls_id)),
                    _ => None,
                };
                let restarts = half == Half::Offer
                    && before.is_some_and(|(transport, _)| {
                        transport.ufrag != heard.ufrag || transport.pwd != heard.pwd
                    });
                if before.is_none() {
                    self.ice.hear(half, heard.ice.lite);
                }
                let kept = before
                    .filter(|(transport, tls_id)| is_same_association(transport, tls_id, heard))
                    .map(|(transport, _)| transport.dtls_role);
                let dtls_role = role(kept, heard.setup, half);
                self.remote = Some(Remote::WebRtc {
                    transport: RemoteWebRtc {
                        ice: heard.ice,
                        ufrag: heard.ufrag.clone(),
                        pwd: heard.pwd.clone(),
                        candidates: heard.candidates.clone(),
                        fingerprints: heard.fingerprints.clone(),
                        dtls_role,
                    },
                    tls_id: heard.tls_id.clone(),
                });
                if restarts {
                    self.local = Local::WebRtc(Credentials::new(worker, random));
                }
            }
            // On hold at 0.0.0.0 it is still where it was: nothing is to be learned again when it comes back.
            Transport::Rtp(None) => {
                if let Some(Remote::Rtp(remote)) = &mut self.remote {
                    remote.signalled_from = self.signalled_from;
                }
            }
            Transport::Rtp(Some(heard)) => {
                let generation = match &self.remote {
                    Some(Remote::Rtp(before)) => {
                        let moved = before.rtp != heard.rtp || before.rtcp != heard.rtcp;
                        before.generation.wrapping_add(u32::from(moved))
                    }
                    _ => 0,
                };
                self.remote = Some(Remote::Rtp(RemoteRtp {
                    rtp: heard.rtp,
                    rtcp: heard.rtcp,
                    signalled_from: self.signalled_from,
                    generation,
                }));
            }
        }
    }

    /// The `a=setup` of our answer on this leg. Never `actpass` (P20).
    pub(crate) fn setup(&self) -> Setup {
        match &self.remote {
            Some(Remote::WebRtc { transport, .. }) if transport.dtls_role == DtlsRole::Server => {
                Setup::Passive
            }
            _ => Setup::Active,
        }
    }
}

/// RFC 8842 §4: other fingerprints or another `tls-id` mean a new association.
fn is_same_association(before: &RemoteWebRtc, tls_id: &Option<String>, heard: &WebRtc) -> bool {
    let all_known = |these: &[media_sdp::Fingerprint], those: &[media_sdp::Fingerprint]| {
        these.iter().all(|it| those.contains(it))
    };
    *tls_id == heard.tls_id
        && all_known(&before.fingerprints, &heard.fingerprints)
        && all_known(&heard.fingerprints, &before.fingerprints)
}

/// Our part. An association keeps its roles (P25) unless its other end insists in an offer, where only the opposite is a
/// legal answer. Where we may choose we send the ClientHello: it then cannot come before we know the fingerprint.
fn role(kept: Option<DtlsRole>, setup: Option<Setup>, half: Half) -> DtlsRole {
    match (half, setup, kept) {
        // RFC 4145 §4: an offer that says nothing says `active`.
        (Half::Offer, Some(Setup::Active) | None, _) => DtlsRole::Server,
        (Half::Offer, Some(Setup::Passive), _) => DtlsRole::Client,
        (_, _, Some(kept)) => kept,
        (Half::Offer, _, None) => DtlsRole::Client,
        (Half::Answer, Some(Setup::Active), None) => DtlsRole::Server,
        // RFC 4145 §4: an answer that says nothing says `passive`; one that says `actpass` is wrong, and waits.
        (Half::Answer, _, None) => DtlsRole::Client,
    }
}

use crate::Port;
use crate::latch::Latch;
use control_command::{Protection, RemoteRtp, Sdes, Suite, TransportPlan};
use proto_base::Time;
use rtc_rtp::Compound;
use rtc_srtp::{MasterKey, Profile, ReceiveContext, SendContext, SrtpKeys};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// How a leg's packets travel, and what was learned on the way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "inline on purpose: a key record elsewhere on the heap costs a cache miss on every packet"
)]
pub(crate) enum Transport {
    /// To a browser: ICE has chosen the address, DTLS has made the keys.
    WebRtc {
        remote: Option<SocketAddr>,
        keyed: Option<Keyed>,
    },
    /// To a telephone: both of its ports are learned. `None` until its SDP is here.
    Rtp(Option<Latches>),
    /// The same with keys from the SDPs. Without them nothing travels.
    Srtp {
        latches: Option<Latches>,
        keyed: Option<Keyed>,
    },
}

/// Keys and the contexts made from them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Keyed {
    keys: SrtpKeys,
    pub(crate) send: SendContext,
    pub(crate) receive: ReceiveContext,
}

/// Where a telephone's two ports are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Latches {
    pub(crate) rtp: Latch,
    pub(crate) rtcp: Latch,
}

impl Latches {
    fn new(remote: &RemoteRtp) -> Self {
        Self {
            rtp: Latch::new(remote, remote.rtp),
            rtcp: Latch::new(remote, remote.rtcp),
        }
    }
}

impl Keyed {
    fn new(keys: SrtpKeys) -> Self {
        Self {
            send: SendContext::new(keys.profile, &keys.local),
            receive: ReceiveContext::new(keys.profile, &keys.remote),
            keys,
        }
    }

    /// Each direction goes on where its key is the same: the far end's counters are its key's, and ours are ours.
    fn renewed(before: Option<Self>, keys: SrtpKeys) -> Self {
        let before = before.filter(|before| before.keys.profile == keys.profile);
        let before = match before {
            Some(before) if before.keys == keys => return before,
            before => before,
        };
        let mut new = Self::new(keys);
        if let Some(before) = before {
            if before.keys.local == new.keys.local {
                new.send = before.send;
            }
            if before.keys.remote == new.keys.remote {
                new.receive = before.receive;
            }
        }
        new
    }
}

/// Keys as they stand in descriptions; `None` if they are not of the suite's length.
fn srtp_keys(sdes: &Sdes) -> Option<SrtpKeys> {
    let profile = match sdes.suite {
        Suite::AeadAes256Gcm => Profile::AeadAes256Gcm,
        Suite::AeadAes128Gcm => Profile::AeadAes128Gcm,
        Suite::AesCm256HmacSha1_80 => Profile::Aes256CmHmacSha1_80,
        Suite::AesCm256HmacSha1_32 => Profile::Aes256CmHmacSha1_32,
        Suite::AesCm128HmacSha1_80 => Profile::Aes128CmHmacSha1_80,
        Suite::AesCm128HmacSha1_32 => Profile::Aes128CmHmacSha1_32,
    };
    let master = |material: &[u8]| {
        let (key, salt) = material.split_at_checked(profile.key_length())?;
        MasterKey::new(profile, key, salt)
    };
    Some(SrtpKeys {
        profile,
        local: master(&sdes.local)?,
        remote: master(&sdes.remote)?,
    })
}

impl Transport {
    pub(crate) fn new(plan: &TransportPlan) -> Self {
        match plan {
            TransportPlan::WebRtc(_) => Transport::WebRtc {
                remote: None,
                keyed: None,
            },
            TransportPlan::Rtp(plan) => Self::of_telephone(
                plan.remote.as_ref().map(Latches::new),
                None,
                &plan.protection,
            ),
        }
    }

    /// With what is known already.
    fn of_telephone(
        latches: Option<Latches>,
        keyed: Option<Keyed>,
        protection: &Protection,
    ) -> Self {
        match protection {
            Protection::Plain => Transport::Rtp(latches),
            Protection::Awaited => Transport::Srtp {
                latches,
                keyed: None,
            },
            Protection::Keyed(sdes) => Transport::Srtp {
                latches,
                keyed: srtp_keys(sdes).map(|keys| Keyed::renewed(keyed, keys)),
            },
        }
    }

    /// Goes over to this plan; `false` if it is of the other kind. `renewed` is told whether the far end is another now.
    pub(crate) fn apply(&mut self, plan: &TransportPlan, renewed: &mut bool) -> bool {
        match (self, plan) {
            (Transport::WebRtc { .. }, TransportPlan::WebRtc(_)) => true,
            (transport, TransportPlan::Rtp(plan)) => {
                let before = std::mem::replace(transport, Transport::Rtp(None));
                let (mut latches, keyed) = match before {
                    Transport::Rtp(latches) => (latches, None),
                    Transport::Srtp { latches, keyed } => (latches, keyed),
                    Transport::WebRtc { .. } => {
                        *transport = before;
                        return false;
                    }
                };
                match (latches.as_mut(), &plan.remote) {
                    (Some(known), Some(remote)) => {
                        *renewed = known.rtp.generation() != remote.generation;
                        known.rtp.describe(remote, remote.rtp);
                        known.rtcp.describe(remote, remote.rtcp);
                    }
                    (None, Some(remote)) => latches = Some(Latches::new(remote)),
                    (_, None) => latches = None,
                }
                *transport = Self::of_telephone(latches, keyed, &plan.protection);
                true
            }
            _ => false,
        }
    }

    /// Gives it keys; whether they are new.
    pub(crate) fn install(&mut self, keys: &SrtpKeys) -> bool {
        let Transport::WebRtc { keyed, .. } = self else {
            return false;
        };
        if keyed.as_ref().is_some_and(|keyed| keyed.keys == *keys) {
            return false;
        }
        *keyed = Some(Keyed::new(keys.clone()));
        true
    }

    /// Whether the far end could send us something.
    pub(crate) fn is_up(&self) -> bool {
        match self {
            Transport::WebRtc { keyed, .. } => keyed.is_some(),
            Transport::Rtp(latches) => latches.is_some(),
            Transport::Srtp { latches, keyed } => latches.is_some() && keyed.is_some(),
        }
    }

    /// Where RTP goes, and from which port.
    pub(crate) fn rtp_destination(&self) -> Option<(Port, SocketAddr)> {
        match self {
            Transport::WebRtc { remote, .. } => Some((Port::Mux, (*remote)?)),
            Transport::Rtp(latches) | Transport::Srtp { latches, .. } => {
                Some((Port::Rtp, latches.as_ref()?.rtp.destination()?))
            }
        }
    }

    /// Where RTCP goes, and from which port.
    pub(crate) fn rtcp_destination(&self) -> Option<(Port, SocketAddr)> {
        match self {
            Transport::WebRtc { remote, .. } => Some((Port::Mux, (*remote)?)),
            Transport::Rtp(latches) | Transport::Srtp { latches, .. } => {
                Some((Port::Rtcp, latches.as_ref()?.rtcp.destination()?))
            }
        }
    }

    /// Unprotects RTCP, or judges its source; the new length. `None`: refused.
    pub(crate) fn open_rtcp(
        &mut self,
        now: Time,
        from: SocketAddr,
        buffer: &mut [u8],
        length: usize,
    ) -> Option<usize> {
        match self {
            Transport::WebRtc { keyed, .. } => {
                let keyed = keyed.as_mut()?;
                keyed.receive.unprotect_rtcp(buffer, length).ok()
            }
            Transport::Rtp(latches) => {
                let latch = &mut latches.as_mut()?.rtcp;
                let believed = latch.judge(now, from)?;
                // Well-formed frames are not enough: at least one of the packets must be readable.
                Compound::parse(buffer.get(..length)?)?.next()?;
                latch.learn(now, &believed);
                Some(length)
            }
            Transport::Srtp { latches, keyed } => {
                let latch = &mut latches.as_mut()?.rtcp;
                let believed = latch.judge(now, from)?;
                let receive = &mut keyed.as_mut()?.receive;
                let length = receive.unprotect_rtcp(buffer, length).ok()?;
                latch.learn(now, &believed);
                Some(length)
            }
        }
    }
}

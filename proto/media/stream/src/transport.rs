use crate::Port;
use crate::latch::Latch;
use control_command::{RemoteRtp, TransportPlan};
use proto_base::Time;
use rtc_rtp::Compound;
use rtc_srtp::{ReceiveContext, SendContext, SrtpKeys};
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

impl Transport {
    pub(crate) fn new(plan: &TransportPlan) -> Self {
        match plan {
            TransportPlan::WebRtc(_) => Transport::WebRtc {
                remote: None,
                keyed: None,
            },
            TransportPlan::Rtp(plan) => Transport::Rtp(plan.remote.as_ref().map(Latches::new)),
        }
    }

    /// Goes over to this plan; `false` if it is of the other kind. `renewed` is told whether the far end is another now.
    pub(crate) fn apply(&mut self, plan: &TransportPlan, renewed: &mut bool) -> bool {
        match (self, plan) {
            (Transport::WebRtc { .. }, TransportPlan::WebRtc(_)) => true,
            (Transport::Rtp(latches), TransportPlan::Rtp(plan)) => {
                match (latches.as_mut(), &plan.remote) {
                    (Some(known), Some(remote)) => {
                        *renewed = known.rtp.generation() != remote.generation;
                        known.rtp.describe(remote, remote.rtp);
                        known.rtcp.describe(remote, remote.rtcp);
                    }
                    (None, Some(remote)) => *latches = Some(Latches::new(remote)),
                    (_, None) => *latches = None,
                }
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
        *keyed = Some(Keyed {
            send: SendContext::new(keys.profile, &keys.local),
            receive: ReceiveContext::new(keys.profile, &keys.remote),
            keys: keys.clone(),
        });
        true
    }

    /// Whether the far end could send us something.
    pub(crate) fn is_up(&self) -> bool {
        match self {
            Transport::WebRtc { keyed, .. } => keyed.is_some(),
            Transport::Rtp(latches) => latches.is_some(),
        }
    }

    /// Where RTP goes, and from which port.
    pub(crate) fn rtp_destination(&self) -> Option<(Port, SocketAddr)> {
        match self {
            Transport::WebRtc { remote, .. } => Some((Port::Mux, (*remote)?)),
            Transport::Rtp(latches) => Some((Port::Rtp, latches.as_ref()?.rtp.destination()?)),
        }
    }

    /// Where RTCP goes, and from which port.
    pub(crate) fn rtcp_destination(&self) -> Option<(Port, SocketAddr)> {
        match self {
            Transport::WebRtc { remote, .. } => Some((Port::Mux, (*remote)?)),
            Transport::Rtp(latches) => Some((Port::Rtcp, latches.as_ref()?.rtcp.destination()?)),
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
        }
    }
}

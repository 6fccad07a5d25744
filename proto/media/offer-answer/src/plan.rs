use crate::MediaPlan;
use crate::session::{Identity, Leg, Local, Remote, Session};
use control_command::{LegId, LegPlan, RtpPlan, SessionId, SessionPlan, TransportPlan, WebRtcPlan};
use std::net::SocketAddr;

impl Session {
    /// What the worker must know now: every leg that was told something, agreed or only proposed, because from then on
    /// its far end may send.
    pub(crate) fn plan(&self, id: SessionId, media: &MediaPlan) -> SessionPlan {
        let standing = self.effective();
        let proposed = self
            .outstanding
            .as_ref()
            .filter(|outstanding| !standing.legs.contains_key(&outstanding.to))
            .map(|outstanding| (&outstanding.to, &outstanding.answerer));
        let mut legs: Vec<LegPlan> = standing
            .legs
            .iter()
            .chain(proposed)
            .filter_map(|(leg, state)| {
                let identity = self.identities.get(leg)?;
                leg_plan(*leg, state, identity, media)
            })
            .collect();
        legs.sort_by_key(|leg| leg.leg);
        SessionPlan {
            session: id,
            worker: self.worker,
            legs,
            routes: standing.routes.clone(),
        }
    }
}

fn leg_plan(id: LegId, leg: &Leg, identity: &Identity, media: &MediaPlan) -> Option<LegPlan> {
    let transport = match &leg.local {
        Local::WebRtc(credentials) => TransportPlan::WebRtc(WebRtcPlan {
            local_ufrag: credentials.ufrag.clone(),
            local_pwd: credentials.pwd.clone(),
            remote: match &leg.remote {
                Some(Remote::WebRtc { transport, .. }) => Some(transport.clone()),
                _ => None,
            },
        }),
        Local::Rtp(lease) => {
            let range = media.network(lease.network, leg.dress).ok()?.rtp?;
            TransportPlan::Rtp(RtpPlan {
                local_rtp: SocketAddr::new(range.bind, lease.rtp),
                local_rtcp: SocketAddr::new(range.bind, lease.rtp.checked_add(1)?),
                remote: match &leg.remote {
                    Some(Remote::Rtp(remote)) => Some(remote.clone()),
                    _ => None,
                },
            })
        }
    };
    Some(LegPlan {
        leg: id,
        network: leg.network,
        transport,
        direction: leg.direction,
        formats: leg.formats.clone(),
        ssrc: identity.ssrc,
        cname: identity.cname.clone(),
    })
}

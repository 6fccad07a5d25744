use crate::agreed;
use crate::session::{Effective, Identity, Leg, Local, Remote, Session};
use crate::translate;
use crate::{IceMode, MediaPlan};
use control_command::{
    ADOPTED, IcePlan, LegId, LegPlan, LocalCandidate, Route, RtpPlan, SessionId, SessionPlan,
    TransportPlan, WebRtcPlan,
};
use std::net::SocketAddr;

impl Session {
    /// What the worker must know now.
    pub(crate) fn plan(&self, id: SessionId, media: &MediaPlan) -> SessionPlan {
        let effective = self.effective();
        let legs = effective.legs.iter().filter_map(|(leg, state)| {
            let identity = self.identities.get(leg)?;
            leg_plan(*leg, state, identity, media)
        });
        SessionPlan {
            session: id,
            worker: self.worker,
            legs: legs.collect(),
            routes: routes(&effective),
        }
    }
}

/// Both ways between those who talk. A way is open as far as both legs leave it open.
fn routes(effective: &Effective<'_>) -> Vec<Route> {
    let route = |from: LegId, to: LegId| {
        let (here, there) = (effective.legs.get(&from)?, effective.legs.get(&to)?);
        Some(Route {
            from,
            to,
            payload_types: agreed::maps(&here.agreed, &there.agreed),
            transcodes: translate::transcodes(here, there),
            open: here.direction.receives() && there.direction.sends(),
        })
    };
    let pairs = effective.pairs.iter();
    let ways = pairs.flat_map(|(one, other)| [route(*one, *other), route(*other, *one)]);
    ways.flatten().collect()
}

/// Our part in the leg's ICE. What is told and what is checked from are the same addresses, in the same order.
fn ice(leg: &Leg, media: &MediaPlan) -> IcePlan {
    let network = media.network(leg.network, leg.dress);
    match (leg.ice.plays, network) {
        (IceMode::Full, Ok(network)) => IcePlan::Full {
            controlling: leg.ice.controlling,
            candidates: network
                .webrtc
                .iter()
                .zip((0..=u16::MAX).rev())
                .map(|(address, preference)| LocalCandidate {
                    address: address.advertised,
                    socket: address.socket,
                    preference,
                })
                .collect(),
        },
        _ => IcePlan::Lite,
    }
}

fn leg_plan(id: LegId, leg: &Leg, identity: &Identity, media: &MediaPlan) -> Option<LegPlan> {
    let transport = match &leg.local {
        Local::WebRtc(credentials) => TransportPlan::WebRtc(WebRtcPlan {
            local_ufrag: credentials.ufrag.clone(),
            local_pwd: credentials.pwd.clone(),
            ice: ice(leg, media),
            remote: match &leg.remote {
                Some(Remote::WebRtc { transport, .. }) => Some(transport.clone()),
                _ => None,
            },
        }),
        Local::Rtp(lease) => {
            let range = media.network(lease.network, leg.dress).ok()?.rtp?;
            TransportPlan::Rtp(RtpPlan {
                protection: leg.keys.protection(leg.dress),
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
        formats: agreed::formats(&leg.agreed),
        ssrc: match media.adopts {
            true => ADOPTED,
            false => identity.ssrc,
        },
        cname: identity.cname.clone(),
    })
}

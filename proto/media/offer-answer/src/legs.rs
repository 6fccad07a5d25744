//! A leg to work on: as it stands, or new.

use crate::codec::{Codec, Passed};
use crate::keys::Keys;
use crate::layout::Layout;
use crate::negotiator::State;
use crate::payload_type::PayloadTypes;
use crate::ports::Lease;
use crate::session::{Credentials, Identity, Leg, LegIce, Local, Remote, Session};
use crate::told::{Expected, Told};
use crate::{MediaNetwork, MediaPlan};
use control_command::{Direction, Dress, LegEnd, MAX_LEGS, Refusal};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// The `a=mid` of our first offer to a browser.
const MID: &str = "0";

/// The leg as it stands, or a new one; with what is said of it now: where its signalling comes from, a browser's network
/// (it may have moved from the LAN to a mobile network), and by an offer its media lines and payload types.
pub(crate) fn leg_for(
    session: &mut Session,
    end: LegEnd,
    told: Option<&Told>,
    plan: &MediaPlan,
    state: &mut State,
    leased: &mut Vec<Lease>,
) -> Result<Leg, Refusal> {
    let network = plan.network(end.network, end.dress)?;
    let worker = session.worker;
    let local = match session.identities.get(&end.leg) {
        Some(identity) => identity.local.clone(),
        None if session.released.contains(&end.leg) => return Err(Refusal::Unknown),
        None if session.identities.len() >= MAX_LEGS => return Err(Refusal::Exhausted),
        None => {
            let local = open(end, network, worker, state, leased)?;
            let identity = Identity::new(local.clone(), &mut state.random);
            session.identities.insert(end.leg, Box::new(identity));
            local
        }
    };
    // A leg is one far end for life. Another telephone's network or another dress is another leg.
    let same = match &local {
        Local::WebRtc(_) => end.dress == Dress::WebRtc,
        Local::Rtp(lease) => end.dress != Dress::WebRtc && lease.network == end.network,
    };
    if !same {
        return Err(Refusal::Unknown);
    }
    let mut leg = match session.standing.legs.get(&end.leg) {
        Some(leg) => Leg::clone(leg),
        None => Leg {
            network: end.network,
            dress: end.dress,
            signalled_from: end.signalled_from,
            layout: match end.dress {
                Dress::WebRtc => Layout::ours(end.dress.protocol(), Some(MID)),
                dress => Layout::ours(dress.protocol(), None),
            },
            local,
            ice: LegIce::offering(network.ice),
            remote: None,
            keys: Keys::new(end.dress, &mut state.random),
            agreed: Vec::new(),
            capable: Vec::new(),
            ptime: None,
            direction: Direction::default(),
            wish: Direction::default(),
        },
    };
    leg.network = end.network;
    leg.signalled_from = end.signalled_from.or(leg.signalled_from);
    if let Some(told) = told {
        leg.layout = told.layout.clone();
        leg.capable.clone_from(&told.codecs);
        leg.ptime = told.ptime;
        if let Some(identity) = session.identities.get_mut(&end.leg) {
            let maps = told.codecs.iter().map(|codec| &codec.map);
            maps.for_each(|map| identity.payload_types.record(map));
        }
    } else if let Some(Remote::Rtp(remote)) = &mut leg.remote {
        remote.signalled_from = leg.signalled_from;
    }
    Ok(leg)
}

fn open(
    end: LegEnd,
    network: &MediaNetwork,
    worker: u16,
    state: &mut State,
    leased: &mut Vec<Lease>,
) -> Result<Local, Refusal> {
    match (end.dress, network.rtp) {
        (Dress::WebRtc, _) => Ok(Local::WebRtc(Credentials::new(worker, &mut state.random))),
        (_, None) => Err(Refusal::Unknown),
        (_, Some(range)) => {
            let lease = state.ports.take(network.id, &range, &mut state.random);
            let lease = lease.ok_or(Refusal::Exhausted)?;
            leased.push(lease);
            Ok(Local::Rtp(lease))
        }
    }
}

/// Gives each codec its number on a leg; one for which none is left is not offered.
pub(crate) fn number(
    codecs: &[Codec],
    payload_types: &mut PayloadTypes,
    dress: Dress,
) -> Vec<Passed> {
    // Those that have a number, or are assigned one, come first: no other may take it.
    let mut told = BTreeMap::new();
    let (assigned, dynamic): (Vec<_>, Vec<_>) = codecs
        .iter()
        .enumerate()
        .partition(|(_, codec)| payload_types.has(&codec.map));
    for (place, codec) in assigned.into_iter().chain(dynamic) {
        if let Some(number) = payload_types.choose(&codec.map, dress) {
            told.insert(place, (codec, number));
        }
    }
    told.into_values()
        .map(|(codec, told)| Passed {
            codec: codec.clone(),
            told,
            added: false,
        })
        .collect()
}

/// What a reader of a leg's descriptions must know.
pub(crate) fn expected(plan: &MediaPlan, end: LegEnd) -> Result<Expected, Refusal> {
    let network = plan.network(end.network, end.dress)?;
    let local = match end.dress {
        Dress::WebRtc => None,
        _ => network.rtp.map(|range| range.bind),
    };
    Ok(Expected {
        dress: end.dress,
        signalled_from: end.signalled_from,
        local: local.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    })
}

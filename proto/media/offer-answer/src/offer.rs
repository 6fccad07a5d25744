//! An offer: read in the offerer's dress, worded in the answerer's, and kept beside the standing agreement.

use crate::Negotiator;
use crate::association::Half;
use crate::codec::{self, Codec, Passed};
use crate::layout::Layout;
use crate::negotiator::State;
use crate::payload_type::PayloadTypes;
use crate::ports::Lease;
use crate::session::{Credentials, Identity, Leg, Local, Outstanding, Remote, Session};
use crate::told::{self, Expected, Told};
use crate::wording::{Wording, renumbered};
use crate::{MediaNetwork, MediaPlan};
use control_command::{Description, Dress, LegEnd, Offer, Refusal};
use media_sdp::{SessionDescription, Setup};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// Sessions at once. Far beyond what one signalling thread carries; it only keeps a fault of ours from eating memory.
const SESSIONS: usize = 200_000;

/// Legs of a session: two, and a few tried one after another.
const LEGS: usize = 8;

/// The protocol that browsers speak (RFC 8834 §4).
const WEBRTC_PROTOCOL: &str = "UDP/TLS/RTP/SAVPF";

/// The protocol that telephones speak.
const RTP_PROTOCOL: &str = "RTP/AVP";

/// The `a=mid` of our first offer to a browser.
const MID: &str = "0";

impl Negotiator {
    pub(crate) fn take_offer(&mut self, offer: &Offer) -> Result<Description, Refusal> {
        let mut leased = Vec::new();
        let worded = self.word_offer(offer, &mut leased);
        match worded {
            Ok(_) => self.apply(offer.session),
            // No worker has heard of them yet.
            Err(_) => leased
                .into_iter()
                .for_each(|it| self.state.ports.release(it)),
        }
        worded
    }

    /// Works on a copy of the session: what fails has changed nothing.
    fn word_offer(
        &mut self,
        offer: &Offer,
        leased: &mut Vec<Lease>,
    ) -> Result<Description, Refusal> {
        let (from, to) = (offer.from, offer.to);
        let worker = self.worker(offer.session);
        let mut session = self.session_for(offer, worker)?;
        let description = SessionDescription::parse(&offer.sdp).map_err(|_| Refusal::Malformed)?;

        let before = session.standing.legs.get(&from.leg);
        let told = told::offer(
            &description,
            expected(&self.plan, from)?,
            before.map(|leg| leg.layout.audio),
        )?;
        let passing = codec::passing(&told.codecs, to.dress);
        if passing.is_empty() {
            return Err(Refusal::NotAcceptable);
        }
        let (plan, state) = (&self.plan, &mut self.state);
        let mut offerer = leg_for(&mut session, from, Some(&told), plan, state, leased)?;
        offerer.hear(&told, Half::Offer, worker, &mut state.random);

        let mut answerer = leg_for(&mut session, to, None, plan, state, leased)?;
        let identity = session
            .identities
            .get_mut(&to.leg)
            .ok_or(Refusal::Unknown)?;
        let passed = number(&passing, &mut identity.payload_types, to.dress);
        let codecs: Vec<Codec> = passed
            .iter()
            .map(|it| renumbered(&it.codec, it.told))
            .collect();
        if answerer.remote.is_none() {
            answerer.direction = told.direction;
            answerer.formats = codecs
                .iter()
                .map(|codec| codec::format(&codec.map, codec.map.payload_type))
                .collect();
        }
        let sdp = identity.tell(Wording {
            leg: &answerer,
            network: self.plan.network(answerer.network, to.dress)?,
            fingerprint: &self.plan.fingerprint,
            codecs: &codecs,
            direction: told.direction,
            // RFC 8842 §5.2; an association that stands keeps its roles whatever is offered (P25).
            setup: Setup::ActPass,
        });
        // From here on an answer is one to this offer.
        session.finished = None;
        session.outstanding = Some(Outstanding {
            from: from.leg,
            to: to.leg,
            offerer,
            answerer,
            passed,
            direction: told.direction,
            accepted: None,
        });
        self.state.sessions.insert(offer.session, session);
        Ok(Description {
            sdp: sdp.to_bytes(),
            direction: told.direction,
        })
    }

    fn session_for(&self, offer: &Offer, worker: u16) -> Result<Session, Refusal> {
        if offer.from.leg == offer.to.leg || self.state.closing.contains_key(&offer.session) {
            return Err(Refusal::Unknown);
        }
        match self.state.sessions.get(&offer.session) {
            Some(session) if session.outstanding.is_some() => Err(Refusal::Pending),
            Some(session) => Ok(session.clone()),
            None if self.state.sessions.len() >= SESSIONS => Err(Refusal::Exhausted),
            None => Ok(Session::new(worker)),
        }
    }
}

/// The leg as it stands, or a new one; with what is said of it now: where its signalling comes from, a browser's network
/// (it may have moved from the LAN to a mobile network), and by an offer its media lines and payload types.
fn leg_for(
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
        None if session.identities.len() >= LEGS => return Err(Refusal::Exhausted),
        None => {
            let local = open(end, network, worker, state, leased)?;
            let identity = Identity::new(local.clone(), &mut state.random);
            session.identities.insert(end.leg, identity);
            local
        }
    };
    // A leg is one far end for life. Another telephone's network or another dress is another leg.
    let same = match &local {
        Local::WebRtc(_) => end.dress == Dress::WebRtc,
        Local::Rtp(lease) => end.dress == Dress::Rtp && lease.network == end.network,
    };
    if !same {
        return Err(Refusal::Unknown);
    }
    let mut leg = match session.standing.legs.get(&end.leg) {
        Some(leg) => leg.clone(),
        None => Leg {
            network: end.network,
            dress: end.dress,
            signalled_from: end.signalled_from,
            layout: match end.dress {
                Dress::WebRtc => Layout::ours(WEBRTC_PROTOCOL, Some(MID)),
                Dress::Rtp => Layout::ours(RTP_PROTOCOL, None),
            },
            local,
            remote: None,
            formats: Vec::new(),
            direction: Default::default(),
        },
    };
    leg.network = end.network;
    leg.signalled_from = end.signalled_from.or(leg.signalled_from);
    if let Some(told) = told {
        leg.layout = told.layout.clone();
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
        (Dress::Rtp, None) => Err(Refusal::Unknown),
        (Dress::Rtp, Some(range)) => {
            let lease = state.ports.take(network.id, &range, &mut state.random);
            let lease = lease.ok_or(Refusal::Exhausted)?;
            leased.push(lease);
            Ok(Local::Rtp(lease))
        }
    }
}

/// Gives each codec its number on the other leg; one for which none is left is not offered.
fn number(codecs: &[Codec], payload_types: &mut PayloadTypes, dress: Dress) -> Vec<Passed> {
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
        })
        .collect()
}

/// What a reader of a leg's descriptions must know.
pub(crate) fn expected(plan: &MediaPlan, end: LegEnd) -> Result<Expected, Refusal> {
    let network = plan.network(end.network, end.dress)?;
    let local = match end.dress {
        Dress::Rtp => network.rtp.map(|range| range.bind),
        Dress::WebRtc => None,
    };
    Ok(Expected {
        dress: end.dress,
        signalled_from: end.signalled_from,
        local: local.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    })
}

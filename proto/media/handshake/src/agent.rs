use control_command::{IcePlan, RemoteWebRtc, WebRtcPlan};
use proto_base::{Random, SocketId, Time};
use rtc_ice::full::{
    LocalCandidate, RemoteCandidate, RemoteDescription, TRANSACTION_PREFIX, Transmit,
};
use rtc_ice::{Credentials, Failure, Full, Lite, Message, Refused};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The agent that the plan wants. Nearly every leg is lite, so that one is not boxed.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Agent {
    Lite(Lite),
    Full(Box<Full>),
}

fn ours(plan: &WebRtcPlan) -> Credentials {
    Credentials::new(&plan.local_ufrag, &plan.local_pwd)
}

fn describe(told: &RemoteWebRtc) -> RemoteDescription {
    let candidates = told.candidates.iter().map(|told| RemoteCandidate {
        address: told.address,
        priority: told.priority,
        foundation: told.foundation,
    });
    RemoteDescription {
        credentials: Credentials::new(&told.ufrag, &told.pwd),
        candidates: candidates.collect(),
        lite: told.ice.lite,
        candidates_ended: told.ice.candidates_ended,
    }
}

/// Chance but for the first two octets, which name the worker as the ufrag does: a response finds its owner by them.
fn prefix(plan: &WebRtcPlan, random: &mut Random) -> [u8; TRANSACTION_PREFIX] {
    let mut prefix = random.u64().to_be_bytes();
    let worker = plan.local_ufrag.get(..4);
    if let Some(worker) = worker.and_then(|digits| u16::from_str_radix(digits, 16).ok())
        && let Some((place, _)) = prefix.split_first_chunk_mut()
    {
        *place = worker.to_be_bytes();
    }
    prefix
}

impl Agent {
    pub(crate) fn new(now: Time, plan: &WebRtcPlan, random: &mut Random) -> Self {
        match &plan.ice {
            IcePlan::Lite => {
                let ufrag = plan.remote.as_ref().map(|remote| remote.ufrag.as_str());
                Self::Lite(Lite::new(now, ours(plan), ufrag))
            }
            IcePlan::Full {
                controlling,
                candidates,
            } => {
                let locals: Vec<_> = candidates
                    .iter()
                    .map(|candidate| LocalCandidate {
                        socket: candidate.socket,
                        address: candidate.address,
                        preference: candidate.preference,
                    })
                    .collect();
                let prefix = prefix(plan, random);
                let mut full = Full::new(ours(plan), &locals, *controlling, prefix, random);
                let remote = plan.remote.as_ref().map(describe);
                full.apply(now, &ours(plan), remote.as_ref());
                Self::Full(Box::new(full))
            }
        }
    }

    /// Whether it was a restart.
    pub(crate) fn apply(&mut self, now: Time, plan: &WebRtcPlan, random: &mut Random) -> bool {
        let same = match (&self, &plan.ice) {
            (Self::Lite(_), IcePlan::Lite) | (Self::Full(_), IcePlan::Full { .. }) => true,
            (Self::Lite(_), IcePlan::Full { .. }) | (Self::Full(_), IcePlan::Lite) => false,
        };
        if !same {
            *self = Self::new(now, plan, random);
            return true;
        }
        match self {
            Self::Lite(lite) => {
                let ufrag = plan.remote.as_ref().map(|remote| remote.ufrag.as_str());
                lite.apply(now, &ours(plan), ufrag)
            }
            Self::Full(full) => {
                let remote = plan.remote.as_ref().map(describe);
                full.apply(now, &ours(plan), remote.as_ref())
            }
        }
    }

    /// Takes a message; the answer, if it is not said by `poll_transmit`.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        random: &mut Random,
        (socket, from): (SocketId, SocketAddr),
        message: &Message<'_>,
    ) -> Result<Option<Transmit>, Refused> {
        match self {
            Self::Lite(lite) => {
                let bytes = lite.handle(now, from, message)?;
                let to = from;
                Ok(Some(Transmit { socket, to, bytes }))
            }
            Self::Full(full) => {
                full.handle(now, socket, from, message, random)?;
                Ok(None)
            }
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Time, media: Option<Time>, random: &mut Random) {
        match self {
            Self::Lite(lite) => lite.handle_timeout(now, media),
            Self::Full(full) => full.handle_timeout(now, media, random),
        }
    }

    pub(crate) fn advance(&mut self, now: Time, random: &mut Random) {
        if let Self::Full(full) = self {
            full.advance(now, random);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        match self {
            Self::Lite(lite) => lite.poll_timeout(),
            Self::Full(full) => full.poll_timeout(),
        }
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        match self {
            Self::Lite(_) => None,
            Self::Full(full) => full.poll_transmit(),
        }
    }

    pub(crate) fn selected(&self) -> Option<SocketAddr> {
        match self {
            Self::Lite(lite) => lite.selected(),
            Self::Full(full) => full.selected(),
        }
    }

    pub(crate) fn selected_socket(&self) -> Option<SocketId> {
        match self {
            Self::Lite(_) => None,
            Self::Full(full) => full.selected_socket(),
        }
    }

    pub(crate) fn best(&self) -> Option<SocketAddr> {
        match self {
            Self::Lite(lite) => lite.best(),
            Self::Full(full) => full.best(),
        }
    }

    pub(crate) fn best_socket(&self) -> Option<SocketId> {
        match self {
            Self::Lite(_) => None,
            Self::Full(full) => full.best_socket(),
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        match self {
            Self::Lite(lite) => lite.is_settled(),
            Self::Full(full) => full.is_settled(),
        }
    }

    pub(crate) fn is_valid(&self, remote: SocketAddr) -> bool {
        match self {
            Self::Lite(lite) => lite.is_valid(remote),
            Self::Full(full) => full.is_valid(remote),
        }
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Lite(lite) => lite.failure(),
            Self::Full(full) => full.failure(),
        }
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let (lite, full) = self.either();
        lite.into_iter()
            .flat_map(Lite::addresses)
            .chain(full.into_iter().flat_map(Full::addresses))
    }

    /// Our ufrags, and with what our transactions begin.
    pub(crate) fn names(&self) -> impl Iterator<Item = &[u8]> {
        let (lite, full) = self.either();
        let ufrags = lite
            .into_iter()
            .flat_map(Lite::ufrags)
            .chain(full.into_iter().flat_map(Full::ufrags));
        ufrags.map(str::as_bytes).chain(full.map(Full::prefix))
    }

    fn either(&self) -> (Option<&Lite>, Option<&Full>) {
        match self {
            Self::Lite(lite) => (Some(lite), None),
            Self::Full(full) => (None, Some(full)),
        }
    }
}

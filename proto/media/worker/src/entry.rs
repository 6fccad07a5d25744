use control_command::{LegCounters, LegId, SessionId};
use media_handshake::Handshake;
use media_stream::{Port, Session};
use proto_base::{SocketId, Time};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// One session: its packets and how its legs travel.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) session: SessionId,
    pub(crate) stream: Session,
    pub(crate) legs: Vec<Leg>,
    /// Where it stands in the index of deadlines.
    #[serde(skip)]
    pub(crate) deadline: Option<Time>,
    /// Set by a test to see what a broken invariant costs.
    #[cfg(test)]
    #[serde(skip)]
    pub(crate) is_broken: bool,
}

/// How one leg travels.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) way: Way,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Way {
    /// On the public port.
    Public(Box<Public>),
    /// On a port pair.
    Pair { rtp: Local, rtcp: Local },
}

/// A browser's leg.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Public {
    pub(crate) handshake: Handshake,
    /// Where media goes out: the local end of the selected pair.
    pub(crate) socket: SocketId,
    /// The local end of each valid pair: where its last authentic check came in. Look-ups for rare packets only.
    pub(crate) local_ends: Vec<(SocketAddr, SocketId)>,
    /// What the stream was told last.
    pub(crate) remote: Option<SocketAddr>,
    /// What stands in the tables for this leg.
    #[serde(skip)]
    pub(crate) addresses: Vec<SocketAddr>,
    #[serde(skip)]
    pub(crate) names: Vec<Vec<u8>>,
}

/// A socket of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Local {
    pub(crate) socket: SocketId,
    pub(crate) at: SocketAddr,
}

impl Public {
    /// An authentic check came from there.
    pub(crate) fn note_check(&mut self, from: SocketAddr, socket: SocketId) {
        match self.local_ends.iter_mut().find(|(far, _)| *far == from) {
            Some((_, known)) => *known = socket,
            None => self.local_ends.push((from, socket)),
        }
    }

    /// The socket from which this far end is reached.
    pub(crate) fn socket_to(&self, to: SocketAddr) -> SocketId {
        let mut ends = self.local_ends.iter();
        ends.find(|(far, _)| *far == to)
            .map_or(self.socket, |(_, socket)| *socket)
    }
}

impl Leg {
    /// The socket that this port of the leg is.
    fn socket(&self, port: Port) -> SocketId {
        match (&self.way, port) {
            (Way::Public(public), _) => public.socket,
            (Way::Pair { rtcp, .. }, Port::Rtcp) => rtcp.socket,
            (Way::Pair { rtp, .. }, Port::Rtp | Port::Mux) => rtp.socket,
        }
    }
}

impl Entry {
    pub(crate) fn socket(&self, leg: LegId, port: Port) -> Option<SocketId> {
        self.legs
            .iter()
            .find(|known| known.id == leg)
            .map(|known| known.socket(port))
    }

    pub(crate) fn public_mut(&mut self, leg: LegId) -> Option<&mut Public> {
        self.legs
            .iter_mut()
            .find(|known| known.id == leg)
            .and_then(|known| match &mut known.way {
                Way::Public(public) => Some(public.as_mut()),
                Way::Pair { .. } => None,
            })
    }

    pub(crate) fn handshakes(&self) -> impl Iterator<Item = &Handshake> {
        self.legs.iter().filter_map(|leg| match &leg.way {
            Way::Public(public) => Some(&public.handshake),
            Way::Pair { .. } => None,
        })
    }

    /// Each with when its leg's far end was last heard, authentically.
    pub(crate) fn handshakes_mut(
        &mut self,
    ) -> impl Iterator<Item = (&mut Handshake, Option<Time>)> {
        let stream = &self.stream;
        self.legs.iter_mut().filter_map(|leg| match &mut leg.way {
            Way::Public(public) => Some((&mut public.handshake, stream.heard(leg.id))),
            Way::Pair { .. } => None,
        })
    }

    /// A telephone leg's sockets.
    pub(crate) fn pair(&self, leg: LegId) -> Option<(Local, Local)> {
        self.legs
            .iter()
            .find(|known| known.id == leg)
            .and_then(|known| match known.way {
                Way::Pair { rtp, rtcp } => Some((rtp, rtcp)),
                Way::Public(_) => None,
            })
    }

    /// Where a telephone leg's port is.
    pub(crate) fn local_address(&self, leg: LegId, port: Port) -> Option<SocketAddr> {
        let (rtp, rtcp) = self.pair(leg)?;
        Some(if port == Port::Rtcp { rtcp.at } else { rtp.at })
    }

    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.handshakes()
            .filter_map(Handshake::poll_timeout)
            .chain(self.stream.poll_timeout())
            .min()
    }

    pub(crate) fn counters(&self) -> Vec<LegCounters> {
        self.legs
            .iter()
            .map(|leg| self.stream.counters(leg.id).unwrap_or_default())
            .collect()
    }
}

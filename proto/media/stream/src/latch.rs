//! Symmetric RTP: where a telephone's packets come from, and so where they go to (RFC 4961, RFC 7362).
//!
//! - A source is *plausible* if its IP address is the one in the SDP or the one that the signalling came from; the port may be
//!   any. All others are strange: never learned, never sent to.
//! - The learning window opens with each remote description of a new address or port, and what was learned is kept until
//!   something better comes. Until the first packet we send to the address in the SDP.
//! - The first plausible packet is believed. Within the window a better source takes its place: best is the very address
//!   and port of the SDP, then any plausible source, last the source of the description before (late packets of the old stream).
//! - The window closes at once for the best, after [`WINDOW_PACKETS`] packets for any other, and at [`WINDOW`] after the first
//!   packet in any case. Then the source is locked.

use control_command::RemoteRtp;
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Half a second of audio: enough for late packets of an old stream to end, little for an attacker behind the same address.
pub(crate) const WINDOW_PACKETS: u8 = 25;
/// How long the window stays open after its first packet at most.
pub(crate) const WINDOW: Duration = Duration::from_secs(5);

/// Where a port's packets come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    signalled_from: Option<IpAddr>,
    generation: u32,
    /// The source learned under the description before.
    previous: Option<SocketAddr>,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// Nothing has come since the description.
    Waiting,
    /// Something plausible has.
    Learning {
        source: SocketAddr,
        rank: Rank,
        since: Time,
        packets: u8,
    },
    Locked(SocketAddr),
}

/// How good a source is, best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Rank {
    Previous,
    Plausible,
    Signalled,
}

/// Proof that a source may speak; made only by [`Latch::judge`].
pub(crate) struct Believed {
    source: SocketAddr,
    rank: Rank,
}

impl Latch {
    /// The window of a first description.
    pub(crate) fn new(remote: &RemoteRtp, signalled: SocketAddr) -> Self {
        Self {
            signalled,
            signalled_from: remote.signalled_from,
            generation: remote.generation,
            previous: None,
            state: State::Waiting,
        }
    }

    /// Takes a description: a new generation opens the window again.
    pub(crate) fn describe(&mut self, remote: &RemoteRtp, signalled: SocketAddr) {
        self.signalled_from = remote.signalled_from;
        if remote.generation == self.generation {
            return;
        }
        self.previous = self.source().or(self.previous);
        self.generation = remote.generation;
        self.signalled = signalled;
        self.state = State::Waiting;
    }

    /// The description that the latch is for.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    fn source(&self) -> Option<SocketAddr> {
        match self.state {
            State::Waiting => None,
            State::Learning { source, .. } | State::Locked(source) => Some(source),
        }
    }

    /// Where to send: the learned source, or the address in the SDP if that is one (0.0.0.0 is a hold of RFC 2543, port 0 a
    /// stream refused).
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        self.source().or_else(|| {
            let sendable = self.signalled.port() != 0
                && !self.signalled.ip().is_unspecified()
                && !self.signalled.ip().is_multicast();
            sendable.then_some(self.signalled)
        })
    }

    /// Whether a packet from here may be believed. Changes nothing: the packet has yet to show that it is one.
    pub(crate) fn judge(&self, now: Time, from: SocketAddr) -> Option<Believed> {
        let rank = self.rank(from)?;
        let may = match self.state {
            State::Waiting => true,
            State::Locked(source) => source == from,
            State::Learning {
                source,
                rank: held,
                since,
                ..
            } => source == from || (rank > held && now.since(since) < WINDOW),
        };
        may.then_some(Believed { source: from, rank })
    }

    fn rank(&self, from: SocketAddr) -> Option<Rank> {
        // What was learned stays good, whatever the signalling address has become since.
        match self.state {
            State::Locked(source) if source == from => return Some(Rank::Signalled),
            State::Learning { source, rank, .. } if source == from => return Some(rank),
            _ => {}
        }
        if from == self.signalled {
            return Some(Rank::Signalled);
        }
        let plausible = from.ip() == self.signalled.ip() || self.signalled_from == Some(from.ip());
        if !plausible || from.port() == 0 {
            return None;
        }
        Some(if self.previous == Some(from) {
            Rank::Previous
        } else {
            Rank::Plausible
        })
    }

    /// A packet of this source has proved to be one.
    pub(crate) fn learn(&mut self, now: Time, believed: &Believed) {
        let (since, packets) = match &self.state {
            State::Locked(_) => return,
            State::Learning { source, .. } if *source != believed.source => (now, 1),
            State::Learning { since, packets, .. } => (*since, packets.saturating_add(1)),
            State::Waiting => (now, 1),
        };
        let ripe = packets >= WINDOW_PACKETS && believed.rank != Rank::Previous;
        let late = now.since(since) >= WINDOW;
        self.state = if believed.rank == Rank::Signalled || ripe || late {
            State::Locked(believed.source)
        } else {
            State::Learning {
                source: believed.source,
                rank: believed.rank,
                since,
                packets,
            }
        };
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Latch, WINDOW, WINDOW_PACKETS};
    use control_command::RemoteRtp;
    use proto_base::Time;
    use std::net::SocketAddr;

    const SDP: &str = "192.168.1.20:4000";
    const NAT: &str = "198.51.100.7:61000";
    const STRANGER: &str = "203.0.113.66:4000";

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn described(rtp: &str, generation: u32) -> RemoteRtp {
        RemoteRtp {
            rtp: address(rtp),
            rtcp: address(rtp),
            signalled_from: Some(address(NAT).ip()),
            generation,
        }
    }

    fn latch() -> Latch {
        Latch::new(&described(SDP, 1), address(SDP))
    }

    /// A packet arrives; whether it was believed.
    fn arrives(latch: &mut Latch, millis: u64, from: &str) -> bool {
        let now = Time::from_micros(millis * 1000);
        let Some(believed) = latch.judge(now, address(from)) else {
            return false;
        };
        latch.learn(now, &believed);
        true
    }

    #[test]
    fn until_a_packet_comes_we_send_where_the_sdp_says() {
        assert_eq!(latch().destination(), Some(address(SDP)));
        for nowhere in [
            "0.0.0.0:4000",
            "192.168.1.20:0",
            "[::]:4000",
            "224.0.0.1:4000",
        ] {
            let latch = Latch::new(&described(nowhere, 1), address(nowhere));
            assert_eq!(latch.destination(), None, "{nowhere}");
        }
    }

    #[test]
    fn a_phone_behind_a_nat_is_learned_and_locked() {
        let mut latch = latch();
        assert!(arrives(&mut latch, 0, NAT));
        assert_eq!(latch.destination(), Some(address(NAT)));
        for step in 1..u64::from(WINDOW_PACKETS) {
            assert!(arrives(&mut latch, step * 20, NAT));
        }
        assert!(!arrives(&mut latch, 600, "198.51.100.7:61002"));
        assert!(
            !arrives(&mut latch, 600, SDP),
            "even the SDP's address comes too late"
        );
        assert!(arrives(&mut latch, 620, NAT));
    }

    #[test]
    fn the_address_of_the_sdp_locks_at_once() {
        let mut latch = latch();
        assert!(arrives(&mut latch, 0, SDP));
        assert!(!arrives(&mut latch, 1, NAT));
    }

    #[test]
    fn a_stranger_is_never_believed_first_or_late() {
        let mut latch = latch();
        for step in 0..1000 {
            assert!(!arrives(&mut latch, step, STRANGER));
        }
        assert_eq!(latch.destination(), Some(address(SDP)));
        assert!(arrives(&mut latch, 2000, NAT));
        assert!(!arrives(&mut latch, 2001, STRANGER));
        assert_eq!(latch.destination(), Some(address(NAT)));
    }

    #[test]
    fn one_behind_the_same_address_who_comes_first_is_displaced_by_the_sdp_s_own() {
        let mut latch = latch();
        assert!(arrives(&mut latch, 0, "192.168.1.20:9999"));
        assert!(arrives(&mut latch, 5, SDP));
        assert!(!arrives(&mut latch, 10, "192.168.1.20:9999"));
        assert_eq!(latch.destination(), Some(address(SDP)));
    }

    #[test]
    fn one_behind_the_same_address_who_comes_second_is_not_believed() {
        let mut latch = latch();
        assert!(arrives(&mut latch, 0, NAT));
        assert!(!arrives(&mut latch, 5, "198.51.100.7:7777"));
    }

    #[test]
    fn the_window_does_not_stay_open_for_a_phone_that_says_little() {
        let mut latch = latch();
        let window = WINDOW.as_millis() as u64;
        assert!(arrives(&mut latch, 0, NAT));
        assert!(!arrives(&mut latch, window, SDP));
        assert!(arrives(&mut latch, window + 20, NAT));
    }

    #[test]
    fn a_new_description_opens_the_window_and_late_packets_of_the_old_stream_do_not_win_it() {
        let mut latch = latch();
        for step in 0..100 {
            arrives(&mut latch, step * 20, NAT);
        }
        let next = described("192.168.1.20:5000", 2);
        latch.describe(&next, next.rtp);
        assert_eq!(latch.destination(), Some(address("192.168.1.20:5000")));
        for step in 0..40 {
            assert!(
                arrives(&mut latch, 3000 + step * 20, NAT),
                "still the old stream"
            );
        }
        assert!(arrives(&mut latch, 4000, "198.51.100.7:62000"));
        assert_eq!(latch.destination(), Some(address("198.51.100.7:62000")));
        assert!(!arrives(&mut latch, 4020, NAT), "the old stream is over");
    }

    #[test]
    fn the_same_description_again_changes_nothing() {
        let mut latch = latch();
        assert!(arrives(&mut latch, 0, SDP));
        let before = latch.clone();
        latch.describe(&described(SDP, 1), address(SDP));
        assert_eq!(latch, before);
    }

    #[test]
    fn a_locked_source_stays_when_signalling_moves() {
        let mut latch = latch();
        for step in 0..100 {
            arrives(&mut latch, step * 20, NAT);
        }
        let mut moved = described(SDP, 1);
        moved.signalled_from = Some(address(STRANGER).ip());
        latch.describe(&moved, address(SDP));
        assert!(arrives(&mut latch, 3000, NAT));
        assert!(!arrives(&mut latch, 3000, STRANGER));
    }
}

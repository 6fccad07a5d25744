use crate::RtpRange;
use proto_base::{NetworkId, Random};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Pairs given back that rest before they are given out again: at 500 calls a second for a second, at 50 for ten. What is sent after a call's end
/// comes within that time, and a far end must besides be the one that the next call expects. More would not be had cheaper: a worker keeps the ports open.
const RESTING: usize = 1024;

/// A port pair in use: an even port for RTP, the one above for RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    pub(crate) network: NetworkId,
    pub(crate) rtp: u16,
}

/// Which port pairs are in use. What was given back is given out again once it has rested, so that late packets of an ended call do
/// not meet the next one, and that the ports in use are few beyond those of the calls. Other pairs come from a way round the range from a random
/// start: the next port is not foretold from outside before a first call is seen.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ports {
    networks: BTreeMap<NetworkId, Round>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Round {
    /// The pair to try next, counted from the first of the range.
    next: u16,
    /// Even ports given out.
    leased: BTreeSet<u16>,
    /// Even ports given back, the first one first. Each once, and none that is given out.
    resting: VecDeque<u16>,
    /// Even ports that are one or the other.
    known: BTreeSet<u16>,
}

impl Round {
    /// A pair that was given back and is still within the range, if more than so many rest.
    fn rested(&mut self, beyond: usize, first: u16, pairs: u16) -> Option<u16> {
        while self.resting.len() > beyond {
            let rtp = self.resting.pop_front()?;
            let place = rtp.checked_sub(first).map(|beyond| beyond / 2);
            if place.is_some_and(|place| place < pairs) && rtp & 1 == 0 {
                self.leased.insert(rtp);
                return Some(rtp);
            }
            self.known.remove(&rtp);
        }
        None
    }

    /// The next pair on the way round that is not known.
    fn fresh(&mut self, first: u16, pairs: u16) -> Option<u16> {
        if self.known.len() >= usize::from(pairs) {
            return None;
        }
        for _ in 0..pairs {
            let pair = self.next.checked_rem(pairs)?;
            self.next = pair.wrapping_add(1);
            let rtp = first.checked_add(pair.checked_mul(2)?)?;
            if self.known.insert(rtp) {
                self.leased.insert(rtp);
                return Some(rtp);
            }
        }
        None
    }
}

impl Ports {
    /// The next free pair; `None` if all are in use.
    pub(crate) fn take(
        &mut self,
        network: NetworkId,
        range: &RtpRange,
        random: &mut Random,
    ) -> Option<Lease> {
        let first = range.first.checked_add(range.first & 1)?;
        // Pairs whose odd port is still within the range.
        let pairs = range.last.checked_sub(first)?.saturating_add(1) / 2;
        let round = self.networks.entry(network).or_insert_with(|| Round {
            next: (random.u32() & 0xffff) as u16,
            leased: BTreeSet::new(),
            resting: VecDeque::new(),
            known: BTreeSet::new(),
        });
        let rtp = round
            .rested(RESTING, first, pairs)
            .or_else(|| round.fresh(first, pairs))
            .or_else(|| round.rested(0, first, pairs))
            // What rested outside of a range that has changed is not known any more.
            .or_else(|| round.fresh(first, pairs))?;
        Some(Lease { network, rtp })
    }

    /// Gives a pair back.
    pub(crate) fn release(&mut self, lease: Lease) {
        if let Some(round) = self.networks.get_mut(&lease.network)
            && round.leased.remove(&lease.rtp)
        {
            round.resting.push_back(lease.rtp);
        }
    }

    /// Whether no pair is in use.
    pub(crate) fn is_idle(&self) -> bool {
        self.networks.values().all(|round| round.leased.is_empty())
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )]
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn range(first: u16, last: u16) -> RtpRange {
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        RtpRange {
            bind: address,
            advertised: address,
            first,
            last,
        }
    }

    fn take(ports: &mut Ports, range: &RtpRange) -> Option<u16> {
        let lease = ports.take(NetworkId(0), range, &mut Random::from_number(5))?;
        Some(lease.rtp)
    }

    #[test]
    fn every_pair_is_given_out_once_and_then_none() {
        for (first, last, pairs) in [
            (10_000, 10_009, 5),
            (10_001, 10_009, 4),
            (10_000, 10_008, 4),
        ] {
            let (mut ports, range) = (Ports::default(), range(first, last));
            let taken: BTreeSet<u16> = (0..pairs)
                .map(|_| take(&mut ports, &range).unwrap())
                .collect();
            assert_eq!(taken.len(), pairs);
            assert!(
                taken
                    .iter()
                    .all(|port| port % 2 == 0 && *port >= first && *port < last)
            );
            assert_eq!(take(&mut ports, &range), None);
        }
    }

    #[test]
    fn a_pair_given_back_is_the_last_to_be_given_out_again() {
        let (mut ports, range) = (Ports::default(), range(10_000, 10_019));
        let first = take(&mut ports, &range).unwrap();
        ports.release(Lease {
            network: NetworkId(0),
            rtp: first,
        });
        let next: Vec<u16> = (0..10).map(|_| take(&mut ports, &range).unwrap()).collect();
        assert_eq!(next.last(), Some(&first));
    }

    #[test]
    fn few_calls_use_few_ports_and_each_rests_before_it_is_given_out_again() {
        let (mut ports, range) = (Ports::default(), range(10_000, 49_999));
        let mut given = Vec::new();
        for _ in 0..20_000 {
            let rtp = take(&mut ports, &range).unwrap();
            ports.release(Lease {
                network: NetworkId(0),
                rtp,
            });
            given.push(rtp);
        }
        let different: BTreeSet<_> = given.iter().collect();
        assert_eq!(different.len(), RESTING + 1);
        for resting in given.windows(RESTING + 1) {
            assert!(!resting[1..].contains(&resting[0]));
        }
        assert!(ports.is_idle());
    }

    #[test]
    fn when_all_pairs_are_known_those_that_rest_are_given_out_the_first_one_first() {
        let (mut ports, range) = (Ports::default(), range(10_000, 10_009));
        let mut given: Vec<_> = (0..5).map(|_| take(&mut ports, &range).unwrap()).collect();
        given.rotate_left(2);
        for rtp in &given {
            let network = NetworkId(0);
            ports.release(Lease { network, rtp: *rtp });
            ports.release(Lease { network, rtp: *rtp });
        }
        let again: Vec<_> = (0..5).map(|_| take(&mut ports, &range).unwrap()).collect();
        assert_eq!(again, given);
        assert_eq!(take(&mut ports, &range), None);
    }

    #[test]
    fn what_rests_outside_of_a_new_range_is_not_given_out() {
        let (mut ports, old, new) = (
            Ports::default(),
            range(10_000, 10_009),
            range(20_000, 20_009),
        );
        let rtp = take(&mut ports, &old).unwrap();
        ports.release(Lease {
            network: NetworkId(0),
            rtp,
        });
        for _ in 0..5 {
            assert!(take(&mut ports, &new).unwrap() >= 20_000);
        }
        assert_eq!(take(&mut ports, &new), None);
    }

    #[test]
    fn the_highest_ports_and_an_empty_range_do_no_harm() {
        assert!(take(&mut Ports::default(), &range(65_534, 65_535)).is_some());
        assert_eq!(take(&mut Ports::default(), &range(65_535, 65_535)), None);
        assert_eq!(take(&mut Ports::default(), &range(10_000, 10_000)), None);
        assert_eq!(take(&mut Ports::default(), &range(10_002, 10_000)), None);
        assert!(take(&mut Ports::default(), &range(0, 65_535)).is_some());
    }
}

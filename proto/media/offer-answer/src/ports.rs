use crate::RtpRange;
use proto_base::{NetworkId, Random};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A port pair in use: an even port for RTP, the one above for RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    pub(crate) network: NetworkId,
    pub(crate) rtp: u16,
}

/// Which port pairs are in use. The choice goes round the range from a random start, so that late packets of an ended
/// call do not meet the next one, and the next port is not foretold from outside before a first call is seen.
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
        });
        for _ in 0..pairs {
            let pair = round.next.checked_rem(pairs)?;
            round.next = pair.wrapping_add(1);
            let rtp = first.checked_add(pair.checked_mul(2)?)?;
            if round.leased.insert(rtp) {
                return Some(Lease { network, rtp });
            }
        }
        None
    }

    /// Gives a pair back.
    pub(crate) fn release(&mut self, lease: Lease) {
        if let Some(round) = self.networks.get_mut(&lease.network) {
            round.leased.remove(&lease.rtp);
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
    fn the_highest_ports_and_an_empty_range_do_no_harm() {
        assert!(take(&mut Ports::default(), &range(65_534, 65_535)).is_some());
        assert_eq!(take(&mut Ports::default(), &range(65_535, 65_535)), None);
        assert_eq!(take(&mut Ports::default(), &range(10_000, 10_000)), None);
        assert_eq!(take(&mut Ports::default(), &range(10_002, 10_000)), None);
        assert!(take(&mut Ports::default(), &range(0, 65_535)).is_some());
    }
}

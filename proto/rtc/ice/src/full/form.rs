use super::candidate::{LocalCandidate, MAX_REMOTES, RemoteCandidate, is_checkable};
use super::checklist::Checklist;
use super::pair::{Ends, Pair, State};
use proto_base::SocketId;
use std::net::SocketAddr;

/// Pairs of one checklist. RFC 8445 §6.1.2.5 allows a hundred; whoever writes a description chooses where our checks go, so there
/// are no more than honest far ends have.
pub const MAX_PAIRS: usize = 32;

/// RFC 8445 §5.1.1.3: candidates learned from checks share their foundation with nobody.
const LEARNED: u32 = 0x8000_0000;

impl Checklist {
    /// Pairs each of ours with each of the far end's that is not known yet (RFC 8445 §6.1.2, RFC 8838 §10).
    pub(crate) fn pair_up(
        &mut self,
        controlling: bool,
        locals: &[LocalCandidate],
        told: &[RemoteCandidate],
    ) {
        // One pair for each foundation may begin; of those that are new, the best.
        let mut fresh: Vec<Pair> = Vec::new();
        for candidate in told {
            if !is_checkable(candidate.address, locals) || !self.add_remote(*candidate) {
                continue;
            }
            for (local, number) in locals.iter().zip(0..) {
                let ends = Ends {
                    socket: local.socket,
                    remote: candidate.address,
                };
                let is_same = |pair: &Pair| pair.ends == ends;
                let known = self.pairs.iter().chain(&fresh).any(is_same);
                if !known && local.address.is_ipv4() == candidate.address.is_ipv4() {
                    fresh.push(new_pair(ends, (number, candidate), local));
                }
            }
        }
        fresh.sort_by_key(|pair| std::cmp::Reverse((pair.priority(controlling), pair.ends)));
        for mut pair in fresh {
            let mut same = self
                .pairs
                .iter()
                .filter(|known| known.foundation == pair.foundation)
                .peekable();
            if same.peek().is_none() || same.any(Pair::is_valid) {
                pair.state = State::Waiting;
            }
            if self.make_room(controlling, Some(&pair)) {
                self.pairs.push(pair);
            }
        }
    }

    /// A candidate told twice is one (RFC 8838 §10), and what was learned before it was told gets the priority it is told with.
    fn add_remote(&mut self, told: RemoteCandidate) -> bool {
        if let Some(known) = self
            .remotes
            .iter_mut()
            .find(|known| known.address == told.address)
        {
            if *known != told {
                *known = told;
                for pair in &mut self.pairs {
                    if pair.ends.remote == told.address {
                        pair.remote_priority = told.priority;
                    }
                }
            }
            return true;
        }
        let room = self.remotes.len() < MAX_REMOTES;
        if room {
            self.remotes.push(told);
        }
        room
    }

    /// The pair that a check came on; a new peer-reflexive candidate if it is not known (RFC 8445 §7.3.1.3, §7.3.1.4). `None` if
    /// there is no room.
    pub(crate) fn pair_of_check(
        &mut self,
        controlling: bool,
        locals: &[LocalCandidate],
        ends: Ends,
        priority: u32,
    ) -> Option<&mut Pair> {
        let place = self.pairs.iter().position(|pair| pair.ends == ends);
        if let Some(place) = place {
            return self.pairs.get_mut(place);
        }
        let candidate = self.learned(ends.remote, priority);
        // A socket that none of our candidates leads to (another network's) is as good as the last of them.
        let of_socket = |local: &&LocalCandidate| local.socket == ends.socket;
        let local = locals.iter().find(of_socket).or(locals.last())?;
        let number = u32::try_from(locals.len()).unwrap_or(u32::MAX);
        let mut pair = new_pair(ends, (number, &candidate), local);
        pair.state = State::Waiting;
        if !self.make_room(controlling, None) {
            return None;
        }
        self.pairs.push(pair);
        self.pairs.last_mut()
    }

    /// A candidate known by its address, or a peer-reflexive one.
    fn learned(&mut self, address: SocketAddr, priority: u32) -> RemoteCandidate {
        let mut known = self.remotes.iter();
        if let Some(known) = known.find(|known| known.address == address) {
            return *known;
        }
        let count = u32::try_from(self.remotes.len()).unwrap_or(0);
        let learned = RemoteCandidate {
            address,
            priority,
            foundation: LEARNED | count,
        };
        if self.remotes.len() < MAX_REMOTES {
            self.remotes.push(learned);
        }
        learned
    }

    /// Gives up a pair when the list is full: one that has failed, or one nobody has answered on, the worst first; for a check
    /// that has just come (`None`), also the one heard longest ago. The selected pair stays.
    fn make_room(&mut self, controlling: bool, newcomer: Option<&Pair>) -> bool {
        if self.pairs.len() < MAX_PAIRS {
            return true;
        }
        let keep = [self.selected, self.nominating];
        let rank = |pair: &Pair| {
            (
                pair.is_proven(),
                pair.heard.max(pair.consent),
                pair.state != State::Failed,
                pair.priority(controlling),
            )
        };
        let candidates = self.pairs.iter().enumerate();
        let worst = candidates
            .filter(|(_, pair)| !keep.contains(&Some(pair.ends)))
            .min_by_key(|(_, pair)| rank(pair));
        let place = worst.and_then(|(place, worst)| {
            newcomer
                .is_none_or(|pair| rank(pair) > rank(worst))
                .then_some(place)
        });
        place.is_some_and(|place| {
            self.pairs.swap_remove(place);
            true
        })
    }
}

/// `number`: of our candidate, whose base is its foundation.
fn new_pair(
    ends: Ends,
    (number, candidate): (u32, &RemoteCandidate),
    local: &LocalCandidate,
) -> Pair {
    Pair {
        ends,
        foundation: (number, candidate.foundation),
        local_priority: local.priority(),
        remote_priority: candidate.priority,
        check_priority: local.reflexive_priority(),
        state: State::Frozen,
        consent: None,
        heard: None,
        peer_ufrag: Vec::new(),
        nominated: None,
        checks: Vec::new(),
    }
}

/// A pair's ends as a public check names them.
pub(crate) const fn ends(socket: SocketId, remote: SocketAddr) -> Ends {
    Ends { socket, remote }
}

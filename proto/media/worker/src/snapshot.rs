use crate::counters::Counters;
use crate::entry::{Entry, Way};
use crate::tables::Owner;
use crate::{MAX_SESSIONS, Output, Worker, WorkerPlan};
use media_stream::Port;
use proto_base::{Random, Time};
use serde::{Deserialize, Serialize};

/// Grows with each change of what is written down.
const VERSION: u16 = 4;

#[derive(Serialize)]
struct Written<'a> {
    taken: Time,
    next_socket: u32,
    counters: Counters,
    sessions: Vec<&'a Entry>,
}

#[derive(Deserialize)]
struct Read {
    taken: Time,
    next_socket: u32,
    counters: Counters,
    sessions: Vec<Entry>,
}

impl Worker {
    /// All sessions (latched addresses, ICE, SRTP keys with ROC and sequence numbers, counters, deadlines) as a versioned
    /// value: CBOR, the version and then the rest. A DTLS handshake under way is not in it, nor what `poll_output` has still
    /// to give: drain it before. It is full of secrets; whoever stores it seals it.
    pub fn snapshot(&self) -> Vec<u8> {
        let written = Written {
            taken: self.now,
            next_socket: self.next_socket,
            counters: self.counters,
            sessions: self.sessions.iter().map(|(_, entry)| entry).collect(),
        };
        let mut bytes = Vec::new();
        let done = ciborium::into_writer(&VERSION, &mut bytes)
            .and_then(|()| ciborium::into_writer(&written, &mut bytes));
        // Writing to memory does not fail; if it ever did, half a snapshot would be worse than none.
        if done.is_err() {
            bytes.clear();
        }
        bytes
    }

    /// Goes on from a snapshot. `now` counts from the same start as the snapshot's times. The sockets of RTP legs are asked for
    /// again by `poll_output`, under the numbers that they had.
    pub fn restore(
        now: Time,
        plan: WorkerPlan,
        random: Random,
        snapshot: &[u8],
    ) -> Result<Self, String> {
        let mut rest = snapshot;
        let version: u16 = ciborium::from_reader(&mut rest)
            .map_err(|error| format!("this is no snapshot: {error}"))?;
        if version != VERSION {
            return Err(format!(
                "the snapshot has version {version}, this program reads {VERSION}"
            ));
        }
        let read: Read = ciborium::from_reader(&mut rest)
            .map_err(|error| format!("the snapshot cannot be read: {error}"))?;
        if now < read.taken {
            return Err("the snapshot is of a time that has not come yet".to_owned());
        }
        if read.sessions.len() > MAX_SESSIONS {
            return Err("the snapshot has more sessions than a worker takes".to_owned());
        }
        let mut worker = Self::new(plan, random);
        worker.check().map_err(|unusable| unusable.to_string())?;
        worker.now = now;
        worker.next_socket = read.next_socket;
        worker.counters = read.counters;
        for entry in read.sessions {
            if worker.sessions.place_of(entry.session).is_none() {
                worker.take_back(now, entry);
            }
        }
        Ok(worker)
    }

    fn take_back(&mut self, now: Time, entry: Entry) {
        let pairs: Vec<_> = entry
            .legs
            .iter()
            .filter_map(|leg| match &leg.way {
                Way::Pair { rtp, rtcp } => Some((leg.id, *rtp, *rtcp)),
                Way::Public(_) => None,
            })
            .collect();
        let place = self.sessions.insert(entry);
        for (leg, rtp, rtcp) in pairs {
            for (local, port) in [(rtp, Port::Rtp), (rtcp, Port::Rtcp)] {
                let owner = Owner { place, leg };
                self.tables.add_socket(local.socket, owner, port);
                self.outputs.push_back(Output::Bind {
                    socket: local.socket,
                    at: local.at,
                });
            }
        }
        self.settle(now, place);
    }
}

//! What has been read and not been handled: in the order in which it came while there is little, and sorted once there is more than
//! one turn can do. Then what is under way goes first, and what is new and has waited too long is refused while its sender still
//! listens: worked off late, it would only be answered after he has asked again.

use engine_net::NetEvent;
use sbc_border::is_new_work;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Messages held, of both kinds. Beyond it the kernel's buffers fill, and the far ends wait or ask again. At some tens of microseconds
/// each this is a tenth of a second's work, in about 4 MB.
const ROOM: usize = 4096;
/// How long new work may wait. A caller's first repetition comes after 500 ms (RFC 3261 §17.1.1.1): answered before it, an overload
/// is not doubled by those who ask again.
const PATIENCE: Duration = Duration::from_millis(400);

#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// Of calls under way.
    first: VecDeque<NetEvent>,
    /// What is new, and when it was read; with the ends of connections, which must not overtake what came on them.
    new: VecDeque<(Instant, NetEvent)>,
}

/// What to do with an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// Handle it.
    Handle(NetEvent),
    /// It is new and waited too long.
    Refuse(NetEvent),
}

impl Intake {
    /// How many events more may be read.
    pub(crate) fn room(&self) -> usize {
        ROOM.saturating_sub(self.waiting())
    }

    pub(crate) fn waiting(&self) -> usize {
        self.first.len().saturating_add(self.new.len())
    }

    /// What was read just now. `turn`: what one turn can handle.
    pub(crate) fn extend(&mut self, now: Instant, read: &mut Vec<NetEvent>, turn: usize) {
        let sorted = !self.new.is_empty() || read.len().saturating_add(self.first.len()) > turn;
        for event in read.drain(..) {
            let is_new = match &event {
                NetEvent::Received(_, message) => sorted && is_new_work(message),
                NetEvent::Closed(_) => sorted,
                NetEvent::Opened(..) | NetEvent::Unreachable(..) => false,
            };
            if is_new {
                self.new.push_back((now, event));
            } else {
                self.first.push_back(event);
            }
        }
    }

    /// The next.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Take> {
        if let Some(event) = self.first.pop_front() {
            return Some(Take::Handle(event));
        }
        let (since, event) = self.new.pop_front()?;
        let late = now.saturating_duration_since(since) > PATIENCE;
        Some(match event {
            NetEvent::Received(..) if late => Take::Refuse(event),
            event => Take::Handle(event),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Intake, PATIENCE, ROOM, Take};
    use engine_net::{Arrival, NetEvent};
    use proto_base::{Flow, NetworkId, Transport};
    use std::net::SocketAddr;
    use std::time::Instant;

    fn heard(message: &str) -> NetEvent {
        let remote = SocketAddr::from(([192, 0, 2, 1], 5060));
        let arrival = Arrival {
            flow: Flow::Datagram(NetworkId(0), remote),
            network: NetworkId(0),
            transport: Transport::Udp,
            local: remote,
            remote,
        };
        NetEvent::Received(arrival, format!("{message}\r\nTo: a\r\n\r\n").into_bytes())
    }

    fn handled(message: &str) -> Option<Take> {
        Some(Take::Handle(heard(message)))
    }

    const INVITE: &str = "INVITE sip:a@b SIP/2.0";
    const BYE: &str = "BYE sip:a@b SIP/2.0";

    #[test]
    fn little_is_handled_in_the_order_in_which_it_came() {
        let (mut intake, now) = (Intake::default(), Instant::now());
        intake.extend(now, &mut vec![heard(INVITE), heard(BYE)], 2);
        assert_eq!(intake.next(now), handled(INVITE));
        assert_eq!(intake.next(now), handled(BYE));
        assert_eq!(intake.next(now), None);
    }

    #[test]
    fn under_load_calls_in_progress_go_first_and_late_new_ones_are_refused() {
        let (mut intake, now) = (Intake::default(), Instant::now());
        let closed = NetEvent::Closed(Flow::Connection(1));
        let mut read = vec![heard(INVITE), heard(INVITE), closed.clone(), heard(BYE)];
        intake.extend(now, &mut read, 2);
        assert_eq!(intake.room(), ROOM - 4);
        assert_eq!(intake.next(now), handled(BYE));
        assert_eq!(intake.next(now), handled(INVITE));
        let late = now + PATIENCE + PATIENCE;
        intake.extend(late, &mut vec![heard(BYE)], 2);
        assert_eq!(intake.next(late), handled(BYE));
        assert_eq!(intake.next(late), Some(Take::Refuse(heard(INVITE))));
        assert_eq!(intake.next(late), Some(Take::Handle(closed)));
        assert_eq!((intake.next(late), intake.waiting()), (None, 0));
    }
}

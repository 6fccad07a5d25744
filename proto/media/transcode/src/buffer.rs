use std::collections::VecDeque;

/// Packets held at most: more than a second of 20 ms packets. Beyond, the oldest are given up.
const MOST: usize = 64;

/// A packet that waits for its turn.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// In the order of sending, beyond the wraps of 16 bits.
    pub(crate) number: u64,
    pub(crate) timestamp: u32,
    pub(crate) payload_type: u8,
    pub(crate) payload: Vec<u8>,
}

/// Packets in the order they were sent, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    waiting: VecDeque<Waiting>,
    /// The highest number that came.
    newest: Option<u64>,
}

impl Buffer {
    /// The number of a sequence number, by the one that came last. The first is far enough from nought for what comes before it.
    pub(crate) fn number(&mut self, sequence: u16) -> u64 {
        const FIRST: u64 = 1 << 32;
        let newest = self.newest.unwrap_or(FIRST | u64::from(sequence));
        let ahead = sequence.wrapping_sub(newest as u16) as i16;
        let number = newest.saturating_add_signed(i64::from(ahead));
        self.newest = Some(newest.max(number));
        number
    }

    /// Puts a packet in its place; one that is there already is left out.
    pub(crate) fn insert(&mut self, packet: Waiting) {
        let place = self
            .waiting
            .partition_point(|known| known.number < packet.number);
        if self
            .waiting
            .get(place)
            .is_some_and(|known| known.number == packet.number)
        {
            return;
        }
        self.waiting.insert(place, packet);
        if self.waiting.len() > MOST {
            self.waiting.pop_front();
        }
    }

    pub(crate) fn first(&self) -> Option<&Waiting> {
        self.waiting.front()
    }

    pub(crate) fn take(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Forgets everything: another source speaks.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.newest = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, Waiting};

    fn packet(buffer: &mut Buffer, sequence: u16) -> Waiting {
        Waiting {
            number: buffer.number(sequence),
            timestamp: 0,
            payload_type: 0,
            payload: vec![sequence as u8],
        }
    }

    #[test]
    fn packets_leave_in_the_order_they_were_sent_in_also_across_a_wrap() {
        let mut buffer = Buffer::default();
        for sequence in [65_534, 0, 65_535, 65_535, 2, 1, 65_533] {
            let packet = packet(&mut buffer, sequence);
            buffer.insert(packet);
        }
        let order: Vec<u8> = std::iter::from_fn(|| buffer.take())
            .filter_map(|packet| packet.payload.first().copied())
            .collect();
        assert_eq!(order, [253, 254, 255, 0, 1, 2]);
    }

    #[test]
    fn what_nobody_takes_does_not_pile_up() {
        let mut buffer = Buffer::default();
        for sequence in 0..1000 {
            let packet = packet(&mut buffer, sequence);
            buffer.insert(packet);
        }
        assert_eq!(std::iter::from_fn(|| buffer.take()).count(), super::MOST);
    }
}

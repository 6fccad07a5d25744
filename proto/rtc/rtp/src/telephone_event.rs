use serde::{Deserialize, Serialize};

/// The payload of a telephone-event packet (RFC 4733 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TelephoneEvent {
    /// 0 to 9, 10 `*`, 11 `#`, 12 to 15 A to D, 16 flash; others as registered.
    pub event: u8,
    /// The event is over.
    pub end: bool,
    /// Power below 0 dBm0, 0 to 63.
    pub volume: u8,
    /// Since its start, in timestamp units.
    pub duration: u16,
}

/// The keys of a telephone in the order of their event numbers.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

impl TelephoneEvent {
    /// Reads the first event of a payload; `None` if there is none.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags, d0, d1]: [u8; 4] = *payload.first_chunk()?;
        Some(Self {
            event,
            end: flags & 0x80 != 0,
            // The bit between is reserved: to be ignored (§2.3.3).
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([d0, d1]),
        })
    }

    /// The payload.
    pub fn to_bytes(self) -> [u8; 4] {
        let [d0, d1] = self.duration.to_be_bytes();
        let flags = u8::from(self.end) << 7 | self.volume & 0x3f;
        [self.event, flags, d0, d1]
    }

    /// The event of a key; `None` if it is no telephone key.
    pub fn of_key(key: char) -> Option<u8> {
        let key = u8::try_from(key.to_ascii_uppercase()).ok()?;
        let place = KEYS.iter().position(|known| *known == key)?;
        u8::try_from(place).ok()
    }

    /// The key of this event; `None` if it is none.
    pub fn key(self) -> Option<char> {
        KEYS.get(usize::from(self.event))
            .map(|key| char::from(*key))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::TelephoneEvent;

    #[test]
    fn an_event_is_written_and_read() {
        let event = TelephoneEvent {
            event: TelephoneEvent::of_key('#').unwrap(),
            end: true,
            volume: 10,
            duration: 800,
        };
        assert_eq!(event.to_bytes(), [11, 0x8a, 0x03, 0x20]);
        assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Some(event));
        assert_eq!(event.key(), Some('#'));
    }

    #[test]
    fn short_payloads_and_other_events_are_no_keys() {
        assert_eq!(TelephoneEvent::parse(&[1, 2, 3]), None);
        let flash = TelephoneEvent::parse(&[16, 0, 0, 1]).unwrap();
        assert_eq!(flash.key(), None);
        assert_eq!(TelephoneEvent::of_key('x'), None);
        assert_eq!(TelephoneEvent::of_key('d'), Some(15));
    }
}

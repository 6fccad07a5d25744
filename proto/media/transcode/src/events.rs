use crate::Ready;
use control_command::Transcode;
use proto_base::Time;
use rtc_rtp::{RtpHeader, TelephoneEvent};
use std::time::Duration;

/// An event whose end got lost is over when nothing of it has come for so long: senders repeat every 50 ms at the most
/// (RFC 4733 §2.5.1.2).
const FORGOTTEN: Duration = Duration::from_millis(120);

/// Carries telephone events to the other leg's clock (RFC 4733).
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    current: Option<Current>,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    /// The timestamp that all packets of the event have where it comes from.
    theirs: u32,
    /// And where it goes.
    ours: u32,
    last: Time,
    ended: bool,
}

impl Events {
    /// Whether an event is going on: then no sound goes beside it, lest the tone be heard as well.
    pub(crate) fn is_going_on(&self, now: Time) -> bool {
        self.current
            .is_some_and(|it| !it.ended && now.since(it.last) < FORGOTTEN)
    }

    /// What an event's packet becomes; `timestamp` is our stream's now. `None` if it is no event.
    pub(crate) fn take(
        &mut self,
        now: Time,
        transcode: &Transcode,
        header: &RtpHeader,
        payload: &[u8],
        timestamp: u32,
    ) -> Option<Ready> {
        let event = TelephoneEvent::parse(payload)?;
        let known = self.current.filter(|it| it.theirs == header.timestamp);
        let current = Current {
            theirs: header.timestamp,
            ours: known.map_or(timestamp, |it| it.ours),
            last: now,
            ended: event.end || known.is_some_and(|it| it.ended),
        };
        self.current = Some(current);
        let (from, to) = (
            u64::from(transcode.from.clock_rate.max(1)),
            u64::from(transcode.to.clock_rate),
        );
        let duration = u64::from(event.duration) * to / from;
        let scaled = TelephoneEvent {
            // RFC 4733 §2.5.1.3: longer ones are cut into segments; at 48 kHz that is after 1.4 s. None of ours lasts so long.
            duration: u16::try_from(duration).unwrap_or(u16::MAX),
            ..event
        };
        Some(Ready {
            payload_type: transcode.to.payload_type,
            clock_rate: transcode.to.clock_rate,
            event: true,
            marker: header.marker,
            sequence: 0,
            timestamp: current.ours,
            payload: scaled.to_bytes().to_vec(),
        })
    }
}

use crate::departure::Departing;
use crate::leg::{Leg, Rule};
use crate::{Output, Port};
use control_command::{LegId, Route, Transcode};
use media_transcode::{Ready, Transcoder};
use proto_base::Time;
use rtc_rtp::{HEADER_LENGTH, Outgoing, RtpHeader};
use rtc_srtp::MAX_GROWTH;
use std::net::SocketAddr;

/// What makes a transcoder's stream another source than the packets that are relayed beside it.
const OTHER_SOURCE: u32 = 0x5a5a_5a5a;

/// The transcoders of a session: one for each way on which something is to be transcoded, made when the first packet of it comes.
/// They are neither written down nor copied, but made anew.
#[derive(Debug, Default)]
pub(crate) struct Translations(Vec<Translation>);

#[derive(Debug)]
struct Translation {
    from: LegId,
    to: LegId,
    /// What stands behind it, as `departure` is told.
    ssrc: u32,
    /// Nothing has left it: its numbers begin.
    fresh: bool,
    transcoder: Box<Transcoder>,
}

impl Clone for Translations {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Translations {
    /// Lets go of what the routes do not want any more.
    pub(crate) fn keep(&mut self, routes: &[Route]) {
        self.0.retain(|it| {
            routes.iter().any(|route| {
                let same = route.from == it.from && route.to == it.to && route.open;
                same && route.transcodes == it.transcoder.transcodes()
            })
        });
    }

    /// Whether sound is on its way here now, so that events have to go with it.
    pub(crate) fn is_running(&self, route: &Route) -> bool {
        let mut known = self.0.iter();
        let known = known.find(|it| it.from == route.from && it.to == route.to);
        known.is_some_and(|it| it.transcoder.poll_timeout().is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the tone of a key is being sent here, so that no other sound may be.
    pub(crate) fn is_playing(&self, now: Time, route: &Route) -> bool {
        let mut known = self.0.iter();
        let known = known.find(|it| it.from == route.from && it.to == route.to);
        known.is_some_and(|it| it.transcoder.is_playing(now))
    }

    /// Takes in a packet of this way.
    pub(crate) fn take(&mut self, now: Time, route: &Route, header: &RtpHeader, payload: &[u8]) {
        let is = |it: &Translation| it.from == route.from && it.to == route.to;
        let place = match self.0.iter().position(is) {
            Some(place) => place,
            None => {
                self.0.push(Translation {
                    from: route.from,
                    to: route.to,
                    ssrc: header.ssrc ^ OTHER_SOURCE,
                    fresh: true,
                    transcoder: Box::new(Transcoder::new(&route.transcodes)),
                });
                self.0.len().saturating_sub(1)
            }
        };
        if let Some(translation) = self.0.get_mut(place) {
            translation.transcoder.take(now, header, payload);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let known = self.0.iter();
        known.filter_map(|it| it.transcoder.poll_timeout()).min()
    }

    /// Sends what is due.
    pub(crate) fn send(&mut self, now: Time, legs: &mut [Leg], mut sent: impl FnMut(Output)) {
        for translation in &mut self.0 {
            while let Some(ready) = translation.transcoder.poll_packet(now) {
                let to = translation.to;
                let leg = legs.iter_mut().find(|leg| leg.id == to);
                let Some(leg) = leg else {
                    continue;
                };
                let restarted = std::mem::take(&mut translation.fresh);
                let origin = (translation.from, translation.ssrc, restarted);
                if let Some((port, address, bytes)) = leg.send_made(now, origin, &ready) {
                    sent(Output::Transmit {
                        leg: to,
                        port,
                        to: address,
                        bytes,
                    });
                }
            }
        }
    }
}

impl Leg {
    /// Words and protects a packet of our own making.
    fn send_made(
        &mut self,
        now: Time,
        (from, ssrc, restarted): (LegId, u32, bool),
        ready: &Ready,
    ) -> Option<(Port, SocketAddr, Vec<u8>)> {
        let end = HEADER_LENGTH.checked_add(ready.payload.len())?;
        let own = Outgoing {
            marker: ready.marker,
            payload_type: ready.payload_type,
            sequence: ready.sequence,
            timestamp: ready.timestamp,
            ssrc,
        };
        let mut bytes = Vec::with_capacity(end.checked_add(MAX_GROWTH)?);
        bytes.extend_from_slice(&own.to_bytes());
        bytes.extend_from_slice(&ready.payload);
        bytes.resize(end.checked_add(MAX_GROWTH)?, 0);
        let header = RtpHeader {
            marker: own.marker,
            payload_type: own.payload_type,
            sequence: own.sequence,
            timestamp: own.timestamp,
            ssrc,
            payload: HEADER_LENGTH..end,
        };
        let departing = Departing {
            from,
            header: &header,
            rule: Rule {
                payload_type: ready.payload_type,
                clock_rate: ready.clock_rate,
                event: ready.event,
            },
            restarted,
            payload_type: ready.payload_type,
        };
        let (port, to, range) = self.depart(now, &departing, &mut bytes)?;
        bytes.truncate(range.end);
        bytes.drain(..range.start);
        Some((port, to, bytes))
    }
}

/// Whether a route has a way for packets of this type that is not through as they are.
pub(crate) fn is_translated(transcodes: &[Transcode], payload_type: u8) -> bool {
    let mut transcodes = transcodes.iter();
    transcodes.any(|it| it.from.payload_type == payload_type)
}

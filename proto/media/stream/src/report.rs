//! RTCP, ended on each leg: what comes is taken in, what goes out is our own (RFC 3550 §6.4).

use crate::Output;
use crate::leg::Leg;
use crate::transport::Transport;
use control_command::Direction;
use proto_base::Time;
use rtc_rtp::{
    Compound, CompoundWriter, NtpTime, Report, Rtcp, SenderInfo, Spread, report_interval,
};
use rtc_srtp::MAX_GROWTH;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The bandwidth that RTCP takes its share of: G.711 with 20 ms frames and all headers.
const SESSION_BANDWIDTH: u32 = 87_200;
/// UDP and IPv4 headers, which count as part of a report's size (RFC 3550 §6.2).
const LOWER_HEADERS: u32 = 28;
/// Nothing at all, neither RTP nor RTCP, for so long: the far end of an answered call is gone. A phone that suppresses silence still sends
/// RTCP every few seconds; one without RTCP may well be muted for a minute.
pub(crate) const MEDIA_TIMEOUT: Duration = Duration::from_secs(90);

/// When we report on a leg, and what the far end's reports told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reports {
    pub(crate) next: Time,
    /// No report was sent yet.
    initial: bool,
    /// Average size of reports, lower headers included.
    size: u32,
    /// State of the chance that spreads the reports.
    seed: u64,
    packets_at_report: u64,
    /// Reports for which we still count as a sender (RFC 3550 §6.3.8: two intervals).
    sender_for: u8,
    pub(crate) round_trip: Option<Duration>,
    /// Since when the far end is expected to send.
    expecting_since: Option<Time>,
    /// When the silence was told last.
    silence_told: Option<Time>,
}

impl Reports {
    pub(crate) fn new(now: Time, seed: u64) -> Self {
        let mut reports = Self {
            next: now,
            initial: true,
            size: 100 + LOWER_HEADERS,
            seed,
            packets_at_report: 0,
            sender_for: 0,
            round_trip: None,
            expecting_since: None,
            silence_told: None,
        };
        reports.schedule(now);
        reports
    }

    fn schedule(&mut self, now: Time) {
        // SplitMix64: the spread of reports wants chance, not secrecy.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let spread = Spread {
            bandwidth: SESSION_BANDWIDTH,
            size: self.size,
            initial: self.initial,
        };
        self.next = now + report_interval(spread, (mixed >> 32) as u32);
    }
}

/// What falls due on a leg.
#[derive(Default)]
pub(crate) struct Due {
    pub(crate) report: Option<Output>,
    pub(crate) media_timeout: bool,
}

impl Leg {
    /// Takes in a compound packet from the far end. Only what concerns our two streams is of interest; BYE ends nothing
    /// (signalling does), PLI and FIR have no meaning for audio.
    pub(crate) fn take_report(&mut self, now: Time, compound: Compound<'_>) {
        for packet in compound {
            let Rtcp::Report(Report { ssrc, info, blocks }) = packet else {
                continue;
            };
            if let (Some(info), Some(reception)) = (info, &mut self.arrivals.reception)
                && reception.ssrc() == ssrc
            {
                reception.sender_report(now, &info);
            }
            for block in blocks {
                if block.ssrc == self.ssrc
                    && let Some(round_trip) = block.round_trip(now)
                {
                    self.reports.round_trip = Some(round_trip);
                }
            }
        }
    }

    /// Does what is due now, if it is time.
    pub(crate) fn tick(&mut self, now: Time) -> Due {
        if now < self.reports.next {
            return Due::default();
        }
        let report = self.report(now, false);
        if report.is_some() {
            self.reports.initial = false;
        }
        self.reports.schedule(now);
        Due {
            report,
            media_timeout: self.silence(now),
        }
    }

    /// Whether a silence is to be told. Only while media flows both ways: who holds with `sendonly` may well have nothing to
    /// send. And again as long as it lasts, for before a call is answered silence means nothing, and only signalling knows.
    fn silence(&mut self, now: Time) -> bool {
        if self.direction != Direction::SendRecv || !self.transport.is_up() {
            self.reports.expecting_since = None;
            self.reports.silence_told = None;
            return false;
        }
        let expecting = *self.reports.expecting_since.get_or_insert(now);
        let known = [self.arrivals.heard, self.reports.silence_told];
        let since = known.into_iter().flatten().fold(expecting, Time::max);
        let silent = now.since(since) >= MEDIA_TIMEOUT;
        if silent {
            self.reports.silence_told = Some(now);
        }
        silent
    }

    /// Our BYE on this leg. Who has sent neither RTP nor RTCP must not say one (RFC 3550 §6.3.7): nobody there knows of us.
    pub(crate) fn goodbye(&mut self, now: Time) -> Option<Output> {
        let known = self.departures.packets > 0 || !self.reports.initial;
        known.then(|| self.report(now, true)).flatten()
    }

    /// Our report on this leg, protected; `None` while there is nowhere to send it.
    pub(crate) fn report(&mut self, now: Time, goodbye: bool) -> Option<Output> {
        let (port, to) = self.transport.rtcp_destination()?;
        if !self.transport.is_up() {
            return None;
        }
        let info = self.sender_info(now);
        let block = self
            .arrivals
            .reception
            .as_mut()
            .and_then(|reception| reception.report(now));
        let mut words = CompoundWriter::report(self.ssrc, info.as_ref(), block.as_slice())
            .name(self.ssrc, &self.cname);
        if goodbye {
            words = words.goodbye(self.ssrc);
        }
        let mut bytes = words.finish();
        if let Transport::WebRtc { keyed, .. } | Transport::Srtp { keyed, .. } = &mut self.transport
        {
            let length = bytes.len();
            bytes.resize(length + MAX_GROWTH, 0);
            let length = keyed.as_mut()?.send.protect_rtcp(&mut bytes, length).ok()?;
            bytes.truncate(length);
        }
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX / 32);
        // RFC 3550 §6.3.3: each packet counts for a sixteenth.
        self.reports.size = (self.reports.size * 15 + size + LOWER_HEADERS) / 16;
        Some(Output::Transmit {
            leg: self.id,
            port,
            to,
            bytes,
        })
    }

    /// What we tell of our own stream, if we sent within the last two intervals. Both clocks are read at this moment.
    fn sender_info(&mut self, now: Time) -> Option<SenderInfo> {
        let packets = self.departures.packets;
        if packets != self.reports.packets_at_report {
            self.reports.packets_at_report = packets;
            self.reports.sender_for = 2;
        }
        self.reports.sender_for = self.reports.sender_for.checked_sub(1)?;
        Some(SenderInfo {
            ntp: NtpTime::at(now),
            rtp_timestamp: self.departures.timestamp_at(now)?,
            packets: packets as u32,
            octets: self.departures.octets as u32,
        })
    }
}

use crate::{Output, Port, Verdict};
use control_command::{LegCounters, LegId, SessionPlan};
use proto_base::{Random, Time};
use rtc_srtp::SrtpKeys;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The packets of one call: its legs and what is relayed between them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {}

impl Session {
    /// Opens the session. Chance is drawn once: first sequence numbers, timestamps, the spread of RTCP.
    pub fn new(_now: Time, _plan: &SessionPlan, _random: &mut Random) -> Self {
        todo!()
    }

    /// Goes over to this plan of the same session; what is the same goes on undisturbed.
    pub fn apply(&mut self, _now: Time, _plan: &SessionPlan) {
        todo!()
    }

    /// Gives a WebRTC leg the keys of a DTLS handshake just finished. The same keys again change nothing.
    pub fn install_keys(&mut self, _now: Time, _leg: LegId, _keys: &SrtpKeys) {
        todo!()
    }

    /// Where a WebRTC leg's packets go: the address of the selected ICE pair, `None` when consent is gone.
    pub fn set_remote(&mut self, _leg: LegId, _remote: Option<SocketAddr>) {
        todo!()
    }

    /// Takes the datagram `buffer[..length]`. The rest of the buffer is room to grow: 64 octets are enough. On a WebRTC
    /// leg it must come from an address that ICE has validated; on an RTP leg the session judges `from` itself.
    pub fn handle(
        &mut self,
        _now: Time,
        _leg: LegId,
        _port: Port,
        _from: SocketAddr,
        _buffer: &mut [u8],
        _length: usize,
    ) -> Verdict {
        todo!()
    }

    /// Does what is due: RTCP reports, timeouts.
    pub fn handle_timeout(&mut self, _now: Time) {
        todo!()
    }

    /// When `handle_timeout` is wanted next. Packets do not move it.
    pub fn poll_timeout(&self) -> Option<Time> {
        todo!()
    }

    /// What the session wants of the world; to be drained after every call of the others.
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }

    /// What a leg carried so far.
    pub fn counters(&self, _leg: LegId) -> Option<LegCounters> {
        todo!()
    }

    /// Says goodbye on each leg (RTCP BYE by `poll_output`) and gives the last counters, leg by leg.
    pub fn close(&mut self, _now: Time) -> Vec<LegCounters> {
        todo!()
    }
}

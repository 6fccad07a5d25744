/// RFC 3550 §5.1: the fixed header.
const RTP_FIXED: usize = 12;
/// The part of SRTCP that stays in the clear: the first header and the sender's SSRC (RFC 3711 §3.4).
pub(crate) const RTCP_CLEAR: usize = 8;

/// What SRTP must know of an RTP packet.
pub(crate) struct RtpFacts {
    pub(crate) sequence: u16,
    pub(crate) ssrc: u32,
    /// Fixed header, CSRC list and extension: authenticated, not encrypted (RFC 3711 §3.1).
    pub(crate) header: usize,
}

/// Reads those facts; `None` if `packet` is no RTP or ends within its header.
pub(crate) fn rtp(packet: &[u8]) -> Option<RtpFacts> {
    let fixed: &[u8; RTP_FIXED] = packet.first_chunk()?;
    let [first, _, s0, s1, _, _, _, _, c0, c1, c2, c3] = *fixed;
    if first >> 6 != 2 {
        return None;
    }
    let mut header = RTP_FIXED + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        let length: &[u8; 2] = packet.get(header + 2..)?.first_chunk()?;
        header += 4 + 4 * usize::from(u16::from_be_bytes(*length));
    }
    (header <= packet.len()).then_some(RtpFacts {
        sequence: u16::from_be_bytes([s0, s1]),
        ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
        header,
    })
}

/// The SSRC of the sender of a compound RTCP packet; `None` if it is none.
pub(crate) fn rtcp_ssrc(packet: &[u8]) -> Option<u32> {
    let clear: &[u8; RTCP_CLEAR] = packet.first_chunk()?;
    let [first, _, _, _, c0, c1, c2, c3] = *clear;
    (first >> 6 == 2).then_some(u32::from_be_bytes([c0, c1, c2, c3]))
}

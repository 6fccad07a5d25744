//! RTP packets from anyone: what is read lies within the packet, and what is rewritten is read again.

use rtc_rtp::{HEADER_LENGTH, Outgoing, RtpHeader, TelephoneEvent};

/// Reads the bytes as a packet and as a telephone event.
pub fn rtp(bytes: &[u8]) {
    if let Some(event) = TelephoneEvent::parse(bytes) {
        assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Some(event));
    }
    let Some(header) = RtpHeader::parse(bytes) else {
        return;
    };
    assert!(header.payload.start >= HEADER_LENGTH && header.payload.end <= bytes.len());
    let outgoing = Outgoing {
        marker: !header.marker,
        // 64 to 95 with the marker would be RTCP (RFC 5761 §4).
        payload_type: 101,
        sequence: !header.sequence,
        timestamp: !header.timestamp,
        ssrc: !header.ssrc,
    };
    let mut packet = bytes.to_vec();
    let place = header.rewrite(&mut packet, outgoing);
    let rewritten = place
        .and_then(|place| packet.get(place))
        .unwrap_or_default();
    let Some(again) = RtpHeader::parse(rewritten) else {
        unreachable!("a rewritten packet is a packet");
    };
    assert_eq!(again.ssrc, outgoing.ssrc);
    assert_eq!(again.payload.start, HEADER_LENGTH);
    assert_eq!(rewritten.get(again.payload), bytes.get(header.payload));
}

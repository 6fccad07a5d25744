use crate::NtpTime;

/// Packet types (RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2).
pub(crate) const SENDER_REPORT: u8 = 200;
pub(crate) const RECEIVER_REPORT: u8 = 201;
pub(crate) const SOURCE_DESCRIPTION: u8 = 202;
pub(crate) const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
/// The SDES item that every source has (RFC 3550 §6.5.1).
pub(crate) const CNAME: u8 = 1;
const HEADER: usize = 4;
pub(crate) const BLOCK: usize = 24;

/// A compound RTCP packet whose frames have been checked: versions, lengths, padding (RFC 3550 A.2). Reduced-size packets, which
/// do not begin with a report, are tolerated (RFC 5506).
#[derive(Clone, Copy, Debug)]
pub struct Compound<'a> {
    rest: &'a [u8],
}

/// One packet of a compound.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Rtcp<'a> {
    /// Sender or receiver report.
    Report(Report<'a>),
    /// SDES: the sources and their names.
    Description(Sources<'a>),
    /// BYE: these sources leave.
    Goodbye(Sources<'a>),
    /// Feedback (RFC 4585): NACK, PLI, FIR and their kin.
    Feedback {
        /// Of the transport or of the payload.
        kind: FeedbackKind,
        /// What exactly (FMT).
        format: u8,
        /// Who says it.
        sender: u32,
        /// About whom; zero where the message itself names him.
        media: u32,
    },
    /// APP, extended reports or something newer: its packet type.
    Other(u8),
}

/// Which of the two feedback packet types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackKind {
    /// RTPFB (205).
    Transport,
    /// PSFB (206).
    Payload,
}

/// A sender report (with `info`) or a receiver report (without).
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// Who reports.
    pub ssrc: u32,
    /// What a sender tells of its own stream.
    pub info: Option<SenderInfo>,
    /// What it tells of others'.
    pub blocks: Blocks<'a>,
}

/// The sender's part of a sender report (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// When it was sent.
    pub ntp: NtpTime,
    /// The same moment on the stream's RTP clock.
    pub rtp_timestamp: u32,
    /// Packets sent so far, modulo 2^32.
    pub packets: u32,
    /// Payload octets sent so far, modulo 2^32.
    pub octets: u32,
}

/// A report block (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source that it is about.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost so far; 24 bits with sign.
    pub cumulative_lost: i32,
    /// Cycles and highest sequence number.
    pub extended_highest: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// LSR: middle of the last sender report's NTP timestamp, zero if none came.
    pub last_sender_report: u32,
    /// DLSR, in 1/65536 s.
    pub delay_since_last: u32,
}

impl<'a> Compound<'a> {
    /// Checks the frames of all packets; `None` if one is broken.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        while let Some((packet, after)) = cut(rest) {
            let padded = packet.first()? & 0x20 != 0;
            // Only the last packet may be padded, by a multiple of four and no more than it holds.
            if padded {
                let padding = usize::from(*packet.last()?);
                let room = packet.len().checked_sub(HEADER)?;
                if !after.is_empty() || padding == 0 || padding % 4 != 0 || padding > room {
                    return None;
                }
            }
            rest = after;
        }
        (rest.is_empty() && !bytes.is_empty()).then_some(Self { rest: bytes })
    }
}

/// The first packet, header included, and what follows it.
fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let header: &[u8; HEADER] = bytes.first_chunk()?;
    let [first, _, l0, l1] = *header;
    if first >> 6 != 2 {
        return None;
    }
    let words = usize::from(u16::from_be_bytes([l0, l1])) + 1;
    bytes.split_at_checked(4 * words)
}

impl<'a> Iterator for Compound<'a> {
    type Item = Rtcp<'a>;

    /// The next packet that its type's layout fits; one that is too short for its type is passed over.
    fn next(&mut self) -> Option<Rtcp<'a>> {
        loop {
            let (packet, after) = cut(self.rest)?;
            self.rest = after;
            let [first, kind, _, _, body @ ..] = packet else {
                return None;
            };
            let padding = match (first & 0x20, body.last()) {
                (0x20, Some(padding)) => usize::from(*padding),
                _ => 0,
            };
            let body = body.get(..body.len().saturating_sub(padding))?;
            if let Some(packet) = read(*kind, first & 0x1f, body) {
                return Some(packet);
            }
        }
    }
}

fn read(kind: u8, count: u8, body: &[u8]) -> Option<Rtcp<'_>> {
    match kind {
        SENDER_REPORT => {
            let (ssrc, body) = word(body)?;
            let (upper, body) = word(body)?;
            let (lower, body) = word(body)?;
            let (rtp_timestamp, body) = word(body)?;
            let (packets, body) = word(body)?;
            let (octets, body) = word(body)?;
            Some(Rtcp::Report(Report {
                ssrc,
                info: Some(SenderInfo {
                    ntp: NtpTime((u64::from(upper) << 32) | u64::from(lower)),
                    rtp_timestamp,
                    packets,
                    octets,
                }),
                blocks: Blocks::new(count, body)?,
            }))
        }
        RECEIVER_REPORT => {
            let (ssrc, body) = word(body)?;
            Some(Rtcp::Report(Report {
                ssrc,
                info: None,
                blocks: Blocks::new(count, body)?,
            }))
        }
        SOURCE_DESCRIPTION => Some(Rtcp::Description(Sources {
            named: true,
            left: count,
            rest: body,
        })),
        GOODBYE => Some(Rtcp::Goodbye(Sources {
            named: false,
            left: count,
            rest: body,
        })),
        TRANSPORT_FEEDBACK | PAYLOAD_FEEDBACK => {
            let (sender, body) = word(body)?;
            let (media, _) = word(body)?;
            Some(Rtcp::Feedback {
                kind: if kind == TRANSPORT_FEEDBACK {
                    FeedbackKind::Transport
                } else {
                    FeedbackKind::Payload
                },
                format: count,
                sender,
                media,
            })
        }
        other => Some(Rtcp::Other(other)),
    }
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*word), rest))
}

/// The blocks of a report.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    /// What comes after the blocks is an extension of the profile, and not read.
    fn new(count: u8, body: &'a [u8]) -> Option<Self> {
        let rest = body.get(..BLOCK * usize::from(count))?;
        Some(Self { rest })
    }
}

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (ssrc, rest) = word(self.rest)?;
        let (loss, rest) = word(rest)?;
        let (extended_highest, rest) = word(rest)?;
        let (jitter, rest) = word(rest)?;
        let (last_sender_report, rest) = word(rest)?;
        let (delay_since_last, rest) = word(rest)?;
        self.rest = rest;
        Some(ReportBlock {
            ssrc,
            fraction_lost: (loss >> 24) as u8,
            // Shifted up and down again: the sign of 24 bits.
            cumulative_lost: (loss << 8) as i32 >> 8,
            extended_highest,
            jitter,
            last_sender_report,
            delay_since_last,
        })
    }
}

/// The sources of an SDES or BYE packet: each with its CNAME if it is an SDES that tells one.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    named: bool,
    left: u8,
    rest: &'a [u8],
}

impl<'a> Iterator for Sources<'a> {
    type Item = (u32, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (ssrc, rest) = word(self.rest)?;
        self.rest = rest;
        let name = if self.named { self.items()? } else { None };
        Some((ssrc, name))
    }
}

impl<'a> Sources<'a> {
    /// Reads a chunk's items up to its end; the CNAME among them.
    fn items(&mut self) -> Option<Option<&'a [u8]>> {
        let start = self.rest.len();
        let mut name = None;
        loop {
            match self.rest {
                [0, ..] => break,
                [kind, length, rest @ ..] => {
                    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
                    if *kind == CNAME {
                        name = Some(text);
                    }
                    self.rest = rest;
                }
                _ => return None,
            }
        }
        // The end mark, and more of it up to the next 32-bit boundary.
        let read = start - self.rest.len();
        let fill = 4 - read % 4;
        self.rest = self.rest.get(fill..)?;
        Some(name)
    }
}

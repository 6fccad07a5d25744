//! RTP, RTCP and telephone events (RFC 3550, RFC 4733) over bytes.
//!
//! [`RtpHeader`] reads a packet and rewrites its header in place; [`Compound`] reads RTCP and [`CompoundWriter`] words it;
//! [`Reception`] keeps a receiver's statistics; [`report_interval`] spreads the reports.

mod header;
mod interval;
mod ntp;
mod reception;
mod rtcp;
mod rtcp_writer;
mod telephone_event;

pub use header::{HEADER_LENGTH, Outgoing, RtpHeader, is_rtcp};
pub use interval::{Spread, report_interval};
pub use ntp::{NtpTime, rtp_units};
pub use reception::{Place, Reception};
pub use rtcp::{Blocks, Compound, FeedbackKind, Report, ReportBlock, Rtcp, SenderInfo, Sources};
pub use rtcp_writer::CompoundWriter;
pub use telephone_event::TelephoneEvent;

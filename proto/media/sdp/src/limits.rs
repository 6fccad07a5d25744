//! How much of a stranger's SDP is read at all (ATTACKS 2). What is beyond is refused, not cut off.

/// Octets of a whole description. An offer of Chromium with audio, video and data is about 8,000.
pub const OCTETS: usize = 32 * 1024;

/// Lines of a whole description. The same offer has about 200.
pub const LINES: usize = 1024;

/// Media descriptions. One is used; the others are mirrored as rejected, so they cost room in every answer.
pub const MEDIA: usize = 16;

/// Formats of one media description: there are no more payload types.
pub const FORMATS: usize = 128;

/// `a=candidate` lines of a whole description. A laptop with many interfaces gathers some 30.
pub const CANDIDATES: usize = 128;

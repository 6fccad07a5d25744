//! How much of anything a message may hold. A message beyond a limit is refused, never cut.

/// Bytes of a whole message. No UDP datagram is longer, and what a call needs is below 10 KiB.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Bytes of start line and headers together. A stream that has sent this much without an empty line sends no SIP.
pub const MAX_HEAD: usize = 32 * 1024;

/// Bytes of one header with its folds. STIR `Identity` and bearer tokens (RFC 8898) reach a few KiB.
pub const MAX_HEADER_LINE: usize = 8 * 1024;

/// Headers of a message, after lists are split.
pub const MAX_HEADERS: usize = 256;

/// Entries under one name, after lists are split. Max-Forwards starts at 70 (RFC 3261 §8.1.1.6), so no honest Via or Route
/// list is longer.
pub const MAX_LIST: usize = 100;

/// Bytes of a method. The longest one registered has nine.
pub const MAX_METHOD: usize = 128;

/// Bytes of a URI. Beyond it a Request-URI is answered with 414.
pub const MAX_URI: usize = 2048;

/// Parameters of one URI or one header value. Contacts with media feature tags (RFC 3840) have some 20.
pub const MAX_PARAMS: usize = 64;

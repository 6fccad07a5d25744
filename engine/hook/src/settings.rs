use hyper::Uri;
use std::time::Duration;

/// What [`Hook::start`](crate::Hook::start) is made with.
#[derive(Clone, Debug, Default)]
pub struct HookSettings {
    /// Who decides where calls go; `None`: nobody is asked.
    pub calls: Option<Endpoint>,
    /// Who wakes sleeping browsers.
    pub wake: Option<Endpoint>,
}

/// Somebody who answers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `http` or `https`.
    pub url: Uri,
    /// How long one question may take, from the first octet to the last.
    pub timeout: Duration,
}

/// Questions under way at once. Each is a call that waits; a hook that cannot keep up with so many does not get faster by more.
pub(crate) const UNDER_WAY: usize = 64;
/// Questions waiting for their turn. Beyond it the next one is unanswered at once: it would be too late anyway.
pub(crate) const WAITING: usize = 256;
/// Octets of an answer: a few names.
pub(crate) const LONGEST_ANSWER: usize = 16 * 1024;

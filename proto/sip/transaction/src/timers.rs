//! RFC 3261 Annex A, with Timer L and M of RFC 6026 §7.1. Timers D, I, J and K are zero over reliable transports: those
//! machines end at once there.

use proto_base::Time;
use std::time::Duration;

/// The estimated round trip. RFC 3261 §17.1.1.1.
pub const T1: Duration = Duration::from_millis(500);
/// The longest pause between retransmissions of non-INVITE requests and of INVITE responses. §17.1.2.2.
pub const T2: Duration = Duration::from_secs(4);
/// The longest a message stays in the network. §17.1.2.2.
pub const T4: Duration = Duration::from_secs(5);
/// 64·T1: Timers B, F, H, J, L and M, and the patience for a final response after CANCEL (§9.1).
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(32);
/// Timer D over datagrams: at least 32 s (§17.1.1.2).
pub(crate) const TIMER_D: Duration = Duration::from_secs(32);
/// An INVITE that rings and hears nothing new for so long is cancelled. §16.6 step 11 asks for more than 3 minutes;
/// whoever wants to ring longer repeats a provisional response every minute (§13.3.1.1).
pub const TIMER_C: Duration = Duration::from_secs(300);
/// When the peer's Timer E reaches T2: 0.5 + 1 + 2 s. Until then no 100 to a non-INVITE request over datagrams, and from
/// then on there must be one. RFC 4320 §4.1.
pub(crate) const TRYING_AFTER: Duration = Duration::from_millis(3500);

/// Whoever only waits to be forgotten is forgotten together with the others of a quarter of a second: each would otherwise wake a
/// process that has nothing to say. The RFC's times for it are least times, and what is to be sent stays punctual.
const FORGET_TOGETHER: Duration = Duration::from_millis(250);

/// When a transaction whose last message has been said is forgotten: Timers D, I, J, K, L and M.
pub(crate) fn forgotten_after(now: Time, span: Duration) -> Time {
    (now + span).rounded_up(FORGET_TOGETHER)
}

/// The next pause of a retransmission that doubles up to T2 (Timers E and G).
pub(crate) fn doubled(interval: Duration) -> Duration {
    interval.saturating_mul(2).min(T2)
}

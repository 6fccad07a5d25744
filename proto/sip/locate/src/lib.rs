//! Where a SIP URI leads (RFC 3263): transports by NAPTR, servers by SRV, addresses by A and AAAA, in the order to try them.
//!
//! A [`Locator`] is a value that remembers what DNS said. [`Locator::locate`] either knows the places or names the
//! [`Question`]s that the shell must put to DNS; each [`Answer`] is brought by [`Locator::found`], after which whoever waits
//! calls [`Locator::locate`] again. So nothing has to remember how far a search had come.

mod cache;
mod down;
mod families;
mod locator;
mod name;
mod naptr;
mod place;
mod question;
mod srv;
mod wanted;

pub use locator::{Located, Locator, Nowhere};
pub use place::{Place, Reach};
pub use question::{Answer, Kind, Naptr, Question, Record, Srv};
pub use wanted::Wanted;

#[cfg(test)]
mod tests;

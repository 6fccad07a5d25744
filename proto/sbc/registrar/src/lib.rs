//! Bindings of browsers behind the border.
//!
//! A browser's REGISTER goes to the existing registrar as a registration of ours: with our Contact, whose user is a token that only
//! we and the registrar know, or by our Path (RFC 3327). Nothing is bound, moved or forgotten before the registrar's 2xx
//! ([`Bindings::granted`]): whoever merely claims another's address-of-record or instance changes nothing.
//!
//! How much goes up is a matter of [`Terms`]: everything, or one Contact for each instance, or one for each address-of-record,
//! that lives longer than what browsers are promised. Then a refresh is answered here, but only on the very flow that its 2xx
//! went to and while the registrar's binding lasts: the connection is the proof, and a new one goes up with its credentials.
//!
//! A binding leads to at most one flow, the one that registered last. A closed flow leaves its bindings without one, until the
//! browser comes back with the same instance or their time is up.

mod binding;
mod bindings;
mod claim;
mod granted;
mod prepare;
mod reach;
mod registration;
mod relay;
mod terms;

pub use binding::{Binding, Device, Gruu, Key, Push};
pub use bindings::Bindings;
pub use claim::{Claim, ClaimError, Supports, Wish};
pub use granted::{Change, Granted};
pub use prepare::{Pending, Prepared, Unprepared};
pub use reach::Called;
pub use relay::{Upward, address_of_record};
pub use terms::{Mode, Terms};

#[cfg(test)]
mod tests;

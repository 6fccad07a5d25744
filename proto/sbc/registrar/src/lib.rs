//! Bindings of browsers behind the border.
//!
//! A browser's REGISTER goes to the existing registrar as a registration of ours: with our Contact, whose user is a token that only
//! we and the registrar know. Nothing is bound, moved or forgotten before the registrar's 2xx ([`Bindings::granted`]): whoever
//! merely claims another's address-of-record or instance changes nothing.
//!
//! A binding leads to at most one flow, the one that registered last. A closed flow leaves its bindings without one, until the
//! browser comes back with the same instance or their time is up.

mod binding;
mod bindings;
mod claim;
mod granted;
mod prepare;
mod relay;

pub use binding::{Binding, Device, Key};
pub use bindings::Bindings;
pub use claim::{Claim, ClaimError, Wish};
pub use granted::{Change, Granted};
pub use prepare::{Full, Pending};
pub use relay::{Upward, address_of_record};

#[cfg(test)]
mod tests;

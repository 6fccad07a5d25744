//! Asks DNS what `sip-locate` wants to know.
//!
//! [`Dns::start`] gives a [`Dns`], which takes questions and never waits, and a bounded channel of answers. Each question is
//! answered once, within [`Settings::patience`], be it by [`Answer::Failed`](sip_locate::Answer). The system's name servers are asked,
//! after `/etc/hosts`. Nothing is kept here: whoever asks remembers.

mod dns;
mod lookup;
mod settings;

pub use dns::{Dns, StartError};
pub use settings::{Servers, Settings};

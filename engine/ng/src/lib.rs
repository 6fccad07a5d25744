//! The thread that drives control-ng: it owns the front and the negotiator, as the signalling thread owns the border and its own.
//!
//! ```text
//! let (sink, events) = events();
//! let media = Media::start(MediaSettings { epoch, .. }, sink)?;
//! let ng = Ng::start(NgSettings { epoch, .. }, media.commands(), events)?;
//! ```
//!
//! and of an end: `ng.shutdown()`, `ng.join()`, `media.stop()`.

mod ng;
mod peers;
mod settings;
mod thread;

pub use ng::{Ng, NgError, Outcome};
pub use peers::{Peers, UnreadablePeers};
pub use settings::{MediaEvents, NgSettings, events};

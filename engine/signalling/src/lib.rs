//! The thread that drives sbc-border.
//!
//! The order of a start, all of it in the application:
//!
//! ```text
//! let epoch = Instant::now();
//! let (sink, media_events) = media_events();
//! let media = Media::start(MediaSettings { epoch, .. }, sink)?;
//! let (net, net_events) = Net::start(NetSettings { .. })?;
//! let signalling = Signalling::start(SignallingSettings { epoch, .. }, Wires { outlet: net.outlet(), net_events,
//!     commands: media.commands(), media_events })?;
//! ```
//!
//! and of an end: `signalling.shutdown()`, `signalling.join()`, `net.stop()`, `media.stop()`.

mod intake;
mod settings;
mod signalling;
mod thread;
mod translate;
mod wires;
mod wish;

pub use settings::SignallingSettings;
pub use signalling::{Outcome, Signalling, StartError};
pub use wires::{MediaEvents, Wires, media_events};

//! Worker threads that drive media-worker over sockets.
//!
//! [`Media::start`] binds the public UDP port and starts the workers; [`MediaCommands`] carries commands down, the sink given
//! at the start carries events up. A worker's turn has a fixed order: send what is due, fire timers, take commands, read a
//! batch. Nothing on a packet's way allocates, locks or logs.

mod bind;
mod commands;
mod counters;
mod media;
mod ports;
mod settings;
mod shelf;
mod sockets;
mod thread;

pub use commands::MediaCommands;
pub use counters::MediaCounters;
pub use media::{Media, MediaError};
pub use settings::{EventSink, MediaSettings};

//! Sockets, TLS and WebSocket: bytes of the outer world.
//!
//! [`Net::start`] binds the listeners and hands back two things: [`Net`] itself, whose [`Outlet`] sends and closes, and a
//! bounded channel of [`NetEvent`]s. A message crosses that channel whole and unread; what it means is not known here.
//!
//! Connections run on one thread with one tokio runtime; datagrams are read by the thread that takes the events. When the reader of the events is slow, the connections wait (each
//! for itself, none for another) and datagrams are lost in the kernel, as datagrams are.

mod accept;
mod bind;
mod connections;
mod datagram;
mod dial;
mod early;
mod events;
mod forwarded;
mod http;
mod identity;
mod members;
mod net;
mod outlet;
mod pages;
mod proxy;
mod settings;
mod stream;
mod tls;
mod websocket;
mod wire;

pub use events::{Gone, NetEvents};
pub use identity::{Identity, IdentityError};
pub use members::{Block, Members};
pub use net::{Net, NetError};
pub use outlet::Outlet;
pub use pages::{Page, Pages};
pub use proxy::{NotProxied, Proxied, proxied};
pub use settings::{Limits, NetListener, NetSettings, Proxies};
pub use tls::Authorities;
pub use websocket::{Frame, FrameError, FrameReader};
pub use wire::{Arrival, NetEvent, Target, Undelivered};

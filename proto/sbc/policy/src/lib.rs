//! What the border may do and where things go: networks, servers, limits.

mod plan;
pub use plan::{Listener, Network, Plan, Server, Trust};

//! The ng protocol, by which SIP proxies (Kamailio, OpenSIPS) steer a media engine.
//!
//! [`Front`] takes datagrams and gives datagrams. A request is read ([`Value`] from `bencode` or `json`, then
//! `request`), looked up in the cache of cookies (`cache`), and carried out on the calls it names (`calls`) through the
//! [`Door`](control_command::Door), the same that the B2BUA uses. Tags are ng's; sessions and legs are the door's, and the table
//! of calls is where the one becomes the other. What must wait for the media worker (statistics) is answered when its event comes.
//!
//! The protocol has no word of who may speak it: the shell admits only those whom the operator names.

mod answer;
mod bencode;
mod cache;
mod calls;
mod delete;
mod front;
mod interface;
mod json;
mod list;
mod offer;
mod query;
mod reply;
mod request;
mod value;

pub use front::{Front, Output, Settings};
pub use interface::Interface;
pub use value::{Encoding, Malformed, Value};

use crate::negotiator::State;
use crate::{MediaPlan, Negotiator};
use serde::{Deserialize, Serialize};

/// Grows with every change of what is written down.
const VERSION: u16 = 5;

#[derive(Serialize)]
struct Written<'a> {
    version: u16,
    state: &'a State,
}

#[derive(Deserialize)]
struct Header {
    version: u16,
}

#[derive(Deserialize)]
struct Read {
    state: State,
}

impl Negotiator {
    /// All sessions and the ports in use, as a versioned value (CBOR). It holds ICE passwords: to be sealed.
    pub fn snapshot(&self) -> Vec<u8> {
        let written = Written {
            version: VERSION,
            state: &self.state,
        };
        let mut bytes = Vec::new();
        // Writing into memory does not fail, and the state has no type that CBOR lacks; were it otherwise, the empty
        // snapshot is one that `restore` refuses.
        if ciborium::into_writer(&written, &mut bytes).is_err() {
            bytes.clear();
        }
        bytes
    }

    /// From a snapshot, under the plan of now.
    pub fn restore(plan: MediaPlan, snapshot: &[u8]) -> Result<Self, String> {
        let header: Header = ciborium::from_reader(snapshot).map_err(|error| error.to_string())?;
        if header.version != VERSION {
            return Err(format!(
                "a negotiation snapshot of version {}, and this program reads {VERSION}",
                header.version
            ));
        }
        let read: Read = ciborium::from_reader(snapshot).map_err(|error| error.to_string())?;
        Ok(Self {
            plan,
            wishes: Default::default(),
            state: read.state,
        })
    }
}

//! The whole border, written down and read back.

use crate::Border;
use crate::dress::Words;
use crate::state::State;
use crate::trunks;
use sbc_policy::Plan;
use std::collections::VecDeque;

/// Grows when the form of [`State`] changes. Another version's snapshot is refused, not guessed at.
const VERSION: u32 = 8;
/// Bytes of the version in front of the CBOR.
const VERSION_LENGTH: usize = size_of::<u32>();

impl Border {
    /// Everything (bindings, calls, dialogs, transactions, deadlines, chance) as CBOR (RFC 8949) behind a version number.
    ///
    /// Outputs are not in it: drain them first. It holds what foretells every tag and token to come, and so must be kept
    /// like a key.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = VERSION.to_be_bytes().to_vec();
        match ciborium::into_writer(&self.state, &mut bytes) {
            Ok(()) => bytes,
            // Memory does not fail to be written to; if it ever did, what is left is no snapshot and is refused as one.
            Err(_) => Vec::new(),
        }
    }

    /// The other way; flows must be the same, and the plan one under which the same addresses are ours.
    pub fn restore(plan: Plan, snapshot: &[u8]) -> Result<Self, String> {
        let (version, body) = snapshot
            .split_at_checked(VERSION_LENGTH)
            .ok_or("too short for a snapshot")?;
        if version != VERSION.to_be_bytes() {
            return Err("a snapshot of another version".to_owned());
        }
        let mut state: State = ciborium::from_reader(body).map_err(|error| error.to_string())?;
        let trunks = std::mem::take(&mut state.trunks);
        state.names.ask_again();
        state.trunks = trunks::raise(&plan, trunks, &mut state.random);
        Ok(Self {
            words: Words::of(&plan),
            plan,
            state,
            out: VecDeque::new(),
        })
    }
}

use control_command::LegId;
use media_stream::Port;
use proto_base::{Random, SocketId};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;

/// A leg of a session, by the session's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) place: usize,
    pub(crate) leg: LegId,
}

/// Whose packet it is. Look-ups only: nothing is decided by the order in these maps. Their size is bounded by
/// [`crate::MAX_SESSIONS`] and by what a leg may have.
#[derive(Debug)]
pub(crate) struct Tables {
    /// Addresses that authentic checks have validated, on the public port.
    by_address: HashMap<SocketAddr, Owner, Keyed>,
    /// Our ufrags, and what the transactions of full agents begin with.
    by_name: HashMap<Vec<u8>, Owner, Keyed>,
    /// The sockets of RTP legs.
    by_socket: HashMap<SocketId, (Owner, Port), Keyed>,
}

impl Tables {
    pub(crate) fn new(random: &mut Random) -> Self {
        let hasher = Keyed(random.u64());
        Self {
            by_address: HashMap::with_hasher(hasher),
            by_name: HashMap::with_hasher(hasher),
            by_socket: HashMap::with_hasher(hasher),
        }
    }

    pub(crate) fn at_address(&self, address: SocketAddr) -> Option<Owner> {
        self.by_address.get(&address).copied()
    }

    pub(crate) fn named(&self, name: &[u8]) -> Option<Owner> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn on_socket(&self, socket: SocketId) -> Option<(Owner, Port)> {
        self.by_socket.get(&socket).copied()
    }

    /// Who has an address keeps it until its pair ends.
    pub(crate) fn add_address(&mut self, address: SocketAddr, owner: Owner) {
        self.by_address.entry(address).or_insert(owner);
    }

    pub(crate) fn remove_address(&mut self, address: SocketAddr, owner: Owner) {
        if self.by_address.get(&address) == Some(&owner) {
            self.by_address.remove(&address);
        }
    }

    pub(crate) fn add_name(&mut self, name: &[u8], owner: Owner) {
        self.by_name.entry(name.to_vec()).or_insert(owner);
    }

    pub(crate) fn remove_name(&mut self, name: &[u8], owner: Owner) {
        if self.by_name.get(name) == Some(&owner) {
            self.by_name.remove(name);
        }
    }

    pub(crate) fn add_socket(&mut self, socket: SocketId, owner: Owner, port: Port) {
        self.by_socket.insert(socket, (owner, port));
    }

    pub(crate) fn remove_socket(&mut self, socket: SocketId) {
        self.by_socket.remove(&socket);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_address.is_empty() && self.by_name.is_empty() && self.by_socket.is_empty()
    }
}

/// A short keyed hash: every packet is looked up by it, and nobody outside knows the key, so nobody can make addresses
/// that collide.
#[derive(Clone, Copy, Debug)]
struct Keyed(u64);

impl BuildHasher for Keyed {
    type Hasher = Fold;

    fn build_hasher(&self) -> Fold {
        Fold(self.0)
    }
}

/// Multiplies each word into the state and folds the halves of the product together.
struct Fold(u64);

/// Odd, with its bits well mixed: 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let [low, high] = {
            let product = u128::from(self.0 ^ word) * u128::from(MULTIPLIER);
            [product as u64, (product >> 64) as u64]
        };
        // A shift besides, lest a state of zero stays zero.
        self.0 = low ^ high ^ word.rotate_left(32);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

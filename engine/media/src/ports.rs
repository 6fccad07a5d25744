use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Local addresses of legs that are kept account of: one for each network and family. Ports of others count as closed, which costs their
/// calls an awakening each.
const ADDRESSES: usize = 16;
/// A bit for each port.
const WORDS: usize = 65_536 / 64;

/// Which ports of legs a worker has open, in use or kept: written by the worker, read by who gives it commands. That it may be outdated when
/// it is read does no harm but to a packet that comes too early.
#[derive(Debug, Default)]
pub(crate) struct OpenPorts([OnceLock<OfAddress>; ADDRESSES]);

#[derive(Debug)]
struct OfAddress {
    address: IpAddr,
    ports: Vec<AtomicU64>,
}

impl OpenPorts {
    pub(crate) fn has(&self, at: SocketAddr) -> bool {
        let of_address = self.0.iter().map_while(OnceLock::get);
        let mut of_address = of_address.filter(|known| known.address == at.ip());
        let (word, bit) = place(at.port());
        of_address
            .next()
            .and_then(|known| known.ports.get(word))
            .is_some_and(|word| word.load(Ordering::Acquire) & bit != 0)
    }

    pub(crate) fn set(&self, at: SocketAddr, open: bool) {
        let (word, bit) = place(at.port());
        for known in &self.0 {
            let known = known.get_or_init(|| OfAddress {
                address: at.ip(),
                ports: (0..WORDS).map(|_| AtomicU64::new(0)).collect(),
            });
            if known.address != at.ip() {
                continue;
            }
            if let Some(word) = known.ports.get(word) {
                if open {
                    word.fetch_or(bit, Ordering::Release);
                } else {
                    word.fetch_and(!bit, Ordering::Release);
                }
            }
            return;
        }
    }
}

fn place(port: u16) -> (usize, u64) {
    (usize::from(port / 64), 1 << (port % 64))
}

#[cfg(test)]
mod tests {
    use super::{ADDRESSES, OpenPorts};
    use std::net::SocketAddr;

    #[test]
    fn a_port_is_open_from_its_opening_to_its_closing_on_its_own_address() {
        let ports = OpenPorts::default();
        let at = |address: u8, port: u16| SocketAddr::from(([127, 0, 0, address], port));
        for port in [0, 63, 64, 40_000, 65_535] {
            assert!(!ports.has(at(1, port)));
            ports.set(at(1, port), true);
            assert!(ports.has(at(1, port)) && !ports.has(at(2, port)));
            assert!(!ports.has(at(1, port ^ 1)));
            ports.set(at(2, port), false);
            assert!(ports.has(at(1, port)));
            ports.set(at(1, port), false);
            assert!(!ports.has(at(1, port)));
        }
    }

    #[test]
    fn ports_of_too_many_addresses_count_as_closed() {
        let ports = OpenPorts::default();
        for address in 0..=ADDRESSES as u8 {
            let at = SocketAddr::from(([127, 0, 0, address], 10));
            ports.set(at, true);
            assert_eq!(ports.has(at), usize::from(address) < ADDRESSES);
        }
    }
}

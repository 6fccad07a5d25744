use crate::check::remedy;
use crate::exit::Failure;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

/// How many are tried before it is said that there are none.
const TRIES: u16 = 100;

/// Exactly this TCP port, because somebody asked for it.
pub(super) fn this(address: IpAddr, port: u16) -> Result<u16, Failure> {
    let wanted = SocketAddr::new(address, port);
    TcpListener::bind(wanted).map(|_| port).map_err(|error| {
        Failure::start(format!(
            "tcp {wanted} cannot be had: {error}\n  remedy: {}",
            remedy(error.kind())
        ))
    })
}

/// The first free TCP port from `first` on.
pub(super) fn stream(address: IpAddr, first: u16) -> Result<u16, Failure> {
    (first..first.saturating_add(TRIES))
        .find(|port| TcpListener::bind((address, *port)).is_ok())
        .ok_or_else(|| none("tcp", address, first, 1))
}

/// The first of `count` neighbouring free UDP ports, from `first` on in steps of `count`. They are free again at once; whoever is
/// faster than us gets them, and then binding them says so.
pub(super) fn datagrams(address: IpAddr, first: u16, count: u16) -> Result<u16, Failure> {
    let step = usize::from(count.max(1));
    (first..first.saturating_add(count.saturating_mul(TRIES)))
        .step_by(step)
        .find(|start| {
            let sockets: Vec<_> = (*start..start.saturating_add(count))
                .map_while(|port| UdpSocket::bind((address, port)).ok())
                .collect();
            sockets.len() == usize::from(count)
        })
        .ok_or_else(|| none("udp", address, first, count))
}

fn none(transport: &str, address: IpAddr, first: u16, count: u16) -> Failure {
    let words = if count == 1 {
        format!("no {transport} port of {address} is free from {first} on")
    } else {
        format!("no {count} neighbouring {transport} ports of {address} are free from {first} on")
    };
    Failure::start(format!(
        "{words}\n  remedy: end other programs that hold them; `ss -lntu` shows who they are"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind((HERE, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(stream(HERE, port).unwrap() > port);
    }

    #[test]
    fn a_taken_port_that_was_asked_for_is_an_error_with_a_remedy() {
        let taken = TcpListener::bind((HERE, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = this(HERE, port).unwrap_err();
        assert!(
            failure
                .words
                .contains(&format!("tcp 127.0.0.1:{port} cannot be had"))
        );
        assert!(failure.words.contains("remedy: another program has it"));
    }

    #[test]
    fn a_block_with_one_taken_port_is_passed_over_as_a_whole() {
        let taken = UdpSocket::bind((HERE, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let first = port.saturating_sub(2).min(60_000);
        let found = datagrams(HERE, first, 4).unwrap();
        assert!(port < found || found.saturating_add(4) <= port);
    }
}

use crate::config::{self, Plan, System};
use crate::exit::{Exit, Failure};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

/// Reads a file and says what it means.
pub(crate) fn check(path: &Path, bind: bool) -> Result<Exit, Failure> {
    let plan = read(path)?;
    print!("{}", config::explain(&plan));
    if bind {
        let refused = try_ports(&plan);
        if !refused.is_empty() {
            return Err(Failure {
                exit: Exit::Start,
                words: refused.join("\n"),
            });
        }
        println!("\nevery port can be had");
    }
    println!("\n{} is in order", path.display());
    Ok(Exit::Well)
}

/// From a file to its meaning.
pub(crate) fn read(path: &Path) -> Result<Plan, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::configuration(format!(
            "{}: cannot be read: {error}\n  remedy: name the file with --config; examples/margrave.toml is one to begin with, and `margrave demo` needs none",
            path.display()
        ))
    })?;
    config::plan(&text, path, &System).map_err(Failure::configuration)
}

/// Binds what `run` would bind and lets it go again.
fn try_ports(plan: &Plan) -> Vec<String> {
    let mut refused = Vec::new();
    let mut tried: Vec<(bool, SocketAddr)> = plan
        .signalling
        .networks
        .iter()
        .flat_map(|network| &network.listeners)
        .map(|listener| (!listener.transport.is_reliable(), listener.bind))
        .collect();
    tried.extend(plan.media_sockets().into_iter().map(|at| (true, at)));
    tried.sort();
    tried.dedup();
    for (datagram, address) in tried {
        let outcome = if datagram {
            UdpSocket::bind(address).map(drop)
        } else {
            TcpListener::bind(address).map(drop)
        };
        if let Err(error) = outcome {
            let transport = if datagram { "udp" } else { "tcp" };
            refused.push(format!(
                "{transport} {address} cannot be had: {error}\n  remedy: {}",
                remedy(error.kind())
            ));
        }
    }
    refused
}

/// What to do when a port cannot be bound.
pub(crate) fn remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AddrInUse => {
            "another program has it, perhaps a Margrave that runs already; stop that one or choose another port"
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; write one that `ip address` shows, or \"0.0.0.0\" outside"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need a privilege: choose a higher one and let the router forward to it, or grant CAP_NET_BIND_SERVICE"
        }
        _ => "choose another address or port",
    }
}

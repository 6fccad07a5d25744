use crate::connections::{Dialled, Ending, Permit};
use crate::stream::{self, Link, Standing, canonical, watch};
use crate::{Arrival, NetEvent, Target};
use proto_base::Transport;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

/// Opens a connection, from `source` if it is given, and serves it; what is queued for it waits meanwhile.
pub(crate) async fn dial(
    dialled: Dialled,
    source: Option<IpAddr>,
    ending: Ending,
    permit: Permit,
    link: Link,
) {
    let (network, transport, address) = dialled;
    let opening = open(&link, dialled, source);
    let (stream, name) = match timeout(link.limits.connect, opening).await {
        Ok(Ok(opened)) => opened,
        failed => {
            let why = match failed {
                Ok(Err(error)) => error.to_string(),
                _ => "no answer in time".to_owned(),
            };
            tracing::debug!(%address, transport = transport.via_token(), why, "no connection");
            drop((ending, permit));
            let target = Target::Address {
                network,
                transport,
                address,
            };
            let _ = link.events.send(NetEvent::Unreachable(target)).await;
            return;
        }
    };
    let arrival = |local| Arrival {
        flow: ending.flow,
        network,
        transport,
        local: canonical(local),
        remote: address,
    };
    let standing = Standing {
        dialled: true,
        names: name.into_iter().collect(),
    };
    match stream {
        Opened::Bare(stream, local) => {
            let (arrival, halves) = (arrival(local), stream.into_split());
            stream::serve(halves, arrival, standing, ending, permit, link).await;
        }
        Opened::Secure(stream, local) => {
            let (arrival, halves) = (arrival(local), tokio::io::split(*stream));
            stream::serve(halves, arrival, standing, ending, permit, link).await;
        }
    }
}

enum Opened {
    Bare(TcpStream, SocketAddr),
    Secure(Box<TlsStream<TcpStream>>, SocketAddr),
}

/// Connects, and with TLS has the far end prove its name: the one expected at this address, else the address itself.
async fn open(
    link: &Link,
    (network, transport, address): Dialled,
    source: Option<IpAddr>,
) -> io::Result<(Opened, Option<String>)> {
    let (stream, local) = connect(source, address).await?;
    watch(&stream, &link.limits)?;
    if transport != Transport::Tls {
        return Ok((Opened::Bare(stream, local), None));
    }
    let expected = link.connections.expected(network, address);
    let name = match &expected {
        Some(name) => ServerName::try_from(name.clone())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?,
        None => ServerName::from(address.ip()),
    };
    let stream = link.credentials.connector().connect(name, stream).await?;
    Ok((Opened::Secure(Box::new(stream), local), expected))
}

async fn connect(
    source: Option<IpAddr>,
    address: SocketAddr,
) -> io::Result<(TcpStream, SocketAddr)> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(address).await?;
    let local = stream.local_addr()?;
    Ok((stream, local))
}

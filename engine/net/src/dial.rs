use crate::connections::{Dialled, Ending, Permit};
use crate::stream::{self, Link, canonical};
use crate::{Arrival, NetEvent, Target};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Opens a connection, from `source` if it is given, and serves it; what is queued for it waits meanwhile.
pub(crate) async fn dial(
    dialled: Dialled,
    source: Option<IpAddr>,
    ending: Ending,
    permit: Permit,
    link: Link,
) {
    let (network, transport, address) = dialled;
    let connected = timeout(link.limits.connect, connect(source, address)).await;
    let (stream, local) = match connected {
        Ok(Ok(connected)) => connected,
        failed => {
            let why = match failed {
                Ok(Err(error)) => error.to_string(),
                _ => "no answer in time".to_owned(),
            };
            tracing::debug!(%address, why, "no connection");
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
    let arrival = Arrival {
        flow: ending.flow,
        network,
        transport,
        local: canonical(local),
        remote: address,
    };
    stream::serve(stream, arrival, ending, permit, link, true).await;
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
    stream.set_nodelay(true)?;
    let local = stream.local_addr()?;
    Ok((stream, local))
}

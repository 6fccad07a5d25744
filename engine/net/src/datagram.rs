use crate::stream::{Link, canonical};
use crate::{Arrival, NetEvent, NetListener};
use proto_base::{Flow, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;

/// The longest datagram there is.
const LONGEST: usize = 65_535;
/// After an error that a socket reports of itself.
const PAUSE: Duration = Duration::from_millis(100);

/// Reads the datagrams of one listener for ever.
pub(crate) async fn receive(
    socket: Arc<UdpSocket>,
    listener: NetListener,
    local: SocketAddr,
    link: Link,
) {
    let mut room = vec![0; LONGEST];
    loop {
        let (length, remote) = match socket.recv_from(&mut room).await {
            Ok(received) => received,
            Err(error) => {
                tracing::debug!(%local, %error, "a datagram socket reports an error");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let message = room.get(..length).unwrap_or_default();
        // Keep-alives of every make: CRLF CRLF, zero octets, spaces. Nobody expects an answer over UDP.
        let empty = message
            .iter()
            .all(|octet| matches!(octet, b'\r' | b'\n' | b' ' | 0));
        if empty || length > link.limits.message || remote.port() == 0 {
            continue;
        }
        let remote = canonical(remote);
        let arrival = Arrival {
            flow: Flow::Datagram(listener.network, remote),
            network: listener.network,
            transport: Transport::Udp,
            local,
            remote,
        };
        let received = NetEvent::Received(arrival, message.to_vec());
        if link.events.send(received).await.is_err() {
            return;
        }
    }
}

use crate::connections::Permit;
use crate::http::{Site, visit};
use crate::stream::{self, Link, canonical};
use crate::{Arrival, NetListener};
use proto_base::Transport;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// After a failed accept (no file descriptor is left, most often): long enough for some to be given back.
const PAUSE: Duration = Duration::from_millis(100);
/// The kernel asks a silent TCP connection for a sign of life after this time; WebSockets are pinged besides.
const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// What is spoken on the connections of a listener.
#[derive(Clone)]
pub(crate) enum Speech {
    /// SIP as a stream.
    Stream,
    /// HTTP and WebSocket, under TLS or bare.
    Web(Site, Option<TlsAcceptor>),
}

/// Accepts connections for ever; no error ends it.
pub(crate) async fn accept(socket: TcpListener, listener: NetListener, speech: Speech, link: Link) {
    loop {
        let (stream, remote) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(listener = %listener.bind, %error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Some(permit) = link.connections.admit(remote.ip()) else {
            tracing::debug!(%remote, "too many connections, of all or of this source");
            continue;
        };
        let (speech, link) = (speech.clone(), link.clone());
        tokio::spawn(begin(stream, remote, listener, speech, permit, link));
    }
}

async fn begin(
    stream: TcpStream,
    remote: SocketAddr,
    listener: NetListener,
    speech: Speech,
    permit: Permit,
    link: Link,
) {
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let keep_alive = socket2::TcpKeepalive::new().with_time(KEEP_ALIVE);
    if stream.set_nodelay(true).is_err()
        || socket2::SockRef::from(&stream)
            .set_tcp_keepalive(&keep_alive)
            .is_err()
    {
        return;
    }
    match speech {
        Speech::Stream => {
            let Some(ending) = link.connections.enter() else {
                return;
            };
            let arrival = Arrival {
                flow: ending.flow,
                network: listener.network,
                transport: Transport::Tcp,
                local: canonical(local),
                remote: canonical(remote),
            };
            stream::serve(stream, arrival, ending, permit, link, false).await;
        }
        Speech::Web(site, None) => visit(stream, site, local, remote, permit, link).await,
        Speech::Web(site, Some(tls)) => {
            let shaken = timeout(link.limits.handshake, tls.accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                visit(stream, site, local, remote, permit, link).await;
            }
        }
    }
}

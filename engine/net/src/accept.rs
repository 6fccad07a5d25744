use crate::connections::{Kind, Permit};
use crate::early::Early;
use crate::http::{Site, Visitor, visit};
use crate::stream::{self, Link, Standing, canonical, watch};
use crate::tls::proved;
use crate::{Arrival, NetListener, Proxied, proxied};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// After a failed accept (no file descriptor is left, most often): long enough for some to be given back.
const PAUSE: Duration = Duration::from_millis(100);
/// Octets read at once of what a proxy says first.
const READ: usize = 512;

/// What is spoken on the connections of a listener.
#[derive(Clone)]
pub(crate) enum Speech {
    /// SIP as a stream, under TLS or bare.
    Stream(Option<TlsAcceptor>),
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
        let is_proxy = matches!(&speech, Speech::Web(site, _) if site.proxies.trust(remote.ip()));
        // Whose connection a proxy brings is told later.
        let source = (!is_proxy).then_some(remote.ip());
        let kind = match &speech {
            Speech::Web(..) => Kind::Browser,
            Speech::Stream(_) => Kind::Peer,
        };
        let Some(permit) = link.connections.admit(kind, source) else {
            tracing::debug!(%remote, "too many connections, of all or of this source");
            continue;
        };
        let (speech, link) = (speech.clone(), link.clone());
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        if watch(&stream, &link.limits).is_err() {
            continue;
        }
        let (local, remote) = (canonical(local), canonical(remote));
        match speech {
            Speech::Stream(tls) => {
                let arrived = (listener, local, remote);
                tokio::spawn(converse(stream, arrived, tls, permit, link));
            }
            Speech::Web(site, tls) => {
                let visitor = Visitor {
                    local,
                    remote,
                    is_proxy,
                };
                if is_proxy && site.proxies.protocol {
                    tokio::spawn(introduced(stream, visitor, site, tls, permit, link));
                } else {
                    tokio::spawn(receive(stream, visitor, site, tls, permit, link));
                }
            }
        }
    }
}

/// SIP as a stream.
async fn converse(
    stream: TcpStream,
    (listener, local, remote): (NetListener, SocketAddr, SocketAddr),
    tls: Option<TlsAcceptor>,
    permit: Permit,
    link: Link,
) {
    let arrival = |flow| Arrival {
        flow,
        network: listener.network,
        transport: listener.transport,
        local,
        remote,
    };
    let mut standing = Standing {
        dialled: false,
        names: Vec::new(),
    };
    let Some(tls) = tls else {
        if let Some(ending) = link.connections.enter() {
            let (arrival, halves) = (arrival(ending.flow), stream.into_split());
            stream::serve(halves, arrival, standing, ending, permit, link).await;
        }
        return;
    };
    let stream = match timeout(link.limits.handshake, tls.accept(stream)).await {
        Ok(Ok(shaken)) => shaken,
        failed => {
            let why = match failed {
                Ok(Err(error)) => error.to_string(),
                _ => "no handshake in time".to_owned(),
            };
            tracing::debug!(%remote, why, "no TLS");
            return;
        }
    };
    let shown = stream.get_ref().1.peer_certificates();
    let shown = shown.and_then(<[_]>::first);
    standing.names = shown.map(proved).unwrap_or_default();
    if let Some(ending) = link.connections.enter() {
        let (arrival, halves) = (arrival(ending.flow), tokio::io::split(stream));
        stream::serve(halves, arrival, standing, ending, permit, link).await;
    }
}

/// A proxy says first whom it brings.
async fn introduced(
    mut stream: TcpStream,
    mut visitor: Visitor,
    site: Site,
    tls: Option<TlsAcceptor>,
    mut permit: Permit,
    link: Link,
) {
    let limit = link.limits.header_read;
    let Ok(Some((said, rest))) = timeout(limit, introduction(&mut stream)).await else {
        tracing::debug!(proxy = %visitor.remote, "a trusted proxy sends no PROXY protocol");
        return;
    };
    if let Proxied::Client(client) = said {
        visitor.remote = canonical(client);
    }
    visitor.is_proxy = false;
    if !permit.belongs_to(visitor.remote.ip()) {
        tracing::debug!(remote = %visitor.remote, "too many connections of this source, through a proxy");
        return;
    }
    receive(Early::new(rest, stream), visitor, site, tls, permit, link).await;
}

/// What the proxy says, and what came behind it already.
async fn introduction(stream: &mut TcpStream) -> Option<(Proxied, Vec<u8>)> {
    let mut octets = Vec::new();
    loop {
        let mut room = [0; READ];
        let length = stream
            .read(&mut room)
            .await
            .ok()
            .filter(|&length| length > 0)?;
        octets.extend_from_slice(room.get(..length)?);
        if let Some((said, length)) = proxied(&octets).ok()? {
            return Some((said, octets.split_off(length)));
        }
    }
}

/// HTTP and WebSocket.
async fn receive<S>(
    stream: S,
    visitor: Visitor,
    site: Site,
    tls: Option<TlsAcceptor>,
    permit: Permit,
    link: Link,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match tls {
        None => visit(stream, site, visitor, permit, link).await,
        Some(tls) => {
            let shaken = timeout(link.limits.handshake, tls.accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                visit(stream, site, visitor, permit, link).await;
            }
        }
    }
}

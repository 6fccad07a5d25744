use crate::connections::Permit;
use crate::forwarded::client;
use crate::stream::Link;
use crate::websocket::{Refused, handshake, serve};
use crate::{Arrival, Members, Pages, Proxies};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use proto_base::{NetworkId, Transport};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

/// Octets of a request head, the least that hyper takes.
const HEAD: usize = 8 * 1024;
/// A connection that only fetches pages may stay this long, however slowly it reads.
const VISIT: Duration = Duration::from_secs(60);

/// What a `ws` or `wss` listener is.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) network: NetworkId,
    pub(crate) transport: Transport,
    pub(crate) origins: Arc<Vec<String>>,
    pub(crate) members: Members,
    pub(crate) pages: Pages,
    pub(crate) proxies: Arc<Proxies>,
}

/// Who comes.
#[derive(Clone, Copy)]
pub(crate) struct Visitor {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    /// He speaks for others, and says for whom in each request.
    pub(crate) is_proxy: bool,
}

/// Serves HTTP on a fresh connection until its end, or until it becomes a WebSocket, which then runs in a task of its own: this
/// one, with all that HTTP needs, is gone by then.
pub(crate) async fn visit<S>(
    stream: S,
    site: Site,
    visitor: Visitor,
    mut permit: Permit,
    link: Link,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let upgraded = Arc::new(OnceLock::new());
    let (visited, seen) = (site.clone(), upgraded.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let response = respond(&request, &visited, visitor, &seen);
        async move { Ok::<_, Infallible>(response) }
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(link.limits.header_read)
        .max_buf_size(HEAD);
    let connection = server
        .serve_connection(TokioIo::new(stream), service)
        .without_shutdown();
    let Ok(Ok(parts)) = timeout(VISIT, connection).await else {
        return;
    };
    let Some(client) = upgraded.get() else {
        return;
    };
    let remote = SocketAddr::new(*client, visitor.remote.port());
    if !permit.belongs_to(remote.ip()) {
        tracing::debug!(%remote, "too many connections of this source, through a proxy");
        return;
    }
    let Some(ending) = link.connections.enter() else {
        return;
    };
    let arrival = Arrival {
        flow: ending.flow,
        network: site.members.network_of(remote.ip(), site.network),
        transport: site.transport,
        local: visitor.local,
        remote,
    };
    // Copied, and hyper's buffer of 8 kB let go.
    let (stream, early) = (parts.io.into_inner(), parts.read_buf.to_vec());
    drop(parts.read_buf);
    tokio::spawn(serve(stream, early, arrival, ending, permit, link));
}

fn respond(
    request: &Request<Incoming>,
    site: &Site,
    visitor: Visitor,
    upgraded: &OnceLock<IpAddr>,
) -> Response<Full<Bytes>> {
    let headers = request.headers();
    match handshake(request.method(), request.version(), headers, &site.origins) {
        Some(Ok(accept)) => {
            let Ok(accept) = HeaderValue::from_str(&accept) else {
                return plain(StatusCode::INTERNAL_SERVER_ERROR, "");
            };
            let named = visitor.is_proxy.then(|| client(headers, &site.proxies));
            let client = named.flatten().unwrap_or(visitor.remote.ip());
            // Only one request of a connection is upgraded, for there is no HTTP behind it.
            let _ = upgraded.set(client);
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            let headers = response.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("sip"));
            response
        }
        Some(Err(Refused::Malformed)) => plain(
            StatusCode::BAD_REQUEST,
            "This WebSocket speaks the sub-protocol sip (RFC 7118).\n",
        ),
        Some(Err(Refused::Origin)) => plain(
            StatusCode::FORBIDDEN,
            "Pages of this origin may not connect.\n",
        ),
        Some(Err(Refused::Version)) => with(
            plain(StatusCode::UPGRADE_REQUIRED, ""),
            SEC_WEBSOCKET_VERSION,
            "13",
        ),
        None => page(request, site),
    }
}

fn page(request: &Request<Incoming>, site: &Site) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return with(
            plain(StatusCode::METHOD_NOT_ALLOWED, ""),
            ALLOW,
            "GET, HEAD",
        );
    }
    let found = site.pages.get(request.uri().path());
    let Some((page, content_type)) = found.and_then(|page| {
        let content_type = HeaderValue::from_str(&page.content_type).ok()?;
        Some((page, content_type))
    }) else {
        return plain(StatusCode::NOT_FOUND, "There is nothing here.\n");
    };
    let mut response = Response::new(Full::new(page.body.clone()));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    for (name, value) in [
        // A page of the version before would meet a server of this one.
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        response = with(response, name, value);
    }
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    with(response, CONTENT_TYPE, "text/plain; charset=utf-8")
}

fn with(
    mut response: Response<Full<Bytes>>,
    name: HeaderName,
    value: &'static str,
) -> Response<Full<Bytes>> {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    response
}

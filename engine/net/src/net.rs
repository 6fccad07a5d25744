use crate::accept::{Speech, accept};
use crate::bind::{Bound, bind};
use crate::connections::Connections;
use crate::datagram::Datagrams;
use crate::http::Site;
use crate::stream::Link;
use crate::tls::Credentials;
use crate::{NetEvents, NetListener, NetSettings, Outlet};
use proto_base::{NetworkId, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;

/// How long the last messages may take to be written when everything ends.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Between two looks at whether the last connection is gone.
const LOOK: Duration = Duration::from_millis(10);

/// The running listeners and connections. [`Net::stop`] writes out first what is queued; a mere drop does not.
pub struct Net {
    listeners: Vec<NetListener>,
    outlet: Outlet,
    stop: Option<oneshot::Sender<Stop>>,
    thread: Option<JoinHandle<()>>,
}

/// How to end.
enum Stop {
    Gracefully,
    Now,
}

/// Why the network could not be started: which listener, why, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError(pub(crate) String);

impl Net {
    /// Binds every listener and starts the thread. Events wait in the channel until somebody reads them.
    pub fn start(settings: NetSettings) -> Result<(Self, NetEvents), NetError> {
        let own = |error: std::io::Error| NetError(format!("the network cannot start: {error}"));
        let (events, received) = mpsc::channel(settings.limits.events.max(1));
        let connections = Connections::new(settings.limits);
        let credentials = Credentials::new(settings.identity.as_ref(), settings.authorities)
            .map_err(|error| NetError(error.to_string()))?;
        let link = Link {
            events,
            connections: connections.clone(),
            limits: settings.limits,
            credentials: credentials.clone(),
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(own)?;

        let origins = Arc::new(settings.origins);
        let proxies = Arc::new(settings.proxies);
        let (mut listeners, mut out, mut datagrams) = (Vec::new(), Vec::new(), Vec::new());
        let within = runtime.enter();
        for listener in settings.listeners {
            let tls = tls(&listener, &credentials, &settings.mutual)?;
            let (bound, local) = bind(&listener)?;
            let listener = NetListener {
                bind: local,
                ..listener
            };
            listeners.push(listener);
            match bound {
                Bound::Datagram(socket) => {
                    out.push((listener, socket.try_clone().map_err(own)?));
                    datagrams.push(Datagrams {
                        socket,
                        listener,
                        longest: settings.limits.message,
                    });
                }
                Bound::Stream(socket) => {
                    let socket = TcpListener::from_std(socket).map_err(own)?;
                    let speech = match listener.transport {
                        Transport::Ws | Transport::Wss => Speech::Web(
                            Site {
                                network: listener.network,
                                transport: listener.transport,
                                origins: origins.clone(),
                                members: settings.members.clone(),
                                pages: settings.pages.clone(),
                                proxies: proxies.clone(),
                            },
                            tls,
                        ),
                        _ => Speech::Stream(tls),
                    };
                    runtime.spawn(accept(socket, listener, speech, link.clone()));
                }
            }
        }
        drop(within);

        let outlet = Outlet::new(out, listeners.clone(), link, runtime.handle().clone());
        let events = NetEvents::new(received, datagrams).map_err(own)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("net".to_owned())
            .spawn(move || runtime.block_on(run(stopped, connections)))
            .map_err(own)?;
        let net = Self {
            listeners,
            outlet,
            stop: Some(stop),
            thread: Some(thread),
        };
        Ok((net, events))
    }

    /// The listeners in the order of the settings, with the ports really bound.
    pub fn listeners(&self) -> &[NetListener] {
        &self.listeners
    }

    /// Where the `nth` listener of the settings is really bound.
    pub fn local_address(&self, nth: usize) -> Option<SocketAddr> {
        self.listeners.get(nth).map(|listener| listener.bind)
    }

    /// The way out.
    pub fn outlet(&self) -> Outlet {
        self.outlet.clone()
    }

    /// Writes out what is queued (for two seconds at most), closes everything and joins the thread.
    pub fn stop(mut self) {
        self.end(Stop::Gracefully);
    }

    fn end(&mut self, how: Stop) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(how);
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the network's thread panicked");
        }
    }
}

/// The TLS of a listener, if it has any.
fn tls(
    listener: &NetListener,
    credentials: &Credentials,
    mutual: &[NetworkId],
) -> Result<Option<TlsAcceptor>, NetError> {
    let made = match listener.transport {
        Transport::Wss => credentials.web(),
        Transport::Tls => credentials.sip(mutual.contains(&listener.network)),
        Transport::Udp | Transport::Tcp | Transport::Ws => return Ok(None),
    };
    let cannot = |why: &str| {
        let (bind, transport) = (listener.bind, listener.transport.via_token());
        NetError(format!("cannot listen on {bind} ({transport}): {why}"))
    };
    match made {
        Some(Ok(acceptor)) => Ok(Some(acceptor)),
        Some(Err(error)) => Err(cannot(&error.to_string())),
        None => Err(cannot(
            "there is no certificate. Name a certificate and a private key, or use ws behind a proxy that speaks TLS.",
        )),
    }
}

/// Keeps the runtime turning until the end is asked for; whatever is still open then ends with the runtime.
async fn run(stopped: oneshot::Receiver<Stop>, connections: Arc<Connections>) {
    if !matches!(stopped.await, Ok(Stop::Gracefully)) {
        return;
    }
    connections.close_all();
    let _ = tokio::time::timeout(LAST_WORDS, async {
        while connections.serving() > 0 {
            tokio::time::sleep(LOOK).await;
        }
    })
    .await;
}

impl Drop for Net {
    fn drop(&mut self) {
        self.end(Stop::Now);
    }
}

impl std::fmt::Display for NetError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for NetError {}

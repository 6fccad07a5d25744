use crate::config::{Certificate, INSIDE, OUTSIDE, Plan, WORKERS};
use crate::exit::{Exit, Failure};
use control_command::Fingerprint;
use engine_hook::Hook;
use engine_media::{Media, MediaSettings};
use engine_net::{
    Authorities, Identity, Limits, Members, Net, NetListener, NetSettings, Outlet, Pages,
};
use engine_signalling::{Outcome, Signalling, SignallingSettings, Wires, media_events};
use proto_base::Transport;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A BYE and its 200 on both sides, with a lost packet or two (RFC 3261 timer E: 0.5 s, 1 s, 2 s).
const DRAIN: Duration = Duration::from_secs(5);

/// How often it is seen whether signalling still runs.
const GLANCE: Duration = Duration::from_secs(1);

/// The running border: signalling, network and media.
pub(crate) struct Service {
    /// Heard from before the first socket is open: whoever sees the program answer may end it.
    signals: Signals,
    runtime: Runtime,
    signalling: Signalling,
    net: Net,
    media: Media,
    /// Read anew when the operator says so (SIGHUP).
    certificate: Option<Certificate>,
    /// Ends with the service.
    _hook: Option<Hook>,
}

impl Service {
    /// Starts all of it, or nothing.
    pub(crate) fn start(plan: &Plan, pages: Pages) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::start)?;
        let signals = {
            let _entered = runtime.enter();
            Signals::new()?
        };
        let epoch = Instant::now();
        // Made anew at each start: what authenticates it is the fingerprint in the SDP.
        let dtls = Identity::self_signed(&[]).map_err(Failure::start)?;
        let wss = match &plan.wss {
            Some((_, files)) => {
                Some(Identity::from_pem_files(&files.chain, &files.key).map_err(Failure::start)?)
            }
            // Encrypted at least: who asks for a proof of our name is not content with it.
            None if speaks_tls(plan) => Some(Identity::self_signed(&[]).map_err(Failure::start)?),
            None => None,
        };
        let (sink, media_events) = media_events();
        let media = Media::start(
            MediaSettings {
                workers: WORKERS,
                public: plan.media_sockets(),
                certificate: dtls.certificate().to_vec(),
                private_key: dtls.private_key().to_vec(),
                epoch,
            },
            sink,
        )
        .map_err(Failure::start)?;
        let (net, net_events) = Net::start(NetSettings {
            listeners: listeners(plan),
            members: Members::new(plan.members.iter().map(|block| (*block, INSIDE))),
            identity: wss,
            authorities: authorities(plan)?,
            mutual: plan.mutual.clone(),
            proxies: plan.proxies.clone(),
            origins: plan.allowed_origins.clone(),
            pages,
            limits: Limits {
                connections: plan.connections.0,
                connections_per_source: plan.connections.1,
                peer_connections: plan.peer_connections,
                ..Limits::default()
            },
        })
        .map_err(Failure::start)?;
        expect_names(plan, &net.outlet());
        let (hook, answers) = match plan.hook.clone().map(Hook::start) {
            Some(started) => {
                let (hook, answers) = started.map_err(Failure::start)?;
                (Some(hook), Some(answers))
            }
            None => (None, None),
        };
        let fingerprint = Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: dtls.sha256(),
        };
        let signalling = Signalling::start(
            SignallingSettings {
                plan: plan.signalling.clone(),
                media: plan.media_plan(fingerprint),
                epoch,
                drain: DRAIN,
                redaction: plan.redaction,
            },
            Wires {
                outlet: net.outlet(),
                net_events,
                commands: media.commands(),
                media_events,
                hook: hook.as_ref().map(Hook::outlet).zip(answers),
            },
        )
        .map_err(Failure::start)?;
        Ok(Self {
            signals,
            runtime,
            signalling,
            net,
            media,
            certificate: plan.wss.as_ref().map(|(_, files)| files.clone()),
            _hook: hook,
        })
    }

    /// Runs until a signal asks for the end, then ends every call and frees the ports. A second signal ends it at once.
    pub(crate) fn until_signal(self) -> Result<Exit, Failure> {
        let Self {
            mut signals,
            runtime,
            signalling,
            net,
            media,
            certificate,
            _hook,
        } = self;
        runtime.block_on(async {
            loop {
                tokio::select! {
                    () = signals.end.next() => break,
                    _ = signals.renew.recv() => renew(certificate.as_ref(), &net.outlet()),
                    () = broken(&signalling) => {
                        tracing::error!("signalling has ended by itself; the program ends, so that whoever watches it starts it again");
                        break;
                    }
                }
            }
            tracing::info!(
                "stopping: every call is ended on both sides; a second signal stops at once"
            );
            signalling.shutdown();
            let (told, ended) = tokio::sync::oneshot::channel();
            std::thread::spawn(move || {
                // The calls end first; then everything closes in the order that lets the last words out.
                let outcome = signalling.join();
                net.stop();
                media.stop();
                // Nobody listens any more if a second signal came.
                let _ = told.send(outcome);
            });
            tokio::select! {
                outcome = ended => Ok(match outcome {
                    Ok(Outcome::Drained) => Exit::Well,
                    Ok(Outcome::Overdue) => Exit::Overdue,
                    Ok(Outcome::Broken) | Err(_) => Exit::Broken,
                }),
                () = signals.end.next() => std::process::exit(Exit::Impatient as i32),
            }
        })
    }
}

/// Waits for an end that nobody asked for.
async fn broken(signalling: &Signalling) {
    while !signalling.is_over() {
        tokio::time::sleep(GLANCE).await;
    }
}

fn speaks_tls(plan: &Plan) -> bool {
    let mut listeners = plan.signalling.networks.iter().flat_map(|it| &it.listeners);
    listeners.any(|listener| listener.transport == Transport::Tls)
}

/// Who vouches for the certificates of peers over TLS: the system's public authorities, and those of the operator's own. Not read
/// where there are no such peers.
fn authorities(plan: &Plan) -> Result<Authorities, Failure> {
    let mut peers = plan.signalling.peers.iter();
    if plan.mutual.is_empty() && !peers.any(|peer| peer.transport == Transport::Tls) {
        return Ok(Authorities::default());
    }
    let system = Authorities::of_system();
    match &plan.authorities {
        Some(file) => {
            let own = Authorities::from_pem_file(file).map_err(Failure::start)?;
            // A system without a list is no reason to stop where the operator names whom to believe.
            Ok(own.and(system.unwrap_or_default()))
        }
        None => system.map_err(Failure::start),
    }
}

/// Which domain each peer's certificate must prove (RFC 5922): the one that the peer is named by.
fn expect_names(plan: &Plan, outlet: &Outlet) {
    for peer in &plan.signalling.peers {
        let Some(name) = peer.proves() else {
            continue;
        };
        if peer.transport == Transport::Tls {
            for address in peer.addresses.iter().chain(&peer.at_start) {
                outlet.expect(peer.network, *address, &name);
            }
        }
    }
}

/// What is bound. A listener that both networks share is bound once, and whoever comes to a listener for browsers is outside until
/// its address says otherwise.
fn listeners(plan: &Plan) -> Vec<NetListener> {
    let mut listeners: Vec<NetListener> = Vec::new();
    for network in &plan.signalling.networks {
        for listener in &network.listeners {
            let bound = NetListener {
                network: if listener.transport.is_websocket() {
                    OUTSIDE
                } else {
                    network.id
                },
                transport: listener.transport,
                bind: listener.bind,
            };
            // Behind a router the outside is told another port than the one that is bound.
            if !listeners.contains(&bound) {
                listeners.push(bound);
            }
        }
    }
    listeners
}

/// Reads the certificate and its key again, which somebody has renewed. What is connected stays connected.
fn renew(certificate: Option<&Certificate>, outlet: &Outlet) {
    let Some(files) = certificate else {
        tracing::info!("there is no certificate to be read again");
        return;
    };
    let renewed = Identity::from_pem_files(&files.chain, &files.key)
        .and_then(|identity| outlet.renew(&identity));
    match renewed {
        Ok(()) => tracing::info!("the certificate has been read again"),
        Err(error) => tracing::error!(%error, "the certificate stays what it was"),
    }
}

/// What the operator says.
struct Signals {
    end: End,
    /// SIGHUP.
    renew: Signal,
}

/// SIGINT and SIGTERM.
struct End {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let heard = |kind| signal(kind).map_err(Failure::start);
        Ok(Self {
            end: End {
                interrupt: heard(SignalKind::interrupt())?,
                terminate: heard(SignalKind::terminate())?,
            },
            renew: heard(SignalKind::hangup())?,
        })
    }
}

impl End {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

//! From what was written to what it means, a table of the file in each module.

mod certificate;
mod hook;
mod limits;
mod listeners;
mod network;
mod peer;
mod proxies;
mod registering;
mod route;
mod server;

use super::contradiction;
use super::fault::Fault;
use super::plan::{Advertised, INSIDE, OUTSIDE, Plan};
use super::settings::Settings;
use super::world::World;
use engine_telemetry::Redaction;
use listeners::{WS_PORT, outside_listeners, web_ports};
use media_offer_answer::RtpRange;
use sbc_policy::{Network, Trust};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;

/// High enough for Chromium, which refuses media on ports below 1024 of private addresses.
const MEDIA_PORT: u16 = 20000;
/// From what was written to what it means. Tells everything that is wrong at once, in the order of the file's tables.
pub(crate) fn resolve(
    settings: &Settings,
    folder: &Path,
    world: &dyn World,
) -> Result<Plan, Vec<Fault>> {
    let mut resolver = Resolver {
        settings,
        folder,
        world,
        faults: Vec::new(),
    };
    let plan = resolver.plan();
    let mut faults = resolver.faults;
    if let Some(plan) = &plan {
        faults.extend(contradiction::find(settings, plan));
    }
    match plan {
        Some(mut plan) if faults.is_empty() => {
            plan.warnings = contradiction::doubts(&plan);
            Ok(plan)
        }
        _ => Err(faults),
    }
}

struct Resolver<'a> {
    settings: &'a Settings,
    folder: &'a Path,
    world: &'a dyn World,
    faults: Vec<Fault>,
}

impl Resolver<'_> {
    /// `None` only if something is so wrong that nothing can be said of the rest; the fault is then already written.
    fn plan(&mut self) -> Option<Plan> {
        let inside_written = self.settings.network.inside.address.as_ref();
        let inside_address = inside_written.map(|written| self.address(written));
        let server = self.server(inside_address.flatten());
        let outside = self.outside_address();
        let members = self.members();
        let rtp_ports = self.rtp_ports();
        let certificate = self.certificate();
        let authorities = self.authorities();
        let origins = self.origins();
        let proxies = self.proxies();
        let (log_level, log_format) = self.log();
        let redirects = self.redirects();
        self.ports();
        self.limits();
        let hooks = self.hooks();
        let dialling = self.dialling();
        let browsers = self.browsers();
        // Without a server's address the rest is read all the same: every mistake is told at once.
        let peers = self.peers(
            server.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)),
            inside_address.flatten(),
        );
        let routes = self.routes(&peers);
        let ice = self.ice();
        let has_trunk_outside = peers.iter().any(|peer| peer.network == OUTSIDE);
        let outside_rtp_ports = if has_trunk_outside || settings_rtp(self.settings) {
            Some(self.outside_rtp_ports()?)
        } else {
            None
        };

        let server = server?;
        let inside = match inside_address {
            Some(address) => address?,
            None => self.own_address(server)?,
        };
        let outside = match outside {
            Some(address) => address?,
            None => inside,
        };
        let settings = self.settings;
        let network = &settings.network;
        let (ws, wss) = web_ports(&network.outside, certificate.is_some());
        let media_port = port(&network.outside.media).unwrap_or(MEDIA_PORT);
        let advertised = self.advertised(outside, ws, wss, media_port)?;
        let (first, last) = rtp_ports?;
        let pairs = usize::from((last - first).div_ceil(2));
        let limits = &settings.limits;
        let count = |written: &Option<Spanned<u32>>, default: usize| {
            written.as_ref().map_or(default, |written| {
                usize::try_from(*written.get_ref()).unwrap_or(default)
            })
        };
        let seconds = |written: &Option<Spanned<u32>>, default: u32| {
            Duration::from_secs(
                written
                    .as_ref()
                    .map_or(default, |written| *written.get_ref())
                    .into(),
            )
        };
        let ws = ws.map(|port| SocketAddr::new(outside, port));
        let wss = wss.map(|port| SocketAddr::new(outside, port));
        Some(Plan {
            signalling: sbc_policy::Plan {
                networks: vec![
                    Network {
                        id: INSIDE,
                        name: "inside".to_owned(),
                        trust: Trust::Inside,
                        listeners: self.inside_listeners(inside, &peers, ws, wss),
                    },
                    Network {
                        id: OUTSIDE,
                        name: "outside".to_owned(),
                        trust: Trust::Outside,
                        listeners: outside_listeners(advertised, ws, wss)
                            .into_iter()
                            .chain(self.trunk_listeners(outside, advertised.address, &peers))
                            .collect(),
                    },
                ],
                peers,
                routes,
                dialling,
                browsers,
                hook: hooks.plan,
                push: hooks.push,
                // Long enough for a page to change from Wi-Fi to mobile and come back, short enough for who waits on the phone.
                grace: seconds(&limits.grace_seconds, 15),
                patience: seconds(&limits.patience_seconds, 5),
                ring: seconds(&limits.ring_seconds, 170),
                redirects,
                product: Some(concat!("Margrave/", env!("CARGO_PKG_VERSION")).to_owned()),
                max_calls: count(&limits.calls, pairs),
                max_bindings_per_flow: count(&limits.bindings_per_connection, 10),
                max_calls_per_user: count(&limits.calls_per_user, 20),
                max_trials_per_source: limits
                    .wrong_passwords_per_address
                    .as_ref()
                    .map_or(128, |written| *written.get_ref()),
            },
            members,
            inside,
            rtp: RtpRange {
                bind: inside,
                advertised: inside,
                first,
                last,
            },
            outside_rtp: outside_rtp_ports.map(|(first, last)| RtpRange {
                bind: outside,
                advertised: advertised.address,
                first,
                last,
            }),
            ice,
            hook: hooks.settings,
            ws,
            wss: wss.zip(certificate),
            authorities,
            media: SocketAddr::new(outside, media_port),
            advertised,
            allowed_origins: origins,
            proxies,
            connections: (
                count(&limits.connections, 10_000),
                count(&limits.connections_per_address, 64),
            ),
            peer_connections: count(&limits.peer_connections, 1000),
            mutual: [
                (INSIDE, &network.inside.sip_tls_mutual),
                (OUTSIDE, &network.outside.sip_tls_mutual),
            ]
            .into_iter()
            .filter(|(_, written)| written.as_ref().is_some_and(|it| *it.get_ref()))
            .map(|(id, _)| id)
            .collect(),
            log_level,
            log_format,
            redaction: if settings.log.redact == Some(true) {
                Redaction::On
            } else {
                Redaction::Off
            },
            warnings: Vec::new(),
        })
    }

    fn fault(&mut self, span: Range<usize>, problem: String, remedy: impl Into<String>) {
        self.faults.push(Fault::at(span, problem, remedy));
    }

    /// Outer `None`: not written. Inner: not readable.
    #[expect(
        clippy::option_option,
        reason = "left out and unreadable are two things"
    )]
    fn outside_address(&mut self) -> Option<Option<IpAddr>> {
        let settings = self.settings;
        settings
            .network
            .outside
            .address
            .as_ref()
            .map(|written| self.address(written))
    }

    fn advertised(
        &mut self,
        outside: IpAddr,
        ws: Option<u16>,
        wss: Option<u16>,
        media: u16,
    ) -> Option<Advertised> {
        let settings = self.settings;
        let written = settings
            .network
            .outside
            .advertise
            .as_ref()
            .map(Spanned::get_ref);
        let address = match written.and_then(|written| written.address.as_ref()) {
            Some(address) => self.address(address)?,
            None => outside,
        };
        Some(Advertised {
            address,
            tcp: written
                .and_then(|written| port(&written.tcp))
                .or(wss)
                .or(ws)
                .unwrap_or(WS_PORT),
            udp: written
                .and_then(|written| port(&written.udp))
                .unwrap_or(media),
        })
    }
}

/// Whether somebody wants RTP on the outside although no trunk is there.
fn settings_rtp(settings: &Settings) -> bool {
    settings.network.outside.rtp_ports.is_some()
}

fn port(written: &Option<Spanned<u16>>) -> Option<u16> {
    written.as_ref().map(|written| *written.get_ref())
}

use super::address::{host_and_port, is_host_name, private};
use super::contradiction;
use super::fault::Fault;
use super::plan::{Advertised, Certificate, INSIDE, OUTSIDE, Plan};
use super::settings::{Outside, Settings};
use super::world::World;
use engine_net::Block;
use engine_telemetry::{Format, Redaction};
use media_offer_answer::RtpRange;
use proto_base::Transport;
use sbc_policy::{Listener, Network, Server, Trust};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;

/// IANA's port for SIP over UDP and TCP.
const SIP_PORT: u16 = 5060;
/// Where browsers connect when the file does not say: unprivileged, and where people look for a web server.
const WS_PORT: u16 = 8080;
/// The same over TLS.
const WSS_PORT: u16 = 8443;
/// High enough for Chromium, which refuses media on ports below 1024 of private addresses.
const MEDIA_PORT: u16 = 20000;
/// 500 calls; clear of the ephemeral range of Linux (32768 and above).
const RTP_PORTS: (u16, u16) = (30000, 30999);

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
        let transport = self.transport();
        let server = self.server(inside_address.flatten());
        let domain = self.domain();
        let outside = self.outside_address();
        let members = self.members();
        let rtp_ports = self.rtp_ports();
        let certificate = self.certificate();
        let origins = self.origins();
        let (log_level, log_format) = self.log();
        self.ports();
        self.limits();

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
        // A browser in the LAN is told the inside address, so the media port must be there too.
        let media = if outside == inside || outside.is_unspecified() {
            outside
        } else {
            unspecified(outside)
        };
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
                        listeners: self.inside_listeners(inside, transport, ws, wss),
                    },
                    Network {
                        id: OUTSIDE,
                        name: "outside".to_owned(),
                        trust: Trust::Outside,
                        listeners: outside_listeners(advertised, ws, wss),
                    },
                ],
                server: Server {
                    network: INSIDE,
                    transport,
                    address: server,
                    domain,
                },
                // Long enough for a page to change from Wi-Fi to mobile and come back, short enough for who waits on the phone.
                grace: seconds(&limits.grace_seconds, 15),
                patience: seconds(&limits.patience_seconds, 5),
                ring: seconds(&limits.ring_seconds, 170),
                product: Some(concat!("Margrave/", env!("CARGO_PKG_VERSION")).to_owned()),
                max_calls: count(&limits.calls, pairs),
                max_bindings_per_flow: count(&limits.bindings_per_connection, 10),
            },
            members,
            inside,
            rtp: RtpRange {
                bind: inside,
                advertised: inside,
                first,
                last,
            },
            ws,
            wss: wss.zip(certificate),
            media: SocketAddr::new(media, media_port),
            advertised,
            allowed_origins: origins,
            connections: (
                count(&limits.connections, 10_000),
                count(&limits.connections_per_address, 64),
            ),
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

    fn address(&mut self, written: &Spanned<String>) -> Option<IpAddr> {
        let parsed = written.get_ref().parse().ok();
        if parsed.is_none() {
            self.fault(
                written.span(),
                format!("\"{}\" is no IP address", written.get_ref()),
                "write it in numbers, without a port: \"10.0.0.5\" or \"2001:db8::5\"",
            );
        }
        parsed
    }

    fn transport(&mut self) -> Transport {
        let written = self
            .settings
            .server
            .as_ref()
            .and_then(|server| server.get_ref().transport.as_ref());
        match written.map(|written| written.get_ref().as_str()) {
            None | Some("udp") => Transport::Udp,
            Some("tcp") => Transport::Tcp,
            Some(other) => {
                let span = written.map(Spanned::span).unwrap_or_default();
                self.fault(
                    span,
                    format!("transport \"{other}\" is not known"),
                    "write \"udp\" or \"tcp\"",
                );
                Transport::Udp
            }
        }
    }

    fn server(&mut self, inside: Option<IpAddr>) -> Option<SocketAddr> {
        const REMEDY: &str = "tell where your SIP server (PBX) is, for example:\n[server]\naddress = \"10.0.0.10:5060\"";
        let Some(server) = &self.settings.server else {
            self.faults
                .push(Fault::missing("there is no [server]", REMEDY));
            return None;
        };
        let Some(written) = &server.get_ref().address else {
            self.fault(server.span(), "[server] has no address".to_owned(), REMEDY);
            return None;
        };
        let text = written.get_ref();
        let Some((host, port)) = host_and_port(text) else {
            self.fault(
                written.span(),
                format!("\"{text}\" is no host and port"),
                "write the SIP server's address, for example \"10.0.0.10:5060\" or \"pbx.example.com\"",
            );
            return None;
        };
        let found = match self.world.look_up(&host, port.unwrap_or(SIP_PORT)) {
            Ok(found) => found,
            Err(error) => {
                self.fault(
                    written.span(),
                    format!("the name \"{host}\" cannot be resolved: {error}"),
                    "check the name and this machine's DNS, or write the server's IP address",
                );
                return None;
            }
        };
        let alike = |address: &&SocketAddr| {
            inside.is_none_or(|inside| inside.is_ipv4() == address.is_ipv4())
        };
        let Some(address) = found.iter().find(alike).or(found.first()).copied() else {
            self.fault(
                written.span(),
                format!("the name \"{host}\" has no address"),
                "check the name, or write the server's IP address",
            );
            return None;
        };
        if address.ip().is_unspecified() || address.ip().is_multicast() || address.port() == 0 {
            self.fault(
                written.span(),
                format!("{address} is nobody's address"),
                "write the address that the SIP server listens on, for example \"10.0.0.10:5060\"",
            );
            return None;
        }
        Some(address)
    }

    fn own_address(&mut self, server: SocketAddr) -> Option<IpAddr> {
        let span = self
            .settings
            .server
            .as_ref()
            .and_then(|server| server.get_ref().address.as_ref())
            .map(Spanned::span);
        match self.world.address_towards(server) {
            Ok(address) if !address.is_unspecified() => Some(address),
            outcome => {
                let why = outcome
                    .err()
                    .map_or_else(|| "no address".to_owned(), |error| error.to_string());
                self.fault(
                    span.unwrap_or_default(),
                    format!("this machine has no way to {}: {why}", server.ip()),
                    "check the network, or write our own address towards the server:\n[network.inside]\naddress = \"10.0.0.5\"",
                );
                None
            }
        }
    }

    fn domain(&mut self) -> Option<String> {
        let written = self.settings.server.as_ref()?.get_ref().domain.as_ref()?;
        let text = written.get_ref();
        if !is_host_name(text) && text.parse::<IpAddr>().is_err() {
            self.fault(
                written.span(),
                format!("\"{text}\" is no domain"),
                "write what stands behind the @ of your users' addresses, for example \"example.com\"",
            );
        }
        Some(text.clone())
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

    fn members(&mut self) -> Vec<Block> {
        let settings = self.settings;
        let Some(written) = &settings.network.inside.members else {
            return private().collect();
        };
        let mut members = Vec::new();
        for written in written {
            match Block::parse(written.get_ref()) {
                Some(block) => members.push(block),
                None => self.fault(
                    written.span(),
                    format!("\"{}\" is no network", written.get_ref()),
                    "write an address and how many leading bits count: \"10.0.0.0/8\"",
                ),
            }
        }
        members
    }

    fn rtp_ports(&mut self) -> Option<(u16, u16)> {
        let settings = self.settings;
        let Some(written) = &settings.network.inside.rtp_ports else {
            return Some(RTP_PORTS);
        };
        let bounds = written.get_ref().split_once('-').and_then(|(first, last)| {
            Some((
                first.trim().parse::<u16>().ok()?,
                last.trim().parse::<u16>().ok()?,
            ))
        });
        let Some((first, last)) = bounds else {
            self.fault(
                written.span(),
                format!("\"{}\" is no range of ports", written.get_ref()),
                "write the first and the last port: \"30000-30999\"",
            );
            return None;
        };
        // RTP has the even port, RTCP the odd one above (RFC 3550 §11).
        let even = first.checked_next_multiple_of(2);
        match even {
            Some(even) if first > 0 && even < last => {
                Some((even, if last % 2 == 0 { last - 1 } else { last }))
            }
            _ => {
                self.fault(
                    written.span(),
                    format!("the range \"{}\" has no room for a single call", written.get_ref()),
                    "a call needs an even port and the odd one above it: \"30000-30999\" has room for 500",
                );
                None
            }
        }
    }

    fn certificate(&mut self) -> Option<Certificate> {
        let settings = self.settings;
        let outside = &settings.network.outside;
        let chain = outside
            .certificate
            .as_ref()
            .map(|written| self.pem(written, "CERTIFICATE-----"));
        let key = outside
            .key
            .as_ref()
            .map(|written| self.pem(written, "PRIVATE KEY-----"));
        match (chain, key) {
            (Some(chain), Some(key)) => Some(Certificate { chain, key }),
            (Some(_), None) => {
                let span = outside
                    .certificate
                    .as_ref()
                    .map(Spanned::span)
                    .unwrap_or_default();
                self.fault(
                    span,
                    "a certificate without its key".to_owned(),
                    "name the private key's file too: key = \"privkey.pem\"",
                );
                None
            }
            (None, Some(_)) => {
                let span = outside.key.as_ref().map(Spanned::span).unwrap_or_default();
                self.fault(
                    span,
                    "a key without its certificate".to_owned(),
                    "name the certificate's file too: certificate = \"fullchain.pem\"",
                );
                None
            }
            (None, None) => {
                if let Some(wss) = &outside.wss {
                    self.fault(
                        wss.span(),
                        "wss without a certificate".to_owned(),
                        "name the files: certificate = \"fullchain.pem\" and key = \"privkey.pem\";\nor listen without TLS behind a proxy that has them: ws = 8080",
                    );
                }
                None
            }
        }
    }

    /// A file beside the configuration's, in PEM. That it fits is said by whoever opens it.
    fn pem(&mut self, written: &Spanned<String>, marker: &str) -> std::path::PathBuf {
        let path = self.folder.join(written.get_ref());
        match self.world.read(&path) {
            Err(error) => self.fault(
                written.span(),
                format!("{} cannot be read: {error}", path.display()),
                "check the name (it counts from this file's folder) and who may read it",
            ),
            Ok(content) => {
                let text = String::from_utf8_lossy(&content);
                if text.contains("-----BEGIN ENCRYPTED") {
                    self.fault(
                        written.span(),
                        format!("{} is locked with a passphrase", path.display()),
                        "unlock it once: openssl pkey -in locked.pem -out privkey.pem",
                    );
                } else if !text.contains(marker) {
                    self.fault(
                        written.span(),
                        format!(
                            "{} holds no {}",
                            path.display(),
                            marker.trim_end_matches('-').to_lowercase()
                        ),
                        "it must be in PEM: a text that begins with -----BEGIN",
                    );
                }
            }
        }
        path
    }

    fn origins(&mut self) -> Vec<String> {
        let settings = self.settings;
        let mut origins = Vec::new();
        for written in settings.network.outside.allowed_origins.iter().flatten() {
            let text = written.get_ref();
            let authority = text
                .strip_prefix("https://")
                .or(text.strip_prefix("http://"));
            if authority.and_then(host_and_port).is_some() {
                origins.push(text.to_ascii_lowercase());
            } else {
                self.fault(
                    written.span(),
                    format!("\"{text}\" is no origin"),
                    "write scheme and host as in the browser's address bar, without a path: \"https://phone.example.com\"",
                );
            }
        }
        origins
    }

    fn log(&mut self) -> (String, Format) {
        let settings = self.settings;
        let level = settings.log.level.as_ref();
        if let Some(written) = level
            && !["error", "warn", "info", "debug", "trace"].contains(&written.get_ref().as_str())
        {
            self.fault(
                written.span(),
                format!("log level \"{}\" is not known", written.get_ref()),
                "write \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
            );
        }
        let format = match settings.log.format.as_ref() {
            Some(written) if written.get_ref() == "json" => Format::Json,
            Some(written) if written.get_ref() != "text" => {
                self.fault(
                    written.span(),
                    format!("log format \"{}\" is not known", written.get_ref()),
                    "write \"text\" or \"json\"",
                );
                Format::Text
            }
            _ => Format::Text,
        };
        (
            level.map_or_else(|| "info".to_owned(), |written| written.get_ref().clone()),
            format,
        )
    }

    /// No port is 0: others must be told where to come.
    fn ports(&mut self) {
        let settings = self.settings;
        let (inside, outside) = (&settings.network.inside, &settings.network.outside);
        let advertise = outside.advertise.as_ref().map(Spanned::get_ref);
        for written in [
            &inside.sip_udp,
            &inside.sip_tcp,
            &outside.ws,
            &outside.wss,
            &outside.media,
            advertise.map_or(&None, |advertise| &advertise.tcp),
            advertise.map_or(&None, |advertise| &advertise.udp),
        ]
        .into_iter()
        .flatten()
        {
            if *written.get_ref() == 0 {
                self.fault(
                    written.span(),
                    "0 is no port".to_owned(),
                    "choose one from 1 to 65535; those below 1024 need privileges",
                );
            }
        }
    }

    fn limits(&mut self) {
        let limits = &self.settings.limits;
        let zeros: Vec<Range<usize>> = [
            &limits.calls,
            &limits.connections,
            &limits.connections_per_address,
            &limits.bindings_per_connection,
            &limits.patience_seconds,
            &limits.ring_seconds,
        ]
        .into_iter()
        .flatten()
        .filter(|written| *written.get_ref() == 0)
        .map(Spanned::span)
        .collect();
        for span in zeros {
            self.fault(
                span,
                "0 would let nothing through".to_owned(),
                "write a number above 0, or remove the line to have the default",
            );
        }
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

    fn inside_listeners(
        &self,
        inside: IpAddr,
        server: Transport,
        ws: Option<SocketAddr>,
        wss: Option<SocketAddr>,
    ) -> Vec<Listener> {
        let written = &self.settings.network.inside;
        let sip = |transport, written: &Option<Spanned<u16>>| {
            let port = port(written).or((server == transport).then_some(SIP_PORT))?;
            let bind = SocketAddr::new(inside, port);
            Some(Listener {
                transport,
                bind,
                advertised: bind,
            })
        };
        // The browsers' listener is shared: who comes to it from a member of the inside is told the inside address.
        let web = |transport, bind: Option<SocketAddr>| {
            bind.map(|bind| Listener {
                transport,
                bind,
                advertised: SocketAddr::new(inside, bind.port()),
            })
        };
        [
            sip(Transport::Udp, &written.sip_udp),
            sip(Transport::Tcp, &written.sip_tcp),
            web(Transport::Ws, ws),
            web(Transport::Wss, wss),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn port(written: &Option<Spanned<u16>>) -> Option<u16> {
    written.as_ref().map(|written| *written.get_ref())
}

/// TLS if there is a certificate; without TLS if that is asked for, or if there is nothing else.
fn web_ports(outside: &Outside, certificate: bool) -> (Option<u16>, Option<u16>) {
    let (ws, wss) = (port(&outside.ws), port(&outside.wss));
    match (ws, wss) {
        (None, None) if !certificate => (Some(WS_PORT), None),
        (ws, None) if certificate => (ws, Some(WSS_PORT)),
        both => both,
    }
}

/// A forwarded TCP port leads to TLS if there is TLS.
fn outside_listeners(
    advertised: Advertised,
    ws: Option<SocketAddr>,
    wss: Option<SocketAddr>,
) -> Vec<Listener> {
    let listener = |transport, bind: SocketAddr, port| Listener {
        transport,
        bind,
        advertised: SocketAddr::new(advertised.address, port),
    };
    let plain = |bind: SocketAddr| {
        if wss.is_some() {
            bind.port()
        } else {
            advertised.tcp
        }
    };
    ws.map(|bind| listener(Transport::Ws, bind, plain(bind)))
        .into_iter()
        .chain(wss.map(|bind| listener(Transport::Wss, bind, advertised.tcp)))
        .collect()
}

fn unspecified(like: IpAddr) -> IpAddr {
    if like.is_ipv4() {
        IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED)
    }
}

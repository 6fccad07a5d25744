use super::Resolver;
use super::server::SIP_PORT;
use crate::config::address::{host_and_port, is_host_name};
use crate::config::plan::{INSIDE, OUTSIDE};
use crate::config::settings;
use proto_base::{NetworkId, Transport};
use sbc_policy::{
    Account, NumberForm, Numbers, Peer, PeerId, Referral, Role, Rules, Secret, Session, Share, Srtp,
};
use sip_message::Uri;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use toml::Spanned;

/// IANA's port for SIP over TLS.
pub(super) const SIPS_PORT: u16 = 5061;
/// How long a registration with a carrier lasts before it is renewed. Long enough to be no burden, short enough that a carrier that
/// has forgotten us remembers soon.
const REGISTER: Duration = Duration::from_secs(600);
/// How often a trunk is asked whether it is there: a call waits no longer than this for a trunk that has come back, and a router in
/// between keeps its way open.
const PROBE: u32 = 30;
/// `[server]`, where a route names it.
pub(super) const SERVER: &str = "server";
/// Browsers, where a route names them.
pub(super) const BROWSERS: &str = "browsers";

impl Resolver<'_> {
    /// `[server]` first, then the other registrars, then the trunks, each by name.
    pub(super) fn peers(&mut self, server: SocketAddr, inside: Option<IpAddr>) -> Vec<Peer> {
        let settings = self.settings;
        let mut peers = Vec::new();
        if let Some(written) = &settings.server {
            let mut peer = self.peer(PeerId(0), SERVER, Role::Registrar, written.get_ref());
            self.lies_at(&mut peer, written.get_ref(), Some(server));
            peers.push(peer);
        }
        for (name, written) in &settings.registrar {
            let id = next(&peers);
            self.check_name(name, written);
            let mut peer = self.peer(id, name, Role::Registrar, written.get_ref());
            let address = self.server_address(written, inside, &format!("registrar.{name}"));
            self.lies_at(&mut peer, written.get_ref(), address);
            peers.push(peer);
        }
        for (name, written) in &settings.trunk {
            let id = next(&peers);
            self.check_name(name, written);
            if settings.registrar.contains_key(name) {
                self.fault(
                    written.span(),
                    format!("\"{name}\" is a registrar already"),
                    "give one of them another name: routes call them by it",
                );
            }
            let mut peer = self.peer(id, name, Role::Trunk, written.get_ref());
            self.trunk_address(name, written, &mut peer);
            self.further_addresses(&mut peer, written.get_ref());
            peers.push(peer);
        }
        peers
    }

    /// A server, which was looked up already. One with a name is looked up again while we run, as long as DNS says.
    fn lies_at(&mut self, peer: &mut Peer, written: &settings::Peer, address: Option<SocketAddr>) {
        let named = written.address.as_ref().and_then(|written| {
            let (host, port) = host_and_port(written.get_ref())?;
            let is_name = host.parse::<IpAddr>().is_err();
            is_name.then(|| uri_of(&host, port, Some(peer.transport)))
        });
        match named {
            Some(uri) => {
                peer.uri = uri;
                peer.at_start = address;
            }
            None => peer.addresses = address.into_iter().collect(),
        }
        self.further_addresses(peer, written);
    }

    /// Those where a peer is besides its address, and how they share its calls.
    fn further_addresses(&mut self, peer: &mut Peer, written: &settings::Peer) {
        let Some(further) = &written.further_addresses else {
            return;
        };
        let first = Share {
            priority: 1,
            weight: 1,
        };
        let mut shares: Vec<Share> = peer.addresses.iter().map(|_| first).collect();
        for written in further {
            let settings::To {
                peer: text,
                priority,
                weight,
            } = &written.get_ref().0;
            let place = host_and_port(text).and_then(|(host, port)| {
                let ip: IpAddr = host.parse().ok()?;
                let is_somebody = !ip.is_unspecified() && !ip.is_multicast() && port != Some(0);
                is_somebody.then(|| SocketAddr::new(ip, port.unwrap_or(port_of(peer.transport))))
            });
            let Some(place) = place.filter(|place| !peer.addresses.contains(place)) else {
                self.fault(
                    written.span(),
                    format!("\"{text}\" is no further address"),
                    "write an IP address that stands nowhere else here, and a port: \"10.0.0.11:5060\"; the addresses of a name are found by themselves",
                );
                continue;
            };
            peer.addresses.push(place);
            // Without a priority the order is the one that was written.
            let next = u16::try_from(peer.addresses.len()).unwrap_or(u16::MAX);
            shares.push(Share {
                priority: priority.unwrap_or(next),
                weight: weight.unwrap_or(1),
            });
        }
        // A name's own records say how its addresses share the calls.
        if peer.uri.is_none() {
            let mut order: Vec<(Share, SocketAddr)> =
                shares.into_iter().zip(peer.addresses.drain(..)).collect();
            order.sort_by_key(|(share, _)| share.priority);
            (peer.shares, peer.addresses) = order.into_iter().unzip();
        }
    }

    fn session(&mut self, written: &settings::Peer) -> Session {
        let mut session = Session::default();
        if let Some(seconds) = &written.session_min_seconds {
            session.least = *seconds.get_ref();
            if session.least < Session::default().least {
                self.fault(
                    seconds.span(),
                    format!("{} seconds are less than RFC 4028 allows", session.least),
                    "write 90 or more",
                );
            }
        }
        if let Some(seconds) = &written.session_seconds {
            session.expires = *seconds.get_ref();
            if session.expires != 0 && session.expires < session.least {
                self.fault(
                    seconds.span(),
                    format!(
                        "a session of {} seconds would be shorter than the {} that are borne",
                        session.expires, session.least
                    ),
                    "write 90 or more (and no less than session-min-seconds), or 0 to ask for no timer",
                );
            }
        }
        session.reliable = written.prack.as_ref().is_none_or(|prack| *prack.get_ref());
        session
    }

    fn check_name(&mut self, name: &str, written: &Spanned<settings::Peer>) {
        if [SERVER, BROWSERS].contains(&name) {
            self.fault(
                written.span(),
                format!("\"{name}\" means something else in a route"),
                "choose another name",
            );
        }
    }

    fn peer(&mut self, id: PeerId, name: &str, role: Role, written: &settings::Peer) -> Peer {
        let transport = self.transport_of(written.transport.as_ref());
        let network = self.network_of(role, written.network.as_ref());
        let mut peer = Peer::new(id, role, network, transport);
        peer.name = name.to_owned();
        peer.domain = self.domain_of(written.domain.as_ref());
        peer.account = self.account(role, written);
        peer.register = self.register(role, written, peer.account.is_some());
        let probe = match (&written.probe_seconds, role) {
            (Some(written), _) => *written.get_ref(),
            (None, Role::Trunk) => PROBE,
            (None, Role::Registrar) => 0,
        };
        peer.probe = (probe > 0).then(|| Duration::from_secs(probe.into()));
        self.no_zero(written.max_calls.as_ref());
        self.no_zero(written.calls_per_second.as_ref());
        peer.max_calls = written
            .max_calls
            .as_ref()
            .and_then(|calls| usize::try_from(*calls.get_ref()).ok());
        peer.calls_per_second = written
            .calls_per_second
            .as_ref()
            .map(|calls| *calls.get_ref());
        let hands_on = written.hand_on_transfers.as_ref();
        if hands_on.is_some_and(|hands_on| *hands_on.get_ref()) {
            peer.referral = Referral::Pass;
        }
        peer.srtp = self.srtp(written.srtp.as_ref());
        peer.registering = self.registering(written);
        peer.session = self.session(written);
        peer.rules = Rules {
            trusted: written
                .trusted
                .as_ref()
                .map_or(role == Role::Registrar && network == INSIDE, |trusted| {
                    *trusted.get_ref()
                }),
            form: self.number_form(
                written.number_form.as_ref(),
                match role {
                    Role::Registrar => NumberForm::AsDialled,
                    Role::Trunk => NumberForm::Plus,
                },
            ),
            incoming: Numbers {
                called: self.rewrite(written.called_in.as_deref()),
                calling: self.rewrite(written.calling_in.as_deref()),
            },
            outgoing: Numbers {
                called: self.rewrite(written.called_out.as_deref()),
                calling: self.rewrite(written.calling_out.as_deref()),
            },
            caller_id: self
                .caller_id(written.caller_id.as_ref(), written.caller_ids.as_deref())
                .unwrap_or_default(),
            headers: self.header_rules(
                written.headers_from.as_deref(),
                written.headers_to.as_deref(),
                written.set_headers.as_deref(),
            ),
        };
        peer
    }

    pub(super) fn transport_of(&mut self, written: Option<&Spanned<String>>) -> Transport {
        match written.map(|written| (written, written.get_ref().as_str())) {
            None | Some((_, "udp")) => Transport::Udp,
            Some((_, "tcp")) => Transport::Tcp,
            Some((_, "tls")) => Transport::Tls,
            Some((written, other)) => {
                self.fault(
                    written.span(),
                    format!("transport \"{other}\" is not known"),
                    "write \"udp\", \"tcp\" or \"tls\"",
                );
                Transport::Udp
            }
        }
    }

    fn network_of(&mut self, role: Role, written: Option<&Spanned<String>>) -> NetworkId {
        match written.map(|written| (written, written.get_ref().as_str())) {
            None if role == Role::Trunk => OUTSIDE,
            None | Some((_, "inside")) => INSIDE,
            Some((written, "outside")) if role == Role::Registrar => {
                self.fault(
                    written.span(),
                    "a SIP server on the outside would hear its users' registrations across the Internet".to_owned(),
                    "write \"inside\"; a server of somebody else's is a trunk: [trunk.NAME]",
                );
                INSIDE
            }
            Some((_, "outside")) => OUTSIDE,
            Some((written, other)) => {
                self.fault(
                    written.span(),
                    format!("there is no network \"{other}\""),
                    "write \"inside\" or \"outside\"",
                );
                INSIDE
            }
        }
    }

    pub(super) fn domain_of(&mut self, written: Option<&Spanned<String>>) -> Option<String> {
        let written = written?;
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

    /// A trunk's name is looked up while we run (RFC 3263): carriers move.
    fn trunk_address(&mut self, name: &str, trunk: &Spanned<settings::Peer>, peer: &mut Peer) {
        let Some(written) = &trunk.get_ref().address else {
            self.fault(
                trunk.span(),
                format!("[trunk.{name}] has no address"),
                format!("tell where the trunk is, for example:\n[trunk.{name}]\naddress = \"sip.carrier.example\""),
            );
            return;
        };
        let text = written.get_ref();
        let Some((host, port)) = host_and_port(text) else {
            self.fault(
                written.span(),
                format!("\"{text}\" is no host and port"),
                "write the trunk's address, for example \"sip.carrier.example\" or \"203.0.113.20:5060\"",
            );
            return;
        };
        if let Ok(ip) = host.parse::<IpAddr>() {
            if ip.is_unspecified() || ip.is_multicast() || port == Some(0) {
                self.fault(
                    written.span(),
                    format!("{text} is nobody's address"),
                    "write the address that the trunk listens on, for example \"203.0.113.20:5060\"",
                );
                return;
            }
            let port = port.unwrap_or(port_of(peer.transport));
            peer.addresses = vec![SocketAddr::new(ip, port)];
            return;
        }
        // RFC 3263 §4.1: without it the name's own records choose.
        let is_written = trunk.get_ref().transport.is_some();
        peer.uri = uri_of(&host, port, is_written.then_some(peer.transport));
        if peer.domain.is_none() {
            peer.domain = Some(host);
        }
    }

    fn account(&mut self, role: Role, written: &settings::Peer) -> Option<Account> {
        let of_trunks = [
            ("username", written.username.as_ref().map(Spanned::span)),
            (
                "auth-username",
                written.auth_username.as_ref().map(Spanned::span),
            ),
            ("password", written.password.as_ref().map(Spanned::span)),
            (
                "password-file",
                written.password_file.as_ref().map(Spanned::span),
            ),
            ("register", written.register.as_ref().map(Spanned::span)),
            (
                "register-seconds",
                written.register_seconds.as_ref().map(Spanned::span),
            ),
            ("caller-id", written.caller_id.as_ref().map(Spanned::span)),
        ];
        if role == Role::Registrar {
            for (key, span) in of_trunks {
                if let Some(span) = span {
                    self.fault(
                        span,
                        format!("`{key}` is for trunks: with a SIP server the users register themselves"),
                        "remove it, or describe a server that Margrave itself registers with as [trunk.NAME]",
                    );
                }
            }
            return None;
        }
        let password = match (&written.password, &written.password_file) {
            (Some(password), None) => Some(password.get_ref().clone()),
            (None, Some(file)) => self.password_in(file),
            (Some(password), Some(file)) => {
                self.faults.push(
                    crate::config::fault::Fault::at(
                        file.span(),
                        "the password is given twice",
                        "keep `password-file` and remove `password`",
                    )
                    .against(Some(password.span())),
                );
                None
            }
            (None, None) => None,
        };
        match (&written.username, password) {
            (Some(username), Some(password)) => Some(Account {
                username: username.get_ref().clone(),
                password: Secret(password),
                auth_username: written
                    .auth_username
                    .as_ref()
                    .map(|name| name.get_ref().clone()),
            }),
            (Some(username), None) if written.password_file.is_none() => {
                self.fault(
                    username.span(),
                    "a username without a password proves nothing".to_owned(),
                    "write password-file = \"FILE\" (or password = \"...\"); without an account leave the line out",
                );
                None
            }
            (None, Some(_)) => {
                let span = written.password.as_ref().or(written.password_file.as_ref());
                self.fault(
                    span.map(Spanned::span).unwrap_or_default(),
                    "a password without a username".to_owned(),
                    "write the name of the account: username = \"...\"",
                );
                None
            }
            _ => None,
        }
    }

    fn password_in(&mut self, written: &Spanned<String>) -> Option<String> {
        let path = self.folder.join(Path::new(written.get_ref()));
        let text = self
            .world
            .read(&path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is no text".to_owned()))
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .and_then(|text| {
                if text.is_empty() {
                    Err("it is empty".to_owned())
                } else {
                    Ok(text)
                }
            });
        match text {
            Ok(text) => Some(text),
            Err(error) => {
                self.fault(
                    written.span(),
                    format!("{} cannot be read: {error}", path.display()),
                    "write the name of a file that holds the password alone, readable for Margrave; it counts from the configuration file's folder",
                );
                None
            }
        }
    }

    fn register(
        &mut self,
        role: Role,
        written: &settings::Peer,
        has_account: bool,
    ) -> Option<Duration> {
        let wants = written.register.as_ref().filter(|wants| *wants.get_ref())?;
        if role == Role::Trunk && !has_account && written.username.is_none() {
            self.fault(
                wants.span(),
                "registering needs an account".to_owned(),
                "write username and password-file",
            );
        }
        self.no_zero(written.register_seconds.as_ref());
        let seconds = written.register_seconds.as_ref();
        Some(seconds.map_or(REGISTER, |seconds| {
            Duration::from_secs((*seconds.get_ref()).into())
        }))
    }

    pub(super) fn no_zero(&mut self, written: Option<&Spanned<u32>>) {
        if let Some(written) = written.filter(|written| *written.get_ref() == 0) {
            self.fault(
                written.span(),
                "0 would let nothing through".to_owned(),
                "write a number above 0, or remove the line to have the default",
            );
        }
    }

    fn srtp(&mut self, written: Option<&Spanned<String>>) -> Srtp {
        let Some(written) = written else {
            return Srtp::default();
        };
        match written.get_ref().as_str() {
            "never" => Srtp::Never,
            "offered" => Srtp::Offered,
            "required" => Srtp::Required,
            other => {
                self.fault(
                    written.span(),
                    format!("srtp \"{other}\" is not known"),
                    "write \"never\", \"offered\" or \"required\"",
                );
                Srtp::default()
            }
        }
    }

    pub(super) fn number_form(
        &mut self,
        written: Option<&Spanned<String>>,
        default: NumberForm,
    ) -> NumberForm {
        let Some(written) = written else {
            return default;
        };
        let form = match written.get_ref().as_str() {
            "as-dialled" => NumberForm::AsDialled,
            "plus" => NumberForm::Plus,
            "digits" => NumberForm::Digits,
            "international" => NumberForm::International,
            "national" => NumberForm::National,
            other => {
                self.fault(
                    written.span(),
                    format!("number-form \"{other}\" is not known"),
                    "write \"as-dialled\", \"plus\", \"digits\", \"international\" or \"national\"",
                );
                return default;
            }
        };
        if form != NumberForm::AsDialled && self.settings.dialling.is_none() {
            self.fault(
                written.span(),
                "how numbers are dialled is not told, so they cannot be brought into a form".to_owned(),
                "tell it, for example:\n[dialling]\ncountry-code = \"49\"\nnational-prefix = \"0\"\ninternational-prefix = \"00\"",
            );
        }
        form
    }
}

/// Where one listens who names no port.
fn port_of(transport: Transport) -> u16 {
    match transport {
        Transport::Tls => SIPS_PORT,
        _ => SIP_PORT,
    }
}

fn uri_of(host: &str, port: Option<u16>, transport: Option<Transport>) -> Option<Uri> {
    let mut uri = format!("sip:{host}");
    if let Some(port) = port {
        uri.push_str(&format!(":{port}"));
    }
    if let Some(transport) = transport {
        let name = transport.via_token().to_ascii_lowercase();
        uri.push_str(&format!(";transport={name}"));
    }
    uri.parse().ok()
}

fn next(peers: &[Peer]) -> PeerId {
    PeerId(u16::try_from(peers.len()).unwrap_or(u16::MAX))
}

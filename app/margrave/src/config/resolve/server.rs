use super::Resolver;
use crate::config::address::host_and_port;
use crate::config::fault::Fault;
use crate::config::settings::Peer;
use std::net::{IpAddr, SocketAddr};
use toml::Spanned;

/// IANA's port for SIP over UDP and TCP.
pub(super) const SIP_PORT: u16 = 5060;

impl Resolver<'_> {
    pub(super) fn server(&mut self, inside: Option<IpAddr>) -> Option<SocketAddr> {
        const REMEDY: &str = "tell where your SIP server (PBX) is, for example:\n[server]\naddress = \"10.0.0.10:5060\"";
        let Some(server) = &self.settings.server else {
            self.faults
                .push(Fault::missing("there is no [server]", REMEDY));
            return None;
        };
        if server.get_ref().address.is_none() {
            self.fault(server.span(), "[server] has no address".to_owned(), REMEDY);
            return None;
        }
        self.server_address(server, inside, "server")
    }

    /// A server's name must be known at the start, for our own address may follow from it.
    pub(super) fn server_address(
        &mut self,
        server: &Spanned<Peer>,
        inside: Option<IpAddr>,
        table: &str,
    ) -> Option<SocketAddr> {
        let Some(written) = &server.get_ref().address else {
            self.fault(
                server.span(),
                format!("[{table}] has no address"),
                format!("tell where it is, for example:\n[{table}]\naddress = \"10.0.0.11:5060\""),
            );
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

    pub(super) fn own_address(&mut self, server: SocketAddr) -> Option<IpAddr> {
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
}

use super::Resolver;
use engine_net::{Block, Proxies};
use toml::Spanned;

impl Resolver<'_> {
    /// Who may say whose connection it brings.
    pub(super) fn proxies(&mut self) -> Proxies {
        let outside = &self.settings.network.outside;
        let mut trusted = Vec::new();
        for written in outside.trusted_proxies.iter().flatten() {
            match Block::parse(written.get_ref()) {
                Some(block) => trusted.push(block),
                None => self.fault(
                    written.span(),
                    format!("\"{}\" is no network", written.get_ref()),
                    "write the proxy's address, or an address and how many leading bits count: \"10.0.0.7\", \"10.0.0.0/24\"",
                ),
            }
        }
        let protocol = outside.proxy_protocol.as_ref();
        if let Some(written) = protocol
            && *written.get_ref()
            && outside.trusted_proxies.as_ref().is_none_or(Vec::is_empty)
        {
            self.fault(
                written.span(),
                "nobody is trusted to speak the PROXY protocol".to_owned(),
                "name the proxies: trusted-proxies = [\"10.0.0.7\"]",
            );
        }
        Proxies {
            trusted,
            protocol: protocol.is_some_and(|written| *Spanned::get_ref(written)),
        }
    }
}

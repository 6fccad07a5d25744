use serde::Deserialize;
use toml::Spanned;

/// What was written: the file as it stands, nothing looked up and nothing filled in.
///
/// Values keep their place in the file, so that a contradiction found later can name its lines.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) server: Option<Spanned<Server>>,
    #[serde(default)]
    pub(crate) network: Networks,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) log: Log,
}

/// The existing SIP server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Server {
    pub(crate) address: Option<Spanned<String>>,
    pub(crate) transport: Option<Spanned<String>>,
    pub(crate) domain: Option<Spanned<String>>,
}

/// The two networks of an ordinary border.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Networks {
    #[serde(default)]
    pub(crate) inside: Inside,
    #[serde(default)]
    pub(crate) outside: Outside,
}

/// The company's own network.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Inside {
    pub(crate) address: Option<Spanned<String>>,
    pub(crate) members: Option<Vec<Spanned<String>>>,
    pub(crate) sip_udp: Option<Spanned<u16>>,
    pub(crate) sip_tcp: Option<Spanned<u16>>,
    pub(crate) rtp_ports: Option<Spanned<String>>,
}

/// Everybody else.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Outside {
    pub(crate) address: Option<Spanned<String>>,
    pub(crate) ws: Option<Spanned<u16>>,
    pub(crate) wss: Option<Spanned<u16>>,
    pub(crate) certificate: Option<Spanned<String>>,
    pub(crate) key: Option<Spanned<String>>,
    pub(crate) media: Option<Spanned<u16>>,
    pub(crate) advertise: Option<Spanned<Advertise>>,
    pub(crate) allowed_origins: Option<Vec<Spanned<String>>>,
}

/// What the router in front of us shows to the Internet.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Advertise {
    pub(crate) address: Option<Spanned<String>>,
    pub(crate) tcp: Option<Spanned<u16>>,
    pub(crate) udp: Option<Spanned<u16>>,
}

/// How much, how long.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limits {
    pub(crate) calls: Option<Spanned<u32>>,
    pub(crate) connections: Option<Spanned<u32>>,
    pub(crate) connections_per_address: Option<Spanned<u32>>,
    pub(crate) bindings_per_connection: Option<Spanned<u32>>,
    pub(crate) grace_seconds: Option<Spanned<u32>>,
    pub(crate) patience_seconds: Option<Spanned<u32>>,
    pub(crate) ring_seconds: Option<Spanned<u32>>,
}

/// What is written down.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Log {
    pub(crate) level: Option<Spanned<String>>,
    pub(crate) format: Option<Spanned<String>>,
    pub(crate) redact: Option<bool>,
}

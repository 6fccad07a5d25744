use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// What was written: the file as it stands, nothing looked up and nothing filled in.
///
/// Values keep their place in the file, so that a contradiction found later can name its lines.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) server: Option<Spanned<Peer>>,
    #[serde(default)]
    pub(crate) registrar: BTreeMap<String, Spanned<Peer>>,
    #[serde(default)]
    pub(crate) trunk: BTreeMap<String, Spanned<Peer>>,
    #[serde(default)]
    pub(crate) browsers: Browsers,
    pub(crate) dialling: Option<Spanned<Dialling>>,
    #[serde(default)]
    pub(crate) route: Vec<Spanned<Route>>,
    #[serde(default)]
    pub(crate) network: Networks,
    pub(crate) hook: Option<Spanned<Hook>>,
    #[serde(default)]
    pub(crate) tls: Tls,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) log: Log,
}

/// A SIP server (`[server]`, `[registrar.NAME]`) or a trunk (`[trunk.NAME]`). Which keys belong to which is said in `keys`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Peer {
    pub(crate) address: Option<Spanned<String>>,
    pub(crate) further_addresses: Option<Vec<Spanned<At>>>,
    pub(crate) transport: Option<Spanned<String>>,
    pub(crate) network: Option<Spanned<String>>,
    pub(crate) domain: Option<Spanned<String>>,
    pub(crate) username: Option<Spanned<String>>,
    pub(crate) auth_username: Option<Spanned<String>>,
    pub(crate) password: Option<Spanned<String>>,
    pub(crate) password_file: Option<Spanned<String>>,
    pub(crate) register: Option<Spanned<bool>>,
    pub(crate) register_seconds: Option<Spanned<u32>>,
    pub(crate) probe_seconds: Option<Spanned<u32>>,
    pub(crate) max_calls: Option<Spanned<u32>>,
    pub(crate) calls_per_second: Option<Spanned<u32>>,
    pub(crate) session_seconds: Option<Spanned<u32>>,
    pub(crate) session_min_seconds: Option<Spanned<u32>>,
    pub(crate) prack: Option<Spanned<bool>>,
    pub(crate) hand_on_transfers: Option<Spanned<bool>>,
    pub(crate) srtp: Option<Spanned<String>>,
    pub(crate) trusted: Option<Spanned<bool>>,
    pub(crate) number_form: Option<Spanned<String>>,
    pub(crate) called_in: Option<Vec<Spanned<String>>>,
    pub(crate) calling_in: Option<Vec<Spanned<String>>>,
    pub(crate) called_out: Option<Vec<Spanned<String>>>,
    pub(crate) calling_out: Option<Vec<Spanned<String>>>,
    pub(crate) caller_id: Option<Spanned<String>>,
    pub(crate) caller_ids: Option<Vec<Spanned<String>>>,
    pub(crate) headers_from: Option<Vec<Spanned<String>>>,
    pub(crate) headers_to: Option<Vec<Spanned<String>>>,
    pub(crate) set_headers: Option<Vec<Spanned<String>>>,
    pub(crate) registrations: Option<Spanned<String>>,
    pub(crate) registration_seconds: Option<Spanned<u32>>,
    pub(crate) registration_min_seconds: Option<Spanned<u32>>,
    pub(crate) registration_max_seconds: Option<Spanned<u32>>,
    pub(crate) registration_jitter: Option<Spanned<u32>>,
    pub(crate) path: Option<Spanned<bool>>,
    pub(crate) features: Option<Spanned<bool>>,
    pub(crate) flow_timer_seconds: Option<Spanned<u32>>,
}

/// Who is asked over HTTP.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Hook {
    pub(crate) calls: Option<Spanned<String>>,
    pub(crate) calls_milliseconds: Option<Spanned<u32>>,
    pub(crate) unanswered: Option<Spanned<String>>,
    pub(crate) wake: Option<Spanned<String>>,
    pub(crate) wake_milliseconds: Option<Spanned<u32>>,
    pub(crate) wake_seconds: Option<Spanned<u32>>,
    pub(crate) providers: Option<Vec<Spanned<String>>>,
}

/// What holds for every browser.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Browsers {
    pub(crate) called_in: Option<Vec<Spanned<String>>>,
    pub(crate) number_form: Option<Spanned<String>>,
    pub(crate) headers_from: Option<Vec<Spanned<String>>>,
    pub(crate) headers_to: Option<Vec<Spanned<String>>>,
    pub(crate) set_headers: Option<Vec<Spanned<String>>>,
}

/// How numbers are dialled.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Dialling {
    pub(crate) country_code: Option<Spanned<String>>,
    pub(crate) national_prefix: Option<Spanned<String>>,
    pub(crate) international_prefix: Option<Spanned<String>>,
}

/// Where calls go.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Route {
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) from: Option<Vec<Spanned<String>>>,
    pub(crate) called: Option<Vec<Spanned<String>>>,
    pub(crate) domains: Option<Vec<Spanned<String>>>,
    pub(crate) to: Option<Spanned<Vec<Spanned<To>>>>,
    pub(crate) users: Option<Spanned<Vec<Spanned<String>>>>,
    pub(crate) refuse: Option<Spanned<u16>>,
    pub(crate) reason: Option<Spanned<String>>,
    pub(crate) called_rules: Option<Vec<Spanned<String>>>,
    pub(crate) calling_rules: Option<Vec<Spanned<String>>>,
    pub(crate) caller_id: Option<Spanned<String>>,
    pub(crate) caller_ids: Option<Vec<Spanned<String>>>,
    pub(crate) advance_on: Option<Vec<Spanned<u16>>>,
    pub(crate) silence_seconds: Option<Spanned<u32>>,
    pub(crate) ring_seconds: Option<Spanned<u32>>,
}

/// One more address of a peer: the address, or the address with priority and weight.
#[derive(Debug)]
pub(crate) struct At(pub(crate) To);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ToVisitor("address")).map(At)
    }
}

/// One peer of a route: its name, or its name with priority and weight.
#[derive(Debug)]
pub(crate) struct To {
    pub(crate) peer: String,
    pub(crate) priority: Option<u16>,
    pub(crate) weight: Option<u16>,
}

impl<'de> Deserialize<'de> for To {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ToVisitor("peer"))
    }
}

/// Knows what the key is called that names the one meant.
struct ToVisitor(&'static str);

impl<'de> Visitor<'de> for ToVisitor {
    type Value = To;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0 {
            "peer" => "a peer's name, or { peer = \"name\", priority = 1, weight = 1 }",
            _ => "an address, or { address = \"10.0.0.11:5060\", priority = 1, weight = 1 }",
        };
        out.write_str(what)
    }

    fn visit_str<E: de::Error>(self, peer: &str) -> Result<To, E> {
        Ok(To {
            peer: peer.to_owned(),
            priority: None,
            weight: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<To, A::Error> {
        let (mut peer, mut priority, mut weight) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                named if named == self.0 => peer = Some(map.next_value()?),
                "priority" => priority = Some(map.next_value()?),
                "weight" => weight = Some(map.next_value()?),
                other => {
                    let known = match self.0 {
                        "peer" => &["peer", "priority", "weight"],
                        _ => &["address", "priority", "weight"],
                    };
                    return Err(de::Error::unknown_field(other, known));
                }
            }
        }
        Ok(To {
            peer: peer.ok_or_else(|| de::Error::missing_field(self.0))?,
            priority,
            weight,
        })
    }
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
    pub(crate) sip_tls: Option<Spanned<u16>>,
    pub(crate) sip_tls_mutual: Option<Spanned<bool>>,
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
    pub(crate) sip_udp: Option<Spanned<u16>>,
    pub(crate) sip_tcp: Option<Spanned<u16>>,
    pub(crate) sip_tls: Option<Spanned<u16>>,
    pub(crate) sip_tls_mutual: Option<Spanned<bool>>,
    pub(crate) rtp_ports: Option<Spanned<String>>,
    pub(crate) advertise: Option<Spanned<Advertise>>,
    pub(crate) ice: Option<Spanned<String>>,
    pub(crate) allowed_origins: Option<Vec<Spanned<String>>>,
    pub(crate) trusted_proxies: Option<Vec<Spanned<String>>>,
    pub(crate) proxy_protocol: Option<Spanned<bool>>,
}

/// What the router in front of us shows to the Internet.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Advertise {
    pub(crate) address: Option<Spanned<String>>,
    pub(crate) tcp: Option<Spanned<u16>>,
    pub(crate) udp: Option<Spanned<u16>>,
}

/// Whom we believe who a peer is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Tls {
    pub(crate) authorities: Option<Spanned<String>>,
}

/// How much, how long.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limits {
    pub(crate) calls: Option<Spanned<u32>>,
    pub(crate) connections: Option<Spanned<u32>>,
    pub(crate) connections_per_address: Option<Spanned<u32>>,
    pub(crate) peer_connections: Option<Spanned<u32>>,
    pub(crate) bindings_per_connection: Option<Spanned<u32>>,
    pub(crate) calls_per_user: Option<Spanned<u32>>,
    pub(crate) wrong_passwords_per_address: Option<Spanned<u32>>,
    pub(crate) grace_seconds: Option<Spanned<u32>>,
    pub(crate) patience_seconds: Option<Spanned<u32>>,
    pub(crate) ring_seconds: Option<Spanned<u32>>,
    pub(crate) redirects: Option<Spanned<String>>,
}

/// What is written down.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Log {
    pub(crate) level: Option<Spanned<String>>,
    pub(crate) format: Option<Spanned<String>>,
    pub(crate) redact: Option<bool>,
}

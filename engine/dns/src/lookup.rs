use crate::{Servers, Settings};
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{Resolver, TokioResolver};
use sip_locate::{Answer, Kind, Naptr, Question, Record, Srv};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Of a negative answer that does not say (RFC 2308 §5: then it need not be kept at all).
const NOTHING: Duration = Duration::from_secs(30);
/// An answer said to be good for so long comes from `/etc/hosts`, which may change.
const FOR_EVER: Duration = Duration::from_secs(86_000);
/// How long it is believed.
const HOSTS: Duration = Duration::from_secs(60);

/// A resolver for what the settings, or the system's files, say now.
pub(crate) fn resolver(settings: &Settings) -> Result<TokioResolver, NetError> {
    let (config, mut options) = match &settings.servers {
        Servers::System => read_system_conf().unwrap_or_else(|error| {
            // Without name servers there is still /etc/hosts.
            tracing::warn!(%error, "/etc/resolv.conf cannot be read; only /etc/hosts is");
            let none = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
            (none, ResolverOpts::default())
        }),
        Servers::These(servers) => {
            let servers = servers.iter().map(name_server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            (config, ResolverOpts::default())
        }
    };
    options.use_hosts_file = match settings.servers {
        Servers::System => ResolveHosts::Always,
        Servers::These(_) => ResolveHosts::Never,
    };
    options.timeout = settings.timeout;
    // One lost datagram is made good within the patience.
    options.attempts = 2;
    // Who asks remembers.
    options.cache_size = 0;
    let provider = TokioRuntimeProvider::default();
    Resolver::builder_with_config(config, provider)
        .with_options(options)
        .build()
}

fn name_server(at: &SocketAddr) -> NameServerConfig {
    let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    let ways = ways.map(|mut way| {
        way.port = at.port();
        way
    });
    NameServerConfig::new(at.ip(), true, ways.to_vec())
}

/// Asks one question.
pub(crate) async fn look_up(resolver: &TokioResolver, question: &Question) -> Answer {
    let kind = match question.kind {
        Kind::Naptr => RecordType::NAPTR,
        Kind::Srv => RecordType::SRV,
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
    };
    // A name with dots is whole; a single word is looked for in the system's own domains as well.
    let mut name = question.name.clone();
    if name.contains('.') {
        name.push('.');
    }
    match resolver.lookup(name, kind).await {
        Ok(found) => {
            let answers = found.answers().iter();
            let records: Vec<Record> = answers.filter_map(|it| record(&it.data)).collect();
            let left = found
                .valid_until()
                .saturating_duration_since(Instant::now());
            let left = if left > FOR_EVER { HOSTS } else { left };
            if records.is_empty() {
                Answer::Nothing(left)
            } else {
                Answer::Records(records, left)
            }
        }
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
            let left = none.negative_ttl.map(u64::from).map(Duration::from_secs);
            Answer::Nothing(left.unwrap_or(NOTHING))
        }
        Err(error) => {
            tracing::debug!(name = question.name, %error, "DNS fails");
            Answer::Failed
        }
    }
}

fn record(data: &RData) -> Option<Record> {
    Some(match data {
        RData::A(address) => Record::A(address.0),
        RData::AAAA(address) => Record::Aaaa(address.0),
        RData::SRV(srv) => Record::Srv(Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: srv.target.to_ascii(),
        }),
        RData::NAPTR(naptr) => Record::Naptr(Naptr {
            order: naptr.order,
            preference: naptr.preference,
            flags: text(&naptr.flags),
            services: text(&naptr.services),
            regexp: text(&naptr.regexp),
            replacement: naptr.replacement.to_ascii(),
        }),
        _ => return None,
    })
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

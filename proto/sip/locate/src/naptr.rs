use crate::{Naptr, Record, name};
use proto_base::Transport;

/// Where a service of a domain is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) transport: Transport,
    pub(crate) name: String,
    /// Whether `name` has SRV records, or addresses itself.
    pub(crate) by_srv: bool,
}

/// The services of a domain that can be used, best first (RFC 3263 §4.1).
///
/// Of those that we speak only the lowest order counts (RFC 3403 §4.1). So nobody who makes our TLS fail brings us down to UDP,
/// unless the domain's owner ranks them alike.
pub(crate) fn services(records: &[Record], speaks: &[Transport], secure: bool) -> Vec<Service> {
    let mut usable: Vec<(&Naptr, Service)> = records
        .iter()
        .filter_map(|record| match record {
            Record::Naptr(naptr) => Some((naptr, service(naptr, speaks, secure)?)),
            _ => None,
        })
        .collect();
    let Some(lowest) = usable.iter().map(|(naptr, _)| naptr.order).min() else {
        return Vec::new();
    };
    usable.retain(|(naptr, _)| naptr.order == lowest);
    usable.sort_by_key(|(naptr, _)| naptr.preference);
    usable.into_iter().map(|(_, service)| service).collect()
}

fn service(naptr: &Naptr, speaks: &[Transport], secure: bool) -> Option<Service> {
    let transport = match naptr.services.to_ascii_uppercase().as_str() {
        "SIPS+D2T" => Transport::Tls,
        "SIP+D2T" if !secure => Transport::Tcp,
        "SIP+D2U" if !secure => Transport::Udp,
        _ => return None,
    };
    let by_srv = match naptr.flags.to_ascii_lowercase().as_str() {
        "s" => true,
        "a" => false,
        _ => return None,
    };
    if !speaks.contains(&transport) || !naptr.regexp.is_empty() {
        return None;
    }
    Some(Service {
        transport,
        name: name::asked(&naptr.replacement)?,
        by_srv,
    })
}

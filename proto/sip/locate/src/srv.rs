use crate::{Record, Srv};
use proto_base::{Random, Transport};

/// The name whose SRV records lead to a domain's servers (RFC 3263 §4.1, RFC 2782).
pub(crate) fn name(host: &str, transport: Transport) -> Option<String> {
    let service = match transport {
        Transport::Udp => "_sip._udp.",
        Transport::Tcp => "_sip._tcp.",
        Transport::Tls => "_sips._tcp.",
        // RFC 7118 §5.3 names none for WebSockets: nobody dials a browser.
        Transport::Ws | Transport::Wss => return None,
    };
    crate::name::asked(&format!("{service}{host}"))
}

/// The servers in the order to try them: by priority, and among equals drawn by weight (RFC 2782).
pub(crate) fn order(records: &[Record], random: &mut Random) -> Vec<Srv> {
    let mut left: Vec<&Srv> = records
        .iter()
        .filter_map(|record| match record {
            // RFC 2782: a target of "." says that the service is decidedly not there.
            Record::Srv(srv) if srv.port != 0 && !srv.target.trim_end_matches('.').is_empty() => {
                Some(srv)
            }
            _ => None,
        })
        .collect();
    // Weight 0 in front gives such a server a small chance and no more.
    left.sort_by_key(|srv| (srv.priority, srv.weight));
    let mut ordered = Vec::with_capacity(left.len());
    while let Some(priority) = left.first().map(|srv| srv.priority) {
        let equals = left.iter().take_while(|srv| srv.priority == priority);
        let total: u64 = equals.clone().map(|srv| u64::from(srv.weight)).sum();
        let drawn = random.u64() % total.saturating_add(1);
        let mut sum = 0u64;
        let chosen = equals
            .map(|srv| {
                sum = sum.saturating_add(u64::from(srv.weight));
                sum
            })
            .position(|sum| sum >= drawn)
            .unwrap_or_default();
        ordered.push(left.remove(chosen).clone());
    }
    ordered
}

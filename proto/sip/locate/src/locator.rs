use crate::cache::{Cache, Look};
use crate::down::Down;
use crate::naptr::{Service, services};
use crate::{Answer, Kind, Place, Question, Reach, Record, Wanted, families, name, srv};
use proto_base::{Random, Time, Transport};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// RFC 3261 §19.1.2.
const PORT: u16 = 5060;
/// The same with TLS.
const SECURE_PORT: u16 = 5061;
/// Places given for one search: each is a wait for the caller, who hangs up long before the last.
const MOST_PLACES: usize = 16;
/// Servers whose addresses are asked for.
const MOST_SERVERS: usize = 8;

/// Where URIs lead, as far as DNS has said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locator {
    cache: Cache,
    down: Down,
}

/// What is known of a place that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// Here, to be tried in this order. Never empty.
    At(Vec<Place>),
    /// These must be put to DNS, or, if there are none, others are on their way: ask again when one is answered.
    Ask(Vec<Question>),
    /// It leads nowhere.
    Nowhere(Nowhere),
}

/// Why a URI leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nowhere {
    /// Its host is no name that is looked up.
    NoName,
    /// The network speaks no transport that it could be reached by, or none of its families of addresses.
    Unspoken,
    /// DNS knows no such server.
    Unknown,
    /// DNS did not answer.
    Failed,
    /// Too many questions are on their way.
    Busy,
}

/// One search through what is known.
struct Search<'a> {
    cache: &'a Cache,
    now: Time,
    missing: BTreeSet<Question>,
    failed: bool,
}

/// A server's name, or the host itself, with what is settled about it.
struct Server {
    name: String,
    transport: Transport,
    port: u16,
}

impl Locator {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where to send a request, or what to ask first (RFC 3263 §4).
    pub fn locate(
        &mut self,
        now: Time,
        wanted: &Wanted,
        reach: Reach<'_>,
        random: &mut Random,
    ) -> Located {
        let address = wanted.host.trim_matches(['[', ']']).parse::<IpAddr>();
        if let Ok(address) = address {
            return at_address(wanted, address, reach);
        }
        let Some(host) = name::asked(&wanted.host) else {
            return Located::Nowhere(Nowhere::NoName);
        };
        let mut search = Search {
            cache: &self.cache,
            now,
            missing: BTreeSet::new(),
            failed: false,
        };
        let servers = search.servers(wanted, &host, reach.transports, random);
        let places = match servers {
            Ok(servers) => search.places(&servers, reach, random),
            Err(nowhere) => return Located::Nowhere(nowhere),
        };
        let Search {
            missing, failed, ..
        } = search;
        if !missing.is_empty() {
            return self.ask(now, missing);
        }
        if places.is_empty() {
            return Located::Nowhere(if failed {
                Nowhere::Failed
            } else {
                Nowhere::Unknown
            });
        }
        Located::At(self.best_first(now, places))
    }

    /// DNS has answered. An answer to what was not asked changes nothing.
    pub fn found(&mut self, now: Time, question: Question, answer: Answer) {
        self.cache.found(now, question, answer);
    }

    /// Nobody answered at this place: it is tried last for a while, longer each time.
    pub fn failed(&mut self, now: Time, place: Place) {
        self.down.failed(now, place);
    }

    /// This place asked to be spared for so long (503 with Retry-After, RFC 3263 §4.3).
    pub fn avoid(&mut self, now: Time, place: Place, span: Duration) {
        self.down.avoid(now, place, span);
    }

    /// It answered.
    pub fn works(&mut self, place: &Place) {
        self.down.works(place);
    }

    /// Whether this place is tried last at the moment.
    pub fn is_down(&self, now: Time, place: &Place) -> bool {
        self.down.until(now, place).is_some()
    }

    fn ask(&mut self, now: Time, missing: BTreeSet<Question>) -> Located {
        let mut questions = Vec::new();
        for question in missing {
            match self.cache.ask(now, &question) {
                Some(true) => questions.push(question),
                Some(false) => {}
                // Those that were noted just now will be put by the next search, when they have run out.
                None if questions.is_empty() => return Located::Nowhere(Nowhere::Busy),
                None => break,
            }
        }
        Located::Ask(questions)
    }

    fn best_first(&self, now: Time, places: Vec<Place>) -> Vec<Place> {
        let mut best: Vec<Place> = Vec::new();
        for place in places {
            if !best.contains(&place) {
                best.push(place);
            }
        }
        // Stable: whoever is not down keeps his rank, and of those who are, the one that may be back first goes first.
        best.sort_by_key(|place| self.down.until(now, place));
        best.truncate(MOST_PLACES);
        best
    }

    #[cfg(test)]
    pub(crate) fn remembered(&self) -> usize {
        self.cache.len()
    }
}

/// A literal address needs no DNS (RFC 3263 §4.1, §4.2).
fn at_address(wanted: &Wanted, address: IpAddr, reach: Reach<'_>) -> Located {
    let transport = transport(wanted, reach.transports);
    let is_reached = if address.is_ipv4() {
        reach.v4
    } else {
        reach.v6
    };
    match transport {
        Some(transport) if is_reached => Located::At(vec![Place {
            transport,
            address: SocketAddr::new(address, wanted.port.unwrap_or(port(transport))),
        }]),
        _ => Located::Nowhere(Nowhere::Unspoken),
    }
}

/// The transport that is asked for, else the one that stands when nothing says otherwise: UDP, with `sips:` TLS; and if the network
/// does not speak it, what it likes best.
fn transport(wanted: &Wanted, speaks: &[Transport]) -> Option<Transport> {
    if let Some(transport) = wanted.transport {
        return speaks.contains(&transport).then_some(transport);
    }
    let usual = if wanted.secure {
        Transport::Tls
    } else {
        Transport::Udp
    };
    if speaks.contains(&usual) {
        return Some(usual);
    }
    let mut others = speaks.iter().filter(|transport| !transport.is_websocket());
    others.next().copied().filter(|_| !wanted.secure)
}

const fn port(transport: Transport) -> u16 {
    match transport {
        Transport::Tls | Transport::Wss => SECURE_PORT,
        Transport::Udp | Transport::Tcp | Transport::Ws => PORT,
    }
}

impl Search<'_> {
    /// The servers of the host in the order to try them. Incomplete while something is missing.
    fn servers(
        &mut self,
        wanted: &Wanted,
        host: &str,
        speaks: &[Transport],
        random: &mut Random,
    ) -> Result<Vec<Server>, Nowhere> {
        let itself = |transport| Server {
            name: host.to_owned(),
            transport,
            port: wanted.port.unwrap_or(port(transport)),
        };
        let usual = transport(wanted, speaks).ok_or(Nowhere::Unspoken)?;
        if wanted.port.is_some() {
            return Ok(vec![itself(usual)]);
        }
        let services = match wanted.transport {
            Some(transport) => by_srv(host, &[transport], false),
            None => match self.services(host, speaks, wanted.secure) {
                Some(services) => services,
                None => return Ok(Vec::new()),
            },
        };
        let mut servers = Vec::new();
        let mut may_fall_back = true;
        for service in &services {
            if !service.by_srv {
                servers.push(Server {
                    name: service.name.clone(),
                    transport: service.transport,
                    port: port(service.transport),
                });
                continue;
            }
            let Some(records) = self.look(&service.name, Kind::Srv) else {
                continue;
            };
            // Records that lead nowhere say that there is no service: then the host's own address is no substitute.
            may_fall_back &= records.is_empty();
            let ordered = srv::order(&records, random);
            servers.extend(ordered.into_iter().filter_map(|srv| {
                Some(Server {
                    name: name::asked(&srv.target)?,
                    transport: service.transport,
                    port: srv.port,
                })
            }));
        }
        if servers.is_empty() && self.missing.is_empty() && may_fall_back {
            servers.push(itself(usual));
        }
        servers.truncate(MOST_SERVERS);
        Ok(servers)
    }

    /// What the domain offers: by NAPTR, or, where it has none, by SRV of each transport we speak. `None`: not known yet.
    fn services(&mut self, host: &str, speaks: &[Transport], secure: bool) -> Option<Vec<Service>> {
        let records = self.look(host, Kind::Naptr)?;
        let services = services(&records, speaks, secure);
        if services.is_empty() {
            return Some(by_srv(host, speaks, secure));
        }
        Some(services)
    }

    fn places(&mut self, servers: &[Server], reach: Reach<'_>, random: &mut Random) -> Vec<Place> {
        let mut places = Vec::new();
        for server in servers {
            // A server's name may be an address, against RFC 2782, and then is one.
            let addresses = match server.name.parse::<IpAddr>() {
                Ok(address) => vec![address],
                Err(_) => self.addresses(&server.name, reach, random),
            };
            places.extend(addresses.into_iter().map(|address| Place {
                transport: server.transport,
                address: SocketAddr::new(address, server.port),
            }));
        }
        places
    }

    /// Both families are asked at once (RFC 7984 §3.1).
    fn addresses(&mut self, name: &str, reach: Reach<'_>, random: &mut Random) -> Vec<IpAddr> {
        let mut all = Vec::new();
        for (kind, reached) in [(Kind::Aaaa, reach.v6), (Kind::A, reach.v4)] {
            if reached && let Some(records) = self.look(name, kind) {
                all.extend(records);
            }
        }
        let v6 = all.iter().filter_map(|record| match record {
            Record::Aaaa(address) => Some(*address),
            _ => None,
        });
        let v4 = all.iter().filter_map(|record| match record {
            Record::A(address) => Some(*address),
            _ => None,
        });
        families::by_turns(v6.collect(), v4.collect(), random)
    }

    /// What is known of a name; `None`: it must be asked. A failure counts as nothing: the next step may still lead on.
    fn look(&mut self, name: &str, kind: Kind) -> Option<Vec<Record>> {
        let question = Question {
            name: name.to_owned(),
            kind,
        };
        match self.cache.look(self.now, &question) {
            Look::Known(records) => Some(records.to_vec()),
            Look::Failed => {
                self.failed = true;
                Some(Vec::new())
            }
            Look::Unknown => {
                self.missing.insert(question);
                None
            }
        }
    }
}

/// RFC 3263 §4.1: without NAPTR, a transport is offered if it has SRV records.
fn by_srv(host: &str, transports: &[Transport], secure: bool) -> Vec<Service> {
    transports
        .iter()
        .filter(|transport| !secure || **transport == Transport::Tls)
        .filter_map(|&transport| {
            Some(Service {
                transport,
                name: srv::name(host, transport)?,
                by_srv: true,
            })
        })
        .collect()
}

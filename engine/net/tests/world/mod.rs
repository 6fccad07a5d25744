//! What the stories share: a network on loopback, an authority, and streams to it.
#![allow(dead_code)]

use engine_net::{
    Arrival, Authorities, Identity, Net, NetEvent, NetEvents, NetListener, NetSettings, Target,
};
use proto_base::{NetworkId, Transport};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) const OUTSIDE: NetworkId = NetworkId(0);
pub(crate) const OPTIONS: &[u8] = b"OPTIONS sip:example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n";
/// Longer than anything takes that happens at all.
const LONG: Duration = Duration::from_secs(20);

pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// The events, one at a time.
pub(crate) struct Events {
    events: NetEvents,
    waiting: Vec<NetEvent>,
}

pub(crate) fn settings(transports: &[Transport], bind: &str) -> NetSettings {
    NetSettings {
        listeners: transports
            .iter()
            .map(|&transport| NetListener {
                network: OUTSIDE,
                transport,
                bind: bind.parse().unwrap(),
            })
            .collect(),
        ..NetSettings::default()
    }
}

pub(crate) fn started(
    transports: &[Transport],
    change: impl FnOnce(&mut NetSettings),
) -> (Net, Events) {
    started_at("127.0.0.1:0", transports, change)
}

pub(crate) fn started_at(
    bind: &str,
    transports: &[Transport],
    change: impl FnOnce(&mut NetSettings),
) -> (Net, Events) {
    let mut settings = settings(transports, bind);
    change(&mut settings);
    let (net, events) = Net::start(settings).unwrap();
    let events = Events {
        events,
        waiting: Vec::new(),
    };
    (net, events)
}

pub(crate) fn failing(transports: &[Transport], change: impl FnOnce(&mut NetSettings)) -> String {
    let mut settings = settings(transports, "127.0.0.1:0");
    change(&mut settings);
    match Net::start(settings) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it starts"),
    }
}

pub(crate) fn within(events: &mut Events, span: Duration) -> Option<NetEvent> {
    let until = Instant::now() + span;
    while events.waiting.is_empty() && Instant::now() < until {
        let left = until.saturating_duration_since(Instant::now());
        events.events.wait(left).unwrap();
        if events.events.take(&mut events.waiting, 64).is_err() {
            break;
        }
    }
    (!events.waiting.is_empty()).then(|| events.waiting.remove(0))
}

pub(crate) fn next(events: &mut Events) -> Option<NetEvent> {
    within(events, LONG)
}

pub(crate) fn opened(events: &mut Events) -> (Arrival, Vec<String>) {
    match next(events) {
        Some(NetEvent::Opened(arrival, names)) => (arrival, names),
        other => panic!("not opened: {other:?}"),
    }
}

pub(crate) fn received(events: &mut Events) -> (Arrival, Vec<u8>) {
    match next(events) {
        Some(NetEvent::Received(arrival, message)) => (arrival, message),
        other => panic!("not received: {other:?}"),
    }
}

pub(crate) fn to(transport: Transport, address: SocketAddr) -> Target {
    Target::Address {
        network: OUTSIDE,
        transport,
        address,
    }
}

pub(crate) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// A request with a body of about this length.
pub(crate) fn long_message(octets: usize) -> Vec<u8> {
    let body: Vec<u8> = (0..octets).map(|at| b'a' + (at % 23) as u8).collect();
    let head = format!(
        "MESSAGE sip:bob@example.com SIP/2.0\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// An authority of the test's own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    pub(crate) fn identity(&self, names: &[&str]) -> Identity {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let params = CertificateParams::new(names).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity::from_der(vec![certificate.der().to_vec()], key.serialize_der())
    }

    pub(crate) fn authorities(&self) -> Authorities {
        Authorities::from_der(vec![self.certificate.clone()]).unwrap()
    }

    pub(crate) fn roots(&self) -> rustls::RootCertStore {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone().into()).unwrap();
        roots
    }

    /// A TLS stream that shows nothing.
    pub(crate) fn client(
        &self,
        to: SocketAddr,
        name: &'static str,
    ) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
        let roots = self.roots();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = name.try_into().unwrap();
        let tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        rustls::StreamOwned::new(tls, connect(to))
    }
}

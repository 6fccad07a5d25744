//! Bytes as a sequence of what happens to a [`Trunk`]: its registrar grants, refuses, asks who we are, says nothing; time passes; it is
//! written down; we leave. One REGISTER is out at a time, each is newer than the last, and who has left asks for nothing more.

use proto_base::{Random, Time};
use sbc_trunk::{Due, Place, Settings, Standing, Trunk};
use sip_message::{HeaderName, Method, Request, StatusCode, Uri};
use std::time::Duration;

/// More operations than this tell no new story.
const MAX_OPERATIONS: usize = 300;

struct World {
    trunk: Trunk,
    random: Random,
    now: Time,
    register: Option<Request>,
    probes: usize,
    last: u32,
    has_left: bool,
}

/// Plays the operations, and checks what was promised on the way.
pub fn trunk(bytes: &[u8]) {
    let Some(place) = place() else {
        return;
    };
    let settings = Settings {
        account: Some(("us".to_owned(), "secret".to_owned())),
        register: Some(Duration::from_secs(600)),
        probe: Some(Duration::from_secs(30)),
        calls_per_second: Some(2),
    };
    let mut random = Random::from_number(1);
    let mut world = World {
        trunk: Trunk::new(&settings, &mut random),
        random,
        now: Time::ZERO,
        register: None,
        probes: 0,
        last: 0,
        has_left: false,
    };
    for pair in bytes.chunks(2).take(MAX_OPERATIONS) {
        let (kind, detail) = match pair {
            [kind, detail] => (*kind, *detail),
            [kind] => (*kind, 0),
            _ => return,
        };
        world.play(&place, kind, detail);
    }
}

impl World {
    fn play(&mut self, place: &Place, kind: u8, detail: u8) {
        match kind % 8 {
            0 => {
                if let Some(at) = self.trunk.deadline() {
                    self.now = self.now.max(at);
                }
                self.due(place);
            }
            1 => {
                self.now = self.now + Duration::from_secs(u64::from(detail) * 8);
                self.due(place);
            }
            2 => self.registrar(&[200, 200, 202, 204], detail),
            3 => self.registrar(&[401, 407, 403, 404, 423, 500, 503, 603], detail),
            4 => {
                if self.register.take().is_some() {
                    self.trunk.unregistered(self.now, &mut self.random);
                }
            }
            5 => {
                if self.probes > 0 {
                    self.probes -= 1;
                    let status = [None, Some(200), Some(404), Some(503)];
                    let status = status.get(usize::from(detail % 4)).copied().flatten();
                    self.trunk.probed(self.now, status, &mut self.random);
                }
            }
            6 => self.written_down(),
            _ => {
                if !self.has_left
                    && let Some(last) = self.trunk.end(place, &mut self.random)
                {
                    assert_eq!(last.headers.expires(), Ok(Some(0)));
                    self.asks(last);
                }
                self.has_left = true;
            }
        }
    }

    fn due(&mut self, place: &Place) {
        // The composer asks nothing more of a trunk that it has ended.
        if self.has_left {
            return;
        }
        for due in self.trunk.poll(self.now, place, &mut self.random) {
            match due {
                Due::Register(request) => {
                    assert!(self.register.is_none(), "two are out");
                    self.asks(request);
                }
                Due::Probe(request) => {
                    assert_eq!(request.method, Method::Options);
                    self.probes += 1;
                }
            }
        }
    }

    fn asks(&mut self, request: Request) {
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        assert!(number > self.last, "{number} after {}", self.last);
        self.last = number;
        self.register = Some(request);
    }

    fn registrar(&mut self, codes: &[u16], detail: u8) {
        let Some(request) = self.register.take() else {
            return;
        };
        let at = usize::from(detail) % codes.len().max(1);
        let code = codes.get(at).copied().unwrap_or(200);
        let mut response = request.response(StatusCode::of(code));
        let headers = &mut response.headers;
        match code {
            401 => headers.push(
                HeaderName::WwwAuthenticate,
                format!("Digest realm=\"r\", nonce=\"n{detail}\", qop=\"auth\""),
            ),
            407 => headers.push(
                HeaderName::ProxyAuthenticate,
                "Digest realm=\"r\", nonce=\"p\", algorithm=SHA-256",
            ),
            423 => headers.push(HeaderName::MinExpires, u32::from(detail) * 100),
            503 => headers.push(HeaderName::RetryAfter, u32::from(detail)),
            200 => headers.push(HeaderName::Expires, u32::from(detail) * 10),
            _ => {}
        }
        let standing = self.trunk.registered(self.now, &response, &mut self.random);
        match standing {
            Standing::Again(again) => {
                if self.has_left {
                    assert_eq!(again.headers.expires(), Ok(Some(0)));
                }
                self.asks(*again);
            }
            Standing::Registered { .. } => assert!(!self.has_left),
            Standing::Same | Standing::Lost { .. } => {}
        }
    }

    fn written_down(&mut self) {
        let text = serde_json::to_string(&self.trunk);
        let read = text.ok().and_then(|text| serde_json::from_str(&text).ok());
        match read {
            Some(trunk) => self.trunk = trunk,
            None => panic!("it cannot read what it wrote"),
        }
    }
}

fn place() -> Option<Place> {
    let uri = |text: &str| text.parse::<Uri>().ok();
    Some(Place {
        registrar: uri("sip:carrier.example")?,
        address_of_record: uri("sip:us@carrier.example")?,
        contact: uri("sip:us@203.0.113.5:5060")?,
    })
}

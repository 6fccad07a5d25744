use crate::{Algorithm, Challenge, Credentials, nonce, response};
use proto_base::{Random, Time};
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Request, Response, StatusCode};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long a nonce is good for. Longer than a registration's usual refresh would save a round trip and give a stolen header
/// more time; five minutes is what most registrars choose.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(300);
/// How many nonces' counters are remembered, a hundred bytes each. The oldest is forgotten first, and everything as old
/// as it is stale from then on, so forgetting never lets a repeat in.
pub const NONCES_REMEMBERED: usize = 10_000;

/// Who asks, which decides the status and the headers (RFC 3261 §22.2, §22.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asker {
    /// A registrar or another end of the request: 401, WWW-Authenticate, Authorization.
    UserAgent,
    /// A proxy: 407, Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl Asker {
    /// 401 or 407.
    pub const fn status(self) -> StatusCode {
        match self {
            Asker::UserAgent => StatusCode::of(401),
            Asker::Proxy => StatusCode::of(407),
        }
    }

    /// The header with the challenge.
    pub const fn challenges_in(self) -> HeaderName {
        match self {
            Asker::UserAgent => HeaderName::WwwAuthenticate,
            Asker::Proxy => HeaderName::ProxyAuthenticate,
        }
    }

    /// The header with the credentials.
    pub const fn credentials_in(self) -> HeaderName {
        match self {
            Asker::UserAgent => HeaderName::Authorization,
            Asker::Proxy => HeaderName::ProxyAuthorization,
        }
    }
}

/// The proof that a request came from this user. Made only by [`Server::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    user: String,
}

impl Verified {
    /// Who it was.
    pub fn user(&self) -> &str {
        &self.user
    }
}

/// Not let in: answer with the challenges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    asker: Asker,
    challenges: Vec<Challenge>,
    /// Credentials for this realm were there and were wrong; if not, there were none or their nonce was too old.
    pub wrong: bool,
}

impl Denied {
    /// The challenges, strongest hash first.
    pub fn challenges(&self) -> &[Challenge] {
        &self.challenges
    }

    /// The 401 or 407 to `request`, still without a To tag.
    pub fn answer(&self, request: &Request) -> Response {
        let mut response = request.response(self.asker.status());
        for challenge in &self.challenges {
            response.headers.push(self.asker.challenges_in(), challenge);
        }
        response
    }
}

/// Challenges, and checks what comes back.
///
/// Each nonce counts: a counter that was seen, or an older one, is refused as stale, so a header that was overheard is
/// of no use again.
#[derive(Clone, Serialize, Deserialize)]
pub struct Server {
    realm: String,
    secret: [u8; 32],
    algorithms: Vec<Algorithm>,
    /// Nonce to the highest counter seen. Nonces sort by age.
    counters: BTreeMap<String, u32>,
    /// Nonces made then or before are stale: one of them was forgotten.
    forgotten: Option<Time>,
}

impl Server {
    /// With all hashes, strongest first (RFC 8760 §2.4).
    pub fn new(realm: &str, random: &mut Random) -> Self {
        let all = [
            Algorithm::Sha512Truncated256,
            Algorithm::Sha256,
            Algorithm::Md5,
        ];
        Self::with_algorithms(realm, &all, random)
    }

    /// With these hashes, in this order. Telephones that stumble over a second challenge want MD5 alone.
    pub fn with_algorithms(realm: &str, algorithms: &[Algorithm], random: &mut Random) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self {
            realm: realm.to_owned(),
            secret,
            algorithms: algorithms.to_vec(),
            counters: BTreeMap::new(),
            forgotten: None,
        }
    }

    /// Whose passwords.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Looks for credentials for our realm in `request` and checks them. `password_of` is asked for the user named there.
    ///
    /// The digest's `uri` is not compared with the Request-URI: a proxy or border on the way may have rewritten that one
    /// (RFC 3261 §22.4 item 7). The nonce's counter, not the URI, is what stops repeats.
    pub fn check<'a>(
        &mut self,
        now: Time,
        random: &mut Random,
        asker: Asker,
        request: &Request,
        password_of: impl FnOnce(&str) -> Option<&'a str>,
    ) -> Result<Verified, Denied> {
        let credentials = request
            .headers
            .get_all(&asker.credentials_in())
            .filter_map(|value| value.parse::<Credentials>().ok())
            .find(|credentials| credentials.realm == self.realm);
        let Some(credentials) = credentials else {
            return Err(self.denied(now, random, asker, Failure::Missing));
        };
        let password = password_of(&credentials.username);
        match self.judge(now, &credentials, password, request.method.as_str()) {
            Ok(()) => Ok(Verified {
                user: credentials.username,
            }),
            Err(failure) => Err(self.denied(now, random, asker, failure)),
        }
    }

    fn judge(
        &mut self,
        now: Time,
        credentials: &Credentials,
        password: Option<&str>,
        method: &str,
    ) -> Result<(), Failure> {
        if !self.algorithms.contains(&credentials.algorithm) {
            return Err(Failure::Wrong);
        }
        let Some(counted) = &credentials.qop_auth else {
            // We offered qop; without its counter a repeat could not be told (RFC 7616 §3.4).
            return Err(Failure::Wrong);
        };
        // An unknown user costs the same time as a wrong password.
        let expected = response::expected(credentials, password.unwrap_or_default(), method);
        let shown = credentials.response.to_ascii_lowercase();
        let right: bool = expected.as_bytes().ct_eq(shown.as_bytes()).into();
        if !right || password.is_none() {
            return Err(Failure::Wrong);
        }
        // Only now, so that nobody without the password can fill the memory of counters. Nonces of an earlier run or
        // another server are as good as too old.
        let made = nonce::made_at(&self.secret, &credentials.nonce).ok_or(Failure::Stale)?;
        if now.since(made) > NONCE_LIFETIME || self.forgotten.is_some_and(|time| made <= time) {
            return Err(Failure::Stale);
        }
        let seen = self.counters.get(&credentials.nonce).copied().unwrap_or(0);
        if counted.nc <= seen {
            return Err(Failure::Stale);
        }
        self.counters.insert(credentials.nonce.clone(), counted.nc);
        self.forget_old(now);
        Ok(())
    }

    fn forget_old(&mut self, now: Time) {
        while let Some((oldest, _)) = self.counters.first_key_value() {
            // What is in the table was made here.
            let made = nonce::made_at(&self.secret, oldest).unwrap_or_default();
            let expired = now.since(made) > NONCE_LIFETIME;
            if !expired && self.counters.len() <= NONCES_REMEMBERED {
                return;
            }
            self.counters.pop_first();
            self.forgotten = self.forgotten.max(Some(made));
        }
    }

    fn denied(&self, now: Time, random: &mut Random, asker: Asker, failure: Failure) -> Denied {
        let nonce = nonce::make(&self.secret, now, random);
        let challenges = self
            .algorithms
            .iter()
            .map(|&algorithm| Challenge {
                realm: self.realm.clone(),
                nonce: nonce.clone(),
                opaque: None,
                stale: failure == Failure::Stale,
                algorithm,
                qop_auth: true,
            })
            .collect();
        Denied {
            asker,
            challenges,
            wrong: failure == Failure::Wrong,
        }
    }
}

/// The secret would let anyone make nonces.
impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("realm", &self.realm)
            .field("counters", &self.counters.len())
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Missing,
    Wrong,
    Stale,
}

use crate::credentials::Counted;
use crate::{Asker, Challenge, Credentials, response};
use proto_base::Random;
use serde::{Deserialize, Serialize};
use sip_message::{Request, Response};
use std::fmt;

/// How many realms a client answers at once: a registrar's and those of the proxies on the way to it.
const MAX_REALMS: usize = 8;

/// Why a challenge is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswerable {
    /// No challenge that we understand.
    NoChallenge,
    /// This realm has already refused our password.
    Refused,
}

/// Answers challenges with one name and password, and remembers them: later requests carry credentials at once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Client {
    username: String,
    password: String,
    known: Vec<Known>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    asker: Asker,
    challenge: Challenge,
    /// How often its nonce was used.
    nc: u32,
}

impl Client {
    /// Who, and the proof of it.
    pub fn new(username: &str, password: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: password.to_owned(),
            known: Vec::new(),
        }
    }

    /// Reads the challenges of a 401 or 407 to `request`, and puts credentials for them into it. The caller gives it a new
    /// CSeq and branch and sends it again (RFC 3261 §22.2).
    pub fn answer(
        &mut self,
        response: &Response,
        request: &mut Request,
        random: &mut Random,
    ) -> Result<(), Unanswerable> {
        let mut found = false;
        for asker in [Asker::UserAgent, Asker::Proxy] {
            let mut taken: Vec<String> = Vec::new();
            for value in response.headers.get_all(&asker.challenges_in()) {
                // Of several for one realm the first that we understand counts (RFC 8760 §2.4).
                let Ok(challenge) = value.parse::<Challenge>() else {
                    continue;
                };
                if taken.contains(&challenge.realm) {
                    continue;
                }
                taken.push(challenge.realm.clone());
                if !challenge.stale && has_credentials(request, asker, &challenge.realm) {
                    return Err(Unanswerable::Refused);
                }
                self.learn(asker, challenge);
                found = true;
            }
        }
        if !found {
            return Err(Unanswerable::NoChallenge);
        }
        self.authorize(request, random);
        Ok(())
    }

    /// Puts fresh credentials for every challenge known so far into `request`, in place of older ones.
    pub fn authorize(&mut self, request: &mut Request, random: &mut Random) {
        for asker in [Asker::UserAgent, Asker::Proxy] {
            if self.known.iter().any(|known| known.asker == asker) {
                request.headers.remove(&asker.credentials_in());
            }
        }
        for known in &mut self.known {
            known.nc = known.nc.saturating_add(1);
            let counted = known.challenge.qop_auth.then(|| Counted {
                nc: known.nc,
                cnonce: random.token(16),
            });
            let mut credentials = Credentials {
                username: self.username.clone(),
                realm: known.challenge.realm.clone(),
                nonce: known.challenge.nonce.clone(),
                uri: request.uri.to_string(),
                response: String::new(),
                algorithm: known.challenge.algorithm,
                opaque: known.challenge.opaque.clone(),
                qop_auth: counted,
            };
            credentials.response =
                response::expected(&credentials, &self.password, request.method.as_str());
            request
                .headers
                .push(known.asker.credentials_in(), credentials);
        }
    }

    fn learn(&mut self, asker: Asker, challenge: Challenge) {
        self.known
            .retain(|known| known.asker != asker || known.challenge.realm != challenge.realm);
        if self.known.len() >= MAX_REALMS {
            self.known.remove(0);
        }
        self.known.push(Known {
            asker,
            challenge,
            nc: 0,
        });
    }
}

fn has_credentials(request: &Request, asker: Asker, realm: &str) -> bool {
    request
        .headers
        .get_all(&asker.credentials_in())
        .filter_map(|value| value.parse::<Credentials>().ok())
        .any(|credentials| credentials.realm == realm)
}

/// Never the password.
impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("username", &self.username)
            .field("known", &self.known.len())
            .finish_non_exhaustive()
    }
}

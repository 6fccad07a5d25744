use crate::auth_params::{AuthParams, write_plain, write_quoted};
use crate::{Algorithm, AuthError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A WWW-Authenticate or Proxy-Authenticate (RFC 7616 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Whose passwords.
    pub realm: String,
    /// To be hashed with the password.
    pub nonce: String,
    /// To be given back unchanged.
    pub opaque: Option<String>,
    /// The credentials were right but their nonce is too old: no need to ask a person.
    pub stale: bool,
    /// The hash.
    pub algorithm: Algorithm,
    /// Whether `qop` offers `auth`. Without any `qop` the response is RFC 2069's, without counter and cnonce.
    pub qop_auth: bool,
}

impl FromStr for Challenge {
    type Err = AuthError;

    fn from_str(value: &str) -> Result<Self, AuthError> {
        let params = AuthParams::parse(value)?;
        let algorithm = match params.get("algorithm") {
            None => Algorithm::Md5,
            Some(name) => Algorithm::named(name).ok_or(AuthError {
                what: "an unknown algorithm",
            })?,
        };
        let qop_auth = match params.get("qop") {
            None => false,
            Some(offered) => {
                let offers_auth = offered
                    .split(',')
                    .any(|one| one.trim().eq_ignore_ascii_case("auth"));
                if !offers_auth {
                    return Err(AuthError {
                        what: "no qop that we know",
                    });
                }
                true
            }
        };
        Ok(Self {
            realm: params.need("realm", "no realm")?,
            nonce: params.need("nonce", "no nonce")?,
            opaque: params.get("opaque").map(str::to_owned),
            stale: params
                .get("stale")
                .is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            algorithm,
            qop_auth,
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write_quoted(&mut text, "realm", &self.realm);
        write_quoted(&mut text, "nonce", &self.nonce);
        if let Some(opaque) = &self.opaque {
            write_quoted(&mut text, "opaque", opaque);
        }
        if self.stale {
            write_plain(&mut text, "stale", "true");
        }
        write_plain(&mut text, "algorithm", self.algorithm.as_str());
        if self.qop_auth {
            write_quoted(&mut text, "qop", "auth");
        }
        formatter.write_str(&text)
    }
}

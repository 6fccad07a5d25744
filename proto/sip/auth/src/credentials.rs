use crate::auth_params::{AuthParams, write_plain, write_quoted};
use crate::{Algorithm, AuthError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An Authorization or Proxy-Authorization (RFC 7616 §3.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Who.
    pub username: String,
    /// The challenge's.
    pub realm: String,
    /// The challenge's.
    pub nonce: String,
    /// The Request-URI that was hashed.
    pub uri: String,
    /// The digest, in hexadecimal.
    pub response: String,
    /// The challenge's.
    pub algorithm: Algorithm,
    /// The challenge's.
    pub opaque: Option<String>,
    /// With `qop=auth`: the counter and the client's nonce.
    pub qop_auth: Option<Counted>,
}

/// What `qop=auth` adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How often this nonce was used, from 1.
    pub nc: u32,
    /// The client's own nonce.
    pub cnonce: String,
}

impl Counted {
    /// Eight hexadecimal digits, as they are hashed and sent.
    pub(crate) fn nc_text(&self) -> String {
        format!("{:08x}", self.nc)
    }
}

impl FromStr for Credentials {
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
            None => None,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let nc = params.need("nc", "no nc")?;
                if nc.len() != 8 || !nc.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return Err(AuthError { what: "nc" });
                }
                Some(Counted {
                    nc: u32::from_str_radix(&nc, 16).map_err(|_| AuthError { what: "nc" })?,
                    cnonce: params.need("cnonce", "no cnonce")?,
                })
            }
            Some(_) => {
                return Err(AuthError {
                    what: "no qop that we know",
                });
            }
        };
        Ok(Self {
            username: params.need("username", "no username")?,
            realm: params.need("realm", "no realm")?,
            nonce: params.need("nonce", "no nonce")?,
            uri: params.need("uri", "no uri")?,
            response: params.need("response", "no response")?,
            algorithm,
            opaque: params.get("opaque").map(str::to_owned),
            qop_auth,
        })
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write_quoted(&mut text, "username", &self.username);
        write_quoted(&mut text, "realm", &self.realm);
        write_quoted(&mut text, "nonce", &self.nonce);
        write_quoted(&mut text, "uri", &self.uri);
        write_quoted(&mut text, "response", &self.response);
        write_plain(&mut text, "algorithm", self.algorithm.as_str());
        if let Some(opaque) = &self.opaque {
            write_quoted(&mut text, "opaque", opaque);
        }
        if let Some(counted) = &self.qop_auth {
            write_plain(&mut text, "qop", "auth");
            write_plain(&mut text, "nc", &counted.nc_text());
            write_quoted(&mut text, "cnonce", &counted.cnonce);
        }
        formatter.write_str(&text)
    }
}

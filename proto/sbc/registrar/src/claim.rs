use crate::relay::address_of_record;
use crate::{Device, Key};
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, NameAddr, Request};

/// What a REGISTER asks for. A claim: nothing in it is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Whose binding.
    pub key: Key,
    /// The domain it belongs to, as written.
    pub domain: String,
    /// What is to be done with it.
    pub wish: Wish,
    /// Extensions that the browser says it knows.
    pub supports: Supports,
}

/// Option tags of Supported and Require (RFC 3261 §19.2) that concern registrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supports {
    /// `outbound` (RFC 5626).
    pub outbound: bool,
    /// `gruu` (RFC 5627).
    pub gruu: bool,
    /// `path` (RFC 3327).
    pub path: bool,
}

impl Supports {
    fn of(request: &Request) -> Self {
        let has = |tag| {
            [HeaderName::Supported, HeaderName::Require]
                .iter()
                .any(|name| request.headers.has_token(name, tag))
        };
        Self {
            outbound: has("outbound"),
            gruu: has("gruu"),
            path: has("path"),
        }
    }
}

/// The four kinds of REGISTER (RFC 3261 §10.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// No Contact: what is bound?
    Query,
    /// Bind or refresh.
    Bind {
        /// The Contact as written.
        raw: String,
        /// The same, read.
        contact: NameAddr,
        /// Seconds asked for; `None` leaves it to the registrar.
        expires: Option<u32>,
    },
    /// Expires 0.
    Unbind {
        /// The Contact as written.
        raw: String,
        /// The same, read.
        contact: NameAddr,
    },
    /// `Contact: *`.
    UnbindAll,
}

/// What is wrong with a REGISTER, and the status for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// A header cannot be read: 400.
    Unreadable(&'static str),
    /// More than one Contact, or `*` with anything but Expires 0: 400. A browser has one.
    Contacts,
    /// From is not To: 403. Nobody registers another.
    ThirdParty,
}

impl Claim {
    /// Reads a REGISTER.
    pub fn read(request: &Request) -> Result<Self, ClaimError> {
        let headers = &request.headers;
        let to = headers.to().map_err(|_| ClaimError::Unreadable("To"))?;
        let from = headers.from().map_err(|_| ClaimError::Unreadable("From"))?;
        let address_of_record = address_of_record(&to.uri);
        if address_of_record != crate::address_of_record(&from.uri) {
            return Err(ClaimError::ThirdParty);
        }
        let expires = headers
            .expires()
            .map_err(|_| ClaimError::Unreadable("Expires"))?;
        let domain = to.uri.host.to_string();
        let claim = |device, wish| Self {
            key: Key {
                address_of_record,
                device,
            },
            domain,
            wish,
            supports: Supports::of(request),
        };
        if headers.is_contact_star() {
            // RFC 3261 §10.3 step 6.
            if expires != Some(0) || headers.get_all(&HeaderName::Contact).count() != 1 {
                return Err(ClaimError::Contacts);
            }
            return Ok(claim(Device::None, Wish::UnbindAll));
        }
        let contacts = headers
            .contacts()
            .map_err(|_| ClaimError::Unreadable("Contact"))?;
        let (contact, raw) = match (contacts.as_slice(), headers.get(&HeaderName::Contact)) {
            ([], _) | (_, None) => return Ok(claim(Device::None, Wish::Query)),
            ([contact], Some(raw)) => (contact.clone(), raw.to_owned()),
            _ => return Err(ClaimError::Contacts),
        };
        let asked = contact
            .params
            .value("expires")
            .and_then(|seconds| seconds.parse().ok())
            .or(expires);
        let device = device(&contact);
        let wish = if asked == Some(0) {
            Wish::Unbind { raw, contact }
        } else {
            Wish::Bind {
                raw,
                contact,
                expires: asked,
            }
        };
        Ok(claim(device, wish))
    }
}

fn device(contact: &NameAddr) -> Device {
    match contact.params.value("+sip.instance") {
        Some(instance) => Device::Instance {
            instance: instance.to_owned(),
            reg_id: contact
                .params
                .value("reg-id")
                .unwrap_or_default()
                .to_owned(),
        },
        None => Device::Contact(contact.uri.to_string()),
    }
}

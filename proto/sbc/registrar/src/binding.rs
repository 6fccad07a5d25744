use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use sip_message::{NameAddr, Uri};

/// What tells one binding of an address-of-record from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Device {
    /// `+sip.instance` with `reg-id` (RFC 5626 §6): the same after a reload of the page.
    Instance {
        /// The instance's URN as written.
        instance: String,
        /// Empty if there was none.
        reg_id: String,
    },
    /// The Contact's URI, where there is no instance.
    Contact(String),
    /// No binding at all: a query, or `Contact: *`.
    None,
}

impl Device {
    /// The instance, where one is known.
    pub fn instance(&self) -> Option<&str> {
        match self {
            Device::Instance { instance, .. } => Some(instance),
            Device::Contact(_) | Device::None => None,
        }
    }
}

/// An address-of-record and a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// `user@host`.
    pub address_of_record: String,
    /// Which of its devices.
    pub device: Device,
}

/// How to wake a browser that sleeps (RFC 8599 §9): parameters of its Contact's URI, as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// `pn-provider`: which push service.
    pub provider: String,
    /// `pn-prid`: who is to be woken. A secret between the browser and us.
    pub prid: String,
    /// `pn-param`: what else that service wants; may be empty.
    pub param: String,
}

impl Push {
    /// All that a Contact's URI may say of push services.
    pub(crate) const PARAMETERS: [&str; 4] = ["pn-provider", "pn-prid", "pn-param", "pn-purr"];

    /// Of a Contact. One without `pn-prid` only asks what there is (RFC 8599 §4.1).
    pub fn of(contact: &NameAddr) -> Option<Self> {
        let params = &contact.uri.params;
        Some(Self {
            provider: params.value("pn-provider")?.to_owned(),
            prid: params.value("pn-prid")?.to_owned(),
            param: params.value("pn-param").unwrap_or_default().to_owned(),
        })
    }
}

/// The GRUUs that the registrar gave a binding (RFC 5627 §5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gruu {
    /// `pub-gruu`.
    pub public: Option<String>,
    /// `temp-gruu`, the newest.
    pub temporary: Option<String>,
}

/// A browser that the registrar granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Names this binding to us, and, where it is no other's, is the user of our Contact at the registrar.
    pub token: String,
    /// `user@host`.
    pub address_of_record: String,
    /// Its instance, or what stands for one.
    pub device: Device,
    /// The browser's Contact as it wrote it.
    pub contact: String,
    /// Its URI: the Request-URI of all we send to the browser.
    pub uri: Uri,
    /// Where the browser is; `None` once its connection closed.
    pub flow: Option<Flow>,
    /// When it ends.
    pub expires: Time,
    /// When it was last granted: of two flows of one instance the newer counts.
    pub since: Time,
    /// Preference in thousandths (RFC 3261 §20.10 `q`); 1000 where none is named.
    pub preference: u16,
    /// How to wake it.
    pub push: Option<Push>,
    /// What the registrar calls it.
    pub gruu: Gruu,
    /// The registrar chooses among flows by itself (RFC 5626 §7), and so is told 430 when this one is gone.
    pub outbound: bool,
    /// What shares its Contact at the registrar.
    pub(crate) scope: Key,
    /// The CSeq of the REGISTER that was granted last: an older one's late 2xx changes nothing.
    pub(crate) granted_cseq: u32,
}

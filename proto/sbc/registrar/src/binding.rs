use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use sip_message::Uri;

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

/// An address-of-record and a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// `user@host`.
    pub address_of_record: String,
    /// Which of its devices.
    pub device: Device,
}

/// Our registration with the registrar for one key: its Call-ID and growing CSeq (RFC 3261 §10.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// The user of our Contact.
    pub(crate) token: String,
    pub(crate) call_id: String,
    pub(crate) from_tag: String,
    /// Of the last REGISTER sent.
    pub(crate) cseq: u32,
}

/// A browser that the registrar granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The user of our Contact at the registrar.
    pub token: String,
    /// `user@host`.
    pub address_of_record: String,
    /// The browser's Contact as it wrote it.
    pub contact: String,
    /// Its URI: the Request-URI of all we send to the browser.
    pub uri: Uri,
    /// Where the browser is; `None` once its connection closed.
    pub flow: Option<Flow>,
    /// When it ends.
    pub expires: Time,
    pub(crate) registration: Registration,
    /// The CSeq of the REGISTER that was granted last: an older one's late 2xx changes nothing.
    pub(crate) granted_cseq: u32,
}

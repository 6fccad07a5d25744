use crate::{Device, Key};
use proto_base::Random;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where neither the registrar nor the browser names a time (RFC 3261 §10.2.1.1 leaves it to the registrar).
pub(crate) const DEFAULT_EXPIRES: u32 = 3600;
/// A refresh is absorbed only if the registrar's own binding outlives what the browser is promised by this much: time for the
/// browser's next REGISTER, a challenge, and the REGISTER with credentials.
pub(crate) const MARGIN: Duration = Duration::from_secs(30);

/// How much of what browsers register is passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Every REGISTER goes up, with the browser's own expiry.
    #[default]
    Mirror,
    /// One Contact upward for each instance, which lives longer than the browser's; refreshes between are answered here.
    Contact,
    /// One Contact upward for each address-of-record, whatever number of browsers stands behind it.
    AddressOfRecord,
}

/// On what terms a registrar's browsers are registered with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How much is passed on.
    pub mode: Mode,
    /// Bindings that one connection may hold.
    pub most: usize,
    /// Seconds asked for upward, unless [`Mode::Mirror`] asks for the browser's.
    pub outgoing_expires: u32,
    /// A browser that asks for less gets 423 (RFC 3261 §10.3 step 7).
    pub min_expires: u32,
    /// A browser gets no more than this.
    pub max_expires: u32,
    /// Per cent, at most, by which a granted time is shortened by chance, so that browsers that registered together (after a
    /// restart) do not all come back together.
    pub deviation: u8,
    /// The browser's Contact goes up as it is, behind a Path of ours (RFC 3327). Not with [`Mode::AddressOfRecord`], which has
    /// no Contact of any one browser.
    pub path: bool,
    /// Methods and feature tags (RFC 3840) of the browser's Contact go up with it.
    pub features: bool,
    /// The parameters of push services (RFC 8599) stay in the Contact that goes up by Path.
    pub show_push: bool,
}

impl Terms {
    /// As the registrar says, and nothing else: [`Mode::Mirror`] with Contacts of ours.
    pub const fn mirror(most: usize) -> Self {
        Self {
            mode: Mode::Mirror,
            most,
            outgoing_expires: DEFAULT_EXPIRES,
            min_expires: 0,
            max_expires: u32::MAX,
            deviation: 0,
            path: false,
            features: false,
            show_push: false,
        }
    }

    pub(crate) fn has_path(&self) -> bool {
        self.path && self.mode != Mode::AddressOfRecord
    }

    /// What shares one Contact at the registrar with this binding.
    pub(crate) fn scope(&self, key: &Key) -> Key {
        let device = match (self.mode, &key.device) {
            (Mode::AddressOfRecord, _) => Device::None,
            // The flows of one instance (RFC 5626 §4.2) are ours to choose from. By Path they are the registrar's.
            (Mode::Contact, Device::Instance { instance, .. }) if !self.path => Device::Instance {
                instance: instance.clone(),
                reg_id: String::new(),
            },
            _ => key.device.clone(),
        };
        Key {
            address_of_record: key.address_of_record.clone(),
            device,
        }
    }

    /// Seconds for a browser that asks for `asked`, or for as long as we like.
    pub(crate) fn promised(&self, asked: Option<u32>) -> u32 {
        let most = self.max_expires.max(self.min_expires).max(1);
        let asked = asked.unwrap_or(DEFAULT_EXPIRES);
        asked.clamp(self.min_expires.min(most), most)
    }

    /// Seconds to ask the registrar for.
    pub(crate) fn asked_upward(&self, asked: Option<u32>) -> u32 {
        let promised = self.promised(asked);
        // Room for one refresh at least, or nothing would ever be absorbed; never less than what the browser is promised.
        self.outgoing_expires.max(promised)
    }

    /// Per cent to shorten by, this time.
    pub(crate) fn shave(&self, random: &mut Random) -> u8 {
        /// A time shortened by more would be another time.
        const MOST: u8 = 50;
        let most = self.deviation.min(MOST);
        if most == 0 {
            return 0;
        }
        let drawn = random.u32() % (u32::from(most).saturating_add(1));
        u8::try_from(drawn).unwrap_or(0)
    }
}

/// Seconds less some per cent, and never none.
pub(crate) fn shaved(seconds: u32, per_cent: u8) -> u32 {
    let off = u64::from(seconds).saturating_mul(u64::from(per_cent)) / 100;
    let off = u32::try_from(off).unwrap_or(0);
    seconds.saturating_sub(off).max(seconds.min(1))
}

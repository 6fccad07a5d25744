use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest master salt of our profiles: 112 bits (RFC 3711 §8.2).
const SALT_ROOM: usize = 14;
/// The longest master key of our profiles.
pub(crate) const KEY_ROOM: usize = 32;

/// A protection profile, as DTLS-SRTP names them (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// `SRTP_AEAD_AES_256_GCM`: what browsers and our DTLS library agree on when left to themselves.
    AeadAes256Gcm,
    /// `SRTP_AEAD_AES_128_GCM`.
    AeadAes128Gcm,
    /// AES-256 in counter mode, by SDES only: `AES_256_CM_HMAC_SHA1_80` (RFC 6188).
    Aes256CmHmacSha1_80,
    /// The same with a tag of 32 bits on RTP.
    Aes256CmHmacSha1_32,
    /// `SRTP_AES128_CM_HMAC_SHA1_80`.
    Aes128CmHmacSha1_80,
    /// `SRTP_AES128_CM_HMAC_SHA1_32`: RTCP still carries 80 bits of tag (RFC 5764 §4.1.2).
    Aes128CmHmacSha1_32,
}

impl Profile {
    /// The master key's length in octets.
    pub const fn key_length(self) -> usize {
        match self {
            Profile::AeadAes256Gcm
            | Profile::Aes256CmHmacSha1_80
            | Profile::Aes256CmHmacSha1_32 => KEY_ROOM,
            Profile::AeadAes128Gcm
            | Profile::Aes128CmHmacSha1_80
            | Profile::Aes128CmHmacSha1_32 => 16,
        }
    }

    /// The master salt's length in octets.
    pub const fn salt_length(self) -> usize {
        match self {
            Profile::AeadAes256Gcm | Profile::AeadAes128Gcm => 12,
            Profile::Aes256CmHmacSha1_80
            | Profile::Aes256CmHmacSha1_32
            | Profile::Aes128CmHmacSha1_80
            | Profile::Aes128CmHmacSha1_32 => SALT_ROOM,
        }
    }

    /// How much keying material to export from DTLS: two keys and two salts (RFC 5764 §4.2).
    pub const fn material_length(self) -> usize {
        2 * (self.key_length() + self.salt_length())
    }

    /// The name in the registry of DTLS-SRTP protection profiles, or what it would be.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
            Profile::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Profile::Aes256CmHmacSha1_80 => "SRTP_AES256_CM_HMAC_SHA1_80",
            Profile::Aes256CmHmacSha1_32 => "SRTP_AES256_CM_HMAC_SHA1_32",
            Profile::Aes128CmHmacSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
            Profile::Aes128CmHmacSha1_32 => "SRTP_AES128_CM_HMAC_SHA1_32",
        }
    }
}

/// A master key and salt: the secret of one direction.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterKey {
    /// AES-128 uses the first sixteen octets, the rest is zero.
    pub(crate) key: [u8; KEY_ROOM],
    /// GCM uses the first twelve octets, the rest is zero.
    pub(crate) salt: [u8; SALT_ROOM],
}

impl MasterKey {
    /// From octets; `None` unless both have the lengths that the profile demands.
    pub fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Option<Self> {
        if key.len() != profile.key_length() || salt.len() != profile.salt_length() {
            return None;
        }
        let mut master = Self {
            key: [0; KEY_ROOM],
            salt: [0; SALT_ROOM],
        };
        master.key.get_mut(..key.len())?.copy_from_slice(key);
        master.salt.get_mut(..salt.len())?.copy_from_slice(salt);
        Some(master)
    }
}

/// A secret is not for logs.
impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey(..)")
    }
}

/// What a DTLS handshake yields for SRTP: the profile and one master key for each direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrtpKeys {
    /// The profile agreed.
    pub profile: Profile,
    /// What we protect with.
    pub local: MasterKey,
    /// What the far end protects with.
    pub remote: MasterKey,
}

impl SrtpKeys {
    /// Cuts the keying material exported under `EXTRACTOR-dtls_srtp` (RFC 5764 §4.2): client key, server key, client
    /// salt, server salt. `None` if its length is not [`Profile::material_length`].
    pub fn from_dtls(profile: Profile, material: &[u8], we_are_client: bool) -> Option<Self> {
        if material.len() != profile.material_length() {
            return None;
        }
        let (keys, salts) = material.split_at_checked(2 * profile.key_length())?;
        let (client_key, server_key) = keys.split_at_checked(profile.key_length())?;
        let (client_salt, server_salt) = salts.split_at_checked(profile.salt_length())?;
        let client = MasterKey::new(profile, client_key, client_salt)?;
        let server = MasterKey::new(profile, server_key, server_salt)?;
        let (local, remote) = if we_are_client {
            (client, server)
        } else {
            (server, client)
        };
        Some(Self {
            profile,
            local,
            remote,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{MasterKey, Profile, SrtpKeys};

    #[test]
    fn keying_material_is_cut_in_the_order_of_rfc_5764() {
        let profile = Profile::Aes128CmHmacSha1_80;
        let mut material = vec![1; 16];
        material.extend([2; 16]);
        material.extend([3; 14]);
        material.extend([4; 14]);
        let client = MasterKey::new(profile, &[1; 16], &[3; 14]).unwrap();
        let server = MasterKey::new(profile, &[2; 16], &[4; 14]).unwrap();

        let keys = SrtpKeys::from_dtls(profile, &material, true).unwrap();
        assert_eq!((&keys.local, &keys.remote), (&client, &server));
        let keys = SrtpKeys::from_dtls(profile, &material, false).unwrap();
        assert_eq!((&keys.local, &keys.remote), (&server, &client));
        assert_eq!(SrtpKeys::from_dtls(profile, &[0; 56], true), None);
    }

    #[test]
    fn keys_are_not_printed() {
        let keys = SrtpKeys::from_dtls(Profile::AeadAes128Gcm, &[0xab; 56], true).unwrap();
        let text = format!("{keys:?}");
        assert!(!text.contains("171") && !text.contains("ab"), "{text}");
    }
}

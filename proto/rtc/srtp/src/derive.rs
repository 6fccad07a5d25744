use crate::keys::KEY_ROOM;
use crate::{MasterKey, Profile};
use aes::cipher::consts::U16;
use aes::cipher::{Array, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128Enc, Aes256Enc};

/// RFC 3711 §4.3.1: what a session key is for. SRTCP's labels are three higher.
#[derive(Clone, Copy)]
enum Label {
    Encryption = 0,
    Authentication = 1,
    Salt = 2,
}

/// Which of the two protocols.
#[derive(Clone, Copy)]
pub(crate) enum Protocol {
    Srtp = 0,
    Srtcp = 3,
}

/// The session keys of one protocol. Never longer than this: the key derivation rate is zero, as DTLS-SRTP has it.
pub(crate) struct SessionKeys {
    /// AES-128 uses the first sixteen octets.
    pub(crate) encryption: [u8; KEY_ROOM],
    pub(crate) authentication: [u8; 20],
    /// GCM uses the first twelve octets.
    pub(crate) salt: [u8; 14],
}

impl SessionKeys {
    /// From the master key (RFC 3711 §4.3; for GCM with the salt padded by two zero octets and under AES of the same strength,
    /// RFC 7714 §11).
    pub(crate) fn derive(profile: Profile, master: &MasterKey, protocol: Protocol) -> Self {
        match profile {
            Profile::AeadAes256Gcm
            | Profile::Aes256CmHmacSha1_80
            | Profile::Aes256CmHmacSha1_32 => {
                Self::stretched(&Aes256Enc::new(&Array::from(master.key)), master, protocol)
            }
            Profile::AeadAes128Gcm
            | Profile::Aes128CmHmacSha1_80
            | Profile::Aes128CmHmacSha1_32 => {
                let [key @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = master.key;
                Self::stretched(&Aes128Enc::new(&Array::from(key)), master, protocol)
            }
        }
    }

    fn stretched<Cipher>(cipher: &Cipher, master: &MasterKey, protocol: Protocol) -> Self
    where
        Cipher: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
    {
        let stretch = |label: Label| {
            // x = key_id XOR master_salt; the label stands seven octets from the end of the salt's fourteen.
            let mut input = [0; 16];
            for (to, from) in input.iter_mut().zip(master.salt) {
                *to = from;
            }
            input[7] ^= label as u8 + protocol as u8;
            let mut output = [0; 32];
            for (count, half) in (0u8..).zip(output.chunks_exact_mut(16)) {
                input[15] = count;
                let mut block = Array::from(input);
                cipher.encrypt_block(&mut block);
                half.copy_from_slice(&block);
            }
            output
        };
        Self {
            encryption: first(&stretch(Label::Encryption)),
            authentication: first(&stretch(Label::Authentication)),
            salt: first(&stretch(Label::Salt)),
        }
    }
}

fn first<const LENGTH: usize>(output: &[u8; 32]) -> [u8; LENGTH] {
    std::array::from_fn(|place| output.get(place).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Protocol, SessionKeys};
    use crate::tests::unhex;
    use crate::{MasterKey, Profile};

    #[test]
    fn session_keys_are_those_of_rfc_3711_appendix_b_3() {
        let master = MasterKey::new(
            Profile::Aes128CmHmacSha1_80,
            &unhex("E1F97A0D3E018BE0D64FA32C06DE4139"),
            &unhex("0EC675AD498AFEEBB6960B3AABE6"),
        )
        .unwrap();
        let profile = Profile::Aes128CmHmacSha1_80;
        let keys = SessionKeys::derive(profile, &master, Protocol::Srtp);
        assert_eq!(
            keys.encryption[..16],
            unhex("C61E7A93744F39EE10734AFE3FF7A087")[..]
        );
        assert_eq!(keys.salt[..], unhex("30CBBC08863D8C85D49DB34A9AE1")[..]);
        assert_eq!(
            keys.authentication[..],
            unhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")[..]
        );
        let other = SessionKeys::derive(profile, &master, Protocol::Srtcp);
        assert_ne!(keys.encryption, other.encryption);
    }

    #[test]
    fn session_keys_under_aes_256_are_those_of_rfc_6188_section_7_2() {
        // The RFC's master salt has 14 octets; AEAD_AES_256_GCM's has 12, so it is put in from below.
        let mut master = MasterKey::new(
            Profile::AeadAes256Gcm,
            &unhex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"),
            &[0; 12],
        )
        .unwrap();
        master.salt = unhex("3b04803de51ee7c96423ab5b78d2").try_into().unwrap();
        let keys = SessionKeys::derive(Profile::AeadAes256Gcm, &master, Protocol::Srtp);
        assert_eq!(
            keys.encryption[..],
            unhex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4")[..]
        );
        assert_eq!(keys.salt[..], unhex("fa31791685ca444a9e07c6c64e93")[..]);
        assert_eq!(
            keys.authentication[..],
            unhex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05")[..]
        );
    }
}

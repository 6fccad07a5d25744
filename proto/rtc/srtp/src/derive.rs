use crate::{MasterKey, Profile};
use aes::Aes128Enc;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

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
    pub(crate) encryption: [u8; Profile::KEY_LENGTH],
    pub(crate) authentication: [u8; 20],
    /// GCM uses the first twelve octets.
    pub(crate) salt: [u8; 14],
}

impl SessionKeys {
    /// From the master key (RFC 3711 §4.3; for GCM with the salt padded by two zero octets, RFC 7714 §11).
    pub(crate) fn derive(master: &MasterKey, protocol: Protocol) -> Self {
        let cipher = Aes128Enc::new(&Array::from(master.key));
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
        let keys = SessionKeys::derive(&master, Protocol::Srtp);
        assert_eq!(
            keys.encryption[..],
            unhex("C61E7A93744F39EE10734AFE3FF7A087")[..]
        );
        assert_eq!(keys.salt[..], unhex("30CBBC08863D8C85D49DB34A9AE1")[..]);
        assert_eq!(
            keys.authentication[..],
            unhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")[..]
        );
        let other = SessionKeys::derive(&master, Protocol::Srtcp);
        assert_ne!(keys.encryption, other.encryption);
    }
}

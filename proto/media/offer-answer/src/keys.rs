//! Keys of a telephone that tells them in its SDP (RFC 4568). Ours are made once for each suite and leg, and stay what they are until the
//! far end takes another key: then ours changes with it, for whoever comes new to a stream knows nothing of its rollover counter
//! (P40). No key of one leg or direction is that of another.

use crate::association::Half;
use control_command::{Dress, Protection, Sdes, Suite};
use media_sdp::Crypto;
use proto_base::Random;
use serde::{Deserialize, Serialize};

/// What we offer, in this order. One that telephones have, one for each strength above it, and the short tag for those who know
/// nothing else. More would swell the INVITE towards fragmentation (P44); the others are taken where they are offered.
const OFFERED: [Suite; 4] = [
    Suite::AeadAes256Gcm,
    Suite::AeadAes128Gcm,
    Suite::AesCm128HmacSha1_80,
    Suite::AesCm128HmacSha1_32,
];

/// A leg's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Keys {
    /// What is agreed.
    agreed: Option<Agreed>,
    /// Ours, offered or to be.
    ours: Vec<Crypto>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Agreed {
    /// Under the tag that the last exchange had.
    local: Crypto,
    remote: Crypto,
}

impl Keys {
    /// For a new leg.
    pub(crate) fn new(dress: Dress, random: &mut Random) -> Self {
        let mut ours = Vec::new();
        if dress.tells_keys() {
            let tags = 1..;
            let new = |(suite, tag)| fresh(tag, suite, random);
            ours.extend(OFFERED.into_iter().zip(tags).map(new));
        }
        Self { agreed: None, ours }
    }

    /// What the worker must know.
    pub(crate) fn protection(&self, dress: Dress) -> Protection {
        match &self.agreed {
            Some(Agreed { local, remote }) => Protection::Keyed(Box::new(Sdes {
                suite: local.suite,
                local: local.key.clone(),
                remote: remote.key.clone(),
            })),
            None if dress.is_always_encrypted() => Protection::Awaited,
            None => Protection::Plain,
        }
    }

    /// What our offer, or our answer, tells of keys.
    pub(crate) fn told(&self, half: Half) -> &[Crypto] {
        match (&self.agreed, half) {
            (Some(agreed), _) => std::slice::from_ref(&agreed.local),
            (None, Half::Offer) => &self.ours,
            (None, Half::Answer) => &[],
        }
    }

    /// Whether what a far end tells is acceptable: where keys must be, there must be one that we have the suite for, and what was
    /// encrypted once is never in the clear again. In an answer it must be one of those that we offered.
    pub(crate) fn accepts(&self, heard: &[Crypto], half: Half, is_required: bool) -> bool {
        let required = is_required || self.agreed.is_some();
        match heard.first() {
            None => !required,
            Some(crypto) => half == Half::Offer || self.offered(crypto).is_some(),
        }
    }

    fn offered(&self, answer: &Crypto) -> Option<&Crypto> {
        let mut told = self.told(Half::Offer).iter();
        told.find(|it| it.tag == answer.tag && it.suite == answer.suite)
    }

    /// Takes over what the far end told, which must be [acceptable](Keys::accepts).
    pub(crate) fn hear(&mut self, heard: &[Crypto], half: Half, random: &mut Random) {
        let Some(remote) = heard.first() else {
            return;
        };
        let local = match (half, &self.agreed) {
            (Half::Answer, _) => self.offered(remote).cloned(),
            (Half::Offer, Some(agreed))
                if agreed.remote.suite == remote.suite && agreed.remote.key == remote.key =>
            {
                Some(Crypto {
                    tag: remote.tag,
                    ..agreed.local.clone()
                })
            }
            (Half::Offer, _) => Some(fresh(remote.tag, remote.suite, random)),
        };
        if let Some(local) = local {
            // What was only offered was never used.
            self.ours.clear();
            self.agreed = Some(Agreed {
                local,
                remote: remote.clone(),
            });
        }
    }
}

fn fresh(tag: u32, suite: Suite, random: &mut Random) -> Crypto {
    let mut key = vec![0; suite.material_length()];
    random.fill(&mut key);
    Crypto { tag, suite, key }
}

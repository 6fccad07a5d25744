use proto_base::Random;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers};
use std::fmt;
use std::str::FromStr;

/// Hexadecimal digits of one end's identifier.
const DIGITS: usize = 32;

/// One end's part of a Session-ID (RFC 7989 §5): a UUID in 32 small hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uuid(u128);

impl Uuid {
    /// "Not known" (RFC 7989 §5).
    pub const NIL: Self = Self(0);

    /// A version 4 one (RFC 9562 §5.4).
    pub fn random(random: &mut Random) -> Self {
        const VERSION: u128 = 0xf << 76;
        const VARIANT: u128 = 0b11 << 62;
        let drawn = (u128::from(random.u64()) << 64) | u128::from(random.u64());
        Self((drawn & !VERSION & !VARIANT) | (0x4 << 76) | (0b10 << 62))
    }

    /// Whether it says "not known".
    pub fn is_nil(self) -> bool {
        self == Self::NIL
    }
}

impl FromStr for Uuid {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // `from_str_radix` would take a sign.
        if text.len() != DIGITS || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(());
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| ())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

/// The value of a Session-ID header as one end sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionId {
    /// Of who sends the message.
    pub local: Uuid,
    /// Of who gets it; nil if not known.
    pub remote: Uuid,
}

impl SessionId {
    /// The header's name.
    pub fn name() -> HeaderName {
        HeaderName::Other("Session-ID".into())
    }

    /// The one in these headers, if there is one and it can be read. One without `remote` comes from an older end
    /// (RFC 7989 §11).
    pub fn of(headers: &Headers) -> Option<Self> {
        let value = headers.get(&Self::name())?;
        let mut parts = value.split(';').map(str::trim);
        let local = parts.next()?.parse().ok()?;
        let remote = parts
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("remote"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(Uuid::NIL);
        Some(Self { local, remote })
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{};remote={}", self.local, self.remote)
    }
}

/// Which end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Caller,
    Callee,
}

/// The identifiers of a call's two ends. Each leg is told the same pair, seen from its own end, so that one word finds the call on both
/// sides of the border (RFC 7989 §7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionIds {
    caller: Uuid,
    callee: Uuid,
    /// Whether an end speaks of them at all. If none does, neither do we.
    spoken: bool,
}

impl SessionIds {
    /// Takes in what a message from the caller's end says.
    pub fn from_caller(&mut self, headers: &Headers) {
        self.heard(End::Caller, headers);
    }

    /// Takes in what a message from the callee's end says. Its identifier may change: another phone answered than rang.
    pub fn from_callee(&mut self, headers: &Headers) {
        self.heard(End::Callee, headers);
    }

    fn heard(&mut self, end: End, headers: &Headers) {
        let Some(told) = SessionId::of(headers) else {
            return;
        };
        self.spoken = true;
        if !told.local.is_nil() {
            match end {
                End::Caller => self.caller = told.local,
                End::Callee => self.callee = told.local,
            }
        }
    }

    /// For a message to the caller. `answered`: it comes from the callee's end, so an identifier is drawn on its behalf if it has told
    /// none (RFC 7989 §7); what we say by ourselves names only ends that are known.
    pub fn to_caller(&mut self, answered: bool, random: &mut Random) -> Option<SessionId> {
        if !self.spoken {
            return None;
        }
        if answered && self.callee.is_nil() {
            self.callee = Uuid::random(random);
        }
        Some(SessionId {
            local: self.callee,
            remote: self.caller,
        })
    }

    /// For a message to the callee, from the caller's end.
    pub fn to_callee(&mut self, random: &mut Random) -> Option<SessionId> {
        if !self.spoken {
            return None;
        }
        if self.caller.is_nil() {
            self.caller = Uuid::random(random);
        }
        Some(SessionId {
            local: self.caller,
            remote: self.callee,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ALICE: &str = "ab30317f1a784dc48ff824d0d3715d86";
    const BOB: &str = "47755a9de7794ba387653f2099600ef2";
    const NIL: &str = "00000000000000000000000000000000";

    fn saying(value: &str) -> Headers {
        let mut headers = Headers::new();
        headers.push(SessionId::name(), value);
        headers
    }

    #[test]
    fn both_legs_are_told_the_same_pair_each_from_its_own_end() {
        let mut random = Random::from_number(1);
        let mut ids = SessionIds::default();
        ids.from_caller(&saying(&format!("{ALICE};remote={NIL}")));
        let invite = ids.to_callee(&mut random).unwrap();
        assert_eq!(invite.to_string(), format!("{ALICE};remote={NIL}"));
        let trying = ids.to_caller(false, &mut random).unwrap();
        assert_eq!(trying.to_string(), format!("{NIL};remote={ALICE}"));
        ids.from_callee(&saying(&format!("{BOB};remote={ALICE}")));
        let answer = ids.to_caller(true, &mut random).unwrap();
        assert_eq!(answer.to_string(), format!("{BOB};remote={ALICE}"));
        let ack = ids.to_callee(&mut random).unwrap();
        assert_eq!(ack.to_string(), format!("{ALICE};remote={BOB}"));
    }

    #[test]
    fn an_end_that_knows_nothing_of_it_is_spoken_for() {
        let mut random = Random::from_number(1);
        let mut ids = SessionIds::default();
        ids.from_caller(&saying(ALICE));
        let answer = ids.to_caller(true, &mut random).unwrap();
        assert!(!answer.local.is_nil());
        let text = answer.local.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(text.get(12..13), Some("4"), "version 4");
        assert_eq!(
            ids.to_caller(true, &mut random),
            Some(answer),
            "and keeps it"
        );
    }

    #[test]
    fn where_nobody_speaks_of_it_nobody_hears_of_it() {
        let mut random = Random::from_number(1);
        let mut ids = SessionIds::default();
        ids.from_caller(&saying("not-a-uuid"));
        ids.from_callee(&Headers::new());
        assert_eq!(ids.to_callee(&mut random), None);
        assert_eq!(ids.to_caller(true, &mut random), None);
    }

    #[test]
    fn what_is_no_identifier_is_none() {
        for wrong in [
            "",
            "+b30317f1a784dc48ff824d0d3715d86",
            "ab30",
            "ab30317f-1a784dc48ff824d0d3715d8",
            "ab30317f1a784dc48ff824d0d3715d8g",
        ] {
            assert!(wrong.parse::<Uuid>().is_err(), "{wrong}");
        }
        let loud: Uuid = ALICE.to_uppercase().parse().unwrap();
        assert_eq!(loud.to_string(), ALICE);
    }
}

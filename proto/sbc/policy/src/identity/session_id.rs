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
    /// The one in these headers, if there is one and it can be read. One without `remote` comes from an older end
    /// (RFC 7989 §11).
    pub fn of(headers: &Headers) -> Option<Self> {
        let value = headers.get(&HeaderName::SessionId)?;
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

/// The identifiers of a call's ends, by the numbers of their legs. Each leg is told a pair, seen from the other end, so that one word
/// finds the call on both sides of the border (RFC 7989 §7). Who takes another's place brings its own; who stays keeps its.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionIds {
    /// As many as a call has had legs. None: no end speaks of them, and neither do we.
    ends: Vec<(u8, Uuid)>,
}

impl SessionIds {
    /// Takes in what a message from this end says. Its identifier may change: another phone answered than rang.
    pub fn heard(&mut self, end: u8, headers: &Headers) {
        if let Some(told) = SessionId::of(headers)
            && (self.ends.is_empty() || !told.local.is_nil())
        {
            self.set(end, told.local);
        }
    }

    fn set(&mut self, end: u8, uuid: Uuid) {
        // The newest is the last.
        self.ends.retain(|(known, _)| *known != end);
        self.ends.push((end, uuid));
    }

    fn of(&self, end: u8) -> Uuid {
        let mut ends = self.ends.iter();
        ends.find(|(known, _)| *known == end)
            .map_or(Uuid::NIL, |(_, uuid)| *uuid)
    }

    /// Whether any end speaks of them.
    pub fn is_spoken(&self) -> bool {
        !self.ends.is_empty()
    }

    /// An end that has answered and told no identifier is given one (RFC 7989 §7).
    pub fn speak_for(&mut self, end: u8, random: &mut Random) {
        if self.is_spoken() && self.of(end).is_nil() {
            self.set(end, Uuid::random(random));
        }
    }

    /// For a message to the end `to` on behalf of `from`; before anybody has answered, of the one that was heard last.
    pub fn told(&self, to: u8, from: Option<u8>) -> Option<SessionId> {
        if !self.is_spoken() {
            return None;
        }
        let last = || self.ends.iter().rev().find(|(end, _)| *end != to);
        let local = match from {
            Some(from) => self.of(from),
            None => last().map_or(Uuid::NIL, |(_, uuid)| *uuid),
        };
        let remote = self.of(to);
        Some(SessionId { local, remote })
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
        headers.push(HeaderName::SessionId, value);
        headers
    }

    const CALLER: u8 = 0;
    const CALLEE: u8 = 1;

    #[test]
    fn both_legs_are_told_the_same_pair_each_from_its_own_end() {
        let mut ids = SessionIds::default();
        ids.heard(CALLER, &saying(&format!("{ALICE};remote={NIL}")));
        let invite = ids.told(CALLEE, Some(CALLER)).unwrap();
        assert_eq!(invite.to_string(), format!("{ALICE};remote={NIL}"));
        let trying = ids.told(CALLER, None).unwrap();
        assert_eq!(trying.to_string(), format!("{NIL};remote={ALICE}"));
        ids.heard(CALLEE, &saying(&format!("{BOB};remote={ALICE}")));
        for from in [None, Some(CALLEE)] {
            let answer = ids.told(CALLER, from).unwrap();
            assert_eq!(answer.to_string(), format!("{BOB};remote={ALICE}"));
        }
        let ack = ids.told(CALLEE, Some(CALLER)).unwrap();
        assert_eq!(ack.to_string(), format!("{ALICE};remote={BOB}"));
    }

    #[test]
    fn an_end_that_knows_nothing_of_it_is_spoken_for() {
        let mut random = Random::from_number(1);
        let mut ids = SessionIds::default();
        ids.heard(CALLER, &saying(ALICE));
        ids.speak_for(CALLEE, &mut random);
        let answer = ids.told(CALLER, Some(CALLEE)).unwrap();
        assert!(!answer.local.is_nil());
        let text = answer.local.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(text.get(12..13), Some("4"), "version 4");
        ids.speak_for(CALLEE, &mut random);
        assert_eq!(ids.told(CALLER, Some(CALLEE)), Some(answer), "for good");
    }

    #[test]
    fn where_nobody_speaks_of_it_nobody_hears_of_it() {
        let mut random = Random::from_number(1);
        let mut ids = SessionIds::default();
        ids.heard(CALLER, &saying("not-a-uuid"));
        ids.heard(CALLEE, &Headers::new());
        ids.speak_for(CALLEE, &mut random);
        assert_eq!(ids.told(CALLEE, Some(CALLER)), None);
        assert_eq!(ids.told(CALLER, None), None);
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

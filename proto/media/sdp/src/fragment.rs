//! `application/trickle-ice-sdpfrag`: candidates that come after their description (RFC 8840 §9).

use crate::{Attribute, Attributes, Candidate, Fault, ParseError, limits};

/// A fragment of a description: attributes before the first `m=`, and those behind each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IceFragment {
    session: Attributes,
    media: Vec<Attributes>,
}

/// One media description's part of a fragment. What it does not say itself, the lines before the first `m=` say for it.
#[derive(Debug)]
pub struct IcePart<'a, C> {
    /// `a=mid`
    pub mid: Option<&'a str>,
    /// `a=ice-ufrag`
    pub ufrag: Option<&'a str>,
    /// `a=ice-pwd`
    pub pwd: Option<&'a str>,
    /// `a=candidate`, but for those that name another `ufrag` themselves, as browsers do behind the address.
    pub candidates: C,
    /// `a=end-of-candidates`
    pub is_last: bool,
}

impl IceFragment {
    /// Reads a body. Only `a=` and `m=` may stand in it; of an `m=` line, which is a pseudo one, nothing is read.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let fail = |line, fault| ParseError { line, fault };
        if body.len() > limits::OCTETS {
            return Err(fail(0, Fault::TooLarge));
        }
        let mut fragment = Self::default();
        let mut candidates = 0_usize;
        for (index, raw) in body.split(|octet| *octet == b'\n').enumerate() {
            let line = index.saturating_add(1);
            if line > limits::LINES {
                return Err(fail(line, Fault::TooManyLines));
            }
            let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
            let value = match raw {
                [] => continue,
                [b'm', b'=', ..] if fragment.media.len() >= limits::MEDIA => {
                    return Err(fail(line, Fault::TooManyMedia));
                }
                [b'm', b'=', ..] => {
                    fragment.media.push(Attributes::default());
                    continue;
                }
                [b'a', b'=', value @ ..] => value,
                _ => return Err(fail(line, Fault::NotALine)),
            };
            if value.iter().any(|octet| matches!(octet, 0 | b'\r')) {
                return Err(fail(line, Fault::NotALine));
            }
            let attribute = Attribute::read(&String::from_utf8_lossy(value))
                .ok_or_else(|| fail(line, Fault::Attribute))?;
            if attribute.name.eq_ignore_ascii_case("candidate") {
                candidates = candidates.saturating_add(1);
                if candidates > limits::CANDIDATES {
                    return Err(fail(line, Fault::TooManyCandidates));
                }
            }
            let place = fragment.media.last_mut();
            place
                .unwrap_or(&mut fragment.session)
                .push_attribute(attribute);
        }
        Ok(fragment)
    }

    /// Its parts, one for each `m=`; one for all where there is none.
    pub fn parts(&self) -> impl Iterator<Item = IcePart<'_, impl Iterator<Item = Candidate>>> {
        let alone = self.media.is_empty().then_some(&self.session);
        let parts = self.media.iter().chain(alone);
        parts.map(|own| {
            let first = |name: &str| own.first(name).or_else(|| self.session.first(name));
            let ufrag = first("ice-ufrag");
            let of_now = move |candidate: &Candidate| {
                let mut named = candidate.extensions.iter();
                named
                    .find(|(name, _)| name == "ufrag")
                    .is_none_or(|(_, named)| Some(named.as_str()) == ufrag)
            };
            IcePart {
                mid: own.mid(),
                ufrag,
                pwd: first("ice-pwd"),
                candidates: own.candidates().filter(of_now),
                is_last: own.end_of_candidates() || self.session.end_of_candidates(),
            }
        })
    }
}

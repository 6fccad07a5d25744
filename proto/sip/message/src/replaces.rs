//! Replaces (RFC 3891 §6.1): the dialog that a new one takes the place of.

use crate::HeaderError;
use std::fmt;

const BAD: HeaderError = HeaderError { what: "Replaces" };

/// A dialog, by the names that the one who receives this knows it by.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Replaces {
    /// Its Call-ID.
    pub call_id: String,
    /// The tag of the one who receives this.
    pub to_tag: String,
    /// The tag of that one's far end.
    pub from_tag: String,
    /// Only as long as it is not answered (`early-only`).
    pub early_only: bool,
}

impl std::str::FromStr for Replaces {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let mut parts = text.split(';').map(str::trim);
        let call_id = parts.next().filter(|id| !id.is_empty()).ok_or(BAD)?;
        let (mut to_tag, mut from_tag, mut early_only) = (None, None, false);
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            let tag = match name.to_ascii_lowercase().as_str() {
                "to-tag" => &mut to_tag,
                "from-tag" => &mut from_tag,
                "early-only" => {
                    early_only = true;
                    continue;
                }
                _ => continue,
            };
            // RFC 3891 §6.1: each exactly once.
            if value.is_empty() || tag.replace(value.to_owned()).is_some() {
                return Err(BAD);
            }
        }
        let legal = |id: &str| id.bytes().all(|byte| byte.is_ascii_graphic());
        match (to_tag, from_tag) {
            (Some(to_tag), Some(from_tag))
                if [call_id, &to_tag, &from_tag].into_iter().all(legal) =>
            {
                Ok(Self {
                    call_id: call_id.to_owned(),
                    to_tag,
                    from_tag,
                    early_only,
                })
            }
            _ => Err(BAD),
        }
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            call_id,
            to_tag,
            from_tag,
            early_only,
        } = self;
        write!(out, "{call_id};to-tag={to_tag};from-tag={from_tag}")?;
        if *early_only {
            out.write_str(";early-only")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Replaces;
    use crate::Uri;

    #[test]
    fn a_dialog_is_named_by_its_call_id_and_both_tags() {
        let read: Replaces = "98732@sip.example.com ;from-tag=r33th4x0r; to-tag=ff87ff;early-only"
            .parse()
            .unwrap();
        assert_eq!(read.call_id, "98732@sip.example.com");
        assert_eq!(
            (read.to_tag.as_str(), read.from_tag.as_str()),
            ("ff87ff", "r33th4x0r")
        );
        assert!(read.early_only);
        assert_eq!(read.to_string().parse(), Ok(read));
        for bad in [
            "",
            "a",
            "a;to-tag=1",
            "a;to-tag=1;from-tag=",
            "a;to-tag=1;to-tag=2;from-tag=3",
            "a b;to-tag=1;from-tag=2",
        ] {
            assert!(bad.parse::<Replaces>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_uri_tells_its_headers_without_escapes_and_takes_them_with() {
        let mut uri: Uri = "sip:carol@example.com?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&X=1"
            .parse()
            .unwrap();
        assert_eq!(
            uri.header("replaces").as_deref(),
            Some("a@b;to-tag=1;from-tag=2")
        );
        assert_eq!(uri.header("Require"), None);
        uri.set_headers(&[("Replaces", "x@y;to-tag=1;from-tag=2")]);
        assert_eq!(
            uri.to_string(),
            "sip:carol@example.com?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2"
        );
    }
}

use crate::{CSeq, HeaderError, syntax};
use std::fmt;

/// `RAck` (RFC 3262 §7.2): which provisional response a PRACK acknowledges.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RAck {
    /// The response's RSeq.
    pub rseq: u32,
    /// The response's CSeq.
    pub cseq: CSeq,
}

impl fmt::Display for RAck {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.rseq, self.cseq)
    }
}

impl std::str::FromStr for RAck {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const BAD: HeaderError = HeaderError { what: "RAck" };
        let (rseq, cseq) = syntax::trim(text).split_once([' ', '\t']).ok_or(BAD)?;
        let rseq = syntax::number(rseq, u64::from(u32::MAX), BAD.what)?;
        Ok(Self {
            rseq: u32::try_from(rseq).map_err(|_| BAD)?,
            cseq: cseq.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::RAck;

    #[test]
    fn it_is_read_as_it_is_written() {
        let rack: RAck = "776656 1 INVITE".parse().unwrap();
        assert_eq!((rack.rseq, rack.cseq.number), (776_656, 1));
        assert_eq!(rack.to_string(), "776656 1 INVITE");
        for bad in ["", "1", "1 INVITE", "4294967296 1 INVITE", "-1 1 INVITE"] {
            assert!(bad.parse::<RAck>().is_err(), "{bad}");
        }
    }
}

use crate::limits::{MAX_LIST, MAX_MESSAGE};
use crate::lines::{Lines, name_and_value};
use crate::list::entries;
use crate::via::RawVia;
use crate::{CSeq, HeaderName, Headers, Malformed, Method, NameAddr, Response};

/// The response to a request that could not be parsed, from what of it can be read. `None` if that is not enough, if it is an ACK
/// (RFC 3261 §17) or a response, or if it does not look like SIP at all.
pub(crate) fn to_malformed(bytes: &[u8], why: Malformed) -> Option<Box<Response>> {
    let bytes = bytes.get(..MAX_MESSAGE).unwrap_or(bytes);
    let mut lines = Lines::new(bytes);
    lines.skip_empty();
    let first = lines.next_line().ok()??;
    if !is_answerable(&first.text()) {
        return None;
    }
    let (status, reason) = why.status();
    let mut response = Response {
        status,
        reason,
        headers: Headers::new(),
        body: Vec::new(),
    };
    let headers = &mut response.headers;
    // Stops at the first line that no reader should guess about: what follows is not trusted.
    while let Ok(Some(line)) = lines.next_line() {
        let text = line.text();
        let Ok((name, value)) = name_and_value(&text) else {
            continue;
        };
        match name {
            HeaderName::Via => {
                for entry in entries(value).take(MAX_LIST) {
                    headers.push(HeaderName::Via, entry.ok()?);
                }
            }
            // Of several the first: its sender knows it was sent (RFC 4475 §3.3.8).
            HeaderName::From | HeaderName::To | HeaderName::CallId | HeaderName::CSeq
                if !headers.has(&name) =>
            {
                headers.push(name, value);
            }
            _ => {}
        }
    }
    complete(headers)?;
    Some(Box::new(response))
}

/// A request line of any version, well-formed or not, but not an ACK.
fn is_answerable(line: &str) -> bool {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let (Some(first), Some(last)) = (words.next(), words.next_back()) else {
        return false;
    };
    first
        .parse::<Method>()
        .is_ok_and(|method| method != Method::Ack)
        && crate::parse::is_version(last)
}

/// Checks that the response finds its way, and gives the To a tag if it has none.
fn complete(headers: &mut Headers) -> Option<()> {
    // The version may be another: that is what a 505 is for.
    RawVia::scan_any_version(headers.get(&HeaderName::Via)?).ok()?;
    let from = headers.get(&HeaderName::From)?;
    let call_id = headers.get(&HeaderName::CallId)?;
    let cseq = headers.get(&HeaderName::CSeq)?;
    if cseq
        .parse::<CSeq>()
        .is_ok_and(|cseq| cseq.method == Method::Ack)
    {
        return None;
    }
    let seed = [headers.get(&HeaderName::Via)?, from, call_id, cseq];
    let to = headers.get(&HeaderName::To)?;
    if let Ok(to) = to.parse::<NameAddr>()
        && to.tag().is_none()
    {
        let to = to.with_tag(&tag(seed));
        headers.set(HeaderName::To, to);
    }
    Some(())
}

/// FNV-1a, 64 bits: not a secret, only the same for the same request and most likely another for another.
fn tag(seed: [&str; 4]) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = seed
        .iter()
        .flat_map(|text| text.bytes())
        .fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        });
    format!("{hash:016x}")
}

//! SIP messages and their values: what is accepted means the same after printing.

use sip_message::{Message, NameAddr, RAck, SessionExpires, Uri, Via, parse};
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// Whatever `parse` accepts prints to bytes that parse to the same message, in one piece, with nothing smuggled in; whatever it refuses
/// is answered, if at all, with bytes that hold one head.
pub fn sip_message(bytes: &[u8]) {
    match parse(bytes) {
        Ok(message) => {
            let printed = message.to_bytes();
            assert_eq!(
                parse(&printed).as_ref(),
                Ok(&message),
                "{}",
                printed.escape_ascii()
            );
            accessors(&message);
        }
        Err(error) => {
            if let Some(answer) = error.answer {
                let printed = answer.to_bytes();
                assert!(printed.ends_with(b"Content-Length: 0\r\n\r\n"));
                assert_eq!(
                    printed
                        .windows(4)
                        .filter(|four| four == b"\r\n\r\n")
                        .count(),
                    1
                );
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        value::<Uri>(text);
        value::<NameAddr>(text);
        value::<Via>(text);
        value::<SessionExpires>(text);
        value::<RAck>(text);
    }
}

/// None of them may panic, and a value that can be read prints to text that means the same.
fn accessors(message: &Message) {
    let headers = message.headers();
    let _ = (
        headers.max_forwards(),
        headers.expires(),
        headers.record_routes(),
        headers.session_expires(),
        headers.min_se(),
        headers.rseq(),
        headers.rack(),
    );
    assert!(headers.via().is_ok() && headers.vias().is_ok());
    assert!(headers.from().is_ok() && headers.to().is_ok());
    assert!(headers.call_id().is_ok() && headers.cseq().is_ok());
    for header in headers.iter() {
        assert!(
            !header
                .value
                .bytes()
                .any(|byte| byte < b' ' && byte != b'\t')
        );
        value::<NameAddr>(&header.value);
        value::<Via>(&header.value);
        if let Ok(address) = header.value.parse::<NameAddr>() {
            assert!(address.uri.is_equivalent(&address.uri));
            let _ = (address.uri.user_decoded(), address.uri.address_of_record());
        }
    }
}

fn value<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let printed = value.to_string();
        assert_eq!(
            printed.parse().ok(),
            Some(value),
            "{text:?} printed as {printed:?}"
        );
    }
}

//! What names another dialog or another place: Replaces, Refer-To, and the Replaces that a Refer-To holds, escaped.

use sip_message::{NameAddr, Replaces, Uri};

/// The bytes as each of them: what is read is written so that it is read the same.
pub fn references(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(replaces) = text.parse::<Replaces>() {
        let again = replaces.to_string();
        assert_eq!(again.parse::<Replaces>().as_ref(), Ok(&replaces), "{again}");
    }
    if let Ok(target) = text.parse::<NameAddr>() {
        let again = target.to_string();
        match again.parse::<NameAddr>() {
            Ok(read) => assert_eq!(read.uri.to_string(), target.uri.to_string(), "{again}"),
            Err(_) => panic!("{again:?} is not read as it was written"),
        }
        inside(&target.uri);
    }
    if let Ok(uri) = text.parse::<Uri>() {
        inside(&uri);
    }
}

fn inside(uri: &Uri) {
    if let Some(value) = uri.header("Replaces")
        && let Ok(replaces) = value.parse::<Replaces>()
    {
        assert!(!replaces.call_id.contains([' ', ';', '\r', '\n']));
    }
}

//! What a proxy says first: octet by octet it must come to the same, and never be waited for without end.

use engine_net::{Proxied, proxied};

/// More than any header is long.
const LONGEST: usize = 2048;

/// A header, or not.
pub fn proxy(bytes: &[u8]) {
    let whole = proxied(bytes);
    for length in 0..bytes.len() {
        let Some(part) = bytes.get(..length) else {
            return;
        };
        match proxied(part) {
            // More was wanted: it may still become anything.
            Ok(None) => assert!(length < LONGEST),
            settled => {
                assert_eq!(settled, whole);
                return;
            }
        }
    }
    if let Ok(Some((said, length))) = whole {
        assert_eq!(length, bytes.len());
        if let Proxied::Client(client) = said {
            assert_eq!(client.ip(), client.ip().to_canonical());
        }
    }
}

use crate::Proxies;
use hyper::header::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Proxies in a row.
const MOST: usize = 16;

/// The client that a trusted proxy names. Each proxy adds whom it heard at the end, and what stands before the first one that is no
/// proxy of ours, the client may have written itself.
pub(crate) fn client(headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    let mut named: Vec<&str> = Vec::new();
    for value in headers.get_all(FORWARDED_FOR) {
        named.extend(value.to_str().ok()?.split(','));
    }
    let mut furthest = None;
    for one in named.iter().rev().take(MOST) {
        let address = address(one.trim())?;
        furthest = Some(address);
        if !proxies.trust(address) {
            break;
        }
    }
    furthest
}

/// An address, as some write it with its port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_matches(['[', ']']).parse();
    let address = bare.or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::client;
    use crate::{Block, Proxies};
    use hyper::header::HeaderMap;

    fn found(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let proxies = Proxies {
            trusted: vec![Block::parse("10.0.0.0/8").unwrap()],
            protocol: false,
        };
        client(&headers, &proxies).map(|address| address.to_string())
    }

    #[test]
    fn p16_the_client_is_the_last_one_that_is_no_proxy_of_ours() {
        for (values, client) in [
            (&["203.0.113.7"][..], Some("203.0.113.7")),
            (&["203.0.113.7, 10.0.0.3"], Some("203.0.113.7")),
            (&["1.1.1.1, 203.0.113.7", "10.0.0.3"], Some("203.0.113.7")),
            (&["[2001:db8::7]:4711"], Some("2001:db8::7")),
            (&["203.0.113.7:4711"], Some("203.0.113.7")),
            (&["::ffff:203.0.113.7"], Some("203.0.113.7")),
            (&["10.0.0.9, 10.0.0.3"], Some("10.0.0.9")),
            (&["203.0.113.7, unknown"], None),
            (&["evil, 203.0.113.7"], Some("203.0.113.7")),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(found(values).as_deref(), client, "{values:?}");
        }
    }
}

use sip_message::{HeaderName, Headers, Method};

/// Bodies of INFO that tell digits and nothing else. Others may hold addresses (`trickle-ice-sdpfrag`, `sdp`) or orders.
const INFO_BODIES: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];

/// Whether a body may cross the border as it is. Session descriptions never do: they go through the door.
pub fn body_may_cross(method: &Method, headers: &Headers) -> bool {
    if headers.has(&HeaderName::ContentEncoding) {
        return false;
    }
    let Some(media_type) = media_type(headers) else {
        return false;
    };
    match method {
        Method::Info => INFO_BODIES.contains(&media_type.as_str()),
        Method::Message => {
            media_type.starts_with("text/") || media_type == "application/im-iscomposing+xml"
        }
        _ => false,
    }
}

/// Whether a message's body is one plain session description (RFC 8866).
pub fn is_session_description(headers: &Headers) -> bool {
    !headers.has(&HeaderName::ContentEncoding)
        && media_type(headers).is_some_and(|media_type| media_type == "application/sdp")
}

/// `type/subtype` in lower case, without parameters.
fn media_type(headers: &Headers) -> Option<String> {
    let value = headers.get(&HeaderName::ContentType)?;
    let media_type = value.split(';').next()?.trim();
    Some(media_type.to_ascii_lowercase())
}

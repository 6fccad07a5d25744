use sip_message::{HeaderName, Headers, Method};

/// Bodies of INFO that tell digits and nothing else. Others may hold addresses (`trickle-ice-sdpfrag`, `sdp`) or orders.
const INFO_BODIES: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];

/// Bodies of SUBSCRIBE, NOTIFY and PUBLISH: states of lines, persons, mailboxes and conferences. They are passed as they are, and so may
/// name users by URIs of the inside; a company that minds must have its server write its public domain there.
const EVENT_BODIES: [&str; 14] = [
    "application/dialog-info+xml",
    "application/pidf+xml",
    "application/pidf-diff+xml",
    "application/xpidf+xml",
    "application/cpim-pidf+xml",
    "application/simple-message-summary",
    "application/reginfo+xml",
    "application/watcherinfo+xml",
    "application/conference-info+xml",
    "application/rlmi+xml",
    "application/simple-filter+xml",
    "application/resource-lists+xml",
    "application/vq-rtcpxr",
    "multipart/related",
];

/// Bytes of such a body. A list of a hundred lines has some twenty thousand; a whole message ends at 64 KiB.
const MAX_EVENT_BODY: usize = 32 * 1024;

/// Whether the body of a SUBSCRIBE, NOTIFY or PUBLISH may cross the border as it is.
pub fn event_body_may_cross(headers: &Headers, length: usize) -> bool {
    length <= MAX_EVENT_BODY
        && !headers.has(&HeaderName::ContentEncoding)
        && media_type(headers).is_some_and(|kind| EVENT_BODIES.contains(&kind.as_str()))
}

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
        // What becomes of a REFER (RFC 3420).
        Method::Notify => media_type == "message/sipfrag",
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

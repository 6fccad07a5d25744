use std::net::{IpAddr, SocketAddr};

/// The value of the first line `{prefix}{value}`.
pub(super) fn line<'a>(sdp: &'a str, prefix: &str) -> Option<&'a str> {
    sdp.lines()
        .find_map(|line| line.strip_prefix(prefix))
        .map(str::trim)
}

/// Where the audio of a description is received, from `c=` and `m=`.
pub(super) fn audio_address(sdp: &str) -> Option<SocketAddr> {
    let host: IpAddr = line(sdp, "c=IN IP4 ")?.parse().ok()?;
    let port: u16 = line(sdp, "m=audio ")?.split(' ').next()?.parse().ok()?;
    (port != 0).then_some(SocketAddr::new(host, port))
}

/// The payload type of PCMU, and the profile, of the audio line.
pub(super) fn has_pcmu(sdp: &str) -> bool {
    line(sdp, "m=audio ").is_some_and(|rest| rest.split(' ').skip(2).any(|format| format == "0"))
}

/// The direction attribute; sendrecv if there is none.
pub(super) fn direction(sdp: &str) -> &str {
    ["sendrecv", "sendonly", "recvonly", "inactive"]
        .into_iter()
        .find(|direction| {
            sdp.lines()
                .any(|line| line.trim() == format!("a={direction}"))
        })
        .unwrap_or("sendrecv")
}

/// The answer to a direction, if we hold (or not) ourselves.
pub(super) fn answering(offered: &str, holding: bool) -> &'static str {
    match (offered, holding) {
        ("sendrecv", false) => "sendrecv",
        ("sendrecv" | "recvonly", true) | ("recvonly", false) => "sendonly",
        ("sendonly", false) => "recvonly",
        _ => "inactive",
    }
}

/// Whether one whose description says this receives.
pub(super) fn receives(direction: &str) -> bool {
    matches!(direction, "sendrecv" | "recvonly")
}

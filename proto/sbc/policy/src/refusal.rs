use crate::Way;
use sip_message::StatusCode;

/// The status that the other side is told for a final refusal; `way` is the way of the refused request.
///
/// - 3xx: 480. A redirect would tell one side's addresses to the other, and following it is the server's own affair.
/// - 401 and 407 go back to the browser, whose server asked; a browser has no business to challenge the server, so what it
///   asks becomes 403 (digest leak).
/// - 420, 421, 494: they speak of options of our own request: our fault, 500.
/// - 405, 415, 416, 501: they speak of our request's dress, but hurt nobody and tell the truth: as they are.
/// - Everything else as it is.
pub fn relayed_status(way: Way, status: StatusCode) -> StatusCode {
    match (status.code(), way) {
        (300..=399, _) => StatusCode::of(480),
        (401 | 407, Way::Outward) => StatusCode::of(403),
        (420 | 421 | 494, _) => StatusCode::of(500),
        _ => status,
    }
}

#[cfg(test)]
mod tests {
    use super::relayed_status;
    use crate::Way;
    use sip_message::StatusCode;

    #[test]
    fn a_redirect_becomes_temporarily_unavailable() {
        for code in [300, 302, 380] {
            let told = relayed_status(Way::Inward, StatusCode::of(code));
            assert_eq!(told.code(), 480);
        }
    }

    #[test]
    fn only_the_server_may_ask_for_credentials() {
        let asked = StatusCode::of(407);
        assert_eq!(relayed_status(Way::Inward, asked).code(), 407);
        assert_eq!(relayed_status(Way::Outward, asked).code(), 403);
    }

    #[test]
    fn a_busy_phone_is_busy_for_everybody() {
        assert_eq!(relayed_status(Way::Inward, StatusCode::of(486)).code(), 486);
        assert_eq!(
            relayed_status(Way::Outward, StatusCode::of(603)).code(),
            603
        );
    }
}

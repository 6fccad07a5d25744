use sip_message::{HeaderName, Headers};

/// Which headers cross the border beside those that always do. A header crosses if the side it comes from may send it **and** the side
/// it goes to may hear it: so what the inside says to itself never comes from the outside by accident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderRules {
    /// What may come from this side.
    pub from: Vec<HeaderName>,
    /// What may go to this side.
    pub to: Vec<HeaderName>,
    /// What this side is always told, whatever came.
    pub set: Vec<(HeaderName, String)>,
}

/// Most headers of the allow-lists that one message takes along: they are bounded by the message's own bound, and no honest sender comes
/// near.
const MAX_CARRIED: usize = 32;

impl HeaderRules {
    /// Whether a rule may speak of this header. Those of the protocol itself are written anew for each side, and those that say who
    /// calls are decided by trust.
    pub fn may_name(name: &HeaderName) -> bool {
        match name {
            HeaderName::Alert
            | HeaderName::CallInfo
            | HeaderName::Subject
            | HeaderName::Organization
            | HeaderName::InReplyTo
            | HeaderName::ReplyTo
            | HeaderName::AcceptLanguage
            | HeaderName::AcceptContact
            | HeaderName::RejectContact
            | HeaderName::RequestDisposition
            | HeaderName::Identity
            | HeaderName::RemotePartyId
            | HeaderName::Date
            | HeaderName::ErrorInfo
            | HeaderName::Warning => true,
            HeaderName::Other(name) => {
                const OURS: [&str; 4] =
                    ["Session-ID", "Recv-Info", "Info-Package", "Security-Client"];
                !OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name))
            }
            _ => false,
        }
    }

    /// Puts what may cross from a message of the side `origin` to this one into `to`. The parser has already made every spelling of a
    /// name (case, compact form, a blank before the colon, folded lines) the same name.
    pub fn carry(&self, origin: &HeaderRules, message: &Headers, to: &mut Headers) {
        let mut left = MAX_CARRIED;
        for header in message.iter() {
            let crosses = origin.from.contains(&header.name)
                && self.to.contains(&header.name)
                && Self::may_name(&header.name);
            if crosses && left > 0 && !self.sets(&header.name) {
                left -= 1;
                to.push_copy(header);
            }
        }
        for (name, value) in &self.set {
            to.push(name.clone(), value);
        }
    }

    fn sets(&self, name: &HeaderName) -> bool {
        self.set.iter().any(|(set, _)| set == name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sip_message::Message;

    fn name(text: &str) -> HeaderName {
        text.parse().unwrap()
    }

    fn headers_of(lines: &str) -> Headers {
        let text = format!(
            "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a.example;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{lines}Content-Length: 0\r\n\r\n"
        );
        match sip_message::parse(text.as_bytes()).unwrap() {
            Message::Request(request) => request.headers,
            Message::Response(_) => Headers::new(),
        }
    }

    #[test]
    fn p55_no_spelling_smuggles_a_header_past_the_rules() {
        let inside = HeaderRules {
            to: vec![name("X-Customer")],
            ..HeaderRules::default()
        };
        let outside = HeaderRules {
            from: vec![name("X-Colour")],
            ..HeaderRules::default()
        };
        for lines in [
            "X-Customer: 7\r\n",
            "X-Customer : 7\r\n",
            "X-Customer\t: 7\r\n",
            "x-cUSTOMER: 7\r\n",
            "X-Customer:\r\n 7\r\n",
            "X-Customer \r\n : 7\r\n",
            "X-Colour: red\r\nX-Customer: 7\r\n",
            "X-Colour: red\r\n X-Customer: 7\r\n",
        ] {
            let text = format!("Subject: s\r\n{lines}");
            let mut carried = Headers::new();
            if let Ok(Message::Request(request)) = sip_message::parse(
                format!("INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a.example;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{text}Content-Length: 0\r\n\r\n").as_bytes(),
            ) {
                inside.carry(&outside, &request.headers, &mut carried);
            }
            assert!(carried.is_empty(), "{lines:?} brought {carried:?}");
        }
    }

    #[test]
    fn a_header_crosses_where_both_sides_let_it() {
        let one = HeaderRules {
            from: vec![name("X-Queue"), name("Call-Info")],
            ..HeaderRules::default()
        };
        let other = HeaderRules {
            to: vec![name("x-queue"), name("X-Other")],
            set: vec![(name("X-Border"), "margrave".to_owned())],
            ..HeaderRules::default()
        };
        let message = headers_of(
            "X-QUEUE: sales\r\nX-Other: 1\r\nCall-Info: <http://x>\r\nX-Border: forged\r\n",
        );
        let mut carried = Headers::new();
        other.carry(&one, &message, &mut carried);
        let all: Vec<String> = carried
            .iter()
            .map(|header| format!("{}: {}", header.name, header.value))
            .collect();
        assert_eq!(all, ["X-QUEUE: sales", "X-Border: margrave"]);
    }

    #[test]
    fn no_rule_speaks_of_the_protocols_own_headers() {
        for own in [
            "Via",
            "v",
            "Route",
            "Contact",
            "P-Asserted-Identity",
            "Diversion",
            "Session-ID",
            "Authorization",
            "Content-Length",
            "Require",
        ] {
            assert!(!HeaderRules::may_name(&name(own)), "{own}");
        }
        for other in [
            "X-Queue",
            "Call-Info",
            "Alert-Info",
            "User-to-User",
            "Subject",
        ] {
            assert!(HeaderRules::may_name(&name(other)), "{other}");
        }
    }
}

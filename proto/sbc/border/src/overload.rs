//! Too much to do: what is under way goes before what is to begin. The shell holds the queue; here is said what of it is new, and
//! what has waited too long is refused.

/// Whether a message asks for something new: a call, a registration, a subscription, a message. Whatever concerns what is there
/// already (responses, ACK, BYE, requests inside a dialog) is not. A CANCEL goes the way of the INVITE that it must not overtake.
///
/// A look from outside, at what no parser has seen yet: it decides in which queue the message waits, and nothing else.
pub fn is_new_work(bytes: &[u8]) -> bool {
    const ALWAYS: [&[u8]; 2] = [b"REGISTER ", b"CANCEL "];
    const OUTSIDE_DIALOGS: [&[u8]; 6] = [
        b"INVITE ",
        b"SUBSCRIBE ",
        b"PUBLISH ",
        b"MESSAGE ",
        b"OPTIONS ",
        b"REFER ",
    ];
    let begins = |with: &&[u8]| bytes.starts_with(with);
    ALWAYS.iter().any(begins) || OUTSIDE_DIALOGS.iter().any(begins) && !has_to_tag(bytes)
}

fn has_to_tag(bytes: &[u8]) -> bool {
    let is_to = |line: &&[u8]| {
        let name = line.split(|byte| *byte == b':').next();
        let name = name.unwrap_or_default().trim_ascii();
        name.eq_ignore_ascii_case(b"To") || name.eq_ignore_ascii_case(b"t")
    };
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let to = lines.by_ref().take_while(|line| *line != b"\r").find(is_to);
    to.is_some_and(|to| {
        to.windows(5)
            .any(|part| part.eq_ignore_ascii_case(b";tag="))
    })
}

#[cfg(test)]
mod tests {
    use super::is_new_work;

    #[test]
    fn what_is_under_way_is_no_new_work() {
        let message = |first: &str, to: &str| {
            format!("{first}\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n{to}\r\n\r\nTo: x;tag=1\r\n")
                .into_bytes()
        };
        let invite = "INVITE sip:a@b SIP/2.0";
        assert!(is_new_work(&message(invite, "To: <sip:a@b>")));
        assert!(is_new_work(&message(
            "REGISTER sip:b SIP/2.0",
            "t: a;tag=1"
        )));
        assert!(is_new_work(&message("CANCEL sip:a@b SIP/2.0", "To: a")));
        assert!(!is_new_work(&message(invite, "to : <sip:a@b>;Tag=1")));
        assert!(!is_new_work(&message("BYE sip:a@b SIP/2.0", "To: a")));
        assert!(!is_new_work(&message("ACK sip:a@b SIP/2.0", "To: a")));
        assert!(!is_new_work(&message("SIP/2.0 200 OK", "To: <sip:a@b>")));
        assert!(!is_new_work(b"\r\n\r\n"));
    }
}

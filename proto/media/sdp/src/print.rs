use crate::{Attributes, Connection, Line, Media, SessionDescription};
use std::fmt;

/// With CRLF, in the order of RFC 8866 §9.
impl fmt::Display for SessionDescription {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_text())
    }
}

impl SessionDescription {
    /// As [`fmt::Display`] writes it, without the way through a formatter: it is written for every offer and every answer.
    pub fn to_text(&self) -> String {
        /// A telephone's description, or half a browser's.
        const USUAL: usize = 512;
        let mut out = String::with_capacity(USUAL);
        let origin = &self.origin;
        out.push_str("v=0\r\n");
        let Connection {
            address_type,
            address,
        } = &origin.address;
        let (session, version) = (&origin.session_id, &origin.version);
        let value = [
            &origin.username,
            " ",
            session,
            " ",
            version,
            " IN ",
            address_type,
            " ",
            address,
        ];
        line(&mut out, 'o', &value);
        line(&mut out, 's', &[&self.name]);
        lines(&mut out, &self.lines, "iuep");
        connection(&mut out, self.connection.as_ref());
        lines(&mut out, &self.lines, "b");
        if !self.lines.iter().any(|line| line.letter == 't') {
            line(&mut out, 't', &["0 0"]);
        }
        lines(&mut out, &self.lines, "tr");
        lines(&mut out, &self.lines, "zk");
        attributes(&mut out, &self.attributes);
        for media in &self.media {
            write_media(&mut out, media);
        }
        out
    }
}

fn write_media(out: &mut String, media: &Media) {
    let port = media.port.to_string();
    let ports = media.ports.map(|ports| format!("/{ports}"));
    let ports = ports.as_deref().unwrap_or_default();
    let head = [&media.kind, " ", &port, ports, " ", &media.protocol];
    begin(out, 'm');
    push(out, &head);
    for format in &media.formats {
        push(out, &[" ", format]);
    }
    out.push_str("\r\n");
    lines(out, &media.lines, "i");
    connection(out, media.connection.as_ref());
    lines(out, &media.lines, "bk");
    attributes(out, &media.attributes);
}

fn attributes(out: &mut String, attributes: &Attributes) {
    for attribute in attributes.iter() {
        match &attribute.value {
            Some(value) => line(out, 'a', &[&attribute.name, ":", value]),
            None => line(out, 'a', &[&attribute.name]),
        }
    }
}

fn connection(out: &mut String, connection: Option<&Connection>) {
    if let Some(connection) = connection {
        let (of, address) = (&connection.address_type, &connection.address);
        line(out, 'c', &["IN ", of, " ", address]);
    }
}

fn lines(out: &mut String, all: &[Line], letters: &str) {
    for it in all.iter().filter(|line| letters.contains(line.letter)) {
        line(out, it.letter, &[&it.value]);
    }
}

fn line(out: &mut String, letter: char, value: &[&str]) {
    begin(out, letter);
    push(out, value);
    out.push_str("\r\n");
}

fn begin(out: &mut String, letter: char) {
    out.push(letter);
    out.push('=');
}

/// Whatever a value holds, it stays one line: no caller's string begins another.
fn push(out: &mut String, parts: &[&str]) {
    let ends_line = |octet: u8| matches!(octet, b'\r' | b'\n' | 0);
    for part in parts {
        if part.bytes().any(ends_line) {
            out.extend(part.split(['\r', '\n', '\0']));
        } else {
            out.push_str(part);
        }
    }
}

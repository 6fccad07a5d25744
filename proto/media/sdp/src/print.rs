use crate::{Attributes, Connection, Line, Media, SessionDescription};
use std::fmt::{self, Write};

/// With CRLF, in the order of RFC 8866 §9.
impl fmt::Display for SessionDescription {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = &self.origin;
        out.write_str("v=0\r\n")?;
        let address = words_of(&origin.address);
        let value = [
            &origin.username,
            " ",
            &origin.session_id,
            " ",
            &origin.version,
            " ",
            &address,
        ];
        line(out, 'o', &value.concat())?;
        line(out, 's', &self.name)?;
        lines(out, &self.lines, "iuep")?;
        connection(out, self.connection.as_ref())?;
        lines(out, &self.lines, "b")?;
        if !self.lines.iter().any(|line| line.letter == 't') {
            line(out, 't', "0 0")?;
        }
        lines(out, &self.lines, "tr")?;
        lines(out, &self.lines, "zk")?;
        attributes(out, &self.attributes)?;
        self.media
            .iter()
            .try_for_each(|media| write_media(out, media))
    }
}

fn write_media(out: &mut fmt::Formatter<'_>, media: &Media) -> fmt::Result {
    let mut value = format!("{} {}", media.kind, media.port);
    if let Some(ports) = media.ports {
        write!(value, "/{ports}")?;
    }
    write!(value, " {}", media.protocol)?;
    for format in &media.formats {
        write!(value, " {format}")?;
    }
    line(out, 'm', &value)?;
    lines(out, &media.lines, "i")?;
    connection(out, media.connection.as_ref())?;
    lines(out, &media.lines, "bk")?;
    attributes(out, &media.attributes)
}

fn attributes(out: &mut fmt::Formatter<'_>, attributes: &Attributes) -> fmt::Result {
    attributes
        .iter()
        .try_for_each(|attribute| match &attribute.value {
            Some(value) => line(out, 'a', &[&attribute.name, ":", value].concat()),
            None => line(out, 'a', &attribute.name),
        })
}

fn connection(out: &mut fmt::Formatter<'_>, connection: Option<&Connection>) -> fmt::Result {
    match connection {
        Some(connection) => line(out, 'c', &words_of(connection)),
        None => Ok(()),
    }
}

fn words_of(connection: &Connection) -> String {
    ["IN ", &connection.address_type, " ", &connection.address].concat()
}

fn lines(out: &mut fmt::Formatter<'_>, all: &[Line], letters: &str) -> fmt::Result {
    all.iter()
        .filter(|line| letters.contains(line.letter))
        .try_for_each(|it| line(out, it.letter, &it.value))
}

/// Whatever a value holds, it stays one line: no caller's string begins another.
fn line(out: &mut fmt::Formatter<'_>, letter: char, value: &str) -> fmt::Result {
    out.write_char(letter)?;
    out.write_char('=')?;
    for part in value.split(['\r', '\n', '\0']) {
        out.write_str(part)?;
    }
    out.write_str("\r\n")
}

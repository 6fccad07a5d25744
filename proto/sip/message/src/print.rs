use crate::{HeaderName, Headers, Message, Request, Response, syntax};
use std::fmt::{self, Write};

/// Bytes of a message under construction. Nothing written through `fmt::Write` can start a new line: control characters become spaces.
struct Wire(Vec<u8>);

impl Wire {
    /// `capacity` covers a usual head; the body is added.
    fn new(headers: &Headers, body: &[u8]) -> Self {
        const START_LINE_AND_LENGTH: usize = 160;
        const NAME_AND_SEPARATORS: usize = 20;
        let values: usize = headers
            .iter()
            .map(|header| header.value.len().saturating_add(NAME_AND_SEPARATORS))
            .sum();
        let capacity = START_LINE_AND_LENGTH
            .saturating_add(values)
            .saturating_add(body.len());
        Self(Vec::with_capacity(capacity))
    }

    fn end_line(&mut self) {
        self.0.extend_from_slice(b"\r\n");
    }

    fn finish(mut self, headers: &Headers, body: &[u8]) -> Vec<u8> {
        for header in headers.iter() {
            match &header.name {
                name if *name == HeaderName::ContentLength => continue,
                HeaderName::Other(name) if name.is_empty() => continue,
                HeaderName::Other(name) => {
                    // What no name may hold becomes `-`.
                    let _ = syntax::write_token(&mut self, name);
                }
                known => self.0.extend_from_slice(known.as_str().as_bytes()),
            }
            self.0.extend_from_slice(b": ");
            // As it is: nothing gets into headers that is not clean.
            self.0.extend_from_slice(header.value.as_bytes());
            self.end_line();
        }
        self.0.extend_from_slice(b"Content-Length: ");
        let _ = syntax::write_number(&mut self, u64::try_from(body.len()).unwrap_or(u64::MAX));
        self.0.extend_from_slice(b"\r\n\r\n");
        self.0.extend_from_slice(body);
        self.0
    }

    fn text(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a Vec cannot fail, and no Display of this crate fails by itself.
        let _ = self.write_fmt(text);
    }
}

impl Write for Wire {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let bytes = text.as_bytes();
        if syntax::has_control(bytes) {
            let clean = |byte: &u8| {
                if syntax::is_control(*byte) {
                    b' '
                } else {
                    *byte
                }
            };
            self.0.extend(bytes.iter().map(clean));
        } else {
            self.0.extend_from_slice(bytes);
        }
        Ok(())
    }
}

impl Request {
    /// With Content-Length computed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut wire = Wire::new(&self.headers, &self.body);
        let _ = syntax::write_token(&mut wire, self.method.as_str());
        wire.0.push(b' ');
        wire.text(format_args!("{}", self.uri));
        wire.0.extend_from_slice(b" SIP/2.0");
        wire.end_line();
        wire.finish(&self.headers, &self.body)
    }
}

impl Response {
    /// With Content-Length computed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut wire = Wire::new(&self.headers, &self.body);
        wire.0.extend_from_slice(b"SIP/2.0 ");
        let _ = syntax::write_number(&mut wire, self.status.code().into());
        wire.0.push(b' ');
        let _ = wire.write_str(&self.reason);
        wire.end_line();
        wire.finish(&self.headers, &self.body)
    }
}

impl Message {
    /// With Content-Length computed.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Message::Request(request) => request.to_bytes(),
            Message::Response(response) => response.to_bytes(),
        }
    }
}

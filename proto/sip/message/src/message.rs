use crate::{HeaderName, Headers, Method, StatusCode, Uri};

/// RFC 3261 §7.1.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Request {
    /// What is asked.
    pub method: Method,
    /// The Request-URI: of whom.
    pub uri: Uri,
    /// In order.
    pub headers: Headers,
    /// As its Content-Type says.
    pub body: Vec<u8>,
}

/// RFC 3261 §7.2.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Response {
    /// For machines.
    pub status: StatusCode,
    /// For people.
    pub reason: String,
    /// In order.
    pub headers: Headers,
    /// As its Content-Type says.
    pub body: Vec<u8>,
}

/// RFC 3261 §7.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Message {
    /// A method upon a URI.
    Request(Request),
    /// A status.
    Response(Response),
}

impl Request {
    /// Without headers and body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            headers: Headers::new(),
            body: Vec::new(),
        }
    }

    /// A response as RFC 3261 §8.2.6 builds it: Via, From, To, Call-ID, CSeq (and Timestamp for a 100) copied, in order. No To tag is added.
    pub fn response(&self, status: StatusCode) -> Response {
        /// The five, one Via more, and what the answer adds.
        const USUAL: usize = 12;
        let mut headers = Headers::with_capacity(USUAL);
        for header in self.headers.iter() {
            let copied = match header.name {
                HeaderName::Via
                | HeaderName::From
                | HeaderName::To
                | HeaderName::CallId
                | HeaderName::CSeq => true,
                HeaderName::Timestamp => status == StatusCode::TRYING,
                _ => false,
            };
            if copied {
                headers.push_copy(header);
            }
        }
        Response {
            status,
            reason: status.reason().to_owned(),
            headers,
            body: Vec::new(),
        }
    }

    /// Sets Content-Type and body.
    pub fn set_body(&mut self, content_type: &str, body: Vec<u8>) {
        self.headers.set(HeaderName::ContentType, content_type);
        self.body = body;
    }
}

impl Response {
    /// Sets Content-Type and body.
    pub fn set_body(&mut self, content_type: &str, body: Vec<u8>) {
        self.headers.set(HeaderName::ContentType, content_type);
        self.body = body;
    }
}

impl Message {
    /// Of either.
    pub fn headers(&self) -> &Headers {
        match self {
            Message::Request(r) => &r.headers,
            Message::Response(r) => &r.headers,
        }
    }
}

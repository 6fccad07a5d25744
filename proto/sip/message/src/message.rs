use crate::{Headers, Method, StatusCode, Uri};
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: Headers,
    pub body: Vec<u8>,
}
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Response {
    pub status: StatusCode,
    pub reason: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Message {
    Request(Request),
    Response(Response),
}
impl Request {
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            headers: Headers::new(),
            body: Vec::new(),
        }
    }
    /// A response as RFC 3261 §8.2.6 builds it: Via, From, To, Call-ID, CSeq (and Timestamp for a 100) copied, in order. No To tag is added.
    pub fn response(&self, _status: StatusCode) -> Response {
        todo!()
    }
    /// Sets Content-Type and body.
    pub fn set_body(&mut self, _content_type: &str, _body: Vec<u8>) {
        todo!()
    }
    /// With Content-Length computed.
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }
}
impl Response {
    pub fn set_body(&mut self, _content_type: &str, _body: Vec<u8>) {
        todo!()
    }
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }
}
impl Message {
    pub fn headers(&self) -> &Headers {
        match self {
            Message::Request(r) => &r.headers,
            Message::Response(r) => &r.headers,
        }
    }
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }
}

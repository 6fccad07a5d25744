use crate::settings::{Endpoint, LONGEST_ANSWER};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, CONTENT_TYPE};
use hyper::{Request, StatusCode};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;

pub(crate) type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// One question and its answer's body; an error in words if there is none in time. Redirects are not followed: who is asked stands in
/// the configuration.
pub(crate) async fn ask(
    client: &HttpClient,
    endpoint: &Endpoint,
    question: &Value,
) -> Result<Bytes, String> {
    let asked = async {
        let request = Request::post(endpoint.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(Full::new(Bytes::from(question.to_string())))
            .map_err(|error| error.to_string())?;
        let response = client
            .request(request)
            .await
            .map_err(|error| cause(&error))?;
        let status = response.status();
        if status == StatusCode::NO_CONTENT {
            return Ok(Bytes::new());
        }
        if !status.is_success() {
            return Err(format!("it answers {status}"));
        }
        Limited::new(response.into_body(), LONGEST_ANSWER)
            .collect()
            .await
            .map(|body| body.to_bytes())
            .map_err(|error| error.to_string())
    };
    match tokio::time::timeout(endpoint.timeout, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(format!(
            "no answer within {} ms",
            endpoint.timeout.as_millis()
        )),
    }
}

/// The innermost error says what happened.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

use crate::Value;
use crate::front::Front;
use crate::reply;
use crate::request::Request;

/// Calls listed where nobody says how many.
const LIMIT: i64 = 32;

/// The most, whoever asks for more: the reply is one datagram, and a Call-ID may be long.
const MOST: i64 = 48;

impl Front {
    /// Some of the calls there are.
    pub(crate) fn list(&self, request: &Request) -> Value {
        let limit = request.options.limit.unwrap_or(LIMIT);
        let Ok(limit) = usize::try_from(limit.min(MOST)) else {
            return reply::error("invalid limit, must be >= 0");
        };
        let calls = self.calls.ids().take(limit);
        reply::ok([("calls", Value::texts(calls))])
    }
}

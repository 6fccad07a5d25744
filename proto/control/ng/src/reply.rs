use crate::Value;
use control_command::Refusal;

/// An entry of a reply.
pub(crate) type Entry = (&'static str, Value);

/// Well done, and more.
pub(crate) fn ok(more: impl IntoIterator<Item = Entry>) -> Value {
    let result = ("result", Value::text("ok"));
    Value::dictionary(std::iter::once(result).chain(more))
}

/// Not done. Clients match some of the words, so those are the protocol's.
pub(crate) fn error(reason: &str) -> Value {
    Value::dictionary([
        ("result", Value::text("error")),
        ("error-reason", Value::text(reason)),
    ])
}

/// Too much: a client that knows the word takes another engine for the call.
pub(crate) fn overload(reason: &str, knows_load_limit: bool) -> Value {
    if knows_load_limit {
        return Value::dictionary([
            ("result", Value::text("load limit")),
            ("message", Value::text(reason)),
        ]);
    }
    error(reason)
}

/// Why media would not.
pub(crate) fn refusal(refusal: Refusal) -> Value {
    error(match refusal {
        Refusal::Malformed => "Failed to parse SDP",
        Refusal::NotAcceptable => "Incomplete SDP specification",
        Refusal::Pending => "Another offer is outstanding",
        Refusal::Unknown => "Invalid dialogue association",
        Refusal::Exhausted => "Ran out of ports",
    })
}

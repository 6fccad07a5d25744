use crate::{CallerId, HeaderRules, NumberForm, Rewrite};

/// How one side (a peer, or the browsers) is dealt with, beyond where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether it belongs to our trust domain (RFC 3324): the identity it asserts is believed, and it is told the identity we have
    /// proved, who wants privacy, and where a call has been.
    pub trusted: bool,
    /// In which form it is given numbers.
    pub form: NumberForm,
    /// What becomes of numbers that come from it, before any route is looked for.
    pub incoming: Numbers,
    /// What becomes of numbers that go to it.
    pub outgoing: Numbers,
    /// Which callers it is shown.
    pub caller_id: CallerId,
    /// Which headers cross to and from it.
    pub headers: HeaderRules,
}

/// Rules for both numbers of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// For whom the call is.
    pub called: Rewrite,
    /// Who calls.
    pub calling: Rewrite,
}

use std::time::Duration;

/// How somebody else is asked where calls go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookPlan {
    /// How long a call waits for the answer.
    pub patience: Duration,
    /// What holds if none comes.
    pub otherwise: Otherwise,
}

/// What becomes of a call that nobody has decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Otherwise {
    /// The routes decide, as without a hook.
    #[default]
    Continue,
    /// It is refused (503).
    Refuse,
}

/// Whether log lines tell who calls whom and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redaction {
    /// Everything is told.
    #[default]
    Off,
    /// Users become `***`, addresses lose their last part.
    On,
}

/// A name or an address on its way into a log line.
pub struct Redact<T>(pub T, pub Redaction);

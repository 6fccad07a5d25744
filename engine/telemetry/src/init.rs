/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Why there is no log: a filter that makes no sense, or a second call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitError(String);

/// Starts the log on standard error. `level` is `error`, `warn`, `info`, `debug`, `trace`, or a filter by crate such as
/// `info,sbc_border=debug`. Panics are logged as well, with their place.
pub fn init(_format: Format, _level: &str) -> Result<(), InitError> {
    todo!()
}

impl std::fmt::Display for InitError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InitError {}

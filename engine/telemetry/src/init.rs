use crate::Clean;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;

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
pub fn init(format: Format, level: &str) -> Result<(), InitError> {
    let filter = EnvFilter::try_new(level).map_err(|error| {
        InitError(format!(
            "the log level {level:?} makes no sense: {error}. Write error, warn, info, debug or trace."
        ))
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let begun = match format {
        Format::Text => {
            let to_a_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            lines.with_ansi(to_a_terminal).with_target(false).try_init()
        }
        Format::Json => lines.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| InitError(format!("the log cannot be started: {error}")))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic is a bug of ours, wherever it is caught: its place is told as an error. What it says may hold a stranger's octets.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let why = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default();
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(place, why = %Clean(why), "panic");
}

impl std::fmt::Display for InitError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InitError {}

#[cfg(test)]
mod tests {
    use super::{Format, init};

    #[test]
    fn a_level_that_makes_no_sense_is_refused_with_the_ones_that_do() {
        let error = init(Format::Text, "loud=very").expect_err("no level");
        assert!(error.to_string().contains("info"), "{error}");
    }
}

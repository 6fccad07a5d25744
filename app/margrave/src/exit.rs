use std::process::ExitCode;

/// What the program tells whoever started it. The help text lists the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was well.
    Well = 0,
    /// The configuration is wrong.
    Configuration = 1,
    /// The command line is wrong; clap gives the same.
    Command = 2,
    /// A port, a certificate or a thread could not be had.
    Start = 3,
    /// Stopped as asked, but some call could not be ended on both sides in time.
    Overdue = 4,
    /// The service broke while it ran.
    Broken = 5,
    /// The call that was asked about would be refused.
    Refused = 6,
    /// A second signal came before the end was reached.
    Impatient = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // Every value is below 256.
        ExitCode::from(exit as u8)
    }
}

/// An end with words for standard error.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) words: String,
}

impl Failure {
    /// The configuration is wrong.
    pub(crate) fn configuration(words: impl ToString) -> Self {
        Self {
            exit: Exit::Configuration,
            words: words.to_string(),
        }
    }

    /// What was asked cannot be understood.
    pub(crate) fn command(words: impl ToString) -> Self {
        Self {
            exit: Exit::Command,
            words: words.to_string(),
        }
    }

    /// Something could not be had.
    pub(crate) fn start(words: impl ToString) -> Self {
        Self {
            exit: Exit::Start,
            words: format!("margrave cannot start: {}", words.to_string()),
        }
    }
}

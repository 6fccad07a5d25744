//! Programs run one after the other, each named before it runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A task that did not succeed, and why.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a program in the root; its output goes where ours goes.
pub(crate) fn run(program: &str, words: &[&str]) -> Result<(), Failure> {
    run_in(&root(), program, words)
}

/// Runs a program in a folder.
pub(crate) fn run_in(folder: &Path, program: &str, words: &[&str]) -> Result<(), Failure> {
    println!("$ {program} {}", words.join(" "));
    let status = Command::new(program)
        .args(words)
        .current_dir(folder)
        // The tools of the super-user's path (nft, kamailio) are needed by whoever runs this.
        .env(
            "PATH",
            format!(
                "{}:/usr/sbin:/sbin",
                std::env::var("PATH").unwrap_or_default()
            ),
        )
        .status()
        .map_err(|error| Failure::new(format!("{program} could not be started: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{program} {} ended with {status}",
            words.join(" ")
        )))
    }
}

/// Whether a program runs and says yes; what it prints is thrown away.
pub(crate) fn succeeds(program: &str, words: &[&str]) -> bool {
    Command::new(program)
        .args(words)
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

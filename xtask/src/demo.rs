//! The demo, from a fresh clone: what the README tells everyone to try first.

use crate::run::{Failure, root, run, succeeds};
use crate::web;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Builds everything and starts `margrave demo`; the words are passed on to it.
pub(crate) fn demo(words: &[String]) -> Result<(), Failure> {
    if !succeeds("cc", &["--version"]) {
        return Err(Failure::new(
            "The cryptography is built with a C compiler, and there is none.\n  remedy: install one (Debian: apt install build-essential cmake)",
        ));
    }
    if !succeeds("cmake", &["--version"]) {
        return Err(Failure::new(
            "The Opus codec is built with cmake, and there is none.\n  remedy: install it (Debian: apt install cmake)",
        ));
    }
    web::web()?;
    println!("Building Margrave; the first time takes some minutes.");
    run("cargo", &["build", "--release", "--package", "margrave"])?;
    // In our place, so that Ctrl-C and its clean end are the demo's own.
    let error = Command::new("cargo")
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "margrave",
            "--",
            "demo",
        ])
        .args(words)
        .current_dir(root())
        .exec();
    Err(Failure::new(format!(
        "the demo could not be started: {error}"
    )))
}

//! The demo, from a fresh clone: what the README tells everyone to try first.

use crate::run::{Failure, run, succeeds};
use crate::web;

/// Builds everything and starts `margrave demo`; the words are passed on to it.
pub(crate) fn demo(words: &[String]) -> Result<(), Failure> {
    if !succeeds("cc", &["--version"]) {
        return Err(Failure::new(
            "The cryptography is built with a C compiler, and there is none.\n  remedy: install one (Debian: apt install build-essential cmake)",
        ));
    }
    web::web()?;
    println!("Building Margrave; the first time takes some minutes.");
    run("cargo", &["build", "--release", "--package", "margrave"])?;
    let mut command = vec![
        "run",
        "--quiet",
        "--release",
        "--package",
        "margrave",
        "--",
        "demo",
    ];
    command.extend(words.iter().map(String::as_str));
    run("cargo", &command)
}

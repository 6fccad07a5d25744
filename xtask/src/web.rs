//! The web phone: checked and built with Node, so that the binary can carry it.

use crate::run::{Failure, root, run_in};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

/// What Vite asks for, as in `app/web/package.json`.
const REMEDY: &str = "  remedy: install Node.js 20.19 or newer (Debian 13: apt install nodejs npm)";

/// Builds the web phone into `app/web/dist`. What it is made of is fetched only when the lock file is newer than what is there.
pub(crate) fn web() -> Result<(), Failure> {
    let folder = root().join("app/web");
    node()?;
    if stale(&folder) {
        run_in(&folder, "npm", &["ci", "--no-audit", "--no-fund"])?;
    }
    run_in(&folder, "npm", &["run", "--silent", "check"])?;
    run_in(&folder, "npm", &["run", "--silent", "build"])
}

/// Whether Node and npm are there and new enough.
fn node() -> Result<(), Failure> {
    let Some(version) = says("node", "--version") else {
        return Err(Failure::new(format!(
            "The web phone is built with Node.js, and there is none.\n{REMEDY}"
        )));
    };
    if !is_new_enough(&version) {
        return Err(Failure::new(format!(
            "Node.js {version} is too old to build the web phone.\n{REMEDY}"
        )));
    }
    match says("npm", "--version") {
        Some(_) => Ok(()),
        None => Err(Failure::new(format!(
            "Node.js is there, but npm is not.\n{REMEDY}"
        ))),
    }
}

/// The first line that a program prints; `None` if there is no such program.
fn says(program: &str, word: &str) -> Option<String> {
    let output = Command::new(program).arg(word).output().ok()?;
    let words = String::from_utf8_lossy(&output.stdout);
    output
        .status
        .success()
        .then(|| words.lines().next().unwrap_or_default().trim().to_owned())
}

/// 20 from 20.19 on, and everything from 22.12 on.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map(|number| number.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        major => major > 22,
    }
}

/// Whether `node_modules` is missing or older than the lock file.
fn stale(folder: &Path) -> bool {
    let age = |name: &str| -> Option<SystemTime> {
        std::fs::metadata(folder.join(name)).ok()?.modified().ok()
    };
    match (
        age("node_modules/.package-lock.json"),
        age("package-lock.json"),
    ) {
        (Some(installed), Some(wanted)) => installed < wanted,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn the_versions_that_vite_takes_are_taken() {
        for good in ["v20.19.0", "v20.20.2", "v22.12.1", "v24.0.0"] {
            assert!(is_new_enough(good), "{good}");
        }
        for old in ["v18.20.4", "v20.18.9", "v21.7.0", "v22.11.0", "what?"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }
}

//! All tests, on a machine with nothing installed by hand: what the README and CI run.

use crate::run::{Failure, root, run, run_in};
use crate::setup;
use std::time::Instant;

/// One thing that must hold.
type Step = (&'static str, fn() -> Result<(), Failure>);

const STEPS: [Step; 9] = [
    ("what the tests need", needs),
    ("the format of the code", || {
        run("cargo", &["fmt", "--all", "--check"])
    }),
    ("the web phone", web),
    ("the lints", || {
        run(
            "cargo",
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ],
        )
    }),
    (
        "the crates' own tests, the calls in virtual time, the fence, the corpora",
        || {
            run(
                "cargo",
                &["test", "--workspace", "--quiet", "--no-fail-fast"],
            )
        },
    ),
    ("licences, bans, sources", deny),
    ("the binary", || {
        run(
            "cargo",
            &["build", "--release", "--quiet", "-p", "margrave"],
        )
    }),
    (
        "instruction counts, and meanwhile SIPp at both far ends and two real SIP servers",
        counts_and_interop,
    ),
    (
        "real browsers, a real phone, a real SIP server, a real router",
        browsers,
    ),
];

/// Runs every step; the first that fails ends it.
pub(crate) fn test() -> Result<(), Failure> {
    let start = Instant::now();
    for (number, (what, step)) in STEPS.iter().enumerate() {
        println!(
            "\n── {} of {}: {what} ({} s so far)",
            number + 1,
            STEPS.len(),
            start.elapsed().as_secs()
        );
        step()?;
    }
    println!("\nAll of it passed, in {} s.", start.elapsed().as_secs());
    Ok(())
}

fn needs() -> Result<(), Failure> {
    setup::debian()
}

fn web() -> Result<(), Failure> {
    let folder = root().join("app/web");
    run_in(&folder, "npm", &["ci", "--no-audit", "--no-fund"])?;
    run_in(&folder, "npm", &["run", "--silent", "check"])?;
    run_in(&folder, "npm", &["run", "--silent", "build"])
}

fn deny() -> Result<(), Failure> {
    setup::cargo_tool("cargo-deny", "0.20.2")?;
    run(
        "cargo",
        &[
            "deny",
            "--log-level",
            "error",
            "check",
            "bans",
            "licenses",
            "sources",
        ],
    )
}

fn interop() -> Result<(), Failure> {
    run_in(&root().join("tests/interop"), "npm", &["test", "--silent"])
}

/// Both at once: counting keeps one core busy and measures no time, and SIPp mostly waits.
fn counts_and_interop() -> Result<(), Failure> {
    let counts = std::thread::spawn(|| {
        run(
            "cargo",
            &["run", "--release", "--quiet", "-p", "bench", "--", "count"],
        )
    });
    let interop = interop();
    let counted = counts.join();
    counted
        .unwrap_or_else(|_| Err(Failure::new("the counting did not come to its end")))
        .and(interop)
}

fn browsers() -> Result<(), Failure> {
    let folder = root().join("tests/browser");
    run_in(&folder, "npm", &["ci", "--no-audit", "--no-fund"])?;
    run_in(&folder, "npm", &["test", "--silent"])
}

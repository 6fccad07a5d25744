//! Tasks of the workshop: `cargo xtask <task>`. One file a task.

mod demo;
mod fuzz;
mod run;
mod setup;
mod test;
mod web;

use run::Failure;
use std::process::ExitCode;

/// A task's name, what it does, and how; it is given the words behind its name.
type Task = (
    &'static str,
    &'static str,
    fn(&[String]) -> Result<(), Failure>,
);

const TASKS: [Task; 4] = [
    (
        "demo",
        "build the web phone and Margrave, and start the demo (its options may follow)",
        demo::demo,
    ),
    ("web", "build the web phone into app/web/dist", |_| {
        web::web()
    }),
    ("test", "all tests, with everything they need", |_| {
        test::test()
    }),
    (
        "fuzz",
        "every fuzz target for a minute, or for so many seconds",
        fuzz::fuzz,
    ),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        return usage();
    };
    let Some((_, _, task)) = TASKS.iter().find(|(known, _, _)| known == name) else {
        return usage();
    };
    match task(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("cargo xtask <task>\n");
    for (name, what, _) in TASKS {
        eprintln!("  {name:6} {what}");
    }
    ExitCode::from(2)
}

//! Every fuzz target for a while, one after the other: `cargo xtask fuzz [seconds each]`.

use crate::run::{Failure, root, run};
use crate::setup;

/// What a round takes if nothing is said.
const SECONDS: &str = "60";

pub(crate) fn fuzz(words: &[String]) -> Result<(), Failure> {
    let seconds = words.first().map_or(SECONDS, String::as_str);
    if seconds.parse::<u32>().is_err() {
        return Err(Failure::new(format!("{seconds} is no number of seconds")));
    }
    setup::cargo_tool("cargo-fuzz", "0.13.2")?;
    let corpus = root().join("fuzz/corpus");
    let mut targets: Vec<String> = std::fs::read_dir(&corpus)
        .map_err(|error| Failure::new(format!("{}: {error}", corpus.display())))?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    targets.sort();
    for target in &targets {
        // What is found new stays beside the seeds only where it is a finding: the corpus that grows is thrown away.
        let grown = format!("target/fuzz-corpus/{target}");
        std::fs::create_dir_all(root().join(&grown))
            .map_err(|error| Failure::new(format!("{grown}: {error}")))?;
        run(
            "cargo",
            &[
                "fuzz",
                "run",
                "--sanitizer",
                "none",
                target,
                &grown,
                &format!("fuzz/corpus/{target}"),
                "--",
                &format!("-max_total_time={seconds}"),
                "-max_len=16384",
                "-print_final_stats=1",
                "-verbosity=0",
            ],
        )?;
    }
    Ok(())
}

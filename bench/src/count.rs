//! Instructions, counted by callgrind: the same however busy the machine is.

use crate::loads::Load;
use std::process::Command;

/// Counts the instructions of one repetition: the difference between doing all and doing half of what was prepared, so
/// start-up, preparation and first-time costs fall out.
pub fn instructions(load: &Load) -> Result<u64, String> {
    let half = load.repetitions / 2;
    let all = collected(load, 2 * half)?;
    let some = collected(load, half)?;
    Ok(all.saturating_sub(some) / u64::from(half.max(1)))
}

fn collected(load: &Load, done: u32) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", load.name])
        .args([load.repetitions.to_string(), done.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}; on Debian: apt-get install valgrind"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} failed under valgrind:\n{text}", load.name));
    }
    text.lines()
        .filter_map(|line| line.split_once("Collected :"))
        .find_map(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| format!("callgrind told no count:\n{text}"))
}

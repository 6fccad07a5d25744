//! The command line of the instruction counts. See README.md.

use bench::{count, limits::Limits, loads, time};
use std::process::ExitCode;

/// The daemon's own allocator: its work is in the counts.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
usage: bench count [--update]      count instructions and compare with limits.toml
       bench time                  nanoseconds, for comparison only
       bench held                  bytes of memory for each call that is held, without media and sockets
       bench run LOAD PREPARED DONE   what `count` runs under callgrind";

/// Calls held to see what one of them keeps: as many as RTP ports allow, with some left.
const HELD: u32 = 10_000;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["count"] => check(false),
        ["count", "--update"] => check(true),
        ["time"] => {
            for load in loads::ALL {
                println!("{:32} {:>8} ns", load.name, time::nanoseconds(load));
            }
            Ok(())
        }
        ["held"] => {
            loads::held(HELD).map(|bytes| println!("{bytes} bytes for each of {HELD} held calls"))
        }
        ["run", name, prepared, done] => run(name, prepared, done),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, prepared: &str, done: &str) -> Result<(), String> {
    let load = loads::named(name).ok_or_else(|| format!("no load is called {name}"))?;
    let number = |text: &str| {
        text.parse()
            .map_err(|_| format!("{text} is not a number\n{USAGE}"))
    };
    (load.run)(number(prepared)?, number(done)?);
    Ok(())
}

fn check(update: bool) -> Result<(), String> {
    let mut limits = Limits::read()?;
    let mut beyond = Vec::new();
    println!("{:32} {:>8} {:>8}", "instructions", "counted", "limit");
    for load in loads::ALL {
        let counted = count::instructions(load)?;
        let limit = limits.of(load.name);
        let shown = limit.map_or("none".into(), |limit| limit.to_string());
        println!("{:32} {counted:>8} {shown:>8}", load.name);
        if update {
            limits.set(load.name, counted);
        } else if !limit.is_some_and(|limit| Limits::keeps(counted, limit)) {
            beyond.push(load.name);
        }
    }
    if update {
        limits.write()?;
    }
    if beyond.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "beyond its limit, or without one: {}. If the cost is worth it, `bench count --update` and say why in the commit.",
            beyond.join(", ")
        ))
    }
}

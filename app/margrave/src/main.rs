//! The daemon and its command line.

mod check;
mod cli;
mod config;
mod demo;
mod exit;
mod explain;
mod media;
mod page;
mod run;
mod service;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = match cli::Cli::parse().command {
        cli::Command::Run { config } => run::run(&config),
        cli::Command::Check { config, bind } => check::check(&config, bind),
        cli::Command::Explain {
            from,
            to,
            peer,
            config,
            json,
        } => explain::explain(
            &config,
            &explain::Question {
                from: &from,
                to: &to,
                peer: peer.as_deref(),
                json,
            },
        ),
        cli::Command::Media(arguments) => media::media(&arguments),
        cli::Command::Demo { port, address } => demo::demo(port, address),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("{}", failure.words.trim_end());
            failure.exit.into()
        }
    }
}

//! `vungxanh`: the one program. This room only wires the others together.

mod call;
mod command;
mod database;
mod demo;
mod doctor;
mod health;
mod heartbeats;
mod history;
mod incoming;
mod lists;
mod outside;
mod pass;
mod pass_keys;
mod people;
mod points;
mod routes;
mod serve;
mod settings;
mod tasks;
mod telephone;
mod upkeep;
mod workers;

use clap::Parser;
use std::process::ExitCode;

/// A page and a request are many small pieces for a moment: a fifth of the server's time was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match command::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // Asking for help is no mistake; anything else is bad input.
            return ExitCode::from(if error.use_stderr() { command::BAD_INPUT } else { command::OK });
        }
    };
    command::run(cli)
}

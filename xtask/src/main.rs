//! What is done to the house rather than in it: its development database, the recorded queries,
//! and the checks that hold its shape. Run as `cargo xtask NAME`; `make test` runs every check.

mod arch;
mod bench;
mod database;
mod skips;
mod sqlx_data;
mod words;
mod workspace;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Parser)]
#[command(about, version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start the private development database, apply the migrations, write `.env`
    Db {
        /// Stop it instead
        #[arg(long)]
        stop: bool,
    },
    /// Stop the PostgreSQL that the tests left running
    TestDb,
    /// Record what the database says of every query, so that the house compiles without one
    Sqlx {
        /// Change nothing; fail if the record is out of date
        #[arg(long)]
        check: bool,
    },
    /// Check that rooms and areas use only what stands before them, and how files are named
    Arch {
        /// Print the graph of areas too
        #[arg(long)]
        graph: bool,
    },
    /// Check that every message key the code names is there
    Words {
        /// List the messages that nothing names too
        #[arg(long)]
        unused: bool,
    },
    /// Build for release and print figures beside their limits; all of them without a name
    Bench { name: Option<String> },
    /// Build for release and kill things: `escalation`
    Faults { what: String },
    /// Hold the skips that test logs tell of against `ci/skips.txt`
    Skips {
        /// JUnit files of nextest, or plain logs
        logs: Vec<PathBuf>,
    },
}

/// What went wrong, said once, at the end.
type Outcome<T = ()> = Result<T, String>;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Db { stop: false } => database::develop(),
        Task::Db { stop: true } => database::stop(),
        Task::TestDb => database::stop_tests(),
        Task::Sqlx { check } => sqlx_data::run(check),
        Task::Arch { graph } => arch::run(graph),
        Task::Words { unused } => words::run(unused),
        Task::Bench { name } => bench::bench(&workspace::root(), name.as_deref()),
        Task::Faults { what } => bench::faults(&workspace::root(), &what),
        Task::Skips { logs } => skips::run(&logs),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

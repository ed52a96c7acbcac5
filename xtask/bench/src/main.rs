//! Measures the house. Every figure stands beside a limit measured in the same run, because a
//! number without one says more about the machine than about the program. `bench NAME` ends with
//! one JSON line on stdout; without a name all run, one line each, and a table follows on stderr.
//! `bench --faults WHAT` kills instead of measuring.

mod bare;
mod calls;
mod campaign;
mod centre;
mod chain;
mod chain_drawn;
mod checkins;
mod dedupe;
mod dedupe_cases;
mod escalation;
mod figure;
mod followup_due;
mod homes;
mod http;
mod import_lab;
mod import_people;
mod ivr;
mod people;
mod queue_page;
mod read;
mod replay;
mod ring;
mod seed;
mod server;
mod start;
mod status_list;
mod timers;
mod trunk;
mod verify;

use clap::Parser;
use figure::Figure;
use kernel::Result;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    about = "Figures beside their limits: timers, queue-page, read, start, followup-due, chain, chain-drawn, dedupe, dedupe-cases, import-people, import-sheet, import-lab, ring, ivr, campaign, verify, status-list, checkin-http, checkin-batch, checkin-growth; --faults escalation, calls"
)]
struct Arguments {
    /// One figure; all when left out
    name: Option<String>,
    /// Kill things instead of measuring them
    #[arg(long, value_name = "WHAT", conflicts_with = "name")]
    faults: Option<String>,
}

const NAMES: &[&str] = &[
    "timers",
    "queue-page",
    "read",
    "start",
    "followup-due",
    "chain",
    "chain-drawn",
    "dedupe",
    "dedupe-cases",
    "import-people",
    "import-sheet",
    "import-lab",
    "ring",
    "ivr",
    "campaign",
    "verify",
    "status-list",
    "checkin-http",
    "checkin-batch",
    "checkin-growth",
];

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("bench: {error}");
            return ExitCode::from(3);
        }
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = run(arguments) => outcome,
            // What was started is ended when the work is dropped.
            () = told_to_stop() => Err(kernel::Error::Unavailable("told to stop".into())),
        }
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

/// Whether every goal was reached.
async fn run(arguments: Arguments) -> Result<bool> {
    match (arguments.faults.as_deref(), arguments.name) {
        (Some("escalation"), _) => escalation::run().await,
        (Some("calls"), _) => calls::run().await,
        (Some(other), _) => Err(kernel::Error::internal(format!("no faults called {other}"))),
        (None, Some(name)) => {
            let figure = measure(&name).await?;
            eprintln!("{}", figure::table(std::slice::from_ref(&figure)));
            figure.print()?;
            Ok(figure.ok)
        }
        (None, None) => {
            let mut figures = Vec::with_capacity(NAMES.len());
            for name in NAMES {
                let figure = measure(name).await?;
                figure.print()?;
                figures.push(figure);
            }
            eprintln!("{}", figure::table(&figures));
            Ok(figures.iter().all(|figure| figure.ok))
        }
    }
}

async fn measure(name: &str) -> Result<Figure> {
    eprintln!("{name}:");
    match name {
        "timers" => timers::run().await,
        "queue-page" => queue_page::run().await,
        "read" => read::run().await,
        "start" => start::run().await,
        "followup-due" => followup_due::run().await,
        "chain" => chain::run().await,
        "chain-drawn" => chain_drawn::run().await,
        "import-people" => import_people::run().await,
        "import-sheet" => import_people::run_sheet().await,
        "import-lab" => import_lab::run().await,
        "dedupe" => dedupe::run().await,
        "dedupe-cases" => dedupe_cases::run().await,
        "ring" => ring::run().await,
        "ivr" => ivr::run().await,
        "campaign" => campaign::run().await,
        "verify" => verify::run().await,
        "status-list" => status_list::run().await,
        "checkin-http" => checkins::single().await,
        "checkin-batch" => checkins::batch().await,
        "checkin-growth" => checkins::growth().await,
        other => {
            Err(kernel::Error::internal(format!("no bench called {other}; there are {}", NAMES.join(", "))))
        }
    }
}

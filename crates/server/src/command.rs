//! The command line. `--json` prints one object on standard output; the log goes to standard error.
//! Exit: 0 done, 1 a negative verdict, 2 bad input, 3 unavailable.

use crate::{
    call, doctor, heartbeats, history, lists,
    pass::{self, PassCommand},
    people, serve,
    settings::{Given, Settings},
};
use clap::{Parser, Subcommand};
use health::imports::Kind;
use jiff::civil::Date;
use kernel::{Error, Result};
use pages::{Lang, Words};
use std::{path::PathBuf, process::ExitCode};

pub const OK: u8 = 0;
pub const NEGATIVE: u8 = 1;
pub const BAD_INPUT: u8 = 2;
pub const UNAVAILABLE: u8 = 3;

/// Vùng Xanh: an operations centre for a district.
#[derive(Parser)]
#[command(name = "vungxanh", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Settings file (TOML); flags and environment variables are stronger
    #[arg(long, env = "VX_SETTINGS", global = true)]
    settings: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
}

#[derive(Subcommand)]
pub enum Command {
    /// Answer people and do the work in the background
    Serve,
    /// Do the work in the background only; any number may share a database
    Worker,
    /// Bring the database's schema up to date
    Migrate,
    /// Write everything into one archive while the centre works
    Backup {
        archive: PathBuf,
        /// Put the key files in too; without them sealed data cannot be read after a restore
        #[arg(long)]
        with_keys: bool,
        #[arg(long)]
        json: bool,
    },
    /// Fill an empty database from an archive
    Restore {
        archive: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Say what is present, what is missing, and how to get it
    Doctor {
        #[arg(long)]
        json: bool,
    },
    /// Tenants: the districts of this database
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// The units of a tenant
    #[command(subcommand)]
    Units(UnitsCommand),
    /// Lists, taken in where the machine stands
    #[command(subcommand)]
    Import(ImportCommand),
    /// Accounts, where nobody inside can help
    #[command(subcommand)]
    Account(AccountCommand),
    /// The keys with which gates, cameras and feeds report that they live
    #[command(subcommand)]
    Heartbeat(HeartbeatCommand),
    /// The sealed record
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Signed passes and health certificates, and the keys that sign
    #[command(subcommand)]
    Pass(PassCommand),
    /// Place one telephone call and say what became of it; 1 when nobody took it, 3 when no phone could ring
    Call(call::Asked),
}

#[derive(Subcommand)]
pub enum TenantCommand {
    /// Make a tenant from a pack and print a one-time link for its first administrator
    Create {
        pack: PathBuf,
        /// Name of the first administrator
        #[arg(long, default_value = "Quản trị hệ thống")]
        name: String,
        /// Login name of the first administrator
        #[arg(long, default_value = "admin")]
        login: String,
        #[arg(long)]
        json: bool,
    },
    /// List the tenants
    List {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum UnitsCommand {
    /// Take real boundaries from a GeoJSON file; 1 when features were refused, each named
    ImportGeojson {
        file: PathBuf,
        #[arg(long)]
        tenant: String,
        /// First day of these boundaries, as 2025-07-01; the codes of that day count [default: today]
        #[arg(long)]
        from: Option<Date>,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Read residents from CSV or XLSX; 1 when rows were refused, each with its reason
    People(lists::Asked),
    /// Read results of tests; each ward with a new F0 is rung
    Results(lists::Asked),
    /// Read doses of vaccine, a row a dose or a row a person
    Vaccinations(lists::Asked),
    /// Read contacts of F0s, each with the name, number or household code of its F0
    Contacts(lists::Asked),
    /// Read the gazetteer of a ward: streets, alleys and apartment blocks with their khu phố and tổ
    Streets(lists::Asked),
    /// New cases by day and ward as others have published them; 1 when rows were refused
    History {
        /// CSV or XLSX
        file: PathBuf,
        /// The tenant's name in addresses (`quan7`)
        #[arg(long)]
        tenant: String,
        /// Where the numbers come from that name no source in the file
        #[arg(long)]
        source: Option<String>,
        /// Say what would become of it and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Write the refused rows into this CSV file, with the reason beside each
        #[arg(long)]
        errors: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum AccountCommand {
    /// Print a one-time link with which somebody who is locked out sets a new password and factor
    Recover {
        #[arg(long)]
        tenant: String,
        /// The name the person signs in with
        #[arg(long)]
        login: String,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum HeartbeatCommand {
    /// Make a key and print it, the only time it can be seen
    Token {
        /// The tenant's name in addresses (`quan7`)
        #[arg(long)]
        tenant: String,
        /// The heartbeat's code in the pack (`gate_sync`)
        code: String,
        /// Which of several reports with this key ("chốt 3"); left out where there is only one
        #[arg(long, default_value = "")]
        instance: String,
        #[arg(long)]
        json: bool,
    },
    /// List the keys that are good
    Tokens {
        #[arg(long)]
        tenant: String,
        #[arg(long)]
        json: bool,
    },
    /// Take a key back
    Revoke {
        #[arg(long)]
        tenant: String,
        /// The key's id in the list
        id: uuid::Uuid,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum LedgerCommand {
    /// Read a tenant's whole record again and prove that nothing sealed was altered
    Verify {
        /// The tenant's name in addresses (`quan7`); every tenant when it is left out
        #[arg(long)]
        tenant: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let settings = match Settings::read(cli.given, cli.settings.as_ref()) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("vungxanh: {}", told(&error));
            return ExitCode::from(BAD_INPUT);
        }
    };
    start_log(&settings);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("vungxanh: {error}");
            return ExitCode::from(UNAVAILABLE);
        }
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve => serve::serve(settings).await.map(|()| OK),
            Command::Worker => serve::worker(settings).await.map(|()| OK),
            Command::Migrate => serve::migrate(&settings).await.map(|()| OK),
            Command::Backup { archive, with_keys, json } => {
                people::backup(&settings, &archive, with_keys, json).await.map(|()| OK)
            }
            Command::Restore { archive, json } => {
                people::restore(&settings, &archive, json).await.map(|()| OK)
            }
            Command::Doctor { json } => doctor::doctor(&settings, json).await,
            Command::Tenant(TenantCommand::Create { pack, name, login, json }) => {
                let first = people::First { name: &name, login: &login };
                people::create_tenant(&settings, &pack, first, json).await.map(|()| OK)
            }
            Command::Tenant(TenantCommand::List { json }) => {
                people::list_tenants(&settings, json).await.map(|()| OK)
            }
            Command::Units(UnitsCommand::ImportGeojson { file, tenant, from, json }) => {
                people::import_boundaries(&settings, &file, &tenant, from, json).await
            }
            Command::Import(ImportCommand::People(asked)) => {
                lists::import(&settings, Kind::People, &asked).await
            }
            Command::Import(ImportCommand::Results(asked)) => {
                lists::import(&settings, Kind::Results, &asked).await
            }
            Command::Import(ImportCommand::Vaccinations(asked)) => {
                lists::import(&settings, Kind::Vaccinations, &asked).await
            }
            Command::Import(ImportCommand::Contacts(asked)) => {
                lists::import(&settings, Kind::Contacts, &asked).await
            }
            Command::Import(ImportCommand::Streets(asked)) => {
                lists::import(&settings, Kind::Streets, &asked).await
            }
            Command::Import(ImportCommand::History { file, tenant, source, dry_run, errors, json }) => {
                let asked = history::Asked { tenant, source, dry_run, errors, json };
                history::import(&settings, &file, &asked).await
            }
            Command::Account(AccountCommand::Recover { tenant, login, json }) => {
                people::recover_account(&settings, &tenant, &login, json).await.map(|()| OK)
            }
            Command::Heartbeat(HeartbeatCommand::Token { tenant, code, instance, json }) => {
                heartbeats::make(&settings, &tenant, &code, &instance, json).await.map(|()| OK)
            }
            Command::Heartbeat(HeartbeatCommand::Tokens { tenant, json }) => {
                heartbeats::list(&settings, &tenant, json).await.map(|()| OK)
            }
            Command::Heartbeat(HeartbeatCommand::Revoke { tenant, id, json }) => {
                heartbeats::revoke(&settings, &tenant, id, json).await.map(|()| OK)
            }
            Command::Ledger(LedgerCommand::Verify { tenant, json }) => {
                people::verify_ledger(&settings, tenant.as_deref(), json).await
            }
            Command::Pass(asked) => pass::run(&settings, asked).await,
            Command::Call(asked) => call::call(&settings, &asked).await,
        }
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("vungxanh: {error}");
            ExitCode::from(code_of(&error))
        }
    }
}

/// In words: whoever stands at the machine does not know our keys.
fn told(error: &Error) -> String {
    let words = Words(Lang::En);
    match error {
        Error::Invalid { field, key } => format!("{field}: {}", words.by_key(key)),
        Error::Conflict(key) => words.by_key(key),
        other => other.to_string(),
    }
}

fn code_of(error: &Error) -> u8 {
    match error {
        Error::Unavailable(_) => UNAVAILABLE,
        Error::Forbidden(_) => NEGATIVE,
        _ => BAD_INPUT,
    }
}

fn start_log(settings: &Settings) {
    use tracing_subscriber::{EnvFilter, fmt};
    let quiet = format!("sqlx=warn,hyper=warn,{}", sip::LOG_FILTER);
    let filter = EnvFilter::try_new(format!("{},{quiet}", settings.log))
        .unwrap_or_else(|_| EnvFilter::new(format!("info,{quiet}")));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    if settings.log_json { builder.json().init() } else { builder.init() }
}

/// Prints one object for `--json`, else the lines for people.
pub fn print(json: bool, object: &impl serde::Serialize, lines: impl FnOnce() -> String) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(object).map_err(Error::internal)?);
    } else {
        println!("{}", lines());
    }
    Ok(())
}

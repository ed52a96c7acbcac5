//! `vungxanh doctor`: what is present, what is missing, and how to get it. Makes nothing.

use crate::{
    command::{NEGATIVE, OK, print},
    database::{Database, private},
    settings::Settings,
    telephone,
};
use duty::tenants;
use gateways::Espeak;
use kernel::{Clock, Error, Result, Rng};
use serde::Serialize;
use std::time::Duration;
use store::{Keys, Options, Store};

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    found: String,
    /// What to do about it; empty when it is fine.
    remedy: String,
}

#[derive(Serialize)]
struct Findings {
    ok: bool,
    findings: Vec<Finding>,
}

impl Finding {
    fn good(what: &'static str, found: impl ToString) -> Self {
        Self { what, ok: true, found: found.to_string(), remedy: String::new() }
    }

    fn missing(what: &'static str, found: impl ToString, remedy: impl Into<String>) -> Self {
        Self { what, ok: false, found: found.to_string(), remedy: remedy.into() }
    }
}

pub async fn doctor(settings: &Settings, json: bool) -> Result<u8> {
    let mut findings = Vec::new();
    if settings.database_url.is_none() {
        findings.push(programs(settings));
    }
    if settings.database_url.is_none() && !pgbox::is_made(&private(settings).data) {
        findings.push(Finding::good("database", "none yet; the first start makes a private one"));
    } else {
        match reach(settings).await {
            Ok((database, version)) => {
                findings.push(Finding::good("database", format!("PostgreSQL {version}")));
                findings.extend(schema_and_keys(settings, &database).await);
                database.close().await;
            }
            Err(error) if settings.database_url.is_some() => findings.push(Finding::missing(
                "database",
                error,
                "start the PostgreSQL (15 or later) that DATABASE_URL names, or correct the address",
            )),
            Err(error) => {
                findings.push(Finding::missing("database", error, "read the log of the private PostgreSQL"));
            }
        }
    }
    findings.push(match &settings.smtp {
        Some(address) => Finding::good("mail", address),
        None => Finding::missing("mail", "no mail server", "set VX_SMTP=host:port to send notices by e-mail"),
    });
    findings.push(match Espeak::default().probe().await {
        Ok(version) => Finding::good("speech", version),
        Err(error) => Finding::missing(
            "speech",
            error,
            "install the package espeak-ng, with its Vietnamese voice: without it calls say only what has been recorded",
        ),
    });
    findings.push(match telephone::settings(settings) {
        Ok(Some(sip)) => Finding::good("telephone", format!("{} trunks", sip.trunks.len())),
        Ok(None) => Finding::missing(
            "telephone",
            "no trunk",
            "set VX_SIP_TRUNKS=FILE to call people (docs/telephony.md)",
        ),
        Err(error) => Finding::missing("trunks", error, "correct the file that VX_SIP_TRUNKS names"),
    });
    // Missing mail, speech or telephone is a choice, not a fault.
    let ok =
        findings.iter().all(|finding| finding.ok || matches!(finding.what, "mail" | "speech" | "telephone"));
    let report = Findings { ok, findings };
    print(json, &report, || {
        let line = |f: &Finding| {
            let mark = if f.ok { "ok     " } else { "missing" };
            let remedy =
                if f.remedy.is_empty() { String::new() } else { format!("\n          {}", f.remedy) };
            format!("{mark} {}: {}{remedy}", f.what, f.found)
        };
        report.findings.iter().map(line).collect::<Vec<_>>().join("\n")
    })?;
    Ok(if ok { OK } else { NEGATIVE })
}

fn programs(settings: &Settings) -> Finding {
    match pgbox::find_binaries(&private(settings)) {
        Ok(found) => Finding::good(
            "postgresql programs",
            format!("PostgreSQL {} in {}", found.version, found.bindir.display()),
        ),
        Err(error) => {
            Finding::missing("postgresql programs", error, "install the package postgresql, or set PG_BINDIR")
        }
    }
}

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database and its version. A private one that stands still is started for the look.
async fn reach(settings: &Settings) -> Result<(Database, String)> {
    let database = Database::open(settings).await?;
    let asked = tokio::time::timeout(PATIENCE, store::cell::reach(&database.url)).await;
    match asked.unwrap_or_else(|_| Err(Error::Unavailable("the database does not answer".into()))) {
        Ok(version) => Ok((database, version)),
        Err(error) => {
            database.close().await;
            Err(error)
        }
    }
}

async fn schema_and_keys(settings: &Settings, database: &Database) -> Vec<Finding> {
    let rng = Rng::system();
    let options = Options { url: database.url.clone(), max_connections: 2 };
    // The key folder as it is: one made here would hide that the keys are somewhere else.
    let keys = Keys::at(&settings.keys, rng.clone());
    let store = match Store::open(&options, Clock::system(), rng, keys) {
        Ok(store) => store,
        Err(error) => return vec![Finding::missing("database", error, "correct DATABASE_URL")],
    };
    let mut findings = vec![match store::migrate::is_current(&store).await {
        Ok(true) => Finding::good("schema", "up to date"),
        Ok(false) => Finding::missing("schema", "behind this program", "run vungxanh migrate"),
        Err(error) => Finding::missing("schema", error, "run vungxanh migrate"),
    }];
    let known = tenants::find(&store).await;
    if let (Ok(known), Ok(trunks)) = (&known, telephone::trunks(settings)) {
        let faults = telephone::astray(&trunks, &known.keys().cloned().collect());
        findings.extend(faults.into_iter().map(|fault| {
            Finding::missing(
                "trunks",
                fault,
                "set tenant in the file that VX_SIP_TRUNKS names to a centre's name",
            )
        }));
    }
    for tenant in known.unwrap_or_default().values() {
        let found = format!("tenant {} in {}", tenant.slug, settings.keys.display());
        findings.push(if store.keys().has(tenant.id) {
            Finding::good("keys", found)
        } else {
            let remedy = format!(
                "restore {}.toml from the key backup: sealed data cannot be read without it",
                tenant.id
            );
            Finding::missing("keys", found, remedy)
        });
    }
    store.close().await;
    findings
}

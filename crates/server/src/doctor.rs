//! `vungxanh doctor`: what is present, what is missing, and how to get it.

use crate::{
    command::{NEGATIVE, OK, print},
    serve::{Database, open_store},
    settings::Settings,
};
use duty::tenants;
use kernel::Result;
use serde::Serialize;

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

pub async fn doctor(settings: &Settings, json: bool) -> Result<u8> {
    let mut findings = Vec::new();
    postgres(settings, &mut findings);
    let database = Database::open(settings).await;
    match database {
        Ok(database) => {
            database_and_keys(settings, &database, &mut findings).await;
            database.close().await;
        }
        Err(error) => findings.push(Finding {
            what: "database",
            ok: false,
            found: error.to_string(),
            remedy: "set DATABASE_URL to a PostgreSQL 15 or later, or install one for the private database"
                .into(),
        }),
    }
    findings.push(Finding {
        what: "mail",
        ok: settings.smtp.is_some(),
        found: settings.smtp.clone().unwrap_or_else(|| "no mail server".into()),
        remedy: if settings.smtp.is_some() {
            String::new()
        } else {
            "set VX_SMTP=host:port to send notices by e-mail".into()
        },
    });
    // Missing mail is a choice, not a fault.
    let ok = findings.iter().all(|finding| finding.ok || finding.what == "mail");
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

fn postgres(settings: &Settings, findings: &mut Vec<Finding>) {
    if settings.database_url.is_some() {
        return;
    }
    let options = pgbox::Options { data: settings.data.join("pg"), fast: false, node_modules: None };
    let found = pgbox::find_binaries(&options);
    findings.push(Finding {
        what: "postgresql programs",
        ok: found.is_ok(),
        found: match &found {
            Ok(binaries) => format!("{binaries:?}"),
            Err(error) => error.to_string(),
        },
        remedy: if found.is_ok() {
            String::new()
        } else {
            "install the package postgresql, or set PG_BINDIR".into()
        },
    });
}

async fn database_and_keys(settings: &Settings, database: &Database, findings: &mut Vec<Finding>) {
    let store = match open_store(settings, database).await {
        Ok(store) => store,
        Err(error) => {
            findings.push(Finding {
                what: "key folder",
                ok: false,
                found: error.to_string(),
                remedy: "make the folder readable and writable by this user alone (mode 0700)".into(),
            });
            return;
        }
    };
    let current = store::migrate::is_current(&store).await;
    findings.push(Finding {
        what: "schema",
        ok: matches!(current, Ok(true)),
        found: match &current {
            Ok(true) => "up to date".into(),
            Ok(false) => "behind this program".into(),
            Err(error) => error.to_string(),
        },
        remedy: if matches!(current, Ok(true)) { String::new() } else { "run vungxanh migrate".into() },
    });
    if let Ok(tenants) = tenants::find(&store).await {
        for tenant in tenants.values() {
            let has = store.keys().has(tenant.id);
            findings.push(Finding {
                what: "keys",
                ok: has,
                found: format!("tenant {} in {}", tenant.slug, store.keys().folder().display()),
                remedy: if has {
                    String::new()
                } else {
                    format!(
                        "restore {}.toml from the key backup: sealed data cannot be read without it",
                        tenant.id
                    )
                },
            });
        }
    }
    store.close().await;
}

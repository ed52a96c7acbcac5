//! Published numbers of before, taken in where the machine stands.

use crate::{
    command::{NEGATIVE, OK, print},
    people::{named, with_store},
    settings::Settings,
};
use duty::sheets::{self, RowError, Taken};
use health::numbers;
use kernel::{Actor, Error, Result};
use pages::{Lang, Words};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is asked for.
pub struct Asked {
    pub tenant: String,
    /// Where the numbers come from that name no source.
    pub source: Option<String>,
    /// Nothing is written.
    pub dry_run: bool,
    /// Where the refused rows go, with the reason beside each.
    pub errors: Option<PathBuf>,
    pub json: bool,
}

/// Takes a list in; 1 when rows were refused.
pub async fn import(settings: &Settings, file: &Path, asked: &Asked) -> Result<u8> {
    let bytes =
        std::fs::read(file).map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
    with_store(settings, async |store| {
        let tenant = named(store, &asked.tenant).await?;
        let mut cx = store.begin(tenant.id, Actor::system("import.history")).await?;
        let source = asked.source.as_deref().unwrap_or(numbers::SOURCE);
        let taken = numbers::import_history(&mut cx, &tenant, &bytes, source, None, !asked.dry_run).await?;
        let made = cx.now().to_zoned(tenant.timezone()).datetime();
        if asked.dry_run {
            cx.rollback().await?;
        } else {
            cx.commit().await?;
        }
        if let Some(path) = &asked.errors {
            let w = Words(Lang::Vi);
            let say = |error: &RowError| w.by_key(error.key);
            let broken = sheets::errors_file(&taken.sheet, &taken.errors, &w.staff_import_fault(), say, made)
                .map_err(Error::internal)?;
            std::fs::write(path, broken.csv)
                .map_err(|error| Error::internal(format!("{}: {error}", path.display())))?;
        }
        told(asked, &taken)
    })
    .await
}

fn told(asked: &Asked, taken: &Taken) -> Result<u8> {
    let w = Words(Lang::En);
    let refused: Vec<&RowError> = taken.sheet.errors.iter().chain(&taken.errors).collect();
    let rows: Vec<_> = refused
        .iter()
        .map(|error| {
            json!({ "line": error.line, "field": error.field, "value": error.value, "key": error.key,
                    "reason": w.by_key(error.key) })
        })
        .collect();
    let object = json!({
        "tenant": asked.tenant, "dry_run": asked.dry_run, "rows": taken.sheet.rows.len(), "added": taken.added,
        "changed": taken.changed, "unchanged": taken.unchanged, "refused": rows,
    });
    print(asked.json, &object, || {
        let done = if asked.dry_run { "would be taken" } else { "taken" };
        let mut lines = vec![format!(
            "{} rows: {} {done}, {} changed, {} known, {} refused",
            taken.sheet.rows.len(),
            taken.added,
            taken.changed,
            taken.unchanged,
            refused.len()
        )];
        lines.extend(refused.iter().map(|error| {
            format!("line {}, {} \"{}\": {}", error.line, error.field, error.value, w.by_key(error.key))
        }));
        lines.join("\n")
    })?;
    Ok(if refused.is_empty() { OK } else { NEGATIVE })
}

//! Lists read straight into the record by the person at the machine.

use crate::{
    command::{NEGATIVE, OK, print},
    people::with_store,
    settings::Settings,
};
use clap::Args;
use duty::{
    sheets::{self, MAX_BYTES, Overrides, Row, RowError, Sheet},
    tenants::{self, Tenant},
    units,
};
use health::imports::{self, Direct, DirectOutcome, DirectReport, Kind};
use kernel::{Actor, Error, Result, UnitId, clock::machine_now};
use pages::{Lang, Words};
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use store::Store;

// What is asked for on the command line.
#[derive(Args)]
pub struct Asked {
    file: PathBuf,
    /// Columns that are not recognised by themselves: TOML, one line a field, `full_name = "Header"`
    #[arg(long)]
    map: Option<PathBuf>,
    /// The tenant's name in addresses (`quan7`); may be left out where there is one
    #[arg(long)]
    tenant: Option<String>,
    /// Code of the unit in whose name it is read; its ward is meant where a row names none
    /// [default: the centre]
    #[arg(long)]
    unit: Option<String>,
    /// Write the broken rows, each with its reason, to this file (.xlsx or .csv)
    #[arg(long)]
    errors: Option<PathBuf>,
    /// Say what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    #[arg(long)]
    json: bool,
}

/// Broken rows that are told on the screen.
const TOLD: usize = 20;

/// Reads a list; 1 when rows were refused.
pub async fn import(settings: &Settings, kind: Kind, asked: &Asked) -> Result<u8> {
    let bytes = read(&asked.file)?;
    let overrides = asked.map.as_deref().map(|file| mapping(kind, file)).transpose()?;
    with_store(settings, async |store| {
        let tenant = tenant(store, asked.tenant.as_deref()).await?;
        let unit = unit(store, &tenant, asked.unit.as_deref()).await?;
        let from = machine_now();
        let list = Direct {
            kind,
            unit,
            file_name: asked.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes,
            overrides,
            dry_run: asked.dry_run,
            most_broken: if asked.errors.is_some() { usize::MAX } else { TOLD },
        };
        let report = match imports::read_direct(store, &tenant, list).await? {
            DirectOutcome::Read(report) => report,
            DirectOutcome::Unreadable(error) => return Err(refused(&asked.file, error.key)),
            DirectOutcome::Columns { missing, headers } => {
                return Err(Error::internal(format!(
                    "{}: no column is {}; name it with --map. The file has: {}",
                    asked.file.display(),
                    missing.join(", "),
                    headers.join(" | ")
                )));
            }
        };
        let seconds = (machine_now().duration_since(from).as_secs_f64() * 1000.0).round() / 1000.0;
        if let Some(path) = &asked.errors {
            let made = store.clock().now().to_zoned(tenant.timezone()).datetime();
            write_errors(path, &report, made)?;
        }
        let mut object = json!(report);
        object["seconds"] = json!(seconds);
        print(asked.json, &object, || told(kind, &report, seconds, asked.dry_run))?;
        Ok(if report.errors == 0 { OK } else { NEGATIVE })
    })
    .await
}

/// The bytes of a file; one that is too large is refused before it is read.
fn read(file: &Path) -> Result<Vec<u8>> {
    let failed = |error| Error::internal(format!("{}: {error}", file.display()));
    let size = std::fs::metadata(file).map_err(failed)?.len();
    if usize::try_from(size).is_ok_and(|size| size <= MAX_BYTES) {
        std::fs::read(file).map_err(failed)
    } else {
        Err(refused(file, "error-sheet-too-big"))
    }
}

fn refused(file: &Path, key: &'static str) -> Error {
    Error::internal(format!("{}: {}", file.display(), Words(Lang::En).by_key(key)))
}

/// Which header is which field.
fn mapping(kind: Kind, file: &Path) -> Result<Overrides> {
    let failed = |error: String| Error::internal(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let map: BTreeMap<String, String> = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let columns = kind.columns();
    if let Some(stranger) = map.keys().find(|field| !columns.iter().any(|column| column.field == **field)) {
        let known: Vec<&str> = columns.iter().map(|column| column.field).collect();
        return Err(failed(format!("no field is called {stranger}; there are {}", known.join(", "))));
    }
    Ok(Overrides(map))
}

/// The tenant of a name, or the only one.
async fn tenant(store: &Store, slug: Option<&str>) -> Result<Tenant> {
    let mut tenants = tenants::find(store).await?;
    match slug {
        Some(slug) => tenants.remove(slug).ok_or_else(|| Error::internal(format!("no tenant {slug}"))),
        None if tenants.len() == 1 => tenants.into_values().next().ok_or(Error::NotFound),
        None => {
            let slugs: Vec<String> = tenants.into_keys().collect();
            Err(Error::internal(format!("--tenant says which: {}", slugs.join(", "))))
        }
    }
}

/// The unit of a code, or the centre itself.
async fn unit(store: &Store, tenant: &Tenant, code: Option<&str>) -> Result<UnitId> {
    let mut cx = store.begin(tenant.id, Actor::system("imports.direct")).await?;
    let tree = units::tree(&mut cx).await?;
    match code {
        Some(code) => {
            tree.by_code(code).map(|unit| unit.id).ok_or_else(|| Error::internal(format!("no unit {code}")))
        }
        None => Ok(tree.director()),
    }
}

fn told(kind: Kind, report: &DirectReport, seconds: f64, dry_run: bool) -> String {
    let DirectReport { rows, good, known, errors, made, matched, pairs, .. } = report;
    let mut lines = vec![if kind.of_people() {
        format!(
            "{rows} rows in {seconds} s: {good} good ({made} new people, {matched} found on record), {known} known, \
             {errors} refused; {pairs} pairs may be one person"
        )
    } else {
        format!("{rows} rows in {seconds} s: {good} good, {known} known, {errors} refused")
    }];
    if dry_run {
        lines.push("Nothing was written.".to_owned());
    }
    for (row, faults) in report.broken.iter().take(TOLD) {
        let reasons: Vec<String> = faults.iter().map(|fault| said(Words(Lang::En), fault)).collect();
        lines.push(format!("line {}: {}", row.line, reasons.join("; ")));
    }
    lines.join("\n")
}

/// A fault in words, behind the field it is in.
fn said(w: Words, fault: &RowError) -> String {
    let reason = w.by_key(fault.key);
    if fault.field.is_empty() { reason } else { format!("{}: {reason}", fault.field) }
}

/// Writes the broken rows to be mended and read again: a workbook, or CSV where the name says so.
fn write_errors(path: &Path, report: &DirectReport, made: jiff::civil::DateTime) -> Result<()> {
    let (rows, faults): (Vec<Row>, Vec<Vec<RowError>>) = report.broken.iter().cloned().unzip();
    let faults: Vec<RowError> = faults.into_iter().flatten().collect();
    let sheet = Sheet {
        name: String::new(),
        header_line: 1,
        headers: report.headers.clone(),
        mapping: BTreeMap::new(),
        rows,
        errors: Vec::new(),
        skipped: Vec::new(),
        unknown_columns: Vec::new(),
        missing_columns: Vec::new(),
    };
    let w = Words(Lang::Vi);
    let file = sheets::errors_file(&sheet, &faults, &w.import_fault(), |fault| said(w, fault), made)
        .map_err(Error::internal)?;
    let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    std::fs::write(path, if is_csv { file.csv } else { file.xlsx })
        .map_err(|error| Error::internal(format!("{}: {error}", path.display())))
}

//! The file of broken rows.

use super::{
    columns, expire, import,
    judge::Body,
    kinds::Kind,
    sql,
    sql_rows::{self, Broken},
};
use duty::{
    sheets::{self, ErrorsFile, RowError, Sheet},
    tenants::Tenant,
};
use jiff::civil::DateTime;
use kernel::{Error, ImportId, Result};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Cx, Event};

/// A broken row without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRow {
    /// As the person sees it in the sheet, from 1.
    pub line: i32,
    /// It says positive: somebody must look at it at once.
    pub positive: bool,
    /// Field (empty: the whole row) and message key.
    pub faults: Vec<(&'static str, &'static str)>,
}

/// The first broken rows of a list, positives before all others; at most 200. Where and why, never
/// the text, so it can be shown as long as the list is known.
///
/// Errors: `NotFound`.
pub async fn broken_rows(cx: &mut Cx, id: ImportId, limit: i64) -> Result<Vec<BrokenRow>> {
    let import = sql::find(cx, id).await?;
    import::permit(cx, import.unit).await?;
    let rows = sql_rows::faults(cx, id, limit.clamp(1, 200)).await?;
    Ok(rows
        .into_iter()
        .map(|(line, positive, faults)| BrokenRow {
            line,
            positive: positive && import.kind == Kind::Results,
            faults: faults.iter().map(|[field, key]| (columns::field(field), columns::key(key))).collect(),
        })
        .collect())
}

/// The broken rows of a list with what is wrong beside each, as XLSX and CSV, to be mended and read
/// in again. `heading` is the name of that column ("Lỗi", "Error"), `say` puts an error into words.
/// That somebody took them is on record; an hour later they are gone.
///
/// Errors: `NotFound` (also when no row is broken); `Conflict` `error-import-errors-gone`.
pub async fn error_file(
    cx: &mut Cx,
    tenant: &Tenant,
    id: ImportId,
    heading: &str,
    say: impl Fn(&RowError) -> String,
) -> Result<ErrorsFile> {
    let import = sql::lock(cx, id).await?;
    import::permit(cx, import.unit).await?;
    if import.errors == 0 {
        return Err(Error::NotFound);
    }
    let broken = sql_rows::broken(cx, id).await?;
    if broken.is_empty() {
        return Err(Error::Conflict("error-import-errors-gone"));
    }
    // Each reason is put into words once; the files are written beside the other requests.
    let mut words: BTreeMap<(&'static str, &'static str), String> = BTreeMap::new();
    for [field, key] in broken.iter().flat_map(|kept| &kept.faults) {
        let (field, key) = (columns::field(field), columns::key(key));
        let error = || RowError { line: 0, field, key, args: Vec::new(), value: String::new() };
        words.entry((field, key)).or_insert_with(|| say(&error()));
    }
    let (count, kind, headers, heading) = (broken.len(), import.kind, import.headers, heading.to_owned());
    let made = cx.now().to_zoned(tenant.timezone()).datetime();
    let writing = tokio::task::spawn_blocking(move || write(broken, kind, headers, &heading, &words, made));
    let file = writing.await.map_err(Error::internal)??;
    sql::errors_fetched(cx, id).await?;
    cx.record(Event::new("import.errors_fetched", id).unit(import.unit).data(json!({ "rows": count })));
    expire::arm(cx, id, expire::FETCHED);
    Ok(file)
}

fn write(
    broken: Vec<Broken>,
    kind: Kind,
    headers: Vec<String>,
    heading: &str,
    words: &BTreeMap<(&'static str, &'static str), String>,
    made: DateTime,
) -> Result<ErrorsFile> {
    let mut rows = Vec::with_capacity(broken.len());
    let mut errors = Vec::new();
    for kept in broken {
        let body: Body = serde_json::from_str(&kept.body).map_err(Error::internal)?;
        let row = body.row(kind, kept.line);
        errors.extend(
            kept.faults.iter().map(|[field, key]| row.error(columns::field(field), columns::key(key))),
        );
        rows.push(row);
    }
    let sheet = Sheet {
        name: String::new(),
        header_line: 1,
        headers,
        mapping: BTreeMap::new(),
        rows,
        errors: Vec::new(),
        skipped: Vec::new(),
        unknown_columns: Vec::new(),
        missing_columns: Vec::new(),
    };
    let say = |error: &RowError| words.get(&(error.field, error.key)).cloned().unwrap_or_default();
    sheets::errors_file(&sheet, &errors, heading, say, made).map_err(Error::internal)
}

//! Reading a list and saying what would happen.

use super::{
    columns::COLUMNS,
    expire,
    import::{self, Import},
    rows::{Ground, ResultRow},
    sql,
    sql_rows::{self, NewRow},
};
use crate::cases::{self, Probe, TestKind};
use duty::{
    sheets::{self, ColumnMap, Overrides, Row, RowError, Sheet, SheetError},
    tenants::Tenant,
};
use kernel::{Error, ImportId, Result, UnitId, text::tidy};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// A file handed in.
pub struct Upload {
    /// The unit that reads it in: its ward is meant where a row names none.
    pub unit: UnitId,
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// Columns chosen by a person; otherwise those remembered for the unit, otherwise by name.
    pub overrides: Option<Overrides>,
    /// For a list that does not say how its samples were tested.
    pub default_kind: Option<TestKind>,
}

/// What a file came to.
#[derive(Debug)]
pub enum Staged {
    /// The dry run: nothing is on record yet.
    Ready(Box<Import>),
    /// No table could be read; the error's key and arguments say why.
    Unreadable(SheetError),
    /// Columns that must be there were not recognised: a person chooses among the headers.
    Columns { missing: Vec<&'static str>, headers: Vec<String> },
}

/// What is kept of a row until it is on record.
#[derive(Serialize, Deserialize)]
pub(super) struct Body {
    pub raw: Vec<String>,
    pub cells: BTreeMap<String, String>,
}

impl Body {
    pub fn row(self, line: i32) -> Row {
        let cells = self
            .cells
            .into_iter()
            .filter_map(|(name, text)| {
                Some((COLUMNS.iter().find(|column| column.field == name)?.field, text))
            })
            .collect();
        Row { line: u32::try_from(line).unwrap_or_default(), cells, raw: self.raw }
    }
}

/// The longest name of a file that is kept, in characters.
const NAME_CAP: usize = 200;
/// Rows looked up at once.
const PROBES: usize = 5_000;

/// Reads a list and checks every row against what is on record; nothing but the staged rows is
/// written. Reading happens beside the other requests: a big file slows nobody down.
///
/// Errors: `NotFound` for a unit the actor does not read lists in for. A file that cannot be read
/// is no error but an answer.
pub async fn stage(cx: &mut Cx, tenant: &Tenant, upload: Upload) -> Result<Staged> {
    import::permit(cx, upload.unit).await?;
    let allowed = import::wards(cx).await?;
    let ground = Ground::of(cx, tenant, upload.unit, allowed).await?;
    let overrides = match upload.overrides {
        Some(chosen) => Some(chosen),
        None => sql::mapping(cx, upload.unit).await?,
    };
    let file_hash = cx.keys()?.hash(&[b"import_file", &upload.bytes]);
    let file_bytes = i32::try_from(upload.bytes.len()).unwrap_or(i32::MAX);
    let (bytes, kind) = (upload.bytes, upload.default_kind);
    let reading = tokio::task::spawn_blocking(move || read(&bytes, overrides.as_ref(), kind, &ground));
    let (sheet, judged) = match reading.await.map_err(Error::internal)? {
        Ok(read) => read,
        Err(error) => return Ok(Staged::Unreadable(error)),
    };
    if !sheet.missing_columns.is_empty() {
        let headers = sheet.headers.into_iter().filter(|header| !header.is_empty()).collect();
        return Ok(Staged::Columns { missing: sheet.missing_columns, headers });
    }
    let id = cx.id::<ImportId>();
    let code = cx.rng().code(6);
    let known = known(cx, &sheet, &judged).await?;
    let mut rows = Vec::with_capacity(sheet.rows.len());
    for (row, judged) in sheet.rows.iter().zip(&judged) {
        rows.push(new_row(cx, id, row, judged, &known)?);
    }
    let file_name: String = tidy(&upload.file_name).chars().take(NAME_CAP).collect();
    let counted = |test: fn(&NewRow) -> bool| {
        i32::try_from(rows.iter().filter(|row| test(row)).count()).unwrap_or(i32::MAX)
    };
    let staged = sql::NewImport {
        id,
        code: &code,
        unit: upload.unit,
        file_name: &file_name,
        file_hash: &file_hash,
        file_bytes,
        headers: &sheet.headers,
        mapping: &sheet.mapping,
        rows: counted(|_| true),
        errors: counted(|row| row.state == "error"),
        known: counted(|row| row.state == "known"),
        positives: counted(|row| row.positive && row.state != "error"),
        positive_errors: counted(|row| row.positive && row.state == "error"),
    };
    sql::insert(cx, &staged).await?;
    sql_rows::insert_rows(cx, id, &rows).await?;
    cx.record(
        Event::new("import.staged", id)
            .unit(upload.unit)
            .data(json!({
                "rows": staged.rows, "errors": staged.errors, "known": staged.known, "positives": staged.positives,
                "positive_errors": staged.positive_errors, "bytes": file_bytes,
            }))
            .payload(json!({ "file_name": file_name })),
    );
    expire::arm(cx, id, expire::KEPT);
    sql::find(cx, id).await.map(|import| Staged::Ready(Box::new(import)))
}

/// A row as it was judged, with everything wrong with it.
type Judged = std::result::Result<ResultRow, Vec<RowError>>;

fn read(
    bytes: &[u8],
    overrides: Option<&Overrides>,
    kind: Option<TestKind>,
    ground: &Ground,
) -> std::result::Result<(Sheet, Vec<Judged>), SheetError> {
    let map = ColumnMap { overrides, ..ColumnMap::new(COLUMNS) };
    let mut sheet = sheets::read(bytes, &map)?;
    let mut broken: BTreeMap<u32, Vec<RowError>> = BTreeMap::new();
    for error in &sheet.errors {
        broken.entry(error.line).or_default().push(error.clone());
    }
    let mut judged = Vec::with_capacity(sheet.rows.len());
    for row in &mut sheet.rows {
        if let Some(kind) = kind {
            row.cells.entry("kind").or_insert_with(|| kind.as_str().replace('_', " "));
        }
        judged.push(match broken.remove(&row.line) {
            Some(mut faults) => {
                // What the cells say comes on top, but a missing value is said once.
                let own = ground.check(row).err().unwrap_or_default();
                let said: BTreeSet<&str> = faults.iter().map(|fault| fault.field).collect();
                let own: Vec<RowError> =
                    own.into_iter().filter(|fault| !said.contains(fault.field)).collect();
                faults.extend(own);
                Err(faults)
            }
            None => ground.check(row),
        });
    }
    Ok((sheet, judged))
}

/// What is on record already, by hash of the row and by person and sample.
struct Known {
    hashes: BTreeSet<Vec<u8>>,
    lines: BTreeSet<i32>,
}

async fn known(cx: &mut Cx, sheet: &Sheet, judged: &[Judged]) -> Result<Known> {
    let keys = cx.keys()?;
    let mut known = Known { hashes: BTreeSet::new(), lines: BTreeSet::new() };
    let mut sound = Vec::with_capacity(judged.len());
    for (row, judged) in sheet.rows.iter().zip(judged) {
        if let Ok(good) = judged {
            sound.push((i32::try_from(row.line).map_err(Error::internal)?, good));
        }
    }
    for part in sound.chunks(PROBES) {
        let hashes: Vec<Vec<u8>> =
            part.iter().map(|(_, row)| keys.blind("import_row", &row.said())).collect();
        known.hashes.extend(sql_rows::known_hashes(cx, &hashes).await?);
        let mut probes = Vec::with_capacity(part.len());
        for (line, row) in part {
            let person = &row.person;
            probes.push(Probe {
                line: *line,
                citizen_id_index: person.citizen_id.as_ref().map(|id| keys.blind("citizen_id", id.as_str())),
                phone_index: person.phone.as_ref().map(|phone| keys.blind("phone", phone.as_e164())),
                search: person.name.search_key(),
                birth_year: person.birth.map(crate::people::Birth::year),
                result: row.result,
            });
        }
        let lines = cases::known_results(cx, &probes).await?;
        known.lines.extend(lines);
    }
    // The same row twice in one list is one row.
    let mut first = BTreeSet::new();
    for (line, row) in sound {
        if !first.insert(row.said()) {
            known.lines.insert(line);
        }
    }
    Ok(known)
}

fn new_row(cx: &Cx, import: ImportId, row: &Row, judged: &Judged, known: &Known) -> Result<NewRow> {
    let keys = cx.keys()?;
    let line = i32::try_from(row.line).map_err(Error::internal)?;
    let seal = || {
        let cells = row.cells.iter().map(|(field, text)| ((*field).to_owned(), text.clone())).collect();
        let body = serde_json::to_string(&Body { raw: row.raw.clone(), cells }).map_err(Error::internal)?;
        cx.seal(sql_rows::ROWS, import.uuid(), &line.to_string(), &body)
    };
    Ok(match judged {
        Ok(good) => {
            let row_hash = keys.blind("import_row", &good.said());
            let is_known = known.hashes.contains(&row_hash) || known.lines.contains(&line);
            NewRow {
                line,
                state: if is_known { "known" } else { "good" },
                row_hash,
                ward: Some(good.ward),
                positive: good.is_positive(),
                body: if is_known { None } else { Some(seal()?) },
                faults: None,
            }
        }
        Err(faults) => NewRow {
            line,
            state: "error",
            row_hash: keys.blind("import_row_raw", &row.raw.join("|")),
            ward: None,
            positive: super::spelling::result(row.text("result"))
                .is_ok_and(|r| r == cases::TestResult::Positive),
            body: Some(seal()?),
            faults: Some(json!(faults.iter().map(|fault| [fault.field, fault.key]).collect::<Vec<_>>())),
        },
    })
}

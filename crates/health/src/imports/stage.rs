//! Taking a file in and saying what would happen.

use super::{
    expire,
    import::{self, Import, State},
    judge::{Judge, Ready},
    keep,
    kinds::Kind,
    read,
    rows::Ground,
    sql, sql_files,
};
use crate::cases::TestKind;
use duty::{
    sheets::{self, ColumnMap, Head, Overrides, SheetError},
    tenants::Tenant,
};
use kernel::{Error, ImportId, Result, UnitId, text::tidy};
use serde_json::json;
use std::ops::ControlFlow;
use store::{Cx, Event};

/// A file handed in.
pub struct Upload {
    /// The unit that reads it in: its ward is meant where a row names none.
    pub unit: UnitId,
    pub kind: Kind,
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// Columns chosen by a person; otherwise those remembered for the unit, otherwise by name.
    pub overrides: Option<Overrides>,
    /// For a list of results that does not say how its samples were tested.
    pub default_kind: Option<TestKind>,
}

/// What a file came to.
#[derive(Debug)]
pub enum Staged {
    /// The dry run: nothing is on record yet. A long list is only `Reading`, and read behind it.
    Ready(Box<Import>),
    /// No table could be read; the error's key and arguments say why.
    Unreadable(SheetError),
    /// Columns that must be there were not recognised: a person chooses among the headers.
    Columns { missing: Vec<&'static str>, headers: Vec<String> },
}

/// The longest name of a file that is kept, in characters.
const NAME_CAP: usize = 200;
/// A file of so many bytes, with so many rows, is read at once, in the transaction of whoever waits
/// for it; a larger one by a job, in transactions of as many rows.
const AT_ONCE_BYTES: usize = 256 * 1024;
pub(super) const AT_ONCE: usize = 2_000;

/// Takes a list in. A short one is checked row by row against what is on record; of a long one only the
/// columns are, and a job reads it. Nothing but the list itself is written. Reading happens beside
/// the other requests: a big file slows nobody down.
///
/// Errors: `NotFound` for a unit the actor does not read lists in for. A file that cannot be read
/// is no error but an answer.
pub async fn stage(cx: &mut Cx, tenant: &Tenant, upload: Upload) -> Result<Staged> {
    import::permit(cx, upload.unit).await?;
    let allowed = import::wards(cx).await?;
    let (unit, kind) = (upload.unit, upload.kind);
    let overrides = match upload.overrides {
        Some(chosen) => Some(chosen),
        None => sql::mapping(cx, unit, kind).await?,
    };
    let (looked, bytes) = look(upload.bytes, kind, overrides).await?;
    let head = match looked {
        Ok(head) => head,
        Err(error) => return Ok(Staged::Unreadable(error)),
    };
    let missing = lacking(kind, &head);
    if !missing.is_empty() {
        let headers = head.headers.into_iter().filter(|header| !header.is_empty()).collect();
        return Ok(Staged::Columns { missing, headers });
    }
    let id = cx.id::<ImportId>();
    let at_once = bytes.len() <= AT_ONCE_BYTES;
    let file_bytes = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let file_hash = cx.keys()?.hash(&[b"import_file", &bytes]);
    let (ready, bytes) = if at_once {
        let ground = Ground::of(cx, tenant, unit, allowed.clone()).await?;
        let judge = Judge::new(cx, id, kind, ground, upload.default_kind)?;
        match whole(judge, bytes, agreed(&head)).await? {
            (Ok(ready), bytes) => (ready, bytes),
            (Err(error), _) => return Ok(Staged::Unreadable(error)),
        }
    } else {
        (None, bytes)
    };
    let file_name: String = tidy(&upload.file_name).chars().take(NAME_CAP).collect();
    let new = sql::NewImport {
        id,
        code: &cx.rng().code(6),
        unit,
        kind,
        state: State::Reading,
        file_name: &file_name,
        file_hash: &file_hash,
        file_bytes,
        headers: &head.headers,
        mapping: &head.mapping,
        rows: i32::try_from(head.about).unwrap_or(i32::MAX),
    };
    sql::insert(cx, &new).await?;
    cx.record(
        Event::new("import.received", id)
            .unit(unit)
            .data(json!({ "kind": kind, "bytes": file_bytes }))
            .payload(json!({ "file_name": file_name })),
    );
    if let Some(ready) = ready {
        keep::keep(cx, id, kind, allowed.as_deref(), ready).await?;
        read::staged(cx, id, unit).await?;
    } else {
        sql_files::keep(cx, id, &bytes).await?;
        read::begin(cx, id, allowed, upload.default_kind);
    }
    expire::arm(cx, id, expire::KEPT);
    sql::find(cx, id).await.map(|import| Staged::Ready(Box::new(import)))
}

type Looked = std::result::Result<Head, SheetError>;

/// What the header of a file says; the file comes back.
pub(super) async fn look(
    bytes: Vec<u8>,
    kind: Kind,
    overrides: Option<Overrides>,
) -> Result<(Looked, Vec<u8>)> {
    let looking = tokio::task::spawn_blocking(move || {
        let map = ColumnMap { overrides: overrides.as_ref(), ..ColumnMap::new(kind.columns()) };
        (sheets::look(&bytes, &map), bytes)
    });
    looking.await.map_err(Error::internal)
}

/// Columns without which nothing can be read.
pub(super) fn lacking(kind: Kind, head: &Head) -> Vec<&'static str> {
    head.missing_columns.iter().copied().chain(kind.lacks(&head.mapping)).collect()
}

/// The columns as they were understood, to understand them so again.
pub(super) fn agreed(head: &Head) -> Overrides {
    Overrides(head.mapping.iter().map(|(field, header)| ((*field).to_owned(), header.clone())).collect())
}

/// Every row; `None` when there are more than can be read at once.
type Whole = std::result::Result<Option<Vec<Ready>>, SheetError>;

/// What a short file holds; the file comes back.
async fn whole(mut judge: Judge, bytes: Vec<u8>, overrides: Overrides) -> Result<(Whole, Vec<u8>)> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut ready = Vec::new();
        let mut too_many = false;
        let read = judge.read(&bytes, &overrides, |row| {
            too_many = ready.len() == AT_ONCE;
            if too_many {
                return ControlFlow::Break(());
            }
            ready.push(row);
            ControlFlow::Continue(())
        });
        (read.map(|_| (!too_many).then_some(ready)), bytes)
    });
    reading.await.map_err(Error::internal)
}

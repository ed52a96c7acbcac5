//! A list read straight into the record, as the person at the machine does it: checked, matched and
//! written in one pass, or only checked and foreseen.

use super::{
    apply, columns, expire,
    import::State,
    judge::{Body, Judge, Ready},
    keep::{self, count},
    kinds::Kind,
    read,
    resolve::resolve,
    rows::Ground,
    sql::{self, Tally},
    sql_people, sql_rows, stage,
};
use crate::people::{self, NewPerson};
use duty::{
    sheets::{Overrides, Row, RowError, SheetError},
    tenants::Tenant,
};
use kernel::{Actor, Error, ImportId, PersonId, Result, UnitId, text::tidy};
use serde::Serialize;
use serde_json::json;
use std::ops::ControlFlow;
use store::{Cx, Event, Store};
use tokio::sync::mpsc;

const PART: &str = "imports.direct";
/// Rows of one transaction: short enough that nobody waits for it.
const BATCH: usize = 500;

/// A list handed in at the machine.
pub struct Direct {
    pub kind: Kind,
    /// The unit in whose name it is read: its ward is meant where a row names none.
    pub unit: UnitId,
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// Columns chosen by a person; otherwise by name.
    pub overrides: Option<Overrides>,
    /// Only says what would happen.
    pub dry_run: bool,
    /// At most so many broken rows come back.
    pub most_broken: usize,
}

/// What reading came to.
#[derive(Debug)]
pub enum DirectOutcome {
    Read(Box<DirectReport>),
    /// No table could be read; the error's key and arguments say why. Rows read before that are on
    /// record.
    Unreadable(SheetError),
    /// Columns that must be there were not recognised.
    Columns {
        missing: Vec<&'static str>,
        headers: Vec<String>,
    },
}

/// What became of the rows, or would.
#[derive(Debug, Default, Serialize)]
pub struct DirectReport {
    pub rows: usize,
    /// Can be used, and no list has brought them before.
    pub good: usize,
    /// Some list has brought them before, or they stand twice in this one.
    pub known: usize,
    pub errors: usize,
    /// People whom nobody knew.
    pub made: usize,
    /// People found on record.
    pub matched: usize,
    /// Pairs that may be one person.
    pub pairs: usize,
    /// The list as the desk knows it; a dry run leaves none.
    #[serde(skip)]
    pub import: Option<ImportId>,
    #[serde(skip)]
    pub headers: Vec<String>,
    /// The first broken rows with their faults.
    #[serde(skip)]
    pub broken: Vec<(Row, Vec<RowError>)>,
}

/// Reads a list into the record, or says what would happen. Read again it doubles nothing; it can be
/// undone in the desk like any other list. New F0s of a list of results are rung for.
///
/// Errors: `NotFound` for a unit that is none.
pub async fn read_direct(store: &Store, tenant: &Tenant, list: Direct) -> Result<DirectOutcome> {
    let (unit, kind, dry_run, most_broken) = (list.unit, list.kind, list.dry_run, list.most_broken);
    let (looked, bytes) = stage::look(list.bytes, kind, list.overrides).await?;
    let head = match looked {
        Ok(head) => head,
        Err(error) => return Ok(DirectOutcome::Unreadable(error)),
    };
    let missing = stage::lacking(kind, &head);
    if !missing.is_empty() {
        let headers = head.headers.into_iter().filter(|header| !header.is_empty()).collect();
        return Ok(DirectOutcome::Columns { missing, headers });
    }
    let mut cx = store.begin(tenant.id, Actor::system(PART)).await?;
    let ground = Ground::of(&mut cx, tenant, unit, None).await?;
    let id = cx.id::<ImportId>();
    let mut judge = Judge::new(&cx, id, kind, ground, None)?;
    let overrides = stage::agreed(&head);
    if dry_run {
        cx.rollback().await?;
    } else {
        let file_name = tidy(&list.file_name);
        let new = sql::NewImport {
            id,
            code: &cx.rng().code(6),
            unit,
            kind,
            // People go on record as they are read: what is in so far counts, whatever becomes of the rest.
            state: if kind == Kind::People { State::Applied } else { State::Reading },
            file_name: &file_name,
            file_hash: &cx.keys()?.hash(&[b"import_file", &bytes]),
            file_bytes: i32::try_from(bytes.len()).unwrap_or(i32::MAX),
            headers: &head.headers,
            mapping: &head.mapping,
            rows: i32::try_from(head.about).unwrap_or(i32::MAX),
        };
        sql::insert(&mut cx, &new).await?;
        cx.record(
            Event::new("import.received", id)
                .unit(unit)
                .data(json!({ "kind": kind, "bytes": new.file_bytes, "direct": true }))
                .payload(json!({ "file_name": file_name })),
        );
        expire::arm(&mut cx, id, expire::KEPT);
        cx.commit().await?;
    }
    let (send, mut receive) = mpsc::channel::<Vec<Ready>>(2);
    let reading = tokio::task::spawn_blocking(move || {
        let mut batch = Vec::with_capacity(BATCH);
        let read = judge.read(&bytes, &overrides, |row| {
            batch.push(row);
            if batch.len() < BATCH {
                return ControlFlow::Continue(());
            }
            match send.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        if read.is_ok() && !batch.is_empty() {
            // Where nobody listens the error is told by whoever has stopped listening.
            let _ = send.blocking_send(batch);
        }
        read
    });
    let mut report = DirectReport { headers: head.headers, ..DirectReport::default() };
    report.import = (!dry_run).then_some(id);
    while let Some(mut batch) = receive.recv().await {
        let mut cx = store.begin(tenant.id, Actor::system(PART)).await?;
        if !dry_run {
            sql::keep_statistics(&mut cx).await?;
            sql::wait_for_no_disk(&mut cx).await?;
        }
        resolve(&mut cx, None, &mut batch).await?;
        for ready in &mut batch {
            let broken = ready.broken.take();
            if report.broken.len() < most_broken {
                report.broken.extend(broken);
            }
        }
        if dry_run {
            foresee(&mut cx, kind, &batch, &mut report).await?;
            cx.rollback().await?;
        } else if kind == Kind::People {
            put(&mut cx, id, batch, &mut report).await?;
            cx.commit().await?;
        } else {
            keep::keep(&mut cx, id, kind, None, batch).await?;
            cx.commit().await?;
        }
    }
    let read = reading.await.map_err(Error::internal)?;
    if !dry_run && kind == Kind::People {
        let mut cx = store.begin(tenant.id, Actor::system(PART)).await?;
        sql::ended(&mut cx, id).await?;
        cx.record(Event::new("import.finished", id).unit(unit).data(json!({
            "kind": kind, "made": report.made, "matched": report.matched, "known": report.known,
            "errors": report.errors, "pairs": report.pairs,
        })));
        cx.commit().await?;
    } else if !dry_run {
        match &read {
            Ok(_) => go_on(store, tenant, id, most_broken, &mut report).await?,
            Err(error) => read::refuse(store, tenant, id, error).await?,
        }
    }
    Ok(match read {
        Ok(_) => DirectOutcome::Read(Box::new(report)),
        Err(error) => DirectOutcome::Unreadable(error),
    })
}

impl DirectReport {
    fn add(&mut self, tally: &Tally) {
        let plus = |to: &mut usize, n: i32| *to += usize::try_from(n).unwrap_or_default();
        plus(&mut self.rows, tally.read);
        plus(&mut self.errors, tally.errors);
        plus(&mut self.good, tally.made + tally.matched);
        plus(&mut self.made, tally.made);
        plus(&mut self.matched, tally.matched);
        plus(&mut self.pairs, tally.pairs);
    }
}

/// A list of another kind goes on record as the desk has it done; if this process dies the job goes on.
async fn go_on(
    store: &Store,
    tenant: &Tenant,
    id: ImportId,
    most_broken: usize,
    report: &mut DirectReport,
) -> Result<()> {
    let mut cx = store.begin(tenant.id, Actor::system(PART)).await?;
    let import = sql::lock(&mut cx, id).await?;
    read::staged(&mut cx, id, import.unit).await?;
    let staged = sql::find(&mut cx, id).await?.counts;
    if staged.good > 0 {
        apply::apply(&mut cx, id).await?;
    }
    cx.commit().await?;
    while apply::step(store, tenant, id).await? {}
    let mut cx = store.begin(tenant.id, Actor::system(PART)).await?;
    let counts = sql::find(&mut cx, id).await?.counts;
    let size = |n: i64| usize::try_from(n).unwrap_or_default();
    report.rows = size(counts.read);
    report.errors = size(counts.errors);
    report.known = size(staged.known);
    report.good = size(counts.read - counts.errors - staged.known);
    (report.made, report.matched, report.pairs) =
        (size(counts.made), size(counts.matched), size(counts.pairs));
    // Some may have turned out to be broken when they went on record.
    report.broken.clear();
    for kept in sql_rows::broken(&mut cx, id).await?.into_iter().take(most_broken) {
        let body: Body = serde_json::from_str(&kept.body).map_err(Error::internal)?;
        let row = body.row(import.kind, kept.line);
        let said = |[field, key]: &[String; 2]| row.error(columns::field(field), columns::key(key));
        let faults = kept.faults.iter().map(said).collect();
        report.broken.push((row, faults));
    }
    cx.rollback().await
}

async fn foresee(cx: &mut Cx, kind: Kind, batch: &[Ready], report: &mut DirectReport) -> Result<()> {
    let known = keep::known(cx, kind, batch).await?;
    let mut tally = Tally { read: count(batch.len()), ..Tally::default() };
    tally.errors = count(batch.iter().filter(|ready| ready.checked.is_none()).count());
    let fresh: Vec<&NewPerson> = batch
        .iter()
        .zip(&known)
        .filter(|(_, known)| !**known)
        .filter_map(|(ready, _)| ready.checked.as_ref()?.person())
        .collect();
    keep::foresee(cx, &fresh, &mut tally).await?;
    let known = known.iter().filter(|known| **known).count();
    report.known += known;
    report.add(&tally);
    if !kind.of_people() {
        report.good += batch.len() - known - usize::try_from(tally.errors).unwrap_or_default();
    }
    Ok(())
}

/// Writes one batch: the people, the pairs they may be, the rows in their last state.
async fn put(cx: &mut Cx, id: ImportId, batch: Vec<Ready>, report: &mut DirectReport) -> Result<()> {
    if sql::lock(cx, id).await?.state != State::Applied {
        // Somebody is taking it back already.
        return Err(Error::Conflict("error-import-not-applied"));
    }
    let known = keep::known(cx, Kind::People, &batch).await?;
    let mut tally = Tally { read: count(batch.len()), ..Tally::default() };
    let mut rows = Vec::with_capacity(batch.len());
    let mut fresh: Vec<usize> = Vec::with_capacity(batch.len());
    let mut persons: Vec<NewPerson> = Vec::with_capacity(batch.len());
    for (ready, known) in batch.into_iter().zip(known) {
        let mut row = ready.row;
        match ready.checked {
            None => tally.errors += 1,
            Some(_) if known => (row.state, row.body) = ("known", None),
            Some(checked) => {
                row.body = None;
                fresh.push(rows.len());
                persons.extend(checked.person().cloned());
            }
        }
        rows.push(row);
    }
    people::queue_up(cx, persons.iter().map(|person| &person.name)).await?;
    let found = people::find_or_make_all(cx, &persons).await?;
    let mut made: Vec<PersonId> = Vec::with_capacity(found.len());
    for (at, found) in fresh.into_iter().zip(found) {
        let row = &mut rows[at];
        row.state = if found.made { "done" } else { "known" };
        (row.person, row.made_person) = (Some(found.person), found.made);
        if found.made {
            made.push(found.person);
        }
    }
    tally.made = count(made.len());
    tally.matched = count(persons.len() - made.len());
    tally.pairs = i32::try_from(sql_people::pairs_with(cx, &made).await?).unwrap_or(i32::MAX);
    tally.done = tally.made;
    tally.known = tally.read - tally.errors - tally.done;
    sql_rows::insert_rows(cx, id, &rows).await?;
    sql::count(cx, id, &tally).await?;
    cx.record(Event::new("import.batch", id).data(json!({
        "rows": tally.read, "made": tally.made, "matched": tally.matched, "errors": tally.errors,
    })));
    report.known += rows.len() - persons.len() - usize::try_from(tally.errors).unwrap_or_default();
    report.add(&tally);
    Ok(())
}

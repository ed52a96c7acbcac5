//! Reading a long list behind whoever handed it in.

use super::{
    import::{self, State},
    judge::{Judge, Ready},
    keep,
    rows::Ground,
    sql, sql_files, sql_rows,
    stage::AT_ONCE,
};
use crate::cases::TestKind;
use async_trait::async_trait;
use duty::{
    sheets::{Overrides, SheetError},
    tenants::{self, Tenant},
};
use jiff::SignedDuration;
use kernel::{Actor, Error, ImportId, Result, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::ControlFlow;
use store::{
    Cx, Event, Job, Store, Topic,
    jobs::{OnJob, Taken},
};
use tokio::sync::mpsc;

/// Files are read one after the other, apart from everything else: one core stays free, and a list
/// that is to go on record waits for no file.
pub const READINGS: &str = "readings";
const KIND: &str = "imports.read";

/// What the job knows beside the list.
#[derive(Serialize, Deserialize)]
struct Args {
    import: ImportId,
    /// Wards in which whoever handed the list in may put people on record; `None` means all.
    wards: Option<Vec<UnitId>>,
    test_kind: Option<TestKind>,
}

/// Has a list read whose file is kept.
pub(super) fn begin(cx: &mut Cx, import: ImportId, wards: Option<Vec<UnitId>>, test_kind: Option<TestKind>) {
    cx.enqueue(Job {
        queue: READINGS,
        kind: KIND,
        key: import.to_string(),
        args: json!(Args { import, wards, test_kind }),
        run_at: None,
    });
    cx.tell(Topic::screen("imports"));
}

/// A list is read to its end: the dry run stands.
pub(super) async fn staged(cx: &mut Cx, id: ImportId, unit: UnitId) -> Result<()> {
    sql::set_state(cx, id, State::Staged).await?;
    let import::Import { kind, counts, .. } = sql::find(cx, id).await?;
    cx.record(Event::new("import.staged", id).unit(unit).data(json!({
        "kind": kind, "rows": counts.rows, "errors": counts.errors, "known": counts.known,
        "positives": counts.positives, "positive_errors": counts.positive_errors,
    })));
    cx.tell(Topic::screen("imports"));
    Ok(())
}

/// The handler of `imports.read`: a thread reads and judges, this writes what it hands over, a
/// transaction for each two thousand rows. A process that dies leaves whole transactions behind,
/// and another goes on from there.
pub struct Read;

#[async_trait]
impl OnJob for Read {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let args: Args = serde_json::from_value(job.args.clone()).map_err(Error::internal)?;
        let tenants = tenants::find(store).await?;
        let tenant = tenants.values().find(|tenant| tenant.id == job.tenant).ok_or(Error::NotFound)?;
        let (id, wards) = (args.import, args.wards.clone());
        let Some((mut judge, bytes, overrides)) = opened(store, tenant, args).await? else { return Ok(()) };
        let (send, mut receive) = mpsc::channel::<Vec<Ready>>(1);
        let reading = tokio::task::spawn_blocking(move || {
            let mut batch = Vec::with_capacity(AT_ONCE);
            let read = judge.read(&bytes, &overrides, |row| {
                batch.push(row);
                if batch.len() < AT_ONCE {
                    return ControlFlow::Continue(());
                }
                // Nobody listens any more: the list was taken away, or the database is gone.
                match send.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(AT_ONCE))) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            });
            if read.is_ok() && !batch.is_empty() {
                // Unheard it is read again.
                let _ = send.blocking_send(batch);
            }
            read
        });
        while let Some(batch) = receive.recv().await {
            if !step(store, tenant, id, wards.as_deref(), batch).await? {
                return Ok(());
            }
        }
        match reading.await.map_err(Error::internal)? {
            Ok(_) => end(store, tenant, id).await,
            Err(error) => refuse(store, tenant, id, &error).await,
        }
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::from_mins(20)
    }
}

async fn begun(store: &Store, tenant: &Tenant, id: ImportId) -> Result<Option<(Cx, sql::Locked)>> {
    let mut cx = store.begin(tenant.id, Actor::system(KIND)).await?;
    let import = sql::lock(&mut cx, id).await?;
    cx.actor.on_behalf_of = import.staged_by;
    sql::keep_statistics(&mut cx).await?;
    sql::wait_for_no_disk(&mut cx).await?;
    Ok((import.state == State::Reading).then_some((cx, import)))
}

/// What is needed to read a list; `None` when it is not to be read any more.
async fn opened(store: &Store, tenant: &Tenant, args: Args) -> Result<Option<(Judge, Vec<u8>, Overrides)>> {
    let Some((mut cx, import)) = begun(store, tenant, args.import).await? else { return Ok(None) };
    let ground = Ground::of(&mut cx, tenant, import.unit, args.wards).await?;
    let judge = Judge::new(&cx, args.import, import.kind, ground, args.test_kind)?;
    let overrides: Overrides = serde_json::from_value(import.mapping).map_err(Error::internal)?;
    let bytes = sql_files::of(&mut cx, args.import).await?;
    cx.rollback().await?;
    Ok(Some((judge, bytes, overrides)))
}

/// Writes one batch; false when the list is not to be read any more.
async fn step(
    store: &Store,
    tenant: &Tenant,
    id: ImportId,
    wards: Option<&[UnitId]>,
    mut batch: Vec<Ready>,
) -> Result<bool> {
    let Some((mut cx, import)) = begun(store, tenant, id).await? else { return Ok(false) };
    let last = sql_rows::last_line(&mut cx, id).await?;
    batch.retain(|ready| ready.row.line > last);
    if !batch.is_empty() {
        keep::keep(&mut cx, id, import.kind, wards, batch).await?;
        cx.tell(Topic::screen("imports"));
    }
    cx.commit().await?;
    Ok(true)
}

async fn end(store: &Store, tenant: &Tenant, id: ImportId) -> Result<()> {
    let Some((mut cx, import)) = begun(store, tenant, id).await? else { return Ok(()) };
    sql_files::let_go(&mut cx, id).await?;
    staged(&mut cx, id, import.unit).await?;
    cx.commit().await
}

/// The file cannot be read to its end: nothing of it is kept but the reason.
pub(super) async fn refuse(store: &Store, tenant: &Tenant, id: ImportId, error: &SheetError) -> Result<()> {
    let Some((mut cx, import)) = begun(store, tenant, id).await? else { return Ok(()) };
    sql::spoilt(&mut cx, id, error.key).await?;
    sql::set_state(&mut cx, id, State::Unreadable).await?;
    sql_files::let_go(&mut cx, id).await?;
    sql_rows::forget(&mut cx, id, true).await?;
    cx.record(Event::new("import.unreadable", id).unit(import.unit).data(json!({ "why": error.key })));
    cx.tell(Topic::screen("imports"));
    cx.commit().await
}

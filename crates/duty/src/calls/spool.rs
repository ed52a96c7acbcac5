//! The spool: a folder into which networks write what they record, in the clear, until it is filed. Whoever
//! conducts a call files it; what he left behind, because his process died, the disk was full or the network's
//! file came only after the call, is filed here. Nothing lies in it for longer than a day.

use super::{
    model::{Direction, Kind},
    recordings::{self, Owner},
    screen,
    shelf::Shelf,
    sql, sql_recordings,
};
use crate::tickets::attempts;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, AttemptId, CallId, Error, Result, TenantId, UnitId};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::{Cx, Event, Store};
use uuid::Uuid;

const PART: Actor = Actor::system("calls.spool");
const EVERY: Duration = Duration::from_mins(1);
/// What cannot be filed for so long is erased.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Looks after the spool, at the start and each minute.
pub struct Spool {
    store: Store,
    shelf: Arc<dyn Shelf>,
    folder: PathBuf,
    /// The files of the last look and their lengths.
    seen: BTreeMap<PathBuf, u64>,
}

/// A file of the spool.
struct Lying {
    path: PathBuf,
    /// The call whose name it bears.
    call: Option<Uuid>,
    bytes: u64,
    written: Timestamp,
}

/// Whose recording it is.
struct Whose {
    owner: Owner,
    unit: Option<UnitId>,
    kind: Kind,
    ended: Option<Timestamp>,
}

impl Spool {
    /// Makes the folder with mode 0700 if it is not there, and closes it to others if it is.
    pub fn make(folder: &Path) -> Result<()> {
        let context = |error: io::Error| Error::internal(format!("{}: {error}", folder.display()));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(context)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(context)
    }

    pub const fn new(store: Store, shelf: Arc<dyn Shelf>, folder: PathBuf) -> Self {
        Self { store, shelf, folder, seen: BTreeMap::new() }
    }

    /// Looks once; how many files it filed or erased. A file that is new, or longer than at the last look, is
    /// still being written.
    pub async fn look(&mut self) -> Result<usize> {
        let folder = self.folder.clone();
        let found = tokio::task::spawn_blocking(move || lying(&folder))
            .await
            .map_err(Error::internal)?
            .map_err(unread)?;
        let lengths = found.iter().map(|file| (file.path.clone(), file.bytes)).collect();
        let before = std::mem::replace(&mut self.seen, lengths);
        let still: Vec<Lying> =
            found.into_iter().filter(|file| before.get(&file.path) == Some(&file.bytes)).collect();
        if still.is_empty() {
            return Ok(0);
        }
        let tenants = self.store.cell().await?.tenant_ids().await?;
        let mut done = 0;
        for file in still {
            match self.settle(&tenants, &file).await {
                Ok(true) => {
                    self.seen.remove(&file.path);
                    done += 1;
                }
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "a file of the spool stays where it is for now"),
            }
        }
        Ok(done)
    }

    /// Files a file or erases it; false when it stays.
    async fn settle(&self, tenants: &[TenantId], file: &Lying) -> Result<bool> {
        // Processes that share the folder: one has it, and it is let go with the process.
        let Ok(held) = fs::File::open(&file.path) else { return Ok(false) };
        if held.try_lock().is_err() {
            return Ok(false);
        }
        for tenant in tenants {
            let mut cx = self.store.begin(*tenant, PART).await?;
            let Some(whose) = whose(&mut cx, file.call).await? else { continue };
            let Some(ended) = whose.ended else { return Ok(false) };
            let late = cx.now().duration_since(ended) >= LONGEST;
            return match self.file(cx, &whose, file).await {
                Ok(()) => Ok(true),
                Err(error) if late => {
                    tracing::error!(%error, "a recording could not be filed for a day and is erased");
                    self.erase(*tenant, &whose, file).await?;
                    Ok(true)
                }
                Err(error) => Err(error),
            };
        }
        if self.store.clock().now().duration_since(file.written) < LONGEST {
            return Ok(false);
        }
        tracing::warn!("a file of the spool is of no call on record and is erased");
        fs::remove_file(&file.path).map_err(unread)?;
        Ok(true)
    }

    async fn file(&self, mut cx: Cx, whose: &Whose, file: &Lying) -> Result<()> {
        let filed = sql_recordings::of(&mut cx, whose.owner).await?;
        if filed.iter().any(|one| u64::try_from(one.bytes) == Ok(file.bytes)) {
            // Whoever filed it died before he could remove it.
            return fs::remove_file(&file.path).map_err(unread);
        }
        recordings::file(&mut cx, self.shelf.as_ref(), whose.owner, &file.path, whose.kind).await?;
        cx.commit().await
    }

    async fn erase(&self, tenant: TenantId, whose: &Whose, file: &Lying) -> Result<()> {
        let mut cx = self.store.begin(tenant, PART).await?;
        let event = match whose.owner {
            Owner::Call(id) => Event::new("call.recording_lost", id),
            Owner::Attempt(id) => Event::new("attempt.recording_lost", id),
        };
        cx.record(event.unit(whose.unit).data(json!({ "bytes": file.bytes })));
        cx.tell(screen());
        let path = file.path.clone();
        cx.after_commit(move || {
            if let Err(error) = fs::remove_file(&path) {
                tracing::error!(%error, "a file of the spool could not be erased");
            }
        });
        cx.commit().await
    }

    /// Runs until `stop`.
    pub async fn run(mut self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            match self.look().await {
                Ok(0) => {}
                Ok(settled) => {
                    tracing::warn!(files = settled, "recordings that were left behind are put away");
                }
                Err(error) => tracing::warn!(%error, "the spool could not be looked through"),
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }
}

fn unread(error: io::Error) -> Error {
    Error::internal(format!("the spool of recordings: {error}"))
}

fn lying(folder: &Path) -> io::Result<Vec<Lying>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // Nothing has ever been recorded.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        // One that has just been filed is gone.
        let Ok(known) = fs::metadata(&path) else { continue };
        if !known.is_file() || path.extension().is_none_or(|extension| extension != "wav") {
            continue;
        }
        let written = Timestamp::try_from(known.modified()?).map_err(io::Error::other)?;
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let call = name.and_then(|name| Uuid::parse_str(name).ok());
        found.push(Lying { path, call, bytes: known.len(), written });
    }
    Ok(found)
}

/// `None` where this tenant has no call of that name.
async fn whose(cx: &mut Cx, call: Option<Uuid>) -> Result<Option<Whose>> {
    let Some(id) = call else { return Ok(None) };
    match sql::one(cx, CallId(id)).await {
        Ok(call) => {
            // Whoever called and was not served has left a message.
            let message = call.direction == Direction::In && call.served_at.is_none();
            let kind = if message { Kind::VoiceMessage } else { Kind::Whole };
            return Ok(Some(Whose { owner: call.id.into(), unit: call.unit, kind, ended: call.ended_at }));
        }
        Err(Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    match attempts::find(cx, AttemptId(id)).await {
        Ok(attempt) => Ok(Some(Whose {
            owner: attempt.id.into(),
            unit: attempt.unit,
            kind: Kind::Whole,
            ended: attempt.ended_at,
        })),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

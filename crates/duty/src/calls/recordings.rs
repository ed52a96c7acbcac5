//! What was recorded of a call, or of a call of a ladder. The network writes a WAV file into its spool; here it
//! is sealed with the tenant's key, bound to its place as every sealed column is, and put on the shelf. It is
//! kept for the days of the rule and then erased; that it was there, and who heard it why, stays on record.

use super::{
    actions, screen,
    shelf::Shelf,
    sight, sql,
    sql_recordings::{self, NewRow},
};
use crate::{
    permissions::{Action, Permit, Scope},
    rules,
    tickets::{self, attempts},
    units,
};
use jiff::SignedDuration;
use kernel::{AttemptId, CallId, Error, RecordingId, Result, Rng, UnitId, text::line};
use serde_json::json;
use std::path::{Path, PathBuf};
use store::{Cx, Event, events, keys::TenantKeys};

pub use super::model::Kind;
pub use super::sql_recordings::Recording;

pub(super) const TABLE: &str = "recordings";
pub(super) const COLUMN: &str = "sound";
/// The rule that says how long recordings are kept and how long calls from the desk ring.
pub(super) const RULE: &str = "calls.telephony";
/// Longest reason for listening, in characters.
const REASON_CAP: usize = 200;
/// A reason given once is good for so long: whoever winds back need not give it again.
const HEARD_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// Longest recording, in bytes: four hours of both sides.
const MOST: u64 = 256 << 20;
/// Erased in one go.
const SWEPT: i64 = 200;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a recording is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Call(CallId),
    /// A call of a ladder.
    Attempt(AttemptId),
}

impl From<CallId> for Owner {
    fn from(id: CallId) -> Self {
        Self::Call(id)
    }
}

impl From<AttemptId> for Owner {
    fn from(id: AttemptId) -> Self {
        Self::Attempt(id)
    }
}

impl Owner {
    fn data(self) -> serde_json::Value {
        match self {
            Self::Call(id) => json!({ "call": id }),
            Self::Attempt(id) => json!({ "attempt": id }),
        }
    }
}

/// Puts what the network has recorded away; the spool file is removed once that is committed. For the program's
/// own parts.
///
/// Errors: `Internal` for a file that is missing, too large or no WAV; it stays where it is then.
pub async fn file(
    cx: &mut Cx,
    shelf: &dyn Shelf,
    owner: impl Into<Owner>,
    spool: &Path,
    kind: Kind,
) -> Result<RecordingId> {
    let owner = owner.into();
    let unit = unit_of(cx, owner).await?;
    let today = units::today(cx).await?;
    let rule = rules::on(cx, RULE, today).await?;
    let days = i32::try_from(rule.int("recordings.kept_days")?).unwrap_or(0).max(1);
    let id = cx.id::<RecordingId>();
    let (keys, rng, path) = (cx.keys()?, cx.rng().clone(), spool.to_owned());
    // Reading and sealing minutes of sound would hold a thread that serves requests.
    let sealed =
        tokio::task::spawn_blocking(move || seal(&keys, &rng, id, path)).await.map_err(Error::internal)??;
    shelf.put(cx.tenant(), id, sealed.body).await?;
    let row = NewRow {
        id,
        owner,
        kind,
        seconds: sealed.seconds,
        bytes: sealed.bytes,
        rule_version: rule.version,
        kept_until: cx.now() + DAY * days,
    };
    sql_recordings::insert(cx, &row).await?;
    let mut data = owner.data();
    data["kind"] = json!(kind.as_str());
    data["seconds"] = json!(sealed.seconds);
    cx.record(rules::judged(Event::new("recording.filed", id).unit(unit).data(data), &[&rule]));
    cx.tell(screen());
    let spool = spool.to_owned();
    cx.after_commit(move || {
        if let Err(error) = std::fs::remove_file(&spool) {
            tracing::warn!(%error, recording.id = %id, "a spool file of a recording could not be removed");
        }
    });
    Ok(id)
}

/// Whether the law of today wants calls of ladders recorded.
pub async fn wants_ladders(cx: &mut Cx) -> Result<bool> {
    let today = units::today(cx).await?;
    let rule = rules::on(cx, RULE, today).await?;
    // A district's own version from before this was asked says nothing of it.
    Ok(rule.flag("recordings.ladders").unwrap_or(true))
}

struct SealedSound {
    body: Vec<u8>,
    bytes: i64,
    seconds: i32,
}

fn seal(keys: &TenantKeys, rng: &Rng, id: RecordingId, path: PathBuf) -> Result<SealedSound> {
    let unread = |error: std::io::Error| Error::internal(format!("spool file of a recording: {error}"));
    if std::fs::metadata(&path).map_err(unread)?.len() > MOST {
        return Err(Error::internal("spool file of a recording: too large"));
    }
    let wav = std::fs::read(&path).map_err(unread)?;
    let seconds = seconds(&wav).ok_or_else(|| Error::internal("spool file of a recording: no WAV"))?;
    let body = keys.seal(rng, TABLE, id.uuid(), COLUMN, &wav);
    Ok(SealedSound { body, bytes: wav.len() as i64, seconds })
}

/// How long a WAV file lasts, in whole seconds. Where its writer died before it could write the length, what
/// is there counts.
fn seconds(wav: &[u8]) -> Option<i32> {
    let number = |at: usize| wav.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    if wav.get(..4)? != b"RIFF" || wav.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut rate) = (12, None);
    loop {
        let (name, length) = (wav.get(at..at + 4)?, number(at + 4)? as usize);
        at += 8;
        match name {
            b"fmt " => rate = number(at + 8).filter(|rate| *rate > 0),
            b"data" => {
                let there = length.min(wav.len().saturating_sub(at));
                return i32::try_from(there / rate? as usize).ok();
            }
            _ => {}
        }
        // Chunks begin on even bytes.
        at = at.checked_add(length + length % 2)?;
    }
}

async fn unit_of(cx: &mut Cx, owner: Owner) -> Result<Option<UnitId>> {
    match owner {
        Owner::Call(id) => Ok(sql::one(cx, id).await?.unit),
        Owner::Attempt(id) => Ok(attempts::find(cx, id).await?.unit),
    }
}

/// Errors: `NotFound` where the actor does not see what was recorded.
async fn must_see(cx: &mut Cx, owner: Owner) -> Result<()> {
    match owner {
        Owner::Call(id) => actions::find(cx, id).await.map(drop),
        Owner::Attempt(id) => {
            let ticket = attempts::find(cx, id).await?.ticket;
            tickets::ticket(cx, ticket).await.map(drop)
        }
    }
}

/// A recording that the actor may hear.
///
/// Errors: `NotFound` where he does not see the call, `Forbidden` where he may not listen; `Conflict` once it
/// has been erased.
async fn audible(cx: &mut Cx, id: RecordingId) -> Result<(Recording, Option<UnitId>)> {
    let recording = sql_recordings::one(cx, id).await?;
    must_see(cx, recording.owner).await?;
    let unit = unit_of(cx, recording.owner).await?;
    if !sight::may(cx, Action::CallListen, unit) {
        return Err(Error::Forbidden(Action::CallListen.as_str()));
    }
    if recording.erased_at.is_some() {
        return Err(Error::Conflict("error-recording-erased"));
    }
    Ok((recording, unit))
}

/// Opens a recording to be heard: the reason stands on record, sealed, and is good for an hour ([`play`]).
///
/// Errors: those of [`listen`].
pub async fn open(cx: &mut Cx, id: RecordingId, why: &str) -> Result<()> {
    let (recording, unit) = audible(cx, id).await?;
    let reason = line(why, REASON_CAP).map_err(|error| Error::invalid("reason", error.key))?;
    if reason.is_empty() {
        return Err(Error::invalid("reason", "error-reason-missing"));
    }
    let event = Event::new("recording.heard", id).unit(unit).data(recording.owner.data());
    cx.record(event.payload(json!({ "reason": reason })));
    cx.tell(screen());
    Ok(())
}

/// The sound of a recording, a WAV file, for a reason; the caller commits before anybody hears it.
///
/// Errors: `NotFound`, `Forbidden`; `Conflict` once it has been erased; `reason`: `error-reason-missing`,
/// `error-text-too-long` (200 characters).
pub async fn listen(cx: &mut Cx, shelf: &dyn Shelf, id: RecordingId, why: &str) -> Result<Vec<u8>> {
    open(cx, id, why).await?;
    sound(cx, shelf, id).await
}

/// The sound again, for whoever has given his reason within the hour.
///
/// Errors: `Conflict` for whoever has not; those of [`listen`].
pub async fn play(cx: &mut Cx, shelf: &dyn Shelf, id: RecordingId) -> Result<Vec<u8>> {
    audible(cx, id).await?;
    let (me, since) = (cx.actor.id(), cx.now() - HEARD_WITHIN);
    let told = events::of_object(cx, id.uuid()).await?;
    let opened =
        told.iter().any(|event| event.kind == "recording.heard" && event.actor_id == me && event.at > since);
    if !opened {
        return Err(Error::Conflict("error-recording-reason"));
    }
    sound(cx, shelf, id).await
}

async fn sound(cx: &mut Cx, shelf: &dyn Shelf, id: RecordingId) -> Result<Vec<u8>> {
    let sealed = shelf.get(cx.tenant(), id).await?;
    let keys = cx.store().keys().opening(cx.tenant(), &sealed)?;
    tokio::task::spawn_blocking(move || keys.open(TABLE, id.uuid(), COLUMN, &sealed))
        .await
        .map_err(Error::internal)?
}

/// A recording of something the actor sees, and whether he may listen.
pub async fn find(cx: &mut Cx, id: RecordingId) -> Result<(Recording, bool)> {
    let recording = sql_recordings::one(cx, id).await?;
    must_see(cx, recording.owner).await?;
    let unit = unit_of(cx, recording.owner).await?;
    Ok((recording, sight::may(cx, Action::CallListen, unit)))
}

/// What was recorded of something the actor sees, erased ones too, the first first.
pub async fn of(cx: &mut Cx, owner: impl Into<Owner>) -> Result<Vec<Recording>> {
    let owner = owner.into();
    must_see(cx, owner).await?;
    sql_recordings::of(cx, owner).await
}

/// Erases what has been kept for its days; how many. That it was there stays on record.
pub async fn sweep(cx: &mut Cx, shelf: &dyn Shelf) -> Result<usize> {
    cx.permit(Action::TenantManage, Scope::Tenant)?;
    let due = sql_recordings::due(cx, SWEPT).await?;
    for recording in &due {
        shelf.erase(cx.tenant(), recording.id).await?;
        sql_recordings::erased(cx, recording.id).await?;
        let unit = unit_of(cx, recording.owner).await?;
        let mut data = recording.owner.data();
        data["rule"] = json!({ "code": RULE, "version": recording.rule_version });
        cx.record(Event::new("recording.erased", recording.id).unit(unit).data(data));
        cx.tell(screen());
    }
    Ok(due.len())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    fn wav(length: u32, data: usize) -> Vec<u8> {
        let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wav.extend_from_slice(&8000_u32.to_le_bytes());
        wav.extend_from_slice(&16_000_u32.to_le_bytes());
        wav.extend_from_slice(&[2, 0, 16, 0]);
        wav.extend_from_slice(b"data");
        wav.extend_from_slice(&length.to_le_bytes());
        wav.extend(std::iter::repeat_n(0, data));
        wav
    }

    #[test]
    fn a_wav_says_how_long_it_lasts_even_when_its_writer_died() {
        assert_eq!(seconds(&wav(32_000, 32_000)), Some(2));
        assert_eq!(seconds(&wav(u32::MAX, 48_000)), Some(3));
        assert_eq!(seconds(&wav(0, 0)), Some(0));
        for broken in [&b""[..], b"RIFF", b"OggS\0\0\0\0WAVEfmt ", &wav(1, 1)[..30]] {
            assert_eq!(seconds(broken), None);
        }
    }
}

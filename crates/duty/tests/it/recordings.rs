//! What was recorded of calls: sealed, heard for a reason, kept by rule.

use crate::{call_room::ring_in, events};
use async_trait::async_trait;
use duty::calls::{
    self, Outcome, Shelf, Spool,
    recordings::{self, Kind},
};
use jiff::SignedDuration;
use kernel::{Error, RecordingId, Result, Role, TenantId};
use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use testkit::TestCentre;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A shelf in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<RecordingId, Vec<u8>>>);

#[async_trait]
impl Shelf for Memory {
    async fn put(&self, _: TenantId, id: RecordingId, sealed: Vec<u8>) -> Result<()> {
        self.0.lock().unwrap().insert(id, sealed);
        Ok(())
    }

    async fn get(&self, _: TenantId, id: RecordingId) -> Result<Vec<u8>> {
        self.0.lock().unwrap().get(&id).cloned().ok_or_else(|| Error::internal("not on the shelf"))
    }

    async fn erase(&self, _: TenantId, id: RecordingId) -> Result<()> {
        self.0.lock().unwrap().remove(&id);
        Ok(())
    }
}

/// Three seconds as the network writes them, with words in them that could be found.
fn spoken(folder: &Path) -> (PathBuf, Vec<u8>) {
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend_from_slice(&8000_u32.to_le_bytes());
    wav.extend_from_slice(&16_000_u32.to_le_bytes());
    wav.extend_from_slice(&[2, 0, 16, 0]);
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&48_000_u32.to_le_bytes());
    wav.extend_from_slice(b"kho tho");
    wav.resize(wav.len() + 48_000, 0);
    let path = folder.join("a.wav");
    std::fs::write(&path, &wav).unwrap();
    (path, wav)
}

#[tokio::test]
async fn a_recording_is_heard_for_a_reason_by_those_who_may_and_erased_after_its_days() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Người trực").at(station, Role::StationStaff).create().await;
    let official = centre.staff("Cán bộ").at(centre.unit("TPHONG").await, Role::WardOfficial).create().await;
    let id = ring_in(&centre, station).await;
    let (folder, shelf) = (tempfile::tempdir().unwrap(), Memory::default());
    let (spool, wav) = spoken(folder.path());
    let mut cx = centre.system().await;
    let recording = recordings::file(&mut cx, &shelf, id, &spool, Kind::VoiceMessage).await.unwrap();
    cx.commit().await.unwrap();
    assert!(!spool.exists(), "the spool file is gone");
    let sealed = shelf.0.lock().unwrap()[&recording].clone();
    assert!(!sealed.windows(7).any(|part| part == b"kho tho"), "no shelf sees a voice");

    let mut cx = centre.as_staff(official).await;
    assert_eq!(recordings::of(&mut cx, id).await.unwrap()[0].seconds, 3);
    let refused = recordings::listen(&mut cx, &shelf, recording, "Nghe thử").await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let mut cx = centre.as_staff(nurse).await;
    let unsaid = recordings::listen(&mut cx, &shelf, recording, "  ").await;
    assert!(matches!(unsaid, Err(Error::Invalid { field: "reason", key: "error-reason-missing" })));
    let early = recordings::play(&mut cx, &shelf, recording).await;
    assert!(matches!(early, Err(Error::Conflict("error-recording-reason"))));
    assert_eq!(recordings::listen(&mut cx, &shelf, recording, "Nghe lời nhắn").await.unwrap(), wav);
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(nurse).await;
    assert_eq!(recordings::play(&mut cx, &shelf, recording).await.unwrap(), wav, "wound back");
    centre.clock.advance(HOUR * 2);
    let mut cx = centre.as_staff(nurse).await;
    assert!(recordings::play(&mut cx, &shelf, recording).await.is_err(), "the reason has grown old");

    centre.clock.advance(HOUR * 24 * 89);
    let mut cx = centre.system().await;
    assert_eq!(recordings::sweep(&mut cx, &shelf).await.unwrap(), 0);
    centre.clock.advance(HOUR * 24);
    let mut cx = centre.system().await;
    assert_eq!(recordings::sweep(&mut cx, &shelf).await.unwrap(), 1);
    assert_eq!(recordings::sweep(&mut cx, &shelf).await.unwrap(), 0);
    cx.commit().await.unwrap();
    assert!(shelf.0.lock().unwrap().is_empty());
    let mut cx = centre.as_staff(nurse).await;
    let gone = recordings::listen(&mut cx, &shelf, recording, "Nghe lời nhắn").await;
    assert!(matches!(gone, Err(Error::Conflict("error-recording-erased"))));
    let mut cx = centre.system().await;
    for kind in ["recording.filed", "recording.heard", "recording.erased"] {
        assert_eq!(events(&mut cx, kind).await.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_spool_file_that_is_no_recording_stays_where_it_is() {
    let centre = TestCentre::new().await;
    let id = ring_in(&centre, centre.unit("TPHONG.TYT").await).await;
    let (folder, shelf) = (tempfile::tempdir().unwrap(), Memory::default());
    let spool = folder.path().join("broken.wav");
    std::fs::write(&spool, "nothing").unwrap();
    let mut cx = centre.system().await;
    let broken = recordings::file(&mut cx, &shelf, id, &spool, Kind::Whole).await;
    assert!(matches!(broken, Err(Error::Internal(_))));
    assert!(spool.exists() && shelf.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_spool_file_stays_until_its_recording_is_committed() {
    let centre = TestCentre::new().await;
    let id = ring_in(&centre, centre.unit("TPHONG.TYT").await).await;
    let (folder, shelf) = (tempfile::tempdir().unwrap(), Memory::default());
    let (spool, _) = spoken(folder.path());
    let mut cx = centre.system().await;
    recordings::file(&mut cx, &shelf, id, &spool, Kind::Whole).await.unwrap();
    cx.rollback().await.unwrap();
    assert!(spool.exists(), "nothing else has it");
}

/// A centre whose spool is looked through.
async fn spooled(centre: &TestCentre, folder: &Path) -> (PathBuf, Spool) {
    let path = folder.join("spool");
    std::fs::create_dir(&path).unwrap();
    Spool::make(&path).unwrap();
    let spool = Spool::new(centre.store.clone(), Arc::new(Memory::default()), path.clone());
    (path, spool)
}

#[tokio::test]
async fn what_a_dead_process_has_recorded_is_filed_once_its_call_has_ended_and_it_grows_no_more() {
    let centre = TestCentre::new().await;
    let id = ring_in(&centre, centre.unit("TPHONG.TYT").await).await;
    let folder = tempfile::tempdir().unwrap();
    let (path, mut spool) = spooled(&centre, folder.path()).await;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    let (written, wav) = spoken(folder.path());
    let lying = path.join(format!("{id}.wav"));
    std::fs::write(&lying, &wav[..20_000]).unwrap();
    assert_eq!(spool.look().await.unwrap(), 0);
    assert_eq!(spool.look().await.unwrap(), 0, "the call runs");
    let mut cx = centre.system().await;
    calls::ended(&mut cx, id, Outcome::Lost, None).await.unwrap();
    cx.commit().await.unwrap();
    std::fs::rename(written, &lying).unwrap();
    assert_eq!(spool.look().await.unwrap(), 0, "it has grown");
    assert_eq!(spool.look().await.unwrap(), 1);
    assert!(!lying.exists());
    // Filed, and its process died before it could remove the file.
    std::fs::write(&lying, &wav).unwrap();
    assert_eq!((spool.look().await.unwrap(), spool.look().await.unwrap()), (0, 1));
    assert!(!lying.exists());
    let mut cx = centre.system().await;
    let filed = recordings::of(&mut cx, id).await.unwrap();
    assert_eq!(filed.len(), 1);
    assert_eq!((filed[0].kind, filed[0].seconds), (Kind::VoiceMessage, 3));
}

#[tokio::test]
async fn what_cannot_be_filed_for_a_day_is_erased_with_an_event() {
    let centre = TestCentre::new().await;
    let id = ring_in(&centre, centre.unit("TPHONG.TYT").await).await;
    let mut cx = centre.system().await;
    calls::ended(&mut cx, id, Outcome::Lost, None).await.unwrap();
    cx.commit().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, mut spool) = spooled(&centre, folder.path()).await;
    let (broken, stray) = (path.join(format!("{id}.wav")), path.join("stray.wav"));
    std::fs::write(&broken, "nothing").unwrap();
    std::fs::write(&stray, "nothing").unwrap();
    let stray_file = std::fs::File::options().write(true).open(&stray).unwrap();
    stray_file.set_modified(centre.clock.now().into()).unwrap();
    centre.clock.advance(HOUR * 23);
    assert_eq!((spool.look().await.unwrap(), spool.look().await.unwrap()), (0, 0));
    assert!(broken.exists() && stray.exists());
    centre.clock.advance(HOUR);
    assert_eq!(spool.look().await.unwrap(), 2);
    assert!(!broken.exists() && !stray.exists());
    let mut cx = centre.system().await;
    assert_eq!(events(&mut cx, "call.recording_lost").await, [serde_json::json!({ "bytes": 7 })]);
}

//! Calls by telephone on record, what was recorded of them, who sits in the call room, and a call that an
//! operator asks for.

use crate::events;
use async_trait::async_trait;
use duty::{
    calls::{
        self, Call, Connect, Direction, NewCall, Outcome, Purpose, Shelf, Spool, State, Wanted, Watch,
        operators::{self, Presence},
        recordings::{self, Kind},
    },
    lines::{Dial, Events, Happened, Hear, Lines, Side, Spoken, Teller, Told},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Error, RecordingId, Result, Role, StaffId, TenantId, UnitId};
use sqlx::{Connection, PgConnection};
use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use store::jobs::Worker;
use testkit::TestCentre;
use tokio::sync::mpsc;
use uuid::Uuid;

const NUMBER: &str = "0900 555 123";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn secs(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

fn incoming(id: CallId, unit: UnitId) -> NewCall<'static> {
    NewCall {
        id,
        direction: Direction::In,
        purpose: Purpose::Hotline,
        object: None,
        number: Some(NUMBER),
        unit: Some(unit),
        staff: None,
        trunk: Some("thu"),
    }
}

/// A call that has come in at a unit.
async fn ring_in(centre: &TestCentre, unit: UnitId) -> CallId {
    let mut cx = centre.system().await;
    let id = cx.id();
    calls::begin(&mut cx, &incoming(id, unit)).await.unwrap();
    cx.commit().await.unwrap();
    id
}

async fn call(centre: &TestCentre, id: CallId) -> Call {
    calls::find(&mut centre.system().await, id).await.unwrap()
}

async fn told(centre: &TestCentre, id: CallId, what: Happened) {
    let mut cx = centre.system().await;
    let told = Told { at: cx.now(), what };
    calls::told(&mut cx, id, &told).await.unwrap();
    cx.commit().await.unwrap();
}

async fn end(centre: &TestCentre, id: CallId, outcome: Outcome) {
    let mut cx = centre.system().await;
    calls::ended(&mut cx, id, outcome, None).await.unwrap();
    cx.commit().await.unwrap();
}

/// Somebody of the station who sits in the room.
async fn operator(centre: &TestCentre, name: &str, extension: &str) -> StaffId {
    let station = centre.unit("TPHONG.TYT").await;
    let staff = centre.staff(name).at(station, Role::StationStaff).create().await;
    let mut cx = centre.as_staff(staff).await;
    operators::come(&mut cx, extension).await.unwrap();
    cx.commit().await.unwrap();
    staff
}

async fn presence(centre: &TestCentre, staff: StaffId) -> Presence {
    operators::mine(&mut centre.as_staff(staff).await).await.unwrap().unwrap().presence
}

#[tokio::test]
async fn a_call_begins_once_and_ends_once_and_its_number_stands_in_no_event() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let id = ring_in(&centre, station).await;
    let mut cx = centre.system().await;
    calls::begin(&mut cx, &incoming(id, station)).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(call(&centre, id).await.number_masked.as_deref(), Some("0900 ··· 123"));
    end(&centre, id, Outcome::Completed).await;
    let ended_at = call(&centre, id).await.ended_at;
    centre.clock.advance(secs(5));
    end(&centre, id, Outcome::Failed).await;
    let known = call(&centre, id).await;
    assert_eq!((known.outcome, known.ended_at), (Some(Outcome::Completed), ended_at));

    let mut cx = centre.system().await;
    assert_eq!(events(&mut cx, "call.began").await.len(), 1);
    let ends = events(&mut cx, "call.ended").await;
    assert_eq!((ends.len(), ends[0]["outcome"].as_str()), (1, Some("completed")));
    let told: i64 = sqlx::query_scalar("select count(*) from events where data::text like '%900555123%'")
        .fetch_one(cx.conn())
        .await
        .unwrap();
    assert_eq!(told, 0);
    assert_eq!(calls::number(&mut cx, id).await.unwrap().as_deref(), Some("+84900555123"));
    assert_eq!(calls::of_number(&mut cx, "+84900555123").await.unwrap().len(), 1);
    let nobody = calls::ended(&mut cx, CallId(Uuid::from_u128(9)), Outcome::Failed, None).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}

#[tokio::test]
async fn what_a_network_tells_twice_stands_once_and_nothing_follows_the_end() {
    let centre = TestCentre::new().await;
    let id = ring_in(&centre, centre.unit("TPHONG.TYT").await).await;
    told(&centre, id, Happened::Invited("mot".into())).await;
    let first = centre.clock.now();
    centre.clock.advance(secs(2));
    told(&centre, id, Happened::Invited("hai".into())).await;
    told(&centre, id, Happened::Ringing).await;
    let known = call(&centre, id).await;
    assert_eq!((known.invited_at, known.trunk.as_deref()), (Some(first), Some("hai")));
    assert_eq!(known.state(), State::Ringing);
    told(&centre, id, Happened::Busy(486)).await;
    end(&centre, id, Outcome::Busy).await;
    told(&centre, id, Happened::Answered).await;
    let known = call(&centre, id).await;
    assert_eq!((known.sip_code, known.answered_at, known.state()), (Some(486), None, State::Ended));
}

#[tokio::test]
async fn what_nobody_has_held_for_ten_seconds_was_lost() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let (held, left) = (ring_in(&centre, station).await, ring_in(&centre, station).await);
    centre.clock.advance(secs(9));
    let mut cx = centre.system().await;
    assert!(calls::lost(&mut cx).await.unwrap().is_empty());
    calls::hold(&mut cx, &[held]).await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(secs(2));
    let mut cx = centre.system().await;
    assert_eq!(calls::lost(&mut cx).await.unwrap(), [left]);
    assert!(calls::lost(&mut cx).await.unwrap().is_empty());
    cx.commit().await.unwrap();
    assert_eq!(call(&centre, left).await.outcome, Some(Outcome::Lost));
    assert_eq!(call(&centre, held).await.outcome, None);

    // A clock that jumps is no reason: who holds it speaks before the second look.
    centre.clock.advance(HOUR);
    let mut watch = Watch::new(centre.store.clone());
    assert_eq!(watch.look().await.unwrap(), 0);
    let mut cx = centre.system().await;
    calls::hold(&mut cx, &[held]).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(watch.look().await.unwrap(), 0);
    centre.clock.advance(secs(11));
    assert_eq!((watch.look().await.unwrap(), watch.look().await.unwrap()), (0, 1));
    assert_eq!(call(&centre, held).await.outcome, Some(Outcome::Lost));
}

#[tokio::test]
async fn two_that_ask_at_once_are_given_two_operators_the_longest_ready_first() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let first = operator(&centre, "Người đến trước", "201").await;
    centre.clock.advance(secs(30));
    let second = operator(&centre, "Người đến sau", "202").await;
    let (one, other) = (ring_in(&centre, station).await, ring_in(&centre, station).await);
    let (mut here, mut there) = (centre.system().await, centre.system().await);
    let taken = operators::take_free(&mut here, one).await.unwrap().unwrap();
    assert_eq!((taken.staff, taken.extension.as_str(), taken.call), (first, "201", Some(one)));
    assert_eq!(operators::take_free(&mut there, other).await.unwrap().unwrap().staff, second);
    here.commit().await.unwrap();
    there.commit().await.unwrap();
    let mut cx = centre.system().await;
    assert!(operators::take_free(&mut cx, one).await.unwrap().is_none());
    drop(cx);

    // The end of his call leaves him writing, and he is ready when he says so.
    end(&centre, one, Outcome::Completed).await;
    assert_eq!(presence(&centre, first).await, Presence::Writing);
    assert_eq!(presence(&centre, second).await, Presence::Talking);
    let mut cx = centre.as_staff(second).await;
    let talking = operators::free(&mut cx, second, Presence::Ready).await;
    assert!(matches!(talking, Err(Error::Conflict("error-operator-talking"))), "{talking:?}");
    assert!(matches!(operators::free(&mut cx, first, Presence::Away).await, Err(Error::Forbidden(_))));
    let mut cx = centre.as_staff(first).await;
    operators::free(&mut cx, first, Presence::Ready).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(presence(&centre, first).await, Presence::Ready);
}

#[tokio::test]
async fn whoever_waits_is_heard_in_his_turn_and_the_day_counts_it() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = operator(&centre, "Người trực", "201").await;
    let (one, other) = (ring_in(&centre, station).await, ring_in(&centre, station).await);
    let mut cx = centre.system().await;
    calls::wait(&mut cx, one, "symptoms").await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(secs(5));
    let mut cx = centre.system().await;
    calls::wait(&mut cx, other, "support").await.unwrap();
    // Not reached by anybody, he keeps his place.
    calls::wait(&mut cx, one, "symptoms").await.unwrap();
    let queue: Vec<CallId> = calls::queue(&mut cx).await.unwrap().iter().map(|call| call.id).collect();
    assert_eq!(queue, [one, other]);
    cx.commit().await.unwrap();
    centre.clock.advance(secs(15));
    let mut cx = centre.system().await;
    calls::served(&mut cx, one, nurse).await.unwrap();
    calls::told(&mut cx, one, &Told { at: centre.clock.now(), what: Happened::Answered }).await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(secs(40));
    end(&centre, one, Outcome::HandedOver).await;
    end(&centre, other, Outcome::Abandoned).await;
    let mut cx = centre.as_staff(nurse).await;
    let today = calls::today(&mut cx).await.unwrap();
    assert_eq!((today.incoming, today.outgoing, today.answered, today.abandoned), (2, 0, 1, 1));
    assert_eq!((today.average_wait, today.longest_wait), (Some(secs(20)), Some(secs(55))));
    let line = &today.operators[0];
    assert_eq!((line.staff, line.calls, line.talked), (nurse, 1, secs(40)));
    assert!(matches!(calls::wait(&mut cx, one, "report").await, Err(Error::Conflict("error-call-ended"))));
    assert_eq!(calls::unwritten(&mut cx).await.unwrap().map(|call| call.id), Some(one));
    let today = jiff::civil::date(2021, 9, 25);
    let (found, more) =
        calls::of_day(&mut cx, today, Some(Purpose::Hotline), Some(Outcome::Abandoned), 0).await.unwrap();
    assert_eq!((found.len(), found[0].id, more), (1, other, false));
}

#[tokio::test]
async fn a_call_is_seen_where_it_belongs_and_written_up_by_those_who_call() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Người trực").at(station, Role::StationStaff).create().await;
    let elsewhere =
        centre.staff("Trạm khác").at(centre.unit("TPHU.TYT").await, Role::StationStaff).create().await;
    let auditor = centre.staff("Thanh tra").at(centre.unit("TTDH").await, Role::Auditor).create().await;
    let id = ring_in(&centre, station).await;
    let mut cx = centre.as_staff(elsewhere).await;
    assert!(matches!(calls::find(&mut cx, id).await, Err(Error::NotFound)));
    assert!(calls::live(&mut cx).await.unwrap().is_empty());
    let mut cx = centre.as_staff(auditor).await;
    calls::find(&mut cx, id).await.unwrap();
    assert!(matches!(calls::dispose(&mut cx, id, "answered", "").await, Err(Error::Forbidden(_))));
    assert!(matches!(calls::number(&mut cx, id).await, Err(Error::Forbidden(_))));
    let mut cx = centre.as_staff(nurse).await;
    for (wrong, key) in [("", "error-choose"), ("nonsense", "error-choice-unknown")] {
        let refused = calls::dispose(&mut cx, id, wrong, "").await;
        assert!(
            matches!(refused, Err(Error::Invalid { field: "disposition", key: k }) if k == key),
            "{wrong}"
        );
    }
    calls::dispose(&mut cx, id, "call_back", "Gọi lại lúc 14 giờ.").await.unwrap();
    cx.commit().await.unwrap();
    let known = call(&centre, id).await;
    assert_eq!((known.note.as_deref(), known.disposed_by), (Some("Gọi lại lúc 14 giờ."), Some(nurse)));
    let mut cx = centre.system().await;
    assert_eq!(events(&mut cx, "call.disposed").await, [serde_json::json!({ "disposition": "call_back" })]);
}

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

#[tokio::test]
async fn the_desk_rings_no_number_abroad() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Người trực").at(station, Role::StationStaff).create().await;
    let mut cx = centre.as_staff(nurse).await;
    let abroad = operators::come(&mut cx, "+855 12 345 678").await;
    assert!(matches!(abroad, Err(Error::Invalid { field: "extension", key: "error-number-not-allowed" })));
    operators::come(&mut cx, "201").await.unwrap();
    let paid = calls::ask(&mut cx, &Wanted { number: "+1 900 555 1234", ..Wanted::default() }).await;
    assert!(matches!(paid, Err(Error::Invalid { field: "number", key: "error-number-not-allowed" })));
    calls::ask(&mut cx, &Wanted { number: "115", ..Wanted::default() }).await.unwrap();
    cx.commit().await.unwrap();
}

/// What a network was told to do.
#[derive(Debug, PartialEq, Eq)]
enum Order {
    Dial(CallId, String),
    AwaitAnswer(CallId, CallId),
    Bridge(CallId, CallId),
    HangUp(CallId),
}

/// A network of which a test plays the other side.
struct Fake {
    now: Timestamp,
    tellers: Mutex<BTreeMap<CallId, Teller>>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Fake {
    fn new(now: Timestamp) -> (Arc<Self>, mpsc::UnboundedReceiver<Order>) {
        let (orders, given) = mpsc::unbounded_channel();
        (Arc::new(Self { now, tellers: Mutex::default(), orders }), given)
    }

    fn tell(&self, call: CallId, what: Happened) {
        assert!(self.tellers.lock().unwrap()[&call].tell(self.now, what), "nobody listens");
    }

    fn answer(&self, call: CallId) {
        for what in [Happened::Invited("thu".into()), Happened::Ringing, Happened::Answered] {
            self.tell(call, what);
        }
    }
}

#[async_trait]
impl Lines for Fake {
    async fn dial(&self, dial: Dial) -> Result<Events> {
        let (teller, events) = Events::channel();
        self.tellers.lock().unwrap().insert(dial.call, teller);
        self.orders.send(Order::Dial(dial.call, dial.number)).unwrap();
        Ok(events)
    }

    async fn hang_up(&self, call: CallId) -> Result<()> {
        let teller = self.tellers.lock().unwrap().get(&call).cloned().ok_or(Error::NotFound)?;
        self.orders.send(Order::HangUp(call)).unwrap();
        teller.tell(self.now, Happened::Ended(Side::Us));
        Ok(())
    }

    async fn bridge(&self, one: CallId, other: CallId) -> Result<()> {
        self.orders.send(Order::Bridge(one, other)).unwrap();
        Ok(())
    }

    async fn await_answer(&self, waits: CallId, rings: CallId) -> Result<()> {
        self.orders.send(Order::AwaitAnswer(waits, rings)).unwrap();
        Ok(())
    }

    async fn take(&self, _: CallId) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn refuse(&self, _: CallId, _: u16) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn say(&self, _: CallId, _: &Spoken, _: Option<SignedDuration>) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn hush(&self, _: CallId) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn press(&self, _: CallId, _: &str) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn record(&self, _: CallId, _: PathBuf, _: Hear) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn stop_recording(&self, _: CallId) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn overhear(&self, _: CallId, _: CallId) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn part(&self, _: CallId) -> Result<()> {
        Err(Error::NotFound)
    }

    fn live(&self) -> Vec<CallId> {
        Vec::new()
    }

    fn free(&self) -> usize {
        1
    }
}

/// A call that the operator asks for, taken by whoever holds the lines.
async fn ask(centre: &TestCentre, staff: StaffId, number: &str) -> Result<CallId> {
    let mut cx = centre.as_staff(staff).await;
    let call = calls::ask(&mut cx, &Wanted { number, ..Wanted::default() }).await?;
    cx.commit().await?;
    Ok(call)
}

fn connects(centre: &TestCentre, lines: Option<Arc<Fake>>) -> tokio::task::JoinHandle<usize> {
    let lines = lines.map(|lines| lines as Arc<dyn Lines>);
    let worker = Worker::new(centre.store.clone(), calls::QUEUE, vec![Arc::new(Connect::new(lines))]);
    tokio::spawn(async move { worker.run_due(1).await.unwrap() })
}

async fn dialled(given: &mut mpsc::UnboundedReceiver<Order>) -> (CallId, String) {
    match given.recv().await {
        Some(Order::Dial(call, number)) => (call, number),
        other => panic!("no call is placed: {other:?}"),
    }
}

#[tokio::test]
async fn a_call_from_the_desk_rings_the_operator_first_and_then_the_other_side() {
    let centre = TestCentre::new().await;
    let nurse = operator(&centre, "Người trực", "201").await;
    let call_id = ask(&centre, nurse, NUMBER).await.unwrap();
    assert_eq!(presence(&centre, nurse).await, Presence::Talking);
    let again = ask(&centre, nurse, NUMBER).await;
    assert!(matches!(again, Err(Error::Conflict("error-operator-talking"))), "{again:?}");

    let (lines, mut given) = Fake::new(centre.clock.now());
    let job = connects(&centre, Some(lines.clone()));
    let (own, number) = dialled(&mut given).await;
    assert_eq!(number, "201");
    lines.answer(own);
    let (other, number) = dialled(&mut given).await;
    assert_eq!((other, number.as_str()), (call_id, "+84900555123"));
    // What the network says while it rings is heard; that it rings as well changes nothing.
    lines.tell(other, Happened::EarlyMedia);
    assert_eq!(given.recv().await, Some(Order::AwaitAnswer(own, other)));
    lines.answer(other);
    assert_eq!(given.recv().await, Some(Order::Bridge(own, other)));
    assert_eq!(call(&centre, call_id).await.state(), State::Talking);
    lines.tell(other, Happened::Ended(Side::Them));
    assert_eq!(given.recv().await, Some(Order::HangUp(own)));
    assert_eq!(job.await.unwrap(), 1);

    let known = call(&centre, call_id).await;
    assert_eq!((known.outcome, known.trunk.as_deref()), (Some(Outcome::Completed), Some("thu")));
    let mut cx = centre.system().await;
    let legs = calls::of_object(&mut cx, call_id.uuid()).await.unwrap();
    assert_eq!((legs.len(), legs[0].leg_of, legs[0].outcome), (1, Some(call_id), Some(Outcome::Completed)));
    assert_eq!(calls::today(&mut cx).await.unwrap().outgoing, 1, "his own telephone is no call of its own");
    assert_eq!(presence(&centre, nurse).await, Presence::Writing);
    assert_eq!(calls::unwritten(&mut centre.as_staff(nurse).await).await.unwrap().unwrap().id, call_id);
}

#[tokio::test]
async fn a_database_that_is_away_for_a_moment_cuts_nobody_off() {
    let centre = TestCentre::new().await;
    let nurse = operator(&centre, "Người trực", "201").await;
    let call_id = ask(&centre, nurse, NUMBER).await.unwrap();
    let (lines, mut given) = Fake::new(centre.clock.now());
    let job = connects(&centre, Some(lines.clone()));
    let own = dialled(&mut given).await.0;
    lines.answer(own);
    let other = dialled(&mut given).await.0;
    lines.answer(other);
    assert_eq!(given.recv().await, Some(Order::AwaitAnswer(own, other)));
    assert_eq!(given.recv().await, Some(Order::Bridge(own, other)));
    let mut admin = PgConnection::connect(centre.database.url()).await.unwrap();
    sqlx::query("alter table calls rename to calls_away").execute(&mut admin).await.unwrap();
    lines.tell(own, Happened::Key('5'));
    lines.tell(other, Happened::Ended(Side::Them));
    assert_eq!(given.recv().await, Some(Order::HangUp(own)));
    sqlx::query("alter table calls_away rename to calls").execute(&mut admin).await.unwrap();
    assert_eq!(job.await.unwrap(), 1);
    assert!(given.try_recv().is_err(), "nobody was hung up on who still talked");
    assert_eq!(call(&centre, call_id).await.outcome, Some(Outcome::Completed));
    assert_eq!(presence(&centre, nurse).await, Presence::Writing);
}

#[tokio::test]
async fn an_engaged_line_and_an_operator_who_gives_up_are_told_apart() {
    let centre = TestCentre::new().await;
    let nurse = operator(&centre, "Người trực", "201").await;
    let busy = ask(&centre, nurse, NUMBER).await.unwrap();
    let (lines, mut given) = Fake::new(centre.clock.now());
    let job = connects(&centre, Some(lines.clone()));
    lines.answer(dialled(&mut given).await.0);
    lines.tell(dialled(&mut given).await.0, Happened::Busy(486));
    job.await.unwrap();
    let known = call(&centre, busy).await;
    assert_eq!((known.outcome, known.sip_code), (Some(Outcome::Busy), Some(486)));

    let given_up = ask(&centre, nurse, NUMBER).await.unwrap();
    let (lines, mut given) = Fake::new(centre.clock.now());
    let job = connects(&centre, Some(lines.clone()));
    let own = dialled(&mut given).await.0;
    lines.answer(own);
    let other = dialled(&mut given).await.0;
    lines.tell(own, Happened::Ended(Side::Them));
    assert_eq!(given.recv().await, Some(Order::HangUp(other)));
    job.await.unwrap();
    assert_eq!(call(&centre, given_up).await.outcome, Some(Outcome::Abandoned));
}

#[tokio::test]
async fn whose_own_telephone_does_not_answer_is_away_and_the_other_side_is_never_rung() {
    let centre = TestCentre::new().await;
    let nurse = operator(&centre, "Người trực", "0900555201").await;
    let id = ask(&centre, nurse, "115").await.unwrap();
    let (lines, mut given) = Fake::new(centre.clock.now());
    let job = connects(&centre, Some(lines.clone()));
    let (own, number) = dialled(&mut given).await;
    assert_eq!(number, "+84900555201");
    lines.tell(own, Happened::NoAnswer);
    job.await.unwrap();
    assert!(given.try_recv().is_err(), "nothing more is placed");
    assert_eq!(call(&centre, id).await.outcome, Some(Outcome::Failed));
    assert_eq!(presence(&centre, nurse).await, Presence::Away);
    assert_eq!(connects(&centre, Some(lines)).await.unwrap(), 0, "the job is done");
}

#[tokio::test]
async fn without_lines_a_call_from_the_desk_fails_at_once_and_from_elsewhere_none_is_asked_for() {
    let centre = TestCentre::new().await;
    let nurse = operator(&centre, "Người trực", "201").await;
    let id = ask(&centre, nurse, NUMBER).await.unwrap();
    connects(&centre, None).await.unwrap();
    assert_eq!(call(&centre, id).await.outcome, Some(Outcome::Failed));
    for (number, key) in [("", "error-phone-empty"), ("bác sĩ", "error-phone-format")] {
        let wrong = ask(&centre, nurse, number).await;
        assert!(matches!(wrong, Err(Error::Invalid { field: "number", key: k }) if k == key), "{number}");
    }
    let mut cx = centre.as_staff(nurse).await;
    operators::go(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    assert!(matches!(ask(&centre, nurse, NUMBER).await, Err(Error::Conflict("error-operator-not-here"))));
    let station = centre.unit("TPHONG.TYT").await;
    let auditor = centre.staff("Thanh tra").at(station, Role::Auditor).create().await;
    assert!(matches!(ask(&centre, auditor, NUMBER).await, Err(Error::Forbidden(_))));
    let mut cx = centre.as_staff(nurse).await;
    let wrong = operators::come(&mut cx, "máy của tôi").await;
    assert!(matches!(wrong, Err(Error::Invalid { field: "extension", key: "error-extension-format" })));
}

//! The call room: what its figures count, how writing up ends, why somebody is away, and a test ring of his own telephone.

use async_trait::async_trait;
use duty::{
    calls::{
        self, Direction, Figures, NewCall, Outcome, Purpose, TryOwn, WriteUp,
        operators::{self, Presence},
    },
    lines::{Dial, Events, Happened, Hear, Lines, Side, Spoken, Teller, Told},
};
use jiff::SignedDuration;
use kernel::{CallId, Error, Result, Role, StaffId, UnitId};
use std::{path::PathBuf, sync::Arc};
use store::{jobs::Worker, timers::Runner};
use testkit::TestCentre;
use tokio::sync::mpsc;

const NUMBER: &str = "0900 555 123";

fn secs(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

struct Room {
    centre: TestCentre,
    station: UnitId,
    nurse: StaffId,
}

impl Room {
    async fn new() -> Self {
        let centre = TestCentre::new().await;
        let station = centre.unit("TPHONG.TYT").await;
        let nurse = centre.staff("Người trực").at(station, Role::StationStaff).create().await;
        let room = Self { centre, station, nurse };
        let mut cx = room.centre.as_staff(nurse).await;
        operators::come(&mut cx, "201").await.unwrap();
        cx.commit().await.unwrap();
        room
    }

    async fn begin(&self, direction: Direction, purpose: Purpose, staff: Option<StaffId>) -> CallId {
        let mut cx = self.centre.system().await;
        let id = cx.id();
        let new = NewCall {
            id,
            direction,
            purpose,
            object: None,
            number: Some(NUMBER),
            unit: Some(self.station),
            staff,
            trunk: None,
        };
        calls::begin(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        id
    }

    async fn picked_up(&self, id: CallId) {
        let mut cx = self.centre.system().await;
        let told = Told { at: cx.now(), what: Happened::Answered };
        calls::told(&mut cx, id, &told).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn end(&self, id: CallId, outcome: Outcome) {
        let mut cx = self.centre.system().await;
        calls::ended(&mut cx, id, outcome, None).await.unwrap();
        cx.commit().await.unwrap();
    }

    /// A call that is picked up and ends so.
    async fn passes(&self, direction: Direction, purpose: Purpose, outcome: Outcome) {
        let id = self.begin(direction, purpose, None).await;
        self.picked_up(id).await;
        self.end(id, outcome).await;
    }

    async fn wait(&self, id: CallId) {
        let mut cx = self.centre.system().await;
        calls::wait(&mut cx, id, "support").await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn take(&self, id: CallId) {
        let mut cx = self.centre.system().await;
        operators::take_free(&mut cx, id).await.unwrap().unwrap();
        cx.commit().await.unwrap();
    }

    async fn today(&self) -> Figures {
        calls::today(&mut self.centre.as_staff(self.nurse).await).await.unwrap()
    }

    async fn presence(&self) -> (Presence, bool) {
        let mine = operators::mine(&mut self.centre.as_staff(self.nurse).await).await.unwrap().unwrap();
        (mine.presence, mine.not_taken)
    }

    /// Time passes, and what is due then is done.
    async fn pass(&self, by: SignedDuration) {
        self.centre.clock.advance(by);
        let runner = Runner::new(self.centre.store.clone(), vec![Arc::new(WriteUp)]);
        while runner.fire_due().await.unwrap() > 0 {}
    }

    async fn set(&self, by: Option<StaffId>, presence: Presence) {
        let mut cx = match by {
            Some(staff) => self.centre.as_staff(staff).await,
            None => self.centre.system().await,
        };
        operators::free(&mut cx, self.nurse, presence).await.unwrap();
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn figures_tell_what_people_did_from_what_keys_and_robots_did() {
    let room = Room::new().await;
    let (into, out) = (Direction::In, Direction::Out);
    // A robot's morning: answers pressed, refused, a mailbox, nobody; and a doctor fetched into one of them.
    room.passes(out, Purpose::Care, Outcome::Completed).await;
    room.passes(out, Purpose::Care, Outcome::HandedOver).await;
    room.passes(out, Purpose::Care, Outcome::Refused).await;
    room.passes(out, Purpose::Care, Outcome::Voicemail).await;
    let nobody = room.begin(out, Purpose::Care, None).await;
    room.end(nobody, Outcome::NoAnswer).await;
    let doctor = room.begin(out, Purpose::Fetched, Some(room.nurse)).await;
    room.picked_up(doctor).await;
    room.end(doctor, Outcome::Completed).await;
    // Callers: his record by keys, a message, gave up, asked to be called back, heard by a person.
    room.passes(into, Purpose::Hotline, Outcome::Completed).await;
    let message = room.begin(into, Purpose::Hotline, None).await;
    let gave_up = room.begin(into, Purpose::Hotline, None).await;
    let to_call = room.begin(into, Purpose::Hotline, None).await;
    let heard = room.begin(into, Purpose::Hotline, None).await;
    for id in [message, gave_up, to_call, heard] {
        room.picked_up(id).await;
        room.wait(id).await;
    }
    room.end(message, Outcome::Voicemail).await;
    room.end(gave_up, Outcome::Abandoned).await;
    room.end(to_call, Outcome::Completed).await;
    let mut cx = room.centre.system().await;
    calls::served(&mut cx, heard, room.nurse).await.unwrap();
    cx.commit().await.unwrap();
    room.end(heard, Outcome::Completed).await;
    // Calls of people, one picked up.
    let called = room.begin(out, Purpose::CallBack, Some(room.nurse)).await;
    room.picked_up(called).await;
    room.end(called, Outcome::Completed).await;
    let in_vain = room.begin(out, Purpose::Desk, Some(room.nurse)).await;
    room.end(in_vain, Outcome::NoAnswer).await;

    let today = room.today().await;
    assert_eq!((today.incoming, today.answered, today.by_keys), (5, 1, 2));
    assert_eq!((today.messages, today.abandoned), (1, 1));
    assert_eq!((today.outgoing, today.picked_up), (2, 1));
    assert_eq!((today.robot, today.robot_answered, today.robot_mailbox), (5, 2, 1));
    let lines: Vec<(StaffId, i64)> = today.operators.iter().map(|line| (line.staff, line.calls)).collect();
    assert_eq!(lines, [(room.nurse, 2)], "whoever a robot fetched sat in no room for it");
}

#[tokio::test]
async fn who_forgets_to_end_his_notes_is_ready_again_by_himself() {
    let room = Room::new().await;
    let id = room.begin(Direction::In, Purpose::Hotline, None).await;
    room.take(id).await;
    room.end(id, Outcome::Completed).await;
    assert_eq!(room.presence().await, (Presence::Writing, false));
    room.pass(secs(179)).await;
    assert_eq!(room.presence().await.0, Presence::Writing);
    room.pass(secs(1)).await;
    assert_eq!(room.presence().await.0, Presence::Ready);

    // Who begins anew has the whole time again.
    room.set(Some(room.nurse), Presence::Writing).await;
    room.pass(secs(100)).await;
    room.set(Some(room.nurse), Presence::Away).await;
    room.set(Some(room.nurse), Presence::Writing).await;
    room.pass(secs(100)).await;
    assert_eq!(room.presence().await.0, Presence::Writing);
    room.pass(secs(80)).await;
    assert_eq!(room.presence().await.0, Presence::Ready);
    // Away is away until he comes back.
    room.set(Some(room.nurse), Presence::Away).await;
    room.pass(secs(3600)).await;
    assert_eq!(room.presence().await, (Presence::Away, false));
}

#[tokio::test]
async fn who_wrote_up_when_there_was_no_timer_yet_is_ready_again_by_himself() {
    let room = Room::new().await;
    room.set(Some(room.nurse), Presence::Writing).await;
    let mut cx = room.centre.system().await;
    sqlx::query("delete from timers where kind = 'calls.write_up'").execute(cx.conn()).await.unwrap();
    cx.commit().await.unwrap();
    room.pass(secs(200)).await;
    assert_eq!(room.presence().await.0, Presence::Writing, "nothing ends it");
    for found in [1, 0] {
        let mut cx = room.centre.system().await;
        assert_eq!(calls::reconcile(&mut cx).await.unwrap(), found);
        cx.commit().await.unwrap();
    }
    // His time is over already.
    room.pass(secs(0)).await;
    assert_eq!(room.presence().await.0, Presence::Ready);
}

#[tokio::test]
async fn who_did_not_take_a_call_is_told_why_he_is_away() {
    let room = Room::new().await;
    room.set(None, Presence::Away).await;
    assert_eq!(room.presence().await, (Presence::Away, true));
    room.set(Some(room.nurse), Presence::Ready).await;
    room.set(Some(room.nurse), Presence::Away).await;
    assert_eq!(room.presence().await, (Presence::Away, false), "he has said so himself");
}

/// A network with one telephone.
struct One {
    dialled: mpsc::UnboundedSender<(CallId, String, Teller)>,
    said: mpsc::UnboundedSender<String>,
    now: jiff::Timestamp,
    teller: std::sync::Mutex<Option<Teller>>,
}

#[async_trait]
impl Lines for One {
    async fn dial(&self, dial: Dial) -> Result<Events> {
        let (teller, events) = Events::channel();
        *self.teller.lock().unwrap() = Some(teller.clone());
        self.dialled.send((dial.call, dial.number, teller)).unwrap();
        Ok(events)
    }

    async fn say(&self, _: CallId, spoken: &Spoken, _: Option<SignedDuration>) -> Result<()> {
        self.said.send(spoken.words.clone()).unwrap();
        Ok(())
    }

    async fn hang_up(&self, _: CallId) -> Result<()> {
        let teller = self.teller.lock().unwrap().clone().ok_or(Error::NotFound)?;
        teller.tell(self.now, Happened::Ended(Side::Us));
        Ok(())
    }

    async fn take(&self, _: CallId) -> Result<()> {
        Err(Error::NotFound)
    }

    async fn refuse(&self, _: CallId, _: u16) -> Result<()> {
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

    async fn bridge(&self, _: CallId, _: CallId) -> Result<()> {
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

#[tokio::test]
async fn a_test_ring_really_rings_and_leaves_its_operator_as_he_stood_or_away() {
    let room = Room::new().await;
    let (dialled, mut dials) = mpsc::unbounded_channel();
    let (said, mut words) = mpsc::unbounded_channel();
    let now = room.centre.clock.now();
    let lines: Arc<dyn Lines> = Arc::new(One { dialled, said, now, teller: std::sync::Mutex::new(None) });
    let run = |lines: Option<Arc<dyn Lines>>| {
        let tries = vec![Arc::new(TryOwn::new(lines)) as Arc<dyn store::jobs::OnJob>];
        let worker = Worker::new(room.centre.store.clone(), calls::QUEUE, tries);
        tokio::spawn(async move { worker.run_due(1).await.unwrap() })
    };
    let ask = async || {
        let mut cx = room.centre.as_staff(room.nurse).await;
        let call = calls::try_own(&mut cx).await.unwrap();
        let again = calls::try_own(&mut cx).await;
        assert!(matches!(again, Err(Error::Conflict("error-operator-talking"))), "{again:?}");
        drop(cx);
        let mut cx = room.centre.as_staff(room.nurse).await;
        assert_ne!(calls::try_own(&mut cx).await.unwrap(), call);
        cx.commit().await.unwrap();
    };

    ask().await;
    let job = run(Some(lines.clone()));
    let (call, number, teller) = dials.recv().await.unwrap();
    assert_eq!(number, "201");
    assert_eq!(room.presence().await.0, Presence::Talking, "no caller is given to him meanwhile");
    for what in [Happened::Invited("thu".into()), Happened::Ringing, Happened::Answered] {
        teller.tell(now, what);
    }
    assert_eq!(words.recv().await.as_deref(), Some("(bíp)"));
    teller.tell(now, Happened::Said);
    assert_eq!(job.await.unwrap(), 1);
    assert_eq!(room.presence().await, (Presence::Ready, false));
    let mut cx = room.centre.as_staff(room.nurse).await;
    let tried = calls::last_tried(&mut cx).await.unwrap().unwrap();
    assert_eq!((tried.id, tried.outcome), (call, Some(Outcome::Completed)));
    assert!(calls::unwritten(&mut cx).await.unwrap().is_none(), "there is nothing to write up");
    drop(cx);
    assert_eq!(room.today().await, Figures::default(), "it is no call of the day");

    ask().await;
    let job = run(Some(lines));
    let (_, _, teller) = dials.recv().await.unwrap();
    teller.tell(now, Happened::NoAnswer);
    job.await.unwrap();
    assert_eq!(room.presence().await, (Presence::Away, true));
    room.set(Some(room.nurse), Presence::Ready).await;
    ask().await;
    run(None).await.unwrap();
    assert_eq!(
        room.presence().await,
        (Presence::Ready, false),
        "no network: it is not his telephone that failed"
    );
    let mut cx = room.centre.as_staff(room.nurse).await;
    assert_eq!(calls::last_tried(&mut cx).await.unwrap().unwrap().outcome, Some(Outcome::Failed));
}

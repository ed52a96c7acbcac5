//! A call that an operator asks for: his own telephone rings first, then the other side.

use crate::call_room::{NUMBER, call, operator, presence};
use async_trait::async_trait;
use duty::{
    calls::{
        self, Connect, Outcome, State, Wanted,
        operators::{self, Presence},
    },
    lines::{Dial, Events, Happened, Hear, Lines, Side, Spoken, Teller},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Error, Result, Role, StaffId};
use sqlx::{Connection, PgConnection};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use store::jobs::Worker;
use testkit::TestCentre;
use tokio::sync::mpsc;

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

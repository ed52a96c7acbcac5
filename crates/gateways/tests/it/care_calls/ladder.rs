//! A family in danger and the ladder of its alarm, on the same telephones: nobody is hung up on while somebody
//! competent is rung, and nobody is rung twice at once.

use super::{DOCTOR, Day, came};
use duty::{
    lines::{Happened, Lines},
    messages::{HangUps, LadderCalls, PlaceCall},
    prompts::Prompter,
    tickets,
};
use health::care_calls::{Came, Dialler, State};
use jiff::SignedDuration;
use kernel::{CallId, Role, StaffId, TicketId};
use std::sync::Arc;
use store::jobs::{OnJob, Worker};
use uuid::Uuid;

const HEAD: &str = "+84900000002";

/// The day, with ladders that ring by telephone.
struct Alarm {
    day: Day,
    ladder: LadderCalls,
}

impl Alarm {
    async fn begin() -> Self {
        let mut day = Day::begin().await;
        let station = day.centre.unit("TPHONG.TYT").await;
        day.centre.staff("Trưởng trạm").at(station, Role::StationStaff).phone(HEAD).head().create().await;
        let lines: Arc<dyn Lines> = Arc::new(day.exchange.clone());
        let ladder = LadderCalls::new(day.centre.store.clone(), lines.clone(), Prompter::silent());
        day.dialler =
            Dialler::new(day.centre.store.clone(), lines, Prompter::silent()).joining(ladder.joins());
        let alarm = Self { day, ladder };
        alarm.is_done_with("f0_news").await;
        alarm
    }

    /// Whoever is rung for such tickets has taken them up: their ladders ring nobody any more.
    async fn is_done_with(&self, kind: &str) {
        let mut cx = self.day.centre.system().await;
        let rung: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "select distinct on (t.id) t.id, a.staff_id from tickets t
             join attempts a on a.tenant_id = t.tenant_id and a.ticket_id = t.id
             where t.kind = $1 and t.state = 'open' and a.staff_id is not null",
        )
        .bind(kind)
        .fetch_all(cx.conn())
        .await
        .unwrap();
        for (ticket, staff) in rung {
            tickets::accept_as(&mut cx, TicketId(ticket), StaffId(staff), None).await.unwrap();
        }
        cx.commit().await.unwrap();
    }

    fn pass(&self, seconds: i64) {
        self.day.centre.clock.advance(SignedDuration::from_secs(seconds));
        self.day.exchange.tick();
        self.day.exchange.tick();
    }

    /// Places the calls that ladders ask for, until the network has taken so many in all.
    async fn place(&self, invited: i64) {
        let place: Arc<dyn OnJob> = Arc::new(PlaceCall::new(Some(Arc::new(self.ladder.clone()))));
        let worker = Worker::new(self.day.centre.store.clone(), tickets::CALLS, vec![place]);
        let taken = "select count(*) from attempts where channel = 'call' and invited_at is not null";
        loop {
            self.day.centre.settle().await;
            worker.run_due(64).await.unwrap();
            if self.day.count(taken).await >= invited {
                return;
            }
            tokio::task::yield_now().await;
            // A climb that met a call's end on the same ticket has given way, and is due again in some milliseconds.
            self.day.centre.clock.advance(SignedDuration::from_millis(20));
        }
    }

    /// Somebody feels very ill; while the family hears what to do the ladder rings the doctor on duty.
    async fn rings(&self) -> (CallId, CallId) {
        let call = self.day.greeted().await;
        self.day.answers_all(call, &["1", "3"]).await;
        assert!(self.day.exchange.said(call).await.contains("dấu hiệu"));
        self.place(1).await;
        (call, self.day.exchange.rings(DOCTOR).await)
    }

    /// The family has heard what to do, and that it is asked to wait.
    async fn holds(&self, call: CallId) {
        self.pass(20);
        assert!(self.day.exchange.said(call).await.contains("thầy thuốc"));
        self.pass(10);
        assert!(self.day.exchange.said(call).await.contains("Xin giữ máy, chúng tôi đang gọi"));
    }

    /// Somebody whom the ladder rings takes the ticket up, and hears that the family is there.
    async fn accepts(&self, leg: CallId) {
        self.day.exchange.answer(leg);
        assert!(self.day.exchange.said(leg).await.contains("Bấm phím 1 để nhận việc"));
        self.day.exchange.press(leg, "1");
        assert!(self.day.exchange.said(leg).await.contains("Đang nối với gia đình"));
        self.pass(10);
    }

    async fn speaks(&self, call: CallId, with: CallId) {
        while !self.day.exchange.hears(call).contains(&with) {
            tokio::task::yield_now().await;
        }
    }

    /// How often the telephone of this number was rung.
    fn rung(&self, number: &str) -> usize {
        self.day.exchange.calls().iter().filter(|one| one.number == number).count()
    }

    /// The station's ticket, and who is on duty there.
    async fn station(&self) -> (TicketId, StaffId) {
        let mut cx = self.day.centre.system().await;
        let (ticket, staff): (Uuid, Uuid) = sqlx::query_as(
            "select a.ticket_id, a.staff_id from attempts a
             join tickets t on t.tenant_id = a.tenant_id and t.id = a.ticket_id
             where a.channel = 'call' and a.staff_id is not null and t.kind = 'red_flag'
             order by a.started_at, a.id limit 1",
        )
        .fetch_one(cx.conn())
        .await
        .unwrap();
        (TicketId(ticket), StaffId(staff))
    }

    async fn flagged(&self) {
        self.day.dialler.finished().await;
        let line = self.day.line().await;
        assert_eq!((line.state, came(&line)), (State::Flagged, vec![Some(Came::Flagged)]));
    }
}

#[tokio::test]
async fn a_family_holds_the_line_until_whom_the_ladder_rings_accepts_and_speaks_with_her() {
    let alarm = Alarm::begin().await;
    let (call, nurse) = alarm.rings().await;
    alarm.holds(call).await;
    alarm.accepts(nurse).await;
    alarm.speaks(call, nurse).await;
    // One call, and no second one to the same telephone; while she talks no other ladder rings her.
    assert_eq!(alarm.rung(DOCTOR), 1);
    let talk = "select count(*) from calls where staff_id is not null and ended_at is null";
    while alarm.day.count(talk).await == 0 {
        tokio::task::yield_now().await;
    }
    // The engine's order to hang up parts nobody.
    HangUps::new(alarm.day.centre.store.clone(), Arc::new(alarm.ladder.clone())).look().await.unwrap();
    assert!(alarm.day.exchange.hears(call).contains(&nurse));
    alarm.day.exchange.hang_up_there(call);
    alarm.flagged().await;
    assert!(matches!(alarm.day.exchange.over(nurse).await, Happened::Ended(_)));
    assert_eq!(alarm.day.count(talk).await, 0);
    assert!(!alarm.day.exchange.call(call).unwrap().words.join(" ").contains("gọi lại"));
}

#[tokio::test]
async fn who_accepts_before_the_family_has_heard_all_need_not_wait() {
    let alarm = Alarm::begin().await;
    let (call, nurse) = alarm.rings().await;
    alarm.day.exchange.answer(nurse);
    alarm.day.exchange.said(nurse).await;
    alarm.day.exchange.press(nurse, "1");
    alarm.day.exchange.said(nurse).await;
    // What she is told is over sooner than what the family hears.
    alarm.pass(6);
    alarm.speaks(call, nurse).await;
    alarm.day.exchange.hang_up_there(nurse);
    alarm.flagged().await;
    assert_eq!(alarm.rung(DOCTOR), 1);
    assert!(alarm.day.exchange.call(call).unwrap().is_over());
}

#[tokio::test]
async fn when_the_ladder_climbs_whoever_it_rings_next_is_joined_with_the_family() {
    let alarm = Alarm::begin().await;
    let (call, nurse) = alarm.rings().await;
    alarm.holds(call).await;
    // Her minute is over.
    alarm.pass(31);
    assert!(matches!(alarm.day.exchange.over(nurse).await, Happened::NoAnswer));
    alarm.day.centre.settle().await;
    alarm.place(2).await;
    let head = alarm.day.exchange.rings(HEAD).await;
    alarm.accepts(head).await;
    alarm.speaks(call, head).await;
    assert!(alarm.day.exchange.call_of(DOCTOR).is_none(), "her telephone rings no more");
    alarm.day.exchange.hang_up_there(head);
    alarm.flagged().await;
    let noted = "select count(*) from events where kind = 'ticket.noted'";
    assert!(alarm.day.count(noted).await >= 1, "the tickets say that they have spoken");
}

#[tokio::test]
async fn who_accepts_at_the_desk_is_rung_into_the_call_once_the_ladder_has_let_go() {
    let alarm = Alarm::begin().await;
    let (call, first) = alarm.rings().await;
    alarm.holds(call).await;
    let (ticket, staff) = alarm.station().await;
    let mut cx = alarm.day.centre.system().await;
    tickets::accept_as(&mut cx, ticket, staff, None).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(alarm.rung(DOCTOR), 1);
    HangUps::new(alarm.day.centre.store.clone(), Arc::new(alarm.ladder.clone())).look().await.unwrap();
    alarm.day.exchange.over(first).await;
    alarm.pass(40);
    let second = alarm.day.exchange.rings(DOCTOR).await;
    assert_ne!(second, first);
    alarm.day.exchange.answer(second);
    assert!(alarm.day.exchange.said(second).await.contains("Bấm phím 1"));
    alarm.day.exchange.press(second, "1");
    alarm.speaks(call, second).await;
    alarm.day.exchange.hang_up_there(call);
    alarm.flagged().await;
}

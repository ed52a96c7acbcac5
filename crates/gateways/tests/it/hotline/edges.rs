//! The hotline where something goes wrong: machines that answer, lines that are full, a database that is
//! away, processes that die, callers who give up.

use super::*;
use duty::lines::{Dial, Events, Hear, Lines, Spoken};
use health::scripts::{self, Kind, NewScript};
use jiff::civil::date;
use sqlx::{Connection, PgConnection};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
};

/// A network of which a part does not do its work.
struct Faulty {
    exchange: Exchange,
    dials: AtomicBool,
    bridges: AtomicBool,
    records: AtomicBool,
}

impl Faulty {
    fn does(works: &AtomicBool) -> Result<()> {
        if works.load(SeqCst) { Ok(()) } else { Err(Error::Unavailable("out of order".into())) }
    }
}

#[async_trait]
impl Lines for Faulty {
    async fn dial(&self, dial: Dial) -> Result<Events> {
        Self::does(&self.dials)?;
        self.exchange.dial(dial).await
    }

    async fn take(&self, call: CallId) -> Result<()> {
        self.exchange.take(call).await
    }

    async fn refuse(&self, call: CallId, code: u16) -> Result<()> {
        self.exchange.refuse(call, code).await
    }

    async fn say(&self, call: CallId, spoken: &Spoken, wait: Option<SignedDuration>) -> Result<()> {
        self.exchange.say(call, spoken, wait).await
    }

    async fn hush(&self, call: CallId) -> Result<()> {
        self.exchange.hush(call).await
    }

    async fn press(&self, call: CallId, keys: &str) -> Result<()> {
        Lines::press(&self.exchange, call, keys).await
    }

    async fn record(&self, call: CallId, into: PathBuf, hear: Hear) -> Result<()> {
        Self::does(&self.records)?;
        self.exchange.record(call, into, hear).await
    }

    async fn stop_recording(&self, call: CallId) -> Result<()> {
        self.exchange.stop_recording(call).await
    }

    async fn bridge(&self, one: CallId, other: CallId) -> Result<()> {
        Self::does(&self.bridges)?;
        self.exchange.bridge(one, other).await
    }

    async fn overhear(&self, bridged: CallId, listener: CallId) -> Result<()> {
        self.exchange.overhear(bridged, listener).await
    }

    async fn part(&self, call: CallId) -> Result<()> {
        self.exchange.part(call).await
    }

    async fn hang_up(&self, call: CallId) -> Result<()> {
        self.exchange.hang_up(call).await
    }

    fn live(&self) -> Vec<CallId> {
        self.exchange.live()
    }

    fn free(&self) -> usize {
        self.exchange.free()
    }
}

impl Room {
    /// From now on calls are received over a network of which parts may fail.
    fn over_faulty(&mut self) -> Arc<Faulty> {
        let works = || AtomicBool::new(true);
        let lines = Arc::new(Faulty {
            exchange: self.exchange.clone(),
            dials: works(),
            bridges: works(),
            records: works(),
        });
        let store = self.centre.store.clone();
        self.reception = Reception::new(store, lines.clone(), Prompter::silent())
            .recording(Arc::new(Shelves::default()), self.spool.path().to_owned());
        lines
    }

    /// Telephones that were rung for callers.
    async fn legs(&self) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar("select count(*) from calls where leg_of is not null")
            .fetch_one(cx.conn())
            .await
            .unwrap()
    }

    async fn happened(&self, call: CallId, kind: &str) -> bool {
        let mut cx = self.centre.system().await;
        let events = store::events::of_object(&mut cx, call.uuid()).await.unwrap();
        events.iter().any(|event| event.kind == kind)
    }

    async fn hold(&self, staff: StaffId, call: CallId, on: bool) {
        let mut cx = self.centre.as_staff(staff).await;
        orders::hold(&mut cx, call, on).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn pass_on(&self, staff: StaffId, call: CallId, to: StaffId) {
        let mut cx = self.centre.as_staff(staff).await;
        orders::transfer(&mut cx, call, To::Operator(to)).await.unwrap();
        cx.commit().await.unwrap();
    }

    /// The director's telephone rings, because he wants to listen, and is answered.
    async fn listener(&self, call: CallId) -> CallId {
        let mut cx = self.centre.as_staff(self.director).await;
        orders::listen(&mut cx, call).await.unwrap();
        cx.commit().await.unwrap();
        let listener = self.exchange.rings(DESK).await;
        self.exchange.answer(listener);
        assert!(self.exchange.said(listener).await.contains("Bấm phím 1 để nghe giám sát"));
        listener
    }

    /// Until a caller is told something with these words in it.
    async fn hears_said(&self, call: CallId, words: &str) {
        loop {
            let said = self.exchange.said(call).await;
            assert!(!said.is_empty(), "the call is over without: {words}");
            if said.contains(words) {
                return;
            }
        }
    }

    /// The call as the page of the hotline shows it: whether somebody talks with him, and whether he is held.
    async fn shown(&self) -> (bool, bool) {
        let mut cx = self.centre.as_staff(self.director).await;
        let waiting = hotline::waiting(&mut cx).await.unwrap();
        (waiting[0].served, waiting[0].held)
    }
}

#[tokio::test]
async fn a_machine_that_answers_for_an_operator_takes_no_emergency() {
    let mut room = room().await;
    let operator = room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.choose(CALLER, "1").await;
    let leg = room.exchange.rings(SEAT).await;
    room.exchange.answer(leg);
    assert_eq!(room.exchange.said(leg).await, "Cuộc gọi cấp cứu. Bấm phím 1 để nhận.");
    assert!(room.exchange.said(call).await.contains("gọi ngay 1 1 5"));
    room.pass(60);
    let over = || room.exchange.call(leg).unwrap().is_over();
    room.until(|| over() || !room.exchange.hears(call).is_empty()).await;
    assert!(over(), "nobody has taken it");
    // Nobody else is there: the duty leader is rung at once.
    room.hears_said(call, "chưa có cán bộ trực máy").await;
    assert_eq!(room.presence(operator).await, Presence::Away);
    assert_eq!(room.matters("hotline_emergency").await, 1);
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Abandoned));
}

#[tokio::test]
async fn a_call_passed_on_to_a_machine_comes_back() {
    let mut room = room().await;
    let (operator, call, leg, visit) = room.talks().await;
    let other = room.operator("Trực máy hai", SECOND_SEAT).await;
    room.pass_on(operator, call, other).await;
    let second = room.exchange.rings(SECOND_SEAT).await;
    let mut cx = room.centre.system().await;
    let all = operators::all(&mut cx).await.unwrap();
    let taken = all.iter().find(|one| one.staff == other).unwrap();
    assert_eq!((taken.presence, taken.call), (Presence::Talking, Some(call)), "a dead process frees him");
    drop(cx);
    room.exchange.answer(second);
    assert!(room.exchange.said(second).await.contains("Bấm phím 1 để nhận"));
    room.pass(60);
    room.until(|| !room.exchange.hears(call).is_empty()).await;
    assert!(room.exchange.hears(call).contains(&leg), "together again");
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.presence(other).await, Presence::Away);
    assert_eq!(room.presence(operator).await, Presence::Writing);
}

#[tokio::test]
async fn while_the_lines_are_full_no_operator_is_rung_again_and_again() {
    let mut room = room().await;
    room.operator("Trực máy một", SEAT).await;
    room.exchange.set_channels(1);
    let (call, visit) = room.choose(CALLER, "4").await;
    room.hears_said(call, "Thứ tự chờ của ông, bà là một").await;
    assert_eq!(room.legs().await, 0);
    room.exchange.set_channels(2);
    room.take(call, SEAT).await;
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_network_that_takes_no_call_is_asked_again_after_a_rest_and_the_caller_hears_what_to_do() {
    let mut room = room().await;
    let lines = room.over_faulty();
    room.operator("Trực máy một", SEAT).await;
    lines.dials.store(false, SeqCst);
    let (call, visit) = room.choose(CALLER, "1").await;
    // What to do in an emergency is not lost with the call that could not be placed.
    let said = room.exchange.said(call).await;
    assert!(said.contains("gọi ngay 1 1 5") && said.contains("Thứ tự chờ"), "{said}");
    assert_eq!(room.legs().await, 1, "time stands still: one try");
    lines.dials.store(true, SeqCst);
    room.pass(3);
    room.take(call, SEAT).await;
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_dies_with_his_process_in_the_middle_of_his_symptoms_is_called_back() {
    let mut room = room().await;
    let watch = Runner::new(room.centre.store.clone(), vec![Arc::new(Watch)]);
    let (call, visit) = room.choose(CALLER, "2").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "2");
    assert!(room.exchange.said(call).await.contains("Xin trả lời"));
    visit.abort();
    assert!(visit.await.unwrap_err().is_cancelled());
    room.centre.clock.advance(SECOND * 11);
    let mut cx = room.centre.system().await;
    assert_eq!(calls::lost(&mut cx).await.unwrap(), [call]);
    cx.commit().await.unwrap();
    room.centre.clock.advance(SECOND * 60);
    watch.fire_due().await.unwrap();
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind, owed[0].topic), (1, Owing::Missed, Topic::Symptoms));
}

#[tokio::test]
async fn what_was_told_before_the_process_died_is_not_lost() {
    let mut room = room().await;
    let watch = Runner::new(room.centre.store.clone(), vec![Arc::new(Watch)]);
    let (call, visit) = room.choose(CALLER, "2").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "2");
    room.exchange.said(call).await;
    room.pass(30);
    while !room.exchange.said(call).await.contains("có sốt không") {
        room.exchange.press(call, "2");
    }
    room.exchange.press(call, "1");
    // The next question is asked: what he said before it is written.
    assert!(room.exchange.said(call).await.contains("Nhiệt độ"));
    visit.abort();
    assert!(visit.await.unwrap_err().is_cancelled());
    room.centre.clock.advance(SECOND * 11);
    let mut cx = room.centre.system().await;
    assert_eq!(calls::lost(&mut cx).await.unwrap(), [call]);
    cx.commit().await.unwrap();
    room.centre.clock.advance(SECOND * 60);
    watch.fire_due().await.unwrap();
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::Symptoms));
    assert_eq!(owed[0].told.as_ref().unwrap()["symptoms"][0], "fever");
    let mut cx = room.centre.system().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from hotline_calls where told is not null")
        .fetch_one(cx.conn())
        .await
        .unwrap();
    assert_eq!(kept, 0, "it stands in one place");
}

#[tokio::test]
async fn a_danger_that_the_database_could_not_take_rings_as_soon_as_it_can() {
    let mut room = room().await;
    let (call, visit) = room.choose(CALLER, "2").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "2");
    room.exchange.said(call).await;
    room.pass(30);
    assert!(room.exchange.said(call).await.contains("lơ mơ"));
    let mut admin = PgConnection::connect(room.centre.database.url()).await.unwrap();
    sqlx::query("alter table hotline_owed rename to owed_away").execute(&mut admin).await.unwrap();
    room.exchange.press(call, "1");
    room.hears_said(call, "đang gặp sự cố").await;
    sqlx::query("alter table owed_away rename to hotline_owed").execute(&mut admin).await.unwrap();
    room.pass(30);
    assert!(visit.await.unwrap().is_err());
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::Emergency));
    assert_eq!(owed[0].told.as_ref().unwrap()["symptoms"].as_array().unwrap().len(), 1);
    assert_eq!(room.matters("hotline_emergency").await, 1);
}

#[tokio::test]
async fn who_hangs_up_after_he_has_chosen_is_called_back() {
    let mut room = room().await;
    let (call, visit) = room.choose(CALLER, "2").await;
    assert!(room.exchange.said(call).await.contains("có mã nhật ký"));
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("16 ký tự"));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::HungUp));
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind, owed[0].topic), (1, Owing::Missed, Topic::Symptoms));
}

#[tokio::test]
async fn who_leaves_no_number_is_told_that_nobody_can_call_him() {
    let mut room = room().await;
    let (call, visit) = room.choose("", "3").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "2");
    for _ in 0..3 {
        assert!(room.exchange.said(call).await.contains("được giấu"));
        room.exchange.press(call, "123#");
    }
    assert!(room.exchange.said(call).await.contains("Không có số máy"));
    room.pass(30);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Abandoned));
}

#[tokio::test]
async fn an_error_leaves_nobody_ringing_and_nobody_on_a_dead_line() {
    let mut room = room().await;
    let lines = room.over_faulty();
    room.operator("Trực máy một", SEAT).await;
    lines.bridges.store(false, SeqCst);
    let (call, visit) = room.choose(CALLER, "0").await;
    let leg = room.exchange.rings(SEAT).await;
    room.exchange.answer(leg);
    room.exchange.said(leg).await;
    room.exchange.press(leg, "1");
    room.hears_said(call, "đang gặp sự cố").await;
    room.pass(30);
    assert!(visit.await.unwrap().is_err());
    assert!(room.exchange.live().is_empty());
    assert_eq!(room.outcome(call).await, Some(Outcome::Failed));
    assert_eq!(room.owed().await[0].kind, Owing::Missed);
}

#[tokio::test]
async fn a_database_that_is_away_for_a_moment_ends_no_conversation() {
    let mut room = room().await;
    room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.choose(CALLER, "0").await;
    let leg = room.take(call, SEAT).await;
    let mut cx = room.centre.as_staff(room.director).await;
    orders::listen(&mut cx, call).await.unwrap();
    cx.commit().await.unwrap();
    let listener = room.exchange.rings(DESK).await;
    let mut admin = PgConnection::connect(room.centre.database.url()).await.unwrap();
    sqlx::query("alter table calls rename to calls_away").execute(&mut admin).await.unwrap();
    // That he answered cannot be written.
    room.exchange.answer(listener);
    assert!(room.exchange.said(listener).await.contains("Bấm phím 1 để nghe giám sát"));
    assert!(room.exchange.hears(call).contains(&leg), "they talk on");
    sqlx::query("alter table calls_away rename to calls").execute(&mut admin).await.unwrap();
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Completed));
    assert!(room.exchange.live().is_empty());
}

#[tokio::test]
async fn a_sign_that_only_the_script_knows_rings_for_a_household_that_is_followed() {
    let mut room = room().await;
    let (_, keys) = room.household().await;
    let mut questions = scripts::shipped("symptoms").unwrap().questions;
    let at = questions.iter().position(|question| question.key == "alert").unwrap();
    let mut bleeds = questions[at].clone();
    bleeds.key = "bleeds".into();
    bleeds.says = scripts::pieces("{name} có chảy máu không? Có thì bấm 1, không thì bấm 2.");
    if let Kind::Choice(choices) = &mut bleeds.kind {
        (choices[0].symptom, choices[0].flag) = (None, true);
    }
    questions.insert(at, bleeds);
    let new = NewScript { key: "symptoms".into(), valid_from: date(2021, 9, 25), questions, after: 0 };
    let mut cx = room.centre.as_staff(room.director).await;
    scripts::save(&mut cx, &new).await.unwrap();
    cx.commit().await.unwrap();

    let (call, visit) = room.choose(HOME, "2").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "1");
    room.exchange.said(call).await;
    room.exchange.press(call, &keys);
    assert!(room.exchange.said(call).await.contains("Xin trả lời"));
    room.pass(30);
    assert!(room.exchange.said(call).await.contains("chảy máu"));
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("dấu hiệu nặng"));
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind, owed[0].unit), (1, Owing::Emergency, room.station));
    // He stands in the line as an emergency, too.
    room.pass(60);
    assert!(room.exchange.said(call).await.contains("gọi ngay 1 1 5"));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.owed().await.len(), 1);
}

#[tokio::test]
async fn a_machine_that_answers_for_a_supervisor_hears_nothing() {
    let mut room = room().await;
    room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.choose(CALLER, "0").await;
    let leg = room.take(call, SEAT).await;
    let listener = room.listener(call).await;
    room.pass(60);
    room.exchange.over(listener).await;
    assert!(room.exchange.hears(call).contains(&leg));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert!(!room.happened(call, "call.supervised").await);
}

#[tokio::test]
async fn who_calls_too_often_hears_that_he_is_recorded_and_is_called_back() {
    let mut room = room().await;
    for _ in 0..10 {
        let (call, visit) = room.ring(CALLER).await;
        room.exchange.said(call).await;
        room.exchange.hang_up_there(call);
        visit.await.unwrap().unwrap();
    }
    let (call, visit) = room.ring(CALLER).await;
    let said = room.exchange.said(call).await;
    assert!(said.contains("ghi âm") && said.contains("nhiều lần trong một giờ"), "{said}");
    room.pass(60);
    assert!(room.exchange.said(call).await.contains("Tạm biệt"));
    room.pass(20);
    visit.await.unwrap().unwrap();
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::Missed));
}

#[tokio::test]
async fn who_is_held_stays_held_when_a_supervisor_comes_and_is_heard_again_afterwards() {
    let mut room = room().await;
    let operator = room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.choose(CALLER, "0").await;
    room.exchange.rings(SEAT).await;
    assert_eq!(room.shown().await, (false, false), "there is nothing to hold yet");
    let leg = room.take(call, SEAT).await;
    room.hold(operator, call, true).await;
    room.hears_said(call, "kiểm tra thông tin").await;
    let listener = room.listener(call).await;
    room.exchange.press(listener, "1");
    room.hears_said(leg, "nghe giám sát").await;
    room.hears_said(call, "nghe giám sát").await;
    room.pass(20);
    room.hears_said(call, "kiểm tra thông tin").await;
    assert!(room.exchange.hears(call).is_empty() && room.exchange.hears(listener).is_empty());
    assert_eq!(room.shown().await, (true, true));
    for _ in 0..2 {
        room.hold(operator, call, false).await;
        room.until(|| room.exchange.hears(listener).len() == 2).await;
        assert!(room.exchange.hears(call).contains(&leg));
        room.hold(operator, call, true).await;
        room.until(|| room.exchange.hears(listener).is_empty()).await;
    }
    room.hold(operator, call, false).await;
    room.until(|| room.exchange.hears(listener).len() == 2).await;
    while room.shown().await != (true, false) {
        tokio::task::yield_now().await;
    }
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    room.exchange.over(listener).await;
}

#[tokio::test]
async fn an_operator_who_has_been_given_another_call_meanwhile_is_left_in_it() {
    let mut room = room().await;
    let (operator, call, leg, visit) = room.talks().await;
    let other = room.operator("Trực máy hai", SECOND_SEAT).await;
    // While the notice is said nothing else that the desk asks for is done.
    let listener = room.listener(call).await;
    room.exchange.press(listener, "1");
    room.hears_said(leg, "nghe giám sát").await;
    room.hears_said(call, "nghe giám sát").await;
    room.pass_on(operator, call, other).await;
    room.set(other, Presence::Talking).await;
    room.pass(20);
    while !room.happened(call, "call.transfer_failed").await {
        assert!(room.exchange.call_of(SECOND_SEAT).is_none(), "he is rung in the middle of a call");
    }
    assert_eq!(room.presence(other).await, Presence::Talking);
    assert!(room.exchange.hears(call).contains(&leg));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.presence(other).await, Presence::Talking);
}

#[tokio::test]
async fn a_message_that_was_not_recorded_is_no_message_in_the_figures() {
    let mut room = room().await;
    let lines = room.over_faulty();
    lines.records.store(false, SeqCst);
    let (call, visit) = room.choose(CALLER, "4").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("Sau tiếng bíp"));
    room.pass(20);
    assert_eq!(room.exchange.said(call).await, "(bíp)");
    room.exchange.press(call, "#");
    assert!(room.exchange.said(call).await.contains("không ghi lại được"));
    room.pass(20);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Completed));
    assert_eq!(room.owed().await[0].kind, Owing::CallBack);
}

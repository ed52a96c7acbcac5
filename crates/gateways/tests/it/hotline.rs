//! Calls to the hotline, as callers, operators and the centre live them.

mod danger;
mod edges;
mod old_orders;
mod orders_of_the_desk;
mod withheld;

use async_trait::async_trait;
use duty::{
    calls::{
        self, Outcome, Shelf,
        operators::{self, Presence},
    },
    lines::Offer,
    prompts::Prompter,
};
use gateways::Exchange;
use health::{
    cases::{Care, Classification, NewCase, TestKind},
    followups::{self, Channel},
    hotline::{self, Owed, Owing, Reception, To, Topic, Watch, orders},
    households,
};
use jiff::SignedDuration;
use kernel::{CallId, Error, HouseholdId, RecordingId, Result, Role, StaffId, TenantId, UnitId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use store::timers::Runner;
use testkit::TestCentre;
use tokio::{sync::mpsc::Receiver, task::JoinHandle};
use uuid::Uuid;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOTLINE: &str = "+842837850000";
const CALLER: &str = "+84900010001";
const OTHER: &str = "+84900010002";
const HOME: &str = "+84900555777";
const SEAT: &str = "+84900000011";
const SECOND_SEAT: &str = "+84900000012";
const DESK: &str = "+84900000013";

/// Recordings in memory.
#[derive(Default)]
struct Shelves(Mutex<BTreeMap<RecordingId, Vec<u8>>>);

#[async_trait]
impl Shelf for Shelves {
    async fn put(&self, _tenant: TenantId, id: RecordingId, sealed: Vec<u8>) -> Result<()> {
        self.0.lock().unwrap().insert(id, sealed);
        Ok(())
    }

    async fn get(&self, _tenant: TenantId, id: RecordingId) -> Result<Vec<u8>> {
        self.0.lock().unwrap().get(&id).cloned().ok_or(Error::NotFound)
    }

    async fn erase(&self, _tenant: TenantId, id: RecordingId) -> Result<()> {
        self.0.lock().unwrap().remove(&id);
        Ok(())
    }
}

/// The centre with its hotline, a station with a nurse, and a director.
struct Room {
    centre: TestCentre,
    exchange: Exchange,
    reception: Reception,
    offers: Receiver<Offer>,
    station: UnitId,
    district: UnitId,
    nurse: StaffId,
    director: StaffId,
    spool: tempfile::TempDir,
}

type Visit = JoinHandle<Result<()>>;

async fn room() -> Room {
    let centre = TestCentre::new().await;
    let (station, district) = (centre.unit("TPHONG.TYT").await, centre.unit("TTDH").await);
    let nurse = centre.staff("Trực trạm").at(station, Role::StationStaff).phone("+84900000001");
    let nurse = nurse.on_duty().create().await;
    let director = centre.staff("Giám đốc").at(district, Role::CentreDirector).phone(DESK).create().await;
    let exchange = Exchange::new(centre.store.clone());
    let offers = exchange.offers();
    let spool = tempfile::tempdir().unwrap();
    let reception = Reception::new(centre.store.clone(), Arc::new(exchange.clone()), Prompter::silent())
        .recording(Arc::new(Shelves::default()), spool.path().to_owned());
    Room { centre, exchange, reception, offers, station, district, nurse, director, spool }
}

impl Room {
    /// Somebody calls and is received.
    async fn ring(&mut self, from: &str) -> (CallId, Visit) {
        let call = self.exchange.ring_in(from, HOTLINE);
        let offer = self.offers.recv().await.unwrap();
        assert_eq!(offer.call, call);
        let (reception, tenant) = (self.reception.clone(), self.centre.tenant.clone());
        (call, tokio::spawn(async move { reception.receive(&tenant, offer).await }))
    }

    /// The same, and presses a key of the menu.
    async fn choose(&mut self, from: &str, key: &str) -> (CallId, Visit) {
        let (call, visit) = self.ring(from).await;
        let welcome = self.exchange.said(call).await;
        assert!(welcome.starts_with("Tổng đài") && welcome.contains("ghi âm"), "{welcome}");
        self.exchange.press(call, key);
        (call, visit)
    }

    async fn operator(&self, name: &str, seat: &str) -> StaffId {
        let staff = self.centre.staff(name).at(self.district, Role::Operator).create().await;
        let mut cx = self.centre.as_staff(staff).await;
        operators::come(&mut cx, seat).await.unwrap();
        cx.commit().await.unwrap();
        staff
    }

    async fn set(&self, staff: StaffId, presence: Presence) {
        let mut cx = self.centre.system().await;
        operators::free(&mut cx, staff, presence).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn presence(&self, staff: StaffId) -> Presence {
        let mut cx = self.centre.system().await;
        let all = operators::all(&mut cx).await.unwrap();
        all.into_iter().find(|one| one.staff == staff).unwrap().presence
    }

    fn pass(&self, seconds: i64) {
        self.centre.clock.advance(SECOND * i32::try_from(seconds).unwrap());
        self.exchange.tick();
    }

    /// Until what is told on other tasks has come about.
    async fn until(&self, so: impl Fn() -> bool) {
        while !so() {
            tokio::task::yield_now().await;
        }
    }

    /// An operator takes the call that rings at his seat; the two hear each other.
    async fn take(&self, call: CallId, seat: &str) -> CallId {
        let leg = self.exchange.rings(seat).await;
        self.exchange.answer(leg);
        assert!(self.exchange.said(leg).await.contains("Bấm phím 1 để nhận"));
        self.exchange.press(leg, "1");
        self.until(|| self.exchange.hears(call).contains(&leg)).await;
        while !self.served(call).await {
            tokio::task::yield_now().await;
        }
        leg
    }

    /// A caller who asked for a person, and the operator who has taken his call.
    async fn talks(&mut self) -> (StaffId, CallId, CallId, Visit) {
        let operator = self.operator("Trực máy một", SEAT).await;
        let (call, visit) = self.choose(CALLER, "0").await;
        let leg = self.take(call, SEAT).await;
        (operator, call, leg, visit)
    }

    /// Whether it stands on record that somebody talks with him.
    async fn served(&self, call: CallId) -> bool {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar("select served_at is not null from hotline_calls where call_id = $1")
            .bind(call.uuid())
            .fetch_one(cx.conn())
            .await
            .unwrap()
    }

    async fn owed(&self) -> Vec<Owed> {
        let mut cx = self.centre.as_staff(self.director).await;
        hotline::owed(&mut cx).await.unwrap()
    }

    async fn outcome(&self, call: CallId) -> Option<Outcome> {
        let mut cx = self.centre.system().await;
        calls::find(&mut cx, call).await.unwrap().outcome
    }

    async fn matters(&self, kind: &str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar("select count(*) from matters where kind = $1")
            .bind(kind)
            .fetch_one(cx.conn())
            .await
            .unwrap()
    }

    /// Somebody without a code says that the sick person is hardly awake, and hears what to do.
    async fn in_danger(&mut self, from: &str) -> (CallId, Visit) {
        let (call, visit) = self.choose(from, "2").await;
        self.exchange.said(call).await;
        self.exchange.press(call, "2");
        self.exchange.said(call).await;
        self.pass(30);
        assert!(self.exchange.said(call).await.contains("lơ mơ"));
        self.exchange.press(call, "1");
        assert!(self.exchange.said(call).await.contains("gọi ngay 1 1 5"));
        (call, visit)
    }

    /// The wards are read out, and one is chosen; what is said next has begun.
    async fn says_ward(&self, call: CallId, ward: &str) {
        let wards = self.exchange.said(call).await;
        let at = wards.find(ward).unwrap();
        let key = wards[..at].matches("bấm phím").count() + 1;
        self.exchange.press(call, &format!("{key}#"));
        self.exchange.said(call).await;
    }

    /// An F0 at home in Tân Phong, alone, and the keys of her diary's code.
    async fn household(&self) -> (HouseholdId, String) {
        let new = NewCase {
            form_key: Uuid::from_u128(1),
            full_name: "Trần Thị Bích".into(),
            birth: "1985".into(),
            sex: None,
            citizen_id: String::new(),
            phone: HOME.into(),
            no_phone_reason: None,
            address: "12 Đường số 15".into(),
            ward: Some(self.centre.unit("TPHONG").await),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: String::new(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Care::Home,
            note: String::new(),
        };
        let mut cx = self.centre.as_staff(self.nurse).await;
        let (_, taken) = followups::record(&mut cx, &self.centre.tenant, &new).await.unwrap();
        let home = taken.unwrap().household;
        let code = households::issue_code(&mut cx, home).await.unwrap();
        cx.commit().await.unwrap();
        (home, code.canonical().chars().map(key_of).collect())
    }
}

/// The key on which a letter stands.
fn key_of(c: char) -> char {
    let keys = ["ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"];
    match keys.iter().position(|key| key.contains(c)) {
        Some(at) => char::from_digit(at as u32 + 2, 10).unwrap(),
        None => c,
    }
}

#[tokio::test]
async fn an_operator_is_rung_hears_the_topic_and_is_joined_with_the_caller() {
    let mut room = room().await;
    let operator = room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.choose(CALLER, "3").await;
    let leg = room.exchange.rings(SEAT).await;
    assert!(room.exchange.said(call).await.contains("xin giữ máy"));
    room.exchange.answer(leg);
    assert_eq!(room.exchange.said(leg).await, "Người gọi muốn phản ánh. Bấm phím 1 để nhận.");
    assert!(room.exchange.hears(call).is_empty(), "not before he has taken it");
    room.exchange.press(leg, "1");
    room.until(|| room.exchange.hears(call).contains(&leg)).await;
    assert_eq!(room.presence(operator).await, Presence::Talking);

    room.exchange.hang_up_there(leg);
    assert!(room.exchange.said(call).await.contains("Tạm biệt"));
    room.pass(10);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Completed));
    assert_eq!(room.presence(operator).await, Presence::Writing);
    assert!(room.owed().await.is_empty());
}

#[tokio::test]
async fn whoever_waits_hears_his_place_and_moves_up() {
    let mut room = room().await;
    let operator = room.operator("Trực máy một", SEAT).await;
    room.set(operator, Presence::Writing).await;
    let (first, first_visit) = room.choose(CALLER, "0").await;
    assert!(room.exchange.said(first).await.contains("Thứ tự chờ của ông, bà là một"));
    let (second, second_visit) = room.choose(OTHER, "4").await;
    assert!(room.exchange.said(second).await.contains("Thứ tự chờ của ông, bà là hai"));
    room.set(operator, Presence::Ready).await;
    let leg = room.take(first, SEAT).await;
    assert!(room.exchange.hears(second).is_empty());
    // Half a minute after the last word he is told again.
    room.pass(60);
    assert!(room.exchange.said(second).await.contains("là một"));
    room.exchange.hang_up_there(leg);
    room.exchange.hang_up_there(second);
    room.exchange.hang_up_there(first);
    first_visit.await.unwrap().unwrap();
    second_visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(second).await, Some(Outcome::Abandoned));
}

#[tokio::test]
async fn an_operator_who_does_not_answer_is_away_and_the_next_is_rung() {
    let mut room = room().await;
    let one = room.operator("Trực máy một", SEAT).await;
    room.pass(1);
    room.operator("Trực máy hai", SECOND_SEAT).await;
    let (call, visit) = room.choose(CALLER, "0").await;
    room.exchange.rings(SEAT).await;
    room.pass(21);
    room.take(call, SECOND_SEAT).await;
    assert_eq!(room.presence(one).await, Presence::Away);
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Completed));
}

#[tokio::test]
async fn where_nobody_is_free_a_message_is_left_and_becomes_a_ticket() {
    let mut room = room().await;
    let (call, visit) = room.choose(CALLER, "4").await;
    assert!(room.exchange.said(call).await.contains("chưa có cán bộ trực máy"));
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("Sau tiếng bíp"));
    room.pass(20);
    assert_eq!(room.exchange.said(call).await, "(bíp)");
    room.pass(8);
    room.exchange.press(call, "#");
    assert!(room.exchange.said(call).await.contains("Lời nhắn đã được ghi lại"));
    room.pass(20);
    visit.await.unwrap().unwrap();
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind, owed[0].topic), (1, Owing::VoiceMessage, Topic::Support));
    assert!(owed[0].recording.is_some() && owed[0].ticket.due_at > room.centre.clock.now());
    assert_eq!(owed[0].number_masked.as_deref(), Some("0900 ··· 001"));
    assert_eq!(room.outcome(call).await, Some(Outcome::Voicemail));
}

#[tokio::test]
async fn he_is_called_back_at_the_number_that_he_presses() {
    let mut room = room().await;
    let (call, visit) = room.choose("", "3").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "2");
    assert!(room.exchange.said(call).await.contains("được giấu"));
    room.exchange.press(call, "123#");
    assert!(room.exchange.said(call).await.contains("không đúng"));
    room.exchange.press(call, "0900010002#");
    assert!(room.exchange.said(call).await.contains("Chúng tôi sẽ gọi lại vào số"));
    room.pass(20);
    visit.await.unwrap().unwrap();
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::CallBack));
    let mut cx = room.centre.as_staff(room.director).await;
    let number = hotline::open_number(&mut cx, owed[0].id).await.unwrap().unwrap();
    assert_eq!(number.as_e164(), OTHER);
    let mut cx = room.centre.as_staff(room.nurse).await;
    assert!(matches!(hotline::open_number(&mut cx, owed[0].id).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn whoever_hangs_up_while_he_waits_is_one_ticket_a_day() {
    let mut room = room().await;
    for _ in 0..2 {
        let (call, visit) = room.choose(CALLER, "0").await;
        room.exchange.said(call).await;
        room.exchange.hang_up_there(call);
        visit.await.unwrap().unwrap();
        assert_eq!(room.outcome(call).await, Some(Outcome::Abandoned));
    }
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind, owed[0].times), (1, Owing::Missed, 2));
    assert_eq!(room.matters("hotline_missed").await, 1);
    // Who hangs up before he has chosen anything is owed nothing.
    let (call, visit) = room.ring(OTHER).await;
    room.exchange.said(call).await;
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::HungUp));
    assert_eq!(room.owed().await.len(), 1);
}

#[tokio::test]
async fn an_emergency_that_nobody_takes_is_a_ticket_after_twenty_seconds() {
    let mut room = room().await;
    room.operator("Trực máy một", SEAT).await;
    let watch = Runner::new(room.centre.store.clone(), vec![Arc::new(Watch)]);
    let (call, visit) = room.choose(CALLER, "1").await;
    room.exchange.rings(SEAT).await;
    assert!(room.exchange.said(call).await.contains("gọi ngay 1 1 5"));
    room.centre.clock.advance(SECOND * 19);
    watch.fire_due().await.unwrap();
    assert_eq!(room.matters("hotline_emergency").await, 0);
    room.centre.clock.advance(SECOND);
    watch.fire_due().await.unwrap();
    assert_eq!(room.matters("hotline_emergency").await, 1);
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::Emergency), "hung up, it is still one");
}

#[tokio::test]
async fn an_emergency_with_nobody_at_the_telephones_rings_the_duty_leader_at_once() {
    let mut room = room().await;
    let (call, visit) = room.choose(CALLER, "1").await;
    let said = room.exchange.said(call).await;
    assert!(said.contains("gọi ngay 1 1 5") && !said.contains("bấm phím 2"), "{said}");
    assert_eq!(room.matters("hotline_emergency").await, 1);
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

#[tokio::test]
async fn symptoms_with_the_code_of_the_household_become_its_diary() {
    let mut room = room().await;
    let (home, keys) = room.household().await;
    let (call, visit) = room.choose(HOME, "2").await;
    assert!(room.exchange.said(call).await.contains("có mã nhật ký"));
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("16 ký tự"));
    room.exchange.press(call, &keys);
    assert!(room.exchange.said(call).await.contains("Xin trả lời vài câu hỏi"));
    room.pass(30);
    let question = room.exchange.said(call).await;
    assert!(question.contains("Bích") && question.contains("lơ mơ"), "{question}");
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("dấu hiệu nặng"));
    assert_eq!(room.matters("red_flag").await, 1, "it rings before the call ends");
    let mut cx = room.centre.as_staff(room.nurse).await;
    let sheet = followups::sheet(&mut cx, home).await.unwrap();
    assert_eq!(sheet.plans[0].contacts.len(), 1);
    assert_eq!(sheet.plans[0].contacts[0].channel, Channel::Robot);
    drop(cx);
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

#[tokio::test]
async fn without_the_code_the_station_calls_back_and_nothing_of_the_record_is_said() {
    let mut room = room().await;
    let (home, keys) = room.household().await;
    let (call, visit) = room.choose(HOME, "2").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "1");
    let wrong: String = keys.chars().map(|key| if key == '2' { '3' } else { '2' }).collect();
    for _ in 0..3 {
        assert!(room.exchange.said(call).await.contains("16 ký tự"));
        room.exchange.press(call, &wrong);
    }
    assert!(room.exchange.said(call).await.contains("Xin trả lời"));
    room.pass(30);
    loop {
        let question = room.exchange.said(call).await;
        if question.contains("có sốt không") {
            room.exchange.press(call, "1");
            break;
        }
        room.exchange.press(call, "2");
    }
    room.exchange.said(call).await;
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    let words = room.exchange.call(call).unwrap().words.join(" ");
    assert!(!words.contains("Bích") && !words.contains("1985"), "{words}");
    let owed = room.owed().await;
    assert_eq!((owed.len(), owed[0].kind), (1, Owing::Symptoms));
    let told = owed[0].told.as_ref().unwrap();
    assert_eq!(told["symptoms"][0], "fever");
    let mut cx = room.centre.as_staff(room.nurse).await;
    assert!(followups::sheet(&mut cx, home).await.unwrap().plans[0].contacts.is_empty());
}

#[tokio::test]
async fn the_key_that_ends_a_code_is_no_try_of_its_own() {
    let mut room = room().await;
    let (_, keys) = room.household().await;
    let (call, visit) = room.choose(HOME, "5").await;
    room.exchange.said(call).await;
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("16 ký tự"));
    let wrong: String = keys.chars().map(|key| if key == '2' { '3' } else { '2' }).collect();
    room.exchange.press(call, &wrong);
    assert!(room.exchange.said(call).await.contains("không đúng"));
    // He ends it as he was told to, while he hears already that it was wrong; then the right one.
    room.exchange.press(call, &format!("#{keys}"));
    assert!(room.exchange.said(call).await.contains("Bích"));
    room.exchange.press(call, "#");
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    let mut cx = room.centre.system().await;
    let events = store::events::of_object(&mut cx, call.uuid()).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "call.code_tried").count(), 2);
}

#[tokio::test]
async fn the_record_is_read_to_whoever_has_the_code_and_to_nobody_else() {
    let mut room = room().await;
    let (_, keys) = room.household().await;
    for (from, opens) in [(HOME, true), (OTHER, false)] {
        let (call, visit) = room.choose(from, "5").await;
        room.exchange.said(call).await;
        room.exchange.press(call, "1");
        room.exchange.said(call).await;
        room.exchange.press(call, &keys);
        let said = room.exchange.said(call).await;
        assert_eq!(said.contains("Bích"), opens, "{said}");
        room.exchange.hang_up_there(call);
        visit.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_supervisor_listens_after_the_notice_has_been_said() {
    let mut room = room().await;
    let (operator, call, leg, visit) = room.talks().await;
    let mut cx = room.centre.as_staff(operator).await;
    assert!(matches!(orders::listen(&mut cx, call).await, Err(Error::Forbidden(_))));
    drop(cx);
    let mut cx = room.centre.as_staff(room.director).await;
    orders::listen(&mut cx, call).await.unwrap();
    cx.commit().await.unwrap();
    let listener = room.exchange.rings(DESK).await;
    room.exchange.answer(listener);
    assert!(room.exchange.said(listener).await.contains("Bấm phím 1"));
    room.exchange.press(listener, "1");
    assert!(room.exchange.said(leg).await.contains("nghe giám sát"));
    while !room.exchange.said(call).await.contains("nghe giám sát") {}
    assert!(room.exchange.hears(listener).is_empty());
    room.pass(20);
    room.until(|| room.exchange.hears(listener).len() == 2).await;
    assert!(room.exchange.hears(call).contains(&leg));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    let mut cx = room.centre.system().await;
    let events = store::events::of_object(&mut cx, call.uuid()).await.unwrap();
    assert!(events.iter().any(|event| event.kind == "call.supervised"));
}

#[tokio::test]
async fn a_call_is_held_and_passed_on_to_another_operator() {
    let mut room = room().await;
    let (operator, call, leg, visit) = room.talks().await;
    let other = room.operator("Trực máy hai", SECOND_SEAT).await;
    let mut cx = room.centre.as_staff(operator).await;
    orders::hold(&mut cx, call, true).await.unwrap();
    cx.commit().await.unwrap();
    while !room.exchange.said(call).await.contains("kiểm tra thông tin") {}
    assert!(room.exchange.hears(call).is_empty());

    // Who has no part in the call cannot pass it on.
    let mut cx = room.centre.as_staff(other).await;
    assert!(matches!(orders::transfer(&mut cx, call, To::Operator(other)).await, Err(Error::NotFound)));
    drop(cx);
    let mut cx = room.centre.as_staff(operator).await;
    orders::transfer(&mut cx, call, To::Operator(other)).await.unwrap();
    cx.commit().await.unwrap();
    let second = room.take(call, SECOND_SEAT).await;
    room.exchange.over(leg).await;
    assert!(room.exchange.hears(call).contains(&second));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    assert_eq!(room.outcome(call).await, Some(Outcome::Completed));
}

#[tokio::test]
async fn who_calls_too_often_is_heard_for_an_emergency_and_a_thousand_keys_do_no_harm() {
    let mut room = room().await;
    for _ in 0..10 {
        let (call, visit) = room.ring(CALLER).await;
        room.exchange.said(call).await;
        room.exchange.hang_up_there(call);
        visit.await.unwrap().unwrap();
    }
    let (call, visit) = room.ring(CALLER).await;
    assert!(room.exchange.said(call).await.contains("nhiều lần trong một giờ"));
    room.exchange.press(call, "1");
    assert!(room.exchange.said(call).await.contains("gọi ngay 1 1 5"));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    // Withheld numbers are not counted together.
    let (call, visit) = room.ring("").await;
    room.exchange.said(call).await;
    room.exchange.press(call, &"7*#8".repeat(250));
    let strange = room.exchange.said(call).await;
    assert!(strange.contains("không có trong danh sách") || strange.contains("cần cấp cứu"), "{strange}");
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

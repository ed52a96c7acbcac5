//! The live connection and the buttons of a ring, as a browser uses them.

use crate::browser::{Browser, centre};
use axum::{body::BodyDataStream, http::StatusCode};
use duty::{
    staff,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, State, attempts, ladder},
};
use futures_util::StreamExt;
use jiff::SignedDuration;
use kernel::{Rng, Role, StaffId, TicketId, UnitId};
use serde_json::{Value, json};
use std::time::Duration;
use store::{Cx, Keys, Options, Store};
use testkit::TestCentre;
use uuid::Uuid;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

struct Day {
    centre: TestCentre,
    ward: UnitId,
    clerk: StaffId,
}

async fn day() -> Day {
    let centre = centre().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre
        .staff("Trực ủy ban")
        .at(ward, Role::WardOfficial)
        .phone("+84900000003")
        .email("truc@tanphong.example")
        .on_duty()
        .create()
        .await;
    Day { centre, ward, clerk }
}

async fn open(cx: &mut Cx, ladder: &str, unit: UnitId) -> TicketId {
    let ladder = ladder::by_code(cx, ladder).await.unwrap();
    let new = NewMatter {
        kind: "report",
        severity: ladder.severity,
        ward: Some(unit),
        object_kind: "report",
        object: Uuid::from_u128(1),
    };
    let ticket = NewTicket {
        kind: "report".into(),
        responsible: Responsible::Unit(unit),
        ladder,
        task: json!({}),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    tickets::open_ticket(cx, &new, ticket).await.unwrap().tickets[0]
}

impl Day {
    async fn news(&self, ladder: &str) -> TicketId {
        let mut cx = self.centre.system().await;
        let ticket = open(&mut cx, ladder, self.ward).await;
        cx.commit().await.unwrap();
        ticket
    }

    async fn state(&self, ticket: TicketId) -> (State, i16) {
        let mut cx = self.centre.system().await;
        let (ticket, _) = tickets::ticket(&mut cx, ticket).await.unwrap();
        (ticket.state, ticket.level)
    }

    /// Another process on the same database, of whose notices nothing is heard here.
    fn worker(&self) -> Store {
        let rng = Rng::seeded(8);
        let keys = Keys::open(self.centre.key_folder(), rng.clone()).unwrap();
        let options = Options { url: self.centre.database.url().to_owned(), max_connections: 2 };
        Store::open(&options, self.centre.clock.clone(), rng, keys).unwrap()
    }
}

/// What a connection says, event by event.
struct Ear(BodyDataStream, String);

impl Ear {
    async fn of(browser: &Browser) -> Self {
        let response = browser.response("live").await;
        assert_eq!(response.status(), StatusCode::OK);
        Self(response.into_body().into_data_stream(), String::new())
    }

    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.1.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .unwrap_or_default()
                        .trim()
                        .to_owned()
                };
                let read = (field("event:"), serde_json::from_str(&field("data:")).unwrap());
                rest.clone_into(&mut self.1);
                return read;
            }
            let more = tokio::time::timeout(Duration::from_secs(30), self.0.next());
            let more = more.await.expect("the connection says something").expect("the connection stands");
            self.1.push_str(std::str::from_utf8(&more.unwrap()).unwrap());
        }
    }

    /// The next event of a name; what comes between is passed over.
    async fn hear(&mut self, name: &str) -> Value {
        loop {
            let (event, data) = self.next().await;
            if event == name {
                return data;
            }
        }
    }
}

#[tokio::test]
async fn a_connection_begins_with_all_that_rings_and_then_tells_what_changes() {
    let day = day().await;
    let first = day.news("f0_news").await;
    let browser = Browser::of(&day.centre, day.clerk).await;
    let mut ear = Ear::of(&browser).await;
    let (event, snapshot) = ear.next().await;
    assert_eq!(event, "rings");
    let ring = &snapshot["rings"][0];
    assert_eq!((snapshot["rings"].as_array().unwrap().len(), &ring["tone"]), (1, &json!("ring")));
    assert_eq!((&ring["ticket"], &ring["level"]), (&json!(first), &json!(1)));
    assert!(ring["title"].as_str().unwrap().starts_with("Tin có ca F0 · "), "{ring}");

    let second = day.news("f0_news").await;
    assert_eq!(ear.hear("ring").await["ticket"], json!(second));

    // An answer on the telephone holds the level, and the desk rings longer too.
    let mut cx = day.centre.system().await;
    let calls = attempts::of_tickets(&mut cx, &[second]).await.unwrap();
    let call = calls.iter().find(|call| call.channel == "call").unwrap();
    attempts::answered(&mut cx, call.id, SECOND * 50).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::accept(&mut cx, first).await.unwrap();
    cx.commit().await.unwrap();
    let held = ear.hear("ring").await;
    assert_eq!((&held["ticket"], &held["until"]), (&json!(second), &json!("2021-09-25T07:06:10+07:00")));
    assert_eq!(ear.hear("stop").await["attempt"], ring["attempt"]);
}

#[tokio::test]
async fn a_ring_begun_by_another_process_is_heard_without_a_notice_and_a_new_shift_too() {
    let day = day().await;
    let police = day.centre.unit("TPHONG.CA").await;
    let chair = day.centre.staff("Chủ tịch phường").at(day.ward, Role::WardLeader).head().create().await;
    let browser = Browser::of(&day.centre, chair).await;
    let mut ear = Ear::of(&browser).await;
    assert_eq!(ear.hear("rings").await["rings"], json!([]));
    let worker = day.worker();
    let mut cx = worker.begin(day.centre.id(), kernel::Actor::system("test")).await.unwrap();
    let now = cx.now();
    // He takes a shift at the ward's police, where something begins to ring.
    staff::insert_shift(&mut cx, police, chair, now, now + MINUTE * 60, 0).await.unwrap();
    let mut tickets = vec![open(&mut cx, "f0_news", day.ward).await, open(&mut cx, "f0_news", police).await];
    cx.commit().await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..2 {
        heard.push(serde_json::from_value::<TicketId>(ear.hear("ring").await["ticket"].clone()).unwrap());
    }
    tickets.sort();
    heard.sort();
    assert_eq!(heard, tickets);
    // However quiet it is, something is said that a script can see.
    assert!(ear.hear("tick").await["now"].is_string());
}

#[tokio::test]
async fn an_emergency_is_never_pushed_off_the_desk_by_notices() {
    let day = day().await;
    let emergency = day.news("f0_news").await;
    day.centre.clock.advance(SECOND);
    let mut cx = day.centre.system().await;
    for _ in 0..25 {
        open(&mut cx, "report", day.ward).await;
    }
    cx.commit().await.unwrap();
    let browser = Browser::of(&day.centre, day.clerk).await;
    let snapshot = Ear::of(&browser).await.hear("rings").await;
    let rings = snapshot["rings"].as_array().unwrap();
    assert_eq!(rings[0]["ticket"], json!(emergency));
    assert_eq!(rings.iter().filter(|ring| ring["tone"] == "notice").count(), 20);
    let mut cx = day.centre.system().await;
    assert_eq!(tickets::ticket(&mut cx, emergency).await.unwrap().0.severity, Severity::Emergency);
}

#[tokio::test]
async fn a_ring_is_accepted_once_and_passed_up_at_its_buttons() {
    let day = day().await;
    let (first, second) = (day.news("f0_news").await, day.news("f0_news").await);
    let browser = Browser::of(&day.centre, day.clerk).await;
    let snapshot = Ear::of(&browser).await.hear("rings").await;
    let ring = |ticket: TicketId| {
        let rings = snapshot["rings"].as_array().unwrap();
        rings.iter().find(|ring| ring["ticket"] == json!(ticket)).unwrap().clone()
    };
    let button = |ring: &Value, name: &str| ring[name].as_str().unwrap().to_owned();
    let (accept, csrf) = (button(&ring(first), "accept"), button(&ring(first), "csrf"));

    assert_eq!(browser.press(&accept, "wrong").await, StatusCode::FORBIDDEN);
    let stranger = day.centre.unit("PMY").await;
    let stranger = day.centre.staff("Cán bộ Phú Mỹ").at(stranger, Role::WardOfficial).create().await;
    let stranger = Browser::of(&day.centre, stranger).await;
    let own = Ear::of(&stranger).await.hear("rings").await;
    assert_eq!(own["rings"], json!([]));
    let his = stranger.csrf().await;
    assert_eq!(stranger.press(&accept, his).await, StatusCode::NOT_FOUND);
    assert_eq!(day.state(first).await, (State::Open, 0));

    assert_eq!(browser.press(&accept, &csrf).await, StatusCode::NO_CONTENT);
    assert_eq!(day.state(first).await, (State::Accepted, 0));
    assert_eq!(browser.press(&accept, &csrf).await, StatusCode::CONFLICT);

    let pass = button(&ring(second), "pass");
    assert_eq!(browser.press(&pass, &csrf).await, StatusCode::NO_CONTENT);
    day.centre.settle().await;
    // Neither the chair nor the duty leader is there: it has gone up to the last level.
    assert_eq!(day.state(second).await, (State::Open, 2));
    let nothing = format!("/quan7demo/desk/rings/{}/accept", Uuid::from_u128(9));
    assert_eq!(browser.press(&nothing, &csrf).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_sets_ones_own_wishes_of_notices_on_the_account_page() {
    let day = day().await;
    let browser = Browser::of(&day.centre, day.clerk).await;
    let csrf = browser.csrf().await;
    let sent = format!("csrf={csrf}&language=en&theme=auto&quiet_from=22%3A00&quiet_to=06%3A30");
    let saved = browser.send_form("account/preferences", &sent).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let mut cx = day.centre.as_staff(day.clerk).await;
    let wishes = duty::messages::preferences::own(&mut cx).await.unwrap();
    assert!(!wishes.by_email);
    assert_eq!(wishes.language, duty::messages::preferences::Language::En);
    let quiet = wishes.quiet.unwrap();
    assert_eq!((quiet.from.to_string(), quiet.to.to_string()), ("22:00:00".into(), "06:30:00".into()));

    // A fault stands beside its field and what was typed stays.
    let sent = format!("csrf={csrf}&by_email=on&language=vi&theme=auto&quiet_from=22%3A00&quiet_to=22%3A00");
    let refused = browser.send_form("account/preferences", &sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("value=\"22:00\""));
    assert_eq!(browser.send_form("account/preferences", "csrf=wrong").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_timeline_tells_what_became_of_a_mail() {
    use duty::messages::{Mails, SendMessages, SendNotice};
    use std::sync::Arc;
    use store::{jobs::Worker, outbox::Courier, timers::Runner};
    let day = day().await;
    let mails = gateways::MailRecorder::default();
    mails.set_down(true);
    let public = "https://vungxanh.example/".parse().unwrap();
    let courier =
        Courier::new(day.centre.store.clone(), Arc::new(Mails::new(Arc::new(mails.clone()), public)));
    let ticket = day.news("report").await;
    let notices = Worker::new(day.centre.store.clone(), tickets::NOTICES, vec![Arc::new(SendNotice)]);
    while notices.run_due(16).await.unwrap() > 0 {}
    let browser = Browser::of(&day.centre, day.clerk).await;
    let path = format!("tickets/{ticket}");
    assert!(browser.page(&path).await.contains("chờ gửi lúc 07:07"));

    day.centre.clock.advance(MINUTE * 2);
    let timers = Runner::new(day.centre.store.clone(), vec![Arc::new(SendMessages)]);
    while timers.fire_due().await.unwrap() > 0 {}
    while courier.deliver_due().await.unwrap() > 0 {}
    let told = "gửi chưa được sau 1 lần thử, thử lại lúc 07:07: không kết nối được máy chủ thư";
    assert!(browser.page(&path).await.contains(told));

    mails.set_down(false);
    day.centre.clock.advance(SECOND * 2);
    while courier.deliver_due().await.unwrap() > 0 {}
    assert!(browser.page(&path).await.contains("đã chuyển đến máy chủ thư lúc 07:07, sau 2 lần thử"));
}

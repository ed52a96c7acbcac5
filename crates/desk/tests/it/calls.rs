//! The call room as an operator sees it.

use crate::{
    browser::{Browser, centre, hidden, hrefs},
    households::Care,
    seeded::{Seeded, silence},
};
use axum::http::{Request, StatusCode, header};
use duty::calls::{self, Direction, NewCall, Outcome, Purpose, operators, recordings};
use kernel::{CallId, HouseholdId, Role, UnitId};
use pages::{App, Place};
use testkit::TestCentre;

pub struct Station {
    pub centre: TestCentre,
    app: App,
    pub unit: UnitId,
    pub browser: Browser,
}

impl Station {
    pub async fn new() -> Self {
        let centre = centre().await;
        let app = crate::browser::app(&centre, Place { demo: true, ..Place::default() });
        let unit = centre.unit("TPHONG.TYT").await;
        let nurse = centre.staff("Trực trạm").at(unit, Role::StationStaff).create().await;
        let browser = Browser::at(app.clone(), &centre, nurse).await;
        Self { centre, app, unit, browser }
    }

    pub async fn waiting(&self, topic: &str) -> CallId {
        waiting(&self.centre, "0900555901", Some(self.unit), topic).await
    }
}

/// A caller who waits for an operator.
async fn waiting(centre: &TestCentre, number: &str, unit: Option<UnitId>, topic: &str) -> CallId {
    let mut cx = centre.system().await;
    let id = cx.id();
    let new = NewCall {
        id,
        direction: Direction::In,
        purpose: Purpose::Hotline,
        object: None,
        number: Some(number),
        unit,
        staff: None,
        trunk: None,
    };
    calls::begin(&mut cx, &new).await.unwrap();
    calls::wait(&mut cx, id, topic).await.unwrap();
    cx.commit().await.unwrap();
    id
}

/// The operator who is free takes him.
async fn serve(centre: &TestCentre, id: CallId) {
    let mut cx = centre.system().await;
    let operator = operators::take_free(&mut cx, id).await.unwrap().unwrap();
    calls::served(&mut cx, id, operator.staff).await.unwrap();
    cx.commit().await.unwrap();
}

#[tokio::test]
async fn the_room_shows_who_waits_and_the_wall_shows_it_large() {
    let station = Station::new().await;
    let page = station.browser.page("calls").await;
    assert!(page.contains("Không ai phải chờ") && page.contains("Chưa có ai trực"));
    let id = station.waiting("symptoms").await;
    for path in ["calls", "calls/wall"] {
        let page = station.browser.page(path).await;
        assert!(page.contains("0900 ··· 901") && page.contains("Triệu chứng"), "{path}");
        assert!(!page.contains("0900 555 901") && !page.contains("0900555901"), "{path}");
        assert!(hrefs(&page, "/calls/").iter().any(|href| href.ends_with(&id.to_string())), "{path}");
    }
    let day = station.browser.page("calls/day?purpose=hotline").await;
    assert!(day.contains("0900 ··· 901") && day.contains("25/09/2021"));
    let other = station.browser.page("calls/day?day=2021-09-24").await;
    assert!(other.contains("Không có cuộc gọi nào"));
}

#[tokio::test]
async fn an_operator_takes_his_seat_asks_for_a_call_and_leaves() {
    let station = Station::new().await;
    let browser = &station.browser;
    let early = browser.post("calls", &[("number", "0900 555 902")]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text.contains("chưa vào trực") && early.text.contains("0900 555 902"));
    let wrong = browser.post("calls/presence", &[("do", "come"), ("extension", "máy tôi")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#extension\"") && wrong.text.contains("máy tôi"));
    let come = browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    assert_eq!(come.status, StatusCode::SEE_OTHER, "{}", come.text);
    assert!(browser.page(&come.to).await.contains("đã vào trực"));
    let away = browser.post("calls/presence", &[("do", "away")]).await;
    assert!(browser.page(&away.to).await.contains("Tạm vắng"));

    let bad = browser.post("calls", &[("number", "bác sĩ")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let called = browser.post("calls", &[("number", "0900 555 902")]).await;
    assert_eq!(called.status, StatusCode::SEE_OTHER, "{}", called.text);
    let page = browser.page(&called.to).await;
    assert!(page.contains("Máy của anh/chị đang được gọi") && page.contains("0900 ··· 902"));
    let go = browser.post("calls/presence", &[("do", "go")]).await;
    assert!(go.text.contains("đang trong một cuộc gọi"), "{}", go.text);

    // The call has ended: what came of it is asked for, and with it he is ready.
    let mut cx = station.centre.system().await;
    let live = calls::live(&mut cx).await.unwrap();
    calls::ended(&mut cx, live[0].id, Outcome::Completed, None).await.unwrap();
    cx.commit().await.unwrap();
    let page = browser.page("calls").await;
    assert!(page.contains("Cuộc gọi chưa ghi kết quả"));
    let path = format!("calls/{}/dispose", live[0].id);
    let unsaid = browser.post(&path, &[("disposition", ""), ("note", "Bận họp")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("Bận họp"));
    let said = [("disposition", "call_back"), ("note", "Bận họp"), ("ready", "yes")];
    let done = browser.post(&path, &said).await;
    assert_eq!(
        (done.status, done.to.as_str()),
        (StatusCode::SEE_OTHER, "/quan7demo/desk/calls?done=disposed")
    );
    let page = browser.page(&done.to).await;
    assert!(!page.contains("Cuộc gọi chưa ghi kết quả") && page.contains("Sẵn sàng"));
    let page = browser.page(&format!("calls/{}", live[0].id)).await;
    assert!(page.contains("Hẹn gọi lại") && page.contains("Bận họp") && page.contains("ghi kết quả"));
    let go = browser.post("calls/presence", &[("do", "go")]).await;
    assert!(browser.page(&go.to).await.contains("đã rời phòng trực"));
}

#[tokio::test]
async fn a_recording_is_heard_once_a_reason_is_given_and_the_page_says_so() {
    let station = Station::new().await;
    let id = station.waiting("report").await;
    let spool = std::env::temp_dir().join(format!("{id}.wav"));
    std::fs::write(&spool, silence()).unwrap();
    let mut cx = station.centre.system().await;
    let shelf = station.app.shelf().unwrap();
    let kind = recordings::Kind::VoiceMessage;
    let recording = recordings::file(&mut cx, shelf, id, &spool, kind).await.unwrap();
    cx.commit().await.unwrap();
    let browser = &station.browser;
    let page = browser.page(&format!("calls/{id}")).await;
    assert!(page.contains("Lời nhắn thoại") && !page.contains("<audio"));
    assert_eq!(hidden(&page, "recording"), Some(recording.to_string()));
    let sound = format!("calls/{id}/recordings/{recording}");
    assert_eq!(browser.open(&sound).await.status, StatusCode::CONFLICT);
    let (listen, recording) = (format!("calls/{id}/listen"), recording.to_string());
    let unsaid = browser.post(&listen, &[("recording", &recording), ("reason", " ")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("Xin ghi lý do"));
    let said = browser.post(&listen, &[("recording", &recording), ("reason", "Nghe để gọi lại")]).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text);
    let page = browser.page(&said.to).await;
    assert!(page.contains("<audio") && page.contains("Nghe để gọi lại") && page.contains("nghe ghi âm"));
    let heard = browser.open(&sound).await;
    assert_eq!((heard.status, heard.kind.as_str()), (StatusCode::OK, "audio/wav"));
    // A browser that takes it in parts.
    let part = Request::get(format!("/quan7demo/desk/{sound}")).header(header::RANGE, "bytes=0-3");
    let part = browser.send(part, "").await;
    assert_eq!((part.status, part.text.as_str()), (StatusCode::PARTIAL_CONTENT, "RIFF"));
    // A recording of another call is not found under this one.
    let other = station.waiting("report").await;
    let strange = browser.open(&format!("calls/{other}/recordings/{recording}")).await;
    assert_eq!(strange.status, StatusCode::NOT_FOUND);

    // Who sees the call and may not listen finds no form.
    let ward = station.centre.unit("TPHONG").await;
    let official = station.centre.staff("Cán bộ phường").at(ward, Role::WardOfficial).create().await;
    let official = Browser::at(station.app.clone(), &station.centre, official).await;
    let page = official.page(&format!("calls/{id}")).await;
    assert!(page.contains("Lời nhắn thoại") && hidden(&page, "recording").is_none());
    assert_eq!(official.open(&sound).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_household_is_called_through_the_room_and_its_number_opened_on_record() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let page = care.browser.page(&format!("households/{home}/call")).await;
    assert_eq!(hidden(&page, "household"), Some(home.to_string()));
    care.browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    let called = care.browser.post("calls", &[("household", &home.to_string())]).await;
    assert_eq!(called.status, StatusCode::SEE_OTHER, "{}", called.text);
    let call = hrefs(&care.browser.page(&called.to).await, "/calls/")
        .into_iter()
        .find(|href| called.to.contains(href.rsplit('/').next().unwrap()))
        .unwrap();
    let page = care.browser.page(&call).await;
    assert!(page.contains("0900 ··· 101"));
    assert!(hrefs(&page, "/households/").iter().any(|href| href.ends_with(&home.to_string())));
    let mut cx = care.centre.system().await;
    let opened: i64 = sqlx::query_scalar(
        "select count(*) from events where kind = 'household.contact_opened' and object_id = $1",
    )
    .bind(home.uuid())
    .fetch_one(cx.conn())
    .await
    .unwrap();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn who_sees_no_calls_finds_no_room() {
    let seeded = Seeded::new().await;
    let carer = seeded.browser(seeded.people[&Role::CareTeam]).await;
    assert_eq!(carer.open("calls").await.status, StatusCode::FORBIDDEN);
    let auditor = seeded.browser(seeded.people[&Role::Auditor]).await;
    let page = auditor.page("calls").await;
    assert!(!page.contains("name=\"extension\"") && !page.contains("name=\"number\""));
}

pub async fn count(centre: &TestCentre, sql: &'static str) -> i64 {
    let mut cx = centre.system().await;
    sqlx::query_scalar(sql).fetch_one(cx.conn()).await.unwrap()
}

#[tokio::test]
async fn a_household_that_is_called_is_asked_by_its_script_and_danger_rings() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let browser = &care.browser;
    assert!(!browser.page("calls").await.contains("id=\"script\""));
    browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    let called = browser.post("calls", &[("household", &home.to_string())]).await;
    let call = called.to.rsplit('=').next().unwrap().to_owned();
    let page = browser.page("calls").await;
    assert!(page.contains("Khi ngồi nghỉ, Bích có khó thở không?") && page.contains("m0_breath"), "{page}");
    assert!(!page.contains("Trần Thị"), "only the given name is read out");
    assert!(
        page.contains("tôi gọi từ")
            && hrefs(&page, "/households/").iter().any(|href| href.ends_with(&home.to_string()))
    );
    assert_eq!(hidden(&page, "script").as_deref(), Some("care"));

    let path = format!("calls/{call}/script");
    let (key, person) = (hidden(&page, "form_key").unwrap(), hidden(&page, "p0").unwrap());
    let base = |key: &str, outcome: &'static str| {
        vec![
            ("form_key", key.to_owned()),
            ("script", "care".to_owned()),
            ("version", "0".to_owned()),
            ("outcome", outcome.to_owned()),
            ("p0", person.clone()),
        ]
    };
    let send = async |mut fields: Vec<(&'static str, String)>, told: &[(&'static str, &str)]| {
        fields.extend(told.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&path, &fields).await
    };
    // Nothing, what contradicts itself, and what cannot be are asked again, with what was written down.
    let nothing = send(base(&key, "reached"), &[]).await;
    assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.text.contains("href=\"#members\""));
    let both = send(base(&key, "not_reached"), &[("m0_spo2", "97")]).await;
    assert!(both.text.contains("href=\"#outcome\"") && both.text.contains("value=\"97\""), "{}", both.text);
    let slip = send(base(&key, "reached"), &[("m0_feel", "1"), ("m0_spo2", "9,8")]).await;
    assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(slip.text.contains("href=\"#m0_spo2\"") && slip.text.contains("value=\"9,8\""));
    let key = hidden(&slip.text, "form_key").unwrap();
    let old = [base(&key, "reached"), vec![("version", "7".to_owned())]].concat();
    let old: Vec<_> = old.into_iter().filter(|(name, value)| *name != "version" || value == "7").collect();
    assert!(send(old, &[("m0_feel", "1")]).await.text.contains("vừa đổi"));
    assert_eq!(count(&care.centre, "select count(*) from follow_contacts").await, 0);

    let danger = [("m0_feel", "1"), ("m0_temperature", "36,8"), ("m0_breath", "1")];
    let done = send(base(&key, "reached"), &danger).await;
    assert!(done.to.ends_with("calls?done=script-rings"), "{} {}", done.status, done.text);
    assert!(browser.page(&done.to).await.contains("tổ phản ứng nhanh đang được gọi"));
    let rung = "select count(*) from tickets where kind = 'red_flag'";
    assert!(count(&care.centre, rung).await > 0);
    let kept = "select count(*) from follow_contacts where channel = 'phone' and outcome = 'reached'";
    assert_eq!(count(&care.centre, kept).await, 1);
    // The same form sent twice is one entry.
    let again = send(base(&key, "reached"), &danger).await;
    assert!(again.to.contains("done=script-"), "{}", again.text);
    assert_eq!(count(&care.centre, kept).await, 1);
    let page = browser.page(&format!("calls/{call}")).await;
    assert!(page.contains("ghi sổ sức khỏe của hộ"), "{page}");
}

impl Station {
    /// A caller whom the nurse has taken out of the queue.
    pub async fn served(&self, topic: &str) -> CallId {
        let id = self.waiting(topic).await;
        serve(&self.centre, id).await;
        id
    }
}

#[tokio::test]
async fn what_an_unknown_caller_tells_is_a_note_and_danger_rings_at_the_hotline() {
    let station = Station::new().await;
    let browser = &station.browser;
    browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    let id = station.served("symptoms").await;
    let page = browser.page("calls").await;
    assert!(page.contains("Người bệnh có khó thở không?") && page.contains("Chưa biết hộ nào"), "{page}");
    let (path, person) = (format!("calls/{id}/script"), hidden(&page, "p0").unwrap());
    let told = |rest: &[(&'static str, &'static str)]| {
        [&[("script", "symptoms"), ("version", "0")][..], rest].concat()
    };
    let send = async |rest: &[(&'static str, &'static str)]| {
        let fields = told(rest);
        let mut fields: Vec<(&str, &str)> = fields;
        fields.push(("p0", person.as_str()));
        browser.post(&path, &fields).await
    };
    let nothing = send(&[("disposition", "answered")]).await;
    assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.text.contains("href=\"#members\""));
    let unsaid = send(&[("m0_fever", "1"), ("m0_temperature", "38,2")]).await;
    assert!(unsaid.text.contains("href=\"#disposition\"") && unsaid.text.contains("value=\"38,2\""));
    let slip = send(&[("m0_temperature", "385,5"), ("disposition", "answered")]).await;
    assert!(slip.text.contains("href=\"#m0_temperature\""), "{}", slip.text);
    let noted = send(&[("m0_fever", "1"), ("m0_temperature", "38,2"), ("disposition", "call_back")]).await;
    assert!(noted.to.ends_with("calls?done=script-owed"), "{} {}", noted.status, noted.text);
    assert!(browser.page(&noted.to).await.contains("Đã mở phiếu để cán bộ y tế gọi lại"));
    let owed = "select count(*) from tickets where kind = 'hotline_symptoms'";
    assert_eq!(count(&station.centre, owed).await, 1);
    let rung = "select count(*) from tickets where kind = 'hotline_emergency'";
    assert_eq!(count(&station.centre, rung).await, 0);

    let ward = station.centre.unit("TPHONG").await.to_string();
    let fields = [
        ("script", "symptoms"),
        ("version", "0"),
        ("p0", person.as_str()),
        ("m0_breath", "1"),
        ("ward", ward.as_str()),
    ];
    let rings = browser.post(&path, &fields).await;
    assert!(rings.to.ends_with("calls?done=script-emergency"), "{} {}", rings.status, rings.text);
    assert!(browser.page(&rings.to).await.contains("báo động đã mở, phiếu cấp cứu"));
    assert_eq!(count(&station.centre, rung).await, 1);
    let page = browser.page(&format!("calls/{id}")).await;
    assert!(page.contains("Khó thở") && page.contains("Sốt") && page.contains("38,2"), "{page}");
    // No entry was written for anybody.
    assert_eq!(count(&station.centre, "select count(*) from follow_contacts").await, 0);
}

#[tokio::test]
async fn a_call_about_something_else_shows_what_to_ask() {
    let station = Station::new().await;
    station.browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    let id = station.served("report").await;
    let page = station.browser.page("calls").await;
    assert!(page.contains("số nhà, đường, phường") && !page.contains("m0_breath"));
    let none = station.browser.post(&format!("calls/{id}/script"), &[("script", "care")]).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

impl Care {
    /// A caller who feels ill, from the first household's number; the nurse has come and talks with him.
    pub async fn served(&self) -> CallId {
        self.browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
        let id = waiting(&self.centre, "0900555101", None, "symptoms").await;
        serve(&self.centre, id).await;
        id
    }

    /// The caller has pressed the code of his household's diary.
    pub async fn shows_code(&self, call: CallId, home: HouseholdId) {
        let mut cx = self.centre.system().await;
        let tried = store::Event::new("call.code_tried", call);
        cx.record(tried.data(serde_json::json!({ "opened": home })));
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_caller_who_has_shown_his_code_is_asked_by_his_given_name() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let id = care.served().await;
    // His number is that of a household, which proves nothing.
    let page = care.browser.page("calls").await;
    assert!(page.contains("Người bệnh có khó thở không?") && !page.contains("Bích"), "{page}");

    care.shows_code(id, home).await;
    let page = care.browser.page("calls").await;
    assert!(page.contains("Bích có khó thở không?") && !page.contains("Trần Thị"), "{page}");
    assert_eq!(hidden(&page, "script").as_deref(), Some("symptoms"));
    let (key, person) = (hidden(&page, "form_key").unwrap(), hidden(&page, "p0").unwrap());
    let fields = [
        ("form_key", key.as_str()),
        ("script", "symptoms"),
        ("version", "0"),
        ("outcome", "reached"),
        ("p0", person.as_str()),
        ("m0_cough", "1"),
        ("m0_spo2", "98"),
    ];
    let done = care.browser.post(&format!("calls/{id}/script"), &fields).await;
    assert!(done.to.contains("calls?done=script-"), "{} {}", done.status, done.text);
    let kept = "select count(*) from follow_contacts where channel = 'phone'";
    assert_eq!(count(&care.centre, kept).await, 1);
}

#[tokio::test]
async fn the_file_of_a_case_leads_to_what_was_recorded_of_its_familys_calls() {
    let care = Care::new().await;
    let (case, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let (ward, unit) = (care.centre.unit("TPHONG").await, care.centre.unit("TPHONG.TYT").await);
    let leader = care.centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    let app = crate::browser::app(&care.centre, Place { demo: true, ..Place::default() });
    let browser = Browser::at(app.clone(), &care.centre, leader).await;
    let path = format!("cases/{case}/file");
    assert!(browser.page(&path).await.contains("Không có cuộc gọi nào với gia đình"));
    let mut cx = care.centre.system().await;
    let id = cx.id();
    let new = NewCall {
        id,
        direction: Direction::Out,
        purpose: Purpose::Care,
        object: Some(home.uuid()),
        number: Some("0900555101"),
        unit: Some(unit),
        staff: None,
        trunk: None,
    };
    calls::begin(&mut cx, &new).await.unwrap();
    calls::ended(&mut cx, id, Outcome::Refused, None).await.unwrap();
    let spool = std::env::temp_dir().join(format!("{id}.wav"));
    std::fs::write(&spool, silence()).unwrap();
    let whole = recordings::Kind::Whole;
    let recording = recordings::file(&mut cx, app.shelf().unwrap(), id, &spool, whole).await.unwrap();
    cx.commit().await.unwrap();
    let page = browser.page(&path).await;
    assert!(page.contains("Hỏi thăm sức khỏe") && page.contains("Từ chối trả lời"), "{page}");
    let listen = hrefs(&page, "/recordings/");
    assert!(listen[0].ends_with(&recording.to_string()), "{listen:?}");
    assert!(browser.page(&listen[0]).await.contains("Lý do nghe"));
}

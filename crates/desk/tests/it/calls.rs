//! The call room as an operator sees it.

use crate::{
    browser::{Browser, centre, hidden, hrefs},
    households::Care,
    seeded::{Seeded, silence},
};
use axum::http::{Request, StatusCode, header};
use duty::calls::{self, Direction, NewCall, Outcome, Purpose, recordings};
use kernel::{CallId, Role, UnitId};
use pages::{App, Place};
use testkit::TestCentre;

struct Station {
    centre: TestCentre,
    app: App,
    unit: UnitId,
    browser: Browser,
}

impl Station {
    async fn new() -> Self {
        let centre = centre().await;
        let app = crate::browser::app(&centre, Place { demo: true, ..Place::default() });
        let unit = centre.unit("TPHONG.TYT").await;
        let nurse = centre.staff("Trực trạm").at(unit, Role::StationStaff).create().await;
        let browser = Browser::at(app.clone(), &centre, nurse).await;
        Self { centre, app, unit, browser }
    }

    /// A caller who waits for an operator.
    async fn waiting(&self, topic: &str) -> CallId {
        let mut cx = self.centre.system().await;
        let id = cx.id();
        let new = NewCall {
            id,
            direction: Direction::In,
            purpose: Purpose::Hotline,
            object: None,
            number: Some("0900555901"),
            unit: Some(self.unit),
            staff: None,
            trunk: None,
        };
        calls::begin(&mut cx, &new).await.unwrap();
        calls::wait(&mut cx, id, topic).await.unwrap();
        cx.commit().await.unwrap();
        id
    }
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

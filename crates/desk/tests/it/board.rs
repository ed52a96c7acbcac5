//! What a chairman opens before the steering committee, and what an inspection asks for after.

use crate::browser::{Browser, centre, hrefs};
use axum::http::StatusCode;
use duty::{
    calls::recordings,
    tickets::{self, Directive, Opened, attempts},
};
use health::cases::{self, Care, Classification, NewCase, TestKind};
use jiff::SignedDuration;
use kernel::{Role, StaffId, UnitId};
use std::sync::Arc;
use store::{subscriptions::Reader, timers::Runner};
use testkit::TestCentre;
use town::board::{self, BriefTimer, Fold};
use uuid::Uuid;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

struct Day {
    centre: TestCentre,
    opened: Opened,
    ward: UnitId,
    nurse: StaffId,
    leader: StaffId,
}

/// An F0 at Tân Phong: the station accepts after 20 s, the police hear and do not accept, the
/// committee does not answer until the duty leader takes both; a directive stays unanswered.
async fn the_day() -> Day {
    let centre = centre().await;
    let (station, ward, police) =
        (centre.unit("TPHONG.TYT").await, centre.unit("TPHONG").await, centre.unit("TPHONG.CA").await);
    let leaders = centre.unit("LDQ").await;
    let nurse = centre
        .staff("Trực trạm")
        .at(station, Role::StationStaff)
        .phone("+84900000001")
        .on_duty()
        .create()
        .await;
    let officer = centre
        .staff("Trực công an")
        .at(police, Role::WardOfficial)
        .phone("+84900000002")
        .on_duty()
        .create()
        .await;
    centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).phone("+84900000003").on_duty().create().await;
    centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).phone("+84900000004").head().create().await;
    let leader = centre
        .staff("Lãnh đạo trực")
        .at(leaders, Role::DistrictLeader)
        .phone("+84900000005")
        .on_duty()
        .create()
        .await;
    let mut cx = centre.system().await;
    board::arm_brief(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(nurse).await;
    let new = NewCase {
        form_key: Uuid::from_u128(1),
        full_name: "Trần Thị Bích".into(),
        birth: "1985".into(),
        sex: None,
        citizen_id: String::new(),
        phone: "0900 555 777".into(),
        no_phone_reason: None,
        address: String::new(),
        ward: Some(ward),
        classification: Classification::Confirmed,
        basis: TestKind::Rapid,
        sample_on: "24/9/2021".into(),
        result_on: String::new(),
        reported_at: None,
        symptoms: Vec::new(),
        care: Care::Home,
        note: String::new(),
    };
    let opened = cases::record(&mut cx, &centre.tenant, &new).await.unwrap().opened.unwrap();
    cx.commit().await.unwrap();
    centre.advance(SECOND * 20).await;
    let mut cx = centre.as_staff(nurse).await;
    tickets::accept(&mut cx, opened.tickets[0]).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    let calls = attempts::of_tickets(&mut cx, &[opened.tickets[2]]).await.unwrap();
    let heard = calls.iter().find(|call| call.channel == "call" && call.staff == Some(officer)).unwrap();
    attempts::answered(&mut cx, heard.id, SECOND * 15).await.unwrap();
    cx.commit().await.unwrap();
    for _ in 0..3 {
        centre.advance(SECOND * 60).await;
    }
    let mut cx = centre.as_staff(leader).await;
    tickets::accept(&mut cx, opened.tickets[1]).await.unwrap();
    tickets::accept(&mut cx, opened.tickets[2]).await.unwrap();
    let words = "Báo cáo việc <cách ly> trước 10 giờ".to_owned();
    let order = Directive { matter: opened.matter, to: ward, words, within: Some(HOUR * 2) };
    tickets::directive(&mut cx, order).await.unwrap();
    cx.commit().await.unwrap();
    for _ in 0..11 {
        centre.advance(HOUR).await;
    }
    // The centre's own runner knows no briefs and has put their timer back for a minute.
    centre.clock.advance(SECOND * 61);
    let briefs = Runner::new(centre.store.clone(), vec![Arc::new(BriefTimer)]);
    while briefs.fire_due().await.unwrap() > 0 {}
    centre.seal().await;
    let reader = Reader::new(centre.store.clone(), vec![Arc::new(Fold)]);
    while reader.read(centre.id()).await.unwrap() > 0 {}
    Day { centre, opened, ward, nurse, leader }
}

#[tokio::test]
async fn every_figure_of_the_board_opens_its_list() {
    let day = the_day().await;
    let browser = Browser::of(&day.centre, day.leader).await;
    let page = browser.page("board").await;
    assert!(page.contains("F0 hôm nay") && page.contains("Bảng điều hành Quận 7"));
    assert!(page.contains("Ranh giới minh họa") && page.contains("Phường Tân Phong: 1 ca"));
    // Ten wards, each opening its own board; fourteen bars, each opening its day.
    assert_eq!(hrefs(&page, "/desk/board?unit=").len(), 10);
    assert_eq!(page.matches("class=\"bar\"").count(), 14);
    let lists = hrefs(&page, "/desk/board/");
    assert!(lists.len() > 25, "{lists:?}");
    for href in &lists {
        let seen = browser.open(href).await;
        assert_eq!(seen.status, StatusCode::OK, "{href}");
        if href.contains("/csv") {
            assert!(seen.kind.starts_with("text/csv") && seen.text.starts_with('\u{feff}'), "{href}");
        }
    }
    let late = lists.iter().find(|href| href.ends_with("list=open&band=late")).unwrap();
    let late = browser.page(late).await;
    assert_eq!(hrefs(&late, "/desk/tickets/").len(), 1);
    assert!(late.contains("Ý kiến chỉ đạo") && late.contains("list/csv?list=open"));

    let ward = browser.page(&format!("board?unit={}", day.ward)).await;
    assert!(ward.contains("Ủy ban nhân dân Phường Tân Phong") && ward.contains("Xem toàn địa bàn"));
    let wall = browser.page("board/wall").await;
    assert!(wall.contains("<body class=\"wall\"") && !wall.contains("class=\"rail\""));
    browser.page("board/tables/missed?lang=en").await;
    assert_eq!(browser.open("board/tables/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.open("board/list?list=nothing").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        browser.open(&format!("board?unit={}", Uuid::from_u128(9))).await.status,
        StatusCode::NOT_FOUND
    );
}

/// The rows of a page's table.
fn rows(page: &str) -> usize {
    page.matches("<tr><th scope=\"row\"").count()
}

#[tokio::test]
async fn every_number_on_the_tables_and_in_a_brief_opens_as_many_lines() {
    let day = the_day().await;
    let browser = Browser::of(&day.centre, day.leader).await;
    let mut checked = 0;
    for path in [
        "board",
        "board/tables/f0",
        "board/tables/open",
        "board/tables/accepts",
        "board/tables/missed",
        "brief/now",
        "brief/2021-09-25/evening",
    ] {
        let page = browser.page(path).await;
        for part in page.split("<a href=\"").skip(1) {
            let (href, rest) = part.split_once('"').unwrap();
            let text = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
            let Ok(n) = text.split(' ').next().unwrap().parse::<usize>() else { continue };
            if href.contains("/board/list?") {
                let list = browser.page(&href.replace("&#38;", "&").replace("&amp;", "&")).await;
                assert_eq!(rows(&list), n, "{path}: {href}");
                checked += 1;
            }
        }
    }
    assert!(checked > 30, "{checked}");
    // Late work opens late work, in a brief that was kept too.
    let kept = browser.page("brief/2021-09-25/evening").await;
    let late = hrefs(&kept, "slot=evening");
    let late = late.iter().find(|href| href.contains("?list=open&band=late&day=2021-09-25")).unwrap();
    assert!(browser.page(late).await.contains("theo báo cáo nhanh 17:00 ngày 25/09/2021"));
}

#[tokio::test]
async fn the_file_of_a_list_is_the_whole_list() {
    let day = the_day().await;
    let mut cx = day.centre.as_staff(day.leader).await;
    for n in 0..230 {
        let words = format!("Báo cáo lần {n}");
        let order = Directive { matter: day.opened.matter, to: day.ward, words, within: Some(HOUR * 2) };
        tickets::directive(&mut cx, order).await.unwrap();
    }
    cx.commit().await.unwrap();
    let browser = Browser::of(&day.centre, day.leader).await;
    let page = browser.page("board/list?list=open").await;
    assert_eq!(rows(&page), 200);
    let file = browser.open(&hrefs(&page, "list/csv")[0]).await.text;
    // Its head, three tickets of the F0, one directive of before.
    assert_eq!(file.lines().count(), 1 + 3 + 1 + 230);
}

#[tokio::test]
async fn what_is_no_id_is_not_there_and_what_no_database_keeps_is_no_fault_of_ours() {
    let day = the_day().await;
    let browser = Browser::of(&day.centre, day.leader).await;
    for path in ["tickets/x", "cases/018f", "reports/1/answer", "matters/null/file", "imports/%27"] {
        let seen = browser.open(path).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
        assert!(seen.text.contains("<h1"), "{path}");
    }
    let seen = browser.open("reports?category=%00").await;
    assert!(seen.status.is_client_error(), "{}", seen.status);
    let seen = browser.open("board/list?list=missed&outcome=%00").await;
    assert!(seen.status.is_client_error(), "{}", seen.status);
}

#[tokio::test]
async fn the_brief_of_the_evening_is_kept_and_one_of_now_can_be_made() {
    let day = the_day().await;
    let browser = Browser::of(&day.centre, day.leader).await;
    let newest = browser.open("brief").await;
    assert_eq!(newest.status, StatusCode::SEE_OTHER);
    assert_eq!(newest.to, "/quan7demo/desk/brief/2021-09-25/evening");
    let kept = browser.page("brief/2021-09-25/evening").await;
    assert!(
        kept.contains("Báo cáo nhanh 17:00 ngày 25/09/2021")
            && kept.contains("Quận 7, ngày 25 tháng 9 năm 2021")
    );
    assert!(kept.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") && kept.contains("Đơn vị đang trễ hạn"));
    browser.page("brief/now").await;
    browser.page("brief/now?lang=en").await;
    for path in ["brief/now/csv", "brief/2021-09-25/evening/csv"] {
        assert!(browser.open(path).await.text.contains("Ủy ban nhân dân Phường Tân Phong"), "{path}");
    }
    for path in ["brief/2021-09-24/evening", "brief/2021-09-25/noon", "brief/x/morning"] {
        assert_eq!(browser.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_file_is_one_paper_with_every_call_and_its_seal() {
    let day = the_day().await;
    let browser = Browser::of(&day.centre, day.leader).await;
    let path = format!("matters/{}/file", day.opened.matter);
    let file = browser.page(&path).await;
    for words in [
        "HỒ SƠ TRÁCH NHIỆM",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Quận 7, ngày 25 tháng 9 năm 2021",
        "không trả lời",
        "đã nghe, không nhận việc",
        "sau 20 giây",
        "Báo cáo việc &#60;cách ly&#62; trước 10 giờ",
        "vungxanh ledger verify --tenant quan7demo",
        "Nơi nhận:",
    ] {
        assert!(file.contains(words), "{words}");
    }
    assert!(!file.contains("không khớp nhật ký"));
    // Opening it is on record: the next reader sees that.
    assert!(!file.contains("mở hồ sơ trách nhiệm"));
    assert!(browser.page(&path).await.contains("mở hồ sơ trách nhiệm"));
    browser.page(&format!("{path}?lang=en")).await;
    let nurse = Browser::of(&day.centre, day.nurse).await;
    let refused = nurse.open(&path).await.status;
    assert!(matches!(refused, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), "{refused}");
}

#[tokio::test]
async fn the_recording_of_a_ladders_call_is_reached_from_the_file_and_heard_for_a_reason() {
    let day = the_day().await;
    let app = crate::browser::app(&day.centre, pages::Place { demo: true, ..pages::Place::default() });
    let mut cx = day.centre.system().await;
    let calls = attempts::of_tickets(&mut cx, &day.opened.tickets).await.unwrap();
    let heard = calls.iter().find(|call| call.channel == "call" && call.answered_at.is_some()).unwrap();
    let spool = std::env::temp_dir().join(format!("{}.wav", heard.id));
    std::fs::write(&spool, crate::seeded::silence()).unwrap();
    let (shelf, kind) = (app.shelf().unwrap(), recordings::Kind::Whole);
    let recording = recordings::file(&mut cx, shelf, heard.id, &spool, kind).await.unwrap();
    cx.commit().await.unwrap();
    let browser = Browser::at(app, &day.centre, day.leader).await;
    let file = browser.page(&format!("matters/{}/file", day.opened.matter)).await;
    let path = format!("recordings/{recording}");
    assert!(file.contains(&format!("href=\"/quan7demo/desk/{path}\"")), "the file leads to it");
    let page = browser.page(&path).await;
    assert!(page.contains("name=\"reason\"") && !page.contains("<audio"));
    let sound = format!("{path}/sound");
    assert_eq!(browser.open(&sound).await.status, StatusCode::CONFLICT);
    let unsaid = browser.post(&path, &[("reason", " ")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("Xin ghi lý do"));
    let said = browser.post(&path, &[("reason", "Thanh tra yêu cầu")]).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text);
    let page = browser.page(&said.to).await;
    assert!(page.contains("<audio") && page.contains("Thanh tra yêu cầu"));
    let sound = browser.open(&sound).await;
    assert_eq!((sound.status, sound.kind.as_str()), (StatusCode::OK, "audio/wav"));
}

#[tokio::test]
async fn units_sources_and_the_record_show_what_each_may_see() {
    let day = the_day().await;
    let leader = Browser::of(&day.centre, day.leader).await;
    let units = leader.page("units").await;
    assert!(units.contains("Trạm Y tế") && units.contains("depth-1"));
    assert!(leader.page("units?line=professional").await.contains("Trung tâm Y tế"));
    let found = leader.page("units?q=tram+y+te+tan+phong").await;
    assert!(found.contains("TPHONG.TYT") && !found.contains("TPHU.TYT"));
    assert!(leader.page("units?q=%3Cscript%3E").await.contains("Không tìm thấy đơn vị nào"));
    let ward = leader.page(&format!("units/{}", day.ward)).await;
    for told in ["Trực ủy ban", "Chủ tịch phường", "27490"] {
        assert!(ward.contains(told), "{told}");
    }
    assert!(ward.contains(&format!("tickets?unit={}", day.ward)) && ward.contains("01/07/2025"));
    leader.page(&format!("units/{}?lang=en", day.ward)).await;
    assert!(leader.page("sources").await.contains("Danh sách kết quả xét nghiệm"));
    assert!(leader.open("sources/csv").await.text.contains("Nguồn"));
    leader.page("sources?lang=en").await;
    let record = leader.page("ledger").await;
    assert!(
        record.contains("vungxanh ledger verify --tenant quan7demo") && record.contains("Cuối chuỗi lúc này")
    );

    let nurse = Browser::of(&day.centre, day.nurse).await;
    assert!(nurse.page("board").await.contains("Phường Tân Phong: 1 ca"));
    assert!(!nurse.page(&format!("units/{}", day.ward)).await.contains("Người giữ"));
    for path in ["sources", "ledger", "brief/now", "brief"] {
        assert_eq!(nurse.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_record_of_calls_opens_the_calls_behind_its_numbers_and_everybody_reads_his_own() {
    let day = the_day().await;
    let browser = Browser::of(&day.centre, day.leader).await;
    for path in ["record?period=today", "record?period=today&by=staff&sort=-missed"] {
        let page = browser.page(path).await;
        assert!(
            page.contains("Cách tính") && page.contains("Trực công an") == path.contains("staff"),
            "{path}"
        );
        let mut opened = 0;
        for part in page.split("<a href=\"").skip(1) {
            let (href, rest) = part.split_once('"').unwrap();
            let text = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
            let Ok(n) = text.parse::<usize>() else { continue };
            if href.contains("what=") {
                let list = browser.page(&href.replace("&#38;", "&").replace("&amp;", "&")).await;
                assert_eq!(rows(&list), n, "{path}: {href}");
                opened += 1;
            }
        }
        assert!(opened > 5, "{path}: {opened}");
    }
    let table = browser.open("record/csv?period=today&by=staff").await;
    assert!(table.kind.starts_with("text/csv") && table.text.contains("Trực công an"));
    for (path, said) in [
        ("record?from=2021-09-25&to=2021-09-20", "Ngày cuối phải bằng hoặc sau ngày đầu"),
        ("record?from=2021-01-01&to=2021-09-20", "tối đa 92 ngày"),
        ("record?from=x", "Ngày ghi chưa đúng"),
    ] {
        let seen = browser.open(path).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(seen.text.contains(said), "{path}");
    }
    let nurse = Browser::of(&day.centre, day.nurse).await;
    assert!(nurse.page("account").await.contains("Cuộc gọi đến tôi"));
    let own = nurse.page(&format!("record/staff/{}", day.nurse)).await;
    assert!(own.contains("Ghi ý kiến vào phiếu") && own.contains("đã nhận việc"));
    nurse.page(&format!("record/staff/{}?lang=en", day.nurse)).await;
    for path in ["record".to_owned(), "record/calls".to_owned(), format!("record/staff/{}", day.leader)] {
        assert_eq!(nurse.open(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

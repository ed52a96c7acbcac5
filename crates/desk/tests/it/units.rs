//! The administrator keeps the list of units; everybody else reads it.

use crate::browser::{Browser, centre, hrefs};
use axum::http::StatusCode;
use duty::units;
use jiff::{SignedDuration, civil::date};
use kernel::{Role, StaffId};
use testkit::TestCentre;
use uuid::Uuid;

const LIST: &str = "Mã đơn vị,Tên đơn vị,Loại,Phường,Cấp trên,Từ ngày\n\
    TPHONG.KP9,Khu phố 9,Khu phố,TPHONG,TPHONG,01/09/2021\n\
    TPHONG.KP9.T1,Tổ dân phố 1,Tổ dân phố,TPHONG,TPHONG.KP9,01/09/2021\n\
    TPHONG.KP7,Khu phố <7>,lâu đài,TPHONG,TPHONG,\n";

struct Hall {
    centre: TestCentre,
    admin: StaffId,
    keeper: Browser,
    clerk: Browser,
}

async fn hall() -> Hall {
    let centre = centre().await;
    let (office, ward) = (centre.unit("TTDH").await, centre.unit("TPHONG").await);
    let admin = centre.staff("Quản trị").at(office, Role::Administrator).create().await;
    let clerk = centre.staff("Cán bộ phường").at(ward, Role::WardOfficial).create().await;
    let (keeper, clerk) = (Browser::of(&centre, admin).await, Browser::of(&centre, clerk).await);
    Hall { centre, admin, keeper, clerk }
}

#[tokio::test]
async fn a_list_is_checked_then_taken_and_its_broken_rows_come_back() {
    let Hall { centre, keeper, clerk, .. } = hall().await;
    assert!(keeper.page("units").await.contains("/quan7demo/desk/units/import"));
    assert!(keeper.page("units/import").await.contains("mã đơn vị *"));
    let checked = keeper.post_with("units/import", &[("act", "check")], ("list.csv", LIST.as_bytes())).await;
    assert_eq!(checked.status, StatusCode::OK);
    assert!(checked.text.contains("Kiểm tra xong") && checked.text.contains("Không có loại đơn vị này."));
    let mut cx = centre.system().await;
    assert!(units::tree(&mut cx).await.unwrap().by_code("TPHONG.KP9").is_none());
    let faults = keeper.post_with("units/import", &[("act", "faults")], ("list.csv", LIST.as_bytes())).await;
    assert!(faults.kind.contains("spreadsheetml"), "{}", faults.kind);
    let taken = keeper.post_with("units/import", &[("act", "apply")], ("list.csv", LIST.as_bytes())).await;
    assert!(taken.status == StatusCode::OK && taken.text.contains("Đã nhập"));
    let group = centre.unit("TPHONG.KP9.T1").await;
    assert!(keeper.page(&format!("units/{group}")).await.contains("Tổ dân phố 1"));

    let empty = keeper.post_with("units/import", &[("act", "check")], ("list.csv", b"")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("Xin chọn tệp danh sách đơn vị."));
    let picture =
        keeper.post_with("units/import", &[("act", "check")], ("list.csv", b"\x89PNG\r\n\x1a\n")).await;
    assert_eq!(picture.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Who only reads the list finds no such page.
    assert!(!clerk.page("units").await.contains("units/import"));
    for path in ["units/import", "units/new", "units/reform"] {
        assert_eq!(clerk.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let refused = clerk.post_with("units/import", &[("act", "apply")], ("list.csv", LIST.as_bytes())).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_unit_is_added_by_hand() {
    let Hall { centre, keeper, clerk, .. } = hall().await;
    keeper.page("units/new").await;
    let fields = [
        ("code", "tphong.kp8"),
        ("kind", "quarter"),
        ("name", "Khu phố 8"),
        ("ward", "TPHONG"),
        ("administrative", "TPHONG"),
        ("from", "2021-09-25"),
        ("citation", "15/QĐ-UBND"),
    ];
    let added = keeper.post("units/new", &fields).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    let quarter = centre.unit("TPHONG.KP8").await;
    assert!(added.to.ends_with(&quarter.to_string()));
    assert!(keeper.page(&format!("units/{quarter}")).await.contains("15/QĐ-UBND"));
    let again = keeper.post("units/new", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("Mã đơn vị này đã dùng.") && again.text.contains("value=\"Khu phố 8\""));
    let unknown = [("code", "A-1"), ("kind", "quarter"), ("name", "<b>A</b>"), ("ward", "KHONGCO")];
    let wrong = keeper.post("units/new", &unknown).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Không có đơn vị này.") && !wrong.text.contains("<b>A</b>"));
    let format = keeper.post("units/new", &[("code", "khu phố"), ("kind", "quarter"), ("name", "A")]).await;
    assert!(format.text.contains("dấu gạch nối"));
    assert_eq!(clerk.post("units/new", &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn names_and_parents_change_by_date_and_what_was_stays_readable() {
    let Hall { centre, admin, keeper, clerk } = hall().await;
    let station = centre.unit("TPHONG.TYT").await;
    let path = format!("units/{station}");
    let rename = format!("{path}/rename");
    let name = [("name", "Trạm Y tế số 1"), ("short", "Trạm 1"), ("from", "2021-09-25")];
    let unfounded = keeper.post(&rename, &name).await;
    assert_eq!(unfounded.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unfounded.text.contains("Xin ghi số quyết định")
            && unfounded.text.contains("value=\"Trạm Y tế số 1\"")
    );
    let founded = [&name[..], &[("reason", "20/QĐ-UBND")]].concat();
    assert_eq!(keeper.post(&rename, &founded).await.status, StatusCode::SEE_OTHER);
    let relink = format!("{path}/relink");
    let circle = [("line", "administrative"), ("parent", "TPHONG.TYT"), ("from", "2021-09-25")];
    assert_eq!(keeper.post(&relink, &circle).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = keeper.post(&relink, &[("line", "administrative"), ("parent", "KHONGCO")]).await;
    assert!(unknown.text.contains("value=\"KHONGCO\"") && unknown.text.contains("Không có đơn vị này."));
    let moved = [("line", "professional"), ("parent", "TPHONG"), ("from", "2021-09-25")];
    assert_eq!(keeper.post(&relink, &moved).await.status, StatusCode::SEE_OTHER);
    let page = keeper.page(&path).await;
    for words in ["Trạm Y tế số 1", "20/QĐ-UBND", "24/09/2021", "Cấp trên qua các thời kỳ"] {
        assert!(page.contains(words), "{words}");
    }
    // The clerk reads all of it and changes none.
    let read = clerk.page(&path).await;
    assert!(read.contains("20/QĐ-UBND") && !read.contains("/rename"));
    assert_eq!(clerk.post(&rename, &founded).await.status, StatusCode::FORBIDDEN);

    let close = format!("{path}/close");
    let unsure = keeper.post(&close, &[("last", "2021-09-30")]).await;
    assert!(
        unsure.status == StatusCode::UNPROCESSABLE_ENTITY && unsure.text.contains("Xin đánh dấu xác nhận.")
    );
    assert_eq!(keeper.post(&close, &[("last", "không rõ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        keeper.post(&close, &[("last", "2021-09-30"), ("sure", "1")]).await.status,
        StatusCode::SEE_OTHER
    );
    let twice = keeper.post(&close, &[("last", "2021-09-30"), ("sure", "1")]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    centre.clock.advance(SignedDuration::from_hours(24 * 7));
    let keeper = Browser::of(&centre, admin).await;
    let ended = keeper.page(&path).await;
    assert!(
        ended.contains("Đơn vị đã ngừng hoạt động, ngày cuối cùng là 30/09/2021.")
            && ended.contains("20/QĐ-UBND")
    );
    assert!(!ended.contains("/rename"));
    let mut cx = centre.system().await;
    let leader = units::tree(&mut cx).await.unwrap().duty_leader();
    let needed =
        keeper.post(&format!("units/{leader}/close"), &[("last", "2021-12-31"), ("sure", "1")]).await;
    assert_eq!(needed.status, StatusCode::UNPROCESSABLE_ENTITY);
    for path in [format!("units/{}", Uuid::from_u128(9)), format!("{path}/burn")] {
        let seen =
            if path.ends_with("burn") { keeper.post(&path, &[]).await } else { keeper.open(&path).await };
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_reform_is_read_back_before_it_is_written_down() {
    let Hall { centre, admin, keeper, clerk } = hall().await;
    let new = [
        ("code", "N.TTHUAN"),
        ("kind", "ward"),
        ("name", "Ủy ban nhân dân Phường Tân Thuận"),
        ("short", "Phường Tân Thuận"),
        ("administrative", "UBQ"),
        ("from", "2021-10-01"),
    ];
    assert_eq!(keeper.post("units/new", &new).await.status, StatusCode::SEE_OTHER);
    assert!(keeper.page("units/reform?from=BTHUAN").await.contains("BTHUAN &#62; "));
    let reform = |lines, act| {
        [("on", "2021-10-01"), ("citation", "Nghị quyết thử 1/NQ"), ("lines", lines), ("act", act)]
    };
    let wrong = keeper.post("units/reform", &reform("BTHUAN > KHONGCO", "check")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Dòng 1: không có đơn vị mang mã KHONGCO"));
    let split = keeper.post("units/reform", &reform("PMY > N.TTHUAN\nPMY > TPHU", "check")).await;
    assert_eq!(split.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(split.text.contains("PMY.TYT") && split.text.contains("PMY &#62; TPHU"));
    let past = [("on", "2020-01-01"), ("citation", "1/NQ"), ("lines", "BTHUAN > TTTAY"), ("act", "check")];
    let past = keeper.post("units/reform", &past).await;
    assert!(past.status == StatusCode::UNPROCESSABLE_ENTITY && past.text.contains("Ngày hiệu lực đã qua."));
    let checked = keeper.post("units/reform", &reform("BTHUAN > N.TTHUAN", "check")).await;
    assert_eq!(checked.status, StatusCode::OK, "{}", checked.text);
    assert!(checked.text.contains("Phường Tân Thuận (N.TTHUAN)") && checked.text.contains("toàn bộ"));
    let old = centre.unit("BTHUAN").await;
    let mut cx = centre.system().await;
    assert!(units::successions_of(&mut cx, old).await.unwrap().iter().all(|row| row.to.is_none()));
    let refused = clerk.post("units/reform", &reform("BTHUAN > N.TTHUAN", "apply")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let done = keeper.post("units/reform", &reform("BTHUAN > N.TTHUAN", "apply")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert!(keeper.page("units/reform").await.contains("chờ đến ngày"));
    centre.advance(SignedDuration::from_hours(24 * 7)).await;
    let keeper = Browser::of(&centre, admin).await;
    assert!(keeper.page("units/reform").await.contains("đã thực hiện lúc"));
    let ended = keeper.page(&format!("units/{old}")).await;
    assert!(ended.contains("nhập toàn bộ vào Ủy ban nhân dân Phường Tân Thuận"));
    let heir = keeper.page(&format!("units/{}", centre.unit("N.TTHUAN").await)).await;
    assert!(heir.contains("tiếp nhận Ủy ban nhân dân Phường Bình Thuận"), "by its last name");
    assert!(!hrefs(&heir, "/desk/units/").is_empty());
    assert_eq!(units::today(&mut centre.system().await).await.unwrap(), date(2021, 10, 2));
}

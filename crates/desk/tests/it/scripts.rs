//! The scripts of telephone calls on the desk: a version made in the editor, compared, tried out and put aside.

use crate::browser::{Browser, centre, hidden};
use axum::http::StatusCode;
use kernel::Role;
use testkit::TestCentre;

async fn director(centre: &TestCentre) -> Browser {
    let unit = centre.unit("TTDH").await;
    let director = centre.staff("Giám đốc trung tâm").at(unit, Role::CentreDirector).create().await;
    Browser::of(centre, director).await
}

/// The shortest script there can be, as its form sends it.
fn short() -> Vec<(&'static str, &'static str)> {
    vec![
        ("after", "0"),
        ("valid_from", "25/9/2021"),
        ("questions", "2"),
        ("q0-key", "intro"),
        ("q0-says", "Xin chào từ {station}."),
        ("q0-kind", "statement"),
        ("q0-once", "household"),
        ("q1-key", "feel"),
        ("q1-says", "{name} có khó thở không? Có thì bấm 1."),
        ("q1-kind", "choice"),
        ("q1-once", "member"),
        ("q1-choices", "2"),
        ("q1c0-key", "1"),
        ("q1c0-label", "có"),
        ("q1c0-symptom", "breathless"),
        ("q1c0-act", "next"),
        ("q1c0-flag", "yes"),
        ("q1c1-key", "2"),
        ("q1c1-label", "không"),
        ("q1c1-act", "next"),
    ]
}

fn with(name: &str, value: &'static str, button: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut form = short();
    for field in form.iter_mut().filter(|field| field.0 == name) {
        field.1 = value;
    }
    form.push(("do", button));
    form
}

#[tokio::test]
async fn a_version_is_edited_checked_saved_compared_and_put_aside() {
    let centre = centre().await;
    let browser = director(&centre).await;
    let list = browser.page("scripts").await;
    assert!(list.contains("Gọi hỏi thăm hằng ngày") && list.contains("Bản có sẵn của chương trình"));
    let page = browser.page("scripts/care").await;
    assert!(page.contains("<code>temperature</code>") && page.contains("từ chối, kết thúc cuộc gọi"));
    let form = browser.page("scripts/care/edit").await;
    assert!(form.contains("name=\"q3-key\"") && form.contains("rất mệt hoặc khó thở"));
    assert_eq!(hidden(&form, "after").as_deref(), Some("0"));

    // Buttons change rows and keep what was typed.
    let more = browser.post("scripts/care/edit", &with("q0-key", "chao", "add")).await;
    assert_eq!(more.status, StatusCode::OK);
    assert!(more.text.contains("name=\"q2-key\"") && more.text.contains("value=\"chao\""));
    let moved = browser.post("scripts/care/edit", &with("q0-key", "chao", "up-1")).await;
    assert!(moved.text.contains("id=\"q1-key\" name=\"q1-key\" value=\"chao\""), "{}", moved.text);
    let fewer = browser.post("scripts/care/edit", &with("", "", "drop-choice-1-0")).await;
    assert!(fewer.text.contains("value=\"không\"") && !fewer.text.contains("value=\"có\""));

    // Faults stand beside their fields.
    for (name, value, at) in [
        ("q1c0-key", "0", "q1c0-key"),
        ("q1-says", "Khỏe không?", "q1-says"),
        ("q0-says", "", "q0-says"),
        ("q1c1-label", "", "q1c1-label"),
        ("valid_from", "31/2/2021", "valid_from"),
        ("valid_from", "1/9/2021", "valid_from"),
    ] {
        let wrong = browser.post("scripts/care/edit", &with(name, value, "save")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {value}");
        assert!(wrong.text.contains(&format!("href=\"#{at}\"")), "{name} {value}");
        assert!(wrong.text.contains(&format!("id=\"{at}\"")), "{name} {value}");
    }
    let sound = browser.post("scripts/care/edit", &with("", "", "check")).await;
    assert!(sound.text.contains("Kịch bản dùng được"));
    let saved = browser.post("scripts/care/edit", &with("", "", "save")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let page = browser.page(&saved.to).await;
    assert!(page.contains("Đã lưu bản mới") && page.contains("Bản 1, dùng từ 25/09/2021"));
    assert!(page.contains("Khó thở") && page.contains("Xét báo động ngay"));
    // Somebody who still has the old form open.
    let late = browser.post("scripts/care/edit", &with("", "", "save")).await;
    assert!(late.status == StatusCode::UNPROCESSABLE_ENTITY && late.text.contains("Vừa có người lưu"));

    let compared = browser.page("scripts/care/compare?version=0").await;
    assert!(compared.contains("<code>spo2</code>") && compared.contains("Thêm"));
    let same = browser.page("scripts/care/compare?version=1").await;
    assert!(same.contains("Hai bản giống nhau"));
    let gone = browser.post("scripts/care/retire", &[("version", "1")]).await;
    assert!(browser.page(&gone.to).await.contains("Đã thôi dùng bản đó"));
    let again = browser.post("scripts/care/retire", &[("version", "1")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(browser.open("scripts/other").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.open("scripts/care?version=7").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dry_run_plays_the_conversation_and_shows_what_would_be_written() {
    let centre = centre().await;
    let browser = director(&centre).await;
    let mut page = browser.page("scripts/care/try").await;
    assert!(page.contains("Đây là cuộc gọi tự động của Trạm Y tế phường Tân Phong"));
    assert!(page.contains("Người chưa trả lời không được coi là khỏe"));
    // Two members: the first well, the second without breath, with a reading that cannot be.
    let keys = ["1", "1", "368#", "98#", "2", "2", "3", "98#", "980#", "0", "1", "2"];
    for keys in keys {
        let played = hidden(&page, "played").unwrap();
        let fields =
            [("version", "0"), ("played", &*played), ("members", "2"), ("keys", keys), ("do", "press")];
        let seen = browser.post("scripts/care/try", &fields).await;
        assert_eq!(seen.status, StatusCode::OK);
        page = seen.text;
    }
    assert!(page.contains("Cuộc gọi đã kết thúc."), "{page}");
    assert!(page.contains("36,8") && page.contains("Không có triệu chứng"));
    assert!(page.contains("Nhiệt độ: đã bấm 980, không đọc được."));
    assert!(page.contains("Xét báo động ngay: Thành viên 2") && page.contains("Khó thở"));
    let played = hidden(&page, "played").unwrap();
    let back =
        browser.post("scripts/care/try", &[("played", &*played), ("members", "2"), ("do", "back")]).await;
    assert!(back.text.contains("đau ngực hoặc tức ngực") && back.text.contains("name=\"keys\""));
    // Silence, nonsense and far too much are borne.
    let many = "5 ".repeat(4_000);
    let odd = browser.post("scripts/care/try", &[("played", &*many), ("members", "99"), ("keys", "x")]).await;
    assert_eq!(odd.status, StatusCode::OK);
    assert!(odd.text.contains("Dừng vì không có trả lời"));
    let again = browser.post("scripts/care/try", &[("played", "1 1"), ("do", "restart")]).await;
    assert_eq!(hidden(&again.text, "played").as_deref(), Some(""));
}

//! A lockdown point on the desk, the early signals, and a correction decided.

use crate::{
    browser::{Browser, centre, hrefs},
    households::Care,
};
use axum::http::StatusCode;
use health::corrections::{self, Field, NewCorrection};
use health::signals::{self, Kind};
use kernel::{PersonId, Role};

const FORM: [(&str, &str); 12] = [
    ("quarter", ""),
    ("name", "Hẻm 88"),
    ("number", "1234/QĐ-UBND"),
    ("decision_on", "25/9/2021"),
    ("signer_title", "Chủ tịch"),
    ("signer", "Nguyễn Văn Ký"),
    ("planned_until", "9/10/2021"),
    ("tests_due", ""),
    ("households", ""),
    ("area", ""),
    ("words_vi", "Một đoạn hẻm tạm phong tỏa."),
    ("words_en", "Part of a lane is closed off."),
];

#[tokio::test]
async fn a_chair_closes_a_lane_off_and_lifts_it_by_a_decision() {
    let centre = centre().await;
    let ward = centre.unit("TPHONG").await;
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    let browser = Browser::of(&centre, chair).await;
    assert!(browser.page("lockdowns").await.contains("Không có điểm phong tỏa nào"));
    let ward = ward.to_string();
    let bad: Vec<_> = FORM.iter().copied().filter(|(name, _)| *name != "number").collect();
    let wrong = browser.post("lockdowns/new", &[&bad[..], &[("ward", &*ward), ("area", "{")]].concat()).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#number\"") && wrong.text.contains("Một đoạn hẻm tạm phong tỏa."));
    let done = browser.post("lockdowns/new", &[&FORM[..], &[("ward", &*ward)]].concat()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let point = done.to.split('?').next().unwrap().to_owned();
    let page = browser.page(&done.to).await;
    assert!(page.contains("Xếp lịch trực của chốt ngay") && page.contains("Không có người trực:"));
    assert!(!hrefs(&page, "/rosters?unit=").is_empty());
    assert!(browser.page("lockdowns").await.contains("Không có người trực:"));

    let need = browser.post(&format!("{point}/ask"), &[("kind", "food"), ("words", "Gạo 10 kg")]).await;
    assert!(need.to.ends_with("?done=ask"), "{} {}", need.status, need.text);
    let page = browser.page(&need.to).await;
    assert!(page.contains("Gạo 10 kg") && page.contains("Lương thực, thực phẩm"));

    let silent = browser.post(&format!("{point}/lift"), &[("number", ""), ("lift_on", "25/9/2021")]).await;
    assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.text.contains("href=\"#number\""));
    let lifted = browser.post(&format!("{point}/lift"), &[("number", "99"), ("lift_on", "25/9/2021")]).await;
    assert!(lifted.to.ends_with("?done=lift"), "{}", lifted.text);
    let page = browser.page(&lifted.to).await;
    assert!(page.contains("Đã dỡ") && page.contains("quyết định số 99") && !page.contains("/lift\""));
}

#[tokio::test]
async fn a_point_past_its_planned_day_is_late() {
    let centre = centre().await;
    let ward = centre.unit("TPHONG").await;
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    let browser = Browser::of(&centre, chair).await;
    let ward = ward.to_string();
    let done = browser.post("lockdowns/new", &[&FORM[..], &[("ward", &*ward)]].concat()).await;
    let point = done.to.split('?').next().unwrap().to_owned();
    centre.clock.advance(jiff::SignedDuration::from_hours(24 * 17));
    let browser = Browser::of(&centre, chair).await;
    assert!(browser.page(&point).await.contains("Đã quá ngày dự kiến (trễ 3 ngày)"));
    assert!(browser.page("lockdowns").await.contains("trễ 3 ngày"));
}

#[tokio::test]
async fn the_page_of_signals_says_its_method_and_its_rates() {
    let care = Care::new().await;
    let place = care.centre.unit("TPHONG.KP1").await;
    let mut cx = care.centre.system().await;
    let day = duty::units::today(&mut cx).await.unwrap().yesterday().unwrap();
    signals::count(&mut cx, place, day, Kind::Symptoms, 4).await.unwrap();
    cx.commit().await.unwrap();
    let page = care.browser.page("signals").await;
    assert!(page.contains("poisson_weeks") && page.contains("1 lần mỗi tuần"));
    assert!(page.contains("Chưa đủ một tuần để tính") && page.contains("lựa chọn của chương trình"));
    assert!(page.contains("4 người mới có triệu chứng") && page.contains("class=\"spark\""));
    assert!(page.contains("Chưa có cảnh báo nào"));
}

#[tokio::test]
async fn a_correction_stands_with_both_values_and_is_accepted_or_refused() {
    let care = Care::new().await;
    let (case, _) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let page = care.browser.page(&format!("cases/{case}")).await;
    let code = hrefs(&page, "/corrections/codes/").remove(0);
    let asked = care.browser.page(&code).await;
    assert!(asked.contains("Cấp mã") && !asked.contains("care-code"), "nothing is shown unpressed");
    let silent = care.browser.post(&code, &[("do", "show"), ("why", " ")]).await;
    assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.text.contains("href=\"#why\""));
    let sheet = care.browser.post(&code, &[("do", "show"), ("why", "In mã cho bà Bích")]).await;
    assert_eq!(sheet.status, StatusCode::OK);
    assert!(sheet.text.contains("Mã xem hồ sơ của Bích") && sheet.text.contains("/quan7demo/record"));
    let asked = care.browser.page(&code).await;
    assert!(asked.contains("Xem mã") && !asked.contains("care-code"));
    let person: PersonId = code.rsplit('/').next().unwrap().parse().unwrap();
    let new = format!("corrections/new?person={person}");
    let wrong = care.browser.post_with(&new, &[("field", "birth"), ("wanted", "31/2/1984")], ("", b"")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#wanted\"") && wrong.text.contains("31/2/1984"));
    let sent = care.browser.post_with(&new, &[("field", "birth"), ("wanted", "2/3/1984")], ("", b"")).await;
    assert!(sent.to.ends_with("?done=new"), "{} {}", sent.status, sent.text);
    let page = care.browser.page(&sent.to).await;
    assert!(page.contains("<dd>1985</dd>") && page.contains("02/03/1984") && page.contains("48 giờ"));
    let one = sent.to.split('?').next().unwrap().to_owned();
    let silent = care.browser.post(&format!("{one}/refuse"), &[("answer", "")]).await;
    assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.text.contains("href=\"#answer\""));
    let accepted = care.browser.post(&format!("{one}/accept"), &[("answer", "")]).await;
    assert!(accepted.to.ends_with("?done=accept"), "{}", accepted.text);
    let again = care.browser.post(&format!("{one}/refuse"), &[("answer", "Không khớp")]).await;
    assert!(again.to.ends_with("?done=known"), "{}", again.to);
    // The ticket of the next one leads to where it is decided.
    let mut cx = care.centre.system().await;
    corrections::ask(&mut cx, person, &NewCorrection::of(Field::Sex, "male")).await.unwrap();
    cx.commit().await.unwrap();
    let list = care.browser.page("corrections").await;
    assert!(list.contains("Giới tính") && list.contains("Đã đính chính"));
    let tickets = care.browser.page("tickets?kind=correction").await;
    let ticket = hrefs(&tickets, "/tickets/").into_iter().find(|href| href.len() > 40).unwrap();
    assert!(!hrefs(&care.browser.page(&ticket).await, "/corrections/").is_empty());
}

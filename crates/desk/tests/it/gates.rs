//! A gate on the desk: set up, a telephone invited and removed, its zone and its poster.

use crate::browser::{Browser, centre, hrefs};
use axum::http::StatusCode;
use health::gates::{self, Asked};
use kernel::{Role, StaffId};
use testkit::TestCentre;

const FORM: [(&str, &str); 9] = [
    ("name", "Chợ Tân Phong, cổng chính"),
    ("kind", "market"),
    ("role", "visitor"),
    ("organisation", ""),
    ("capacity", "120"),
    ("sample_of", ""),
    ("point", "10.7296, 106.7055"),
    ("from", ""),
    ("until", ""),
];

async fn chair(centre: &TestCentre) -> (StaffId, String) {
    let ward = centre.unit("TPHONG").await;
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    (chair, ward.to_string())
}

/// The letters of the invite that a page shows.
fn letters(page: &str) -> String {
    let shown = page.split("care-code").nth(1).unwrap().split("</p>").next().unwrap();
    shown.split('>').filter_map(|part| part.split('<').next()).filter(|part| part.len() == 4).collect()
}

#[tokio::test]
async fn a_leader_sets_up_a_gate_and_adds_a_telephone() {
    let centre = centre().await;
    let (chair, ward) = chair(&centre).await;
    let browser = Browser::of(&centre, chair).await;
    assert!(browser.page("gates").await.contains("Chưa có chốt nào"));
    let wrong = browser.post("gates/new", &[&FORM[1..], &[("unit", &*ward), ("name", "")]].concat()).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#name\"") && wrong.text.contains("10.7296, 106.7055"));
    let done = browser.post("gates/new", &[&FORM[..], &[("unit", &*ward)]].concat()).await;
    assert!(done.to.ends_with("?done=made"), "{} {}", done.status, done.text);
    let gate = done.to.split('?').next().unwrap().to_owned();
    let page = browser.page(&done.to).await;
    assert!(page.contains("Đã lập chốt") && page.contains("Chưa có điện thoại nào"));
    assert!(browser.page("gates").await.contains("– / 120"));

    let invite = browser.post(&format!("{gate}/invite"), &[]).await;
    assert_eq!(invite.status, StatusCode::OK);
    assert!(invite.text.contains("/quan7demo/gate/") && invite.text.contains("<svg class=\"qr\""));
    let mut cx = centre.system().await;
    gates::enrol(&mut cx, &letters(&invite.text), "Máy cổng chính").await.unwrap();
    cx.commit().await.unwrap();
    let page = browser.page(&gate).await;
    assert!(page.contains("Máy cổng chính") && page.contains("cán bộ thêm"));
    let remove = hrefs_of_forms(&page, "/remove").remove(0);
    let removed = browser.post(&remove, &[]).await;
    assert!(removed.to.ends_with("?done=removed"), "{} {}", removed.status, removed.text);
    let page = browser.page(&removed.to).await;
    assert!(page.contains("Đã gỡ điện thoại") && hrefs_of_forms(&page, "/remove").is_empty());
    assert!(browser.post(&remove, &[]).await.to.ends_with("?done=removed"), "pressed twice");
}

/// Where forms of a page are sent whose address ends so.
fn hrefs_of_forms(page: &str, end: &str) -> Vec<String> {
    let actions = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    actions.filter(|action| action.ends_with(end)).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_zone_is_set_for_days_to_come_and_a_poster_is_changed() {
    let centre = centre().await;
    let (chair, ward) = chair(&centre).await;
    let browser = Browser::of(&centre, chair).await;
    let done = browser.post("gates/new", &[&FORM[..], &[("unit", &*ward)]].concat()).await;
    let gate = done.to.split('?').next().unwrap().to_owned();
    let past = browser
        .post(&format!("{gate}/zone"), &[("zone", "green"), ("level", "1"), ("from", "1/9/2021")])
        .await;
    assert!(past.status == StatusCode::UNPROCESSABLE_ENTITY && past.text.contains("href=\"#from\""));
    let set = browser.post(&format!("{gate}/zone"), &[("zone", "green"), ("level", "1"), ("from", "")]).await;
    assert!(set.to.ends_with("?done=zone"), "{}", set.text);
    let page = browser.page(&set.to).await;
    assert!(page.contains("Vùng xanh, Cấp 1") && page.contains("Từ 25/09/2021"));
    assert!(hrefs(&page, "/poster").len() == 1);

    let of = async || {
        let mut cx = centre.system().await;
        gates::list(&mut cx, &Asked::default()).await.unwrap().gates.remove(0).gate.poster
    };
    let old = of().await;
    let poster = browser.page(&format!("{gate}/poster")).await;
    assert!(poster.contains(&format!("{}-{}", &old[..4], &old[4..])) && poster.contains("/quan7demo/v"));
    for size in ["", "?size=a3"] {
        let file = browser.open(&format!("{gate}/poster.pdf{size}")).await;
        assert!(file.kind == "application/pdf" && file.text.starts_with("%PDF"), "{size}");
    }
    assert!(browser.post(&format!("{gate}/poster"), &[]).await.to.ends_with("?done=poster"));
    assert_ne!(of().await, old);
}

#[tokio::test]
async fn an_official_sees_gates_and_changes_none() {
    let centre = centre().await;
    let (chair, ward) = chair(&centre).await;
    let browser = Browser::of(&centre, chair).await;
    let done = browser.post("gates/new", &[&FORM[..], &[("unit", &*ward)]].concat()).await;
    let gate = done.to.split('?').next().unwrap().to_owned();
    let clerk = centre.staff("Cán bộ").at(centre.unit("TPHONG").await, Role::WardOfficial).create().await;
    let browser = Browser::of(&centre, clerk).await;
    let page = browser.page(&gate).await;
    assert!(page.contains("Chợ Tân Phong, cổng chính") && !page.contains("/invite\""));
    assert_eq!(browser.post(&format!("{gate}/invite"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("gates/new", &FORM).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_answers_for_a_shops_gate_sees_how_often_its_owners_code_was_mistyped() {
    let centre = centre().await;
    let (chair, ward) = chair(&centre).await;
    let browser = Browser::of(&centre, chair).await;
    let shop = [
        ("code", "TAMTHU"),
        ("kind", "household"),
        ("name", "Hộ Tấm Thử"),
        ("ward", &*ward),
        ("phone", "0900 555 123"),
        ("from", "2021-09-01"),
    ];
    let made = browser.post("organisations/new", &shop).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let form: Vec<_> = FORM.into_iter().filter(|(name, _)| *name != "organisation").collect();
    let fields = [&form[..], &[("unit", &*ward), ("organisation", "TAMTHU")]].concat();
    let done = browser.post("gates/new", &fields).await;
    let gate = done.to.split('?').next().unwrap().to_owned();
    assert!(browser.page(&gate).await.contains("0 lần gửi, 0 lần nhập sai"));
    let mut cx = centre.system().await;
    let at = gates::list(&mut cx, &Asked::default()).await.unwrap().gates.remove(0).gate;
    let held = gates::send_code(&mut cx, &at, None, "street").await.unwrap().to_string();
    for _ in 0..3 {
        assert!(gates::prove(&mut cx, &at, Some(&held), "1").await.unwrap().is_none());
    }
    cx.commit().await.unwrap();
    assert!(browser.page(&gate).await.contains("1 lần gửi, 3 lần nhập sai"));
}

//! Health declarations at the station's desk: for somebody without a telephone, and what waits to be looked at.

use crate::{
    browser::{hidden, hrefs},
    households::Care,
};
use axum::http::StatusCode;

const WELL: [(&str, &str); 6] = [
    ("symptoms", "none"),
    ("near_f0", "no"),
    ("self_test", "no"),
    ("test_on", ""),
    ("came_back", "no"),
    ("home_isolates", "no"),
];

/// [`WELL`] with one answer changed, for somebody who is told of.
fn told<'a>(name: &'a str, field: &'a str, said: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("full_name", name), ("birth", "1950"), ("phone", ""), ("ward", "TPHONG")];
    all.extend(WELL.iter().map(|(known, old)| (*known, if *known == field { said } else { *old })));
    all
}

#[tokio::test]
async fn staff_declares_for_somebody_without_a_telephone_and_looks_at_the_red_flag() {
    let care = Care::new().await;
    let list = care.browser.page("declarations").await;
    assert!(list.contains("Không có tờ khai nào chờ xem"));
    let new = hrefs(&list, "/declarations/new").pop().unwrap();
    let form = care.browser.page(&new).await;
    assert!(form.contains("14 ngày") && form.contains("value=\"25/09/2021\""));
    let key = hidden(&form, "form_key").unwrap();

    let empty = care.browser.post(&new, &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["full_name", "birth", "ward", "symptoms", "near_f0", "home_isolates"] {
        assert!(empty.text.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    let mut fields = told("Phạm Thị Sáu", "near_f0", "yes");
    fields.push(("form_key", &key));
    let done = care.browser.post(&new, &fields).await;
    assert!(done.to.ends_with("?done=made"), "{} {}", done.status, done.text);
    assert_eq!(care.browser.post(&new, &fields).await.to, done.to, "sent twice it is one");
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("28/09/2021") && page.contains("Phạm Thị Sáu") && page.contains("cán bộ khai"));

    let list = care.browser.page("declarations").await;
    assert!(list.contains("Phạm Thị Sáu") && list.contains("Tiếp xúc gần F0"));
    let href = hrefs(&list, "/declarations/").into_iter().find(|href| !href.ends_with("/new")).unwrap();
    assert!(care.browser.page(&href).await.contains("Đã gọi, đã dặn"));
    let unchosen = care.browser.post(&href, &[]).await;
    assert_eq!(unchosen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unchosen.text.contains("href=\"#seen_as\""));
    let seen = care.browser.post(&href, &[("seen_as", "called")]).await;
    assert!(seen.to.ends_with("?done=seen"), "{}", seen.text);
    assert!(care.browser.page(&seen.to).await.contains("Không có tờ khai nào chờ xem"));
    let again = care.browser.post(&href, &[("seen_as", "called")]).await;
    assert!(again.to.ends_with("?done=seen-known"));
}

#[tokio::test]
async fn a_danger_sign_that_staff_types_rings_and_devices_are_revoked_from_the_persons_page() {
    let care = Care::new().await;
    let done = care.browser.post("declarations/new", &told("Phạm Thị Sáu", "symptoms", "breathless")).await;
    assert!(done.to.ends_with("?done=rings"), "{} {}", done.status, done.text);
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("tổ phản ứng nhanh đang được gọi") && page.contains("115"));
    let revoke = done.to.replace("?done=rings", "/devices");
    let revoked = care.browser.post(&revoke, &[]).await;
    assert!(revoked.to.ends_with("?done=revoked&n=0"), "{}", revoked.to);
    assert!(care.browser.page(&revoked.to).await.contains("Đã thu hồi 0 máy"));
    let person = done.to.rsplit('/').next().unwrap().replace("?done=rings", "");
    let page = care.browser.page(&format!("people/{person}")).await;
    assert!(page.contains(&format!("declarations/of/{person}")));
}

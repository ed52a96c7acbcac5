//! A household reports a test that it made itself.

use crate::site::{Site, picture};
use axum::http::StatusCode;
use health::{
    cases::{self, Care, Classification, NewCase, TestKind},
    followups::{self, Subject},
    households::{self, NewMember},
};
use kernel::{PersonId, Role};
use uuid::Uuid;

const TOLD: &str = "select count(*) from test_results where kind = 'self_test'";
const SUSPECTED: &str = "select count(*) from cases where classification = 'suspected'";
const FILES: &str = "select count(*) from files where purpose = 'test' and owner_kind = 'self_test'";

/// The address of a household's page, and the grandmother who lives there with an F0.
async fn family(site: &Site) -> (String, PersonId) {
    let station = site.centre.unit("TPHONG.TYT").await;
    let nurse = site.centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
    let f0 = NewCase {
        form_key: Uuid::from_u128(1),
        full_name: "Trần Thị Bích".into(),
        birth: "1985".into(),
        sex: None,
        citizen_id: String::new(),
        phone: "0900 555 777".into(),
        no_phone_reason: None,
        address: "12 Đường số 15".into(),
        ward: Some(site.centre.unit("TPHONG").await),
        classification: Classification::Confirmed,
        basis: TestKind::Rapid,
        sample_on: "24/9/2021".into(),
        result_on: String::new(),
        reported_at: None,
        symptoms: Vec::new(),
        care: Care::Home,
        note: String::new(),
    };
    let mut cx = site.centre.as_staff(nurse).await;
    let case = cases::record(&mut cx, &site.centre.tenant, &f0).await.unwrap().case;
    let home = followups::take_on(&mut cx, case).await.unwrap().unwrap().household;
    let new =
        NewMember { full_name: "Phạm Thị Sáu".into(), birth: "1950".into(), ..NewMember::default() };
    let grandmother = followups::add_member(&mut cx, home, &new, Some(Subject::F1)).await.unwrap();
    let code = households::issue_code(&mut cx, home).await.unwrap();
    cx.commit().await.unwrap();
    (format!("/quan7/diary/{code}"), grandmother)
}

#[tokio::test]
async fn a_self_test_with_its_picture_is_taken_in_once() {
    let site = Site::new().await;
    let (diary, grandmother) = family(&site).await;
    let page = format!("{diary}/test");
    assert_eq!(site.get(&diary, "").await.attribute("a[href$='/test']", "href"), page);
    let form = site.get(&page, "").await;
    assert_eq!(form.status, StatusCode::OK);
    assert_eq!(form.attribute("#on_day", "value"), "25/09/2021");
    // Given name and year say who is meant; nothing else stands there.
    assert!(form.text.contains("Sáu") && form.text.contains("1950"));
    assert!(
        !form.text.contains("Phạm Thị") && !form.text.contains("0900") && !form.text.contains("Đường số 15")
    );
    let id = grandmother.to_string();
    let fields = [("person", id.as_str()), ("result", "positive"), ("on_day", "25/9/2021")];
    let sent = site.post_parts(&page, "", &fields, &picture()).await;
    assert_eq!((sent.status, sent.to.as_str()), (StatusCode::SEE_OTHER, &*format!("{page}?w=asked")));
    assert!(site.get(&sent.to, "").await.text.contains("gọi lại trong 24 giờ"));
    assert_eq!((site.count(TOLD).await, site.count(SUSPECTED).await, site.count(FILES).await), (1, 1, 1));
    let again = site.post(&page, "", &fields).await;
    assert!(again.to.ends_with("?w=again"), "{} {}", again.status, again.text);
    assert_eq!((site.count(TOLD).await, site.count(SUSPECTED).await), (1, 1));
}

#[tokio::test]
async fn what_is_wrong_with_a_self_test_is_said_beside_its_field() {
    let site = Site::new().await;
    let (diary, grandmother) = family(&site).await;
    let page = format!("{diary}/test");
    let id = grandmother.to_string();
    let empty = site.post(&page, "", &[("on_day", "25/9/2021")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.has("#person-error") && empty.has("#result-error"));
    for (on_day, words) in [("26/9/2021", "tương lai"), ("1/1/1940", "trước năm 2020"), ("", "nhập ngày")]
    {
        let fields = [("person", id.as_str()), ("result", "negative"), ("on_day", on_day)];
        let seen = site.post(&page, "", &fields).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{on_day}");
        assert!(seen.of("#on_day-error").contains(words), "{on_day}: {}", seen.text);
        assert!(seen.has(&format!("input[value='{id}'][checked]")), "what was chosen is kept");
    }
    let fields = [("person", id.as_str()), ("result", "positive"), ("on_day", "25/9/2021")];
    let broken = site.post_parts(&page, "", &fields, b"no picture at all").await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.has("#photo-error"));
    assert_eq!(site.count(TOLD).await, 0);
    // Another's code opens nobody's page.
    assert_eq!(site.get("/quan7/diary/0000-0000-0000-0000/test", "").await.status, StatusCode::NOT_FOUND);
}

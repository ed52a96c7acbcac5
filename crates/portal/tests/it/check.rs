//! Whoever is shown a certificate asks whether it stands; whoever may not go out asks for food.

use crate::site::Site;
use axum::http::StatusCode;
use health::{
    care::papers::{self, Kind, NewPapers, Signer},
    cases::{self, Care, Classification, NewCase, TestKind},
    followups, households,
};
use kernel::{HouseholdId, PaperId, PersonId, Role, StaffId};
use uuid::Uuid;

struct Home {
    nurse: StaffId,
    household: HouseholdId,
    person: PersonId,
}

async fn home(site: &Site) -> Home {
    let (ward, station) = (site.centre.unit("TPHONG").await, site.centre.unit("TPHONG.TYT").await);
    let nurse = site.centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
    let new = NewCase {
        form_key: Uuid::from_u128(1),
        full_name: "Trần Thị Bích".into(),
        birth: "1985".into(),
        sex: None,
        citizen_id: "079185012345".into(),
        phone: "0900 555 777".into(),
        no_phone_reason: None,
        address: "12 Đường số 15".into(),
        ward: Some(ward),
        classification: Classification::Confirmed,
        basis: TestKind::Rapid,
        sample_on: "24/9/2021".into(),
        result_on: "25/9/2021".into(),
        reported_at: None,
        symptoms: Vec::new(),
        care: Care::Home,
        note: String::new(),
    };
    let mut cx = site.centre.as_staff(nurse).await;
    let recorded = cases::record(&mut cx, &site.centre.tenant, &new).await.unwrap();
    let household = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap().household;
    cx.commit().await.unwrap();
    Home { nurse, household, person: recorded.person }
}

/// A decision, and its code.
async fn decision(site: &Site, home: &Home) -> (PaperId, String) {
    let new =
        NewPapers { person: Some(home.person), kinds: [Kind::Decision].into(), signer: Signer::default() };
    let mut cx = site.centre.as_staff(home.nurse).await;
    let issued = papers::issue(&mut cx, &site.centre.tenant, home.household, &new).await.unwrap();
    let code = papers::open(&mut cx, issued.made[0]).await.unwrap().body.code;
    cx.commit().await.unwrap();
    (issued.made[0], code)
}

#[tokio::test]
async fn a_certificate_is_checked_by_its_code_and_names_nobody_in_full() {
    let site = Site::new().await;
    let home = home(&site).await;
    let (paper, code) = decision(&site, &home).await;
    assert_eq!(site.get("/quan7/check", "").await.status, StatusCode::OK);
    let lower = code.to_lowercase();
    let typed = site.post("/quan7/check", "", &[("code", lower.as_str())]).await;
    assert_eq!((typed.status, typed.to.clone()), (StatusCode::SEE_OTHER, format!("/quan7/check/{code}")));
    let seen = site.get(&typed.to, "").await;
    assert_eq!((seen.status, seen.of("h1")), (StatusCode::OK, "Giấy còn giá trị".into()));
    for told in ["T. T. B.", "01/QĐ-UBND", "ỦY BAN NHÂN DÂN PHƯỜNG TÂN PHONG", "25/09/2021"] {
        assert!(seen.text.contains(told), "{told}: {}", seen.text);
    }
    for secret in ["Trần Thị", "0791", "0900", "Đường số 15"] {
        assert!(!seen.text.contains(secret), "{secret}");
    }
    let mut cx = site.centre.as_staff(home.nurse).await;
    papers::withdraw(&mut cx, paper, "Ghi nhầm").await.unwrap();
    cx.commit().await.unwrap();
    let gone = site.get(&typed.to, "").await;
    assert_eq!(gone.of("h1"), "Giấy không còn giá trị");
    assert!(!gone.text.contains("Ghi nhầm"), "why is for the household's page");
}

#[tokio::test]
async fn a_code_that_nobody_issued_opens_nothing_and_a_guesser_waits() {
    let site = Site::new().await;
    let wrong = site.post("/quan7/check", "", &[("code", "123")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..30 {
        let seen = site.get("/quan7/check/0000-0000-0000-0000", "").await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
        assert!(seen.text.contains("Không có giấy nào mang mã này"));
    }
    let seen = site.get("/quan7/check/0000-0000-0000-0000", "").await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_household_asks_for_food_on_the_page_of_its_diary() {
    let site = Site::new().await;
    let home = home(&site).await;
    let mut cx = site.centre.as_staff(home.nurse).await;
    let code = households::issue_code(&mut cx, home.household).await.unwrap();
    cx.commit().await.unwrap();
    let page = format!("/quan7/diary/{code}/need");
    assert!(site.get(&format!("/quan7/diary/{code}"), "").await.text.contains(&page));
    let form = site.get(&page, "").await;
    assert_eq!((form.status, form.of("h1")), (StatusCode::OK, "Nhà đang cần gì?".into()));
    let key = form.attribute("input[name=key]", "value");
    let none = site.post(&page, "", &[("key", key.as_str()), ("note", "Gấp lắm")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.has("a[href='#items']") && none.text.contains("Gấp lắm"));
    let food = [("key", key.as_str()), ("items", "food"), ("items", "medicine"), ("items", "gold")];
    for _ in 0..2 {
        let asked = site.post(&page, "", &food).await;
        assert_eq!((asked.status, asked.to), (StatusCode::SEE_OTHER, format!("{page}?done=1")));
    }
    let needs = "select count(*) from care_needs where channel = 'household'";
    let tickets = "select count(*) from tickets t join units u on u.id = t.unit_id
                   where t.kind = 'need' and u.code = 'TPHONG'";
    assert_eq!((site.count(needs).await, site.count(tickets).await), (1, 1));
    let done = site.get(&format!("{page}?done=1"), "").await;
    assert!(done.text.contains("Đã gửi đến phường"));
    assert!(done.text.contains("Lương thực, thực phẩm, Thuốc thường dùng"), "{}", done.text);
    let stranger = site.get("/quan7/diary/0000-0000-0000-0000/need", "").await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
}

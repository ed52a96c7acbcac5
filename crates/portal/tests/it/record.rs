//! Somebody's own record, and the lockdown points that anybody may read of.

use crate::site::{Site, picture};
use axum::http::StatusCode;
use health::{
    cases::{self, Care, Classification, NewCase, TestKind},
    corrections,
    lockdowns::{self, NewLockdown},
    people,
};
use kernel::{PersonId, Role, SecretCode, citizen_id::Sex};
use uuid::Uuid;

/// Trần Thị Bích, on record in Tân Phong, with the code that the nurse printed.
async fn bich(site: &Site) -> (PersonId, SecretCode) {
    let station = site.centre.unit("TPHONG.TYT").await;
    let nurse = site.centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
    let new = NewCase {
        form_key: Uuid::from_u128(1),
        full_name: "Trần Thị Bích".into(),
        birth: "2/3/1985".into(),
        sex: Some(Sex::Female),
        citizen_id: "079185012345".into(),
        phone: "0900 555 777".into(),
        no_phone_reason: None,
        address: "12 Đường số 15".into(),
        ward: Some(site.centre.unit("TPHONG").await),
        classification: Classification::Confirmed,
        basis: TestKind::Rapid,
        sample_on: "24/9/2021".into(),
        result_on: "25/9/2021".into(),
        reported_at: None,
        symptoms: Vec::new(),
        care: Care::Hospital,
        note: String::new(),
    };
    let mut cx = site.centre.as_staff(nurse).await;
    let person = cases::record(&mut cx, &site.centre.tenant, &new).await.unwrap().person;
    people::read(&mut cx, person, "Gọi lại để hỏi thăm").await.unwrap();
    let (code, _) = corrections::issue_code(&mut cx, person, "In mã cho bà Bích").await.unwrap();
    cx.commit().await.unwrap();
    (person, code)
}

#[tokio::test]
async fn a_code_shows_its_record_masked_and_who_opened_it() {
    let site = Site::new().await;
    let (_, code) = bich(&site).await;
    let entered = site.post("/quan7/record", "", &[("code", &code.to_string().to_lowercase())]).await;
    assert_eq!(
        (entered.status, entered.to.as_str()),
        (StatusCode::SEE_OTHER, &*format!("/quan7/record/{code}"))
    );
    let page = site.get(&entered.to, "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Trần Thị Bích") && page.text.contains("··/··/1985"));
    assert!(page.text.contains("Gọi lại để hỏi thăm") && page.text.contains("Trạm Y tế"));
    for private in ["079185012345", "0900 555 777", "02/03/1985", "12 Đường"] {
        assert!(!page.text.contains(private), "{private}");
    }
    let nobody = site.get("/quan7/record/0000-0000-0000-0000", "").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert!(nobody.text.contains("Mã không mở được hồ sơ"));
}

#[tokio::test]
async fn a_correction_is_asked_with_a_photo_and_its_answer_is_read_there() {
    let site = Site::new().await;
    let (_, code) = bich(&site).await;
    let fix = format!("/quan7/record/{code}/fix?field=birth");
    let form = site.get(&fix, "").await;
    assert!(form.status == StatusCode::OK && form.text.contains("··/··/1985"));
    let wrong = site.post(&fix, "", &[("wanted", "31/2/1984")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.attribute("#wanted", "value"), "31/2/1984");
    let bad = site.post_parts(&fix, "", &[("wanted", "2/3/1984")], b"no picture").await;
    assert!(bad.status == StatusCode::UNPROCESSABLE_ENTITY && bad.has("#photo-error"));
    assert_eq!(site.count("select count(*) from corrections").await, 0);
    let sent = site.post_parts(&fix, "", &[("wanted", "2/3/1984")], &picture()).await;
    assert_eq!(
        (sent.status, sent.to.as_str()),
        (StatusCode::SEE_OTHER, &*format!("/quan7/record/{code}?sent=1"))
    );
    let page = site.get(&sent.to, "").await;
    assert!(page.text.contains("trả lời trong 48 giờ") && page.text.contains("Đang chờ xét"));
    assert_eq!(site.count("select count(*) from files where owner_kind = 'correction'").await, 1);
    let again = site.post(&fix, "", &[("wanted", "3/3/1984")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.of("#wanted-error").contains("đang có yêu cầu chờ xét"));
    for unknown in ["nothing", ""] {
        let page = site.get(&format!("/quan7/record/{code}/fix?field={unknown}"), "").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_guesser_waits_at_the_door_of_the_records() {
    let site = Site::new().await;
    for _ in 0..30 {
        let seen = site.get("/quan7/record/0000-0000-0000-0000", "").await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
    }
    let seen = site.get("/quan7/record/0000-0000-0000-0000", "").await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn points_in_force_are_announced_and_lifted_ones_are_not() {
    let site = Site::new().await;
    let empty = site.get("/quan7/lockdowns", "").await;
    assert!(empty.text.contains("Hiện không có điểm phong tỏa nào"));
    let ward = site.centre.unit("TPHONG").await;
    let chair = site.centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    let new = NewLockdown {
        ward: Some(ward),
        quarter: Some(site.centre.unit("TPHONG.KP2").await),
        name: "Hẻm 88".into(),
        number: "1234/QĐ-UBND".into(),
        decision_on: "25/9/2021".into(),
        signer_title: "Chủ tịch".into(),
        signer: "Nguyễn Văn Ký".into(),
        planned_until: "9/10/2021".into(),
        words_vi: "Một đoạn hẻm tạm phong tỏa.".into(),
        words_en: "Part of a lane is closed off.".into(),
        ..NewLockdown::default()
    };
    let mut cx = site.centre.as_staff(chair).await;
    let id = lockdowns::decide(&mut cx, &new).await.unwrap();
    cx.commit().await.unwrap();
    let list = site.get("/quan7/lockdowns", "").await;
    assert!(list.text.contains("Khu phố 2, Phường Tân Phong") && list.text.contains("1234/QĐ-UBND"));
    assert!(list.text.contains("Một đoạn hẻm tạm phong tỏa.") && list.text.contains("09/10/2021"));
    assert!(!list.text.contains("Hẻm 88") && !list.text.contains("Nguyễn Văn Ký"));
    let english = site.get("/quan7/lockdowns?lang=en", "").await;
    assert!(english.text.contains("Part of a lane is closed off."));
    let mut cx = site.centre.as_staff(chair).await;
    lockdowns::lift(&mut cx, id, "99", "25/9/2021").await.unwrap();
    cx.commit().await.unwrap();
    assert!(site.get("/quan7/lockdowns", "").await.text.contains("Hiện không có điểm phong tỏa nào"));
    let one = site.get(&format!("/quan7/lockdowns/{id}"), "").await;
    assert!(one.text.contains("Dỡ phong tỏa ngày 25/09/2021"));
}

use crate::site::{Seen, Site};
use axum::http::StatusCode;
use health::{
    cases::{self, Care, Classification, NewCase, Symptom, TestKind},
    followups::{self, Subject},
    households::{self, NewMember},
};
use jiff::SignedDuration;
use kernel::{CaseId, HouseholdId, Role, StaffId, citizen_id::Sex};
use uuid::Uuid;

const CONTACTS: &str = "select count(*) from follow_contacts";
const RED_FLAGS: &str = "select count(*) from matters where kind = 'red_flag'";
const NOBODY: &str = "/quan7/diary/0000-0000-0000-0000";

/// A household at whose diary somebody sits.
struct Home {
    /// The address that its code opens.
    page: String,
    household: HouseholdId,
    case: CaseId,
}

/// Who is on duty in Tân Phong; the nurse.
async fn station(site: &Site) -> StaffId {
    for (name, unit, role, phone) in [
        ("Trực ủy ban", "TPHONG", Role::WardOfficial, "+84900000002"),
        ("Trực công an", "TPHONG.CA", Role::WardOfficial, "+84900000003"),
        ("Trực tổ phản ứng nhanh", "TPHONG.TPUN", Role::CareTeam, "+84900000004"),
    ] {
        let unit = site.centre.unit(unit).await;
        site.centre.staff(name).at(unit, role).phone(phone).on_duty().create().await;
    }
    let station = site.centre.unit("TPHONG.TYT").await;
    site.centre
        .staff("Trực trạm")
        .at(station, Role::StationStaff)
        .phone("+84900000001")
        .on_duty()
        .create()
        .await
}

/// Trần Thị Bích, an F0 who is cared for at home.
async fn bich(site: &Site) -> NewCase {
    NewCase {
        form_key: Uuid::from_u128(1),
        full_name: "Trần Thị Bích".into(),
        birth: "1985".into(),
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
        symptoms: vec![Symptom::Fever, Symptom::Cough],
        care: Care::Home,
        note: String::new(),
    }
}

/// The nurse records an F0, adds who lives there too, and prints the code.
async fn home(site: &Site, nurse: StaffId, f0: &NewCase, others: &[(&str, &str)]) -> Home {
    let mut cx = site.centre.as_staff(nurse).await;
    let case = cases::record(&mut cx, &site.centre.tenant, f0).await.unwrap().case;
    let household = followups::take_on(&mut cx, case).await.unwrap().expect("an F0 at home").household;
    for (name, birth) in others {
        let new = NewMember { full_name: (*name).into(), birth: (*birth).into(), ..NewMember::default() };
        followups::add_member(&mut cx, household, &new, Some(Subject::F1)).await.unwrap();
    }
    let code = households::issue_code(&mut cx, household).await.unwrap();
    cx.commit().await.unwrap();
    Home { page: format!("/quan7/diary/{code}"), household, case }
}

/// Bích with her husband, her mother and two children.
async fn family(site: &Site) -> Home {
    let nurse = station(site).await;
    let others = [
        ("Nguyễn Văn Hùng", "1983"),
        ("Phạm Thị Sáu", "1950"),
        ("Nguyễn Minh An", "2014"),
        ("Nguyễn Minh Khôi", "2019"),
    ];
    home(site, nurse, &bich(site).await, &others).await
}

/// Sends the form of a page to a household's address.
async fn send(site: &Site, home: &Home, form: &Seen, typed: &[(&str, &str)]) -> Seen {
    let hidden = form.hidden("form#members");
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<(&str, &str)> = hidden.chain(typed.iter().copied()).collect();
    site.post(&home.page, "", &fields).await
}

fn done(home: &Home, grade: &str) -> (StatusCode, String) {
    (StatusCode::SEE_OTHER, format!("{}/done?w={grade}", home.page))
}

#[tokio::test]
async fn a_family_fills_one_form_and_each_member_has_his_entry() {
    let site = Site::new().await;
    let home = family(&site).await;
    let form = site.get(&home.page, "").await;
    assert_eq!((form.status, form.attribute("main a", "href")), (StatusCode::OK, "tel:115".into()));
    assert!(form.has("#m4") && !form.has("#m5"));
    assert_eq!(form.of("#m0 legend"), "Bích sinh năm 1985");
    assert!(form.of("#m0 .hint").starts_with("F0 · ngày 1/"), "{}", form.of("#m0 .hint"));
    assert!(form.of("#m1 .hint").starts_with("F1 · ngày 0/"), "{}", form.of("#m1 .hint"));
    assert!(form.has("input[name=m3_s_child_grunting]") && !form.has("input[name=m0_s_child_grunting]"));
    for secret in ["Trần Thị", "0900", "Đường số 15", "0791"] {
        assert!(!form.text.contains(secret), "{secret}");
    }

    let typed = [
        ("m0_s_none", "1"),
        ("m1_s_none", "1"),
        ("m2_s_none", "1"),
        ("m2_spo2", "98"),
        ("m2_pressure", "120"),
        ("m2_pressure", "80"),
        ("m3_s_none", "1"),
        ("m4_s_none", "1"),
        ("m4_temperature", "36,8"),
        ("m9_s_breathless", ""),
    ];
    // A part that names nobody is told, and everybody else's is kept.
    let seen = send(&site, &home, &form, &typed).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.of(".panel-soft").contains("Bích, Hùng, Sáu, An, Khôi"), "{}", seen.text);
    let form = site.get(&home.page, "").await;
    let seen = send(&site, &home, &form, &typed[..9]).await;
    assert_eq!((seen.status, seen.to), done(&home, "well"));
    let each = "select count(distinct person_id) from follow_contacts where grade = 'well' and channel = 'household'";
    let pressure = "select count(*) from follow_contacts where systolic = 120 and diastolic = 80";
    assert_eq!((site.count(each).await, site.count(pressure).await), (5, 2));
    assert_eq!((site.count(CONTACTS).await, site.count(RED_FLAGS).await), (10, 0));

    let thanks = site.get(&format!("{}/done?w=well", home.page), "").await;
    assert_eq!((thanks.status, thanks.of("h1")), (StatusCode::OK, "Đã nhận. Cảm ơn anh/chị!".into()));
    assert!(!thanks.text.contains("Còn chờ ghi"));
    assert_eq!(site.get(&home.page, "").await.of("#m0 .left"), "Đã ghi");
    // In the afternoon the next entry is owed.
    site.centre.clock.advance(SignedDuration::from_hours(7));
    let form = site.get(&home.page, "").await;
    assert_eq!(
        (form.of("#m0 .left"), form.attribute("#m0 .left", "data-left")),
        ("Đang chờ ghi".into(), "soon".into())
    );
    let seen = send(&site, &home, &form, &[("m0_s_cough", "1")]).await;
    assert_eq!((seen.status, seen.to.clone()), done(&home, "watch"));
    assert!(site.get(&seen.to, "").await.text.contains("Còn chờ ghi: Hùng, Sáu, An, Khôi."));
}

#[tokio::test]
async fn the_same_diary_sent_twice_is_one_diary_and_answers_the_same() {
    let site = Site::new().await;
    let home = family(&site).await;
    let form = site.get(&home.page, "").await;
    let low = [("m0_spo2", "91"), ("m1_s_none", "1")];
    let (one, two) = tokio::join!(send(&site, &home, &form, &low), send(&site, &home, &form, &low));
    assert_eq!((one.status, one.to), done(&home, "emergency"));
    assert_eq!((two.status, two.to), done(&home, "emergency"));
    assert_eq!((site.count(CONTACTS).await, site.count(RED_FLAGS).await), (2, 1));
    // Back in the browser and another number: that is news, and it is kept.
    let seen = send(&site, &home, &form, &[("m0_spo2", "89"), ("m1_s_none", "1")]).await;
    assert_eq!((seen.status, seen.to), done(&home, "emergency"));
    let lower = "select count(*) from follow_contacts where spo2 = 89";
    assert_eq!((site.count(lower).await, site.count(RED_FLAGS).await), (1, 1));
}

#[tokio::test]
async fn a_red_flag_is_told_to_call_115_first_and_rings() {
    let site = Site::new().await;
    let home = family(&site).await;
    let form = site.get(&home.page, "").await;
    // One from the threshold: the station calls, nobody is rung.
    let seen = send(&site, &home, &form, &[("m1_spo2", "96")]).await;
    assert_eq!((seen.status, seen.to.clone()), done(&home, "today"));
    assert_eq!(site.get(&seen.to, "").await.of("h1"), "Trạm y tế sẽ gọi cho anh/chị trong hôm nay");
    assert_eq!(site.count(RED_FLAGS).await, 0);

    let form = site.get(&home.page, "").await;
    let seen = send(&site, &home, &form, &[("m2_spo2", "91"), ("m1_s_none", "1")]).await;
    assert_eq!((seen.status, seen.to.clone()), done(&home, "emergency"));
    let told = site.get(&seen.to, "").await;
    assert_eq!((told.attribute("main a", "href"), told.of("h1")), ("tel:115".into(), "Gọi 115 ngay".into()));
    assert!(told.text.contains("trạm y tế và tổ phản ứng nhanh"));
    // In the other language it is no less urgent.
    let other = told.attribute(".top a + a", "href");
    assert_eq!(other, "?w=emergency&lang=en");
    let told = site.get(&format!("{}/done{other}", home.page), "").await;
    assert_eq!((told.of("h1"), told.attribute("html", "lang")), ("Call 115 now".into(), "en".into()));

    let tickets =
        "select count(*) from tickets t join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
                   where m.kind = 'red_flag'";
    let rung = "select count(distinct t.id) from attempts a
                 join tickets t on t.tenant_id = a.tenant_id and t.id = a.ticket_id
                 join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
                 where m.kind = 'red_flag'";
    assert_eq!((site.count(tickets).await, site.count(rung).await), (2, 2));
    // What the address says is only what is read.
    for nothing in ["/done", "/done?w=", "/done?w=nonsense&w=emergency"] {
        let seen = site.get(&format!("{}{nothing}", home.page), "").await;
        assert_eq!(
            (seen.status, seen.of("h1")),
            (StatusCode::OK, "Đã nhận. Cảm ơn anh/chị!".into()),
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn good_members_of_a_form_are_kept_and_only_the_others_asked_again() {
    let site = Site::new().await;
    let home = family(&site).await;
    let form = site.get(&home.page, "").await;
    let typed = [
        ("m0_s_none", "1"),
        ("m1_spo2", "9,8"),
        ("m1_s_cough", "1"),
        ("m2_temperature", "385"),
        ("m2_s_breathless", "1"),
        ("m3_s_none", "1"),
        ("m3_s_fever", "1"),
    ];
    let seen = send(&site, &home, &form, &typed).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (place, asked) in [("#m0", false), ("#m1", true), ("#m2", true), ("#m3", true), ("#m4", false)] {
        assert_eq!(seen.has(place), asked, "{place}");
    }
    assert!(seen.of("#m1_spo2-error").contains("SpO2 là số nguyên"));
    assert!(seen.of("#m3_symptoms-error").contains("Xin bỏ một trong hai"));
    assert_eq!(seen.attribute("#m1_spo2", "value"), "9,8");
    assert_eq!(seen.attribute("#m2_temperature", "value"), "385");
    assert!(seen.has("input[name=m2_s_breathless][checked]") && seen.has("#m1 details[open]"));
    assert_eq!(seen.attribute(".error-summary a", "href"), "#m1_spo2");
    assert!(seen.of(".error-summary a").starts_with("Hùng: "));
    assert!(seen.of(".panel-soft").ends_with("Bích."));
    // Her breath rings at once, whatever is wrong with her thermometer.
    assert_eq!((seen.attribute("main a", "href"), seen.of("h1")), ("tel:115".into(), "Gọi 115 ngay".into()));
    assert_eq!((site.count(CONTACTS).await, site.count(RED_FLAGS).await), (2, 1));
    let key = |seen: &Seen| seen.attribute("input[name=key]", "value");
    assert_ne!(key(&seen), key(&form));

    // Sent once more by a nervous thumb: the same answer.
    let again = send(&site, &home, &form, &typed).await;
    assert_eq!((again.status, again.of("h1")), (StatusCode::UNPROCESSABLE_ENTITY, "Gọi 115 ngay".into()));
    assert!(again.of(".panel-soft").ends_with("Bích."));
    assert_eq!((site.count(CONTACTS).await, site.count(RED_FLAGS).await), (2, 1));

    let mended = [
        ("m1_spo2", "98"),
        ("m1_s_cough", "1"),
        ("m2_temperature", "38,5"),
        ("m2_s_breathless", "1"),
        ("m3_s_fever", "1"),
    ];
    let seen = send(&site, &home, &seen, &mended).await;
    assert_eq!((seen.status, seen.to), done(&home, "emergency"));
    assert_eq!((site.count(CONTACTS).await, site.count(RED_FLAGS).await), (5, 1));
}

#[tokio::test]
async fn an_empty_form_and_one_that_is_far_too_large_are_told_and_write_nothing() {
    let site = Site::new().await;
    let home = family(&site).await;
    let form = site.get(&home.page, "").await;
    let seen = send(&site, &home, &form, &[("m0_spo2", " "), ("m0_pressure", ""), ("m0_pressure", "")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.of("#members-error").contains("chưa ghi gì"));
    assert_eq!(seen.attribute(".error-summary a", "href"), "#members");
    assert!(seen.has("#m0") && seen.has("#m4") && seen.has(".call-115"));
    let seen = send(&site, &home, &form, &[("m0_spo2", &"9".repeat(70 << 10))]).await;
    assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(site.count(CONTACTS).await, 0);
    // Without a key of ours it is a diary all the same: a danger sign waits for nobody.
    let fields: Vec<_> = form.hidden("form#members").into_iter().filter(|(name, _)| name != "key").collect();
    let mut fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("m2_s_chest_pain", "1"));
    let seen = site.post(&home.page, "", &fields).await;
    assert_eq!((seen.status, seen.to), done(&home, "emergency"));
}

#[tokio::test]
async fn a_code_opens_its_household_and_no_other() {
    let site = Site::new().await;
    let nurse = station(&site).await;
    let one = home(&site, nurse, &bich(&site).await, &[]).await;
    let neighbour = NewCase {
        form_key: Uuid::from_u128(2),
        full_name: "Lê Văn Cường".into(),
        birth: "1970".into(),
        sex: Some(Sex::Male),
        citizen_id: String::new(),
        phone: "0900 555 888".into(),
        address: "40 Đường số 9".into(),
        ..bich(&site).await
    };
    let two = home(&site, nurse, &neighbour, &[]).await;
    assert_ne!(one.page, two.page);
    let (first, second) = (site.get(&one.page, "").await, site.get(&two.page, "").await);
    assert!(first.text.contains("Bích") && !first.text.contains("Cường"));
    assert!(second.text.contains("Cường") && !second.text.contains("Bích"));
    // A code is read however it is typed.
    let typed = one.page.strip_prefix("/quan7/diary/").unwrap().to_lowercase().replace('-', " ");
    assert_eq!(site.post("/quan7/diary", "", &[("code", &typed)]).await.to, one.page);
    let wrong = site.post("/quan7/diary", "", &[("code", "0903")]).await;
    assert_eq!(
        (wrong.status, wrong.attribute("#code", "value")),
        (StatusCode::UNPROCESSABLE_ENTITY, "0903".into())
    );

    // The neighbour's form under one's own code writes nothing and rings nobody.
    let seen = send(&site, &one, &second, &[("m0_spo2", "91")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.of(".panel-warning").contains("không còn được theo dõi ở hộ này"));
    assert!(!seen.text.contains("Cường"));
    assert_eq!((site.count(CONTACTS).await, site.count(RED_FLAGS).await), (0, 0));
}

#[tokio::test]
async fn a_revoked_code_opens_nothing() {
    let site = Site::new().await;
    let nurse = station(&site).await;
    let home = home(&site, nurse, &bich(&site).await, &[]).await;
    let form = site.get(&home.page, "").await;
    let mut cx = site.centre.as_staff(nurse).await;
    households::revoke_code(&mut cx, home.household).await.unwrap();
    cx.commit().await.unwrap();
    for seen in [
        site.get(&home.page, "").await,
        site.get(&format!("{}/done?w=well", home.page), "").await,
        send(&site, &home, &form, &[("m0_spo2", "91")]).await,
    ] {
        assert_eq!(
            (seen.status, seen.of("h1")),
            (StatusCode::NOT_FOUND, "Mã này không mở được sổ nào".into())
        );
        assert!(!seen.text.contains("Bích") && seen.has(".call-115") && seen.has("form input[name=code]"));
    }
    assert_eq!(site.count(CONTACTS).await, 0);
    let mut cx = site.centre.as_staff(nurse).await;
    let code = households::issue_code(&mut cx, home.household).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(site.get(&format!("/quan7/diary/{code}"), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_household_that_is_released_reads_so_and_a_week_later_its_code_opens_nothing() {
    let site = Site::new().await;
    let nurse = station(&site).await;
    let home = home(&site, nurse, &bich(&site).await, &[]).await;
    let form = site.get(&home.page, "").await;
    let mut cx = site.centre.as_staff(nurse).await;
    cases::move_care(&mut cx, home.case, Care::Hospital, "").await.unwrap();
    assert!(followups::take_on(&mut cx, home.case).await.unwrap().is_none());
    cx.commit().await.unwrap();
    let seen = site.get(&home.page, "").await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.of(".panel-soft").contains("không còn ai đang được theo dõi") && !seen.has("form"));
    let seen = send(&site, &home, &form, &[("m0_s_none", "1")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.of(".panel-warning").contains("không còn được theo dõi"));
    site.centre.clock.advance(SignedDuration::from_hours(24 * 8));
    assert_eq!(site.get(&home.page, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_guesser_waits() {
    let site = Site::new().await;
    let nurse = station(&site).await;
    let home = home(&site, nurse, &bich(&site).await, &[]).await;
    let mut last = site.get(NOBODY, "").await;
    assert_eq!(last.status, StatusCode::NOT_FOUND);
    for _ in 0..40 {
        last = site.get(NOBODY, "").await;
    }
    assert_eq!(
        (last.status, last.attribute(".call-115", "href")),
        (StatusCode::TOO_MANY_REQUESTS, "tel:115".into())
    );
    assert_eq!(site.post(NOBODY, "", &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
    // A family behind the same address does not: it may be telling of an emergency.
    let form = site.get(&home.page, "").await;
    let seen = send(&site, &home, &form, &[("m0_spo2", "91")]).await;
    assert_eq!((seen.status, seen.to.clone()), done(&home, "emergency"));
    assert_eq!(site.get(&seen.to, "").await.of("h1"), "Gọi 115 ngay");
    // Nor does whoever looks for his report.
    assert_eq!(site.get("/quan7/track/0000-0000-0000-0000", "").await.status, StatusCode::NOT_FOUND);
    site.centre.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(site.get(NOBODY, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_page_is_there_in_english() {
    let site = Site::new().await;
    let home = family(&site).await;
    for path in
        ["/quan7/diary".to_owned(), home.page.clone(), format!("{}/done", home.page), NOBODY.to_owned()]
    {
        let page = site.get(&format!("{path}?lang=en"), "").await;
        assert_eq!(page.attribute("html", "lang"), "en", "{path}");
        assert!(page.has(".call-115") && page.has("main h1"), "{path}");
    }
}

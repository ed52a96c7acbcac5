//! A resident declares his health: a code, for whom, five questions, a check, and what happens now.

use crate::site::{Seen, Site};
use axum::http::StatusCode;
use health::cases::{self, Care, Classification, NewCase, TestKind};
use jiff::SignedDuration;
use kernel::Role;
use uuid::Uuid;

const MADE: &str = "select count(*) from declarations";
const RINGS: &str = "select count(*) from matters where kind = 'red_flag'";

impl Site {
    /// The digits of the text that was sent last.
    async fn code_sent(&self) -> String {
        let mut cx = self.centre.system().await;
        let (id, sealed): (Uuid, Vec<u8>) = sqlx::query_as(
            "select id, words from texts where tenant_id = $1 order by created_at desc, id desc limit 1",
        )
        .bind(self.centre.id().uuid())
        .fetch_one(cx.conn())
        .await
        .expect("a text");
        let words = cx.open("texts", id, "words", &sealed).expect("its words");
        words.chars().filter(char::is_ascii_digit).take(6).collect()
    }

    /// The cookie of a device that has proven this number.
    async fn proven(&self, phone: &str) -> String {
        let sent = self.post("/quan7/declare", "", &[("phone", phone)]).await;
        assert_eq!((sent.status, sent.to.as_str()), (StatusCode::SEE_OTHER, "/quan7/declare/code"));
        let code = self.code_sent().await;
        let seen = self.post("/quan7/declare/code", &sent.cookie, &[("code", &code)]).await;
        assert_eq!((seen.status, seen.to.as_str()), (StatusCode::SEE_OTHER, "/quan7/declare/who"));
        assert!(seen.cookie.starts_with("vx_device="), "{}", seen.cookie);
        seen.cookie
    }

    /// Answers one page of the way, with the form that stands on it.
    async fn step(&self, page: &str, cookie: &str, fields: &[(&str, &str)]) -> Seen {
        let path = format!("/quan7/declare/{page}");
        let form = self.get(&path, cookie).await.attribute("input[name=form]", "value");
        let mut all = fields.to_vec();
        all.push(("form", &form));
        self.post(&path, cookie, &all).await
    }

    /// Somebody who is not on record, up to the first question.
    async fn newcomer(&self, cookie: &str, name: &str, birth: &str) {
        let seen = self.post("/quan7/declare/who", cookie, &[("person", "new")]).await;
        assert_eq!(seen.to, "/quan7/declare/person");
        let told = [("name", name), ("birth", birth), ("ward", "TPHONG")];
        assert_eq!(self.step("person", cookie, &told).await.to, "/quan7/declare/symptoms");
    }

    /// The five answers, up to the check.
    async fn answers(&self, cookie: &str, symptom: &str, said: [&str; 4]) {
        self.step("symptoms", cookie, &[("symptoms", symptom)]).await;
        for (page, said) in ["near_f0", "self_test", "came_back", "home_isolates"].into_iter().zip(said) {
            let seen = self.step(page, cookie, &[("said", said), ("test_on", "25/9/2021")]).await;
            assert_eq!(seen.status, StatusCode::SEE_OTHER, "{page}: {}", seen.text);
        }
    }
}

#[tokio::test]
async fn a_code_five_questions_a_check_and_next_time_it_is_filled_in() {
    let site = Site::new().await;
    let start = site.get("/quan7/declare", "").await;
    assert_eq!((start.status, start.attribute(".call-115", "href")), (StatusCode::OK, "tel:115".into()));
    assert!(start.text.contains("28 ngày") && site.get("/quan7", "").await.has("a[href$='/declare']"));
    let device = site.proven("0903 123 456").await;
    let who = site.get("/quan7/declare/who", &device).await;
    assert!(who.has("input[value=new][checked]"), "nobody has this number");
    site.newcomer(&device, "Lê Thị Thử", "1985").await;

    let first = site.get("/quan7/declare/symptoms", &device).await;
    assert!(first.of(".progress").starts_with("Câu 1/5") && first.has("input[value=breathless]"));
    let empty = site.step("symptoms", &device, &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.of("#symptoms-error").contains("Không có triệu chứng") && empty.has(".error-summary"));
    let seen = site.step("symptoms", &device, &[("symptoms", "none")]).await;
    assert_eq!(seen.to, "/quan7/declare/near_f0");
    let question = site.get("/quan7/declare/near_f0", &device).await;
    assert!(question.of("h1").contains("14 ngày"));
    assert_eq!(site.step("near_f0", &device, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.step("near_f0", &device, &[("said", "no")]).await.to, "/quan7/declare/self_test");
    let tested = site.step("self_test", &device, &[("said", "yes"), ("test_on", "26/9/2021")]).await;
    assert!(tested.of("#test_on-error").contains("tương lai"));
    site.answers(&device, "none", ["no"; 4]).await;
    let check = site.get("/quan7/declare/check", &device).await;
    assert!(check.text.contains("Lê Thị Thử") && check.text.contains("Không có triệu chứng"));
    assert!(!check.has(".error-summary"));
    let form = check.attribute("input[name=form]", "value");
    let sent = site.post("/quan7/declare/check", &device, &[("form", &form)]).await;
    assert_eq!((sent.status, sent.to.as_str()), (StatusCode::SEE_OTHER, "/quan7/declare/done"));
    // The button pressed twice.
    assert_eq!(site.post("/quan7/declare/check", &device, &[("form", &form)]).await.to, sent.to);
    assert_eq!(site.count(MADE).await, 1);
    let done = site.get(&sent.to, &device).await;
    assert!(done.of("h1").contains("Thử") && done.text.contains("28/09/2021"), "{}", done.text);

    // Three days later: the same device, no code, the same answers, and symptoms asked anew.
    site.centre.advance(SignedDuration::from_hours(72)).await;
    assert!(site.get("/quan7/declare", &device).await.text.contains("0903 ··· 456"));
    let who = site.get("/quan7/declare/who", &device).await;
    assert!(who.text.contains("L·· T·· Thử") && who.text.contains("19··") && !who.text.contains("Lê Thị"));
    let person = who.attribute("input[name=person]", "value");
    let seen = site.post("/quan7/declare/who", &device, &[("person", &person)]).await;
    assert_eq!(seen.to, "/quan7/declare/symptoms");
    let again = site.step("symptoms", &device, &[("symptoms", "none")]).await;
    assert_eq!(again.to, "/quan7/declare/check", "the rest stands as it was");
    assert_eq!(site.step("check", &device, &[]).await.to, "/quan7/declare/done");
    assert_eq!(site.count(MADE).await, 2);
    assert_eq!(site.count("select count(*) from people").await, 1);

    // Forgotten, it opens nothing.
    let gone = site.post("/quan7/declare/forget", &device, &[]).await;
    assert_eq!((gone.to.as_str(), gone.cookie.as_str()), ("/quan7", "vx_device="));
    for page in ["who", "person", "symptoms", "check", "done"] {
        assert_eq!(site.get(&format!("/quan7/declare/{page}"), &device).await.to, "/quan7/declare", "{page}");
    }
}

#[tokio::test]
async fn a_code_typed_wrongly_five_times_is_worth_nothing() {
    let site = Site::new().await;
    let sent = site.post("/quan7/declare", "", &[("phone", "0903 123 456")]).await;
    let code = site.code_sent().await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in ["4", "3", "2", "1"] {
        let seen = site.post("/quan7/declare/code", &sent.cookie, &[("code", wrong)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.of("#code-error").contains(left), "{left}: {}", seen.text);
    }
    for typed in [wrong, &code] {
        let seen = site.post("/quan7/declare/code", &sent.cookie, &[("code", typed)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.text.contains("Xin nhận mã mới") && seen.cookie.is_empty());
    }
    assert_eq!(site.get("/quan7/declare/code", &sent.cookie).await.to, "/quan7/declare");
}

#[tokio::test]
async fn nothing_tells_whether_a_number_is_known_and_a_year_of_birth_is_said_before_it_is_used() {
    let site = Site::new().await;
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
    cases::record(&mut cx, &site.centre.tenant, &f0).await.unwrap();
    cx.commit().await.unwrap();

    let mut pages = Vec::new();
    for phone in ["0900 555 777", "0900 555 888"] {
        let sent = site.post("/quan7/declare", "", &[("phone", phone)]).await;
        let page = site.get("/quan7/declare/code", &sent.cookie).await;
        pages.push((sent.status, sent.to, page.status, page.text.replace("777", "888")));
    }
    assert!(pages[0] == pages[1], "known or not, the answer is the same");

    site.centre.advance(SignedDuration::from_mins(1)).await;
    let device = site.proven("0900 555 777").await;
    let who = site.get("/quan7/declare/who", &device).await;
    assert!(who.text.contains("T·· T·· Bích") && !who.text.contains("1985"));
    let person = who.attribute("input[name=person]", "value");
    let seen = site.post("/quan7/declare/who", &device, &[("person", &person)]).await;
    assert_eq!(seen.to, "/quan7/declare/person");
    // No question before it is said who that is.
    assert_eq!(site.get("/quan7/declare/symptoms", &device).await.to, seen.to);
    let wrong = site.step("person", &device, &[("birth", "1958")]).await;
    assert!(wrong.of("#birth-error").contains("không khớp"), "{}", wrong.text);
    assert_eq!(site.get("/quan7/declare/check", &device).await.to, "/quan7/declare/person");
    let right = site.step("person", &device, &[("birth", "1985")]).await;
    assert_eq!(right.to, "/quan7/declare/symptoms");
}

#[tokio::test]
async fn two_of_a_family_on_one_telephone_are_not_mixed_up() {
    let site = Site::new().await;
    let device = site.proven("0903 123 456").await;
    site.newcomer(&device, "Lê Thị Thử", "1985").await;
    let page = site.get("/quan7/declare/symptoms", &device).await;
    let old = page.attribute("input[name=form]", "value");
    site.newcomer(&device, "Lê Văn Cha", "1955").await;
    // A page that stood open for the first.
    let stale = [("symptoms", "breathless"), ("form", old.as_str())];
    let seen = site.post("/quan7/declare/symptoms", &device, &stale).await;
    assert_eq!(seen.to, "/quan7/declare/who");
    site.answers(&device, "none", ["no"; 4]).await;
    assert_eq!(site.step("check", &device, &[]).await.to, "/quan7/declare/done");
    assert_eq!((site.count(MADE).await, site.count(RINGS).await), (1, 0));
    site.newcomer(&device, "Lê Thị Thử", "1985").await;
    site.answers(&device, "none", ["no"; 4]).await;
    site.step("check", &device, &[]).await;
    assert_eq!((site.count(MADE).await, site.count("select count(*) from people").await), (2, 2));
    let who = site.get("/quan7/declare/who", &device).await;
    assert!(who.text.contains("L·· V·· Cha") && who.text.contains("L·· T·· Thử"));
}

#[tokio::test]
async fn a_danger_sign_rings_and_the_page_says_call_115_first() {
    let site = Site::new().await;
    let device = site.proven("0903 123 456").await;
    site.newcomer(&device, "Lê Thị Thử", "1985").await;
    site.answers(&device, "breathless", ["no"; 4]).await;
    let sent = site.step("check", &device, &[]).await;
    assert_eq!((sent.to.as_str(), site.count(RINGS).await), ("/quan7/declare/done", 1));
    let done = site.get(&sent.to, &device).await;
    assert!(done.has("section[role=alert] .call-115") && done.of("h1").contains("115"), "{}", done.text);
}

#[tokio::test]
async fn a_red_flag_is_called_back_about_and_drafts_are_forgotten_after_a_day() {
    let site = Site::new().await;
    let device = site.proven("0903 123 456").await;
    site.newcomer(&device, "Lê Thị Thử", "1985").await;
    site.answers(&device, "none", ["yes", "no", "no", "no"]).await;
    site.step("check", &device, &[]).await;
    let done = site.get("/quan7/declare/done", &device).await;
    assert!(done.text.contains("Trạm y tế phường sẽ gọi lại"));
    assert_eq!(site.count("select count(*) from matters where kind = 'declaration'").await, 1);

    site.newcomer(&device, "Lê Văn Cha", "1955").await;
    site.centre.advance(SignedDuration::from_hours(25)).await;
    let mut cx = site.centre.system().await;
    assert_eq!(portal::declare::purge(&mut cx).await.unwrap(), 1);
    cx.commit().await.unwrap();
    assert_eq!(site.get("/quan7/declare/symptoms", &device).await.to, "/quan7/declare/who");
    assert!(site.get("/quan7/declare/without", "").await.text.contains("Người khác"));
}

//! A household under care, as the station's desk shows it and writes it down.

use crate::browser::{Browser, Seen, centre, hidden, hrefs};
use axum::http::StatusCode;
use health::{
    cases::{self, Care as Place, Classification, NewCase, TestKind},
    followups,
};
use jiff::SignedDuration;
use kernel::{Actor, CaseId, Error, HouseholdId, Role};
use std::sync::Arc;
use store::timers::Runner;
use testkit::TestCentre;
use uuid::Uuid;

/// A station with a nurse, on the morning of 25/09/2021, and F0s at home.
pub struct Care {
    pub centre: TestCentre,
    pub browser: Browser,
    slots: Runner,
}

impl Care {
    pub async fn new() -> Self {
        let centre = centre().await;
        let station = centre.unit("TPHONG.TYT").await;
        let nurse = centre.staff("Trực trạm").at(station, Role::StationStaff).on_duty().create().await;
        let browser = Browser::of(&centre, nurse).await;
        let mut cx = centre.system().await;
        followups::install(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        let slots = Runner::new(centre.store.clone(), vec![Arc::new(followups::Slots)]);
        Self { centre, browser, slots }
    }

    /// An F0 at home, found by a sample of the day before.
    pub async fn f0(&self, n: u128, name: &str, ward: &str) -> (CaseId, HouseholdId) {
        let new = NewCase {
            form_key: Uuid::from_u128(n),
            full_name: name.into(),
            birth: "1985".into(),
            sex: None,
            citizen_id: String::new(),
            phone: format!("09005551{n:02}"),
            no_phone_reason: None,
            address: format!("{n} Đường số 15"),
            ward: Some(self.centre.unit(ward).await),
            classification: Classification::Confirmed,
            basis: TestKind::Rapid,
            sample_on: "24/9/2021".into(),
            result_on: String::new(),
            reported_at: None,
            symptoms: Vec::new(),
            care: Place::Home,
            note: String::new(),
        };
        let mut cx = self.centre.system().await;
        let case = cases::record(&mut cx, &self.centre.tenant, &new).await.unwrap().case;
        let taken = followups::take_on(&mut cx, case).await.unwrap().unwrap();
        cx.commit().await.unwrap();
        (case, taken.household)
    }

    /// Lets time pass, and what is late be counted.
    pub async fn pass(&self, by: SignedDuration) {
        self.centre.advance(by).await;
        while self.slots.fire_due().await.unwrap() > 0 {}
    }

    /// Enters what a call came to, for the one who is followed there.
    pub async fn enter(&self, home: HouseholdId, outcome: &str, spo2: &str, at: &str) -> Seen {
        let path = format!("households/{home}/enter");
        let page = self.browser.page(&path).await;
        let (key, person) = (hidden(&page, "form_key").unwrap(), hidden(&page, "m0_person").unwrap());
        self.browser.post(&path, &fields(&key, &person, outcome, spo2, at)).await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(sql).fetch_one(cx.conn()).await.unwrap()
    }
}

fn fields<'a>(
    key: &'a str,
    person: &'a str,
    outcome: &'a str,
    spo2: &'a str,
    at: &'a str,
) -> [(&'static str, &'a str); 6] {
    [
        ("form_key", key),
        ("channel", "phone"),
        ("outcome", outcome),
        ("at", at),
        ("m0_person", person),
        ("m0_spo2", spo2),
    ]
}

#[tokio::test]
async fn ending_an_alert_answers_the_stations_ticket_and_says_what_was_done() {
    let care = Care::new().await;
    let (case, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let entered = care.enter(home, "reached", "91", "").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    assert!(entered.to.ends_with("?done=rings"), "{}", entered.to);
    let page = care.browser.page(&entered.to).await;
    assert!(page.contains("tổ phản ứng nhanh đang được gọi") && page.contains("gọi 115 ngay"));
    assert!(page.contains("Báo động chưa xử lý") && page.contains("Trần Thị Bích: SpO2 thấp"));
    // The case leads to the household, the ticket that rings too.
    let here = format!("/quan7demo/desk/households/{home}");
    assert!(hrefs(&care.browser.page(&format!("cases/{case}")).await, "/households/").contains(&here));
    let matter = hrefs(&page, "/matters/").remove(0);
    let ticket = hrefs(&care.browser.page(&matter).await, "/tickets/").remove(0);
    assert!(hrefs(&care.browser.page(&ticket).await, "/households/").contains(&here));

    let end = hrefs(&page, "/alerts/").remove(0);
    assert!(care.browser.page(&end).await.contains("Đã cho thở oxy tại nhà"));
    let unsaid = care.browser.post(&end, &[("ended_as", ""), ("note", "Cho thở oxy")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("href=\"#ended_as\"") && unsaid.text.contains("Cho thở oxy"));
    // Only the program says that a newer alert took its place.
    let other = care.browser.post(&end, &[("ended_as", "superseded"), ("note", "")]).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = [("ended_as", "oxygen"), ("note", "Cho thở oxy 2 lít, SpO2 lên 96.")];
    let done = care.browser.post(&end, &said).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, &*format!("{here}?done=alert")));
    let page = care.browser.page(&done.to).await;
    assert!(!page.contains("Báo động chưa xử lý"));
    assert!(page.contains("xử lý báo động của Trần Thị Bích: Đã cho thở oxy tại nhà"));
    assert!(page.contains("Cho thở oxy 2 lít, SpO2 lên 96."));
    let answered = "select count(*) from tickets t join units u on u.id = t.unit_id
                    where t.kind = 'red_flag' and t.state = 'resolved' and u.code = 'TPHONG.TYT'";
    let open = "select count(*) from tickets where kind = 'red_flag' and state <> 'resolved'";
    assert_eq!((care.count(answered).await, care.count(open).await), (1, 1), "the team answers for itself");

    let again = care.browser.post(&end, &said).await;
    assert_eq!(again.to, format!("{here}?done=alert-known"));
    assert!(care.browser.page(&again.to).await.contains("đã có người xử lý trước đó"));
    assert_eq!(care.browser.open(&end).await.to, again.to);
}

#[tokio::test]
async fn an_entry_by_telephone_that_reached_nobody_is_not_well() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let call = format!("households/{home}/call");
    assert!(!care.browser.page(&call).await.contains("tel:"));
    let opened = care.browser.post(&call, &[]).await;
    assert!(opened.text.contains("href=\"tel:+84900555101\""), "{}", opened.text);
    let path = format!("households/{home}/enter");
    let page = care.browser.page(&format!("{path}?channel=phone")).await;
    let (key, person) = (hidden(&page, "form_key").unwrap(), hidden(&page, "m0_person").unwrap());
    // What contradicts itself is asked again, with everything that was typed.
    let both = care.browser.post(&path, &fields(&key, &person, "not_reached", "98", "")).await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(both.text.contains("href=\"#outcome\"") && both.text.contains("value=\"98\""));
    let nothing = care.browser.post(&path, &fields(&key, &person, "reached", "", "")).await;
    assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.text.contains("href=\"#members\""));
    assert_eq!(care.count("select count(*) from follow_contacts").await, 0);

    let nobody = fields(&key, &person, "not_reached", "", "");
    let done = care.browser.post(&path, &nobody).await;
    assert!(done.to.ends_with("?done=unreached"), "{} {}", done.status, done.text);
    let again = care.browser.post(&path, &nobody).await;
    assert!(again.to.ends_with("?done=again"), "{}", again.to);
    assert_eq!(care.count("select count(*) from follow_contacts").await, 1);
    assert_eq!(care.count("select count(*) from follow_plans where last_at is null").await, 1);
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Không gặp được") && page.contains("không gặp được (Điện thoại): Trần Thị Bích"));
    assert!(!page.contains(">Ổn<"));
    assert!(care.browser.page("rounds?only=silent").await.contains("Chưa ai liên hệ được"));

    // A slip of the pen is asked again in words, under a key of its own.
    let wrong = care.enter(home, "reached", "9,8", "").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#m0_spo2\"") && wrong.text.contains("value=\"9,8\""));
    assert_ne!(hidden(&wrong.text, "form_key").unwrap(), key);
    let future = care.enter(home, "reached", "98", "26/9/2021 07:00").await;
    assert!(future.status == StatusCode::UNPROCESSABLE_ENTITY && future.text.contains("href=\"#at\""));
    let well = care.enter(home, "reached", "98", "").await;
    assert!(well.to.ends_with("?done=entered"), "{}", well.text);
    assert!(care.browser.page(&well.to).await.contains(">Ổn<"));
    assert!(care.browser.page("rounds").await.contains("Đã báo 07:05: ổn"));
}

#[tokio::test]
async fn moving_the_start_tells_how_many_contacts_fall_outside() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    assert!(care.enter(home, "reached", "97", "24/9/2021 20:00").await.to.ends_with("?done=entered"));
    assert!(care.enter(home, "reached", "98", "").await.to.ends_with("?done=entered"));
    let page = care.browser.page(&format!("households/{home}")).await;
    assert!(page.contains("F0 · ngày 1/14") && page.contains("Chiều 24/09/2021: đã báo, Ổn"), "{page}");
    assert!(!page.contains("ngoài thời gian theo dõi"));
    let form = hrefs(&page, "/restart?").remove(0);
    let path = form.split('?').next().unwrap().to_owned();
    let plan = form.rsplit('=').next().unwrap().to_owned();
    assert!(care.browser.page(&form).await.contains("value=\"24/09/2021\""));
    let sent = |day: &'static str, why: &'static str| {
        [("plan", plan.clone()), ("basis", "report".into()), ("start_on", day.into()), ("why", why.into())]
    };
    for (day, why, field) in [
        ("26/9/2021", "Khai lại ngày", "start_on"),
        ("31/2/2021", "Khai lại ngày", "start_on"),
        ("25/9/2021", " ", "why"),
    ] {
        let sent = sent(day, why);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let seen = care.browser.post(&path, &sent).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        assert!(seen.text.contains(&format!("href=\"#{field}\"")) && seen.text.contains(day), "{day}");
    }
    let sent = sent("25/9/2021", "Khai lại ngày");
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = care.browser.post(&path, &sent).await;
    assert!(done.to.ends_with("?done=restart&outside=1"), "{} {}", done.to, done.text);
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Có 1 lần đã ghi nằm ngoài thời gian theo dõi mới"));
    // Both stay in view.
    assert!(page.contains(">97<") && page.contains(">98<") && page.contains("ngày 0/14"));
    assert!(page.contains("Khai lại ngày") && page.contains("từ 24/09/2021 sang 25/09/2021"));

    // Ended with its reason, it stands among those that have ended; nobody ends it twice.
    let close = path.replace("/restart", "/close");
    let end = [("plan", plan.as_str()), ("closed_as", "released"), ("why", "Đủ ngày, âm tính")];
    assert!(care.browser.post(&close, &end).await.to.ends_with("?done=close"));
    let again = care.browser.post(&close, &end).await;
    assert!(again.to.ends_with("?done=plan-known"), "{}", again.to);
    let page = care.browser.page(&again.to).await;
    assert!(page.contains("Đợt theo dõi đã kết thúc (1)") && page.contains("Đủ ngày, âm tính"));
}

#[tokio::test]
async fn what_was_reported_on_earlier_days_is_folded_and_stays_on_the_page() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    for (spo2, at) in [("97", "24/9/2021 20:00"), ("98", "")] {
        assert!(care.enter(home, "reached", spo2, at).await.to.ends_with("?done=entered"));
    }
    let here = format!("households/{home}");
    assert!(!care.browser.page(&here).await.contains("id=\"older\""), "two days stand open");
    assert!(care.enter(home, "reached", "99", "23/9/2021 20:00").await.to.ends_with("?done=entered"));
    let page = care.browser.page(&here).await;
    let (open, folded) = page.split_once("<details class=\"fold\" id=\"older\">").unwrap();
    assert!(folded.contains("1 lần ghi của những ngày trước"), "{folded}");
    assert!(open.contains(">97<") && open.contains(">98<") && !open.contains(">99<"));
    assert!(folded.contains(">99<"));
}

#[tokio::test]
async fn the_code_page_prints_a_qr_and_a_revoked_code_is_replaced() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let path = format!("households/{home}/code");
    let asked = care.browser.page(&path).await;
    assert!(asked.contains("Cấp mã") && !asked.contains("care-code"), "nothing is shown unpressed");
    let show = || async { care.browser.post(&path, &[("do", "show")]).await.text };
    let page = show().await;
    assert!(page.contains("<svg class=\"qr\"") && page.contains("/quan7demo/diary"));
    assert!(page.contains("gọi 115 trước") && page.contains("data-print"));
    let first = code(&page);
    assert_eq!(first.len(), 19, "{first}");
    assert_eq!(code(&show().await), first, "shown again it is the same");
    let story = care.browser.page(&format!("households/{home}")).await;
    assert!(story.contains("cấp mã sổ sức khỏe") && story.contains("xem mã sổ sức khỏe"), "who looked");
    let done = care.browser.post(&path, &[("do", "revoke")]).await;
    assert!(done.to.ends_with("/code?done=revoked"), "{}", done.to);
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Mã cũ không còn dùng được") && !page.contains("care-code"));
    let second = code(&show().await);
    assert_ne!(second, first);
    for (code, opens) in [(&first, false), (&second, true)] {
        let mut cx = care.centre.begin(Actor::public()).await;
        match followups::held(&mut cx, code).await {
            Ok(held) => assert!(opens && held == home),
            Err(Error::NotFound) => assert!(!opens),
            Err(other) => panic!("{other}"),
        }
    }
}

/// The code as the page shows it, group by group.
fn code(page: &str) -> String {
    let (_, rest) = page.split_once("care-code\">").unwrap();
    let groups = rest.split("</p>").next().unwrap().split('<').filter_map(|part| part.split_once('>'));
    groups.map(|(_, text)| text).collect()
}

#[tokio::test]
async fn somebody_who_lives_there_is_added_once_and_leaves_when_he_is_not_followed() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let path = format!("households/{home}/member");
    let wrong = care.browser.post(&path, &[("full_name", ""), ("birth", "1785"), ("subject", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["full_name", "birth", "subject"] {
        assert!(wrong.text.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    let son = [("full_name", "Lê Văn An"), ("birth", "2010"), ("relation", "child"), ("subject", "f1")];
    assert!(care.browser.post(&path, &son).await.to.ends_with("?done=member"));
    let again = care.browser.post(&path, &son).await;
    assert!(again.to.ends_with("?done=member-known"), "{} {}", again.status, again.text);
    let lodger = [("full_name", "Võ Minh"), ("birth", "1990"), ("relation", "tenant"), ("subject", "none")];
    assert!(care.browser.post(&path, &lodger).await.to.ends_with("?done=member"));
    assert_eq!(care.count("select count(*) from people").await, 3);
    assert_eq!(care.count("select count(*) from follow_plans where subject = 'f1'").await, 1);
    let page = care.browser.page(&format!("households/{home}")).await;
    assert!(page.contains("Con") && page.contains("F1 · ngày 0/14") && page.contains("không theo dõi"));
    // Only who is not followed may be said to be gone.
    let leaves = hrefs(&page, "/leave?member=");
    assert_eq!(leaves.len(), 1);
    let gone = leaves[0].rsplit('=').next().unwrap();
    let leave = format!("households/{home}/leave");
    assert!(care.browser.page(&leaves[0]).await.contains("Võ Minh"));
    let unsaid = care.browser.post(&leave, &[("member", gone), ("why", "")]).await;
    assert!(unsaid.status == StatusCode::UNPROCESSABLE_ENTITY && unsaid.text.contains("href=\"#why\""));
    let done = care.browser.post(&leave, &[("member", gone), ("why", "Về quê")]).await;
    assert!(done.to.ends_with("?done=leave"), "{}", done.text);
    assert!(hrefs(&care.browser.page(&done.to).await, "/leave?member=").is_empty());
}

/// The fields of a fact.
fn fact<'a>(
    person: &'a str,
    kind: &'a str,
    day: &'a str,
    dose: &'a str,
    words: &'a str,
    source: &'a str,
) -> [(&'static str, &'a str); 6] {
    [
        ("person", person),
        ("kind", kind),
        ("on_day", day),
        ("dose", dose),
        ("words", words),
        ("source", source),
    ]
}

#[tokio::test]
async fn a_fact_moves_the_risk_that_the_page_shows() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let here = format!("households/{home}");
    let page = care.browser.page(&here).await;
    assert!(page.contains("Chưa đủ thông tin về nguy cơ") && page.contains("Chưa ghi thông tin về vắc xin"));
    let form = hrefs(&page, "/fact?member=").remove(0);
    let person = form.rsplit('=').next().unwrap().to_owned();
    assert!(care.browser.page(&form).await.contains(&format!("value=\"{person}\" selected")));
    let path = format!("{here}/fact");
    for (sent, faults) in [
        (fact(&person, "", "", "", "AstraZeneca", ""), ["kind", "source"]),
        (fact(&person, "vaccination", "", "", "AstraZeneca", "paper"), ["on_day", "dose"]),
        (fact("", "vaccination", "26/9/2021", "1", "AstraZeneca", "paper"), ["person", "on_day"]),
    ] {
        let seen = care.browser.post(&path, &sent).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{faults:?}");
        assert!(seen.text.contains("value=\"AstraZeneca\""), "{faults:?}");
        for field in faults {
            assert!(seen.text.contains(&format!("href=\"#{field}\"")), "{field}");
        }
    }
    let unborn = fact(&person, "vaccination", "1/5/1980", "1", "AstraZeneca", "paper");
    let unborn = care.browser.post(&path, &unborn).await;
    assert!(unborn.status == StatusCode::UNPROCESSABLE_ENTITY && unborn.text.contains("href=\"#on_day\""));

    let first = fact(&person, "vaccination", "1/5/2021", "1", "AstraZeneca", "paper");
    let done = care.browser.post(&path, &first).await;
    assert!(done.to.ends_with("?done=fact"), "{} {}", done.status, done.text);
    assert!(care.browser.page(&done.to).await.contains("Nguy cơ trung bình"));
    let second = fact(&person, "vaccination", "1/7/2021", "2", "AstraZeneca", "person");
    assert!(care.browser.post(&path, &second).await.to.ends_with("?done=fact"));
    // Whoever tells it, the same dose is one.
    let again = fact(&person, "vaccination", "1/7/2021", "2", "astrazeneca", "paper");
    assert!(care.browser.post(&path, &again).await.to.ends_with("?done=fact-known"));
    let page = care.browser.page(&here).await;
    assert!(page.contains("Nguy cơ thấp") && page.contains("đã tiêm đủ liều"));
    assert!(page.contains("Tiêm vắc xin, mũi 2: AstraZeneca · 01/07/2021"));
    assert!(page.contains("Người bệnh tự khai, ghi lúc 07:05"));
    assert!(page.contains("nguy cơ của Trần Thị Bích từ trung bình sang thấp"));

    // A wrong one is taken back with the reason, stays in view, and counts no more.
    let item = page.split("<li>").find(|item| item.contains("mũi 2")).unwrap();
    let back = hrefs(item, "/unfact?fact=").remove(0);
    assert!(care.browser.page(&back).await.contains("Tiêm vắc xin, mũi 2"));
    let id = back.rsplit('=').next().unwrap();
    let path = format!("{here}/unfact");
    let unsaid = care.browser.post(&path, &[("fact", id), ("withdrawn_as", "wrong"), ("why", " ")]).await;
    assert!(unsaid.status == StatusCode::UNPROCESSABLE_ENTITY && unsaid.text.contains("href=\"#why\""));
    let sent = [("fact", id), ("withdrawn_as", "wrong"), ("why", "Mũi này của người khác")];
    let done = care.browser.post(&path, &sent).await;
    assert!(done.to.ends_with("?done=unfact"), "{} {}", done.status, done.text);
    assert!(care.browser.post(&path, &sent).await.to.ends_with("?done=unfact-known"));
    assert!(care.browser.open(&back).await.to.ends_with("?done=unfact-known"));
    let page = care.browser.page(&here).await;
    assert!(page.contains("Nguy cơ trung bình") && page.contains("đã rút: ghi sai"));
    assert!(page.contains("Mũi này của người khác"));

    // Who only looks on sees the group, not what is known.
    let ward = care.centre.unit("TPHONG").await;
    let clerk = care.centre.staff("Cán bộ phường").at(ward, Role::WardOfficial).create().await;
    let clerk = Browser::of(&care.centre, clerk).await;
    let page = clerk.page(&here).await;
    assert!(page.contains("Nguy cơ trung bình"));
    for told in ["AstraZeneca", "Tiêm vắc xin", "Mũi này của người khác"] {
        assert!(!page.contains(told), "{told}");
    }
    let (_, other) = care.f0(2, "Lê Văn Xa", "TQUY").await;
    for path in [format!("households/{other}/fact"), format!("households/{other}/unfact?fact={id}")] {
        assert_eq!(care.browser.open(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_journey_to_hospital_is_written_down_hour_by_hour_and_moves_the_case() {
    let care = Care::new().await;
    let (case, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let here = format!("households/{home}");
    assert!(care.browser.page("removals").await.contains("Không có chuyến chuyển viện nào"));
    assert!(!care.browser.page(&here).await.contains("id=\"removals\""));
    let ask = format!("{here}/removal");
    let form = care.browser.page(&ask).await;
    let person = form.split("value=\"").find(|rest| rest.contains(">Trần Thị Bích<")).unwrap();
    let person = person.split('"').next().unwrap().to_owned();
    let hospital = care.centre.unit("BVQ7").await.to_string();
    let wrong = [("person", &*person), ("reason", ""), ("to_unit", &*hospital), ("to_name", "Chợ Rẫy")];
    let wrong = care.browser.post(&ask, &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["href=\"#reason\"", "href=\"#to_name\"", "value=\"Chợ Rẫy\""] {
        assert!(wrong.text.contains(said), "{said}");
    }
    let sent = [("person", &*person), ("reason", "red_flag"), ("vehicle", ""), ("to_unit", &*hospital)];
    let done = care.browser.post(&ask, &sent).await;
    assert!(done.to.ends_with("?done=removal"), "{} {}", done.status, done.text);
    assert!(care.browser.post(&ask, &sent).await.to.ends_with("?done=removal-known"));
    assert_eq!(care.count("select count(*) from removals").await, 1);

    let page = care.browser.page(&here).await;
    let removal = hidden(&page, "removal").unwrap();
    let journey = format!("{here}/journey");
    let press = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = [("removal", &*removal)].into_iter().chain(fields.iter().copied()).collect();
        care.browser.post(&journey, &fields).await
    };
    let far = press(&[("do", "oxygen"), ("litres", "năm lít")]).await;
    assert!(far.status == StatusCode::UNPROCESSABLE_ENTITY && far.text.contains("href=\"#litres\""));
    assert!(far.text.contains("value=\"năm lít\""));
    assert!(press(&[("do", "oxygen"), ("litres", "2,5")]).await.to.ends_with("?done=journey-oxygen"));
    assert!(press(&[("do", "direct"), ("vehicle", "115")]).await.to.ends_with("?done=journey-direct"));
    let early = press(&[("do", "end"), ("ended_as", "died_on_way")]).await;
    assert!(early.status == StatusCode::UNPROCESSABLE_ENTITY && early.text.contains("href=\"#ended_as\""));
    let silent = press(&[("do", "refuse"), ("why", " ")]).await;
    assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.text.contains("href=\"#why\""));
    for step in ["called", "left", "arrived"] {
        care.pass(SignedDuration::from_mins(10)).await;
        assert!(press(&[("do", "step"), ("step", step)]).await.to.ends_with("?done=journey-step"), "{step}");
        assert!(press(&[("do", "step"), ("step", step)]).await.to.ends_with("?done=journey-known"), "{step}");
    }
    let page = care.browser.page(&here).await;
    for said in [">07:05<", ">07:15<", ">07:25<", ">07:35<", "Cấp cứu 115", "2,5 lít/phút từ 07:05"] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("chuyển viện Trần Thị Bích: xe đã rời nhà"));
    let list = care.browser.page("removals").await;
    assert!(list.contains("Trần Thị Bích") && list.contains(">07:25<") && list.contains("Đã đến nơi"));
    assert!(!hrefs(&care.browser.page("rounds").await, "/desk/removals").is_empty());

    // Another ward's station knows nothing of it.
    let other = care.centre.unit("TQUY.TYT").await;
    let stranger = care.centre.staff("Trạm khác").at(other, Role::StationStaff).create().await;
    let stranger = Browser::of(&care.centre, stranger).await;
    assert!(!stranger.page("removals").await.contains("Trần Thị Bích"));
    let theirs = stranger.open(&format!("{journey}?removal={removal}")).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    let end = [("removal", &*removal), ("do", "end"), ("ended_as", "admitted")];
    assert_eq!(stranger.post(&journey, &end).await.status, StatusCode::NOT_FOUND);

    let done = press(&[("do", "end"), ("ended_as", "admitted")]).await;
    assert!(done.to.ends_with("?done=journey-end"), "{} {}", done.status, done.text);
    assert!(press(&[("do", "end"), ("ended_as", "admitted")]).await.to.ends_with("?done=journey-known"));
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Đã nhập viện") && page.contains("Chuyển viện, khu điều trị"));
    let page = care.browser.page(&format!("cases/{case}")).await;
    assert!(page.contains("Bệnh viện (") && page.contains("đổi nơi chăm sóc từ Tại nhà sang Bệnh viện ("));
    assert!(care.browser.page("removals").await.contains("Không có chuyến chuyển viện nào"));
}

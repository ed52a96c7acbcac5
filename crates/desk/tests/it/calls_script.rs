//! The script's panel in the call room when something is wrong: danger rings all the same, and what is written down
//! goes to the call that it is about.

use crate::{
    browser::{Seen, hidden},
    calls::{Station, count},
    households::Care,
};
use axum::http::StatusCode;
use duty::{
    calls::{self, Outcome},
    tickets,
};
use health::{
    followups::{self, Closed, Subject},
    households::NewMember,
    scripts::{self, Kind, NewScript},
};
use jiff::civil::date;
use kernel::{CallId, HouseholdId, PersonId, Role, TicketId};

const RUNG: &str = "select count(*) from tickets where kind = 'hotline_emergency'";

impl Station {
    async fn come(&self) {
        self.browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    }

    async fn tell(&self, call: CallId, version: &str, told: &[(&str, &str)]) -> Seen {
        let nobody = uuid::Uuid::nil().to_string();
        let mut fields = vec![("script", "symptoms"), ("version", version), ("p0", nobody.as_str())];
        fields.extend(told);
        self.browser.post(&format!("calls/{call}/script"), &fields).await
    }
}

impl Care {
    /// Lê Văn An, born in 1950, is followed in a household from now on.
    async fn follow_grandfather(&self, home: HouseholdId) -> PersonId {
        let new = NewMember { full_name: "Lê Văn An".into(), birth: "1950".into(), ..NewMember::default() };
        let mut cx = self.centre.system().await;
        let person = followups::add_member(&mut cx, home, &new, Some(Subject::F1)).await.unwrap();
        cx.commit().await.unwrap();
        person
    }

    /// Nobody of a household is followed any more.
    async fn release(&self, home: HouseholdId) {
        let mut cx = self.centre.system().await;
        for one in followups::sheet(&mut cx, home).await.unwrap().plans {
            followups::close(&mut cx, one.kept.id, Closed::Released, "Đủ ngày").await.unwrap();
        }
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn danger_rings_though_the_note_is_too_long_and_more_is_added_to_its_ticket() {
    let station = Station::new().await;
    station.come().await;
    let call = station.served("symptoms").await;
    let long = "a".repeat(2_001);
    let told = [("m0_breath", "1"), ("disposition", "answered"), ("note", long.as_str())];
    let back = station.tell(call, "0", &told).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(back.text.contains("báo động đã mở") && back.text.contains("href=\"#note\""), "{}", back.text);
    assert_eq!(count(&station.centre, RUNG).await, 1);

    // The same call again: its ticket is told of more.
    let more = station.tell(call, "0", &[("m0_cyanosis", "1")]).await;
    assert!(more.to.ends_with("calls?done=script-emergency-added"), "{} {}", more.status, more.text);
    assert!(station.browser.page(&more.to).await.contains("vừa được báo thêm"));
    assert_eq!(count(&station.centre, RUNG).await, 1);
    let noted = "select count(*) from events where kind = 'ticket.noted'";
    assert_eq!(count(&station.centre, noted).await, 1);

    // Now it is known which ward has to hear of it.
    let ward = station.centre.unit("TPHONG").await.to_string();
    let here = [("m0_breath", "1"), ("ward", ward.as_str())];
    let known = station.tell(call, "0", &here).await;
    assert!(known.to.ends_with("calls?done=script-emergency"), "{} {}", known.status, known.text);
    let of_station = "select count(*) from tickets t join units u on u.id = t.unit_id
                      where t.kind = 'hotline_emergency' and u.code = 'TPHONG.TYT'
                        and t.task ->> 'vi' like 'Cấp cứu: cán bộ trực tổng đài vừa nghe%'";
    assert_eq!((count(&station.centre, RUNG).await, count(&station.centre, of_station).await), (2, 1));

    // What has been answered rings for nobody: it is opened anew.
    let mut cx = station.centre.system().await;
    let sql = "select ticket_id from hotline_owed where kind = 'emergency'";
    let ticket: uuid::Uuid = sqlx::query_scalar(sql).fetch_one(cx.conn()).await.unwrap();
    drop(cx);
    let nurse = station.centre.staff("Trực trạm hai").at(station.unit, Role::StationStaff).create().await;
    let mut cx = station.centre.as_staff(nurse).await;
    tickets::resolve(&mut cx, TicketId(ticket), "Đã đến nhà", None).await.unwrap();
    cx.commit().await.unwrap();
    let again = station.tell(call, "0", &here).await;
    assert!(again.to.ends_with("calls?done=script-emergency"), "{} {}", again.status, again.text);
    assert_eq!(count(&station.centre, RUNG).await, 3);
}

#[tokio::test]
async fn danger_that_only_the_script_knows_is_not_nothing() {
    let station = Station::new().await;
    let mut questions = scripts::shipped("symptoms").unwrap().questions;
    for question in &mut questions {
        if let Kind::Choice(choices) = &mut question.kind
            && question.key == "chest"
        {
            for choice in choices {
                choice.symptom = None;
            }
        }
    }
    let new = NewScript { key: "symptoms".into(), valid_from: date(2021, 9, 25), questions, after: 0 };
    let mut cx = station.centre.system().await;
    scripts::save(&mut cx, &new).await.unwrap();
    cx.commit().await.unwrap();
    station.come().await;
    let call = station.served("symptoms").await;
    let old = station.tell(call, "0", &[("m0_chest", "1")]).await;
    assert!(old.text.contains("báo động chưa mở"), "{}", old.text);
    assert_eq!(count(&station.centre, RUNG).await, 0);
    let rings = station.tell(call, "1", &[("m0_chest", "1")]).await;
    assert!(rings.to.ends_with("calls?done=script-emergency"), "{} {}", rings.status, rings.text);
    assert_eq!(count(&station.centre, RUNG).await, 1);
    let page = station.browser.page(&format!("calls/{call}")).await;
    assert!(page.contains("đau ngực hoặc tức ngực không? có"), "{page}");
}

#[tokio::test]
async fn the_panel_follows_the_calls_and_an_old_one_writes_into_no_other() {
    let station = Station::new().await;
    let browser = &station.browser;
    station.come().await;
    let page = browser.page("calls").await;
    assert!(page.contains("id=\"script-part\"") && page.contains("calls?panel=\""), "{page}");
    assert_eq!(browser.open("calls?panel=").await.status, StatusCode::NO_CONTENT);
    let first = station.served("symptoms").await;
    assert!(browser.page("calls?panel=").await.contains("m0_breath"));
    assert_eq!(browser.open(&format!("calls?panel={first}")).await.status, StatusCode::NO_CONTENT);

    let mut cx = station.centre.system().await;
    calls::ended(&mut cx, first, Outcome::Completed, None).await.unwrap();
    cx.commit().await.unwrap();
    browser.post("calls/presence", &[("do", "ready")]).await;
    let second = station.served("symptoms").await;
    assert!(browser.page(&format!("calls?panel={first}")).await.contains(&format!("calls/{second}/script")));
    let told = [("m0_breath", "1"), ("note", "ở hẻm 12")];
    let stale = station.tell(first, "0", &told).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.text.contains("đang nói chuyện với người khác"), "{}", stale.text);
    assert!(stale.text.contains("ở hẻm 12") && stale.text.contains("value=\"1\" checked"), "{}", stale.text);
    assert!(!stale.text.contains("calls?panel="), "what was typed stays on the screen");
    assert_eq!(count(&station.centre, RUNG).await, 0);
    // He says whose it is.
    let own = station.tell(first, "0", &[told[0], told[1], ("earlier", "yes")]).await;
    assert!(own.to.ends_with("calls?done=script-emergency"), "{} {}", own.status, own.text);
    assert_eq!(count(&station.centre, RUNG).await, 1);
}

#[tokio::test]
async fn a_member_without_a_device_is_well_and_who_was_left_out_is_named() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    care.follow_grandfather(home).await;
    care.browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    let called = care.browser.post("calls", &[("household", &home.to_string())]).await;
    let call = called.to.rsplit('=').next().unwrap();
    let page = care.browser.page("calls").await;
    let person = |n: usize| hidden(&page, &format!("p{n}")).unwrap();
    let (key, first, second) = (hidden(&page, "form_key").unwrap(), person(0), person(1));
    let fields = [
        ("form_key", key.as_str()),
        ("script", "care"),
        ("version", "0"),
        ("outcome", "reached"),
        ("p0", first.as_str()),
        ("m0_feel", "1"),
        ("m0_breath", "2"),
        ("m0_chest", "2"),
        ("p1", second.as_str()),
        ("m1_feel", "1"),
    ];
    let done = care.browser.post(&format!("calls/{call}/script"), &fields).await;
    let left = format!("calls?done=script-entered&left={second}");
    assert!(done.to.ends_with(&left), "{} {} {}", done.status, done.to, done.text);
    let page = care.browser.page(&done.to).await;
    assert!(page.contains("Chưa ghi được gì cho:"), "{page}");
    let kept = "select count(*) from follow_contacts where outcome = 'reached'";
    assert_eq!(count(&care.centre, kept).await, 1);
}

#[tokio::test]
async fn a_household_that_is_released_while_it_talks_is_heard() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    let browser = &care.browser;
    browser.post("calls/presence", &[("do", "come"), ("extension", "201")]).await;
    let called = browser.post("calls", &[("household", &home.to_string())]).await;
    let path = format!("calls/{}/script", called.to.rsplit('=').next().unwrap());
    let page = browser.page("calls").await;
    let (key, person) = (hidden(&page, "form_key").unwrap(), hidden(&page, "p0").unwrap());
    care.release(home).await;
    let send = async |told: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("form_key", key.as_str()),
            ("script", "care"),
            ("version", "0"),
            ("outcome", "reached"),
            ("p0", person.as_str()),
        ];
        fields.extend(told);
        browser.post(&path, &fields).await
    };
    // Nobody is asked by name any more: what was written down stands in the note.
    let back = send(&[("m0_temperature", "37,2"), ("m0_chest", "2")]).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(back.text.contains("Người được hỏi vừa thay đổi") && back.text.contains("37,2"), "{}", back.text);
    assert_ne!(hidden(&back.text, "p0").unwrap(), person);
    assert_eq!(count(&care.centre, RUNG).await, 0);

    let rings = send(&[("m0_breath", "1")]).await;
    assert!(rings.to.ends_with("calls?done=script-emergency"), "{} {}", rings.status, rings.text);
    let of_home =
        "select count(*) from tickets t join households h on t.task ->> 'vi' like '%hộ ' || h.code || '%'
                   where t.kind = 'hotline_emergency'";
    assert_eq!(count(&care.centre, of_home).await, 1);
}

#[tokio::test]
async fn a_note_is_not_lost_when_the_household_comes_to_be_followed_while_it_is_typed() {
    let care = Care::new().await;
    let (_, home) = care.f0(1, "Trần Thị Bích", "TPHONG").await;
    care.release(home).await;
    let call = care.served().await;
    care.shows_code(call, home).await;
    // Nobody is followed there: what he tells becomes a note on the call.
    let browser = &care.browser;
    let page = browser.page("calls").await;
    let nobody = uuid::Uuid::nil().to_string();
    assert_eq!(hidden(&page, "p0").as_ref(), Some(&nobody));
    assert!(page.contains("name=\"note\"") && !page.contains("name=\"n0\""), "{page}");

    let person = care.follow_grandfather(home).await.to_string();
    assert_eq!(
        browser.open(&format!("calls?panel={call}")).await.status,
        StatusCode::NO_CONTENT,
        "what was typed stays on the screen"
    );
    let path = format!("calls/{call}/script");
    let typed = [
        ("script", "symptoms"),
        ("version", "0"),
        ("p0", nobody.as_str()),
        ("m0_temperature", "37,2"),
        ("disposition", "answered"),
        ("note", "ở nhà sau, gọi chị Hoa trước khi đến"),
    ];
    let back = browser.post(&path, &typed).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(back.text.contains("Người được hỏi vừa thay đổi"), "{}", back.text);
    assert_eq!(hidden(&back.text, "p0").as_ref(), Some(&person));
    // There is one whom it can be about: all of it stands in his note already.
    let (_, note) = back.text.split_once("name=\"n0\"").unwrap();
    let (note, _) = note.split_once("</textarea>").unwrap();
    assert!(note.contains("37,2") && note.contains("gọi chị Hoa trước khi đến"), "{note}");
    assert_eq!(count(&care.centre, "select count(*) from follow_contacts").await, 0);

    let key = hidden(&back.text, "form_key").unwrap();
    let mended = [
        ("form_key", key.as_str()),
        ("script", "symptoms"),
        ("version", "0"),
        ("outcome", "reached"),
        ("p0", person.as_str()),
        ("m0_temperature", "37,2"),
        ("n0", "ở nhà sau, gọi chị Hoa trước khi đến"),
    ];
    let done = browser.post(&path, &mended).await;
    assert!(done.to.contains("calls?done=script-"), "{} {}", done.status, done.text);
    let mut cx = care.centre.system().await;
    let plans = followups::sheet(&mut cx, home).await.unwrap().plans;
    let kept: Vec<_> =
        plans.iter().flat_map(|one| &one.contacts).filter_map(|contact| contact.note.as_deref()).collect();
    assert_eq!(kept, ["ở nhà sau, gọi chị Hoa trước khi đến"]);
}

use duty::{
    calendars, rules,
    tickets::{self, NewMatter, Severity},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Error, Role};
use serde_json::json;
use store::Event;
use testkit::TestCentre;

fn version(from: jiff::civil::Date, values: serde_json::Value) -> rules::NewVersion {
    rules::NewVersion {
        valid_from: from,
        valid_to: None,
        citation: "Quyết định thử".into(),
        verified: true,
        note: None,
        values,
    }
}

#[tokio::test]
async fn the_version_of_the_event_s_own_day_decides_and_is_kept_with_the_verdict() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let august = rules::on(&mut cx, "f0.home_care", date(2021, 8, 25)).await.unwrap();
    let september = rules::on(&mut cx, "f0.home_care", date(2021, 9, 25)).await.unwrap();
    assert_eq!((august.version, september.version), (1, 2));
    assert_eq!(august.int("adult.spo2_below").unwrap(), 96);
    let event = Event::new("case.judged", uuid::Uuid::from_u128(1)).data(json!({ "verdict": "home" }));
    cx.record(rules::judged(event, &[&august]));
    let told = super::events(&mut cx, "case.judged").await;
    assert_eq!(told[0]["rules"][0], json!({ "code": "f0.home_care", "version": 1, "origin": "shipped" }));
    assert_eq!(told[0]["verdict"], "home");
    let error = rules::on(&mut cx, "f0.news", date(2020, 1, 1)).await.unwrap_err();
    assert!(error.to_string().contains("f0.news is in force on 2020-01-01"), "{error}");
}

#[tokio::test]
async fn a_tenant_adds_a_version_and_the_law_before_it_stays_as_it_was() {
    let centre = TestCentre::new().await;
    let other = centre.add_tenant("tan-hung").await;
    let mut cx = centre.system().await;
    let values =
        |level: &str| json!({ "level": level, "hold_after_message": "PT20S", "climb_at_once_on": ["busy"] });
    // What nobody could judge by is not taken in.
    for wrong in [json!({ "level": "PT90S" }), values("a minute and a half")] {
        let refused = rules::add(&mut cx, "f0.news", version(date(2021, 10, 1), wrong)).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "values", .. })), "{refused:?}");
    }
    let new = version(date(2021, 10, 1), values("PT90S"));
    assert_eq!(rules::add(&mut cx, "f0.news", new).await.unwrap(), rules::TENANT_FROM + 1);
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    let before = rules::on(&mut cx, "f0.news", date(2021, 9, 30)).await.unwrap();
    let after = rules::on(&mut cx, "f0.news", date(2021, 10, 1)).await.unwrap();
    assert_eq!((before.version, before.origin), (1, rules::Origin::Shipped));
    assert_eq!((after.version, after.origin), (rules::TENANT_FROM + 1, rules::Origin::Tenant));
    assert_eq!(after.duration("level").unwrap(), SignedDuration::from_secs(90));
    // Another version that begins earlier and would run into it.
    let into = version(date(2021, 9, 28), values("PT60S"));
    assert!(matches!(rules::add(&mut cx, "f0.news", into).await, Err(Error::Conflict("error-rule-overlap"))));
    let listed = rules::list(&mut cx).await.unwrap();
    let news = listed.iter().find(|rule| rule.head.code == "f0.news").unwrap();
    assert_eq!((news.in_force, news.versions.len()), (Some(1), 2));
    let mut cx = centre.store.begin(other.id, kernel::Actor::system("test")).await.unwrap();
    assert_eq!(rules::on(&mut cx, "f0.news", date(2021, 10, 1)).await.unwrap().version, 1);
}

#[tokio::test]
async fn the_opening_of_a_ticket_names_the_law_under_which_its_answer_is_owed() {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let mut cx = centre.system().await;
    let new = |kind| NewMatter {
        kind,
        severity: Severity::Emergency,
        ward: Some(ward),
        object_kind: "case",
        object: uuid::Uuid::from_u128(1),
    };
    let spec = centre.tenant.pack.matter("f0_news").unwrap();
    tickets::open_matter(&mut cx, &new("f0_news"), spec).await.unwrap();
    // On the working clock the due time leans on the calendar.
    let mut ladder = tickets::ladder::by_code(&mut cx, "f0_news").await.unwrap();
    ladder.clock = calendars::ClockKind::Working;
    let ticket = tickets::NewTicket {
        kind: "errand".into(),
        responsible: tickets::Responsible::Unit(ward),
        ladder,
        task: json!({ "vi": "Việc thử", "en": "An errand" }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    tickets::open_ticket(&mut cx, &new("errand"), ticket).await.unwrap();
    let opened = super::events(&mut cx, "ticket.opened").await;
    assert_eq!(opened.len(), 4);
    let news = json!([{ "code": "f0.news", "version": 1, "origin": "shipped" }]);
    assert!(opened[..3].iter().all(|event| event["rules"] == news), "{opened:?}");
    let calendar: Vec<_> = opened[3]["rules"].as_array().unwrap().iter().map(|law| &law["code"]).collect();
    assert_eq!(calendar, ["calendar.holidays", "office.hours"]);
}

#[tokio::test]
async fn only_an_administrator_adds_a_version() {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
    let mut cx = centre.as_staff(chair).await;
    let new = version(date(2021, 10, 1), json!({}));
    assert!(matches!(rules::add(&mut cx, "f0.news", new).await, Err(Error::Forbidden(_))));
    assert_eq!(rules::list(&mut cx).await.unwrap().len(), 25);
}

#[tokio::test]
async fn the_working_clock_knows_the_holidays_and_a_tenant_s_own() {
    let centre = TestCentre::new().await;
    let at = |local: &str| {
        let local: jiff::civil::DateTime = local.parse().unwrap();
        centre.tenant.timezone().to_timestamp(local).unwrap()
    };
    let hours = SignedDuration::from_hours;
    let mut cx = centre.system().await;
    // Wednesday 1 September 2021, 16:00: the 2nd and 3rd are National Day, then a weekend.
    let due = calendars::add_working(&mut cx, at("2021-09-01T16:00"), hours(2)).await.unwrap();
    assert_eq!(due, at("2021-09-06T08:30"));
    let reckoned = calendars::reckon_working(&mut cx, at("2028-03-01T16:00"), hours(2)).await.unwrap();
    assert_eq!(reckoned.doubt, Some(calendars::Doubt::UnknownYear(2028)));
    // The day off that was announced in the middle of a year.
    let holiday = json!({ "date": "2026-11-24", "name_vi": "Ngày Văn hóa", "name_en": "Culture Day", "verified": true });
    let new = version(date(2026, 11, 24), json!({ "holidays": [holiday], "make_up": [] }));
    rules::add(&mut cx, "calendar.holidays", new).await.unwrap();
    let due = calendars::add_working(&mut cx, at("2026-11-23T16:30"), hours(1)).await.unwrap();
    assert_eq!(due, at("2026-11-25T08:00"));
    cx.rollback().await.unwrap();
    // What was only tried is not kept.
    let mut cx = centre.system().await;
    let due = calendars::add_working(&mut cx, at("2026-11-23T16:30"), hours(1)).await.unwrap();
    assert_eq!(due, at("2026-11-24T08:00"));
}

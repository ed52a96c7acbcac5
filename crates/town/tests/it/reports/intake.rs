use crate::town::{Town, picture};
use ::town::{
    files::{self, Purpose, Size, Vault},
    reports::{self, Channel, NewReport, State},
};
use duty::tickets::{self, Severity};
use kernel::{Actor, Error, Role};
use object_store::memory::InMemory;
use std::sync::Arc;
use store::events;

#[tokio::test]
async fn rubbish_behind_the_market_goes_to_the_ward_committee_and_others_are_told() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    assert!(!submitted.again);
    let track = town.track(&submitted.code.to_string().to_lowercase()).await.unwrap();
    assert_eq!((track.state, track.unit), (State::Received, Some(town.ward)));
    assert_eq!(track.due_at, track.received_at + jiff::SignedDuration::from_hours(48));
    assert!(!track.overdue && !track.with_leader && !track.asks_rating && !track.may_contest);

    let mut cx = town.centre.as_staff(town.clerk).await;
    let report = reports::report(&mut cx, submitted.id).await.unwrap();
    assert_eq!(report.details.as_deref(), Some("Rác chất đống sau chợ ba ngày nay, bốc mùi."));
    assert!(report.has_name && report.has_phone);
    let seats = tickets::seats(&mut cx, report.ticket).await.unwrap();
    for code in ["TPHONG", "TNMT", "DVCI"] {
        assert!(seats.contains(&town.centre.unit(code).await), "{code}");
    }
    assert!(!seats.contains(&town.centre.unit("LDQ").await));
}

#[tokio::test]
async fn a_form_sent_twice_is_one_report_with_one_ticket() {
    let town = Town::new().await;
    let first = town.submit(town.rubbish("form-0001")).await.unwrap();
    let second = town.submit(town.rubbish("form-0001")).await.unwrap();
    assert!(second.again);
    assert_eq!((second.id, &second.code), (first.id, &first.code));
    let other = town.submit(town.rubbish("form-0002")).await.unwrap();
    assert_ne!(other.id, first.id);
    // The same key on another channel is another report, and tells nobody the first one's code.
    let mut cx = town.centre.system().await;
    let elsewhere = NewReport { channel: Some(Channel::Line1022), ..town.rubbish("form-0001") };
    let elsewhere = reports::submit(&mut cx, &town.centre.tenant, elsewhere).await.unwrap();
    assert!(!elsewhere.again);
}

#[tokio::test]
async fn a_key_that_was_guessed_gives_nobody_the_code() {
    let town = Town::new().await;
    let first = town.submit(town.rubbish("form-0001")).await.unwrap();
    for other in [
        NewReport {
            details: "Rác chất đống sau chợ, nội dung khác.".into(), ..town.rubbish("form-0001")
        },
        NewReport { phone: String::new(), ..town.rubbish("form-0001") },
        NewReport { category: "noise".into(), ..town.rubbish("form-0001") },
        NewReport { point: None, ..town.rubbish("form-0001") },
    ] {
        assert!(matches!(town.submit(other).await, Err(Error::Conflict("error-report-key-used"))));
    }
    // Typed a little differently it is still the same.
    let same = NewReport { phone: "+84 903 123 456".into(), ..town.rubbish("form-0001") };
    assert_eq!(town.submit(same).await.unwrap().code, first.code);
}

#[tokio::test]
async fn the_same_key_at_once_is_one_report() {
    let town = Town::new().await;
    let mut waiting = Vec::new();
    for _ in 0..6 {
        let (store, tenant, new) =
            (town.centre.store.clone(), town.centre.tenant.clone(), town.rubbish("form-0001"));
        waiting.push(tokio::spawn(async move {
            let mut cx = store.begin(tenant.id, Actor::public()).await.unwrap();
            let submitted = reports::submit(&mut cx, &tenant, new).await.unwrap();
            cx.commit().await.unwrap();
            submitted
        }));
    }
    let mut all = Vec::new();
    for one in waiting {
        all.push(one.await.unwrap());
    }
    assert_eq!(all.iter().filter(|one| !one.again).count(), 1);
    assert!(all.iter().all(|one| one.id == all[0].id && one.code == all[0].code));
    let mut cx = town.centre.as_staff(town.operator).await;
    let filter = reports::Filter { limit: 50, ..Default::default() };
    assert_eq!(reports::list(&mut cx, &town.centre.tenant, &filter).await.unwrap().len(), 1);
    let ticket = reports::report(&mut cx, all[0].id).await.unwrap().ticket;
    let all_tickets = tickets::Filter { units: vec![town.ward], limit: 50, ..Default::default() };
    let queue = tickets::queue(&mut cx, &all_tickets).await.unwrap();
    assert_eq!(queue.iter().map(|line| line.id).collect::<Vec<_>>(), [ticket]);
}

#[tokio::test]
async fn a_first_submission_that_fails_leaves_the_key_free() {
    let town = Town::new().await;
    let missing =
        NewReport { files: vec![kernel::FileId(uuid::Uuid::from_u128(1))], ..town.rubbish("form-0001") };
    assert!(matches!(town.submit(missing).await, Err(Error::Conflict("error-file-gone"))));
    assert!(!town.submit(town.rubbish("form-0001")).await.unwrap().again);
}

#[tokio::test]
async fn every_fault_is_named_at_its_field_and_nothing_is_kept() {
    let town = Town::new().await;
    let bad = NewReport {
        key: "k".into(),
        category: "complaint".into(),
        ward: Some(town.centre.unit("TNMT").await),
        address: "đ".repeat(301),
        point: Some((48.85, 2.35)),
        details: "ngắn".into(),
        phone: "0903 12".into(),
        ..NewReport::default()
    };
    let mut cx = town.centre.begin(Actor::public()).await;
    let faults = reports::faults(&mut cx, &town.centre.tenant, &bad).await.unwrap();
    let found: Vec<_> = faults.iter().map(|fault| (fault.field, fault.key)).collect();
    assert_eq!(
        found,
        [
            ("category", "error-category-redirect"),
            ("ward", "error-ward-unknown"),
            ("address", "error-text-too-long"),
            ("point", "error-place-outside"),
            ("details", "error-details-short"),
            ("phone", "error-phone-length"),
            ("key", "error-key-length"),
        ]
    );
    let said = reports::submit(&mut cx, &town.centre.tenant, bad).await;
    assert!(matches!(said, Err(Error::Invalid { field: "category", key: "error-category-redirect" })));
    for (new, field, key) in [
        (
            NewReport { category: "nothing".into(), ..town.rubbish("form-0001") },
            "category",
            "error-category-unknown",
        ),
        (
            NewReport { category: String::new(), ..town.rubbish("form-0001") },
            "category",
            "error-category-missing",
        ),
        (NewReport { ward: None, ..town.rubbish("form-0001") }, "ward", "error-ward-missing"),
        (
            NewReport { details: "a".repeat(2001), ..town.rubbish("form-0001") },
            "details",
            "error-text-too-long",
        ),
        (NewReport { details: " \n ".into(), ..town.rubbish("form-0001") }, "details", "error-text-missing"),
        (
            NewReport { details: "có ký tự lạ \u{0} ở đây".into(), ..town.rubbish("form-0001") },
            "details",
            "error-text-control",
        ),
        (
            NewReport { name: String::new(), phone: " ".into(), ..town.rubbish("form-0001") },
            "phone",
            "error-reporter-missing",
        ),
        (NewReport { phone: "1022".into(), ..town.rubbish("form-0001") }, "phone", "error-phone-short"),
        (
            NewReport {
                files: (0..7).map(|n| kernel::FileId(uuid::Uuid::from_u128(n))).collect(),
                ..town.rubbish("form-0001")
            },
            "file",
            "error-files-too-many",
        ),
    ] {
        let faults = reports::faults(&mut cx, &town.centre.tenant, &new).await.unwrap();
        let found: Vec<_> = faults.iter().map(|fault| (fault.field, fault.key)).collect();
        assert_eq!(found, [(field, key)]);
    }
}

#[tokio::test]
async fn what_people_write_stays_text_and_out_of_the_open_record() {
    let town = Town::new().await;
    let words = "<script>alert(1)</script> Robert'); drop table reports; -- \"%s\" {{7*7}} gọi 0903123456";
    let new = NewReport {
        details: words.into(),
        address: "1806/127/2' or '1'='1".into(),
        ..town.rubbish("form-0001")
    };
    let submitted = town.submit(new).await.unwrap();
    let mut cx = town.centre.as_staff(town.operator).await;
    let report = reports::report(&mut cx, submitted.id).await.unwrap();
    assert_eq!(report.details.as_deref(), Some(words));
    assert_eq!(report.address.as_deref(), Some("1806/127/2' or '1'='1"));
    reports::reporter(&mut cx, &town.centre.tenant, submitted.id, "Gọi lại hỏi đường vào").await.unwrap();
    reports::of_phone(&mut cx, &kernel::Phone::parse("+84903123456").unwrap(), Channel::Phone, "form")
        .await
        .unwrap();
    cx.commit().await.unwrap();
    town.answer(town.clerk, &submitted).await.unwrap();
    town.contest(&submitted).await.unwrap();

    town.centre.seal().await;
    let mut cx = town.centre.system().await;
    let events = events::after(&mut cx, 0, 1000).await.unwrap();
    assert!(events.iter().any(|event| event.kind == "report.received" && event.payload.is_some()));
    let code = submitted.code.to_string();
    for event in &events {
        let data = event.data.to_string();
        for secret in [
            "903123456",
            "903 123",
            "script",
            "Lê Thị",
            "1806",
            "Rác vẫn",
            "hỏi đường",
            &code,
            &code.replace('-', ""),
        ] {
            assert!(!data.contains(secret), "{}: {data}", event.kind);
        }
    }
}

#[tokio::test]
async fn an_anonymous_emergency_rings_the_station_and_is_rated_but_never_dropped() {
    let town = Town::new().await;
    let station = town.centre.unit("TPHONG.TYT").await;
    let nurse = town
        .centre
        .staff("Trực trạm")
        .at(station, Role::StationStaff)
        .phone("+84900000001")
        .on_duty()
        .create()
        .await;
    for count in 0..4 {
        let new = NewReport {
            category: "illness".into(),
            details: "Ông cụ nhà bên khó thở, môi tím.".into(),
            anonymous: true,
            source: Some("203.0.113.7".into()),
            ..town.rubbish(&format!("form-000{count}"))
        };
        let submitted = town.submit(new).await.unwrap();
        let mut cx = town.centre.as_staff(town.operator).await;
        let report = reports::report(&mut cx, submitted.id).await.unwrap();
        assert_eq!(report.source_rate, count);
        // Anonymous means that neither was kept, whatever was typed.
        assert!(report.anonymous && !report.has_name && !report.has_phone);
        let mut cx = town.centre.as_staff(nurse).await;
        let (ticket, _) = tickets::ticket(&mut cx, report.ticket).await.unwrap();
        assert_eq!((ticket.severity, ticket.unit), (Severity::Emergency, Some(station)));
        assert_eq!(ticket.ladder.code, "emergency_station");
        let attempts = tickets::attempts::of_tickets(&mut cx, &[report.ticket]).await.unwrap();
        assert!(attempts.iter().any(|attempt| attempt.channel == "call" && attempt.staff == Some(nurse)));
        reports::report(&mut cx, submitted.id).await.unwrap();
    }
    // An hour later the source starts from nothing.
    town.centre.advance(jiff::SignedDuration::from_mins(61)).await;
    let new = NewReport { anonymous: true, source: Some("203.0.113.7".into()), ..town.rubbish("form-0009") };
    let submitted = town.submit(new).await.unwrap();
    let mut cx = town.centre.as_staff(town.operator).await;
    assert_eq!(reports::report(&mut cx, submitted.id).await.unwrap().source_rate, 0);
}

#[tokio::test]
async fn an_operator_enters_for_a_caller_and_nobody_else_in_his_name() {
    let town = Town::new().await;
    let called = |key: &str| NewReport { channel: Some(Channel::Phone), ..town.rubbish(key) };
    let refused = town.submit(called("call-0001")).await;
    assert!(matches!(refused, Err(Error::Forbidden("report.enter"))));
    let gateway = NewReport { channel: Some(Channel::Line1022), ..town.rubbish("call-0001") };
    assert!(matches!(town.submit(gateway).await, Err(Error::Forbidden("report.enter"))));

    let mut cx = town.centre.as_staff(town.operator).await;
    let submitted = reports::submit(&mut cx, &town.centre.tenant, called("call-0001")).await.unwrap();
    let report = reports::report(&mut cx, submitted.id).await.unwrap();
    assert_eq!((report.channel, report.by_staff), (Channel::Phone, Some(town.operator)));
    assert_eq!(reports::code(&mut cx, submitted.id).await.unwrap(), submitted.code);
    let phone = kernel::Phone::parse("0903123456").unwrap();
    let again = reports::of_phone(&mut cx, &phone, Channel::Counter, "call-0001").await.unwrap();
    assert_eq!(again.iter().map(|line| line.id).collect::<Vec<_>>(), [submitted.id]);
    cx.commit().await.unwrap();
    // That it was looked up is on record, with the call at hand as its reason.
    let mut cx = town.centre.system().await;
    let events = events::of_object(&mut cx, town.centre.id().uuid()).await.unwrap();
    let looked = events.iter().find(|event| event.kind == "reporter.looked_up").unwrap();
    assert_eq!((&looked.data["reason"], &looked.data["channel"]), (&"call".into(), &"counter".into()));

    let elsewhere = town.centre.unit("TQUY").await;
    let stranger = town.centre.staff("Cán bộ nơi khác").at(elsewhere, Role::WardOfficial).create().await;
    let mut cx = town.centre.as_staff(stranger).await;
    let refused = reports::submit(&mut cx, &town.centre.tenant, called("call-0002")).await;
    assert!(matches!(refused, Err(Error::Forbidden("report.enter"))));
}

#[tokio::test]
async fn another_tenants_code_and_a_wrong_code_are_not_found() {
    let town = Town::new().await;
    let submitted = town.submit(town.rubbish("form-0001")).await.unwrap();
    let other = town.centre.add_tenant("tan-hung").await;
    let mut cx = town.centre.store.begin(other.id, Actor::public()).await.unwrap();
    let code = submitted.code.to_string();
    assert!(matches!(reports::track(&mut cx, &code).await, Err(Error::NotFound)));
    assert!(matches!(reports::rate(&mut cx, &code, 5, true).await, Err(Error::NotFound)));
    cx.actor = Actor::system("test");
    assert!(matches!(reports::report(&mut cx, submitted.id).await, Err(Error::NotFound)));
    for wrong in ["0000-0000-0000-0000", "", "' or 1=1 --"] {
        assert!(matches!(town.track(wrong).await, Err(Error::NotFound)), "{wrong}");
    }
}

#[tokio::test]
async fn pictures_go_with_the_report_and_are_seen_by_its_handlers_only() {
    let town = Town::new().await;
    let vault = Vault::over(Arc::new(InMemory::new()));
    let mut cx = town.centre.begin(Actor::public()).await;
    let photo = picture(200, 100, image::ImageFormat::Jpeg);
    let file = files::keep(&mut cx, &vault, photo, Purpose::Report).await.unwrap();
    let new = NewReport { files: vec![file], ..town.rubbish("form-0001") };
    let submitted = reports::submit(&mut cx, &town.centre.tenant, new).await.unwrap();
    cx.commit().await.unwrap();

    let mut cx = town.centre.as_staff(town.clerk).await;
    let report = reports::report(&mut cx, submitted.id).await.unwrap();
    assert_eq!(report.files.iter().map(|one| one.file.id).collect::<Vec<_>>(), [file]);
    reports::file(&mut cx, &vault, submitted.id, file, Size::Thumbnail).await.unwrap();
    let elsewhere = town.centre.unit("TQUY").await;
    let stranger = town.centre.staff("Cán bộ nơi khác").at(elsewhere, Role::WardOfficial).create().await;
    let mut cx = town.centre.as_staff(stranger).await;
    let hidden = reports::file(&mut cx, &vault, submitted.id, file, Size::Whole).await;
    assert!(matches!(hidden, Err(Error::NotFound)));
    // A picture without a place cannot be compared with the report's; the centre sees what there is.
    let mut cx = town.centre.as_staff(town.clerk).await;
    let evidence = reports::report(&mut cx, submitted.id).await.unwrap().files.remove(0).evidence;
    assert_eq!(evidence, reports::Evidence::Fits(None));
    let mut cx = town.centre.as_staff(town.operator).await;
    let evidence = reports::report(&mut cx, submitted.id).await.unwrap().files.remove(0).evidence;
    assert!(matches!(evidence, reports::Evidence::Whole(_)));
    // Another report cannot take the picture.
    let thief = NewReport { files: vec![file], ..town.rubbish("form-0002") };
    assert!(matches!(town.submit(thief).await, Err(Error::Conflict("error-file-gone"))));
}

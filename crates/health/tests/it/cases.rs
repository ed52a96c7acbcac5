use crate::day::Day;
use health::cases::{self, Care, Classification, Filter, Outcome, TestKind};
use jiff::SignedDuration;
use kernel::{Actor, Error, citizen_id::Sex};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn a_nurse_records_an_f0_and_three_units_are_rung() {
    let day = Day::begin().await;
    let recorded = day.record(&day.form(1)).await;
    assert_eq!(recorded.outcome, Some(Outcome::Opened));
    let opened = recorded.opened.unwrap();
    assert_eq!(opened.tickets.len(), 3);
    let calls = day.calls(opened.matter).await;
    let mut units: Vec<_> = calls.iter().filter_map(|call| call.unit).collect();
    units.dedup();
    assert_eq!(units, [day.station, day.ward, day.centre.unit("TPHONG.CA").await]);

    let mut cx = day.centre.as_staff(day.nurse).await;
    let case = cases::find(&mut cx, recorded.case).await.unwrap();
    assert_eq!((case.classification, case.care), (Classification::Confirmed, Care::Home));
    assert_eq!((case.person.full_name.as_str(), case.person.birth_year), ("Trần Thị Bích", Some(1985)));
    assert_eq!(case.person.phone_masked.as_deref(), Some("0900 ··· 777"));
    assert_eq!((case.results.len(), case.recorded_by), (1, Some(day.nurse)));
    assert_eq!((case.recorded_by_unit, case.matter), (Some(day.station), Some(opened.matter)));
    // What was typed survives as text.
    assert_eq!(case.note.as_deref(), Some("Sốt từ tối qua <b>38,5</b>'; drop table people; --"));
    let kinds: Vec<_> =
        cases::timeline(&mut cx, recorded.case).await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["case.recorded", "test.recorded", "case.announced"]);
    let counts = cases::today_by_ward(&mut cx, &day.centre.tenant).await.unwrap();
    assert_eq!(counts.len(), 1, "a station sees the board of its own ward");
    assert_eq!((counts[0].ward, counts[0].confirmed, counts[0].suspected), (day.ward, 1, 0));
}

#[tokio::test]
async fn a_form_sent_twice_records_once_and_answers_the_same() {
    let day = Day::begin().await;
    let form = day.form(7);
    let (one, two) = tokio::join!(day.record_as(day.nurse, &form), day.record_as(day.nurse, &form));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.case, one.person), (two.case, two.person));
    assert_eq!(one.opened.unwrap().matter, two.opened.unwrap().matter);
    assert_eq!((day.count("cases").await, day.matters().await.len()), (1, 1));
    // Somebody else's form is nobody's business.
    let refused = day.record_as(day.other_nurse, &form).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn the_same_person_positive_again_adds_a_result_and_rings_nobody() {
    let day = Day::begin().await;
    let first = day.record(&day.form(1)).await;
    let mut again = day.form(2);
    again.full_name = "TRAN THI BICH".into();
    again.citizen_id.clear();
    again.basis = TestKind::Pcr;
    again.sample_on = "25/9/2021".into();
    let second = day.record(&again).await;
    assert_eq!((second.case, second.outcome), (first.case, Some(Outcome::ResultAdded)));
    assert_eq!(second.opened.unwrap().matter, first.opened.unwrap().matter);
    again.form_key = uuid::Uuid::from_u128(3);
    assert_eq!(day.record(&again).await.outcome, Some(Outcome::ResultKnown));
    assert_eq!(
        (day.count("people").await, day.count("test_results").await, day.matters().await.len()),
        (1, 2, 1)
    );

    // Long after, it is news again.
    day.centre.advance(DAY * 31).await;
    let mut later = day.form(4);
    later.sample_on = "25/10/2021".into();
    later.result_on.clear();
    let third = day.record(&later).await;
    assert_ne!(third.case, first.case);
    assert_eq!((third.person, third.outcome), (first.person, Some(Outcome::Opened)));
    assert_eq!(day.matters().await.len(), 2);
}

#[tokio::test]
async fn an_f0_reported_in_another_ward_rings_that_ward_too() {
    let day = Day::begin().await;
    let first = day.record(&day.form(1)).await;
    let mut moved = day.form(2);
    moved.ward = Some(day.centre.unit("TQUY").await);
    moved.address = "3 Lâm Văn Bền".into();
    let second = day.record_as(day.other_nurse, &moved).await.unwrap();
    assert_eq!((second.case, second.outcome), (first.case, Some(Outcome::WardChanged)));
    assert_ne!(second.opened.unwrap().matter, first.opened.unwrap().matter);
    // Whoever put it on record keeps it in sight.
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(cases::find(&mut cx, first.case).await.unwrap().ward, moved.ward.unwrap());
}

#[tokio::test]
async fn a_suspected_case_rings_when_it_becomes_an_f0() {
    let day = Day::begin().await;
    let mut form = day.form(1);
    form.classification = Classification::Suspected;
    form.sample_on.clear();
    form.result_on.clear();
    let recorded = day.record(&form).await;
    assert!(recorded.opened.is_none() && day.matters().await.is_empty());

    let mut cx = day.centre.as_staff(day.nurse).await;
    let opened = cases::classify(&mut cx, &day.centre.tenant, recorded.case, Classification::Confirmed, "")
        .await
        .unwrap();
    cx.commit().await.unwrap();
    assert_eq!(opened.unwrap().tickets.len(), 3);

    let mut cx = day.centre.as_staff(day.nurse).await;
    let tenant = &day.centre.tenant;
    let back = cases::classify(&mut cx, tenant, recorded.case, Classification::NotACase, " ").await;
    assert!(matches!(back, Err(Error::Invalid { field: "why", .. })));
    cases::classify(&mut cx, tenant, recorded.case, Classification::NotACase, "PCR âm tính hai lần")
        .await
        .unwrap();
    cases::move_care(&mut cx, recorded.case, Care::Hospital, "").await.unwrap();
    assert!(matches!(
        cases::move_care(&mut cx, recorded.case, Care::Hospital, "").await,
        Err(Error::Conflict(_))
    ));
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    let counts = cases::today_by_ward(&mut cx, tenant).await.unwrap();
    assert_eq!((counts[0].confirmed, counts[0].suspected), (0, 0));
}

#[tokio::test]
async fn a_suspected_case_with_a_positive_test_reported_again_becomes_an_f0() {
    let day = Day::begin().await;
    let mut form = day.form(1);
    form.classification = Classification::Suspected;
    form.basis = TestKind::SelfTest;
    let first = day.record(&form).await;
    let second = day.record(&day.form(2)).await;
    assert_eq!((second.case, second.outcome), (first.case, Some(Outcome::Confirmed)));
    assert_eq!(day.calls(second.opened.unwrap().matter).await.len(), 3);
}

#[tokio::test]
async fn another_wards_nurse_does_not_know_of_the_case() {
    let day = Day::begin().await;
    let recorded = day.record(&day.form(1)).await;
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(cases::find(&mut cx, recorded.case).await, Err(Error::NotFound)));
    assert!(matches!(cases::timeline(&mut cx, recorded.case).await, Err(Error::NotFound)));
    assert!(matches!(
        cases::move_care(&mut cx, recorded.case, Care::Hospital, "").await,
        Err(Error::NotFound)
    ));
    assert!(cases::list(&mut cx, &Filter { limit: 50, ..Filter::default() }).await.unwrap().lines.is_empty());
    let asked = Filter { ward: Some(day.ward), limit: 50, ..Filter::default() };
    assert!(matches!(cases::list(&mut cx, &asked).await, Err(Error::NotFound)));
    drop(cx);
    // The committee's clerk sees it and may not change it.
    let mut cx = day.centre.as_staff(day.clerk).await;
    cases::find(&mut cx, recorded.case).await.unwrap();
    assert!(matches!(
        cases::move_care(&mut cx, recorded.case, Care::Hospital, "").await,
        Err(Error::Forbidden(_))
    ));
    drop(cx);
    // To another tenant the id names nothing.
    let other = day.centre.add_tenant("tan-hung").await;
    let mut cx = day.centre.store.begin(other.id, Actor::system("test")).await.unwrap();
    assert!(matches!(cases::find(&mut cx, recorded.case).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_by_day() {
    let day = Day::begin().await;
    for index in 0..5_u32 {
        let mut form = day.form(u128::from(index) + 1);
        form.full_name = format!("Lê Văn Số{index}");
        form.sex = Some(Sex::Male);
        form.citizen_id.clear();
        form.phone = format!("090000010{index}");
        day.record(&form).await;
        day.centre.advance(SignedDuration::from_mins(1)).await;
    }
    let mut cx = day.centre.as_staff(day.nurse).await;
    let mut filter = Filter { limit: 2, ..Filter::default() };
    let mut names = Vec::new();
    loop {
        let page = cases::list(&mut cx, &filter).await.unwrap();
        names.extend(page.lines.into_iter().map(|line| line.person.full_name));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    assert_eq!(names, ["Lê Văn Số4", "Lê Văn Số3", "Lê Văn Số2", "Lê Văn Số1", "Lê Văn Số0"]);
    let on = |day| Filter { day: Some(day), limit: 50, ..Filter::default() };
    assert_eq!(cases::list(&mut cx, &on(jiff::civil::date(2021, 9, 25))).await.unwrap().lines.len(), 5);
    assert!(cases::list(&mut cx, &on(jiff::civil::date(2021, 9, 24))).await.unwrap().lines.is_empty());
}

#[tokio::test]
async fn a_form_with_faults_says_the_first_and_records_nothing() {
    let day = Day::begin().await;
    let mut form = day.form(1);
    form.full_name = "   ".into();
    let refused = day.record_as(day.nurse, &form).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "full_name", key: "error-name-empty" })));
    let mut form = day.form(1);
    form.ward = Some(day.station);
    let refused = day.record_as(day.nurse, &form).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "ward", key: "error-ward-unknown" })));
    assert_eq!(
        (day.count("cases").await, day.count("people").await, day.count("case_forms").await),
        (0, 0, 0)
    );
    // The same form, mended, goes in.
    assert_eq!(day.record(&day.form(1)).await.outcome, Some(Outcome::Opened));
}

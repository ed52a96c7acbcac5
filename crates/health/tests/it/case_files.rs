use crate::{
    home::{Home, saturated},
    samples::test,
};
use duty::calls::{self, Direction, NewCall, Purpose};
use health::{
    case_files,
    cases::{self, TestKind, TestResult},
    followups::Closed,
};
use jiff::SignedDuration;
use kernel::{Error, Role};
use std::collections::BTreeSet;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn the_case_file_lists_every_call_of_every_matter() {
    let home = Home::begin().await;
    let leader = home.day.centre.staff("Chủ tịch phường").at(home.day.ward, Role::WardLeader).create().await;
    home.wait(SignedDuration::from_mins(2)).await;
    home.send(10, vec![saturated(home.mother, "90")]).await;
    // The grandmother's own danger sign is no part of it.
    home.send(11, vec![saturated(home.grandmother, "90")]).await;
    for _ in 0..6 {
        home.wait(HOUR * 12).await;
    }
    let mut cx = home.day.centre.as_staff(leader).await;
    let file = case_files::file(&mut cx, home.case).await.unwrap();
    cx.commit().await.unwrap();
    let kinds: Vec<_> = file.matters.iter().map(|one| one.matter.kind.as_str()).collect();
    assert_eq!(kinds, ["f0_news", "red_flag", "silence"]);
    assert_eq!((file.hidden, file.case.id), (0, home.case));
    let alerts: Vec<_> = file.alerts.iter().map(|alert| (alert.matter, alert.ended.is_some())).collect();
    assert_eq!(alerts, [(Some(file.matters[1].matter.id), false)]);

    let told: BTreeSet<_> = file
        .matters
        .iter()
        .flat_map(|one| one.tickets.iter().chain(&one.directives))
        .flat_map(|part| part.calls.iter().map(|call| call.attempt.id))
        .collect();
    let mut cx = home.day.centre.system().await;
    let made: Vec<uuid::Uuid> = sqlx::query_scalar(
        "select a.id from attempts a join tickets t on t.tenant_id = a.tenant_id and t.id = a.ticket_id
         where t.matter_id = any($1)",
    )
    .bind(file.matters.iter().map(|one| one.matter.id.uuid()).collect::<Vec<_>>())
    .fetch_all(cx.conn())
    .await
    .unwrap();
    assert!(made.len() > 10, "{}", made.len());
    assert_eq!(told, made.into_iter().map(kernel::AttemptId).collect());

    // What was measured of her, and nothing of the others.
    assert_eq!(file.homes.len(), 1);
    let plans = &file.homes[0].plans;
    assert_eq!((plans.len(), plans[0].person.id), (1, home.mother));
    assert_eq!(plans[0].contacts.iter().filter_map(|contact| contact.vitals.spo2).collect::<Vec<_>>(), [90]);
    assert!(!file.homes[0].events.is_empty());
    // That it was opened is on record, in the case too.
    let mut cx = home.day.centre.as_staff(leader).await;
    let course = cases::timeline(&mut cx, home.case).await.unwrap();
    assert_eq!(course.iter().filter(|event| event.kind == "case.file_opened").count(), 1);
}

#[tokio::test]
async fn only_who_leads_lays_a_case_open() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    assert!(matches!(case_files::file(&mut cx, home.case).await, Err(Error::Forbidden(_))));
    for stranger in [home.day.other_nurse, home.rescuer] {
        let mut cx = home.day.centre.as_staff(stranger).await;
        assert!(matches!(case_files::file(&mut cx, home.case).await, Err(Error::NotFound)));
    }
    let mut cx = home.day.centre.as_staff(home.day.director).await;
    let file = case_files::file(&mut cx, home.case).await.unwrap();
    assert_eq!((file.matters.len(), file.made_by), (1, Some(home.day.director)));
}

#[tokio::test]
async fn an_f1_who_tests_positive_keeps_his_alarm_and_his_file_tells_of_the_night_before() {
    let home = Home::begin().await;
    let leader = home.day.centre.staff("Chủ tịch phường").at(home.day.ward, Role::WardLeader).create().await;
    home.wait(SignedDuration::from_mins(2)).await;
    let alert = home.send(10, vec![saturated(home.grandmother, "91")]).await.alerts[0];
    home.wait(SignedDuration::from_mins(1)).await;
    let positive = test(home.grandmother, TestKind::Rapid, TestResult::Positive, "25/9/2021");
    let (case, _) = home.tested(&positive).await.case.unwrap();

    // She is followed on as an F0, and whoever was rung for her is rung still.
    let sheet = home.sheet().await;
    assert_eq!(sheet.alerts.iter().map(|one| one.id).collect::<Vec<_>>(), [alert]);
    let plans: Vec<_> = sheet.plans.iter().filter(|one| one.person.id == home.grandmother).collect();
    let closed: Vec<_> = plans.iter().map(|one| one.kept.closed_as).collect();
    assert!(closed.contains(&None) && closed.contains(&Some(Closed::BecameF0)), "{closed:?}");

    let mut cx = home.day.centre.as_staff(leader).await;
    let file = case_files::file(&mut cx, case).await.unwrap();
    cx.commit().await.unwrap();
    let rang = file.alerts.iter().find(|one| one.id == alert).unwrap();
    assert!(file.matters.iter().any(|one| Some(one.matter.id) == rang.matter), "the calls of that night");
    let readings = file.homes[0].plans.iter().flat_map(|plan| &plan.contacts);
    assert_eq!(readings.filter_map(|contact| contact.vitals.spo2).collect::<Vec<_>>(), [91]);
}

#[tokio::test]
async fn calls_with_the_family_stand_in_the_file_and_others_do_not() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.system().await;
    let ids: [kernel::CallId; 3] = [cx.id(), cx.id(), cx.id()];
    for (id, object) in ids.into_iter().zip([Some(home.id.uuid()), None, None]) {
        let new = NewCall {
            id,
            direction: Direction::In,
            purpose: Purpose::Hotline,
            object,
            number: Some("0900555777"),
            unit: None,
            staff: None,
            trunk: None,
        };
        calls::begin(&mut cx, &new).await.unwrap();
    }
    // A code was pressed in the second; the third came from the same telephone, which proves nothing.
    let tried = store::Event::new("call.code_tried", ids[1]);
    cx.record(tried.data(serde_json::json!({ "opened": home.id })));
    cx.commit().await.unwrap();
    let mut cx = home.day.centre.as_staff(home.day.director).await;
    let file = case_files::file(&mut cx, home.case).await.unwrap();
    let told: BTreeSet<_> = file.talks.iter().map(|talk| talk.call.id).collect();
    assert_eq!(told, BTreeSet::from([ids[0], ids[1]]));
    assert!(file.talks.iter().all(|talk| talk.recorded.is_empty()));
    // Whoever sees the calls of his ward alone is told that there are more.
    let leader = home.day.centre.staff("Chủ tịch phường").at(home.day.ward, Role::WardLeader).create().await;
    let mut cx = home.day.centre.as_staff(leader).await;
    let file = case_files::file(&mut cx, home.case).await.unwrap();
    assert_eq!((file.talks.len(), file.hidden), (0, 2));
}

use crate::home::{Home, saturated, well};
use duty::tickets::{self, State};
use health::{
    alerts::{Ended, Grade},
    cases::{self, Care},
    followups::{
        self, Basis, Channel, Closed, ContactOutcome, DiaryForm, FollowCases, MemberEntry, Only, Subject,
    },
    households,
    vitals::Symptom,
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error};
use std::sync::Arc;
use store::subscriptions::Reader;
use uuid::Uuid;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn an_f0_at_home_gets_a_household_and_a_plan_in_the_transaction_of_the_news() {
    let home = Home::begin().await;
    let sheet = home.sheet().await;
    assert_eq!((sheet.home.station, sheet.home.ward), (home.day.station, home.day.ward));
    assert_eq!(sheet.home.contact_masked.as_deref(), Some("0900 ··· 777"));
    assert!(sheet.home.care_team.is_some(), "a team of the ward is given the household");
    let subjects: Vec<_> = sheet.plans.iter().map(|one| (one.person.id, one.kept.plan.subject)).collect();
    assert!(subjects.contains(&(home.mother, Subject::F0)));
    assert!(subjects.contains(&(home.grandmother, Subject::F1)));
    let f0 = sheet.plans.iter().find(|one| one.person.id == home.mother).unwrap();
    // Day 0 is the day of the positive sample.
    assert_eq!((f0.kept.plan.basis, f0.kept.plan.start_on), (Basis::Sample, date(2021, 9, 24)));
    assert_eq!(f0.kept.plan.ends_on, date(2021, 10, 8));

    // Done again it changes nothing; rolled back, nothing is left.
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    assert!(!followups::take_on(&mut cx, home.case).await.unwrap().unwrap().fresh);
    assert_eq!((home.day.count("households").await, home.day.count("follow_plans").await), (1, 2));
}

#[tokio::test]
async fn a_family_fills_one_form_and_each_member_has_his_entry() {
    let home = Home::begin().await;
    let entered = home.send(10, vec![well(home.mother), well(home.grandmother)]).await;
    assert_eq!((entered.saved.len(), entered.worst, entered.rings), (2, Grade::Well, false));
    let sheet = home.sheet().await;
    for one in &sheet.plans {
        assert_eq!(one.contacts.len(), 1);
        assert_eq!(one.contacts[0].vitals.spo2, Some(98));
        assert_eq!((one.contacts[0].channel, one.contacts[0].grade), (Channel::Household, Some(Grade::Well)));
    }
    assert_eq!(home.day.matters().await.len(), 1, "only the news of the F0");
}

#[tokio::test]
async fn the_same_diary_sent_twice_is_one_diary_and_answers_the_same() {
    let home = Home::begin().await;
    let low = || vec![saturated(home.grandmother, "91")];
    let (one, two) = tokio::join!(home.send(10, low()), home.send(10, low()));
    let again: Vec<_> = [&one, &two].into_iter().filter(|entered| entered.again).collect();
    assert_eq!(again.len(), 1);
    assert_eq!((one.worst, two.worst), (Grade::Emergency, Grade::Emergency));
    assert_eq!((home.day.count("follow_contacts").await, home.day.count("alerts").await), (1, 1));
    assert_eq!(home.day.matters().await.len(), 2);
}

#[tokio::test]
async fn a_red_flag_rings_the_station_and_the_rapid_team_in_the_same_transaction() {
    let home = Home::begin().await;
    let form = home.form(10, vec![well(home.mother), saturated(home.grandmother, "91")]);
    let mut cx = home.day.centre.begin(Actor::citizen(home.id.uuid())).await;
    let at = cx.now();
    followups::enter(&mut cx, &home.day.centre.tenant, home.id, &form).await.unwrap();
    cx.rollback().await.unwrap();
    assert_eq!((home.day.count("alerts").await, home.day.matters().await.len()), (0, 1), "all or nothing");

    let entered = home.send(10, vec![well(home.mother), saturated(home.grandmother, "91")]).await;
    assert_eq!((entered.worst, entered.rings, entered.alerts.len()), (Grade::Emergency, true, 1));
    let matters = home.day.matters().await;
    assert_eq!(matters[1].0, "red_flag");
    let calls = home.day.calls(matters[1].1).await;
    let mut rung: Vec<_> = calls.iter().filter_map(|call| call.unit).collect();
    rung.sort_unstable();
    let mut both = vec![home.day.station, home.rapid_team];
    both.sort_unstable();
    assert_eq!(rung, both);
    assert!(calls.iter().all(|call| call.started_at == at), "rung at the instant of the entry");
    let alert = &home.sheet().await.alerts[0];
    assert_eq!((alert.grade, alert.signs.as_slice()), (Grade::Emergency, ["spo2".to_owned()].as_slice()));
}

#[tokio::test]
async fn two_red_flags_of_one_night_ring_once_and_an_hour_later_again() {
    let home = Home::begin().await;
    home.send(10, vec![saturated(home.grandmother, "91")]).await;
    home.wait(MINUTE * 20).await;
    let second = home.send(11, vec![saturated(home.grandmother, "90")]).await;
    assert!(second.rings, "the family is told that somebody is on it");
    assert_eq!(home.day.matters().await.len(), 2);
    let mut cx = home.day.centre.system().await;
    let matter = home.day.matters().await[1].1;
    for ticket in tickets::matter_tickets(&mut cx, matter).await.unwrap() {
        let events = store::events::of_object(&mut cx, ticket.id.uuid()).await.unwrap();
        assert_eq!(events.iter().filter(|event| event.kind == "ticket.noted").count(), 1);
    }
    drop(cx);
    home.wait(HOUR).await;
    home.send(12, vec![saturated(home.grandmother, "91")]).await;
    assert_eq!(home.day.matters().await.len(), 3);
}

#[tokio::test]
async fn a_pack_without_the_red_flag_matter_rings_all_the_same() {
    let mut home = Home::begin().await;
    home.day.centre.tenant.pack.matters.retain(|matter| matter.code != "red_flag");
    home.send(10, vec![saturated(home.grandmother, "91")]).await;
    let matters = home.day.matters().await;
    let rung: Vec<_> = home.day.calls(matters[1].1).await.iter().filter_map(|call| call.unit).collect();
    assert!(rung.contains(&home.day.station) && rung.contains(&home.rapid_team));
}

#[tokio::test]
async fn good_members_of_a_form_are_kept_and_a_slip_never_holds_back_a_danger() {
    let home = Home::begin().await;
    let slip = MemberEntry { spo2: "9,8".into(), ..MemberEntry::of(home.mother) };
    let entered = home.send(10, vec![slip.clone(), well(home.grandmother)]).await;
    assert_eq!(entered.saved, [home.grandmother]);
    let (who, fault) = entered.faults[0];
    assert_eq!((who, fault.field, fault.key), (home.mother, "spo2", "error-spo2-whole"));
    assert_eq!(home.day.count("follow_contacts").await, 1);

    let danger = MemberEntry { symptoms: [Symptom::Breathless].into(), spo2: "980".into(), ..slip };
    let entered = home.send(11, vec![danger]).await;
    assert_eq!((entered.saved.as_slice(), entered.worst), ([home.mother].as_slice(), Grade::Emergency));
    assert!(entered.rings && entered.faults[0].1.key == "error-spo2-range");
}

#[tokio::test]
async fn an_empty_form_one_from_the_future_and_a_stranger_are_refused() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.begin(Actor::citizen(home.id.uuid())).await;
    let tenant = &home.day.centre.tenant;
    let empty = home.form(10, vec![MemberEntry::of(home.mother)]);
    let refused = followups::enter(&mut cx, tenant, home.id, &empty).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "members", key: "error-diary-empty" })));
    let early = DiaryForm { at: Some(cx.now() + MINUTE * 10), ..home.form(10, vec![well(home.mother)]) };
    let refused = followups::enter(&mut cx, tenant, home.id, &early).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "at", key: "error-date-future" })));
    let stranger = home.form(10, vec![well(Uuid::from_u128(9).into())]);
    assert!(matches!(followups::enter(&mut cx, tenant, home.id, &stranger).await, Err(Error::NotFound)));
    // Another household's code writes nothing here.
    let mut cx = home.day.centre.begin(Actor::citizen(Uuid::from_u128(8))).await;
    let form = home.form(10, vec![well(home.mother)]);
    assert!(matches!(followups::enter(&mut cx, tenant, home.id, &form).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn ten_oclock_makes_the_silent_household_a_line_and_only_the_third_miss_a_ticket() {
    let home = Home::begin().await;
    // At her age the grandmother's silence would not be waited for.
    home.release(home.grandmother).await;
    // Seven in the morning: the morning slot is open.
    let list = |only| {
        let home = &home;
        async move {
            let mut cx = home.day.centre.as_staff(home.day.nurse).await;
            followups::morning(&mut cx, home.day.station, only, 0).await.unwrap()
        }
    };
    assert_eq!(list(Only::All).await.rounds.len(), 1);
    home.send(10, vec![well(home.mother)]).await;
    assert_eq!(list(Only::Done).await.rounds.len(), 1);
    // The afternoon and the next morning pass without a word.
    home.wait(HOUR * 12).await;
    assert_eq!((list(Only::Silent).await.counts.silent, home.day.matters().await.len()), (1, 1));
    let missed = |morning: &followups::Morning| morning.rounds[0].people[0].missed;
    assert_eq!(missed(&list(Only::Silent).await), 1);
    home.wait(HOUR * 15).await;
    assert_eq!((missed(&list(Only::Silent).await), home.day.matters().await.len()), (2, 1));
    home.wait(HOUR * 9).await;
    assert_eq!(missed(&list(Only::Silent).await), 3);
    let matters = home.day.matters().await;
    assert_eq!((matters.len(), matters[1].0.as_str()), (2, "silence"));
    let mut cx = home.day.centre.system().await;
    let ticket = &tickets::matter_tickets(&mut cx, matters[1].1).await.unwrap()[0];
    assert_eq!(Some(ticket.unit.unwrap()), home.sheet().await.home.care_team);
    drop(cx);
    // The family is heard: the ticket goes by itself, as nobody had taken it up.
    home.wait(HOUR * 12).await;
    home.send(11, vec![well(home.mother)]).await;
    let mut cx = home.day.centre.system().await;
    let ticket = &tickets::matter_tickets(&mut cx, matters[1].1).await.unwrap()[0];
    assert_eq!(ticket.state, State::Resolved);
    assert_eq!(home.day.matters().await.len(), 2, "and no second one was opened");
}

#[tokio::test]
async fn an_unanswered_call_is_not_well() {
    let home = Home::begin().await;
    home.send(10, vec![well(home.mother), well(home.grandmother)]).await;
    home.wait(HOUR * 7).await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let call = MemberEntry { outcome: ContactOutcome::NotReached, ..MemberEntry::of(home.mother) };
    let form = DiaryForm { channel: Channel::Phone, ..home.form(11, vec![call]) };
    let entered = followups::enter(&mut cx, &home.day.centre.tenant, home.id, &form).await.unwrap();
    assert_eq!(entered.saved, [home.mother]);
    let morning = followups::morning(&mut cx, home.day.station, Only::All, 0).await.unwrap();
    let mother = morning.rounds[0].people.iter().find(|one| one.person.id == home.mother).unwrap();
    assert!(mother.due_at.is_some_and(|due| due > cx.now()), "the slot is still owed");
    assert_eq!(Only::of(morning.rounds[0].home.rank), Only::Owed);
}

#[tokio::test]
async fn a_better_reading_ends_no_alert_and_ending_it_answers_the_stations_ticket() {
    let home = Home::begin().await;
    let alert = home.send(10, vec![saturated(home.grandmother, "91")]).await.alerts[0];
    home.send(11, vec![well(home.grandmother)]).await;
    assert_eq!(home.sheet().await.alerts.len(), 1);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::end_alert(&mut cx, alert, Ended::Oxygen, "").await.unwrap();
    let again = followups::end_alert(&mut cx, alert, Ended::Well, "").await;
    assert!(matches!(again, Err(Error::Conflict("error-alert-ended"))));
    cx.commit().await.unwrap();
    let mut cx = home.day.centre.system().await;
    let matter = home.day.matters().await[1].1;
    let states: Vec<_> = tickets::matter_tickets(&mut cx, matter)
        .await
        .unwrap()
        .into_iter()
        .map(|ticket| (ticket.unit.unwrap(), ticket.state))
        .collect();
    assert!(states.contains(&(home.day.station, State::Resolved)));
    assert!(states.contains(&(home.rapid_team, State::Open)), "the team answers for itself");
    let tickets = tickets::matter_tickets(&mut cx, matter).await.unwrap();
    drop(cx);
    let own = tickets.iter().find(|ticket| ticket.unit == Some(home.rapid_team)).unwrap().id;
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    tickets::resolve(&mut cx, own, "Đã mang oxy đến, người bệnh đỡ khó thở", None).await.unwrap();
    assert!(home.sheet().await.alerts.is_empty());
}

#[tokio::test]
async fn moving_the_start_keeps_every_contact_and_says_which_fall_outside() {
    let home = Home::begin().await;
    home.send(10, vec![well(home.mother)]).await;
    home.wait(HOUR * 72).await;
    home.send(11, vec![well(home.mother)]).await;
    let plan = home.sheet().await.plans.iter().find(|one| one.person.id == home.mother).unwrap().kept.id;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let refused = followups::restart(&mut cx, plan, Basis::Onset, date(2021, 9, 27), "").await;
    assert!(matches!(refused, Err(Error::Invalid { field: "why", .. })));
    let moved =
        followups::restart(&mut cx, plan, Basis::Onset, date(2021, 9, 27), "Khởi phát 27/9").await.unwrap();
    assert_eq!(moved.outside, 1);
    let refused = followups::close(&mut cx, plan, Closed::Withdrawn, "nhầm").await;
    assert!(matches!(refused, Err(Error::Invalid { field: "closed_as", .. })));
    followups::close(&mut cx, plan, Closed::Released, "Đủ ngày, âm tính").await.unwrap();
    cx.commit().await.unwrap();
    let sheet = home.sheet().await;
    let one = sheet.plans.iter().find(|one| one.person.id == home.mother).unwrap();
    assert_eq!((one.contacts.len(), one.kept.closed_as), (2, Some(Closed::Released)));
}

#[tokio::test]
async fn a_case_that_goes_to_hospital_is_followed_at_home_no_more() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    cases::move_care(&mut cx, home.case, Care::Hospital, "SpO2 giảm").await.unwrap();
    cx.commit().await.unwrap();
    home.day.centre.seal().await;
    let reader = Reader::new(home.day.centre.store.clone(), vec![Arc::new(FollowCases)]);
    while reader.read(home.day.centre.id()).await.unwrap() > 0 {}
    let sheet = home.sheet().await;
    let mother = sheet.plans.iter().find(|one| one.person.id == home.mother).unwrap();
    assert_eq!(mother.kept.closed_as, Some(Closed::Removed));
    let grandmother = sheet.plans.iter().find(|one| one.person.id == home.grandmother).unwrap();
    assert!(grandmother.kept.closed_as.is_none());
}

#[tokio::test]
async fn a_code_opens_its_household_until_it_is_revoked_or_long_unused() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let code = households::issue_code(&mut cx, home.id).await.unwrap();
    assert_eq!(households::issue_code(&mut cx, home.id).await.unwrap(), code);
    cx.commit().await.unwrap();
    let held = |typed: String| {
        let centre = &home.day.centre;
        async move { followups::held(&mut centre.begin(Actor::public()).await, &typed).await }
    };
    assert_eq!(held(code.to_string().to_lowercase()).await.unwrap(), home.id);
    assert!(matches!(held("0000-1111-2222-3333".into()).await, Err(Error::NotFound)));

    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    households::revoke_code(&mut cx, home.id).await.unwrap();
    let next = households::issue_code(&mut cx, home.id).await.unwrap();
    for one in followups::sheet(&mut cx, home.id).await.unwrap().plans {
        followups::close(&mut cx, one.kept.id, Closed::Released, "Đủ ngày").await.unwrap();
    }
    cx.commit().await.unwrap();
    assert!(matches!(held(code.to_string()).await, Err(Error::NotFound)));
    home.wait(HOUR * 24 * 6).await;
    assert_eq!(held(next.to_string()).await.unwrap(), home.id);
    home.wait(HOUR * 25).await;
    assert!(matches!(held(next.to_string()).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_care_team_sees_its_households_and_nothing_else() {
    let home = Home::begin().await;
    let team = home.sheet().await.home.care_team.unwrap();
    let at = |unit| home.day.centre.staff("Tổ chăm sóc").at(unit, kernel::Role::CareTeam);
    let ours = at(team).create().await;
    let mut cx = home.day.centre.as_staff(ours).await;
    assert_eq!(followups::morning(&mut cx, team, Only::All, 0).await.unwrap().rounds.len(), 1);
    assert!(followups::sheet(&mut cx, home.id).await.is_ok());
    assert!(matches!(
        followups::morning(&mut cx, home.day.station, Only::All, 0).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(cases::find(&mut cx, home.case).await, Err(Error::NotFound)));
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(followups::sheet(&mut cx, home.id).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn no_reading_stands_open_in_the_record() {
    let home = Home::begin().await;
    let note = "ho nhiều về đêm";
    let entry = MemberEntry { note: note.into(), ..saturated(home.grandmother, "91") };
    home.send(10, vec![entry]).await;
    for (table, text) in home.day.everything().await {
        assert!(!text.contains(note), "{table}");
        if ["events", "attempts", "jobs", "tickets"].contains(&table.as_str()) {
            assert!(!text.contains("\"spo2\": 91") && !text.contains("0900555777"), "{table}");
        }
    }
}

#[tokio::test]
async fn a_new_danger_rings_again_once_somebody_has_answered_for_the_first() {
    let home = Home::begin().await;
    let first = home.send(10, vec![saturated(home.grandmother, "91")]).await.alerts[0];
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::end_alert(&mut cx, first, Ended::Advised, "Đã gọi, dặn nằm sấp").await.unwrap();
    cx.commit().await.unwrap();
    home.wait(MINUTE * 30).await;
    // The rapid team has not answered yet, and nobody is on his way for this.
    let worse = MemberEntry { symptoms: [Symptom::NotAlert].into(), ..MemberEntry::of(home.grandmother) };
    let second = home.send(11, vec![worse]).await;
    assert!(second.rings);
    let matters = home.day.matters().await;
    assert_eq!(matters.iter().filter(|(kind, _)| kind == "red_flag").count(), 2);
    assert!(home.day.calls(matters[2].1).await.iter().any(|call| call.unit == Some(home.day.station)));
}

#[tokio::test]
async fn an_accepted_alarm_rings_again_for_a_sign_that_nobody_knows_of() {
    let home = Home::begin().await;
    home.send(10, vec![saturated(home.grandmother, "91")]).await;
    let matter = home.day.matters().await[1].1;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let tickets = tickets::matter_tickets(&mut cx, matter).await.unwrap();
    let own = tickets.iter().find(|ticket| ticket.unit == Some(home.day.station)).unwrap().id;
    tickets::accept(&mut cx, own).await.unwrap();
    cx.commit().await.unwrap();
    home.send(11, vec![saturated(home.grandmother, "90")]).await;
    assert_eq!(home.day.matters().await.len(), 2, "the same sign: somebody is on his way");
    let worse = MemberEntry { symptoms: [Symptom::Breathless].into(), ..saturated(home.grandmother, "90") };
    home.send(12, vec![worse]).await;
    assert_eq!(home.day.matters().await.len(), 3);
}

#[tokio::test]
async fn ending_a_lesser_alert_leaves_an_earlier_emergency_open() {
    let home = Home::begin().await;
    home.send(10, vec![saturated(home.grandmother, "88")]).await;
    let lesser = home.send(11, vec![saturated(home.grandmother, "96")]).await.alerts[0];
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::end_alert(&mut cx, lesser, Ended::Advised, "").await.unwrap();
    cx.commit().await.unwrap();
    let open = home.sheet().await.alerts;
    assert_eq!((open.len(), open[0].grade), (1, Grade::Emergency));
}

#[tokio::test]
async fn a_slip_counts_no_more() {
    let home = Home::begin().await;
    let alert = home.send(10, vec![saturated(home.mother, "80")]).await.alerts[0];
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::end_alert(&mut cx, alert, Ended::Slip, "Đo lại 98").await.unwrap();
    cx.commit().await.unwrap();
    let sheet = home.sheet().await;
    let mother = sheet.plans.iter().find(|one| one.person.id == home.mother).unwrap();
    assert!(mother.contacts[0].withdrawn, "it stays in view");
    assert_eq!(mother.kept.plan.risk, followups::Group::Unknown, "the reading raises no risk");
}

#[tokio::test]
async fn whoever_comes_home_from_hospital_is_followed_again() {
    let home = Home::begin().await;
    for (care, why) in [(Care::Hospital, "Nhầm"), (Care::Home, "Về nhà")] {
        let mut cx = home.day.centre.as_staff(home.day.nurse).await;
        cases::move_care(&mut cx, home.case, care, why).await.unwrap();
        followups::take_on(&mut cx, home.case).await.unwrap();
        cx.commit().await.unwrap();
    }
    assert_eq!(home.send(10, vec![well(home.mother)]).await.saved, [home.mother]);
    // What somebody closed stays closed, whatever is read of the case.
    let plan = home.sheet().await.plans.iter().find(|one| one.person.id == home.mother).unwrap().kept.id;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::close(&mut cx, plan, Closed::Released, "Đủ ngày").await.unwrap();
    assert!(followups::take_on(&mut cx, home.case).await.unwrap().is_none());
}

#[tokio::test]
async fn a_plan_is_not_closed_over_an_open_alert_and_a_team_takes_nobody_out_of_another_household() {
    let home = Home::begin().await;
    home.send(10, vec![saturated(home.mother, "91")]).await;
    let sheet = home.sheet().await;
    let plan = sheet.plans.iter().find(|one| one.person.id == home.mother).unwrap().kept.id;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let refused = followups::close(&mut cx, plan, Closed::Released, "Đủ ngày").await;
    assert!(matches!(refused, Err(Error::Conflict("error-alert-open"))));
    drop(cx);

    // A second household of the ward; its team tells of somebody who lives in the first.
    let mut form = home.day.form(2);
    form.full_name = "Phạm Văn Khác".into();
    form.citizen_id.clear();
    form.birth = "1970".into();
    form.phone = "0900 555 888".into();
    form.address = "99 Đường số 15".into();
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let other = cases::record(&mut cx, &home.day.centre.tenant, &form).await.unwrap();
    let other = followups::take_on(&mut cx, other.case).await.unwrap().unwrap().household;
    cx.commit().await.unwrap();
    let volunteer =
        home.day.centre.staff("Tình nguyện").at(sheet.home.care_team.unwrap(), kernel::Role::CareTeam);
    let volunteer = volunteer.create().await;
    let stranger = households::NewMember {
        full_name: "Trần Thị Bích".into(),
        birth: "1985".into(),
        phone: "0900 555 777".into(),
        ..households::NewMember::default()
    };
    let mut cx = home.day.centre.as_staff(volunteer).await;
    let refused = followups::add_member(&mut cx, other, &stranger, None).await;
    assert!(matches!(refused, Err(Error::Forbidden(_) | Error::NotFound)), "{refused:?}");
    drop(cx);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let refused = followups::add_member(&mut cx, other, &stranger, None).await;
    assert!(matches!(refused, Err(Error::Conflict("error-member-followed"))), "{refused:?}");
}

//! The day's campaign: who is on it, in which order, and what people do to it.

use crate::home::{Home, well};
use health::{
    care_calls::{self, Campaigns, Do, Part, Shown, State},
    followups,
};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use kernel::{Error, HouseholdId};
use std::sync::Arc;
use store::timers::Runner;
use testkit::TestCentre;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Lets time pass; diaries become due, campaigns are made.
async fn wait(home: &Home, by: SignedDuration) {
    home.wait(by).await;
    let runner = Runner::new(home.day.centre.store.clone(), vec![Arc::new(Campaigns)]);
    while runner.fire_due().await.unwrap() > 0 {}
}

async fn begin() -> Home {
    let home = Home::begin().await;
    let mut cx = home.day.centre.system().await;
    care_calls::install(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    home
}

async fn shown_on(centre: &TestCentre, day: Date, window: Option<i16>, part: Part) -> Shown {
    let mut cx = centre.system().await;
    care_calls::day(&mut cx, day, window, None, part, 0).await.unwrap()
}

/// The newest campaign of the first day.
async fn shown(home: &Home, part: Part) -> Shown {
    shown_on(&home.day.centre, date(2021, 9, 25), None, part).await
}

/// A second household of the ward, without a number.
async fn without_number(home: &Home) -> HouseholdId {
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let mut new = home.day.form(2);
    new.full_name = "Phạm Văn Cường".into();
    new.citizen_id = String::new();
    new.phone = String::new();
    new.no_phone_reason = Some(health::cases::NoPhone::HasNone);
    new.address = "99 Đường số 17".into();
    let recorded = health::cases::record(&mut cx, &home.day.centre.tenant, &new).await.unwrap();
    let taken = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap();
    cx.commit().await.unwrap();
    taken.household
}

#[tokio::test]
async fn a_campaign_is_made_once_when_its_hours_begin() {
    let home = begin().await;
    // Seven in the morning: nobody is called yet.
    wait(&home, MINUTE).await;
    assert!(shown(&home, Part::Waiting).await.campaigns.is_empty());
    // Whoever was taken on after the morning's diary opened owes none before the afternoon's.
    wait(&home, HOUR).await;
    let morning = shown(&home, Part::Waiting).await;
    assert_eq!((morning.campaigns.len(), morning.counts.all()), (1, 0));
    wait(&home, HOUR * 6).await;
    let made = shown(&home, Part::Waiting).await;
    assert_eq!((made.campaigns.len(), made.counts.waiting, made.lines.len()), (2, 1, 1));
    assert_eq!(made.lines[0].household, home.id);
    wait(&home, MINUTE * 5).await;
    let again = shown(&home, Part::Waiting).await;
    assert_eq!((again.campaigns.len(), again.counts.waiting), (2, 1));
}

#[tokio::test]
async fn whoever_has_written_his_diary_is_not_called_and_who_has_no_number_is_listed_apart() {
    let home = begin().await;
    let other = without_number(&home).await;
    home.wait(HOUR * 6).await;
    home.send(1, vec![well(home.mother), well(home.grandmother)]).await;
    wait(&home, HOUR).await;
    let apart = shown(&home, Part::NoNumber).await;
    assert_eq!((apart.counts.no_number, apart.counts.waiting, apart.counts.all()), (1, 0, 1));
    assert_eq!((apart.lines[0].household, apart.lines[0].state), (other, State::NoNumber));
}

#[tokio::test]
async fn one_member_who_owes_an_entry_is_enough() {
    let home = begin().await;
    home.wait(HOUR * 6).await;
    home.send(1, vec![well(home.mother)]).await;
    wait(&home, HOUR).await;
    assert_eq!(shown(&home, Part::Waiting).await.counts.waiting, 1);
}

#[tokio::test]
async fn the_order_is_that_of_the_morning_list() {
    let home = begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let mut new = home.day.form(3);
    (new.full_name, new.citizen_id) = ("Phạm Văn Cường".into(), String::new());
    (new.phone, new.address) = ("0900 555 888".into(), "99 Đường số 17".into());
    let recorded = health::cases::record(&mut cx, &home.day.centre.tenant, &new).await.unwrap();
    let other = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap().household;
    cx.commit().await.unwrap();
    // The first family has been heard before, of the second nobody has heard a word.
    home.send(1, vec![well(home.mother), well(home.grandmother)]).await;
    wait(&home, HOUR * 7).await;
    let mut cx = home.day.centre.system().await;
    let morning = followups::morning(&mut cx, home.day.station, followups::Only::All, 0).await.unwrap();
    let order: Vec<HouseholdId> = morning.rounds.iter().map(|round| round.home.id).collect();
    let called = shown(&home, Part::Waiting).await;
    let called: Vec<HouseholdId> = called.lines.iter().map(|line| line.household).collect();
    assert_eq!(called, order);
    assert_eq!(called, [other, home.id]);
}

#[tokio::test]
async fn who_still_waits_goes_on_in_the_next_window() {
    let home = begin().await;
    wait(&home, HOUR * 25).await;
    let (centre, day) = (&home.day.centre, date(2021, 9, 26));
    assert_eq!(shown_on(centre, day, None, Part::Waiting).await.counts.waiting, 1);
    wait(&home, HOUR * 6).await;
    let afternoon = shown_on(centre, day, None, Part::Waiting).await;
    assert_eq!((afternoon.campaigns.len(), afternoon.counts.waiting), (2, 1));
    assert_eq!(shown_on(centre, day, Some(0), Part::Waiting).await.counts.all(), 0);
}

#[tokio::test]
async fn a_new_campaign_waits_for_whoever_writes_for_a_household_before_it_moves_the_old_row() {
    let home = begin().await;
    wait(&home, HOUR * 25).await;
    home.wait(HOUR * 6).await;
    // The afternoon begins while somebody writes: he holds the household first, and its row after it.
    let centre = &home.day.centre;
    let mut cx = centre.system().await;
    let lock = "select id from households where id = $1 for update";
    sqlx::query(lock).bind(home.id.uuid()).execute(cx.conn()).await.unwrap();
    let makes = async {
        let runner = Runner::new(centre.store.clone(), vec![Arc::new(Campaigns)]);
        while runner.fire_due().await.unwrap() > 0 {}
    };
    let writes = async {
        let waits = "select count(*) from pg_locks
                     where not granted and transactionid = pg_current_xact_id()::xid";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(cx.conn()).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        let row = "select id from care_calls where household_id = $1 for update nowait";
        sqlx::query(row).bind(home.id.uuid()).execute(cx.conn()).await.unwrap();
        cx.commit().await.unwrap();
    };
    tokio::join!(makes, writes);
    let day = date(2021, 9, 26);
    let afternoon = shown_on(centre, day, None, Part::Waiting).await;
    assert_eq!((afternoon.campaigns.len(), afternoon.counts.waiting), (2, 1));
    assert_eq!(shown_on(centre, day, Some(0), Part::Waiting).await.counts.all(), 0);
}

#[tokio::test]
async fn what_was_stopped_for_good_in_the_morning_is_not_called_in_the_afternoon() {
    let home = begin().await;
    wait(&home, HOUR * 25).await;
    let (centre, day) = (&home.day.centre, date(2021, 9, 26));
    let morning = shown_on(centre, day, None, Part::Waiting).await;
    let mut cx = centre.as_staff(home.day.director).await;
    care_calls::steer(&mut cx, morning.campaigns[0].id, Do::Stop).await.unwrap();
    cx.commit().await.unwrap();
    wait(&home, HOUR * 6).await;
    let afternoon = shown_on(centre, day, None, Part::Waiting).await;
    assert_eq!((afternoon.campaigns.len(), afternoon.counts.all()), (2, 0));
}

#[tokio::test]
async fn a_campaign_is_paused_resumed_and_stopped_by_the_centre_alone() {
    let home = begin().await;
    wait(&home, HOUR).await;
    let id = shown(&home, Part::Waiting).await.campaigns[0].id;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    assert!(matches!(care_calls::steer(&mut cx, id, Do::Pause).await, Err(Error::Forbidden(_))));
    let mut cx = home.day.centre.as_staff(home.day.director).await;
    for what in [Do::Pause, Do::Pause, Do::Resume, Do::Stop] {
        care_calls::steer(&mut cx, id, what).await.unwrap();
    }
    let over = care_calls::steer(&mut cx, id, Do::Resume).await;
    assert!(matches!(over, Err(Error::Conflict("error-campaign-over"))));
    cx.commit().await.unwrap();
    assert!(shown(&home, Part::Waiting).await.campaigns[0].stopped_at.is_some());
}

#[tokio::test]
async fn a_household_is_paused_and_a_visit_ordered_once_by_those_who_work_for_it() {
    let home = begin().await;
    wait(&home, HOUR * 7).await;
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(care_calls::hold_home(&mut cx, home.id).await, Err(Error::NotFound)));
    assert!(matches!(care_calls::order_visit(&mut cx, home.id).await, Err(Error::NotFound)));
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    care_calls::hold_home(&mut cx, home.id).await.unwrap();
    care_calls::hold_home(&mut cx, home.id).await.unwrap();
    let ticket = care_calls::order_visit(&mut cx, home.id).await.unwrap();
    assert_eq!(care_calls::order_visit(&mut cx, home.id).await.unwrap(), ticket);
    cx.commit().await.unwrap();
    let line = shown(&home, Part::Waiting).await.lines.remove(0);
    assert!(line.paused_at.is_some());
    assert_eq!(line.visit, Some(ticket));
    // Nobody has called it yet: the ticket does not say that nobody answered.
    let mut cx = home.day.centre.system().await;
    let (visit, _) = duty::tickets::ticket(&mut cx, ticket).await.unwrap();
    assert!(!visit.task["vi"].as_str().unwrap().contains("nghe máy"), "{}", visit.task);
    let matters = home.day.matters().await;
    assert_eq!(matters.iter().filter(|(kind, _)| kind == care_calls::VISIT).count(), 1);
}

#[tokio::test]
async fn a_unit_sees_its_own_households_only() {
    let home = begin().await;
    wait(&home, HOUR * 7).await;
    let today = date(2021, 9, 25);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let own = care_calls::day(&mut cx, today, None, Some(home.day.station), Part::Waiting, 0).await.unwrap();
    assert_eq!(own.counts.waiting, 1);
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    let all = care_calls::day(&mut cx, today, None, None, Part::Waiting, 0).await.unwrap();
    // The morning had passed before anybody looked.
    assert_eq!((all.campaigns.len(), all.counts.all()), (1, 0));
    let other = care_calls::day(&mut cx, today, None, Some(home.day.station), Part::Waiting, 0).await;
    assert!(matches!(other, Err(Error::NotFound)));
}

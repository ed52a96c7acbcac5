//! What changes while a family is called: people, campaigns, the network, and who rings whom.

use super::{DOCTOR, Day, FAMILY, HOUR, MINUTE, WELL, came};
use duty::{
    prompts::Prompter,
    rules::{self, NewVersion},
};
use health::{
    care_calls::{self, Came, Dialler, Do, Part, State},
    followups::{self, Channel, DiaryForm, Followed, MemberEntry},
};
use jiff::{SignedDuration, civil::date};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use uuid::Uuid;

#[tokio::test]
async fn what_is_pressed_for_somebody_who_is_followed_no_more_rings_all_the_same() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    day.release(day.mother).await;
    day.answers(call, "3").await;
    assert!(day.listens(call).await.contains("dấu hiệu"));
    assert_eq!(day.red_flags().await, 1);
    day.exchange.hang_up_there(call);
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Flagged, vec![Some(Came::Flagged)]));
    assert_eq!(day.count("select count(*) from alerts").await, 1);
}

#[tokio::test]
async fn whoever_is_released_between_two_calls_is_not_asked_in_the_second() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    day.answers_all(call, &WELL).await;
    day.exchange.said(call).await;
    day.exchange.hang_up_there(call);
    day.dialler.finished().await;
    let second = day.people().await.into_iter().find(|one| one.person.given_name() == "Hạnh").unwrap();
    day.release(second.person.id).await;
    day.wait(HOUR + MINUTE).await;
    let call = day.greeted().await;
    let words = day.answers(call, "1").await;
    assert!(words.contains("Nam") && !words.contains("Hạnh"), "{words}");
    day.answers_all(call, &WELL[1..]).await;
    day.listens(call).await;
    day.dialler.finished().await;
    assert_eq!((day.line().await.state, day.contacts().await.len()), (State::Reached, 2));
}

#[tokio::test]
async fn a_phone_that_the_alarm_rings_already_is_not_rung_twice_however_long_the_family_waits() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "3"]).await;
    day.exchange.said(call).await;
    day.run("update attempts set invited_at = started_at where channel = 'call'").await;
    day.centre.clock.advance(MINUTE);
    day.exchange.tick();
    day.exchange.tick();
    day.listens(call).await;
    assert!(day.waits_in_vain(call).await >= 2, "it is asked again and again");
    day.dialler.finished().await;
    assert!(day.exchange.calls().iter().all(|phone| phone.number != DOCTOR));
    assert_eq!(day.line().await.state, State::Flagged);
}

#[tokio::test]
async fn who_has_answered_for_all_and_hangs_up_at_the_farewell_is_reached() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    for _ in 0..3 {
        day.answers_all(call, &WELL).await;
    }
    assert!(day.exchange.said(call).await.contains("Cảm ơn"));
    day.exchange.hang_up_there(call);
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, line.unanswered, came(&line)), (State::Reached, 0, vec![Some(Came::Completed)]));
}

#[tokio::test]
async fn a_call_that_the_network_cuts_is_no_try_of_the_family() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers(call, "1").await;
    day.answers_all(call, &WELL).await;
    day.exchange.said(call).await;
    day.exchange.lose(call);
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, line.unanswered, came(&line)), (State::Waiting, 0, vec![Some(Came::Lost)]));
    assert_eq!(day.of(day.mother).await.len(), 1);
    let again = day.greeted().await;
    assert!(!day.answers(again, "1").await.contains("Bích"));
}

#[tokio::test]
async fn a_number_that_never_gets_through_is_not_rung_every_two_minutes_and_people_know_of_it() {
    let day = Day::begin().await;
    for _ in 0..6 {
        let call = day.rings().await;
        day.exchange.lose(call);
        day.dialler.finished().await;
        day.wait(MINUTE * 3).await;
    }
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    let listed = day.shown(date(2021, 9, 25), Part::Listed).await;
    assert_eq!((listed.counts.listed, listed.lines[0].unanswered), (1, 0));
    day.wait(HOUR).await;
    day.rings().await;
}

#[tokio::test]
async fn what_was_answered_in_the_morning_goes_on_in_the_afternoon() {
    let day = Day::begin().await;
    let next = date(2021, 9, 26);
    // Ten to eleven the next morning.
    day.wait(HOUR * 20 + MINUTE * 34).await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "1", "394#", "97#"]).await;
    day.exchange.said(call).await;
    day.exchange.hang_up_there(call);
    day.dialler.finished().await;
    assert_eq!(day.line_on(next).await.state, State::Waiting);
    day.wait(HOUR * 3 + MINUTE * 25).await;
    let kept = "select count(*) from care_calls where answers is not null and state = 'moved'";
    assert_eq!(day.count(kept).await, 0);
    let call = day.greeted().await;
    day.answers_all(call, &WELL[3..]).await;
    day.answers_all(call, &WELL).await;
    day.answers_all(call, &WELL).await;
    day.listens(call).await;
    day.dialler.finished().await;
    assert_eq!(day.line_on(next).await.state, State::Reached);
    let mother = day.of(day.mother).await;
    let last = mother.last().unwrap();
    assert_eq!((last.vitals.temperature_tenths, last.vitals.spo2), (Some(394), Some(97)));
}

#[tokio::test]
async fn who_has_written_after_a_call_in_vain_is_not_counted_as_silent() {
    let day = Day::begin().await;
    day.exchange.busy(FAMILY);
    assert_eq!(day.dialler.tick().await.unwrap(), 1);
    day.dialler.finished().await;
    let well = |one: &Followed| MemberEntry {
        temperature: "36,8".into(),
        spo2: "98".into(),
        ..MemberEntry::of(one.person.id)
    };
    let members = day.people().await.iter().map(well).collect();
    let form = DiaryForm { form_key: Uuid::from_u128(7), at: None, channel: Channel::Household, members };
    let mut cx = day.centre.system().await;
    followups::enter(&mut cx, &day.centre.tenant, day.home, &form).await.unwrap();
    cx.commit().await.unwrap();
    day.wait(HOUR * 5).await;
    day.dialler.tick().await.unwrap();
    let line = day.line().await;
    assert_eq!((line.state, line.listed_at), (State::Written, None));
    assert!(day.contacts().await.is_empty(), "nobody is noted as not reached");
}

#[tokio::test]
async fn a_campaign_that_is_stopped_for_good_gives_its_households_to_people() {
    let day = Day::begin().await;
    let campaign = day.shown(date(2021, 9, 25), Part::Waiting).await.campaigns.pop().unwrap();
    let mut cx = day.centre.system().await;
    care_calls::steer(&mut cx, campaign.id, Do::Stop).await.unwrap();
    cx.commit().await.unwrap();
    day.wait(MINUTE).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    assert_eq!(day.line().await.state, State::Uncalled);
}

#[tokio::test]
async fn where_the_database_fails_after_an_alarm_the_family_hears_that_it_is_called_back_and_a_ticket_says_so()
 {
    let day = Day::begin().await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "3"]).await;
    assert!(day.exchange.said(call).await.contains("dấu hiệu"));
    assert_eq!(day.red_flags().await, 1);
    // No call can be put on record: the doctor's telephone cannot be rung.
    let mut admin = PgConnection::connect(day.centre.database.url()).await.unwrap();
    sqlx::query("alter table calls rename to calls_away").execute(&mut admin).await.unwrap();
    loop {
        day.centre.clock.advance(MINUTE);
        day.exchange.tick();
        let words = day.exchange.said(call).await;
        assert!(!words.is_empty(), "the family is hung up on without a word");
        if words.contains("sẽ gọi lại ngay") {
            break;
        }
    }
    sqlx::query("alter table calls_away rename to calls").execute(&mut admin).await.unwrap();
    day.centre.clock.advance(MINUTE);
    day.exchange.tick();
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Flagged, vec![Some(Came::Flagged)]));
    assert!(line.call_back.is_some());
    assert_eq!(day.count("select count(*) from matters where kind = 'care_call_back'").await, 1);
    assert_eq!(day.count("select count(*) from events where kind = 'household.call_back_owed'").await, 1);
}

#[tokio::test]
async fn two_households_with_one_telephone_are_called_one_after_the_other() {
    let day = Day::begin().await;
    day.neighbour(2, ("Phạm Văn Cường", "1979"), FAMILY).await;
    day.wait(MINUTE).await;
    let call = day.rings().await;
    day.exchange.reject(call);
    day.dialler.finished().await;
    day.wait(HOUR * 18 + MINUTE * 50).await;
    // Two processes look in the same second.
    let second = Dialler::new(day.centre.store.clone(), Arc::new(day.exchange.clone()), Prompter::silent());
    let (one, two) = tokio::join!(day.dialler.tick(), second.tick());
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    let call = day.exchange.rings(FAMILY).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0, "it rings already");
    day.exchange.reject(call);
    day.dialler.finished().await;
    second.finished().await;
    let other = day.rings().await;
    assert_ne!(other, call);
}

#[tokio::test]
async fn whom_no_text_has_told_who_will_call_is_not_called() {
    let day = Day::begin().await;
    day.run("update texts set state = 'given_up'").await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    let shown = day.shown(date(2021, 9, 25), Part::Waiting).await;
    assert_eq!((shown.counts.untold, shown.nameless, shown.lines[0].announced_at), (1, true, None));
    // What came to the number that it had before says nothing to the one it has now.
    day.run("update texts set state = 'delivered'").await;
    day.run("update care_call_homes set contact_index = '\\x00'").await;
    day.wait(MINUTE * 2).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    assert_eq!(day.count("select count(*) from texts where attempt_id is null").await, 2);
    day.wait(MINUTE * 11).await;
    day.rings().await;
    let shown = day.shown(date(2021, 9, 25), Part::Waiting).await;
    assert_eq!(shown.counts.untold, 0);
    assert!(shown.lines[0].announced_at.is_some());
}

#[tokio::test]
async fn whom_no_text_reaches_the_station_tells_itself_and_then_he_is_called() {
    let day = Day::begin().await;
    day.run("update texts set state = 'undeliverable'").await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
    let today = date(2021, 9, 25);
    let untold = day.shown(today, Part::Untold).await;
    assert_eq!((untold.counts.untold, untold.lines.len(), untold.lines[0].text_failed), (1, 1, true));
    let station = day.centre.unit("TPHONG.TYT").await;
    let nurse = day.centre.staff("Trực máy bàn").at(station, kernel::Role::StationStaff).create().await;
    let mut cx = day.centre.as_staff(nurse).await;
    care_calls::told_home(&mut cx, day.home).await.unwrap();
    // Pressed twice it is told once.
    care_calls::told_home(&mut cx, day.home).await.unwrap();
    cx.commit().await.unwrap();
    let told = day.shown(today, Part::Waiting).await;
    assert_eq!((told.counts.untold, told.lines[0].told.map(|(_, by)| by)), (0, Some(nurse)));
    assert!(day.shown(today, Part::Untold).await.lines.is_empty());
    assert_eq!(day.count("select count(*) from events where kind = 'household.calls_told'").await, 1);
    let call = day.rings().await;
    day.exchange.reject(call);
    day.dialler.finished().await;
    // What was told of another number says nothing of this one.
    day.run("update care_call_homes set told_index = '\\x00'").await;
    assert_eq!(day.shown(today, Part::Untold).await.counts.untold, 1);
}

#[tokio::test]
async fn a_call_is_held_though_a_look_waits_for_something_else() {
    let day = Day::begin().await;
    let call = day.greeted().await;
    let second = Dialler::new(day.centre.store.clone(), Arc::new(day.exchange.clone()), Prompter::silent());
    for _ in 0..3 {
        day.dialler.renew().await.unwrap();
        day.centre.clock.advance(SignedDuration::from_secs(9));
        assert_eq!(second.tick().await.unwrap(), 0);
    }
    assert_eq!(day.line().await.state, State::Calling);
    assert!(!day.exchange.call(call).unwrap().is_over());
    assert_eq!(day.exchange.calls().len(), 1);
}

#[tokio::test]
async fn who_is_on_the_telephone_when_the_next_window_opens_waits_on_in_it() {
    let day = Day::begin().await;
    let next = date(2021, 9, 26);
    let mut cx = day.centre.system().await;
    let mut values = rules::versions(&mut cx, "care.calls").await.unwrap().pop().unwrap().values;
    values["windows"] = json!([
        { "call_from": "08:00", "call_until": "09:30" },
        { "call_from": "09:30", "call_until": "18:30" },
    ]);
    let new = NewVersion {
        valid_from: next,
        valid_to: None,
        citation: "QĐ 12/TTYT".into(),
        verified: true,
        note: None,
        values,
    };
    rules::add(&mut cx, "care.calls", new).await.unwrap();
    cx.commit().await.unwrap();
    // Twenty-nine minutes past nine the next morning.
    day.wait(HOUR * 19 + MINUTE * 13).await;
    let call = day.rings().await;
    day.wait(MINUTE * 2).await;
    assert_eq!(day.shown(next, Part::Waiting).await.campaigns.len(), 2);
    day.exchange.reject(call);
    day.dialler.finished().await;
    let line = day.line_on(next).await;
    assert_eq!((line.state, line.unanswered, came(&line)), (State::Waiting, 1, vec![Some(Came::Rejected)]));
    day.wait(HOUR).await;
    day.rings().await;
}

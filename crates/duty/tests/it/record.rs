//! The record of calls after a day of them: whose they are, how they count, and who reads them.

use crate::tickets::{Day, SECOND, news_of_an_f0};
use duty::tickets::{
    self,
    attempts::{self, Outcome},
    record::{self, Behind, Ending, Figures, What},
};
use jiff::civil::{Date, date};
use kernel::{Error, Role, StaffId};

const TODAY: Date = date(2021, 9, 25);

async fn of(day: &Day, staff: StaffId) -> Figures {
    let mut cx = day.centre.as_staff(staff).await;
    record::of_person(&mut cx, TODAY, TODAY, staff).await.unwrap()
}

/// The network's word about the call to somebody.
async fn ended(day: &Day, index: usize, staff: StaffId, outcome: Outcome, code: Option<i16>) {
    let call = day.call_to(index, staff).await;
    let mut cx = day.centre.system().await;
    attempts::ended(&mut cx, call.id, outcome, code).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.settle().await;
}

#[tokio::test]
async fn busy_is_missed_and_the_second_level_that_accepts_has_its_seconds_from_the_invite() {
    let day = news_of_an_f0().await;
    ended(&day, 1, day.clerk, Outcome::Busy, Some(486)).await;
    let clerk = of(&day, day.clerk).await;
    assert_eq!((clerk.calls, clerk.busy, clerk.missed(), clerk.answer_rate()), (1, 1, 1, Some(0)));
    let call = day.call_to(1, day.chair).await;
    day.centre.advance(SECOND * 2).await;
    let mut cx = day.centre.system().await;
    attempts::invited(&mut cx, call.id).await.unwrap();
    attempts::ringing_began(&mut cx, call.id).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 7).await;
    let mut cx = day.centre.system().await;
    attempts::answered(&mut cx, call.id, SECOND * 15).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 4).await;
    let mut cx = day.centre.system().await;
    attempts::key(&mut cx, call.id, '1').await.unwrap();
    cx.commit().await.unwrap();
    let chair = of(&day, day.chair).await;
    assert_eq!((chair.accepted, chair.answered(), chair.answer_rate()), (1, 1, Some(100)));
    assert_eq!((chair.phone, chair.desk), (1, 1), "the bell at the desk was answered with it");
    assert_eq!(
        (chair.answer_median_s, chair.accept_median_s, chair.accept_p90_s),
        (Some(7), Some(11), Some(11))
    );
}

#[tokio::test]
async fn silence_is_one_missed_call_however_much_rang_and_what_was_heard_is_kept_apart() {
    let day = news_of_an_f0().await;
    let (silent, heard) = (day.call_to(1, day.clerk).await, day.call_to(2, day.officer).await);
    let mut cx = day.centre.system().await;
    attempts::ringing_began(&mut cx, silent.id).await.unwrap();
    attempts::answered(&mut cx, heard.id, SECOND * 15).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 60).await;
    let clerk = of(&day, day.clerk).await;
    assert_eq!((clerk.calls, clerk.attempts, clerk.not_answered, clerk.missed()), (1, 2, 1, 1));
    let officer = of(&day, day.officer).await;
    // A mailbox hears too: it counts neither for him nor against him.
    assert_eq!((officer.heard_not_accepted, officer.missed(), officer.counted()), (1, 0, 0));
    assert_eq!((officer.accepted, officer.accept_median_s), (0, None));
}

#[tokio::test]
async fn engaged_no_network_and_what_another_took_count_against_nobody() {
    let day = news_of_an_f0().await;
    ended(&day, 1, day.clerk, Outcome::Engaged, None).await;
    ended(&day, 0, day.nurse, Outcome::NoNetwork, None).await;
    let mut cx = day.centre.as_staff(day.chair).await;
    tickets::accept(&mut cx, day.ticket(0)).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 60).await;
    for (staff, ending) in [(day.clerk, Ending::Engaged), (day.nurse, Ending::Taken)] {
        let figures = of(&day, staff).await;
        assert_eq!(figures.of(ending), 1, "{ending:?}");
        assert_eq!((figures.missed(), figures.counted(), figures.answer_rate()), (0, 0, None), "{ending:?}");
    }
}

#[tokio::test]
async fn a_fault_of_our_trunk_counts_against_nobody_and_a_phone_that_is_off_does() {
    let day = news_of_an_f0().await;
    // No bell rings at these desks: what the telephone came to is all there is.
    let mut cx = day.centre.system().await;
    sqlx::query("update attempts set channel = 'email' where channel = 'desk'")
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    ended(&day, 0, day.nurse, Outcome::Unreachable, Some(503)).await;
    ended(&day, 1, day.clerk, Outcome::Rejected, Some(403)).await;
    ended(&day, 2, day.officer, Outcome::Unreachable, Some(480)).await;
    for staff in [day.nurse, day.clerk] {
        let figures = of(&day, staff).await;
        assert_eq!((figures.calls, figures.no_network, figures.missed()), (1, 1, 0));
        assert_eq!(figures.answer_rate(), None);
    }
    let officer = of(&day, day.officer).await;
    assert_eq!((officer.unreachable, officer.missed()), (1, 1));
}

#[tokio::test]
async fn a_bell_that_no_desk_showed_is_no_missed_call_where_the_telephone_had_no_network() {
    let day = news_of_an_f0().await;
    ended(&day, 0, day.nurse, Outcome::NoNetwork, None).await;
    ended(&day, 1, day.clerk, Outcome::NoNetwork, None).await;
    let shown = day.attempts(1).await.into_iter().find(|one| one.channel == "desk").unwrap();
    let mut cx = day.centre.system().await;
    attempts::ringing_began(&mut cx, shown.id).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 60).await;
    let nurse = of(&day, day.nurse).await;
    assert_eq!((nurse.calls, nurse.no_network, nurse.missed()), (1, 1, 0), "nothing rang anywhere");
    let clerk = of(&day, day.clerk).await;
    assert_eq!((clerk.calls, clerk.not_answered, clerk.missed()), (1, 1, 1));
}

#[tokio::test]
async fn a_text_or_a_push_is_no_call_whatever_became_of_it() {
    for channel in ["sms", "push"] {
        let day = news_of_an_f0().await;
        let mut cx = day.centre.system().await;
        let told = "update attempts set channel = $1, ended_at = started_at, outcome = 'unreachable' where channel = 'desk'";
        sqlx::query(told).bind(channel).execute(cx.conn()).await.unwrap();
        cx.commit().await.unwrap();
        ended(&day, 1, day.clerk, Outcome::NoNetwork, None).await;
        let clerk = of(&day, day.clerk).await;
        assert_eq!(
            (clerk.calls, clerk.attempts, clerk.no_network, clerk.missed()),
            (1, 1, 1, 0),
            "{channel}"
        );
    }
}

#[tokio::test]
async fn a_unit_has_the_calls_of_all_its_people_and_each_number_opens_as_many() {
    let day = news_of_an_f0().await;
    // The committee is silent at both its levels, the police post has no head.
    day.centre.advance(SECOND * 60).await;
    day.centre.advance(SECOND * 60).await;
    let ward = day.centre.unit("TPHONG").await;
    let mut cx = day.centre.as_staff(day.leader).await;
    let units = record::of_units(&mut cx, TODAY, TODAY, &[]).await.unwrap();
    let of_ward = &units.lines.iter().find(|(unit, _)| *unit == ward).unwrap().1;
    assert_eq!((of_ward.not_answered, of_ward.missed(), of_ward.tickets), (2, 2, 1));
    assert_eq!(units.lines.iter().map(|(_, figures)| figures.calls).sum::<i64>(), units.whole.calls);
    assert!(units.whole.nobody > 0, "a level that found nobody is on record");
    let people = record::of_staff(&mut cx, TODAY, TODAY, &[ward]).await.unwrap();
    let mut named: Vec<StaffId> = people.lines.iter().map(|(staff, _)| *staff).collect();
    let mut both = vec![day.clerk, day.chair];
    named.sort();
    both.sort();
    assert_eq!(named, both);
    for (what, n) in [
        (What::All, of_ward.calls),
        (What::Missed, of_ward.missed()),
        (What::Ended(Ending::NotAnswered), of_ward.not_answered),
        (What::Answered, 0),
        (What::Phone, of_ward.phone),
    ] {
        let behind =
            Behind { from: TODAY, to: TODAY, unit: Some(ward), staff: None, what, limit: 50, skip: 0 };
        let calls = record::calls(&mut cx, &behind).await.unwrap();
        assert_eq!(calls.len() as i64, n, "{what:?}");
    }
    let other = record::of_units(&mut cx, date(2021, 9, 20), date(2021, 9, 24), &[]).await.unwrap();
    assert_eq!((other.lines.len(), other.whole), (0, Figures::default()));
}

#[tokio::test]
async fn a_ward_leader_reads_his_ward_others_only_themselves() {
    let day = news_of_an_f0().await;
    let (ward, elsewhere) = (day.centre.unit("TPHONG").await, day.centre.unit("PMY").await);
    let mut cx = day.centre.as_staff(day.chair).await;
    assert!(!record::of_units(&mut cx, TODAY, TODAY, &[ward]).await.unwrap().lines.is_empty());
    assert!(record::of_person(&mut cx, TODAY, TODAY, day.clerk).await.is_ok());
    let foreign = record::of_units(&mut cx, TODAY, TODAY, &[elsewhere]).await;
    assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
    let above = record::of_person(&mut cx, TODAY, TODAY, day.leader).await;
    assert!(matches!(above, Err(Error::NotFound)), "{above:?}");
    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(matches!(record::of_staff(&mut cx, TODAY, TODAY, &[]).await, Err(Error::NotFound)));
    assert!(matches!(record::of_person(&mut cx, TODAY, TODAY, day.chair).await, Err(Error::NotFound)));
    assert_eq!(record::of_person(&mut cx, TODAY, TODAY, day.clerk).await.unwrap().calls, 1);
    let stranger = day.centre.staff("Chủ tịch Phú Mỹ").at(elsewhere, Role::WardLeader).create().await;
    let mut cx = day.centre.as_staff(stranger).await;
    assert!(record::of_staff(&mut cx, TODAY, TODAY, &[]).await.unwrap().lines.is_empty());
    for (from, to, key) in
        [(TODAY, date(2021, 9, 24), "error-date-order"), (date(2021, 1, 1), TODAY, "error-record-long")]
    {
        let wrong = record::of_units(&mut cx, from, to, &[]).await;
        assert!(matches!(wrong, Err(Error::Invalid { field: "from", key: k }) if k == key), "{key}");
    }
}

#[tokio::test]
async fn the_responsibility_file_counts_its_own_calls_in_the_same_way() {
    let day = news_of_an_f0().await;
    ended(&day, 1, day.clerk, Outcome::Busy, Some(486)).await;
    let mut cx = day.centre.as_staff(day.leader).await;
    let file = tickets::file(&mut cx, day.opened.matter, None).await.unwrap();
    let clerk = &file.called.iter().find(|(staff, _)| *staff == day.clerk).unwrap().1;
    assert_eq!((clerk.calls, clerk.busy, clerk.tickets), (1, 1, 1));
    assert!(file.called.iter().any(|(staff, figures)| *staff == day.chair && figures.running == 1));
}

//! What a telephone network says of a call, and when it happened: what is the telephone's, what is the
//! network's own trouble, and from when a level counts.

use super::{Day, SECOND, news_of_an_f0};
use duty::{
    messages::{CallEvent, Report, calls},
    tickets::{self, attempts::Attempt},
};
use jiff::{SignedDuration, Timestamp};
use kernel::AttemptId;

const MESSAGE: SignedDuration = SignedDuration::from_secs(15);

/// The network tells what happened `at` then.
async fn tells(day: &Day, attempt: AttemptId, at: Timestamp, event: CallEvent) {
    let report = Report { tenant: day.centre.id(), attempt, at, event, length: MESSAGE };
    calls::report(&day.centre.store, report).await.unwrap();
}

/// The call to the clerk, and when it began.
async fn call(day: &Day) -> (AttemptId, Timestamp) {
    let call = day.call_to(1, day.clerk).await;
    (call.id, call.started_at)
}

async fn kept(day: &Day) -> Attempt {
    day.call_to(1, day.clerk).await
}

#[tokio::test]
async fn who_cannot_be_reached_is_climbed_over_and_a_network_that_carries_no_call_leaves_the_bell_its_minute()
{
    use CallEvent::{Rejected, Unreachable};
    for (said, outcome, level) in [
        (Unreachable(Some(404)), "unreachable", 1),
        (Unreachable(Some(480)), "unreachable", 1),
        (Rejected(Some(603)), "rejected", 1),
        (Unreachable(None), "no_network", 0),
        (Unreachable(Some(401)), "no_network", 0),
        (Unreachable(Some(503)), "no_network", 0),
        (Rejected(Some(403)), "no_network", 0),
    ] {
        let day = news_of_an_f0().await;
        let (id, began) = call(&day).await;
        tells(&day, id, began, CallEvent::Invited).await;
        tells(&day, id, began, said).await;
        day.centre.settle().await;
        assert_eq!(kept(&day).await.outcome.as_deref(), Some(outcome), "{said:?}");
        assert_eq!(day.state(1).await.level, level, "{said:?}");
        if level == 0 {
            day.centre.advance(SECOND * 59).await;
            assert_eq!(day.state(1).await.level, 0, "{said:?}");
            day.centre.advance(SECOND).await;
            assert_eq!(day.state(1).await.level, 1, "{said:?}");
        }
    }
}

#[tokio::test]
async fn a_telephone_that_has_rung_was_carried_whatever_ends_it() {
    let day = news_of_an_f0().await;
    let (id, began) = call(&day).await;
    tells(&day, id, began, CallEvent::Ringing).await;
    tells(&day, id, began, CallEvent::Rejected(Some(403))).await;
    day.centre.settle().await;
    assert_eq!(kept(&day).await.outcome.as_deref(), Some("rejected"));
    assert_eq!(day.state(1).await.level, 1);
}

#[tokio::test]
async fn what_is_told_late_stands_with_its_own_time_and_holds_the_level_from_then() {
    let day = news_of_an_f0().await;
    let (id, began) = call(&day).await;
    // The database was away for a while; the telephones were not.
    day.centre.clock.advance(SECOND * 56);
    tells(&day, id, began, CallEvent::Invited).await;
    tells(&day, id, began + SECOND * 2, CallEvent::Ringing).await;
    tells(&day, id, began + SECOND * 50, CallEvent::Answered).await;
    let known = kept(&day).await;
    assert_eq!(
        (known.invited_at, known.ringing_at, known.answered_at),
        (Some(began), Some(began + SECOND * 2), Some(began + SECOND * 50))
    );
    // 50 s, 15 s of message, 20 s to press a key.
    assert_eq!(day.state(1).await.climbs_at, Some(began + SECOND * 85));
    day.centre.clock.advance(SECOND * 14);
    tells(&day, id, began + SECOND * 65, CallEvent::MessageEnded).await;
    assert_eq!(kept(&day).await.message_ended_at, Some(began + SECOND * 65));
    day.centre.advance(SECOND * 14).await;
    assert_eq!(day.state(1).await.level, 0);
    day.centre.advance(SECOND).await;
    assert_eq!(day.state(1).await.level, 1);
}

#[tokio::test]
async fn no_time_of_a_call_lies_before_its_beginning_or_ahead_of_now() {
    let day = news_of_an_f0().await;
    let (id, began) = call(&day).await;
    day.centre.clock.advance(SECOND * 3);
    tells(&day, id, began - SECOND * 5, CallEvent::Invited).await;
    tells(&day, id, began + SECOND * 30, CallEvent::Ringing).await;
    let known = kept(&day).await;
    assert_eq!((known.invited_at, known.ringing_at), (Some(began), Some(began + SECOND * 3)));
    day.centre.clock.advance(SECOND * 9);
    tells(&day, id, began + SECOND * 7, CallEvent::Busy(Some(486))).await;
    assert_eq!(kept(&day).await.ended_at, Some(began + SECOND * 7));
}

#[tokio::test]
async fn a_ring_that_is_told_while_somebody_writes_the_attempt_is_not_lost() {
    let day = news_of_an_f0().await;
    let (attempt, at) = call(&day).await;
    let mut cx = day.centre.system().await;
    sqlx::query("select id from attempts where id = $1 for update")
        .bind(attempt.uuid())
        .execute(cx.conn())
        .await
        .unwrap();
    let (store, tenant) = (day.centre.store.clone(), day.centre.id());
    let ring = tokio::spawn(async move {
        let report = Report { tenant, attempt, at, event: CallEvent::Ringing, length: MESSAGE };
        calls::report(&store, report).await
    });
    let waits = "select exists (select from pg_locks where not granted and transactionid = pg_current_xact_id()::xid)";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(cx.conn()).await.unwrap() {
        assert!(!ring.is_finished(), "whoever writes is waited for");
    }
    cx.rollback().await.unwrap();
    ring.await.unwrap().unwrap();
    assert_eq!(kept(&day).await.ringing_at, Some(at));
}

#[tokio::test]
async fn the_minute_of_a_level_counts_from_the_invite_of_its_call() {
    let day = news_of_an_f0().await;
    let (id, began) = call(&day).await;
    tells(&day, id, began, CallEvent::Invited).await;
    // The first trunk says nothing for five seconds; the second rings.
    day.centre.advance(SECOND * 5).await;
    tells(&day, id, began + SECOND * 5, CallEvent::Invited).await;
    tells(&day, id, began + SECOND * 5, CallEvent::Ringing).await;
    assert_eq!(kept(&day).await.invited_at, Some(began + SECOND * 5));
    day.centre.advance(SECOND * 55).await;
    assert_eq!(day.state(1).await.level, 0, "the first minute's timer is stale");
    day.centre.advance(SECOND * 4).await;
    assert_eq!(day.state(1).await.level, 0);
    day.centre.advance(SECOND).await;
    assert_eq!(day.state(1).await.level, 1);
    let silent = kept(&day).await;
    assert_eq!(silent.outcome.as_deref(), Some("not_answered"));
    assert_eq!(silent.ended_at.unwrap().duration_since(silent.invited_at.unwrap()), SECOND * 60);
}

#[tokio::test]
async fn an_invite_that_leaves_late_or_after_the_minute_holds_no_level_for_long() {
    let day = news_of_an_f0().await;
    let (id, began) = call(&day).await;
    let other = day.call_to(2, day.officer).await;
    day.centre.clock.advance(SECOND * 30);
    tells(&day, id, began + SECOND * 30, CallEvent::Invited).await;
    assert_eq!(day.state(1).await.climbs_at, Some(began + SECOND * 70));
    day.centre.clock.advance(SECOND * 30);
    tells(&day, other.id, began + SECOND * 60, CallEvent::Invited).await;
    day.centre.settle().await;
    assert!(day.state(2).await.level > 0, "its minute was over");
    assert_eq!(day.state(1).await.level, 0);
    day.centre.advance(SECOND * 10).await;
    assert_eq!(day.state(1).await.level, 1);
}

#[tokio::test]
async fn an_invite_takes_back_no_climb_that_somebody_has_decided() {
    let day = news_of_an_f0().await;
    let (id, began) = call(&day).await;
    day.centre.advance(SECOND * 3).await;
    // The chair passes it up at his desk; the clerk's telephone is only now on its way.
    let mut cx = day.centre.as_staff(day.chair).await;
    let seen = day.state(1).await.rung().unwrap();
    tickets::pass_up(&mut cx, day.ticket(1), seen, "").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(kept(&day).await.ended_at, None);
    tells(&day, id, began + SECOND * 3, CallEvent::Invited).await;
    day.centre.settle().await;
    assert_eq!(day.state(1).await.level, 1);
}

#[tokio::test]
async fn a_level_that_is_held_longer_is_not_shortened_by_an_invite() {
    let day = news_of_an_f0().await;
    let (id, began) = call(&day).await;
    day.centre.advance(SECOND * 58).await;
    tells(&day, id, began + SECOND * 58, CallEvent::Answered).await;
    let held = day.state(1).await.climbs_at;
    // Lost with its server and placed again.
    tells(&day, id, began + SECOND * 58, CallEvent::Invited).await;
    assert_eq!(day.state(1).await.climbs_at, held);
    assert_eq!(held, Some(began + SECOND * 93));
}

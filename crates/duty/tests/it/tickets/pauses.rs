//! Pauses: asked for by one, approved by another, and ended by whatever moves the ticket on.

use super::{Day, SECOND, news_of_an_f0};
use duty::tickets::{self, State};
use jiff::SignedDuration;
use kernel::{Error, Role, TicketId};
use store::events;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn kinds(day: &Day, id: TicketId) -> Vec<String> {
    let mut cx = day.centre.system().await;
    events::of_object(&mut cx, id.uuid()).await.unwrap().into_iter().map(|event| event.kind).collect()
}

/// The committee's ticket, accepted by the clerk and paused for two hours with the chair's approval.
async fn paused() -> Day {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::accept(&mut cx, day.ticket(1)).await.unwrap();
    let until = cx.now() + HOUR * 2;
    tickets::ask_pause(&mut cx, day.ticket(1), until, "Chờ kết quả", day.chair).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.chair).await;
    tickets::approve_pause(&mut cx, day.ticket(1)).await.unwrap();
    cx.commit().await.unwrap();
    day
}

async fn restored(day: &Day) -> usize {
    let mut cx = day.centre.system().await;
    let found = tickets::reconcile(&mut cx).await.unwrap();
    cx.commit().await.unwrap();
    found
}

#[tokio::test]
async fn the_clock_stops_when_the_approver_agrees_and_not_before() {
    let day = news_of_an_f0().await;
    let id = day.ticket(1);
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::accept(&mut cx, id).await.unwrap();
    let until = cx.now() + HOUR * 3;
    for _ in 0..2 {
        // The same form sent twice is one request.
        tickets::ask_pause(&mut cx, id, until, "Chờ kết quả", day.chair).await.unwrap();
    }
    cx.commit().await.unwrap();
    assert_eq!(day.state(1).await.state, State::Accepted);
    let mut cx = day.centre.as_staff(day.chair).await;
    assert_eq!(tickets::pauses_to_decide(&mut cx).await.unwrap().len(), 1);
    drop(cx);
    day.centre.advance(HOUR).await;

    for (other, why) in [(day.clerk, "who asked"), (day.leader, "a leader who was not named")] {
        let mut cx = day.centre.as_staff(other).await;
        let done = tickets::approve_pause(&mut cx, id).await;
        assert!(matches!(done, Err(Error::Forbidden(_))), "{why}: {done:?}");
    }
    let before = day.state(1).await;
    let mut cx = day.centre.as_staff(day.chair).await;
    let silent = tickets::refuse_pause(&mut cx, id, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "text", .. })), "{silent:?}");
    tickets::approve_pause(&mut cx, id).await.unwrap();
    assert!(tickets::pauses_to_decide(&mut cx).await.unwrap().is_empty());
    cx.commit().await.unwrap();
    assert_eq!(day.state(1).await.state, State::Paused);
    day.centre.advance(HOUR * 2).await;
    let after = day.state(1).await;
    assert_eq!(
        (after.state, after.paused_s, after.due_at),
        (State::Accepted, 7200, before.due_at + HOUR * 2)
    );

    let mut cx = day.centre.system().await;
    let story = events::of_object(&mut cx, id.uuid()).await.unwrap();
    let asked: Vec<_> = story.iter().filter(|event| event.kind == "ticket.pause_asked").collect();
    let approved = story.iter().find(|event| event.kind == "ticket.paused").unwrap();
    assert_eq!((asked.len(), asked[0].actor_id), (1, Some(day.clerk.uuid())));
    assert_eq!(approved.actor_id, Some(day.chair.uuid()));
    assert_eq!(approved.data["asked_by"], serde_json::json!(day.clerk));
}

#[tokio::test]
async fn a_refused_pause_has_never_stopped_a_clock() {
    let day = news_of_an_f0().await;
    let id = day.ticket(1);
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::accept(&mut cx, id).await.unwrap();
    let until = cx.now() + HOUR;
    tickets::ask_pause(&mut cx, id, until, "Chờ kết quả", day.chair).await.unwrap();
    cx.commit().await.unwrap();
    let before = day.state(1).await;
    let mut cx = day.centre.as_staff(day.chair).await;
    tickets::refuse_pause(&mut cx, id, "Không chờ được").await.unwrap();
    let again = tickets::approve_pause(&mut cx, id).await;
    assert!(matches!(again, Err(Error::Conflict("error-pause-not-asked"))), "{again:?}");
    cx.commit().await.unwrap();
    let after = day.state(1).await;
    assert_eq!((after.state, after.due_at, after.paused_s), (State::Accepted, before.due_at, 0));
    assert!(kinds(&day, id).await.contains(&"ticket.pause_refused".to_owned()));
}

#[tokio::test]
async fn a_request_whose_time_has_come_is_not_approved_any_more() {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::accept(&mut cx, day.ticket(1)).await.unwrap();
    let until = cx.now() + HOUR;
    tickets::ask_pause(&mut cx, day.ticket(1), until, "Chờ kết quả", day.chair).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(HOUR * 2).await;
    let mut cx = day.centre.as_staff(day.chair).await;
    let late = tickets::approve_pause(&mut cx, day.ticket(1)).await;
    assert!(matches!(late, Err(Error::Conflict("error-pause-past"))), "{late:?}");
}

#[tokio::test]
async fn a_paused_ticket_that_is_forwarded_keeps_its_deadline() {
    let day = paused().await;
    let before = day.state(1).await;
    day.centre.advance(HOUR).await;
    let to = day.centre.unit("BTHUAN").await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::forward(&mut cx, day.ticket(1), to, "Nhà thuộc Phường Bình Thuận").await.unwrap();
    cx.commit().await.unwrap();
    let after = day.state(1).await;
    assert_eq!((after.state, after.paused_at, after.paused_until), (State::Open, None, None));
    assert_eq!((after.due_at, after.paused_s), (before.due_at + HOUR, 3600));
    assert_eq!(restored(&day).await, 0, "no timer is missing");
    let left = after.due_at.duration_since(day.centre.clock.now());
    day.centre.advance(left + SECOND).await;
    assert!(day.state(1).await.overdue_at.is_some());
}

#[tokio::test]
async fn an_answer_ends_the_pause_and_its_time_is_given_back() {
    let day = paused().await;
    let before = day.state(1).await;
    day.centre.advance(HOUR).await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::resolve(&mut cx, day.ticket(1), "Đã có kết quả", None).await.unwrap();
    cx.commit().await.unwrap();
    let after = day.state(1).await;
    assert_eq!((after.state, after.paused_at, after.due_at), (State::Resolved, None, before.due_at + HOUR));
    assert_eq!(restored(&day).await, 0);
    let mut cx = day.centre.as_staff(day.leader).await;
    tickets::reopen(&mut cx, day.ticket(1), "Chưa xong").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(day.state(1).await.state, State::Open);
    assert_eq!(restored(&day).await, 0);
}

#[tokio::test]
async fn a_paused_duplicate_that_is_merged_is_paused_no_more() {
    let day = paused().await;
    let later = super::another_f0(&day, 2).await;
    let mut cx = day.centre.as_staff(day.chair).await;
    tickets::merge(&mut cx, day.ticket(1), later.tickets[1]).await.unwrap();
    cx.commit().await.unwrap();
    let gone = day.state(1).await;
    assert_eq!((gone.state, gone.paused_at, gone.paused_until), (State::Merged, None, None));
    assert_eq!(restored(&day).await, 0);
}

#[tokio::test]
async fn a_pause_that_lost_its_timer_still_ends_and_a_deadline_lost_and_past_is_kept() {
    let day = paused().await;
    let station = day.state(0).await;
    let mut cell = day.centre.store.cell().await.unwrap();
    sqlx::query("delete from timers").execute(cell.conn()).await.unwrap();
    cell.commit().await.unwrap();
    // Past the due time of the station, with every timer gone.
    day.centre.clock.advance(station.due_at.duration_since(day.centre.clock.now()) + SECOND);
    assert_eq!(restored(&day).await, 3);
    assert_eq!(restored(&day).await, 0, "once is enough");
    day.centre.settle().await;
    assert!(day.state(0).await.overdue_at.is_some());
    let after = day.state(1).await;
    assert_eq!((after.state, after.paused_s), (State::Accepted, 7200), "no more than was approved");
}

#[tokio::test]
async fn who_may_not_approve_cannot_be_named() {
    let day = news_of_an_f0().await;
    let elsewhere = day.centre.unit("PMY").await;
    let stranger = day.centre.staff("Chủ tịch Phú Mỹ").at(elsewhere, Role::WardLeader).create().await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::accept(&mut cx, day.ticket(1)).await.unwrap();
    let until = cx.now() + HOUR;
    let asked = tickets::ask_pause(&mut cx, day.ticket(1), until, "Chờ", stranger).await;
    assert!(matches!(asked, Err(Error::Invalid { field: "approver", .. })), "{asked:?}");
}

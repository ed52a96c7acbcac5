//! Who sits in the call room, and who is heard in which turn.

use crate::call_room::{end, operator, presence, ring_in, secs};
use duty::{
    calls::{
        self, Outcome, Purpose,
        operators::{self, Presence},
    },
    lines::{Happened, Told},
};
use kernel::{CallId, Error};
use testkit::TestCentre;

#[tokio::test]
async fn two_that_ask_at_once_are_given_two_operators_the_longest_ready_first() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let first = operator(&centre, "Người đến trước", "201").await;
    centre.clock.advance(secs(30));
    let second = operator(&centre, "Người đến sau", "202").await;
    let (one, other) = (ring_in(&centre, station).await, ring_in(&centre, station).await);
    let (mut here, mut there) = (centre.system().await, centre.system().await);
    let taken = operators::take_free(&mut here, one).await.unwrap().unwrap();
    assert_eq!((taken.staff, taken.extension.as_str(), taken.call), (first, "201", Some(one)));
    assert_eq!(operators::take_free(&mut there, other).await.unwrap().unwrap().staff, second);
    here.commit().await.unwrap();
    there.commit().await.unwrap();
    let mut cx = centre.system().await;
    assert!(operators::take_free(&mut cx, one).await.unwrap().is_none());
    drop(cx);

    // The end of his call leaves him writing, and he is ready when he says so.
    end(&centre, one, Outcome::Completed).await;
    assert_eq!(presence(&centre, first).await, Presence::Writing);
    assert_eq!(presence(&centre, second).await, Presence::Talking);
    let mut cx = centre.as_staff(second).await;
    let talking = operators::free(&mut cx, second, Presence::Ready).await;
    assert!(matches!(talking, Err(Error::Conflict("error-operator-talking"))), "{talking:?}");
    assert!(matches!(operators::free(&mut cx, first, Presence::Away).await, Err(Error::Forbidden(_))));
    let mut cx = centre.as_staff(first).await;
    operators::free(&mut cx, first, Presence::Ready).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(presence(&centre, first).await, Presence::Ready);
}

#[tokio::test]
async fn whoever_waits_is_heard_in_his_turn_and_the_day_counts_it() {
    let centre = TestCentre::new().await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = operator(&centre, "Người trực", "201").await;
    let (one, other) = (ring_in(&centre, station).await, ring_in(&centre, station).await);
    let mut cx = centre.system().await;
    calls::wait(&mut cx, one, "symptoms").await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(secs(5));
    let mut cx = centre.system().await;
    calls::wait(&mut cx, other, "support").await.unwrap();
    // Not reached by anybody, he keeps his place.
    calls::wait(&mut cx, one, "symptoms").await.unwrap();
    let queue: Vec<CallId> = calls::queue(&mut cx).await.unwrap().iter().map(|call| call.id).collect();
    assert_eq!(queue, [one, other]);
    cx.commit().await.unwrap();
    centre.clock.advance(secs(15));
    let mut cx = centre.system().await;
    calls::served(&mut cx, one, nurse).await.unwrap();
    calls::told(&mut cx, one, &Told { at: centre.clock.now(), what: Happened::Answered }).await.unwrap();
    cx.commit().await.unwrap();
    centre.clock.advance(secs(40));
    end(&centre, one, Outcome::HandedOver).await;
    end(&centre, other, Outcome::Abandoned).await;
    let mut cx = centre.as_staff(nurse).await;
    let today = calls::today(&mut cx).await.unwrap();
    assert_eq!((today.incoming, today.outgoing, today.answered, today.abandoned), (2, 0, 1, 1));
    assert_eq!((today.average_wait, today.longest_wait), (Some(secs(20)), Some(secs(55))));
    let line = &today.operators[0];
    assert_eq!((line.staff, line.calls, line.talked), (nurse, 1, secs(40)));
    assert!(matches!(calls::wait(&mut cx, one, "report").await, Err(Error::Conflict("error-call-ended"))));
    assert_eq!(calls::unwritten(&mut cx).await.unwrap().map(|call| call.id), Some(one));
    let today = jiff::civil::date(2021, 9, 25);
    let (found, more) =
        calls::of_day(&mut cx, today, Some(Purpose::Hotline), Some(Outcome::Abandoned), 0).await.unwrap();
    assert_eq!((found.len(), found[0].id, more), (1, other, false));
}

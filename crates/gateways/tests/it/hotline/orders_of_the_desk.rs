//! What the desk asks of a call that runs, from whichever process: done in the order in which it was given, and told
//! in words where it could not be done.

use super::*;
use health::hotline::{Asked, Fault, Kind};

impl Room {
    /// What came of an order, once that is known.
    async fn came_of(&self, staff: StaffId, call: CallId, place: i16) -> Asked {
        loop {
            let mut cx = self.centre.as_staff(staff).await;
            let asked = orders::find(&mut cx, call, place).await.unwrap();
            if asked.done_at.is_some() {
                return asked;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Holding and resuming, as it happened.
    async fn happenings(&self, call: CallId) -> Vec<String> {
        let mut cx = self.centre.system().await;
        let events = store::events::of_object(&mut cx, call.uuid()).await.unwrap();
        let kinds = events.into_iter().map(|event| event.kind);
        kinds.filter(|kind| kind == "call.held" || kind == "call.resumed").collect()
    }
}

#[tokio::test]
async fn orders_are_done_in_the_order_in_which_they_were_given() {
    let mut room = room().await;
    let (operator, call, leg, visit) = room.talks().await;
    let mut place = 0;
    for on in [true, false, true, false] {
        let mut cx = room.centre.as_staff(operator).await;
        place = orders::hold(&mut cx, call, on).await.unwrap();
        cx.commit().await.unwrap();
    }
    assert_eq!(place, 4);
    let asked = room.came_of(operator, call, place).await;
    assert_eq!((asked.kind, asked.fault), (Kind::Resume, None));
    assert_eq!(room.happenings(call).await, ["call.held", "call.resumed", "call.held", "call.resumed"]);
    room.until(|| room.exchange.hears(call).contains(&leg)).await;
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_passed_a_call_on_in_vain_is_told_so_and_nobody_else_reads_it() {
    let mut room = room().await;
    let (operator, call, leg, visit) = room.talks().await;
    let other = room.operator("Trực máy hai", SECOND_SEAT).await;
    let mut cx = room.centre.as_staff(operator).await;
    let place = orders::transfer(&mut cx, call, To::Operator(other)).await.unwrap();
    cx.commit().await.unwrap();
    room.exchange.rings(SECOND_SEAT).await;
    let mut cx = room.centre.as_staff(room.director).await;
    let waiting = hotline::waiting(&mut cx).await.unwrap();
    let asked = waiting[0].asked.as_ref().unwrap();
    assert_eq!((asked.kind, asked.to, asked.done_at), (Kind::Transfer, Some(To::Operator(other)), None));
    drop(cx);
    room.pass(31);
    let asked = room.came_of(operator, call, place).await;
    assert_eq!(asked.fault, Some(Fault::NotTaken));
    room.until(|| room.exchange.hears(call).contains(&leg)).await;
    let mut cx = room.centre.as_staff(room.director).await;
    let waiting = hotline::waiting(&mut cx).await.unwrap();
    assert_eq!(waiting[0].asked.as_ref().and_then(|asked| asked.fault), Some(Fault::NotTaken));
    assert!(matches!(orders::find(&mut cx, call, place).await, Err(Error::NotFound)));
    drop(cx);
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_was_asked_of_the_one_before_is_not_done_to_the_next() {
    let mut room = room().await;
    let operator = room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.choose(CALLER, "0").await;
    room.take(call, SEAT).await;
    let other = room.operator("Trực máy hai", SECOND_SEAT).await;
    let mut cx = room.centre.as_staff(operator).await;
    orders::transfer(&mut cx, call, To::Operator(other)).await.unwrap();
    cx.commit().await.unwrap();
    room.exchange.rings(SECOND_SEAT).await;
    // Pressed while the other telephone rings: by then he has no part in the call.
    let mut cx = room.centre.as_staff(operator).await;
    let late = orders::hold(&mut cx, call, true).await.unwrap();
    cx.commit().await.unwrap();
    let second = room.take(call, SECOND_SEAT).await;
    assert_eq!(room.came_of(operator, call, late).await.fault, Some(Fault::Changed));
    assert!(room.exchange.hears(call).contains(&second));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_could_not_be_done_before_the_end_is_told_with_it() {
    let mut room = room().await;
    room.operator("Trực máy một", SEAT).await;
    let (call, visit) = room.choose(CALLER, "0").await;
    room.take(call, SEAT).await;
    let mut cx = room.centre.as_staff(room.director).await;
    let place = orders::listen(&mut cx, call).await.unwrap();
    cx.commit().await.unwrap();
    room.exchange.rings(DESK).await;
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    let asked = room.came_of(room.director, call, place).await;
    assert_eq!((asked.kind, asked.fault), (Kind::Listen, Some(Fault::Over)));
    let mut cx = room.centre.as_staff(room.director).await;
    let late = orders::listen(&mut cx, call).await;
    assert!(matches!(late, Err(Error::Conflict("error-hotline-over"))), "{late:?}");
}

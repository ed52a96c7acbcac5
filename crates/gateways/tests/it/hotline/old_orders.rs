//! Orders as a desk of an older version gives them, while both versions run: as jobs.

use super::*;
use duty::lines::Lines;
use health::hotline::OldOrder;
use serde_json::{Value, json};
use store::{Job, jobs::Worker};

impl Room {
    async fn asks_as_before(&self, kind: &'static str, args: Value) {
        let mut cx = self.centre.system().await;
        let key = cx.id::<Uuid>().to_string();
        cx.enqueue(Job { queue: calls::QUEUE, kind, key, args, run_at: None });
        cx.commit().await.unwrap();
    }

    /// A process works off what is due that is on this network.
    async fn works_off(&self, on: &Exchange) -> usize {
        let lines: Arc<dyn Lines> = Arc::new(on.clone());
        let handlers = OldOrder::all(Some(&lines)).collect();
        Worker::new(self.centre.store.clone(), calls::QUEUE, handlers).run_due(8).await.unwrap()
    }

    async fn jobs(&self) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar("select count(*) from jobs where kind like 'hotline.%' and failed_at is null")
            .fetch_one(cx.conn())
            .await
            .unwrap()
    }

    /// Until the caller hears that he is held.
    async fn is_held(&self, call: CallId) {
        while !self.exchange.said(call).await.contains("kiểm tra thông tin") {}
    }
}

#[tokio::test]
async fn an_order_of_an_older_desk_reaches_the_call_that_this_process_holds() {
    let mut room = room().await;
    let (operator, call, leg, visit) = room.talks().await;
    room.asks_as_before("hotline.hold", json!({ "call": call, "on": true, "by": operator })).await;
    assert_eq!(room.works_off(&room.exchange).await, 1);
    room.is_held(call).await;
    let other = room.operator("Trực máy hai", SECOND_SEAT).await;
    let args = json!({ "call": call, "to": { "operator": other }, "by": operator });
    room.asks_as_before("hotline.transfer", args).await;
    assert_eq!((room.works_off(&room.exchange).await, room.jobs().await), (1, 0));
    let second = room.take(call, SECOND_SEAT).await;
    room.exchange.over(leg).await;
    assert!(room.exchange.hears(call).contains(&second));
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
    // Too late: nobody is kept waiting for it.
    room.asks_as_before("hotline.hold", json!({ "call": call, "on": true, "by": operator })).await;
    room.asks_as_before("hotline.listen", json!({ "nothing": "known" })).await;
    assert_eq!((room.works_off(&room.exchange).await, room.jobs().await), (2, 0));
}

#[tokio::test]
async fn an_order_for_a_call_of_another_process_is_left_to_that_for_a_while() {
    let mut room = room().await;
    let (operator, call, _, visit) = room.talks().await;
    let elsewhere = Exchange::new(room.centre.store.clone());
    room.asks_as_before("hotline.hold", json!({ "call": call, "on": true, "by": operator })).await;
    for _ in 0..2 {
        assert_eq!((room.works_off(&elsewhere).await, room.jobs().await), (1, 1));
        room.centre.clock.advance(SECOND * 5);
    }
    // Whoever holds it reads the list.
    assert_eq!((room.works_off(&elsewhere).await, room.jobs().await), (1, 0));
    room.is_held(call).await;
    room.exchange.hang_up_there(call);
    visit.await.unwrap().unwrap();
}

//! What an official hears when a ladder calls him: by a voice that is slow, and by recordings alone.

use crate::open;
use async_trait::async_trait;
use duty::{
    messages::{LadderCalls, PlaceCall},
    prompts::{self, NewVersion, Prompter, Speech},
    tickets::{self, State, attempts},
};
use gateways::Exchange;
use jiff::SignedDuration;
use kernel::{Error, Result, Role, TicketId, UnitId};
use std::{sync::Arc, time::Duration};
use store::jobs::{OnJob, Worker};
use testkit::TestCentre;
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};

const CLERK: &str = "+84900000003";
/// Longer than anything takes; what is waited for in vain ends here.
const LONG: Duration = Duration::from_secs(20);

/// Speaks once it is let, and says that it was asked.
struct Slow {
    let_speak: Semaphore,
    asked: Notify,
}

#[async_trait]
impl Speech for Slow {
    fn voice(&self) -> &'static str {
        "slow"
    }

    async fn speak(&self, _words: &str) -> Result<Vec<i16>> {
        self.asked.notify_one();
        self.let_speak.acquire().await.map_err(Error::internal)?.forget();
        Ok(vec![1_000; 800])
    }
}

fn slow() -> Arc<Slow> {
    Arc::new(Slow { let_speak: Semaphore::new(0), asked: Notify::new() })
}

/// The ward committee of Tân Phong with one who is on duty, and a network of conversations.
struct Day {
    centre: TestCentre,
    exchange: Exchange,
    calls: LadderCalls,
    ward: UnitId,
}

async fn day(speech: Option<Arc<dyn Speech>>) -> Day {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).phone(CLERK).on_duty().create().await;
    let exchange = Exchange::new(centre.store.clone());
    let prompter = Prompter::new(speech, None);
    let calls = LadderCalls::new(centre.store.clone(), Arc::new(exchange.clone()), prompter);
    Day { centre, exchange, calls, ward }
}

impl Day {
    /// The district records an announcement.
    async fn records(&self, key: &str, words: &str) {
        let mut cx = self.centre.system().await;
        let new = NewVersion { words: words.into(), samples: Some(vec![5; 8_000]) };
        prompts::keep(&mut cx, key, &new).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn news(&self, count: usize) -> Vec<TicketId> {
        let mut opened = Vec::new();
        let mut cx = self.centre.system().await;
        for _ in 0..count {
            opened.extend(open(&mut cx, "f0_news", self.ward, Some(self.ward)).await.tickets);
        }
        cx.commit().await.unwrap();
        let place: Arc<dyn OnJob> = Arc::new(PlaceCall::new(Some(Arc::new(self.calls.clone()))));
        let worker = Worker::new(self.centre.store.clone(), tickets::CALLS, vec![place]);
        assert_eq!(worker.run_due(64).await.unwrap(), count);
        opened
    }

    async fn state(&self, ticket: TicketId) -> State {
        let mut cx = self.centre.system().await;
        tickets::ticket(&mut cx, ticket).await.unwrap().0.state
    }

    /// Transactions of others that are open and wait for something.
    async fn waiting_transactions(&self) -> i64 {
        let mut cx = self.centre.system().await;
        sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()",
        )
        .fetch_one(cx.conn())
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn while_a_voice_is_slow_many_telephones_ring_and_no_transaction_waits_for_it() {
    let voice = slow();
    let day = day(Some(voice.clone())).await;
    // More than there are connections.
    let opened = day.news(12).await;
    let free = async {
        voice.asked.notified().await;
        while day.waiting_transactions().await > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, free).await.expect("pages and ladders have their database");
    let call = day.exchange.rings(CLERK).await;
    voice.let_speak.add_permits(1_000);
    day.exchange.answer(call);
    let heard = timeout(LONG, day.exchange.said(call)).await.expect("it is heard");
    assert!(heard.starts_with("Đây là cuộc gọi tự động"), "{heard}");
    assert!(heard.contains("Tân Phong Phiếu số") && heard.ends_with("chuyển cấp trên."), "{heard}");
    day.exchange.press(call, "1");
    assert!(day.exchange.said(call).await.contains("đã nhận việc"));
    day.centre.clock.advance(SignedDuration::from_mins(1));
    day.exchange.tick();
    day.exchange.over(call).await;
    let mut taken = 0;
    for ticket in opened {
        taken += usize::from(day.state(ticket).await == State::Accepted);
    }
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn without_any_voice_what_is_recorded_is_heard_and_key_1_accepts() {
    let day = day(None).await;
    day.records("ladder.intro", "Có việc đang chờ.").await;
    day.records("ladder.keys", "Phím 1 nhận việc, phím 2 chuyển cấp trên.").await;
    // Half of a code says nothing: without its letters nothing of it is said.
    day.records("ladder.ticket", "Phiếu số").await;
    let ticket = day.news(1).await[0];
    let call = day.exchange.rings(CLERK).await;
    day.exchange.answer(call);
    assert_eq!(day.exchange.said(call).await, "Có việc đang chờ. Phím 1 nhận việc, phím 2 chuyển cấp trên.");
    day.exchange.press(call, "1");
    day.exchange.over(call).await;
    assert_eq!(day.state(ticket).await, State::Accepted);
}

#[tokio::test]
async fn where_nothing_can_be_said_at_all_it_is_our_own_trouble_and_the_desks_keep_their_minute() {
    let day = day(None).await;
    let ticket = day.news(1).await[0];
    let call = day.exchange.rings(CLERK).await;
    day.exchange.answer(call);
    day.exchange.over(call).await;
    let ended = async {
        loop {
            let mut cx = day.centre.system().await;
            let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
            let mut calls = all.into_iter().filter(|one| one.channel == "call");
            if let Some(outcome) = calls.find_map(|one| one.outcome) {
                return outcome;
            }
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(timeout(LONG, ended).await.expect("the attempt ends"), "no_network");
    let mut cx = day.centre.system().await;
    let (kept, _) = tickets::ticket(&mut cx, ticket).await.unwrap();
    assert_eq!((kept.level, kept.state), (0, State::Open));
}

#[tokio::test]
async fn that_somebody_has_picked_up_is_on_record_before_the_voice_is_ready() {
    let voice = slow();
    let day = day(Some(voice.clone())).await;
    let ticket = day.news(1).await[0];
    let call = day.exchange.rings(CLERK).await;
    day.exchange.answer(call);
    let answered = async {
        loop {
            let mut cx = day.centre.system().await;
            let all = attempts::of_tickets(&mut cx, &[ticket]).await.unwrap();
            if let Some(at) = all.iter().find_map(|one| one.answered_at) {
                return at;
            }
            tokio::task::yield_now().await;
        }
    };
    let at = timeout(LONG, answered).await.expect("his answer is on record");
    assert_eq!(at, day.centre.clock.now());
    assert!(day.exchange.call(call).unwrap().words.is_empty(), "he hears nothing yet");
    let mut cx = day.centre.system().await;
    let (kept, _) = tickets::ticket(&mut cx, ticket).await.unwrap();
    assert_eq!((kept.level, kept.state), (0, State::Open));
    drop(cx);
    voice.let_speak.add_permits(1_000);
    timeout(LONG, day.exchange.said(call)).await.expect("it is heard");
    day.exchange.press(call, "1");
    assert!(day.exchange.said(call).await.contains("đã nhận việc"));
    assert_eq!(day.state(ticket).await, State::Accepted);
}

#[tokio::test]
async fn whoever_picks_up_before_the_voice_is_ready_hears_at_once_what_is_recorded() {
    let voice = slow();
    let day = day(Some(voice.clone())).await;
    day.records("ladder.intro", "Có việc đang chờ.").await;
    day.records("ladder.keys", "Phím 1 nhận việc.").await;
    day.news(1).await;
    let call = day.exchange.rings(CLERK).await;
    day.exchange.answer(call);
    assert_eq!(day.exchange.said(call).await, "Có việc đang chờ. Phím 1 nhận việc.");
    // Said again, it is whole.
    voice.let_speak.add_permits(1_000);
    let whole = async {
        loop {
            day.exchange.press(call, "*");
            let heard = day.exchange.said(call).await;
            if heard.contains("Phiếu số") {
                return heard;
            }
        }
    };
    let heard = timeout(LONG, whole).await.expect("all of it is heard");
    assert!(heard.starts_with("Có việc đang chờ.") && heard.ends_with("Phím 1 nhận việc."), "{heard}");
}

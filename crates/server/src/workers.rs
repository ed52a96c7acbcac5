//! What runs beside the web server: timers, jobs, couriers, sealer, subscriptions, notices to other
//! processes, the simulated telephones. Each may run in any number of processes.

use crate::settings::Settings;
use duty::{
    messages::{HangUps, PlaceCall, Voice},
    tickets::{self, Deadline, Escalate, Resume},
};
use gateways::Phones;
use kernel::{Actor, Result};
use std::{sync::Arc, time::Duration};
use store::{Store, jobs, ledger::Sealer, subscriptions, timers};
use tokio::{sync::watch, task::JoinSet};
use town::board::{self, BriefTimer, Fold};

/// The outside world of this process.
#[derive(Clone)]
pub struct Gateways {
    pub phones: Phones,
    pub voice: Arc<dyn Voice>,
}

impl Gateways {
    pub fn open(_settings: &Settings, store: &Store) -> Result<Self> {
        let phones = Phones::new(store.clone());
        Ok(Self { voice: Arc::new(phones.clone()), phones })
    }
}

/// The running tasks.
pub struct Work(JoinSet<()>);

impl Work {
    /// Waits until all have ended, but not for ever.
    pub async fn finish(mut self) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(10), all).await.is_err() {
            tracing::warn!("some background work did not end in time; it is taken up again at the next start");
        }
    }
}

pub fn start(store: &Store, settings: &Settings, gateways: &Gateways, stop: &watch::Receiver<bool>) -> Work {
    let mut tasks = JoinSet::new();
    let live = store.live().clone();
    tasks.spawn(live.clone().send(stop.clone()));
    tasks.spawn(live.hear(stop.clone()));
    let runner = timers::Runner::new(
        store.clone(),
        vec![Arc::new(Escalate), Arc::new(Deadline), Arc::new(Resume), Arc::new(BriefTimer)],
    );
    for _ in 0..settings.timer_runners {
        tasks.spawn(runner.clone().run(stop.clone()));
    }
    let calls =
        jobs::Worker::new(store.clone(), tickets::CALLS, vec![Arc::new(PlaceCall::new(gateways.voice.clone()))]);
    tasks.spawn(calls.run(64, stop.clone()));
    tasks.spawn(HangUps::new(store.clone(), gateways.voice.clone()).run(stop.clone()));
    tasks.spawn(gateways.phones.clone().run(stop.clone()));
    tasks.spawn(Sealer::new(store.clone()).run(stop.clone()));
    tasks.spawn(subscriptions::Reader::new(store.clone(), vec![Arc::new(Fold)]).run(stop.clone()));
    tasks.spawn(look_after(store.clone(), stop.clone()));
    Work(tasks)
}

/// Every minute: the clock, and tickets that have lost a timer.
async fn look_after(store: Store, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = look_once(&store).await {
            tracing::warn!(%error, "the minute's check did not finish");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn look_once(store: &Store) -> Result<()> {
    store.follow_database_clock().await?;
    let tenants = store.cell().await?.tenants().await?;
    for tenant in tenants {
        let mut cx = store.begin(tenant.id, Actor::system("tickets.reconcile")).await?;
        let restored = tickets::reconcile(&mut cx).await?;
        board::arm_brief(&mut cx).await?;
        cx.commit().await?;
        if restored > 0 {
            tracing::warn!(tenant = tenant.slug, tickets.restored = restored, "tickets had lost their timers");
        }
    }
    Ok(())
}

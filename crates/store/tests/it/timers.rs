use crate::recorded;
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{Actor, Error, Result, Rng, TenantId};
use sqlx::Row;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use store::{
    Cx, Event, Keys, Options, Store, Timer, Topic,
    timers::{Due, OnTimer, Runner},
};
use testkit::TestCentre;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use uuid::Uuid;

const KIND: &str = "test.note";
const FAILS: Uuid = Uuid::from_u128(1);
const PANICS: Uuid = Uuid::from_u128(2);
/// Says that something else is unavailable, which its own transaction is not.
const WANTS: Uuid = Uuid::from_u128(3);

/// Records that a timer fired; three objects are broken after they have written.
struct Note;

#[async_trait]
impl OnTimer for Note {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        for one in due {
            cx.record(Event::new("note.fired", one.object));
            cx.tell(Topic::screen(&one.object.to_string()));
            cx.flush().await?;
            match one.object {
                FAILS => return Err(Error::internal("broken")),
                PANICS => panic!("on purpose"),
                WANTS => return Err(Error::Unavailable("the vault".into())),
                _ => {}
            }
        }
        Ok(())
    }
}

async fn arm(store: &Store, tenant: TenantId, kind: &'static str, objects: impl IntoIterator<Item = Uuid>) {
    let mut cx = store.begin(tenant, Actor::system("test")).await.unwrap();
    for object in objects {
        let fire_at = cx.now();
        cx.arm(Timer { kind, object, generation: 0, fire_at });
    }
    cx.commit().await.unwrap();
}

/// (object, failures, last error) of what is still armed.
async fn armed(store: &Store, kind: &str) -> Vec<(Uuid, i32, Option<String>)> {
    let mut cell = store.cell().await.unwrap();
    sqlx::query("select object_id, failures, last_error from timers where kind = $1 order by object_id")
        .bind(kind)
        .fetch_all(cell.conn())
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

fn runner(store: &Store) -> Runner {
    Runner::new(store.clone(), vec![Arc::new(Note)])
}

#[tokio::test]
async fn a_broken_timer_holds_up_no_other_and_leaves_nothing_half_written() {
    let centre = TestCentre::new().await;
    let good = [Uuid::from_u128(8), Uuid::from_u128(9)];
    arm(&centre.store, centre.id(), KIND, [FAILS, PANICS, WANTS].into_iter().chain(good)).await;
    assert_eq!(runner(&centre.store).fire_due().await.unwrap(), 5);
    assert_eq!(recorded(&centre, "note.fired").await, good);
    let left = armed(&centre.store, KIND).await;
    let failed: Vec<_> = left.iter().map(|(object, failures, _)| (*object, *failures)).collect();
    assert_eq!(failed, [(FAILS, 1), (PANICS, 1), (WANTS, 1)]);
    assert!(left[1].2.as_deref().unwrap().contains("on purpose"), "{left:?}");

    // Tried again, after a growing pause.
    assert_eq!(runner(&centre.store).fire_due().await.unwrap(), 0);
    centre.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(runner(&centre.store).fire_due().await.unwrap(), 3);
    assert!(armed(&centre.store, KIND).await.iter().all(|(_, failures, _)| *failures == 2));
}

#[tokio::test]
async fn what_succeeded_is_told_though_another_of_its_group_failed() {
    let centre = TestCentre::new().await;
    let mut good = BTreeSet::from([Uuid::from_u128(8).to_string(), Uuid::from_u128(9).to_string()]);
    arm(&centre.store, centre.id(), KIND, [Uuid::from_u128(8), PANICS, Uuid::from_u128(9)]).await;
    let mut news = centre.store.live().subscribe();
    runner(&centre.store).fire_due().await.unwrap();
    let told = async {
        while !good.is_empty() {
            if let Topic::Screen(name) = news.next().await.unwrap().topic {
                assert!(good.remove(&name), "{name} was rolled back, or told before");
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), told).await.expect("it is told");
}

#[tokio::test]
async fn a_tenant_without_keys_holds_up_no_other_tenant() {
    let centre = TestCentre::new().await;
    let other = centre.add_tenant("tan-hung").await;
    std::fs::remove_file(centre.key_folder().join(format!("{}.toml", other.id))).unwrap();
    // A process that starts after the loss.
    let options = Options { url: centre.database.url().to_owned(), max_connections: 4 };
    let keys = Keys::open(centre.key_folder(), Rng::seeded(1)).unwrap();
    let store = Store::open(&options, centre.clock.clone(), Rng::seeded(1), keys).unwrap();
    let object = Uuid::from_u128(9);
    arm(&store, other.id, KIND, [object]).await;
    arm(&store, centre.id(), KIND, [object]).await;
    assert_eq!(runner(&store).fire_due().await.unwrap(), 2);
    assert_eq!(recorded(&centre, "note.fired").await, [object]);
    let left = armed(&store, KIND).await;
    assert_eq!((left.len(), left[0].1), (1, 1));
    assert!(left[0].2.as_deref().unwrap().contains("key file"), "{left:?}");
}

#[tokio::test]
async fn two_runners_on_one_table_fire_each_timer_once() {
    let centre = TestCentre::new().await;
    let objects: Vec<Uuid> = (100..500).map(Uuid::from_u128).collect();
    arm(&centre.store, centre.id(), KIND, objects.iter().copied()).await;
    let work = || async {
        let runner = runner(&centre.store);
        let mut taken = 0;
        loop {
            match runner.fire_due().await.unwrap() {
                0 => return taken,
                some => taken += some,
            }
        }
    };
    let (one, two) = tokio::join!(work(), work());
    assert_eq!(one + two, objects.len());
    let mut fired = recorded(&centre, "note.fired").await;
    fired.sort_unstable();
    assert_eq!(fired, objects);
}

#[tokio::test]
async fn a_kind_that_this_program_does_not_know_is_left_to_the_one_that_does() {
    let centre = TestCentre::new().await;
    arm(&centre.store, centre.id(), "test.of_the_next_release", [FAILS]).await;
    assert_eq!(runner(&centre.store).fire_due().await.unwrap(), 0);
    assert_eq!(armed(&centre.store, "test.of_the_next_release").await, [(FAILS, 0, None)]);
}

/// The slow one takes as long as the quick one needs to come and be done.
struct Pair {
    slow_begun: Notify,
    quick_done: Notify,
}

const SLOW: Uuid = Uuid::from_u128(4);
const QUICK: Uuid = Uuid::from_u128(5);

#[async_trait]
impl OnTimer for Pair {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, _cx: &mut Cx, due: &[Due]) -> Result<()> {
        match due[0].object {
            SLOW => {
                self.slow_begun.notify_one();
                self.quick_done.notified().await;
            }
            _ => self.quick_done.notify_one(),
        }
        Ok(())
    }
}

#[tokio::test]
async fn while_one_runner_works_another_keeps_the_lookout() {
    let centre = TestCentre::new().await;
    let pair = Arc::new(Pair { slow_begun: Notify::new(), quick_done: Notify::new() });
    let runner = Runner::new(centre.store.clone(), vec![pair.clone()]);
    let (stop, stopping) = watch::channel(false);
    let mut tasks: JoinSet<()> = (0..2).map(|_| runner.clone().run(stopping.clone())).collect();
    let both = async {
        arm(&centre.store, centre.id(), KIND, [SLOW]).await;
        pair.slow_begun.notified().await;
        arm(&centre.store, centre.id(), KIND, [QUICK]).await;
        while !armed(&centre.store, KIND).await.is_empty() {
            tokio::task::yield_now().await;
        }
        stop.send(true).unwrap();
        while tasks.join_next().await.is_some() {}
    };
    tokio::time::timeout(Duration::from_secs(30), both).await.expect("the second is not kept waiting");
}

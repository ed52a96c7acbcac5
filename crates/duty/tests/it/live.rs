//! Notices between processes that share a database.

use kernel::Rng;
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use store::{Keys, Options, Store, Topic, live::Listener};
use testkit::TestCentre;
use tokio::sync::watch;

/// Two processes; the second one listens to the first.
struct Two {
    centre: TestCentre,
    admin: PgConnection,
    listener: Listener,
    stop: watch::Sender<bool>,
}

async fn two() -> Two {
    let centre = TestCentre::new().await;
    let rng = Rng::seeded(8);
    let keys = Keys::open(centre.key_folder(), rng.clone()).unwrap();
    let options = Options { url: centre.database.url().to_owned(), max_connections: 2 };
    let other = Store::open(&options, centre.clock.clone(), rng, keys).unwrap();
    let (stop, stopping) = watch::channel(false);
    let mut listener = other.live().subscribe();
    tokio::spawn(centre.store.live().clone().send(stopping.clone()));
    tokio::spawn(other.live().clone().hear(stopping));
    // As it begins to listen it looks at everything.
    assert_eq!(within(10, &mut listener).await, Some(None));
    let admin = PgConnection::connect(centre.database.url()).await.unwrap();
    Two { centre, admin, listener, stop }
}

/// What is heard of rings and screens within so many seconds; `Some(None)`: that something was missed.
async fn within(seconds: u64, listener: &mut Listener) -> Option<Option<Topic>> {
    let heard = async {
        loop {
            match listener.next().await.map(|notice| notice.topic) {
                // Of the making of the tenant.
                Some(Topic::Timers | Topic::Jobs | Topic::Outbox | Topic::Events) => {}
                heard => return heard,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(seconds), heard).await.ok()
}

impl Two {
    fn tell(&self, topic: Topic) {
        self.centre.store.live().tell(self.centre.id(), vec![topic]);
    }

    async fn sql(&mut self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.admin).await.unwrap();
    }
}

#[tokio::test]
async fn a_notice_reaches_the_other_process() {
    let mut two = two().await;
    two.tell(Topic::Rings);
    assert_eq!(within(10, &mut two.listener).await, Some(Some(Topic::Rings)));
    two.stop.send(true).unwrap();
}

#[tokio::test]
async fn whoever_lost_the_connection_is_told_to_look_at_everything() {
    let mut two = two().await;
    two.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'LISTEN%'")
        .await;
    assert_eq!(within(10, &mut two.listener).await, Some(None));
    // And it listens again.
    two.tell(Topic::Rings);
    assert_eq!(within(10, &mut two.listener).await, Some(Some(Topic::Rings)));
    two.stop.send(true).unwrap();
}

#[tokio::test]
async fn a_notice_that_could_not_be_sent_is_sent_later() {
    let mut two = two().await;
    two.sql("revoke execute on function pg_notify(text, text) from public").await;
    two.tell(Topic::Rings);
    two.tell(Topic::screen("board"));
    assert_eq!(within(1, &mut two.listener).await, None);
    two.sql("grant execute on function pg_notify(text, text) to public").await;
    assert_eq!(within(10, &mut two.listener).await, Some(Some(Topic::Rings)));
    assert_eq!(within(10, &mut two.listener).await, Some(Some(Topic::screen("board"))));
    two.stop.send(true).unwrap();
}

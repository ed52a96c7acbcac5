//! What several processes on one database may do to each other, and what one broken part may not.

mod begin;
mod jobs;
mod leases;
mod ledger;
mod subscriptions;
mod timers;
mod turns;

use kernel::Actor;
use testkit::TestCentre;
use uuid::Uuid;

/// The objects of all events of a kind, in the order in which they were recorded.
async fn recorded(centre: &TestCentre, kind: &str) -> Vec<Uuid> {
    let mut cx = centre.begin(Actor::system("test")).await;
    sqlx::query_scalar("select object_id from events where tenant_id = $1 and kind = $2 order by id")
        .bind(centre.id().uuid())
        .bind(kind)
        .fetch_all(cx.conn())
        .await
        .unwrap()
}

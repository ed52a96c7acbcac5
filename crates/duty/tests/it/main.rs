//! The story of a day at the duty desks, on a real database.

mod accounts;
mod authenticator;
mod backup;
mod call_room;
mod calls;
mod connect;
mod coverage;
mod heartbeats;
mod ledger;
mod links;
mod live;
mod operators;
mod organisations;
mod permissions;
mod prompts;
mod record;
mod recordings;
mod room;
mod rosters;
mod rules;
mod second_persons;
mod staff;
mod tenants;
mod tickets;
mod transfers;
mod units;

use store::Cx;
/// The recorded events of a kind, oldest first.
async fn events(cx: &mut Cx, kind: &str) -> Vec<serde_json::Value> {
    cx.flush().await.unwrap();
    sqlx::query_scalar("select data from events where tenant_id = $1 and kind = $2 order by id")
        .bind(cx.tenant().uuid())
        .bind(kind)
        .fetch_all(cx.conn())
        .await
        .unwrap()
}

//! One transaction of scans.

use super::{
    inside::Counts,
    sql::{self, Row},
    sql_counts,
    turn::Turn,
};
use jiff::Timestamp;
use kernel::{Actor, Result, TenantId};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, HashSet};
use store::{Store, Turns};

const PART: Actor = Actor::system("checkins.intake");

/// Writes rows of one tenant, in order of their keys, and commits. `day` is when the tenant's day began. What follows
/// for the counts waits for its turn.
pub(super) async fn write(
    store: &Store,
    tenant: TenantId,
    rows: &[Row],
    (counts, turn): (&Counts, &mut Turn),
    day: Timestamp,
) -> Result<()> {
    let mut turns = Turns::default();
    loop {
        match once(store, tenant, rows, (counts, turn), day).await {
            Err(error) if turns.again(&error) => {}
            done => return done,
        }
    }
}

async fn once(
    store: &Store,
    tenant: TenantId,
    rows: &[Row],
    (counts, turn): (&Counts, &mut Turn),
    day: Timestamp,
) -> Result<()> {
    let now = store.clock().now();
    let stale = counts.stale(tenant, rows, day, now);
    if !stale.is_empty() {
        // What is read must hold what the batch before has written.
        turn.wait().await;
    }
    let mut cx = store.begin(tenant, PART).await?;
    let batch = cx.id::<Uuid>();
    let new: HashSet<Uuid> = sql::insert(&mut cx, batch, rows).await?.into_iter().collect();
    let new: Vec<&Row> = rows.iter().filter(|row| new.contains(&row.key)).collect();
    let read = if stale.is_empty() {
        BTreeMap::new()
    } else {
        sql_counts::standing_now(&mut cx, &stale, day).await?
    };
    cx.commit().await?;
    turn.wait().await;
    counts.follow(tenant, &read, new, day, now);
    Ok(())
}

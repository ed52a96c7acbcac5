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
/// for the counts waits for its turn; whether any may be read is said by whoever knows that nobody else writes.
pub(super) async fn write(
    store: &Store,
    tenant: TenantId,
    rows: &[Row],
    (counts, turn, reads): (&Counts, &mut Turn, bool),
    day: Timestamp,
) -> Result<()> {
    let mut turns = Turns::default();
    loop {
        match once(store, tenant, rows, (counts, turn, reads), day).await {
            Err(error) if turns.again(&error) => {}
            done => return done,
        }
    }
}

async fn once(
    store: &Store,
    tenant: TenantId,
    rows: &[Row],
    (counts, turn, reads): (&Counts, &mut Turn, bool),
    day: Timestamp,
) -> Result<()> {
    let mut cx = store.begin(tenant, PART).await?;
    let now = cx.now();
    let stale = if reads { counts.stale(tenant, rows, day, now) } else { Vec::new() };
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

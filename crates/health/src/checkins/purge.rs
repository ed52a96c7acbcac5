//! Forgetting: after the days of the rule `checkins.keep` a scan is gone. Weeks that are over for every tenant are
//! dropped whole, one a time; what other weeks hold of forgotten days is deleted by its keys, hour by hour. What a
//! stranger left at a gate, the codes that owners were sent, is forgotten after a day, whatever the rule says.

use super::{
    law,
    scan::{first_key, made_at},
    sql, sql_alerts, sql_counts, weeks,
};
use crate::gates;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Result, TenantId};
use serde_json::json;
use store::{Event, Store};

const PART: Actor = Actor::system("checkins.purge");
/// Keys of one transaction.
const SLICE: SignedDuration = SignedDuration::from_hours(1);
/// How long the counts of single minutes are kept.
const MINUTES: SignedDuration = SignedDuration::from_hours(48);
/// How long the codes of owners are kept: as far back as they are counted.
const CODES: SignedDuration = SignedDuration::from_hours(24);

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Whole weeks, of all tenants together.
    pub weeks: i32,
    /// Rows beside them.
    pub rows: u64,
}

/// Forgets in all tenants what is over. A tenant whose rule cannot be read keeps everybody's weeks.
pub async fn purge(store: &Store) -> Result<Purged> {
    let now = store.clock().now();
    let tenants = store.cell().await?.tenant_ids().await?;
    let (mut over, mut all) = (Vec::with_capacity(tenants.len()), true);
    for tenant in tenants {
        match kept(store, tenant).await {
            Ok(kept) => over.push((tenant, now - kept)),
            Err(error) => {
                all = false;
                tracing::error!(%tenant, %error, "nobody knows how long check-ins are kept");
            }
        }
    }
    let mut purged = Purged::default();
    if let Some(before) = over.iter().map(|(_, before)| *before).min().filter(|_| all) {
        purged.weeks = weeks::drop_ended(store, before).await?;
    }
    for (tenant, before) in over {
        purged.rows += forget(store, tenant, before, purged.weeks).await?;
    }
    Ok(purged)
}

async fn kept(store: &Store, tenant: TenantId) -> Result<SignedDuration> {
    let mut cx = store.begin(tenant, PART).await?;
    law::kept(&mut cx).await
}

async fn forget(store: &Store, tenant: TenantId, before: Timestamp, weeks: i32) -> Result<u64> {
    let (mut rows, end) = (0, first_key(before));
    loop {
        let mut cx = store.begin(tenant, PART).await?;
        let oldest = sql::oldest(&mut cx).await?.filter(|oldest| *oldest < end);
        if let Some(oldest) = oldest {
            let until = made_at(oldest).map_or(end, |at| first_key(at + SLICE).min(end));
            rows += sql::delete(&mut cx, oldest, until).await?;
        } else {
            sql_alerts::forget(&mut cx, before).await?;
            let minutes = cx.now() - MINUTES;
            sql_counts::forget_minutes(&mut cx, minutes).await?;
            let codes = cx.now() - CODES;
            gates::forget_codes(&mut cx, codes).await?;
            if rows > 0 || weeks > 0 {
                cx.record(
                    Event::new("checkin.forgotten", tenant)
                        .data(json!({ "before": before, "rows": rows, "weeks": weeks })),
                );
            }
        }
        cx.commit().await?;
        if oldest.is_none() {
            return Ok(rows);
        }
    }
}

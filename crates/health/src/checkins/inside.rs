//! How many are inside of each gate: since the day began, in order of time, never less than nobody. Counting it
//! anew for each scan would cost more the longer the day is, so the writer keeps the counts that it has read and
//! goes on from them; what comes late, or was written by another process, is read again soon.

use super::{
    model::walk,
    sql::{self, Row},
    sql_counts,
};
use duty::units;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::{Error, GateId, Result, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::Cx;

/// A count is read anew after so long, whatever has been seen of its gate.
const STALE: SignedDuration = SignedDuration::from_secs(60);
/// And after so long where a scan came late.
const LATE: SignedDuration = SignedDuration::from_secs(10);

/// How many are inside now.
pub async fn inside(cx: &mut Cx, gates: &[GateId]) -> Result<BTreeMap<GateId, u32>> {
    let zone = units::timezone(cx).await?;
    let from = day_start(cx.now(), &zone)?;
    sql::inside(cx, gates, from).await
}

/// How many were inside when scans were last looked at, about a second ago. Asked for many gates it costs no more
/// on a full day.
pub async fn counted(cx: &mut Cx, gates: &[GateId]) -> Result<BTreeMap<GateId, u32>> {
    let zone = units::timezone(cx).await?;
    let today = day_start(cx.now(), &zone)?;
    let standings = sql_counts::standings(cx, gates).await?;
    let of_today =
        |standing: sql_counts::Standing| if standing.day_from == today { standing.inside } else { 0 };
    Ok(standings.into_iter().map(|(gate, standing)| (gate, of_today(standing))).collect())
}

/// When the day of an instant began where the tenant is.
pub(super) fn day_start(now: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    Ok(now.to_zoned(zone.clone()).start_of_day().map_err(Error::internal)?.timestamp())
}

#[derive(Clone, Copy, Debug)]
struct Count {
    day: Timestamp,
    n: u32,
    read_at: Timestamp,
    /// The newest scan that is in it.
    last: Timestamp,
    late: bool,
}

impl Count {
    fn holds(&self, day: Timestamp, now: Timestamp) -> bool {
        let age = now.duration_since(self.read_at);
        self.day == day && age < if self.late { LATE } else { STALE }
    }
}

/// The counts that a process keeps.
#[derive(Default)]
pub(super) struct Counts(Mutex<HashMap<(TenantId, GateId), Count>>);

impl Counts {
    fn kept(&self) -> MutexGuard<'_, HashMap<(TenantId, GateId), Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of these gates, those whose count must be read.
    pub(super) fn stale(
        &self,
        tenant: TenantId,
        rows: &[Row],
        day: Timestamp,
        now: Timestamp,
    ) -> Vec<GateId> {
        let gates: BTreeSet<GateId> = rows.iter().map(|row| row.gate).collect();
        let kept = self.kept();
        let holds = |gate: &GateId| kept.get(&(tenant, *gate)).is_some_and(|count| count.holds(day, now));
        gates.into_iter().filter(|gate| !holds(gate)).collect()
    }

    /// What a committed batch has changed: the counts that were read with its rows in them, and for the other
    /// gates its new rows, in order of time.
    pub(super) fn follow(
        &self,
        tenant: TenantId,
        read: &BTreeMap<GateId, u32>,
        mut new: Vec<&Row>,
        day: Timestamp,
        now: Timestamp,
    ) {
        let mut kept = self.kept();
        if !read.is_empty() {
            kept.retain(|_, count| now.duration_since(count.read_at) < STALE);
        }
        for (gate, n) in read {
            kept.insert((tenant, *gate), Count { day, n: *n, read_at: now, last: day, late: false });
        }
        new.sort_by_key(|row| (row.at, row.key));
        for row in new {
            let Some(count) = kept.get_mut(&(tenant, row.gate)) else { continue };
            if row.at < day {
                continue;
            }
            if !read.contains_key(&row.gate) {
                count.late |= row.at < count.last;
                count.n = walk(count.n, row.direction, row.colour);
            }
            count.last = count.last.max(row.at);
        }
    }

    /// The counts of the gates of some rows, as far as they are known.
    pub(super) fn of(&self, tenant: TenantId, rows: &[Row]) -> BTreeMap<GateId, u32> {
        let kept = self.kept();
        rows.iter().filter_map(|row| Some((row.gate, kept.get(&(tenant, row.gate))?.n))).collect()
    }
}

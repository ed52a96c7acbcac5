//! How many are inside of each gate: since the day began, in order of time, never less than nobody. Counting it
//! anew for each scan would cost more the longer the day is, so the writer keeps the counts that it has read and
//! goes on from them; what comes too late, or was written by another process, is read again soon, from where
//! whoever looks at scans has come to.

use super::{
    sql::Row,
    sql_counts::{self, Now},
    walk::Walk,
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

/// How many were inside when scans were last looked at, about a second ago. Asked for many gates it costs no more
/// on a full day.
pub async fn counted(cx: &mut Cx, gates: &[GateId]) -> Result<BTreeMap<GateId, u32>> {
    let zone = units::timezone(cx).await?;
    let today = day_start(cx.now(), &zone)?;
    let standings = sql_counts::standings(cx, gates).await?;
    let of_today =
        |standing: sql_counts::Standing| if standing.day_from == today { standing.walk.inside } else { 0 };
    Ok(standings.into_iter().map(|(gate, standing)| (gate, of_today(standing))).collect())
}

/// When the day of an instant began where the tenant is.
pub(super) fn day_start(now: Timestamp, zone: &TimeZone) -> Result<Timestamp> {
    Ok(now.to_zoned(zone.clone()).start_of_day().map_err(Error::internal)?.timestamp())
}

#[derive(Clone, Copy, Debug)]
struct Count {
    day: Timestamp,
    walk: Walk,
    read_at: Timestamp,
    /// A scan came too late to be counted.
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
        read: &BTreeMap<GateId, Now>,
        mut new: Vec<&Row>,
        day: Timestamp,
        now: Timestamp,
    ) {
        let mut kept = self.kept();
        if !read.is_empty() {
            kept.retain(|_, count| now.duration_since(count.read_at) < STALE);
        }
        new.sort_by_key(|row| (row.at, row.key));
        for (gate, Now { walk, late }) in read {
            kept.insert((tenant, *gate), Count { day, walk: *walk, read_at: now, late: *late });
        }
        for row in new.into_iter().filter(|row| row.at >= day && !read.contains_key(&row.gate)) {
            if let Some(count) = kept.get_mut(&(tenant, row.gate)) {
                count.late |= !count.walk.take(row.at, row.direction, row.colour);
            }
        }
    }

    /// The counts of the gates of some rows, as far as they are known.
    pub(super) fn of(&self, tenant: TenantId, rows: &[Row]) -> BTreeMap<GateId, u32> {
        let kept = self.kept();
        rows.iter().filter_map(|row| Some((row.gate, kept.get(&(tenant, row.gate))?.walk.inside))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkins::model::{By, Colour, Direction};
    use uuid::Uuid;

    fn row(at: Timestamp, direction: Direction) -> Row {
        Row {
            key: Uuid::from_u128(at.as_millisecond() as u128),
            gate: GateId(Uuid::from_u128(2)),
            device: None,
            at,
            doubted: false,
            direction,
            by: By::Hand,
            colour: Colour::Green,
            mark: None,
            reasons: None,
            rules: None,
            picked_of: None,
        }
    }

    /// Two telephones at a gate: what one sends late stands between what the other has sent.
    #[test]
    fn a_count_that_was_read_knows_its_newest_scan_whichever_batch_it_came_with() {
        let (tenant, gate) = (TenantId(Uuid::from_u128(1)), GateId(Uuid::from_u128(2)));
        let day: Timestamp = "2021-09-24T17:00:00Z".parse().unwrap();
        let at = |minute| day + SignedDuration::from_mins(minute);
        let counts = Counts::default();
        // In at 1, out at 2 and in at 5 were there before, as they came with other batches.
        let late = row(at(0), Direction::Out);
        let read = Now { walk: Walk::counted(1, at(5)), late: false };
        counts.follow(tenant, &BTreeMap::from([(gate, read)]), vec![&late], day, at(6));
        let between = row(at(3), Direction::Out);
        counts.follow(tenant, &BTreeMap::new(), vec![&between], day, at(6));
        let rows = [between];
        assert_eq!(counts.of(tenant, &rows).get(&gate), Some(&1), "nobody was inside to go out at 3");
        assert_eq!(counts.stale(tenant, &rows, day, at(7)), [gate], "it is read again soon");
        let next = row(at(8), Direction::In);
        counts.follow(tenant, &BTreeMap::new(), vec![&next], day, at(8));
        assert_eq!(counts.of(tenant, &rows).get(&gate), Some(&2));
    }
}

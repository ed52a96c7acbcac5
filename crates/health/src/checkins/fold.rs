//! What follows from scans, soon after they are committed. Each batch left a row with its keys; whoever takes the
//! row away counts the scans and looks for what is unusual in the same transaction. So each scan is counted once,
//! however late a transaction committed and whichever process died in between; and no clock is kept beside the
//! scans' own times.

use super::{
    alerts,
    inside::day_start,
    law::Law,
    model::{Colour, Direction, Reason, walk},
    sql_counts::{self, Look, Standing, Sum},
};
use duty::units;
use jiff::Timestamp;
use kernel::{Actor, Error, GateId, Result, TenantId};
use std::{collections::BTreeMap, time::Duration};
use store::{Cx, Store, Topic};
use tokio::sync::watch;

const PART: Actor = Actor::system("checkins.fold");
/// Batches of one transaction; each has a hundred keys at most.
const BATCHES: i64 = 20;
/// How soon it is looked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks at what has been committed, in all tenants.
#[derive(Clone)]
pub struct Fold {
    store: Store,
}

impl Fold {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Looks at the oldest batches of a tenant; how many scans they held, 0 when nothing waits or somebody else
    /// looks.
    pub async fn fold(&self, tenant: TenantId) -> Result<usize> {
        let mut cx = self.store.begin(tenant, PART).await?;
        if !sql_counts::waits(&mut cx).await? || !sql_counts::take_turn(&mut cx).await? {
            return Ok(0);
        }
        let keys = sql_counts::take(&mut cx, BATCHES).await?;
        let looks = sql_counts::looks(&mut cx, &keys).await?;
        count(&mut cx, &looks).await?;
        let law = Law::today(&mut cx).await?;
        let inside = settle(&mut cx, &looks).await?;
        alerts::look(&mut cx, &law, &looks, &inside).await?;
        sql_counts::folded(&mut cx).await?;
        cx.tell(Topic::screen("checkins"));
        cx.commit().await?;
        Ok(keys.len())
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            match self.fold_all().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!(%error, "check-ins cannot be looked at"),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.changed() => return,
            }
        }
    }

    async fn fold_all(&self) -> Result<usize> {
        let tenants = self.store.cell().await?.tenant_ids().await?;
        let mut folded = 0;
        for tenant in tenants {
            match self.fold(tenant).await {
                Ok(n) => folded += n,
                // One tenant's trouble must not stop the others.
                Err(error) => tracing::error!(%tenant, %error, "check-ins of a tenant cannot be looked at"),
            }
        }
        Ok(folded)
    }
}

/// The beginning of a minute or an hour.
fn floor(at: Timestamp, seconds: i64) -> Result<Timestamp> {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(seconds)).map_err(Error::internal)
}

async fn count(cx: &mut Cx, looks: &[Look]) -> Result<()> {
    let mut minutes: BTreeMap<(GateId, Timestamp), Sum> = BTreeMap::new();
    let mut hours: BTreeMap<(GateId, Timestamp), Sum> = BTreeMap::new();
    let mut refused: BTreeMap<(GateId, Timestamp, Reason), i32> = BTreeMap::new();
    for look in looks {
        let (minute, hour) = (floor(look.at, 60)?, floor(look.at, 3600)?);
        for sum in
            [minutes.entry((look.gate, minute)).or_default(), hours.entry((look.gate, hour)).or_default()]
        {
            match look.colour {
                Colour::Green => sum.green += 1,
                Colour::Yellow => sum.yellow += 1,
                Colour::Red => sum.red += 1,
            }
            match look.direction {
                Direction::In if look.colour != Colour::Red => sum.entered += 1,
                Direction::In => {}
                Direction::Out => sum.gone += 1,
            }
        }
        if look.colour == Colour::Red {
            for reason in &look.reasons {
                *refused.entry((look.gate, hour, *reason)).or_default() += 1;
            }
        }
    }
    sql_counts::add_minutes(cx, &minutes).await?;
    sql_counts::add_hours(cx, &hours).await?;
    if !refused.is_empty() {
        sql_counts::add_refusals(cx, &refused).await?;
    }
    Ok(())
}

/// Brings the gates of these scans up to date; how many are inside of each that had a scan of today.
async fn settle(cx: &mut Cx, looks: &[Look]) -> Result<BTreeMap<GateId, u32>> {
    let zone = units::timezone(cx).await?;
    let today = day_start(cx.now(), &zone)?;
    let mut by_gate: BTreeMap<GateId, Vec<&Look>> = BTreeMap::new();
    for look in looks {
        by_gate.entry(look.gate).or_default().push(look);
    }
    let gates: Vec<GateId> = by_gate.keys().copied().collect();
    let known = sql_counts::standings(cx, &gates).await?;
    let (mut standings, mut late, mut touched) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (gate, looks) in &by_gate {
        let next = follow(known.get(gate).copied(), looks, today);
        if next.late {
            late.push(*gate);
        }
        if looks.iter().any(|look| look.at >= today) {
            touched.push(*gate);
        }
        standings.insert(*gate, next.standing);
    }
    if !late.is_empty() {
        for (gate, inside) in sql_counts::inside_looked_at(cx, &late, today).await? {
            if let Some(standing) = standings.get_mut(&gate) {
                standing.inside = inside;
            }
        }
    }
    sql_counts::stand(cx, &standings).await?;
    Ok(touched.into_iter().filter_map(|gate| Some((gate, standings.get(&gate)?.inside))).collect())
}

struct Next {
    standing: Standing,
    /// A scan of today came after a later one: its gate is counted anew.
    late: bool,
}

/// A gate after some scans, which stand in order of time.
fn follow(known: Option<Standing>, looks: &[&Look], today: Timestamp) -> Next {
    let newest = looks.iter().map(|look| look.at).max().unwrap_or(today);
    let (mut inside, mut last_at) = match known {
        Some(known) if known.day_from == today => (known.inside, Some(known.last_at)),
        _ => (0, None),
    };
    let mut late = false;
    for look in looks.iter().filter(|look| look.at >= today) {
        late |= last_at.is_some_and(|last| look.at < last);
        inside = walk(inside, look.direction, look.colour);
        last_at = last_at.max(Some(look.at));
    }
    let last_at = known.map_or(newest, |known| known.last_at.max(newest));
    Next { standing: Standing { last_at, day_from: today, inside }, late }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkins::model::By;
    use jiff::SignedDuration;
    use uuid::Uuid;

    fn look(at: Timestamp, direction: Direction) -> Look {
        Look {
            gate: GateId(Uuid::from_u128(2)),
            at,
            direction,
            by: By::Pass,
            colour: Colour::Green,
            number: None,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn a_gate_begins_each_day_empty_and_a_late_scan_has_it_counted_anew() {
        let today: Timestamp = "2021-09-24T17:00:00Z".parse().unwrap();
        let at = |minute| today + SignedDuration::from_mins(minute);
        let yesterday = Standing { last_at: at(-5), day_from: at(-24 * 60), inside: 9 };
        let two = [look(at(1), Direction::In), look(at(2), Direction::In)];
        let next = follow(Some(yesterday), &two.iter().collect::<Vec<_>>(), today);
        assert_eq!((next.standing.inside, next.late), (2, false));
        let left = follow(Some(next.standing), &[&look(at(3), Direction::Out)], today);
        assert_eq!((left.standing.inside, left.late), (1, false));
        let late = follow(Some(left.standing), &[&look(at(2), Direction::Out)], today);
        assert!(late.late);
        assert_eq!(late.standing.last_at, at(3));
        // What a gate sends of yesterday moves neither.
        let old = follow(Some(left.standing), &[&look(at(-60), Direction::Out)], today);
        assert_eq!((old.standing, old.late), (left.standing, false));
    }
}

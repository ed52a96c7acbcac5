//! What follows from scans, soon after they are committed. Each batch left a row with its keys; whoever takes the
//! row away counts the scans and looks for what is unusual in the same transaction. So each scan is counted once,
//! however late a transaction committed and whichever process died in between; and no clock is kept beside the
//! scans' own times.

use super::{
    alerts,
    inside::day_start,
    law::Law,
    model::{Colour, Direction, Reason},
    recent::Recent,
    sql_counts::{self, Look, Standing, Sum},
    walk::Walk,
};
use duty::units;
use jiff::Timestamp;
use kernel::{Actor, Error, GateId, Result, TenantId};
use serde_json::json;
use sqlx::types::Uuid;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::{Cx, Event, Store, Topic};
use tokio::sync::watch;

const PART: Actor = Actor::system("checkins.fold");
/// Batches of one transaction; each has a hundred keys at most.
const BATCHES: i64 = 100;
/// How soon it is looked again, unless more waits than one transaction takes: what many scans have in common costs
/// once.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks at what has been committed, in all tenants.
#[derive(Clone)]
pub struct Fold {
    store: Store,
    /// Where the centre's pages are found from outside.
    public_url: Option<String>,
    /// What has been scanned lately, by tenant.
    recent: Arc<Mutex<HashMap<TenantId, Recent>>>,
}

impl Fold {
    pub fn new(store: Store) -> Self {
        Self { store, public_url: None, recent: Arc::default() }
    }

    /// The same, which also sends owners a text about their gates, with the address where they answer.
    #[must_use]
    pub fn texting(self, public_url: &str) -> Self {
        Self { public_url: Some(public_url.trim_end_matches('/').to_owned()), ..self }
    }

    /// Looks at the oldest batches of a tenant; how many scans they held, 0 when nothing waits or somebody else
    /// looks.
    pub async fn fold(&self, tenant: TenantId) -> Result<usize> {
        Ok(self.look(tenant).await?.0)
    }

    /// The same, and whether there may be more.
    async fn look(&self, tenant: TenantId) -> Result<(usize, bool)> {
        let mut recent = self.recent().remove(&tenant).unwrap_or_default();
        let looked = self.look_with(tenant, &mut recent).await;
        // Where it failed more is known than stands on record, which does no harm.
        self.recent().insert(tenant, recent);
        looked
    }

    async fn look_with(&self, tenant: TenantId, recent: &mut Recent) -> Result<(usize, bool)> {
        let mut cx = self.store.begin(tenant, PART).await?;
        if !sql_counts::waits(&mut cx).await? {
            return Ok((0, false));
        }
        let Some(turns) = sql_counts::take_turn(&mut cx).await? else { return Ok((0, false)) };
        let (keys, more) = sql_counts::take(&mut cx, BATCHES).await?;
        cx.plan_once(true).await?;
        let looks = sql_counts::looks(&mut cx, &keys).await?;
        cx.plan_once(false).await?;
        count(&mut cx, &looks).await?;
        let law = Law::today(&mut cx).await?;
        let inside = settle(&mut cx, &looks).await?;
        recent.catch_up(&mut cx, turns).await?;
        recent.note(&looks, cx.now());
        alerts::look(&mut cx, &law, (&looks, recent), &inside, self.public_url.as_deref()).await?;
        sql_counts::folded(&mut cx, turns).await?;
        record(&mut cx, &looks);
        cx.tell(Topic::screen("checkins"));
        cx.commit().await?;
        recent.took(turns + 1);
        Ok((keys.len(), more))
    }

    fn recent(&self) -> MutexGuard<'_, HashMap<TenantId, Recent>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            match self.fold_all().await {
                Ok(false) => {}
                Ok(true) => continue,
                Err(error) => tracing::warn!(%error, "check-ins cannot be looked at"),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Whether more waits.
    async fn fold_all(&self) -> Result<bool> {
        let tenants = self.store.cell().await?.tenant_ids().await?;
        let mut waits = false;
        for tenant in tenants {
            match self.look(tenant).await {
                Ok((_, more)) => waits |= more,
                // One tenant's trouble must not stop the others.
                Err(error) => tracing::error!(%tenant, %error, "check-ins of a tenant cannot be looked at"),
            }
        }
        Ok(waits)
    }
}

/// How many scans of which gates have come in: told of all that are looked at together, for each event is read by
/// every part that follows the record.
fn record(cx: &mut Cx, looks: &[Look]) {
    if looks.is_empty() {
        return;
    }
    let mut gates: BTreeMap<GateId, u32> = BTreeMap::new();
    for look in looks {
        *gates.entry(look.gate).or_default() += 1;
    }
    let id = cx.id::<Uuid>();
    cx.record(Event::new("checkin.taken", id).data(json!({ "n": looks.len(), "gates": gates })));
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
                standing.walk = Walk::counted(inside, standing.walk.last_at);
            }
        }
    }
    sql_counts::stand(cx, &standings).await?;
    Ok(touched.into_iter().filter_map(|gate| Some((gate, standings.get(&gate)?.walk.inside))).collect())
}

struct Next {
    standing: Standing,
    /// A scan of today came too late to be counted: its gate is counted anew.
    late: bool,
}

/// A gate after some scans, which stand in order of time.
fn follow(known: Option<Standing>, looks: &[&Look], today: Timestamp) -> Next {
    let newest = looks.iter().map(|look| look.at).max().unwrap_or(today);
    let mut walk =
        known.filter(|known| known.day_from == today).map_or(Walk::of_day(today), |known| known.walk);
    let mut late = false;
    for look in looks.iter().filter(|look| look.at >= today) {
        late |= !walk.take(look.at, look.direction, look.colour);
    }
    // Of a gate that is silent today it is told when it scanned last.
    walk.last_at = known.map_or(newest, |known| known.walk.last_at.max(newest));
    Next { standing: Standing { day_from: today, walk }, late }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkins::model::By;
    use jiff::SignedDuration;

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
    fn a_gate_begins_each_day_empty_and_a_scan_that_is_too_late_has_it_counted_anew() {
        let today: Timestamp = "2021-09-24T17:00:00Z".parse().unwrap();
        let at = |minute| today + SignedDuration::from_mins(minute);
        let yesterday = Standing { day_from: at(-24 * 60), walk: Walk::counted(9, at(-5)) };
        let two = [look(at(1), Direction::In), look(at(2), Direction::In)];
        let next = follow(Some(yesterday), &two.iter().collect::<Vec<_>>(), today);
        assert_eq!((next.standing.walk.inside, next.late), (2, false));
        let left = follow(Some(next.standing), &[&look(at(4), Direction::Out)], today);
        assert_eq!((left.standing.walk.inside, left.late), (1, false));
        let counted = follow(Some(left.standing), &[&look(at(3), Direction::In)], today);
        assert_eq!((counted.standing.walk.inside, counted.late), (2, false));
        let late = follow(Some(left.standing), &[&look(at(1), Direction::Out)], today);
        assert!(late.late);
        assert_eq!(late.standing.walk.last_at, at(4));
        // What a gate sends of yesterday moves neither.
        let old = follow(Some(left.standing), &[&look(at(-60), Direction::Out)], today);
        assert_eq!((old.standing, old.late), (left.standing, false));
    }
}

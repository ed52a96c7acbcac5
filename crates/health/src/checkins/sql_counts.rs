use super::{
    model::{By, Colour, Direction, Reason},
    walk::Walk,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{GateId, Result};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Whether anything waits to be looked at.
pub(super) async fn waits(cx: &mut Cx) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from checkin_batches where tenant_id = $1) as "waits!""#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Takes the turn of looking, until the transaction ends: how many have been taken before; `None` while somebody else
/// has it.
pub(super) async fn take_turn(cx: &mut Cx) -> Result<Option<i64>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into checkin_folds (tenant_id, folded_at) values ($1, $2) on conflict do nothing",
        tenant,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(sqlx::query_scalar!(
        "select turns from checkin_folds where tenant_id = $1 for update skip locked",
        tenant
    )
    .fetch_optional(cx.conn())
    .await?)
}

/// Notes that everything taken has been looked at, by the turn after so many.
pub(super) async fn folded(cx: &mut Cx, turns: i64) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update checkin_folds set folded_at = $2, turns = $3 where tenant_id = $1",
        tenant,
        now,
        turns + 1
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes the oldest batches away; the keys in them, in order, and whether there may be more.
pub(super) async fn take(cx: &mut Cx, most: i64) -> Result<(Vec<Uuid>, bool)> {
    let tenant = cx.tenant().uuid();
    let batches = sqlx::query_scalar!(
        "delete from checkin_batches b
         using (select id, part from checkin_batches where tenant_id = $1 order by id, part limit $2) o
         where b.tenant_id = $1 and b.id = o.id and b.part = o.part
         returning b.keys",
        tenant,
        most
    )
    .fetch_all(cx.conn())
    .await?;
    let more = batches.len() as i64 == most;
    let mut keys: Vec<Uuid> = batches.into_iter().flatten().collect();
    keys.sort_unstable();
    Ok((keys, more))
}

/// A scan as it is looked at.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub gate: GateId,
    pub at: Timestamp,
    pub direction: Direction,
    pub by: By,
    pub colour: Colour,
    pub number: Option<Vec<u8>>,
    pub reasons: Vec<Reason>,
}

/// The scans of some keys, which stand in order, by time.
pub(super) async fn looks(cx: &mut Cx, keys: &[Uuid]) -> Result<Vec<Look>> {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok(Vec::new()) };
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select gate_id, at, direction, by, colour, number, reasons from checkins
         where tenant_id = $1 and id = any ($2) and id between $3 and $4 order by at, id",
        tenant,
        keys,
        first,
        last
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let reasons = row.reasons.unwrap_or_default();
            Ok(Look {
                gate: GateId(row.gate_id),
                at: row.at.to_jiff(),
                direction: row.direction.parse()?,
                by: row.by.parse()?,
                colour: row.colour.parse()?,
                number: row.number,
                reasons: reasons.into_iter().map(|n| Reason::stored(n.into())).collect::<Result<_>>()?,
            })
        })
        .collect()
}

/// Scans by colour, and by direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub green: i32,
    pub yellow: i32,
    pub red: i32,
    pub entered: i32,
    pub gone: i32,
}

type Sums = BTreeMap<(GateId, Timestamp), Sum>;

struct Columns {
    gates: Vec<Uuid>,
    times: Vec<jiff_sqlx::Timestamp>,
    green: Vec<i32>,
    yellow: Vec<i32>,
    red: Vec<i32>,
}

fn columns(sums: &Sums) -> Columns {
    let sum = |of: fn(&Sum) -> i32| sums.values().map(of).collect();
    Columns {
        gates: sums.keys().map(|(gate, _)| gate.uuid()).collect(),
        times: sums.keys().map(|(_, at)| at.to_sqlx()).collect(),
        green: sum(|sum| sum.green),
        yellow: sum(|sum| sum.yellow),
        red: sum(|sum| sum.red),
    }
}

pub(super) async fn add_minutes(cx: &mut Cx, sums: &Sums) -> Result<()> {
    let (tenant, c) = (cx.tenant().uuid(), columns(sums));
    sqlx::query!(
        "insert into checkin_minutes as m (tenant_id, gate_id, minute, green, yellow, red)
         select $1, s.* from unnest($2::uuid[], $3::timestamptz[], $4::int[], $5::int[], $6::int[]) as s
         on conflict (tenant_id, gate_id, minute) do update
         set green = m.green + excluded.green, yellow = m.yellow + excluded.yellow, red = m.red + excluded.red",
        tenant,
        &c.gates,
        &c.times as _,
        &c.green,
        &c.yellow,
        &c.red
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn add_hours(cx: &mut Cx, sums: &Sums) -> Result<()> {
    let (tenant, c) = (cx.tenant().uuid(), columns(sums));
    let entered: Vec<i32> = sums.values().map(|sum| sum.entered).collect();
    let gone: Vec<i32> = sums.values().map(|sum| sum.gone).collect();
    sqlx::query!(
        "insert into checkin_hours as h (tenant_id, gate_id, hour, green, yellow, red, entered, gone)
         select $1, s.*
         from unnest($2::uuid[], $3::timestamptz[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[]) as s
         on conflict (tenant_id, gate_id, hour) do update
         set green = h.green + excluded.green, yellow = h.yellow + excluded.yellow, red = h.red + excluded.red,
             entered = h.entered + excluded.entered, gone = h.gone + excluded.gone",
        tenant,
        &c.gates,
        &c.times as _,
        &c.green,
        &c.yellow,
        &c.red,
        &entered,
        &gone
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn add_refusals(
    cx: &mut Cx,
    refused: &BTreeMap<(GateId, Timestamp, Reason), i32>,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let gates: Vec<Uuid> = refused.keys().map(|(gate, ..)| gate.uuid()).collect();
    let hours: Vec<_> = refused.keys().map(|(_, hour, _)| hour.to_sqlx()).collect();
    let reasons: Vec<i16> = refused.keys().map(|(.., reason)| reason.number().into()).collect();
    let counts: Vec<i32> = refused.values().copied().collect();
    sqlx::query!(
        "insert into checkin_refusals as r (tenant_id, gate_id, hour, reason, n)
         select $1, s.* from unnest($2::uuid[], $3::timestamptz[], $4::smallint[], $5::int[]) as s
         on conflict (tenant_id, gate_id, hour, reason) do update set n = r.n + excluded.n",
        tenant,
        &gates,
        &hours as _,
        &reasons,
        &counts
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What is known of a gate: its last scan, and how many are inside since a day began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub day_from: Timestamp,
    /// Of that day; its newest scan may be of a day before.
    pub walk: Walk,
}

pub(super) async fn standings(cx: &mut Cx, gates: &[GateId]) -> Result<BTreeMap<GateId, Standing>> {
    let tenant = cx.tenant().uuid();
    let asked: Vec<Uuid> = gates.iter().map(|gate| gate.uuid()).collect();
    let rows = sqlx::query!(
        "select gate_id, last_at, day_from, inside, filled_at from checkin_gates where tenant_id = $1 and gate_id = any ($2)",
        tenant,
        &asked
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let walk = Walk {
                inside: u32::try_from(row.inside).unwrap_or(0),
                last_at: row.last_at.to_jiff(),
                filled_at: row.filled_at.map(jiff_sqlx::Timestamp::to_jiff),
            };
            (GateId(row.gate_id), Standing { day_from: row.day_from.to_jiff(), walk })
        })
        .collect())
}

/// How a gate stands just now: what has been looked at, and what still waits for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub walk: Walk,
    /// Something that waits came too late to be counted before it is looked at.
    pub late: bool,
}

/// How these gates stand since `day` began: read at once, so that nothing is looked at in between.
pub(super) async fn standing_now(
    cx: &mut Cx,
    gates: &[GateId],
    day: Timestamp,
) -> Result<BTreeMap<GateId, Now>> {
    let tenant = cx.tenant().uuid();
    let asked: Vec<Uuid> = gates.iter().map(|gate| gate.uuid()).collect();
    let rows = sqlx::query!(
        r#"select g.gate_id as "gate_id!", s.last_at as "last_at?", s.inside as "inside?", s.filled_at as "filled_at?",
                  w.at as "at?", w.direction as "direction?", w.colour as "colour?"
           from unnest($2::uuid[]) as g (gate_id)
           left join checkin_gates s on s.tenant_id = $1 and s.gate_id = g.gate_id and s.day_from = $3
           left join (select c.gate_id, c.at, c.id, c.direction, c.colour
                      from checkin_batches b
                      cross join unnest(b.keys) as k (id)
                      join checkins c on c.tenant_id = $1 and c.id = k.id
                      where b.tenant_id = $1 and c.gate_id = any ($2) and c.at >= $3) w on w.gate_id = g.gate_id
           order by g.gate_id, w.at, w.id"#,
        tenant,
        &asked,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut now: BTreeMap<GateId, Now> = BTreeMap::new();
    for row in rows {
        let one = now.entry(GateId(row.gate_id)).or_insert_with(|| {
            let looked_at = row.last_at.zip(row.inside).map(|(last_at, inside)| Walk {
                inside: u32::try_from(inside).unwrap_or(0),
                last_at: last_at.to_jiff(),
                filled_at: row.filled_at.map(jiff_sqlx::Timestamp::to_jiff),
            });
            Now { walk: looked_at.unwrap_or(Walk::of_day(day)), late: false }
        });
        if let (Some(at), Some(direction), Some(colour)) = (row.at, row.direction, row.colour) {
            one.late |= !one.walk.take(at.to_jiff(), direction.parse()?, colour.parse()?);
        }
    }
    Ok(now)
}

pub(super) async fn stand(cx: &mut Cx, standings: &BTreeMap<GateId, Standing>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let gates: Vec<Uuid> = standings.keys().map(|gate| gate.uuid()).collect();
    let last: Vec<_> = standings.values().map(|one| one.walk.last_at.to_sqlx()).collect();
    let days: Vec<_> = standings.values().map(|one| one.day_from.to_sqlx()).collect();
    let inside: Vec<i32> =
        standings.values().map(|one| i32::try_from(one.walk.inside).unwrap_or(i32::MAX)).collect();
    let filled: Vec<_> =
        standings.values().map(|one| one.walk.filled_at.map(jiff_sqlx::ToSqlx::to_sqlx)).collect();
    sqlx::query!(
        "insert into checkin_gates (tenant_id, gate_id, last_at, day_from, inside, filled_at)
         select $1, s.* from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::timestamptz[]) as s
         on conflict (tenant_id, gate_id) do update
         set last_at = excluded.last_at, day_from = excluded.day_from, inside = excluded.inside,
             filled_at = excluded.filled_at",
        tenant,
        &gates,
        &last as _,
        &days as _,
        &inside,
        &filled as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// How many are inside by the scans that have been looked at, those taken just now with them: what still waits is
/// counted when it is taken.
pub(super) async fn inside_looked_at(
    cx: &mut Cx,
    gates: &[GateId],
    from: Timestamp,
) -> Result<BTreeMap<GateId, u32>> {
    let tenant = cx.tenant().uuid();
    let asked: Vec<Uuid> = gates.iter().map(|gate| gate.uuid()).collect();
    let rows = sqlx::query!(
        r#"with waiting as (select unnest(keys) as id from checkin_batches where tenant_id = $1)
           select w.gate_id, (sum(w.step) - least(0, min(w.height)))::int as "inside!"
           from (select s.gate_id, s.step, sum(s.step) over (partition by s.gate_id order by s.at, s.id) as height
                 from (select gate_id, at, id,
                              case when direction = 'out' then -1 when colour = 'red' then 0 else 1 end as step
                       from checkins
                       where tenant_id = $1 and gate_id = any ($2) and at >= $3
                         and not exists (select from waiting where waiting.id = checkins.id)) as s) as w
           group by w.gate_id"#,
        tenant,
        &asked,
        from.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (GateId(row.gate_id), u32::try_from(row.inside).unwrap_or(0))).collect())
}

/// Scans of all gates in each minute, from one up to and without another.
pub(super) async fn minutes(cx: &mut Cx, from: Timestamp, to: Timestamp) -> Result<Vec<(Timestamp, i64)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select minute, sum(green + yellow + red) as "n!" from checkin_minutes
           where tenant_id = $1 and minute >= $2 and minute < $3 group by minute order by minute"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.minute.to_jiff(), row.n)).collect())
}

/// Green, yellow and red of all gates in the hours from one up to and without another.
pub(super) async fn colours(cx: &mut Cx, from: Timestamp, to: Timestamp) -> Result<(i64, i64, i64)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select coalesce(sum(green), 0) as "green!", coalesce(sum(yellow), 0) as "yellow!",
                  coalesce(sum(red), 0) as "red!"
           from checkin_hours where tenant_id = $1 and hour >= $2 and hour < $3"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.green, row.yellow, row.red))
}

/// How often each reason stood beside a red scan in these hours, the most frequent first.
pub(super) async fn reasons(cx: &mut Cx, from: Timestamp, to: Timestamp) -> Result<Vec<(Reason, i64)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select reason, sum(n) as "n!" from checkin_refusals
           where tenant_id = $1 and hour >= $2 and hour < $3 group by reason order by 2 desc, reason"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((Reason::stored(row.reason)?, row.n))).collect()
}

/// Forgets minutes before `at`.
pub(super) async fn forget_minutes(cx: &mut Cx, at: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from checkin_minutes where tenant_id = $1 and minute < $2", tenant, at.to_sqlx())
        .execute(cx.conn())
        .await?;
    Ok(())
}

use super::{
    model::AlertKind,
    scan::{KEY_AHEAD, first_key, hour},
    sql_counts::Look,
};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{GateId, Result, TicketId};
use sqlx::types::Uuid;
use store::Cx;

/// A pass that was seen at another gate around the same time.
#[derive(Clone, Debug)]
pub(super) struct Elsewhere {
    pub number: Vec<u8>,
    pub gate: GateId,
    pub at: Timestamp,
    pub other: GateId,
    pub other_at: Timestamp,
}

/// Scans of the same numbers at other gates, `within` so much of each of these; the nearest in time of each.
/// `within` is an hour at most.
pub(super) async fn elsewhere(cx: &mut Cx, looks: &[Look], within: SignedDuration) -> Result<Vec<Elsewhere>> {
    let known: Vec<(&Look, &Vec<u8>)> =
        looks.iter().filter_map(|look| Some((look, look.number.as_ref()?))).collect();
    let (Some(first), Some(last)) =
        (known.iter().map(|(look, _)| look.at).min(), known.iter().map(|(look, _)| look.at).max())
    else {
        return Ok(Vec::new());
    };
    let numbers: Vec<&[u8]> = known.iter().map(|(_, number)| number.as_slice()).collect();
    let gates: Vec<Uuid> = known.iter().map(|(look, _)| look.gate.uuid()).collect();
    let times: Vec<_> = known.iter().map(|(look, _)| look.at.to_sqlx()).collect();
    // Most scans are of just now: the hours to come hold nothing, and the one before is looked into once.
    let newest = cx.now().max(last);
    let hours: Vec<i32> = known.iter().map(|(look, _)| hour(look.at)).collect();
    let low: Vec<i32> = known.iter().map(|(look, _)| hour(look.at - within)).collect();
    let high: Vec<i32> = known.iter().map(|(look, _)| hour((look.at + within).min(newest))).collect();
    // A key's time is its device's: the parts in which the keys of that time can lie, and no others.
    let (from, to) = (first_key(first - within - KEY_AHEAD), first_key(last + within + KEY_AHEAD));
    let tenant = cx.tenant().uuid();
    // The limit inside keeps the planner from reading a whole week for a handful of numbers.
    let rows = sqlx::query!(
        r#"select s.number as "number!", s.gate_id as "gate_id!", s.at as "at!", c.gate_id as other, c.at as other_at
           from unnest($2::bytea[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[], $7::int[])
                as s (number, gate_id, at, low, hour, high)
           cross join lateral (
               select c.gate_id, c.at from checkins c
               where c.tenant_id = $1 and c.hour = any (array[s.low, s.hour, s.high]) and c.number = s.number
                 and c.gate_id <> s.gate_id and c.id >= $8 and c.id < $9
                 and c.at between s.at - make_interval(secs => $10) and s.at + make_interval(secs => $10)
               order by greatest(c.at - s.at, s.at - c.at) limit 3) as c"#,
        tenant,
        &numbers as _,
        &gates,
        &times as _,
        &low,
        &hours,
        &high,
        from,
        to,
        within.as_secs_f64()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Elsewhere {
            number: row.number,
            gate: GateId(row.gate_id),
            at: row.at.to_jiff(),
            other: GateId(row.other),
            other_at: row.other_at.to_jiff(),
        })
        .collect())
}

/// Whether the same was told less than `again` before or after; of any gate where none is named.
pub(super) async fn is_told(
    cx: &mut Cx,
    kind: AlertKind,
    gate: Option<GateId>,
    number: Option<&[u8]>,
    at: Timestamp,
    again: SignedDuration,
) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from checkin_alerts
               where tenant_id = $1 and kind = $2 and at > $3 and at < $4
                 and ($5::uuid is null or gate_id = $5) and number is not distinct from $6) as "told!""#,
        tenant,
        kind.as_str(),
        (at - again).to_sqlx(),
        (at + again).to_sqlx(),
        gate.map(GateId::uuid),
        number
    )
    .fetch_one(cx.conn())
    .await?)
}

pub(super) struct NewAlert<'a> {
    pub id: Uuid,
    pub kind: AlertKind,
    pub gate: GateId,
    pub other: Option<GateId>,
    pub at: Timestamp,
    pub number: Option<&'a [u8]>,
    pub inside: Option<i32>,
    pub ticket: TicketId,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewAlert<'_>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into checkin_alerts (tenant_id, id, kind, gate_id, other_id, at, number, inside, ticket_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        new.id,
        new.kind.as_str(),
        new.gate.uuid(),
        new.other.map(GateId::uuid),
        new.at.to_sqlx(),
        new.number,
        new.inside,
        new.ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Something unusual that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub id: Uuid,
    pub kind: AlertKind,
    pub gate: GateId,
    /// The gate before, where one pass stood at two.
    pub other: Option<GateId>,
    pub at: Timestamp,
    pub inside: Option<i32>,
    pub ticket: TicketId,
}

/// Alerts that a page shows.
const MOST: i64 = 500;

pub(super) async fn since(cx: &mut Cx, gates: Option<&[GateId]>, since: Timestamp) -> Result<Vec<Alert>> {
    let tenant = cx.tenant().uuid();
    let gates: Option<Vec<Uuid>> = gates.map(|gates| gates.iter().map(|gate| gate.uuid()).collect());
    let rows = sqlx::query!(
        "select id, kind, gate_id, other_id, at, inside, ticket_id from checkin_alerts
         where tenant_id = $1 and ($2::uuid[] is null or gate_id = any ($2)) and at >= $3
         order by at desc, id limit $4",
        tenant,
        gates.as_deref(),
        since.to_sqlx(),
        MOST
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Alert {
                id: row.id,
                kind: row.kind.parse()?,
                gate: GateId(row.gate_id),
                other: row.other_id.map(GateId),
                at: row.at.to_jiff(),
                inside: row.inside,
                ticket: TicketId(row.ticket_id),
            })
        })
        .collect()
}

/// Forgets which pass an alert before `at` was about.
pub(super) async fn forget(cx: &mut Cx, at: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update checkin_alerts set number = null where tenant_id = $1 and at < $2 and number is not null",
        tenant,
        at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

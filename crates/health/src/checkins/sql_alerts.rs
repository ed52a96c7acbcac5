use super::{model::AlertKind, recent::Recent, scan::hour, sql_counts::Look, whose::Kin};
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

/// The numbers scanned since an hour began, each with its gate, as often as it was; at most so many.
pub(super) async fn numbers_since(cx: &mut Cx, hour: i32, most: i64) -> Result<Vec<(Vec<u8>, GateId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select number as "number!", gate_id from checkins
           where tenant_id = $1 and hour >= $2 and number is not null limit $3"#,
        tenant,
        hour,
        most
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.number, GateId(row.gate_id))).collect())
}

/// Scans of the same passes or people at other gates, by whichever of their numbers, `within` so much of each of
/// these; the nearest in time of each number. `within` is an hour at most.
pub(super) async fn elsewhere(
    cx: &mut Cx,
    looks: &[Look],
    (kin, recent): (&Kin, &Recent),
    within: SignedDuration,
) -> Result<Vec<Elsewhere>> {
    // Each scan as often as its pass has numbers.
    let known: Vec<(&Look, &[u8], &[u8])> = looks
        .iter()
        .filter_map(|look| Some((look, look.number.as_deref()?)))
        .filter(|(look, number)| !recent.is_alone(look, number, kin, within))
        .flat_map(|(look, number)| kin.all(number).map(move |other| (look, number, other)))
        .collect();
    let Some(last) = known.iter().map(|(look, ..)| look.at).max() else { return Ok(Vec::new()) };
    let numbers: Vec<&[u8]> = known.iter().map(|(_, number, _)| *number).collect();
    let others: Vec<&[u8]> = known.iter().map(|(.., other)| *other).collect();
    let gates: Vec<Uuid> = known.iter().map(|(look, ..)| look.gate.uuid()).collect();
    let times: Vec<_> = known.iter().map(|(look, ..)| look.at.to_sqlx()).collect();
    // Most scans are of just now: the hours to come hold nothing, and the one before is looked into once.
    let newest = cx.now().max(last);
    let hours: Vec<i32> = known.iter().map(|(look, ..)| hour(look.at)).collect();
    let low: Vec<i32> = known.iter().map(|(look, ..)| hour(look.at - within)).collect();
    let high: Vec<i32> = known.iter().map(|(look, ..)| hour((look.at + within).min(newest))).collect();
    let tenant = cx.tenant().uuid();
    // The limit inside keeps the planner from reading a whole week for a handful of numbers. Nothing is said of the
    // keys, though it would leave out weeks: of a week that has just begun the planner knows nothing yet, and would
    // rather read all keys of that time once for each number.
    let rows = sqlx::query!(
        r#"select s.number as "number!", s.gate_id as "gate_id!", s.at as "at!", c.gate_id as other, c.at as other_at
           from unnest($2::bytea[], $9::bytea[], $3::uuid[], $4::timestamptz[], $5::int[], $6::int[], $7::int[])
                as s (number, other, gate_id, at, low, hour, high)
           cross join lateral (
               select c.gate_id, c.at from checkins c
               where c.tenant_id = $1 and c.hour = any (array[s.low, s.hour, s.high]) and c.number = s.other
                 and c.gate_id <> s.gate_id
                 and c.at between s.at - make_interval(secs => $8) and s.at + make_interval(secs => $8)
               order by greatest(c.at - s.at, s.at - c.at) limit 3) as c"#,
        tenant,
        &numbers as _,
        &gates,
        &times as _,
        &low,
        &hours,
        &high,
        within.as_secs_f64(),
        &others as _
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

/// Whether the same was told less than `again` before or after, by one of these numbers (by none: of what has none);
/// of any gate where none is named.
pub(super) async fn is_told(
    cx: &mut Cx,
    kind: AlertKind,
    gate: Option<GateId>,
    numbers: &[&[u8]],
    at: Timestamp,
    again: SignedDuration,
) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from checkin_alerts
               where tenant_id = $1 and kind = $2 and at > $3 and at < $4
                 and ($5::uuid is null or gate_id = $5)
                 and (number = any ($6::bytea[]) or number is null and cardinality($6::bytea[]) = 0)) as "told!""#,
        tenant,
        kind.as_str(),
        (at - again).to_sqlx(),
        (at + again).to_sqlx(),
        gate.map(GateId::uuid),
        numbers as _
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Whether a text of such an alert at this gate has gone to its owner since then.
pub(super) async fn is_texted(cx: &mut Cx, kind: AlertKind, gate: GateId, since: Timestamp) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from checkin_alerts
               where tenant_id = $1 and gate_id = $2 and kind = $3 and texted_at > $4) as "texted!""#,
        tenant,
        gate.uuid(),
        kind.as_str(),
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// The name of the tenant in addresses.
pub(super) async fn slug(cx: &mut Cx) -> Result<String> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!("select slug from tenants where id = $1", tenant).fetch_one(cx.conn()).await?)
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
    /// When its owner was sent a text.
    pub texted_at: Option<Timestamp>,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewAlert<'_>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into checkin_alerts (tenant_id, id, kind, gate_id, other_id, at, number, inside, ticket_id, texted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        new.id,
        new.kind.as_str(),
        new.gate.uuid(),
        new.other.map(GateId::uuid),
        new.at.to_sqlx(),
        new.number,
        new.inside,
        new.ticket.uuid(),
        new.texted_at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
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

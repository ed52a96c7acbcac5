use super::model::{Judged, Kind};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{HouseholdId, PersonId, PlanId, Result, SignalId, TicketId, UnitId};
use serde_json::Value;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Adds to the counters, in one order so that two writers cannot wait for each other.
pub(super) async fn add(cx: &mut Cx, counted: &[(UnitId, Date, Kind, i32)]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let mut counted = counted.to_vec();
    counted.sort_unstable();
    for (place, day, kind, n) in counted.into_iter().filter(|(.., n)| *n > 0) {
        sqlx::query!(
            "insert into signal_days (tenant_id, quarter_id, day, kind, n) values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, quarter_id, day, kind) do update set n = signal_days.n + excluded.n",
            tenant,
            place.uuid(),
            day.to_sqlx(),
            kind.as_str(),
            n
        )
        .execute(cx.conn())
        .await?;
    }
    Ok(())
}

/// Counts of a place by kind and day.
pub(super) type Days = BTreeMap<(UnitId, Kind), BTreeMap<Date, i64>>;

/// What has been counted from a day on, up to and without another.
pub(super) async fn days(cx: &mut Cx, from: Date, to: Date) -> Result<Days> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select quarter_id, kind, day, n from signal_days where tenant_id = $1 and day >= $2 and day < $3",
        tenant,
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut days = Days::new();
    for row in rows {
        let place = days.entry((row.quarter_id.into(), row.kind.parse()?)).or_default();
        place.insert(row.day.to_jiff(), row.n.into());
    }
    Ok(days)
}

/// Whether this contact of a plan is the first in two weeks that tells of a symptom, and of somebody who
/// is not followed as an F0.
pub(super) async fn is_first_symptom(cx: &mut Cx, plan: PlanId, contact: Uuid) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let first = sqlx::query_scalar!(
        r#"select p.subject <> 'f0' and c.withdrawn_at is null and not exists (
                      select from follow_contacts e
                      where e.tenant_id = $1 and e.household_id = c.household_id and e.person_id = c.person_id
                        and e.withdrawn_at is null and array_remove(e.symptoms, 'none') <> '{}'
                        and (e.at, e.id) < (c.at, c.id) and e.at > c.at - interval '14 days') as "first!"
           from follow_contacts c
           join follow_plans p on p.tenant_id = c.tenant_id and p.id = c.plan_id
           where c.tenant_id = $1 and c.id = $2 and c.plan_id = $3"#,
        tenant,
        contact,
        plan.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(first.unwrap_or(false))
}

/// Where a household lies.
pub(super) struct Home {
    pub ward: UnitId,
    pub quarter: Option<UnitId>,
    pub parts: Option<Value>,
}

pub(super) async fn home(cx: &mut Cx, id: HouseholdId) -> Result<Option<Home>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select ward_id, quarter_id, address_parts from households where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Home {
        ward: row.ward_id.into(),
        quarter: row.quarter_id.map(UnitId),
        parts: row.address_parts,
    }))
}

/// Where a person lives: by his household, else by his own address.
pub(super) struct Lives {
    pub ward: Option<UnitId>,
    pub quarter: Option<UnitId>,
    pub parts: Option<Value>,
}

pub(super) async fn lives(cx: &mut Cx, person: PersonId) -> Result<Option<Lives>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select coalesce(h.ward_id, p.ward_id) as ward_id, h.quarter_id as "quarter_id?",
                  coalesce(h.address_parts, p.address_parts) as parts
           from people p
           left join household_members m on m.tenant_id = p.tenant_id and m.person_id = p.id and m.left_at is null
           left join households h on h.tenant_id = m.tenant_id and h.id = m.household_id
           where p.tenant_id = $1 and p.id = $2"#,
        tenant,
        person.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Lives {
        ward: row.ward_id.map(UnitId),
        quarter: row.quarter_id.map(UnitId),
        parts: row.parts,
    }))
}

/// Who became an F0 in a ward, from a day to another, both included.
pub(super) async fn f0s(cx: &mut Cx, ward: UnitId, from: Date, to: Date) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let people = sqlx::query_scalar!(
        "select person_id from cases
         where tenant_id = $1 and ward_id = $2 and confirmed_on between $3 and $4 and withdrawn_at is null
           and classification = 'confirmed'",
        tenant,
        ward.uuid(),
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(people.into_iter().map(PersonId).collect())
}

/// A signal that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    pub id: SignalId,
    pub place: UnitId,
    pub ward: UnitId,
    pub kind: Kind,
    pub day: Date,
    pub n: i32,
    pub expected_hundredths: i32,
    pub rule_version: i32,
    pub ticket: TicketId,
    pub raised_at: Timestamp,
    pub judged: Option<Judged>,
}

struct Row {
    id: Uuid,
    quarter_id: Uuid,
    ward_id: Uuid,
    kind: String,
    day: jiff_sqlx::Date,
    n: i32,
    expected_hundredths: i32,
    rule_version: i32,
    ticket_id: Uuid,
    raised_at: jiff_sqlx::Timestamp,
    judged_as: Option<String>,
}

impl TryFrom<Row> for Signal {
    type Error = kernel::Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            place: row.quarter_id.into(),
            ward: row.ward_id.into(),
            kind: row.kind.parse()?,
            day: row.day.to_jiff(),
            n: row.n,
            expected_hundredths: row.expected_hundredths,
            rule_version: row.rule_version,
            ticket: row.ticket_id.into(),
            raised_at: row.raised_at.to_jiff(),
            judged: row.judged_as.as_deref().map(str::parse).transpose()?,
        })
    }
}

/// Writes a signal.
pub(super) async fn insert(cx: &mut Cx, signal: &Signal) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into signals (tenant_id, id, quarter_id, ward_id, kind, day, n, expected_hundredths, rule_version,
                              ticket_id, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant,
        signal.id.uuid(),
        signal.place.uuid(),
        signal.ward.uuid(),
        signal.kind.as_str(),
        signal.day.to_sqlx(),
        signal.n,
        signal.expected_hundredths,
        signal.rule_version,
        signal.ticket.uuid(),
        signal.raised_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Signals of these wards (`None`: of all) since a day, newest first.
pub(super) async fn since(
    cx: &mut Cx,
    wards: Option<&[Uuid]>,
    from: Date,
    limit: i64,
) -> Result<Vec<Signal>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, quarter_id, ward_id, kind, day, n, expected_hundredths, rule_version, ticket_id, raised_at, judged_as
         from signals
         where tenant_id = $1 and ($2::uuid[] is null or ward_id = any($2)) and day >= $3
         order by day desc, id limit $4",
        tenant,
        wards,
        from.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Signal::try_from).collect()
}

/// Signals of which nobody knows yet what they were.
pub(super) async fn waiting(cx: &mut Cx) -> Result<Vec<Signal>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, quarter_id, ward_id, kind, day, n, expected_hundredths, rule_version, ticket_id, raised_at, judged_as
         from signals where tenant_id = $1 and judged_as is null order by day, id for update",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Signal::try_from).collect()
}

pub(super) async fn judge(cx: &mut Cx, id: SignalId, judged: Judged) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update signals set judged_as = $3, judged_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        judged.as_str(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// How many signals were judged real, false and known before since a day, and how many wait, in the whole
/// district.
pub(super) async fn judged_since(cx: &mut Cx, from: Date) -> Result<(i64, i64, i64, i64)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) filter (where judged_as = 'real') as "real!",
                  count(*) filter (where judged_as = 'false') as "false_alarms!",
                  count(*) filter (where judged_as = 'known') as "known!",
                  count(*) filter (where judged_as is null) as "waiting!"
           from signals where tenant_id = $1 and day >= $2"#,
        tenant,
        from.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.real, row.false_alarms, row.known, row.waiting))
}

/// The first day on which anything was counted.
pub(super) async fn first_day(cx: &mut Cx) -> Result<Option<Date>> {
    let tenant = cx.tenant().uuid();
    let day =
        sqlx::query_scalar!(r#"select min(day) as "day?" from signal_days where tenant_id = $1"#, tenant)
            .fetch_one(cx.conn())
            .await?;
    Ok(day.map(jiff_sqlx::Date::to_jiff))
}

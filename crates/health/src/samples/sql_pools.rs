//! Pooled samples.

use super::{list::Pool, model::PoolState, sql::author};
use crate::cases::{TestKind, TestResult};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, HouseholdId, PersonId, PoolId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

pub(super) struct NewRow<'a> {
    pub id: PoolId,
    pub code: &'a str,
    pub unit: UnitId,
    pub kind: TestKind,
    pub sample_on: Date,
}

/// Writes it with its members; false when the unit has a tube of this code that day.
pub(super) async fn insert(
    cx: &mut Cx,
    new: &NewRow<'_>,
    members: &[(PersonId, Option<HouseholdId>)],
) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    let added = sqlx::query!(
        "insert into sample_pools (tenant_id, id, code, unit_id, sample_on, kind, state, made_at, made_by)
         values ($1, $2, $3, $4, $5, $6, 'taken', $7, $8)
         on conflict (tenant_id, unit_id, sample_on, code) do nothing",
        tenant,
        new.id.uuid(),
        new.code,
        new.unit.uuid(),
        new.sample_on.to_sqlx(),
        new.kind.as_str(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    let people: Vec<Uuid> = members.iter().map(|(person, _)| person.uuid()).collect();
    let homes: Vec<Option<Uuid>> = members.iter().map(|(_, home)| home.map(HouseholdId::uuid)).collect();
    sqlx::query!(
        "insert into sample_pool_members (tenant_id, pool_id, person_id, household_id)
         select $1, $2, * from unnest($3::uuid[], $4::uuid[])",
        tenant,
        new.id.uuid(),
        &people,
        &homes as _
    )
    .execute(cx.conn())
    .await?;
    Ok(true)
}

pub(super) struct Locked {
    pub unit: UnitId,
    pub kind: TestKind,
    pub sample_on: Date,
    pub state: PoolState,
}

pub(super) async fn lock(cx: &mut Cx, id: PoolId) -> Result<Locked> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select unit_id, kind, sample_on, state from sample_pools where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Locked {
        unit: row.unit_id.into(),
        kind: row.kind.parse()?,
        sample_on: row.sample_on.to_jiff(),
        state: row.state.parse()?,
    })
}

/// In the order in which households are locked; of one that has become one with another, the one that stays.
pub(super) async fn members(cx: &mut Cx, id: PoolId) -> Result<Vec<(PersonId, Option<HouseholdId>)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select m.person_id, coalesce(h.joined_into, h.id) as household_id
           from sample_pool_members m
           left join households h on h.tenant_id = m.tenant_id and h.id = m.household_id
           where m.tenant_id = $1 and m.pool_id = $2 order by household_id, m.person_id"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.person_id.into(), row.household_id.map(HouseholdId))).collect())
}

pub(super) async fn read(
    cx: &mut Cx,
    id: PoolId,
    state: PoolState,
    result: TestResult,
    result_on: Date,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    sqlx::query!(
        "update sample_pools set state = $3, result = $4, result_on = $5, read_at = $6, read_by = $7
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        state.as_str(),
        result.as_str(),
        result_on.to_sqlx(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_result(cx: &mut Cx, id: PoolId, person: PersonId, result: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update sample_pool_members set result_id = $4 where tenant_id = $1 and pool_id = $2 and person_id = $3",
        tenant,
        id.uuid(),
        person.uuid(),
        result
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    code: String,
    unit_id: Uuid,
    sample_on: jiff_sqlx::Date,
    kind: String,
    state: String,
    result: Option<String>,
    result_on: Option<jiff_sqlx::Date>,
    made_at: jiff_sqlx::Timestamp,
    made_by: Option<Uuid>,
    people: Vec<Uuid>,
}

impl Row {
    fn pool(self) -> Result<Pool> {
        Ok(Pool {
            id: self.id.into(),
            code: self.code,
            unit: self.unit_id.into(),
            sample_on: self.sample_on.to_jiff(),
            kind: self.kind.parse()?,
            state: self.state.parse()?,
            result: self.result.as_deref().map(str::parse).transpose()?,
            result_on: self.result_on.map(jiff_sqlx::Date::to_jiff),
            made_at: self.made_at.to_jiff(),
            made_by: self.made_by.map(StaffId),
            members: self.people.into_iter().map(|person| super::list::unnamed(person.into())).collect(),
        })
    }
}

/// Pools of these units (`None`: of all): those that wait for their result, the oldest first, then the
/// last that were read.
pub(super) async fn list(cx: &mut Cx, units: Option<&[Uuid]>, limit: i64) -> Result<Vec<Pool>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id as "id!", p.code as "code!", p.unit_id as "unit_id!", p.sample_on as "sample_on!", p.kind as "kind!",
                  p.state as "state!", p.result, p.result_on, p.made_at as "made_at!", p.made_by,
                  array(select m.person_id from sample_pool_members m
                        where m.tenant_id = p.tenant_id and m.pool_id = p.id order by m.person_id) as "people!"
           from ((select * from sample_pools
                  where tenant_id = $1 and state = 'taken' and ($2::uuid[] is null or unit_id = any($2))
                  order by made_at limit $3)
                 union all
                 (select * from sample_pools
                  where tenant_id = $1 and state <> 'taken' and ($2::uuid[] is null or unit_id = any($2))
                  order by made_at desc limit 20)) p
           order by (p.state <> 'taken'), case when p.state = 'taken' then p.made_at end, p.made_at desc"#,
        tenant,
        units,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Row::pool).collect()
}

pub(super) async fn one(cx: &mut Cx, id: PoolId) -> Result<Pool> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        r#"select p.id, p.code, p.unit_id, p.sample_on, p.kind, p.state, p.result, p.result_on, p.made_at, p.made_by,
                  array(select m.person_id from sample_pool_members m
                        where m.tenant_id = p.tenant_id and m.pool_id = p.id order by m.person_id) as "people!"
           from sample_pools p where p.tenant_id = $1 and p.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    row.pool()
}

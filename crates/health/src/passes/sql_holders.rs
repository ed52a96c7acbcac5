//! What the record says of holders, many at once.

use duty::units;
use jiff_sqlx::ToSqlx;
use kernel::{HouseholdId, OrganisationId, PersonId, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Somebody as his pass names him.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub name: String,
    pub born: Option<i16>,
    pub ward: Option<UnitId>,
}

/// People by the records that stand for them; whoever was erased is left out.
pub(super) async fn people(cx: &mut Cx, ids: &[Uuid]) -> Result<BTreeMap<PersonId, Person>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, full_name, birth_year, ward_id from people
         where tenant_id = $1 and id = any($2) and erased_at is null",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let ward = row.ward_id.map(UnitId);
            (row.id.into(), Person { name: row.full_name, born: row.birth_year, ward })
        })
        .collect())
}

/// A household as its pass names it: by whoever speaks for it.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub name: String,
    pub ward: UnitId,
    pub members: i64,
}

pub(super) async fn homes(cx: &mut Cx, ids: &[HouseholdId]) -> Result<BTreeMap<HouseholdId, Home>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select h.id, h.ward_id, coalesce(nullif(s.full_name, ''), h.code) as "name!", m.members as "members!"
           from households h
           left join lateral (select p.full_name from household_members x
                              join people p on p.tenant_id = x.tenant_id and p.id = x.person_id
                              where x.tenant_id = h.tenant_id and x.household_id = h.id and x.left_at is null
                              order by (x.person_id = h.contact_person_id) desc nulls last,
                                       (x.relation = 'head') desc nulls last, x.joined_at, x.person_id
                              limit 1) s on true
           cross join lateral (select count(*) as members from household_members x
                               where x.tenant_id = h.tenant_id and x.household_id = h.id and x.left_at is null) m
           where h.tenant_id = $1 and h.id = any($2)"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id.into(), Home { name: row.name, ward: row.ward_id.into(), members: row.members }))
        .collect())
}

/// A business with its ward.
#[derive(Clone, Debug)]
pub(super) struct Business {
    pub name: String,
    pub ward: Option<UnitId>,
}

pub(super) async fn businesses(
    cx: &mut Cx,
    ids: &[OrganisationId],
) -> Result<BTreeMap<OrganisationId, Business>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, name, ward_id from organisations where tenant_id = $1 and id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id.into(), Business { name: row.name, ward: row.ward_id.map(UnitId) }))
        .collect())
}

/// The next people of a ward, in the order of their records, who have no pass of their own that holds.
pub(super) async fn without_pass(
    cx: &mut Cx,
    ward: UnitId,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<PersonId>> {
    let tenant = cx.tenant().uuid();
    let people = sqlx::query_scalar!(
        "select p.id from people p
         where p.tenant_id = $1 and p.ward_id = $2 and p.erased_at is null and p.same_as is null
           and ($3::uuid is null or p.id > $3)
           and not exists (select from passes s
                           where s.tenant_id = p.tenant_id and s.person_id = p.id and s.force = 0
                             and s.revoked_at is null)
         order by p.id limit $4",
        tenant,
        ward.uuid(),
        after.map(PersonId::uuid),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(people.into_iter().map(PersonId).collect())
}

/// The next of those who work at an organisation, in the order of their records; who only said so does not count.
pub(super) async fn employed(
    cx: &mut Cx,
    organisation: OrganisationId,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<PersonId>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let people = sqlx::query_scalar!(
        "select distinct person_id from person_facts
         where tenant_id = $1 and organisation_id = $2 and kind = 'employer' and withdrawn_at is null
           and source <> 'person' and (on_day is null or on_day <= $5) and (until_day is null or until_day >= $5)
           and ($3::uuid is null or person_id > $3)
         order by person_id limit $4",
        tenant,
        organisation.uuid(),
        after.map(PersonId::uuid),
        limit,
        today as jiff_sqlx::Date
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(people.into_iter().map(PersonId).collect())
}

/// The tenant's code, which stands in its passes, and its name in addresses.
pub(super) async fn issuer(cx: &mut Cx) -> Result<(String, String)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select coalesce(config #>> '{place,admin_code}', slug) as "code!", slug from tenants where id = $1"#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.code, row.slug))
}

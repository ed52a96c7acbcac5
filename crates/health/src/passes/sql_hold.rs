//! Passes that are held while it is asked which way they turn, and how far the look over all of them has come.
//!
//! What is held nobody else changes until the caller commits. Each question holds its passes in the order of their ids,
//! so that two who ask for some of the same wait in no circle; and before the record is asked, or whoever held them before would be
//! overtaken by what was read while he was at it.

use super::sql::{self, Kept, Row};
use kernel::{PassId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// The passes that hold of any of these holders: by person, household, neighbourhood, business.
pub(super) async fn live(
    cx: &mut Cx,
    people: &[Uuid],
    homes: &[Uuid],
    units: &[Uuid],
    businesses: &[Uuid],
) -> Result<Vec<Kept>> {
    let found = sql::live(cx, people, homes, units, businesses).await?;
    these(cx, &found.iter().map(|kept| kept.id).collect::<Vec<_>>()).await
}

/// Those of these that hold.
pub(super) async fn these(cx: &mut Cx, ids: &[PassId]) -> Result<Vec<Kept>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes
         where tenant_id = $1 and revoked_at is null and id = any($2)
         order by id for update",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The next passes that hold, held by nobody: to see whether there is anything to do.
pub(super) async fn next(cx: &mut Cx, after: Option<PassId>, limit: i64) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes
         where tenant_id = $1 and revoked_at is null and ($2::uuid is null or id > $2)
         order by id limit $3",
        tenant,
        after.map(PassId::uuid),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The last pass that was looked at; `None` where the next look begins with the first.
pub(super) async fn looked(cx: &mut Cx) -> Result<Option<PassId>> {
    let tenant = cx.tenant().uuid();
    let looked = sqlx::query_scalar!("select looked_to from pass_looks where tenant_id = $1", tenant)
        .fetch_optional(cx.conn())
        .await?;
    Ok(looked.flatten().map(PassId))
}

pub(super) async fn set_looked(cx: &mut Cx, to: Option<PassId>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into pass_looks (tenant_id, looked_to) values ($1, $2)
         on conflict (tenant_id) do update set looked_to = excluded.looked_to",
        tenant,
        to.map(PassId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

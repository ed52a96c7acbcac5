//! Lists of passes, and passes by their numbers.

use super::{
    find::Filter,
    model::Number,
    sql::{Kept, Row},
};
use kernel::{OrganisationId, PassId, Result, UnitId};
use pass::Force;
use sqlx::types::Uuid;
use store::Cx;

/// A page of the passes of these wards (`None`: of all), the newest first.
pub(super) async fn list(
    cx: &mut Cx,
    filter: &Filter,
    wards: Option<&[Uuid]>,
    after: Option<PassId>,
    limit: i64,
) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes
         where tenant_id = $1
           and ($2::uuid[] is null or ward_id = any($2))
           and ($3::uuid is null or ward_id = $3)
           and ($4::smallint is null or kind = $4)
           and ($5::smallint is null or force = $5)
           and ($6::uuid is null or organisation_id = $6)
           and ($7::text is null
                or ($7 = 'good' and revoked_at is null and suspended_at is null)
                or ($7 = 'suspended' and revoked_at is null and suspended_at is not null)
                or ($7 = 'revoked' and revoked_as not in ('replaced', 'merged'))
                or ($7 = 'replaced' and revoked_as in ('replaced', 'merged')))
           and ($8::uuid is null or id < $8)
         order by id desc limit $9",
        tenant,
        wards,
        filter.ward.map(UnitId::uuid),
        filter.kind.map(|kind| i16::from(kind.number())),
        filter.force.map(|force: Force| i16::from(force.number())),
        filter.organisation.map(OrganisationId::uuid),
        filter.standing.map(super::model::Standing::as_str),
        after.map(PassId::uuid),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// Every pass of these records, the newest first.
pub(super) async fn of_records(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes where tenant_id = $1 and person_id = any($2) order by id desc",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

pub(super) async fn by_numbers(cx: &mut Cx, numbers: &[Number]) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let numbers: Vec<Vec<u8>> = numbers.iter().map(|number| number.to_vec()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select id, number, kind, force, person_id, household_id, unit_id, organisation_id, ward_id, people, list, place,
                issued_at, suspended_by, suspended_for, revoked_at, revoked_as, replaced_by
         from passes where tenant_id = $1 and number = any($2)",
        tenant,
        &numbers
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

//! The days of visits.

use super::model::Role;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, PlaceId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// Where a case was, and from when to when, as far as that is known; what was withdrawn is left out.
pub(super) async fn spans(
    cx: &mut Cx,
    case: CaseId,
) -> Result<Vec<(PlaceId, Option<Timestamp>, Option<Timestamp>)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select place_id, from_at, to_at from place_visits
         where tenant_id = $1 and case_id = $2 and withdrawn_at is null order by entered_at, id",
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let seen = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    Ok(rows.into_iter().map(|row| (row.place_id.into(), seen(row.from_at), seen(row.to_at))).collect())
}

/// Carries the ends of a visit outwards; which visit it is, `None` where there is none or it reaches as far.
pub(super) async fn widen(
    cx: &mut Cx,
    (place, case): (PlaceId, CaseId),
    role: Role,
    (from, to): (Timestamp, Timestamp),
) -> Result<Option<Uuid>> {
    let tenant = cx.tenant().uuid();
    let visit = sqlx::query_scalar!(
        "update place_visits set from_at = least(from_at, to_at, $5), to_at = greatest(from_at, to_at, $6)
         where tenant_id = $1 and place_id = $2 and case_id = $3 and role = $4 and withdrawn_at is null
           and (from_at is distinct from least(from_at, to_at, $5)
                or to_at is distinct from greatest(from_at, to_at, $6))
         returning id",
        tenant,
        place.uuid(),
        case.uuid(),
        role.as_str(),
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(visit)
}

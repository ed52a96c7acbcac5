//! Households by a telephone number: for whoever calls, and is by that nobody yet.

use kernel::{HouseholdId, Phone, Result};
use store::Cx;

/// Those that are called at this number, or in which somebody who has it lives now: all of them, or only where
/// somebody is followed. What has become one with another is that other.
pub(super) async fn at_number(
    cx: &mut Cx,
    phone: &Phone,
    followed: bool,
    limit: i64,
) -> Result<Vec<HouseholdId>> {
    let (tenant, index) = (cx.tenant().uuid(), cx.blind("phone", phone.as_e164())?);
    let ids = sqlx::query_scalar!(
        "select k.id from households k
         where k.tenant_id = $1 and k.joined_into is null and (k.followed > 0 or not $3::boolean)
           and k.id in (
               select coalesce(h.joined_into, h.id) from households h
               where h.tenant_id = $1 and h.contact_index = $2
               union
               select m.household_id from person_phones f
               join household_members m on m.tenant_id = f.tenant_id and m.person_id = f.person_id and m.left_at is null
               where f.tenant_id = $1 and f.phone_index = $2)
         order by k.id limit $4",
        tenant,
        index,
        followed,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(HouseholdId).collect())
}

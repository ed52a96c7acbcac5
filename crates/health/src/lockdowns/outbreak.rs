//! The outbreak place for which a point was made.

use super::{
    decide,
    sql::{self, Kept},
};
use crate::places;
use duty::permissions::{Action, Permit, Scope};
use kernel::{Error, LockdownId, PlaceId, Result, UnitId};
use store::Cx;

/// A point may name an outbreak place of its own ward.
///
/// Errors: `place`: `error-choice-unknown`.
pub(super) async fn may_name(cx: &mut Cx, place: PlaceId, ward: UnitId) -> Result<()> {
    if places::outbreak_in(cx, place).await? == Some(ward) {
        Ok(())
    } else {
        Err(Error::invalid("place", "error-choice-unknown"))
    }
}

pub(super) async fn set(cx: &mut Cx, id: LockdownId, place: PlaceId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update lockdowns set place_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        place.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The points that were made for a place, as far as the actor sees them, the newest first.
pub async fn of_place(cx: &mut Cx, place: PlaceId) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select id from lockdowns where tenant_id = $1 and place_id = $2 order by from_at desc, id limit 50",
        tenant,
        place.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut points = Vec::with_capacity(ids.len());
    for id in ids {
        let kept = sql::find(cx, id.into()).await?;
        let concerned = decide::concerned(cx, &kept).await?;
        match cx.permit_sight(Action::CareSee, Scope::Units(&concerned)) {
            Ok(()) => points.push(kept),
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(points)
}

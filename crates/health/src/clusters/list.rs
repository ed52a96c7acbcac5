//! Clusters as screens show them.

use super::sql::{self, Cluster};
use crate::people;
use duty::permissions::{Action, Permit, Scope};
use kernel::{ClusterId, Error, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Clusters on one page.
const PAGE: i64 = 50;

async fn wards(cx: &mut Cx) -> Result<Option<Vec<Uuid>>> {
    let wards = people::wards(cx, Action::CaseSee).await?;
    Ok(wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect()))
}

/// Clusters of which the actor sees a case, the latest first: a page of fifty, and whether there are more.
/// The first page is 0.
pub async fn list(cx: &mut Cx, page: i64) -> Result<(Vec<Cluster>, bool)> {
    cx.permit_sight(Action::CaseSee, Scope::Tenant)?;
    let wards = wards(cx).await?;
    let page = page.clamp(0, 10_000);
    let mut clusters = sql::list(cx, wards.as_deref(), PAGE + 1, page * PAGE).await?;
    let more = clusters.len() as i64 > PAGE;
    clusters.truncate(PAGE as usize);
    Ok((clusters, more))
}

/// A cluster of which the actor sees a case.
///
/// Errors: `NotFound`.
pub async fn find(cx: &mut Cx, id: ClusterId) -> Result<Cluster> {
    cx.permit_sight(Action::CaseSee, Scope::Tenant)?;
    let cluster = sql::find(cx, id).await?;
    match wards(cx).await? {
        Some(wards) if !sql::stands_in(cx, id, &wards).await? => Err(Error::NotFound),
        _ => Ok(cluster),
    }
}

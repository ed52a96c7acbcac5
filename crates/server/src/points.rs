//! Where the thing a matter is about lies, for tickets that follow a split unit.

use async_trait::async_trait;
use health::{cases, clusters, contacts, gates, places};
use kernel::{ReportId, Result, UnitId};
use store::Cx;
use town::reports;
use uuid::Uuid;

/// Asks the room that keeps the object. Cases keep an address without coordinates, so a person decides.
pub struct Points;

#[async_trait]
impl duty::transfers::Points for Points {
    async fn of(&self, cx: &mut Cx, object_kind: &str, object: Uuid) -> Result<Option<(f64, f64)>> {
        if object_kind != "report" {
            return Ok(None);
        }
        let point = reports::report(cx, ReportId(object)).await?.point;
        // A report keeps latitude first.
        Ok(point.map(|(lat, lon)| (lon, lat)))
    }

    async fn follow(&self, cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
        cases::move_to_ward(cx, from, to).await?;
        places::move_to_ward(cx, from, to).await?;
        gates::move_to_ward(cx, from, to).await?;
        contacts::move_to_ward(cx, from, to).await?;
        clusters::move_to_ward(cx, from, to).await?;
        reports::move_to_ward(cx, from, to).await
    }
}

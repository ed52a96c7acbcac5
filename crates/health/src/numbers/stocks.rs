//! Drugs and other stocks of units, where a centre keeps them (table `unit_stocks`).

use duty::units::Tree;
use kernel::{Result, UnitId};
use serde::{Deserialize, Serialize};
use sqlx::types::Uuid;
use store::Cx;

/// What a unit has left of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub unit: UnitId,
    pub name: String,
    pub name_en: String,
    /// As the stock itself names it ("bag_a").
    pub item: String,
    pub n: i64,
}

/// What is in stock now; nothing where no stock is kept.
pub(super) async fn stocks(cx: &mut Cx, tree: &Tree) -> Result<Vec<Stock>> {
    let kept: bool =
        sqlx::query_scalar("select to_regclass('unit_stocks') is not null").fetch_one(cx.conn()).await?;
    if !kept {
        return Ok(Vec::new());
    }
    let tenant = cx.tenant().uuid();
    let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
        "select unit_id, item::text, n::bigint from unit_stocks where tenant_id = $1 order by item, unit_id",
    )
    .bind(tenant)
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(unit, item, n)| {
            let unit = tree.get(unit.into())?;
            Some(Stock { unit: unit.id, name: unit.short.clone(), name_en: unit.name_en.clone(), item, n })
        })
        .collect())
}

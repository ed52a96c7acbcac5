//! What a unit was called and under whom it stood, day by day; of units that are no more, too.

use super::{Line, UnitKind};
use jiff::civil::Date;
use kernel::{Error, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

#[derive(Clone, Debug)]
pub struct History {
    pub id: UnitId,
    pub code: String,
    pub kind: UnitKind,
    pub ward: Option<UnitId>,
    pub first: Date,
    /// The last day, of a unit that is closed or will be.
    pub last: Option<Date>,
    /// Oldest first.
    pub names: Vec<DatedName>,
    /// By line, oldest first.
    pub parents: Vec<DatedParent>,
}

#[derive(Clone, Debug)]
pub struct DatedName {
    pub from: Date,
    pub to: Option<Date>,
    pub name: String,
    pub short: String,
    pub name_en: String,
    pub admin_code: Option<String>,
    pub citation: Option<String>,
    pub verified: bool,
}

#[derive(Clone, Debug)]
pub struct DatedParent {
    pub line: Line,
    pub parent: UnitId,
    pub from: Date,
    pub to: Option<Date>,
}

impl History {
    /// The name of a day; outside the unit's days the nearest one.
    pub fn name_on(&self, day: Date) -> Option<&DatedName> {
        self.names.iter().rev().find(|name| name.from <= day).or(self.names.first())
    }

    pub fn parent_on(&self, line: Line, day: Date) -> Option<UnitId> {
        let holds =
            |one: &&DatedParent| one.line == line && one.from <= day && one.to.is_none_or(|last| last >= day);
        self.parents.iter().rev().find(holds).map(|one| one.parent)
    }
}

/// Everything dated about a unit. `NotFound` in another tenant.
pub async fn history(cx: &mut Cx, id: UnitId) -> Result<History> {
    let tenant = cx.tenant().uuid();
    let unit = sqlx::query!(
        "select code, kind, ward_id, valid_from, valid_to from units where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let names = sqlx::query!(
        "select valid_from, valid_to, name, short, name_en, admin_code, citation, verified from unit_names
         where tenant_id = $1 and unit_id = $2 order by valid_from",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let lines = sqlx::query!(
        "select line, parent_id, valid_from, valid_to from unit_lines
         where tenant_id = $1 and unit_id = $2 order by line, valid_from",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(History {
        id,
        code: unit.code,
        kind: unit.kind.parse()?,
        ward: unit.ward_id.map(UnitId),
        first: unit.valid_from.to_jiff(),
        last: unit.valid_to.map(jiff_sqlx::Date::to_jiff),
        names: names
            .into_iter()
            .map(|row| DatedName {
                from: row.valid_from.to_jiff(),
                to: row.valid_to.map(jiff_sqlx::Date::to_jiff),
                name: row.name,
                short: row.short,
                name_en: row.name_en,
                admin_code: row.admin_code,
                citation: row.citation,
                verified: row.verified,
            })
            .collect(),
        parents: lines
            .into_iter()
            .map(|row| {
                Ok(DatedParent {
                    line: row.line.parse().map_err(|()| Error::internal("not a line"))?,
                    parent: row.parent_id.into(),
                    from: row.valid_from.to_jiff(),
                    to: row.valid_to.map(jiff_sqlx::Date::to_jiff),
                })
            })
            .collect::<Result<_>>()?,
    })
}

/// The newest known names of units, Vietnamese and English, of those that are no more too.
pub async fn last_names(cx: &mut Cx, ids: &[UnitId]) -> Result<BTreeMap<UnitId, (String, String)>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>());
    let rows = sqlx::query!(
        "select distinct on (unit_id) unit_id, name, name_en from unit_names
         where tenant_id = $1 and unit_id = any($2) order by unit_id, valid_from desc",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id.into(), (row.name, row.name_en))).collect())
}

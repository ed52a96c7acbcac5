//! Whose board it is.

use duty::{
    permissions::{Action, Permit, Scope, allowed_units},
    units::{Tree, UnitKind},
};
use kernel::{Error, Result, UnitId};
use std::collections::BTreeSet;
use store::Cx;
use uuid::Uuid;

/// The units a board covers; `None` is the whole tenant, organisations and units of the past too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub units: Option<BTreeSet<UnitId>>,
}

impl View {
    /// What the actor may see by `action`, narrowed to one unit and those below it.
    pub fn of(cx: &Cx, tree: &Tree, action: Action, only: Option<UnitId>) -> Result<Self> {
        cx.permit_sight(action, Scope::Tenant)?;
        let allowed = allowed_units(&cx.actor, action);
        let Some(only) = only else { return Ok(Self { units: allowed }) };
        // The unit of zeros stands for organisations: not in the tree, and below nobody.
        let mut units = if only.uuid().is_nil() { BTreeSet::from([only]) } else { tree.reach(only) };
        if let Some(allowed) = &allowed {
            units.retain(|unit| allowed.contains(unit));
        }
        if units.is_empty() { Err(Error::NotFound) } else { Ok(Self { units: Some(units) }) }
    }

    /// As queries bind it.
    pub fn ids(&self) -> Option<Vec<Uuid>> {
        self.units.as_ref().map(|units| units.iter().map(|unit| unit.uuid()).collect())
    }

    pub fn covers(&self, unit: UnitId) -> bool {
        self.units.as_ref().is_none_or(|units| units.contains(&unit))
    }

    /// The same board for counts by ward: a station sees those of the ward it works in.
    pub fn with_wards(&self, tree: &Tree) -> Self {
        let units = self.units.as_ref().map(|units| {
            let mut wards = units.clone();
            wards.extend(units.iter().filter_map(|unit| tree.get(*unit)?.ward));
            wards.retain(|unit| tree.get(*unit).is_some_and(|unit| unit.kind == UnitKind::Ward));
            wards
        });
        Self { units }
    }
}

//! Dated changes of units: new ones, new names, new parents, ends. What was, stays on record.

use super::{
    Line, NewUnit, Unit, UnitKind, UnitSpec,
    changes_sql::{self, NewName},
    history::history,
    sql,
};
use crate::permissions::{Action, Permit, Scope};
use jiff::civil::Date;
use kernel::{Error, Result, UnitId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// Adds a unit. Units it refers to by code are those of today, those that are there on its first
/// day, and `known`, which holds units added in the same act.
pub async fn add(cx: &mut Cx, spec: &UnitSpec, known: &BTreeMap<String, UnitId>) -> Result<UnitId> {
    cx.permit(Action::UnitEdit, Scope::Tenant)?;
    let tree = super::tree(cx).await?;
    let then = sql::units_on(cx, spec.valid_from).await?;
    let mut codes: BTreeMap<String, UnitId> =
        tree.iter().chain(&then).map(|unit| (unit.code.clone(), unit.id)).collect();
    codes.extend(known.iter().map(|(code, id)| (code.clone(), *id)));
    let id = put_in(cx, spec, &codes).await?;
    sql::touch(cx).await?;
    Ok(id)
}

/// As [`add`], where permission has been seen to and `codes` holds every unit that may be referred
/// to; the caller says once that the tree has changed.
pub(super) async fn put_in(cx: &mut Cx, spec: &UnitSpec, codes: &BTreeMap<String, UnitId>) -> Result<UnitId> {
    spec.kind.parse::<UnitKind>()?;
    if codes.contains_key(&spec.code) {
        return Err(Error::Conflict("error-unit-code-used"));
    }
    let find = |code: &Option<String>, field| match code {
        None => Ok(None),
        Some(code) => codes.get(code).copied().map(Some).ok_or(Error::invalid(field, "error-unit-unknown")),
    };
    let unit = NewUnit {
        id: cx.id(),
        spec,
        ward: find(&spec.ward, "ward")?,
        administrative: find(&spec.administrative, "administrative")?,
        professional: find(&spec.professional, "professional")?,
    };
    sql::insert(cx, std::slice::from_ref(&unit)).await.map_err(|error| match error {
        // A code of a unit that is no more: it stays that unit's.
        Error::Conflict(_) => Error::Conflict("error-unit-code-used"),
        other => other,
    })?;
    cx.record(Event::new("unit.added", unit.id).unit(unit.id).data(json!({
        "code": spec.code, "kind": spec.kind, "from": spec.valid_from, "admin_code": spec.admin_code,
        "name": spec.name, "ward": spec.ward, "administrative": spec.administrative,
        "professional": spec.professional, "citation": spec.citation,
    })));
    Ok(unit.id)
}

/// Adds a unit that somebody brings into being by a power of his own (a lockdown point by its decision).
/// The caller has asked for that power.
pub async fn establish(cx: &mut Cx, spec: &UnitSpec) -> Result<UnitId> {
    let tree = super::tree(cx).await?;
    let codes: BTreeMap<String, UnitId> = tree.iter().map(|unit| (unit.code.clone(), unit.id)).collect();
    let id = put_in(cx, spec, &codes).await?;
    sql::touch(cx).await?;
    Ok(id)
}

/// Ends such a unit after its last day. The caller has asked for the power by which it came to be.
pub async fn dissolve(cx: &mut Cx, unit: UnitId, last: Date) -> Result<()> {
    let days = changes_sql::lock(cx, unit).await?;
    if days.last.is_some() {
        return Ok(());
    }
    changes_sql::close(cx, unit, last.max(days.first)).await?;
    sql::touch(cx).await?;
    cx.record(Event::new("unit.closed", unit).unit(unit).data(json!({ "last": last.max(days.first) })));
    Ok(())
}

/// Gives a unit another name, code of the state, or both, from a day on.
pub async fn rename(cx: &mut Cx, unit: UnitId, from: Date, new: &NewName) -> Result<()> {
    cx.permit(Action::UnitEdit, Scope::Units(&[unit]))?;
    still_there(cx, unit, from).await?;
    if new.name.trim().is_empty() {
        return Err(Error::invalid("name", "error-text-missing"));
    }
    let was = history(cx, unit).await?.name_on(from).map(|name| name.name.clone());
    changes_sql::rename(cx, unit, from, new).await?;
    sql::touch(cx).await?;
    cx.record(Event::new("unit.renamed", unit).unit(unit).data(json!({
        "from": from, "admin_code": new.admin_code, "was": was, "name": new.name, "citation": new.citation,
    })));
    Ok(())
}

async fn still_there(cx: &mut Cx, unit: UnitId, from: Date) -> Result<()> {
    changes_sql::lock(cx, unit).await?.refuse(from)
}

/// Puts a unit under another parent in one line from a day on; `None` takes it out of the line.
pub async fn relink(cx: &mut Cx, unit: UnitId, line: Line, parent: Option<UnitId>, from: Date) -> Result<()> {
    cx.permit(Action::UnitEdit, Scope::Units(&[unit]))?;
    still_there(cx, unit, from).await?;
    if let Some(parent) = parent {
        let days = changes_sql::lock(cx, parent)
            .await
            .map_err(|_| Error::invalid("parent", "error-unit-unknown"))?;
        if days.refuse(from).is_err() {
            return Err(Error::invalid("parent", "error-unit-parent-days"));
        }
        if circles(cx, unit, line, parent, from).await? {
            return Err(Error::invalid("parent", "error-unit-circle"));
        }
    }
    put_under(cx, unit, line, parent, from).await
}

/// As [`relink`], where permission and circles have been seen to.
pub(super) async fn put_under(
    cx: &mut Cx,
    unit: UnitId,
    line: Line,
    parent: Option<UnitId>,
    from: Date,
) -> Result<()> {
    let was = history(cx, unit).await?.parent_on(line, from);
    changes_sql::relink(cx, unit, line, parent, from).await?;
    sql::touch(cx).await?;
    let data = json!({ "line": line, "was": was, "parent": parent, "from": from });
    cx.record(Event::new("unit.relinked", unit).unit(unit).data(data));
    Ok(())
}

/// A local unit of a ward that has ended, put under another ward or under a unit of one, lies there.
pub async fn move_to_parents_ward(cx: &mut Cx, ended: UnitId) -> Result<()> {
    let tree = super::tree(cx).await?;
    let ward = |unit: &Unit| {
        let above = tree.above(unit.id, Line::Administrative);
        above
            .into_iter()
            .filter_map(|id| tree.get(id))
            .find(|above| above.kind == UnitKind::Ward)
            .map(|ward| ward.id)
    };
    let moved: Vec<(UnitId, UnitId)> = tree
        .iter()
        .filter(|unit| unit.ward == Some(ended) && unit.id != ended)
        .filter_map(|unit| Some((unit.id, ward(unit).filter(|ward| *ward != ended)?)))
        .collect();
    for (unit, ward) in moved {
        changes_sql::set_ward(cx, unit, ward).await?;
    }
    sql::touch(cx).await
}

/// Corrects in which ward a unit lies, and where. Neither is dated; the record keeps what was said.
pub(super) async fn lay(
    cx: &mut Cx,
    unit: UnitId,
    ward: Option<UnitId>,
    place: Option<(f64, f64)>,
) -> Result<()> {
    if let Some(ward) = ward {
        changes_sql::set_ward(cx, unit, ward).await?;
    }
    if let Some(place) = place {
        changes_sql::set_place(cx, unit, place).await?;
    }
    sql::touch(cx).await?;
    cx.record(Event::new("unit.laid", unit).unit(unit).data(json!({ "ward": ward, "place": place })));
    Ok(())
}

/// Whether a unit would stand above itself, on the day of the change or on a later day for which
/// another change is known.
async fn circles(cx: &mut Cx, unit: UnitId, line: Line, parent: UnitId, from: Date) -> Result<bool> {
    let mut days = changes_sql::days_of_new_lines(cx, line, from).await?;
    days.insert(from);
    for day in days {
        let units = sql::units_on(cx, day).await?;
        let above: BTreeMap<UnitId, UnitId> =
            units.iter().filter_map(|one| Some((one.id, one.parent(line)?))).collect();
        let mut seen = BTreeSet::new();
        let mut at = Some(parent);
        while let Some(one) = at.filter(|one| seen.insert(*one)) {
            if one == unit {
                return Ok(true);
            }
            at = above.get(&one).copied();
        }
    }
    Ok(false)
}

/// Closes a unit after its last day. The units by which the tenant itself stands, where every
/// ladder ends and who directs it, cannot be closed: nobody would be left to ring.
pub async fn close(cx: &mut Cx, unit: UnitId, last: Date) -> Result<()> {
    cx.permit(Action::UnitEdit, Scope::Units(&[unit]))?;
    let days = changes_sql::lock(cx, unit).await?;
    if days.last.is_some() {
        return Err(Error::Conflict("error-unit-closed"));
    }
    if last < days.first {
        return Err(Error::invalid("last", "error-unit-not-yet"));
    }
    let tree = super::tree(cx).await?;
    if [tree.duty_leader(), tree.director()].contains(&unit) {
        return Err(Error::Conflict("error-unit-needed"));
    }
    changes_sql::close(cx, unit, last).await?;
    sql::touch(cx).await?;
    cx.record(Event::new("unit.closed", unit).unit(unit).data(json!({ "last": last })));
    Ok(())
}

/// Records that a unit passes into another of this tenant.
pub async fn succeed(
    cx: &mut Cx,
    from: UnitId,
    to: UnitId,
    on: Date,
    whole: bool,
    citation: &str,
) -> Result<()> {
    cx.permit(Action::UnitEdit, Scope::Units(&[from]))?;
    changes_sql::insert_inside(cx, from, to, on, whole, citation).await?;
    let data = json!({ "to": to, "on": on, "whole": whole });
    cx.record(Event::new("unit.succeeded", from).unit(from).data(data));
    Ok(())
}

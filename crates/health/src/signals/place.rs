//! In which quarter something is counted.

use super::sql;
use duty::units::{Tree, Unit, UnitKind};
use kernel::{PersonId, Result, UnitId, address::Parts, text::search_key};
use serde_json::Value;
use store::Cx;

/// The khu phố that an address of this ward names, or that of its tổ dân phố; the ward where neither is
/// known.
pub(super) fn by_address(tree: &Tree, ward: UnitId, parts: &Parts) -> UnitId {
    let called = |kind: UnitKind, number: Option<&str>| {
        let number = search_key(number?);
        tree.all_in_ward(ward, kind).find(|unit| is_number(unit, &number))
    };
    if let Some(quarter) = called(UnitKind::Quarter, parts.khu_pho.as_deref()) {
        return quarter.id;
    }
    match called(UnitKind::Neighbourhood, parts.to_dan_pho.as_deref()) {
        Some(group) => quarter_of(tree, group),
        None => ward,
    }
}

/// `Khu phố 2` is number 2.
fn is_number(unit: &Unit, number: &str) -> bool {
    search_key(&unit.short).rsplit(' ').next() == Some(number)
}

/// A tổ dân phố is counted with its khu phố.
fn quarter_of(tree: &Tree, unit: &Unit) -> UnitId {
    let above = unit.administrative.and_then(|id| tree.get(id));
    above.filter(|above| above.kind == UnitKind::Quarter).map_or(unit.id, |quarter| quarter.id)
}

/// Where a household is counted, by what its row says.
pub(super) fn of_home(tree: &Tree, ward: UnitId, quarter: Option<UnitId>, parts: Option<Value>) -> UnitId {
    if let Some(unit) = quarter.and_then(|id| tree.get(id)) {
        return if unit.kind == UnitKind::Neighbourhood { quarter_of(tree, unit) } else { unit.id };
    }
    let parts = parts.and_then(|parts| serde_json::from_value::<Parts>(parts).ok());
    parts.map_or(ward, |parts| by_address(tree, ward, &parts))
}

/// Where a person of a ward is counted: where his household lies, else by his own address.
pub(super) async fn of_person(cx: &mut Cx, tree: &Tree, person: PersonId, ward: UnitId) -> Result<UnitId> {
    let Some(lives) = sql::lives(cx, person).await? else { return Ok(ward) };
    // Whoever has moved is counted where he was found.
    let parts = lives.parts.filter(|_| lives.ward.is_none_or(|known| known == ward));
    Ok(of_home(tree, ward, lives.quarter, parts))
}

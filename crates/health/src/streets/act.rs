use super::{
    model::{Kind, NewStreet, Street, Told, lying, named, names_of},
    sql,
};
use duty::{
    permissions::{Action, Permit, Scope},
    units::{self, Tree, UnitKind},
};
use kernel::{Error, ImportId, Result, UnitId, address::Parts, text::search_key};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// Longest list of proposals.
const PAGE: i64 = 50;

/// What became of a list of streets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    pub new: u64,
    /// Known before, and now with this quarter and this end.
    pub changed: u64,
}

/// Streets of a ward that begin with a text, by name.
pub async fn find(cx: &mut Cx, ward: UnitId, text: &str, limit: i64) -> Result<Vec<Street>> {
    sql::find(cx, ward, &super::model::key_of(text), limit.clamp(1, PAGE)).await
}

/// The khu phố or tổ dân phố of an address, where it names one that is known or the gazetteer does.
pub async fn quarter_of(cx: &mut Cx, ward: UnitId, parts: &Parts) -> Result<Option<UnitId>> {
    Ok(quarters_of(cx, &[(ward, parts)]).await?.pop().flatten().map(|(quarter, _)| quarter))
}

/// The same for many, in their order, each with the list that says so; one look-up for all.
pub(crate) async fn quarters_of(cx: &mut Cx, asked: &[(UnitId, &Parts)]) -> Result<Vec<Option<Told>>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let tree = units::tree(cx).await?;
    let of_itself = |(ward, parts): &(UnitId, &Parts)| named(&tree, *ward, parts).map(|unit| (unit, None));
    let mut found: Vec<Option<Told>> = asked.iter().map(of_itself).collect();
    let names: BTreeSet<(UnitId, String)> = asked
        .iter()
        .zip(&found)
        .filter(|(_, found)| found.is_none())
        .flat_map(|((ward, parts), _)| names_of(parts).into_iter().map(|name| (*ward, name)))
        .collect();
    if names.is_empty() {
        return Ok(found);
    }
    let stretches = sql::stretches(cx, &names).await?;
    for (place, (ward, parts)) in found.iter_mut().zip(asked) {
        if place.is_none() {
            *place = lying(*ward, parts, &stretches);
        }
    }
    Ok(found)
}

/// What is said of rows by their addresses, in columns for one statement.
#[derive(Default)]
pub(crate) struct Laid {
    pub ids: Vec<Uuid>,
    pub quarters: Vec<Uuid>,
    pub by: Vec<Option<Uuid>>,
}

/// Where rows lie, each with its ward and the parts of its address; those of which nothing is said are left
/// out.
pub(crate) async fn laid(cx: &mut Cx, rows: Vec<(Uuid, Uuid, serde_json::Value)>) -> Result<Laid> {
    let mut places: Vec<(Uuid, UnitId, Parts)> = Vec::with_capacity(rows.len());
    for (id, ward, parts) in rows {
        places.push((id, UnitId(ward), serde_json::from_value(parts).map_err(Error::internal)?));
    }
    let asked: Vec<(UnitId, &Parts)> = places.iter().map(|(_, ward, parts)| (*ward, parts)).collect();
    let mut laid = Laid::default();
    for ((id, ..), told) in places.iter().zip(quarters_of(cx, &asked).await?) {
        if let Some((quarter, import)) = told {
            laid.ids.push(*id);
            laid.quarters.push(quarter.uuid());
            laid.by.push(import.map(ImportId::uuid));
        }
    }
    Ok(laid)
}

/// The khu phố or tổ of a ward that a list names in columns of their own: "KP3", "Khu phố 3" and "3" are one.
pub(crate) fn quarter_named(tree: &Tree, ward: UnitId, quarter: &str, group: &str) -> Option<UnitId> {
    let bare = |text: &str| Some(bare(text)).filter(|text| !text.is_empty());
    let parts = Parts { khu_pho: bare(quarter), to_dan_pho: bare(group), ..Parts::default() };
    named(tree, ward, &parts)
}

/// A quarter's name without the word that announces it.
fn bare(text: &str) -> String {
    const WORDS: [&str; 9] =
        ["khu pho", "khu vuc", "kp", "ap", "to dan pho", "to nhan dan", "tdp", "to dp", "to"];
    let key = search_key(text);
    let rest = WORDS.iter().find_map(|word| {
        let rest = key.strip_prefix(word)?;
        // "KP3" and "KP 3", but not "Tôn Đản".
        rest.starts_with(|c: char| c == ' ' || c.is_ascii_digit()).then(|| rest.trim_start())
    });
    rest.unwrap_or(&key).to_owned()
}

/// Puts streets on record; read twice, a list changes nothing. A stretch that is known gets the quarter,
/// the end and the spelling that are told now. Alleys find their street among those on record and those
/// of the same list; one whose street is not there is refused.
///
/// Errors: `Forbidden` for those who read no lists of one of the wards; `ward`: `error-ward-unknown`;
/// `quarter`: `error-choice-unknown` for a unit that is no quarter of the ward; `name`:
/// `error-name-empty`, those of [`kernel::text::line`]; `to_number`: `error-street-backwards`; `parent`:
/// `error-street-unknown`.
pub async fn add(cx: &mut Cx, new: &[NewStreet]) -> Result<Added> {
    let tree = units::tree(cx).await?;
    let wards: BTreeSet<UnitId> = new.iter().map(|one| one.ward).collect();
    for ward in wards {
        let known = tree.get(ward).filter(|unit| unit.kind == UnitKind::Ward);
        known.ok_or(Error::invalid("ward", "error-ward-unknown"))?;
        let units: Vec<UnitId> = std::iter::once(ward).chain(tree.in_ward(ward, UnitKind::Station)).collect();
        cx.permit(Action::CaseImport, Scope::Units(&units))?;
    }
    let mut lines = BTreeMap::new();
    for one in new {
        let checked = one.check().map_err(|(field, key)| Error::invalid(field, key))?;
        let quarter = one.quarter.map(|id| tree.get(id));
        let fits = |unit: Option<&units::Unit>| {
            unit.is_some_and(|unit| {
                unit.ward == Some(one.ward)
                    && matches!(unit.kind, UnitKind::Quarter | UnitKind::Neighbourhood)
            })
        };
        if quarter.is_some_and(|unit| !fits(unit)) {
            return Err(Error::invalid("quarter", "error-choice-unknown"));
        }
        // The last line of a stretch counts.
        let stretch = (
            one.ward,
            one.kind,
            checked.search.clone(),
            checked.parent.clone(),
            one.from_number.unwrap_or(0),
        );
        lines.insert(stretch, (one, checked));
    }
    let (alleys, streets): (Vec<_>, Vec<_>) =
        lines.into_values().partition(|(one, checked)| one.kind == Kind::Alley && checked.parent.is_some());
    let mut added = Added::default();
    let rows: Vec<Putting<'_>> = streets.iter().map(|(one, checked)| (*one, checked, None)).collect();
    count(&mut added, &sql::put(cx, &rows).await?);
    let asked: BTreeSet<(UnitId, String)> =
        alleys.iter().filter_map(|(one, checked)| Some((one.ward, checked.parent.clone()?))).collect();
    let parents = sql::parents(cx, &asked).await?;
    let mut rows: Vec<Putting<'_>> = Vec::with_capacity(alleys.len());
    for (one, checked) in &alleys {
        let parent = checked.parent.clone().and_then(|parent| parents.get(&(one.ward, parent)).copied());
        let parent = parent.ok_or(Error::invalid("parent", "error-street-unknown"))?;
        rows.push((*one, checked, Some(parent)));
    }
    count(&mut added, &sql::put(cx, &rows).await?);
    if let Some(first) = new.first() {
        cx.record(Event::new("street.listed", first.ward).unit(first.ward).data(json!({
            "new": added.new, "changed": added.changed, "import": first.import,
        })));
    }
    Ok(added)
}

fn count(added: &mut Added, fresh: &[bool]) {
    let new = fresh.iter().filter(|fresh| **fresh).count() as u64;
    added.new += new;
    added.changed += fresh.len() as u64 - new;
}

/// The streets of a ward that has passed into another are the other's, except those it has already.
pub(crate) async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    sql::move_to_ward(cx, from, to).await
}

/// What a search key matches as a beginning has no wild cards in it: letters, digits, spaces.
pub(super) fn beginning(key: &str) -> String {
    format!("{}%", search_key(key))
}

/// A street's row as it is written: its id is new, or that of the stretch known before.
pub(super) type Putting<'a> = (&'a NewStreet, &'a super::model::Checked, Option<Uuid>);

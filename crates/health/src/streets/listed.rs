//! Streets that a list brings, many at once, and takes back with it.

use super::{
    model::{Checked, Fault, Kind, NewStreet},
    sql, sql_listed,
};
use kernel::{ImportId, Result, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// What a stretch was before a list changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Before {
    pub name: String,
    pub to_number: Option<i32>,
    pub quarter: Option<UnitId>,
    pub import: Option<ImportId>,
    /// It was no stretch any more.
    pub ended: bool,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Added(Uuid),
    Changed(Uuid, Before),
    Known,
    /// Field of [`NewStreet`] and message key.
    Refused(Fault),
}

/// A line that is about to be written: its place, its names, the street it leaves.
pub(super) struct Line<'a> {
    pub new: &'a NewStreet,
    pub checked: Checked,
    pub parent: Option<Uuid>,
}

/// A stretch on record, as a line finds it.
pub(super) struct Known {
    pub id: Uuid,
    pub before: Before,
}

/// Puts the streets of a list on record and says of each, in their order, what became of it. Alleys find
/// their street among those on record and those of the same lines. The caller answers for the permission
/// and for the quarters being of their wards.
pub(crate) async fn add_listed(cx: &mut Cx, import: ImportId, new: &[NewStreet]) -> Result<Vec<Listed>> {
    sql_listed::queue_up(cx).await?;
    let mut became = vec![Listed::Known; new.len()];
    let (mut streets, mut alleys) = (Vec::new(), Vec::new());
    for (at, one) in new.iter().enumerate() {
        match one.check() {
            Ok(checked) if one.kind == Kind::Alley && checked.parent.is_some() => alleys.push((at, checked)),
            Ok(checked) => streets.push((at, checked)),
            Err(fault) => became[at] = Listed::Refused(fault),
        }
    }
    put(cx, import, new, streets, &mut became).await?;
    put(cx, import, new, alleys, &mut became).await?;
    let added = became.iter().filter(|one| matches!(one, Listed::Added(_))).count();
    let changed = became.iter().filter(|one| matches!(one, Listed::Changed(..))).count();
    if let Some(first) = new.first()
        && added + changed > 0
    {
        cx.record(
            Event::new("street.listed", first.ward)
                .unit(first.ward)
                .data(json!({ "new": added, "changed": changed, "import": import })),
        );
    }
    Ok(became)
}

/// What a line is found again by.
type Stretch = (UnitId, Kind, String, Option<Uuid>, i32);

async fn put(
    cx: &mut Cx,
    import: ImportId,
    new: &[NewStreet],
    lines: Vec<(usize, Checked)>,
    became: &mut [Listed],
) -> Result<()> {
    let asked: BTreeSet<(UnitId, String)> =
        lines.iter().filter_map(|(at, checked)| Some((new[*at].ward, checked.parent.clone()?))).collect();
    let parents = if asked.is_empty() { BTreeMap::new() } else { sql::parents(cx, &asked).await? };
    let mut left: Vec<(usize, Line<'_>)> = Vec::with_capacity(lines.len());
    for (at, checked) in lines {
        let one = &new[at];
        let parent = match &checked.parent {
            None => None,
            Some(name) => {
                let Some(id) = parents.get(&(one.ward, name.clone())) else {
                    became[at] = Listed::Refused(("parent", "error-street-unknown"));
                    continue;
                };
                Some(*id)
            }
        };
        left.push((at, Line { new: one, checked, parent }));
    }
    // A stretch that stands twice is written twice, one after the other: the last line counts.
    while !left.is_empty() {
        let mut seen: BTreeSet<Stretch> = BTreeSet::new();
        let (now, later): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(_, line)| seen.insert(line.stretch()));
        round(cx, import, now, became).await?;
        left = later;
    }
    Ok(())
}

/// Writes lines of which each is of another stretch.
async fn round(
    cx: &mut Cx,
    import: ImportId,
    lines: Vec<(usize, Line<'_>)>,
    became: &mut [Listed],
) -> Result<()> {
    let (places, lines): (Vec<usize>, Vec<Line<'_>>) = lines.into_iter().unzip();
    let mut known = sql_listed::known(cx, &lines).await?;
    let (mut fresh, mut changed) = (Vec::new(), Vec::new());
    for (at, (place, line)) in places.iter().zip(&lines).enumerate() {
        match known.remove(&at) {
            None => {
                let id = cx.id::<Uuid>();
                fresh.push((id, line));
                became[*place] = Listed::Added(id);
            }
            Some(Known { before, .. }) if line.says_nothing_new(&before) => {}
            Some(Known { id, before }) => {
                changed.push((id, line));
                became[*place] = Listed::Changed(id, before);
            }
        }
    }
    sql_listed::insert(cx, import, &fresh).await?;
    sql_listed::change(cx, import, &changed).await
}

impl Line<'_> {
    fn stretch(&self) -> Stretch {
        let Self { new, checked, parent } = self;
        (new.ward, new.kind, checked.search.clone(), *parent, new.from_number.unwrap_or(0))
    }

    /// A line without a quarter, or without an end, leaves the one that is known.
    fn says_nothing_new(&self, before: &Before) -> bool {
        !before.ended
            && self.checked.name == before.name
            && (self.new.to_number.is_none() || self.new.to_number == before.to_number)
            && (self.new.quarter.is_none() || self.new.quarter == before.quarter)
    }
}

/// Takes stretches of a list back, the last line first: those it made are none any more, the others are
/// what they were before. One that another list has told of since is that list's, and stays. The caller
/// answers for the permission.
pub(crate) async fn take_back(cx: &mut Cx, import: ImportId, rows: &[(Uuid, Option<Before>)]) -> Result<()> {
    sql_listed::queue_up(cx).await?;
    for (id, before) in rows {
        match before {
            None => sql_listed::end(cx, import, *id).await?,
            Some(before) => sql_listed::restore(cx, import, *id, before).await?,
        }
    }
    Ok(())
}

//! Who answers for a unit's past. A unit that passed wholly into another is followed there, however
//! many reforms lie between; one that was split needs the point of what is asked about, or a
//! person's decision, never its name alone.

use super::{Tree, changes_sql, shape, sql};
use jiff::civil::Date;
use kernel::{Result, UnitId};
use std::collections::BTreeSet;
use store::Cx;

/// A succession as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `None` for a predecessor that was never of this tenant: then the state's code of that time
    /// and the name say which.
    pub from: Option<UnitId>,
    pub from_code: Option<String>,
    pub from_name: Option<String>,
    pub to: Option<UnitId>,
    pub to_code: Option<String>,
    pub to_name: Option<String>,
    pub on: Date,
    pub whole: bool,
    pub citation: Option<String>,
}

/// Who came after: a unit of this tenant, or one outside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heir {
    Unit(UnitId),
    /// The state's code in force since, and the name.
    Outside {
        code: Option<String>,
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Successor {
    /// The unit is still there.
    Itself,
    Whole(Heir),
    /// The unit was split; the point, or a person, decides among these.
    NeedsPoint(Vec<Heir>),
}

/// Who answers today for what `unit` owed. `point` is longitude and latitude.
pub async fn successor(cx: &mut Cx, unit: UnitId, point: Option<(f64, f64)>) -> Result<Successor> {
    let today = sql::today(cx).await?;
    let rows = changes_sql::successions(cx, today).await?;
    let tree = super::tree(cx).await?;
    Ok(follow(&rows, &tree, unit, point))
}

/// Follows successions from `unit` to who is there on the day of the tree.
pub fn follow(rows: &[Row], tree: &Tree, unit: UnitId, point: Option<(f64, f64)>) -> Successor {
    let mut at = unit;
    let mut passed = BTreeSet::new();
    // A unit that is still there may have given away a part; what it owed stays with it.
    while tree.get(at).is_none() && passed.insert(at) {
        let heirs = heirs(rows, tree, at);
        let chosen = match (&heirs[..], point) {
            ([], _) => break,
            ([only], _) => only.clone(),
            (several, Some(point)) => match inside(tree, several, point) {
                Some(heir) => heir,
                None => return Successor::NeedsPoint(heirs),
            },
            _ => return Successor::NeedsPoint(heirs),
        };
        match chosen {
            Heir::Unit(next) => at = next,
            outside @ Heir::Outside { .. } => return Successor::Whole(outside),
        }
    }
    if at == unit { Successor::Itself } else { Successor::Whole(Heir::Unit(at)) }
}

/// Who a unit passed to, each once. An heir written down by the state's code is the unit of this
/// tenant that bears it now, where there is one.
fn heirs(rows: &[Row], tree: &Tree, unit: UnitId) -> Vec<Heir> {
    let coded =
        |code: &str| tree.wards().find(|ward| ward.admin_code.as_deref() == Some(code)).map(|ward| ward.id);
    let heirs: BTreeSet<Heir> = rows
        .iter()
        .filter(|row| row.from == Some(unit))
        .map(|row| match row.to.or_else(|| row.to_code.as_deref().and_then(coded)) {
            Some(id) => Heir::Unit(id),
            None => {
                Heir::Outside { code: row.to_code.clone(), name: row.to_name.clone().unwrap_or_default() }
            }
        })
        .collect();
    heirs.into_iter().collect()
}

fn inside(tree: &Tree, heirs: &[Heir], point: (f64, f64)) -> Option<Heir> {
    let holds = |heir: &&Heir| match heir {
        Heir::Unit(id) => tree
            .get(*id)
            .and_then(|unit| unit.place.as_ref()?.boundary.as_ref())
            .is_some_and(|boundary| shape::contains(&shape::polygons(boundary), point)),
        Heir::Outside { .. } => false,
    };
    heirs.iter().find(holds).cloned()
}

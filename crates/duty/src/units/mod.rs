//! Units: who exists in the district, under whom. A unit stands in two lines at once: the
//! administrative one (who commands) and the professional one (who guides the trade), as a ward's
//! health station does. Names, codes and parents are dated (Resolution 1685/NQ-UBTVQH15 re-used
//! ward codes for other wards), so every question about the tree is asked for a day.

mod changes;
mod changes_sql;
mod geojson;
mod history;
mod import;
pub mod map;
mod model;
mod pack;
pub mod shape;
mod spec;
mod sql;
mod successions;
#[cfg(test)]
mod tests;
mod tree;
mod whom;

pub use changes::{add, close, dissolve, establish, move_to_parents_ward, relink, rename, succeed};
pub use changes_sql::{NewName, move_to_ward, successions_of};
pub use geojson::{Boundaries, Refused, Why, area_of, import_geojson};
pub use history::{DatedName, DatedParent, History, history, last_names};
pub use import::{COLUMNS, import};
pub use model::{Line, Place, Unit, UnitKind};
pub use pack::{PlaceSpec, SuccessionSpec, UnitSpec, in_order};
pub use spec::described;
pub use sql::{
    Facts, NewUnit, facts, insert, insert_succession, timezone, today, touch, units_on, zone_name,
};
pub use successions::{Heir, Row as Succession, Successor, follow, successor};
pub use tree::{Tree, known_tree, tree};
pub use whom::{UnitRef, Who, Whom};

//! Units: who exists in the district, under whom. A unit stands in two lines at once: the
//! administrative one (who commands) and the professional one (who guides the trade), as a ward's
//! health station does. Names, codes and parents are dated (Resolution 1685/NQ-UBTVQH15 re-used
//! ward codes for other wards), so every question about the tree is asked for a day.

mod model;
mod sql;
mod tree;
mod whom;

pub use model::{Line, Place, Unit, UnitKind};
pub use sql::{Facts, NewUnit, facts, insert, insert_succession, timezone, today, touch};
pub use tree::{Tree, tree};
pub use whom::{UnitRef, Who, Whom};

//! The words of lists.

use health::imports::{Kind, State};
use pages::Words;

pub fn state(w: Words, one: State) -> String {
    w.by_key(&format!("import-state-{}", one.as_str()))
}

pub fn kind(w: Words, one: Kind) -> String {
    w.by_key(&format!("import-kind-{}", one.as_str()))
}

/// What a column is called by its field; the whole row where it is none.
pub fn column(w: Words, field: &str) -> String {
    if field.is_empty() {
        w.import_whole_row()
    } else {
        w.by_key(&format!("import-column-{}", field.replace('_', "-")))
    }
}

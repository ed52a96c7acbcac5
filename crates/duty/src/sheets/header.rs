//! Finding the header row and what its columns mean.

use kernel::text::search_key;

use super::model::{ColumnMap, GridLine};

/// How many lines with text are searched for the header: letterhead and titles stand above it.
pub(super) const SEARCHED_LINES: usize = 30;

/// Where the header is and which of the asked columns each of its cells is.
pub(super) struct Header {
    /// Index into the lines.
    pub(super) at: usize,
    /// For each cell an index into `ColumnMap::columns`.
    pub(super) fields: Vec<Option<usize>>,
    /// How many columns were recognised.
    pub(super) score: usize,
}

/// The line in which most columns are recognised, the first of equals. A header of two lines with merged
/// cells is best understood in its lower line, which also holds the merged texts.
pub(super) fn find(lines: &[GridLine], map: &ColumnMap<'_>) -> Option<Header> {
    let names: Vec<Vec<String>> = map
        .columns
        .iter()
        .map(|column| column.names.iter().chain([&column.field]).map(|name| compact(name)).collect())
        .collect();
    let mut best: Option<Header> = None;
    for (at, line) in lines.iter().take(SEARCHED_LINES).enumerate() {
        let fields = recognised(&line.cells, map, &names);
        let score = fields.iter().flatten().count();
        if score > best.as_ref().map_or(0, |best| best.score) {
            best = Some(Header { at, fields, score });
        }
    }
    best
}

/// The line most like a header when no name fits: the one with the most texts, the first of equals.
pub(super) fn guess(lines: &[GridLine]) -> Option<&GridLine> {
    let filled = |line: &GridLine| line.cells.iter().filter(|cell| !cell.is_empty()).count();
    let mut best: Option<&GridLine> = None;
    for line in lines.iter().take(SEARCHED_LINES) {
        if best.is_none_or(|best| filled(line) > filled(best)) {
            best = Some(line);
        }
    }
    best
}

fn recognised(cells: &[String], map: &ColumnMap<'_>, names: &[Vec<String>]) -> Vec<Option<usize>> {
    let keys: Vec<(String, String)> = cells
        .iter()
        .map(|cell| (compact(cell), compact(cell.split(['(', '[', '\n']).next().unwrap_or_default())))
        .collect();
    let mut fields = vec![None; cells.len()];
    let mut given = vec![false; map.columns.len()];
    if let Some(overrides) = map.overrides {
        for (column, asked) in map.columns.iter().enumerate() {
            let Some(wanted) = overrides.0.get(asked.field).map(|text| compact(text)) else { continue };
            let free =
                keys.iter().zip(&fields).position(|((full, _), field)| *full == wanted && field.is_none());
            if let Some(cell) = free {
                fields[cell] = Some(column);
                given[column] = true;
            }
        }
    }
    // The whole text first, so that "Ngày (lấy mẫu)" and "Ngày (trả kết quả)" are told apart when both are
    // known; then the text before a bracket.
    for whole in [true, false] {
        for (cell, (full, short)) in keys.iter().enumerate() {
            let key = if whole { full } else { short };
            if fields[cell].is_some() || key.is_empty() {
                continue;
            }
            let fitting =
                names.iter().enumerate().position(|(column, names)| !given[column] && names.contains(key));
            if let Some(column) = fitting {
                fields[cell] = Some(column);
                given[column] = true;
            }
        }
    }
    fields
}

/// `Số điện thoại`, `SO_DIEN_THOAI` and `SoDienThoai` alike.
pub(super) fn compact(text: &str) -> String {
    search_key(text).replace(' ', "")
}

/// "(1) (2) (3)": the line of column numbers that administrative forms carry below the header.
pub(super) fn is_numbering(cells: &[String]) -> bool {
    let filled: Vec<String> =
        cells.iter().map(|cell| search_key(cell)).filter(|key| !key.is_empty()).collect();
    let numbers: Vec<u32> = filled.iter().filter_map(|key| key.parse().ok()).collect();
    filled.len() >= 3
        && numbers.len() == filled.len()
        && numbers[0] <= 1
        && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

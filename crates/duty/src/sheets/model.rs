//! What a table is asked for and what it gave.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Most rows below the header.
pub const MAX_ROWS: usize = 250_000;
pub const MAX_COLUMNS: usize = 200;
/// Longest text of a cell, in characters.
pub const MAX_CELL_CHARS: usize = 2_000;

/// A column the caller knows. `names` may carry accents and capitals or not: spelling, tone placement,
/// punctuation and spaces do not matter when a header is compared.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub field: &'static str,
    /// The column must be there, and each row must have a value in it.
    pub required: bool,
    pub names: &'static [&'static str],
}

/// What a person decided where the names did not fit: field → header text. Kept by the caller as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Overrides(pub BTreeMap<String, String>);

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct ColumnMap<'a> {
    pub columns: &'a [Column],
    pub overrides: Option<&'a Overrides>,
    /// Name of the worksheet; without it the first one that has such a header. Ignored for CSV.
    pub worksheet: Option<&'a str>,
}

impl<'a> ColumnMap<'a> {
    pub fn new(columns: &'a [Column]) -> Self {
        Self { columns, overrides: None, worksheet: None }
    }
}

/// What the header of a table says, before its rows or after them.
#[derive(Debug, Clone)]
pub struct Head {
    /// Name of the worksheet, empty for CSV.
    pub name: String,
    /// Line of the header as the person sees it, from 1.
    pub header_line: u32,
    /// All header texts in order, for the errors file.
    pub headers: Vec<String>,
    /// Field → header text as it was understood; what to remember as [`Overrides`] when a person agrees.
    pub mapping: BTreeMap<&'static str, String>,
    /// Header texts that belong to no known column.
    pub unknown_columns: Vec<String>,
    /// Required fields without a column.
    pub missing_columns: Vec<&'static str>,
    /// How many rows there may be, told without reading them; 0 where the file does not say.
    pub about: u32,
}

/// A table as it was read.
#[derive(Debug)]
pub struct Sheet {
    /// Name of the worksheet, empty for CSV.
    pub name: String,
    /// Line of the header as the person sees it, from 1.
    pub header_line: u32,
    /// All header texts in order, for the errors file.
    pub headers: Vec<String>,
    /// Field → header text as it was understood; what to remember as [`Overrides`] when a person agrees.
    pub mapping: BTreeMap<&'static str, String>,
    /// Every row with a value in a known column, broken ones too.
    pub rows: Vec<Row>,
    /// What is wrong with rows before the caller looks at their values.
    pub errors: Vec<RowError>,
    /// Lines below the header without a value in any known column: numbered but empty, signatures.
    pub skipped: Vec<u32>,
    /// Header texts that belong to no known column.
    pub unknown_columns: Vec<String>,
    /// Required fields without a column.
    pub missing_columns: Vec<&'static str>,
}

impl Sheet {
    /// Rows without an error from reading.
    pub fn sound_rows(&self) -> impl Iterator<Item = &Row> {
        let broken: BTreeSet<u32> = self.errors.iter().map(|error| error.line).collect();
        self.rows.iter().filter(move |row| !broken.contains(&row.line))
    }
}

/// One row. `Debug` shows the line only: cells are personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// As the person sees it in the sheet, from 1.
    pub line: u32,
    /// Field → tidied text; empty cells are not there.
    pub cells: BTreeMap<&'static str, String>,
    /// All cells as they stand under [`Sheet::headers`].
    pub raw: Vec<String>,
}

impl Row {
    /// The text of a field, empty when there is none.
    pub fn text(&self, field: &str) -> &str {
        self.cells.get(field).map_or("", String::as_str)
    }

    /// An error about one field of this row, with its value.
    pub fn error(&self, field: &'static str, key: &'static str) -> RowError {
        RowError { line: self.line, field, key, args: Vec::new(), value: self.text(field).to_owned() }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("line", &self.line).finish_non_exhaustive()
    }
}

/// What became of a list, or would.
#[derive(Debug)]
pub struct Taken {
    /// For giving the broken rows back.
    pub sheet: Sheet,
    /// Beside [`Sheet::errors`].
    pub errors: Vec<RowError>,
    pub added: usize,
    /// Known before, with something new.
    pub changed: usize,
    pub unchanged: usize,
}

/// Why a row cannot be used. `key` names a message, `args` its variables. `Debug` hides the value.
#[derive(Clone, PartialEq, Eq)]
pub struct RowError {
    pub line: u32,
    /// Empty when the row as a whole is meant.
    pub field: &'static str,
    pub key: &'static str,
    pub args: Vec<(&'static str, String)>,
    /// The text that was refused.
    pub value: String,
}

impl fmt::Debug for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowError")
            .field("line", &self.line)
            .field("field", &self.field)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Why a file cannot be read as a table. `key` names a message, `args` its variables, which `Display` and
/// `Debug` leave out: a file without a header shows its first person there.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}")]
pub struct SheetError {
    pub key: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl fmt::Debug for SheetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SheetError({})", self.key)
    }
}

impl SheetError {
    pub(super) fn new(key: &'static str) -> Self {
        Self { key, args: Vec::new() }
    }

    pub(super) fn with(key: &'static str, name: &'static str, value: impl ToString) -> Self {
        Self { key, args: vec![(name, value.to_string())] }
    }
}

/// Whether reading goes on.
pub(super) type Flow = Result<ControlFlow<()>, SheetError>;

/// One line of a worksheet or file, its cells as they stand.
pub(super) struct GridLine {
    pub(super) line: u32,
    pub(super) cells: Vec<String>,
    pub(super) damage: Vec<Damage>,
}

/// A cell that could be read only in part or not at all.
pub(super) struct Damage {
    pub(super) column: usize,
    pub(super) key: &'static str,
}

/// Puts cells together to lines and hands on each that is whole; lines without text are left out. So
/// no list has to be held whole.
pub(super) struct Lines<'a> {
    hand_on: &'a mut dyn FnMut(GridLine) -> Flow,
    open: Option<GridLine>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(hand_on: &'a mut dyn FnMut(GridLine) -> Flow) -> Self {
        Self { hand_on, open: None }
    }

    /// Adds one cell of a line that is the last or a later one; empty text is left out.
    pub(super) fn put(
        &mut self,
        line: u32,
        column: usize,
        text: String,
        damage: Option<&'static str>,
    ) -> Flow {
        if text.trim().is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if column >= MAX_COLUMNS {
            return Err(SheetError::with("error-sheet-columns", "limit", MAX_COLUMNS));
        }
        match self.open.as_ref().map(|open| open.line) {
            Some(open) if open == line => {}
            Some(open) if open > line => return Err(SheetError::new("error-sheet-damaged")),
            _ => {
                if self.end()?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                self.open = Some(GridLine { line, cells: Vec::new(), damage: Vec::new() });
            }
        }
        let cut = text.char_indices().nth(MAX_CELL_CHARS).map(|(end, _)| end);
        if let Some(open) = &mut self.open {
            let too_long = cut.map(|_| "error-cell-too-long");
            open.damage.extend(damage.into_iter().chain(too_long).map(|key| Damage { column, key }));
            if open.cells.len() <= column {
                open.cells.resize(column + 1, String::new());
            }
            open.cells[column] = match cut {
                Some(end) => text[..end].to_owned(),
                None => text,
            };
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hands the line in hand on: it is the last, or another one begins.
    pub(super) fn end(&mut self) -> Flow {
        match self.open.take() {
            Some(line) => (self.hand_on)(line),
            None => Ok(ControlFlow::Continue(())),
        }
    }
}

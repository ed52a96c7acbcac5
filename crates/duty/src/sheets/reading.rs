//! From the bytes of a file to a [`Sheet`].

use std::collections::{BTreeMap, BTreeSet};

use kernel::text::tidy;

use super::csv_text;
use super::header::{Header, compact, find, guess, is_numbering};
use super::model::{ColumnMap, Grid, MAX_BYTES, MAX_ROWS, Row, RowError, Sheet, SheetError};
use super::workbook;

/// Reads a CSV or XLSX file, told apart by content and not by name.
///
/// Errors: `error-sheet-empty`; `error-sheet-too-big` (`limit` in MB); `error-sheet-rows`,
/// `error-sheet-columns` (`limit`); `error-sheet-not-a-table` (a program, a picture, a document);
/// `error-sheet-old-excel` (.xls); `error-sheet-locked` (needs a password); `error-sheet-damaged`;
/// `error-sheet-unpacked` (a workbook that unpacks to far more than a table needs);
/// `error-sheet-encoding` (`line` where the text cannot be read); `error-sheet-worksheet` (`name`,
/// `worksheets`); `error-sheet-header` (`found`: what stands where a header should); `error-sheet-no-rows`.
pub fn read(bytes: &[u8], map: &ColumnMap<'_>) -> Result<Sheet, SheetError> {
    let mut nothing = SheetError::new("error-sheet-empty");
    for grid in grids(bytes, map)? {
        match find(&grid.lines, map) {
            Some(header) => return build(grid, header, map),
            None if nothing.key == "error-sheet-empty" => {
                if let Some(line) = guess(&grid.lines) {
                    nothing =
                        SheetError::with("error-sheet-header", "found", filled(&line.cells).join(" | "));
                }
            }
            None => {}
        }
    }
    Err(nothing)
}

/// The texts that look most like a header, for a person to map by hand when [`read`] found none.
///
/// Errors as for [`read`].
pub fn headers(bytes: &[u8], map: &ColumnMap<'_>) -> Result<Vec<String>, SheetError> {
    let grids = grids(bytes, map)?;
    let line = grids.iter().find_map(|grid| match find(&grid.lines, map) {
        Some(header) => grid.lines.get(header.at),
        None => guess(&grid.lines),
    });
    line.map(|line| filled(&line.cells)).ok_or(SheetError::new("error-sheet-empty"))
}

fn filled(cells: &[String]) -> Vec<String> {
    cells.iter().map(|cell| tidy(cell)).filter(|cell| !cell.is_empty()).collect()
}

/// The worksheets that may hold the table, in order.
fn grids(bytes: &[u8], map: &ColumnMap<'_>) -> Result<Vec<Grid>, SheetError> {
    if bytes.len() > MAX_BYTES {
        return Err(SheetError::with("error-sheet-too-big", "limit", MAX_BYTES / 1024 / 1024));
    }
    if bytes.is_empty() {
        return Err(SheetError::new("error-sheet-empty"));
    }
    match Kind::of(bytes) {
        Kind::Workbook => workbook::grids(bytes, map.worksheet),
        Kind::OldWorkbook => Err(SheetError::new("error-sheet-old-excel")),
        Kind::Locked => Err(SheetError::new("error-sheet-locked")),
        Kind::Other => Err(SheetError::new("error-sheet-not-a-table")),
        Kind::Text => Ok(vec![csv_text::grid(bytes, map)?]),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Workbook,
    OldWorkbook,
    Locked,
    Other,
    Text,
}

impl Kind {
    fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"PK\x03\x04") {
            return Self::Workbook;
        }
        if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
            // A workbook with a password is stored in the container that .xls uses, under this name.
            let sealed: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
            let locked = bytes.windows(sealed.len()).any(|window| window == sealed);
            return if locked { Self::Locked } else { Self::OldWorkbook };
        }
        let foreign: [&[u8]; 9] = [
            b"MZ\x90",
            b"\x7fELF",
            b"%PDF",
            b"\x89PNG",
            b"\xFF\xD8\xFF",
            b"GIF8",
            b"PK\x05\x06",
            b"Rar!",
            b"7z\xBC\xAF",
        ];
        if foreign.iter().any(|magic| bytes.starts_with(magic)) {
            return Self::Other;
        }
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).trim_start().to_lowercase();
        if ["<!doctype", "<html", "<?xml", "{\\rtf"].iter().any(|magic| start.starts_with(magic)) {
            return Self::Other;
        }
        Self::Text
    }
}

fn build(grid: Grid, header: Header, map: &ColumnMap<'_>) -> Result<Sheet, SheetError> {
    let Grid { name, lines, damage } = grid;
    let mut lines = lines.into_iter().skip(header.at);
    let Some(head) = lines.next() else { return Err(SheetError::new("error-sheet-no-rows")) };
    let width = head.cells.len();
    // The last column of an errors file that comes back is not the office's own.
    let kept = |cell: usize| {
        header.fields.get(cell).is_some_and(Option::is_some)
            || !head.cells.get(cell).is_some_and(|text| matches!(compact(text).as_str(), "loi" | "error"))
    };
    let texts: Vec<String> = head.cells.iter().map(|cell| tidy(cell)).collect();
    let mut mapping = BTreeMap::new();
    let mut unknown_columns = Vec::new();
    for (cell, text) in texts.iter().enumerate() {
        match header.fields[cell] {
            Some(column) => {
                mapping.insert(map.columns[column].field, text.clone());
            }
            None if !text.is_empty() && kept(cell) => unknown_columns.push(text.clone()),
            None => {}
        }
    }
    let missing_columns: Vec<&'static str> = map
        .columns
        .iter()
        .filter(|column| column.required && !mapping.contains_key(column.field))
        .map(|column| column.field)
        .collect();

    let head_keys: Vec<String> = head.cells.iter().map(|cell| compact(cell)).collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut errors = Vec::new();
    let mut skipped = Vec::new();
    for (place, line) in lines.enumerate() {
        let repeats_header = line.cells.len() <= width
            && line.cells.iter().zip(&head_keys).all(|(cell, key)| compact(cell) == *key)
            && line.cells.len() == head_keys.len();
        if repeats_header || (place == 0 && is_numbering(&line.cells)) {
            continue;
        }
        let mut cells = BTreeMap::new();
        for (cell, text) in line.cells.iter().enumerate() {
            let text = tidy(unquoted(text));
            if let Some(column) = header.fields.get(cell).copied().flatten()
                && !text.is_empty()
            {
                cells.insert(map.columns[column].field, text);
            }
        }
        if cells.is_empty() {
            skipped.push(line.line);
            continue;
        }
        for column in map.columns.iter().filter(|column| column.required) {
            if mapping.contains_key(column.field) && !cells.contains_key(column.field) {
                let (line, field) = (line.line, column.field);
                let (args, value) = (Vec::new(), String::new());
                errors.push(RowError { line, field, key: "error-cell-required", args, value });
            }
        }
        if rows.len() == MAX_ROWS {
            return Err(SheetError::with("error-sheet-rows", "limit", MAX_ROWS));
        }
        let raw = line.cells.into_iter().enumerate().filter(|(cell, _)| kept(*cell)).map(|(_, text)| text);
        rows.push(Row { line: line.line, cells, raw: raw.collect() });
    }
    if rows.is_empty() {
        return Err(SheetError::new("error-sheet-no-rows"));
    }

    let read_lines: BTreeSet<u32> = rows.iter().map(|row| row.line).collect();
    let damaged = damage.iter().filter(|damage| read_lines.contains(&damage.line)).map(|damage| {
        let column = header.fields.get(damage.column).copied().flatten();
        let field = column.map_or("", |column| map.columns[column].field);
        RowError { line: damage.line, field, key: damage.key, args: Vec::new(), value: String::new() }
    });
    // What the file did to a row is said before what the row lacks because of it.
    errors.splice(0..0, damaged);
    errors.sort_by_key(|error| error.line);
    let headers =
        texts.into_iter().enumerate().filter(|(cell, _)| kept(*cell)).map(|(_, text)| text).collect();
    Ok(Sheet {
        name,
        header_line: head.line,
        headers,
        mapping,
        rows,
        errors,
        skipped,
        unknown_columns,
        missing_columns,
    })
}

/// Takes off the mark that keeps a spreadsheet from running a text as a formula.
pub(super) fn unquoted(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula_like(rest) => rest,
        _ => text,
    }
}

/// Texts that a spreadsheet would calculate when it opens a CSV file.
pub(super) fn is_formula_like(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

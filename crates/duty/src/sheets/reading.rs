//! From the bytes of a file to a [`Sheet`], or to one row after the other.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use kernel::text::tidy;

use super::csv_text;
use super::header::{Header, SEARCHED_LINES, compact, find, guess, is_numbering};
use super::model::{ColumnMap, Flow, GridLine, Head, MAX_BYTES, MAX_ROWS, Row, RowError, Sheet, SheetError};
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
    let (mut rows, mut errors, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    let mut each = |told: Told| {
        match told {
            Told::Row(row, faults) => {
                rows.push(row);
                errors.extend(faults);
            }
            Told::Empty(line) => skipped.push(line),
        }
        ControlFlow::Continue(())
    };
    let head = run(bytes, map, &mut each)?.head()?;
    Ok(Sheet {
        name: head.name,
        header_line: head.header_line,
        headers: head.headers,
        mapping: head.mapping,
        rows,
        errors,
        skipped,
        unknown_columns: head.unknown_columns,
        missing_columns: head.missing_columns,
    })
}

/// Hands on one row after the other, each with what is wrong with it before anybody looks at its
/// values, so that a long list is never held whole; ends early where `each` says so. What has been
/// handed on when an error comes was whole.
///
/// Errors as for [`read`].
pub fn read_rows(
    bytes: &[u8],
    map: &ColumnMap<'_>,
    mut each: impl FnMut(Row, Vec<RowError>) -> ControlFlow<()>,
) -> Result<Head, SheetError> {
    let mut each = |told: Told| match told {
        Told::Row(row, faults) => each(row, faults),
        Told::Empty(_) => ControlFlow::Continue(()),
    };
    run(bytes, map, &mut each)?.head()
}

/// Reads as far as the first row: whether it is such a table at all, and what its columns are.
///
/// Errors as for [`read`], as far as they show by then.
pub fn look(bytes: &[u8], map: &ColumnMap<'_>) -> Result<Head, SheetError> {
    read_rows(bytes, map, |_, _| ControlFlow::Break(()))
}

/// The texts that look most like a header, for a person to map by hand when [`read`] found none.
///
/// Errors as for [`read`].
pub fn headers(bytes: &[u8], map: &ColumnMap<'_>) -> Result<Vec<String>, SheetError> {
    let mut each = |_: Told| ControlFlow::Break(());
    let reading = run(bytes, map, &mut each)?;
    let texts = match reading.table {
        Some(table) => Some(filled(&table.texts)),
        None => reading.guessed,
    };
    texts.ok_or(SheetError::new("error-sheet-empty"))
}

fn filled(cells: &[String]) -> Vec<String> {
    cells.iter().map(|cell| tidy(cell)).filter(|cell| !cell.is_empty()).collect()
}

fn run<'a>(
    bytes: &[u8],
    map: &'a ColumnMap<'a>,
    each: &'a mut dyn FnMut(Told) -> ControlFlow<()>,
) -> Result<Reading<'a>, SheetError> {
    if bytes.len() > MAX_BYTES {
        return Err(SheetError::with("error-sheet-too-big", "limit", MAX_BYTES / 1024 / 1024));
    }
    if bytes.is_empty() {
        return Err(SheetError::new("error-sheet-empty"));
    }
    let mut reading = Reading {
        map,
        each,
        name: String::new(),
        about: 0,
        first: Vec::new(),
        searched: false,
        guessed: None,
        table: None,
    };
    match Kind::of(bytes) {
        Kind::Workbook => workbook::read(bytes, map.worksheet, &mut reading)?,
        Kind::OldWorkbook => return Err(SheetError::new("error-sheet-old-excel")),
        Kind::Locked => return Err(SheetError::new("error-sheet-locked")),
        Kind::Other => return Err(SheetError::new("error-sheet-not-a-table")),
        Kind::Text => csv_text::read(bytes, map, &mut reading)?,
    }
    Ok(reading)
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

/// A line below the header.
enum Told {
    Row(Row, Vec<RowError>),
    /// Without a value in any known column: numbered but empty, signatures.
    Empty(u32),
}

/// Takes the lines of a worksheet or file: searches the header among the first of them, then hands on
/// what stands below it.
pub(super) struct Reading<'a> {
    map: &'a ColumnMap<'a>,
    each: &'a mut dyn FnMut(Told) -> ControlFlow<()>,
    name: String,
    about: u32,
    /// The first lines of the worksheet in hand, until its header is searched.
    first: Vec<GridLine>,
    searched: bool,
    /// What looks most like a header in the first worksheet that has none.
    guessed: Option<Vec<String>>,
    table: Option<Table>,
}

impl Reading<'_> {
    /// Another worksheet, of about so many rows.
    pub(super) fn begin(&mut self, name: &str, about: u32) {
        name.clone_into(&mut self.name);
        (self.about, self.searched) = (about, false);
        self.first.clear();
    }

    pub(super) fn line(&mut self, line: GridLine) -> Flow {
        if self.table.is_some() {
            return self.row(line);
        }
        self.first.push(line);
        if self.first.len() == SEARCHED_LINES { self.search() } else { Ok(ControlFlow::Continue(())) }
    }

    /// The worksheet has come to its end, or somebody has had enough of it.
    pub(super) fn end(&mut self) -> Result<(), SheetError> {
        if !self.searched {
            self.search().map(drop)?;
        }
        Ok(())
    }

    pub(super) fn has_table(&self) -> bool {
        self.table.is_some()
    }

    fn search(&mut self) -> Flow {
        self.searched = true;
        let mut lines = std::mem::take(&mut self.first);
        let Some(header) = find(&lines, self.map) else {
            if self.guessed.is_none() {
                self.guessed = guess(&lines).map(|line| filled(&line.cells));
            }
            return Ok(ControlFlow::Break(()));
        };
        let below = lines.split_off(header.at + 1);
        let Some(head) = lines.pop() else { return Err(SheetError::new("error-sheet-no-rows")) };
        self.table = Some(Table::of(&head, header, self.map));
        for line in below {
            if self.row(line)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn row(&mut self, line: GridLine) -> Flow {
        let Some(table) = &mut self.table else { return Ok(ControlFlow::Continue(())) };
        match table.told(line, self.map)? {
            Some(told) => Ok((self.each)(told)),
            None => Ok(ControlFlow::Continue(())),
        }
    }

    /// What the header said. Errors: that there was none, or nothing below it.
    fn head(self) -> Result<Head, SheetError> {
        let Some(table) = self.table else {
            return Err(match self.guessed {
                Some(found) => SheetError::with("error-sheet-header", "found", found.join(" | ")),
                None => SheetError::new("error-sheet-empty"),
            });
        };
        if table.rows == 0 {
            return Err(SheetError::new("error-sheet-no-rows"));
        }
        let missing = |field: &&'static str| !table.mapping.contains_key(field);
        let required = self.map.columns.iter().filter(|column| column.required);
        let missing_columns = required.map(|column| column.field).filter(missing).collect();
        let kept = |cell: &usize| table.kept.get(*cell).copied().unwrap_or(true);
        let headers =
            (0..table.texts.len()).filter(kept).filter_map(|cell| table.texts.get(cell).cloned()).collect();
        Ok(Head {
            name: self.name,
            header_line: table.line,
            headers,
            missing_columns,
            mapping: table.mapping,
            unknown_columns: table.unknown,
            about: self.about.saturating_sub(table.line),
        })
    }
}

/// A table whose header has been found.
struct Table {
    /// Line of the header.
    line: u32,
    texts: Vec<String>,
    keys: Vec<String>,
    /// For each cell an index into `ColumnMap::columns`.
    fields: Vec<Option<usize>>,
    /// For each cell whether it is the office's own: the last column of an errors file that comes back
    /// is not.
    kept: Vec<bool>,
    mapping: BTreeMap<&'static str, String>,
    unknown: Vec<String>,
    lines: usize,
    rows: usize,
}

impl Table {
    fn of(head: &GridLine, header: Header, map: &ColumnMap<'_>) -> Self {
        let fields = header.fields;
        let texts: Vec<String> = head.cells.iter().map(|cell| tidy(cell)).collect();
        let keys: Vec<String> = head.cells.iter().map(|cell| compact(cell)).collect();
        let ours = |key: &str| matches!(key, "loi" | "error");
        let kept: Vec<bool> =
            keys.iter().zip(&fields).map(|(key, field)| field.is_some() || !ours(key)).collect();
        let mut mapping = BTreeMap::new();
        let mut unknown = Vec::new();
        for ((text, field), kept) in texts.iter().zip(&fields).zip(&kept) {
            match field {
                Some(column) => {
                    mapping.insert(map.columns[*column].field, text.clone());
                }
                None if !text.is_empty() && *kept => unknown.push(text.clone()),
                None => {}
            }
        }
        Self { line: head.line, texts, keys, fields, kept, mapping, unknown, lines: 0, rows: 0 }
    }

    /// What a line below the header is; `None` for a repeated header and for numbers of columns.
    ///
    /// Errors: `error-sheet-rows`.
    fn told(&mut self, line: GridLine, map: &ColumnMap<'_>) -> Result<Option<Told>, SheetError> {
        self.lines += 1;
        let repeats_header = line.cells.len() == self.keys.len()
            && line.cells.iter().zip(&self.keys).all(|(cell, key)| compact(cell) == *key);
        if repeats_header || (self.lines == 1 && is_numbering(&line.cells)) {
            return Ok(None);
        }
        let too_many = || SheetError::with("error-sheet-rows", "limit", MAX_ROWS);
        // Lines without a value count too: nobody reads a million of them.
        if self.lines > MAX_ROWS + SEARCHED_LINES {
            return Err(too_many());
        }
        let mut cells = BTreeMap::new();
        for (text, field) in line.cells.iter().zip(&self.fields) {
            let text = tidy(unquoted(text));
            if let Some(column) = field
                && !text.is_empty()
            {
                cells.insert(map.columns[*column].field, text);
            }
        }
        if cells.is_empty() {
            return Ok(Some(Told::Empty(line.line)));
        }
        if self.rows == MAX_ROWS {
            return Err(too_many());
        }
        self.rows += 1;
        let fault = |field: &'static str, key: &'static str| RowError {
            line: line.line,
            field,
            key,
            args: Vec::new(),
            value: String::new(),
        };
        // What the file did to a row is said before what the row lacks because of it.
        let mut faults: Vec<RowError> = Vec::new();
        for damage in &line.damage {
            let column = self.fields.get(damage.column).copied().flatten();
            faults.push(fault(column.map_or("", |column| map.columns[column].field), damage.key));
        }
        for column in map.columns.iter().filter(|column| column.required) {
            if self.mapping.contains_key(column.field) && !cells.contains_key(column.field) {
                faults.push(fault(column.field, "error-cell-required"));
            }
        }
        let kept = |cell: usize| self.kept.get(cell).copied().unwrap_or(true);
        let number = line.line;
        let raw = line.cells.into_iter().enumerate().filter(|(cell, _)| kept(*cell)).map(|(_, text)| text);
        Ok(Some(Told::Row(Row { line: number, cells, raw: raw.collect() }, faults)))
    }
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

//! XLSX: worksheets as grids of text, read cell by cell so that a sheet with one cell far down costs
//! nothing.

use std::{
    io::{self, Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use kernel::dates::{from_serial, shown_date, shown_date_time};
use zip::ZipArchive;

use super::model::{GridLine, Lines, SheetError};
use super::reading::Reading;

/// Most bytes that the parts of a workbook may unpack to: three times what 250,000 honest rows need.
const MAX_UNPACKED: u64 = 384 * 1024 * 1024;
const MAX_PARTS: usize = 1_000;

/// Reads the named worksheet, or of all visible ones the first that has the header.
pub(super) fn read(
    bytes: &[u8],
    worksheet: Option<&str>,
    reading: &mut Reading<'_>,
) -> Result<(), SheetError> {
    check_package(bytes)?;
    // A part spoilt in an unforeseen way makes the library panic where a debug build looks after its sums.
    let all = AssertUnwindSafe(|| read_all(bytes, worksheet, reading));
    catch_unwind(all).unwrap_or_else(|_| Err(SheetError::new("error-sheet-damaged")))
}

fn read_all(bytes: &[u8], worksheet: Option<&str>, reading: &mut Reading<'_>) -> Result<(), SheetError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut wanted: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    if let Some(name) = worksheet {
        let Some(found) = wanted.iter().find(|known| known.trim() == name.trim()).cloned() else {
            let args = vec![("name", name.to_owned()), ("worksheets", wanted.join(", "))];
            return Err(SheetError { key: "error-sheet-worksheet", args });
        };
        wanted = vec![found];
    }
    for name in &wanted {
        lines(&mut workbook, name, reading)?;
        reading.end()?;
        if reading.has_table() {
            break;
        }
    }
    Ok(())
}

/// Unpacks every part into nothing, counting: the sizes a package declares are not to be believed.
fn check_package(bytes: &[u8]) -> Result<(), SheetError> {
    let damaged = || SheetError::new("error-sheet-damaged");
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if package.len() > MAX_PARTS {
        return Err(damaged());
    }
    if package.index_for_name("xl/workbook.xml").is_none() {
        return Err(SheetError::new("error-sheet-not-a-table"));
    }
    let mut left = MAX_UNPACKED;
    for part in 0..package.len() {
        let part = package.by_index(part).map_err(|_| damaged())?;
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|_| damaged())?;
        left = left.checked_sub(unpacked).ok_or_else(|| SheetError::new("error-sheet-unpacked"))?;
    }
    Ok(())
}

fn damaged(error: &XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::new("error-sheet-locked"),
        _ => SheetError::new("error-sheet-damaged"),
    }
}

fn lines(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    reading: &mut Reading<'_>,
) -> Result<(), SheetError> {
    let epoch_1904 = workbook.has_1904_epoch();
    let merged = workbook.merge_cells_by_sheet_name(name).map_err(|error| damaged(&error))?;
    let mut merged = Merged::new(merged);
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| damaged(&error))?;
    reading.begin(name, cells.dimensions().end.0.saturating_add(1));
    let mut hand_on = |mut line: GridLine| {
        merged.spread(&mut line);
        reading.line(line)
    };
    let mut lines = Lines::new(&mut hand_on);
    while let Some(cell) = cells.next_cell().map_err(|error| damaged(&error))? {
        let (row, column) = cell.get_position();
        let damage = matches!(cell.get_value(), DataRef::Error(_)).then_some("error-cell-formula");
        let text = shown(cell.get_value(), epoch_1904);
        if lines.put(row.saturating_add(1), column as usize, text, damage)?.is_break() {
            return Ok(());
        }
    }
    lines.end().map(drop)
}

/// A text merged over several rows holds for each of them; over several columns it is a title and stays
/// where it is.
struct Merged {
    /// Regions over several rows, the highest last.
    waiting: Vec<Dimensions>,
    /// Those that reach the line in hand: last row, column, text.
    open: Vec<(u32, usize, String)>,
}

impl Merged {
    fn new(mut regions: Vec<Dimensions>) -> Self {
        regions.retain(|region| region.end.0 > region.start.0);
        regions.sort_unstable_by_key(|region| std::cmp::Reverse(region.start));
        Self { waiting: regions, open: Vec::new() }
    }

    fn spread(&mut self, line: &mut GridLine) {
        let row = line.line - 1;
        self.open.retain(|(last, _, _)| *last >= row);
        for (_, column, text) in &self.open {
            if line.cells.len() <= *column {
                line.cells.resize(column + 1, String::new());
            }
            if line.cells[*column].is_empty() {
                line.cells[*column].clone_from(text);
            }
        }
        while let Some(region) = self.waiting.pop_if(|region| region.start.0 <= row) {
            let column = region.start.1 as usize;
            let text = line.cells.get(column).filter(|text| region.start.0 == row && !text.is_empty());
            if let Some(text) = text {
                self.open.push((region.end.0, column, text.clone()));
            }
        }
    }
}

/// A cell as the person would type it.
fn shown(value: &DataRef<'_>, epoch_1904: bool) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        // `Display` of a float is the shortest text that reads back: 903123456, not 903123456.0.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(true) => "1".to_owned(),
        DataRef::Bool(false) => "0".to_owned(),
        DataRef::DateTime(moment) => shown_moment(moment, epoch_1904),
        DataRef::Error(error) => error.to_string(),
    }
}

fn shown_moment(moment: &ExcelDateTime, epoch_1904: bool) -> String {
    let serial = moment.as_f64();
    if (moment.is_duration() || (0.0..1.0).contains(&serial)) && (0.0..10_000.0).contains(&serial) {
        let minutes = (serial * 1_440.0).round() as u32;
        return format!("{:02}:{:02}", minutes / 60, minutes % 60);
    }
    match from_serial(serial, epoch_1904) {
        Some(moment) if moment.time() == jiff::civil::Time::midnight() => shown_date(moment.date()),
        Some(moment) => shown_date_time(moment),
        None => serial.to_string(),
    }
}

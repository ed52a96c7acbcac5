//! XLSX: worksheets as grids of text, read cell by cell so that a sheet with one cell far down costs
//! nothing.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use kernel::dates::{from_serial, shown_date, shown_date_time};
use zip::ZipArchive;

use super::model::{Damage, Grid, SheetError};

/// Most bytes that the parts of a workbook may unpack to: ten times what 50,000 honest rows need.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;
const MAX_PARTS: usize = 1_000;

/// Grids of the named worksheet, or of all visible ones with text.
pub(super) fn grids(bytes: &[u8], worksheet: Option<&str>) -> Result<Vec<Grid>, SheetError> {
    check_package(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let visible: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    if let Some(name) = worksheet {
        let Some(found) = visible.iter().find(|known| known.trim() == name.trim()) else {
            let args = vec![("name", name.to_owned()), ("worksheets", visible.join(", "))];
            return Err(SheetError { key: "error-sheet-worksheet", args });
        };
        return Ok(vec![grid(&mut workbook, found)?]);
    }
    let mut grids = Vec::new();
    for name in &visible {
        let grid = grid(&mut workbook, name)?;
        if !grid.lines.is_empty() {
            grids.push(grid);
        }
    }
    Ok(grids)
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

fn grid(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Grid, SheetError> {
    let epoch_1904 = workbook.has_1904_epoch();
    let merged = workbook.merge_cells_by_sheet_name(name).map_err(|error| damaged(&error))?;
    let mut grid = Grid { name: name.to_owned(), ..Grid::default() };
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| damaged(&error))?;
    while let Some(cell) = cells.next_cell().map_err(|error| damaged(&error))? {
        let (row, column) = cell.get_position();
        let (line, column) = (row.saturating_add(1), column as usize);
        if let DataRef::Error(_) = cell.get_value() {
            grid.damage.push(Damage { line, column, key: "error-cell-formula" });
        }
        grid.put(line, column, shown(cell.get_value(), epoch_1904))?;
    }
    spread(&mut grid, &merged);
    Ok(grid)
}

/// A text merged over several rows holds for each of them; over several columns it is a title and stays
/// where it is.
fn spread(grid: &mut Grid, merged: &[Dimensions]) {
    for region in merged {
        let (first, last, column) = (region.start.0, region.end.0, region.start.1 as usize);
        let from = grid.lines.partition_point(|line| line.line <= first);
        let Some(source) = grid.lines.get(from).filter(|line| line.line == first + 1) else { continue };
        let Some(text) = source.cells.get(column).filter(|text| !text.is_empty()).cloned() else { continue };
        for line in grid.lines[from + 1..].iter_mut().take_while(|line| line.line <= last.saturating_add(1)) {
            if line.cells.len() <= column {
                line.cells.resize(column + 1, String::new());
            }
            if line.cells[column].is_empty() {
                line.cells[column].clone_from(&text);
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

//! The broken rows given back, with the reason beside them.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::model::{MAX_COLUMNS, Row, RowError, Sheet, SheetError};
use super::reading::{is_formula_like, unquoted};

/// The same rows twice: for a spreadsheet, and as UTF-8 CSV with commas and a byte order mark.
pub struct ErrorsFile {
    pub xlsx: Vec<u8>,
    pub csv: Vec<u8>,
}

/// Repeats each row that `sheet.errors` or `errors` name, with all its columns and a last one that says
/// what is wrong, so that an office can correct and import just these.
///
/// `heading` is the name of that column, "Lỗi" or "Error", which the reader leaves out again. `say` puts an
/// error into words. `made` is the time the file is stamped with. An error about a line that is not in the
/// sheet is left out. Texts that a spreadsheet would run as a formula get a `'` in the CSV file, which
/// the reader takes off.
///
/// Errors: `error-sheet-write`.
pub fn errors_file(
    sheet: &Sheet,
    errors: &[RowError],
    heading: &str,
    say: impl Fn(&RowError) -> String,
    made: DateTime,
) -> Result<ErrorsFile, SheetError> {
    let mut said: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for error in sheet.errors.iter().chain(errors) {
        let words = said.entry(error.line).or_default();
        let word = say(error);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let width = sheet.rows.iter().map(|row| row.raw.len()).chain([sheet.headers.len()]).max().unwrap_or(0);
    // The column of reasons must fit into what the reader takes.
    let width = width.min(MAX_COLUMNS - 1);
    let mut table: Vec<Vec<String>> = vec![with_last(&sheet.headers, width, heading)];
    for (row, words) in sheet.rows.iter().filter_map(|row: &Row| Some((row, said.get(&row.line)?))) {
        let cells: Vec<String> = row.raw.iter().map(|cell| unquoted(cell).to_owned()).collect();
        table.push(with_last(&cells, width, &words.join("; ")));
    }
    let failed = || SheetError::new("error-sheet-write");
    Ok(ErrorsFile { xlsx: xlsx(&table, made).map_err(|_| failed())?, csv: csv(&table).ok_or_else(failed)? })
}

fn with_last(cells: &[String], width: usize, last: &str) -> Vec<String> {
    let mut row: Vec<String> = cells.iter().take(width).cloned().collect();
    row.resize(width, String::new());
    row.push(last.to_owned());
    row
}

/// A table as a CSV file that spreadsheets open as it is: UTF-8 with a byte order mark, commas, CRLF; a
/// text that a spreadsheet would run as a formula gets a `'`. `None` when the rows differ in length.
pub fn csv(table: &[Vec<String>]) -> Option<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    for row in table {
        writer.write_record(row.iter().map(|cell| harmless(cell))).ok()?;
    }
    writer.into_inner().ok()
}

fn harmless(cell: &str) -> String {
    if is_formula_like(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn xlsx(table: &[Vec<String>], made: DateTime) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let stamp = ExcelDateTime::from_ymd(made.year() as u16, made.month() as u8, made.day() as u8)?.and_hms(
        made.hour() as u16,
        made.minute() as u8,
        f64::from(made.second()),
    )?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&stamp));
    // Cells are text, so that a corrected 0903… keeps its zero.
    let text = Format::new().set_num_format("@");
    let head = Format::new().set_bold().set_num_format("@").set_text_wrap();
    let wrong = Format::new().set_num_format("@").set_text_wrap().set_font_color(Color::RGB(0x00B0_0020));
    let worksheet = workbook.add_worksheet();
    worksheet.set_freeze_panes(1, 0)?;
    for (row, cells) in table.iter().enumerate() {
        let last = cells.len() - 1;
        for (column, cell) in cells.iter().enumerate() {
            let format = match (row, column == last) {
                (0, _) => &head,
                (_, true) => &wrong,
                (_, false) => &text,
            };
            worksheet.write_string_with_format(row as u32, column as u16, cell, format)?;
        }
    }
    if let Some(last) = table.first().map(|head| head.len() - 1) {
        worksheet.set_column_width(last as u16, 60)?;
    }
    workbook.save_to_buffer()
}

//! Tables that people really keep: lists of results, residents, staff and rosters, as CSV or XLSX.
//!
//! A table is read whatever its encoding, separator, title lines, merged cells and column order are; the
//! header row is found by the names of the columns the caller asks for, and a mapping that a person chose
//! once can be kept and handed in again. A list too long to be held whole is read row by row. A file that
//! is no table is refused with one [`SheetError`]; a row that cannot be used is a [`RowError`], never a
//! reason to refuse the good rows. [`errors_file`] gives the broken rows back with the reason beside them,
//! to be corrected and imported again.

mod csv_text;
mod errors_file;
mod header;
mod model;
mod reading;
mod workbook;

#[cfg(test)]
mod tests;

pub use errors_file::{ErrorsFile, csv, errors_file};
pub use model::{
    Column, ColumnMap, Head, MAX_BYTES, MAX_CELL_CHARS, MAX_COLUMNS, MAX_ROWS, Overrides, Row, RowError,
    Sheet, SheetError, Taken,
};
pub use reading::{headers, look, read, read_rows};

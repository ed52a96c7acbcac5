//! A month's table that a unit hands in: looked at first, then taken over as a plan for its days,
//! and undone as one.

use super::{
    access, desk, lay_out,
    plans::{Plan, SheetShift, StoredPlan},
    sheet::{RowFault, RowProblem, SheetColumn, read_sheet},
    sql,
};
use crate::{
    sheets::{self, Column, ColumnMap, Overrides, RowError, Sheet},
    units,
};
use jiff::civil::Date;
use kernel::{Error, Result, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// The columns of a roster table.
pub const COLUMNS: &[Column] = &[
    column("date", &["ngày", "ngày trực", "date"]),
    column("shift", &["ca trực", "ca", "tên ca", "shift"]),
    column("start", &["từ", "từ giờ", "bắt đầu", "giờ bắt đầu", "start", "from"]),
    column("end", &["đến", "đến giờ", "kết thúc", "giờ kết thúc", "end", "to"]),
    column("post", &["vị trí", "vai trò", "post"]),
    column("code", &["mã cán bộ", "mã số", "mã", "code", "staff code"]),
    column("staff", &["họ và tên", "họ tên", "cán bộ", "cán bộ trực", "người trực", "name", "staff"]),
    column("phone", &["điện thoại", "số điện thoại", "sđt", "đt", "phone"]),
];

const fn column(field: &'static str, names: &'static [&'static str]) -> Column {
    Column { field, required: false, names }
}

/// What a table says, and what became of it.
#[derive(Debug)]
pub struct Import {
    /// For giving the broken rows back.
    pub sheet: Sheet,
    pub shifts: Vec<SheetShift>,
    /// Rows left out.
    pub faults: Vec<RowError>,
    /// Rows taken over that somebody should look at.
    pub remarks: Vec<RowError>,
    /// First and last day of the table; `None` without a good row.
    pub days: Option<(Date, Date)>,
    /// The plan it became; `None` for a trial run.
    pub plan: Option<Uuid>,
}

/// Reads a unit's table, CSV or XLSX. With `apply` its good rows become the unit's duty on the days
/// from its first to its last, in place of patterns and rotations; shifts that have begun stay.
/// Errors of the file as a whole are `Invalid` at `file`.
pub async fn import(
    cx: &mut Cx,
    unit: UnitId,
    file: &[u8],
    overrides: Option<&Overrides>,
    apply: bool,
) -> Result<Import> {
    access::manage(cx, unit).await?;
    let map = ColumnMap { columns: COLUMNS, overrides, worksheet: None };
    let sheet = sheets::read(file, &map).map_err(|error| Error::invalid("file", error.key))?;
    let tz = units::timezone(cx).await?;
    let people = desk::people(cx, unit, &[]).await?;
    let bands = sql::bands(&sql::plans(cx, unit).await?);
    // The columns in the order of [`COLUMNS`] under headings that the reader of rosters knows.
    let mut table = vec![COLUMNS.iter().map(|column| column.names[0].to_owned()).collect::<Vec<_>>()];
    table.extend(sheet.rows.iter().map(|row| COLUMNS.iter().map(|c| row.text(c.field).to_owned()).collect()));
    let reading = read_sheet(&table, unit, &people, &bands, &tz);
    let faults: Vec<RowError> = reading.faults.iter().map(|fault| row_error(&sheet, fault)).collect();
    let remarks = reading.remarks.iter().map(|fault| row_error(&sheet, fault)).collect();
    let dates = || reading.proposed.iter().map(|s| tz.to_datetime(s.period.start()).date());
    let days = dates().min().zip(dates().max());
    let shifts: Vec<SheetShift> = reading
        .proposed
        .into_iter()
        .map(|s| SheetShift { post: s.post, name: s.name, period: s.period, staff: s.staff })
        .collect();
    let mut import = Import { sheet, shifts, faults, remarks, days, plan: None };
    if apply {
        import.plan = Some(take_over(cx, unit, &import).await?);
    }
    Ok(import)
}

async fn take_over(cx: &mut Cx, unit: UnitId, import: &Import) -> Result<Uuid> {
    let (first, last) = import.days.ok_or(Error::invalid("file", "error-sheet-no-rows"))?;
    let end = last.tomorrow().map_err(|_| Error::invalid("file", "error-date-none"))?;
    if end <= units::today(cx).await? {
        return Err(Error::invalid("file", "error-roster-past"));
    }
    sql::lock(cx, unit).await?;
    let plan = Plan::Sheet(import.shifts.clone());
    let stored = StoredPlan { id: cx.id(), valid_from: first, valid_to: Some(end), plan };
    sql::insert_plan(cx, unit, &stored).await?;
    cx.record(Event::new("roster.imported", unit).unit(unit).data(json!({
        "plan": stored.id, "from": first, "to": last, "shifts": import.shifts.len(), "refused": import.faults.len(),
    })));
    lay_out(cx, unit).await?;
    Ok(stored.id)
}

/// Takes a table back: its shifts that have not begun go, the plans it stood in place of return.
pub async fn undo_import(cx: &mut Cx, plan: Uuid) -> Result<()> {
    let unit = sql::plan_unit(cx, plan).await?;
    access::manage(cx, unit).await?;
    if sql::undo_sheet(cx, plan).await?.is_none() {
        return Err(Error::Conflict("error-roster-decided"));
    }
    cx.record(Event::new("roster.import_undone", unit).unit(unit).data(json!({ "plan": plan })));
    lay_out(cx, unit).await
}

/// A fault of the table as the error of the line that people see.
fn row_error(sheet: &Sheet, fault: &RowFault) -> RowError {
    // Row 1 is the heading, row 2 the first row under it.
    let row = fault.row.checked_sub(2).and_then(|index| sheet.rows.get(index));
    let line = |row: usize| {
        row.checked_sub(2).and_then(|index| sheet.rows.get(index)).map_or(sheet.header_line, |row| row.line)
    };
    let field = match fault.column {
        SheetColumn::Date => "date",
        SheetColumn::Shift => "shift",
        SheetColumn::Start => "start",
        SheetColumn::End => "end",
        SheetColumn::Post => "post",
        SheetColumn::Code => "code",
        SheetColumn::Staff => "staff",
        SheetColumn::Phone => "phone",
    };
    let mut args = Vec::new();
    let key = match &fault.problem {
        RowProblem::NoColumn => "error-roster-no-column",
        RowProblem::BadDate(_) => "error-date-format",
        RowProblem::BadTime(_) => "error-time-format",
        RowProblem::NoHours => "error-roster-no-hours",
        RowProblem::BadPost(_) => "error-roster-post",
        RowProblem::UnknownStaff(_) => "error-roster-unknown-staff",
        RowProblem::AmbiguousStaff(_) => "error-roster-ambiguous-staff",
        RowProblem::Repeated(first) => {
            args.push(("line", line(*first).to_string()));
            "error-roster-repeated"
        }
        RowProblem::OtherPhone => "remark-roster-other-phone",
        RowProblem::NobodyNamed => "remark-roster-nobody",
    };
    let value = row.map_or_else(String::new, |row| row.text(field).to_owned());
    RowError { line: line(fault.row), field, key, args, value }
}

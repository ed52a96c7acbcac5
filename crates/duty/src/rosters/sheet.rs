//! The roster table a unit hands in and takes home. Good rows become proposed shifts, bad rows are
//! named one by one, and nothing is stored here: a person looks at the proposal first.

use super::{
    cells::{plain, read_date, read_time, spoken, subscriber},
    model::{Band, Period, Post, Shift, daily_slices},
};
use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use kernel::ids::{ShiftId, StaffId, UnitId};
use std::collections::HashMap;

/// A member of staff as a table names him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: StaffId,
    /// The unit's own code for him, if it uses codes.
    pub code: Option<String>,
    pub name: String,
    pub phone: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SheetColumn {
    Date,
    Shift,
    Start,
    End,
    Post,
    Code,
    Staff,
    Phone,
}

impl SheetColumn {
    const ALL: [Self; 8] =
        [Self::Date, Self::Shift, Self::Start, Self::End, Self::Post, Self::Code, Self::Staff, Self::Phone];

    /// The heading we write, first, and the others that we understand, all without marks.
    const fn headings(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Date => ("Ngày", &["ngay", "ngay truc", "date"]),
            Self::Shift => ("Ca trực", &["ca truc", "ca", "ten ca", "shift"]),
            Self::Start => ("Từ", &["tu", "tu gio", "bat dau", "gio bat dau", "start", "from"]),
            Self::End => ("Đến", &["den", "den gio", "ket thuc", "gio ket thuc", "end", "to"]),
            Self::Post => ("Vị trí", &["vi tri", "vai tro", "post"]),
            Self::Code => ("Mã cán bộ", &["ma can bo", "ma so", "ma", "code", "staff code"]),
            Self::Staff => (
                "Họ và tên",
                &["ho va ten", "ho ten", "can bo", "can bo truc", "nguoi truc", "name", "staff"],
            ),
            Self::Phone => ("Điện thoại", &["dien thoai", "so dien thoai", "sdt", "dt", "phone"]),
        }
    }

    fn named(heading: &str) -> Option<Self> {
        let heading = plain(heading);
        Self::ALL.into_iter().find(|column| column.headings().1.contains(&heading.as_str()))
    }
}

/// A row that would become a shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedShift {
    /// The row of the table as a person counts it, from 1.
    pub row: usize,
    pub unit: UnitId,
    pub post: Post,
    pub name: String,
    pub period: Period,
    pub staff: Option<StaffId>,
}

impl ProposedShift {
    pub fn into_shift(self, id: ShiftId) -> Shift {
        Shift::planned(id, self.unit, self.post, &self.name, self.period, self.staff)
    }
}

/// What is wrong with one row, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    pub row: usize,
    pub column: SheetColumn,
    pub problem: RowProblem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    #[error("the table has no such column")]
    NoColumn,
    #[error("{0:?} is not a date")]
    BadDate(String),
    #[error("{0:?} is not a time of day")]
    BadTime(String),
    #[error("no hours, and no shift of this name has known hours")]
    NoHours,
    #[error("{0:?} is not a post")]
    BadPost(String),
    #[error("nobody of this unit is called {0:?}")]
    UnknownStaff(String),
    #[error("{0:?} is the name of several people; give a code or a telephone number")]
    AmbiguousStaff(String),
    #[error("row {0} already gives this post at this hour")]
    Repeated(usize),
    /// A remark: the shift is proposed all the same.
    #[error("the telephone number differs from the one on record")]
    OtherPhone,
    /// A remark: an open place, which will show as a gap.
    #[error("nobody is named")]
    NobodyNamed,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetReading {
    pub proposed: Vec<ProposedShift>,
    /// Rows left out, and why.
    pub faults: Vec<RowFault>,
    /// Rows taken in that somebody should look at.
    pub remarks: Vec<RowFault>,
}

/// Reads a table of text cells. Its heading row is the first that names a date and a person, so
/// titles above it do no harm; an empty date cell repeats the date above it, as merged cells come
/// out; hours may be left out where `bands` knows the shift by name.
pub fn read_sheet(
    table: &[Vec<String>],
    unit: UnitId,
    people: &[Person],
    bands: &[Band],
    tz: &TimeZone,
) -> SheetReading {
    let mut reading = SheetReading::default();
    let Some((heading, columns)) = table.iter().enumerate().find_map(|(row, cells)| {
        let columns = columns(cells);
        let names_people =
            columns.contains_key(&SheetColumn::Staff) || columns.contains_key(&SheetColumn::Code);
        (names_people && columns.contains_key(&SheetColumn::Date)).then_some((row, columns))
    }) else {
        for column in [SheetColumn::Date, SheetColumn::Staff] {
            reading.faults.push(RowFault { row: 1, column, problem: RowProblem::NoColumn });
        }
        return reading;
    };
    let sheet = Sheet { columns, unit, people, bands, tz };
    let mut date = None;
    let mut taken: HashMap<(Period, Post), usize> = HashMap::new();
    for (index, cells) in table.iter().enumerate().skip(heading + 1) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let row = index + 1;
        match sheet.row(cells, &mut date) {
            Err((column, problem)) => reading.faults.push(RowFault { row, column, problem }),
            Ok((shift, remark)) => {
                let proposed = ProposedShift { row, ..shift };
                let first = *taken.entry((proposed.period, proposed.post)).or_insert(row);
                if first != row {
                    let problem = RowProblem::Repeated(first);
                    reading.faults.push(RowFault { row, column: SheetColumn::Date, problem });
                    continue;
                }
                reading.remarks.extend(remark.map(|(column, problem)| RowFault { row, column, problem }));
                reading.proposed.push(proposed);
            }
        }
    }
    reading
}

fn columns(cells: &[String]) -> HashMap<SheetColumn, usize> {
    let mut columns = HashMap::new();
    for (index, cell) in cells.iter().enumerate() {
        if let Some(column) = SheetColumn::named(cell) {
            columns.entry(column).or_insert(index);
        }
    }
    columns
}

type Cell = (SheetColumn, RowProblem);

struct Sheet<'a> {
    columns: HashMap<SheetColumn, usize>,
    unit: UnitId,
    people: &'a [Person],
    bands: &'a [Band],
    tz: &'a TimeZone,
}

impl Sheet<'_> {
    fn cell<'c>(&self, cells: &'c [String], column: SheetColumn) -> &'c str {
        self.columns.get(&column).and_then(|&i| cells.get(i)).map_or("", |cell| cell.trim())
    }

    fn row(&self, cells: &[String], date: &mut Option<Date>) -> Result<(ProposedShift, Option<Cell>), Cell> {
        let text = self.cell(cells, SheetColumn::Date);
        let bad_date = || (SheetColumn::Date, RowProblem::BadDate(text.to_owned()));
        if !text.is_empty() {
            // A date that cannot be read must not let the rows below it slip to the day before.
            *date = read_date(text);
        }
        let on = date.ok_or_else(bad_date)?;
        let band = self.band(cells)?;
        let post = self.post(cells)?;
        let period = band.on(on, self.tz).ok_or_else(bad_date)?;
        let (staff, remark) = self.staff(cells)?;
        let shift = ProposedShift { row: 0, unit: self.unit, post, name: band.name, period, staff };
        Ok((shift, remark))
    }

    fn band(&self, cells: &[String]) -> Result<Band, Cell> {
        let name = self.cell(cells, SheetColumn::Shift);
        let known = self.bands.iter().find(|band| plain(&band.name) == plain(name));
        let time = |column: SheetColumn, fallback: Option<Time>| {
            let text = self.cell(cells, column);
            if text.is_empty() {
                return fallback.ok_or((column, RowProblem::NoHours));
            }
            read_time(text).ok_or_else(|| (column, RowProblem::BadTime(text.to_owned())))
        };
        let start = time(SheetColumn::Start, known.map(|band| band.start))?;
        let end = time(SheetColumn::End, known.map(|band| band.end))?;
        let name = known.map_or_else(|| name.to_owned(), |band| band.name.clone());
        Ok(Band { name, start, end })
    }

    fn post(&self, cells: &[String]) -> Result<Post, Cell> {
        let text = self.cell(cells, SheetColumn::Post);
        let bad = || (SheetColumn::Post, RowProblem::BadPost(text.to_owned()));
        let words = plain(text);
        let (kind, order) =
            words.find(|c: char| c.is_ascii_digit()).map_or((words.as_str(), ""), |at| words.split_at(at));
        match (kind.trim(), order) {
            ("" | "chinh" | "truc chinh" | "primary", "") => Ok(Post::Primary),
            ("du phong" | "truc du phong" | "phu" | "truc phu" | "backup", "") => Ok(Post::Backup(1)),
            ("du phong" | "truc du phong" | "phu" | "truc phu" | "backup", order) => {
                order.parse().ok().filter(|order| *order > 0).map(Post::Backup).ok_or_else(bad)
            }
            _ => Err(bad()),
        }
    }

    fn staff(&self, cells: &[String]) -> Result<(Option<StaffId>, Option<Cell>), Cell> {
        let code = self.cell(cells, SheetColumn::Code);
        let name = self.cell(cells, SheetColumn::Staff);
        let phone = subscriber(self.cell(cells, SheetColumn::Phone));
        if code.is_empty() && name.is_empty() {
            return Ok((None, Some((SheetColumn::Staff, RowProblem::NobodyNamed))));
        }
        let person = if code.is_empty() {
            // A unit that uses codes writes them in the name column too.
            self.coded(name).map_or_else(|| self.called(name, phone.as_deref()), Ok)?
        } else {
            self.coded(code).ok_or_else(|| (SheetColumn::Code, RowProblem::UnknownStaff(code.to_owned())))?
        };
        let on_record = person.phone.as_deref().and_then(subscriber);
        let differs = phone.is_some() && on_record.is_some() && phone != on_record;
        Ok((Some(person.id), differs.then_some((SheetColumn::Phone, RowProblem::OtherPhone))))
    }

    fn coded(&self, code: &str) -> Option<&Person> {
        let same = |known: &String| known.to_lowercase() == code.to_lowercase();
        self.people.iter().find(|p| p.code.as_ref().is_some_and(same))
    }

    fn called(&self, name: &str, phone: Option<&str>) -> Result<&Person, Cell> {
        // Typed without any mark, a name may stand for the marked one; typed with marks, it may not.
        let unmarked = name.is_ascii();
        let same = |p: &&Person| {
            if unmarked { plain(&p.name) == plain(name) } else { spoken(&p.name) == spoken(name) }
        };
        let called: Vec<&Person> = self.people.iter().filter(same).collect();
        let reached = |p: &&&Person| p.phone.as_deref().and_then(subscriber).as_deref() == phone;
        match called[..] {
            [] => Err((SheetColumn::Staff, RowProblem::UnknownStaff(name.to_owned()))),
            [person] => Ok(person),
            _ => {
                let mut matching = called.iter().filter(reached).filter(|_| phone.is_some());
                match (matching.next(), matching.next()) {
                    (Some(person), None) => Ok(person),
                    _ => Err((SheetColumn::Staff, RowProblem::AmbiguousStaff(name.to_owned()))),
                }
            }
        }
    }
}

/// The same table out: a heading row, then one row for each shift and day, in order of start.
pub fn write_sheet(shifts: &[Shift], people: &[Person], tz: &TimeZone) -> Vec<Vec<String>> {
    let mut rows: Vec<(Period, Post, Vec<String>)> = Vec::new();
    for shift in shifts {
        let person = shift.staff.and_then(|staff| people.iter().find(|p| p.id == staff));
        for (_, slice) in daily_slices(shift.period, tz) {
            let (start, end) = (tz.to_datetime(slice.start()), tz.to_datetime(slice.end()));
            let cells = SheetColumn::ALL.map(|column| match column {
                SheetColumn::Date => start.strftime("%d/%m/%Y").to_string(),
                SheetColumn::Shift => shift.name.clone(),
                SheetColumn::Start => start.strftime("%H:%M").to_string(),
                SheetColumn::End => end.strftime("%H:%M").to_string(),
                SheetColumn::Post => post_words(shift.post),
                SheetColumn::Code => person.and_then(|p| p.code.clone()).unwrap_or_default(),
                SheetColumn::Staff => person.map(|p| p.name.clone()).unwrap_or_default(),
                SheetColumn::Phone => person.and_then(|p| p.phone.clone()).unwrap_or_default(),
            });
            rows.push((slice, shift.post, cells.to_vec()));
        }
    }
    rows.sort_by_key(|(slice, post, _)| (*slice, *post));
    let heading = SheetColumn::ALL.iter().map(|column| column.headings().0.to_owned()).collect();
    std::iter::once(heading).chain(rows.into_iter().map(|(.., cells)| cells)).collect()
}

/// A post as rosters write it.
pub(super) fn post_words(post: Post) -> String {
    match post {
        Post::Primary => "Trực chính".to_owned(),
        Post::Backup(1) => "Dự phòng".to_owned(),
        Post::Backup(order) => format!("Dự phòng {order}"),
    }
}

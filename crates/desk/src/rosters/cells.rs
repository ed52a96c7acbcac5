//! The table of the coming days: a row for each day, a column for each shift that a unit calls by a
//! name, in each cell who stands.

use super::post_word;
use crate::frame::Frame;
use duty::{
    calendars::{DayKind, WorkCalendar},
    rosters::{Period, Post, Shift},
};
use jiff::{
    ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};
use kernel::{StaffId, dates};
use std::collections::{BTreeMap, BTreeSet};

/// A day of the table.
pub struct Row {
    pub date: String,
    pub weekday: String,
    pub today: bool,
    /// "Quốc khánh", "Cuối tuần", a day worked in exchange; empty on an ordinary day.
    pub mark: String,
    pub holiday: bool,
    pub cells: Vec<Vec<Entry>>,
}

/// One person, or one open place, in a cell.
pub struct Entry {
    /// Empty when the place is open.
    pub name: String,
    pub mine: bool,
    /// Post, hours when only a part, whom he stands in for.
    pub note: String,
    /// Where somebody can be found for an open place.
    pub shift: String,
}

/// What makes a column: the hours and the name.
type Column = (Time, Time, String);

/// The days and the names of the table.
pub struct Cells<'a> {
    pub frame: &'a Frame,
    pub calendar: &'a WorkCalendar,
    pub names: &'a BTreeMap<StaffId, String>,
    pub me: StaffId,
}

impl Cells<'_> {
    /// The heads of the columns and the rows of `days` days from `from`.
    pub fn table(&self, shifts: &[Shift], from: Date, days: i32) -> (Vec<(String, String)>, Vec<Row>) {
        let tz = &self.frame.d.clock.zone;
        let columns = columns(shifts.iter().map(|shift| column(shift, tz)));
        let heads = columns.iter().map(|(start, end, name)| (self.head(name), hours(*start, *end))).collect();
        let rows = (0..days)
            .map(|n| {
                let day = from.saturating_add(n.days());
                let cells = columns.iter().map(|column| self.cell(shifts, column, day)).collect();
                self.row(day, cells)
            })
            .collect();
        (heads, rows)
    }

    fn head(&self, name: &str) -> String {
        if name.is_empty() { self.frame.d.w.roster_shift() } else { name.to_owned() }
    }

    fn row(&self, day: Date, cells: Vec<Vec<Entry>>) -> Row {
        let w = self.frame.d.w;
        let (mark, holiday) = match self.calendar.day_kind(day).value {
            DayKind::Working => (String::new(), false),
            DayKind::Weekend => (w.roster_weekend(), false),
            DayKind::Holiday(holiday) => (w.lang().pick(&holiday.name_vi, &holiday.name_en).to_owned(), true),
            DayKind::MakeUp(of) => (w.roster_make_up(dates::shown_date(of)), false),
        };
        Row {
            date: dates::shown_date(day),
            weekday: super::weekday_word(w, day.weekday()),
            today: day == self.frame.d.clock.today(),
            mark,
            holiday,
            cells,
        }
    }

    fn cell(&self, shifts: &[Shift], wanted: &Column, day: Date) -> Vec<Entry> {
        let tz = &self.frame.d.clock.zone;
        let instant = |day: Date| tz.to_timestamp(day.to_datetime(wanted.0)).ok();
        let next = day.saturating_add(1.days());
        let Some(slice) = instant(day).zip(instant(next)).and_then(|(a, b)| Period::new(a, b).ok()) else {
            return Vec::new();
        };
        let mut entries: Vec<(Post, Period, Entry)> = shifts
            .iter()
            .filter(|shift| stands_in(&column(shift, tz), wanted))
            .filter_map(|shift| {
                let whole = slice.intersection(shift.planned)?;
                let part = slice.intersection(shift.period)?;
                Some((shift.post, part, self.entry(shift, part, whole)))
            })
            .collect();
        entries.sort_by_key(|(post, part, _)| (*post, *part));
        entries.into_iter().map(|(.., entry)| entry).collect()
    }

    fn entry(&self, shift: &Shift, part: Period, whole: Period) -> Entry {
        let (w, clock) = (self.frame.d.w, &self.frame.d.clock);
        let name = |id: StaffId| self.names.get(&id).cloned().unwrap_or_default();
        let mut notes = Vec::new();
        if shift.post != Post::Primary {
            notes.push(post_word(w, shift.post));
        }
        if part != whole {
            notes.push(format!("{}–{}", clock.time(part.start()), clock.time(part.end())));
        }
        if let Some(owner) = shift.owner.filter(|_| shift.covered()) {
            notes.push(w.roster_standing_for(name(owner)));
        }
        if let Some(vacated) = shift.vacated {
            notes.push(format!("{}: {}", super::changes::kind_word(w, vacated.kind), name(vacated.staff)));
        }
        Entry {
            name: shift.staff.map(name).unwrap_or_default(),
            mine: shift.staff == Some(self.me),
            note: notes.join(" · "),
            shift: shift.id.to_string(),
        }
    }
}

/// A first shift that begins under way keeps the hours in which it ends.
fn column(shift: &Shift, tz: &TimeZone) -> Column {
    let (start, end) = (tz.to_datetime(shift.planned.start()), tz.to_datetime(shift.planned.end()));
    let minutes = Time::constant(start.hour(), start.minute(), 0, 0);
    (minutes, end.time(), shift.name.clone())
}

/// One for each hours and name; what has no name stands under a name of its hours where there is one.
fn columns(all: impl Iterator<Item = Column>) -> Vec<Column> {
    let all: BTreeSet<Column> = all.collect();
    let named =
        |one: &Column| all.iter().any(|other| !other.2.is_empty() && (other.0, other.1) == (one.0, one.1));
    all.iter().filter(|one| !one.2.is_empty() || !named(one)).cloned().collect()
}

fn stands_in(one: &Column, wanted: &Column) -> bool {
    (one.0, one.1) == (wanted.0, wanted.1) && (one.2.is_empty() || one.2 == wanted.2)
}

/// "19:00–07:00"
pub fn hours(start: Time, end: Time) -> String {
    format!("{}–{}", dates::shown_time(start), dates::shown_time(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    #[test]
    fn a_shift_without_a_name_stands_with_those_of_its_hours() {
        let column = |hour, name: &str| (time(hour, 0, 0, 0), time(7, 0, 0, 0), name.to_owned());
        let (plain, named, night) = (column(7, ""), column(7, "Trực 24 giờ"), column(19, ""));
        assert_eq!(
            columns([plain.clone(), named.clone(), night.clone()].into_iter()),
            [named.clone(), night.clone()]
        );
        assert!(stands_in(&plain, &named) && !stands_in(&named, &plain) && !stands_in(&plain, &night));
    }
}

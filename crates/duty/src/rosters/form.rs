//! The month's roster as the paper that is signed and posted: layout of Decree 30/2020/NĐ-CP, rows
//! by day, columns by shift. The paper is Vietnamese whatever the reader's language, as all
//! administrative papers are; this is its data, the print page gives it its looks.

use super::{
    model::{Period, Post, Shift, daily_slices},
    sheet::{Person, post_words},
};
use crate::calendars::{DayKind, WorkCalendar};
use jiff::{
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use kernel::ids::StaffId;
use std::collections::{BTreeMap, BTreeSet};

/// What the office fills in around the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormHead {
    /// The body above the unit; shown in capitals over the unit's name.
    pub parent: Option<String>,
    pub unit: String,
    /// Number and sign, such as "12/LT-TYT"; left open for the clerk when `None`.
    pub number: Option<String>,
    /// The unit's own place name: "Quận 7", "Tân Phong".
    pub place: String,
    pub signed_on: Date,
    pub drafter: Option<String>,
    /// Lines over the signature: "TRƯỞNG TRẠM", or "KT. CHỦ TỊCH" and "PHÓ CHỦ TỊCH".
    pub authority: Vec<String>,
    pub signer: Option<String>,
    pub recipients: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterForm {
    /// In capitals.
    pub parent: Option<String>,
    /// In capitals, the issuing body.
    pub unit: String,
    pub number: Option<String>,
    /// "Tân Phong, ngày 01 tháng 9 năm 2021"
    pub place_and_date: String,
    /// "LỊCH TRỰC THÁNG 09/2021"
    pub title: String,
    pub columns: Vec<FormColumn>,
    /// Every day of the month.
    pub days: Vec<FormDay>,
    /// Left to right.
    pub signatures: Vec<Signature>,
    pub recipients: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormColumn {
    pub name: String,
    /// "18:00–06:00"
    pub hours: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormDay {
    pub date: Date,
    /// "Thứ Hai" … "Chủ nhật"
    pub weekday: &'static str,
    /// The row is shaded: holiday or weekend.
    pub off: bool,
    /// "Quốc khánh", "Làm bù ngày 29/4", or the remark that the year's holidays are not known.
    pub mark: Option<String>,
    /// One for each column; empty where the shift does not stand that day.
    pub cells: Vec<Vec<FormEntry>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormEntry {
    /// `None` is a line left open for a name.
    pub name: Option<String>,
    pub phone: Option<String>,
    /// "Dự phòng"; none for the primary.
    pub post: Option<String>,
    /// "22:00–02:00", when only a part of the shift.
    pub part: Option<String>,
    /// "trực thay …"
    pub standing_for: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub authority: Vec<String>,
    pub name: Option<String>,
}

/// The entries of one cell before they are put in order.
type Loose = Vec<(Post, Period, FormEntry)>;

/// What makes a column: shifts of the same name and hours.
type Column = (Time, Time, String);

impl RosterForm {
    /// Lays out the month that `month` lies in. `shifts` are those of one unit after changes; those
    /// of other months do no harm.
    pub fn lay_out(
        head: FormHead,
        month: Date,
        shifts: &[Shift],
        people: &[Person],
        calendar: &WorkCalendar,
    ) -> Self {
        let tz = calendar.time_zone();
        let people: BTreeMap<StaffId, &Person> = people.iter().map(|p| (p.id, p)).collect();
        let in_month = |date: Date| (date.year(), date.month()) == (month.year(), month.month());
        let mut columns: BTreeSet<Column> = BTreeSet::new();
        let mut cells: BTreeMap<(Date, Column), Loose> = BTreeMap::new();
        for shift in shifts {
            let column = column(shift, tz);
            for (date, slice) in daily_slices(shift.planned, tz).filter(|(date, _)| in_month(*date)) {
                let Some(part) = slice.intersection(shift.period) else { continue };
                columns.insert(column.clone());
                let entry = entry(shift, part, slice, &people, tz);
                cells.entry((date, column.clone())).or_default().push((shift.post, part, entry));
            }
        }
        let days = month
            .first_of_month()
            .series(jiff::Span::new().days(1))
            .take_while(|date| in_month(*date))
            .map(|date| {
                let (off, mark) = mark(date, calendar);
                let cells = columns
                    .iter()
                    .map(|column| {
                        let mut entries = cells.remove(&(date, column.clone())).unwrap_or_default();
                        entries.sort_by_key(|(post, part, _)| (*post, *part));
                        entries.into_iter().map(|(.., entry)| entry).collect()
                    })
                    .collect();
                FormDay { date, weekday: weekday(date.weekday()), off, mark, cells }
            })
            .collect();
        Self {
            parent: head.parent.map(|parent| parent.to_uppercase()),
            unit: head.unit.to_uppercase(),
            number: head.number,
            place_and_date: place_and_date(&head.place, head.signed_on),
            title: format!("LỊCH TRỰC THÁNG {:02}/{}", month.month(), month.year()),
            columns: columns
                .iter()
                .map(|(start, end, name)| FormColumn { name: name.clone(), hours: hours(*start, *end) })
                .collect(),
            days,
            signatures: vec![
                Signature { authority: vec!["NGƯỜI LẬP BIỂU".to_owned()], name: head.drafter },
                Signature { authority: head.authority, name: head.signer },
            ],
            recipients: head.recipients,
        }
    }

    /// Days on which some place is still open, for the warning beside the print button.
    pub fn open_days(&self) -> impl Iterator<Item = Date> + '_ {
        let open = |day: &&FormDay| day.cells.iter().flatten().any(|entry| entry.name.is_none());
        self.days.iter().filter(open).map(|day| day.date)
    }
}

fn column(shift: &Shift, tz: &TimeZone) -> Column {
    let (start, end) = (tz.to_datetime(shift.planned.start()), tz.to_datetime(shift.planned.end()));
    (start.time(), end.time(), shift.name.clone())
}

fn entry(
    shift: &Shift,
    part: Period,
    slice: Period,
    people: &BTreeMap<StaffId, &Person>,
    tz: &TimeZone,
) -> FormEntry {
    let person = shift.staff.and_then(|staff| people.get(&staff));
    let replaced = shift.owner.filter(|_| shift.covered()).and_then(|owner| people.get(&owner));
    let time = |at| tz.to_datetime(at).time();
    FormEntry {
        name: person.map(|p| p.name.clone()),
        phone: person.and_then(|p| p.phone.clone()),
        post: (shift.post != Post::Primary).then(|| post_words(shift.post)),
        part: (part != slice).then(|| hours(time(part.start()), time(part.end()))),
        standing_for: replaced.map(|owner| format!("trực thay {}", owner.name)),
    }
}

fn mark(date: Date, calendar: &WorkCalendar) -> (bool, Option<String>) {
    let day = calendar.day_kind(date);
    let unsure = day.doubt.map(|_| "ngày nghỉ chưa được xác nhận".to_owned());
    match day.value {
        DayKind::Working => (false, unsure),
        DayKind::Weekend => (true, unsure),
        DayKind::Holiday(holiday) => (true, Some(holiday.name_vi.clone())),
        DayKind::MakeUp(of) => (false, Some(format!("Làm bù ngày {}/{}", of.day(), of.month()))),
    }
}

fn hours(start: Time, end: Time) -> String {
    format!("{}–{}", start.strftime("%H:%M"), end.strftime("%H:%M"))
}

/// Days under ten and the months January and February take a leading zero (Decree 30/2020, annex I).
fn place_and_date(place: &str, date: Date) -> String {
    let month = if date.month() < 3 { format!("{:02}", date.month()) } else { date.month().to_string() };
    format!("{place}, ngày {:02} tháng {month} năm {}", date.day(), date.year())
}

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Thứ Hai",
        Weekday::Tuesday => "Thứ Ba",
        Weekday::Wednesday => "Thứ Tư",
        Weekday::Thursday => "Thứ Năm",
        Weekday::Friday => "Thứ Sáu",
        Weekday::Saturday => "Thứ Bảy",
        Weekday::Sunday => "Chủ nhật",
    }
}

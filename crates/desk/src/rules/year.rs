//! `GET /{tenant}/desk/rules/calendar?year=2021`: days off and days worked in exchange.

use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::Query;
use duty::{
    calendars::{self, DayKind, Doubt},
    rules,
};
use jiff::{ToSpan, civil::Date};
use kernel::{Error, dates};
use pages::{Desk, Outcome, Words, html};
use serde::Deserialize;

/// The rule that holds the holidays.
pub const CODE: &str = "calendar.holidays";

#[derive(Debug, Deserialize)]
pub struct Asked {
    year: Option<i16>,
}

/// A day that differs from what its weekday says.
struct Special {
    date: String,
    weekday: String,
    name: String,
    verified: bool,
}

struct Month {
    name: String,
    weeks: Vec<Vec<Cell>>,
}

/// A day of a month's table; empty before the first and after the last.
struct Cell {
    day: String,
    /// "H" a day off, "M" worked in exchange; nothing on an ordinary day.
    mark: &'static str,
    title: String,
    off: bool,
}

#[derive(Template)]
#[template(path = "rules_year.html")]
struct Page {
    d: Desk,
    year: i16,
    before: String,
    after: String,
    rule: String,
    unknown: bool,
    special: Vec<Special>,
    months: Vec<Month>,
    week: Vec<String>,
}

pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "rules").await?;
    // Sight of the rules covers the calendar they make.
    rules::list(&mut frame.cx).await?;
    let year = asked.year.unwrap_or_else(|| frame.d.clock.today().year());
    if !(2000..=2100).contains(&year) {
        return Err(Error::NotFound.into());
    }
    let calendar = calendars::of(&mut frame.cx).await?;
    let w = me.w;
    let first = Date::constant(year, 1, 1);
    let mut special = Vec::new();
    let mut months: Vec<Month> = Vec::new();
    let mut unknown = false;
    for day in first.series(1.day()).take_while(|day| day.year() == year) {
        let kind = calendar.day_kind(day);
        unknown |= matches!(kind.doubt, Some(Doubt::UnknownYear(_)));
        let verified = kind.doubt.is_none();
        let (mark, name) = match kind.value {
            DayKind::Holiday(holiday) => ("H", w.lang().pick(&holiday.name_vi, &holiday.name_en).to_owned()),
            DayKind::MakeUp(of) => ("M", w.roster_make_up(dates::shown_date(of))),
            DayKind::Weekend | DayKind::Working => ("", String::new()),
        };
        if !mark.is_empty() {
            let weekday = crate::rosters::weekday_word(w, day.weekday());
            special.push(Special { date: dates::shown_date(day), weekday, name: name.clone(), verified });
        }
        let off = matches!(kind.value, DayKind::Holiday(_) | DayKind::Weekend);
        place(w, &mut months, day, Cell { day: day.day().to_string(), mark, title: name, off });
    }
    let link = |year: i16| me.at(format!("rules/calendar?year={year}"));
    let page = Page {
        year,
        before: link(year - 1),
        after: link(year + 1),
        rule: me.at(format!("rules/{CODE}")),
        unknown,
        special,
        months,
        week: crate::rosters::week(w).into_iter().map(|(_, name)| name).collect(),
        d: frame.d,
    };
    html(&page)
}

/// Puts a day into its week of its month.
fn place(w: Words, months: &mut Vec<Month>, day: Date, cell: Cell) {
    let empty = || Cell { day: String::new(), mark: "", title: String::new(), off: false };
    if day.day() == 1 {
        months.push(Month { name: w.rule_month(day.month().to_string()), weeks: Vec::new() });
    }
    let Some(month) = months.last_mut() else { return };
    let column = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
    if month.weeks.is_empty() || column == 0 {
        month.weeks.push((0..7).map(|_| empty()).collect());
    }
    if let Some(place) = month.weeks.last_mut().and_then(|week| week.get_mut(column)) {
        *place = cell;
    }
}

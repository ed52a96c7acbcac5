//! The record of calls as leaders read it: by unit and by official over some days, each number opening the
//! calls behind it, and under it in words how each is counted. Everybody finds his own on his account.

mod columns;
mod list;
mod person;
mod table;

pub use columns::Column;
pub use person::{DAYS, summary};

use axum::{Router, routing::get};
use duty::tickets::record::What;
use jiff::{Span, civil::Date};
use kernel::{Error, UnitId, dates};
use pages::{App, Words, forms::Errors};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/record", get(table::page))
        .route("/{tenant}/desk/record/csv", get(table::csv))
        .route("/{tenant}/desk/record/calls", get(list::page))
        .route("/{tenant}/desk/record/staff/{id}", get(person::page))
}

/// What stands in the address, as it came.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub period: String,
    pub from: String,
    pub to: String,
    pub by: String,
    pub unit: String,
    pub sort: String,
    pub what: String,
    pub page: String,
}

/// The days that one press chooses: their word in the address and how many they are.
const PERIODS: [(&str, i64); 3] = [("today", 1), ("7", 7), ("30", 30)];

/// What was asked for, understood.
#[derive(Clone, Debug)]
pub struct Shown {
    /// `today`, `7`, `30` or `own`.
    pub period: &'static str,
    pub from: Date,
    pub to: Date,
    pub by_staff: bool,
    pub unit: Option<UnitId>,
    /// The column, and whether the greatest stands first.
    pub sort: Option<(Column, bool)>,
    pub what: What,
    pub page: i64,
}

impl Shown {
    /// What was asked for, and what is wrong with its days; `otherwise` are the days where none are named.
    /// `NotFound` for a unit that is no id.
    pub fn new(
        w: Words,
        asked: &Asked,
        today: Date,
        otherwise: &'static str,
    ) -> Result<(Self, Errors), Error> {
        let mut errors = Errors::default();
        let named = PERIODS.iter().find(|(name, _)| *name == asked.period);
        let own = named.is_none() && !(asked.from.trim().is_empty() && asked.to.trim().is_empty());
        let (period, days) = match named {
            Some(period) => *period,
            None => PERIODS.into_iter().find(|(name, _)| *name == otherwise).unwrap_or(PERIODS[1]),
        };
        let first = today.saturating_sub(Span::new().days(days - 1));
        let mut day = |field: &str, text: &str, or: Date| match text.trim() {
            "" => or,
            text => dates::parse_date_near(text, today).unwrap_or_else(|error| {
                errors.add(field, w.by_key(error.key));
                or
            }),
        };
        let (from, to) = if own {
            let to = day("to", &asked.to, today);
            (day("from", &asked.from, to), to)
        } else {
            (first, today)
        };
        let (column, most) = match asked.sort.strip_prefix('-') {
            Some(column) => (column, true),
            None => (asked.sort.as_str(), false),
        };
        let shown = Self {
            period: if own { "own" } else { period },
            from,
            to,
            by_staff: asked.by == "staff",
            unit: if asked.unit.is_empty() { None } else { Some(asked.unit.parse()?) },
            sort: Column::named(column).map(|column| (column, most)),
            what: What::named(&asked.what).unwrap_or(What::All),
            page: asked.page.parse().unwrap_or(0_i64).clamp(0, 1000),
        };
        Ok((shown, errors))
    }

    /// The seven days up to today, where those asked for cannot be shown.
    pub fn mend(&mut self, today: Date) {
        (self.period, self.from, self.to) = ("7", today.saturating_sub(Span::new().days(6)), today);
    }

    /// The days as the address names them.
    pub fn days(&self) -> String {
        if self.period == "own" {
            format!("?from={}&to={}", self.from, self.to)
        } else {
            format!("?period={}", self.period)
        }
    }

    /// Days and what narrows them, without the order.
    pub fn query(&self) -> String {
        let by = if self.by_staff { "&by=staff" } else { "" };
        let unit = self.unit.map_or_else(String::new, |unit| format!("&unit={unit}"));
        format!("{}{by}{unit}", self.days())
    }

    /// From the first to the last day, as it is read.
    pub fn said(&self, w: Words) -> String {
        if self.from == self.to {
            dates::shown_date(self.from)
        } else {
            w.call_record_days(dates::shown_date(self.from), dates::shown_date(self.to))
        }
    }
}

/// A link of a row of choices.
pub struct Choice {
    pub label: String,
    pub href: String,
    pub here: bool,
}

/// The periods that one press chooses, below an address that ends in a query of days.
pub fn periods(w: Words, shown: &Shown, href: impl Fn(&Shown) -> String) -> Vec<Choice> {
    let words = [w.call_record_today(), w.call_record_seven(), w.call_record_thirty()];
    PERIODS
        .into_iter()
        .zip(words)
        .map(|((name, _), label)| Choice {
            label,
            href: href(&Shown { period: name, ..shown.clone() }),
            here: shown.period == name,
        })
        .collect()
}

/// How each figure is counted, in words.
pub fn how(w: Words) -> Vec<String> {
    vec![
        w.call_record_how_call(),
        w.call_record_how_answered(),
        w.call_record_how_missed(),
        w.call_record_how_heard(),
        w.call_record_how_ours(),
        w.call_record_how_taken(),
        w.call_record_how_time(),
        w.call_record_how_desk(),
        w.call_record_how_ticket(),
    ]
}

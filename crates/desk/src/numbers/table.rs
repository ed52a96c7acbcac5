//! By ward, over the days that are asked for.

use super::download;
use crate::{
    Me,
    board::{
        care::{self, query},
        grid::{Cell, Grid, Head},
        tiles::Tile,
    },
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::numbers::{self, Measure, Numbers, Values};
use jiff::{Span, civil::Date};
use kernel::{Error, UnitId, dates};
use pages::{Desk, Outcome, Words, charts, form_page, forms::Errors};
use serde::Deserialize;

/// Days shown before one asks for others.
const DAYS: i64 = 13;
/// Days that one chart holds.
const CHARTED: usize = 62;
/// Kept reports one press away.
const REPORTS: i64 = 14;
/// Events that have not been counted yet, from which on it is said.
const BEHIND: i64 = 500;

/// What the form asks for, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub from: String,
    pub to: String,
    pub ward: String,
}

impl Asked {
    /// The ward; none for all. `NotFound` for what is no id.
    pub fn ward(&self) -> Result<Option<UnitId>, Error> {
        if self.ward.is_empty() { Ok(None) } else { self.ward.parse().map(Some) }
    }

    /// The days, and what is wrong with them; those of before where something is.
    fn days(&self, w: Words, today: Date) -> (Date, Date, Errors) {
        let mut errors = Errors::default();
        let mut day = |field: &str, text: &str, otherwise: Date| {
            if text.trim().is_empty() {
                return otherwise;
            }
            dates::parse_date_near(text, today).unwrap_or_else(|error| {
                errors.add(field, w.by_key(error.key));
                otherwise
            })
        };
        let to = day("to", &self.to, today);
        let from = day("from", &self.from, to.saturating_sub(Span::new().days(DAYS)));
        (from, to, errors)
    }
}

#[derive(Template)]
#[template(path = "numbers.html")]
struct Page {
    d: Desk,
    title: String,
    updated: String,
    action: String,
    errors: Errors,
    from: String,
    to: String,
    /// Id, label, chosen.
    wards: Vec<(String, String, bool)>,
    care: Vec<Tile>,
    by_ward: Grid,
    by_day: Grid,
    chart: Option<String>,
    csv_href: String,
    report_href: String,
    /// Day and address.
    reports: Vec<(String, String)>,
    beds_href: String,
    history_href: String,
    import_href: Option<String>,
}

/// `GET /{tenant}/desk/numbers?from=…&to=…&ward=…`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "numbers").await?;
    let (w, today, ward) = (me.w, frame.d.clock.today(), asked.ward()?);
    let (mut from, mut to, mut errors) = asked.days(w, today);
    let numbers = match numbers::numbers(&mut frame.cx, from, to, ward).await {
        Err(error @ Error::Invalid { .. }) => {
            errors.take(w, error)?;
            (from, to) = (today.saturating_sub(Span::new().days(DAYS)), today);
            numbers::numbers(&mut frame.cx, from, to, ward).await?
        }
        numbers => numbers?,
    };
    let behind = numbers::behind(&mut frame.cx).await?;
    let reports = numbers::reports(&mut frame.cx, REPORTS).await?;
    let care = care::tiles(&me, &mut frame, ward).await?;
    // All wards can be chosen, whichever is shown.
    let seen = numbers::numbers(&mut frame.cx, today, today, None).await?.wards;
    let may = |action| permits(&me.actor, action, Scope::Tenant);
    let updated = w.board_updated(frame.d.clock.seconds(frame.d.clock.now), dates::shown_date(today));
    let wrong = !errors.is_empty();
    let page = Page {
        title: match ward {
            Some(ward) => w.numbers_title_of(frame::short(&frame.tree, &frame.d, Some(ward))),
            None => w.numbers_title(),
        },
        updated: if behind > BEHIND {
            format!("{updated} · {}", w.board_behind(behind.to_string()))
        } else {
            updated
        },
        action: me.at("numbers"),
        errors,
        from: from.to_string(),
        to: to.to_string(),
        wards: seen
            .iter()
            .map(|id| (id.to_string(), frame::short(&frame.tree, &frame.d, Some(*id)), Some(*id) == ward))
            .collect(),
        care,
        by_ward: by_ward(&me, &frame, &numbers, ward, (from, to)),
        by_day: by_day(w, &numbers, ward),
        chart: (numbers.days.len() <= CHARTED).then(|| chart(&me, &numbers, ward)),
        csv_href: me.at(format!("numbers/csv{}", query(from, to, ward))),
        report_href: me.at(format!("numbers/report/{today}")),
        reports: reports
            .into_iter()
            .map(|(day, _)| (dates::shown_date(day), me.at(format!("numbers/report/{day}"))))
            .collect(),
        beds_href: me.at("numbers/beds"),
        history_href: me.at("numbers/history"),
        import_href: may(Action::CaseImport).then(|| me.at("numbers/history/import")),
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// What a measure is called.
pub fn measure(w: Words, one: Measure) -> String {
    w.by_key(&format!("numbers-measure-{}", one.as_str().replace('_', "-")))
}

/// A column of words, then one for each measure.
fn head(w: Words, first: String) -> Vec<Head> {
    let first = Head { label: first, number: false };
    let rest = Measure::ALL.iter().map(|one| Head { label: measure(w, *one), number: true });
    std::iter::once(first).chain(rest).collect()
}

fn cells(first: Cell, values: &Values) -> Vec<Cell> {
    std::iter::once(first).chain(Measure::ALL.iter().map(|one| Cell::number(values.of(*one)))).collect()
}

fn by_ward(
    me: &Me,
    frame: &Frame,
    numbers: &Numbers,
    ward: Option<UnitId>,
    (from, to): (Date, Date),
) -> Grid {
    let name = |ward| frame::short(&frame.tree, &frame.d, Some(ward));
    let href = |ward| me.at(format!("numbers{}", query(from, to, Some(ward))));
    let mut rows: Vec<_> = numbers
        .wards
        .iter()
        .map(|ward| cells(Cell::text(name(*ward)).to(href(*ward)), &numbers.over(Some(*ward))))
        .collect();
    if ward.is_none() {
        rows.push(cells(Cell::text(me.w.daily_whole()), &numbers.over(None)));
    }
    Grid { head: head(me.w, me.w.daily_ward()), rows }
}

/// The newest day first.
fn by_day(w: Words, numbers: &Numbers, ward: Option<UnitId>) -> Grid {
    let days = numbers.days.iter().enumerate().rev();
    let rows = days
        .map(|(index, day)| cells(Cell::text(dates::shown_date(*day)), &numbers.on(ward, index)))
        .collect();
    Grid { head: head(w, w.board_day()), rows }
}

fn chart(me: &Me, numbers: &Numbers, ward: Option<UnitId>) -> String {
    let w = me.w;
    let series = ward.map_or_else(|| numbers.whole(Measure::F0), |ward| numbers.series(ward, Measure::F0));
    let bars: Vec<charts::Bar> = numbers
        .days
        .iter()
        .zip(&series)
        .map(|(day, n)| charts::Bar {
            label: format!("{}/{}", day.day(), day.month()),
            value: *n,
            title: w.board_day_count(dates::shown_date(*day), n.to_string()),
            href: me.at(format!("numbers{}", query(*day, *day, ward))),
        })
        .collect();
    charts::bars(&w.numbers_chart(), &w.board_axis_day(), &w.board_axis_f0(), &bars)
}

/// `GET /{tenant}/desk/numbers/csv`: a line for each day and ward.
pub async fn csv(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "numbers").await?;
    let (from, to, _) = asked.days(me.w, frame.d.clock.today());
    let numbers = numbers::numbers(&mut frame.cx, from, to, asked.ward()?).await?;
    let mut table = vec![vec![me.w.board_day(), me.w.daily_ward()]];
    table[0].extend(Measure::ALL.iter().map(|one| measure(me.w, *one)));
    for (index, day) in numbers.days.iter().enumerate() {
        for ward in &numbers.wards {
            let values = numbers.on(Some(*ward), index);
            let name = frame::short(&frame.tree, &frame.d, Some(*ward));
            let own = Measure::ALL.iter().map(|one| values.of(*one).to_string());
            table.push([dates::shown_date(*day), name].into_iter().chain(own).collect());
        }
    }
    Ok(download("so-lieu", to, &table)?)
}

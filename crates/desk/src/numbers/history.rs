//! What others have published by ward and day, beside our own count of the same days.

use super::{download, table::Asked};
use crate::{
    Me,
    board::{
        care::query,
        grid::{Cell, Grid, Head},
    },
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::numbers::{self, History, LONGEST, Measure, Numbers};
use jiff::{Span, civil::Date};
use kernel::{UnitId, dates};
use pages::{Desk, Outcome, Words, charts, html};
use std::collections::BTreeMap;

struct WardLine {
    name: String,
    href: String,
    published: String,
    own: String,
    /// The most on one day, and that day.
    peak: String,
    spark: String,
}

#[derive(Template)]
#[template(path = "history.html")]
struct Page {
    d: Desk,
    title: String,
    note: String,
    back: String,
    /// All wards, where one is shown.
    whole_href: Option<String>,
    import_href: Option<String>,
    csv_href: String,
    chart: Option<String>,
    lines: Vec<WardLine>,
    by_day: Grid,
}

/// Published numbers of a run of days, day by day.
struct Told {
    days: Vec<Date>,
    of: BTreeMap<UnitId, Vec<i64>>,
}

impl Told {
    /// From the first to the last day that is published, no more than are shown at once.
    fn new(history: &History) -> Option<Self> {
        let (first, last) = (history.lines.first()?.day, history.lines.last()?.day);
        let longest = last.saturating_sub(Span::new().days(LONGEST - 1));
        let days: Vec<Date> =
            first.max(longest).series(Span::new().days(1)).take_while(|day| *day <= last).collect();
        let mut of: BTreeMap<UnitId, Vec<i64>> = BTreeMap::new();
        for line in &history.lines {
            let Ok(index) = days.binary_search(&line.day) else { continue };
            of.entry(line.ward).or_insert_with(|| vec![0; days.len()])[index] += i64::from(line.new_cases);
        }
        Some(Self { days, of })
    }

    fn whole(&self) -> Vec<i64> {
        let mut whole = vec![0; self.days.len()];
        for series in self.of.values() {
            for (sum, n) in whole.iter_mut().zip(series) {
                *sum += n;
            }
        }
        whole
    }

    fn span(&self) -> Option<(Date, Date)> {
        Some((*self.days.first()?, *self.days.last()?))
    }
}

/// `GET /{tenant}/desk/numbers/history?ward=…`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "numbers").await?;
    let (w, ward) = (me.w, asked.ward()?);
    let history = numbers::history(&mut frame.cx, None, ward).await?;
    let told = Told::new(&history);
    let own = match told.as_ref().and_then(Told::span) {
        Some((from, to)) => Some(numbers::numbers(&mut frame.cx, from, to, ward).await?),
        None => None,
    };
    let title = match ward {
        Some(ward) => w.history_title_of(frame::short(&frame.tree, &frame.d, Some(ward))),
        None => w.history_title(),
    };
    let shown = told.as_ref().zip(own.as_ref());
    let page = Page {
        note: match told.as_ref().and_then(Told::span) {
            Some((from, to)) => {
                w.history_source(history.sources.join("; "), dates::shown_date(from), dates::shown_date(to))
            }
            None => String::new(),
        },
        title,
        back: me.at("numbers"),
        whole_href: ward.map(|_| me.at("numbers/history")),
        import_href: permits(&me.actor, Action::CaseImport, Scope::Tenant)
            .then(|| me.at("numbers/history/import")),
        csv_href: me.at(match ward {
            Some(ward) => format!("numbers/history/csv?ward={ward}"),
            None => "numbers/history/csv".to_owned(),
        }),
        chart: told.as_ref().map(|told| chart(&me, told, ward)),
        lines: shown.map(|(told, own)| lines(&me, &frame, told, own)).unwrap_or_default(),
        by_day: shown.map(|(told, own)| by_day(w, told, own, ward)).unwrap_or_default(),
        d: frame.d,
    };
    html(&page)
}

fn chart(me: &Me, told: &Told, ward: Option<UnitId>) -> String {
    let w = me.w;
    let bars: Vec<charts::Bar> = told
        .days
        .iter()
        .zip(told.whole())
        .map(|(day, n)| charts::Bar {
            label: format!("{}/{}", day.day(), day.month()),
            value: n,
            title: w.board_day_count(dates::shown_date(*day), n.to_string()),
            href: me.at(format!("numbers{}", query(*day, *day, ward))),
        })
        .collect();
    charts::bars(&w.history_chart(), &w.board_axis_day(), &w.board_axis_f0(), &bars)
}

fn lines(me: &Me, frame: &Frame, told: &Told, own: &Numbers) -> Vec<WardLine> {
    let w = me.w;
    // Wards of the past are shown by the name that they bore last.
    let mut wards: Vec<UnitId> = own.wards.clone();
    wards.extend(told.of.keys().filter(|ward| !own.wards.contains(ward)));
    wards
        .into_iter()
        .filter_map(|ward| {
            let series = told.of.get(&ward)?;
            let most = series.iter().copied().max().unwrap_or(0);
            let peak = series.iter().position(|n| *n == most).and_then(|at| told.days.get(at));
            let counted: i64 = own.series(ward, Measure::F0).iter().sum();
            let said = series.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            let (name, address) = match frame.tree.get(ward) {
                Some(_) => {
                    let name = frame::short(&frame.tree, &frame.d, Some(ward));
                    (name, format!("numbers/history?ward={ward}"))
                }
                None => (w.board_former_unit(), "numbers/history".to_owned()),
            };
            Some(WardLine {
                spark: charts::spark(series, &w.history_series(name.as_str(), said)),
                name,
                href: me.at(address),
                published: series.iter().sum::<i64>().to_string(),
                own: counted.to_string(),
                peak: peak.map_or_else(String::new, |day| {
                    w.history_peak_line(most.to_string(), dates::shown_date(*day))
                }),
            })
        })
        .collect()
}

/// Days on which something was published or counted, the newest first.
fn by_day(w: Words, told: &Told, own: &Numbers, ward: Option<UnitId>) -> Grid {
    let (published, counted) =
        (told.whole(), ward.map_or_else(|| own.whole(Measure::F0), |ward| own.series(ward, Measure::F0)));
    let number = |label: String| Head { label, number: true };
    let head = vec![
        Head { label: w.board_day(), number: false },
        number(w.history_published()),
        number(w.history_own()),
    ];
    let rows = told.days.iter().zip(published.iter().zip(&counted)).rev();
    let rows = rows
        .filter(|(_, (published, counted))| **published != 0 || **counted != 0)
        .map(|(day, (published, counted))| {
            vec![Cell::text(dates::shown_date(*day)), Cell::number(*published), Cell::number(*counted)]
        })
        .collect();
    Grid { head, rows }
}

/// `GET /{tenant}/desk/numbers/history/csv`: every number with its source.
pub async fn csv(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "numbers").await?;
    let (w, today) = (me.w, frame.d.clock.today());
    let history = numbers::history(&mut frame.cx, None, asked.ward()?).await?;
    let mut table = vec![vec![w.board_day(), w.daily_ward(), w.history_published(), w.history_from()]];
    for line in &history.lines {
        table.push(vec![
            dates::shown_date(line.day),
            frame::short(&frame.tree, &frame.d, Some(line.ward)),
            line.new_cases.to_string(),
            line.source.clone(),
        ]);
    }
    Ok(download("lich-su", today, &table)?)
}

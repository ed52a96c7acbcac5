//! The share of reports from home that is flagged: by grade, by day, by the version of the law that
//! judged, and what became of what was flagged. A station that is rung for everything hears nothing;
//! here it is seen before it comes to that.

use crate::{
    Me, cases,
    frame::{self, Frame},
    households, removals,
};
use askama::Template;
use axum::{Router, extract::Query, routing::get};
use duty::permissions::{Action, Scope, permits};
use health::{
    alerts::{Ended, Grade},
    followups::{self, Graded, Share},
};
use jiff::{ToSpan, civil::Date};
use kernel::{Error, Result, UnitId, dates};
use pages::{
    App, Desk, Outcome, Words,
    charts::{self, Bar},
    html,
};
use serde::Deserialize;

/// Days that are shown, today among them.
const DAYS: i64 = 14;

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/alerts", get(page))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Empty: all that the reader sees.
    ward: String,
}

/// Entries by what they came to, in words and numbers.
struct Row {
    label: String,
    /// Where a bar of the chart leads.
    anchor: String,
    all: i64,
    emergency: i64,
    today: i64,
    watch: i64,
    well: i64,
    /// "12,5 %"; a dash where nobody reported.
    share: String,
}

/// What alerts of each grade came to.
struct Outcomes {
    label: String,
    emergency: i64,
    today: i64,
}

struct Tile {
    label: String,
    figure: String,
    note: String,
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct Page {
    d: Desk,
    address: String,
    ward: String,
    /// Id, name, chosen; empty where there is nothing to choose.
    wards: Vec<(String, String, bool)>,
    /// "12/09/2021 – 25/09/2021"
    span: String,
    /// Nobody has reported in these days.
    nobody: bool,
    tiles: Vec<Tile>,
    chart: String,
    days: Vec<Row>,
    versions: Vec<Row>,
    led_to: Vec<Outcomes>,
}

/// `GET /{tenant}/desk/alerts?ward=`
async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CareSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CareSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "rounds").await?;
    let wards = cases::wards(&me, &frame, Action::CareSee);
    let ward = chosen(&asked, &wards)?;
    let to = frame.d.clock.today();
    let from = to.saturating_sub((DAYS - 1).days());
    let share = followups::share(&mut frame.cx, from, to, ward).await?;
    let w = me.w;
    let days: Vec<Row> = share.days.iter().map(|(day, graded)| of_day(w, *day, graded)).collect();
    let page = Page {
        address: me.at(match ward {
            Some(ward) => format!("alerts?ward={ward}"),
            None => "alerts".to_owned(),
        }),
        ward: ward.map_or_else(String::new, |ward| frame::short(&frame.tree, &frame.d, Some(ward))),
        wards: choices(&frame, &wards, ward),
        span: w.follow_from_to(dates::shown_date(from), dates::shown_date(to)),
        nobody: share.whole.all() == 0,
        tiles: tiles(w, &share.whole),
        chart: chart(w, &share, &days),
        days,
        versions: share.versions.iter().map(|(version, graded)| of_version(w, *version, graded)).collect(),
        led_to: led_to(w, &share),
        d: frame.d,
    };
    html(&page)
}

/// A ward that the reader does not see is not there.
fn chosen(asked: &Asked, wards: &[UnitId]) -> Result<Option<UnitId>> {
    if asked.ward.is_empty() {
        return Ok(None);
    }
    let ward = asked.ward.parse::<UnitId>()?;
    if wards.contains(&ward) { Ok(Some(ward)) } else { Err(Error::NotFound) }
}

fn choices(frame: &Frame, wards: &[UnitId], here: Option<UnitId>) -> Vec<(String, String, bool)> {
    if wards.len() < 2 {
        return Vec::new();
    }
    let name = |ward: &UnitId| frame::short(&frame.tree, &frame.d, Some(*ward));
    wards.iter().map(|ward| (ward.to_string(), name(ward), here == Some(*ward))).collect()
}

/// "12,5 %" of all entries.
fn share(w: Words, graded: &Graded, n: i64) -> String {
    let tenths = graded.per_mille(n).and_then(|tenths| i16::try_from(tenths).ok());
    tenths.map_or_else(|| "–".to_owned(), |tenths| w.share_percent(removals::tenths(w, tenths)))
}

fn tiles(w: Words, whole: &Graded) -> Vec<Tile> {
    let of = |n: i64| w.share_of(n.to_string(), whole.all().to_string());
    let graded = |grade: Grade| Tile {
        label: households::grade(w, grade),
        figure: share(w, whole, whole.of(grade)),
        note: of(whole.of(grade)),
    };
    vec![
        Tile {
            label: w.share_flagged(),
            figure: share(w, whole, whole.flagged()),
            note: of(whole.flagged()),
        },
        graded(Grade::Emergency),
        graded(Grade::Today),
        graded(Grade::Watch),
    ]
}

fn row(w: Words, label: String, anchor: String, graded: &Graded) -> Row {
    Row {
        label,
        anchor,
        all: graded.all(),
        emergency: graded.emergency,
        today: graded.today,
        watch: graded.watch,
        well: graded.well,
        share: share(w, graded, graded.flagged()),
    }
}

fn of_day(w: Words, day: Date, graded: &Graded) -> Row {
    row(w, dates::shown_date(day), format!("day-{day}"), graded)
}

fn of_version(w: Words, version: Option<i32>, graded: &Graded) -> Row {
    let label = match version {
        // No version was in force: the shipped one stood in.
        Some(0) => w.share_version_none(),
        Some(version) => w.rule_version(version.to_string()),
        None => w.share_version_unknown(),
    };
    row(w, label, String::new(), graded)
}

/// The share of each day in whole per cent; each bar leads to its line in the table.
fn chart(w: Words, share: &Share, rows: &[Row]) -> String {
    let bars: Vec<Bar> = share
        .days
        .iter()
        .zip(rows)
        .map(|((day, graded), row)| Bar {
            label: format!("{}/{}", day.day(), day.month()),
            value: graded.per_mille(graded.flagged()).map_or(0, |tenths| (tenths + 5) / 10),
            title: w.share_bar(row.label.as_str(), row.share.as_str()),
            href: format!("#{}", row.anchor),
        })
        .collect();
    charts::bars(&w.share_chart(), &w.share_axis_days(), &w.share_axis_percent(), &bars)
}

/// Every end that there is, with those that nobody has ended first.
fn led_to(w: Words, share: &Share) -> Vec<Outcomes> {
    let count = |ended: Option<Ended>, grade: Grade| {
        let these = share.led_to.iter().filter(|(of, end, _)| (*of, *end) == (grade, ended));
        these.map(|(_, _, n)| n).sum::<i64>()
    };
    std::iter::once(None)
        .chain(Ended::ALL.iter().copied().map(Some))
        .map(|ended| Outcomes {
            label: ended.map_or_else(|| w.share_led_to_open(), |ended| households::ended(w, ended)),
            emergency: count(ended, Grade::Emergency),
            today: count(ended, Grade::Today),
        })
        .filter(|line| line.emergency + line.today > 0)
        .collect()
}

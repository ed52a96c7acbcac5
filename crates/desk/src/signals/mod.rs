//! Early signals by quarter: what was counted in its last weeks, what was told, what became of it, and how
//! often the method was wrong beside how often it was meant to be.

use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::{Router, routing::get};
use health::signals::{self, Judged, Kind, Overview, Place, Signal};
use jiff::ToSpan;
use kernel::dates::shown_date;
use pages::{App, Desk, Lang, Outcome, Words, charts, html};

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/signals", get(page))
}

struct Told {
    place: String,
    kind: String,
    day: String,
    n: i32,
    expected: String,
    ticket_href: String,
    judged: String,
}

struct Row {
    place: String,
    ward: String,
    chart: String,
    latest: String,
}

#[derive(Template)]
#[template(path = "signals.html")]
struct Page {
    d: Desk,
    method: Vec<String>,
    planned: String,
    observed: String,
    judged: String,
    told: Vec<Told>,
    places: Vec<Row>,
}

/// `GET /{tenant}/desk/signals`
async fn page(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "signals").await?;
    let overview = signals::overview(&mut frame.cx).await?;
    let (w, rates) = (me.w, overview.rates);
    let page = Page {
        method: method(w, &overview),
        planned: w.signals_per_week(decimal(w, rates.planned_per_week)),
        observed: rates
            .observed_per_week
            .map_or_else(|| w.signals_not_yet(), |rate| w.signals_per_week(decimal(w, rate))),
        judged: w.signals_judged(
            rates.real.to_string(),
            rates.false_alarms.to_string(),
            rates.known.to_string(),
            rates.waiting.to_string(),
            decimal(w, rates.weeks),
        ),
        told: overview.signals.iter().map(|one| told(&me, &frame, one)).collect(),
        places: overview.places.iter().map(|one| row(&me, &frame, one, &overview)).collect(),
        d: frame.d,
    };
    html(&page)
}

/// The method in sentences, with the numbers of the rule of today.
fn method(w: Words, overview: &Overview) -> Vec<String> {
    let law = &overview.law;
    let mut lines = vec![
        w.signals_method(
            law.window_days.to_string(),
            law.baseline_days.to_string(),
            law.gap_days.to_string(),
            law.method.as_str(),
        ),
        w.signals_method_rate(decimal(w, law.false_alarms_per_week), law.least.to_string()),
        w.signals_method_real(law.confirmed_within_days.to_string()),
    ];
    if !overview.verified {
        lines.push(w.signals_method_unverified(law.version.to_string()));
    }
    lines
}

fn told(me: &Me, frame: &Frame, one: &Signal) -> Told {
    let w = me.w;
    Told {
        place: frame.unit(one.place),
        kind: kind(w, one.kind),
        day: shown_date(one.day),
        n: one.n,
        expected: decimal(w, f64::from(one.expected_hundredths) / 100.0),
        ticket_href: me.at(format!("tickets/{}", one.ticket)),
        judged: match one.judged {
            Some(Judged::Real) => w.signal_real(),
            Some(Judged::False) => w.signal_false(),
            Some(Judged::Known) => w.signal_known(),
            None => w.signal_waiting(),
        },
    }
}

fn row(me: &Me, frame: &Frame, one: &Place, overview: &Overview) -> Row {
    let w = me.w;
    let place = frame.unit(one.unit);
    let numbers: Vec<String> = one.days.iter().map(ToString::to_string).collect();
    let last = overview.first.saturating_add((i64::from(signals::DRAWN) - 1).days());
    let label =
        w.signals_chart(place.as_str(), shown_date(overview.first), shown_date(last), numbers.join(", "));
    let latest: Vec<String> = one.latest.iter().map(|(of, n)| format!("{n} {}", kind(w, *of))).collect();
    Row {
        chart: charts::spark(&one.days, &label),
        ward: frame::short(&frame.tree, &frame.d, Some(one.ward)),
        latest: if latest.is_empty() { w.signals_nothing() } else { latest.join(" · ") },
        place,
    }
}

fn kind(w: Words, kind: Kind) -> String {
    w.by_key(&format!("signal-kind-{}", kind.as_str().replace('_', "-")))
}

/// One place behind the comma, where there is one.
fn decimal(w: Words, value: f64) -> String {
    let text = ((value * 10.0).round() / 10.0).to_string();
    if w.lang() == Lang::Vi { text.replace('.', ",") } else { text }
}

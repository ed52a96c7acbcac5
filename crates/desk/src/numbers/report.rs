//! The daily report: one A4 paper that is read on the screen first.

use crate::{
    Me,
    board::grid::{Cell, Grid, Head},
    frame::Frame,
    paper,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
    http::header,
    response::IntoResponse,
};
use duty::permissions::{Action, Scope, permits};
use health::numbers::{self, Line, Measure, Report};
use jiff::civil::Date;
use kernel::{Error, Result, dates, numbers as shown};
use pages::{Desk, Lang, Outcome, Words, html, see_other};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Anything asks for the provisional report as it was kept.
    cut: String,
}

impl Asked {
    /// For the address of the same report in another form.
    fn again(&self) -> &'static str {
        if self.cut.is_empty() { "" } else { "?cut=1" }
    }
}

#[derive(Deserialize)]
pub struct Sent {
    #[serde(default)]
    csrf: String,
}

#[derive(Template)]
#[template(path = "daily_report.html")]
struct Page {
    d: Desk,
    title: String,
    number: String,
    place_and_day: String,
    state: String,
    /// Where the report lies that was kept before the day was over.
    cut_href: Option<String>,
    summary: Vec<String>,
    cases: Grid,
    care: Grid,
    beds: Grid,
    stocks: Grid,
    back: String,
    xlsx_href: String,
    pdf_href: String,
    /// Where it is kept by a press, for who may and while it is not.
    keep: Option<String>,
    maker: Option<String>,
}

pub(super) fn day_of(text: &str) -> Result<Date> {
    text.parse().map_err(|_| Error::NotFound)
}

/// `GET /{tenant}/desk/numbers/report/{day}`
pub async fn page(me: Me, Path((_, day)): Path<(String, String)>, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "numbers").await?;
    let day = day_of(&day)?;
    let report = asked_for(&mut frame, day, &asked).await?;
    let cut = match numbers::provisional(&mut frame.cx, day).await {
        Ok(_) => !report.provisional,
        Err(Error::NotFound) => false,
        Err(other) => return Err(other.into()),
    };
    let (w, clock) = (me.w, &frame.d.clock);
    let may_keep = permits(&me.actor, Action::NumbersFreeze, Scope::Tenant);
    let keep = !report.kept && day == clock.today() && may_keep;
    let maker = maker(&mut frame, &report).await?;
    let (clock, place) = (&frame.d.clock, &me.tenant.pack.place);
    let made = clock.full(report.made_at);
    let page = Page {
        title: w.daily_title(dates::shown_date(day)),
        number: w.daily_number(place.paper.centre_symbol.as_str()),
        place_and_day: paper::place_and_day(&frame.d, clock.day(report.made_at)),
        state: state(w, &report, made),
        cut_href: cut.then(|| me.at(format!("numbers/report/{day}?cut=1"))),
        summary: summary(w, &report),
        cases: cases(w, &report),
        care: care(w, &report),
        beds: beds(&me, &frame, &report),
        stocks: stocks(w, &report),
        back: me.at("numbers"),
        xlsx_href: me.at(format!("numbers/report/{day}/xlsx{}", asked.again())),
        pdf_href: me.at(format!("numbers/report/{day}/pdf{}", asked.again())),
        keep: keep.then(|| me.at("numbers/report")),
        maker,
        d: frame.d.clone(),
    };
    html(&page)
}

/// The name of who kept it.
pub(super) async fn maker(frame: &mut Frame, report: &Report) -> Result<Option<String>> {
    let Some(by) = report.made_by else { return Ok(None) };
    Ok(duty::staff::of(&mut frame.cx, &[by]).await?.remove(&by).map(|one| one.full_name))
}

/// Whether its numbers still change.
pub(super) fn state(w: Words, report: &Report, made: String) -> String {
    match (report.provisional, report.kept) {
        (true, true) => w.daily_state_cut(made),
        (true, false) => w.daily_state_now(made),
        (false, true) => w.daily_state_kept(made),
        (false, false) => w.daily_state_day(made),
    }
}

/// `POST /{tenant}/desk/numbers/report`: keeps today's as it is now.
pub async fn keep(me: Me, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    let mut cx = me.begin().await?;
    let day = numbers::freeze(&mut cx).await?;
    cx.commit().await?;
    Ok(see_other(&me.at(format!("numbers/report/{day}"))))
}

/// `GET /{tenant}/desk/numbers/report/{day}/xlsx`
pub async fn workbook(me: Me, Path((_, day)): Path<(String, String)>, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "numbers").await?;
    let day = day_of(&day)?;
    let report = asked_for(&mut frame, day, &asked).await?;
    let english = me.w.lang() == Lang::En;
    let bytes = numbers::xlsx(&report, &frame.d.clock.zone, english, |key| me.w.by_key(key))?;
    let headers = [
        (
            header::CONTENT_TYPE,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        ),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"bao-cao-ngay-{day}.xlsx\"")),
    ];
    Ok((headers, bytes).into_response())
}

pub(super) async fn asked_for(frame: &mut Frame, day: Date, asked: &Asked) -> Result<Report> {
    if asked.cut.is_empty() {
        numbers::report(&mut frame.cx, day).await
    } else {
        numbers::provisional(&mut frame.cx, day).await
    }
}

/// `36` is "3,6".
fn tenths(w: Words, value: i64) -> String {
    let text = shown::decimal(value as f64 / 10.0, 1);
    if w.lang() == Lang::Vi { text } else { format!("{}.{}", value / 10, value.abs() % 10) }
}

/// "+3", "-2", "0".
fn signed(n: i64) -> String {
    if n == 0 { "0".to_owned() } else { format!("{n:+}") }
}

/// The whole in a few sentences.
pub(super) fn summary(w: Words, report: &Report) -> Vec<String> {
    let (line, of) = (&report.whole, |measure| report.whole.day.of(measure).to_string());
    let beds = report.all_beds();
    let mut sentences = vec![
        w.daily_sum_f0(of(Measure::F0), signed(line.change(Measure::F0)), tenths(w, line.mean_tenths())),
        w.daily_sum_care(
            line.day.in_care().to_string(),
            of(Measure::AtHome),
            of(Measure::Facility),
            of(Measure::Hospital),
            of(Measure::Severe),
        ),
        w.daily_sum_ends(of(Measure::Recovered), of(Measure::Died)),
        w.daily_sum_rest(of(Measure::F1), of(Measure::Tested), of(Measure::Positive)),
    ];
    if !report.beds.is_empty() {
        sentences.push(w.daily_sum_beds(
            beds.free.to_string(),
            beds.beds.to_string(),
            beds.oxygen_free.to_string(),
            beds.icu_free.to_string(),
        ));
    }
    sentences
}

fn head(first: String, rest: Vec<String>) -> Vec<Head> {
    let rest = rest.into_iter().map(|label| Head { label, number: true });
    std::iter::once(Head { label: first, number: false }).chain(rest).collect()
}

fn name(w: Words, line: &Line) -> String {
    if line.rest {
        w.daily_rest()
    } else if line.ward.is_none() {
        w.daily_whole()
    } else {
        w.lang().pick(&line.name, &line.name_en).to_owned()
    }
}

fn figure(text: String) -> Cell {
    Cell { text, number: true, ..Cell::default() }
}

/// The wards, then the whole.
fn rows(report: &Report, row: impl Fn(&Line) -> Vec<Cell>) -> Vec<Vec<Cell>> {
    report.lines.iter().chain([&report.whole]).map(row).collect()
}

pub(super) fn cases(w: Words, report: &Report) -> Grid {
    let measure = |one| super::table::measure(w, one);
    let columns = vec![
        measure(Measure::F0),
        w.daily_change(),
        w.daily_mean(),
        w.daily_per_100k(),
        measure(Measure::Recovered),
        measure(Measure::Died),
        measure(Measure::Tested),
        measure(Measure::Positive),
    ];
    let unknown = || w.daily_unknown();
    let row = |line: &Line| {
        let share = line.per_100k_tenths().map_or_else(unknown, |share| tenths(w, share));
        vec![
            Cell::text(name(w, line)),
            Cell::number(line.day.of(Measure::F0)),
            figure(signed(line.change(Measure::F0))),
            figure(tenths(w, line.mean_tenths())),
            figure(share),
            Cell::number(line.day.of(Measure::Recovered)),
            Cell::number(line.day.of(Measure::Died)),
            Cell::number(line.day.of(Measure::Tested)),
            Cell::number(line.day.of(Measure::Positive)),
        ]
    };
    Grid { head: head(w.daily_ward(), columns), rows: rows(report, row) }
}

pub(super) fn care(w: Words, report: &Report) -> Grid {
    const SHOWN: [Measure; 6] = [
        Measure::AtHome,
        Measure::Facility,
        Measure::Hospital,
        Measure::Unplaced,
        Measure::Severe,
        Measure::F1,
    ];
    let columns = SHOWN.iter().map(|one| super::table::measure(w, *one)).collect();
    let row = |line: &Line| {
        let first = Cell::text(name(w, line));
        let rest = SHOWN.iter().map(|one| Cell::number(line.day.of(*one)));
        std::iter::once(first).chain(rest).collect()
    };
    Grid { head: head(w.daily_ward(), columns), rows: rows(report, row) }
}

pub(super) fn beds(me: &Me, frame: &Frame, report: &Report) -> Grid {
    super::beds::grid(me, frame, &report.beds)
}

pub(super) fn stocks(w: Words, report: &Report) -> Grid {
    let rows = report
        .stocks
        .iter()
        .map(|stock| {
            let unit = w.lang().pick(&stock.name, &stock.name_en);
            vec![Cell::text(unit), Cell::text(&stock.item), Cell::number(stock.n)]
        })
        .collect();
    let mut head = head(w.daily_stock_unit(), vec![w.daily_stock_item(), w.daily_stock_left()]);
    head[1].number = false;
    Grid { head, rows }
}

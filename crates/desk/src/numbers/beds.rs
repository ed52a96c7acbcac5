//! Beds: what houses have reported, and the form by which they do.

use crate::{
    Me,
    board::grid::{Cell, Grid, Head},
    frame::{self, Frame},
};
use askama::Template;
use axum::{Form, extract::Query};
use health::numbers::{self, Beds, House};
use kernel::{Result, UnitId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

/// A form as it was sent, or nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    unit: String,
    beds: String,
    free: String,
    oxygen_beds: String,
    oxygen_free: String,
    icu: String,
    icu_free: String,
}

impl Typed {
    fn of(&self, field: &str) -> &str {
        match field {
            "beds" => &self.beds,
            "free" => &self.free,
            "oxygen_beds" => &self.oxygen_beds,
            "oxygen_free" => &self.oxygen_free,
            "icu" => &self.icu,
            "icu_free" => &self.icu_free,
            _ => "",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    done: String,
}

struct Field {
    name: &'static str,
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "beds.html")]
struct Page {
    d: Desk,
    back: String,
    action: String,
    done: bool,
    grid: Grid,
    /// Id, label, chosen; empty for who reports for none.
    units: Vec<(String, String, bool)>,
    fields: Vec<Field>,
    errors: Errors,
}

/// `GET /{tenant}/desk/numbers/beds`
pub async fn page(me: Me, Query(after): Query<After>) -> Outcome {
    show(&me, Typed::default(), Errors::default(), after.done == "beds").await
}

/// `POST /{tenant}/desk/numbers/beds`
pub async fn save(me: Me, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut errors = Errors::default();
    match report(&me, &typed, &mut errors).await {
        Ok(true) => return Ok(see_other(&me.at("numbers/beds?done=beds"))),
        Ok(false) => {}
        Err(error) => errors.take(me.w, error)?,
    }
    show(&me, typed, errors, false).await
}

/// Writes what was typed; false where something must be mended first.
async fn report(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<bool> {
    let read = Beds::read(|field| typed.of(field));
    let unit: Option<UnitId> = typed.unit.parse().ok();
    let mut cx = me.begin().await?;
    match (unit, read) {
        (Some(unit), Ok(beds)) => {
            numbers::report_beds(&mut cx, unit, &beds).await?;
            cx.commit().await?;
            Ok(true)
        }
        (unit, read) => {
            numbers::may_report_beds(&cx)?;
            if unit.is_none() {
                errors.add("unit", me.w.by_key("error-choose"));
            }
            for fault in read.err().unwrap_or_default() {
                errors.add(fault.field, me.w.by_key(fault.key));
            }
            Ok(false)
        }
    }
}

async fn show(me: &Me, typed: Typed, errors: Errors, done: bool) -> Outcome {
    let mut frame = Frame::new(me, "numbers").await?;
    let houses = numbers::beds(&mut frame.cx).await?;
    let w = me.w;
    let units = numbers::reporting_units(&frame.cx, &frame.tree);
    // Somebody's own house, unless he has chosen another before.
    let chosen = match typed.unit.parse::<UnitId>() {
        Ok(unit) => Some(unit),
        Err(_) if units.len() == 1 => units.first().copied(),
        Err(_) => units.iter().copied().find(|unit| frame.units.contains(unit)),
    };
    let field = |name: &'static str, label: String| Field { name, label, value: typed.of(name).to_owned() };
    let wrong = !errors.is_empty();
    let page = Page {
        back: me.at("numbers"),
        action: me.at("numbers/beds"),
        done,
        grid: grid(me, &frame, &houses),
        units: units
            .iter()
            .map(|id| (id.to_string(), frame::name(&frame.tree, &frame.d, Some(*id)), Some(*id) == chosen))
            .collect(),
        fields: vec![
            field("beds", w.beds_beds()),
            field("free", w.beds_free()),
            field("oxygen_beds", w.beds_oxygen()),
            field("oxygen_free", w.beds_oxygen_free()),
            field("icu", w.beds_icu()),
            field("icu_free", w.beds_icu_free()),
        ],
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// What houses have reported last, and all of them together.
pub fn grid(me: &Me, frame: &Frame, houses: &[House]) -> Grid {
    let w = me.w;
    let number = |label: String| Head { label, number: true };
    let word = |label: String| Head { label, number: false };
    let head = vec![
        word(w.beds_unit()),
        number(w.beds_beds()),
        number(w.beds_free()),
        number(w.beds_oxygen()),
        number(w.beds_oxygen_free()),
        number(w.beds_icu()),
        number(w.beds_icu_free()),
        word(w.beds_at()),
    ];
    let row = |name: String, beds: Beds, at: String| {
        let numbers = [beds.beds, beds.free, beds.oxygen_beds, beds.oxygen_free, beds.icu, beds.icu_free];
        let cells = numbers.map(|n| Cell::number(n.into()));
        std::iter::once(Cell::text(name)).chain(cells).chain([Cell::text(at)]).collect::<Vec<_>>()
    };
    let mut all = Beds::default();
    let mut rows: Vec<_> = houses
        .iter()
        .map(|house| {
            all += house.beds;
            let name = w.lang().pick(&house.name, &house.name_en).to_owned();
            row(name, house.beds, frame.d.clock.full(house.at))
        })
        .collect();
    if rows.len() > 1 {
        rows.push(row(w.beds_all(), all, "–".to_owned()));
    }
    Grid { head, rows }
}

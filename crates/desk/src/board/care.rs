//! Figures of the epidemic beside those of the work: who is in care, how severe, how many beds are free.

use super::tiles::{Tile, change};
use crate::{Me, frame::Frame};
use duty::units::UnitKind;
use health::numbers::{self, Measure};
use jiff::{Span, civil::Date};
use kernel::{Error, Result, UnitId};
use pages::charts;

/// Days of the small line beside a figure.
const SERIES_DAYS: i64 = 13;

/// The figures of a ward, or of all that the reader sees; none for a unit that is no ward.
pub async fn tiles(me: &Me, frame: &mut Frame, unit: Option<UnitId>) -> Result<Vec<Tile>> {
    let is_ward = |unit| frame.tree.get(unit).is_some_and(|unit| unit.kind == UnitKind::Ward);
    if unit.is_some_and(|unit| !is_ward(unit)) {
        return Ok(Vec::new());
    }
    let today = frame.d.clock.today();
    let from = today.saturating_sub(Span::new().days(SERIES_DAYS));
    let numbers = match numbers::numbers(&mut frame.cx, from, today, unit).await {
        Err(Error::NotFound) => return Ok(Vec::new()),
        numbers => numbers?,
    };
    let w = me.w;
    let query = query(from, today, unit);
    let last = numbers.days.len().saturating_sub(1);
    let (now, before) = (numbers.on(unit, last), numbers.on(unit, last.saturating_sub(1)));
    let tile = |label: String, figure: i64, before: i64, series: Vec<i64>| {
        let (text, look, icon) = change(w, figure, before);
        Tile {
            label,
            figure: figure.to_string(),
            small: String::new(),
            change: w.board_than_yesterday(text, before.to_string()),
            look,
            icon,
            href: Some(me.at(format!("numbers{query}"))),
            spark: Some(charts::spark(&series, &super::tiles::said(w, &series))),
            ringing: false,
        }
    };
    let series = |measure| match unit {
        Some(ward) => numbers.series(ward, measure),
        None => numbers.whole(measure),
    };
    let mut in_care = vec![0; numbers.days.len()];
    for measure in Measure::IN_CARE {
        for (sum, n) in in_care.iter_mut().zip(series(measure)) {
            *sum += n;
        }
    }
    let of =
        |measure: Measure, label: String| tile(label, now.of(measure), before.of(measure), series(measure));
    let places = w.numbers_places(
        now.of(Measure::AtHome).to_string(),
        now.of(Measure::Facility).to_string(),
        now.of(Measure::Hospital).to_string(),
    );
    let mut tiles = vec![
        Tile { small: places, ..tile(w.numbers_in_care(), now.in_care(), before.in_care(), in_care) },
        of(Measure::Severe, w.numbers_tile_severe()),
        of(Measure::Died, w.numbers_tile_died()),
        of(Measure::F1, w.numbers_tile_f1()),
    ];
    if unit.is_none() {
        tiles.push(beds(me, frame).await?);
    }
    Ok(tiles)
}

async fn beds(me: &Me, frame: &mut Frame) -> Result<Tile> {
    let w = me.w;
    let houses = numbers::beds(&mut frame.cx).await?;
    let mut all = numbers::Beds::default();
    for house in &houses {
        all += house.beds;
    }
    let reported = !houses.is_empty();
    Ok(Tile {
        label: w.numbers_tile_beds(),
        figure: if reported { all.free.to_string() } else { "–".to_owned() },
        small: String::new(),
        change: if reported {
            w.numbers_beds_of(all.beds.to_string(), all.oxygen_free.to_string(), all.icu_free.to_string())
        } else {
            w.numbers_beds_none()
        },
        look: if reported && all.free == 0 { "is-worse" } else { "" },
        icon: "building-hospital",
        href: Some(me.at("numbers/beds")),
        spark: None,
        ringing: false,
    })
}

/// The part of an address that names days and a ward.
pub fn query(from: Date, to: Date, ward: Option<UnitId>) -> String {
    let ward = ward.map_or_else(String::new, |ward| format!("&ward={ward}"));
    format!("?from={from}&to={to}{ward}")
}

//! When a unit must have somebody on duty, and how many in reserve: what gaps are measured by.

use super::{Asked, Choice, Typed, at, must_manage, plan, unit_of, unprocessable};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Query};
use duty::rosters::{self, Required, RequiredWindow};
use kernel::{UnitId, dates};
use pages::{Desk, Outcome, forms::Errors, html, see_other};

/// Rows offered; empty ones are passed over.
const WINDOWS: usize = 6;

#[derive(Template)]
#[template(path = "roster_need.html")]
struct Page {
    d: Desk,
    unit: String,
    back: String,
    action: String,
    typed: Typed,
    errors: Errors,
    week: Vec<Choice>,
}

/// `GET /{tenant}/desk/rosters/need`
pub async fn form(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    must_manage(&mut frame, unit).await?;
    let required = rosters::required(&mut frame.cx, unit).await?;
    let mut typed = Typed::default();
    typed.put("backups", required.backups.to_string());
    typed.put("when", if required.windows.is_empty() { "always" } else { "windows" });
    for (row, window) in required.windows.iter().enumerate() {
        plan::put_days(&mut typed, &format!("n{row}-day"), window.weekdays);
        typed.put(format!("n{row}-start"), dates::shown_time(window.band.start));
        typed.put(format!("n{row}-end"), dates::shown_time(window.band.end));
    }
    page(&me, frame, unit, typed, Errors::default())
}

/// `POST /{tenant}/desk/rosters/need`
pub async fn save(me: Me, Query(asked): Query<Asked>, Form(typed): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    match read(unit, &typed) {
        Ok(required) => {
            rosters::require(&mut frame.cx, &required).await?;
            frame.cx.commit().await?;
            Ok(see_other(&at(&me, "", unit)))
        }
        Err((field, key)) => {
            let mut errors = Errors::default();
            errors.add(&field, me.w.by_key(key));
            unprocessable(page(&me, frame, unit, typed, errors))
        }
    }
}

/// What was typed, or the field that is wrong and why.
fn read(unit: UnitId, typed: &Typed) -> std::result::Result<Required, (String, &'static str)> {
    let backups = typed.get("backups").parse().ok().filter(|n| *n <= 5);
    let backups = backups.ok_or(("backups".to_owned(), "error-roster-backups"))?;
    let mut windows = Vec::new();
    for row in 0..WINDOWS {
        if typed.get("when") != "windows" || typed.get(&format!("n{row}-start")).is_empty() {
            continue;
        }
        let (weekdays, band) = plan::stretch(typed, &format!("n{row}"), String::new())?;
        windows.push(RequiredWindow { weekdays, band });
    }
    if typed.get("when") == "windows" && windows.is_empty() {
        return Err(("n0-start".to_owned(), "error-roster-no-hours"));
    }
    Ok(Required { unit, windows, backups })
}

fn page(me: &Me, frame: Frame, unit: UnitId, typed: Typed, errors: Errors) -> Outcome {
    let page = Page {
        unit: frame.unit(unit),
        back: at(me, "", unit),
        action: at(me, "/need", unit),
        typed,
        errors,
        week: super::week(me.w),
        d: frame.d,
    };
    html(&page)
}

impl Page {
    fn rows(&self) -> std::ops::Range<usize> {
        0..WINDOWS
    }

    fn on(&self, row: usize, day: &str) -> bool {
        self.typed.all(&format!("n{row}-day")).any(|chosen| chosen == day)
    }

    fn value(&self, row: usize, name: &str) -> String {
        self.typed.get(&format!("n{row}-{name}")).to_owned()
    }
}

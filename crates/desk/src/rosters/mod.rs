//! Rosters: who is on duty now and in the coming two weeks, gaps before they happen, and everything
//! that changes them: plans, swaps, covers, absences, tables handed in, calendar feeds.

mod board;
mod cells;
mod changes;
mod feeds;
mod import;
mod need;
mod paper;
mod plan;
mod typed;

pub use plan::drop_numbered;
pub use typed::Typed;

use crate::{Me, frame::Frame};
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use duty::{rosters, staff};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Result, StaffId, UnitId, dates};
use pages::{App, Outcome, Words};
use serde::Deserialize;
use std::collections::BTreeMap;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/rosters", get(board::page))
        .route("/{tenant}/desk/rosters/form", get(paper::page))
        .route("/{tenant}/desk/rosters/plan", get(plan::form).post(plan::save))
        .route("/{tenant}/desk/rosters/need", get(need::form).post(need::save))
        .route("/{tenant}/desk/rosters/import", get(import::form).post(import::look))
        .route("/{tenant}/desk/rosters/import/apply", post(import::apply))
        .route("/{tenant}/desk/rosters/import/errors", post(import::errors))
        .route("/{tenant}/desk/rosters/imports/{plan}/undo", post(import::undo))
        .route("/{tenant}/desk/rosters/changes/{id}/{answer}", post(changes::answer))
        .route("/{tenant}/desk/rosters/absences/{id}/end", post(changes::end_absence))
        .route("/{tenant}/desk/rosters/feeds", post(feeds::open))
        .route("/{tenant}/desk/rosters/feeds/{id}/revoke", post(feeds::revoke))
        .route("/{tenant}/desk/rosters/do/{act}", get(changes::form).post(changes::act))
        .route("/{tenant}/feeds/{file}", get(feeds::read))
}

/// The unit a page speaks of, and the day it begins with.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    pub unit: Option<UnitId>,
    pub from: Option<Date>,
    pub month: Option<String>,
    pub shift: Option<String>,
}

/// A value and its label.
pub type Choice = (String, String);

/// The unit asked for, else the reader's own first one, else the duty leader's.
fn unit_of(frame: &Frame, asked: Option<UnitId>) -> Result<UnitId> {
    let unit = asked.or_else(|| frame.units.first().copied()).unwrap_or_else(|| frame.tree.duty_leader());
    Ok(frame.tree.unit(unit)?.id)
}

/// `rosters?unit=…`, or a page below it.
fn at(me: &Me, below: &str, unit: UnitId) -> String {
    me.at(format!("rosters{below}?unit={unit}"))
}

/// The people with a post at a unit, as choices, in order of name.
async fn people(frame: &mut Frame, unit: UnitId) -> Result<Vec<Choice>> {
    let ids = staff::holders(&mut frame.cx, unit).await?;
    let mut list: Vec<Choice> = staff::of(&mut frame.cx, &ids)
        .await?
        .into_values()
        .filter(|person| person.left_on.is_none())
        .map(|person| (person.id.to_string(), person.full_name))
        .collect();
    list.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(list)
}

/// Names by person.
async fn names(frame: &mut Frame, ids: &[StaffId]) -> Result<BTreeMap<StaffId, String>> {
    Ok(staff::of(&mut frame.cx, ids).await?.into_iter().map(|(id, person)| (id, person.full_name)).collect())
}

/// Whether the reader arranges a unit's duty; the forms for it are not found otherwise.
async fn must_manage(frame: &mut Frame, unit: UnitId) -> Result<()> {
    if rosters::manages(&mut frame.cx, unit).await? { Ok(()) } else { Err(Error::Forbidden("roster.edit")) }
}

/// "Trực chính", "Dự phòng 1".
fn post_word(w: Words, post: rosters::Post) -> String {
    match post {
        rosters::Post::Primary => w.roster_primary(),
        rosters::Post::Backup(order) => w.roster_backup(order.to_string()),
    }
}

pub fn weekday_word(w: Words, day: jiff::civil::Weekday) -> String {
    use jiff::civil::Weekday as D;
    match day {
        D::Monday => w.weekday_monday(),
        D::Tuesday => w.weekday_tuesday(),
        D::Wednesday => w.weekday_wednesday(),
        D::Thursday => w.weekday_thursday(),
        D::Friday => w.weekday_friday(),
        D::Saturday => w.weekday_saturday(),
        D::Sunday => w.weekday_sunday(),
    }
}

/// The seven days with their numbers, Monday 1 to Sunday 7, under short names.
pub fn week(w: Words) -> Vec<Choice> {
    [
        w.weekday_mon(),
        w.weekday_tue(),
        w.weekday_wed(),
        w.weekday_thu(),
        w.weekday_fri(),
        w.weekday_sat(),
        w.weekday_sun(),
    ]
    .into_iter()
    .zip(1..)
    .map(|(name, number)| (number.to_string(), name))
    .collect()
}

/// A date typed as 25/09/2021 or picked as 2021-09-25.
fn date(typed: &Typed, field: &'static str) -> Result<Date> {
    let text = typed.get(field);
    text.parse().or_else(|_| dates::parse_date(text)).map_err(|_| Error::invalid(field, "error-date-format"))
}

/// A moment from two fields, `{field}` for the day and `{field}-time` for the hour.
fn moment(frame: &Frame, typed: &Typed, field: &'static str, time_field: &str) -> Result<Timestamp> {
    let day = date(typed, field)?;
    let time =
        dates::parse_time(typed.get(time_field)).map_err(|_| Error::invalid(field, "error-time-format"))?;
    let zone = &frame.d.clock.zone;
    zone.to_timestamp(day.to_datetime(time)).map_err(|_| Error::invalid(field, "error-date-none"))
}

/// A date field's own form.
fn date_value(day: Date) -> String {
    day.to_string()
}

fn unprocessable(outcome: Outcome) -> Outcome {
    let mut response: Response = outcome?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// An error that speaks of the form as a whole stands over it as well.
fn take(errors: &mut pages::forms::Errors, w: Words, whole: &str, error: Error) -> Result<()> {
    match error {
        Error::Conflict(key) => {
            errors.add(whole, w.by_key(key));
            Ok(())
        }
        other => errors.take(w, other),
    }
}

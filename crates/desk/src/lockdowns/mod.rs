//! Lockdown points: those in force with their guards, their days and what is asked for there; deciding
//! one, and lifting it by a decision. What is late, and a gate where nobody will stand, is said first.

mod act;
mod list;
mod new;
mod page;

use crate::{Me, frame::Frame};
use axum::{Router, routing::get};
use duty::permissions::{Action, Scope, permits};
use health::lockdowns::Supply;
use jiff::civil::Date;
use kernel::{Error, Result, UnitId};
use pages::{App, Words};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/lockdowns", get(list::page))
        .route("/{tenant}/desk/lockdowns/new", get(new::form).post(new::save))
        .route("/{tenant}/desk/lockdowns/{id}", get(page::page))
        .route("/{tenant}/desk/lockdowns/{id}/{act}", get(act::form).post(act::act))
}

fn decides(me: &Me) -> bool {
    permits(&me.actor, Action::LockdownDecide, Scope::Tenant)
}

/// Errors: `Forbidden` for those who decide nowhere.
fn must_decide(me: &Me) -> Result<()> {
    if decides(me) { Ok(()) } else { Err(Error::Forbidden(Action::LockdownDecide.as_str())) }
}

/// "Khu phố 2, Phường Tân Phong", as far as it is known.
fn place(frame: &Frame, ward: UnitId, quarter: Option<UnitId>) -> String {
    quarter
        .map_or_else(|| crate::frame::short(&frame.tree, &frame.d, Some(ward)), |quarter| frame.unit(quarter))
}

fn supply(w: Words, kind: Supply) -> String {
    w.by_key(&format!("lockdown-supply-{}", kind.as_str()))
}

/// "trễ 3 ngày"; empty while it is not.
fn late(w: Words, day: Option<Date>, lifted: bool, today: Date) -> String {
    health::lockdowns::late_by(day, lifted, today)
        .map_or_else(String::new, |days| w.late_days(days.to_string()))
}

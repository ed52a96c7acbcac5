//! Gates: the list with their last sign of life and how many are inside; one gate with its telephones, its zones
//! and its poster.

mod act;
mod form;
mod invite;
mod list;
mod page;
mod poster;

use crate::{Me, frame::Frame};
use axum::{
    Router,
    routing::{get, post},
};
use duty::permissions::{Action, Scope, permits};
use health::{
    cards,
    gates::{self, Gate, Kind, Role, Setting},
};
use jiff::SignedDuration;
use kernel::{Error, Result};
use pages::{App, Words};

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/gates{path}");
    Router::new()
        .route(&at(""), get(list::page))
        .route(&at("/new"), get(form::new).post(form::make))
        .route(&at("/{id}"), get(page::page))
        .route(&at("/{id}/edit"), get(form::change).post(form::save))
        .route(&at("/{id}/zone"), get(act::zone_form).post(act::zone))
        .route(&at("/{id}/invite"), post(invite::show))
        .route(&at("/{id}/poster"), get(poster::page).post(poster::renew))
        .route(&at("/{id}/poster.pdf"), get(poster::pdf))
        .route(&at("/{id}/devices/{device}/remove"), post(act::remove))
}

/// Whether the person sets up gates anywhere.
fn edits(me: &Me) -> bool {
    permits(&me.actor, Action::GateEdit, Scope::Tenant)
}

/// Errors: `Forbidden` for those who set up none.
fn must_edit(me: &Me) -> Result<()> {
    if edits(me) { Ok(()) } else { Err(Error::Forbidden(Action::GateEdit.as_str())) }
}

fn kind(w: Words, kind: Kind) -> String {
    w.by_key(&format!("gate-place-kind-{}", kind.as_str().replace('_', "-")))
}

fn role(w: Words, role: Role) -> String {
    w.by_key(&format!("gate-role-{}", role.as_str().replace('_', "-")))
}

/// "Vùng xanh, cấp 1"; a dash while nobody has said.
fn setting(w: Words, setting: Setting) -> String {
    let zone = setting.zone.map(|zone| w.by_key(&format!("gate-zone-{}", zone.as_str())));
    let level = setting.level.map(|level| w.gate_level_of(level.to_string()));
    let said: Vec<String> = zone.into_iter().chain(level).collect();
    if said.is_empty() { "–".to_owned() } else { said.join(", ") }
}

/// "12 / 40"; a dash while nobody has counted.
fn inside(inside: Option<u32>, limit: Option<i64>) -> String {
    let number = |number: Option<i64>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
    match (inside, limit) {
        (None, None) => "–".to_owned(),
        (inside, None) => number(inside.map(i64::from)),
        (inside, limit) => format!("{} / {}", number(inside.map(i64::from)), number(limit)),
    }
}

/// How many may be inside a gate by the rules of today.
async fn limit(frame: &mut Frame, gate: &Gate) -> Result<Option<i64>> {
    let law = cards::pack_on(&mut frame.cx, frame.tree.day()).await?;
    Ok(gates::limit(law.as_ref(), gate))
}

/// "nhanh 3 phút"; empty while it is within what is tolerated, or unknown. `add` is what the clock lacks to ours.
fn clock_off(w: Words, add: Option<i64>) -> String {
    let Some(add) =
        add.filter(|add| add.unsigned_abs() > gates::CLOCK_TOLERATED.as_millis().unsigned_abs() as u64)
    else {
        return String::new();
    };
    let span = pages::time::span(w, SignedDuration::from_millis(add).abs().as_secs());
    if add > 0 { w.gate_clock_slow(span) } else { w.gate_clock_fast(span) }
}

//! One gate.

use super::{clock_off, inside, kind, role, setting};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::{Path, Query};
use duty::{
    organisations,
    permissions::{Action, Scope, permits},
};
use health::{
    checkins,
    gates::{self, Known, One},
};
use kernel::{GateId, Result, dates::shown_date};
use pages::{Desk, Outcome, Words, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Looked {
    done: String,
}

struct Phone {
    name: String,
    enrolled: String,
    seen: String,
    clock: String,
    removed: String,
    /// Where it is removed; empty where the reader may not, or it is.
    remove: String,
}

#[derive(Template)]
#[template(path = "gate.html")]
struct Page {
    d: Desk,
    address: String,
    name: String,
    message: String,
    silent: bool,
    clocks_off: bool,
    edits: bool,
    /// May ask who was here, at that address.
    reads: bool,
    visits: String,
    /// It is there today: telephones may be enrolled.
    active: bool,
    facts: Vec<(String, String)>,
    phones: Vec<Phone>,
    zones: Vec<(String, String)>,
}

/// `GET /{tenant}/desk/gates/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, GateId)>, Query(asked): Query<Looked>) -> Outcome {
    let mut frame = Frame::new(&me, "gates").await?;
    let one = gates::find(&mut frame.cx, id).await?;
    let facts = facts(&me, &mut frame, &one).await?;
    let page = Page {
        address: me.at(format!("gates/{id}")),
        name: one.gate.name.clone(),
        message: message(me.w, &asked.done),
        silent: one.silent,
        clocks_off: one.devices.iter().any(|device| device.removed_at.is_none() && device.is_off()),
        edits: one.edits,
        reads: permits(&me.actor, Action::CheckInRead, Scope::Tenant),
        visits: me.at(format!("checkins/visits?gate={id}")),
        active: one.gate.is_active(frame.tree.day()),
        facts,
        phones: one.devices.iter().map(|device| phone(&me, &frame, &one, device)).collect(),
        zones: one.zones.iter().map(|(from, set)| (shown_date(*from), setting(me.w, *set))).collect(),
        d: frame.d,
    };
    html(&page)
}

fn message(w: Words, done: &str) -> String {
    match done {
        "made" | "saved" | "zone" | "removed" | "poster" => w.by_key(&format!("gate-done-{done}")),
        _ => String::new(),
    }
}

async fn facts(me: &Me, frame: &mut Frame, one: &One) -> Result<Vec<(String, String)>> {
    let (w, gate) = (me.w, &one.gate);
    let limit = super::limit(frame, gate).await?;
    let count = checkins::counted(&mut frame.cx, &[gate.id]).await?.remove(&gate.id);
    let organisation = match gate.organisation {
        Some(id) => organisations::names(&mut frame.cx, &[id]).await?.remove(&id),
        None => None,
    };
    let dash = || "–".to_owned();
    let mut facts = vec![
        (w.gate_kind(), kind(w, gate.kind)),
        (w.gate_role(), role(w, gate.role)),
        (w.gate_unit(), frame.unit(gate.unit)),
        (w.gate_organisation(), organisation.unwrap_or_else(dash)),
        (w.gate_setting(), setting(w, gate.setting)),
        (w.gate_inside(), inside(count, limit)),
        (w.gate_capacity(), gate.capacity.map_or_else(dash, |capacity| capacity.to_string())),
        (
            w.gate_sample(),
            gate.sample_of.map_or_else(|| w.gate_sample_all(), |of| w.gate_sample_one(of.to_string())),
        ),
        (w.gate_point(), gate.point.map_or_else(dash, |(lat, lon)| format!("{lat}, {lon}"))),
        (w.gate_from(), shown_date(gate.active_from)),
        (w.gate_until(), gate.active_until.map_or_else(dash, shown_date)),
    ];
    // Who guesses at a shop's door is seen by whoever answers for it.
    if gate.organisation.is_some() {
        let tries = gates::owner_tries(&mut frame.cx, gate.id).await?;
        let said = w.gate_owner_tries_said(tries.sent.to_string(), tries.wrong.to_string());
        facts.push((w.gate_owner_tries(), said));
    }
    Ok(facts)
}

fn phone(me: &Me, frame: &Frame, one: &One, device: &Known) -> Phone {
    let (w, clock) = (me.w, &frame.d.clock);
    let by = if device.by_owner { w.gate_enrolled_owner() } else { w.gate_enrolled_official() };
    let removable = one.edits && device.removed_at.is_none();
    Phone {
        name: device.name.clone(),
        enrolled: format!("{} · {by}", clock.full(device.enrolled_at)),
        seen: device.seen_at.map_or_else(|| "–".to_owned(), |at| clock.full(at)),
        clock: match clock_off(w, device.clock_add_ms) {
            off if off.is_empty() && device.clock_add_ms.is_some() => w.gate_clock_right(),
            off => off,
        },
        removed: device.removed_at.map(|at| clock.full(at)).unwrap_or_default(),
        remove: if removable {
            me.at(format!("gates/{}/devices/{}/remove", one.gate.id, device.id))
        } else {
            String::new()
        },
    }
}

//! All gates that the reader sees.

use super::{clock_off, edits, inside, kind, setting};
use crate::{
    Me,
    frame::{self, Frame},
    session::quoted,
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, allowed_units};
use health::{
    checkins,
    gates::{self, Asked, Listed, Numbers},
};
use kernel::GateId;
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    q: String,
    ward: String,
    silent: Option<String>,
    ended: Option<String>,
    page: i64,
}

struct Row {
    href: String,
    name: String,
    /// "Chợ · Phường Tân Phong"
    what: String,
    setting: String,
    devices: i64,
    seen: String,
    silent: bool,
    clock: String,
    inside: String,
    full: bool,
}

#[derive(Template)]
#[template(path = "gates.html")]
struct Page {
    d: Desk,
    edits: bool,
    /// "24 chốt"
    count: String,
    /// Empty while there is none.
    silent_ones: String,
    clocks_off: String,
    q: String,
    wards: Vec<(String, String)>,
    ward: String,
    silent: bool,
    ended: bool,
    /// Something was asked for: nothing found does not mean that there is nothing.
    narrowed: bool,
    rows: Vec<Row>,
    more: Option<String>,
}

/// `GET /{tenant}/desk/gates?q=&ward=&silent=&ended=&page=`
pub async fn page(me: Me, Query(typed): Query<Typed>) -> Outcome {
    let mut frame = Frame::new(&me, "gates").await?;
    let asked = Asked {
        text: typed.q.clone(),
        ward: typed.ward.parse().ok(),
        silent: typed.silent.is_some(),
        ended: typed.ended.is_some(),
        page: typed.page,
    };
    let found = gates::list(&mut frame.cx, &asked).await?;
    let ids: Vec<GateId> = found.gates.iter().map(|one| one.gate.id).collect();
    let counts = checkins::counted(&mut frame.cx, &ids).await?;
    let mut rows = Vec::with_capacity(found.gates.len());
    for one in &found.gates {
        rows.push(row(&me, &mut frame, one, counts.get(&one.gate.id).copied()).await?);
    }
    let Numbers { gates, silent, clocks_off } = gates::numbers(&mut frame.cx).await?;
    let told = |count: i64, words: String| if count > 0 { words } else { String::new() };
    let page = Page {
        edits: edits(&me),
        count: me.w.gates_numbers(gates.to_string()),
        silent_ones: told(silent, me.w.gates_silent(silent.to_string())),
        clocks_off: told(clocks_off, me.w.gates_clocks_off(clocks_off.to_string())),
        wards: wards(&me, &frame),
        narrowed: !asked.text.trim().is_empty() || asked.ward.is_some() || asked.silent || asked.ended,
        more: found.more.then(|| next(&me, &typed)),
        silent: asked.silent,
        ended: asked.ended,
        q: typed.q,
        ward: typed.ward,
        rows,
        d: frame.d,
    };
    html(&page)
}

fn next(me: &Me, typed: &Typed) -> String {
    let silent = if typed.silent.is_some() { "silent=1&" } else { "" };
    let ended = if typed.ended.is_some() { "ended=1&" } else { "" };
    let (q, ward, page) = (quoted(&typed.q), quoted(&typed.ward), typed.page.max(0) + 1);
    me.at(format!("gates?q={q}&ward={ward}&{silent}{ended}page={page}"))
}

fn wards(me: &Me, frame: &Frame) -> Vec<(String, String)> {
    let own = allowed_units(&me.actor, Action::GateSee);
    let wards = frame.tree.wards().filter(|ward| own.as_ref().is_none_or(|own| own.contains(&ward.id)));
    wards.map(|ward| (ward.id.to_string(), frame::short(&frame.tree, &frame.d, Some(ward.id)))).collect()
}

async fn row(me: &Me, frame: &mut Frame, one: &Listed, count: Option<u32>) -> kernel::Result<Row> {
    let (w, gate) = (me.w, &one.gate);
    let limit = super::limit(frame, gate).await?;
    let unit = frame::short(&frame.tree, &frame.d, Some(gate.unit));
    Ok(Row {
        href: me.at(format!("gates/{}", gate.id)),
        name: gate.name.clone(),
        what: format!("{} · {unit}", kind(w, gate.kind)),
        setting: setting(w, gate.setting),
        devices: one.devices,
        seen: match one.seen_at {
            Some(at) => frame.d.clock.short(at),
            None => w.gate_no_devices(),
        },
        silent: one.silent,
        clock: clock_off(w, one.clock_add_ms),
        full: count.zip(limit).is_some_and(|(inside, limit)| i64::from(inside) > limit),
        inside: inside(count, limit),
    })
}

//! What a unit has in its cupboard: what came in, what was counted, what was spoilt; and every change
//! with its author.

use crate::{
    Me,
    frame::{self, Frame},
    households::{item, move_reason},
    rounds::{chosen, units},
};
use askama::Template;
use axum::{Form, Router, extract::Query, routing::get};
use duty::{
    permissions::{Action, Scope, permits},
    staff,
};
use health::care::stock::{self, Item, Line, Move, Reason};
use kernel::{Error, Result, StaffId, UnitId};
use pages::{App, Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Changes on the page.
const MOVES: i64 = 50;
/// What a person enters; the rest is told by the bags.
const REASONS: [Reason; 3] = [Reason::Received, Reason::Counted, Reason::Spoilt];

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/stocks", get(page).post(enter))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Empty: the reader's own.
    unit: String,
    done: String,
}

/// The form as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    csrf: String,
    unit: String,
    reason: String,
    item: String,
    n: String,
}

struct Row {
    name: String,
    n: String,
    /// Below zero, or used up.
    low: bool,
    /// Since when it is known; or that nobody has said.
    since: String,
}

struct Change {
    time: String,
    full: String,
    name: String,
    n: String,
    reason: String,
    who: String,
}

#[derive(Template)]
#[template(path = "stocks.html")]
struct Page {
    d: Desk,
    action: String,
    message: String,
    unit: String,
    chosen: String,
    /// Id, name, chosen; empty where there is nothing to choose.
    units: Vec<(String, String, bool)>,
    rows: Vec<Row>,
    changes: Vec<Change>,
    /// The reader may write it down.
    records: bool,
    reasons: Vec<(String, String, bool)>,
    items: Vec<(String, String, bool)>,
    n: String,
    errors: Errors,
}

/// `GET /{tenant}/desk/stocks?unit=`
async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CareSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CareSee.as_str()).into());
    }
    let message = if asked.done == "entered" { me.w.stock_done_entered() } else { String::new() };
    let sent = Sent { unit: asked.unit, ..Sent::default() };
    show(&me, &sent, message, Errors::default()).await
}

/// `POST /{tenant}/desk/stocks`
async fn enter(me: Me, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    let unit = sent.unit.parse::<UnitId>()?;
    let mut errors = Errors::default();
    match write(&me, unit, &sent).await {
        Ok(()) => return Ok(see_other(&me.at(format!("stocks?unit={unit}&done=entered")))),
        Err(error) => errors.take(me.w, error)?,
    }
    show(&me, &sent, String::new(), errors).await
}

async fn write(me: &Me, unit: UnitId, sent: &Sent) -> Result<()> {
    let mut cx = me.begin().await?;
    // Who may not write it down is told so before his numbers are looked at.
    let choose = |field| Error::invalid(field, "error-choose");
    let reason = sent.reason.parse::<Reason>().ok().filter(|one| REASONS.contains(one));
    let item = sent.item.parse::<Item>().ok();
    let n = sent.n.trim().parse::<i32>().ok();
    // -1 is refused with the words of the number, after the permission.
    let entered = stock::enter(
        &mut cx,
        unit,
        reason.unwrap_or(Reason::Counted),
        item.unwrap_or(Item::BagA),
        n.filter(|_| reason.is_some() && item.is_some()).unwrap_or(-1),
    );
    match entered.await {
        Ok(_) => cx.commit().await,
        Err(Error::Invalid { field: "n", .. }) if reason.is_none() => Err(choose("reason")),
        Err(Error::Invalid { field: "n", .. }) if item.is_none() => Err(choose("item")),
        Err(other) => Err(other),
    }
}

async fn show(me: &Me, sent: &Sent, message: String, errors: Errors) -> Outcome {
    let w = me.w;
    let mut frame = Frame::new(me, "rounds").await?;
    let all = stock::units(&mut frame.cx).await?;
    let unit = chosen(&sent.unit, &frame, &all)?;
    let (lines, moves) = match unit {
        Some(unit) => {
            (stock::lines_of(&mut frame.cx, unit).await?, stock::moves(&mut frame.cx, unit, MOVES).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    let who: Vec<StaffId> = moves.iter().filter_map(|one| one.by).collect();
    let who: BTreeMap<StaffId, String> =
        staff::of(&mut frame.cx, &who).await?.into_iter().map(|(id, one)| (id, one.full_name)).collect();
    let choice = |code: &str, label: String, typed: &str| (code.to_owned(), label, code == typed);
    let wrong = !errors.is_empty();
    let page = Page {
        action: me.at("stocks"),
        message,
        unit: unit.map_or_else(String::new, |unit| frame::short(&frame.tree, &frame.d, Some(unit))),
        chosen: unit.map(|unit| unit.to_string()).unwrap_or_default(),
        units: units(&frame, &all, unit),
        rows: lines.iter().map(|line| row(me, &frame, line)).collect(),
        changes: moves.iter().map(|one| change(me, &frame, &who, one)).collect(),
        records: unit.is_some() && permits(&me.actor, Action::CareRecord, Scope::Units(unit.as_slice())),
        reasons: REASONS.iter().map(|one| choice(one.as_str(), move_reason(w, *one), &sent.reason)).collect(),
        items: Item::ALL.iter().map(|one| choice(one.as_str(), item(w, *one), &sent.item)).collect(),
        n: sent.n.clone(),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn row(me: &Me, frame: &Frame, line: &Line) -> Row {
    Row {
        name: item(me.w, line.item),
        n: line.n.to_string(),
        low: line.n < 0 || (line.n == 0 && line.counted_at.is_some()),
        since: match line.counted_at {
            Some(at) => me.w.stock_since(frame.d.clock.short(at)),
            None => me.w.stock_unknown(),
        },
    }
}

fn change(me: &Me, frame: &Frame, who: &BTreeMap<StaffId, String>, one: &Move) -> Change {
    Change {
        time: frame.d.clock.short(one.at),
        full: frame.d.clock.full(one.at),
        name: item(me.w, one.item),
        n: if one.n == 0 { "0".to_owned() } else { format!("{:+}", one.n) },
        reason: move_reason(me.w, one.reason),
        who: one.by.and_then(|by| who.get(&by).cloned()).unwrap_or_default(),
    }
}

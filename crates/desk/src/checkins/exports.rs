//! Lists of who was where that somebody wants to take out of the house: asked for by one, agreed to by another, then
//! fetched within a day.

use super::{
    SCREEN, must,
    visits::{lists, wanted},
};
use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
    http::header,
    response::IntoResponse,
};
use duty::{
    permissions::{Action, Scope, permits},
    staff, units,
};
use health::{
    checkins::{self, Spot, Waiting},
    gates, places,
};
use kernel::{Error, GateId, Result, StaffId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use std::collections::BTreeMap;
use store::Cx;
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Looked {
    done: String,
}

struct Row {
    id: String,
    name: String,
    span: String,
    why: String,
    asked: String,
    /// Where it stands, in words.
    state: String,
    /// It can be fetched now.
    open: bool,
    action: String,
}

#[derive(Template)]
#[template(path = "checkins_exports.html")]
struct Page {
    d: Desk,
    address: String,
    back: String,
    message: String,
    decides: bool,
    asks: bool,
    to_decide: Vec<Row>,
    mine: Vec<Row>,
    errors: Errors,
}

/// The names of spots, in their order; a dash for one that the reader does not see.
pub(super) async fn names(cx: &mut Cx, spots: &[Spot]) -> Result<Vec<String>> {
    let of_gate = |spot: &Spot| if let Spot::Gate(gate) = spot { Some(*gate) } else { None };
    let ids: Vec<GateId> = spots.iter().filter_map(of_gate).collect();
    let gates = gates::of(cx, &ids).await?;
    let known = if ids.len() == spots.len() {
        Vec::new()
    } else {
        match places::to_choose(cx).await {
            Ok(known) => known,
            Err(Error::NotFound) => Vec::new(),
            Err(other) => return Err(other),
        }
    };
    let name = |spot: &Spot| match spot {
        Spot::Gate(gate) => gates.get(gate).map(|gate| gate.name.clone()),
        Spot::Place(id) => known.iter().find(|place| place.id == *id).map(|place| place.name.clone()),
    };
    Ok(spots.iter().map(|spot| name(spot).unwrap_or_else(|| "–".to_owned())).collect())
}

/// `GET /{tenant}/desk/checkins/exports`
pub async fn page(me: Me, Query(asked): Query<Looked>) -> Outcome {
    show(&me, &asked.done, Errors::default()).await
}

async fn show(me: &Me, done: &str, errors: Errors) -> Outcome {
    if !lists(me) {
        return Err(Error::Forbidden(Action::CheckInExport.as_str()).into());
    }
    let mut frame = Frame::new(me, SCREEN).await?;
    let may = |action| permits(&me.actor, action, Scope::Tenant);
    let (decides, asks) = (may(Action::CheckInApprove), may(Action::CheckInExport));
    let to_decide = if decides { checkins::to_decide(&mut frame.cx).await? } else { Vec::new() };
    let mine = if asks { checkins::of_mine(&mut frame.cx).await? } else { Vec::new() };
    let wrong = !errors.is_empty();
    let page = Page {
        address: me.at("checkins/exports"),
        back: me.at("checkins/visits"),
        message: match done {
            "asked" | "approved" | "refused" => me.w.by_key(&format!("checkins-done-{done}")),
            _ => String::new(),
        },
        decides,
        asks,
        to_decide: rows(me, &mut frame, &to_decide).await?,
        mine: rows(me, &mut frame, &mine).await?,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

async fn rows(me: &Me, frame: &mut Frame, waiting: &[Waiting]) -> Result<Vec<Row>> {
    let spots: Vec<Spot> = waiting.iter().map(|one| one.spot).collect();
    let names = names(&mut frame.cx, &spots).await?;
    let mut people: Vec<StaffId> = waiting.iter().map(|one| one.asked_by).collect();
    people.extend(waiting.iter().filter_map(|one| one.decided).map(|decided| decided.by));
    let people: BTreeMap<StaffId, String> = staff::of(&mut frame.cx, &people)
        .await?
        .into_iter()
        .map(|(id, staff)| (id, staff.full_name))
        .collect();
    Ok(waiting.iter().zip(names).map(|(one, name)| row(me, frame, &people, one, name)).collect())
}

fn row(me: &Me, frame: &Frame, people: &BTreeMap<StaffId, String>, one: &Waiting, name: String) -> Row {
    let (w, clock) = (me.w, &frame.d.clock);
    let who = |id: StaffId| people.get(&id).cloned().unwrap_or_else(|| "–".to_owned());
    let state = match one.decided {
        None => w.checkins_export_waits(),
        Some(decided) if decided.agreed => w.checkins_export_agreed(who(decided.by), clock.full(decided.at)),
        Some(decided) => w.checkins_export_refused(who(decided.by), clock.full(decided.at)),
    };
    Row {
        id: one.id.to_string(),
        name,
        span: format!("{} – {}", clock.full(one.from), clock.full(one.to)),
        why: one.why.clone(),
        asked: format!("{} · {}", who(one.asked_by), clock.short(one.asked_at)),
        state,
        open: one.is_open(clock.now),
        action: me.at(format!("checkins/exports/{}", one.id)),
    }
}

/// `POST /{tenant}/desk/checkins/exports`: what was just read is asked for as a file.
pub async fn ask(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must(&me, Action::CheckInExport)?;
    let mut errors = Errors::default();
    if asked(&me, &typed, &mut errors).await? {
        Ok(see_other(&me.at("checkins/exports?done=asked")))
    } else {
        show(&me, "", errors).await
    }
}

/// Whether it was asked for; else `errors` tell why not.
async fn asked(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<bool> {
    let mut cx = me.begin().await?;
    let zone = units::timezone(&mut cx).await?;
    let Some(wanted) = wanted(me, &zone, typed, errors)? else { return Ok(false) };
    match checkins::ask(&mut cx, wanted.spot, wanted.from, wanted.to, &wanted.why).await {
        Ok(_) => cx.commit().await.map(|()| true),
        Err(error) => errors.take(me.w, error).map(|()| false),
    }
}

/// `POST /{tenant}/desk/checkins/exports/{id}/{act}`: `approve`, `refuse`, or `file` for the one who asked.
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, Uuid, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let mut cx = me.begin().await?;
    match act.as_str() {
        "approve" => {
            checkins::approve(&mut cx, id).await?;
            cx.commit().await?;
            Ok(see_other(&me.at("checkins/exports?done=approved")))
        }
        "refuse" => {
            let mut errors = Errors::default();
            if let Err(error) = checkins::refuse(&mut cx, id, typed.of("why")).await {
                cx.rollback().await?;
                errors.take(me.w, error)?;
                return show(&me, "", errors).await;
            }
            cx.commit().await?;
            Ok(see_other(&me.at("checkins/exports?done=refused")))
        }
        "file" => {
            let file = checkins::file(&mut cx, id).await?;
            cx.commit().await?;
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name)),
            ];
            Ok((headers, file.bytes).into_response())
        }
        _ => Err(Error::NotFound.into()),
    }
}

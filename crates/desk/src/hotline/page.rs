//! The hotline's page.

use super::{
    Pressed,
    asked::{self, Told},
};
use crate::{
    Me, calls as call_room, cases,
    frame::{self, Frame},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::{
    calls::{self, Call},
    permissions::{Action, Scope, permits},
    staff,
};
use health::{
    hotline::{self, Owed, Owing, Topic, Waiting},
    vitals::Symptom,
};
use kernel::{Error, Result, StaffId};
use pages::{Desk, Outcome, Words, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
    /// The call and the place of an order that the reader has given.
    call: String,
    order: i16,
}

struct Line {
    topic: String,
    number: String,
    since: String,
    full: String,
    state: String,
    /// Path and code of households that have this number.
    homes: Vec<(String, String)>,
    call_href: String,
    /// Where buttons send to; the reader talks in it, or supervises.
    at: String,
    directs: bool,
    /// The caller is held.
    held: bool,
    listens: bool,
    /// What was asked last, while it is not done or where it could not be done.
    told: Option<Told>,
    /// It rings at the reader's own telephone.
    takes: bool,
}

struct Promise {
    kind: String,
    topic: String,
    number: String,
    times: String,
    told: String,
    unit: String,
    opened: String,
    full: String,
    due: String,
    due_rfc: String,
    due_full: String,
    pressure: &'static str,
    ticket_href: String,
    code: String,
    call_href: String,
    recorded: bool,
    /// Empty where there is no number to open.
    number_action: String,
    /// The number, once it has been opened.
    opened_number: String,
    /// Where it is called from the call room; empty where that cannot be.
    call_action: String,
    /// Calls back so far: address and words, the newest first.
    called: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "hotline.html")]
struct Page {
    d: Desk,
    address: String,
    message: String,
    /// What became of what the reader has asked for.
    told: Option<Told>,
    /// The reader sees the calls of the district.
    sees: bool,
    lines: Vec<Line>,
    owed: Vec<Promise>,
}

/// `GET /{tenant}/desk/hotline`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let w = me.w;
    let message = match asked.done.as_str() {
        "called" => w.call_done_called(),
        "over" => w.error_hotline_over(),
        "no-phone" => w.error_hotline_no_phone(),
        "not-here" => w.error_operator_not_here(),
        "talking" => w.error_operator_talking(),
        "on-the-line" => w.error_call_on_the_line(),
        "withheld" => w.error_hotline_withheld(),
        "not-allowed" => w.error_number_not_allowed(),
        _ => String::new(),
    };
    show(&me, message, &asked, None).await
}

/// `POST /{tenant}/desk/hotline/owed/{id}/number`: the number is on the page that answers, and nowhere else.
pub async fn number(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(sent): Form<Pressed>) -> Outcome {
    me.check(&sent.csrf)?;
    let mut cx = me.begin().await?;
    let number = hotline::open_number(&mut cx, id).await?;
    cx.commit().await?;
    let shown = number.map_or_else(|| me.w.hotline_withheld(), |number| number.to_string());
    show(&me, String::new(), &Asked::default(), Some((id, shown))).await
}

async fn show(me: &Me, message: String, asked: &Asked, opened: Option<(Uuid, String)>) -> Outcome {
    if !permits(&me.actor, Action::CallSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CallSee.as_str()).into());
    }
    let mut frame = Frame::new(me, "hotline").await?;
    let waiting = hotline::waiting(&mut frame.cx).await?;
    let owed = hotline::owed(&mut frame.cx).await?;
    let sees = calls::may(&frame.cx, Action::CallSee, None);
    let listens = calls::may(&frame.cx, Action::CallSupervise, None);
    let names = operators(&mut frame, &waiting).await?;
    let mut lines = Vec::with_capacity(waiting.len());
    for one in &waiting {
        let told = match &one.asked {
            Some(asked) => Some(asked::told(me.w, &mut frame, asked).await?),
            None => None,
        };
        lines.push(line(me, &frame, one, &names, listens, told));
    }
    let called = called(&mut frame, &owed).await?;
    let told = asked::own(me, &mut frame, &asked.call, asked.order).await?;
    let address = match &told {
        Some(_) => me.at(format!("hotline?call={}&order={}", asked.call, asked.order)),
        None => me.at("hotline"),
    };
    let page = Page {
        address,
        message,
        told,
        sees,
        lines,
        owed: owed.iter().map(|one| promise(me, &frame, one, opened.as_ref(), &called)).collect(),
        d: frame.d,
    };
    html(&page)
}

async fn operators(frame: &mut Frame, waiting: &[Waiting]) -> Result<BTreeMap<StaffId, String>> {
    let ids: Vec<StaffId> = waiting.iter().filter_map(|one| one.operator).collect();
    Ok(staff::of(&mut frame.cx, &ids).await?.into_iter().map(|(id, one)| (id, one.full_name)).collect())
}

/// The calls back so far to those who are owed one, the first first.
async fn called(frame: &mut Frame, owed: &[Owed]) -> Result<Vec<Call>> {
    let tickets: Vec<Uuid> = owed.iter().map(|one| one.ticket.id.uuid()).collect();
    let Some(from) = owed.iter().map(|one| one.opened_at).min() else { return Ok(Vec::new()) };
    Ok(calls::of_stretch(&mut frame.cx, &tickets, &[], from, None).await?.0)
}

fn line(
    me: &Me,
    frame: &Frame,
    one: &Waiting,
    names: &BTreeMap<StaffId, String>,
    listens: bool,
    told: Option<Told>,
) -> Line {
    let (w, clock) = (me.w, &frame.d.clock);
    let state = match one.operator.and_then(|operator| names.get(&operator)) {
        Some(name) if one.held => w.hotline_holds(name.as_str()),
        Some(name) if one.served => w.hotline_with(name.as_str()),
        Some(name) => w.hotline_rings(name.as_str()),
        None if one.waits => w.hotline_waits(),
        None => w.hotline_listening(),
    };
    Line {
        topic: one.topic.map_or_else(|| w.hotline_no_topic(), |topic| topic_word(w, topic)),
        number: one.number_masked.clone().unwrap_or_else(|| w.hotline_withheld()),
        since: clock.time(one.since),
        full: clock.full(one.since),
        state,
        homes: one
            .households
            .iter()
            .map(|(id, code)| (me.at(format!("households/{id}")), code.clone()))
            .collect(),
        call_href: me.at(format!("calls/{}", one.call)),
        at: me.at(format!("hotline/{}", one.call)),
        // While his telephone still rings there is nothing to hold or to pass on.
        directs: one.served && (one.operator == Some(me.staff) || listens),
        held: one.held,
        listens: one.served && listens && one.operator != Some(me.staff),
        told,
        takes: !one.served && one.operator == Some(me.staff),
    }
}

fn promise(me: &Me, frame: &Frame, one: &Owed, opened: Option<&(Uuid, String)>, called: &[Call]) -> Promise {
    let (w, clock) = (me.w, &frame.d.clock);
    let urgent = one.kind == Owing::Emergency;
    let opened = opened.filter(|(id, _)| *id == one.id);
    let opens = calls::may(&frame.cx, Action::CallMake, Some(one.unit))
        || permits(&me.actor, Action::TicketAccept, Scope::Units(&[one.unit]));
    Promise {
        kind: w.by_key(&format!("hotline-owing-{}", kebab(one.kind.as_str()))),
        topic: topic_word(w, one.topic),
        number: one.number_masked.clone().unwrap_or_else(|| w.hotline_withheld()),
        times: if one.times > 1 { w.hotline_times(one.times.to_string()) } else { String::new() },
        told: told(w, one),
        unit: frame::short(&frame.tree, &frame.d, Some(one.unit)),
        opened: clock.short(one.opened_at),
        full: clock.full(one.opened_at),
        due: clock.left(w, one.ticket.due_at),
        due_rfc: clock.rfc(one.ticket.due_at),
        due_full: clock.full(one.ticket.due_at),
        pressure: clock.pressure(one.ticket.due_at, urgent),
        ticket_href: me.at(format!("tickets/{}", one.ticket.id)),
        code: one.ticket.code.clone(),
        call_href: me.at(format!("calls/{}", one.call)),
        recorded: one.recording.is_some(),
        number_action: match &one.number_masked {
            Some(_) if opens && opened.is_none() => me.at(format!("hotline/owed/{}/number", one.id)),
            _ => String::new(),
        },
        opened_number: opened.map(|(_, number)| number.clone()).unwrap_or_default(),
        call_action: match &one.number_masked {
            Some(_) if calls::may(&frame.cx, Action::CallMake, Some(one.unit)) => {
                me.at(format!("hotline/owed/{}/call", one.id))
            }
            _ => String::new(),
        },
        called: called
            .iter()
            .rev()
            .filter(|call| call.object == Some(one.ticket.id.uuid()))
            .map(|call| {
                let words = w.hotline_called(clock.short(call.began_at), call_room::standing(w, call));
                (me.at(format!("calls/{}", call.id)), words)
            })
            .collect(),
    }
}

/// Symptoms and readings as they were told by keys.
fn told(w: Words, one: &Owed) -> String {
    let Some(told) = &one.told else { return String::new() };
    let signs = told["symptoms"].as_array().into_iter().flatten().filter_map(|sign| sign.as_str());
    let mut parts: Vec<String> =
        signs.filter_map(|sign| sign.parse::<Symptom>().ok()).map(|sign| cases::symptom(w, sign)).collect();
    for (field, label) in
        [("temperature", w.hotline_temperature()), ("spo2", w.hotline_spo2()), ("pulse", w.hotline_pulse())]
    {
        if let Some(value) = told[field].as_str().filter(|value| !value.is_empty()) {
            parts.push(format!("{label} {value}"));
        }
    }
    parts.join(", ")
}

fn topic_word(w: Words, topic: Topic) -> String {
    w.by_key(&format!("hotline-topic-{}", kebab(topic.as_str())))
}

fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

//! Tickets: the list of what is mine and how long is left, the ticket beside it, and what can be
//! done with it.

mod act;
mod delivery;
mod detail;
mod list;
mod resolve;
mod story;

pub use act::{act, form, takes_tickets};
pub use detail::{Detail, state_word};
pub use list::Row;
pub use resolve::{file, resolve, resolve_form};
pub use story::{LadderView, Line, Teller, lines, outcome_word, told, word};

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use duty::{
    permissions::{Action, allowed_units},
    tickets::{self, Filter},
};
use jiff::Timestamp;
use kernel::{TicketId, UnitId};
use pages::{Desk, Outcome, html, see_other};
use serde::Deserialize;

/// `GET /{tenant}/desk`: work begins with the queue.
pub async fn home(me: Me) -> Response {
    see_other(&me.at("tickets"))
}

/// What the list shows; the same words stand in the address.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    view: String,
    #[serde(default, deserialize_with = "left_open")]
    unit: Option<UnitId>,
    kind: Option<String>,
    after: Option<String>,
}

/// A select that was left open arrives as an empty text.
fn left_open<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<UnitId>, D::Error> {
    Ok(String::deserialize(from)?.parse().ok())
}

/// One of the tabs above the list.
struct View {
    label: String,
    href: String,
    here: bool,
    count: Option<i64>,
}

#[derive(Template)]
#[template(path = "tickets.html")]
struct Page {
    d: Desk,
    views: Vec<View>,
    view: String,
    units: Vec<(String, String, bool)>,
    kinds: Vec<(String, String, bool)>,
    /// Pauses that wait for this person's approval: the ticket's code and page.
    pauses: Vec<(String, String)>,
    rows: Vec<Row>,
    more: Option<String>,
    detail: Option<Box<Detail>>,
    address: String,
}

const LINES: i64 = 50;

/// `GET /{tenant}/desk/tickets`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    show(me, asked, None).await
}

/// `GET /{tenant}/desk/tickets/{id}`: the ticket beside the list it came from.
pub async fn detail(me: Me, Path((_, id)): Path<(String, TicketId)>, Query(asked): Query<Asked>) -> Outcome {
    show(me, asked, Some(id)).await
}

async fn show(me: Me, asked: Asked, open: Option<TicketId>) -> Outcome {
    let mut frame = Frame::new(&me, "tickets").await?;
    let filter = filter(&me, &frame, &asked);
    let mut lines = tickets::queue(&mut frame.cx, &filter).await?;
    let more = (lines.len() as i64 > LINES).then(|| {
        lines.truncate(usize::try_from(LINES).unwrap_or(50));
        lines.last().map(|line| format!("{}_{}", line.due_at.as_microsecond(), line.id))
    });
    let outside: Vec<TicketId> =
        lines.iter().filter(|line| line.unit.is_none()).map(|line| line.id).collect();
    frame.learn_owing(&outside).await?;
    let mut rows = Vec::with_capacity(lines.len());
    for line in &lines {
        rows.push(Row::new(&frame, &me, line, &asked, open));
    }
    let detail = match open {
        Some(id) => Some(Box::new(Detail::load(&me, &mut frame, id).await?)),
        None => None,
    };
    let counts = tickets::counts(&mut frame.cx, &frame.units).await?;
    let pauses = tickets::pauses_to_decide(&mut frame.cx).await?;
    let pauses = pauses.into_iter().map(|(id, code)| (code, me.at(format!("tickets/{id}")))).collect();
    let address = match open {
        Some(id) => format!("{}{}", me.at(format!("tickets/{id}")), asked.query(None)),
        None => format!("{}{}", me.at("tickets"), asked.query(None)),
    };
    let page = Page {
        views: views(&me, &asked, counts),
        view: asked.view.clone(),
        units: unit_choices(&me, &frame, &asked),
        kinds: kind_choices(&me, &asked),
        more: more.flatten().map(|after| format!("{}{}", me.at("tickets"), asked.query(Some(&after)))),
        pauses,
        rows,
        detail,
        address,
        d: frame.d,
    };
    html(&page)
}

fn filter(me: &Me, frame: &Frame, asked: &Asked) -> Filter {
    // Another unit's queue is shown only to someone who may see its tickets.
    let allowed = allowed_units(&me.actor, Action::TicketSee);
    let units = match asked.unit {
        Some(unit) if allowed.as_ref().is_none_or(|allowed| allowed.contains(&unit)) => vec![unit],
        Some(_) => Vec::new(),
        None => frame.units.clone(),
    };
    let after = asked.after.as_deref().and_then(|text| {
        let (due, id) = text.split_once('_')?;
        Some((Timestamp::from_microsecond(due.parse().ok()?).ok()?, id.parse().ok()?))
    });
    Filter {
        units,
        assignee: (asked.view == "mine").then_some(me.staff),
        kind: asked.kind.clone().filter(|kind| !kind.is_empty()),
        overdue: asked.view == "late",
        waiting: asked.view == "waiting",
        after,
        limit: LINES + 1,
    }
}

impl Asked {
    /// The part of the address after the path; `after` goes to the next page of the list.
    fn query(&self, after: Option<&str>) -> String {
        let mut parts = Vec::new();
        if !self.view.is_empty() {
            parts.push(format!("view={}", self.view.replace(|c: char| !c.is_ascii_alphanumeric(), "")));
        }
        if let Some(unit) = self.unit {
            parts.push(format!("unit={unit}"));
        }
        if let Some(kind) = self.kind.as_deref().filter(|kind| !kind.is_empty()) {
            parts
                .push(format!("kind={}", kind.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "")));
        }
        if let Some(after) = after.or(self.after.as_deref()) {
            parts.push(format!(
                "after={}",
                after.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-', "")
            ));
        }
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

fn views(me: &Me, asked: &Asked, counts: tickets::Counts) -> Vec<View> {
    let w = me.w;
    let view = |name: &str, label: String, count: Option<i64>| {
        let there = Asked { view: name.to_owned(), after: None, ..asked.clone() };
        View {
            label,
            href: format!("{}{}", me.at("tickets"), there.query(None)),
            here: asked.view == name,
            count,
        }
    };
    vec![
        view("", w.tickets_view_unit(), asked.unit.is_none().then_some(counts.open)),
        view("waiting", w.tickets_view_waiting(), None),
        view("mine", w.tickets_view_mine(), None),
        view("late", w.tickets_view_late(), asked.unit.is_none().then_some(counts.late)),
    ]
}

fn unit_choices(me: &Me, frame: &Frame, asked: &Asked) -> Vec<(String, String, bool)> {
    let allowed = allowed_units(&me.actor, Action::TicketSee);
    let mut choices: Vec<_> = frame
        .tree
        .iter()
        .filter(|unit| allowed.as_ref().is_none_or(|allowed| allowed.contains(&unit.id)))
        .map(|unit| {
            (
                unit.id.to_string(),
                me.w.lang().pick(&unit.short, &unit.name_en).to_owned(),
                asked.unit == Some(unit.id),
            )
        })
        .collect();
    choices.sort_by(|a, b| a.1.cmp(&b.1));
    choices
}

fn kind_choices(me: &Me, asked: &Asked) -> Vec<(String, String, bool)> {
    [
        "f0_news",
        "f0_list",
        "red_flag",
        "silence",
        "care_visit",
        "care_call_back",
        "trace",
        "self_test",
        "order",
        "declaration",
        "unmatched",
        "need",
        "signal",
        "gate_alert",
        "correction",
        "hotline_emergency",
        "hotline_symptoms",
        "hotline_missed",
        "hotline_message",
        "hotline_call_back",
        "text_danger",
        "text_received",
        "report",
        "directive",
        "heartbeat",
    ]
    .into_iter()
    .map(|kind| (kind.to_owned(), kind_word(me.w, kind), asked.kind.as_deref() == Some(kind)))
    .collect()
}

/// The ladders of a whole matter.
pub async fn ladders(me: &Me, frame: &mut Frame, all: &[tickets::Ticket]) -> kernel::Result<Vec<LadderView>> {
    story::ladders(me, frame, all, None).await
}

/// What a kind of ticket is called.
pub fn kind_word(w: pages::Words, kind: &str) -> String {
    let key = format!("ticket-kind-{}", kind.replace('_', "-"));
    if w.has(&key) { w.by_key(&key) } else { w.ticket_kind_other() }
}

pub fn kind_icon(kind: &str) -> &'static str {
    match kind {
        "f0_news" | "f0_list" => "virus",
        "red_flag" => "ambulance",
        "silence" | "care_visit" => "phone-x",
        "care_call_back" => "phone-call",
        "trace" => "users-group",
        "self_test" => "photo",
        "order" => "clipboard-list",
        "declaration" => "clipboard-check",
        "unmatched" => "file-import",
        "need" => "basket",
        "signal" => "activity",
        "gate_alert" => "qrcode",
        "correction" => "edit",
        "hotline_emergency" | "text_danger" => "ambulance",
        "hotline_symptoms" => "virus",
        "hotline_missed" => "phone-x",
        "hotline_message" => "message",
        "hotline_call_back" => "phone",
        "text_received" => "message-circle",
        "report" => "message",
        "directive" => "gavel",
        "heartbeat" => "heartbeat",
        _ => "file-text",
    }
}

//! The forms of a ticket and what they do. A form that is not good comes back with what was typed.

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    permissions::Action,
    staff,
    tickets::{self, Concerned, Ticket},
};
use jiff::SignedDuration;
use kernel::{Error, StaffId, TicketId, UnitId};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;
use store::Cx;

/// Everything any of the forms may hold.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    staff: String,
    #[serde(default)]
    approver: String,
    #[serde(default)]
    hours: String,
    #[serde(default)]
    into: String,
    /// The level that the page showed.
    #[serde(default)]
    rung: String,
}

#[derive(Template)]
#[template(path = "ticket_form.html")]
struct Page {
    d: Desk,
    act: String,
    back: String,
    title: String,
    hint: String,
    button: String,
    code: String,
    typed: Typed,
    errors: Errors,
    units: Vec<(String, String)>,
    people: Vec<(String, String)>,
    approvers: Vec<(String, String)>,
    duplicates: Vec<(String, String)>,
    text_needed: bool,
}

/// `GET /{tenant}/desk/tickets/{id}/{act}`
pub async fn form(me: Me, Path((_, id, act)): Path<(String, TicketId, String)>) -> Outcome {
    page(&me, id, &act, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/tickets/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, TicketId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let done = run(&me, id, &act, &typed).await;
    match done {
        Ok(()) => Ok(see_other(&me.at(format!("tickets/{id}")))),
        Err(error) => {
            let mut errors = Errors::default();
            // What is done by one press has no form to come back to.
            if matches!(act.as_str(), "accept" | "resume" | "approve-pause") {
                return Err(error.into());
            }
            errors.take(me.w, error)?;
            let mut response = page(&me, id, &act, typed, errors).await?;
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn run(me: &Me, id: TicketId, act: &str, typed: &Typed) -> Result<(), Error> {
    let mut cx = me.begin().await?;
    match act {
        "accept" => tickets::accept(&mut cx, id).await?,
        "resume" => tickets::resume(&mut cx, id).await?,
        "note" => tickets::note(&mut cx, id, &typed.text).await?,
        "pass-up" => tickets::pass_up(&mut cx, id, typed.rung.parse()?, &typed.text).await?,
        "approve-pause" => tickets::approve_pause(&mut cx, id).await?,
        "refuse-pause" => tickets::refuse_pause(&mut cx, id, &typed.text).await?,
        "reopen" => tickets::reopen(&mut cx, id, &typed.text).await?,
        "forward" => {
            let unit: UnitId = chosen("unit", &typed.unit)?;
            tickets::forward(&mut cx, id, unit, &typed.text).await?;
        }
        "assign" => {
            let staff: StaffId = chosen("staff", &typed.staff)?;
            tickets::assign(&mut cx, id, staff).await?;
        }
        "merge" => {
            let into: TicketId = chosen("into", &typed.into)?;
            tickets::merge(&mut cx, id, into).await?;
        }
        "pause" => {
            let approver: StaffId = chosen("approver", &typed.approver)?;
            let hours: i64 =
                typed.hours.trim().parse().map_err(|_| Error::invalid("hours", "error-hours"))?;
            if !(1..=240).contains(&hours) {
                return Err(Error::invalid("hours", "error-pause-cap"));
            }
            let until = cx.now() + SignedDuration::from_hours(hours);
            tickets::ask_pause(&mut cx, id, until, &typed.text, approver).await.map_err(
                |error| match error {
                    Error::Invalid { field: "until", key } => Error::invalid("hours", key),
                    other => other,
                },
            )?;
        }
        _ => return Err(Error::NotFound),
    }
    cx.commit().await
}

/// An id picked from a list.
fn chosen<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::invalid(field, "error-choose"))
}

/// Whether this person may do it, asked before a form is offered; `Forbidden` as the act itself says.
pub(super) async fn permitted(
    me: &Me,
    cx: &mut Cx,
    ticket: &Ticket,
    action: Action,
) -> Result<Concerned, Error> {
    let concerned = Concerned::of(cx, ticket).await?;
    if concerned.lets(&me.actor, action) { Ok(concerned) } else { Err(Error::Forbidden(action.as_str())) }
}

async fn page(me: &Me, id: TicketId, act: &str, mut typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "tickets").await?;
    let (ticket, _) = tickets::ticket(&mut frame.cx, id).await?;
    let w = me.w;
    let (action, title, hint) = match act {
        "note" => (Action::TicketNote, w.ticket_do_note(), w.ticket_note_hint()),
        "pass-up" => (Action::TicketPassUp, w.ticket_do_pass_up(), w.ticket_pass_up_hint()),
        "reopen" => (Action::TicketReopen, w.ticket_do_reopen(), w.ticket_reopen_hint()),
        "forward" => (Action::TicketForward, w.ticket_do_forward(), w.ticket_forward_hint()),
        "assign" => (Action::TicketAssign, w.ticket_do_assign(), w.ticket_assign_hint()),
        "merge" => (Action::TicketMerge, w.ticket_do_merge(), w.ticket_merge_hint()),
        "pause" => (Action::TicketPause, w.ticket_do_pause(), w.ticket_pause_hint()),
        "refuse-pause" => {
            (Action::TicketApprovePause, w.ticket_do_refuse_pause(), w.ticket_refuse_pause_hint())
        }
        _ => return Err(Error::NotFound.into()),
    };
    let concerned = permitted(me, &mut frame.cx, &ticket, action).await?;
    if typed.rung.is_empty() {
        typed.rung = ticket.rung().map(|rung| rung.to_string()).unwrap_or_default();
    }
    let mut page = Page {
        act: act.to_owned(),
        back: me.at(format!("tickets/{id}")),
        button: if act == "pause" { w.ticket_ask_pause() } else { title.clone() },
        title,
        hint,
        code: ticket.code.clone(),
        typed,
        errors,
        units: Vec::new(),
        people: Vec::new(),
        approvers: Vec::new(),
        duplicates: Vec::new(),
        text_needed: !matches!(act, "assign" | "merge" | "pass-up"),
        d: frame.d.clone(),
    };
    match act {
        "forward" => {
            let mut units: Vec<_> = frame
                .tree
                .iter()
                .filter(|unit| Some(unit.id) != ticket.unit && takes_tickets(unit.kind))
                .map(|unit| (unit.id.to_string(), unit.name_in(w.lang().as_str()).to_owned()))
                .collect();
            units.sort_by(|a, b| a.1.cmp(&b.1));
            page.units = units;
        }
        "assign" => page.people = people(me, &mut frame, &concerned.acting).await?,
        "pause" => {
            let mut above = concerned.acting.clone();
            if let Some(unit) = ticket.unit {
                above.extend(frame.tree.above(unit, duty::units::Line::Administrative));
                above.extend(frame.tree.above(unit, duty::units::Line::Professional));
            }
            above.push(frame.tree.duty_leader());
            page.approvers = approvers(me, &mut frame, &above, &concerned).await?;
        }
        "merge" => {
            let filter = tickets::Filter {
                units: concerned.acting,
                kind: Some(ticket.kind.clone()),
                limit: 50,
                ..tickets::Filter::default()
            };
            let lines = tickets::queue(&mut frame.cx, &filter).await?;
            page.duplicates = lines
                .iter()
                .filter(|line| line.id != id)
                .map(|line| {
                    let place = crate::frame::short(&frame.tree, &frame.d, line.ward);
                    let label = format!("{} · {place} · {}", line.code, frame.d.clock.full(line.opened_at));
                    (line.id.to_string(), label)
                })
                .collect();
        }
        _ => {}
    }
    html(&page)
}

/// Quarters and neighbourhoods have no desk of their own to answer from.
pub fn takes_tickets(kind: duty::units::UnitKind) -> bool {
    use duty::units::UnitKind as K;
    !matches!(kind, K::Quarter | K::Neighbourhood | K::Committee)
}

/// The people of some units, as choices.
async fn people(me: &Me, frame: &mut Frame, units: &[UnitId]) -> Result<Vec<(String, String)>, Error> {
    let posts = staff::posts_at(&mut frame.cx, units).await?;
    let ids: Vec<StaffId> = posts.iter().map(|post| post.staff).collect();
    let names = staff::of(&mut frame.cx, &ids).await?;
    Ok(posts
        .into_iter()
        .filter_map(|post| {
            let name = &names.get(&post.staff)?.full_name;
            let unit = crate::frame::short(&frame.tree, &frame.d, Some(post.unit));
            let title = me.w.lang().pick(&post.title, &post.title_en);
            Some((post.staff.to_string(), format!("{unit} · {title} · {name}")))
        })
        .collect())
}

/// Those above who may agree to a pause.
async fn approvers(
    me: &Me,
    frame: &mut Frame,
    above: &[UnitId],
    concerned: &Concerned,
) -> Result<Vec<(String, String)>, Error> {
    let tree = frame.tree.clone();
    let posts = staff::posts_at(&mut frame.cx, above).await?;
    let may: Vec<StaffId> = posts
        .iter()
        .filter(|post| {
            let grant = kernel::Grant { role: post.role, unit: post.unit, reach: tree.reach(post.unit) };
            let actor = kernel::Actor::staff(post.staff, vec![grant]);
            post.staff != me.staff && concerned.lets(&actor, Action::TicketApprovePause)
        })
        .map(|post| post.staff)
        .collect();
    let all = people(me, frame, above).await?;
    Ok(all.into_iter().filter(|(id, _)| may.iter().any(|staff| staff.to_string() == *id)).collect())
}

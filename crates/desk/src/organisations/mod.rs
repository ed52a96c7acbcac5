//! Organisations outside the unit tree that may owe an answer: the list, one of them, a new one.

mod form;

use crate::{
    Me,
    frame::{self, Frame},
    session::quoted,
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, Query},
    routing::{get, post},
};
use duty::{
    organisations::{self, Contact, Filter, Organisation, OrganisationKind},
    permissions::{Action, Scope, allowed_units, permits},
    tickets,
};
use kernel::{OrganisationId, UnitId, dates};
use pages::{App, Desk, Outcome, Words, form_page, forms::Errors, html};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/organisations{path}");
    Router::new()
        .route(&at(""), get(list))
        .route(&at("/new"), get(form::page).post(form::create))
        .route(&at("/{id}"), get(page))
        .route(&at("/{id}/contact"), post(open_contact))
        .route(&at("/{id}/edit"), get(form::edit_page).post(form::edit))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    ward: String,
    ended: Option<String>,
    skip: i64,
}

struct Row {
    name: String,
    href: String,
    kind: String,
    ward: String,
    code: String,
}

#[derive(Template)]
#[template(path = "organisations.html")]
struct Page {
    d: Desk,
    q: String,
    wards: Vec<(String, String)>,
    ward: String,
    ended: bool,
    /// Something was asked for: nothing found does not mean that there is nothing.
    narrowed: bool,
    rows: Vec<Row>,
    more: Option<String>,
    edits: bool,
}

#[derive(Template)]
#[template(path = "organisations_one.html")]
struct One {
    d: Desk,
    name: String,
    facts: Vec<(String, String)>,
    tickets: Vec<Owed>,
    edit_href: Option<String>,
    /// Passes for the business itself and for those who work there.
    pass_href: Option<String>,
    batch_href: Option<String>,
    /// Where the contact is opened, while it is closed.
    contact_href: Option<String>,
    errors: Errors,
}

/// What an organisation owes, or has answered.
struct Owed {
    title: String,
    href: String,
    state: String,
    due: String,
}

fn kind_word(w: Words, kind: OrganisationKind) -> String {
    w.by_key(&format!("organisation-kind-{}", kind.as_str()))
}

/// Wards in which the person may do something, for a choice.
fn wards(frame: &Frame, me: &Me, action: Action) -> Vec<(String, String)> {
    let own = allowed_units(&me.actor, action);
    let mut wards: Vec<(String, String)> = frame
        .tree
        .wards()
        .filter(|ward| own.as_ref().is_none_or(|own| own.contains(&ward.id)))
        .map(|ward| (ward.id.to_string(), me.w.lang().pick(&ward.short, &ward.name_en).to_owned()))
        .collect();
    wards.sort_by_cached_key(|(_, name)| kernel::text::search_key(name));
    wards
}

fn ward_word(frame: &Frame, ward: Option<UnitId>) -> String {
    match ward {
        Some(_) => frame::short(&frame.tree, &frame.d, ward),
        None => frame.d.w.organisations_no_ward(),
    }
}

/// `GET /{tenant}/desk/organisations?q=&ward=&ended=`
async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "organisations").await?;
    let filter = Filter {
        text: asked.q.clone(),
        ward: asked.ward.parse().ok(),
        ended: asked.ended.is_some(),
        skip: asked.skip,
    };
    let mut found = organisations::find(&mut frame.cx, &filter).await?;
    let page = usize::try_from(organisations::PAGE).unwrap_or(usize::MAX);
    let more = (found.len() > page).then(|| {
        let ended = if filter.ended { "ended=1&" } else { "" };
        let skip = asked.skip.max(0) + organisations::PAGE;
        me.at(format!("organisations?q={}&ward={}&{ended}skip={skip}", quoted(&asked.q), quoted(&asked.ward)))
    });
    found.truncate(page);
    let row = |one: Organisation| Row {
        href: me.at(format!("organisations/{}", one.id)),
        kind: kind_word(me.w, one.kind),
        ward: ward_word(&frame, one.ward),
        name: one.name,
        code: one.code,
    };
    let rows = found.into_iter().map(row).collect();
    let page = Page {
        q: asked.q,
        wards: wards(&frame, &me, Action::OrganisationSee),
        ward: asked.ward,
        ended: filter.ended,
        narrowed: !filter.text.trim().is_empty() || filter.ward.is_some() || filter.ended,
        rows,
        more,
        edits: permits(&me.actor, Action::OrganisationEdit, Scope::Tenant),
        d: frame.d,
    };
    html(&page)
}

/// `GET /{tenant}/desk/organisations/{id}`
async fn page(me: Me, Path((_, id)): Path<(String, OrganisationId)>) -> Outcome {
    show(&me, id, None, Errors::default()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asking {
    csrf: String,
    reason: String,
}

/// `POST /{tenant}/desk/organisations/{id}/contact`: opens the contact, on record.
async fn open_contact(
    me: Me,
    Path((_, id)): Path<(String, OrganisationId)>,
    Form(asking): Form<Asking>,
) -> Outcome {
    me.check(&asking.csrf)?;
    let mut cx = me.begin().await?;
    match organisations::contact(&mut cx, id, &asking.reason).await {
        Ok(contact) => {
            cx.commit().await?;
            show(&me, id, Some(contact), Errors::default()).await
        }
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, id, None, errors).await
        }
    }
}

async fn show(me: &Me, id: OrganisationId, contact: Option<Contact>, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "organisations").await?;
    let one = organisations::seen(&mut frame.cx, id).await?;
    let w = me.w;
    let mut facts = vec![
        (w.organisations_code(), one.code),
        (w.organisations_kind(), kind_word(w, one.kind)),
        (w.organisations_ward(), ward_word(&frame, one.ward)),
        (w.organisations_from(), dates::shown_date(one.active_from)),
    ];
    let open = contact.is_some();
    let contact = contact.unwrap_or_default();
    let said = [
        (w.organisations_until(), one.active_until.map(dates::shown_date)),
        (w.organisations_address(), one.address),
        (w.organisations_tax_code(), contact.tax_code),
        (w.organisations_contact(), contact.name),
        (w.organisations_phone(), contact.phone),
        (w.organisations_email(), contact.email),
    ];
    facts.extend(said.into_iter().filter_map(|(label, value)| Some((label, value?))));
    let may = |action| permits(&me.actor, action, Scope::Units(one.ward.as_slice()));
    let mut tickets = Vec::new();
    for ticket in tickets::owed_by(&mut frame.cx, id).await? {
        tickets.push(Owed {
            title: crate::tickets::kind_word(w, &ticket.kind),
            href: me.at(format!("tickets/{}", ticket.id)),
            state: crate::tickets::state_word(w, ticket.state),
            due: frame.d.clock.full(ticket.due_at),
        });
    }
    let wrong = !errors.is_empty();
    let page = One {
        name: one.name,
        facts,
        tickets,
        edit_href: may(Action::OrganisationEdit).then(|| me.at(format!("organisations/{id}/edit"))),
        pass_href: may(Action::PassIssue).then(|| me.at(format!("passes/new?organisation={id}"))),
        batch_href: may(Action::PassIssue).then(|| me.at(format!("passes/batch?organisation={id}"))),
        contact_href: (!open && may(Action::OrganisationContact))
            .then(|| me.at(format!("organisations/{id}/contact"))),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

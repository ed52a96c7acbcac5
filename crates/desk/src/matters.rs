//! A matter: its tickets side by side, and the directives given under it.

use crate::{
    Me,
    frame::Frame,
    tickets::{LadderView, Line},
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    organisations,
    permissions::{Action, Scope, permits},
    tickets::{self, Directive},
};
use jiff::SignedDuration;
use kernel::{Error, MatterId, UnitId};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "matter.html")]
struct Page {
    d: Desk,
    title: String,
    code: String,
    opened: String,
    ladders: Vec<LadderView>,
    stories: Vec<(String, Vec<Line>)>,
    directive_href: Option<String>,
    file_href: Option<String>,
}

/// `GET /{tenant}/desk/matters/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, MatterId)>) -> Outcome {
    let mut frame = Frame::new(&me, "tickets").await?;
    let matter = tickets::seen_matter(&mut frame.cx, id).await?;
    let all = tickets::matter_tickets(&mut frame.cx, id).await?;
    let units = tickets::matter_units(&mut frame.cx, &matter).await?;
    let ladders = crate::tickets::ladders(&me, &mut frame, &all).await?;
    let mut stories = Vec::new();
    for ticket in &all {
        let lines = crate::tickets::lines(&me, &mut frame, ticket.id).await?;
        stories.push((frame.responsible(ticket.id, ticket.unit), lines));
    }
    let place = crate::frame::short(&frame.tree, &frame.d, matter.ward);
    let page = Page {
        title: format!("{} · {place}", crate::tickets::kind_word(me.w, &matter.kind)),
        code: matter.code,
        opened: frame.d.clock.full(matter.opened_at),
        ladders,
        stories,
        directive_href: permits(&me.actor, Action::DirectiveGive, Scope::Units(&units))
            .then(|| me.at(format!("matters/{id}/directive"))),
        file_href: permits(&me.actor, Action::MatterFile, Scope::Units(&units))
            .then(|| me.at(format!("matters/{id}/file"))),
        d: frame.d,
    };
    html(&page)
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    organisation: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    hours: String,
}

#[derive(Template)]
#[template(path = "directive.html")]
struct DirectivePage {
    d: Desk,
    back: String,
    code: String,
    typed: Typed,
    errors: Errors,
    units: Vec<(String, String)>,
    organisations: Vec<(String, String)>,
}

/// `GET /{tenant}/desk/matters/{id}/directive`
pub async fn directive_form(me: Me, Path((_, id)): Path<(String, MatterId)>) -> Outcome {
    directive_page(&me, id, Typed { hours: "24".into(), ..Typed::default() }, Errors::default()).await
}

/// `POST /{tenant}/desk/matters/{id}/directive`
pub async fn directive(me: Me, Path((_, id)): Path<(String, MatterId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    match give(&me, id, &typed).await {
        Ok(ticket) => Ok(see_other(&me.at(format!("tickets/{ticket}")))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            let mut response = directive_page(&me, id, typed, errors).await?;
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn give(me: &Me, matter: MatterId, typed: &Typed) -> Result<kernel::TicketId, Error> {
    if !typed.unit.is_empty() && !typed.organisation.is_empty() {
        return Err(Error::invalid("organisation", "error-directive-one"));
    }
    let hours: i64 = typed.hours.trim().parse().map_err(|_| Error::invalid("hours", "error-hours"))?;
    if !(1..=720).contains(&hours) {
        return Err(Error::invalid("hours", "error-hours"));
    }
    let mut cx = me.begin().await?;
    let within = Some(SignedDuration::from_hours(hours));
    let given = if typed.organisation.is_empty() {
        let to: UnitId = typed.unit.parse().map_err(|_| Error::invalid("unit", "error-choose"))?;
        tickets::directive(&mut cx, Directive { matter, to, words: typed.text.clone(), within }).await?
    } else {
        let to = organisations::by_code(&mut cx, &typed.organisation).await?;
        tickets::directive_outside(&mut cx, matter, to, &typed.text, within).await?
    };
    cx.commit().await?;
    Ok(given)
}

async fn directive_page(me: &Me, id: MatterId, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "tickets").await?;
    let matter = tickets::seen_matter(&mut frame.cx, id).await?;
    let mut units: Vec<_> = frame
        .tree
        .iter()
        .filter(|unit| permits(&me.actor, Action::DirectiveGive, Scope::Units(&[unit.id])))
        .map(|unit| (unit.id.to_string(), unit.name_in(me.w.lang().as_str()).to_owned()))
        .collect();
    if units.is_empty() {
        return Err(Error::Forbidden("directive.give").into());
    }
    units.sort_by(|a, b| a.1.cmp(&b.1));
    let organisations = organisations::addressable(&mut frame.cx).await?;
    let page = DirectivePage {
        back: me.at(format!("matters/{id}")),
        code: matter.code,
        typed,
        errors,
        units,
        organisations: organisations.into_iter().map(|one| (one.code, one.name)).collect(),
        d: frame.d,
    };
    html(&page)
}

//! For whom: one of those who have the number, or somebody else.

use super::{
    Pairs, cookie,
    draft::{Draft, Held},
    field, go, shown,
};
use crate::home::Visit;
use askama::Template;
use axum::{Form, http::HeaderMap};
use duty::units;
use health::declarations::{self, Device, Law, Somebody};
use kernel::{Actor, Result};
use pages::{Outcome, Portal, forms::Errors, html};
use store::Cx;

/// The choice of somebody who is not in the list.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "declare_who.html")]
struct Page {
    p: Portal,
    /// Id, who is meant, year of birth.
    people: Vec<(String, String, String)>,
    errors: Errors,
}

/// `GET /{tenant}/declare/who`
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let people = declarations::people_of(&mut cx, &device).await?;
    show(&visit, &people, Errors::default())
}

/// `POST /{tenant}/declare/who` with `person`: begins a declaration for him, with what he answered last.
pub(super) async fn choose(visit: Visit, headers: HeaderMap, Form(pairs): Form<Pairs>) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let people = declarations::people_of(&mut cx, &device).await?;
    let chosen = field(&pairs, "person");
    if chosen == NEW {
        Held::begin(&mut cx, &device, Draft::default()).await?;
        cx.commit().await?;
        return Ok(go(&visit, "person"));
    }
    let Some(one) = people.iter().find(|one| one.person.to_string() == chosen) else {
        let mut errors = Errors::default();
        errors.add("person", visit.w.by_key("error-choose"));
        return show(&visit, &people, errors);
    };
    let next = begin(&mut cx, &device, one).await?;
    cx.commit().await?;
    Ok(go(&visit, next))
}

/// The page that comes next. Symptoms are asked anew each time; the other answers stand as they were.
async fn begin(cx: &mut Cx, device: &Device, one: &Somebody) -> Result<&'static str> {
    let last = declarations::last_by(cx, device, Some(one.person)).await?;
    let named = one.has_ward && (one.is_known_here || one.born.is_none());
    let draft = Draft {
        person: Some(one.person),
        name: one.name.clone(),
        named,
        answers: last.map(|last| last.answers).unwrap_or_default(),
        ..Draft::default()
    };
    let law = Law::today(cx).await?;
    let today = units::today(cx).await?;
    let next = draft.next(&law, today);
    Held::begin(cx, device, draft).await?;
    Ok(match (named, next) {
        (false, _) => "person",
        (true, "check") => law.questions().first().map_or("check", |first| first.as_str()),
        (true, next) => next,
    })
}

fn show(visit: &Visit, people: &[Somebody], errors: Errors) -> Outcome {
    let wrong = !errors.is_empty();
    let born = |one: &Somebody| one.born.as_ref().map(|year| visit.w.declare_who_born(year.as_str()));
    let page = Page {
        p: visit.frame(),
        people: people
            .iter()
            .map(|one| (one.person.to_string(), one.name.clone(), born(one).unwrap_or_default()))
            .collect(),
        errors,
    };
    Ok(shown(visit, html(&page)?, wrong))
}

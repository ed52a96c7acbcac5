//! Who that is: the year of birth of somebody in the list, or name, year and ward of somebody else.

use super::{
    Pairs, cookie,
    draft::{Draft, Held},
    field, go, shown,
};
use crate::{home::Visit, report::ward_name};
use askama::Template;
use axum::{Form, http::HeaderMap};
use duty::units::{self, Tree};
use health::declarations::{self, Device, Law};
use kernel::{Actor, Error, Result, text::search_key};
use pages::{Outcome, Portal, forms::Errors, html};
use store::Cx;

#[derive(Template)]
#[template(path = "declare_person.html")]
struct Page {
    p: Portal,
    form: String,
    /// Somebody of the list, as he is shown; `None` for somebody else.
    known: Option<String>,
    /// What is asked.
    asks_birth: bool,
    asks_ward: bool,
    name: String,
    birth: String,
    /// Code, name, chosen.
    wards: Vec<(String, String, bool)>,
    errors: Errors,
}

/// What has to be told of the person of a draft: his birth, and his ward.
async fn asked(cx: &mut Cx, device: &Device, draft: &Draft) -> Result<(bool, bool)> {
    let Some(person) = draft.person else { return Ok((true, true)) };
    let people = declarations::people_of(cx, device).await?;
    let one = people.into_iter().find(|one| one.person == person).ok_or(Error::NotFound)?;
    Ok((!one.is_known_here && one.born.is_some(), !one.has_ward))
}

/// `GET /{tenant}/declare/person`
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let Some(held) = Held::find(&mut cx, &device).await? else { return Ok(go(&visit, "who")) };
    show(&visit, &mut cx, &device, &held, Errors::default()).await
}

/// `POST /{tenant}/declare/person` with `name`, `birth`, `ward`, whichever were asked for.
pub(super) async fn enter(visit: Visit, headers: HeaderMap, Form(pairs): Form<Pairs>) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let Some(mut held) = Held::claim(&mut cx, &device, &field(&pairs, "form")).await? else {
        return Ok(go(&visit, "who"));
    };
    let tree = units::tree(&mut cx).await?;
    let (asks_birth, asks_ward) = asked(&mut cx, &device, &held.draft).await?;
    if held.draft.person.is_none() {
        held.draft.name = field(&pairs, "name");
    }
    if asks_birth {
        held.draft.birth = field(&pairs, "birth");
    }
    if asks_ward {
        held.draft.ward = field(&pairs, "ward");
    }
    let errors = faults(&visit, &mut cx, &device, &held.draft, &tree, asks_ward).await?;
    held.draft.named = errors.is_empty();
    if !errors.is_empty() {
        // What does not fit is asked again and not kept; that it did not fit is.
        cx.commit().await?;
        let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
        return show(&visit, &mut cx, &device, &held, errors).await;
    }
    let (law, today) = (Law::today(&mut cx).await?, units::today(&mut cx).await?);
    held.save(&mut cx).await?;
    cx.commit().await?;
    Ok(go(&visit, held.draft.next(&law, today)))
}

async fn faults(
    visit: &Visit,
    cx: &mut Cx,
    device: &Device,
    draft: &Draft,
    tree: &Tree,
    asks_ward: bool,
) -> Result<Errors> {
    let (w, mut errors) = (visit.w, Errors::default());
    let ward = draft.ward(tree);
    let Some(person) = draft.person else {
        let today = units::today(cx).await?;
        if let Err(faults) = declarations::newcomer(&draft.name, &draft.birth, ward, None, today) {
            for fault in faults {
                let field = if fault.field == "full_name" { "name" } else { fault.field };
                errors.add(field, w.by_key(fault.key));
            }
        }
        return Ok(errors);
    };
    match declarations::says_year(cx, device, person, &draft.birth).await {
        Ok(true) => {}
        Ok(false) => errors.add("birth", w.by_key("error-declare-year")),
        Err(error) => errors.take(w, error)?,
    }
    if asks_ward && ward.is_none() {
        errors.add("ward", w.by_key("error-ward-missing"));
    }
    Ok(errors)
}

async fn show(visit: &Visit, cx: &mut Cx, device: &Device, held: &Held, errors: Errors) -> Outcome {
    let tree = units::tree(cx).await?;
    let (asks_birth, asks_ward) = asked(cx, device, &held.draft).await?;
    let draft = &held.draft;
    let mut wards: Vec<(String, String, bool)> = tree
        .wards()
        .map(|ward| (ward.code.clone(), ward_name(ward, visit.w.lang()).to_owned(), ward.code == draft.ward))
        .collect();
    wards.sort_by_cached_key(|(_, name, _)| search_key(name));
    let wrong = !errors.is_empty();
    let page = Page {
        p: visit.frame(),
        form: held.id.to_string(),
        known: draft.person.map(|_| draft.name.clone()),
        asks_birth,
        asks_ward,
        name: draft.name.clone(),
        birth: draft.birth.clone(),
        wards,
        errors,
    };
    Ok(shown(visit, html(&page)?, wrong))
}

impl Page {
    fn title(&self) -> String {
        let w = self.p.w;
        match (&self.known, self.asks_birth) {
            (None, _) => w.declare_new_title(),
            (Some(_), true) => w.declare_person_title(),
            (Some(_), false) => w.declare_person_ward_title(),
        }
    }
}

//! Writing a result of somebody of the household: what staff tested, or what he tested himself and tells.

use super::{
    Ground,
    act::{Asked, Sent},
};
use crate::{
    Me,
    samples::typed::{self, Choice, Typed},
};
use askama::Template;
use kernel::{HouseholdId, PersonId, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Template)]
#[template(path = "sample_result.html")]
struct Page {
    d: Desk,
    back: String,
    back_label: String,
    action: String,
    hint: String,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    results: Vec<Choice>,
    typed: Typed,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/result?member=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let typed = Typed { person: asked.member.clone(), ..Typed::default() };
    show(me, id, typed, Errors::default(), true).await
}

/// `POST /{tenant}/desk/households/{id}/result`
pub async fn write(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let text = |name| sent.of(name).to_owned();
    let typed = Typed {
        person: text("person"),
        kind: text("kind"),
        result: text("result"),
        sample_on: text("sample_on"),
        result_on: text("result_on"),
        ct: text("ct"),
        ..Typed::default()
    };
    let ground = Ground::of(me, id).await?.testing()?;
    let people: Vec<PersonId> = ground.people().map(|one| one.id).collect();
    drop(ground);
    let mut errors = Errors::default();
    match typed::write(me, Some(id), &people, &typed, &mut errors).await? {
        Some(done) => Ok(see_other(&me.at(format!("households/{id}?done={done}")))),
        None => show(me, id, typed, errors, false).await,
    }
}

async fn show(me: &Me, id: HouseholdId, mut typed: Typed, errors: Errors, fresh: bool) -> Outcome {
    let ground = Ground::of(me, id).await?.testing()?;
    if fresh {
        typed.sample_on = dates::shown_date(ground.frame.d.clock.today());
    }
    let wrong = !errors.is_empty();
    let people = ground
        .people()
        .map(|one| (one.id.to_string(), one.full_name.clone(), typed.person == one.id.to_string()))
        .collect();
    let page = Page {
        back: me.at(format!("households/{id}")),
        back_label: me.w.household_title(ground.sheet.home.code.as_str()),
        action: me.at(format!("households/{id}/result")),
        hint: me.w.sample_result_hint(),
        people,
        kinds: typed::kinds(me, true, &typed.kind),
        results: typed::results(me, &typed.result),
        typed,
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}

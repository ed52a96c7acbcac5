//! Ordering a test for somebody of the household.

use super::{
    Ground,
    act::{Asked, Sent},
};
use crate::{
    Me,
    cases::test_reason,
    samples::typed::{Choice, kinds},
};
use askama::Template;
use health::{
    cases::TestKind,
    samples::{self, BY_HAND, NewOrder, Reason, SINGLE},
};
use kernel::{Error, HouseholdId, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Clone, Default)]
struct Typed {
    person: String,
    kind: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "household_order.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    reasons: Vec<Choice>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/order?member=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let rapid = TestKind::Rapid.as_str().to_owned();
    let typed = Typed { person: asked.member.clone(), kind: rapid, ..Typed::default() };
    show(me, id, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/order`
pub async fn give(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let text = |name| sent.of(name).to_owned();
    let typed = Typed { person: text("person"), kind: text("kind"), reason: text("reason") };
    let mut errors = Errors::default();
    match enter(me, id, &typed, &mut errors).await? {
        Some(done) => Ok(see_other(&me.at(format!("households/{id}?done={done}")))),
        None => show(me, id, typed, errors).await,
    }
}

/// What it came to; `None` when something must be mended first, which `errors` then tell.
async fn enter(me: &Me, id: HouseholdId, typed: &Typed, errors: &mut Errors) -> Result<Option<&'static str>> {
    let ground = Ground::of(me, id).await?.testing()?;
    let person = typed.person.parse::<PersonId>().ok();
    let person = person.filter(|person| ground.people().any(|one| one.id == *person));
    let kind = typed.kind.parse::<TestKind>().ok().filter(|kind| SINGLE.contains(kind));
    let reason = typed.reason.parse::<Reason>().ok().filter(|reason| BY_HAND.contains(reason));
    for (field, missing) in
        [("person", person.is_none()), ("kind", kind.is_none()), ("reason", reason.is_none())]
    {
        if missing {
            errors.add(field, me.w.error_choose());
        }
    }
    let (Some(person), Some(kind), Some(reason)) = (person, kind, reason) else { return Ok(None) };
    drop(ground);
    let mut cx = me.begin().await?;
    match samples::order(&mut cx, &NewOrder { person, kind, reason, due_at: None }).await {
        Ok(made) => {
            cx.commit().await?;
            Ok(Some(if made.is_some() { "order" } else { "order-known" }))
        }
        Err(Error::Invalid { field, key }) => {
            errors.add(field, me.w.by_key(key));
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

async fn show(me: &Me, id: HouseholdId, typed: Typed, errors: Errors) -> Outcome {
    let ground = Ground::of(me, id).await?.testing()?;
    let wrong = !errors.is_empty();
    let people = ground
        .people()
        .map(|one| (one.id.to_string(), one.full_name.clone(), typed.person == one.id.to_string()))
        .collect();
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/order")),
        people,
        kinds: kinds(me, false, &typed.kind),
        reasons: BY_HAND
            .iter()
            .map(|one| (one.as_str().to_owned(), test_reason(me.w, *one), typed.reason == one.as_str()))
            .collect(),
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}

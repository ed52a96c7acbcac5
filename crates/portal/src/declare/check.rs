//! The answers once more, and sending them.

use super::{
    Pairs, cookie,
    draft::{self, Held},
    field, go, shown, words,
};
use crate::{home::Visit, report::ward_name};
use askama::Template;
use axum::{Form, http::HeaderMap};
use duty::units;
use health::declarations::{self, Device, Law, NewDeclaration, Question};
use kernel::{Actor, Error, Result};
use pages::{Outcome, Portal, forms::Errors, html};
use store::{Cx, Turns};

#[derive(Template)]
#[template(path = "declare_check.html")]
struct Page {
    p: Portal,
    form: String,
    back: String,
    lines: Vec<Line>,
    /// Page, field and text.
    told: Vec<(String, String, String)>,
}

struct Line {
    label: String,
    text: String,
    /// Where it is changed.
    page: &'static str,
    error: Option<String>,
}

/// `GET /{tenant}/declare/check`
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let Some(held) = Held::find(&mut cx, &device).await? else { return Ok(go(&visit, "who")) };
    if !held.draft.named {
        return Ok(go(&visit, "person"));
    }
    show(&visit, &mut cx, &held, Errors::default()).await
}

/// `POST /{tenant}/declare/check`
pub(super) async fn send(visit: Visit, headers: HeaderMap, Form(pairs): Form<Pairs>) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let form = field(&pairs, "form");
    let Some(held) = Held::find(&mut cx, &device).await?.filter(|held| held.id.to_string() == form) else {
        // The button pressed twice, or another person begun meanwhile.
        let made = declarations::last_by(&mut cx, &device, None).await?;
        return Ok(go(&visit, if made.is_some() { "done" } else { "who" }));
    };
    drop(cx);
    let mut turns = Turns::default();
    let done = loop {
        match declare(&visit, &device, &held).await {
            Err(error) if turns.again(&error) => {}
            done => break done,
        }
    };
    let mut errors = Errors::default();
    match done {
        Ok(()) => return Ok(go(&visit, "done")),
        // The number is no longer his.
        Err(Error::NotFound) => return Ok(go(&visit, "who")),
        Err(error) => errors.take(visit.w, error)?,
    }
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    show(&visit, &mut cx, &held, errors).await
}

/// In one transaction, which may have to be begun anew: staff may write to the same household at this moment.
async fn declare(visit: &Visit, device: &Device, held: &Held) -> Result<()> {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    let new = NewDeclaration { form_key: held.id, answers: held.draft.answers.clone() };
    declarations::declare(&mut cx, &visit.tenant, device, &held.draft.whom(&tree), &new).await?;
    draft::forget(&mut cx, device).await?;
    cx.commit().await
}

/// The page on which a field stands.
fn page_of(field: &str) -> &'static str {
    if field == "test_on" {
        return Question::SelfTest.as_str();
    }
    let question = Question::ALL.iter().find(|question| question.as_str() == field);
    question.map_or("person", |question| question.as_str())
}

async fn show(visit: &Visit, cx: &mut Cx, held: &Held, mut errors: Errors) -> Outcome {
    let (law, today) = (Law::today(cx).await?, units::today(cx).await?);
    let tree = units::tree(cx).await?;
    let (p, draft) = (visit.frame(), &held.draft);
    let w = p.w;
    for fault in draft.answers.faults(&law, today, None) {
        errors.add(fault.field, w.by_key(fault.key));
    }
    let mut lines = vec![Line {
        label: w.declare_check_who(),
        text: draft.name.clone(),
        page: "who",
        error: ["name", "full_name", "birth"]
            .into_iter()
            .find_map(|field| errors.of(field))
            .map(str::to_owned),
    }];
    if let Some(ward) = draft.ward(&tree).and_then(|ward| tree.get(ward)) {
        let text = ward_name(ward, w.lang()).to_owned();
        lines.push(Line { label: w.declare_check_ward(), text, page: "person", error: None });
    }
    for question in law.questions() {
        let told = errors.of(question.as_str());
        let told = told.or_else(|| errors.of("test_on").filter(|_| *question == Question::SelfTest));
        lines.push(Line {
            label: words::label(w, *question),
            text: words::answer(w, &draft.answers, *question),
            page: question.as_str(),
            error: told.map(str::to_owned),
        });
    }
    let told = errors
        .iter()
        .map(|(field, text)| (page_of(field).to_owned(), field.to_owned(), text.to_owned()))
        .collect();
    let wrong = !errors.is_empty();
    let last = law.questions().last().map_or("who", |question| question.as_str());
    let page = Page { form: held.id.to_string(), back: p.at(format_args!("declare/{last}")), lines, told, p };
    Ok(shown(visit, html(&page)?, wrong))
}

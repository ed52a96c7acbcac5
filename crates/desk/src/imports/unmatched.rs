//! Rows of a list of which a person has to say whose they are.

use crate::{
    Me,
    cases::{birth_and_sex, test_kind, test_result},
    frame::{self, Frame},
};
use askama::Template;
use axum::{Form, extract::Path};
use health::{
    cases::TestResult,
    imports::{self, Choice, Unmatched},
    people::Birth,
};
use kernel::{Error, ImportId, Result, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    /// A person's id, `new` or `refuse`.
    choice: String,
    why: String,
}

struct Row {
    line: i32,
    action: String,
    name: String,
    about: String,
    result: String,
    positive: bool,
    /// Why it waits.
    why: String,
    /// Id, label, chosen.
    choices: Vec<(String, String, bool)>,
    /// What was typed, and what is wrong with it.
    reason: String,
    choice_error: Option<String>,
    reason_error: Option<String>,
}

#[derive(Template)]
#[template(path = "import_unmatched.html")]
struct Page {
    d: Desk,
    back: String,
    title: String,
    message: String,
    rows: Vec<Row>,
}

/// `GET /{tenant}/desk/imports/{id}/unmatched`
pub async fn page(me: Me, Path((_, id)): Path<(String, ImportId)>) -> Outcome {
    show(&me, id, None, String::new()).await
}

/// `POST /{tenant}/desk/imports/{id}/unmatched/{line}`
pub async fn decide(
    me: Me,
    Path((_, id, line)): Path<(String, ImportId, i32)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    match put(&me, id, line, &typed).await {
        Ok(()) => Ok(see_other(&me.at(format!("imports/{id}/unmatched")))),
        // Somebody was faster, or the form came twice.
        Err(Error::Conflict("error-row-decided")) => {
            show(&me, id, None, me.w.by_key("error-row-decided")).await
        }
        Err(Error::Invalid { field, key }) => {
            let mut errors = Errors::default();
            let long = (field, key) == ("why", "error-text-too-long");
            errors.add(field, if long { me.w.case_text_too_long("500") } else { me.w.by_key(key) });
            show(&me, id, Some((line, typed, errors)), String::new()).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn put(me: &Me, id: ImportId, line: i32, typed: &Typed) -> Result<()> {
    let choice = match typed.choice.as_str() {
        "new" => Choice::New,
        "refuse" => Choice::Refuse,
        person => Choice::Person(person.parse().map_err(|_| Error::invalid("choice", "error-choose"))?),
    };
    let mut cx = me.begin().await?;
    imports::decide(&mut cx, &me.tenant, id, line, choice, &typed.why).await?;
    cx.commit().await
}

async fn show(me: &Me, id: ImportId, typed: Option<(i32, Typed, Errors)>, message: String) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let import = imports::find(&mut frame.cx, id).await?;
    let rows = imports::unmatched(&mut frame.cx, &me.tenant, id).await?;
    let wrong = typed.is_some();
    let page = Page {
        back: me.at(format!("imports/{id}")),
        title: me.w.import_title(import.code.as_str()),
        message,
        rows: rows
            .iter()
            .map(|one| row(me, &frame, id, one, typed.as_ref().filter(|(line, ..)| *line == one.line)))
            .collect(),
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn row(me: &Me, frame: &Frame, id: ImportId, one: &Unmatched, typed: Option<&(i32, Typed, Errors)>) -> Row {
    let w = me.w;
    let chosen = typed.map_or("", |(_, typed, _)| typed.choice.as_str());
    let error = |field| typed.and_then(|(_, _, errors)| errors.of(field)).map(str::to_owned);
    let ward = |id| frame::short(&frame.tree, &frame.d, id);
    let people = one.choices.iter().map(|person| {
        let phone = person.phone_masked.as_deref().unwrap_or("–");
        let label =
            format!("{} · {} · {phone} · {}", person.full_name, birth_and_sex(w, person), ward(person.ward));
        (person.id.to_string(), label, chosen == person.id.to_string())
    });
    let others = [
        ("new".to_owned(), w.import_unmatched_new(), chosen == "new"),
        ("refuse".to_owned(), w.import_unmatched_refuse(), chosen == "refuse"),
    ];
    let known: Vec<String> = one
        .birth
        .map(Birth::shown)
        .into_iter()
        .chain(one.phone_masked.clone())
        .chain(std::iter::once(ward(Some(one.ward))))
        .collect();
    Row {
        line: one.line,
        action: me.at(format!("imports/{id}/unmatched/{}", one.line)),
        name: one.full_name.clone(),
        about: known.join(" · "),
        result: format!(
            "{} · {} · {}",
            test_kind(w, one.kind),
            test_result(w, one.result),
            dates::shown_date(one.sample_on)
        ),
        positive: one.result == TestResult::Positive,
        why: if one.several { w.import_unmatched_several() } else { w.import_unmatched_nobody() },
        choices: people.chain(others).collect(),
        reason: typed.map_or_else(String::new, |(_, typed, _)| typed.why.clone()),
        choice_error: error("choice"),
        reason_error: error("why"),
    }
}

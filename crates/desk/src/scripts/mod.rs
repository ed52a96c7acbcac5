//! Scripts of telephone calls: what is asked and where each key leads, the editor that makes a new version, what
//! a version changes, and a dry run with typed keys that keeps nothing.

mod compare;
mod draft;
mod dry_run;
mod editor;
mod page;

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};
use duty::permissions::{Action, Scope, permits};
use health::{
    scripts::{self, Act, Choice, Kind, Listed, Script},
    vitals::Symptom,
};
use kernel::dates::shown_date;
use pages::{App, Desk, Outcome, Words, html};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/scripts", get(list))
        .route("/{tenant}/desk/scripts/{key}", get(page::page))
        .route("/{tenant}/desk/scripts/{key}/edit", get(editor::form).post(editor::save))
        .route("/{tenant}/desk/scripts/{key}/compare", get(compare::page))
        .route("/{tenant}/desk/scripts/{key}/try", get(dry_run::start).post(dry_run::go))
        .route("/{tenant}/desk/scripts/{key}/retire", post(page::retire))
}

fn edits(me: &Me) -> bool {
    permits(&me.actor, Action::ScriptEdit, Scope::Tenant)
}

struct Row {
    href: String,
    title: String,
    about: String,
    version: String,
    questions: usize,
    try_href: String,
}

#[derive(Template)]
#[template(path = "scripts.html")]
struct Page {
    d: Desk,
    rows: Vec<Row>,
}

/// `GET /{tenant}/desk/scripts`
pub async fn list(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "scripts").await?;
    let listed = scripts::list(&mut frame.cx).await?;
    let page = Page { rows: listed.iter().map(|one| row(&me, one)).collect(), d: frame.d };
    html(&page)
}

fn row(me: &Me, one: &Listed) -> Row {
    let key = &one.script.key;
    Row {
        href: me.at(format!("scripts/{key}")),
        title: title(me.w, key),
        about: me.w.by_key(&format!("script-about-{key}")),
        version: version(me.w, &one.script),
        questions: one.script.questions.len(),
        try_href: me.at(format!("scripts/{key}/try")),
    }
}

fn title(w: Words, key: &str) -> String {
    w.by_key(&format!("script-title-{key}"))
}

/// "Bản 3, dùng từ 25/09/2021"
fn version(w: Words, script: &Script) -> String {
    if script.version == 0 {
        w.script_own()
    } else {
        w.script_version(script.version.to_string(), shown_date(script.valid_from))
    }
}

/// One way out of a question.
struct Way {
    /// The key to press; empty where none is pressed.
    key: String,
    label: String,
    to: String,
    symptom: String,
    flag: bool,
}

/// A question as it is read.
struct Asked {
    key: String,
    says: String,
    again: String,
    whom: String,
    kind: String,
    ways: Vec<Way>,
}

fn asked(w: Words, script: &Script, at: usize) -> Asked {
    let question = &script.questions[at];
    let ways = match question.choices() {
        [] if question.is_closing() => Vec::new(),
        [] => vec![Way {
            key: String::new(),
            label: String::new(),
            to: place(w, script, script.next(at, None)),
            symptom: String::new(),
            flag: false,
        }],
        choices => choices.iter().map(|choice| way(w, script, at, choice)).collect(),
    };
    Asked {
        key: question.key.clone(),
        says: scripts::written(&question.says),
        again: scripts::written(&question.again),
        whom: if question.is_closing() {
            w.script_whom_closing()
        } else if question.once {
            w.script_whom_household()
        } else {
            w.script_whom_member()
        },
        kind: kind(w, &question.kind),
        ways,
    }
}

fn way(w: Words, script: &Script, at: usize, choice: &Choice) -> Way {
    Way {
        key: choice.key.to_string(),
        label: choice.label.clone(),
        to: match choice.act {
            Act::Next => place(w, script, script.next(at, Some(choice))),
            Act::Refuse | Act::Person => act(w, choice.act),
        },
        symptom: choice.symptom.map_or_else(String::new, |one| symptom(w, one)),
        flag: choice.flag,
    }
}

/// Where a way leads.
fn place(w: Words, script: &Script, to: Option<usize>) -> String {
    to.map_or_else(|| w.script_to_end(), |at| script.questions[at].key.clone())
}

fn kind(w: Words, kind: &Kind) -> String {
    match kind {
        Kind::Statement => w.script_kind_statement(),
        Kind::Choice(_) => w.script_kind_choice(),
        Kind::Digits { most, reading, unknown } => w.script_digits(
            w.by_key(&format!("script-kind-{}", reading.as_str().replace('_', "-"))),
            most.to_string(),
            unknown.to_string(),
        ),
    }
}

fn act(w: Words, act: Act) -> String {
    w.by_key(&format!("script-act-{}", act.as_str()))
}

fn symptom(w: Words, one: Symptom) -> String {
    w.by_key(&format!("symptom-{}", one.as_str().replace('_', "-")))
}

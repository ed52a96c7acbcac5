//! The editor: questions as rows, changed by buttons that send the form and get it back.

use super::{
    act,
    draft::{self, Asked, Draft, Pressed},
    edits, symptom, title, version,
};
use crate::{Me, frame::Frame, rosters::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::permissions::Action;
use health::{
    scripts::{self, Act, CHOICES, Listed, NewScript, QUESTIONS, Reading},
    vitals::Symptom,
};
use kernel::{
    Error, Result,
    dates::{parse_date, shown_date},
};
use pages::{Desk, Outcome, Words, form_page, forms::Errors, see_other};

/// Value, label, chosen.
type Offered = (String, String, bool);

struct Line {
    name: String,
    label: String,
    hint: String,
    value: String,
    /// For the keyboard of a telephone.
    mode: &'static str,
    /// Offers the keys of the questions.
    keys: bool,
}

struct Pick {
    name: String,
    label: String,
    options: Vec<Offered>,
}

struct Row {
    n: usize,
    own: String,
    heading: String,
    key: Line,
    next: Line,
    kind: Pick,
    whom: Pick,
    says: Line,
    again: Line,
    /// `most`, `unknown`, for a reading.
    digits: Vec<Line>,
    choice: bool,
    choices: Vec<KeyRow>,
    may_add: bool,
}

struct KeyRow {
    m: usize,
    key: Line,
    label: Line,
    next: Line,
    symptom: Pick,
    act: Pick,
    flag: String,
    flagged: bool,
}

#[derive(Template)]
#[template(path = "script_edit.html")]
struct Page {
    d: Desk,
    title: String,
    from: String,
    back: String,
    action: String,
    /// The newest version when the editor opened.
    after: i32,
    valid_from: String,
    rows: Vec<Row>,
    keys: Vec<String>,
    may_add: bool,
    sound: bool,
    errors: Errors,
}

/// `GET /{tenant}/desk/scripts/{key}/edit?version=2`; from the one in force without a number.
pub async fn form(
    me: Me,
    Path((_, key)): Path<(String, String)>,
    Query(which): Query<super::page::Which>,
) -> Outcome {
    let (frame, all) = open(&me, &key).await?;
    let from = all
        .iter()
        .find(|one| which.version.map_or(one.in_force, |number| one.script.version == number))
        .ok_or(Error::NotFound)?;
    let draft = Draft::of(&from.script, shown_date(frame.d.clock.today()));
    show(&me, frame, &key, &all, draft, newest(&all), false, Errors::default())
}

/// `POST /{tenant}/desk/scripts/{key}/edit`: a button that changes rows, a check, or the saving of a version.
pub async fn save(
    me: Me,
    Path((_, key)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.get("csrf"))?;
    let (mut frame, all) = open(&me, &key).await?;
    let mut draft = Draft::read(&typed);
    let after = typed.get("after").parse().unwrap_or(-1);
    let pressed = typed.get("do").to_owned();
    let mut errors = Errors::default();
    if pressed != "save" && pressed != "check" {
        draft.press(&pressed);
        return show(&me, frame, &key, &all, draft, after, false, errors);
    }
    let w = me.w;
    let questions = draft.questions();
    for fault in scripts::check(&questions) {
        errors.add(&draft::field(&fault), w.by_key(fault.key));
    }
    let valid_from = parse_date(&draft.valid_from);
    if let Err(error) = &valid_from {
        errors.add("valid_from", w.by_key(error.key));
    }
    if let (Ok(valid_from), "save", true) = (valid_from, pressed.as_str(), errors.is_empty()) {
        let new = NewScript { key: key.clone(), valid_from, questions, after };
        match scripts::save(&mut frame.cx, &new).await {
            Ok(_) => {
                frame.cx.commit().await?;
                let number = after + 1;
                return Ok(see_other(&me.at(format!("scripts/{key}?version={number}&done=saved"))));
            }
            Err(Error::Conflict(key)) => errors.add("questions", w.by_key(key)),
            Err(error) => errors.take(w, error)?,
        }
    }
    // A row that lacks what its kind needs shows the fields for it.
    draft.press("check");
    let sound = errors.is_empty();
    show(&me, frame, &key, &all, draft, after, sound, errors)
}

async fn open(me: &Me, key: &str) -> Result<(Frame, Vec<Listed>)> {
    let mut frame = Frame::new(me, "scripts").await?;
    let all = scripts::versions(&mut frame.cx, key).await?;
    if edits(me) { Ok((frame, all)) } else { Err(Error::Forbidden(Action::ScriptEdit.as_str())) }
}

fn newest(all: &[Listed]) -> i32 {
    all.first().map_or(0, |one| one.script.version)
}

#[expect(clippy::too_many_arguments, reason = "what a page of a form shows")]
fn show(
    me: &Me,
    frame: Frame,
    key: &str,
    all: &[Listed],
    draft: Draft,
    after: i32,
    sound: bool,
    errors: Errors,
) -> Outcome {
    let w = me.w;
    let now = all.iter().find(|one| one.in_force);
    let wrong = !errors.is_empty();
    let page = Page {
        title: w.script_edit_title(title(w, key)),
        from: now.map_or_else(String::new, |one| version(w, &one.script)),
        back: me.at(format!("scripts/{key}")),
        action: me.at(format!("scripts/{key}/edit")),
        after,
        keys: draft.keys(),
        may_add: draft.questions.len() < QUESTIONS,
        rows: draft.questions.iter().enumerate().map(|(n, asked)| row(w, n, asked)).collect(),
        valid_from: draft.valid_from,
        sound,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn row(w: Words, n: usize, asked: &Asked) -> Row {
    let own = format!("q{n}");
    let line = |name: &str, label: String, value: &str| Line {
        name: format!("{own}-{name}"),
        label,
        hint: String::new(),
        value: value.to_owned(),
        mode: "",
        keys: false,
    };
    let digits = if asked.reading().is_some() {
        vec![
            Line { mode: "numeric", ..line("most", w.script_most(), &asked.most) },
            Line {
                mode: "numeric",
                hint: w.script_unknown_hint(),
                ..line("unknown", w.script_unknown(), &asked.unknown)
            },
        ]
    } else {
        Vec::new()
    };
    Row {
        n,
        heading: w.script_question((n + 1).to_string()),
        key: Line { hint: w.script_key_hint(), ..line("key", w.script_key(), &asked.key) },
        next: Line { hint: w.script_next_hint(), keys: true, ..line("next", w.script_next(), &asked.next) },
        kind: Pick { name: format!("{own}-kind"), label: w.script_kind(), options: kinds(w, &asked.kind) },
        whom: Pick {
            name: format!("{own}-once"),
            label: w.script_whom(),
            options: [("household", w.script_whom_household()), ("member", w.script_whom_member())]
                .map(|(id, label)| (id.to_owned(), label, (asked.whom == "member") == (id == "member")))
                .into(),
        },
        says: line("says", w.script_says(), &asked.says),
        again: line("again", w.script_again(), &asked.again),
        digits,
        choice: asked.kind == "choice",
        choices: asked.choices.iter().enumerate().map(|(m, pressed)| key_row(w, n, m, pressed)).collect(),
        may_add: asked.choices.len() < CHOICES,
        own,
    }
}

fn key_row(w: Words, n: usize, m: usize, pressed: &Pressed) -> KeyRow {
    let own = format!("q{n}c{m}");
    let line = |name: &str, label: String, value: &str| Line {
        name: format!("{own}-{name}"),
        label,
        hint: String::new(),
        value: value.to_owned(),
        mode: "",
        keys: false,
    };
    let none = (String::new(), w.script_no_symptom(), pressed.symptom.is_empty());
    let signs = Symptom::ALL.iter().filter(|one| **one != Symptom::NoSymptom);
    let signs = signs.map(|one| {
        let id = one.as_str().to_owned();
        let here = id == pressed.symptom;
        (id, symptom(w, *one), here)
    });
    KeyRow {
        m,
        key: Line { mode: "numeric", ..line("key", w.script_choice_key(), &pressed.key) },
        label: line("label", w.script_choice_label(), &pressed.label),
        next: Line { keys: true, ..line("next", w.script_next(), &pressed.next) },
        symptom: Pick {
            name: format!("{own}-symptom"),
            label: w.script_symptom(),
            options: std::iter::once(none).chain(signs).collect(),
        },
        act: Pick {
            name: format!("{own}-act"),
            label: w.script_act(),
            options: Act::ALL
                .iter()
                .map(|one| (one.as_str().to_owned(), act(w, *one), one.as_str() == pressed.act))
                .collect(),
        },
        flag: format!("{own}-flag"),
        flagged: pressed.flag,
    }
}

fn kinds(w: Words, chosen: &str) -> Vec<Offered> {
    let plain = [("statement", w.script_kind_statement()), ("choice", w.script_kind_choice())];
    let readings = Reading::ALL.iter().map(|one| {
        let label = w.by_key(&format!("script-kind-{}", one.as_str().replace('_', "-")));
        (one.as_str(), w.script_kind_digits(label))
    });
    plain.into_iter().chain(readings).map(|(id, label)| (id.to_owned(), label, id == chosen)).collect()
}

//! A reform: which unit passes into which, from a day on. First it is read and shown, then written
//! down; on the day open tickets and local units follow by themselves.

use super::{codes, keeper};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Query};
use duty::{
    transfers::{self, Move, Planned, Succession, Transfer},
    units,
};
use jiff::civil::Date;
use kernel::{Error, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use std::collections::BTreeMap;
use store::Cx;

/// Longest list and decision, in characters.
const LINES: usize = 40_000;
const CITATION: usize = 200;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    act: String,
    on: String,
    citation: String,
    lines: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    from: String,
}

/// One line of a reform that was read and can be written down.
struct Step {
    from: String,
    to: String,
    how: String,
}

struct PlanRow {
    on: String,
    citation: String,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "units_reform.html")]
struct Page {
    d: Desk,
    codes: Vec<(String, String)>,
    typed: Typed,
    steps: Vec<Step>,
    plans: Vec<PlanRow>,
    errors: Errors,
}

async fn show(me: &Me, typed: Typed, steps: Vec<Step>, errors: Errors) -> Outcome {
    keeper(me)?;
    let mut frame = Frame::new(me, "units").await?;
    let planned = transfers::planned(&mut frame.cx).await?;
    let row = |plan: Planned| PlanRow {
        on: dates::shown_date(plan.on),
        citation: plan.citation,
        done: plan.done_at.map(|at| frame.d.clock.full(at)),
    };
    let wrong = !errors.is_empty();
    let page = Page {
        codes: codes(&frame),
        typed,
        steps,
        plans: planned.into_iter().map(row).collect(),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/units/reform?from=CODE`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let lines = if asked.from.is_empty() { String::new() } else { format!("{} > ", asked.from) };
    show(&me, Typed { lines, ..Typed::default() }, Vec::new(), Errors::default()).await
}

/// `POST /{tenant}/desk/units/reform`: `act` is `check` or `apply`.
pub async fn plan(me: Me, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    keeper(&me)?;
    let mut errors = Errors::default();
    let mut cx = me.begin().await?;
    let Some(transfer) = read(&me, &mut cx, &typed, &mut errors).await? else {
        return show(&me, typed, Vec::new(), errors).await;
    };
    let unnamed = match transfers::unnamed(&mut cx, &transfer).await {
        Ok(unnamed) => unnamed,
        Err(error) => return refused(&me, typed, error).await,
    };
    if !unnamed.is_empty() {
        errors.add("lines", me.w.units_reform_unnamed(unnamed.join(", ")));
        return show(&me, typed, Vec::new(), errors).await;
    }
    if let Err(error) = transfers::plan(&mut cx, &transfer).await {
        return refused(&me, typed, error).await;
    }
    if typed.act == "apply" {
        cx.commit().await?;
        return Ok(see_other(&me.at("units/reform")));
    }
    // Only tried: nothing is kept, and everybody sees what would be written.
    let names = names(&me, &mut cx, transfer.on).await?;
    cx.rollback().await?;
    let shares = |whole| if whole { me.w.units_reform_whole() } else { me.w.units_reform_part() };
    let called = |code: &String| names.get(code).cloned().unwrap_or_else(|| code.clone());
    let steps = transfer
        .successions
        .iter()
        .map(|step| Step { from: called(&step.from), to: called(&step.to), how: shares(step.whole) })
        .chain(transfer.moves.iter().map(|step| Step {
            from: called(&step.unit),
            to: called(&step.under),
            how: me.w.units_reform_moves(),
        }))
        .collect();
    show(&me, typed, steps, errors).await
}

async fn refused(me: &Me, typed: Typed, error: Error) -> Outcome {
    let mut errors = Errors::default();
    match error {
        Error::Conflict(key) => errors.add("lines", me.w.by_key(key)),
        Error::Invalid { field: "from" | "to" | "successions", key } => errors.add("lines", me.w.by_key(key)),
        other => errors.take(me.w, other)?,
    }
    show(me, typed, Vec::new(), errors).await
}

/// Names by code, of today and of the day.
async fn names(me: &Me, cx: &mut Cx, on: Date) -> Result<BTreeMap<String, String>, Error> {
    let lang = me.w.lang();
    let tree = units::tree(cx).await?;
    let then = units::units_on(cx, on).await?;
    let name = |unit: &units::Unit| format!("{} ({})", unit.name_in(lang.as_str()), unit.code);
    Ok(then.iter().chain(tree.iter()).map(|unit| (unit.code.clone(), name(unit))).collect())
}

/// The reform as typed; `None` when a field is wrong, each told beside it.
async fn read(me: &Me, cx: &mut Cx, typed: &Typed, errors: &mut Errors) -> Result<Option<Transfer>, Error> {
    let w = me.w;
    let on = match dates::parse_date(&typed.on) {
        Ok(day) => Some(day),
        Err(error) => {
            errors.add("on", w.by_key(error.key));
            None
        }
    };
    let citation = kernel::text::line(&typed.citation, CITATION).unwrap_or_else(|error| {
        errors.add("citation", w.by_key(error.key));
        String::new()
    });
    if citation.is_empty() {
        errors.add("citation", w.by_key("error-unit-reason"));
    }
    if typed.lines.trim().is_empty() {
        errors.add("lines", w.by_key("error-text-missing"));
    }
    if typed.lines.chars().count() > LINES {
        errors.add("lines", w.by_key("error-text-too-long"));
    }
    let Some(on) = on.filter(|_| errors.is_empty()) else { return Ok(None) };
    let known = names(me, cx, on).await?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut moves: Vec<Move> = Vec::new();
    for (index, line) in typed.lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = (index + 1).to_string();
        let goes_on = line.contains(':');
        let codes: Vec<String> = line
            .split(['>', '→', ';', '\t', ':'])
            .map(|part| part.trim().to_uppercase())
            .filter(|part| !part.is_empty())
            .collect();
        let [from, to] = &codes[..] else {
            errors.add("lines", w.units_reform_line_format(number));
            return Ok(None);
        };
        if let Some(unknown) = [from, to].into_iter().find(|code| !known.contains_key(*code)) {
            errors.add("lines", w.units_reform_line_unknown(number, unknown.as_str()));
            return Ok(None);
        }
        let twice = pairs.iter().any(|pair| pair.0 == *from && pair.1 == *to)
            || moves.iter().any(|step| step.unit == *from);
        if twice {
            errors.add("lines", w.units_reform_line_twice(number));
            return Ok(None);
        }
        if goes_on {
            moves.push(Move { unit: from.clone(), under: to.clone() });
        } else {
            pairs.push((from.clone(), to.clone()));
        }
    }
    let several = |code: &String| pairs.iter().filter(|(from, _)| from == code).count() > 1;
    let successions = pairs
        .iter()
        .map(|(from, to)| Succession { from: from.clone(), to: to.clone(), whole: !several(from) })
        .collect();
    Ok(Some(Transfer { on, new: Vec::new(), successions, moves, citation }))
}

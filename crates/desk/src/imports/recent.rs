//! The lists of late, with the form that reads a new one.

use super::words;
use crate::{
    Me,
    cases::test_kind,
    frame::{self, Frame},
};
use askama::Template;
use axum::http::StatusCode;
use duty::{
    permissions::{Action, Scope, permits},
    staff,
    units::UnitKind,
};
use health::{
    cases::TestKind,
    imports::{self, Kind},
};
use kernel::{Error, Result, StaffId, UnitId};
use pages::{Desk, Outcome, forms::Errors, html};
use std::collections::BTreeMap;

/// The upload form as it was sent, without the file.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub unit: String,
    /// What the list is about.
    pub list: String,
    /// Kind of test.
    pub kind: String,
    /// Field → header, as a person chose.
    pub columns: BTreeMap<String, String>,
}

impl Typed {
    /// The kind of list that was chosen; results where none was.
    pub fn list(&self) -> Result<Kind> {
        if self.list.is_empty() {
            return Ok(Kind::Results);
        }
        self.list.parse().map_err(|_| Error::invalid("list", "error-choose"))
    }
}

/// Columns for a person to choose, when the names did not fit.
pub struct Mapping {
    pub kind: Kind,
    pub file: String,
    /// Fields without which nothing can be read.
    pub missing: Vec<&'static str>,
    pub headers: Vec<String>,
}

struct Field {
    name: &'static str,
    label: String,
    required: bool,
    headers: Vec<(String, bool)>,
}

struct Line {
    href: String,
    kind: String,
    file: String,
    code: String,
    unit: String,
    state: String,
    rows: i64,
    done: i64,
    errors: i64,
    at: String,
    by: String,
}

#[derive(Template)]
#[template(path = "imports.html")]
struct Page {
    d: Desk,
    errors: Errors,
    units: Vec<(String, String, bool)>,
    lists: Vec<(&'static str, String, bool)>,
    kinds: Vec<(&'static str, String, bool)>,
    mapping_text: Option<String>,
    fields: Vec<Field>,
    lines: Vec<Line>,
}

/// Lists of one page.
const LINES: i64 = 50;

/// `GET /{tenant}/desk/imports`
pub async fn list(me: Me) -> Outcome {
    show(&me, &Typed::default(), None, Errors::default()).await
}

/// The page again, with what must be mended.
pub async fn again(me: &Me, typed: &Typed, mapping: Option<Mapping>, errors: Errors) -> Outcome {
    let mut response = show(me, typed, mapping, errors).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn show(me: &Me, typed: &Typed, mapping: Option<Mapping>, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let w = me.w;
    let units = units(me, &frame);
    if units.is_empty() {
        return Err(Error::Forbidden("case.import").into());
    }
    let lists = imports::recent(&mut frame.cx, LINES).await?;
    let people: Vec<StaffId> = lists.iter().filter_map(|list| list.staged_by).collect();
    let names = staff::of(&mut frame.cx, &people).await?;
    let lines = lists
        .into_iter()
        .map(|list| Line {
            href: me.at(format!("imports/{}", list.id)),
            kind: words::kind(w, list.kind),
            file: list.file_name,
            code: list.code,
            unit: frame::short(&frame.tree, &frame.d, Some(list.unit)),
            state: words::state(w, list.state),
            rows: list.counts.rows,
            done: list.counts.done,
            errors: list.counts.errors,
            at: frame.d.clock.short(list.staged_at),
            by: list
                .staged_by
                .and_then(|id| names.get(&id))
                .map(|one| one.full_name.clone())
                .unwrap_or_default(),
        })
        .collect();
    // Somebody's own unit, unless he has chosen another before.
    let chosen = match typed.unit.parse::<UnitId>() {
        Ok(unit) => Some(unit),
        Err(_) => units.iter().copied().find(|unit| frame.units.contains(unit)),
    };
    let page = Page {
        units: units
            .iter()
            .map(|unit| (unit.to_string(), frame.unit(*unit), Some(*unit) == chosen))
            .collect(),
        lists: Kind::ALL
            .iter()
            .map(|one| (one.as_str(), words::kind(w, *one), typed.list == one.as_str()))
            .collect(),
        kinds: TestKind::ALL
            .iter()
            .map(|one| (one.as_str(), test_kind(w, *one), typed.kind == one.as_str()))
            .collect(),
        mapping_text: mapping.as_ref().map(|mapping| {
            let columns: Vec<String> = mapping.missing.iter().map(|field| words::column(w, field)).collect();
            w.imports_columns_missing(columns.join(", "), mapping.file.as_str())
        }),
        fields: mapping.map(|mapping| fields(me, typed, &mapping)).unwrap_or_default(),
        lines,
        errors,
        d: frame.d,
    };
    html(&page)
}

/// The units in whose name the actor may read a list in: stations, and where he himself works.
fn units(me: &Me, frame: &Frame) -> Vec<UnitId> {
    let mut units: Vec<_> = frame
        .tree
        .iter()
        .filter(|unit| unit.kind == UnitKind::Station || frame.units.contains(&unit.id))
        .filter(|unit| permits(&me.actor, Action::CaseImport, Scope::Units(&[unit.id])))
        .map(|unit| (unit.name_in(me.w.lang().as_str()), unit.id))
        .collect();
    units.sort();
    units.into_iter().map(|(_, id)| id).collect()
}

fn fields(me: &Me, typed: &Typed, mapping: &Mapping) -> Vec<Field> {
    mapping
        .kind
        .columns()
        .iter()
        .map(|column| {
            let chosen = typed.columns.get(column.field);
            Field {
                name: column.field,
                label: words::column(me.w, column.field),
                required: column.required,
                headers: mapping
                    .headers
                    .iter()
                    .map(|header| (header.clone(), chosen == Some(header)))
                    .collect(),
            }
        })
        .collect()
}

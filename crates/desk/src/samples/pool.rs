//! A pooled sample: whose samples are in the tube, and what it came to.

use super::{
    typed::{Choice, results},
    words,
};
use crate::{
    Me,
    cases::{self, birth_and_sex},
    frame::Frame,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::{
    permissions::{Action, Scope, permits},
    units::UnitKind,
};
use health::{
    cases::{TestKind, TestResult},
    households,
    people::Brief,
    samples::{self, NewPool, PoolState, SINGLE},
};
use kernel::{Error, HouseholdId, PersonId, PoolId, Result, UnitId, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The household whose members are offered beside those who are owed a test.
    household: String,
}

#[derive(Clone, Debug, Default)]
struct Typed {
    csrf: String,
    household: String,
    unit: String,
    code: String,
    kind: String,
    sample_on: String,
    members: BTreeSet<PersonId>,
}

impl Typed {
    /// Boxes that are ticked come several times under one name, so the pairs are taken as they are.
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            let field = match name.as_str() {
                "csrf" => &mut typed.csrf,
                "household" => &mut typed.household,
                "unit" => &mut typed.unit,
                "code" => &mut typed.code,
                "kind" => &mut typed.kind,
                "sample_on" => &mut typed.sample_on,
                "members" => {
                    typed.members.extend(value.parse::<PersonId>().ok());
                    continue;
                }
                _ => continue,
            };
            *field = value;
        }
        typed
    }
}

#[derive(Template)]
#[template(path = "sample_pool.html")]
struct FormPage {
    d: Desk,
    back: String,
    action: String,
    typed: Typed,
    units: Vec<Choice>,
    kinds: Vec<Choice>,
    /// Those who may be in the tube: id, name and what is known of him, ticked.
    people: Vec<Choice>,
    errors: Errors,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Told {
    csrf: String,
    result: String,
    result_on: String,
}

#[derive(Template)]
#[template(path = "sample_read.html")]
struct ReadPage {
    d: Desk,
    back: String,
    action: String,
    code: String,
    facts: Vec<(String, String)>,
    people: Vec<String>,
    waits: bool,
    results: Vec<Choice>,
    typed: Told,
    errors: Errors,
}

/// `GET /{tenant}/desk/samples/pool?household=`
pub async fn form(me: Me, Query(asked): Query<Asked>) -> Outcome {
    show(&me, Typed { household: asked.household, ..Typed::default() }, Errors::default(), true).await
}

/// `POST /{tenant}/desk/samples/pool`
pub async fn take(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed::of(pairs);
    me.check(&typed.csrf)?;
    let mut errors = Errors::default();
    match put(&me, &typed, &mut errors).await {
        Ok(true) => return Ok(see_other(&me.at("samples?done=pool"))),
        Ok(false) => {}
        Err(Error::Invalid { field, key }) => errors.add(field, words::fault(me.w, field, key)),
        Err(other) => return Err(other.into()),
    }
    show(&me, typed, errors, false).await
}

/// False when something must be mended first, which `errors` then tell.
async fn put(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<bool> {
    let unit = typed.unit.parse::<UnitId>().ok();
    let kind = typed.kind.parse::<TestKind>().ok();
    for (field, missing) in [("unit", unit.is_none()), ("kind", kind.is_none())] {
        if missing {
            errors.add(field, me.w.error_choose());
        }
    }
    let (Some(unit), Some(kind)) = (unit, kind) else { return Ok(false) };
    let new = NewPool {
        unit,
        code: typed.code.clone(),
        kind,
        sample_on: typed.sample_on.clone(),
        members: typed.members.clone(),
    };
    let mut cx = me.begin().await?;
    samples::take_pool(&mut cx, &new).await?;
    cx.commit().await?;
    Ok(true)
}

/// `fresh`: nothing has been typed yet.
async fn show(me: &Me, mut typed: Typed, errors: Errors, fresh: bool) -> Outcome {
    let mut frame = Frame::new(me, "samples").await?;
    let w = me.w;
    let mut people: Vec<Brief> = Vec::new();
    let household = typed.household.parse::<HouseholdId>().ok();
    if let Some(household) = household {
        let home = households::find(&mut frame.cx, household).await?;
        people.extend(home.members.into_iter().map(|member| member.person));
        if fresh {
            typed.members = people.iter().map(|one| one.id).collect();
        }
    }
    for line in samples::due(&mut frame.cx).await? {
        if people.iter().all(|known| known.id != line.person.id) {
            people.push(line.person);
        }
    }
    let units: Vec<UnitId> = units(me, &frame);
    if fresh {
        typed.sample_on = dates::shown_date(frame.d.clock.today());
        SINGLE[1].as_str().clone_into(&mut typed.kind);
        let own = units.iter().find(|unit| frame.units.contains(unit));
        typed.unit = own.map_or_else(String::new, ToString::to_string);
    }
    let wrong = !errors.is_empty();
    let page = FormPage {
        back: me.at("samples"),
        action: me.at("samples/pool"),
        units: units
            .iter()
            .map(|unit| (unit.to_string(), frame.unit(*unit), typed.unit == unit.to_string()))
            .collect(),
        kinds: SINGLE
            .iter()
            .map(|one| (one.as_str().to_owned(), cases::test_kind(w, *one), typed.kind == one.as_str()))
            .collect(),
        people: people
            .iter()
            .map(|one| {
                let about = format!("{} · {}", one.full_name, birth_and_sex(w, one));
                (one.id.to_string(), about, typed.members.contains(&one.id))
            })
            .collect(),
        typed,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// The stations in whose name the actor takes samples, and where he himself works.
fn units(me: &Me, frame: &Frame) -> Vec<UnitId> {
    let mut units: Vec<_> = frame
        .tree
        .iter()
        .filter(|unit| unit.kind == UnitKind::Station || frame.units.contains(&unit.id))
        .filter(|unit| permits(&me.actor, Action::CaseRecord, Scope::Units(&[unit.id])))
        .map(|unit| (unit.name_in(me.w.lang().as_str()), unit.id))
        .collect();
    units.sort();
    units.into_iter().map(|(_, id)| id).collect()
}

/// `GET /{tenant}/desk/samples/pools/{pool}`
pub async fn page(me: Me, Path((_, id)): Path<(String, PoolId)>) -> Outcome {
    result_form(&me, id, Told::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/samples/pools/{pool}`
pub async fn read(me: Me, Path((_, id)): Path<(String, PoolId)>, Form(typed): Form<Told>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut errors = Errors::default();
    let done = match open(&me, id, &typed).await {
        Ok(PoolState::Negative) => "pool-negative",
        Ok(_) => "pool-opened",
        // Read already: somebody was faster, or the form came twice.
        Err(Error::Conflict("error-pool-read")) => "pool-known",
        Err(Error::Invalid { field, key }) => {
            // The day of the sample is fixed: only that of the result can be mended.
            let field = if field == "sample_on" { "result_on" } else { field };
            errors.add(field, words::fault(me.w, field, key));
            return result_form(&me, id, typed, errors).await;
        }
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&me.at(format!("samples?done={done}"))))
}

async fn open(me: &Me, id: PoolId, typed: &Told) -> Result<PoolState> {
    let result: TestResult = typed.result.parse().map_err(|_| Error::invalid("result", "error-choose"))?;
    let mut cx = me.begin().await?;
    let state = samples::read_pool(&mut cx, id, result, &typed.result_on).await?;
    cx.commit().await?;
    Ok(state)
}

async fn result_form(me: &Me, id: PoolId, typed: Told, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "samples").await?;
    let pool = samples::pool(&mut frame.cx, id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let page = ReadPage {
        back: me.at("samples"),
        action: me.at(format!("samples/pools/{id}")),
        facts: vec![
            (w.case_test_kind(), cases::test_kind(w, pool.kind)),
            (w.case_sample_on(), dates::shown_date(pool.sample_on)),
            (w.imports_unit(), frame.unit(pool.unit)),
            (w.sample_state(), words::pool_state(w, pool.state)),
        ],
        people: pool
            .members
            .iter()
            .map(|one| format!("{} · {}", one.full_name, birth_and_sex(w, one)))
            .collect(),
        waits: pool.state == PoolState::Taken,
        code: pool.code,
        results: results(me, &typed.result),
        typed,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

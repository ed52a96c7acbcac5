//! Passes by the set: for those who work for an organisation, or for a ward's people who have none. What came of it
//! is the answer to the form, with the sheets of cards to be printed and the next set.

use super::{
    issue::{Sheet, force, forces},
    list::wards,
    must_issue,
};
use crate::{
    Me,
    frame::Frame,
    questions::{Question, Typed},
};
use askama::Template;
use axum::{Form, extract::Query};
use health::passes::{self, Batch, Lack, LeftOut, Whose};
use kernel::{Error, OrganisationId, PassId, PersonId, Result, UnitId};
use pages::{Desk, Outcome, Words, form_page, forms::Errors, html};
use pass::Force;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Those who could not have one, as many as are named.
const NAMED: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    organisation: String,
}

impl Asked {
    fn organisation(&self) -> Result<Option<OrganisationId>> {
        if self.organisation.is_empty() { Ok(None) } else { self.organisation.parse().map(Some) }
    }
}

/// For whom.
#[derive(Clone, Copy)]
enum Set {
    Ward(UnitId),
    Workers(OrganisationId, Option<Force>),
}

#[derive(Template)]
#[template(path = "passes_batch.html")]
struct Page {
    d: Desk,
    /// The ward's or the organisation's.
    name: String,
    fresh: String,
    had: String,
    /// Names and what their records lack.
    refused: Vec<(String, String)>,
    more_refused: String,
    /// Every pass of the set, for sheets of cards; empty where none can be printed.
    ids: String,
    /// Of which passes no card will be printed, by reason: how many, and whose as far as the reader sees them.
    left: Vec<(String, String)>,
    action: String,
    /// What the next set is asked with; empty after the last.
    next: Vec<(&'static str, String)>,
}

/// `GET /{tenant}/desk/passes/batch?organisation=`
pub async fn form(me: Me, Query(asked): Query<Asked>) -> Outcome {
    must_issue(&me)?;
    show(&me, asked.organisation()?, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/passes/batch?organisation=`: with `after`, the set that begins there.
pub async fn give(me: Me, Query(asked): Query<Asked>, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must_issue(&me)?;
    let organisation = asked.organisation()?;
    match issue(&me, organisation, &typed).await {
        Ok((set, batch)) => answer(&me, set, &batch).await,
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, organisation, &typed, errors).await
        }
    }
}

async fn issue(me: &Me, organisation: Option<OrganisationId>, typed: &Typed) -> Result<(Set, Batch)> {
    let after = typed.of("after").parse::<PersonId>().ok();
    let set = if let Some(id) = organisation {
        Set::Workers(id, force(typed.of("force"))?)
    } else {
        let ward = typed.of("ward").parse::<UnitId>();
        Set::Ward(ward.map_err(|_| Error::invalid("ward", "error-choose"))?)
    };
    let mut cx = me.begin().await?;
    let batch = match set {
        Set::Ward(ward) => passes::for_ward(&mut cx, ward, true, after).await?,
        Set::Workers(id, force) => passes::for_employer(&mut cx, id, force, true, after).await?,
    };
    cx.commit().await?;
    Ok((set, batch))
}

async fn answer(me: &Me, set: Set, batch: &Batch) -> Outcome {
    let mut frame = Frame::new(me, "passes").await?;
    let w = me.w;
    let whose = match set {
        Set::Ward(ward) => Whose::Neighbourhood(ward),
        Set::Workers(organisation, _) => Whose::Business { organisation, people: None },
    };
    let name = passes::holder(&mut frame.cx, whose).await?;
    let mut refused = Vec::new();
    for (person, why) in batch.refused.iter().take(NAMED) {
        // Somebody who works here and lives in another ward is not named.
        let name = match passes::holder(&mut frame.cx, Whose::Person(*person)).await {
            Ok(name) => name,
            Err(Error::NotFound) => w.passes_nameless(),
            Err(other) => return Err(other.into()),
        };
        refused.push((name, w.by_key(why)));
    }
    let fresh = batch.issued.iter().filter(|one| one.fresh).count();
    let had = batch.issued.len() - fresh;
    let passes: Vec<PassId> = batch.issued.iter().map(|one| one.pass).collect();
    let left = passes::left_out(&mut frame.cx, &passes).await?;
    let ids: Vec<String> = passes.iter().map(PassId::to_string).collect();
    let more = batch.refused.len().saturating_sub(NAMED);
    let page = Page {
        name,
        fresh: w.passes_batch_fresh(fresh.to_string()),
        had: if had == 0 { String::new() } else { w.passes_batch_had(had.to_string()) },
        refused,
        more_refused: if more == 0 { String::new() } else { w.passes_batch_more_refused(more.to_string()) },
        ids: if left.len() < passes.len() { ids.join(" ") } else { String::new() },
        left: told(w, &left),
        action: match set {
            Set::Ward(_) => me.at("passes/batch"),
            Set::Workers(id, _) => me.at(format!("passes/batch?organisation={id}")),
        },
        next: batch.next.map_or_else(Vec::new, |next| {
            let asked = match set {
                Set::Ward(ward) => ("ward", ward.to_string()),
                Set::Workers(_, force) => ("force", force.map_or("", Force::name).to_owned()),
            };
            vec![asked, ("after", next.to_string())]
        }),
        d: frame.d,
    };
    html(&page)
}

/// Those left out of a sheet, by reason.
fn told(w: Words, left: &[LeftOut]) -> Vec<(String, String)> {
    let mut by_reason: BTreeMap<Lack, Vec<&LeftOut>> = BTreeMap::new();
    for one in left {
        by_reason.entry(one.why).or_default().push(one);
    }
    let line = |(why, all): (Lack, Vec<&LeftOut>)| {
        let named: Vec<&str> =
            all.iter().map(|one| one.name.as_str()).filter(|name| !name.is_empty()).collect();
        let mut names = named.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        if named.len() > NAMED {
            names = format!("{names}, {}", w.passes_left_more((named.len() - NAMED).to_string()));
        }
        (counted(w, why, all.len()), names)
    };
    by_reason.into_iter().map(line).collect()
}

fn counted(w: Words, why: Lack, count: usize) -> String {
    let count = count.to_string();
    match why {
        Lack::Resting => w.passes_left_resting(count),
        Lack::Revoked => w.passes_left_revoked(count),
        Lack::BirthYear => w.passes_left_birth_year(count),
        Lack::Name => w.passes_left_name(count),
        Lack::Elsewhere => w.passes_left_elsewhere(count),
    }
}

async fn show(me: &Me, organisation: Option<OrganisationId>, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "passes").await?;
    let w = me.w;
    let (hint, question, query) = if let Some(organisation) = organisation {
        let whose = Whose::Business { organisation, people: None };
        let name = passes::holder(&mut frame.cx, whose).await?;
        let forces = forces(w, typed.of("force"));
        let question = Question::choice("force", w.passes_force(), forces).hint(w.passes_force_hint());
        (w.passes_batch_workers(name), question, format!("?organisation={organisation}"))
    } else {
        let wards = wards(me, &frame, typed.of("ward"));
        (w.passes_batch_ward(), Question::choice("ward", w.passes_ward(), wards), String::new())
    };
    let wrong = !errors.is_empty();
    let sheet = Sheet {
        title: w.passes_do_batch(),
        back: me.at("passes"),
        back_label: w.nav_passes(),
        action: me.at(format!("passes/batch{query}")),
        hint,
        hidden: Vec::new(),
        questions: vec![question],
        go: w.passes_do_issue(),
        errors,
        d: frame.d,
    };
    form_page(&sheet, wrong)
}

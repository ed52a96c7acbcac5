//! Papers as pages show them.

use super::{
    model::Body,
    sql::{self, Kept},
};
use crate::{
    households,
    people::{self, Brief},
};
use duty::permissions::Action;
use kernel::{HouseholdId, PaperId, PersonId, Result};
use serde_json::json;
use store::{Cx, Event};

/// A paper in the list of its household.
#[derive(Clone, Debug)]
pub struct Paper {
    pub kept: Kept,
    /// `None` where it names nobody.
    pub person: Option<Brief>,
    /// Why it was taken back.
    pub why: Option<String>,
}

/// A paper with what stands on it.
#[derive(Clone, Debug)]
pub struct Opened {
    pub kept: Kept,
    pub body: Body,
}

/// The papers of a household, the newest first.
///
/// Errors: `NotFound`, `Forbidden` for those who issue none.
pub async fn of_household(cx: &mut Cx, household: HouseholdId) -> Result<Vec<Paper>> {
    households::claim(cx, household, Action::CarePaper).await?;
    let kept = sql::of_household(cx, household).await?;
    let named: Vec<PersonId> = kept.iter().filter_map(|paper| paper.person).collect();
    let people = people::briefs(cx, &named).await?;
    let mut papers = Vec::with_capacity(kept.len());
    for kept in kept {
        let person = kept.person.and_then(|person| people.get(&person).cloned());
        papers.push(Paper { why: kept.why(cx)?, person, kept });
    }
    Ok(papers)
}

/// Opens a paper to print it; on record, because it names somebody in full. The caller commits.
///
/// Errors: `NotFound`, `Forbidden` for those who issue none.
pub async fn open(cx: &mut Cx, id: PaperId) -> Result<Opened> {
    let kept = sql::find(cx, id).await?;
    households::claim(cx, kept.household, Action::CarePaper).await?;
    let body = kept.body(cx)?;
    cx.record(Event::new("paper.opened", kept.household).unit(kept.unit).data(json!({
        "paper": id, "kind": kept.kind, "person": kept.person,
    })));
    Ok(Opened { kept, body })
}

//! Taking back what was wrong of somebody: it stays in view and counts no more.

use super::{
    Ground,
    act::{Asked, Sent},
    change::{self, FormPage, Question},
    fact, known, words,
};
use crate::Me;
use health::{
    facts::{Fact, Withdrawn},
    followups,
};
use kernel::{Error, FactId, HouseholdId, PersonId, Result};
use pages::{Outcome, form_page, forms::Errors, see_other};

/// Why people take one back; what follows from a list nobody chooses.
const WHY: [Withdrawn; 2] = [Withdrawn::Wrong, Withdrawn::Corrected];

/// `GET /{tenant}/desk/households/{id}/unfact?fact=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    show(me, id, &asked.fact, ("", ""), Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/unfact`
pub async fn withdraw(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let (fact, how, why) = (sent.of("fact"), sent.of("withdrawn_as"), sent.of("why"));
    match take_back(me, id, fact, how, why).await {
        Ok(done) => Ok(see_other(&me.at(format!("households/{id}?done={done}")))),
        Err(Error::Conflict("error-fact-withdrawn")) => Ok(gone(me, id)),
        Err(error) => {
            let errors = change::told(me, error)?;
            show(me, id, fact, (how, why), errors).await
        }
    }
}

fn gone(me: &Me, id: HouseholdId) -> axum::response::Response {
    see_other(&me.at(format!("households/{id}?done=unfact-known")))
}

async fn take_back(me: &Me, id: HouseholdId, fact: &str, how: &str, why: &str) -> Result<String> {
    let mut ground = Ground::of(me, id).await?;
    let (_, fact) = find(&mut ground, fact).await?;
    let Ground { frame, sheet: before, .. } = ground;
    drop(frame);
    let how: Withdrawn = how.parse().map_err(|_| Error::invalid("withdrawn_as", "error-choose"))?;
    let mut cx = me.begin().await?;
    followups::withdraw_fact(&mut cx, fact.id, how, why).await?;
    let done = fact::done("unfact", &before, &followups::sheet(&mut cx, id).await?);
    cx.commit().await?;
    Ok(done)
}

/// A fact of somebody of this household, and his name.
async fn find(ground: &mut Ground, fact: &str) -> Result<(String, Fact)> {
    let id = fact.parse::<FactId>()?;
    let people: Vec<(PersonId, String)> =
        ground.people().map(|one| (one.id, one.full_name.clone())).collect();
    let ids: Vec<PersonId> = people.iter().map(|(id, _)| *id).collect();
    let known = known::of(&mut ground.frame, &ids).await?;
    let fact = known.into_values().flatten().find(|one| one.id == id).ok_or(Error::NotFound)?;
    let name = people.into_iter().find(|(id, _)| *id == fact.person).map(|(_, name)| name);
    Ok((name.unwrap_or_default(), fact))
}

async fn show(me: &Me, id: HouseholdId, fact: &str, (how, why): (&str, &str), errors: Errors) -> Outcome {
    let mut ground = Ground::of(me, id).await?;
    let (name, known) = find(&mut ground, fact).await?;
    if known.withdrawn.is_some() {
        return Ok(gone(me, id));
    }
    let w = me.w;
    let line = known::line(me, &ground.frame, id, &known, false);
    let about: Vec<String> =
        [name, line.what, line.day].into_iter().filter(|text| !text.is_empty()).collect();
    let choice =
        |one: &Withdrawn| (one.as_str().to_owned(), words::fact_withdrawn(w, *one), how == one.as_str());
    let wrong = !errors.is_empty();
    let page = FormPage {
        hint: w.fact_withdraw_hint(),
        name: about.join(" · "),
        hidden: ("fact", fact.to_owned()),
        choice: Some(Question { name: "withdrawn_as", label: w.fact_withdraw_as() }),
        choices: WHY.iter().map(choice).collect(),
        why: why.to_owned(),
        ..FormPage::new(me, id, "unfact", w.fact_do_withdraw(), errors, &ground)
    };
    form_page(&page, wrong)
}

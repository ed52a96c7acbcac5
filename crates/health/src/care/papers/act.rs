//! Issuing papers, taking one back, and putting another in its place.

use super::{
    compose::{self, Numbered},
    gather::Ground,
    model::{Body, Kind},
    sql::{self, Kept, NewRow},
};
use crate::{followups::Followed, households};
use duty::{permissions::Action, rules, tenants::Tenant};
use kernel::{Error, HouseholdId, PaperId, PersonId, Result, SecretCode, text::line};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};

/// Longest title or name of a signer, and longest reason, in characters.
const LINE_CAP: usize = 200;

/// Who signs; both may be empty: then the head of the unit does.
#[derive(Clone, Debug, Default)]
pub struct Signer {
    /// "KT. CHỦ TỊCH / PHÓ CHỦ TỊCH"
    pub title: String,
    pub name: String,
}

/// Papers of one press.
#[derive(Clone, Debug)]
pub struct NewPapers {
    /// Whom they are about; the notice at the door needs nobody.
    pub person: Option<PersonId>,
    pub kinds: BTreeSet<Kind>,
    pub signer: Signer,
}

/// What a press came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issued {
    pub made: Vec<PaperId>,
    /// Kinds of which one stands already: nothing was made.
    pub known: Vec<Kind>,
}

/// Issues papers from what is on record. Whatever stands already is not issued twice: a mistake is
/// mended by [`replace`].
///
/// Errors: `NotFound`, `Forbidden`; `kinds`: `error-choose`; `person`: `error-choose`; `signer_title`,
/// `signer_name`: `error-text-too-long`; Conflict `error-paper-not-followed`,
/// `error-paper-not-released`, `error-paper-not-f0`.
pub async fn issue(cx: &mut Cx, tenant: &Tenant, household: HouseholdId, new: &NewPapers) -> Result<Issued> {
    households::claim(cx, household, Action::CarePaper).await?;
    if new.kinds.is_empty() {
        return Err(Error::invalid("kinds", "error-choose"));
    }
    let signer = checked(&new.signer)?;
    households::lock(cx, household).await?;
    let ground = Ground::read(cx, household).await?;
    let standing = sql::of_household(cx, household).await?;
    let mut issued = Issued::default();
    for kind in &new.kinds {
        let person = match (*kind, new.person) {
            (Kind::DoorNotice, _) => None,
            (_, Some(person)) => Some(person),
            (_, None) => return Err(Error::invalid("person", "error-choose")),
        };
        if stands(&ground, &standing, *kind, person)? {
            issued.known.push(*kind);
            continue;
        }
        let followed = match person {
            Some(person) => Some(ground.plan_of(person, *kind)?),
            None => None,
        };
        issued.made.push(make(cx, tenant, &ground, *kind, followed, &signer).await?);
    }
    Ok(issued)
}

fn checked(signer: &Signer) -> Result<Signer> {
    let text = |field, text: &str| line(text, LINE_CAP).map_err(|error| Error::invalid(field, error.key));
    Ok(Signer { title: text("signer_title", &signer.title)?, name: text("signer_name", &signer.name)? })
}

/// Whether a paper of this kind stands for the plan in hand.
fn stands(ground: &Ground, known: &[Kept], kind: Kind, person: Option<PersonId>) -> Result<bool> {
    let plan = match person {
        Some(person) => Some(ground.plan_of(person, kind)?.kept.id),
        None => None,
    };
    let last = if person.is_none() { Some(ground.days_of_house()?.1) } else { None };
    let same = |paper: &&Kept| {
        paper.kind == kind
            && paper.withdrawn.is_none()
            && paper.person == person
            && paper.plan == plan
            // A notice at the door stands until its last day.
            && last.is_none_or(|last| paper.to_on >= Some(last))
    };
    Ok(known.iter().any(|paper| same(&paper)))
}

async fn make(
    cx: &mut Cx,
    tenant: &Tenant,
    ground: &Ground,
    kind: Kind,
    followed: Option<&Followed>,
    signer: &Signer,
) -> Result<PaperId> {
    let (household, unit) = (ground.sheet.home.id, ground.issuer(kind)?.id);
    let year = ground.today.year();
    let person = followed.map(|one| one.person.id);
    let whom = match followed {
        Some(followed) => Some(ground.whom(cx, followed, "Cấp giấy tờ theo dõi tại nhà").await?),
        None => None,
    };
    // From here on the next one waits for this transaction: no number is lost when it is given up.
    let number = sql::next_number(cx, unit, kind, year).await?;
    let code = SecretCode::new(cx.rng());
    let shown = code.to_string();
    let of = Numbered { kind, number, code: &shown };
    let body: Body = match &whom {
        Some(whom) => compose::of_person(tenant, ground, &of, signer, whom)?,
        None => compose::of_house(tenant, ground, &of, signer)?,
    };
    let row = NewRow {
        id: cx.id(),
        household,
        person,
        plan: followed.map(|one| one.kept.id),
        case: followed.and_then(|one| one.kept.case),
        unit,
        year,
        number,
        code: &code,
        body: &body,
        rule: (&ground.rule.code, ground.rule.version),
    };
    sql::insert(cx, &row).await?;
    let event = Event::new("paper.issued", household).unit(unit).data(json!({
        "paper": row.id, "kind": kind, "person": person, "number": number, "year": year, "plan": row.plan,
    }));
    cx.record(rules::judged(event, &[&ground.rule]));
    cx.tell(Topic::screen("followups"));
    Ok(row.id)
}

/// Takes a paper back. Whoever asks by its code is told so from now on.
///
/// Errors: `NotFound`, `Forbidden`; `why`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-paper-withdrawn`.
pub async fn withdraw(cx: &mut Cx, id: PaperId, why: &str) -> Result<HouseholdId> {
    let (kept, why) = claim(cx, id, why).await?;
    take_back(cx, &kept, &why, None).await?;
    Ok(kept.household)
}

/// Takes a paper back and issues one of the same kind from what is on record now of the same plan.
///
/// Errors: those of [`withdraw`] and of [`issue`]; Conflict `error-paper-other-plan` where that plan is over
/// and another runs, of which a paper of its own is issued.
pub async fn replace(
    cx: &mut Cx,
    tenant: &Tenant,
    id: PaperId,
    signer: &Signer,
    why: &str,
) -> Result<PaperId> {
    let (kept, why) = claim(cx, id, why).await?;
    let signer = checked(signer)?;
    let ground = Ground::read(cx, kept.household).await?;
    let followed = match kept.plan {
        Some(plan) => Some(ground.same_plan(plan, kept.kind)?),
        None => None,
    };
    let new = make(cx, tenant, &ground, kept.kind, followed, &signer).await?;
    take_back(cx, &kept, &why, Some(new)).await?;
    Ok(new)
}

async fn claim(cx: &mut Cx, id: PaperId, why: &str) -> Result<(Kept, String)> {
    let household = sql::find(cx, id).await?.household;
    households::claim(cx, household, Action::CarePaper).await?;
    households::lock(cx, household).await?;
    let kept = sql::find(cx, id).await?;
    if kept.withdrawn.is_some() {
        return Err(Error::Conflict("error-paper-withdrawn"));
    }
    let why = line(why, LINE_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    Ok((kept, why))
}

async fn take_back(cx: &mut Cx, kept: &Kept, why: &str, by: Option<PaperId>) -> Result<()> {
    sql::withdraw(cx, kept.id, why, by).await?;
    let event = Event::new("paper.withdrawn", kept.household).unit(kept.unit).data(json!({
        "paper": kept.id, "kind": kept.kind, "person": kept.person, "replaced_by": by,
    }));
    cx.record(event.payload(json!({ "why": why })));
    cx.tell(Topic::screen("followups"));
    Ok(())
}

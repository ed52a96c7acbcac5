use super::sql::{self, Asked, PastAlert};
use crate::{
    cases::{self, Case},
    followups::{self, Followed},
    households, people,
    removals::{self, Removal},
};
use duty::{
    calls::{
        self, Call,
        recordings::{self, Recording},
    },
    permissions::{Action, Permit, Scope},
    tickets::{self, MatterFile},
};
use jiff::Timestamp;
use kernel::{CaseId, Error, HouseholdId, MatterId, Result, StaffId};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::{
    Cx, Event, events,
    events::Recorded,
    ledger::{self, Head},
};

/// Everything that is on record of one illness.
#[derive(Clone, Debug)]
pub struct CaseFile {
    pub case: Case,
    pub made_at: Timestamp,
    pub made_by: Option<StaffId>,
    /// What happened to the case itself, oldest first.
    pub course: Vec<Recorded>,
    /// Where it was followed.
    pub homes: Vec<Home>,
    /// Calls with those households, the first first: by the robot, from the desk, to the hotline, and those that fetched
    /// somebody on duty.
    pub talks: Vec<Talk>,
    pub alerts: Vec<PastAlert>,
    /// Each matter with its tickets, calls and acts, the oldest first.
    pub matters: Vec<MatterFile>,
    /// Matters, homes and calls that the reader may not open.
    pub hidden: usize,
    /// The end of the chain at the time of making.
    pub head: Option<Head>,
}

/// A household in which the case was followed, as far as it is about its person.
#[derive(Clone, Debug)]
pub struct Home {
    pub id: HouseholdId,
    /// The household's code.
    pub code: String,
    /// The plan, with every contact.
    pub plans: Vec<Followed>,
    pub removals: Vec<Removal>,
    pub events: Vec<Recorded>,
}

/// A call with a household in which the case was followed.
#[derive(Clone, Debug)]
pub struct Talk {
    pub call: Call,
    /// What was recorded of it, erased ones too.
    pub recorded: Vec<Recording>,
}

/// Makes the file of a case for somebody who sees the case and may lay open who answered for it, and
/// records that he did. The caller commits.
///
/// Errors: `NotFound` where the case cannot be seen; `Forbidden`.
pub async fn file(cx: &mut Cx, id: CaseId) -> Result<CaseFile> {
    let case = cases::find(cx, id).await?;
    let mut units = people::scope(cx, Some(case.ward)).await?;
    units.extend(case.recorded_by_unit);
    units.extend(households::answering(cx, case.person.id).await?);
    cx.permit(Action::MatterFile, Scope::Units(&units))?;

    let course = cases::timeline(cx, id).await?;
    let plans = sql::plans(cx, id).await?;
    // Whoever was followed as a contact before has told how it began.
    let since = plans.iter().map(|plan| plan.opened_at).fold(case.reported_at, Timestamp::min);
    let until = over(&plans);
    let alerts = sql::alerts(cx, id, case.person.id, since, until).await?;
    let mut hidden = 0;
    let mut homes = Vec::new();
    for household in plans.iter().map(|plan| plan.household).collect::<BTreeSet<_>>() {
        match home(cx, household, &case, &plans).await {
            Ok(home) => homes.push(home),
            Err(Error::NotFound | Error::Forbidden(_)) => hidden += 1,
            Err(other) => return Err(other),
        }
    }
    let (talks, unseen) = talks(cx, &plans, since, until).await?;
    hidden += unseen;
    let mut matters = Vec::new();
    for matter in matters_of(cx, &case, &course, &alerts, &plans, (since, until)).await? {
        match tickets::file(cx, matter, None).await {
            Ok(file) => matters.push(file),
            // Of a ward where he lived before, say.
            Err(Error::NotFound | Error::Forbidden(_)) => hidden += 1,
            Err(other) => return Err(other),
        }
    }
    let head = ledger::head(cx).await?;
    cx.record(Event::new("case.file_opened", id).unit(case.ward).data(json!({
        "matters": matters.len(), "head_seq": head.as_ref().map(|head| head.seq),
    })));
    let (made_at, made_by) = (cx.now(), cx.actor.staff_id());
    Ok(CaseFile { case, made_at, made_by, course, homes, talks, alerts, matters, hidden, head })
}

/// When nobody followed the case any more; `None` while somebody does, or never did.
fn over(plans: &[sql::Plan]) -> Option<Timestamp> {
    let closed: Option<Vec<Timestamp>> = plans.iter().map(|plan| plan.closed_at).collect();
    closed?.into_iter().max()
}

async fn home(cx: &mut Cx, id: HouseholdId, case: &Case, plans: &[sql::Plan]) -> Result<Home> {
    let sheet = followups::sheet(cx, id).await?;
    let mut journeys = removals::of_household(cx, id).await?;
    journeys.retain(|one| one.journey.case == Some(case.id));
    journeys.reverse();
    let person = case.person.id.to_string();
    let own: Vec<String> = plans.iter().map(|plan| plan.id.to_string()).collect();
    let mut told = events::of_object(cx, id.uuid()).await?;
    told.retain(|event| {
        let of_plan = event.data["plan"].as_str().is_some_and(|plan| own.iter().any(|known| known == plan));
        event.data["person"].as_str() == Some(person.as_str()) || of_plan
    });
    Ok(Home {
        id,
        code: sheet.home.code,
        plans: sheet
            .plans
            .into_iter()
            .filter(|one| plans.iter().any(|plan| plan.id == one.kept.id))
            .collect(),
        removals: journeys,
        events: told,
    })
}

/// Calls with the households of these plans, and how many more the reader does not see.
async fn talks(
    cx: &mut Cx,
    plans: &[sql::Plan],
    since: Timestamp,
    until: Option<Timestamp>,
) -> Result<(Vec<Talk>, usize)> {
    let homes: BTreeSet<HouseholdId> = plans.iter().map(|plan| plan.household).collect();
    let named: Vec<String> = homes.iter().map(HouseholdId::to_string).collect();
    let proved = sql::proved_calls(cx, &named, since, until).await?;
    let homes: Vec<Uuid> = homes.into_iter().map(HouseholdId::uuid).collect();
    let (calls, unseen) = calls::of_stretch(cx, &homes, &proved, since, until).await?;
    let mut talks = Vec::with_capacity(calls.len());
    for call in calls {
        let recorded = recordings::of(cx, call.id).await?;
        talks.push(Talk { call, recorded });
    }
    Ok((talks, unseen))
}

async fn matters_of(
    cx: &mut Cx,
    case: &Case,
    course: &[Recorded],
    alerts: &[PastAlert],
    plans: &[sql::Plan],
    (since, until): (Timestamp, Option<Timestamp>),
) -> Result<Vec<MatterId>> {
    // A case that moved to another ward was announced twice.
    let mut known: BTreeSet<Uuid> = course.iter().filter_map(|event| event.matter_id).collect();
    known.extend(case.matter.map(MatterId::uuid));
    known.extend(alerts.iter().filter_map(|alert| alert.matter).map(MatterId::uuid));
    let known: Vec<Uuid> = known.into_iter().collect();
    let mut own = vec![case.id.uuid()];
    own.extend(alerts.iter().map(|alert| alert.id.uuid()));
    own.extend(plans.iter().map(|plan| plan.id.uuid()));
    let mut shared = vec![case.person.id.uuid()];
    shared.extend(plans.iter().map(|plan| plan.household.uuid()));
    sql::matters(cx, &Asked { matters: &known, own: &own, shared: &shared, since, until }).await
}

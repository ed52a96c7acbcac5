use super::{
    model::{Held, Silence, Why, silences, silences_of_post},
    sql,
};
use crate::{
    permissions::{Action, Permit, Scope},
    rosters::Period,
    tenants::pack::{Category, HeartbeatSpec},
    tickets::{Channel, MatterSpec, Tone, ladder},
    units::{self, Tree, UnitRef, Who},
};
use jiff::SignedDuration;
use kernel::{Error, Result, UnitId};
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

/// How far ahead is looked.
const AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// "Level 2 of ladder f0_news for unit TPHONG: nobody from … to …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unheard {
    pub ladder: String,
    /// As people count, from 1.
    pub level: usize,
    /// The unit responsible for the ticket; `None` when the pack names one that does not exist.
    pub responsible: Option<UnitId>,
    /// As the ladder writes it: `head@responsible`.
    pub whom: String,
    /// The unit that would be rung; `None` when there is none.
    pub at: Option<UnitId>,
    pub silences: Vec<Silence>,
}

/// One ladder that news can start at a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    ladder: String,
    responsible: Option<UnitId>,
    ward: Option<UnitId>,
}

/// Where a level rings, and whether by telephone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    at: UnitId,
    who: Who,
    calls: bool,
}

/// The levels that nobody, or nobody with a telephone where it would be called, can hear in some
/// hour of the coming week. The tenant's duty leader comes first: every ladder ends there.
pub async fn coverage(cx: &mut Cx) -> Result<Vec<Unheard>> {
    cx.permit_sight(Action::RosterSee, Scope::Tenant)?;
    let tree = units::tree(cx).await?;
    let span = Period::new(cx.now(), cx.now() + AHEAD).map_err(Error::internal)?;
    let ladders: BTreeMap<String, ladder::LadderSpec> = ladder::all(cx)
        .await?
        .into_iter()
        .map(|stored| (stored.spec.code.clone(), stored.spec.ending_at_the_leader()))
        .collect();
    let mut unheard = Vec::new();
    let mut targets = Vec::new();
    let mut seen = BTreeSet::new();
    for start in starts(cx, &tree, &ladders).await? {
        let Some(ladder) = ladders.get(&start.ladder) else { continue };
        for (index, level) in ladder.levels.iter().enumerate() {
            let at = level.whom.at.resolve(&tree, start.responsible, start.ward);
            // A notice waits before its unit whoever is on duty; only a ring needs a person now.
            if at.is_some() && level.tone == Tone::Notice {
                continue;
            }
            let line = Unheard {
                ladder: ladder.code.clone(),
                level: index + 1,
                responsible: start.responsible,
                whom: level.whom.to_string(),
                at,
                silences: Vec::new(),
            };
            // Wards apart, many starts lead to the same level of the same unit.
            if !seen.insert((line.ladder.clone(), line.level, line.responsible, line.at)) {
                continue;
            }
            targets.push(at.map(|at| Target {
                at,
                who: level.whom.who,
                calls: level.channels.contains(&Channel::Call),
            }));
            unheard.push(line);
        }
    }
    let silent = silent(cx, &targets, span).await?;
    for (line, target) in unheard.iter_mut().zip(targets) {
        line.silences = match target {
            None => vec![Silence { period: span, why: Why::NoUnit }],
            Some(target) => silent.get(&target).cloned().unwrap_or_default(),
        };
    }
    unheard.retain(|line| !line.silences.is_empty());
    let leader = tree.duty_leader();
    unheard.sort_by_key(|line| (line.at != Some(leader), line.ladder.clone(), line.level, line.responsible));
    Ok(unheard)
}

/// The silences of every place rung, each reckoned once.
async fn silent(
    cx: &mut Cx,
    targets: &[Option<Target>],
    span: Period,
) -> Result<BTreeMap<Target, Vec<Silence>>> {
    let targets: BTreeSet<Target> = targets.iter().flatten().copied().collect();
    let rung = |duty: bool| -> Vec<UnitId> {
        let units: BTreeSet<UnitId> =
            targets.iter().filter(|t| (t.who == Who::Duty) == duty).map(|target| target.at).collect();
        units.into_iter().collect()
    };
    let tz = units::timezone(cx).await?;
    let on_duty = sql::on_duty(cx, &rung(true), span).await?;
    let posts = sql::posts(cx, &rung(false), &tz).await?;
    Ok(targets
        .into_iter()
        .map(|target| {
            let fits = |post: &&sql::PostHeld| match target.who {
                Who::Duty => false,
                Who::Head => post.unit == target.at && post.head,
                Who::Role(role) => post.unit == target.at && post.role == role,
            };
            let found = if target.who == Who::Duty {
                silences(on_duty.get(&target.at).map_or(&[], Vec::as_slice), span, target.calls)
            } else {
                let held: Vec<Held> = posts.iter().filter(fits).map(|post| post.held).collect();
                silences_of_post(&held, span, target.calls)
            };
            (target, found)
        })
        .collect())
}

/// Every ladder that the tenant's news can start, with the unit it starts at.
async fn starts(
    cx: &mut Cx,
    tree: &Tree,
    ladders: &BTreeMap<String, ladder::LadderSpec>,
) -> Result<BTreeSet<Start>> {
    let (categories, matters, heartbeats) = sql::openings(cx).await?;
    let categories: Vec<Category> = serde_json::from_value(categories).map_err(Error::internal)?;
    let matters: Vec<MatterSpec> = serde_json::from_value(matters).map_err(Error::internal)?;
    let heartbeats: Vec<HeartbeatSpec> = serde_json::from_value(heartbeats).map_err(Error::internal)?;
    let mut opens: Vec<(String, UnitRef)> = Vec::new();
    opens.extend(matters.into_iter().flat_map(|m| m.tickets).map(|t| (t.ladder, t.responsible)));
    opens.extend(categories.into_iter().filter_map(|category| Some((category.ladder?, category.lead))));
    opens.extend(heartbeats.into_iter().map(|beat| (beat.ladder, UnitRef::Unit(beat.responsible))));
    let wards: Vec<UnitId> = tree.wards().map(|ward| ward.id).collect();
    let mut starts = BTreeSet::new();
    for (ladder, lead) in opens {
        let by_ward = |reference: &UnitRef| matches!(reference, UnitRef::Ward(_));
        let local = by_ward(&lead)
            || ladders
                .get(&ladder)
                .is_some_and(|spec| spec.levels.iter().any(|level| by_ward(&level.whom.at)));
        let places: Vec<Option<UnitId>> =
            if local { wards.iter().copied().map(Some).collect() } else { vec![None] };
        for ward in places {
            // What names no unit opens at the duty leader, and that it does is worth seeing.
            let responsible = lead.resolve(tree, None, ward);
            starts.insert(Start { ladder: ladder.clone(), responsible, ward });
        }
    }
    Ok(starts)
}

//! What a paper is made of, read once for all papers of one press.

use super::model::Kind;
use crate::{
    cases::{self, Footing, TestResult},
    facts,
    followups::{self, Closed, Followed, Sheet, Subject},
    people::{self, Opened},
};
use duty::{
    rules::{self, Rule},
    staff,
    tenants::Tenant,
    units::{self, Line, Tree, Unit},
};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{Error, HouseholdId, PersonId, PlanId, Result, UnitId};
use std::{collections::BTreeMap, sync::Arc};
use store::Cx;

/// The rule of the papers, where one is in force.
const RULE: &str = "care.papers";

/// Who signs for a unit: his title, and his name where one heads it.
pub(super) struct Head {
    pub title: Option<String>,
    pub name: String,
}

/// What a household's papers are made of.
pub(super) struct Ground {
    pub sheet: Sheet,
    pub tree: Arc<Tree>,
    pub zone: TimeZone,
    pub today: Date,
    pub rule: Rule,
    heads: BTreeMap<UnitId, Head>,
}

/// What the papers about somebody are made of beside.
pub(super) struct Whom<'a> {
    pub opened: Opened,
    pub followed: &'a Followed,
    pub footing: Option<Footing>,
    /// The newest sample that was negative, after one that was positive.
    pub negative_on: Option<Date>,
    pub employer: Option<String>,
}

impl Ground {
    pub(super) async fn read(cx: &mut Cx, household: HouseholdId) -> Result<Self> {
        let sheet = followups::sheet(cx, household).await?;
        let (tree, zone, today) =
            (units::tree(cx).await?, units::timezone(cx).await?, units::today(cx).await?);
        let known = rules::known_on(cx, RULE, today).await?;
        let rule = crate::stand_in::or_latest(known.as_ref(), RULE)?;
        let mut heads = BTreeMap::new();
        for unit in [sheet.home.ward, sheet.home.station] {
            let head = staff::head_of(cx, unit).await?;
            let head = match head {
                Some((name, title)) => Head { title: Some(title), name },
                None => Head { title: None, name: String::new() },
            };
            heads.insert(unit, head);
        }
        Ok(Self { sheet, tree, zone, today, rule, heads })
    }

    pub(super) fn issuer(&self, kind: Kind) -> Result<&Unit> {
        let home = &self.sheet.home;
        self.tree.unit(if kind.of_ward() { home.ward } else { home.station })
    }

    pub(super) fn station(&self) -> Result<&Unit> {
        self.tree.unit(self.sheet.home.station)
    }

    pub(super) fn head(&self, unit: UnitId) -> Option<&Head> {
        self.heads.get(&unit)
    }

    /// Top left above the issuer, in capitals; empty where the issuer stands under nobody.
    pub(super) fn parent(&self, tenant: &Tenant, issuer: &Unit, kind: Kind) -> String {
        let above = if kind.of_ward() {
            Some(tenant.pack.place.paper.issuing_body.clone())
        } else {
            let parent = issuer.parent(Line::Professional).or(issuer.parent(Line::Administrative));
            parent.and_then(|id| self.tree.get(id)).map(|unit| unit.name.to_uppercase())
        };
        above.filter(|above| *above != issuer.name.to_uppercase()).unwrap_or_default()
    }

    /// The plan of somebody that a paper of this kind is about.
    ///
    /// Errors: Conflict `error-paper-not-followed`, `error-paper-not-released`, `error-paper-not-f0`.
    pub(super) fn plan_of(&self, person: PersonId, kind: Kind) -> Result<&Followed> {
        let own = || self.sheet.plans.iter().filter(move |one| one.person.id == person);
        let running = own().find(|one| one.kept.plan.closed_at.is_none());
        let released = own()
            .filter(|one| one.kept.closed_as == Some(Closed::Released))
            .max_by_key(|one| one.kept.plan.closed_at);
        match kind {
            Kind::Completion => released.ok_or(Error::Conflict("error-paper-not-released")),
            Kind::SickLeave => {
                let f0 = |one: &&Followed| one.kept.plan.subject == Subject::F0;
                running.filter(f0).or(released.filter(f0)).ok_or(Error::Conflict("error-paper-not-f0"))
            }
            Kind::Decision | Kind::Commitment | Kind::FollowSheet | Kind::DoorNotice => {
                running.ok_or(Error::Conflict("error-paper-not-followed"))
            }
        }
    }

    /// The plan that a paper was about, for one in its place: out of another it would tell of another illness.
    ///
    /// Errors: Conflict `error-paper-other-plan` where no paper of this kind is issued of that plan any more.
    pub(super) fn same_plan(&self, plan: PlanId, kind: Kind) -> Result<&Followed> {
        let fits = |one: &&Followed| {
            let kept = &one.kept;
            let running = kept.plan.closed_at.is_none();
            let released = kept.closed_as == Some(Closed::Released);
            match kind {
                Kind::Completion => released,
                Kind::SickLeave => kept.plan.subject == Subject::F0 && (running || released),
                Kind::Decision | Kind::Commitment | Kind::FollowSheet | Kind::DoorNotice => running,
            }
        };
        let of = self.sheet.plans.iter().find(|one| one.kept.id == plan);
        of.filter(fits).ok_or(Error::Conflict("error-paper-other-plan"))
    }

    /// Opens whom a paper is about; why stands on record.
    pub(super) async fn whom<'a>(
        &self,
        cx: &mut Cx,
        followed: &'a Followed,
        reason: &str,
    ) -> Result<Whom<'a>> {
        let person = followed.person.id;
        let footing = match followed.kept.case {
            Some(case) => Some(cases::footing(cx, case).await?),
            None => None,
        };
        let results = cases::results_of(cx, &[person]).await?;
        let since = footing.and_then(|footing| footing.sample_on).unwrap_or(followed.kept.plan.start_on);
        let newest = results.last().filter(|newest| newest.sample_on >= since);
        let negative_on =
            newest.filter(|newest| newest.result == TestResult::Negative).map(|newest| newest.sample_on);
        let known = match facts::of(cx, person).await {
            Ok(known) => known,
            Err(Error::NotFound | Error::Forbidden(_)) => Vec::new(),
            Err(other) => return Err(other),
        };
        let employs = |fact: &facts::Fact| {
            fact.kind == facts::Kind::Employer && fact.withdrawn.is_none() && !fact.words.is_empty()
        };
        let employer = known.into_iter().find(employs).map(|fact| fact.words);
        let opened = people::open_for(cx, person, reason).await?;
        Ok(Whom { opened, followed, footing, negative_on, employer })
    }

    /// The first and the last day on which anybody is isolated in the house.
    ///
    /// Errors: Conflict `error-paper-not-followed`.
    pub(super) fn days_of_house(&self) -> Result<(Date, Date)> {
        let running = || self.sheet.plans.iter().map(|one| &one.kept.plan).filter(|p| p.closed_at.is_none());
        let first = running().map(|plan| plan.start_on).min();
        let last = running().map(|plan| plan.ends_on).max();
        first.zip(last).ok_or(Error::Conflict("error-paper-not-followed"))
    }

    /// How many are isolated there.
    pub(super) fn isolated(&self) -> usize {
        self.sheet.plans.iter().filter(|one| one.kept.plan.closed_at.is_none()).count()
    }
}

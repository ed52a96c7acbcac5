//! Acts that touch a case and who is followed for it, in one order: the household is locked first,
//! then the case, then the plan. Whoever went the other way round could wait for somebody who waits
//! for him.

use super::{
    settle::{Courses, settle},
    sql,
    take_on::{Taken, take_on},
};
use crate::{
    alerts,
    cases::{self, Ending, NewCase, Recorded},
    households,
};
use duty::{permissions::Action, tenants::Tenant};
use jiff::civil::Date;
use kernel::{CaseId, Error, HouseholdId, PersonId, Result};
use store::{Cx, Topic};

/// Puts a case on record and follows the F0 at home: nobody is at home with the virus and followed by
/// nobody.
///
/// Errors: those of [`cases::record`].
pub async fn record(cx: &mut Cx, tenant: &Tenant, new: &NewCase) -> Result<(Recorded, Option<Taken>)> {
    let recorded = cases::record(cx, tenant, new).await?;
    let taken = take_on(cx, recorded.case).await?;
    Ok((recorded, taken))
}

/// Records how a case ended; whose illness is over is followed at home no more.
///
/// Errors: those of [`cases::end`].
pub async fn end_case(cx: &mut Cx, id: CaseId, ending: Ending, on: Date, why: &str) -> Result<()> {
    let person = cases::footing(cx, id).await?.person;
    hold(cx, person, None).await?;
    cases::end(cx, id, ending, on, why).await?;
    take_on(cx, id).await?;
    Ok(())
}

/// Locks the households that have to do with somebody: where he lives, where he is followed, and
/// `also`, in the order of their ids.
pub(crate) async fn hold(cx: &mut Cx, person: PersonId, also: Option<HouseholdId>) -> Result<()> {
    let followed = sql::running(cx, person).await?.map(|kept| kept.household);
    let lives = households::lives_in(cx, person).await?;
    let homes: Vec<HouseholdId> = [followed, lives, also].into_iter().flatten().collect();
    households::lock_all(cx, &homes).await
}

/// Somebody no longer lives in a household. Whoever is followed there is released first.
///
/// Errors: `NotFound`; `why`: `error-member-followed`, `error-reason-missing`, `error-text-too-long`.
pub async fn leave(cx: &mut Cx, id: HouseholdId, person: PersonId, why: &str) -> Result<()> {
    households::claim(cx, id, Action::CareRecord).await?;
    households::lock(cx, id).await?;
    if sql::running(cx, person).await?.is_some_and(|kept| kept.household == id) {
        return Err(Error::invalid("why", "error-member-followed"));
    }
    households::leave(cx, id, person, why).await
}

/// Makes one household of two: who lives in `from` lives in `into`, and is followed there with all
/// that was entered for him. The diary's code of the one opens the other from now on.
///
/// Errors: `NotFound`, `Forbidden` where the actor does not place both; `from`: `error-choice-unknown`
/// for one that has neither address nor number in common; `why`; Conflict `error-household-joined`.
pub async fn join(cx: &mut Cx, from: HouseholdId, into: HouseholdId, why: &str) -> Result<()> {
    households::join(cx, from, into, why).await?;
    sql::move_plans(cx, from, into).await?;
    alerts::move_open(cx, from, into).await?;
    let mut courses = Courses::new(cx).await?;
    settle(cx, &mut courses, &[from, into]).await?;
    cx.tell(Topic::screen("followups"));
    Ok(())
}

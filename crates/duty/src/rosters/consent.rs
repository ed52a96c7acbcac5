//! Swaps and covers: agreed when both people have said yes, or at once when whoever arranges the
//! unit's duty asks.

use super::{
    access,
    changes::{Change, Cover, Refusal, Swap},
    changes_sql::{self, Asked},
    layout,
    model::{Period, Shift},
    sql,
};
use jiff::Timestamp;
use kernel::{Error, Result, ShiftId, StaffId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

fn said(refusal: Refusal) -> Error {
    Error::Conflict(match refusal {
        Refusal::NoOwner => "error-roster-no-owner",
        Refusal::SameOwner => "error-roster-same-owner",
        Refusal::Begun => "error-roster-begun",
        Refusal::OutsideShift => "error-roster-outside",
        Refusal::OwnerChanged => "error-roster-owner-changed",
    })
}

/// A planned shift with its owner after the swaps agreed so far.
async fn owned(cx: &mut Cx, id: ShiftId) -> Result<Shift> {
    let now = cx.now();
    let planned = sql::planned(cx, &[], &[id], now, now).await?.pop().ok_or(Error::NotFound)?;
    let (from, to) = (planned.planned.start(), planned.planned.end());
    let pieces = layout::worked_out(cx, planned.unit, from, to).await?;
    let owner = pieces.into_iter().find(|piece| piece.id == id).map_or(planned.owner, |piece| piece.owner);
    Ok(Shift { owner, staff: owner, ..planned })
}

/// Asks to exchange two shifts. Agreed at once when the actor arranges both units' duty; else it
/// waits for the consent of both owners, of whom the actor must be one.
pub async fn swap(cx: &mut Cx, first: ShiftId, second: ShiftId) -> Result<Uuid> {
    access::see(cx)?;
    let (first, second) = (owned(cx, first).await?, owned(cx, second).await?);
    let swap = Swap::agree(&first, &second, cx.now()).map_err(said)?;
    let asked = Asked {
        id: cx.id(),
        change: Change::Swap(swap),
        first_shift: first.id,
        second_shift: Some(second.id),
        first_unit: first.unit,
        second_unit: second.unit,
        first_staff: Some(swap.first_owner),
        second_staff: swap.second_owner,
        first_consent: false,
        second_consent: false,
        asked_by: cx.actor.staff_id(),
        agreed: false,
        refused: false,
    };
    ask(cx, asked).await
}

/// Asks somebody to stand in for part or all of a shift; hours that have passed are left out.
/// Agreed at once when the actor arranges the unit's duty; else it waits for the owner and the
/// stand-in, of whom the actor must be one.
pub async fn cover(cx: &mut Cx, shift: ShiftId, by: StaffId, period: Period) -> Result<Uuid> {
    access::see(cx)?;
    let shift = owned(cx, shift).await?;
    access::must_stand(cx, "staff", shift.unit, &[by]).await?;
    let cover = Cover::agree(&shift, by, ahead(period, cx.now())?, cx.now()).map_err(said)?;
    let asked = Asked {
        id: cx.id(),
        change: Change::Cover(cover),
        first_shift: shift.id,
        second_shift: None,
        first_unit: shift.unit,
        second_unit: shift.unit,
        first_staff: shift.owner,
        second_staff: by,
        first_consent: false,
        second_consent: false,
        asked_by: cx.actor.staff_id(),
        agreed: false,
        refused: false,
    };
    ask(cx, asked).await
}

/// What of a period is still to come: who stood before now is on record.
fn ahead(period: Period, now: Timestamp) -> Result<Period> {
    Period::new(period.start().max(now), period.end()).map_err(|_| said(Refusal::Begun))
}

async fn ask(cx: &mut Cx, mut asked: Asked) -> Result<Uuid> {
    asked.agreed = manages_both(cx, &asked).await?;
    if !asked.agreed {
        consent(cx, &mut asked)?;
        asked.agreed = both(&asked);
    }
    changes_sql::insert(cx, &asked).await?;
    record(cx, if asked.agreed { "roster_change.agreed" } else { "roster_change.asked" }, &asked);
    if asked.agreed {
        take_effect(cx, &asked).await?;
    }
    cx.tell(Topic::screen("rosters"));
    Ok(asked.id)
}

async fn manages_both(cx: &mut Cx, asked: &Asked) -> Result<bool> {
    Ok(access::manages(cx, asked.first_unit).await? && access::manages(cx, asked.second_unit).await?)
}

/// Notes the actor's own consent; `Forbidden` when he is neither of the two.
fn consent(cx: &Cx, asked: &mut Asked) -> Result<()> {
    let actor = cx.actor.staff_id().ok_or(Error::Forbidden("roster.edit"))?;
    let (first, second) = (asked.first_staff == Some(actor), asked.second_staff == actor);
    if !first && !second {
        return Err(Error::Forbidden("roster.edit"));
    }
    asked.first_consent |= first;
    asked.second_consent |= second;
    Ok(())
}

/// An empty shift has nobody to give it away: only who arranges the duty can fill it.
fn both(asked: &Asked) -> bool {
    asked.first_staff.is_some() && asked.first_consent && asked.second_consent
}

fn record(cx: &mut Cx, kind: &'static str, asked: &Asked) {
    let what = match asked.change {
        Change::Swap(_) => "swap",
        Change::Cover(_) => "cover",
    };
    cx.record(Event::new(kind, asked.id).unit(asked.first_unit).data(json!({
        "what": what, "first": asked.first_shift, "second": asked.second_shift,
        "from": asked.first_staff, "to": asked.second_staff,
    })));
}

async fn take_effect(cx: &mut Cx, asked: &Asked) -> Result<()> {
    layout::refresh(cx, asked.first_unit).await?;
    if asked.second_unit != asked.first_unit {
        layout::refresh(cx, asked.second_unit).await?;
    }
    Ok(())
}

async fn undecided(cx: &mut Cx, id: Uuid) -> Result<Asked> {
    access::see(cx)?;
    let asked = changes_sql::lock(cx, id).await?;
    if asked.agreed || asked.refused { Err(Error::Conflict("error-roster-decided")) } else { Ok(asked) }
}

/// Says yes, for oneself or as the one who arranges the duty. The second yes puts it into effect,
/// if it still fits the plan.
pub async fn agree(cx: &mut Cx, id: Uuid) -> Result<()> {
    let mut asked = undecided(cx, id).await?;
    asked.agreed = manages_both(cx, &asked).await?;
    if !asked.agreed {
        consent(cx, &mut asked)?;
        asked.agreed = both(&asked);
    }
    if asked.agreed {
        fit(cx, &mut asked).await?;
    }
    changes_sql::save(cx, &asked).await?;
    record(cx, if asked.agreed { "roster_change.agreed" } else { "roster_change.consented" }, &asked);
    if asked.agreed {
        take_effect(cx, &asked).await?;
    }
    cx.tell(Topic::screen("rosters"));
    Ok(())
}

/// Whether what was asked still fits, at the hour of the last yes.
async fn fit(cx: &mut Cx, asked: &mut Asked) -> Result<()> {
    let now = cx.now();
    let first = owned(cx, asked.first_shift).await?;
    match asked.change {
        Change::Swap(swap) => {
            let second = owned(cx, swap.second).await?;
            let again = Swap::agree(&first, &second, now).map_err(said)?;
            if again != swap {
                return Err(said(Refusal::OwnerChanged));
            }
        }
        Change::Cover(cover) => {
            let cover = Cover::agree(&first, cover.staff, ahead(cover.period, now)?, now).map_err(said)?;
            asked.change = Change::Cover(cover);
        }
    }
    Ok(())
}

/// Says no; also the one who asked may take it back.
pub async fn refuse(cx: &mut Cx, id: Uuid) -> Result<()> {
    let mut asked = undecided(cx, id).await?;
    let actor = cx.actor.staff_id();
    let concerned =
        actor.is_some() && [asked.first_staff, Some(asked.second_staff), asked.asked_by].contains(&actor);
    if !concerned && !manages_both(cx, &asked).await? {
        return Err(Error::Forbidden("roster.edit"));
    }
    asked.refused = true;
    changes_sql::save(cx, &asked).await?;
    record(cx, "roster_change.refused", &asked);
    cx.tell(Topic::screen("rosters"));
    Ok(())
}

/// Swaps and covers of a unit that wait for somebody's word.
pub async fn waiting(cx: &mut Cx, unit: UnitId) -> Result<Vec<Asked>> {
    access::see(cx)?;
    changes_sql::waiting(cx, unit).await
}

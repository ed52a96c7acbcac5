//! People who cannot stand: on leave, sick, seconded, gone.

use super::{
    access,
    changes::{Change, Cover},
    changes_sql::{self, Asked},
    layout,
    model::{Absence, AbsenceKind, Shift},
    sql,
};
use crate::{
    permissions::{Action, Permit, Scope},
    staff, units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Result, StaffId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::{Cx, Event};

/// One's own absence, or that of somebody whose unit's duty the actor arranges.
async fn may_say(cx: &mut Cx, who: StaffId) -> Result<()> {
    access::see(cx)?;
    if cx.actor.staff_id() == Some(who) {
        return Ok(());
    }
    for post in staff::posts_of(cx, who).await? {
        if access::manages(cx, post.unit).await? {
            return Ok(());
        }
    }
    Err(Error::Forbidden(Action::RosterEdit.as_str()))
}

/// Records that somebody cannot stand from `from` (at the earliest now: who stood before is on
/// record) until `until`. His shifts become gaps at once.
pub async fn absent(
    cx: &mut Cx,
    who: StaffId,
    kind: AbsenceKind,
    from: Timestamp,
    until: Option<Timestamp>,
) -> Result<Uuid> {
    may_say(cx, who).await?;
    if matches!(kind, AbsenceKind::Departed | AbsenceKind::PostEnded) {
        return Err(Error::invalid("kind", "error-roster-leave"));
    }
    let from = from.max(cx.now());
    if until.is_some_and(|until| until <= from) {
        return Err(Error::invalid("until", "error-roster-past"));
    }
    write(cx, Absence { staff: who, from, until, kind }).await
}

async fn write(cx: &mut Cx, absence: Absence) -> Result<Uuid> {
    let id = cx.id::<Uuid>();
    changes_sql::insert_absence(cx, id, &absence).await?;
    cx.record(Event::new("absence.recorded", id).data(json!({
        "staff": absence.staff, "kind": absence.kind, "from": absence.from, "until": absence.until,
    })));
    for unit in sql::units_ahead(cx, absence.staff).await? {
        layout::refresh(cx, unit).await?;
    }
    Ok(id)
}

/// Absences of a unit's people that are running or to come, in order of start.
pub async fn absences_ahead(cx: &mut Cx, unit: UnitId) -> Result<Vec<(Uuid, Absence)>> {
    access::see(cx)?;
    let people = staff::holders(cx, unit).await?;
    let from = cx.now();
    changes_sql::absences(cx, &people, from).await
}

/// Ends an absence earlier than it was recorded; now at the earliest.
pub async fn end_absence(cx: &mut Cx, id: Uuid, at: Timestamp) -> Result<()> {
    let (who, from, until) = changes_sql::absence(cx, id).await?;
    may_say(cx, who).await?;
    let at = at.max(cx.now()).max(from);
    if until.is_some_and(|until| until <= at) {
        return Err(Error::Conflict("error-roster-past"));
    }
    changes_sql::end_absence(cx, id, at).await?;
    cx.record(Event::new("absence.ended", id).data(json!({ "staff": who, "at": at })));
    for unit in sql::units_ahead(cx, who).await? {
        layout::refresh(cx, unit).await?;
    }
    Ok(())
}

/// What somebody who leaves on `on` would still have stood, in order of start, for the page that
/// asks who takes it over.
pub async fn owed_after(cx: &mut Cx, leaving: StaffId, on: Date) -> Result<Vec<Shift>> {
    access::see(cx)?;
    let from = midnight(cx, on).await?;
    let rows = sql::standing(cx, &[], &[leaving], from, Timestamp::MAX).await?;
    let shifts: Vec<Shift> = rows.iter().map(sql::Standing::shift).collect();
    Ok(super::owed_after(&shifts, leaving, from))
}

async fn midnight(cx: &mut Cx, day: Date) -> Result<Timestamp> {
    let tz = units::timezone(cx).await?;
    let at = tz.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| Error::invalid("on", "error-date-none"))?;
    Ok(at.max(cx.now()))
}

/// Lets a member of staff go: `on` is the first day he is no longer there. His posts end, and the
/// hours he still had go to `heir`, or stand empty and show as gaps.
pub async fn leave(cx: &mut Cx, leaving: StaffId, on: Date, heir: Option<StaffId>) -> Result<()> {
    cx.permit(Action::StaffEdit, Scope::Tenant)?;
    if heir == Some(leaving) {
        return Err(Error::invalid("heir", "error-staff-unknown"));
    }
    let owed = owed_after(cx, leaving, on).await?;
    if let Some(heir) = heir {
        for unit in owed.iter().map(|shift| shift.unit).collect::<BTreeSet<_>>() {
            access::must_stand(cx, "heir", unit, &[heir]).await?;
        }
        if staff::of(cx, &[heir]).await?.get(&heir).is_none_or(|person| person.left_on.is_some()) {
            return Err(Error::invalid("heir", "error-staff-unknown"));
        }
    }
    staff::leave(cx, leaving, on).await?;
    let from = midnight(cx, on).await?;
    if let Some(heir) = heir {
        for shift in &owed {
            hand_over(cx, leaving, heir, shift).await?;
        }
    }
    write(cx, Absence { staff: leaving, from, until: None, kind: AbsenceKind::Departed }).await?;
    cx.record(
        Event::new("roster.handed_over", leaving)
            .data(json!({ "to": heir, "shifts": owed.len(), "from": from })),
    );
    Ok(())
}

/// Ends a post; `last` is its last day. What its holder would have stood at that unit from then on,
/// by plan or by hand, stands empty and shows as gaps.
pub async fn end_post(cx: &mut Cx, post: Uuid, last: Date) -> Result<()> {
    let unit = staff::end_post(cx, post, last).await?;
    layout::refresh(cx, unit).await
}

async fn hand_over(cx: &mut Cx, leaving: StaffId, heir: StaffId, piece: &Shift) -> Result<()> {
    let now = cx.now();
    // Hours put in by hand belong to no plan; they end with the person.
    let Some(shift) = sql::planned(cx, &[], &[piece.id], now, now).await?.pop() else { return Ok(()) };
    let cover =
        Cover::agree(&shift, heir, piece.period, now).map_err(|_| Error::Conflict("error-roster-outside"))?;
    let unit: UnitId = shift.unit;
    let asked = Asked {
        id: cx.id(),
        change: Change::Cover(cover),
        first_shift: shift.id,
        second_shift: None,
        first_unit: unit,
        second_unit: unit,
        first_staff: Some(leaving),
        second_staff: heir,
        first_consent: false,
        second_consent: false,
        asked_by: cx.actor.staff_id(),
        agreed: true,
        refused: false,
    };
    changes_sql::insert(cx, &asked).await
}

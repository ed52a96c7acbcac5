//! What pages and calls ask of a roster.

use super::{
    access,
    coverage::{Conflict, Gap, OnDuty, conflicts, who_stands},
    form::{FormHead, RosterForm},
    gaps_sql, layout,
    model::{Period, Post, Shift},
    sheet::Person,
    sql,
};
use crate::{
    calendars,
    permissions::{Action, Permit, Scope, allowed_units},
    staff,
    units::{self, Line},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{Error, Phone, Result, StaffId, UnitId};
use std::collections::BTreeSet;
use store::Cx;

/// Whom a ring at this unit reaches now, first to last. It reads what the call engine reads.
pub async fn on_duty(cx: &mut Cx, unit: UnitId) -> Result<OnDuty> {
    access::see(cx)?;
    let now = cx.now();
    let Ok(until) = now.checked_add(SignedDuration::from_micros(1)) else { return Ok(OnDuty::default()) };
    let rows = sql::standing(cx, &[unit], &[], now, until).await?;
    let shifts: Vec<Shift> = rows.iter().map(sql::Standing::shift).collect();
    Ok(who_stands(&shifts, unit, now))
}

/// A unit's duty over some days.
#[derive(Clone, Debug)]
pub struct UnitRoster {
    /// After changes; empty places are there without staff.
    pub shifts: Vec<Shift>,
    pub conflicts: Vec<Conflict>,
}

/// A unit's duty in a span, with everyone who would stand in two places at once.
pub async fn roster(cx: &mut Cx, unit: UnitId, from: Timestamp, to: Timestamp) -> Result<UnitRoster> {
    access::see(cx)?;
    let shifts = layout::worked_out(cx, unit, from, to).await?;
    let people: Vec<StaffId> =
        shifts.iter().filter_map(|s| s.staff).collect::<BTreeSet<_>>().into_iter().collect();
    let elsewhere = sql::standing(cx, &[], &people, from, to).await?;
    let mut all = shifts.clone();
    all.extend(elsewhere.iter().filter(|row| row.unit != unit).map(sql::Standing::shift));
    let own: BTreeSet<_> = shifts.iter().map(|s| s.id).collect();
    let mut conflicts = conflicts(&all);
    conflicts.retain(|c| own.contains(&c.first) || own.contains(&c.second));
    Ok(UnitRoster { shifts, conflicts })
}

/// Where nobody will stand in the next `days` days.
pub async fn gaps_ahead(cx: &mut Cx, unit: UnitId, days: u16) -> Result<Vec<Gap>> {
    access::see(cx)?;
    let ahead = SignedDuration::from_hours(i64::from(days) * 24);
    let (from, to) = (cx.now(), cx.now() + ahead);
    let shifts = layout::worked_out(cx, unit, from, to).await?;
    layout::open_gaps(cx, unit, &shifts, ahead).await
}

/// A place that nobody will fill, as the record of gaps has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenGap {
    pub unit: UnitId,
    pub post: Post,
    pub period: Period,
    pub nobody: bool,
}

/// The gaps of the coming seven days at every unit over which the actor watches, the soonest first;
/// worked out anew every night and at every change. `NotFound` for whoever watches over none.
pub async fn gaps_watched(cx: &mut Cx) -> Result<Vec<OpenGap>> {
    cx.permit_sight(Action::RosterWatch, Scope::Tenant)?;
    let watched = allowed_units(&cx.actor, Action::RosterWatch);
    let mut open = gaps_sql::open(cx).await?;
    open.retain(|gap| watched.as_ref().is_none_or(|watched| watched.contains(&gap.unit)));
    Ok(open)
}

/// Everyone with a post at a unit now or soon, with code, name and telephone.
pub(super) async fn people(cx: &mut Cx, unit: UnitId, also: &[StaffId]) -> Result<Vec<Person>> {
    let mut ids: BTreeSet<StaffId> = staff::holders(cx, unit).await?.into_iter().collect();
    ids.extend(also);
    let ids: Vec<StaffId> = ids.into_iter().collect();
    let contacts = staff::contacts(cx, &ids).await?;
    Ok(contacts
        .into_iter()
        .map(|contact| Person {
            id: contact.id,
            code: Some(contact.code),
            name: contact.full_name,
            phone: contact.phone.map(shown),
        })
        .collect())
}

fn shown(e164: String) -> String {
    Phone::parse(&e164).map_or(e164, |phone| phone.to_string())
}

/// The month's roster of a unit as the paper that its head signs; `month` is any day of it.
pub async fn month_form(cx: &mut Cx, unit: UnitId, month: Date) -> Result<RosterForm> {
    access::see(cx)?;
    let tree = units::tree(cx).await?;
    let unit = tree.unit(unit)?;
    let calendar = calendars::of(cx).await?;
    let tz = calendar.time_zone();
    let edge = |day: Date| {
        tz.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| Error::invalid("month", "error-date-none"))
    };
    let first = month.first_of_month();
    let (from, to) = (edge(first)?, edge(first.saturating_add(1.month()))?);
    let span = Period::new(from, to).map_err(Error::internal)?;
    let shifts = layout::worked_out(cx, unit.id, span.start(), span.end()).await?;
    let named: Vec<StaffId> = shifts.iter().flat_map(|s| [s.staff, s.owner]).flatten().collect();
    let mut people = people(cx, unit.id, &named).await?;
    if !access::reads_phones(cx, unit.id).await? {
        for person in &mut people {
            person.phone = None;
        }
    }
    let head = staff::head_of(cx, unit.id).await?;
    let drafter = match cx.actor.staff_id() {
        Some(id) => staff::of(cx, &[id]).await?.remove(&id).map(|person| person.full_name),
        None => None,
    };
    let parent = unit.parent(Line::Administrative).and_then(|id| tree.get(id));
    let mut recipients: Vec<String> = parent.map(|parent| parent.short.clone()).into_iter().collect();
    recipients.push("Lưu: VT".to_owned());
    let form_head = FormHead {
        parent: parent.map(|parent| parent.name.clone()),
        unit: unit.name.clone(),
        number: None,
        place: sql::place_name(cx).await?,
        signed_on: calendar.date_of(cx.now()),
        drafter,
        authority: head.iter().map(|(_, title)| title.to_uppercase()).collect(),
        signer: head.map(|(name, _)| name),
        recipients,
    };
    Ok(RosterForm::lay_out(form_head, month, &shifts, &people, &calendar))
}

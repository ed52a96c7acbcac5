//! Declarations as screens show them.

use super::{
    devices::Device,
    law::Law,
    model::{Answers, Question, Seen},
    sql, sql_list,
};
use crate::{
    alerts::Grade,
    people::{self, Brief},
};
use duty::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use kernel::{Error, PersonId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Longest list; a station that has more reads it in parts.
const MOST: i64 = 500;
/// Of one person so many are shown.
const OF_ONE: i64 = 20;

/// A declaration. No `Debug`: its answers are of somebody's health.
#[derive(Clone)]
pub struct Line {
    pub id: Uuid,
    pub person: Brief,
    pub ward: UnitId,
    pub station: UnitId,
    pub made_at: Timestamp,
    pub valid_until: Timestamp,
    /// The member of staff who declared for him.
    pub declared_by: Option<StaffId>,
    pub grade: Grade,
    pub answers: Answers,
    /// The answers that are red flags by the rule of today.
    pub flags: Vec<Question>,
    pub asks: bool,
    pub ticket: Option<TicketId>,
    pub seen: Option<(Seen, Timestamp)>,
}

/// What a device declared last, for whoever holds it.
#[derive(Clone)]
pub struct Last {
    pub person: PersonId,
    pub name: String,
    pub made_at: Timestamp,
    pub valid_until: Timestamp,
    pub grade: Grade,
    pub answers: Answers,
    /// Somebody of the station will call.
    pub asks: bool,
}

/// What waits to be looked at in the wards in which the actor records care, the oldest first.
///
/// Errors: `Forbidden` for whoever records none.
pub async fn to_see(cx: &mut Cx) -> Result<Vec<Line>> {
    cx.permit(Action::CareRecord, Scope::Tenant)?;
    let wards = people::wards(cx, Action::CareRecord).await?;
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    let rows = sql_list::to_see(cx, wards.as_deref(), MOST).await?;
    lines(cx, rows).await
}

/// One declaration, for whoever may look at it.
///
/// Errors: `NotFound`, also once it has been forgotten.
pub async fn one(cx: &mut Cx, id: Uuid) -> Result<Line> {
    let row = sql_list::find(cx, id).await?.ok_or(Error::NotFound)?;
    let units = people::scope(cx, Some(row.ward)).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&units))?;
    cx.permit(Action::CareRecord, Scope::Units(&units))?;
    lines(cx, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// What was declared for somebody by any of his records, the newest first.
///
/// Errors: `NotFound` outside the wards of which the actor sees households, `Forbidden` where he only sees them.
pub async fn of_person(cx: &mut Cx, person: PersonId) -> Result<(Brief, Vec<Line>)> {
    let brief = super::declare::claim(cx, person).await?;
    let records = people::all_of(cx, person).await?;
    let rows = sql_list::of_person(cx, &records, OF_ONE).await?;
    Ok((brief, lines(cx, rows).await?))
}

/// Until when the newest declaration of somebody holds, and whether it rang or waits to be looked at. The caller
/// knows of him by right.
pub async fn standing(cx: &mut Cx, person: PersonId) -> Result<Option<(Timestamp, bool)>> {
    let records = people::all_of(cx, person).await?;
    let rows = sql_list::of_person(cx, &records, 1).await?;
    Ok(rows.first().map(|row| (row.valid_until, row.asks || row.grade == Grade::Emergency)))
}

/// What a device declared last, for one person or for anybody; its answers are what the next form begins with.
pub async fn last_by(cx: &mut Cx, device: &Device, person: Option<PersonId>) -> Result<Option<Last>> {
    let Some(row) = sql::last_by(cx, device.id, person).await? else { return Ok(None) };
    let brief = people::briefs(cx, &[row.person]).await?.remove(&row.person);
    Ok(brief.map(|brief| Last {
        person: row.person,
        name: brief.full_name,
        made_at: row.made_at,
        valid_until: row.valid_until,
        grade: row.grade,
        answers: row.answers,
        asks: row.asks,
    }))
}

async fn lines(cx: &mut Cx, rows: Vec<sql_list::Row>) -> Result<Vec<Line>> {
    let law = Law::today(cx).await?;
    let ids: Vec<PersonId> = rows.iter().map(|row| row.person).collect();
    let people = people::briefs(cx, &ids).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Line {
                person: people.get(&row.person)?.clone(),
                flags: law.flags(&row.answers, row.grade),
                id: row.id,
                ward: row.ward,
                station: row.station,
                made_at: row.made_at,
                valid_until: row.valid_until,
                declared_by: row.declared_by,
                grade: row.grade,
                answers: row.answers,
                asks: row.asks,
                ticket: row.ticket,
                seen: row.seen,
            })
        })
        .collect())
}

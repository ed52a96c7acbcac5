//! Requests as the desk shows them.

use super::{
    code,
    model::{Field, State},
    sql::{self, Kept},
};
use crate::people::{self, Brief};
use duty::{
    permissions::{Action, Permit, Scope, allowed_units},
    tickets::{self, Ticket},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{CorrectionId, Error, FileId, PersonId, Result, StaffId, TicketId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// For so long what was decided stays in the list.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Requests on one page.
const PAGE: i64 = 50;

/// A line of the list: nothing of what is sealed.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: CorrectionId,
    pub person: Brief,
    pub field: Field,
    pub asked_at: Timestamp,
    /// Asked by himself, with his code.
    pub by_himself: bool,
    pub state: State,
    pub decided_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
}

/// One page of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub lines: Vec<Line>,
    /// There are more on the next one.
    pub more: bool,
}

/// A request with both values.
#[derive(Clone, Debug)]
pub struct Correction {
    pub id: CorrectionId,
    pub person: Brief,
    pub field: Field,
    pub before: String,
    pub wanted: String,
    pub file: Option<FileId>,
    pub asked_at: Timestamp,
    pub asked_by: Option<StaffId>,
    pub unit: UnitId,
    pub ticket: TicketId,
    pub due_at: Option<Timestamp>,
    pub state: State,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<StaffId>,
    pub answer: Option<String>,
}

/// What waits before the actor, the oldest first, and what was decided this week. `page` counts from 0.
pub async fn list(cx: &mut Cx, page: i64) -> Result<Listed> {
    cx.permit_sight(Action::PersonCorrect, Scope::Tenant)?;
    let units = seen(cx);
    let since = cx.now() - REMEMBERED;
    // Pages that nobody can have opened show nothing.
    let skip = page.clamp(0, 10_000) * PAGE;
    let mut all = sql::list(cx, units.as_deref(), since, PAGE + 1, skip).await?;
    let more = all.len() as i64 > PAGE;
    all.truncate(PAGE as usize);
    let ids: Vec<PersonId> = all.iter().map(|kept| kept.person).collect();
    let people = people::briefs(cx, &ids).await?;
    let ids: Vec<TicketId> = all.iter().map(|kept| kept.ticket).collect();
    let tickets = tickets::tickets(cx, &ids).await?;
    let line = |kept: Kept| {
        Some(Line {
            id: kept.id,
            person: people.get(&kept.person)?.clone(),
            field: kept.field,
            asked_at: kept.asked_at,
            by_himself: kept.asked_by.is_none(),
            state: kept.state,
            decided_at: kept.decided_at,
            due_at: due(&tickets, &kept),
        })
    };
    Ok(Listed { lines: all.into_iter().filter_map(line).collect(), more })
}

/// How many wait before the actor.
pub async fn owed(cx: &mut Cx) -> Result<i64> {
    let units = seen(cx);
    sql::waiting(cx, units.as_deref()).await
}

/// The units whose requests the actor decides; `None` means all.
fn seen(cx: &Cx) -> Option<Vec<Uuid>> {
    allowed_units(&cx.actor, Action::PersonCorrect).map(|units| units.into_iter().map(UnitId::uuid).collect())
}

fn due(tickets: &[Ticket], kept: &Kept) -> Option<Timestamp> {
    let waits = kept.state == State::Asked;
    tickets.iter().find(|ticket| waits && ticket.id == kept.ticket).map(|ticket| ticket.due_at)
}

/// A request that the actor decides. `NotFound` for others.
pub(super) async fn claim(cx: &mut Cx, id: CorrectionId) -> Result<Kept> {
    let kept = sql::find(cx, id).await?;
    let mut units = code::answering(cx, kept.person).await?;
    units.push(kept.unit);
    cx.permit_sight(Action::PersonCorrect, Scope::Units(&units))?;
    Ok(kept)
}

/// One request with both values. Looking at it opens a part of a sealed record, and is on record as such: the person reads it in his own. The caller commits.
///
/// Errors: `NotFound` for those who do not decide it.
pub async fn find(cx: &mut Cx, id: CorrectionId) -> Result<Correction> {
    let kept = claim(cx, id).await?;
    let person = people::briefs(cx, &[kept.person]).await?.remove(&kept.person).ok_or(Error::NotFound)?;
    let event = Event::new("person.read", kept.person).unit(person.ward).data(json!({ "correction": id }));
    cx.record(event.payload(json!({ "reason": "Xét yêu cầu đính chính hồ sơ" })));
    let tickets = tickets::tickets(cx, &[kept.ticket]).await?;
    Ok(Correction {
        id,
        person,
        field: kept.field,
        before: kept.before(cx)?,
        wanted: kept.wanted(cx)?.shown(kept.field),
        file: kept.file,
        asked_at: kept.asked_at,
        asked_by: kept.asked_by,
        unit: kept.unit,
        ticket: kept.ticket,
        due_at: due(&tickets, &kept),
        state: kept.state,
        decided_at: kept.decided_at,
        decided_by: kept.decided_by,
        answer: kept.answer(cx)?,
    })
}

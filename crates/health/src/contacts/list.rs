//! Contacts as screens show them.

use super::{
    act::answering,
    model::{Basis, State},
    sql, sql_list,
};
use crate::{cases, clusters, people, people::Brief, windows::Windows};
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{CaseId, ContactId, Error, PersonId, PlaceId, PlanId, Result, TicketId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

/// Tasks on one page.
const PAGE: i64 = 50;

/// Somebody who was near a case.
#[derive(Clone, Debug)]
pub struct Contact {
    pub id: ContactId,
    pub case: CaseId,
    pub person: Brief,
    pub ward: UnitId,
    /// F2.
    pub second: bool,
    pub basis: Basis,
    pub place: Option<PlaceId>,
    pub exposed_from: Option<Date>,
    pub exposed_to: Date,
    pub protected: Option<bool>,
    pub state: State,
    pub listed_at: Option<Timestamp>,
    pub reached_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub why: Option<String>,
    /// Where and how he was near the case, in the words of a list.
    pub relation: Option<String>,
    pub plan: Option<PlanId>,
    pub became: Option<CaseId>,
}

/// The tracing of one case.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The onset of the case, else its first positive sample, else its report.
    pub day: Date,
    /// From when it could infect others.
    pub infectious_from: Date,
    pub is_f0: bool,
    /// Those that wait for somebody first.
    pub contacts: Vec<Contact>,
    pub ticket: Option<TicketId>,
    pub begun_at: Option<Timestamp>,
    pub traced_at: Option<Timestamp>,
    pub source: Option<clusters::Source>,
    /// The one who infected him, by name; `None` where the reader does not see cases of that ward.
    pub source_name: Option<String>,
    pub cluster: Option<clusters::Cluster>,
}

/// The tracing of a case that the actor may see.
///
/// Errors: `NotFound`.
pub async fn of_case(cx: &mut Cx, id: CaseId) -> Result<Traced> {
    let case = cases::see_traced(cx, id).await?;
    let today = units::today(cx).await?;
    let windows = Windows::on(cx, case.day).await?;
    let rows = sql_list::of_case(cx, id).await?;
    let mut contacts = shown(cx, rows).await?;
    contacts.sort_by_key(|contact| (!contact.state.is_open(), contact.state, contact.id));
    let source = clusters::source_of(cx, id).await?;
    let source_name = match source {
        Some(source) => named(cx, source.by).await?,
        None => None,
    };
    let cluster = match sql_list::cluster_of(cx, id).await? {
        Some(cluster) => match clusters::find(cx, cluster).await {
            Ok(cluster) => Some(cluster),
            Err(Error::NotFound) => None,
            Err(other) => return Err(other),
        },
        None => None,
    };
    Ok(Traced {
        day: case.day,
        infectious_from: windows.infectious(case.day, today).from,
        is_f0: case.is_f0(),
        contacts,
        ticket: case.ticket,
        begun_at: case.begun_at,
        traced_at: case.traced_at,
        source,
        source_name,
        cluster,
    })
}

/// The name of a case for those who may see it.
async fn named(cx: &mut Cx, id: CaseId) -> Result<Option<String>> {
    match cases::see_traced(cx, id).await {
        Ok(case) => {
            Ok(people::briefs(cx, &[case.person]).await?.remove(&case.person).map(|brief| brief.full_name))
        }
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// A contact that the actor may see.
///
/// Errors: `NotFound`.
pub async fn find(cx: &mut Cx, id: ContactId) -> Result<Contact> {
    let kept = sql::find(cx, id).await?;
    let units = answering(cx, &kept).await?;
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    let rows = sql_list::of_case(cx, kept.case).await?;
    let row = rows.into_iter().filter(|row| row.id == id).collect();
    shown(cx, row).await?.pop().ok_or(Error::NotFound)
}

async fn shown(cx: &mut Cx, rows: Vec<sql_list::Row>) -> Result<Vec<Contact>> {
    let ids: Vec<PersonId> = rows.iter().map(|row| row.person).collect();
    let people = people::briefs(cx, &ids).await?;
    rows.into_iter()
        .filter_map(|row| {
            let person = people.get(&row.person)?.clone();
            Some(row.contact(cx, person))
        })
        .collect()
}

/// Somebody who is to be reached.
#[derive(Clone, Debug)]
pub struct Task {
    pub contact: ContactId,
    pub person: Brief,
    pub ward: UnitId,
    pub second: bool,
    pub basis: Basis,
    pub exposed_to: Date,
    pub listed_at: Timestamp,
    /// By then he must have been reached.
    pub due_at: Timestamp,
    pub case: CaseId,
    /// Of the case; `None` where the reader does not see cases of that ward.
    pub case_name: Option<String>,
}

/// A page of those who are to be reached.
#[derive(Clone, Debug)]
pub struct Tasks {
    /// Those who wait longest first.
    pub tasks: Vec<Task>,
    pub more: bool,
    /// Counted to a thousand.
    pub waiting: i64,
    pub late: i64,
}

/// Who is to be reached in the wards that the actor sees, or in one of them. The first page is 0.
///
/// Errors: `NotFound` for a ward that he does not see.
pub async fn to_reach(cx: &mut Cx, ward: Option<UnitId>, page: i64) -> Result<Tasks> {
    cx.permit_sight(Action::CaseSee, Scope::Tenant)?;
    let seen = people::wards(cx, Action::CaseSee).await?;
    let wards = match (ward, &seen) {
        (Some(ward), Some(seen)) if !seen.contains(&ward) => return Err(Error::NotFound),
        (Some(ward), _) => Some(vec![ward]),
        (None, seen) => seen.clone(),
    };
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    let today = units::today(cx).await?;
    let within = Windows::on(cx, today).await?.reach_within;
    let late_before = cx.now() - within;
    let (waiting, late) = sql_list::waiting(cx, wards.as_deref(), late_before).await?;
    let page = page.clamp(0, 10_000);
    let mut rows = sql_list::to_reach(cx, wards.as_deref(), PAGE + 1, page * PAGE).await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let seen: Option<BTreeSet<UnitId>> = seen.map(|wards| wards.into_iter().collect());
    let ids: Vec<PersonId> = rows.iter().flat_map(|row| [row.person, row.case_person]).collect();
    let people = people::briefs(cx, &ids).await?;
    let tasks = rows
        .into_iter()
        .filter_map(|row| {
            let visible = seen.as_ref().is_none_or(|seen| seen.contains(&row.case_ward));
            let of_case = people.get(&row.case_person).filter(|_| visible);
            Some(Task {
                contact: row.id,
                person: people.get(&row.person)?.clone(),
                ward: row.ward,
                second: row.second,
                basis: row.basis,
                exposed_to: row.exposed_to,
                listed_at: row.listed_at,
                due_at: row.listed_at + within,
                case: row.case,
                case_name: of_case.map(|brief| brief.full_name.clone()),
            })
        })
        .collect();
    Ok(Tasks { tasks, more, waiting, late })
}

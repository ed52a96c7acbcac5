//! What follows from the answers. Nothing here has a clock of its own: a danger sign rings as that of a diary, a
//! positive test is a self-test, and the rest is a line of the station's list under the ticket of the day.

use super::{KIND, model::Answers, sql_list};
use crate::{
    alerts::{self, Grade, Verdict},
    cases::{self, Classification, TestResult},
    followups,
    households::{self, Kept},
    people,
    samples::{self, SelfTest},
};
use duty::{
    tenants::Tenant,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
};
use jiff::civil::Date;
use kernel::{Actor, ActorKind, Error, PersonId, Result, TicketId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

/// Whose answers they are, and what they come to.
pub(super) struct Of<'a> {
    pub tenant: &'a Tenant,
    pub person: PersonId,
    pub ward: UnitId,
    pub station: UnitId,
    pub answers: &'a Answers,
    pub verdict: &'a Verdict,
    pub alarms: &'a alerts::Law,
}

/// Rings the ward's station and its rapid team for a danger sign, exactly as that of a diary does; whether they are
/// rung.
pub(super) async fn ring(cx: &mut Cx, of: &Of<'_>) -> Result<bool> {
    if of.verdict.grade != Grade::Emergency {
        return Ok(false);
    }
    let home = home(cx, of).await?;
    let case = cases::running(cx, of.person).await?.map(|(case, ..)| case);
    let of_whom = alerts::Of { home: &home, person: of.person, case };
    alerts::raise(cx, of.tenant, &of_whom, of.verdict, of.alarms).await?;
    Ok(true)
}

/// Tells the station of a positive test made at home. The household speaks, whoever typed it for it.
///
/// Errors: `test_on`, those of the self-test's day.
pub(super) async fn tell_test(cx: &mut Cx, of: &Of<'_>) -> Result<()> {
    if of.answers.self_test != Some(true) {
        return Ok(());
    }
    let home = home(cx, of).await?;
    let new = SelfTest {
        person: of.person,
        result: TestResult::Positive,
        on_day: of.answers.test_on.clone(),
        file: None,
    };
    let before = cx.actor.clone();
    if matches!(before.kind, ActorKind::Citizen(_)) {
        cx.actor = Actor::citizen(home.id.uuid());
    }
    let told = samples::tell(cx, of.tenant, home.id, &new).await;
    cx.actor = before;
    match told {
        Ok(_) => Ok(()),
        Err(Error::Invalid { field: "on_day", key }) => Err(Error::invalid("test_on", key)),
        Err(other) => Err(other),
    }
}

/// Where he lives, locked; a household of his own where he lives in none.
async fn home(cx: &mut Cx, of: &Of<'_>) -> Result<Kept> {
    households::queue_up(cx, of.ward).await?;
    let mut lives = households::lives_in(cx, of.person).await?;
    for record in people::all_of(cx, of.person).await? {
        if lives.is_none() {
            lives = households::lives_in(cx, record.into()).await?;
        }
    }
    let id = match lives {
        Some(id) => id,
        None => households::of_person(cx, of.person, of.ward).await?,
    };
    households::lock(cx, id).await
}

/// Whether somebody is an F0, or followed as a contact already: what he tells of it is no news.
pub(super) async fn is_followed(cx: &mut Cx, person: PersonId) -> Result<bool> {
    let running = cases::running(cx, person).await?;
    if running.is_some_and(|(_, classification, _)| classification == Classification::Confirmed) {
        return Ok(true);
    }
    for record in people::all_of(cx, person).await? {
        if followups::contact_plan(cx, record.into()).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts a declaration on the station's list: one ticket a station and day holds them all.
pub(super) async fn ask(cx: &mut Cx, of: &Of<'_>, id: Uuid, today: Date) -> Result<()> {
    sql_list::queue_up(cx, of.station).await?;
    let mut ticket = None;
    if let Some(known) = sql_list::ticket_of_day(cx, of.station, today).await? {
        let still = tickets::tickets(cx, &[known]).await?;
        ticket = still.iter().find(|one| !one.is_closed()).map(|one| one.id);
    }
    let ticket = match ticket {
        Some(ticket) => ticket,
        None => open(cx, of, id).await?,
    };
    sql_list::set_ticket(cx, id, ticket).await
}

async fn open(cx: &mut Cx, of: &Of<'_>, id: Uuid) -> Result<TicketId> {
    let new = NewMatter {
        kind: KIND,
        severity: Severity::Notice,
        ward: Some(of.ward),
        object_kind: KIND,
        object: id,
    };
    let ticket = NewTicket {
        kind: KIND.to_owned(),
        responsible: Responsible::Unit(of.station),
        ladder: ladder::by_code_or(cx, KIND, "report").await?,
        task: json!({
            "vi": "Có người khai báo y tế hôm nay cần trạm xem: tiếp xúc F0, từ nơi khác về, nhà có người cách ly hoặc có triệu chứng. Mở mục Khai báo y tế, gọi từng người, ghi việc đã làm.",
            "en": "Health declarations of today need the station: near an F0, back from elsewhere, somebody isolating at home, or symptoms. Open Health declarations, call each of them, write what was done.",
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))
}

/// Whoever asks anew to be looked at waits on the list once, by his newest answers.
pub(super) async fn supersede(cx: &mut Cx, person: PersonId, by: Uuid) -> Result<()> {
    let left = sql_list::supersede(cx, person, by).await?;
    answer(cx, &left, "Người khai đã khai báo lại.").await
}

/// Answers those of these tickets on which nobody waits any more: by whoever works at the unit that owes the answer
/// with these words; by anybody else, or the program, it is withdrawn.
pub(super) async fn answer(cx: &mut Cx, of: &BTreeSet<TicketId>, said: &str) -> Result<()> {
    if of.is_empty() {
        return Ok(());
    }
    let done = sql_list::without_rest(cx, of).await?;
    for ticket in tickets::tickets(cx, &done).await? {
        if ticket.is_closed() {
            continue;
        }
        if cx.actor.grants.iter().any(|grant| Some(grant.unit) == ticket.unit) {
            tickets::resolve(cx, ticket.id, said, None).await?;
        } else {
            tickets::withdraw(cx, ticket.id, said).await?;
        }
    }
    Ok(())
}

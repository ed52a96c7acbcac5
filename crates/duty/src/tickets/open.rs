use super::{
    climb, clock,
    ladder::{self, LadderSpec},
    law::Law,
    matter::MatterSpec,
    model::{Severity, State, Ticket},
    sql,
};
use crate::{
    organisations,
    units::{self, UnitRef},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, MatterId, MessageId, OrganisationId, Result, StaffId, TicketId, UnitId};
use serde_json::{Value, json};
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// An occurrence about to be put on record.
pub struct NewMatter<'a> {
    /// `f0_news`, `report`, `heartbeat` …
    pub kind: &'a str,
    pub severity: Severity,
    pub ward: Option<UnitId>,
    /// The area's own object the matter is about.
    pub object_kind: &'a str,
    pub object: Uuid,
}

/// One answer that is owed.
pub struct NewTicket {
    pub kind: String,
    pub responsible: Responsible,
    pub ladder: LadderSpec,
    /// `{"vi": …, "en": …}`; no personal data.
    pub task: Value,
    /// Free words of a person (a directive), sealed.
    pub words: Option<String>,
    pub given_by: Option<UnitId>,
    pub assignee: Option<StaffId>,
    /// Instead of the ladder's own due time.
    pub due_at: Option<Timestamp>,
}

/// Who owes the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Responsible {
    Unit(UnitId),
    Organisation(OrganisationId),
}

/// What has been opened.
#[derive(Clone, Debug)]
pub struct Opened {
    pub matter: MatterId,
    pub code: String,
    pub tickets: Vec<TicketId>,
}

/// Opens a matter with the tickets its kind asks for in the tenant's pack. A ticket whose unit
/// does not exist there goes to the duty leader, and the record says so; one whose ladder the tenant
/// does not have climbs the ladder that every tenant has: news is never lost.
pub async fn open_matter(cx: &mut Cx, new: &NewMatter<'_>, spec: &MatterSpec) -> Result<Opened> {
    let tree = units::tree(cx).await?;
    let instead = match new.severity {
        Severity::Emergency => "emergency",
        Severity::Notice => "report",
    };
    let mut tickets = Vec::with_capacity(spec.tickets.len());
    for ticket in &spec.tickets {
        let responsible = competent(cx, &tree, &ticket.responsible, new.ward);
        tickets.push(NewTicket {
            kind: spec.code.clone(),
            responsible: Responsible::Unit(responsible),
            ladder: ladder::by_code_or(cx, &ticket.ladder, instead).await?,
            task: json!({ "vi": ticket.task_vi, "en": ticket.task_en }),
            words: None,
            given_by: None,
            assignee: None,
            due_at: None,
        });
    }
    open(cx, new, tickets).await
}

/// The unit a reference means; the duty leader when there is none.
pub fn competent(cx: &mut Cx, tree: &units::Tree, reference: &UnitRef, ward: Option<UnitId>) -> UnitId {
    reference.resolve(tree, None, ward).unwrap_or_else(|| {
        let leader = tree.duty_leader();
        cx.record(
            Event::new("unit.missing", leader)
                .unit(leader)
                .data(json!({ "wanted": reference.to_string(), "ward": ward })),
        );
        leader
    })
}

/// Opens a matter with one ticket.
pub async fn open_ticket(cx: &mut Cx, new: &NewMatter<'_>, ticket: NewTicket) -> Result<Opened> {
    open(cx, new, vec![ticket]).await
}

async fn open(cx: &mut Cx, new: &NewMatter<'_>, tickets: Vec<NewTicket>) -> Result<Opened> {
    if tickets.is_empty() {
        return Err(Error::internal(format!("matter {} opens no ticket", new.kind)));
    }
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (matter, code) = (cx.id::<MatterId>(), cx.rng().code(8));
    sqlx::query!(
        "insert into matters (tenant_id, id, code, kind, severity, ward_id, object_kind, object_id, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        matter.uuid(),
        code,
        new.kind,
        new.severity.as_str(),
        new.ward.map(Uuid::from),
        new.object_kind,
        new.object,
        now.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    cx.record(
        Event::new("matter.opened", matter)
            .matter(matter)
            .unit(new.ward)
            .data(json!({ "kind": new.kind, "object_kind": new.object_kind, "object": new.object })),
    );
    let opened = add(cx, matter, new.ward, tickets).await?;
    Ok(Opened { matter, code, tickets: opened })
}

/// Before whom an organisation's ticket stands when no unit gave it: the ward.
fn stands_in(ticket: &Ticket) -> Option<UnitId> {
    ticket.ward.filter(|_| ticket.organisation.is_some() && ticket.given_by.is_none())
}

/// Adds tickets to a matter and starts their ladders at once.
pub(super) async fn add(
    cx: &mut Cx,
    matter: MatterId,
    ward: Option<UnitId>,
    tickets: Vec<NewTicket>,
) -> Result<Vec<TicketId>> {
    let now = cx.now();
    let mut opened = Vec::with_capacity(tickets.len());
    let mut law = Law::default();
    for new in tickets {
        let id = cx.id::<TicketId>();
        let ladder = new.ladder.ending_at_the_leader();
        let due_at = match new.due_at {
            Some(due) => due,
            None => clock::after(cx, ladder.clock, now, ladder.due).await?,
        };
        let warn_at = match ladder.warn {
            Some(warn) if new.due_at.is_none() => Some(clock::after(cx, ladder.clock, now, warn).await?),
            _ => None,
        };
        let (unit, organisation) = match new.responsible {
            Responsible::Unit(unit) => (Some(unit), None),
            Responsible::Organisation(organisation) => (None, Some(organisation)),
        };
        let words =
            new.words.as_deref().map(|words| cx.seal("tickets", id.uuid(), "words", words)).transpose()?;
        let ticket = Ticket {
            id,
            matter,
            code: cx.rng().code(7),
            kind: new.kind,
            severity: ladder.severity,
            task: new.task,
            unit,
            organisation,
            assignee: new.assignee,
            given_by: new.given_by,
            ward,
            state: State::Open,
            opened_at: now,
            clock_from: now,
            clock: ladder.clock,
            due_at,
            warn_at,
            overdue_at: None,
            ladder,
            level: -1,
            round: 0,
            generation: 0,
            level_started_at: None,
            climbs_at: None,
            used_up_at: None,
            accepted_at: None,
            accepted_by: None,
            resolved_at: None,
            reopened: 0,
            paused_at: None,
            paused_until: None,
            paused_s: 0,
            merged_into: None,
        };
        sql::insert(cx, &ticket, words.as_deref()).await?;
        let mut seats = Vec::new();
        for (unit, reason) in
            [(ticket.unit, "responsible"), (ticket.given_by, "given"), (stands_in(&ticket), "responsible")]
        {
            if let Some(unit) = unit {
                seats.push(sql::Seat { unit, ticket: id, reason, due_at });
            }
        }
        sql::seat(cx, &seats).await?;
        let opening = Event::new("ticket.opened", id).matter(matter).unit(ticket.unit).data(json!({
            "kind": ticket.kind, "severity": ticket.severity, "ladder": ticket.ladder.code,
            "organisation": ticket.organisation, "due_at": due_at,
        }));
        let opening = law.judge(cx, opening, &ticket.kind, ticket.clock).await?;
        cx.record(opening);
        super::watch::arm(cx, &ticket);
        if let Some(organisation) = ticket.organisation
            && organisations::has_email(cx, organisation).await?
        {
            cx.post(organisations::MAIL, MessageId(id.uuid()));
        }
        opened.push(ticket);
    }
    let ids = opened.iter().map(|ticket| ticket.id).collect();
    let steps = opened.into_iter().filter_map(|ticket| Some((ticket.next(0)?, ticket))).collect();
    climb::start(cx, steps, std::collections::BTreeMap::new()).await?;
    cx.tell(Topic::screen("tickets"));
    cx.tell(Topic::screen("board"));
    Ok(ids)
}

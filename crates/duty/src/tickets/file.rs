//! The responsibility file of a matter: who was rung when, by what and for how many seconds, what
//! each person did, what was ordered and answered, who was late, and by which seals all of it can
//! be proved. It is made for a reader outside the centre (an inspection, a complaint), so every
//! call is held against what a sealed event states of it. Opening it is itself put on record.

use super::{
    attempts::{self, Attempt},
    missed::{self, Missed},
    model::Ticket,
    queue::{self, Matter},
    record::{self, Figures},
    sql,
};
use crate::{
    permissions::{Action, Permit, Scope},
    staff::{self, Post},
    units,
};
use jiff::Timestamp;
use kernel::{AttemptId, Error, EventId, MatterId, Result, StaffId, TicketId, UnitId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, events, events::Recorded, ledger};

/// The whole file.
#[derive(Clone, Debug)]
pub struct MatterFile {
    pub matter: Matter,
    pub made_at: Timestamp,
    pub made_by: Option<StaffId>,
    pub tickets: Vec<TicketFile>,
    /// Orders given under the matter, with their answers.
    pub directives: Vec<TicketFile>,
    /// What else is on record under the matter, earlier openings of this file among it.
    pub events: Vec<Recorded>,
    /// In the order of the tickets.
    pub late: Vec<Late>,
    /// How each person who was called answered, counted as the record of calls counts it.
    pub called: Vec<(StaffId, Figures)>,
    /// Everyone whom the file names, with the posts held on the day the matter opened.
    pub people: BTreeMap<StaffId, Official>,
    pub proof: Proof,
}

/// One ticket of the matter.
#[derive(Clone, Debug)]
pub struct TicketFile {
    pub ticket: Ticket,
    /// What somebody wrote to say it (a directive).
    pub words: Option<String>,
    /// Every try to reach someone, in the order in which they began.
    pub calls: Vec<Call>,
    /// What people and the ladder did, in order; a payload erased by retention is marked `erased`.
    pub acts: Vec<Recorded>,
}

/// A try to reach someone.
#[derive(Clone, Debug)]
pub struct Call {
    pub attempt: Attempt,
    pub seconds: Seconds,
    /// The event that states how it ended; `None` while it runs.
    pub stated: Option<Stated>,
}

/// The length of each part, in whole seconds; `None` for a part that did not come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seconds {
    /// From the start until the telephone network was asked to ring.
    pub until_invited: Option<i64>,
    /// From the start until the bell or the telephone rang.
    pub until_ringing: Option<i64>,
    /// From the start until somebody picked up.
    pub until_answered: Option<i64>,
    /// From picking up until the message had ended.
    pub message: Option<i64>,
    /// From the start until the end.
    pub whole: Option<i64>,
}

impl Seconds {
    fn of(attempt: &Attempt) -> Self {
        let since = |at: Option<Timestamp>, from: Timestamp| at.map(|at| at.duration_since(from).as_secs());
        Self {
            until_invited: since(attempt.invited_at, attempt.started_at),
            until_ringing: since(attempt.ringing_at, attempt.started_at),
            until_answered: since(attempt.answered_at, attempt.started_at),
            message: attempt.answered_at.and_then(|from| since(attempt.message_ended_at, from)),
            whole: since(attempt.ended_at, attempt.started_at),
        }
    }
}

/// Where the record states an attempt's end.
#[derive(Clone, Debug)]
pub struct Stated {
    pub event: EventId,
    /// `None` until it is sealed.
    pub seq: Option<i64>,
    pub hash: Option<Vec<u8>>,
    /// Whether the attempt as kept is the attempt as stated.
    pub agrees: bool,
}

/// Somebody who was late, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    pub ticket: TicketId,
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub what: Lateness,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateness {
    /// A call of a level that went by without being accepted.
    Call { level: i16, round: i16, outcome: attempts::Outcome },
    /// Not answered by its due time; so many seconds past it, until the answer or until now.
    Due { by_s: i64 },
    /// Answered, and opened again: it counts as late.
    Reopened { times: i16 },
}

/// A person in the file.
#[derive(Clone, Debug)]
pub struct Official {
    pub name: String,
    pub code: String,
    pub posts: Vec<Post>,
}

/// What proves the file.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The end of the chain at the time of making.
    pub head: Option<ledger::Head>,
    pub sealed: usize,
    /// Recorded a moment ago: not yet proven.
    pub unsealed: usize,
    /// Events whose words have been erased by retention; that they existed is still proved.
    pub erased: usize,
}

/// Makes the file of a matter for somebody who may see what concerns one of its units, and records
/// that he opened it, with his reason when he gave one. The caller commits.
pub async fn file(cx: &mut Cx, id: MatterId, reason: Option<&str>) -> Result<MatterFile> {
    let matter = queue::matter(cx, id).await?;
    let tickets = sql::of_matter(cx, id).await?;
    let ids: Vec<TicketId> = tickets.iter().map(|ticket| ticket.id).collect();
    let calls = attempts::of_tickets(cx, &ids).await?;
    let concerned = concerned(cx, &matter, &tickets, &calls).await?;
    cx.permit_sight(Action::MatterSee, Scope::Units(&concerned))?;
    cx.permit(Action::MatterFile, Scope::Units(&concerned))?;
    let recorded = events::of_matter(cx, id).await?;
    let head = ledger::head(cx).await?;
    let proof = Proof {
        head,
        sealed: recorded.iter().filter(|event| event.seq.is_some()).count(),
        unsealed: recorded.iter().filter(|event| event.seq.is_none()).count(),
        erased: recorded.iter().filter(|event| event.erased).count(),
    };
    let people = people(cx, &matter, &recorded, &calls).await?;
    let late = late(&tickets, &recorded, cx.now());
    let called = record::of_tickets(cx, matter.opened_at, &ids).await?.lines;
    let mut file = MatterFile {
        made_at: cx.now(),
        made_by: cx.actor.staff_id(),
        tickets: Vec::new(),
        directives: Vec::new(),
        events: Vec::new(),
        late,
        called,
        people,
        proof,
        matter,
    };
    let stated = statements(&recorded);
    let mut calls_of: BTreeMap<TicketId, Vec<Call>> = BTreeMap::new();
    for attempt in calls {
        let (seconds, stated) = (Seconds::of(&attempt), held_against(&attempt, &recorded, &stated));
        calls_of.entry(attempt.ticket).or_default().push(Call { attempt, seconds, stated });
    }
    let mut acts_of: BTreeMap<TicketId, Vec<Recorded>> = BTreeMap::new();
    for event in recorded {
        if let Some(ticket) = ticket_of(&event).filter(|ticket| ids.contains(ticket)) {
            acts_of.entry(ticket).or_default().push(event);
        } else {
            file.events.push(event);
        }
    }
    for ticket in tickets {
        let words = sql::words(cx, ticket.id).await?;
        let part = TicketFile {
            words,
            calls: calls_of.remove(&ticket.id).unwrap_or_default(),
            acts: acts_of.remove(&ticket.id).unwrap_or_default(),
            ticket,
        };
        if part.ticket.kind == "directive" { file.directives.push(part) } else { file.tickets.push(part) }
    }
    record_opening(cx, &file, reason)?;
    Ok(file)
}

fn record_opening(cx: &mut Cx, file: &MatterFile, reason: Option<&str>) -> Result<()> {
    let head = file.proof.head.as_ref();
    let mut opening = Event::new("matter.file_opened", file.matter.id).matter(file.matter.id).unit(file.matter.ward).data(
        json!({ "head_seq": head.map(|head| head.seq), "head_hash": head.map(|head| head.hash.as_str()) }),
    );
    if let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) {
        if reason.chars().count() > super::act::TEXT_CAP {
            return Err(Error::invalid("reason", "error-text-too-long"));
        }
        opening = opening.payload(json!({ "text": reason }));
    }
    cx.record(opening);
    Ok(())
}

/// The units a matter concerns: its ward, those that owe or owed an answer, and those called.
async fn concerned(
    cx: &mut Cx,
    matter: &Matter,
    tickets: &[Ticket],
    calls: &[Attempt],
) -> Result<Vec<UnitId>> {
    let mut units: BTreeSet<UnitId> = matter.ward.into_iter().collect();
    for ticket in tickets {
        units.extend(ticket.unit);
        units.extend(ticket.given_by);
        units.extend(sql::seat_units(cx, ticket.id).await?);
    }
    units.extend(calls.iter().filter_map(|attempt| attempt.unit));
    Ok(units.into_iter().collect())
}

/// The ticket an event is about: itself, or through the attempt that it names.
fn ticket_of(event: &Recorded) -> Option<TicketId> {
    match event.object_kind.as_str() {
        "ticket" => Some(TicketId(event.object_id)),
        "attempt" => event.data["ticket"].as_str()?.parse().ok(),
        _ => None,
    }
}

/// For each attempt, the event that states its end, and its words.
fn statements(recorded: &[Recorded]) -> BTreeMap<AttemptId, (usize, Value)> {
    let mut found = BTreeMap::new();
    for (index, event) in recorded.iter().enumerate() {
        let lists = ["before", "calls"].into_iter().filter_map(|key| event.data[key].as_array()).flatten();
        let own = (event.kind == "attempt.ended").then_some(&event.data);
        for call in lists.chain(own) {
            if let Some(id) = call["attempt"].as_str().and_then(|text| text.parse().ok()) {
                // The event that ended it comes first; a climb repeats the whole level.
                found.entry(id).or_insert_with(|| (index, call.clone()));
            }
        }
    }
    found
}

fn held_against(
    attempt: &Attempt,
    recorded: &[Recorded],
    stated: &BTreeMap<AttemptId, (usize, Value)>,
) -> Option<Stated> {
    let (index, call) = stated.get(&attempt.id)?;
    let event = recorded.get(*index)?;
    let at = |key: &str| call[key].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    // Keys are left out: one may be pressed after the end, and is kept.
    let agrees = at("started_at") == Some(attempt.started_at)
        && at("invited_at") == attempt.invited_at
        && at("ringing_at") == attempt.ringing_at
        && at("answered_at") == attempt.answered_at
        && at("message_ended_at") == attempt.message_ended_at
        && at("ended_at") == attempt.ended_at
        && call["outcome"].as_str() == attempt.outcome.as_deref()
        && call["staff"] == json!(attempt.staff)
        && call["unit"] == json!(attempt.unit)
        && call["channel"].as_str() == Some(attempt.channel.as_str());
    Some(Stated { event: event.id, seq: event.seq, hash: event.hash.clone(), agrees })
}

/// Missed calls from the events, lateness from the ticket; by ticket.
fn late(tickets: &[Ticket], recorded: &[Recorded], now: Timestamp) -> Vec<Late> {
    let mut late = Vec::new();
    for ticket in tickets {
        for event in recorded.iter().filter(|event| event.object_id == ticket.id.uuid()) {
            late.extend(missed::in_event(event).into_iter().map(
                |Missed { unit, staff, level, round, outcome }| Late {
                    ticket: ticket.id,
                    unit,
                    staff,
                    what: Lateness::Call { level, round, outcome },
                },
            ));
        }
        let owing = |what| Late { ticket: ticket.id, unit: ticket.unit, staff: ticket.assignee, what };
        let by_s = ticket.resolved_at.unwrap_or(now).duration_since(ticket.due_at).as_secs();
        if by_s > 0 || ticket.overdue_at.is_some() {
            late.push(owing(Lateness::Due { by_s: by_s.max(0) }));
        }
        if ticket.reopened > 0 {
            late.push(owing(Lateness::Reopened { times: ticket.reopened }));
        }
    }
    late
}

/// Everyone named: who acted, who was called, whom an act gave the work to.
async fn people(
    cx: &mut Cx,
    matter: &Matter,
    recorded: &[Recorded],
    calls: &[Attempt],
) -> Result<BTreeMap<StaffId, Official>> {
    let mut ids: BTreeSet<StaffId> = calls.iter().filter_map(|attempt| attempt.staff).collect();
    ids.extend(cx.actor.staff_id());
    for event in recorded {
        if event.actor_kind == "staff" {
            ids.extend(event.actor_id.map(StaffId));
        }
        ids.extend(event.on_behalf_of.map(StaffId));
        let named = ["staff", "from", "to", "approver", "asked_by"]
            .into_iter()
            .filter_map(|key| event.data[key].as_str());
        ids.extend(named.filter_map(|id| id.parse::<StaffId>().ok()));
    }
    let ids: Vec<StaffId> = ids.into_iter().collect();
    let zone = units::timezone(cx).await?;
    let day = matter.opened_at.to_zoned(zone).date();
    let known = staff::of(cx, &ids).await?;
    let mut people: BTreeMap<StaffId, Official> = known
        .into_iter()
        .map(|(id, staff)| (id, Official { name: staff.full_name, code: staff.code, posts: Vec::new() }))
        .collect();
    for post in staff::posts_on(cx, &ids, day).await? {
        if let Some(official) = people.get_mut(&post.staff) {
            official.posts.push(post);
        }
    }
    Ok(people)
}

//! Ordering a test, and taking an order back.

use super::{
    model::{BY_HAND, NewOrder, Reason, SINGLE},
    owed,
    rule::Law,
    sight::{self, Whom},
    sql::{self, NewRow},
};
use crate::{
    cases::{self, TestKind},
    households,
};
use duty::{
    rules,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{CaseId, Error, HouseholdId, OrderId, PoolId, Result, TicketId, UnitId, text::line};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, Topic};

/// Kind of the matter and of its ladder.
const ORDER: &str = "order";
/// Longest reason, in characters.
const WHY_CAP: usize = 200;

/// One order about to be written.
pub(super) struct Wanted<'a> {
    pub whom: &'a Whom,
    pub kind: TestKind,
    pub reason: Reason,
    /// A sample of this day or later answers it.
    pub from_on: Date,
    pub due_at: Timestamp,
    pub case: Option<CaseId>,
    pub pool: Option<PoolId>,
}

/// Orders a test by hand. `None` when one for this reason is owed to him already.
///
/// Errors: `NotFound`, `Forbidden`; `kind`, `reason`: `error-choice-unknown`; `due_at`:
/// `error-due-past`.
pub async fn order(cx: &mut Cx, new: &NewOrder) -> Result<Option<OrderId>> {
    let whom = sight::claim(cx, new.person).await?;
    if !SINGLE.contains(&new.kind) {
        return Err(Error::invalid("kind", "error-choice-unknown"));
    }
    if !BY_HAND.contains(&new.reason) {
        return Err(Error::invalid("reason", "error-choice-unknown"));
    }
    let now = cx.now();
    if new.due_at.is_some_and(|due| due < now) {
        return Err(Error::invalid("due_at", "error-due-past"));
    }
    let law = Law::today(cx).await?;
    let wanted = Wanted {
        whom: &whom,
        kind: new.kind,
        reason: new.reason,
        from_on: units::today(cx).await?,
        due_at: new.due_at.unwrap_or_else(|| law.due(new.reason, now)),
        case: cases::running(cx, new.person).await?.map(|(case, ..)| case),
        pool: None,
    };
    Ok(place(cx, &law, &[wanted]).await?.pop())
}

/// Takes an order back: it is not needed any more.
///
/// Errors: `NotFound`, `Forbidden`; `why`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-order-over`.
pub async fn withdraw(cx: &mut Cx, id: OrderId, why: &str) -> Result<()> {
    let person = sql::person_of(cx, id).await?;
    let whom = sight::claim(cx, person).await?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let Some(gone) = sql::withdraw(cx, &[id]).await?.pop() else {
        return Err(Error::Conflict("error-order-over"));
    };
    cx.record(
        Event::new("sample.withdrawn", whom.object())
            .unit(whom.station)
            .data(json!({ "order": id, "person": person, "reason": gone.reason }))
            .payload(json!({ "why": why })),
    );
    cx.tell(Topic::screen("samples"));
    owed::answer(cx, &gone.ticket.into_iter().collect(), "Chỉ định xét nghiệm đã được rút.").await
}

/// Writes orders of people of whom the caller knows by right, those that are not owed for the same
/// reason already, and opens one ticket at each station for those that are owed now.
pub(super) async fn place(cx: &mut Cx, law: &Law, wanted: &[Wanted<'_>]) -> Result<Vec<OrderId>> {
    let mut made = Vec::new();
    let mut owed: BTreeMap<UnitId, Vec<(OrderId, &Wanted<'_>)>> = BTreeMap::new();
    for one in wanted {
        let row = NewRow {
            id: cx.id(),
            person: one.whom.id(),
            household: one.whom.household,
            case: one.case,
            pool: one.pool,
            kind: one.kind,
            reason: one.reason,
            from_on: one.from_on,
            due_at: one.due_at,
        };
        if !sql::insert(cx, &row).await? {
            continue;
        }
        made.push(row.id);
        let event = Event::new("sample.ordered", one.whom.object()).unit(one.whom.station).data(json!({
            "order": row.id, "person": row.person, "kind": row.kind, "reason": row.reason, "due_at": row.due_at,
            "case": row.case, "pool": row.pool,
        }));
        cx.record(rules::judged(event, &[law.rule()]));
        if one.reason.is_owed_now() {
            owed.entry(one.whom.station).or_default().push((row.id, one));
        }
    }
    for (station, orders) in owed {
        let ticket = open(cx, station, &orders).await?;
        let ids: Vec<OrderId> = orders.iter().map(|(id, _)| *id).collect();
        sql::set_ticket(cx, &ids, ticket).await?;
    }
    if !made.is_empty() {
        cx.tell(Topic::screen("samples"));
    }
    Ok(made)
}

/// One ticket for all orders that were given together: a station is asked once.
async fn open(cx: &mut Cx, station: UnitId, orders: &[(OrderId, &Wanted<'_>)]) -> Result<TicketId> {
    let (first, wanted) = orders.first().ok_or_else(|| Error::internal("no order to open a ticket for"))?;
    let homes: BTreeSet<HouseholdId> = orders.iter().filter_map(|(_, one)| one.whom.household).collect();
    let one_home = homes.first().filter(|_| homes.len() == 1 && orders.iter().all(has_home)).copied();
    let code = match one_home {
        Some(home) => Some(households::kept(cx, home).await?.code),
        None => None,
    };
    let (object_kind, object) = match one_home {
        Some(home) => ("household", home.uuid()),
        None => ("sample", first.uuid()),
    };
    let new =
        NewMatter { kind: ORDER, severity: Severity::Notice, ward: wanted.whom.ward, object_kind, object };
    let n = orders.len();
    let (at_vi, at_en) = code.map_or_else(
        || (String::new(), String::new()),
        |code| (format!(" Hộ {code}."), format!(" Household {code}.")),
    );
    let ticket = NewTicket {
        kind: ORDER.to_owned(),
        responsible: Responsible::Unit(station),
        ladder: ladder::by_code_or(cx, ORDER, "report").await?,
        task: json!({
            "vi": format!("Lấy mẫu xét nghiệm cho {n} người.{at_vi} Danh sách ở mục Xét nghiệm; ghi kết quả vào đó."),
            "en": format!("Take samples of {n} people.{at_en} They stand under Tests; write the results there."),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: orders.iter().map(|(_, one)| one.due_at).max(),
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    opened.tickets.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))
}

fn has_home(order: &(OrderId, &Wanted<'_>)) -> bool {
    order.1.whom.household.is_some()
}

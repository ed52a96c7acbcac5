//! What follows from a call that has ended: another hour, or an end; the care team's list, somebody who goes
//! there, and the ticket of a family that wants to speak to a person.

use super::{
    conduct::PART,
    keep, make,
    model::{Came, State, Step},
    sql::{self, Row},
};
use crate::{followups::ContactOutcome, households::Kept};
use duty::{
    calls,
    tenants::Tenant,
    tickets::{self, MatterSpec, MatterTicketSpec, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, UnitKind, UnitRef},
};
use jiff::Span;
use kernel::{CallId, Error, Result, TicketId};
use serde_json::json;
use store::{Cx, Event, Store, Topic, Turns};

/// The matter of a household that calls do not reach, and to which somebody goes.
pub const VISIT: &str = "care_visit";
/// The matter of a family that wants to speak to somebody.
pub const CALL_BACK: &str = "care_call_back";
/// What the ticket of silence is told that rings for the same household already.
const UNANSWERED: &str = "Gọi tự động nhiều lần trong nhiều ngày không ai nghe máy. Cần đến tận nhà.";

/// Puts on record how a call ended and what follows from it, once. Where another transaction was in the way
/// it is done again from the beginning.
pub(super) async fn settle(
    store: &Store,
    tenant: &Tenant,
    call: CallId,
    came: Came,
    code: Option<i16>,
) -> Result<()> {
    let mut turns = Turns::default();
    loop {
        match once(store, tenant, call, came, code).await {
            Err(error) if turns.again(&error) => {}
            done => return done,
        }
    }
}

async fn once(store: &Store, tenant: &Tenant, call: CallId, came: Came, code: Option<i16>) -> Result<()> {
    let mut cx = store.begin(tenant.id, PART).await?;
    settle_in(&mut cx, tenant, call, came, code).await?;
    cx.commit().await
}

/// The same within a transaction.
pub(super) async fn settle_in(
    cx: &mut Cx,
    tenant: &Tenant,
    call: CallId,
    came: Came,
    code: Option<i16>,
) -> Result<()> {
    calls::ended(cx, call, came.outcome(), code).await?;
    let Some(row) = sql::of_call(cx, call).await? else {
        // Somebody else has put it back meanwhile.
        sql::end_try(cx, call, came).await?;
        return Ok(());
    };
    let home = keep::lock(cx, &row).await?;
    if !sql::end_try(cx, call, came).await? {
        return Ok(());
    }
    let law = make::law_on(cx, row.day).await?;
    let unanswered = row.unanswered.saturating_add(i16::from(came.is_unanswered()));
    match law.next(came, unanswered, cx.now()) {
        Step::Again(at) => {
            sql::again(cx, row.id, at, unanswered).await?;
            if came.is_unanswered() && unanswered >= law.list_after {
                sql::list(cx, row.id).await?;
            }
        }
        Step::Over(state) => {
            sql::over(cx, row.id, state, unanswered).await?;
            if let Some(home) = &home {
                end(cx, tenant, &row, home, state, unanswered).await?;
            }
        }
    }
    cx.tell(Topic::screen("care_calls"));
    Ok(())
}

/// What an end asks for. The row has its new state already.
pub(super) async fn end(
    cx: &mut Cx,
    tenant: &Tenant,
    row: &Row,
    home: &Kept,
    state: State,
    unanswered: i16,
) -> Result<()> {
    match state {
        State::Refused => {
            keep::keep_rest(cx, tenant, row, home).await?;
            keep::enter_unheard(cx, tenant, row, ContactOutcome::Refused).await?;
        }
        State::Handed => {
            keep::keep_rest(cx, tenant, row, home).await?;
        }
        State::Unreached => {
            keep::keep_rest(cx, tenant, row, home).await?;
            keep::enter_unheard(cx, tenant, row, ContactOutcome::NotReached).await?;
            sql::list(cx, row.id).await?;
            cx.record(
                Event::new("household.calls_unanswered", home.id)
                    .unit(home.station)
                    .data(json!({ "tries": unanswered, "campaign": row.campaign })),
            );
            look_after_silent(cx, row, home).await?;
        }
        _ => {}
    }
    Ok(())
}

/// After so many days on which calls reached nobody, somebody goes there.
async fn look_after_silent(cx: &mut Cx, row: &Row, home: &Kept) -> Result<()> {
    let law = make::law_on(cx, row.day).await?;
    let since = row
        .day
        .checked_sub(Span::new().days(i64::from(law.visit_after_days) - 1))
        .map_err(Error::internal)?;
    let (silent, heard) = sql::silent_days(cx, row.household, since).await?;
    if !heard && silent >= i64::from(law.visit_after_days) {
        visit(cx, row, home).await?;
    }
    Ok(())
}

/// Sends somebody there: the ticket of the household's silence is told where one is open, or else one of its
/// own opens, unless one is open already. The ticket.
pub(super) async fn visit(cx: &mut Cx, row: &Row, home: &Kept) -> Result<TicketId> {
    let known = sql::visits(cx, row.household).await?;
    let open = tickets::tickets(cx, &known).await?.into_iter().find(|ticket| !ticket.is_closed());
    if let Some(ticket) = open {
        sql::set_visit(cx, row.id, ticket.id).await?;
        return Ok(ticket.id);
    }
    for ticket in crate::followups::silence_tickets(cx, row.household).await? {
        if tickets::remark(cx, ticket, UNANSWERED).await? {
            sql::set_visit(cx, row.id, ticket).await?;
            return Ok(ticket);
        }
    }
    let new = NewMatter {
        kind: VISIT,
        severity: Severity::Notice,
        ward: Some(home.ward),
        object_kind: "household",
        object: home.id.uuid(),
    };
    let code = &home.code;
    let ticket = NewTicket {
        kind: VISIT.to_owned(),
        responsible: Responsible::Unit(home.care_team.or(home.mobile_station).unwrap_or(home.station)),
        ladder: ladder::by_code_or(cx, VISIT, "report").await?,
        task: json!({
            "vi": format!("Hộ {code}: gọi tự động nhiều lần không ai nghe máy. Đến tận nhà xem người bệnh; ghi vào trang của hộ."),
            "en": format!("Household {code}: robot calls were not answered. Go there and see the patient; write it on the household's page."),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    let ticket = opened.tickets.first().copied();
    let ticket = ticket.ok_or_else(|| Error::internal("a matter opened no ticket"))?;
    sql::set_visit(cx, row.id, ticket).await?;
    cx.record(
        Event::new("household.visit_ordered", home.id)
            .unit(home.station)
            .matter(opened.matter)
            .data(json!({ "ticket": ticket })),
    );
    Ok(ticket)
}

/// Somebody there wants to speak to a person, and nobody could be fetched: the station owes a call.
pub(super) async fn call_back(cx: &mut Cx, tenant: &Tenant, row: &Row, home: &Kept) -> Result<()> {
    let new = NewMatter {
        kind: CALL_BACK,
        severity: Severity::Notice,
        ward: Some(home.ward),
        object_kind: "household",
        object: home.id.uuid(),
    };
    let spec = tenant.pack.matter(CALL_BACK).cloned().unwrap_or_else(built_in);
    let opened = tickets::open_matter(cx, &new, &spec).await?;
    if let Some(ticket) = opened.tickets.first() {
        sql::set_call_back(cx, row.id, *ticket).await?;
    }
    cx.record(
        Event::new("household.call_back_asked", home.id)
            .unit(home.station)
            .matter(opened.matter)
            .data(json!({ "tickets": opened.tickets })),
    );
    Ok(())
}

/// A tenant whose pack is older than this program calls back all the same.
fn built_in() -> MatterSpec {
    MatterSpec {
        code: CALL_BACK.to_owned(),
        name_vi: "Gia đình F0 muốn gặp nhân viên y tế".to_owned(),
        name_en: "A family under care wants to speak to somebody".to_owned(),
        tickets: vec![MatterTicketSpec {
            responsible: UnitRef::Ward(UnitKind::Station),
            ladder: "report".to_owned(),
            task_vi: "Gọi lại cho hộ: trong cuộc gọi tự động gia đình đã bấm phím gặp nhân viên y tế. Ghi kết quả vào trang của hộ.".to_owned(),
            task_en: "Call the household back: in the robot call the family asked for a person. Enter the outcome on the household's page.".to_owned(),
        }],
    }
}

/// The day is over for what waits still: who was called is not reached, who never was had no line.
pub(super) async fn close(cx: &mut Cx, tenant: &Tenant, limit: i64) -> Result<usize> {
    let today = units::today(cx).await?;
    let rows = sql::left_over(cx, today, limit).await?;
    let mut closed = 0;
    for row in rows {
        let home = keep::lock(cx, &row).await?;
        if !sql::waits(cx, row.id).await? {
            continue;
        }
        let state = if row.unanswered > 0 { State::Unreached } else { State::Uncalled };
        sql::over(cx, row.id, state, row.unanswered).await?;
        if let Some(home) = &home {
            end(cx, tenant, &row, home, state, row.unanswered).await?;
        }
        closed += 1;
    }
    if closed > 0 {
        cx.tell(Topic::screen("care_calls"));
    }
    Ok(closed)
}

//! What follows from a call that has ended: another hour, or an end; the care team's list, somebody who goes
//! there, and the ticket of a family that wants to speak to a person.

use super::{
    conduct::PART,
    farewell::Why,
    keep, make,
    model::{Came, State, Step},
    sql::{self, Row},
    sql_campaign, sql_day,
};
use crate::{
    followups::{self, ContactOutcome},
    households::Kept,
};
use duty::{
    calls,
    tenants::Tenant,
    tickets::{self, MatterSpec, MatterTicketSpec, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, UnitKind, UnitRef},
};
use jiff::Span;
use kernel::{CallId, Error, HouseholdId, Result, TicketId};
use serde_json::json;
use store::{Cx, Event, Store, Topic, Turns};

/// The matter of a household that calls do not reach, and to which somebody goes.
pub const VISIT: &str = "care_visit";
/// The matter of a family that wants to speak to somebody.
pub const CALL_BACK: &str = "care_call_back";
/// What the ticket of silence is told that rings for the same household already.
const UNANSWERED: &str = "Gọi tự động nhiều lần trong nhiều ngày không ai nghe máy. Cần đến tận nhà.";
/// The same where calls did not ring in vain, and somebody is sent all the same.
const ORDERED: &str = "Trạm yêu cầu đến tận nhà.";
/// What is to be done for a family that has told of danger and was left alone by a fault of ours; vi, en.
const ALARMED: [&str; 2] = [
    "Gọi lại ngay cho hộ: gia đình báo dấu hiệu nặng trong cuộc gọi tự động, do lỗi hệ thống chưa nói chuyện được với ai. Ghi kết quả vào trang của hộ.",
    "Call the household back at once: in the robot call the family told of danger, and by a fault of ours has spoken to nobody. Enter the outcome on the household's page.",
];
/// So often a day a call that the network or we ourselves have lost is made again at once.
const OURS: i64 = 5;

/// What a call came to, with what is owed after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub came: Came,
    pub code: Option<i16>,
    /// The family is owed a call by a person, and no ticket says so yet.
    pub call_back: bool,
}

impl From<Came> for Ending {
    fn from(came: Came) -> Self {
        Self { came, code: None, call_back: false }
    }
}

/// Puts on record how a call ended and what follows from it, once. Where another transaction was in the way
/// it is done again from the beginning.
pub(super) async fn settle(store: &Store, tenant: &Tenant, call: CallId, ending: Ending) -> Result<()> {
    let mut turns = Turns::default();
    loop {
        match once(store, tenant, call, ending).await {
            Err(error) if turns.again(&error) => {}
            done => return done,
        }
    }
}

async fn once(store: &Store, tenant: &Tenant, call: CallId, ending: Ending) -> Result<()> {
    let mut cx = store.begin(tenant.id, PART).await?;
    settle_in(&mut cx, tenant, call, ending).await?;
    cx.commit().await
}

/// The same within a transaction.
async fn settle_in(cx: &mut Cx, tenant: &Tenant, call: CallId, ending: Ending) -> Result<()> {
    let Ending { came, code, call_back: owes_call } = ending;
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
            // A call that fails on our side again and again is rung no faster than one that nobody answers, and
            // people know of it.
            let fails = !came.is_unanswered() && sql::last_tries(cx, row.id).await?.ours > OURS;
            let at = if fails { at.max(cx.now() + law.pause) } else { at };
            sql::again(cx, row.id, at, unanswered).await?;
            if fails || (came.is_unanswered() && unanswered >= law.list_after) {
                sql::list(cx, row.id).await?;
            }
            follow(cx, &row).await?;
        }
        Step::Over(state) => {
            sql::over(cx, row.id, state, unanswered).await?;
            if let Some(home) = &home {
                end(cx, tenant, &row, home, state, unanswered).await?;
                match state {
                    State::Handed if owes_call => call_back(cx, tenant, &row, home, Why::Asked).await?,
                    State::Flagged if owes_call => call_back(cx, tenant, &row, home, Why::Alarm).await?,
                    _ => {}
                }
            }
        }
    }
    cx.tell(Topic::screen("care_calls"));
    Ok(())
}

/// A row that was on the telephone when the next window of its day opened waits on there.
async fn follow(cx: &mut Cx, row: &Row) -> Result<()> {
    let Some(campaign) = sql_campaign::later(cx, row.campaign).await? else { return Ok(()) };
    let id = cx.id();
    if sql_campaign::follow(cx, row.id, id, campaign).await? {
        sql_campaign::move_on(cx, &[row.id]).await?;
        sql::carry(cx, row.id, id).await?;
    }
    Ok(())
}

/// What an end asks for. The row has its new state already; `row` is as it lay before. Where the household has
/// become one with another meanwhile only what was answered is kept: whom calls reach there its own row says.
pub(super) async fn end(
    cx: &mut Cx,
    tenant: &Tenant,
    row: &Row,
    home: &Kept,
    state: State,
    unanswered: i16,
) -> Result<()> {
    if home.id != row.household {
        keep::keep_rest(cx, tenant, row, home, state != State::Flagged).await?;
        return Ok(());
    }
    match state {
        State::Refused => {
            keep::keep_rest(cx, tenant, row, home, true).await?;
            keep::enter_unheard(cx, tenant, row, ContactOutcome::Refused).await?;
        }
        State::Handed | State::Flagged | State::Uncalled | State::Written => {
            keep::keep_rest(cx, tenant, row, home, state != State::Flagged).await?;
        }
        State::Unreached => {
            keep::keep_rest(cx, tenant, row, home, true).await?;
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
    let zone = units::timezone(cx).await?;
    let since_at = since.to_zoned(zone).map_err(Error::internal)?.timestamp();
    let (silent, heard) = sql::silent_days(cx, row.household, since, since_at).await?;
    if !heard && silent >= i64::from(law.visit_after_days) {
        visit(cx, row, home, State::Unreached).await?;
    }
    Ok(())
}

/// Why somebody is sent there, as the ticket says it.
fn why(state: State, unanswered: i16) -> (&'static str, &'static str) {
    match state {
        State::NoNumber => ("không có số điện thoại để gọi tự động", "it has no number that could be called"),
        State::Refused => {
            ("gia đình không muốn trả lời cuộc gọi tự động", "the family would not answer the robot call")
        }
        State::Unreached => ("gọi tự động nhiều lần không ai nghe máy", "robot calls were not answered"),
        _ if unanswered > 0 => ("gọi tự động chưa có ai trả lời", "no robot call has been answered yet"),
        _ => ("trạm yêu cầu đến tận nhà", "the station asks for a visit"),
    }
}

/// Sends somebody there: the ticket of the household's silence is told where one is open, or else one of its
/// own opens, unless one is open already; `state` is how it stands with the household's calls. The ticket.
pub(super) async fn visit(cx: &mut Cx, row: &Row, home: &Kept, state: State) -> Result<TicketId> {
    let known = sql::visits(cx, row.household).await?;
    let open = tickets::tickets(cx, &known).await?.into_iter().find(|ticket| !ticket.is_closed());
    if let Some(ticket) = open {
        sql::set_visit(cx, row.id, ticket.id).await?;
        return Ok(ticket.id);
    }
    let words = if state == State::Unreached { UNANSWERED } else { ORDERED };
    for ticket in followups::silence_tickets(cx, row.household).await? {
        if tickets::remark(cx, ticket, words).await? {
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
    let (vi, en) = why(state, row.unanswered);
    let ticket = NewTicket {
        kind: VISIT.to_owned(),
        responsible: Responsible::Unit(home.care_team.or(home.mobile_station).unwrap_or(home.station)),
        ladder: ladder::by_code_or(cx, VISIT, "report").await?,
        task: json!({
            "vi": format!("Hộ {code}: {vi}. Đến tận nhà xem người bệnh; ghi vào trang của hộ."),
            "en": format!("Household {code}: {en}. Go there and see the patient; write it on the household's page."),
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

/// The same in a transaction of its own.
pub(super) async fn ask_call_back(
    store: &Store,
    tenant: &Tenant,
    row: &Row,
    home: &Kept,
    why: Why,
) -> Result<()> {
    let mut turns = Turns::default();
    loop {
        let asked = async {
            let mut cx = store.begin(tenant.id, PART).await?;
            call_back(&mut cx, tenant, row, home, why).await?;
            cx.commit().await
        };
        match asked.await {
            Err(error) if turns.again(&error) => {}
            done => return done,
        }
    }
}

/// Nobody could be fetched to a family that wants to speak to a person, or has told of danger: the station owes a call.
async fn call_back(cx: &mut Cx, tenant: &Tenant, row: &Row, home: &Kept, why: Why) -> Result<()> {
    let new = NewMatter {
        kind: CALL_BACK,
        severity: Severity::Notice,
        ward: Some(home.ward),
        object_kind: "household",
        object: home.id.uuid(),
    };
    let mut spec = tenant.pack.matter(CALL_BACK).cloned().unwrap_or_else(built_in);
    let event = match why {
        Why::Asked => "household.call_back_asked",
        Why::Alarm => {
            for ticket in &mut spec.tickets {
                ALARMED[0].clone_into(&mut ticket.task_vi);
                ALARMED[1].clone_into(&mut ticket.task_en);
            }
            "household.call_back_owed"
        }
    };
    let opened = tickets::open_matter(cx, &new, &spec).await?;
    if let Some(ticket) = opened.tickets.first() {
        sql::set_call_back(cx, row.id, *ticket).await?;
    }
    cx.record(
        Event::new(event, home.id)
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

/// A household owes nothing any more before it was called to the end. What was answered in an earlier call of
/// the row is kept.
pub(super) async fn written(store: &Store, tenant: &Tenant, household: HouseholdId) -> Result<()> {
    let mut turns = Turns::default();
    loop {
        match written_once(store, tenant, household).await {
            Err(error) if turns.again(&error) => {}
            done => return done,
        }
    }
}

async fn written_once(store: &Store, tenant: &Tenant, household: HouseholdId) -> Result<()> {
    let mut cx = store.begin(tenant.id, PART).await?;
    let Some(row) = sql::newest(&mut cx, household).await? else { return Ok(()) };
    let home = keep::lock(&mut cx, &row).await?;
    if !sql::waits(&mut cx, row.id).await? {
        return Ok(());
    }
    if let Some(home) = &home {
        keep::keep_rest(&mut cx, tenant, &row, home, true).await?;
    }
    sql::written(&mut cx, row.id).await?;
    cx.tell(Topic::screen("care_calls"));
    cx.commit().await
}

/// The day is over for what waits still, or its campaign was stopped for good: who was called is not reached, who
/// never was, or shall not be called, had no line; who was heard otherwise owes nothing.
pub(super) async fn close(cx: &mut Cx, tenant: &Tenant, limit: i64) -> Result<usize> {
    let today = units::today(cx).await?;
    let rows = sql::left_over(cx, today, limit).await?;
    let mut closed = 0;
    for row in rows {
        let home = keep::lock(cx, &row).await?;
        if !sql::waits(cx, row.id).await? {
            continue;
        }
        closed += 1;
        // What was owed on a day before is late or missed by now, and says nothing of who has written.
        if row.day == today && followups::owing(cx, &[row.household]).await?.is_empty() {
            if let Some(home) = &home {
                keep::keep_rest(cx, tenant, &row, home, true).await?;
            }
            sql::written(cx, row.id).await?;
            continue;
        }
        let held = sql_day::is_held(cx, row.household).await?;
        let state = if row.unanswered > 0 && !held { State::Unreached } else { State::Uncalled };
        sql::over(cx, row.id, state, row.unanswered).await?;
        if let Some(home) = &home {
            end(cx, tenant, &row, home, state, row.unanswered).await?;
        }
    }
    if closed > 0 {
        cx.tell(Topic::screen("care_calls"));
    }
    Ok(closed)
}

//! What the reporter does, holding the code.

use super::{
    TrackingCode, follow,
    model::State,
    sight::typed,
    sql::{self, Kept},
    submit,
};
use duty::{
    tenants::Tenant,
    tickets::{self, Ticket},
    units,
};
use kernel::{Actor, ActorKind, Error, ReportId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// The report a code opens; whoever was nobody before is its reporter from here on, in the record too.
pub(super) async fn held(cx: &mut Cx, code: &str) -> Result<Kept> {
    let report = sql::by_code(cx, &TrackingCode::parse(code)?).await?;
    if cx.actor.kind == ActorKind::Public {
        cx.actor = Actor::citizen(report.id.uuid());
    }
    Ok(report)
}

/// A report with the ticket that answers it, the report that one belongs to, and the state of now.
pub(super) async fn standing(cx: &mut Cx, report: &Kept) -> Result<(Ticket, ReportId, State)> {
    let (ticket, root) = follow::answering(cx, report).await?;
    let satisfied = report.satisfied == Some(true) && report.rated_at >= ticket.resolved_at;
    let state = State::of(&ticket, satisfied);
    Ok((ticket, root, state))
}

/// Rates the answer, 1 (bad) to 5 (good), and says whether it satisfies, which closes the report.
/// Once for each answer: a reopened report may be rated again.
///
/// Errors: `NotFound` (code); Invalid `score` `error-rating-range`; Conflict
/// `error-report-not-answered`, `error-report-rated`.
pub async fn rate(cx: &mut Cx, code: &str, score: u8, satisfied: bool) -> Result<()> {
    let report = held(cx, code).await?;
    if !(1..=5).contains(&score) {
        return Err(Error::invalid("score", "error-rating-range"));
    }
    let (ticket, _, state) = standing(cx, &report).await?;
    if !state.is_answered() {
        return Err(Error::Conflict("error-report-not-answered"));
    }
    // An answer given on the ticket itself may not have reached the report yet.
    follow::refresh(cx, &[report.ticket]).await?;
    if !sql::save_rating(cx, report.id, i16::from(score), satisfied).await? {
        return Err(Error::Conflict("error-report-rated"));
    }
    cx.record(
        Event::new("report.rated", report.id)
            .matter(report.matter)
            .unit(ticket.unit)
            .data(json!({ "score": score, "satisfied": satisfied, "category": report.category })),
    );
    follow::refresh(cx, &[ticket.id]).await
}

/// Contests the answer: the ticket opens again, counts as late, and the ladder starts anew.
///
/// Errors: `NotFound` (code); Invalid `why`; Conflict `error-report-not-answered`, or
/// `error-report-closed` when the reporter has accepted the answer.
pub async fn contest(cx: &mut Cx, tenant: &Tenant, code: &str, why: &str) -> Result<()> {
    let report = held(cx, code).await?;
    let why = typed("why", why)?;
    let (ticket, root, state) = standing(cx, &report).await?;
    match state {
        State::Answered => {}
        State::Closed => return Err(Error::Conflict("error-report-closed")),
        _ => return Err(Error::Conflict("error-report-not-answered")),
    }
    tickets::reopen_by_reporter(cx, ticket.id, &why).await?;
    let tree = units::tree(cx).await?;
    if let (Some(category), Some(unit)) = (tenant.pack.category(&report.category), ticket.unit) {
        submit::inform(cx, &tree, category, ticket.id, unit, report.ward).await?;
    }
    cx.record(
        Event::new("report.contested", report.id)
            .matter(report.matter)
            .unit(ticket.unit)
            .data(json!({ "report": root, "category": report.category })),
    );
    cx.tell(Topic::screen("reports"));
    follow::refresh(cx, &[ticket.id]).await
}

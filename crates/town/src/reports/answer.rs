//! What officials do with a report. Each act goes through the report's ticket, which asks the
//! permission and keeps the clock; the citizen is told by the unit, never by a person.

use super::{
    follow,
    model::ReplyKind,
    sight::{sighted, typed},
    sql::{self, Reply},
    submit::owner,
};
use crate::files::{self, Purpose};
use duty::{
    permissions::{Action, Permit, Scope},
    tickets,
};
use kernel::{Error, FileId, ReportId, Result, UnitId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Answers a report: resolves its ticket and tells the citizen. `proof` is a file kept before with
/// purpose `Proof`; the citizen sees it. An answer without one is on record as such.
///
/// Errors: Invalid `text`; Conflict `error-ticket-closed`, `error-file-gone`; `Forbidden`.
pub async fn answer(cx: &mut Cx, id: ReportId, text: &str, proof: Option<FileId>) -> Result<()> {
    let report = sighted(cx, id).await?;
    let text = typed("text", text)?;
    let (ticket, root) = follow::answering(cx, &report).await?;
    tickets::resolve(cx, ticket.id, &text, proof).await?;
    files::bind(cx, proof.as_slice(), Purpose::Proof, owner(root)).await?;
    say(cx, root, ReplyKind::Answer, &text, ticket.unit, proof).await?;
    cx.record(
        Event::new("report.answered", root)
            .matter(ticket.matter)
            .unit(ticket.unit)
            .data(json!({ "proof": proof, "category": report.category })),
    );
    follow::refresh(cx, &[ticket.id]).await
}

/// Tells the citizen how far it has come; the ticket stays owed.
pub async fn progress(cx: &mut Cx, id: ReportId, text: &str) -> Result<()> {
    let report = sighted(cx, id).await?;
    let text = typed("text", text)?;
    let (ticket, root) = follow::answering(cx, &report).await?;
    ticket.still_owed()?;
    tickets::note(cx, ticket.id, &text).await?;
    say(cx, root, ReplyKind::Progress, &text, ticket.unit, None).await?;
    cx.record(Event::new("report.progressed", root).matter(ticket.matter).unit(ticket.unit));
    cx.tell(Topic::screen("reports"));
    Ok(())
}

async fn say(
    cx: &mut Cx,
    report: ReportId,
    kind: ReplyKind,
    text: &str,
    unit: Option<UnitId>,
    file: Option<FileId>,
) -> Result<()> {
    let reply = Reply { kind, at: cx.now(), text: text.to_owned(), unit, file };
    sql::insert_reply(cx, report, &reply).await
}

/// Sends the report to the unit that is competent, with the reason. Its clock runs on.
pub async fn forward(cx: &mut Cx, id: ReportId, to: UnitId, why: &str) -> Result<()> {
    let report = sighted(cx, id).await?;
    let (ticket, _) = follow::answering(cx, &report).await?;
    tickets::forward(cx, ticket.id, to, why).await?;
    follow::refresh(cx, &[ticket.id]).await
}

/// Hides the words and pictures of a report (abuse, a person's private matters). The reporter and
/// the handling unit are shown the reason instead; the words stay sealed and the ticket owed.
pub async fn moderate(cx: &mut Cx, id: ReportId, why: &str) -> Result<()> {
    let report = sighted(cx, id).await?;
    cx.permit(Action::ReportModerate, Scope::Units(&[report.ward]))?;
    let why = typed("why", why)?;
    if !sql::hide(cx, id, &why).await? {
        return Err(Error::Conflict("error-report-hidden"));
    }
    cx.record(
        Event::new("report.moderated", id)
            .matter(report.matter)
            .unit(report.unit)
            .payload(json!({ "why": why })),
    );
    cx.tell(Topic::screen("reports"));
    Ok(())
}

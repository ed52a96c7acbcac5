//! What a business owes at its own gate, and its answer: it has no account, and is known by the code that was sent to
//! the telephone on record.

use super::{alerts, model::AlertKind, sql_alerts};
use crate::gates::Owner;
use duty::tickets;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Error, Result, TicketId};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Cx;

/// Alerts that an owner is shown; older ones are the unit's to close.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 28);

/// An alert that waits for its business.
#[derive(Clone, Debug)]
pub struct Owed {
    pub ticket: TicketId,
    pub kind: AlertKind,
    pub at: Timestamp,
    pub due_at: Timestamp,
    /// What happened and what is to be done, by language.
    pub task: Value,
}

/// The alerts of an owner's gate that he has not answered, newest first.
pub async fn owed(cx: &mut Cx, owner: Owner) -> Result<Vec<Owed>> {
    let since = cx.now() - SHOWN_FOR;
    let alerts = sql_alerts::since(cx, Some(&[owner.gate]), since).await?;
    let ids: Vec<TicketId> = alerts.iter().map(|alert| alert.ticket).collect();
    let tickets = tickets::tickets(cx, &ids).await?;
    let open: BTreeMap<TicketId, _> = tickets
        .into_iter()
        .filter(|ticket| ticket.organisation == Some(owner.organisation) && !ticket.is_closed())
        .map(|ticket| (ticket.id, (ticket.due_at, ticket.task)))
        .collect();
    let owed = alerts.into_iter().filter_map(|alert| {
        let (due_at, task) = open.get(&alert.ticket)?.clone();
        Some(Owed { ticket: alert.ticket, kind: alert.kind, at: alert.at, due_at, task })
    });
    Ok(owed.collect())
}

/// Answers an alert with what was done. The record says that the business did.
///
/// Errors: `NotFound` for what is not his to answer, or has been; `text`: `error-text-missing`,
/// `error-text-too-long`.
pub async fn answer(cx: &mut Cx, owner: Owner, ticket: TicketId, words: &str) -> Result<()> {
    if !owed(cx, owner).await?.iter().any(|one| one.ticket == ticket) {
        return Err(Error::NotFound);
    }
    let himself = std::mem::replace(&mut cx.actor, Actor::system(alerts::KIND));
    let done = tickets::resolve(cx, ticket, words, None).await;
    cx.actor = himself;
    done
}

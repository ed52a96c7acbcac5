//! Reports follow their tickets. Nothing is worked out from an event itself: it only names the
//! tickets to look at again, so reading one twice or late changes nothing.

use super::{
    model::{State, is_with_leader},
    sql::{self, Kept, Standing},
};
use async_trait::async_trait;
use duty::tickets::{self, Ticket};
use kernel::{Error, ReportId, Result, TicketId};
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Topic, events::Recorded, subscriptions::OnEvent};

/// Keeps the reports in step with what happens to their tickets elsewhere (accepted, forwarded,
/// answered, merged, overdue).
pub struct Follow;

#[async_trait]
impl OnEvent for Follow {
    fn name(&self) -> &'static str {
        "town.reports"
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let tickets: BTreeSet<TicketId> = events
            .iter()
            .filter(|event| event.object_kind == "ticket")
            .map(|event| TicketId(event.object_id))
            .collect();
        refresh(cx, &tickets.into_iter().collect::<Vec<_>>()).await
    }
}

/// Brings every report that follows one of `ids` to where its ticket stands now.
pub(super) async fn refresh(cx: &mut Cx, ids: &[TicketId]) -> Result<()> {
    let concerned: BTreeSet<TicketId> =
        sql::followers(cx, ids).await?.into_iter().map(|report| report.ticket).collect();
    if concerned.is_empty() {
        return Ok(());
    }
    let concerned: Vec<TicketId> = concerned.into_iter().collect();
    let mut stand = BTreeMap::new();
    for ticket in tickets::tickets(cx, &concerned).await? {
        let from = ticket.id;
        let stays = last(cx, ticket).await?;
        if stays.id != from
            && let Some(root) = sql::root_of(cx, stays.id).await?
        {
            sql::relink(cx, from, stays.id, root).await?;
        }
        stand.insert(stays.id, stays);
    }
    let ids: Vec<TicketId> = stand.keys().copied().collect();
    let now: Vec<Standing> = sql::followers(cx, &ids)
        .await?
        .into_iter()
        .filter_map(|report| {
            let ticket = stand.get(&report.ticket)?;
            let satisfied = report.satisfied == Some(true) && report.rated_at >= ticket.resolved_at;
            Some(Standing {
                id: report.id,
                state: State::of(ticket, satisfied),
                unit: ticket.unit,
                due_at: ticket.due_at,
                overdue: ticket.overdue_at.is_some(),
                with_leader: is_with_leader(ticket),
                reopened: ticket.reopened,
                answered_at: ticket.resolved_at,
            })
        })
        .collect();
    sql::save(cx, &now).await?;
    cx.tell(Topic::screen("reports"));
    Ok(())
}

/// The ticket that answers for this one: itself, or the one it was merged into at last.
async fn last(cx: &mut Cx, ticket: Ticket) -> Result<Ticket> {
    let mut ticket = ticket;
    let mut passed = BTreeSet::from([ticket.id]);
    while let Some(into) = ticket.merged_into {
        if !passed.insert(into) {
            return Err(Error::internal(format!("ticket {into} was merged into itself")));
        }
        ticket = tickets::tickets(cx, &[into]).await?.pop().ok_or(Error::NotFound)?;
    }
    Ok(ticket)
}

/// The ticket that answers a report now, and the report it belongs to.
pub(super) async fn answering(cx: &mut Cx, report: &Kept) -> Result<(Ticket, ReportId)> {
    let ticket = tickets::tickets(cx, &[report.ticket]).await?.pop().ok_or(Error::NotFound)?;
    let ticket = last(cx, ticket).await?;
    let root = sql::root_of(cx, ticket.id).await?.unwrap_or(report.id);
    Ok((ticket, root))
}

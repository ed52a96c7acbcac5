//! Tickets whose last order, self-test or row has been dealt with.

use super::sql;
use duty::tickets;
use kernel::{Result, TicketId};
use std::collections::BTreeSet;
use store::Cx;

/// Answers those of these tickets for which nothing is open any more: entered once. By whoever works at
/// the unit that owes the answer with these words; by anybody else, or the program, it is withdrawn.
pub(crate) async fn answer(cx: &mut Cx, of: &BTreeSet<TicketId>, said: &str) -> Result<()> {
    if of.is_empty() {
        return Ok(());
    }
    let done = sql::without_rest(cx, of).await?;
    for ticket in tickets::tickets(cx, &done).await? {
        if ticket.is_closed() {
            continue;
        }
        let own = cx.actor.grants.iter().any(|grant| Some(grant.unit) == ticket.unit);
        if own {
            tickets::resolve(cx, ticket.id, said, None).await?;
        } else {
            tickets::withdraw(cx, ticket.id, said).await?;
        }
    }
    Ok(())
}

//! Open tickets of a unit that is no more go with its work to the unit that came after. No clock is
//! touched, and who has accepted keeps what he accepted.

use super::{
    act, endings,
    model::{State, Ticket},
    sql,
};
use kernel::{Result, TicketId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// An open ticket that stands before a unit, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub ticket: TicketId,
    pub object_kind: String,
    pub object: Uuid,
}

/// The open tickets a unit owes, or that stand before it, or that are about its ward.
pub async fn standing_at(cx: &mut Cx, unit: UnitId) -> Result<Vec<Standing>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select t.id, m.object_kind, m.object_id from tickets t
         join matters m on m.tenant_id = $1 and m.id = t.matter_id
         where t.tenant_id = $1 and t.state in ('open', 'accepted', 'paused')
           and (t.unit_id = $2 or m.ward_id = $2
                or exists (select from ticket_seats s where s.tenant_id = $1 and s.unit_id = $2 and s.ticket_id = t.id))
         order by t.id",
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Standing { ticket: row.id.into(), object_kind: row.object_kind, object: row.object_id })
        .collect())
}

/// Moves one ticket from a unit to its successor. A ticket that nobody has accepted yet starts its
/// ladder there; its due time stays. `ward` is where the matter lies from now on, when it lay in
/// `from`; `None` while nobody can tell.
pub async fn follow(cx: &mut Cx, id: TicketId, from: UnitId, to: UnitId, ward: Option<UnitId>) -> Result<()> {
    let mut ticket = sql::lock_one(cx, id).await?;
    if ticket.is_closed() {
        return Ok(());
    }
    let tenant = cx.tenant().uuid();
    if let Some(ward) = ward
        && ticket.ward == Some(from)
    {
        lie_in(cx, &mut ticket, ward).await?;
    }
    let owed = ticket.unit == Some(from);
    if owed {
        ticket.unit = Some(to);
    }
    if ticket.given_by == Some(from) {
        ticket.given_by = Some(to);
        sqlx::query!(
            "update tickets set given_by_unit_id = $3 where tenant_id = $1 and id = $2",
            tenant,
            id.uuid(),
            to.uuid()
        )
        .execute(cx.conn())
        .await?;
    }
    let seat = sql::seats(cx, id).await?.into_iter().find(|(unit, _)| *unit == from);
    if let Some((_, reason)) = seat {
        sql::unseat(cx, id, Some(from)).await?;
        // Whoever was only told of it is not called for it through a reform.
        let reason = match reason.as_str() {
            _ if owed => "responsible",
            "informed" => "informed",
            "given" => "given",
            _ => "level",
        };
        sql::seat(cx, &[sql::Seat { unit: to, ticket: id, reason, due_at: ticket.due_at }]).await?;
    }
    let calls = if owed && ticket.state == State::Open {
        endings::taken(cx, id, None, None).await?
    } else {
        Vec::new()
    };
    cx.record(
        Event::new("ticket.followed", id)
            .matter(ticket.matter)
            .unit(ticket.unit)
            .data(json!({ "from": from, "to": to, "owed": owed, "calls": endings::all_stated(&calls) })),
    );
    sql::save(cx, &ticket, None).await?;
    if owed && ticket.state == State::Open {
        act::restart(cx, ticket).await?;
    }
    cx.tell(Topic::screen("tickets"));
    cx.tell(Topic::screen("board"));
    Ok(())
}

/// The matter of a ticket lies in another ward from now on.
pub(super) async fn lie_in(cx: &mut Cx, ticket: &mut Ticket, ward: UnitId) -> Result<()> {
    let (tenant, matter) = (cx.tenant().uuid(), ticket.matter.uuid());
    sqlx::query!(
        "update matters set ward_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        matter,
        ward.uuid()
    )
    .execute(cx.conn())
    .await?;
    ticket.ward = Some(ward);
    Ok(())
}

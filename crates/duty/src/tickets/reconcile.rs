use super::{climb, model::State, pauses, sql, watch};
use kernel::Result;
use serde_json::json;
use store::{Cx, Event, Timer};

/// Gives every open ticket that has lost a timer its timer back: at the start of a process and from
/// time to time. How many were found; each is an event, because it should never happen.
pub async fn reconcile(cx: &mut Cx) -> Result<usize> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let lost = sqlx::query_scalar!(
        r#"select t.id as "id!" from tickets t
           where t.tenant_id = $1 and t.climbs_at is not null
             and (t.state = 'open' or (t.state = 'accepted' and t.ladder ->> 'until' = 'answered'))
             and not exists (select from timers m where m.tenant_id = $1 and m.kind = 'tickets.escalate' and m.object_id = t.id)
           union
           select t.id from tickets t
           where t.tenant_id = $1 and t.state in ('open', 'accepted') and t.overdue_at is null
             and not exists (select from timers m where m.tenant_id = $1 and m.kind = 'tickets.deadline' and m.object_id = t.id)
           union
           select t.id from tickets t
           where t.tenant_id = $1 and t.state = 'paused'
             and not exists (select from timers m where m.tenant_id = $1 and m.kind = 'tickets.resume' and m.object_id = t.id)"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    if lost.is_empty() {
        return Ok(0);
    }
    for ticket in sql::lock(cx, &lost).await? {
        if ticket.is_climbing() {
            let fire_at = ticket.climbs_at.unwrap_or(now);
            cx.arm(Timer {
                kind: climb::KIND,
                object: ticket.id.uuid(),
                generation: ticket.generation,
                fire_at,
            });
        }
        if ticket.state == State::Paused {
            pauses::arm_resume(cx, &ticket);
        } else {
            watch::arm(cx, &ticket);
        }
        cx.record(Event::new("ticket.timer_restored", ticket.id).matter(ticket.matter).data(json!({})));
    }
    Ok(lost.len())
}

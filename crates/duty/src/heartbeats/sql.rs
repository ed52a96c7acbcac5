use super::model::{Heartbeat, Instance, State, Status};
use crate::tenants::pack::HeartbeatSpec;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{HeartbeatId, Result, TicketId};
use sqlx::types::Uuid;
use store::Cx;

fn jiff(at: Option<jiff_sqlx::Timestamp>) -> Option<Timestamp> {
    at.map(jiff_sqlx::Timestamp::to_jiff)
}

pub(super) async fn install(cx: &mut Cx, spec: &HeartbeatSpec) -> Result<()> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<HeartbeatId>());
    sqlx::query!(
        "insert into heartbeats (tenant_id, id, code, name_vi, name_en, every_s, grace_s, responsible, ladder)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant_id, code) do update
         set name_vi = excluded.name_vi, name_en = excluded.name_en, every_s = excluded.every_s,
             grace_s = excluded.grace_s, responsible = excluded.responsible, ladder = excluded.ladder",
        tenant,
        id.uuid(),
        spec.code,
        spec.name_vi,
        spec.name_en,
        spec.every.as_secs() as i32,
        spec.grace.as_secs() as i32,
        spec.responsible,
        spec.ladder
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn by_code(cx: &mut Cx, code: &str) -> Result<Option<Heartbeat>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, name_vi, name_en, every_s, grace_s, responsible, ladder from heartbeats
         where tenant_id = $1 and code = $2",
        tenant,
        code
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Heartbeat {
        id: row.id.into(),
        name_vi: row.name_vi,
        name_en: row.name_en,
        every: SignedDuration::from_secs(row.every_s.into()),
        grace: SignedDuration::from_secs(row.grace_s.into()),
        responsible: row.responsible,
        ladder: row.ladder,
    }))
}

/// The instance of a heartbeat, made when it is new, and locked.
pub(super) async fn instance(cx: &mut Cx, heartbeat: HeartbeatId, instance: &str) -> Result<Instance> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    let row = sqlx::query!(
        "insert into heartbeat_instances (tenant_id, id, heartbeat_id, instance, generation)
         values ($1, $2, $3, $4, 0)
         on conflict (tenant_id, heartbeat_id, instance) do update set generation = heartbeat_instances.generation
         returning id, instance, last_beat_at, generation, silent_since, ticket_id, failing_since, last_error",
        tenant,
        id,
        heartbeat.uuid(),
        instance
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(Instance {
        id: row.id,
        name: row.instance,
        last_beat_at: jiff(row.last_beat_at),
        generation: row.generation,
        silent_since: jiff(row.silent_since),
        ticket: row.ticket_id.map(TicketId),
        failing_since: jiff(row.failing_since),
        last_error: row.last_error,
    })
}

/// Instances by id with what the pack says of them, locked in the order of their ids.
pub(super) async fn lock(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<(Heartbeat, Instance)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select i.id, i.instance, i.last_beat_at, i.generation, i.silent_since, i.ticket_id, i.failing_since, i.last_error,
                i.heartbeat_id, h.name_vi, h.name_en, h.every_s, h.grace_s, h.responsible, h.ladder
         from heartbeat_instances i join heartbeats h on h.tenant_id = i.tenant_id and h.id = i.heartbeat_id
         where i.tenant_id = $1 and i.id = any($2) order by i.id for update of i",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let heartbeat = Heartbeat {
                id: row.heartbeat_id.into(),
                name_vi: row.name_vi,
                name_en: row.name_en,
                every: SignedDuration::from_secs(row.every_s.into()),
                grace: SignedDuration::from_secs(row.grace_s.into()),
                responsible: row.responsible,
                ladder: row.ladder,
            };
            let instance = Instance {
                id: row.id,
                name: row.instance,
                last_beat_at: jiff(row.last_beat_at),
                generation: row.generation,
                silent_since: jiff(row.silent_since),
                ticket: row.ticket_id.map(TicketId),
                failing_since: jiff(row.failing_since),
                last_error: row.last_error,
            };
            (heartbeat, instance)
        })
        .collect())
}

pub(super) async fn save(cx: &mut Cx, instance: &Instance) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let at = |time: Option<Timestamp>| time.map(ToSqlx::to_sqlx);
    sqlx::query!(
        "update heartbeat_instances
         set last_beat_at = $3, generation = $4, silent_since = $5, ticket_id = $6, failing_since = $7, last_error = $8
         where tenant_id = $1 and id = $2",
        tenant,
        instance.id,
        at(instance.last_beat_at) as Option<jiff_sqlx::Timestamp>,
        instance.generation,
        at(instance.silent_since) as Option<jiff_sqlx::Timestamp>,
        instance.ticket.map(Uuid::from),
        at(instance.failing_since) as Option<jiff_sqlx::Timestamp>,
        instance.last_error
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Every code with its instances; a code that nothing has connected under stands once.
pub(super) async fn status(cx: &mut Cx) -> Result<Vec<Status>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select h.code, h.name_vi, h.name_en, h.responsible, i.instance as "instance?", i.last_beat_at, i.silent_since,
                  i.failing_since, i.last_error,
                  case when t.state in ('open', 'accepted', 'paused') then t.id end as open_ticket
           from heartbeats h
           left join heartbeat_instances i on i.tenant_id = h.tenant_id and i.heartbeat_id = h.id
           left join tickets t on t.tenant_id = i.tenant_id and t.id = i.ticket_id
           where h.tenant_id = $1 order by h.code, length(i.instance), i.instance"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Status {
            code: row.code,
            name_vi: row.name_vi,
            name_en: row.name_en,
            responsible: row.responsible,
            instance: row.instance.filter(|name| !name.is_empty()),
            state: match (&row.last_beat_at, &row.silent_since) {
                (None, _) => State::NotConnected,
                (Some(_), None) => State::Alive,
                (Some(_), Some(_)) => State::Silent,
            },
            last_beat_at: jiff(row.last_beat_at),
            ticket: row.open_ticket.map(TicketId),
            failing_since: jiff(row.failing_since),
            last_error: row.last_error,
        })
        .collect())
}

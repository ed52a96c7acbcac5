use super::{
    model::{self, Heartbeat, Instance, Status},
    sql,
};
use crate::{
    permissions::{Action, Permit, Scope},
    tenants::Pack,
    tickets::{self, NewMatter, NewTicket, Responsible, ladder},
    units::{self, UnitRef},
};
use async_trait::async_trait;
use kernel::{Error, Result, TicketId};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::{
    Cx, Event, Timer, Topic,
    timers::{Due, OnTimer},
};

const SILENT: &str = "heartbeats.silent";
/// Longest reason of a miss that is kept, in characters.
const ERROR_CAP: usize = 300;

/// Takes what a pack says must keep reporting; again after the pack has changed. Beats that are
/// under way keep their timers until the next one.
pub async fn install(cx: &mut Cx, pack: &Pack) -> Result<()> {
    for spec in &pack.heartbeats {
        sql::install(cx, spec).await?;
    }
    Ok(())
}

/// A sign of life of `instance` ("" where there is only one). The first connects it; every one sets
/// the time by which the next is missed. `NotFound` for a code that the tenant's pack does not have.
pub async fn beat(cx: &mut Cx, code: &str, instance: &str) -> Result<()> {
    let name = model::instance_name(instance)?;
    let heartbeat = sql::by_code(cx, code).await?.ok_or(Error::NotFound)?;
    let mut instance = sql::instance(cx, heartbeat.id, name).await?;
    let now = cx.now();
    if instance.last_beat_at.is_none() {
        cx.record(
            Event::new("heartbeat.connected", instance.id)
                .data(json!({ "code": code, "instance": instance.name })),
        );
    }
    if let Some(since) = instance.silent_since.take() {
        let silent = now.duration_since(since);
        cx.record(Event::new("heartbeat.returned", instance.id).data(json!({
            "code": code, "instance": instance.name, "silent_s": silent.as_secs(), "ticket": instance.ticket,
        })));
        if let Some(ticket) = instance.ticket {
            let words = format!("Đã có tín hiệu trở lại sau {} gián đoạn.", model::spoken(silent));
            tickets::withdraw(cx, ticket, &words).await?;
        }
        cx.tell(Topic::screen("sources"));
    }
    instance.last_beat_at = Some(now);
    instance.generation += 1;
    instance.failing_since = None;
    instance.last_error = None;
    cx.arm(Timer {
        kind: SILENT,
        object: instance.id,
        generation: instance.generation,
        fire_at: heartbeat.missed_at(now),
    });
    sql::save(cx, &instance).await
}

/// Something that should have beaten could not, and why (no personal data). The first miss after a
/// beat is on the record; silence is judged by beats alone.
pub async fn missed(cx: &mut Cx, code: &str, instance: &str, why: &str) -> Result<()> {
    let name = model::instance_name(instance)?;
    let heartbeat = sql::by_code(cx, code).await?.ok_or(Error::NotFound)?;
    let mut instance = sql::instance(cx, heartbeat.id, name).await?;
    if instance.failing_since.is_none() {
        instance.failing_since = Some(cx.now());
        cx.record(
            Event::new("heartbeat.failed", instance.id)
                .data(json!({ "code": code, "instance": instance.name })),
        );
    }
    instance.last_error = Some(why.chars().take(ERROR_CAP).collect());
    sql::save(cx, &instance).await
}

/// How everything that must report stands now.
pub async fn status(cx: &mut Cx) -> Result<Vec<Status>> {
    cx.permit_sight(Action::SourcesSee, Scope::Tenant)?;
    sql::status(cx).await
}

/// The handler of `heartbeats.silent`.
pub struct Silent;

#[async_trait]
impl OnTimer for Silent {
    fn kind(&self) -> &'static str {
        SILENT
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        let generations: BTreeMap<Uuid, i32> = due.iter().map(|due| (due.object, due.generation)).collect();
        let ids: Vec<Uuid> = generations.keys().copied().collect();
        for (heartbeat, mut instance) in sql::lock(cx, &ids).await? {
            let stale = generations[&instance.id] != instance.generation;
            let (Some(last), false, None) = (instance.last_beat_at, stale, instance.silent_since) else {
                continue;
            };
            instance.silent_since = Some(last);
            instance.ticket = Some(raise(cx, &heartbeat, &instance).await?);
            cx.record(Event::new("heartbeat.silent", instance.id).data(json!({
                "heartbeat": heartbeat.id, "instance": instance.name, "last_beat_at": last, "ticket": instance.ticket,
            })));
            sql::save(cx, &instance).await?;
        }
        cx.tell(Topic::screen("sources"));
        Ok(())
    }
}

/// The ticket of a silence: the one still open from the last silence, or a new one.
async fn raise(cx: &mut Cx, heartbeat: &Heartbeat, instance: &Instance) -> Result<TicketId> {
    if let Some(ticket) = instance.ticket
        && tickets::remark(cx, ticket, "Lại mất tín hiệu.").await?
    {
        return Ok(ticket);
    }
    let tree = units::tree(cx).await?;
    let unit = tickets::competent(cx, &tree, &UnitRef::Unit(heartbeat.responsible.clone()), None);
    let ladder = ladder::by_code(cx, &heartbeat.ladder).await?;
    let new = NewMatter {
        kind: "heartbeat",
        severity: ladder.severity,
        ward: None,
        object_kind: "heartbeat",
        object: instance.id,
    };
    let (vi, en) = heartbeat.names(&instance.name);
    let ticket = NewTicket {
        kind: "heartbeat".into(),
        responsible: Responsible::Unit(unit),
        ladder,
        task: json!({ "vi": format!("Mất tín hiệu: {vi}"), "en": format!("No sign of life: {en}") }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    opened.tickets.first().copied().ok_or_else(|| Error::internal("a silence opened no ticket"))
}

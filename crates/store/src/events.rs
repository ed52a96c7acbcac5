//! The record: one event for each change, written in the same transaction as the change.

use crate::Cx;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{EventId, MatterId, Result, UnitId};
use serde_json::{Value, json};
use sqlx::types::Uuid;

/// What happened. `data` holds ids, codes and numbers only; whatever a person wrote, or could be
/// known by, goes into the payload, which is sealed and can be erased.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: &'static str,
    pub object_kind: &'static str,
    pub object: Uuid,
    pub matter: Option<MatterId>,
    pub unit: Option<UnitId>,
    pub data: Value,
    pub payload: Option<Value>,
}

impl Event {
    /// `kind` is `noun.verb-in-past` ("ticket.accepted"); the noun names the object.
    pub fn new(kind: &'static str, object: impl Into<Uuid>) -> Self {
        let object_kind = kind.split_once('.').map_or(kind, |(noun, _)| noun);
        Self {
            kind,
            object_kind,
            object: object.into(),
            matter: None,
            unit: None,
            data: json!({}),
            payload: None,
        }
    }

    #[must_use]
    pub fn matter(mut self, matter: MatterId) -> Self {
        self.matter = Some(matter);
        self
    }

    #[must_use]
    pub fn unit(mut self, unit: impl Into<Option<UnitId>>) -> Self {
        self.unit = unit.into();
        self
    }

    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }

    /// What people wrote: sealed beside the event.
    #[must_use]
    pub fn payload(mut self, payload: Value) -> Self {
        self.payload = Some(payload);
        self
    }
}

/// An event as read back.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub id: EventId,
    pub at: Timestamp,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_part: Option<String>,
    pub on_behalf_of: Option<Uuid>,
    pub kind: String,
    pub object_kind: String,
    pub object_id: Uuid,
    pub matter_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    pub data: Value,
    /// Opened payload; `None` when there was none or it has been erased.
    pub payload: Option<Value>,
    pub erased: bool,
    /// Its place in the chain, once sealed.
    pub seq: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

const TABLE: &str = "event_payloads";

pub(crate) async fn insert(cx: &mut Cx, events: &[(EventId, Event)]) -> Result<()> {
    let keys = cx.keys()?;
    let n = events.len();
    let (mut ids, mut kinds, mut object_kinds, mut objects) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut matters, mut units, mut data, mut hashes) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut payload_ids, mut bodies) = (Vec::new(), Vec::new());
    for (id, event) in events {
        ids.push(id.uuid());
        kinds.push(event.kind.to_owned());
        object_kinds.push(event.object_kind.to_owned());
        objects.push(event.object);
        matters.push(event.matter.map(MatterId::uuid));
        units.push(event.unit.map(UnitId::uuid));
        data.push(event.data.clone());
        hashes.push(event.payload.as_ref().map(|payload| {
            let plain = payload.to_string();
            payload_ids.push(id.uuid());
            bodies.push(keys.seal(cx.rng(), TABLE, id.uuid(), "body", plain.as_bytes()));
            keys.hash(&[b"payload", id.uuid().as_bytes(), plain.as_bytes()])
        }));
    }
    let tenant = cx.tenant().uuid();
    let now = cx.now().to_sqlx();
    let actor_part = match cx.actor.kind {
        kernel::ActorKind::System(part) => Some(part),
        _ => None,
    };
    let (actor_kind, actor_id) = (cx.actor.kind_str(), cx.actor.id());
    let on_behalf_of = cx.actor.on_behalf_of.map(kernel::StaffId::uuid);
    // One statement for the events and their place in the sealer's queue.
    sqlx::query!(
        "with added as (
             insert into events (tenant_id, id, at, actor_kind, actor_id, actor_part, on_behalf_of,
                                 kind, object_kind, object_id, matter_id, unit_id, data, payload_hash)
             select $1, id, $2, $3, $4, $5, $6, kind, object_kind, object_id, matter_id, unit_id, data, payload_hash
             from unnest($7::uuid[], $8::text[], $9::text[], $10::uuid[], $11::uuid[], $12::uuid[], $13::jsonb[], $14::bytea[])
                  as e (id, kind, object_kind, object_id, matter_id, unit_id, data, payload_hash)
             returning id)
         insert into unsealed_events (tenant_id, event_id, at, xid)
         select $1, id, $2, pg_current_xact_id()::text::bigint from added",
        tenant,
        now,
        actor_kind,
        actor_id,
        actor_part,
        on_behalf_of,
        &ids,
        &kinds,
        &object_kinds,
        &objects,
        &matters as _,
        &units as _,
        &data,
        &hashes as _,
    )
    .execute(&mut *cx.tx)
    .await?;
    if !payload_ids.is_empty() {
        sqlx::query!(
            "insert into event_payloads (tenant_id, event_id, body)
             select $1, * from unnest($2::uuid[], $3::bytea[])",
            tenant,
            &payload_ids,
            &bodies,
        )
        .execute(&mut *cx.tx)
        .await?;
    }
    Ok(())
}

struct Row {
    id: Uuid,
    at: jiff_sqlx::Timestamp,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_part: Option<String>,
    on_behalf_of: Option<Uuid>,
    kind: String,
    object_kind: String,
    object_id: Uuid,
    matter_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    data: Value,
    body: Option<Vec<u8>>,
    erased_at: Option<jiff_sqlx::Timestamp>,
    seq: Option<i64>,
    hash: Option<Vec<u8>>,
}

impl Row {
    fn open(self, cx: &Cx) -> Result<Recorded> {
        let payload = match &self.body {
            Some(body) => {
                let text = cx.open(TABLE, self.id, "body", body)?;
                Some(serde_json::from_str(&text).map_err(kernel::Error::internal)?)
            }
            None => None,
        };
        Ok(Recorded {
            id: self.id.into(),
            at: self.at.to_jiff(),
            actor_kind: self.actor_kind,
            actor_id: self.actor_id,
            actor_part: self.actor_part,
            on_behalf_of: self.on_behalf_of,
            kind: self.kind,
            object_kind: self.object_kind,
            object_id: self.object_id,
            matter_id: self.matter_id,
            unit_id: self.unit_id,
            data: self.data,
            payload,
            erased: self.erased_at.is_some(),
            seq: self.seq,
            hash: self.hash,
        })
    }
}

/// Everything that happened to one object, oldest first.
pub async fn of_object(cx: &mut Cx, object: Uuid) -> Result<Vec<Recorded>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.id, e.at, e.actor_kind, e.actor_id, e.actor_part, e.on_behalf_of, e.kind, e.object_kind,
                  e.object_id, e.matter_id, e.unit_id, e.data, p.body as "body?", p.erased_at as "erased_at?",
                  s.seq as "seq?", s.hash as "hash?"
           from events e
           left join event_payloads p on p.tenant_id = e.tenant_id and p.event_id = e.id
           left join seals s on s.tenant_id = e.tenant_id and s.event_id = e.id
           where e.tenant_id = $1 and e.object_id = $2
           order by e.id"#,
        tenant,
        object
    )
    .fetch_all(&mut *cx.tx)
    .await?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

/// Everything that happened under one matter, oldest first.
pub async fn of_matter(cx: &mut Cx, matter: MatterId) -> Result<Vec<Recorded>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.id, e.at, e.actor_kind, e.actor_id, e.actor_part, e.on_behalf_of, e.kind, e.object_kind,
                  e.object_id, e.matter_id, e.unit_id, e.data, p.body as "body?", p.erased_at as "erased_at?",
                  s.seq as "seq?", s.hash as "hash?"
           from events e
           left join event_payloads p on p.tenant_id = e.tenant_id and p.event_id = e.id
           left join seals s on s.tenant_id = e.tenant_id and s.event_id = e.id
           where e.tenant_id = $1 and e.matter_id = $2
           order by e.id"#,
        tenant,
        matter.uuid()
    )
    .fetch_all(&mut *cx.tx)
    .await?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

/// Sealed events after `seq`, in the order of the chain: what subscriptions read.
pub async fn after(cx: &mut Cx, seq: i64, limit: i64) -> Result<Vec<Recorded>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select e.id, e.at, e.actor_kind, e.actor_id, e.actor_part, e.on_behalf_of, e.kind, e.object_kind,
                  e.object_id, e.matter_id, e.unit_id, e.data, p.body as "body?", p.erased_at as "erased_at?",
                  s.seq as "seq?", s.hash as "hash?"
           from seals s
           join events e on e.tenant_id = s.tenant_id and e.id = s.event_id
           left join event_payloads p on p.tenant_id = e.tenant_id and p.event_id = e.id
           where s.tenant_id = $1 and s.seq > $2
           order by s.seq limit $3"#,
        tenant,
        seq,
        limit
    )
    .fetch_all(&mut *cx.tx)
    .await?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

/// What a reading of the whole record has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    pub events: u64,
    /// The last event read; later ones follow by a subscription.
    pub seq: i64,
}

/// How many events are read at once.
const RUN: i64 = 2000;

/// Reads every sealed event from the first one on, in the order of the chain.
pub async fn replay(cx: &mut Cx, mut each: impl FnMut(&Recorded)) -> Result<Replayed> {
    let mut replayed = Replayed { events: 0, seq: 0 };
    loop {
        let run = after(cx, replayed.seq, RUN).await?;
        let Some(last) = run.last().and_then(|event| event.seq) else { return Ok(replayed) };
        run.iter().for_each(&mut each);
        replayed.events += run.len() as u64;
        replayed.seq = last;
    }
}

/// Erases the payloads of events (retention). The erasure is itself an event that names them, so
/// that `ledger verify` can tell an erased payload from a stolen one.
pub async fn erase_payloads(cx: &mut Cx, events: &[EventId], rule: &str) -> Result<u64> {
    let ids: Vec<Uuid> = events.iter().map(|id| id.uuid()).collect();
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let erased = sqlx::query_scalar!(
        "update event_payloads set body = null, erased_at = $3
         where tenant_id = $1 and event_id = any($2) and erased_at is null returning event_id",
        tenant,
        &ids,
        now
    )
    .fetch_all(&mut *cx.tx)
    .await?;
    for part in erased.chunks(500) {
        cx.record(Event::new("ledger.erased", tenant).data(json!({ "events": part, "rule": rule })));
    }
    Ok(erased.len() as u64)
}

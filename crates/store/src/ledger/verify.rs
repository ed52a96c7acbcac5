use super::{chain, chain::Link};
use crate::{Cx, Store};
use data_encoding::HEXLOWER;
use kernel::{Actor, Error, Result, TenantId};
use serde::Serialize;
use sqlx::types::Uuid;
use std::collections::HashSet;

/// What verification found, as `vungxanh ledger verify --json` prints it.
#[derive(Debug, Serialize)]
pub struct Report {
    pub ok: bool,
    pub tenant: String,
    pub events: i64,
    pub sealed: i64,
    pub unsealed: i64,
    /// Payloads erased by retention; their events still prove that they existed.
    pub erased: i64,
    pub first_bad: Option<Bad>,
    /// `seq:hash` of the end of the chain.
    pub head: String,
}

/// The first event that does not fit.
#[derive(Debug, Serialize)]
pub struct Bad {
    pub event_id: Uuid,
    pub seq: i64,
    /// `altered`, `missing`, `payload altered`, `payload missing`, `head altered`, `head forged`,
    /// `published head differs`, `unsealed forgotten`.
    pub reason: &'static str,
}

const RUN: i64 = 2000;

struct Row {
    seq: i64,
    hash: Vec<u8>,
    event_id: Uuid,
    id: Option<Uuid>,
    at_us: Option<i64>,
    actor_kind: Option<String>,
    actor_id: Option<Uuid>,
    actor_part: Option<String>,
    on_behalf_of: Option<Uuid>,
    kind: Option<String>,
    object_kind: Option<String>,
    object_id: Option<Uuid>,
    matter_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    data: Option<String>,
    payload_hash: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
    erased: Option<bool>,
}

/// Reads the whole chain of a tenant again in one snapshot. Never seals.
pub async fn verify(store: &Store, tenant: TenantId, slug: &str) -> Result<Report> {
    let mut cx = store.begin(tenant, Actor::system("ledger.verify")).await?;
    cx.one_snapshot().await?;
    let counts = sqlx::query!(
        r#"select (select count(*) from events where tenant_id = $1) as "events!",
                  (select count(*) from unsealed_events where tenant_id = $1) as "unsealed!",
                  (select count(*) from event_payloads where tenant_id = $1 and erased_at is not null) as "erased!",
                  (select count(*) from seals where tenant_id = $1) as "sealed!""#,
        tenant.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    let mut walk = Walk {
        store: store.clone(),
        keys: cx.keys()?,
        tenant,
        seq: 0,
        hash: chain::genesis(tenant.uuid()),
        erased: vec![],
        named: HashSet::new(),
    };
    let mut first_bad = walk.chain(&mut cx).await?;
    if first_bad.is_none() {
        first_bad = walk.ends(&mut cx).await?;
    }
    if first_bad.is_none() {
        first_bad = walk.erased.iter().find(|(id, _)| !walk.named.contains(id)).map(|&(event_id, seq)| Bad {
            event_id,
            seq,
            reason: "payload missing",
        });
    }
    Ok(Report {
        ok: first_bad.is_none(),
        tenant: slug.to_owned(),
        events: counts.events,
        sealed: counts.sealed,
        unsealed: counts.unsealed,
        erased: counts.erased,
        first_bad,
        head: format!("{}:{}", walk.seq, HEXLOWER.encode(&walk.hash)),
    })
}

struct Walk {
    store: Store,
    keys: std::sync::Arc<crate::keys::TenantKeys>,
    tenant: TenantId,
    seq: i64,
    hash: Vec<u8>,
    /// Events whose payload is erased, and events that an erasure names.
    erased: Vec<(Uuid, i64)>,
    named: HashSet<Uuid>,
}

impl Walk {
    async fn chain(&mut self, cx: &mut Cx) -> Result<Option<Bad>> {
        loop {
            let rows = sqlx::query_as!(
                Row,
                r#"select s.seq, s.hash, s.event_id, e.id as "id?",
                          case when isfinite(e.at) then (extract(epoch from e.at) * 1000000)::bigint end as at_us,
                          e.actor_kind as "actor_kind?", e.actor_id, e.actor_part, e.on_behalf_of, e.kind as "kind?", e.object_kind as "object_kind?",
                          e.object_id as "object_id?", e.matter_id, e.unit_id, e.data::text as data, e.payload_hash,
                          p.body as "body?", (p.erased_at is not null) as erased
                   from seals s
                   left join events e on e.tenant_id = s.tenant_id and e.id = s.event_id
                   left join event_payloads p on p.tenant_id = s.tenant_id and p.event_id = s.event_id
                   where s.tenant_id = $1 and s.seq > $2 order by s.seq limit $3"#,
                self.tenant.uuid(),
                self.seq,
                RUN
            )
            .fetch_all(cx.conn())
            .await?;
            if rows.is_empty() {
                return Ok(None);
            }
            for row in rows {
                if let Some(reason) = self.step(&row)? {
                    return Ok(Some(Bad { event_id: row.event_id, seq: row.seq, reason }));
                }
            }
        }
    }

    /// Follows one link; the reason when it does not hold.
    fn step(&mut self, row: &Row) -> Result<Option<&'static str>> {
        if row.id.is_none() {
            return Ok(Some("missing"));
        }
        // A field that no event of ours lacks, or a time without end: somebody's hand.
        let Some(link) = link(row) else { return Ok(Some("altered")) };
        if row.seq != self.seq + 1 {
            return Ok(Some("missing"));
        }
        let hash = chain::next(self.tenant.uuid(), &self.hash, row.seq, &link);
        if hash != row.hash {
            return Ok(Some("altered"));
        }
        if let Some(expected) = &row.payload_hash {
            match (&row.body, row.erased) {
                (Some(body), Some(false)) => {
                    let keys = self.store.keys().opening(self.tenant, body)?;
                    let Ok(plain) = keys.open("event_payloads", row.event_id, "body", body) else {
                        return Ok(Some("payload altered"));
                    };
                    if self.keys.hash(&[b"payload", row.event_id.as_bytes(), &plain]) != *expected {
                        return Ok(Some("payload altered"));
                    }
                }
                (None, Some(true)) => self.erased.push((row.event_id, row.seq)),
                _ => return Ok(Some("payload missing")),
            }
        }
        if link.kind == "ledger.erased" {
            let data: serde_json::Value = serde_json::from_str(&link.data).map_err(Error::internal)?;
            let ids = data["events"].as_array().into_iter().flatten();
            self.named.extend(ids.filter_map(|id| Uuid::parse_str(id.as_str()?).ok()));
        }
        (self.seq, self.hash) = (row.seq, hash);
        Ok(None)
    }

    /// The signed head, the published heads, and events that were never queued for sealing.
    async fn ends(&mut self, cx: &mut Cx) -> Result<Option<Bad>> {
        let bad = |seq, reason| Ok(Some(Bad { event_id: Uuid::nil(), seq, reason }));
        let head = sqlx::query!(
            "select seq, hash, signature from ledger_heads where tenant_id = $1",
            self.tenant.uuid()
        )
        .fetch_optional(cx.conn())
        .await?;
        if let Some(head) = head {
            if (head.seq, &head.hash) != (self.seq, &self.hash) {
                return bad(head.seq, "head altered");
            }
            let message = chain::head_message(self.tenant.uuid(), head.seq, &head.hash);
            if !self.keys.verify(&message, &head.signature) {
                return bad(head.seq, "head forged");
            }
        } else if self.seq > 0 {
            return bad(self.seq, "head altered");
        }
        let differing = sqlx::query_scalar!(
            r#"select p.seq from ledger_publications p
               left join seals s on s.tenant_id = p.tenant_id and s.seq = p.seq
               where p.tenant_id = $1 and p.seq > 0 and s.hash is distinct from p.hash
               order by p.seq limit 1"#,
            self.tenant.uuid()
        )
        .fetch_optional(cx.conn())
        .await?;
        if let Some(seq) = differing {
            return bad(seq, "published head differs");
        }
        let forgotten = sqlx::query_scalar!(
            "select e.id from events e
             where e.tenant_id = $1
               and not exists (select from seals s where s.tenant_id = e.tenant_id and s.event_id = e.id)
               and not exists (select from unsealed_events u where u.tenant_id = e.tenant_id and u.event_id = e.id)
             limit 1",
            self.tenant.uuid()
        )
        .fetch_optional(cx.conn())
        .await?;
        Ok(forgotten.map(|event_id| Bad { event_id, seq: self.seq + 1, reason: "unsealed forgotten" }))
    }
}

fn link(row: &Row) -> Option<Link> {
    Some(Link {
        id: row.id?,
        at_us: row.at_us?,
        actor_kind: row.actor_kind.clone()?,
        actor_id: row.actor_id,
        actor_part: row.actor_part.clone(),
        on_behalf_of: row.on_behalf_of,
        kind: row.kind.clone()?,
        object_kind: row.object_kind.clone()?,
        object_id: row.object_id?,
        matter_id: row.matter_id,
        unit_id: row.unit_id,
        data: row.data.clone()?,
        payload_hash: row.payload_hash.clone(),
    })
}

use crate::{Cx, Event};
use data_encoding::{BASE64, HEXLOWER};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::Result;
use serde_json::json;

/// The end of a tenant's chain as anyone may note it down.
#[derive(Clone, Debug)]
pub struct Head {
    pub seq: i64,
    /// SHA-256, hex.
    pub hash: String,
    pub sealed_at: Timestamp,
    /// Ed25519 over the head, base64.
    pub signature: String,
}

/// The present head; `None` before the first seal.
pub async fn head(cx: &mut Cx) -> Result<Option<Head>> {
    let tenant = cx.tenant().uuid();
    let row =
        sqlx::query!("select seq, hash, sealed_at, signature from ledger_heads where tenant_id = $1", tenant)
            .fetch_optional(cx.conn())
            .await?;
    Ok(row.map(|row| Head {
        seq: row.seq,
        hash: HEXLOWER.encode(&row.hash),
        sealed_at: row.sealed_at.to_jiff(),
        signature: BASE64.encode(&row.signature),
    }))
}

/// Keeps the head as the publication of `day` (once a day), so that a chain sealed anew with stolen
/// keys no longer fits what was published. `None` when that day has been published already.
pub async fn publish(cx: &mut Cx, day: Date) -> Result<Option<Head>> {
    let Some(now) = head(cx).await? else { return Ok(None) };
    let (tenant, at) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let kept = sqlx::query!(
        "insert into ledger_publications (tenant_id, day, seq, hash, signature, published_at)
         select tenant_id, $2, seq, hash, signature, $3 from ledger_heads where tenant_id = $1
         on conflict do nothing",
        tenant,
        day.to_sqlx(),
        at
    )
    .execute(cx.conn())
    .await?;
    if kept.rows_affected() == 0 {
        return Ok(None);
    }
    cx.record(Event::new("ledger.published", tenant).data(json!({ "seq": now.seq, "hash": now.hash })));
    Ok(Some(now))
}

/// A head as it was published on a day.
#[derive(Clone, Debug)]
pub struct Publication {
    pub day: Date,
    pub seq: i64,
    /// SHA-256, hex.
    pub hash: String,
    pub published_at: Timestamp,
}

/// The newest publications, newest first.
pub async fn publications(cx: &mut Cx, limit: i64) -> Result<Vec<Publication>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select day, seq, hash, published_at from ledger_publications where tenant_id = $1 order by day desc limit $2",
        tenant,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Publication {
            day: row.day.to_jiff(),
            seq: row.seq,
            hash: HEXLOWER.encode(&row.hash),
            published_at: row.published_at.to_jiff(),
        })
        .collect())
}

/// The Ed25519 key that heads are signed with, base64: what others check signatures by.
pub fn public_key(cx: &Cx) -> Result<String> {
    Ok(BASE64.encode(&cx.keys()?.public_key()))
}

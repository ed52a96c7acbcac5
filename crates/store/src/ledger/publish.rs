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
    let row = sqlx::query!("select seq, hash, sealed_at, signature from ledger_heads where tenant_id = $1", tenant)
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

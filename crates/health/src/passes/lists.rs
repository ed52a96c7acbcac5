//! What gates carry: status lists and the table of codes, signed again when something has changed or
//! they grow old. Kept as they were signed; whoever asks first after a change signs, and the caller
//! commits.

use super::{
    holders::Known,
    keys::signer,
    law::Law,
    model::Whose,
    sql, sql_codes, sql_holders,
    sql_lists::{self as kept, Cached},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, Result};
use pass::{Bits, CodeTable, StatusList, StatusToken, TableKey, Usage};
use std::collections::BTreeMap;
use store::Cx;

/// Codes whose facts are read at once.
const RUN: usize = 2_000;

/// Whether what was signed is good no longer, has missed a change and is `again` old, or is so old that a
/// gate without a network would soon be without it.
pub(super) fn is_stale(cached: &Cached, now: Timestamp, change: SignedDuration, age: SignedDuration) -> bool {
    let (Some(_), Some(at), Some(expires)) = (&cached.body, cached.signed_at, cached.expires_at) else {
        return true;
    };
    let old = now.duration_since(at);
    // The demo's past is lived after its present has been signed.
    expires <= now
        || at > now
        || old >= age
        || (cached.signed_changed != Some(cached.changed) && old >= change)
}

/// What was signed last, as long as it is good: while nothing can sign, gates keep the old.
fn kept_on(cached: Cached, now: Timestamp) -> Option<Vec<u8>> {
    cached.body.filter(|_| cached.expires_at.is_some_and(|end| now < end))
}

/// Every status list of the tenant, signed. Empty while no pass was issued; while nothing can sign, those of before
/// that are good still.
pub async fn status_lists(cx: &mut Cx) -> Result<Vec<Vec<u8>>> {
    let law = Law::today(cx).await?;
    let now = cx.now();
    let mut lists = Vec::new();
    for (number, cached) in kept::lists(cx).await? {
        if is_stale(&cached, now, SignedDuration::ZERO, law.lists_again)
            && let Some(body) = sign_list(cx, &law, number).await?
        {
            lists.push(body);
        } else {
            lists.extend(kept_on(cached, now));
        }
    }
    Ok(lists)
}

async fn sign_list(cx: &mut Cx, law: &Law, number: i64) -> Result<Option<Vec<u8>>> {
    let Some(key) = signer(cx, Usage::STATUS).await? else { return Ok(None) };
    let (changed, size) = kept::lock(cx, number).await?;
    let mut list = StatusList::new(Bits::One, usize::try_from(size).map_err(Error::internal)?);
    for place in kept::taken_back(cx, number).await? {
        list.set(u64::try_from(place).map_err(Error::internal)?, 1);
    }
    let (_, slug) = sql_holders::issuer(cx).await?;
    let (now, uri) = (cx.now(), format!("/{slug}/api/status/{number}"));
    let expires = key.cap(now + law.lists_good);
    let token = StatusToken::new(&uri, now, expires, Some(law.lists_kept), list);
    let body = token.sign(&key.key).map_err(Error::internal)?;
    kept::save_list(cx, number, changed, &body, expires).await?;
    Ok(Some(body))
}

/// The signed table of all codes that hold; while nothing can sign, that of before as long as it is good. `None`
/// while there is no code.
pub async fn code_table(cx: &mut Cx) -> Result<Option<Vec<u8>>> {
    let law = Law::today(cx).await?;
    let now = cx.now();
    let Some(cached) = kept::table(cx, false).await? else { return Ok(None) };
    if !is_stale(&cached, now, law.codes_again, law.lists_again) {
        return Ok(cached.body);
    }
    let Some(key) = signer(cx, Usage::STATUS).await? else { return Ok(kept_on(cached, now)) };
    // Somebody may have signed while we waited.
    let Some(cached) = kept::table(cx, true).await? else { return Ok(None) };
    if !is_stale(&cached, now, law.codes_again, law.lists_again) {
        return Ok(cached.body);
    }
    let mut rows = Vec::new();
    let codes = sql_codes::live(cx).await?;
    for run in codes.chunks(RUN) {
        let ids: Vec<_> = run.iter().map(|(pass, _)| *pass).collect();
        let passes = sql::kept_all(cx, &ids).await?;
        let whose: Vec<Whose> = passes.iter().map(|kept| kept.whose).collect();
        let known = Known::of(cx, &whose, true).await?;
        let codes: BTreeMap<_, _> = run.iter().copied().collect();
        // Whoever cannot be named any more is in no table.
        rows.extend(passes.iter().filter_map(|kept| Some((*codes.get(&kept.id)?, known.facts(kept).ok()?))));
    }
    let (issuer, _) = sql_holders::issuer(cx).await?;
    let expires = key.cap(now + law.lists_good);
    let secret = secret(cx).await?;
    let table = CodeTable::new(&issuer, now, expires, &TableKey::new(&secret), &rows);
    let body = table.map_err(Error::internal)?.sign(&key.key).map_err(Error::internal)?;
    kept::save_table(cx, cached.changed, rows.len(), &body, expires).await?;
    Ok(Some(body))
}

/// The secret with which a gate finds a code in the table: handed to devices when they are enrolled, and
/// to nobody else. Made when it is first asked for; the caller commits.
pub async fn table_secret(cx: &mut Cx) -> Result<Vec<u8>> {
    secret(cx).await.map(|secret| secret.to_vec())
}

async fn secret(cx: &mut Cx) -> Result<[u8; 32]> {
    let secret = match kept::secret(cx).await? {
        Some(known) => known,
        None => kept::make_secret(cx).await?,
    };
    secret.try_into().map_err(|_| Error::internal("the secret of the codes has 32 bytes"))
}

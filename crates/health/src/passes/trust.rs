//! The trust list: which keys the root, kept offline, has named.

use super::{
    keys::Exported,
    sql_keys::{self, List},
};
use data_encoding::BASE64URL_NOPAD;
use duty::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use kernel::{Error, Result};
use pass::{Keys, Kid, ListFault, PublicKey, TrustList, TrustedKey, Usage};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event};

/// The trust list as gates load it; `None` before the first was taken in.
pub async fn trust_list(cx: &mut Cx) -> Result<Option<Vec<u8>>> {
    Ok(sql_keys::newest_list(cx).await?.map(|list| list.body))
}

/// The root's public key (SubjectPublicKeyInfo in DER), with which a device checks every later list.
pub async fn root_key(cx: &mut Cx) -> Result<Option<Vec<u8>>> {
    Ok(sql_keys::newest_list(cx).await?.map(|list| list.root))
}

/// The kids that the list in use names for now, none of them once it has expired; `None` before the first was
/// taken in.
pub(super) async fn named(cx: &mut Cx) -> Result<Option<BTreeSet<Kid>>> {
    let (list, now) = (sql_keys::newest_list(cx).await?, cx.now());
    let Some(list) = list else { return Ok(None) };
    let Ok(read) = TrustList::read_unproven(&list.body, now) else { return Ok(Some(BTreeSet::new())) };
    let good = read.keys.iter().filter(|key| key.from <= now && now <= key.until);
    Ok(Some(good.map(|key| key.kid).collect()))
}

/// Takes a signed list in. `root` is the root's public key, DER or PEM; without it the one by which the
/// last list was signed. Handing in another is how a root is replaced, and stands on record.
///
/// Errors: `Forbidden`; Conflict `error-pass-list-root`, `error-pass-list-expired`,
/// `error-pass-list-unreadable`, `error-pass-list-older`, `error-pass-list-nothing`.
pub async fn import_trust_list(cx: &mut Cx, body: &[u8], root: Option<&[u8]>) -> Result<u64> {
    cx.permit(Action::TenantManage, Scope::Tenant)?;
    sql_keys::queue_up(cx).await?;
    let last = sql_keys::newest_list(cx).await?;
    let known = last.as_ref().map(|list| list.root.as_slice());
    let wrong = Error::Conflict("error-pass-list-root");
    let Some(given) = root.or(known) else { return Err(wrong) };
    let root = PublicKey::read(given).map_err(|_| wrong)?;
    let list = TrustList::read(body, &root, cx.now()).map_err(|fault| match fault {
        ListFault::Unreadable(_) => Error::Conflict("error-pass-list-unreadable"),
        ListFault::Signature => Error::Conflict("error-pass-list-root"),
        ListFault::Future | ListFault::Expired => Error::Conflict("error-pass-list-expired"),
    })?;
    let sequence = i64::try_from(list.sequence).map_err(|_| Error::Conflict("error-pass-list-unreadable"))?;
    if last.as_ref().is_some_and(|last| last.sequence >= sequence) {
        return Err(Error::Conflict("error-pass-list-older"));
    }
    let ours: BTreeSet<Kid> = sql_keys::all(cx).await?.iter().map(|key| key.kid).collect();
    if !list.keys.iter().any(|key| ours.contains(&key.kid)) {
        return Err(Error::Conflict("error-pass-list-nothing"));
    }
    let changed = known.is_some_and(|known| known != root.der());
    let new = List { sequence, root: root.der().to_vec(), body: body.to_vec(), expires: list.expires };
    sql_keys::insert_list(cx, &new, list.issued).await?;
    for usage in [Usage::PERSON, Usage::BUSINESS, Usage::VENUE, Usage::STATUS] {
        cx.unlearn(&format!("pass key {}", usage.bits()));
    }
    let tenant = cx.tenant();
    cx.record(Event::new("pass_trust.imported", tenant).data(json!({
        "sequence": sequence, "root": root.kid().to_string(), "new_root": changed, "expires_at": list.expires,
        "keys": list.keys.iter().map(|key| key.kid.to_string()).collect::<Vec<_>>(),
    })));
    Ok(list.sequence)
}

impl Exported {
    /// The list that a root signs out of what it was handed. `sequence` may be higher than was asked for.
    ///
    /// Errors: `Internal` for a key that is none.
    pub fn list(&self, sequence: Option<u64>, issued: Timestamp, expires: Timestamp) -> Result<TrustList> {
        let mut keys = Vec::new();
        for told in &self.keys {
            let der = BASE64URL_NOPAD.decode(told.public_key.as_bytes()).map_err(Error::internal)?;
            let key = PublicKey::read(&der).map_err(Error::internal)?;
            if key.kid().to_string() != told.kid {
                return Err(Error::internal(format!("key {} is another than it says", told.kid)));
            }
            let usage = Usage::of(told.usage.into());
            keys.push(TrustedKey::new(key, told.from, told.until, usage, &told.territory));
        }
        Ok(TrustList {
            publisher: self.publisher.clone(),
            sequence: sequence.unwrap_or(self.sequence),
            issued,
            expires,
            keys: Keys::new(keys),
        })
    }
}

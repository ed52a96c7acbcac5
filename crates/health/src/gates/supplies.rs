//! What a gate works with for a whole day without a network.

use crate::{cards, passes};
use duty::units;
use kernel::{Error, Result};
use pass::{StatusToken, TrustList};
use serde_json::Value;
use store::Cx;

/// What a device takes with it. What is not there yet stays out, and the device says what it lacks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supplies {
    /// Signed by the root.
    pub trust: Option<Vec<u8>>,
    /// Status lists, signed.
    pub statuses: Vec<Vec<u8>>,
    /// The table of codes, signed.
    pub codes: Option<Vec<u8>>,
    /// Rules of the coming days, as `web/src/gate/pack.ts` reads them.
    pub packs: Vec<Value>,
}

/// What a device gets once, when it is enrolled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The root's key, `SubjectPublicKeyInfo` as DER.
    pub root: Option<Vec<u8>>,
    /// The secret of the table of codes.
    pub table: Option<Vec<u8>>,
}

/// Rules that a device has with it beyond today, in days: it may be long without a network.
const DAYS_AHEAD: i64 = 7;

/// What gates work with today and in the coming days. The caller commits: lists are kept as they were signed.
pub async fn supplies(cx: &mut Cx) -> Result<Supplies> {
    let today = units::today(cx).await?;
    let until = today.checked_add(jiff::Span::new().days(DAYS_AHEAD)).map_err(Error::internal)?;
    Ok(Supplies {
        trust: passes::trust_list(cx).await?,
        statuses: passes::status_lists(cx).await?,
        codes: passes::code_table(cx).await?,
        packs: cards::gate_packs(cx, today, until).await?,
    })
}

/// What a device of this district gets when it is enrolled. The caller commits.
pub async fn secrets(cx: &mut Cx) -> Result<Secrets> {
    Ok(Secrets { root: passes::root_key(cx).await?, table: Some(passes::table_secret(cx).await?) })
}

/// The status list of this number, as it is signed; `None` where none is good now.
pub async fn status_list(cx: &mut Cx, number: u64) -> Result<Option<Vec<u8>>> {
    let (trust, statuses) = (passes::trust_list(cx).await?, passes::status_lists(cx).await?);
    let now = cx.now();
    let Some(Ok(trust)) = trust.map(|bytes| TrustList::read_unproven(&bytes, now)) else { return Ok(None) };
    let is = |bytes: &Vec<u8>| {
        StatusToken::read(bytes, &trust.keys, now).is_ok_and(|list| list.number() == Some(number))
    };
    Ok(statuses.into_iter().find(is))
}

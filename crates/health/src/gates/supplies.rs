//! What a gate works with for a whole day without a network. The passes and the cards fill it in.

use super::model::Gate;
use kernel::Result;
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

/// What this gate works with today; without a gate, what anybody may have: trust list and status lists.
pub async fn supplies(_cx: &mut Cx, _gate: Option<&Gate>) -> Result<Supplies> {
    Ok(Supplies::default())
}

/// What a device of this district gets when it is enrolled.
pub async fn secrets(_cx: &mut Cx) -> Result<Secrets> {
    Ok(Secrets::default())
}

/// The status list of this number, as it is signed; `None` where none is good now.
pub async fn status_list(cx: &mut Cx, number: u64) -> Result<Option<Vec<u8>>> {
    let Supplies { trust, statuses, .. } = supplies(cx, None).await?;
    let now = cx.now();
    let Some(Ok(trust)) = trust.map(|bytes| TrustList::read_unproven(&bytes, now)) else { return Ok(None) };
    let is = |bytes: &Vec<u8>| {
        StatusToken::read(bytes, &trust.keys, now).is_ok_and(|list| list.number() == Some(number))
    };
    Ok(statuses.into_iter().find(is))
}

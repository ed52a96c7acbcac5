//! Twelve digits for who has no telephone, or leaves it at home.

use super::{
    find::told,
    holders::Known,
    issue::claim,
    model::{Named, Number},
    sql, sql_codes, sql_lists,
};
use duty::permissions::Action;
use kernel::{Error, PassId, PersonId, Result};
use pass::{Code, Facts};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use store::{Cx, Event};

/// Draws before it is given up: of four hundred thousand codes one in a quarter of a million is taken.
const DRAWS: usize = 8;
const SPAN: u64 = 100_000_000_000;

/// Gives each of these passes a code, where it has none. Events are the caller's.
pub(super) async fn make(cx: &mut Cx, passes: &[PassId]) -> Result<()> {
    let mut left: BTreeSet<PassId> = passes.iter().copied().collect();
    for known in sql_codes::of(cx, passes).await?.keys() {
        left.remove(known);
    }
    for _ in 0..DRAWS {
        if left.is_empty() {
            return sql_lists::touch_table(cx).await;
        }
        let drawn: Vec<_> = left.iter().map(|pass| (*pass, Code::of(cx.rng().below(SPAN)))).collect();
        for written in sql_codes::insert(cx, &drawn).await? {
            left.remove(&written);
        }
    }
    if left.is_empty() { sql_lists::touch_table(cx).await } else { Err(Error::internal("no free code")) }
}

/// The code of a pass, made if it has none. Looking at it stands on record: whoever knows it passes a gate
/// under this name.
///
/// Errors: `NotFound`; Conflict `error-pass-revoked`.
pub async fn code(cx: &mut Cx, id: PassId) -> Result<Code> {
    let kept = claim(cx, id, Action::PassIssue).await?;
    if kept.revoked.is_some() {
        return Err(Error::Conflict("error-pass-revoked"));
    }
    let code = code_of(cx, id).await?;
    cx.record(Event::new("pass.code_opened", id).unit(kept.ward).data(json!({})));
    Ok(code)
}

/// The same for whoever holds the pass: his address has been asked ([`super::held`]).
///
/// Errors: `NotFound`; Conflict `error-pass-revoked`.
pub async fn own_code(cx: &mut Cx, id: PassId) -> Result<Code> {
    let kept = sql::kept(cx, id).await?;
    if kept.revoked.is_some() {
        return Err(Error::Conflict("error-pass-revoked"));
    }
    let code = code_of(cx, id).await?;
    cx.record(Event::new("pass.code_opened", id).unit(kept.ward).data(json!({})));
    Ok(code)
}

/// The same, the permission asked and the event written by the caller.
pub(super) async fn code_of(cx: &mut Cx, id: PassId) -> Result<Code> {
    if let Some((code, _)) = sql_codes::of(cx, &[id]).await?.remove(&id) {
        return Ok(code);
    }
    make(cx, &[id]).await?;
    let made = sql_codes::of(cx, &[id]).await?.remove(&id);
    made.map(|(code, _)| code).ok_or_else(|| Error::internal("the code was not kept"))
}

/// The passes of these codes, taken back or not; codes that are nobody's are left out, and cost the same
/// to look up. How often somebody may ask is the door's to say.
pub async fn of_codes(cx: &mut Cx, codes: &[Code]) -> Result<HashMap<Code, Named>> {
    let named = sql_codes::named(cx, codes).await?;
    Ok(named.into_iter().map(|(code, kept)| (code, told(&kept))).collect())
}

/// The same by the hashes under which gates keep codes.
pub(crate) async fn of_code_indexes(cx: &mut Cx, indexes: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Named>> {
    let named = sql_codes::of_indexes(cx, indexes).await?;
    Ok(named.into_iter().map(|(index, kept)| (index, told(&kept))).collect())
}

/// Under what a person's passes may have been seen at gates: each number, and the hash of its code.
pub(crate) async fn marks_of_person(cx: &mut Cx, person: PersonId) -> Result<Vec<(Number, Option<Vec<u8>>)>> {
    sql_codes::marks_of_person(cx, person).await
}

/// What a gate judges by when a code was typed and it has a network: the pass, and its facts as of now.
/// `None` for a code that is nobody's.
pub async fn facts_of_code(cx: &mut Cx, code: Code) -> Result<Option<(Named, Facts)>> {
    let Some(kept) = sql_codes::named(cx, &[code]).await?.remove(&code) else { return Ok(None) };
    let known = Known::of(cx, &[kept.whose], true).await?;
    Ok(Some((told(&kept), known.facts(&kept)?)))
}

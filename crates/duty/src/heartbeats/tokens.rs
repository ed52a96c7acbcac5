//! The keys with which things outside report: one for each thing, made by the operator, shown once,
//! kept as a keyed hash, taken back when the thing is lost or replaced.

use super::{actions, model, sql_tokens};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, Result};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// 160 random bits.
const CHARS: usize = 32;
const BLIND: &str = "heartbeat_token";
/// More often than this no thing needs to report.
const AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// A key as the operator sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: Uuid,
    pub code: String,
    /// "" where there is only one.
    pub instance: String,
    pub made_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// What became of a report from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    Taken,
    /// No such key, or one that was taken back.
    Unknown,
    /// The key is good, but not for this code.
    Elsewhere,
    /// The last one came less than a second ago.
    TooSoon,
}

/// Makes a key for one instance ("" where there is only one) of a heartbeat; the only time it can
/// be seen. `NotFound` for a code that the tenant's pack does not have.
pub async fn make_token(cx: &mut Cx, code: &str, instance: &str) -> Result<String> {
    operator(cx)?;
    let instance = model::instance_name(instance)?;
    let heartbeat = super::sql::by_code(cx, code).await?.ok_or(Error::NotFound)?;
    let token = cx.rng().code(CHARS);
    let hash = cx.blind(BLIND, &token)?;
    let id = sql_tokens::insert(cx, heartbeat.id, instance, &hash).await?;
    cx.record(Event::new("heartbeat.token_made", id).data(json!({ "code": code, "instance": instance })));
    Ok(token)
}

/// The keys that are good.
pub async fn tokens(cx: &mut Cx) -> Result<Vec<Token>> {
    operator(cx)?;
    sql_tokens::good(cx).await
}

/// Takes a key back: from now on nobody reports with it.
pub async fn revoke_token(cx: &mut Cx, id: Uuid) -> Result<()> {
    operator(cx)?;
    if !sql_tokens::revoke(cx, id).await? {
        return Err(Error::NotFound);
    }
    cx.record(Event::new("heartbeat.token_revoked", id));
    Ok(())
}

/// Takes a sign of life from outside.
pub async fn report(cx: &mut Cx, code: &str, token: &str) -> Result<Report> {
    let hash = cx.blind(BLIND, token)?;
    let Some(known) = sql_tokens::find(cx, &hash).await? else { return Ok(Report::Unknown) };
    if known.code != code {
        return Ok(Report::Elsewhere);
    }
    if known.used_at.is_some_and(|at| cx.now().duration_since(at) < AT_MOST_EVERY) {
        return Ok(Report::TooSoon);
    }
    sql_tokens::used(cx, known.id).await?;
    actions::beat(cx, code, &known.instance).await?;
    Ok(Report::Taken)
}

/// Keys are made at the command line of the server, by whoever may run it.
fn operator(cx: &Cx) -> Result<()> {
    if cx.actor.staff_id().is_some() { Err(Error::Forbidden("heartbeats.token")) } else { Ok(()) }
}

use super::{
    check::check,
    model::{Question, Script},
    shipped::{KEYS, shipped},
    sql,
};
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Result, ScriptId, StaffId};
use serde_json::json;
use store::{Cx, Event};

/// A version with its days, for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub script: Script,
    /// The first day on which it no longer holds.
    pub retired_on: Option<Date>,
    /// `None` for the program's own.
    pub made_at: Option<Timestamp>,
    pub made_by: Option<StaffId>,
    /// It is the one that is asked today.
    pub in_force: bool,
}

/// A version to be saved.
#[derive(Clone, Debug)]
pub struct NewScript {
    pub key: String,
    pub valid_from: Date,
    pub questions: Vec<Question>,
    /// The newest version when the editor opened: nobody overwrites what he has not read.
    pub after: i32,
}

/// The version that holds on a day, the program's own where the tenant has none. For whoever conducts a call.
///
/// Errors: `NotFound` for a conversation that there is not.
pub async fn current(cx: &mut Cx, key: &str, on: Date) -> Result<Script> {
    let own = shipped(key)?;
    Ok(sql::current(cx, key, on).await?.map_or(own, |kept| kept.script))
}

/// The version in which a conversation was begun; what holds on a day where that one is no more.
///
/// Errors: `NotFound` for a conversation that there is not.
pub(crate) async fn begun_in(cx: &mut Cx, key: &str, number: i32, on: Date) -> Result<Script> {
    let own = shipped(key)?;
    if own.version == number {
        return Ok(own);
    }
    match sql::versions(cx, key).await?.into_iter().find(|kept| kept.script.version == number) {
        Some(kept) => Ok(kept.script),
        None => current(cx, key, on).await,
    }
}

/// Each conversation, with the version that holds today.
pub async fn list(cx: &mut Cx) -> Result<Vec<Listed>> {
    cx.permit_sight(Action::ScriptSee, Scope::Tenant)?;
    let mut listed = Vec::with_capacity(KEYS.len());
    for key in KEYS {
        listed.extend(versions(cx, key).await?.into_iter().find(|one| one.in_force));
    }
    Ok(listed)
}

/// All versions of a conversation, the newest first and the program's own last.
///
/// Errors: `NotFound` for who may not see it, and for a conversation that there is not.
pub async fn versions(cx: &mut Cx, key: &str) -> Result<Vec<Listed>> {
    cx.permit_sight(Action::ScriptSee, Scope::Tenant)?;
    let own = shipped(key)?;
    let today = units::today(cx).await?;
    let holds = current(cx, key, today).await?.version;
    let mut listed: Vec<Listed> = sql::versions(cx, key)
        .await?
        .into_iter()
        .map(|kept| Listed {
            in_force: kept.script.version == holds,
            retired_on: kept.retired_on,
            made_at: Some(kept.made_at),
            made_by: kept.made_by,
            script: kept.script,
        })
        .collect();
    let in_force = holds == own.version;
    listed.push(Listed { script: own, retired_on: None, made_at: None, made_by: None, in_force });
    Ok(listed)
}

/// One version; 0 is the program's own.
pub async fn version(cx: &mut Cx, key: &str, number: i32) -> Result<Listed> {
    let all = versions(cx, key).await?;
    all.into_iter().find(|one| one.script.version == number).ok_or(Error::NotFound)
}

/// Saves a new version, valid from a day; no version before it is changed.
///
/// Errors: `valid_from`: `error-script-past`; what [`check`] finds first; `Conflict` `error-script-changed` when
/// somebody else has saved one meanwhile.
pub async fn save(cx: &mut Cx, new: &NewScript) -> Result<ScriptId> {
    cx.permit_sight(Action::ScriptSee, Scope::Tenant)?;
    cx.permit(Action::ScriptEdit, Scope::Tenant)?;
    shipped(&new.key)?;
    if new.valid_from < units::today(cx).await? {
        return Err(Error::invalid("valid_from", "error-script-past"));
    }
    if let Some(fault) = check(&new.questions).first() {
        return Err(fault.into());
    }
    let newest = sql::versions(cx, &new.key).await?.first().map_or(0, |kept| kept.script.version);
    if newest != new.after {
        return Err(Error::Conflict("error-script-changed"));
    }
    let script = Script {
        id: cx.id(),
        key: new.key.clone(),
        version: newest + 1,
        valid_from: new.valid_from,
        questions: new.questions.clone(),
    };
    sql::insert(cx, &script).await?;
    cx.record(Event::new("script.saved", script.id).data(json!({
        "key": script.key, "version": script.version, "valid_from": script.valid_from,
        "questions": script.questions.len(),
    })));
    Ok(script.id)
}

/// From today a version holds no longer; the one before it does again. Calls that run keep theirs.
///
/// Errors: `Conflict` `error-script-retired` for the program's own and for a version that holds no longer.
pub async fn retire(cx: &mut Cx, key: &str, version: i32) -> Result<()> {
    cx.permit_sight(Action::ScriptSee, Scope::Tenant)?;
    cx.permit(Action::ScriptEdit, Scope::Tenant)?;
    let today = units::today(cx).await?;
    let id = sql::retire(cx, key, version, today).await?.ok_or(Error::Conflict("error-script-retired"))?;
    cx.record(Event::new("script.retired", id).data(json!({ "key": key, "version": version, "on": today })));
    Ok(())
}

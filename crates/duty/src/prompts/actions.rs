use super::{
    model::{Prompt, Version},
    shipped, sound,
    sql::{self, Held},
};
use crate::permissions::{Action, Permit, Scope};
use aws_lc_rs::digest::{SHA256, digest};
use kernel::{ClipId, Error, Result, text};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Cx, Event};

/// Longest words of an announcement, in characters: a minute of speech.
const MOST_WORDS: usize = 900;

/// Every announcement as it is heard now, in the order in which they ship.
pub async fn list(cx: &mut Cx) -> Result<Vec<Prompt>> {
    cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    let mut own: BTreeMap<String, Version> =
        sql::heard(cx, None).await?.into_iter().map(|version| (version.key.clone(), version)).collect();
    let prompts =
        shipped::shipped().iter().map(|&(key, shipped)| Prompt { key, shipped, own: own.remove(key) });
    Ok(prompts.collect())
}

/// One announcement as it is heard now; `NotFound` for a key that does not ship.
pub async fn current(cx: &mut Cx, key: &str) -> Result<Prompt> {
    cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    let (key, shipped) = shipped::known(key).ok_or(Error::NotFound)?;
    let own = sql::heard(cx, Some(&[key.to_owned()])).await?.pop();
    Ok(Prompt { key, shipped, own })
}

/// All that the tenant has kept over an announcement, the newest first.
pub async fn versions(cx: &mut Cx, key: &str) -> Result<Vec<Version>> {
    cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    sql::versions(cx, key).await
}

/// The sound of a version; `None` where its words are synthesised.
pub async fn samples_of(cx: &mut Cx, id: ClipId) -> Result<Option<Vec<i16>>> {
    cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    Ok(sql::samples(cx, id).await?.map(|bytes| sound::from_bytes(&bytes)))
}

/// What is to be heard from now on.
#[derive(Clone, Debug, Default)]
pub struct NewVersion {
    /// What is synthesised, or what the voice of the recording says.
    pub words: String,
    /// Of [`super::recording`]: judged, at the line's rate.
    pub samples: Option<Vec<i16>>,
}

/// Keeps a version as the newest, heard from now on; its number.
pub async fn keep(cx: &mut Cx, key: &str, new: &NewVersion) -> Result<i32> {
    cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    cx.permit(Action::PromptEdit, Scope::Tenant)?;
    let (key, shipped) = shipped::known(key).ok_or(Error::NotFound)?;
    let words = text::line(&new.words, MOST_WORDS).map_err(|fault| Error::invalid("words", fault.key))?;
    if words.is_empty() {
        return Err(Error::invalid("words", "error-text-missing"));
    }
    if new.samples.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::invalid("file", "error-prompt-file-missing"));
    }
    sql::lock(cx, key).await?;
    let heard = sql::heard(cx, Some(&[key.to_owned()])).await?.pop();
    // What is heard as it is anyway makes no version.
    let before = heard.as_ref().map_or(shipped, |heard| heard.words.as_str());
    let recorded = heard.as_ref().is_some_and(Version::recorded);
    if new.samples.is_none() && !recorded && before == words {
        return Err(Error::invalid("words", "error-prompt-unchanged"));
    }
    let bytes = new.samples.as_deref().map(sound::to_bytes);
    let hash = bytes.as_deref().map(|bytes| digest(&SHA256, bytes));
    let held = Held {
        words: &words,
        samples: bytes.as_deref(),
        sha256: hash.as_ref().map(AsRef::as_ref),
        seconds: new.samples.as_deref().map(|samples| samples.len() as f64 / f64::from(crate::lines::RATE)),
        again: None,
    };
    replace(cx, key, &held).await
}

/// Keeps an older version again as the newest; its new number. `Conflict` when it is the one that is heard.
pub async fn back(cx: &mut Cx, key: &str, version: i32) -> Result<i32> {
    cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    cx.permit(Action::PromptEdit, Scope::Tenant)?;
    let (key, _) = shipped::known(key).ok_or(Error::NotFound)?;
    sql::lock(cx, key).await?;
    let older = sql::versions(cx, key).await?.into_iter().find(|kept| kept.version == version);
    let older = older.ok_or(Error::NotFound)?;
    if older.retired_at.is_none() {
        return Err(Error::Conflict("error-prompt-heard-already"));
    }
    let bytes = sql::samples(cx, older.id).await?;
    let hash = bytes.as_deref().map(|bytes| digest(&SHA256, bytes));
    let held = Held {
        words: &older.words,
        samples: bytes.as_deref(),
        sha256: hash.as_ref().map(AsRef::as_ref),
        seconds: older.seconds,
        again: Some(version),
    };
    replace(cx, key, &held).await
}

async fn replace(cx: &mut Cx, key: &'static str, held: &Held<'_>) -> Result<i32> {
    sql::retire(cx, key).await?;
    let id = cx.id::<ClipId>();
    let version = sql::insert(cx, id, key, held).await?;
    let hash = held.sha256.map(|hash| data_encoding::HEXLOWER.encode(hash));
    cx.record(Event::new("prompt.kept", id).data(json!({
        "key": key, "version": version, "again": held.again, "seconds": held.seconds, "sha256": hash,
    })));
    Ok(version)
}

/// Goes back to the words that ship with the program; whether something else was heard.
pub async fn withdraw(cx: &mut Cx, key: &str) -> Result<bool> {
    cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    cx.permit(Action::PromptEdit, Scope::Tenant)?;
    let (key, _) = shipped::known(key).ok_or(Error::NotFound)?;
    sql::lock(cx, key).await?;
    let Some((id, version)) = sql::retire(cx, key).await? else { return Ok(false) };
    cx.record(Event::new("prompt.withdrawn", id).data(json!({ "key": key, "version": version })));
    Ok(true)
}

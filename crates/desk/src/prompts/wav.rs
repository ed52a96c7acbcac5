//! How an announcement sounds on the telephone, for a browser.

use crate::Me;
use axum::{
    extract::{Path, Query},
    http::HeaderMap,
};
use duty::prompts;
use kernel::{ClipId, Error, Result};
use pages::{Outcome, sound};
use serde::Deserialize;
use store::Cx;

#[derive(Deserialize)]
pub struct Asked {
    /// 0 for the words that ship; without it what is heard now.
    version: Option<i32>,
}

/// `GET /{tenant}/desk/prompts/{key}/wav?version=…`
pub async fn wav(
    me: Me,
    Path((_, key)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Outcome {
    let mut cx = me.begin().await?;
    let (recording, words) = found(&mut cx, &key, asked.version).await?;
    let samples = if let Some(id) = recording {
        prompts::samples_of(&mut cx, id).await?.ok_or(Error::NotFound)?
    } else {
        let prompter = me.app.prompter();
        if !prompter.synthesises().await {
            return Err(Error::Conflict("error-prompt-no-voice").into());
        }
        // Speech may take seconds, which no transaction waits for.
        cx.rollback().await?;
        prompter.read(&words).await?.samples.to_vec()
    };
    Ok(sound::wav(&headers, prompts::to_wav(&samples)?))
}

/// The recording that is asked for, or the words of one that is none.
async fn found(cx: &mut Cx, key: &str, version: Option<i32>) -> Result<(Option<ClipId>, String)> {
    let prompt = prompts::current(cx, key).await?;
    let own = match version {
        None => prompt.own,
        Some(0) => None,
        Some(number) => {
            let kept = prompts::versions(cx, key).await?;
            Some(kept.into_iter().find(|kept| kept.version == number).ok_or(Error::NotFound)?)
        }
    };
    Ok(match own {
        Some(own) => (own.recorded().then_some(own.id), own.words),
        None => (None, prompt.shipped.to_owned()),
    })
}

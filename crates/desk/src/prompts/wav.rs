//! How an announcement sounds on the telephone, for a browser.

use crate::Me;
use axum::{
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use duty::prompts::{self, Say};
use kernel::{ClipId, Error, Result};
use pages::Outcome;
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
        let ready = prompter.prepare(&mut cx, &[Say::Text(words)]).await?;
        cx.rollback().await?;
        prompter.sound(&ready).await?.samples.to_vec()
    };
    Ok(sent(&headers, prompts::to_wav(&samples)?))
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

/// The file, or the part of it that is asked for: some browsers play nothing that they cannot take in parts.
fn sent(headers: &HeaderMap, wav: Vec<u8>) -> Response {
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let kind = (header::CONTENT_TYPE, "audio/wav".to_owned());
    let parts = (header::ACCEPT_RANGES, "bytes".to_owned());
    match asked.and_then(|asked| range(asked, wav.len())) {
        Some((from, to)) => {
            let place = (header::CONTENT_RANGE, format!("bytes {from}-{to}/{}", wav.len()));
            (StatusCode::PARTIAL_CONTENT, [kind, parts, place], wav[from..=to].to_vec()).into_response()
        }
        None => ([kind, parts], wav).into_response(),
    }
}

/// First and last byte of `bytes=0-1` or `bytes=100-`; anything else gets the whole file.
fn range(asked: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let last = length.checked_sub(1)?;
    let from: usize = from.parse().ok()?;
    let to = if to.is_empty() { last } else { to.parse::<usize>().ok()?.min(last) };
    (from <= to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_given_within_the_file_and_the_whole_for_anything_else() {
        for (asked, part) in [
            ("bytes=0-1", Some((0, 1))),
            ("bytes=10-", Some((10, 99))),
            ("bytes=90-500", Some((90, 99))),
            ("bytes=100-", None),
            ("bytes=5-2", None),
            ("bytes=-5", None),
            ("bytes=0-1,5-6", None),
            ("items=0-1", None),
        ] {
            assert_eq!(range(asked, 100), part, "{asked}");
        }
        assert_eq!(range("bytes=0-", 0), None);
    }
}

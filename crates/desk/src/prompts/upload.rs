//! Taking in new words, with a recording or without.

use super::{must_edit, page::show};
use crate::Me;
use axum::{
    extract::{
        Multipart, Path,
        multipart::{Field, MultipartError},
    },
    http::StatusCode,
};
use duty::prompts::{self, MAX_FILE, NewVersion};
use kernel::{Error, Result};
use pages::{Outcome, forms::Errors, see_other};

/// Longest text of any field but the file, in bytes.
const TEXT: usize = 8_000;

/// The form as it came in.
#[derive(Default)]
struct Sent {
    csrf: String,
    words: String,
    /// `None` when no file was chosen.
    file: Option<File>,
}

enum File {
    Whole(Vec<u8>),
    /// Larger than what is read.
    TooBig,
}

/// `POST /{tenant}/desk/prompts/{key}`
pub async fn upload(me: Me, Path((_, key)): Path<(String, String)>, form: Multipart) -> Outcome {
    let sent = receive(form).await?;
    me.check(&sent.csrf)?;
    must_edit(&me)?;
    let words = sent.words.clone();
    match keep(&me, &key, sent).await {
        Ok(()) => Ok(see_other(&me.at(format!("prompts/{key}?done=kept")))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, &key, Some(&words), "", errors).await
        }
    }
}

async fn keep(me: &Me, key: &str, sent: Sent) -> Result<()> {
    let samples = match sent.file {
        None => None,
        Some(File::TooBig) => return Err(Error::invalid("file", "error-prompt-too-big")),
        Some(File::Whole(bytes)) => {
            // Filters of hundreds of taps over a minute of sound.
            let judged = tokio::task::spawn_blocking(move || prompts::recording(&bytes)).await;
            Some(judged.map_err(Error::internal)??)
        }
    };
    let mut cx = me.begin().await?;
    prompts::keep(&mut cx, key, &NewVersion { words: sent.words, samples }).await?;
    cx.commit().await
}

async fn receive(mut form: Multipart) -> Result<Sent> {
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let chosen = field.file_name().is_some_and(|name| !name.is_empty());
            let bytes = up_to(field, MAX_FILE).await?;
            sent.file = match bytes {
                None => Some(File::TooBig),
                Some(bytes) if bytes.is_empty() && !chosen => None,
                Some(bytes) => Some(File::Whole(bytes)),
            };
        } else {
            let text = up_to(field, TEXT).await?.ok_or(Error::invalid("words", "error-text-too-long"))?;
            let text = String::from_utf8(text).map_err(|_| Error::invalid("words", "error-text-control"))?;
            match name.as_str() {
                "csrf" => sent.csrf = text,
                "words" => sent.words = text,
                _ => {}
            }
        }
    }
    Ok(sent)
}

/// The bytes of a field; `None` past the limit, with the rest read and let go.
async fn up_to(mut field: Field<'_>, limit: usize) -> Result<Option<Vec<u8>>> {
    let mut bytes = Some(Vec::new());
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        bytes = bytes.filter(|kept| kept.len() + chunk.len() <= limit);
        if let Some(kept) = &mut bytes {
            kept.extend_from_slice(&chunk);
        }
    }
    Ok(bytes)
}

/// A form that broke off or is beyond everything.
fn broken(error: MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::Conflict("error-prompt-too-big")
    } else {
        Error::Conflict("error-prompt-broken")
    }
}

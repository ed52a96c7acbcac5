//! A form with files, read to its end: what came before a break, and beside a file that is too
//! large, stays, so that nobody types twice.

use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use kernel::{Error, Result};
use std::collections::BTreeMap;
use town::files::MAX_BYTES;

/// Longest text of a field, in bytes.
const TEXT: usize = 64 << 10;
const FIELDS: usize = 40;
const FILES: usize = 12;

#[derive(Default)]
pub struct Sent {
    fields: BTreeMap<String, String>,
    /// Each file that was chosen.
    pub files: Vec<Result<Vec<u8>>>,
}

impl Sent {
    pub async fn read(mut form: Multipart) -> Self {
        let mut sent = Self::default();
        loop {
            match form.next_field().await {
                Ok(Some(field)) => {
                    if let Err(error) = sent.take_in(field).await {
                        sent.files.push(Err(broken(&error)));
                        return sent;
                    }
                }
                Ok(None) => return sent,
                Err(error) => {
                    sent.files.push(Err(broken(&error)));
                    return sent;
                }
            }
        }
    }

    async fn take_in(&mut self, field: Field<'_>) -> Result<(), MultipartError> {
        let name = field.name().unwrap_or_default().to_owned();
        let chosen = field.file_name().map(|name| !name.is_empty());
        match chosen {
            None => {
                let bytes = up_to(field, TEXT).await?.unwrap_or_default();
                if self.fields.len() < FIELDS {
                    self.fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
                }
            }
            Some(chosen) => {
                let bytes = up_to(field, MAX_BYTES).await?;
                // A browser sends an empty part for a file that nobody chose.
                if (chosen || bytes.as_ref().is_none_or(|bytes| !bytes.is_empty()))
                    && self.files.len() < FILES
                {
                    self.files.push(bytes.ok_or(Error::invalid("file", "error-file-too-big")));
                }
            }
        }
        Ok(())
    }

    /// What came under a name; nothing when it did not.
    pub fn text(&mut self, name: &str) -> String {
        self.fields.remove(name).unwrap_or_default()
    }
}

fn broken(error: &MultipartError) -> Error {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Error::invalid("file", "error-file-too-big")
    } else {
        Error::invalid("file", "error-file-broken")
    }
}

/// The bytes of a field; `None` past the limit, with the rest read and let go.
async fn up_to(mut field: Field<'_>, limit: usize) -> Result<Option<Vec<u8>>, MultipartError> {
    let mut bytes = Some(Vec::new());
    while let Some(chunk) = field.chunk().await? {
        bytes = bytes.filter(|kept| kept.len() + chunk.len() <= limit);
        if let Some(kept) = &mut bytes {
            kept.extend_from_slice(&chunk);
        }
    }
    Ok(bytes)
}

//! Taking in a file and reading it for trial.

use super::recent::{Mapping, Typed, again};
use crate::Me;
use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use duty::sheets::{self, ColumnMap, MAX_BYTES, Overrides};
use health::imports::{self, Staged, Upload};
use kernel::{Error, ImportId, Result, UnitId};
use pages::{Outcome, forms::Errors, see_other};
use std::collections::BTreeMap;

/// What stands before the field's name where a person chose a column.
const COLUMN: &str = "column_";
/// Longest text of any field but the file, in bytes.
const TEXT: usize = 2_000;

/// The form as it came in.
#[derive(Default)]
struct Sent {
    csrf: String,
    typed: Typed,
    file_name: String,
    /// `None` when the file is larger than what is read.
    bytes: Option<Vec<u8>>,
}

/// What became of it.
enum Came {
    Staged(ImportId),
    /// Something beside the file must be mended.
    Refused(&'static str),
    Columns(Mapping),
}

/// `POST /{tenant}/desk/imports`
pub async fn upload(me: Me, form: Multipart) -> Outcome {
    let sent = receive(form).await?;
    me.check(&sent.csrf)?;
    let mut errors = Errors::default();
    let came = match sent.bytes {
        None => Ok(Came::Refused("error-sheet-too-big")),
        Some(bytes) if bytes.is_empty() && sent.file_name.is_empty() => {
            Ok(Came::Refused("error-file-missing"))
        }
        Some(bytes) => read(&me, &sent.typed, &sent.file_name, bytes).await,
    };
    match came {
        Ok(Came::Staged(id)) => Ok(see_other(&me.at(format!("imports/{id}")))),
        Ok(Came::Refused(key)) => {
            errors.add("file", me.w.by_key(key));
            again(&me, &sent.typed, None, errors).await
        }
        Ok(Came::Columns(mapping)) => again(&me, &sent.typed, Some(mapping), errors).await,
        Err(error) => {
            errors.take(me.w, error)?;
            again(&me, &sent.typed, None, errors).await
        }
    }
}

async fn receive(mut form: Multipart) -> Result<Sent> {
    let mut sent = Sent { bytes: Some(Vec::new()), ..Sent::default() };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name.as_str() == "file" {
            sent.file_name = field.file_name().unwrap_or_default().to_owned();
            sent.bytes = up_to(field, MAX_BYTES).await?;
        } else {
            let text = up_to(field, TEXT).await?.unwrap_or_default();
            let text = String::from_utf8(text).map_err(|_| Error::invalid("file", "error-text-control"))?;
            match name.as_str() {
                "csrf" => sent.csrf = text,
                "unit" => sent.typed.unit = text,
                "list" => sent.typed.list = text,
                "kind" => sent.typed.kind = text,
                _ => {
                    if let Some(field) = name.strip_prefix(COLUMN)
                        && !text.is_empty()
                    {
                        sent.typed.columns.insert(field.to_owned(), text);
                    }
                }
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
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Error::Conflict("error-sheet-too-big")
    } else {
        Error::Conflict("error-sheet-damaged")
    }
}

async fn read(me: &Me, typed: &Typed, file_name: &str, bytes: Vec<u8>) -> Result<Came> {
    let unit: UnitId = typed.unit.parse().map_err(|_| Error::invalid("unit", "error-choose"))?;
    let kind = typed.list()?;
    let default_kind = if typed.kind.is_empty() { None } else { Some(typed.kind.parse()?) };
    // What was chosen for another kind of list means nothing in this one.
    let chosen: BTreeMap<String, String> = typed
        .columns
        .iter()
        .filter(|(field, _)| kind.columns().iter().any(|column| column.field == field.as_str()))
        .map(|(field, header)| (field.clone(), header.clone()))
        .collect();
    let overrides = (!chosen.is_empty()).then_some(Overrides(chosen));
    let mut cx = me.begin().await?;
    let upload =
        Upload { unit, kind, file_name: file_name.to_owned(), bytes: bytes.clone(), overrides, default_kind };
    match imports::stage(&mut cx, &me.tenant, upload).await? {
        Staged::Ready(import) => {
            cx.commit().await?;
            Ok(Came::Staged(import.id))
        }
        Staged::Columns { missing, headers } => {
            Ok(Came::Columns(Mapping { kind, file: file_name.to_owned(), missing, headers }))
        }
        Staged::Unreadable(error) if error.key == "error-sheet-header" => {
            let reading =
                tokio::task::spawn_blocking(move || sheets::headers(&bytes, &ColumnMap::new(kind.columns())));
            Ok(match reading.await.map_err(Error::internal)? {
                Ok(headers) => {
                    let required = kind.columns().iter().filter(|column| column.required);
                    let missing = required.map(|column| column.field).collect();
                    Came::Columns(Mapping { kind, file: file_name.to_owned(), missing, headers })
                }
                Err(error) => Came::Refused(error.key),
            })
        }
        Staged::Unreadable(error) => Ok(Came::Refused(error.key)),
    }
}

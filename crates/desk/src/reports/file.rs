use crate::Me;
use axum::{
    extract::{Path, Query},
    http::header,
    response::IntoResponse,
};
use kernel::{FileId, ReportId};
use pages::Outcome;
use serde::Deserialize;
use town::{files::Size, reports};

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    size: String,
}

/// `GET /{tenant}/desk/reports/{id}/files/{file}`: the whole file; `?size=thumbnail` for the small
/// picture. What is no picture is saved, never opened in the page's own name.
pub async fn file(
    me: Me,
    Path((_, id, file)): Path<(String, ReportId, FileId)>,
    Query(asked): Query<Asked>,
) -> Outcome {
    let mut cx = me.begin().await?;
    let size = if asked.size == "thumbnail" { Size::Thumbnail } else { Size::Whole };
    let (media_type, bytes) = reports::file(&mut cx, me.app.vault(), id, file, size).await?;
    let disposition = if media_type.starts_with("image/") {
        "inline".to_owned()
    } else {
        format!("attachment; filename=\"{file}.pdf\"")
    };
    Ok(([(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response())
}

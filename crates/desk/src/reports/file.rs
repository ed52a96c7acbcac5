use crate::{Me, attachments};
use axum::extract::{Path, Query};
use kernel::{FileId, ReportId};
use pages::Outcome;
use town::reports;

/// `GET /{tenant}/desk/reports/{id}/files/{file}`
pub async fn file(
    me: Me,
    Path((_, id, file)): Path<(String, ReportId, FileId)>,
    Query(asked): Query<attachments::Asked>,
) -> Outcome {
    let mut cx = me.begin().await?;
    let (media_type, bytes) = reports::file(&mut cx, me.app.vault(), id, file, asked.size()).await?;
    Ok(attachments::sent(file, media_type, bytes))
}

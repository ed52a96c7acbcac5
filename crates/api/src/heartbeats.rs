//! The door for signs of life: a gate, a camera server or a feed posts here with its key.

use crate::bearer::bearer;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use duty::{
    accounts,
    heartbeats::{self, Report},
};
use kernel::{Actor, Error};
use pages::{App, Source};

const PART: Actor = Actor::system("api.heartbeats");

/// `POST /{tenant}/api/heartbeats/{code}` with `Authorization: Bearer KEY`: 204 when it is taken;
/// 401 without a good key, 404 when the key is another heartbeat's, 429 when it comes too often or
/// too many wrong keys came from there, 503 while the database does not answer.
pub async fn beat(
    State(app): State<App>,
    Path((slug, code)): Path<(String, String)>,
    source: Source,
    headers: HeaderMap,
) -> Response {
    match take_in(&app, &slug, &code, &source, &headers).await {
        Ok(status) if status == StatusCode::UNAUTHORIZED => {
            (status, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response()
        }
        Ok(status) => status.into_response(),
        Err(Error::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(Error::Conflict(_)) => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Err(error @ Error::Unavailable(_)) => {
            tracing::warn!(%error, "a sign of life could not be taken in");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a sign of life could not be taken in");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn take_in(
    app: &App,
    slug: &str,
    code: &str,
    source: &Source,
    headers: &HeaderMap,
) -> Result<StatusCode, Error> {
    let Some(key) = bearer(headers) else { return Ok(StatusCode::UNAUTHORIZED) };
    let tenant = app.tenant(slug).await?;
    let mut cx = app.store().begin(tenant.id, PART).await?;
    let report = heartbeats::report(&mut cx, code, key).await?;
    if report == Report::Unknown {
        accounts::count_wrong_key(&mut cx, source.address).await?;
    }
    cx.commit().await?;
    Ok(match report {
        Report::Taken => StatusCode::NO_CONTENT,
        Report::Unknown => StatusCode::UNAUTHORIZED,
        Report::Elsewhere => StatusCode::NOT_FOUND,
        Report::TooSoon => StatusCode::TOO_MANY_REQUESTS,
    })
}

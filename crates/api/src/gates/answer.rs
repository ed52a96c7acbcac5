//! What a gate is told when something cannot be done: a status, the key of a message, and its words.

use super::rates::Wait;
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use kernel::Error;
use pages::{Lang, Words};
use serde_json::json;

/// Why nothing came of a request.
pub(super) enum Refusal {
    /// No token, an unknown one, or one of a device that was removed.
    Unknown,
    /// No good invite.
    NoInvite,
    TooMany(Wait),
    TooLarge,
    Fault(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

pub(super) type Answer = Result<Response, Refusal>;

/// The language that a program asks for; Vietnamese where it does not.
pub(super) fn words(headers: &HeaderMap) -> Words {
    let asked =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Words(if asked.trim_start().to_ascii_lowercase().starts_with("en") { Lang::En } else { Lang::Vi })
}

/// Bytes as JSON carries them.
pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

impl Refusal {
    /// Logged here, once, if it is ours.
    pub(super) fn tell(self, w: Words) -> Response {
        let (status, field, key, message) = match self {
            Self::Unknown => {
                let key = "gates-api-unknown-device";
                (StatusCode::UNAUTHORIZED, "token", key, w.gates_api_unknown_device())
            }
            Self::NoInvite => {
                let key = "gates-api-unknown-invite";
                (StatusCode::NOT_FOUND, "invite", key, w.gates_api_unknown_invite())
            }
            Self::TooMany(seconds) => {
                let words = w.gates_api_too_many(seconds.to_string());
                let mut response = told(StatusCode::TOO_MANY_REQUESTS, "", "gates-api-too-many", &words);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                return response;
            }
            Self::TooLarge => {
                let key = "error-sent-too-large";
                (StatusCode::PAYLOAD_TOO_LARGE, "body", key, w.by_key(key))
            }
            Self::Fault(Error::NotFound) => {
                (StatusCode::NOT_FOUND, "", "gates-api-nothing", w.gates_api_nothing())
            }
            Self::Fault(Error::Invalid { field, key }) => {
                (StatusCode::UNPROCESSABLE_ENTITY, field, key, w.by_key(key))
            }
            Self::Fault(Error::Conflict(key)) => (StatusCode::CONFLICT, "", key, w.by_key(key)),
            Self::Fault(error @ Error::Unavailable(_)) => {
                tracing::warn!(%error, "a gate could not be answered");
                let key = "gates-api-unavailable";
                let mut response = told(StatusCode::SERVICE_UNAVAILABLE, "", key, &w.gates_api_unavailable());
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
                return response;
            }
            Self::Fault(error) => {
                tracing::error!(%error, "a gate could not be answered");
                let key = "gates-api-internal";
                (StatusCode::INTERNAL_SERVER_ERROR, "", key, w.gates_api_internal())
            }
        };
        let mut response = told(status, field, key, &message);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn told(status: StatusCode, field: &str, key: &str, message: &str) -> Response {
    let error = json!({ "status": status.as_u16(), "field": field, "key": key, "message": message });
    (status, Json(json!({ "error": error }))).into_response()
}

//! Styles, scripts, fonts and icons, built by `web/` and carried inside the program. Names hold the
//! hash of their content, so a browser may keep them for a year.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
struct Dist;

static MANIFEST: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Dist::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
});

/// The address of an asset by its logical name (`desk.css`).
pub fn asset(name: &str) -> String {
    format!("/assets/{}", MANIFEST.get(name).map_or(name, String::as_str))
}

/// What an asset holds, by its logical name; nothing when there is none.
pub fn content(name: &str) -> Cow<'static, [u8]> {
    let file = MANIFEST.get(name).and_then(|file| Dist::get(file));
    file.map(|file| file.data).unwrap_or_default()
}

/// `GET /assets/{name}`.
pub async fn serve(Path(name): Path<String>) -> Response {
    let Some(file) = Dist::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
    ];
    (headers, file.data.into_owned()).into_response()
}

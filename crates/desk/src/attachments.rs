//! A stored file as the desk hands it out: `?size=thumbnail` asks for the small picture, and what is
//! no picture is saved, never opened in the page's own name.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use kernel::FileId;
use serde::Deserialize;
use town::files::Size;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    size: String,
}

impl Asked {
    pub fn size(&self) -> Size {
        if self.size == "thumbnail" { Size::Thumbnail } else { Size::Whole }
    }
}

/// The answer with the file in it.
pub fn sent(file: FileId, media_type: String, bytes: Vec<u8>) -> Response {
    let disposition = if media_type.starts_with("image/") {
        "inline".to_owned()
    } else {
        format!("attachment; filename=\"{file}.pdf\"")
    };
    ([(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

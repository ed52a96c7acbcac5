//! The body of a form, read so that as little as possible of what somebody typed is lost: bytes that
//! are no text, a photo that is too large or cut off are told beside their field, and the rest stays.

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::header,
};
use futures_util::StreamExt;
use kernel::{Error, FileId};
use pages::{App, Fault, Words, forms::Errors};
use std::collections::BTreeMap;
use store::Cx;
use town::files::{self, MAX_BYTES, Purpose, Vault};

/// A field that holds text, in bytes.
const TEXT: usize = 64 << 10;
/// A body without files, in bytes.
const FORM: usize = 256 << 10;
/// What is read at all, in bytes: beyond what is kept it is thrown away, because a browser that is cut
/// off in the middle of sending shows no page.
const READ: usize = 32 << 20;
const FIELDS: usize = 40;

/// Fields by name, and photos. The last of several fields of one name counts.
#[derive(Default)]
pub struct Answers {
    fields: BTreeMap<String, String>,
    photos: Vec<Photo>,
    /// More came than is kept.
    too_large: bool,
}

enum Photo {
    Whole(Vec<u8>),
    TooLarge,
    /// The body ended in the middle of it.
    Cut,
}

impl Answers {
    /// What came under this name, also when it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Whether any photo came.
    pub(super) fn has_photos(&self) -> bool {
        !self.photos.is_empty()
    }

    fn put(&mut self, name: String, text: String) {
        if self.fields.len() < FIELDS || self.fields.contains_key(&name) {
            self.fields.insert(name, text);
        }
    }

    /// Tells the fields whose bytes were no text.
    pub fn tell_unreadable(&self, words: Words, errors: &mut Errors) {
        for (name, text) in &self.fields {
            if text.contains(char::REPLACEMENT_CHARACTER) {
                errors.add(name, words.by_key("error-text-unreadable"));
            }
        }
    }

    /// Keeps the photos that can be kept, at most `room` of them, and tells at `photo` what is wrong
    /// with the others.
    pub(crate) async fn keep_photos(
        &mut self,
        cx: &mut Cx,
        vault: &Vault,
        purpose: Purpose,
        room: usize,
        words: Words,
        errors: &mut Errors,
    ) -> Result<Vec<FileId>, Error> {
        let mut kept = Vec::new();
        for photo in std::mem::take(&mut self.photos) {
            let bytes = match photo {
                Photo::Whole(_) if kept.len() >= room => {
                    errors.add("photo", words.by_key("error-files-too-many"));
                    continue;
                }
                Photo::Whole(bytes) => bytes,
                Photo::TooLarge => {
                    errors.add("photo", words.by_key("error-file-too-big"));
                    continue;
                }
                Photo::Cut => {
                    errors.add("photo", words.by_key("error-file-broken"));
                    continue;
                }
            };
            match files::keep(cx, vault, bytes, purpose).await {
                Ok(file) => kept.push(file),
                Err(Error::Invalid { key, .. }) => errors.add("photo", words.by_key(key)),
                Err(other) => return Err(other),
            }
        }
        Ok(kept)
    }

    async fn read_form(body: Body) -> Result<Self, Error> {
        let (bytes, too_large) = read(body).await?;
        let mut answers = Self { too_large, ..Self::default() };
        for (name, text) in url::form_urlencoded::parse(&bytes) {
            answers.put(name.into_owned(), text.into_owned());
        }
        Ok(answers)
    }

    async fn read_parts(mut parts: Multipart) -> Result<Self, Error> {
        let (mut answers, mut left) = (Self::default(), READ);
        loop {
            let part = match parts.next_field().await {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(answers),
                Err(_) if answers.fields.is_empty() && answers.photos.is_empty() => return Err(unreadable()),
                // What came before the break still counts.
                Err(_) => {
                    answers.photos.push(Photo::Cut);
                    return Ok(answers);
                }
            };
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let chosen = part.file_name().is_some_and(|name| !name.is_empty());
            let read = read_part(part, if is_file { MAX_BYTES } else { TEXT }, &mut left).await;
            answers.too_large |= read.too_large;
            match (is_file, read) {
                (false, read) => answers.put(name, String::from_utf8_lossy(&read.bytes).into_owned()),
                (true, _) if name != "photo" => {}
                (true, Part { too_large: true, .. }) => answers.photos.push(Photo::TooLarge),
                (true, Part { cut: true, .. }) => answers.photos.push(Photo::Cut),
                // A browser sends an empty part for a file that nobody chose.
                (true, Part { bytes, .. }) if bytes.is_empty() && !chosen => {}
                (true, Part { bytes, .. }) => answers.photos.push(Photo::Whole(bytes)),
            }
            if left == 0 {
                return Ok(answers);
            }
        }
    }
}

struct Part {
    bytes: Vec<u8>,
    too_large: bool,
    cut: bool,
}

/// Reads one part to its end, keeping `most` bytes of it; `left` is what of the body may still be read.
async fn read_part(mut part: Field<'_>, most: usize, left: &mut usize) -> Part {
    let mut read = Part { bytes: Vec::new(), too_large: false, cut: false };
    loop {
        match part.chunk().await {
            Ok(Some(chunk)) => {
                let room = most - read.bytes.len();
                read.too_large |= chunk.len() > room;
                read.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                *left = left.saturating_sub(chunk.len());
                if *left == 0 {
                    read.too_large = true;
                    return read;
                }
            }
            Ok(None) => return read,
            Err(_) => {
                read.cut = true;
                return read;
            }
        }
    }
}

/// The beginning of a body, and whether there was more.
async fn read(body: Body) -> Result<(Vec<u8>, bool), Error> {
    let (mut kept, mut seen) = (Vec::new(), 0);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| unreadable())?;
        seen += chunk.len();
        let room = FORM - kept.len();
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if seen > READ {
            break;
        }
    }
    Ok((kept, seen > FORM))
}

fn unreadable() -> Error {
    Error::invalid("form", "error-form-unreadable")
}

impl FromRequest<App> for Answers {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().trim_start().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, app).await.map_err(|_| unreadable())?;
            Ok(Self::read_parts(parts).await?)
        } else if kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded") {
            Ok(Self::read_form(request.into_body()).await?)
        } else {
            Err(unreadable().into())
        }
    }
}

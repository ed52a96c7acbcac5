//! What a file is, told by its bytes; and what it becomes before it is kept.

use super::{camera::Shot, picture};
use kernel::{Error, Result};

/// Largest file taken, in bytes (8 MiB): a phone's photo fits, a film does not.
pub const MAX_BYTES: usize = 8 << 20;
/// Largest picture decoded, in pixels (40 million, 120 MB in memory): a small file may claim to be huge.
pub const MAX_PIXELS: u64 = 40_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    Webp,
    Pdf,
}

/// A file ready to be kept.
pub(super) struct Content {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
    /// JPEG, at most 640 pixels on its longer side; none for a PDF.
    pub thumbnail: Option<Vec<u8>>,
    /// Width and height of a picture as kept, in pixels.
    pub size: Option<(u32, u32)>,
    pub shot: Shot,
}

/// Tells what the bytes are. Errors on field `file`: `error-file-empty`, `error-file-too-big`,
/// `error-file-heic` (with advice of its own: phones make it by default), `error-file-type`, where a PDF is
/// taken too `error-file-type-or-pdf`.
pub(super) fn sniff(bytes: &[u8], takes_pdf: bool) -> Result<Kind> {
    let refused = |key| Err(Error::invalid("file", key));
    if bytes.is_empty() {
        return refused("error-file-empty");
    }
    if bytes.len() > MAX_BYTES {
        return refused("error-file-too-big");
    }
    match infer::get(bytes).map(|kind| kind.mime_type()) {
        Some("image/jpeg") => Ok(Kind::Jpeg),
        Some("image/png") => Ok(Kind::Png),
        Some("image/webp") => Ok(Kind::Webp),
        Some("application/pdf") => Ok(Kind::Pdf),
        Some("image/heif") => refused("error-file-heic"),
        _ if is_heif_brand(bytes) => refused("error-file-heic"),
        _ if takes_pdf => refused("error-file-type-or-pdf"),
        _ => refused("error-file-type"),
    }
}

/// Brands of HEIF that the sniffer does not name.
fn is_heif_brand(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
        && matches!(bytes.get(8..12), Some(b"mif1" | b"msf1" | b"heim" | b"heis" | b"hevc" | b"hevx"))
}

/// Makes what is kept of a file. Costs up to a second of computing for a large picture.
///
/// Errors on field `file`: those of [`sniff`]; `error-file-broken` (truncated or damaged),
/// `error-file-pixels` (more than [`MAX_PIXELS`]), `error-file-pdf` (a PDF where only pictures are taken).
pub(super) fn prepare(bytes: Vec<u8>, takes_pdf: bool) -> Result<Content> {
    let kind = sniff(&bytes, takes_pdf)?;
    if kind != Kind::Pdf {
        return picture::prepare(kind, &bytes);
    }
    if !takes_pdf {
        return Err(Error::invalid("file", "error-file-pdf"));
    }
    // The end mark stands in the last kilobyte of every whole PDF.
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    if !tail.windows(5).any(|window| window == b"%%EOF") {
        return Err(Error::invalid("file", "error-file-broken"));
    }
    Ok(Content { media_type: "application/pdf", bytes, thumbnail: None, size: None, shot: Shot::default() })
}

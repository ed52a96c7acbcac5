//! Pictures are decoded within limits, turned upright, made smaller and written anew.

use super::{
    camera::Shot,
    content::{Content, Kind, MAX_PIXELS},
};
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use kernel::{Error, Result};
use std::io::Cursor;

/// Longest side kept, in pixels: a house number or a licence plate is still readable.
const LONGEST: u32 = 2560;
const THUMBNAIL: u32 = 640;
/// One side alone may not exceed this, whatever the other is.
const LONGEST_DECODED: u32 = 20_000;
const QUALITY: u8 = 85;
const THUMBNAIL_QUALITY: u8 = 75;

pub(super) fn prepare(kind: Kind, bytes: &[u8]) -> Result<Content> {
    if kind == Kind::Jpeg && !is_whole_jpeg(bytes) {
        return Err(broken());
    }
    let shot = Shot::read(bytes);
    let picture = decode(kind, bytes)?;
    let picture = fit(picture, LONGEST);
    let (media_type, kept) = match kind {
        // Screenshots and plans keep their sharp edges.
        Kind::Png => ("image/png", png(&picture)?),
        _ => ("image/jpeg", jpeg(&picture, QUALITY)?),
    };
    let size = Some((picture.width(), picture.height()));
    let thumbnail = jpeg(&fit(picture, THUMBNAIL), THUMBNAIL_QUALITY)?;
    Ok(Content { media_type, bytes: kept, thumbnail: Some(thumbnail), size, shot })
}

fn broken() -> Error {
    Error::invalid("file", "error-file-broken")
}

fn refusal(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => Error::invalid("file", "error-file-pixels"),
        _ => broken(),
    }
}

fn decode(kind: Kind, bytes: &[u8]) -> Result<DynamicImage> {
    let format = match kind {
        Kind::Png => image::ImageFormat::Png,
        Kind::Webp => image::ImageFormat::WebP,
        _ => image::ImageFormat::Jpeg,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_DECODED);
    limits.max_image_height = Some(LONGEST_DECODED);
    limits.max_alloc = Some(MAX_PIXELS * 8);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(broken());
    }
    // Asked before a single pixel is decoded.
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Error::invalid("file", "error-file-pixels"));
    }
    let orientation = decoder.orientation().map_err(refusal)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether the entropy-coded data reaches its end mark. Decoders fill what is missing with grey,
/// and a half-grey photo would pass for a whole one. Inside coded data `FF D9` cannot occur (each
/// `FF` is followed by `00` there), so the first one after the start of the scan is the end; the
/// thumbnail in the metadata lies in a segment that is skipped.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some([0xFF, marker]) = bytes.get(at..at + 2) else { return false };
        let marker = *marker;
        if marker == 0xFF {
            at += 1;
            continue;
        }
        let Some(length) = bytes.get(at + 2..at + 4) else { return false };
        at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        if marker == 0xDA {
            return bytes.get(at..).is_some_and(|scan| scan.windows(2).any(|pair| pair == [0xFF, 0xD9]));
        }
    }
}

/// The picture itself when it fits, a smaller one otherwise.
fn fit(picture: DynamicImage, longest: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= longest {
        picture
    } else if longest == THUMBNAIL {
        picture.thumbnail(longest, longest)
    } else {
        picture.resize(longest, longest, FilterType::CatmullRom)
    }
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).map_err(Error::internal)?;
    Ok(out.into_inner())
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>> {
    let flat = on_white(picture);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode_image(&flat).map_err(Error::internal)?;
    Ok(out)
}

/// JPEG knows no transparency: what shines through is white paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let picture = picture.to_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (from, to) in picture.pixels().zip(flat.pixels_mut()) {
        let [r, g, b, a] = from.0;
        let mix = |colour: u8| ((u16::from(colour) * u16::from(a) + 255 * (255 - u16::from(a))) / 255) as u8;
        to.0 = [mix(r), mix(g), mix(b)];
    }
    flat
}

//! What a camera wrote into its picture (EXIF 2.3): read once as evidence, then stripped. A sender
//! can forge it, so it is shown as what the device said, never as a fact.

use exif::{Exif, In, Reader, Tag, Value};
use jiff::civil::DateTime;
use std::io::Cursor;

/// When and where a picture says it was taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shot {
    /// By the camera's own clock, which has no time zone.
    pub taken_at: Option<DateTime>,
    /// Latitude and longitude in degrees (WGS 84).
    pub taken_where: Option<(f64, f64)>,
}

impl Shot {
    /// Reads what there is; damaged metadata is no metadata.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let read = Reader::new().continue_on_error(true).read_from_container(&mut Cursor::new(bytes));
        let Ok(exif) = read.or_else(|error| error.distill_partial_result(|_| ())) else {
            return Self::default();
        };
        Self { taken_at: taken_at(&exif), taken_where: taken_where(&exif) }
    }
}

fn taken_at(exif: &Exif) -> Option<DateTime> {
    [Tag::DateTimeOriginal, Tag::DateTimeDigitized, Tag::DateTime].into_iter().find_map(|tag| {
        let Value::Ascii(lines) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
        let text = std::str::from_utf8(lines.first()?).ok()?;
        DateTime::strptime("%Y:%m:%d %H:%M:%S", text.trim()).ok()
    })
}

fn taken_where(exif: &Exif) -> Option<(f64, f64)> {
    let lat = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    let lon = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    // Cameras without a fix write zeros.
    let real = lat.abs() <= 90.0 && lon.abs() <= 180.0 && (lat, lon) != (0.0, 0.0);
    real.then_some((lat, lon))
}

fn degrees(exif: &Exif, tag: Tag, reference: Tag, negative: u8) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let mut degrees = 0.0;
    for (part, unit) in parts.iter().zip([1.0, 60.0, 3600.0]) {
        if part.denom == 0 {
            return None;
        }
        degrees += part.to_f64() / unit;
    }
    let Value::Ascii(letters) = &exif.get_field(reference, In::PRIMARY)?.value else { return None };
    let sign = if letters.first()?.first()?.eq_ignore_ascii_case(&negative) { -1.0 } else { 1.0 };
    Some(sign * degrees)
}

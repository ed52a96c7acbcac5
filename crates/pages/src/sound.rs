//! Sound for a browser: some browsers play nothing that they cannot take in parts.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

/// The file, or the part of it that is asked for.
pub fn wav(headers: &HeaderMap, wav: Vec<u8>) -> Response {
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let kind = (header::CONTENT_TYPE, "audio/wav".to_owned());
    let parts = (header::ACCEPT_RANGES, "bytes".to_owned());
    match asked.and_then(|asked| range(asked, wav.len())) {
        Some((from, to)) => {
            let place = (header::CONTENT_RANGE, format!("bytes {from}-{to}/{}", wav.len()));
            (StatusCode::PARTIAL_CONTENT, [kind, parts, place], wav[from..=to].to_vec()).into_response()
        }
        None => ([kind, parts], wav).into_response(),
    }
}

/// First and last byte of `bytes=0-1` or `bytes=100-`; anything else gets the whole file.
fn range(asked: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let last = length.checked_sub(1)?;
    let from: usize = from.parse().ok()?;
    let to = if to.is_empty() { last } else { to.parse::<usize>().ok()?.min(last) };
    (from <= to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_given_within_the_file_and_the_whole_for_anything_else() {
        for (asked, part) in [
            ("bytes=0-1", Some((0, 1))),
            ("bytes=10-", Some((10, 99))),
            ("bytes=90-500", Some((90, 99))),
            ("bytes=100-", None),
            ("bytes=5-2", None),
            ("bytes=-5", None),
            ("bytes=0-1,5-6", None),
            ("items=0-1", None),
        ] {
            assert_eq!(range(asked, 100), part, "{asked}");
        }
        assert_eq!(range("bytes=0-", 0), None);
    }
}

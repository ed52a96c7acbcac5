//! CSV: encoding, separator and lines as the person sees them.

use std::ops::ControlFlow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1258};
use unicode_normalization::UnicodeNormalization;

use super::header::{SEARCHED_LINES, find};
use super::model::{ColumnMap, Flow, GridLine, Lines, SheetError};
use super::reading::Reading;

const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(super) fn read(bytes: &[u8], map: &ColumnMap<'_>, reading: &mut Reading<'_>) -> Result<(), SheetError> {
    let text = decoded(bytes)?.replace("\r\n", "\n").replace('\r', "\n") + "\n";
    let about = text.trim_end().lines().count();
    reading.begin("", u32::try_from(about).unwrap_or(u32::MAX));
    // A first line "sep=;" tells the spreadsheet its separator and is not shown.
    let marked = text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n'));
    match marked.map(|(mark, body)| (mark.as_bytes(), body)) {
        Some(([separator], body)) => lines(body, *separator, 2, &mut |line| reading.line(line))?,
        _ => lines(&text, separator(&text, map)?, 1, &mut |line| reading.line(line))?,
    }
    reading.end()
}

/// The separator by which most columns are known, or that makes the most columns.
fn separator(text: &str, map: &ColumnMap<'_>) -> Result<u8, SheetError> {
    let mut best = (0, 0, b',');
    let mut refused = None;
    for separator in SEPARATORS {
        let mut sample: Vec<GridLine> = Vec::with_capacity(SEARCHED_LINES);
        let sampled = lines(text, separator, 1, &mut |line| {
            sample.push(line);
            let enough = sample.len() == SEARCHED_LINES;
            Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        // A separator that makes too many columns is the wrong one while another one fits.
        if let Err(error) = sampled {
            refused = refused.or(Some(error));
            continue;
        }
        let known = find(&sample, map).map_or(0, |header| header.score);
        let mut widths: Vec<usize> = sample.iter().map(|line| line.cells.len()).collect();
        widths.sort_unstable();
        let usual = widths.get(widths.len() / 2).copied().unwrap_or(0);
        if (known, usual) > (best.0, best.1) {
            best = (known, usual, separator);
        }
    }
    match refused {
        Some(error) if best.0 == 0 => Err(error),
        _ => Ok(best.2),
    }
}

/// `first_line` is the number of the first line of `text`.
fn lines(
    text: &str,
    separator: u8,
    first_line: u32,
    hand_on: &mut dyn FnMut(GridLine) -> Flow,
) -> Result<(), SheetError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut lines = Lines::new(hand_on);
    let mut record = csv::StringRecord::new();
    // A line break inside a cell is not a new line of the sheet.
    let mut inner_breaks = 0;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(SheetError::new("error-sheet-damaged")),
        }
        // The position is where the reader stood before it passed over empty lines.
        let Some(start) = record.position() else { continue };
        let empty = text.as_bytes()[start.byte() as usize..].iter().take_while(|b| **b == b'\n').count();
        let physical = u32::try_from(start.line() + empty as u64).unwrap_or(u32::MAX);
        let line = physical.saturating_sub(inner_breaks) + (first_line - 1);
        inner_breaks += record.iter().map(|cell| cell.matches('\n').count() as u32).sum::<u32>();
        for (column, cell) in record.iter().enumerate() {
            let damage = swallows_rows(cell, separator, record.len()).then_some("error-cell-quote");
            if lines.put(line, column, cell.to_owned(), damage)?.is_break() {
                return Ok(());
            }
        }
    }
    lines.end().map(drop)
}

/// A quote that was never closed takes the rows after it into its cell.
fn swallows_rows(cell: &str, separator: u8, columns: usize) -> bool {
    let separators = |line: &str| line.bytes().filter(|b| *b == separator).count();
    cell.lines().skip(1).any(|line| separators(line) >= columns.saturating_sub(1).max(2))
}

fn decoded(bytes: &[u8]) -> Result<String, SheetError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return match encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]) {
            Some(text) => plain(text.into_owned()),
            None => Err(broken(&bytes[mark..])),
        };
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => plain(text.into_owned()),
            None => Err(SheetError::new("error-sheet-not-a-table")),
        };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => plain(text.to_owned()),
        Err(_) => windows_1258(bytes),
    }
}

/// ASCII text in UTF-16 without a mark has a zero in every second byte.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(1024) & !1];
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half < 4 || bytes.len() % 2 == 1 {
        return None;
    }
    match (even * 2 > half, odd * 2 > half) {
        (false, true) if even == 0 => Some(UTF_16LE),
        (true, false) if odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The Vietnamese code page of older Windows. Nearly any bytes are text in it, so it is believed only when
/// what comes out is Vietnamese and the file is not UTF-8 with a few bad bytes.
fn windows_1258(bytes: &[u8]) -> Result<String, SheetError> {
    let Some(text) = WINDOWS_1258.decode_without_bom_handling_and_without_replacement(bytes) else {
        return Err(broken(bytes));
    };
    let text: String = text.nfc().collect();
    let (utf8_letters, bad_bytes) = bytes.utf8_chunks().fold((0, 0), |(letters, bad), chunk| {
        let wide = chunk.valid().chars().filter(|c| c.len_utf8() > 1).count();
        (letters + wide, bad + usize::from(!chunk.invalid().is_empty()))
    });
    if utf8_letters >= bad_bytes || !text.chars().all(is_vietnamese) {
        return Err(broken(bytes));
    }
    plain(text)
}

/// ASCII, the marks of typesetting, đ, and vowels that carry only Vietnamese marks (not ÿ or ñ).
fn is_vietnamese(c: char) -> bool {
    if c.is_ascii()
        || matches!(c, 'đ' | 'Đ' | '₫' | '\u{a0}' | '–' | '—' | '‘' | '’' | '“' | '”' | '…' | '°' | '•')
    {
        return true;
    }
    let mut spelled = c.to_lowercase().nfd();
    let vowel = spelled.next().is_some_and(|base| matches!(base, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'));
    // Grave, acute, tilde, hook, dot below; circumflex, breve, horn.
    let marks = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}', '\u{302}', '\u{306}', '\u{31b}'];
    vowel && spelled.all(|mark| marks.contains(&mark))
}

fn broken(bytes: &[u8]) -> SheetError {
    let sound = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let line = bytes[..sound].split(|b| *b == b'\n').count();
    SheetError::with("error-sheet-encoding", "line", line)
}

/// Programs and pictures under a wrong name have bytes no text has.
fn plain(text: String) -> Result<String, SheetError> {
    let foreign = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{1a}');
    if text.chars().any(foreign) {
        return Err(SheetError::new("error-sheet-not-a-table"));
    }
    if text.trim().is_empty() {
        return Err(SheetError::new("error-sheet-empty"));
    }
    Ok(text)
}

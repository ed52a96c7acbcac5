//! Lines of a text: where they break, and how they fill a measure. Lengths are in points.

use crate::face::{Face, Run};

/// How lines stand in their measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
    Centre,
    /// Both edges; the last line to the left.
    Full,
}

/// A line; its runs stand one behind another.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub runs: Vec<Run>,
    pub size: f32,
    /// From the left edge of the measure.
    pub x: f32,
}

impl Line {
    pub(crate) fn width(&self) -> f32 {
        self.runs.iter().map(Run::width).sum::<f32>() * self.size
    }
}

/// A piece of text in one face.
pub(crate) type Piece<'a> = (&'a str, Face);

/// What a line never breaks within.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    face: Face,
    width: f32,
}

impl Word {
    fn new(text: String, face: Face, size: f32) -> Self {
        let width = Run::new(text.clone(), face).width() * size;
        Self { text, face, width }
    }
}

/// Room for the hand: cut where it is too long, not broken.
fn is_dots(text: &str) -> bool {
    text.chars().all(|letter| letter == '…' || letter == '.')
}

fn is_break(letter: char) -> bool {
    // A no-break space keeps a number with its unit.
    matches!(letter, ' ' | '\n' | '\r' | '\t')
}

/// The words of a text, each no wider than `width`.
fn words(pieces: &[Piece<'_>], size: f32, width: f32) -> Vec<Word> {
    let mut words = Vec::new();
    for (text, face) in pieces {
        for word in text.split(is_break) {
            let clean: String = word.chars().filter(|letter| !letter.is_control()).collect();
            if clean.is_empty() {
                continue;
            }
            let word = Word::new(clean, *face, size);
            if word.width <= width {
                words.push(word);
            } else {
                parted(word, size, width, &mut words);
            }
        }
    }
    words
}

/// Parts a word that no line holds, after a stroke where it has one: an address of the web, a row of dots.
fn parted(word: Word, size: f32, width: f32, words: &mut Vec<Word>) {
    let dots = is_dots(&word.text);
    let mut rest = word.text;
    loop {
        let mut most = Run::new(rest.clone(), word.face).most(width / size);
        if most == rest.len() {
            words.push(Word::new(rest, word.face, size));
            return;
        }
        // Without the next letter beside it the last one may measure a hair more.
        while let Some(last) = rest[..most].chars().next_back()
            && last.len_utf8() < most
            && Word::new(rest[..most].to_owned(), word.face, size).width > width
        {
            most -= last.len_utf8();
        }
        let at = rest[..most].rfind(['/', '-', '?', '&']).map_or(most, |stroke| stroke + 1);
        let next = rest.split_off(at);
        words.push(Word::new(std::mem::replace(&mut rest, next), word.face, size));
        if dots {
            return;
        }
    }
}

/// The widest word and the whole on one line, in sizes of the letters.
pub(crate) fn extent(text: &str, face: Face) -> (f32, f32) {
    let words = words(&[(text, face)], 1.0, f32::INFINITY);
    let widest = words.iter().map(|word| if is_dots(&word.text) { 0.0 } else { word.width });
    (widest.fold(0.0, f32::max), set(words, 1.0).map_or(0.0, |line| line.width()))
}

/// The lines of a text in a measure; the first begins `indent` to the right.
pub(crate) fn broken(pieces: &[Piece<'_>], size: f32, width: f32, indent: f32, align: Align) -> Vec<Line> {
    let words = words(pieces, size, width - indent);
    let space = |face| Run::new(" ".to_owned(), face).width() * size;
    let gaps: Vec<f32> = words.iter().map(|word| space(word.face)).collect();
    let mut rows = rows(&words, &gaps, width, indent);
    if align == Align::Centre && rows.len() > 1 {
        rows = even(&words, &gaps, width, rows);
    }
    let last = rows.len().saturating_sub(1);
    let mut words = words.into_iter();
    let lines = rows.into_iter().enumerate().filter_map(|(at, n)| {
        let indent = if at == 0 { indent } else { 0.0 };
        let line = set(words.by_ref().take(n).collect(), size)?;
        Some(aligned(line, width, indent, align, at == last))
    });
    lines.collect()
}

/// How many words each line takes.
fn rows(words: &[Word], gaps: &[f32], width: f32, indent: f32) -> Vec<usize> {
    let mut rows: Vec<usize> = Vec::new();
    let mut filled = indent;
    for (at, word) in words.iter().enumerate() {
        let gap = if at == 0 { 0.0 } else { gaps[at - 1] };
        match rows.last_mut() {
            Some(n) if filled + gap + word.width <= width => {
                filled += gap + word.width;
                *n += 1;
            }
            _ => {
                filled = word.width + if rows.is_empty() { indent } else { 0.0 };
                rows.push(1);
            }
        }
    }
    rows
}

/// As many lines, of about one length: a title whose last word stands alone reads badly.
fn even(words: &[Word], gaps: &[f32], width: f32, mut best: Vec<usize>) -> Vec<usize> {
    const STEPS: u8 = 24;
    let least = words.iter().map(|word| word.width).fold(0.0, f32::max);
    for step in 1..STEPS {
        let tried = width * (1.0 - f32::from(step) / f32::from(STEPS));
        let rows = rows(words, gaps, tried, 0.0);
        if tried < least || rows.len() > best.len() {
            break;
        }
        best = rows;
    }
    best
}

/// One line of these words.
fn set(words: Vec<Word>, size: f32) -> Option<Line> {
    let mut texts: Vec<(String, Face)> = Vec::new();
    for word in words {
        match texts.last_mut() {
            Some((text, face)) if *face == word.face => {
                text.push(' ');
                text.push_str(&word.text);
            }
            Some((text, _)) => {
                text.push(' ');
                texts.push((word.text, word.face));
            }
            None => texts.push((word.text, word.face)),
        }
    }
    let runs: Vec<Run> = texts.into_iter().map(|(text, face)| Run::new(text, face)).collect();
    (!runs.is_empty()).then_some(Line { runs, size, x: 0.0 })
}

fn aligned(mut line: Line, width: f32, indent: f32, align: Align, last: bool) -> Line {
    let over = width - indent - line.width();
    let spaces: usize = line.runs.iter().map(Run::spaces).sum();
    line.x = indent;
    // Pairs of letters and spaces may make a line a hair wider than its words: its spaces give.
    if spaces > 0 && (over < 0.0 || (align == Align::Full && !last)) {
        let by = over / spaces as f32 / line.size;
        line.runs.iter_mut().for_each(|run| run.widen(by));
        return line;
    }
    match align {
        Align::Left | Align::Full => {}
        Align::Right => line.x += over,
        Align::Centre => line.x += over / 2.0,
    }
    line
}

//! Our own answers, sent back: by a machine, or by somebody who pressed the wrong key. They name danger and mean
//! nothing. Only the whole text is one: whoever adds a word says something.

use super::{
    law::{Phrase, are},
    model::Meant,
    reply,
};
use kernel::syllables::{Syllable, clauses};
use std::sync::LazyLock;

/// Stand for what differs from answer to answer.
const STATION: &str = "\u{1}";
const MEDICAL: &str = "\u{2}";
/// Syllables of the longest name of a station.
const LONGEST: usize = 12;

enum Piece {
    Words(Phrase),
    Station,
    Number,
}

static ANSWERS: LazyLock<Vec<Vec<Piece>>> = LazyLock::new(|| {
    [Meant::Danger, Meant::CallBack, Meant::Stop, Meant::Resume]
        .into_iter()
        .flat_map(|meant| [None, Some(STATION)].map(|station| reply::words(meant, station, MEDICAL)))
        .map(|answer| pieces(&answer))
        .collect()
});

fn pieces(answer: &str) -> Vec<Piece> {
    answer
        .split_inclusive(['\u{1}', '\u{2}'])
        .flat_map(|part| {
            let words = clauses(part).concat();
            let gap = if part.ends_with(STATION) {
                Some(Piece::Station)
            } else {
                part.ends_with(MEDICAL).then_some(Piece::Number)
            };
            (!words.is_empty()).then_some(Piece::Words(words)).into_iter().chain(gap)
        })
        .collect()
}

/// Whether a text is one of our answers, whole.
pub(super) fn is_ours(words: &str) -> bool {
    let said = clauses(words).concat();
    ANSWERS.iter().any(|answer| fits(&said, answer))
}

fn fits(said: &[Syllable], answer: &[Piece]) -> bool {
    let Some((piece, rest)) = answer.split_first() else { return said.is_empty() };
    match piece {
        Piece::Words(words) => said
            .split_at_checked(words.len())
            .is_some_and(|(head, tail)| are(head, words) && fits(tail, rest)),
        Piece::Number => said.split_first().is_some_and(|(one, tail)| {
            one.letters().bytes().all(|digit| digit.is_ascii_digit()) && fits(tail, rest)
        }),
        // A station's name begins as ours do; a sentence of somebody's does not.
        Piece::Station => {
            said.first().is_some_and(|one| matches!(one.letters(), "tram" | "tyt" | "trung"))
                && (1..=LONGEST.min(said.len())).any(|length| fits(&said[length..], rest))
        }
    }
}

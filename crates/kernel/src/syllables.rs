//! Vietnamese as people type it in a text: with all its marks, with some, with none, the tone on either
//! vowel. A syllable that is written with marks means what they say (`tìm tại` is no `tím tái`); one that is
//! written without any may mean every word of these letters.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Tones as NFD writes them: level has none. `ngã` is kept as `hỏi`, as the South speaks, and writes.
const GRAVE: char = '\u{300}';
const ACUTE: char = '\u{301}';
const TILDE: char = '\u{303}';
const HOOK: char = '\u{309}';
const DOT: char = '\u{323}';

/// One syllable: its letters without marks, its tone, its other marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Syllable {
    letters: String,
    tone: Option<char>,
    marks: String,
}

impl Syllable {
    /// Lower case, no marks.
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// Whether it was written without any mark.
    pub fn is_plain(&self) -> bool {
        self.tone.is_none() && self.marks.is_empty()
    }

    /// Whether what was typed may be `meant`: the same letters, and no mark that `meant` has not.
    pub fn may_be(&self, meant: &Self) -> bool {
        self.letters == meant.letters
            && (self.tone.is_none() || self.tone == meant.tone)
            && self.marks.chars().all(|mark| meant.marks.contains(mark))
    }

    fn push(&mut self, c: char) {
        match c {
            GRAVE | ACUTE | HOOK | DOT => self.tone = Some(c),
            TILDE => self.tone = Some(HOOK),
            'đ' => {
                self.letters.push('d');
                self.marks.push(c);
            }
            _ if is_combining_mark(c) => self.marks.push(c),
            _ => self.letters.push(c),
        }
    }
}

/// The syllables of a text, by its clauses: what a comma, a stop or a new line divides belongs to two; what a
/// hyphen or a quotation mark divides, to one.
pub fn clauses(text: &str) -> Vec<Vec<Syllable>> {
    let mut clauses = Vec::new();
    let mut clause = Vec::new();
    let mut syllable = Syllable::default();
    for c in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if c.is_alphanumeric() || is_combining_mark(c) {
            syllable.push(c);
            continue;
        }
        if !syllable.letters.is_empty() {
            clause.push(std::mem::take(&mut syllable));
        }
        let within = (c.is_whitespace() && !matches!(c, '\n' | '\r')) || "-_/\\'\"*".contains(c);
        if !within && !clause.is_empty() {
            clauses.push(std::mem::take(&mut clause));
        }
    }
    if !syllable.letters.is_empty() {
        clause.push(syllable);
    }
    if !clause.is_empty() {
        clauses.push(clause);
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn may_be(typed: &str, meant: &str) -> bool {
        let (typed, meant) = (clauses(typed).concat(), clauses(meant).concat());
        typed.len() == meant.len() && typed.iter().zip(&meant).all(|(one, other)| one.may_be(other))
    }

    #[test]
    fn every_way_of_typing_a_word_may_be_it() {
        for typed in
            ["Khó thở", "KHO THO", "kho\u{301} tho\u{31b}\u{309}", "khó tho", "kho thở", "khó-thở", "khó thỡ"]
        {
            assert!(may_be(typed, "khó thở"), "{typed}");
        }
        assert!(may_be("hoà", "hòa") && may_be("Ngộp tho", "ngộp thở") && may_be("dung goi", "đừng gọi"));
    }

    #[test]
    fn a_word_with_other_marks_is_another_word() {
        for (typed, meant) in
            [("tìm tại", "tím tái"), ("có giặt", "co giật"), ("đúng", "dừng"), ("khổ", "khó"), ("thô", "thở")]
        {
            assert!(!may_be(typed, meant), "{typed}");
        }
        assert!(!may_be("dừng", "dưng"), "a tone that the word has not");
    }

    #[test]
    fn commas_stops_and_lines_end_a_clause() {
        let counted = |text: &str| clauses(text).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(counted("không sốt, khó thở"), [2, 2]);
        assert_eq!(counted("Khó thở!!!\n\nGọi giúp"), [2, 2]);
        assert_eq!(counted("khó \"thở\" […] ho/sốt"), [2, 2]);
        assert_eq!(counted(" … ,"), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            for syllable in clauses(&text).concat() {
                prop_assert!(syllable.may_be(&syllable));
            }
        }
    }
}

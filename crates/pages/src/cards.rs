//! Why a card has its colour, and what its holder does next, in words.

use crate::Words;
use health::cards::{Figure, Reason};

/// A reason as a line: codes in it (a colour, a scope, a kind) in words too.
pub fn reason(w: Words, reason: &Reason) -> String {
    let figures = reason.figures.iter().map(|(name, figure)| (*name, figure_of(w, name, figure)));
    // A place that asks for a colour names no scope.
    w.by_key_with(reason.key, figures).trim().to_owned()
}

/// "xanh", "đầy đủ": a code of a card in words; nothing for none.
pub fn code(w: Words, group: &str, code: &str) -> String {
    if code.is_empty() {
        String::new()
    } else {
        w.by_key(&format!("gate-{group}-{}", code.replace('_', "-")))
    }
}

fn figure_of(w: Words, name: &str, figure: &Figure) -> String {
    match (name, figure) {
        ("colour" | "scope" | "kind", Figure::Text(text)) => code(w, name, text),
        (_, Figure::Text(text)) => text.clone(),
        (_, Figure::Number(number)) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use health::cards::{Colour, NEXT, OWN, REASONS};
    use pass::{Force, Kind};

    /// With every figure that a reason may have.
    fn whole(key: &'static str) -> Reason {
        let numbers = ["needs", "has", "dose"].into_iter();
        let reason = numbers.fold(Reason::new(key), |reason, name| reason.number(name, 14));
        let reason = reason.text("colour", "green").text("scope", "").text("kind", "household");
        reason.text("day", "05/10/2021").text("until", "05/10/2021")
    }

    #[test]
    fn every_key_has_its_words_in_both_languages() {
        for lang in [Lang::Vi, Lang::En] {
            for key in REASONS.into_iter().chain(OWN).chain(NEXT) {
                let words = reason(Words(lang), &whole(key));
                assert!(words != key && !words.contains(['{', '$']), "{words}");
            }
            let said =
                |group, word: &str| assert!(!code(Words(lang), group, word).starts_with("gate-"), "{word}");
            for colour in Colour::ALL {
                said("colour", colour.as_str());
            }
            for kind in Kind::ALL {
                said("kind", kind.name());
            }
            for force in Force::ALL {
                said("force", &force.number().to_string());
            }
        }
    }

    #[test]
    fn a_person_is_told_the_day() {
        let w = Words(Lang::Vi);
        let next = Reason::new("card-next-lacks-days-since-dose-on");
        let next = next.number("needs", 14).number("dose", 2).text("day", "05/10/2021");
        assert_eq!(reason(w, &next), "Đủ 14 ngày sau mũi 2 vào ngày 05/10/2021.");
        let asks = Reason::new("gate-place-asks").text("colour", "green");
        assert_eq!(reason(w, &asks.clone().text("scope", "")), "Nơi này cần thẻ xanh");
        assert_eq!(reason(w, &asks.text("scope", "full")), "Nơi này cần thẻ xanh đầy đủ");
    }
}

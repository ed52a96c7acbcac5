//! The words of the app's script, with the places of their figures left open: its own, every reason that a
//! verdict may give, and what the rules call by a code word.

use health::checkins::REASONS;
use pages::Words;
use serde_json::{Map, Value};

/// The app's own messages begin so, and those for the code words of colours, scopes and kinds.
const BEGINNINGS: [&str; 4] = ["gate-app-", "gate-colour-", "gate-scope-", "gate-kind-"];

/// `{"gate-expired": "…", "gate-lacks-doses": "… {needs} …"}`.
pub(super) fn block(w: Words) -> String {
    let all = BEGINNINGS.into_iter().flat_map(Words::keys).chain(REASONS);
    let words: Map<String, Value> =
        all.filter_map(|key| Some((key.to_owned(), w.template(key)?.into()))).collect();
    Value::Object(words).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pages::Lang;
    use std::collections::BTreeSet;

    const LISTED: &str = include_str!("../../../../web/src/gate/reasons.ts");

    #[test]
    fn every_reason_of_the_app_is_listed_and_has_words_in_both_languages() {
        let named: BTreeSet<&str> = LISTED.split('"').filter(|word| word.starts_with("gate-")).collect();
        // The last stands for what a newer app says.
        let [known @ .., "gate-other"] = &REASONS else { panic!("{REASONS:?}") };
        assert_eq!(named, known.iter().copied().collect());
        for lang in [Lang::Vi, Lang::En] {
            let missing: Vec<_> = known.iter().filter(|key| Words(lang).template(key).is_none()).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", lang.as_str());
        }
    }

    #[test]
    fn a_colour_and_a_kind_of_pass_have_a_word_of_people() {
        let words: Value = serde_json::from_str(&block(Words(Lang::Vi))).unwrap();
        for key in ["gate-colour-green", "gate-colour-yellow", "gate-kind-person", "gate-kind-business"] {
            assert!(words[key].is_string(), "{key}");
        }
    }

    #[test]
    fn a_word_leaves_its_figures_open() {
        let words: Value = serde_json::from_str(&block(Words(Lang::Vi))).unwrap();
        assert_eq!(words["gate-app-full"], "Đã đủ người: {inside}/{limit}. Chờ có người ra.");
        assert_eq!(words["gate-app-colour-green"], "XANH");
    }
}

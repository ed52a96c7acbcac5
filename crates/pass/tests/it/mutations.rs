//! Every text of the vectors, bent in every way a camera, a finger or a forger can: each gets a
//! verdict, none a better one.

use crate::vectors::{Vector, keys, load};
use jiff::Timestamp;
use pass::{Keys, TrustList, Verdict, Verifier, inspect, read};
use proptest::{prelude::*, sample::Index};
use std::sync::LazyLock;

struct Known {
    text: String,
    now: Timestamp,
    verdict: Verdict,
}

static CORPUS: LazyLock<(Keys, Vec<Known>)> = LazyLock::new(|| {
    let mut corpus = Vec::new();
    let mut trusted = Keys::default();
    for file in ["pass.json", "hcert.json"] {
        for vector in load::<Vec<Vector>>(file) {
            let now = vector.now.parse().unwrap();
            trusted = keys(&vector.root, &vector.trust, now);
            let verdict = Verifier::default().verify(&vector.text, &trusted, now);
            corpus.push(Known { text: vector.text, now, verdict });
        }
    }
    (trusted, corpus)
});

#[derive(Debug, Clone)]
enum Bend {
    Cut(Index),
    CutFront(Index),
    Flip(Index, u8),
    Insert(Index, char),
    Replace(Index, char),
    Swap(Index),
    Twice,
}

fn bend() -> impl Strategy<Value = Bend> {
    let letter = || prop_oneof!["[0-9A-Z $%*+./:-]", "\\PC"].prop_map(|text| text.chars().next().unwrap());
    prop_oneof![
        any::<Index>().prop_map(Bend::Cut),
        any::<Index>().prop_map(Bend::CutFront),
        (any::<Index>(), 0..7u8).prop_map(|(at, bit)| Bend::Flip(at, bit)),
        (any::<Index>(), letter()).prop_map(|(at, letter)| Bend::Insert(at, letter)),
        (any::<Index>(), letter()).prop_map(|(at, letter)| Bend::Replace(at, letter)),
        any::<Index>().prop_map(Bend::Swap),
        Just(Bend::Twice),
    ]
}

fn bent(text: &str, bend: &Bend) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let length = letters.len();
    if length < 2 {
        return text.to_owned();
    }
    match bend {
        Bend::Cut(at) => letters.truncate(at.index(length)),
        Bend::CutFront(at) => drop(letters.drain(..at.index(length))),
        Bend::Flip(at, bit) => {
            let letter = &mut letters[at.index(length)];
            *letter = char::from_u32(u32::from(*letter) ^ 1 << bit).unwrap_or('0');
        }
        Bend::Insert(at, letter) => letters.insert(at.index(length), *letter),
        Bend::Replace(at, letter) => letters[at.index(length)] = *letter,
        Bend::Swap(at) => {
            let at = at.index(length - 1);
            letters.swap(at, at + 1);
        }
        Bend::Twice => letters.extend_from_within(..),
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_bent_text_gets_a_verdict_and_never_a_better_one(
        which: Index,
        bends in prop::collection::vec(bend(), 1..4),
    ) {
        let (keys, corpus) = &*CORPUS;
        let known = which.get(corpus);
        let text = bends.iter().fold(known.text.clone(), |text, bend| bent(&text, bend));
        let verdict = Verifier::default().verify(&text, keys, known.now);
        let _ = (read(&text), inspect(&text));
        if verdict.is_good() {
            prop_assert!(known.verdict.is_good(), "{}", text);
            prop_assert_eq!(&verdict.claims, &known.verdict.claims);
        }
    }

    #[test]
    fn any_bytes_get_a_verdict(prefix in "(VX1:|HC1:)", bytes: Vec<u8>) {
        let (keys, corpus) = &*CORPUS;
        let text = crate::craft::coded(&prefix, &bytes);
        prop_assert!(!Verifier::default().verify(&text, keys, corpus[0].now).is_good());
        let packed = crate::craft::coded(&prefix, &crate::craft::zlib(&bytes));
        prop_assert!(!Verifier::default().verify(&packed, keys, corpus[0].now).is_good());
    }

    #[test]
    fn a_list_with_a_bit_turned_is_not_believed(at: Index, bit in 0..8u8) {
        let vector = &load::<Vec<Vector>>("pass.json")[0];
        let mut list = crate::vectors::bytes(&vector.trust);
        let root = pass::PublicKey::read(&crate::vectors::bytes(&vector.root)).unwrap();
        let now = vector.now.parse().unwrap();
        prop_assert!(TrustList::read(&list, &root, now).is_ok());
        let at = at.index(list.len());
        list[at] ^= 1 << bit;
        prop_assert!(TrustList::read(&list, &root, now).is_err(), "byte {} bit {}", at, bit);
    }
}

/// One verifier keeps nothing of a text for the next one.
#[test]
fn a_verifier_that_has_seen_everything_judges_as_a_new_one() {
    let (keys, corpus) = &*CORPUS;
    let mut worn = Verifier::default();
    for known in corpus.iter().chain(corpus.iter().rev()) {
        assert_eq!(worn.verify(&known.text, keys, known.now), known.verdict, "{}", known.text);
    }
}

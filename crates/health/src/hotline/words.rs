//! What the hotline says. The voice speaks Vietnamese; names and addresses of people are never in it,
//! except the given names of a household whose code has been pressed.

use super::model::Topic;
use duty::prompts::Say;
use jiff::SignedDuration;
use kernel::Phone;

/// How long an answer by one key is waited for.
pub(super) const ONE_KEY: SignedDuration = SignedDuration::from_secs(6);
/// How long the next key of a number or code is waited for.
pub(super) const MORE_KEYS: SignedDuration = SignedDuration::from_secs(8);
/// How long somebody whose telephone rang is waited for to press the key that takes the call: it has to come
/// off his ear first.
pub(super) const TAKEN_WITHIN: SignedDuration = SignedDuration::from_secs(8);

/// A piece by its key.
pub(super) fn piece(key: &str) -> Say {
    Say::clip(key)
}

/// Several pieces after each other.
pub(super) fn all(keys: &[&str]) -> Vec<Say> {
    keys.iter().map(|key| piece(key)).collect()
}

/// The name of the centre, that it records, and the menu.
pub(super) fn welcome(centre: &str, closed: bool) -> Vec<Say> {
    let mut says = vec![
        Say::together([piece("hotline.line_of"), Say::text(centre)]),
        piece("hotline.welcome"),
        piece("hotline.recorded"),
    ];
    if closed {
        says.push(piece("hotline.closed"));
    }
    says.push(piece("hotline.menu"));
    says
}

/// What can be done instead of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// Nothing: in an emergency nobody is led away from the line.
    Nothing,
    CallBack,
    /// A message too.
    Message,
}

/// The place in the line, and what can be done instead of waiting.
pub(super) fn place(place: usize, anybody: bool, instead: Instead) -> Vec<Say> {
    let mut says = Vec::new();
    if anybody {
        let number = Say::Number(i64::try_from(place).unwrap_or(i64::MAX));
        let place = vec![piece("hotline.queue"), number];
        says.push(Say::Together { says: place, instead: Some("hotline.connecting") });
    } else {
        says.push(piece("hotline.nobody"));
    }
    says.extend(match instead {
        Instead::Nothing => None,
        Instead::CallBack => Some(piece("hotline.ask_back")),
        Instead::Message => Some(piece("hotline.leave")),
    });
    says
}

/// What an operator hears before he hears the caller.
pub(super) fn topic(topic: Topic) -> Say {
    piece(match topic {
        Topic::Emergency => "hotline.about_emergency",
        Topic::Symptoms => "hotline.about_symptoms",
        Topic::Report => "hotline.about_report",
        Topic::Support => "hotline.about_support",
        Topic::Record => "hotline.about_record",
        Topic::Person => "hotline.about_person",
    })
}

/// The same, and by what key he takes the call: a machine that answers presses none.
pub(super) fn offered(about: Topic) -> Vec<Say> {
    vec![topic(about), piece("hotline.take")]
}

/// That somebody is called back at a number that he has pressed himself.
pub(super) fn will_call(number: &Phone) -> Vec<Say> {
    let number = Say::Phone(number.to_string());
    vec![Say::together([piece("hotline.will_call"), number]), piece("hotline.thanks")]
}

/// Between two choices that are read out.
const BETWEEN: SignedDuration = SignedDuration::from_millis(300);

/// The choices, counted from 1. A key whose choice cannot be said is not said either.
pub(super) fn choose(key: &str, names: &[Say]) -> Vec<Say> {
    let mut says = vec![piece(key)];
    for (name, number) in names.iter().zip(1..) {
        says.push(Say::together([name.clone(), piece("hotline.press"), Say::Number(number)]));
        says.push(Say::Pause(BETWEEN));
    }
    if names.len() > 9 {
        says.push(piece("hotline.end_with_hash"));
    }
    says
}

/// What a household hears of one of its own: nothing of whom it cannot hear by name.
pub(super) fn own(name: &str, day: i32, days: i32, owed: bool) -> Say {
    Say::together([
        Say::Name(name.to_owned()),
        piece("hotline.day"),
        Say::Number(day.into()),
        piece("hotline.of_days"),
        Say::Number(days.into()),
        piece(if owed { "hotline.owes_entry" } else { "hotline.has_entered" }),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(say: &Say) -> &[Say] {
        match say {
            Say::Together { says, .. } => says,
            other => std::slice::from_ref(other),
        }
    }

    #[test]
    fn a_place_is_told_only_where_somebody_is_there_to_answer() {
        let says = place(3, true, Instead::Message);
        assert_eq!((says.len(), together(&says[0])[1].clone()), (2, Say::Number(3)));
        let nobody = place(1, false, Instead::CallBack);
        assert!(nobody.iter().flat_map(together).all(|say| !matches!(say, Say::Number(_))));
        assert_eq!(place(1, true, Instead::Nothing).len(), 1);
    }

    #[test]
    fn names_and_numbers_of_people_are_said_as_such() {
        assert!(matches!(together(&own("Bích", 3, 14, true))[0], Say::Name(_)));
        let number = Phone::parse("0903123456").unwrap();
        assert!(will_call(&number).iter().flat_map(together).any(|say| matches!(say, Say::Phone(_))));
    }

    #[test]
    fn ten_choices_and_more_end_with_a_key() {
        let names: Vec<Say> = (1..=10).map(|n| Say::text(format!("Phường {n}"))).collect();
        assert_eq!(choose("hotline.ward", &names).len(), 22);
        let two = choose("hotline.ward", &names[..2]);
        assert_eq!((two.len(), together(&two[3])[2].clone()), (5, Say::Number(2)));
    }
}

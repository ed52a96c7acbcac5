//! What somebody does next to get a better card, and the day on which his own changes by itself.

use super::{
    law::{self, Law},
    model::{Colour, Known},
    pack::Pack,
    reasons::{self as keys, Reason},
    ruling::{Facts, held, nearest},
};
use jiff::{Span, civil::Date};

/// Days that are looked ahead: longer than any dose or recovery counts.
const AHEAD: i32 = 400;

/// The first day on which a card has another colour, with nothing new of its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub on: Date,
    pub colour: Colour,
}

pub(super) fn turn(laws: &[Law], known: &Known, day: Date) -> Option<Turn> {
    let now = colour(laws, known, day);
    let mut on = day;
    for _ in 0..AHEAD {
        on = on.tomorrow().ok()?;
        let colour = colour(laws, known, on);
        if colour != now {
            return Some(Turn { on, colour });
        }
    }
    None
}

fn colour(laws: &[Law], known: &Known, day: Date) -> Colour {
    let card = law::on(laws, day).and_then(|law| {
        let held = held(&law.pack, &Facts::new(&law.pack, known, day)).ok()?;
        Some(held.card.colour)
    });
    card.unwrap_or(Colour::Red)
}

/// What is to be done for the green card nearest to him that stands before the one he has; nothing where he
/// has the best.
pub(super) fn steps(pack: &Pack, known: &Known, day: Date) -> Vec<Reason> {
    let facts = Facts::new(pack, known, day);
    let place = held(pack, &facts).map_or(pack.cards.len(), |held| held.place);
    let better = &pack.cards[..place];
    let green = |cards: &[super::CardRule]| {
        cards.iter().any(|card| card.colour == Colour::Green && facts.may_have(card))
    };
    if place < pack.cards.len() && !green(better) {
        return Vec::new();
    }
    let lacks = nearest(better, &facts, |card| card.colour == Colour::Green);
    let more_doses = lacks.iter().any(|lack| lack.key == keys::LACKS_DOSES);
    lacks.iter().filter_map(|lack| step(lack, known, more_doses)).collect()
}

/// In the person's words; `more_doses`: the days count from a dose that he has not had yet.
fn step(lack: &Reason, known: &Known, more_doses: bool) -> Option<Reason> {
    let needs = lack.figure("needs").unwrap_or(0);
    let from = |day: Option<Date>| {
        let span = Span::new().try_days(needs).ok()?;
        day?.checked_add(span).ok()
    };
    let next = |key| Reason::new(key).number("needs", needs);
    Some(match lack.key {
        keys::LACKS_DOSES => next(keys::NEXT_LACKS_DOSES),
        keys::LACKS_DAYS_SINCE_DOSE => match from(known.last_dose).filter(|_| !more_doses) {
            Some(day) => next(keys::NEXT_DAYS_SINCE_DOSE_ON)
                .number("dose", known.doses.map_or(1, i64::from))
                .day("day", day),
            None => next(keys::NEXT_DAYS_SINCE_DOSE),
        },
        keys::LACKS_RECENT_DOSE => next(keys::NEXT_RECENT_DOSE),
        keys::LACKS_NEGATIVE_TEST => next(keys::NEXT_NEGATIVE_TEST),
        keys::LACKS_DAYS_SINCE_RECOVERY => match from(known.recovered) {
            Some(day) => next(keys::NEXT_DAYS_SINCE_RECOVERY_ON).day("day", day),
            None => next(keys::NEXT_DAYS_SINCE_RECOVERY),
        },
        keys::LACKS_RECENT_RECOVERY => next(keys::NEXT_RECENT_RECOVERY),
        keys::NO_CARD_FOR_KIND => Reason::new(keys::NEXT_NO_CARD_FOR_KIND),
        _ => return None,
    })
}

/// When the card changes, in words.
pub(super) fn told(now: Colour, turn: Turn) -> Option<Reason> {
    if turn.colour < now {
        return Some(Reason::new(keys::NEXT_TURNS).day("day", turn.on).text("colour", turn.colour.as_str()));
    }
    let last = turn.on.yesterday().ok()?;
    Some(Reason::new(keys::NEXT_LASTS).day("day", last).text("colour", now.as_str()))
}

//! Which colour somebody has at a gate, from facts and the pack of the day. Pure, and the same as
//! `web/src/gate/rules.ts`.

use super::{
    model::{Colour, Known, Place},
    pack::{Accepted, CardRule, Condition, Line, Pack, PlaceRule},
    reasons::{self as keys, Reason},
};
use jiff::civil::Date;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// What the guard sees.
    pub colour: Colour,
    /// The person's own card, which the place may not accept.
    pub card: Colour,
    pub scope: Option<String>,
    pub reasons: Vec<Reason>,
    /// The version of the pack that has decided.
    pub rules: String,
}

/// The verdict at a gate.
pub fn rule(pack: &Pack, known: &Known, place: &Place, day: Date) -> Ruling {
    let facts = Facts::new(pack, known, day);
    let rules = pack.version.clone();
    let Held { card, met, .. } = match held(pack, &facts) {
        Ok(held) => held,
        Err(reasons) => {
            return Ruling { colour: Colour::Red, card: Colour::Red, scope: None, reasons, rules };
        }
    };
    let (colour, reasons) = at_place(pack, card, met, &facts, place);
    Ruling { colour, card: card.colour, scope: card.scope.clone(), reasons, rules }
}

/// How many may be inside at once; none for as many as come.
pub fn limit_of(pack: &Pack, place: &Place) -> Option<i64> {
    let here = rule_of(pack, place);
    let share = here.and_then(|rule| rule.share_at_most).unwrap_or(1.0);
    let room = place.capacity.map(|capacity| (f64::from(capacity) * share).floor() as i64);
    room.into_iter().chain(here.and_then(|rule| rule.people_at_most)).min()
}

/// Whether nobody may come in.
pub fn is_closed(pack: &Pack, place: &Place) -> bool {
    rule_of(pack, place).is_some_and(|rule| rule.accepts.is_empty())
}

/// The card that somebody has.
pub(super) struct Held<'a> {
    pub card: &'a CardRule,
    /// The first of its conditions that holds.
    pub met: &'a Condition,
    /// Among the cards of the pack.
    pub place: usize,
}

/// The card of somebody, or what is missing for the nearest.
pub(super) fn held<'a>(pack: &'a Pack, facts: &Facts<'_>) -> Result<Held<'a>, Vec<Reason>> {
    for (place, card) in pack.cards.iter().enumerate().filter(|(_, card)| facts.may_have(card)) {
        if let Some(met) = card.any.iter().find(|condition| facts.lacking(condition).is_empty()) {
            return Ok(Held { card, met, place });
        }
    }
    Err(nearest(&pack.cards, facts, |_| true))
}

/// What is missing for the nearest of these cards.
pub(super) fn nearest(cards: &[CardRule], facts: &Facts<'_>, of: impl Fn(&CardRule) -> bool) -> Vec<Reason> {
    let cards = cards.iter().filter(|card| facts.may_have(card) && of(card));
    let lacks = cards.flat_map(|card| &card.any).map(|condition| facts.lacking(condition));
    let none = || vec![Reason::new(keys::NO_CARD_FOR_KIND).text("kind", facts.known.kind.name())];
    lacks.min_by_key(|lacks| way(lacks)).unwrap_or_else(none)
}

fn at_place(
    pack: &Pack,
    card: &CardRule,
    met: &Condition,
    facts: &Facts<'_>,
    place: &Place,
) -> (Colour, Vec<Reason>) {
    let Some(here) = rule_of(pack, place) else {
        return (card.colour, facts.fulfilled(met));
    };
    let mut lacks = None;
    for way in here.accepts.iter().filter(|way| takes(way, card)) {
        let lack = facts.lacking(&way.also);
        if lack.is_empty() {
            let mut all = met.clone();
            all.extend(&way.also);
            return (card.colour, facts.fulfilled(&all));
        }
        lacks = lacks.or(Some(lack));
    }
    let refusal = || {
        vec![match here.accepts.first() {
            Some(first) => Reason::new(keys::PLACE_ASKS)
                .text("colour", first.colour.as_str())
                .text("scope", first.scope.clone().unwrap_or_default()),
            None => Reason::new(keys::PLACE_CLOSED),
        }]
    };
    (Colour::Red, lacks.unwrap_or_else(refusal))
}

fn rule_of<'a>(pack: &'a Pack, place: &Place) -> Option<&'a PlaceRule> {
    let named = |words: &Option<Vec<String>>, word: Option<&String>| {
        words.as_ref().is_none_or(|words| word.is_some_and(|word| words.contains(word)))
    };
    pack.places.iter().find(|rule| {
        named(&rule.places, Some(&place.kind))
            && named(&rule.roles, Some(&place.role))
            && named(&rule.zones, place.zone.as_ref())
            && rule
                .levels
                .as_ref()
                .is_none_or(|levels| place.level.is_some_and(|level| levels.contains(&i64::from(level))))
    })
}

fn takes(way: &Accepted, card: &CardRule) -> bool {
    way.colour == card.colour && (way.scope.is_none() || way.scope == card.scope)
}

/// How far it is to a card: each dose is a way of its own, what has begun only needs time, and nobody sets
/// out to have recovered.
fn way(lacks: &[Reason]) -> i64 {
    let step = |reason: &Reason| match (reason.key, reason.figure("has")) {
        (keys::LACKS_DOSES, has) => 2 * (reason.figure("needs").unwrap_or(0) - has.unwrap_or(0)),
        (_, Some(_)) => 1,
        (keys::LACKS_RECENT_RECOVERY, None) => 100,
        (_, None) => 2,
    };
    lacks.iter().map(step).sum()
}

/// The words of a line, and when it is met.
struct Look {
    /// At least so many, rather than at most.
    least: bool,
    lacks: &'static str,
    met: &'static str,
}

impl Line {
    const fn look(self) -> Look {
        let (least, lacks, met) = match self {
            Self::DosesAtLeast => (true, keys::LACKS_DOSES, keys::HAS_DOSES),
            Self::DaysSinceDoseAtLeast => (true, keys::LACKS_DAYS_SINCE_DOSE, keys::HAS_DAYS_SINCE_DOSE),
            Self::DaysSinceDoseAtMost => (false, keys::LACKS_RECENT_DOSE, keys::HAS_DAYS_SINCE_DOSE),
            Self::DaysSinceNegativeAtMost => (false, keys::LACKS_NEGATIVE_TEST, keys::HAS_NEGATIVE_TEST),
            Self::DaysSinceRecoveredAtLeast => (true, keys::LACKS_DAYS_SINCE_RECOVERY, keys::HAS_RECOVERED),
            Self::DaysSinceRecoveredAtMost => (false, keys::LACKS_RECENT_RECOVERY, keys::HAS_RECOVERED),
        };
        Look { least, lacks, met }
    }
}

/// What is known, as it counts on a day.
pub(super) struct Facts<'a> {
    pub known: &'a Known,
    /// A full course of a vaccine of one dose counts as the pack says.
    doses: Option<i64>,
    day: Date,
}

impl<'a> Facts<'a> {
    pub fn new(pack: &Pack, known: &'a Known, day: Date) -> Self {
        let doses = known.doses.map(i64::from);
        let single = known.doses_needed == Some(1);
        let counted = |doses: i64| {
            if single && doses > 0 { doses.max(pack.single_dose_counts_as) } else { doses }
        };
        Self { known, doses: doses.map(counted), day }
    }

    pub fn may_have(&self, card: &CardRule) -> bool {
        let force = self.known.force.map_or(0, |force| i64::from(force.number()));
        card.kinds.as_ref().is_none_or(|kinds| kinds.contains(&self.known.kind))
            && card.forces.as_ref().is_none_or(|forces| forces.contains(&force))
    }

    fn figure(&self, line: Line) -> Option<i64> {
        let day = match line {
            Line::DosesAtLeast => return self.doses,
            Line::DaysSinceDoseAtLeast | Line::DaysSinceDoseAtMost => self.known.last_dose,
            Line::DaysSinceNegativeAtMost => self.known.last_negative,
            Line::DaysSinceRecoveredAtLeast | Line::DaysSinceRecoveredAtMost => self.known.recovered,
        };
        day.map(|day| day.until(self.day).map_or(-1, |span| i64::from(span.get_days())))
    }

    /// A day that has not come yet meets nothing; neither does one that nobody knows.
    fn lacking(&self, condition: &Condition) -> Vec<Reason> {
        let lack = |(line, needs): (&Line, &i64)| {
            let Look { least, lacks, .. } = line.look();
            let has = self.figure(*line);
            let holds = has.is_some_and(|has| has >= 0 && if least { has >= *needs } else { has <= *needs });
            let reason = || Reason::new(lacks).number("needs", *needs);
            (!holds).then(|| has.map_or_else(reason, |has| reason().number("has", has)))
        };
        condition.iter().filter_map(lack).collect()
    }

    pub fn fulfilled(&self, condition: &Condition) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = Vec::new();
        for line in condition.keys() {
            let met = line.look().met;
            if reasons.iter().all(|reason| reason.key != met) {
                reasons.push(Reason::new(met).number("has", self.figure(*line).unwrap_or(0)));
            }
        }
        reasons
    }
}

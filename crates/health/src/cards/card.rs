//! The card of a person, as he himself is told of it.

use super::{
    known::{Body, bodies},
    law::{self, Law},
    model::{Colour, Known},
    next::{self, Turn},
    reasons::{self as keys, Reason},
    ruling::{Facts, held},
};
use crate::followups::{self, Subject};
use jiff::civil::Date;
use kernel::{PersonId, Result};
use pass::{Force, Kind};
use serde_json::Value;
use store::Cx;

/// A colour, why, and what to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub colour: Colour,
    /// Where a green card is good for: a word of the rule.
    pub scope: Option<String>,
    /// What is met, or what is missing.
    pub reasons: Vec<Reason>,
    /// What its holder does, in the order in which he is told.
    pub next: Vec<Reason>,
    /// When it changes by itself.
    pub turns: Option<Turn>,
    /// The source of the version that decided; empty where no version is in force.
    pub citation: String,
    /// Whether somebody has read that source.
    pub verified: bool,
    /// The version that decided, as events are stamped with it; null where no version is in force.
    pub rules: Value,
}

/// The card of a person on a day. For himself and whoever cares for him: it tells why. The caller answers
/// for the permission.
pub async fn card(cx: &mut Cx, person: PersonId, on: Date) -> Result<Card> {
    card_as(cx, person, Kind::Person, None, on).await
}

/// The same for somebody who holds a pass of this kind.
pub async fn card_as(
    cx: &mut Cx,
    person: PersonId,
    kind: Kind,
    force: Option<Force>,
    on: Date,
) -> Result<Card> {
    let laws = law::all(cx).await?;
    let body = bodies(cx, &[person], on).await?.remove(&person);
    let Body { known, ill, unproven } =
        body.unwrap_or(Body { known: Known::of(kind, force), ill: false, unproven: false });
    let mut card = judge(&laws, &Known { kind, force, ..known }, on);
    if unproven && card.colour != Colour::Green {
        card.next.insert(0, Reason::new(keys::NEXT_UNPROVEN));
    }
    let plan = followups::running(cx, person).await?.map(|kept| kept.plan);
    let followed = plan.as_ref().map(|plan| plan.subject);
    if ill || followed == Some(Subject::F0) {
        return Ok(card.held_back(keys::ILL, keys::NEXT_ILL, None));
    }
    if let Some(plan) = plan.filter(|plan| plan.subject == Subject::F1) {
        return Ok(card.held_back(keys::ISOLATED, keys::NEXT_ISOLATED, Some(plan.ends_on)));
    }
    Ok(card)
}

impl Card {
    /// Red, whatever the rules of cards say of him.
    fn held_back(self, why: &'static str, next: &'static str, until: Option<Date>) -> Self {
        let reason = |key| match until {
            Some(day) => Reason::new(key).day("until", day),
            None => Reason::new(key),
        };
        Self {
            colour: Colour::Red,
            scope: None,
            reasons: vec![reason(why)],
            next: vec![reason(next)],
            turns: None,
            ..self
        }
    }
}

/// Pure: what the law makes of what is known.
pub(super) fn judge(laws: &[Law], known: &Known, on: Date) -> Card {
    let Some(law) = law::on(laws, on) else {
        return Card {
            colour: Colour::Red,
            scope: None,
            reasons: vec![Reason::new(keys::NO_RULES)],
            next: vec![Reason::new(keys::NEXT_NO_RULES)],
            turns: None,
            citation: String::new(),
            verified: false,
            rules: Value::Null,
        };
    };
    let facts = Facts::new(&law.pack, known, on);
    let (colour, scope, reasons) = match held(&law.pack, &facts) {
        Ok(held) => (held.card.colour, held.card.scope.clone(), facts.fulfilled(held.met)),
        Err(lacks) => (Colour::Red, None, lacks),
    };
    let turns = next::turn(laws, known, on);
    let mut steps = next::steps(&law.pack, known, on);
    steps.extend(turns.and_then(|turn| next::told(colour, turn)));
    Card {
        colour,
        scope,
        reasons,
        next: steps,
        turns,
        citation: law.rule.citation.clone(),
        verified: law.rule.verified,
        rules: law.rule.stamp(),
    }
}

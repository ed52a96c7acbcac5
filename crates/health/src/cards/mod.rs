//! Cards: what colour somebody's card is, and why, by the law of the day (`pass.cards`): the drafts of
//! September 2021 (green and yellow card, Decision 3328/QĐ-BCĐ of 15/9), the rules from 1 October, and
//! Decision 3900/QĐ-UBND of 16/11/2021 by level.
//!
//! A pass says facts and no colour; whoever looks at it judges. So the same law is read and applied in two
//! places, here and at the gate (`web/src/gate/pack.ts`, `rules.ts`), and `vectors/cards.json` holds what
//! both have to agree on.
//!
//! The person himself is told more than a gate: what is missing, what to do next, and the day on which his
//! card changes. An F0 who has not been released, and an F1 in isolation, are red to themselves with that
//! reason; their passes rest, and a gate only ever hears that a pass does not hold. What somebody only told of himself, seen on no
//! paper, counts for no card.

mod card;
mod known;
mod law;
mod model;
mod next;
mod pack;
mod reasons;
mod ruling;
#[cfg(test)]
mod tests;

pub use card::{Card, card, card_as};
pub use known::{known, known_of};
pub use law::{CARDS, gate_packs, pack_on};
pub use model::{Colour, Known, Place};
pub use next::Turn;
pub use pack::{Accepted, CardRule, Condition, Line, Pack, PlaceRule, read_pack};
pub use reasons::{Figure, NEXT, OWN, REASONS, Reason};
pub use ruling::{Ruling, is_closed, limit_of, rule};

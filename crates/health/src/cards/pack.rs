//! The rule pack of a day, read word for word as the gate reads it (`web/src/gate/pack.ts`): an unknown word,
//! or one of another kind, makes the version unreadable, since half a law is none.

use super::model::Colour;
use crate::codes::codes;
use jiff::civil::Date;
use pass::Kind;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

codes! {
    /// What a condition can ask, in the order in which it is told. The number itself is in.
    Line in "line" {
        DosesAtLeast = "doses_at_least",
        DaysSinceDoseAtLeast = "days_since_dose_at_least",
        DaysSinceDoseAtMost = "days_since_dose_at_most",
        DaysSinceNegativeAtMost = "days_since_negative_at_most",
        DaysSinceRecoveredAtLeast = "days_since_recovered_at_least",
        DaysSinceRecoveredAtMost = "days_since_recovered_at_most",
    }
}

/// Holds when all of its lines do; an empty one always does.
pub type Condition = BTreeMap<Line, i64>;

/// Who has a card of this colour; what is not said means all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRule {
    /// Green or yellow.
    pub colour: Colour,
    pub scope: Option<String>,
    pub kinds: Option<Vec<Kind>>,
    pub forces: Option<Vec<i64>>,
    pub any: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Green or yellow.
    pub colour: Colour,
    /// None means any.
    pub scope: Option<String>,
    pub also: Condition,
}

/// What a place asks for; what is not said means all.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceRule {
    pub places: Option<Vec<String>>,
    pub roles: Option<Vec<String>>,
    pub zones: Option<Vec<String>>,
    pub levels: Option<Vec<i64>>,
    /// Empty: closed.
    pub accepts: Vec<Accepted>,
    /// Of those who fit in, 0 to 1.
    pub share_at_most: Option<f64>,
    pub people_at_most: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    pub version: String,
    pub valid_from: Date,
    /// The last day.
    pub valid_to: Option<Date>,
    /// Doses that a full course of one dose counts as.
    pub single_dose_counts_as: i64,
    /// The best verdict while the status list is missing or too old.
    pub when_status_unknown: Colour,
    /// The best verdict for a card that says who, but no facts.
    pub when_only_identity: Colour,
    pub cards: Vec<CardRule>,
    pub places: Vec<PlaceRule>,
}

impl Pack {
    pub fn covers(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }
}

/// A value, or which part is wrong.
type Read<T> = Result<T, String>;

/// Whole numbers beyond this are not whole for a browser.
const MOST: i64 = (1 << 53) - 1;

/// Errors: the part that is wrong, for the log.
pub fn read_pack(json: &Value) -> Read<Pack> {
    let names = [
        "version",
        "valid_from",
        "valid_to",
        "single_dose_counts_as",
        "when_status_unknown",
        "when_only_identity",
        "cards",
        "places",
    ];
    let pack = Fields::read(json, "the pack", &names)?;
    Ok(Pack {
        version: word(pack.at("version"), "version")?,
        valid_from: date(pack.at("valid_from"), "valid_from")?,
        valid_to: pack.optional("valid_to", date)?,
        single_dose_counts_as: pack.optional("single_dose_counts_as", count)?.unwrap_or(1),
        when_status_unknown: colour(pack.at("when_status_unknown"), "when_status_unknown")?,
        when_only_identity: colour(pack.at("when_only_identity"), "when_only_identity")?,
        cards: list(pack.at("cards"), "cards", |card, _| read_card(card))?,
        places: pack
            .optional("places", |places, what| list(places, what, |place, _| read_place(place)))?
            .unwrap_or_default(),
    })
}

fn read_card(json: &Value) -> Read<CardRule> {
    let card = Fields::read(json, "a card", &["colour", "scope", "kinds", "forces", "any"])?;
    Ok(CardRule {
        colour: card_colour(card.at("colour"), "colour")?,
        scope: card.optional("scope", word)?,
        kinds: card.optional("kinds", |kinds, what| list(kinds, what, kind))?,
        forces: card.optional("forces", |forces, what| list(forces, what, count))?,
        any: list(card.at("any"), "any", |one, _| read_condition(one))?,
    })
}

fn read_place(json: &Value) -> Read<PlaceRule> {
    let names = ["places", "roles", "zones", "levels", "accepts", "share_at_most", "people_at_most"];
    let place = Fields::read(json, "a place", &names)?;
    let words = |name| place.optional(name, |words, what| list(words, what, word));
    Ok(PlaceRule {
        places: words("places")?,
        roles: words("roles")?,
        zones: words("zones")?,
        levels: place.optional("levels", |levels, what| list(levels, what, count))?,
        accepts: list(place.at("accepts"), "accepts", |one, _| read_accepted(one))?,
        share_at_most: place.optional("share_at_most", share)?,
        people_at_most: place.optional("people_at_most", count)?,
    })
}

fn read_accepted(json: &Value) -> Read<Accepted> {
    let accepted = Fields::read(json, "what is accepted", &["colour", "scope", "also"])?;
    Ok(Accepted {
        colour: card_colour(accepted.at("colour"), "colour")?,
        scope: accepted.optional("scope", word)?,
        also: accepted.optional("also", |also, _| read_condition(also))?.unwrap_or_default(),
    })
}

fn read_condition(json: &Value) -> Read<Condition> {
    let names = Line::ALL.iter().map(|line| line.as_str()).collect::<Vec<_>>();
    let given = Fields::read(json, "a condition", &names)?;
    // Null is no count here, as it is none at the gate.
    let lines = Line::ALL.iter().filter_map(|line| Some((*line, given.0.get(line.as_str())?)));
    lines.map(|(line, value)| Ok((line, count(value, line.as_str())?))).collect()
}

/// An object that says nothing unknown.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn read(json: &'a Value, what: &str, names: &[&str]) -> Read<Self> {
        let map = json.as_object().ok_or_else(|| format!("{what} is no object"))?;
        match map.keys().find(|name| !names.contains(&name.as_str())) {
            Some(strange) => Err(format!("{what}: \"{strange}\" is not known")),
            None => Ok(Self(map)),
        }
    }

    fn at(&self, name: &str) -> &'a Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// Null is the same as left out.
    fn optional<T>(&self, name: &str, read: impl FnOnce(&'a Value, &str) -> Read<T>) -> Read<Option<T>> {
        match self.at(name) {
            Value::Null => Ok(None),
            value => read(value, name).map(Some),
        }
    }
}

fn list<T>(json: &Value, what: &str, read: impl Fn(&Value, &str) -> Read<T>) -> Read<Vec<T>> {
    let items = json.as_array().ok_or_else(|| format!("{what} is no list"))?;
    items.iter().map(|item| read(item, what)).collect()
}

fn word(json: &Value, what: &str) -> Read<String> {
    match json.as_str() {
        Some(word) if !word.is_empty() => Ok(word.to_owned()),
        _ => Err(format!("{what} is no word")),
    }
}

/// A browser does not tell 2.0 from 2.
fn count(json: &Value, what: &str) -> Read<i64> {
    let float = || json.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= MOST as f64);
    let whole = json.as_i64().or_else(|| float().map(|number| number as i64));
    whole.filter(|number| (0..=MOST).contains(number)).ok_or_else(|| format!("{what} is no count"))
}

fn share(json: &Value, what: &str) -> Read<f64> {
    json.as_f64().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| format!("{what} is no share"))
}

fn kind(json: &Value, what: &str) -> Read<Kind> {
    let found = Kind::ALL.into_iter().find(|kind| json.as_str() == Some(kind.name()));
    found.ok_or_else(|| format!("{what} is no kind of pass"))
}

fn colour(json: &Value, what: &str) -> Read<Colour> {
    let found = json.as_str().and_then(|word| word.parse().ok());
    found.ok_or_else(|| format!("{what} is no colour"))
}

/// Red is no card, but the want of one.
fn card_colour(json: &Value, what: &str) -> Read<Colour> {
    let colour = colour(json, what)?;
    if colour == Colour::Red { Err(format!("{what} is neither green nor yellow")) } else { Ok(colour) }
}

/// `2021-10-01`, or the beginning of a longer text with a time.
fn date(json: &Value, what: &str) -> Read<Date> {
    let read = |text: &str| {
        let (day, rest) = text.split_at_checked(10)?;
        let dash = |at: usize| at == 4 || at == 7;
        let written = |(at, byte): (usize, u8)| if dash(at) { byte == b'-' } else { byte.is_ascii_digit() };
        let whole = day.bytes().enumerate().all(written) && (rest.is_empty() || rest.starts_with('T'));
        if whole { day.parse::<Date>().ok() } else { None }
    };
    json.as_str().and_then(read).ok_or_else(|| format!("{what} is no date"))
}

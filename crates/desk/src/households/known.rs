//! What is known of the people of a household that is no test and no reading: with where it comes
//! from, and what was taken back in view.

use super::words;
use crate::{Me, frame::Frame};
use health::facts::{self, Fact, Kind};
use kernel::{Error, HouseholdId, PersonId, Result, dates};
use pages::Words;
use std::collections::BTreeMap;

/// One fact of a person.
pub struct Line {
    /// "Tiêm vắc xin, mũi 2: AstraZeneca"
    pub what: String,
    /// Its day or days; empty where it has none.
    pub day: String,
    /// "theo giấy tờ, ghi 07:05"
    pub source: String,
    /// When it was told, in full.
    pub full: String,
    /// Why it no longer counts; empty while it does.
    pub gone: String,
    pub unfact_href: Option<String>,
}

/// What is on record of these people; somebody whose facts the reader may not see is left out.
pub async fn of(frame: &mut Frame, people: &[PersonId]) -> Result<BTreeMap<PersonId, Vec<Fact>>> {
    let mut known = BTreeMap::new();
    for person in people {
        match facts::of(&mut frame.cx, *person).await {
            Ok(facts) => {
                known.insert(*person, facts);
            }
            Err(Error::NotFound | Error::Forbidden(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(known)
}

/// `records`: the reader may take it back.
pub fn line(me: &Me, frame: &Frame, id: HouseholdId, fact: &Fact, records: bool) -> Line {
    let w = me.w;
    let withdrawn = fact.withdrawn.map(|(_, why)| words::fact_withdrawn(w, why));
    let href = || me.at(format!("households/{id}/unfact?fact={}", fact.id));
    Line {
        what: what(w, fact),
        day: match (fact.on_day, fact.until_day) {
            (Some(on), Some(until)) => w.follow_from_to(dates::shown_date(on), dates::shown_date(until)),
            (Some(on), None) => dates::shown_date(on),
            (None, Some(until)) => w.fact_until(dates::shown_date(until)),
            (None, None) => String::new(),
        },
        source: w.fact_told(words::fact_source(w, fact.source), frame.d.clock.short(fact.entered_at)),
        full: frame.d.clock.full(fact.entered_at),
        unfact_href: (records && withdrawn.is_none()).then(href),
        gone: withdrawn.unwrap_or_default(),
    }
}

/// "Tiêm vắc xin, mũi 2: AstraZeneca (lô ABX1234)"
pub fn what(w: Words, fact: &Fact) -> String {
    let mut text = words::fact(w, fact.kind);
    if let Some(dose) = fact.dose.filter(|_| fact.kind == Kind::Vaccination) {
        text = w.fact_dose_of(text, dose.to_string());
    }
    if !fact.words.is_empty() {
        text = format!("{text}: {}", fact.words);
    }
    if fact.lot.is_empty() { text } else { w.fact_lot_of(text, fact.lot.as_str()) }
}

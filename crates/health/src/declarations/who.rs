//! For whom a proven number may declare.

use super::{devices::Device, sql, sql_numbers};
use crate::people::{self, Birth, Brief};
use duty::units;
use kernel::{Error, PersonId, Result};
use std::collections::BTreeSet;
use store::Cx;

/// Years of birth that do not fit before a number may declare only for whom it has declared before.
const MISSES: i64 = 10;

/// Somebody who has the number of a device, as whoever holds it may see him before he has said who he is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somebody {
    pub person: PersonId,
    /// `T·· T·· Bích`
    pub name: String,
    /// `19··`; `None` where no birth is known.
    pub born: Option<String>,
    /// This device has declared for him before: his year of birth has been said.
    pub is_known_here: bool,
    /// Where he lives is on record.
    pub has_ward: bool,
}

/// The people who have the device's number, in the order in which they came on record.
pub async fn people_of(cx: &mut Cx, device: &Device) -> Result<Vec<Somebody>> {
    let people = people::of_number(cx, &device.phone).await?;
    let briefs = people::briefs(cx, &people).await?;
    let before: BTreeSet<PersonId> = sql::people_of_device(cx, device.id).await?.into_iter().collect();
    Ok(people
        .iter()
        .filter_map(|person| briefs.get(person))
        .map(|brief| Somebody {
            person: brief.id,
            name: masked_name(&brief.full_name),
            born: brief.birth_year.map(masked_year),
            is_known_here: before.contains(&brief.id),
            has_ward: brief.ward.is_some(),
        })
        .collect())
}

/// Whether somebody with this number was born when it is said; a miss counts, and the caller commits. Whoever this
/// device has declared for before is not asked again.
///
/// Errors: `NotFound` for somebody who has another number; `birth`: `error-birth-empty`, those of [`Birth::parse`],
/// `error-declare-year-enough` after too many misses.
pub async fn says_year(cx: &mut Cx, device: &Device, person: PersonId, typed: &str) -> Result<bool> {
    let one = somebody(cx, device, person).await?;
    if one.is_known_here || one.born.is_none() {
        return Ok(true);
    }
    if device.misses >= MISSES {
        return Err(Error::invalid("birth", "error-declare-year-enough"));
    }
    let fits = fits(cx, person, typed).await?;
    if !fits {
        sql_numbers::count_miss(cx, device.id).await?;
    }
    Ok(fits)
}

/// The person, for whom this number may declare.
///
/// Errors: `NotFound`; `birth`: `error-declare-year` where the year does not fit.
pub(super) async fn claim(cx: &mut Cx, device: &Device, person: PersonId, typed: &str) -> Result<Brief> {
    let one = somebody(cx, device, person).await?;
    if !one.is_known_here && one.born.is_some() && !fits(cx, person, typed).await? {
        return Err(Error::invalid("birth", "error-declare-year"));
    }
    people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)
}

async fn somebody(cx: &mut Cx, device: &Device, person: PersonId) -> Result<Somebody> {
    let all = people_of(cx, device).await?;
    all.into_iter().find(|one| one.person == person).ok_or(Error::NotFound)
}

async fn fits(cx: &mut Cx, person: PersonId, typed: &str) -> Result<bool> {
    if typed.trim().is_empty() {
        return Err(Error::invalid("birth", "error-birth-empty"));
    }
    let today = units::today(cx).await?;
    let said = Birth::parse(typed, today).map_err(|error| Error::invalid("birth", error.key))?;
    let known = people::births(cx, &[person]).await?.remove(&person);
    Ok(known.is_none_or(|known| known.year() == said.year()))
}

/// Each word but the given name by its first letter.
pub(super) fn masked_name(full: &str) -> String {
    let words: Vec<&str> = full.split_whitespace().collect();
    let masked = words.iter().enumerate().map(|(at, word)| match word.chars().next() {
        Some(first) if at + 1 < words.len() => format!("{first}··"),
        _ => (*word).to_owned(),
    });
    masked.collect::<Vec<_>>().join(" ")
}

pub(super) fn masked_year(year: i16) -> String {
    format!("{}··", year / 100)
}

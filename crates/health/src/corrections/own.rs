//! What somebody sees of his own record: what is known of him, masked; who opened it, when and why.

use super::{
    model::{self, Field, State},
    sql,
};
use crate::{
    cases::{TestKind, TestResult},
    facts::{self, Fact, Kind, Source},
    people::{self, Birth},
};
use jiff::{Timestamp, civil::Date};
use kernel::{
    ActorKind, CorrectionId, Error, PersonId, Result, UnitId,
    citizen_id::{CitizenId, Sex},
    dates::shown_date,
};
use store::Cx;
use uuid::Uuid;

/// Openings that are shown.
const READINGS: usize = 50;

/// A dose as its person sees it.
#[derive(Clone, Debug)]
pub struct Dose {
    pub id: Uuid,
    pub number: i16,
    pub on: Option<Date>,
    /// The vaccine; may be empty.
    pub words: String,
    pub source: Source,
    pub entered_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Recovery {
    pub id: Uuid,
    pub on: Option<Date>,
    pub source: Source,
    pub entered_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Test {
    pub id: Uuid,
    pub kind: TestKind,
    pub result: TestResult,
    pub sample_on: Date,
}

/// Somebody opened the record.
#[derive(Clone, Debug)]
pub struct Reading {
    pub at: Timestamp,
    pub unit: Option<UnitId>,
    /// The post of whoever did, in both languages; may be empty.
    pub title: String,
    pub title_en: String,
    /// In his words; none where they have been erased.
    pub reason: Option<String>,
}

/// A request as its person sees it.
#[derive(Clone, Debug)]
pub struct Mine {
    pub id: CorrectionId,
    pub field: Field,
    pub wanted: String,
    pub asked_at: Timestamp,
    pub state: State,
    pub decided_at: Option<Timestamp>,
    /// Why it was refused, or what was done.
    pub answer: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Own {
    /// Whole: a letter that is wrong must be seen.
    pub full_name: String,
    /// `··/··/1985`
    pub birth: Option<String>,
    pub sex: Option<Sex>,
    /// `··· 345`
    pub citizen_id: Option<String>,
    /// `0903 ··· 456`, each with its row.
    pub phones: Vec<(Uuid, String)>,
    /// Without its numbers.
    pub address: Option<String>,
    pub doses: Vec<Dose>,
    pub recoveries: Vec<Recovery>,
    pub tests: Vec<Test>,
    pub readings: Vec<Reading>,
    pub mine: Vec<Mine>,
}

/// The record of the person who acts with his code, see [`super::held`].
///
/// Errors: `NotFound` for anybody else.
pub async fn own(cx: &mut Cx, person: PersonId) -> Result<Own> {
    if cx.actor.kind != ActorKind::Citizen(person.uuid()) {
        return Err(Error::NotFound);
    }
    let opened = people::own(cx, person).await?;
    let phones = people::numbers(cx, person).await?;
    let facts = counting(cx, person).await?;
    let dose = |fact: &Fact| {
        Some(Dose {
            id: fact.id.uuid(),
            number: fact.dose?,
            on: fact.on_day,
            words: fact.words.clone(),
            source: fact.source,
            entered_at: fact.entered_at,
        })
    };
    let recovery = |fact: &Fact| Recovery {
        id: fact.id.uuid(),
        on: fact.on_day,
        source: fact.source,
        entered_at: fact.entered_at,
    };
    let of = |kind: Kind| facts.iter().filter(move |fact| fact.kind == kind);
    Ok(Own {
        full_name: opened.full_name,
        birth: opened.birth.map(model::masked_birth),
        sex: opened.sex,
        citizen_id: opened.citizen_id.as_ref().map(CitizenId::masked),
        phones: phones.into_iter().map(|(id, phone)| (id, phone.masked())).collect(),
        address: opened.address.as_deref().map(model::masked_address),
        doses: of(Kind::Vaccination).filter_map(dose).collect(),
        recoveries: of(Kind::Recovery).map(recovery).collect(),
        tests: tests(cx, person).await?,
        readings: readings(cx, person).await?,
        mine: mine(cx, person).await?,
    })
}

/// Facts that have not been taken back.
async fn counting(cx: &mut Cx, person: PersonId) -> Result<Vec<Fact>> {
    let mut facts = facts::own(cx, person).await?;
    facts.retain(|fact| fact.withdrawn.is_none());
    Ok(facts)
}

async fn tests(cx: &mut Cx, person: PersonId) -> Result<Vec<Test>> {
    let records = people::all_of(cx, person).await?;
    sql::tests(cx, &records)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Test {
                id: row.id,
                kind: row.kind.parse()?,
                result: row.result.parse()?,
                sample_on: row.sample_on,
            })
        })
        .collect()
}

/// Who opened a record, the newest first. A look at it with the code of its own person is none.
async fn readings(cx: &mut Cx, person: PersonId) -> Result<Vec<Reading>> {
    let mut readings = people::read_by(cx, person).await?;
    readings.truncate(READINGS);
    Ok(readings
        .into_iter()
        .map(|one| Reading {
            at: one.at,
            unit: one.unit,
            title: one.post,
            title_en: one.post_en,
            reason: one.reason,
        })
        .collect())
}

async fn mine(cx: &mut Cx, person: PersonId) -> Result<Vec<Mine>> {
    let records = people::all_of(cx, person).await?;
    let mut mine = Vec::new();
    for kept in sql::of_records(cx, &records).await? {
        mine.push(Mine {
            id: kept.id,
            field: kept.field,
            wanted: kept.wanted(cx)?.shown(kept.field),
            asked_at: kept.asked_at,
            state: kept.state,
            decided_at: kept.decided_at,
            answer: kept.answer(cx)?,
        });
    }
    Ok(mine)
}

/// What stands in the record now, whole: kept sealed beside what is asked for. Empty where nothing does.
///
/// Errors: `NotFound` for a dose, recovery, test or number that is not this person's.
pub(super) async fn value(
    cx: &mut Cx,
    person: PersonId,
    field: Field,
    object: Option<Uuid>,
) -> Result<String> {
    let known = people::own(cx, person).await?;
    Ok(match field {
        Field::Name => known.full_name,
        Field::Birth => known.birth.map(Birth::shown).unwrap_or_default(),
        Field::Sex => known.sex.map(Sex::as_str).unwrap_or_default().to_owned(),
        Field::CitizenId => known.citizen_id.as_ref().map(CitizenId::as_str).unwrap_or_default().to_owned(),
        Field::Address => known.address.unwrap_or_default(),
        Field::Phone => {
            let numbers = people::numbers(cx, person).await?;
            match object {
                Some(id) => {
                    let number = numbers.into_iter().find(|(known, _)| *known == id);
                    number.ok_or(Error::NotFound)?.1.to_string()
                }
                None => numbers.iter().map(|(_, phone)| phone.to_string()).collect::<Vec<_>>().join(", "),
            }
        }
        Field::Vaccination => fact(cx, person, Kind::Vaccination, object).await?,
        Field::Recovery => fact(cx, person, Kind::Recovery, object).await?,
        Field::Test => {
            let Some(id) = object else { return Ok(String::new()) };
            let test = tests(cx, person).await?.into_iter().find(|test| test.id == id);
            let test = test.ok_or(Error::NotFound)?;
            format!("{} · {} · {}", test.kind.as_str(), test.result.as_str(), shown_date(test.sample_on))
        }
    })
}

async fn fact(cx: &mut Cx, person: PersonId, kind: Kind, object: Option<Uuid>) -> Result<String> {
    let Some(id) = object else { return Ok(String::new()) };
    let facts = counting(cx, person).await?;
    let fact = facts.iter().find(|fact| fact.id.uuid() == id && fact.kind == kind).ok_or(Error::NotFound)?;
    let dose = fact.dose.map(|dose| dose.to_string());
    let day = fact.on_day.map(shown_date);
    let words = Some(fact.words.clone()).filter(|words| !words.is_empty());
    Ok([dose, day, words].into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

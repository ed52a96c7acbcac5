//! Who may act for a person: a parent, a guardian, a carer, by a consent that is on record. The law makes
//! parents the ones who act for a child under eighteen and names guardians (Civil Code 2015, articles 47,
//! 136); everybody else needs the person's word, signed or spoken.

use super::{
    act::{brief, briefs, scope},
    batch, duplicates,
    model::{Birth, Brief, NewPerson},
    sql, sql_carers,
};
use crate::{
    codes::codes,
    fault::{Fault, kept, optional},
};
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, PersonId, Phone, Result, StaffId, UnitId, names::PersonName};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// From this age people act for themselves, and may act for others.
const OF_AGE: i16 = 18;

codes! {
    /// What a carer is to the person.
    CarerKind in "kind" { Parent = "parent", Guardian = "guardian", Carer = "carer" }
    /// What his right to act rests on.
    Consent in "consent" {
        ByLaw = "by_law",
        /// A signed paper was seen.
        Signed = "signed",
        /// Told by the person himself.
        Spoken = "spoken",
    }
}

/// Somebody who may act for a person, or might until he was ended.
#[derive(Clone, Debug)]
pub struct Carer {
    pub id: Uuid,
    pub who: Brief,
    pub kind: CarerKind,
    pub consent: Consent,
    pub from_at: Timestamp,
    pub recorded_by: Option<StaffId>,
    pub ended_at: Option<Timestamp>,
}

/// A carer as a form tells of him: somebody on record, or a name that is not. Texts are checked here, so
/// that what was typed can be shown again.
#[derive(Clone, Debug)]
pub struct NewCarer {
    pub person: PersonId,
    pub carer: Option<PersonId>,
    pub full_name: String,
    /// A year or a day; may be empty.
    pub birth: String,
    /// May be empty.
    pub phone: String,
    pub kind: Option<CarerKind>,
    pub consent: Option<Consent>,
}

impl NewCarer {
    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        self.check(today, None).err().unwrap_or_default()
    }

    fn check(&self, today: Date, ward: Option<UnitId>) -> Result<Told, Vec<Fault>> {
        let mut faults = Vec::new();
        let new = if self.carer.is_some() {
            None
        } else {
            let name = kept(&mut faults, "full_name", PersonName::parse(&self.full_name));
            let birth = optional(&mut faults, "birth", &self.birth, |text| Birth::parse(text, today));
            let phone = optional(&mut faults, "phone", &self.phone, Phone::parse);
            name.map(|name| NewPerson {
                name,
                birth,
                sex: None,
                citizen_id: None,
                phone,
                address: None,
                ward,
                ward_guessed: true,
                quarter: None,
                import: None,
            })
        };
        let mut chosen = |field, missing: bool| {
            if missing {
                faults.push(Fault { field, key: "error-choose" });
            }
        };
        chosen("kind", self.kind.is_none());
        chosen("consent", self.consent.is_none());
        if self.kind == Some(CarerKind::Carer) && self.consent == Some(Consent::ByLaw) {
            faults.push(Fault { field: "consent", key: "error-carer-by-law" });
        }
        match (self.kind, self.consent) {
            (Some(kind), Some(consent)) if faults.is_empty() => Ok(Told { new, kind, consent }),
            _ => Err(faults),
        }
    }
}

struct Told {
    new: Option<NewPerson>,
    kind: CarerKind,
    consent: Consent,
}

/// Everybody who may act for a person, then those who might; the newest first. `NotFound` where the actor
/// sees no cases of the ward.
pub async fn carers(cx: &mut Cx, id: PersonId) -> Result<Vec<Carer>> {
    brief(cx, id).await?;
    let all = super::merge::all_of(cx, id).await?;
    let rows = sql_carers::of(cx, &all).await?;
    let ids: Vec<PersonId> = rows.iter().map(|row| row.carer).collect();
    let people = briefs(cx, &ids).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Carer {
                id: row.id,
                who: people.get(&row.carer)?.clone(),
                kind: row.kind,
                consent: row.consent,
                from_at: row.from_at,
                recorded_by: row.recorded_by,
                ended_at: row.ended_at,
            })
        })
        .collect())
}

async fn claim(cx: &mut Cx, id: PersonId) -> Result<Option<UnitId>> {
    let ward = sql::ward(cx, id).await?;
    let units = scope(cx, ward).await?;
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    cx.permit(Action::CaseRecord, Scope::Units(&units))?;
    Ok(ward)
}

/// Puts on record that somebody may act for a person.
///
/// Errors: `NotFound`, `Forbidden`; `Invalid` with the first field to mend ([`NewCarer::faults`] lists
/// all); `carer`: `error-carer-self`, `error-carer-under-age`; `consent`: `error-carer-of-age` for a
/// parent by law of somebody who is of age; Conflict `error-carer-known`.
pub async fn entrust(cx: &mut Cx, new: &NewCarer) -> Result<PersonId> {
    let ward = claim(cx, new.person).await?;
    let today = units::today(cx).await?;
    let told = new.check(today, ward).map_err(|faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    let carer = match (new.carer, &told.new) {
        (Some(known), _) => {
            // Who may not be seen cannot be named.
            brief(cx, known).await?;
            known
        }
        (None, Some(person)) => {
            super::act::queue_up(cx, std::iter::once(&person.name)).await?;
            batch::find_or_make(cx, person).await?.person
        }
        (None, None) => return Err(Error::internal("a carer was told without a name")),
    };
    if super::merge::all_of(cx, new.person).await?.contains(&carer.uuid()) {
        return Err(Error::invalid("carer", "error-carer-self"));
    }
    let births = sql::births(cx, &[new.person, carer]).await?;
    let of_age = |id: &PersonId| births.get(id).map(|birth| birth.of_age(today));
    if of_age(&carer) == Some(false) {
        return Err(Error::invalid("carer", "error-carer-under-age"));
    }
    if told.kind == CarerKind::Parent && told.consent == Consent::ByLaw && of_age(&new.person) == Some(true) {
        return Err(Error::invalid("consent", "error-carer-of-age"));
    }
    let id = cx.id::<Uuid>();
    if !sql_carers::insert(cx, id, new.person, carer, told.kind, told.consent).await? {
        return Err(Error::Conflict("error-carer-known"));
    }
    cx.record(Event::new("person.entrusted", new.person).unit(ward).data(json!({
        "carer": carer, "kind": told.kind, "consent": told.consent,
    })));
    Ok(carer)
}

/// Somebody acts for a person no longer, with the reason in words. The person.
///
/// Errors: `NotFound`, `Forbidden`; `why`: `error-reason-missing`, `error-text-too-long`; Conflict
/// `error-carer-ended`.
pub async fn end_care(cx: &mut Cx, id: Uuid, why: &str) -> Result<PersonId> {
    let (person, carer, ended) = sql_carers::lock(cx, id).await?;
    let ward = claim(cx, person).await?;
    if ended {
        return Err(Error::Conflict("error-carer-ended"));
    }
    let why = duplicates::reason(why)?;
    sql_carers::end(cx, id).await?;
    cx.record(
        Event::new("person.care_ended", person)
            .unit(ward)
            .data(json!({ "carer": carer }))
            .payload(json!({ "why": why })),
    );
    Ok(person)
}

impl Birth {
    /// Whether somebody acts for himself on a day; a year alone counts from its last day.
    fn of_age(self, on: Date) -> bool {
        match self {
            Self::Day(born) => {
                let years = on.year() - born.year();
                years > OF_AGE || (years == OF_AGE && (on.month(), on.day()) >= (born.month(), born.day()))
            }
            Self::Year(year) => on.year() - year > OF_AGE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn one_is_of_age_on_the_eighteenth_birthday() {
        let born = Birth::Day(date(2003, 9, 25));
        assert!(born.of_age(date(2021, 9, 25)) && !born.of_age(date(2021, 9, 24)));
        assert!(!Birth::Year(2003).of_age(date(2021, 9, 25)) && Birth::Year(2002).of_age(date(2021, 9, 25)));
    }

    #[test]
    fn each_field_of_a_carer_says_what_is_wrong_with_it() {
        let form = NewCarer {
            person: PersonId(Uuid::nil()),
            carer: None,
            full_name: "Trần Văn Hòa".into(),
            birth: "1955".into(),
            phone: String::new(),
            kind: Some(CarerKind::Parent),
            consent: Some(Consent::ByLaw),
        };
        let faults = |edit: fn(&mut NewCarer)| {
            let mut new = form.clone();
            edit(&mut new);
            let told = new.faults(date(2021, 9, 25));
            told.into_iter().map(|fault| (fault.field, fault.key)).collect::<Vec<_>>()
        };
        assert_eq!(faults(|_| {}), []);
        assert_eq!(faults(|new| new.full_name.clear()), [("full_name", "error-name-empty")]);
        assert_eq!(faults(|new| new.kind = None), [("kind", "error-choose")]);
        assert_eq!(faults(|new| new.consent = None), [("consent", "error-choose")]);
        assert_eq!(faults(|new| new.kind = Some(CarerKind::Carer)), [("consent", "error-carer-by-law")]);
        assert_eq!(faults(|new| new.phone = "115".into()), [("phone", "error-phone-short")]);
    }
}

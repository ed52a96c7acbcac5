//! Making a declaration, by whoever holds a proven number or by staff.

use super::{
    devices::Device,
    follow::{self, Of},
    law::Law,
    model::{Answers, Question, newcomer},
    sql::{self, NewRow},
    who,
};
use crate::{
    alerts::{self, Grade},
    fault::{Fault, optional},
    people::{self, Brief, NewPerson},
    vitals::Age,
};
use duty::{
    permissions::{Action, Permit, Scope},
    rules,
    tenants::Tenant,
    units::{self, UnitKind},
};
use jiff::{Timestamp, civil::Date};
use kernel::{Actor, ActorKind, Error, PersonId, Phone, Result, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// For whom somebody declares. Texts are as typed.
#[derive(Clone)]
pub enum Whom {
    /// One of those who have the device's number; his year of birth where this device has not declared for him
    /// before, and his ward where none is on record.
    Known {
        person: PersonId,
        birth: String,
        ward: Option<UnitId>,
    },
    New {
        full_name: String,
        birth: String,
        ward: Option<UnitId>,
    },
}

/// Somebody of whom staff tells who is not on record, or whom it has not looked up. Texts are as typed.
#[derive(Clone)]
pub struct Newcomer {
    pub full_name: String,
    pub birth: String,
    /// May be empty.
    pub phone: String,
    pub ward: Option<UnitId>,
}

#[derive(Clone)]
pub struct NewDeclaration {
    /// Sent twice it is one.
    pub form_key: Uuid,
    pub answers: Answers,
}

/// What declaring came to.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: Uuid,
    pub person: PersonId,
    pub grade: Grade,
    /// Telephones ring for it, or do already.
    pub rings: bool,
    pub valid_until: Timestamp,
}

/// Who declares, for the row and the record.
#[derive(Clone, Copy)]
enum By {
    Device(Uuid),
    Staff,
}

/// Declares with a proven number.
///
/// Errors: `NotFound` for somebody who has another number; `full_name`, `birth`, `ward`: those of [`newcomer`];
/// `birth`: `error-declare-year`; `ward`: `error-ward-missing`; the faults of [`Answers::faults`], the first of them.
pub async fn declare(
    cx: &mut Cx,
    tenant: &Tenant,
    device: &Device,
    whom: &Whom,
    new: &NewDeclaration,
) -> Result<Declared> {
    if let Some(known) = known(cx, new.form_key, By::Device(device.id)).await? {
        return Ok(known);
    }
    if cx.actor.kind == ActorKind::Public {
        cx.actor = Actor::citizen(device.id);
    }
    let (person, ward) = match whom {
        Whom::Known { person, birth, ward } => (who::claim(cx, device, *person, birth).await?.id, *ward),
        Whom::New { full_name, birth, ward } => {
            let today = units::today(cx).await?;
            let new = newcomer(full_name, birth, *ward, Some(device.phone.clone()), today)
                .map_err(|faults| first(&faults))?;
            (make(cx, &new).await?, *ward)
        }
    };
    write(cx, tenant, person, ward, By::Device(device.id), new).await
}

/// Staff declares for somebody on record.
///
/// Errors: `NotFound` outside the wards of which the actor sees households, `Forbidden` where he only sees them; the
/// faults of [`Answers::faults`], the first of them; `ward`: `error-ward-missing` for somebody who lives nowhere.
pub async fn declare_for(
    cx: &mut Cx,
    tenant: &Tenant,
    person: PersonId,
    new: &NewDeclaration,
) -> Result<Declared> {
    claim(cx, person).await?;
    if let Some(known) = known(cx, new.form_key, By::Staff).await? {
        return Ok(known);
    }
    write(cx, tenant, person, None, By::Staff, new).await
}

/// Staff declares for somebody who is not on record, or is found there by what is told of him.
///
/// Errors: as [`declare_for`]; `full_name`, `birth`, `ward`, `phone`.
pub async fn declare_for_new(
    cx: &mut Cx,
    tenant: &Tenant,
    told: &Newcomer,
    new: &NewDeclaration,
) -> Result<Declared> {
    let today = units::today(cx).await?;
    let person = told.check(today).map_err(|faults| first(&faults))?;
    permit(cx, told.ward).await?;
    if let Some(known) = known(cx, new.form_key, By::Staff).await? {
        return Ok(known);
    }
    let person = make(cx, &person).await?;
    write(cx, tenant, person, told.ward, By::Staff, new).await
}

impl Newcomer {
    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        self.check(today).err().unwrap_or_default()
    }

    fn check(&self, today: Date) -> Result<NewPerson, Vec<Fault>> {
        let mut wrong = Vec::new();
        let phone = optional(&mut wrong, "phone", &self.phone, Phone::parse);
        match newcomer(&self.full_name, &self.birth, self.ward, phone, today) {
            Ok(person) if wrong.is_empty() => Ok(person),
            Ok(_) => Err(wrong),
            Err(mut faults) => {
                faults.append(&mut wrong);
                Err(faults)
            }
        }
    }
}

async fn permit(cx: &mut Cx, ward: Option<UnitId>) -> Result<()> {
    let units = people::scope(cx, ward).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&units))?;
    cx.permit(Action::CareRecord, Scope::Units(&units))
}

/// Somebody for whom the actor may declare.
pub(super) async fn claim(cx: &mut Cx, person: PersonId) -> Result<Brief> {
    let brief = people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)?;
    permit(cx, brief.ward).await?;
    Ok(brief)
}

async fn make(cx: &mut Cx, new: &NewPerson) -> Result<PersonId> {
    people::queue_up(cx, std::iter::once(&new.name)).await?;
    Ok(people::find_or_make(cx, new).await?.person)
}

fn first(faults: &[Fault]) -> Error {
    faults.first().map_or(Error::internal("a form was refused without a fault"), |fault| Error::from(*fault))
}

/// What a form came to that was sent before, by the same hand.
async fn known(cx: &mut Cx, form_key: Uuid, by: By) -> Result<Option<Declared>> {
    let Some(row) = sql::by_form(cx, form_key).await? else { return Ok(None) };
    let same = match by {
        By::Device(device) => row.device == Some(device),
        By::Staff => row.declared_by.is_some() && row.declared_by == cx.actor.staff_id(),
    };
    if !same {
        return Err(Error::Conflict("error-declare-form"));
    }
    Ok(Some(Declared {
        id: row.id,
        person: row.person,
        grade: row.grade,
        rings: row.grade == Grade::Emergency,
        valid_until: row.valid_until,
    }))
}

async fn write(
    cx: &mut Cx,
    tenant: &Tenant,
    person: PersonId,
    ward: Option<UnitId>,
    by: By,
    new: &NewDeclaration,
) -> Result<Declared> {
    let law = Law::today(cx).await?;
    let today = units::today(cx).await?;
    let birth = people::births(cx, &[person]).await?.remove(&person);
    let faults = new.answers.faults(&law, today, birth);
    if !faults.is_empty() {
        return Err(first(&faults));
    }
    let answers = new.answers.clone().only(&law);
    let brief = people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)?;
    let ward = brief.ward.or(ward).ok_or(Error::invalid("ward", "error-ward-missing"))?;
    let tree = units::tree(cx).await?;
    // A ward without a station answers itself.
    let station = tree.in_ward(ward, UnitKind::Station).unwrap_or(ward);
    let age = birth.map_or(Age::Unknown, |birth| Age::of(Some(birth.year()), birth.day(), today));
    let alarms = alerts::law_on(cx, today).await?;
    let verdict = alerts::judge(&answers.vitals(), age, None, &alarms);
    let of = Of { tenant, person, ward, station, answers: &answers, verdict: &verdict, alarms: &alarms };
    // Households are locked before anything of this area.
    let rings = follow::ring(cx, &of).await?;
    follow::tell_test(cx, &of).await?;
    let asks = law.looks(&answers, &verdict) && !follow::is_followed(cx, person).await?;
    let id = cx.id::<Uuid>();
    let row = NewRow {
        id,
        form_key: new.form_key,
        person,
        ward,
        station,
        device: match by {
            By::Device(device) => Some(device),
            By::Staff => None,
        },
        made_on: today,
        valid_until: cx.now() + law.valid_for,
        rule_version: law.rule().version,
        grade: verdict.grade,
        answers: &answers,
        asks,
    };
    sql::insert(cx, &row).await?;
    if asks {
        follow::ask(cx, &of, id, today).await?;
        // What he said before stays on the list where he says now that nothing is the matter.
        follow::supersede(cx, person, id).await?;
    }
    let flags: Vec<Question> = law.flags(&answers, verdict.grade);
    let event = Event::new("declaration.made", id).unit(station).data(json!({
        "person": person, "asks": asks, "rings": rings, "flags": flags.len(), "valid_until": row.valid_until,
    }));
    cx.record(rules::judged(event, &[law.rule()]));
    cx.tell(Topic::screen("declarations"));
    Ok(Declared { id, person, grade: verdict.grade, rings, valid_until: row.valid_until })
}

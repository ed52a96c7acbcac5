//! Writing the diary: by the household on its phone, by staff who called or came. One form may hold
//! every member; each is read, graded and, where it is bad, rung for in the same transaction.

use super::{
    model::{Channel, ContactOutcome},
    settle::{Courses, settle},
    sql::{self, Contact, Kept, NewContact},
};
use crate::{
    alerts::{self, Grade, Law, Of},
    fault::Fault,
    households,
    people::{self, Birth},
    vitals::{self, Age, Symptom, Typed, Vitals},
};
use duty::{permissions::Action, tenants::Tenant};
use jiff::{SignedDuration, Timestamp};
use kernel::{ActorKind, AlertId, Error, HouseholdId, PersonId, PlanId, Result, UnitId, text::paragraphs};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, Topic};
use uuid::Uuid;

/// Longest note, in characters.
const NOTE_CAP: usize = 500;
/// How far a clock may run ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// An entry made later than this after the fact belongs on paper.
const LATE: SignedDuration = SignedDuration::from_hours(24 * 14);

/// A form as it was sent, for one household.
#[derive(Clone, Debug)]
pub struct DiaryForm {
    /// Made with the page: the same form sent twice is one diary.
    pub form_key: Uuid,
    /// When it was measured; now when `None`.
    pub at: Option<Timestamp>,
    pub channel: Channel,
    pub members: Vec<MemberEntry>,
}

/// What was typed for one member; all empty says nothing of him.
#[derive(Clone, Debug)]
pub struct MemberEntry {
    pub person: PersonId,
    /// Anything but `Reached` carries no readings.
    pub outcome: ContactOutcome,
    pub temperature: String,
    pub spo2: String,
    pub respiratory_rate: String,
    pub pulse: String,
    pub pressure: String,
    pub symptoms: BTreeSet<Symptom>,
    pub note: String,
}

impl MemberEntry {
    pub fn of(person: PersonId) -> Self {
        Self {
            person,
            outcome: ContactOutcome::Reached,
            temperature: String::new(),
            spo2: String::new(),
            respiratory_rate: String::new(),
            pulse: String::new(),
            pressure: String::new(),
            symptoms: BTreeSet::new(),
            note: String::new(),
        }
    }

    fn typed(&self) -> Typed<'_> {
        Typed {
            temperature: &self.temperature,
            spo2: &self.spo2,
            respiratory_rate: &self.respiratory_rate,
            pulse: &self.pulse,
            pressure: &self.pressure,
        }
    }

    /// It says nothing of him.
    pub fn is_empty(&self) -> bool {
        let texts =
            [&self.temperature, &self.spo2, &self.respiratory_rate, &self.pulse, &self.pressure, &self.note];
        self.outcome == ContactOutcome::Reached
            && self.symptoms.is_empty()
            && texts.iter().all(|text| text.trim().is_empty())
    }
}

/// What a form came to.
#[derive(Clone, Debug)]
pub struct Entered {
    pub saved: Vec<PersonId>,
    /// This form had been taken in before, whole: nothing was done again.
    pub again: bool,
    /// What must be mended, by member. A member with a fault is not saved, unless what could be read
    /// is an emergency: that is saved and rings, and the rest is asked again.
    pub faults: Vec<(PersonId, Fault)>,
    /// Of what was saved, now or when the same form came before.
    pub worst: Grade,
    pub alerts: Vec<AlertId>,
    /// The station and the rapid team are being rung for it.
    pub rings: bool,
}

/// Takes a diary in. The household does so with its code ([`super::held`]), staff by right.
///
/// Errors: `NotFound` outside the actor's households and for a person who is not followed there;
/// `at`: `error-date-future`, `error-diary-too-old`; `members`: `error-diary-empty`; what is wrong with
/// a member comes back in [`Entered::faults`].
pub async fn enter(cx: &mut Cx, tenant: &Tenant, id: HouseholdId, form: &DiaryForm) -> Result<Entered> {
    let by_unit = writer(cx, id).await?;
    let now = cx.now();
    let at = form.at.unwrap_or(now);
    if at > now + AHEAD {
        return Err(Error::invalid("at", "error-date-future"));
    }
    if at < now - LATE {
        return Err(Error::invalid("at", "error-diary-too-old"));
    }
    if form.members.iter().all(MemberEntry::is_empty) {
        return Err(Error::invalid("members", "error-diary-empty"));
    }
    let home = households::lock(cx, id).await?;
    let plans = sql::of_households(cx, &[id], false).await?;
    let plan_ids: Vec<PlanId> = plans.iter().map(|plan| plan.id).collect();
    let contacts = sql::contacts(cx, &plan_ids, false).await?;
    let people: Vec<PersonId> = plans.iter().map(|plan| plan.person).collect();
    let births = people::births(cx, &people).await?;
    let mut courses = Courses::new(cx).await?;
    let law = alerts::law_on(cx, at.to_zoned(courses.zone.clone()).date()).await?;
    let mut entered = Entered {
        saved: Vec::new(),
        again: false,
        faults: Vec::new(),
        worst: Grade::Well,
        alerts: Vec::new(),
        rings: false,
    };
    let mut known = 0;
    let followed = |member: &MemberEntry| plans.iter().any(|plan| plan.person == member.person);
    if !form.members.iter().any(followed) {
        return Err(Error::NotFound);
    }
    for member in form.members.iter().filter(|member| !member.is_empty()) {
        let Some(of) = plans.iter().find(|plan| plan.person == member.person) else {
            // Released meanwhile: no reason to lose what the others say.
            entered.faults.push((member.person, Fault { field: "person", key: "error-member-released" }));
            continue;
        };
        let earlier = contacts.get(&of.id).map(Vec::as_slice).unwrap_or_default();
        let read = read(member, of, earlier, &births, &law, at);
        entered.faults.extend(read.faults.iter().map(|fault| (member.person, *fault)));
        let danger = read.verdict.as_ref().is_some_and(|verdict| verdict.grade == Grade::Emergency);
        if !read.faults.is_empty() && !danger {
            continue;
        }
        let zone = courses.zone.clone();
        let course = courses.on(cx, of.plan.start_on).await?;
        let new = NewContact {
            id: cx.id(),
            of,
            form_key: form.form_key,
            at,
            slot: of.plan.slot_of(course, &zone, at),
            channel: form.channel,
            outcome: member.outcome,
            vitals: &read.vitals,
            note: read.note.as_deref(),
            grade: read.verdict.as_ref().map(|verdict| verdict.grade),
            rule_version: read.verdict.as_ref().map(|_| law.version()),
            by_unit,
        };
        if !sql::insert_contact(cx, &new).await? {
            known += 1;
            // Whoever sends a form twice reads the second answer.
            entered.worst = read.verdict.map_or(entered.worst, |verdict| entered.worst.max(verdict.grade));
            continue;
        }
        let event = Event::new("household.diary_entered", id)
            .unit(home.station)
            .data(json!({
                "contact": new.id, "plan": of.id, "person": of.person, "channel": form.channel, "outcome": member.outcome,
                "grade": new.grade, "slot": new.slot.map(|(_, name)| name), "at": at,
            }))
            .payload(told(&read.vitals));
        cx.record(duty::rules::judged(event, &law.rules()));
        entered.saved.push(member.person);
        let Some(verdict) = read.verdict else { continue };
        entered.worst = entered.worst.max(verdict.grade);
        if verdict.grade >= Grade::Today {
            let whose = Of { home: &home, person: of.person, case: of.case };
            let raised = alerts::raise(cx, tenant, &whose, &verdict, &law).await?;
            sql::set_alert(cx, new.id, raised.alert).await?;
            entered.alerts.push(raised.alert);
            entered.rings |= raised.matter.is_some();
        }
    }
    entered.again = entered.saved.is_empty() && known > 0;
    if !entered.saved.is_empty() {
        super::rejudge::judge(cx, &entered.saved).await?;
        let settled = settle(cx, &mut courses, &[id]).await?;
        super::jobs::heard(cx, &settled, &entered.saved).await?;
    }
    cx.tell(Topic::screen("followups"));
    Ok(entered)
}

/// Who may write: the household itself, or staff that works for it; the unit in whose name.
pub(super) async fn writer(cx: &mut Cx, id: HouseholdId) -> Result<Option<UnitId>> {
    if cx.actor.kind == ActorKind::Citizen(id.uuid()) || cx.actor.is_system() {
        return Ok(None);
    }
    let home = households::claim(cx, id, Action::CareRecord).await?;
    let units = households::units_of(cx, &home).await?;
    Ok(cx.actor.grants.iter().map(|grant| grant.unit).find(|unit| units.contains(unit)))
}

struct Read {
    vitals: Vitals,
    note: Option<String>,
    verdict: Option<alerts::Verdict>,
    faults: Vec<Fault>,
}

/// Reads and grades one member's entry. Somebody who was not reached says nothing.
fn read(
    member: &MemberEntry,
    of: &Kept,
    earlier: &[Contact],
    births: &BTreeMap<PersonId, Birth>,
    law: &Law,
    at: Timestamp,
) -> Read {
    let (vitals, mut faults) = vitals::read(&member.typed(), member.symptoms.clone());
    let note = match paragraphs(&member.note, NOTE_CAP) {
        Ok(note) => Some(note).filter(|note| !note.is_empty()),
        Err(error) => {
            faults.push(Fault { field: "note", key: error.key });
            None
        }
    };
    if member.outcome != ContactOutcome::Reached {
        return Read { vitals: Vitals::default(), note, verdict: None, faults: Vec::new() };
    }
    let birth = births.get(&of.person).copied();
    let age = Age::of(birth.map(Birth::year), birth.and_then(Birth::day), law.day);
    let counted = earlier.iter().filter(|contact| contact.made().counts());
    let before = law.before(counted.map(|contact| (contact.at, &contact.vitals)), at);
    let verdict = alerts::judge(&vitals, age, Some(&before), law);
    Read { vitals, note, verdict: Some(verdict), faults }
}

/// The readings for the sealed part of the event.
fn told(vitals: &Vitals) -> serde_json::Value {
    json!({
        "temperature_tenths": vitals.temperature_tenths, "spo2": vitals.spo2,
        "respiratory_rate": vitals.respiratory_rate, "pulse": vitals.pulse, "pressure": vitals.pressure,
        "symptoms": vitals.symptoms,
    })
}

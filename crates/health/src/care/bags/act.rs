//! Handing a bag over, and what becomes of it.

use super::{
    law::{Answers, Law, Verdict},
    list::{self, with_given},
    model::{Consent, Ended, Kind, Without},
    sql::{self, NewRow},
};
use crate::{
    care::stock::{self, Item},
    followups, households,
};
use duty::{
    permissions::{Action, Permit, Scope},
    rules,
};
use jiff::Timestamp;
use kernel::{BagId, CaseId, Error, FileId, HouseholdId, PersonId, Result, UnitId, text::line};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Longest name of a prescriber, or of who signs, in characters.
const PRESCRIBER_CAP: usize = 100;
/// More capsules than this are a slip of the pen.
const CAPSULES: std::ops::RangeInclusive<i16> = 1..=200;

/// A bag as it is handed over.
#[derive(Clone, Debug)]
pub struct NewBag {
    pub person: PersonId,
    pub kind: Kind,
    /// Whose stock it comes from.
    pub unit: UnitId,
    /// What was asked and answered; the prescriber and the consent beside it count by themselves.
    pub said: Answers,
    /// The doctor who prescribed it; may be empty.
    pub prescriber: String,
    /// Of a bag C; as many as the rule says when `None`.
    pub capsules: Option<i16>,
    pub consent: Option<NewConsent>,
    /// It is given although the stock says that none is left.
    pub short: bool,
}

impl NewBag {
    /// A bag of which nothing more is said.
    pub fn of(person: PersonId, kind: Kind, unit: UnitId) -> Self {
        Self {
            person,
            kind,
            unit,
            said: Answers::default(),
            prescriber: String::new(),
            capsules: None,
            consent: None,
            short: false,
        }
    }

    fn answers(&self) -> Answers {
        Answers {
            prescribed: !self.prescriber.trim().is_empty(),
            consented: self.consent.is_some(),
            ..self.said.clone()
        }
    }
}

/// Who consented to bag C, and how.
#[derive(Clone, Debug)]
pub struct NewConsent {
    pub how: Consent,
    /// The patient, or the member of the household who speaks for him.
    pub by: PersonId,
    /// Now when `None`.
    pub at: Option<Timestamp>,
    /// A picture of what was signed, which the caller binds to the bag.
    pub file: Option<FileId>,
    /// Where there is none: why, and who signs it later or keeps the paper, by name.
    pub without: Option<(Without, String)>,
}

/// What was weighed for a bag.
struct Weighed {
    law: Law,
    case: CaseId,
    sources: Vec<UnitId>,
    /// Who lives there.
    members: Vec<PersonId>,
    verdict: Verdict,
}

async fn weighed(cx: &mut Cx, household: HouseholdId, new: &NewBag) -> Result<Weighed> {
    let sheet = followups::sheet(cx, household).await?;
    let law = list::law(cx).await?;
    let (followed, case) =
        list::patients(&sheet).find(|(one, _)| one.person.id == new.person).ok_or(Error::NotFound)?;
    let patient = list::patient(cx, followed, case, &law).await?;
    let kept = sql::of_household(cx, household).await?;
    let verdict = with_given(law.judge(new.kind, &patient, &new.answers()), &kept, case, new.kind);
    let sources = list::sources(cx, &sheet).await?;
    let members = sheet.home.members.iter().map(|member| member.person.id).collect();
    Ok(Weighed { law, case, sources, members, verdict })
}

/// What stands in the way of a bag as it would be handed over.
///
/// Errors: `NotFound` outside the actor's households and for whoever is no F0 followed there.
pub async fn weigh(cx: &mut Cx, household: HouseholdId, new: &NewBag) -> Result<Verdict> {
    households::claim(cx, household, Action::CareRecord).await?;
    Ok(weighed(cx, household, new).await?.verdict)
}

/// Hands a bag over. A by whoever cares for the household; B and C by the station alone.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-bag-not-eligible` where [`weigh`] says what is in the
/// way, `error-bag-given`, `error-stock-empty` where the stock is used up and `short` was not said; `unit`,
/// `consent_by`: `error-choice-unknown`; `capsules`: `error-capsules-range`; `consent_at`:
/// `error-date-future`; `file`: `error-consent-unseen` where neither a picture of the consent is there nor
/// why not; `consent_without_who`: `error-text-missing`, `error-text-too-long`; `prescriber`:
/// `error-text-too-long`.
pub async fn give(cx: &mut Cx, household: HouseholdId, new: &NewBag) -> Result<BagId> {
    let home = households::claim(cx, household, Action::CareRecord).await?;
    if new.kind != Kind::A {
        let units = households::units_of(cx, &home).await?;
        cx.permit(Action::CarePaper, Scope::Units(&units))?;
    }
    households::lock(cx, household).await?;
    let weighed = weighed(cx, household, new).await?;
    if weighed.verdict.bars.contains(&super::Bar::Given) {
        return Err(Error::Conflict("error-bag-given"));
    }
    if !weighed.verdict.allows() {
        return Err(Error::Conflict("error-bag-not-eligible"));
    }
    if !weighed.sources.contains(&new.unit) {
        return Err(Error::invalid("unit", "error-choice-unknown"));
    }
    let prescriber =
        line(&new.prescriber, PRESCRIBER_CAP).map_err(|error| Error::invalid("prescriber", error.key))?;
    let capsules = match new.kind {
        Kind::C => Some(new.capsules.unwrap_or(weighed.law.capsules())),
        Kind::A | Kind::B => None,
    };
    if capsules.is_some_and(|count| !CAPSULES.contains(&count)) {
        return Err(Error::invalid("capsules", "error-capsules-range"));
    }
    let consented = consent(cx, new, &weighed.members)?;
    let without = match consented {
        Some(_) => without(new)?,
        None => None,
    };
    let row = NewRow {
        id: cx.id(),
        household,
        person: new.person,
        case: weighed.case,
        kind: new.kind,
        unit: new.unit,
        prescriber: Some(prescriber.as_str()).filter(|name| !name.is_empty()),
        capsules,
        rule_version: weighed.law.rule().version,
        consent: consented,
        without: without.as_ref().map(|(why, who)| (*why, who.as_str())),
    };
    if !sql::insert(cx, &row).await? {
        return Err(Error::Conflict("error-bag-given"));
    }
    let left = stock::take(cx, new.unit, Item::of(new.kind), row.id, new.short).await?;
    let event = Event::new("bag.given", household).unit(home.station).data(json!({
        "bag": row.id, "person": new.person, "kind": new.kind, "from": new.unit, "left": left, "capsules": capsules,
    }));
    let event = event.payload(json!({
        "met": weighed.verdict.met, "severity": weighed.verdict.severity, "beforehand": new.said.beforehand,
        "doctor_not_reached": new.said.doctor_not_reached, "prescriber": prescriber,
        "consent": row.consent.map(|(how, at, by, file)| json!({
            "how": how, "at": at, "by": by, "file": file, "without": row.without,
        })),
    }));
    cx.record(rules::judged(event, &[weighed.law.rule()]));
    cx.tell(Topic::screen("followups"));
    Ok(row.id)
}

type Consented = (Consent, Timestamp, PersonId, Option<FileId>);

/// The consent to bag C; nothing for the others.
fn consent(cx: &Cx, new: &NewBag, members: &[PersonId]) -> Result<Option<Consented>> {
    let Some(consent) = new.consent.as_ref().filter(|_| new.kind == Kind::C) else { return Ok(None) };
    if consent.by != new.person && !members.contains(&consent.by) {
        return Err(Error::invalid("consent_by", "error-choice-unknown"));
    }
    let at = consent.at.unwrap_or(cx.now());
    if at > cx.now() {
        return Err(Error::invalid("consent_at", "error-date-future"));
    }
    Ok(Some((consent.how, at, consent.by, consent.file)))
}

/// Why there is no picture of the consent, and who signs or keeps it; nothing where there is one.
fn without(new: &NewBag) -> Result<Option<(Without, String)>> {
    let Some(consent) = new.consent.as_ref().filter(|consent| consent.file.is_none()) else {
        return Ok(None);
    };
    let Some((why, who)) = &consent.without else {
        return Err(Error::invalid("file", "error-consent-unseen"));
    };
    let wrong = |key| Error::invalid("consent_without_who", key);
    let who = line(who, PRESCRIBER_CAP).map_err(|error| wrong(error.key))?;
    if who.is_empty() { Err(wrong("error-text-missing")) } else { Ok(Some((*why, who))) }
}

/// Says what became of a bag. The stock rises by a bag that comes back whole; one that was opened is
/// destroyed, and so is a bag C of which capsules are missing, whatever was said of it.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-bag-ended`; `capsules` of a bag C that was not lost:
/// `error-capsules-missing`, `error-capsules-more`.
pub async fn end(cx: &mut Cx, id: BagId, ended: Ended, capsules: Option<i16>) -> Result<HouseholdId> {
    let household = sql::find(cx, id).await?.household;
    let home = households::claim(cx, household, Action::CareRecord).await?;
    households::lock(cx, household).await?;
    let kept = sql::find(cx, id).await?;
    if kept.ended.is_some() {
        return Err(Error::Conflict("error-bag-ended"));
    }
    let counted = match (kept.capsules, ended) {
        (Some(_), Ended::Lost) | (None, _) => None,
        (Some(given), _) => match capsules {
            None => return Err(Error::invalid("capsules", "error-capsules-missing")),
            Some(left) if !(0..=given).contains(&left) => {
                return Err(Error::invalid("capsules", "error-capsules-more"));
            }
            Some(left) => Some(left),
        },
    };
    let ended = match ended {
        // Capsules that are left over make no bag.
        Ended::Returned if counted != kept.capsules => Ended::Opened,
        ended => ended,
    };
    sql::end(cx, id, ended, counted).await?;
    let whole = ended == Ended::Returned;
    match ended {
        Ended::Returned => stock::put_back(cx, kept.unit, Item::of(kept.kind), id).await?,
        Ended::Opened => stock::destroy(cx, kept.unit, Item::of(kept.kind), id).await?,
        Ended::Used | Ended::Lost | Ended::Died => {}
    }
    cx.record(Event::new("bag.ended", household).unit(home.station).data(json!({
        "bag": id, "person": kept.person, "kind": kept.kind, "as": ended, "capsules": counted, "whole": whole,
    })));
    cx.tell(Topic::screen("followups"));
    Ok(household)
}

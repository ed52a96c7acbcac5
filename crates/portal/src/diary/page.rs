//! The household's form: who is followed there, whether an entry is owed, one part a member.

use super::{doorway::Asker, typed::Typed};
use crate::home::Visit;
use askama::Template;
use axum::extract::Path;
use health::{
    alerts::Grade,
    followups::{self, Own, Subject},
    vitals::{Fault, Symptom},
};
use kernel::{Actor, HouseholdId, PersonId, Result, SecretCode};
use pages::{Outcome, Portal, Words, html};
use store::Cx;
use uuid::Uuid;

/// Asked for in the open, before anything else: the danger signs of Decisions 4038, 4377 and
/// 261/QĐ-BYT.
const DANGER: [Symptom; 8] = [
    Symptom::Breathless,
    Symptom::ChestPain,
    Symptom::NotAlert,
    Symptom::Cyanosis,
    Symptom::ColdHands,
    Symptom::CannotDrink,
    Symptom::Convulsion,
    Symptom::CoughingBlood,
];
/// Of a child besides.
const CHILD_DANGER: [Symptom; 4] =
    [Symptom::ChildGrunting, Symptom::ChildRetraction, Symptom::ChildNasalFlare, Symptom::PoorFeeding];
/// Asked for in children only.
const CHILD_ONLY: [Symptom; 3] = [Symptom::ChildGrunting, Symptom::ChildRetraction, Symptom::ChildNasalFlare];
/// Years between the year of birth and this one up to which somebody is asked as a child.
const CHILD_YEARS: i16 = 12;
/// Of what was typed into a field for a number so many characters are shown again.
const SHOWN: usize = 40;

#[derive(Template)]
#[template(path = "diary.html")]
pub(super) struct Page {
    p: Portal,
    code: String,
    key: Uuid,
    /// The worst of what was told with this diary before; sent along until all is mended.
    pub so_far: Grade,
    members: Vec<Member>,
    /// Something must be mended.
    pub mending: bool,
    /// What is wrong with the form as a whole.
    pub wrong: Option<String>,
    /// Names of those whose part is kept already.
    pub saved: String,
    /// Something was typed for somebody who is not followed here any more.
    pub gone: bool,
}

/// One member's part of the form.
struct Member {
    n: usize,
    person: PersonId,
    given_name: String,
    born: Option<String>,
    /// `F0 · ngày 3/14`
    day: String,
    last: String,
    /// Whether an entry is owed: tone and word.
    status: (&'static str, String),
    well: Tick,
    danger: Vec<Tick>,
    others: Vec<Tick>,
    symptoms_error: Option<String>,
    readings: Vec<Reading>,
    upper: String,
    lower: String,
    pressure_error: Option<String>,
}

struct Tick {
    name: String,
    label: String,
    ticked: bool,
}

struct Reading {
    name: String,
    label: String,
    hint: String,
    value: String,
    /// Which keys a telephone offers.
    keys: &'static str,
    error: Option<String>,
}

impl Page {
    pub(super) fn new(visit: &Visit, code: &str, key: Uuid) -> Result<Self> {
        Ok(Self {
            p: visit.frame(),
            code: SecretCode::parse(code)?.to_string(),
            key,
            so_far: Grade::Well,
            members: Vec::new(),
            mending: false,
            wrong: None,
            saved: String::new(),
            gone: false,
        })
    }

    /// Adds a member's part; `n` is his place in the household's list.
    pub(super) fn ask(&mut self, n: usize, own: &Own, typed: Option<&Typed>, faults: &[Fault]) {
        let nothing = Typed::default();
        self.members.push(Member::new(&self.p, n, own, typed.unwrap_or(&nothing), faults));
    }

    fn at(&self, path: &str) -> String {
        self.p.at(format_args!("diary/{}{path}", self.code))
    }

    fn title(&self) -> String {
        if self.mending { self.p.w.diary_mend_title() } else { self.p.w.diary_title() }
    }

    /// The worst that was told is of this grade.
    fn is(&self, grade: &str) -> bool {
        self.so_far.as_str() == grade
    }

    /// What is wrong and where, in the order of the page.
    fn told(&self) -> Vec<(String, String)> {
        let whole = self.wrong.iter().map(|text| ("members".to_owned(), text.clone()));
        whole.chain(self.members.iter().flat_map(|member| member.told(self.p.w))).collect()
    }
}

impl Member {
    fn new(p: &Portal, n: usize, own: &Own, typed: &Typed, faults: &[Fault]) -> Self {
        let w = p.w;
        let error =
            |field: &str| faults.iter().find(|fault| fault.field == field).map(|fault| w.by_key(fault.key));
        let tick = |one: Symptom| Tick {
            name: format!("m{n}_s_{}", one.as_str()),
            label: w.by_key(&format!("symptom-{}", one.as_str().replace('_', "-"))),
            ticked: typed.symptoms.contains(&one),
        };
        let reading = |field: &str, keys: &'static str, label: String, hint: String, value: &str| Reading {
            name: format!("m{n}_{field}"),
            label,
            hint,
            value: value.chars().take(SHOWN).collect(),
            keys,
            error: error(field),
        };
        let child = own.birth_year.is_some_and(|year| p.clock.today().year() - year <= CHILD_YEARS);
        let pressure: String = typed.pressure().chars().take(SHOWN).collect();
        let (upper, lower) = pressure.split_once('/').unwrap_or((pressure.as_str(), ""));
        Self {
            n,
            person: own.person,
            given_name: own.given_name.clone(),
            born: own.birth_year.map(|year| w.diary_born(year.to_string())),
            day: day(w, own),
            last: own.last_at.map_or_else(|| w.diary_never(), |at| w.diary_last(p.clock.short(at))),
            status: status(w, own),
            well: Tick { label: w.diary_well(), ..tick(Symptom::NoSymptom) },
            danger: danger(child).map(tick).collect(),
            others: others(child).map(tick).collect(),
            symptoms_error: error("symptoms"),
            readings: vec![
                reading(
                    "temperature",
                    "decimal",
                    w.diary_temperature(),
                    w.diary_temperature_hint(),
                    &typed.temperature,
                ),
                reading("spo2", "numeric", w.diary_spo2(), w.diary_spo2_hint(), &typed.spo2),
                reading(
                    "respiratory_rate",
                    "numeric",
                    w.diary_respiratory_rate(),
                    w.diary_respiratory_rate_hint(),
                    &typed.respiratory_rate,
                ),
                reading("pulse", "numeric", w.diary_pulse(), w.diary_pulse_hint(), &typed.pulse),
            ],
            upper: upper.to_owned(),
            lower: lower.to_owned(),
            pressure_error: error("pressure"),
        }
    }

    fn told(&self, w: Words) -> Vec<(String, String)> {
        let n = self.n;
        let symptoms = self.symptoms_error.as_ref().map(|text| (format!("m{n}_symptoms"), text));
        let readings = self.readings.iter().filter_map(|one| Some((one.name.clone(), one.error.as_ref()?)));
        let pressure = self.pressure_error.as_ref().map(|text| (format!("m{n}_pressure"), text));
        let all = symptoms.into_iter().chain(readings).chain(pressure);
        all.map(|(place, text)| (place, w.diary_fault(self.given_name.as_str(), text.as_str()))).collect()
    }

    /// A symptom of the folded list is ticked, so it stands open.
    fn is_open(&self) -> bool {
        self.others.iter().any(|tick| tick.ticked)
    }
}

fn day(w: Words, own: &Own) -> String {
    let who = match own.subject {
        Subject::F0 => w.diary_subject_f0(),
        Subject::F1 => w.diary_subject_f1(),
        Subject::Other => w.diary_subject_other(),
    };
    let days = own.days.to_string();
    if own.day > own.days { w.diary_day_over(who, days) } else { w.diary_day(who, own.day.to_string(), days) }
}

fn status(w: Words, own: &Own) -> (&'static str, String) {
    match own.last_at {
        _ if own.owed => ("soon", w.diary_owed()),
        Some(_) => ("calm", w.diary_entered()),
        None => ("calm", w.diary_not_yet()),
    }
}

fn danger(child: bool) -> impl Iterator<Item = Symptom> {
    DANGER.into_iter().chain(CHILD_DANGER.into_iter().filter(move |_| child))
}

/// The symptoms that are neither danger signs nor none at all.
fn others(child: bool) -> impl Iterator<Item = Symptom> {
    let asked = move |one: &Symptom| {
        *one != Symptom::NoSymptom
            && !danger(child).any(|shown| shown == *one)
            && (child || !CHILD_ONLY.contains(one))
    };
    Symptom::ALL.iter().copied().filter(asked)
}

/// The household whose code it is, which acts from here on, and its members who are followed.
pub(super) async fn open(cx: &mut Cx, code: &str) -> Result<(HouseholdId, Vec<Own>)> {
    let household = followups::held(cx, code).await?;
    let own = followups::own(cx, household).await?;
    Ok((household, own))
}

/// `GET /{tenant}/diary/{code}`
pub(super) async fn page(asker: Asker, Path((_, code)): Path<(String, String)>) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let own = match open(&mut cx, &code).await {
        Ok((_, own)) => own,
        Err(error) => return asker.refuse(&code, error),
    };
    let mut page = Page::new(visit, &code, cx.id())?;
    for (n, one) in own.iter().enumerate() {
        page.ask(n, one, None, &[]);
    }
    Ok(visit.keep_language(html(&page)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pages::Lang;
    use std::collections::BTreeSet;

    #[test]
    fn every_symptom_is_asked_once_and_a_childs_only_of_a_child() {
        for child in [true, false] {
            let asked: Vec<Symptom> = danger(child).chain(others(child)).collect();
            let once: BTreeSet<Symptom> = asked.iter().copied().collect();
            assert_eq!(asked.len(), once.len(), "child: {child}");
            let mut left: BTreeSet<Symptom> =
                Symptom::ALL.iter().copied().filter(|one| !once.contains(one)).collect();
            assert!(left.remove(&Symptom::NoSymptom), "no symptom at all has a box of its own");
            assert_eq!(left, CHILD_ONLY.into_iter().filter(|_| !child).collect(), "child: {child}");
        }
    }

    #[test]
    fn every_symptom_has_a_name_in_both_languages() {
        for one in Symptom::ALL {
            let key = format!("symptom-{}", one.as_str().replace('_', "-"));
            for lang in [Lang::Vi, Lang::En] {
                assert_ne!(Words(lang).by_key(&key), key);
            }
        }
    }
}

//! Somebody tells of symptoms. With the code of his household it is an entry of its diary, or a suspected
//! case with a test where he is not followed yet; without it nobody knows who he is, and the station of the
//! ward calls him back.

use super::{
    model::{End, Next, Owing, Topic},
    owed::{self, NewOwed},
    place::Chosen,
    sql,
    visit::Visit,
};
use crate::{
    alerts::Grade,
    cases::{self, Care, CaseReport, Classification, TestKind},
    followups::{self, Channel, DiaryForm, MemberEntry},
    households,
    people::NewPerson,
    samples,
    scripts::{self, Effect, Member, Run, Slots, Step},
    vitals::Symptom,
};
use duty::{lines::Heard, prompts::Say, units};
use kernel::{Actor, Error, HouseholdId, PersonId, Result, UnitId, names::PersonName};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{Cx, Event};

/// The script that is asked.
const SCRIPT: &str = "symptoms";
/// Steps after which even a caller who presses anything at all is let go.
const STEPS: usize = 200;

/// How the questions ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Done,
    /// A danger sign: nothing more is asked.
    Flagged,
    Person,
    Gone,
}

impl Visit<'_> {
    pub async fn symptoms(&mut self) -> Result<Next> {
        match self.prove().await? {
            Ok(Some(home)) => self.of_household(home).await,
            Ok(None) => self.of_nobody().await,
            Err(next) => Ok(next),
        }
    }

    /// Runs the script for one person; what has been answered comes back in any case. Each answer is written before
    /// the next question is asked.
    async fn questions(&mut self, person: PersonId, name_words: String) -> Result<(Asked, MemberEntry)> {
        let mut cx = self.cx().await?;
        let today = units::today(&mut cx).await?;
        let script = scripts::current(&mut cx, SCRIPT, today).await?;
        cx.rollback().await?;
        let member = Member { person, name_words, asked: BTreeSet::new() };
        // Which ward and station it is nobody knows yet.
        let mut run = Run::new(&script, vec![member]).with(Slots::general());
        let mut asked = Asked::Done;
        for _ in 0..STEPS {
            match run.step() {
                Step::Say(says) => {
                    if !self.say(&says).await? {
                        asked = Asked::Gone;
                        break;
                    }
                    run.said();
                }
                Step::Ask { says, most, wait } => {
                    let heard = self.ask(&says, most, wait).await?;
                    if heard == Heard::Gone {
                        asked = Asked::Gone;
                        break;
                    }
                    let effect = run.answer(&heard);
                    if matches!(effect, Effect::Flagged(_)) || self.note(&run.entry(person)).await {
                        asked = Asked::Flagged;
                        break;
                    }
                    if effect == Effect::WantsPerson {
                        asked = Asked::Person;
                        break;
                    }
                }
                Step::Person => {
                    asked = Asked::Person;
                    break;
                }
                Step::Done => break,
            }
        }
        let entry = run.entry(person);
        if !says_nothing(&entry) {
            self.told = Some(told(&entry).to_string());
        }
        self.danger |= asked == Asked::Flagged;
        Ok((asked, entry))
    }

    /// Writes down what he has told so far; whether that is a danger. Where it cannot be written now it is with the
    /// next answer, or with the end of the call.
    async fn note(&mut self, entry: &MemberEntry) -> bool {
        let now = told(entry).to_string();
        if says_nothing(entry) || self.told.as_ref() == Some(&now) {
            return false;
        }
        self.told = Some(now);
        match self.write(entry).await {
            Ok(grade) => grade == Grade::Emergency,
            Err(error) => {
                tracing::warn!(%error, call = %self.call(), "what a caller tells could not be written yet");
                false
            }
        }
    }

    async fn write(&self, entry: &MemberEntry) -> Result<Grade> {
        let mut cx = self.cx().await?;
        sql::keep_told(&mut cx, self.call(), self.told.as_deref()).await?;
        let grade = scripts::judged(&mut cx, entry).await?.grade;
        if grade == Grade::Emergency {
            // Whoever looks after calls whose process has died rings for it.
            sql::choose(&mut cx, self.call(), Topic::Emergency).await?;
        }
        cx.commit().await?;
        Ok(grade)
    }

    /// What an entry comes to of somebody whose age nobody knows.
    async fn grade(&self, entry: &MemberEntry) -> Result<Grade> {
        let mut cx = self.cx().await?;
        let verdict = scripts::judged(&mut cx, entry).await?;
        cx.rollback().await?;
        Ok(verdict.grade)
    }

    /// Nobody knows who calls: the station of his ward calls him back, with what he told. A danger rings before the ward
    /// is asked for, and once it is known the station there too; where an operator is ready he is put through at once.
    async fn of_nobody(&mut self) -> Result<Next> {
        // Stands for somebody of whom there is no record.
        let nobody = PersonId(self.on.store.id(self.on.store.clock().now()));
        let (asked, entry) = self.questions(nobody, scripts::somebody()).await?;
        let grade = if asked == Asked::Flagged { Grade::Emergency } else { self.grade(&entry).await? };
        let flagged = grade == Grade::Emergency;
        let told = told(&entry).to_string();
        if flagged {
            self.danger = true;
            self.owe(Owing::Emergency, None, Some(&told)).await?;
            if asked != Asked::Gone && self.somebody_ready().await? {
                self.ward_unasked = true;
                return Ok(Next::Line(Topic::Emergency, Topic::Emergency.priority()));
            }
            self.tell_caller(&["hotline.danger"]).await?;
        }
        if !flagged && grade == Grade::Well && !is_sick(&entry) {
            return match asked {
                Asked::Gone => Ok(Next::End(End::HungUp)),
                Asked::Person => Ok(Next::Line(Topic::Symptoms, Topic::Symptoms.priority())),
                Asked::Done | Asked::Flagged => {
                    self.tell_caller(&["hotline.advice"]).await?;
                    Ok(Next::End(End::Done))
                }
            };
        }
        let here = asked != Asked::Gone && self.talk.ended().is_none();
        let ward = if here { self.ward().await? } else { None };
        match ward {
            Some(_) if flagged => self.owe(Owing::Emergency, ward, Some(&told)).await?,
            _ if flagged => {}
            _ => self.owe(Owing::Symptoms, ward, Some(&told)).await?,
        }
        if self.talk.ended().is_some() {
            return Ok(Next::End(End::Done));
        }
        if flagged || asked == Asked::Person {
            let topic = if flagged { Topic::Emergency } else { Topic::Symptoms };
            return Ok(Next::Line(topic, topic.priority()));
        }
        if self.from.is_none() {
            // A number that he presses now is owed him beside the station's ticket.
            self.tell_caller(&["hotline.advice"]).await?;
            return self.call_back(Topic::Symptoms).await.map(Next::End);
        }
        self.tell_caller(&["hotline.advice", "hotline.called_back"]).await?;
        Ok(Next::End(End::Done))
    }

    /// Puts on record what he is owed for what he told. Done again with his ward, the station there hears of it.
    pub async fn owe(&mut self, kind: Owing, ward: Option<UnitId>, told: Option<&str>) -> Result<()> {
        let call = self.call();
        let new = NewOwed { ward, told, ..NewOwed::of(call, kind, Topic::Symptoms, self.from.as_ref()) };
        let mut cx = self.cx().await?;
        owed::add(&mut cx, self.tenant, &new).await?;
        if kind == Owing::Emergency {
            sql::choose(&mut cx, call, Topic::Emergency).await?;
        }
        sql::keep_told(&mut cx, call, None).await?;
        cx.commit().await?;
        if kind == Owing::Emergency {
            self.topic = Some(Topic::Emergency);
        }
        self.told = None;
        Ok(())
    }

    /// The household speaks for itself.
    async fn of_household(&mut self, home: HouseholdId) -> Result<Next> {
        let mut cx = self.on.store.begin(self.tenant.id, Actor::citizen(home.uuid())).await?;
        let members = samples::members(&mut cx, home).await?;
        let followed: BTreeSet<PersonId> =
            followups::own(&mut cx, home).await?.iter().map(|own| own.person).collect();
        cx.rollback().await?;
        let names: Vec<String> = members
            .iter()
            .map(|one| match one.birth_year {
                Some(year) => format!("{}, sinh năm {year}", one.given_name),
                None => one.given_name.clone(),
            })
            .collect();
        let spoken: Vec<Say> = names.iter().map(|name| Say::Name(name.clone())).collect();
        let at = match &members[..] {
            [] => return Ok(Next::Line(Topic::Symptoms, Topic::Symptoms.priority())),
            [_] => 0,
            _ => match self.choose_of("hotline.who", &spoken).await? {
                Chosen::One(at) => at,
                Chosen::Gone => return Ok(Next::End(End::HungUp)),
                Chosen::Nothing | Chosen::Person => {
                    return Ok(Next::Line(Topic::Symptoms, Topic::Symptoms.priority()));
                }
            },
        };
        let person = members[at].person;
        let (asked, entry) = self.questions(person, names[at].clone()).await?;
        let (grade, said) = if followed.contains(&person) {
            let said = (!says_nothing(&entry)).then_some("hotline.entered");
            (self.enter(home, entry).await?, said)
        } else {
            let grade = self.grade(&entry).await?;
            let sick = is_sick(&entry) || asked == Asked::Flagged;
            if sick {
                self.suspect(home, person, &members[at].given_name, &entry).await?;
            }
            (grade, sick.then_some("hotline.tested"))
        };
        if asked == Asked::Gone {
            // Of whom nothing is kept nobody would know that he called.
            return Ok(Next::End(if said.is_some() { End::Done } else { End::HungUp }));
        }
        if grade == Grade::Emergency || asked == Asked::Flagged {
            if !followed.contains(&person) || grade != Grade::Emergency {
                // No diary rings for somebody who is not followed, nor for a sign that only the script knows.
                self.ring_for(home).await?;
            }
            self.tell_caller(&["hotline.danger"]).await?;
            return Ok(Next::Line(Topic::Emergency, Topic::Emergency.priority()));
        }
        if asked == Asked::Person {
            return Ok(Next::Line(Topic::Symptoms, Topic::Symptoms.priority()));
        }
        let said: Vec<&str> = said.into_iter().chain(["hotline.advice"]).collect();
        self.tell_caller(&said).await?;
        Ok(Next::End(End::Done))
    }

    /// Writes the diary; the call's own id makes it one entry however often it is tried.
    async fn enter(&mut self, home: HouseholdId, entry: MemberEntry) -> Result<Grade> {
        if says_nothing(&entry) {
            return Ok(Grade::Well);
        }
        let mut cx = self.on.store.begin(self.tenant.id, Actor::citizen(home.uuid())).await?;
        let form = DiaryForm {
            form_key: self.call().uuid(),
            at: None,
            channel: Channel::Robot,
            members: vec![entry],
        };
        let entered = followups::enter(&mut cx, self.tenant, home, &form).await?;
        cx.record(Event::new("call.entered", self.call()).data(json!({
            "household": home, "saved": entered.saved.len(), "grade": entered.worst,
        })));
        sql::keep_told(&mut cx, self.call(), None).await?;
        cx.commit().await?;
        self.told = None;
        Ok(entered.worst)
    }

    /// A member who is not followed becomes a suspected case, with a test.
    async fn suspect(
        &mut self,
        home: HouseholdId,
        person: PersonId,
        name: &str,
        entry: &MemberEntry,
    ) -> Result<()> {
        let mut cx = self.on.store.begin(self.tenant.id, Actor::citizen(home.uuid())).await?;
        let ward = households::kept(&mut cx, home).await?.ward;
        households::queue_up(&mut cx, ward).await?;
        households::lock(&mut cx, home).await?;
        // Where his case stands already it stays.
        let running = cases::running(&mut cx, person).await?;
        let ward = running.map_or(ward, |(.., ward)| ward);
        let report = report(name, ward, entry, &cx)?;
        let placed = cases::place_known(&mut cx, self.tenant, person, &report).await?;
        followups::take_on(&mut cx, placed.case).await?;
        samples::suspected(&mut cx, placed.case).await?;
        cx.record(Event::new("call.suspected", self.call()).data(json!({
            "household": home, "case": placed.case,
        })));
        sql::keep_told(&mut cx, self.call(), None).await?;
        cx.commit().await?;
        self.told = None;
        Ok(())
    }

    async fn ring_for(&self, home: HouseholdId) -> Result<()> {
        let mut cx = self.cx().await?;
        let ward = households::kept(&mut cx, home).await?.ward;
        let new = NewOwed {
            ward: Some(ward),
            ..NewOwed::of(self.call(), Owing::Emergency, Topic::Symptoms, self.from.as_ref())
        };
        owed::open(&mut cx, Some(self.tenant), &new).await?;
        cx.commit().await
    }
}

/// Nothing was answered at all.
fn says_nothing(entry: &MemberEntry) -> bool {
    let readings = [&entry.temperature, &entry.spo2, &entry.respiratory_rate, &entry.pulse, &entry.note];
    entry.symptoms.is_empty() && readings.iter().all(|text| text.trim().is_empty())
}

/// He told of a symptom, or of a reading that somebody has to look at.
pub(super) fn is_sick(entry: &MemberEntry) -> bool {
    entry.symptoms.iter().any(|symptom| *symptom != Symptom::NoSymptom)
}

/// What was told, for the page of the hotline.
pub(super) fn told(entry: &MemberEntry) -> Value {
    json!({
        "symptoms": entry.symptoms, "temperature": entry.temperature, "spo2": entry.spo2, "pulse": entry.pulse,
        "respiratory_rate": entry.respiratory_rate,
    })
}

/// What is put on record of somebody who is known: of the person himself nothing is looked at.
fn report(name: &str, ward: UnitId, entry: &MemberEntry, cx: &Cx) -> Result<CaseReport> {
    let person = NewPerson {
        name: PersonName::parse(name).map_err(Error::internal)?,
        birth: None,
        sex: None,
        citizen_id: None,
        phone: None,
        address: None,
        ward: Some(ward),
        ward_guessed: false,
        quarter: None,
        import: None,
    };
    let symptoms: Vec<Symptom> = entry.symptoms.iter().copied().collect();
    Ok(CaseReport {
        person,
        ward,
        no_phone: None,
        classification: Classification::Suspected,
        basis: TestKind::Rapid,
        result: None,
        reported_at: cx.now(),
        symptoms,
        care: Care::Home,
        note: None,
        unit: None,
        import: None,
    })
}

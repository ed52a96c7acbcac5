//! The members of a household and how each is followed: the days of his plan, slot by slot.

use super::{Rights, followed_as, is_running, known, words};
use crate::{Me, cases, frame::Frame};
use duty::permissions::{Action, Scope, permits};
use health::{
    alerts::Grade,
    facts::Fact,
    followups::{Entry, Followed, Sheet, State},
    people::Brief,
    risk::Why,
};
use jiff::civil::Date;
use kernel::{HouseholdId, PersonId, PlanId, UnitId, dates};
use std::collections::BTreeMap;

/// Somebody who lives there, or is followed there still.
pub struct Member {
    pub name: String,
    /// Year of birth, sex, what he is to the others.
    pub about: String,
    pub case_href: Option<String>,
    pub leave_href: Option<String>,
    pub plan: Option<PlanView>,
    /// What is known of him; `None` for those who may not see it.
    pub facts: Option<Vec<known::Line>>,
    pub fact_href: Option<String>,
}

pub struct PlanView {
    /// "F0 · ngày 3/14"
    pub course: String,
    /// "Nguy cơ cao"
    pub risk: String,
    pub facts: Vec<(String, String)>,
    /// Entries missed in a row; empty when none is.
    pub missed: String,
    pub days: Vec<Day>,
    /// Contacts outside the plan's days; empty when there are none.
    pub outside: String,
    pub buttons: Vec<(String, String)>,
}

/// One day of a plan.
pub struct Day {
    /// `25/9`
    pub label: String,
    pub today: bool,
    pub slots: Vec<Mark>,
}

/// One slot of a day: a letter, an icon and, in words, what it means.
pub struct Mark {
    pub look: &'static str,
    pub letter: String,
    pub icon: &'static str,
    pub title: String,
}

/// A plan that runs no more.
pub struct Past {
    pub who: String,
    pub text: String,
}

/// Where forms of a household lie, and what the reader may do there.
pub struct View<'a> {
    pub me: &'a Me,
    pub frame: &'a Frame,
    pub id: HouseholdId,
    pub rights: Rights,
    pub units: &'a [UnitId],
    /// What is known of those whose facts the reader may see.
    pub known: &'a BTreeMap<PersonId, Vec<Fact>>,
    /// What puts people in their risk group, by their plans.
    pub whys: &'a BTreeMap<PlanId, Vec<Why>>,
}

impl View<'_> {
    /// Those who live there in the order in which they came, then those who only are followed there.
    pub fn members(&self, sheet: &Sheet) -> Vec<Member> {
        let plan_of =
            |person: PersonId| sheet.plans.iter().find(|one| is_running(one) && one.person.id == person);
        let living = sheet.home.members.iter().map(|member| {
            let plan = plan_of(member.person.id);
            let relation = member.relation.map(|one| words::relation(self.me.w, one));
            let leaves = self.rights.records && plan.is_none();
            Member {
                leave_href: leaves.then(|| self.at(&format!("leave?member={}", member.person.id))),
                ..self.member(&member.person, relation, plan)
            }
        });
        let lives =
            |one: &&Followed| sheet.home.members.iter().any(|member| member.person.id == one.person.id);
        let gone = sheet.plans.iter().filter(|one| is_running(one)).filter(|one| !lives(one));
        living.chain(gone.map(|one| self.member(&one.person, None, Some(one)))).collect()
    }

    /// The plans that run no more, newest first.
    pub fn past(&self, sheet: &Sheet) -> Vec<Past> {
        let w = self.me.w;
        let past = |one: &Followed| {
            let plan = &one.kept.plan;
            let why = one.kept.closed_as.map_or_else(String::new, |why| words::closed(w, why));
            let (from, to) = (dates::shown_date(plan.start_on), dates::shown_date(plan.ends_on));
            let at = plan.closed_at.map_or_else(String::new, |at| self.frame.d.clock.full(at));
            Past {
                who: one.person.full_name.clone(),
                text: w.follow_past(words::subject(w, plan.subject), from, to, at, why),
            }
        };
        sheet.plans.iter().filter(|one| !is_running(one)).map(past).collect()
    }

    fn at(&self, act: &str) -> String {
        self.me.at(format!("households/{}/{act}", self.id))
    }

    fn member(&self, person: &Brief, relation: Option<String>, plan: Option<&Followed>) -> Member {
        let about = std::iter::once(cases::birth_and_sex(self.me.w, person)).chain(relation);
        let sees_case = permits(&self.me.actor, Action::CaseSee, Scope::Units(self.units));
        let case = plan.and_then(|one| one.kept.case).filter(|_| sees_case);
        Member {
            name: person.full_name.clone(),
            about: about.collect::<Vec<_>>().join(" · "),
            case_href: case.map(|case| self.me.at(format!("cases/{case}"))),
            leave_href: None,
            plan: plan.map(|one| self.plan(one)),
            facts: self.known.get(&person.id).map(|facts| {
                let records = self.rights.records;
                facts.iter().map(|fact| known::line(self.me, self.frame, self.id, fact, records)).collect()
            }),
            fact_href: self.rights.records.then(|| self.at(&format!("fact?member={}", person.id))),
        }
    }

    fn plan(&self, one: &Followed) -> PlanView {
        let (w, plan) = (self.me.w, &one.kept.plan);
        let mut facts = vec![
            (
                w.follow_days(),
                w.follow_from_to(dates::shown_date(plan.start_on), dates::shown_date(plan.ends_on)),
            ),
            (w.follow_basis(), words::basis(w, plan.basis)),
            (w.follow_risk(), self.risk(one)),
        ];
        if let Some(protected) = one.kept.protected.filter(|_| self.rights.reads) {
            let told = if protected { w.follow_protected_yes() } else { w.follow_protected_no() };
            facts.push((w.follow_protected(), told));
        }
        let last = one.contacts.iter().rev().find(|contact| contact.made().counts());
        facts.push((
            w.follow_last(),
            match last {
                None => w.follow_never(),
                Some(contact) => {
                    let state = contact.grade.map_or_else(String::new, |grade| words::grade(w, grade));
                    format!("{} · {state}", self.frame.d.clock.short(contact.at))
                }
            },
        ));
        let outside = one.slots.iter().filter(|slot| slot.state == State::Outside).count();
        let acts = [
            ("restart", w.follow_do_restart()),
            ("lengthen", w.follow_do_lengthen()),
            ("close", w.follow_do_close()),
        ];
        let buttons = acts.into_iter().filter(|_| self.rights.records);
        PlanView {
            course: followed_as(self.me, self.frame, one),
            risk: words::risk_tag(w, plan.risk),
            facts,
            missed: match one.missed {
                ..=0 => String::new(),
                1 => w.follow_missed_once(),
                more => w.follow_missed(more.to_string()),
            },
            days: self.days(&one.slots),
            outside: if outside > 0 { w.follow_outside(outside.to_string()) } else { String::new() },
            buttons: buttons
                .map(|(act, label)| (self.at(&format!("{act}?plan={}", one.kept.id)), label))
                .collect(),
        }
    }

    /// "Cao: tuổi, bệnh nền"; why for those alone who see what was measured.
    fn risk(&self, one: &Followed) -> String {
        let risk = words::risk(self.me.w, one.kept.plan.risk);
        let whys = self.whys.get(&one.kept.id).filter(|whys| self.rights.reads && !whys.is_empty());
        whys.map_or_else(|| risk.clone(), |whys| format!("{risk}: {}", words::risk_whys(self.me.w, whys)))
    }

    fn days(&self, slots: &[Entry]) -> Vec<Day> {
        let mut days: Vec<(Date, Day)> = Vec::new();
        for (slot, name) in slots.iter().filter_map(|slot| Some((slot, slot.name.as_deref()?))) {
            let mark = self.mark(slot, name);
            match days.last_mut() {
                Some((day, row)) if *day == slot.day => row.slots.push(mark),
                _ => {
                    let label = format!("{}/{}", slot.day.day(), slot.day.month());
                    let today = slot.day == self.frame.d.clock.today();
                    days.push((slot.day, Day { label, today, slots: vec![mark] }));
                }
            }
        }
        days.into_iter().map(|(_, row)| row).collect()
    }

    fn mark(&self, slot: &Entry, name: &str) -> Mark {
        let w = self.me.w;
        let (look, icon) = match (slot.state, slot.grade) {
            (State::Filled, Some(Grade::Emergency | Grade::Today)) => ("flagged", "alert-triangle"),
            (State::Filled, _) => ("filled", "check"),
            (State::Missed, _) => ("missed", "x"),
            (State::Open, _) => ("open", "clock"),
            (State::Coming, _) => ("coming", "circle"),
            (State::NotOwed | State::Outside, _) => ("none", "minus"),
        };
        let slot_word = words::slot(w, name);
        let state = match slot.grade.filter(|_| slot.state == State::Filled) {
            Some(grade) => format!("{}, {}", words::state(w, slot.state), words::grade(w, grade)),
            None => words::state(w, slot.state),
        };
        Mark {
            look,
            icon,
            letter: slot_word.chars().take(1).collect(),
            title: w.follow_slot_title(slot_word.as_str(), dates::shown_date(slot.day), state),
        }
    }
}

//! What happened to a household, in words. What was measured stands in the table of readings.

use super::{Rights, readings::OPEN, supplies, words};
use crate::{
    Me, cases,
    frame::{self, Frame},
    papers, removals, samples,
    tickets::{Line, Teller, word},
};
use health::{
    alerts::{Ended, Grade},
    answers::Meant,
    care::{bags::Ended as BagEnded, needs::Item as Need, papers::Kind as Paper},
    cases::{TestKind, TestResult},
    facts::{Kind, Withdrawn},
    followups::{Channel, Closed, ContactOutcome, Group, Sheet, Subject},
    households,
    removals::{Ended as Arrival, Step},
    risk::Why,
    samples::{Reason, Seen},
};
use jiff::civil::Date;
use kernel::{HouseholdId, PersonId, PlanId, Result, UnitId, dates};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::events::{self, Recorded};

/// A form writes one line, however many members it was about.
const DIARY: &str = "household.diary_entered";
const RISK: &str = "follow.risk_changed";
/// From so many lines on those of older days are folded.
const MANY: usize = 8;

/// Whom a household's events speak of.
struct Cast<'a> {
    me: &'a Me,
    people: BTreeMap<PersonId, String>,
    plans: BTreeMap<PlanId, PersonId>,
    /// What was measured, and what people wrote of it, may be told.
    reads: bool,
    /// What is known of people beside that may be told.
    records: bool,
}

/// What happened to a household that the reader may see, oldest first.
pub async fn events(frame: &mut Frame, id: HouseholdId) -> Result<Vec<Recorded>> {
    let mut events = Vec::new();
    // What happened to a household that has become one with this is its story too.
    for home in households::all_of(&mut frame.cx, id).await? {
        events.extend(events::of_object(&mut frame.cx, home.uuid()).await?);
    }
    events.sort_by_key(|event| event.at);
    // What tells of an illness is sealed beside the event; the lines below read both as one.
    for event in &mut events {
        if let (Some(data), Some(Value::Object(sealed))) = (event.data.as_object_mut(), &event.payload) {
            for (key, value) in sealed {
                data.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    Ok(events)
}

/// What put people in the risk group in which they are now, by their plans.
pub fn whys(events: &[Recorded]) -> BTreeMap<PlanId, Vec<Why>> {
    let judged = events.iter().filter(|event| event.kind == RISK);
    judged.filter_map(|event| Some((word(&event.data, "plan")?, reasons(&event.data)))).collect()
}

fn reasons(data: &Value) -> Vec<Why> {
    let words = data["why"].as_array().into_iter().flatten().filter_map(Value::as_str);
    words.filter_map(|why| why.parse().ok()).collect()
}

/// The timeline of a household, oldest first: what is folded, and what stands open.
pub async fn lines(
    me: &Me,
    frame: &mut Frame,
    events: Vec<Recorded>,
    sheet: &Sheet,
    rights: Rights,
) -> Result<(Vec<Line>, Vec<Line>)> {
    let members = sheet.home.members.iter().map(|member| &member.person);
    let people = members.chain(sheet.plans.iter().map(|one| &one.person));
    let cast = Cast {
        me,
        people: people.map(|person| (person.id, person.full_name.clone())).collect(),
        plans: sheet.plans.iter().map(|one| (one.kept.id, one.kept.person)).collect(),
        reads: rights.reads,
        records: rights.records,
    };
    // Who closes a plan says why; the bare fact beside it would say it twice.
    let said: BTreeSet<PlanId> = events
        .iter()
        .filter(|event| event.kind == "follow.closed_because")
        .filter_map(|event| word::<PlanId>(&event.data, "plan"))
        .collect();
    let twice = |event: &Recorded| {
        event.kind == "follow.closed"
            && word::<PlanId>(&event.data, "plan").is_some_and(|plan| said.contains(&plan))
    };
    // The one that stays tells of the joining.
    let told = |event: &Recorded| !twice(event) && event.kind != "household.joined_into";
    let events: Vec<Recorded> = events.into_iter().filter(told).collect();
    let (tree, d) = (frame.tree.clone(), frame.d.clone());
    let teller = Teller::of(me, frame, &events).await?;
    let unit = |data: &Value, key: &str| frame::short(&tree, &d, word::<UnitId>(data, key));
    let together = |one: &Recorded, other: &Recorded| {
        one.kind == DIARY
            && other.kind == DIARY
            && (one.at, one.actor_id) == (other.at, other.actor_id)
            && one.data["outcome"] == other.data["outcome"]
    };
    let lines = events
        .chunk_by(together)
        .filter_map(|form| {
            let event = form.first()?;
            let own = event.actor_kind == "citizen";
            let who = if own { me.w.household_story_household() } else { teller.actor(event) };
            let time = (d.clock.short(event.at), d.clock.full(event.at));
            let line = Line::plain(cast.told(form, event, &unit), who, cast.quote(event), time);
            Some((d.clock.day(event.at), line))
        })
        .collect();
    Ok(folded(lines))
}

/// Those of older days, where they are many, and the others.
fn folded(lines: Vec<(Date, Line)>) -> (Vec<Line>, Vec<Line>) {
    let mut days: Vec<Date> = lines.iter().map(|(day, _)| *day).collect();
    days.dedup();
    let open = days.iter().rev().nth(OPEN - 1).copied();
    let older = lines.iter().filter(|(day, _)| open.is_some_and(|open| *day < open)).count();
    let mut before: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
    let lines = before.split_off(if older < MANY { 0 } else { older });
    (before, lines)
}

fn day(value: &Value) -> String {
    value.as_str().and_then(|day| day.parse::<Date>().ok()).map_or_else(String::new, dates::shown_date)
}

impl Cast<'_> {
    /// A reason is for all to read, unless it tells of the illness, as a note may.
    fn quote(&self, event: &Recorded) -> Option<String> {
        let payload = event.payload.as_ref();
        let text = |key: &str| payload.and_then(|payload| payload[key].as_str()).map(str::to_owned);
        let tells = match event.kind.split('.').next() {
            Some("fact") => !self.records,
            Some("removal" | "self_test" | "need") => !self.reads,
            _ => false,
        };
        text("why")
            .filter(|_| !tells)
            .or_else(|| text("note").or_else(|| text("words")).filter(|_| self.reads))
            .or_else(|| event.erased.then(|| self.me.w.story_erased()))
    }

    /// Whom an event is about: by himself, or by his plan.
    fn who(&self, data: &Value) -> String {
        let of_plan = || self.plans.get(&word::<PlanId>(data, "plan")?).copied();
        word::<PersonId>(data, "person")
            .or_else(of_plan)
            .and_then(|person| self.people.get(&person).cloned())
            .unwrap_or_else(|| self.me.w.household_story_somebody())
    }

    fn all(&self, people: &Value) -> String {
        let ids = people.as_array().into_iter().flatten().filter_map(Value::as_str);
        let known = ids.filter_map(|id| self.people.get(&id.parse::<PersonId>().ok()?).cloned());
        known.collect::<Vec<_>>().join(", ")
    }

    /// Who cares for the household from then on, beside its station.
    fn assigned(&self, data: &Value, unit: &dyn Fn(&Value, &str) -> String) -> String {
        let given = ["mobile_station", "care_team"].into_iter().filter(|key| data[*key].is_string());
        let given: Vec<String> = given.map(|key| unit(data, key)).collect();
        if given.is_empty() {
            self.me.w.household_story_given_nobody()
        } else {
            self.me.w.household_story_team_given(given.join(", "))
        }
    }

    fn told(
        &self,
        form: &[Recorded],
        event: &Recorded,
        unit: &dyn Fn(&Value, &str) -> String,
    ) -> (&'static str, &'static str, String) {
        let (w, data) = (self.me.w, &event.data);
        match event.kind.as_str() {
            DIARY => self.diary(form, data),
            "household.opened" if data["care_team"].is_string() => {
                ("opened", "home", w.household_story_opened_team(unit(data, "care_team")))
            }
            "household.opened" => ("opened", "home", w.household_story_opened()),
            "household.member_added" => ("", "user-plus", w.household_story_member_added(self.who(data))),
            "household.member_left" => ("", "user-off", w.household_story_member_left(self.who(data))),
            "household.code_made" => ("", "qrcode", w.household_story_code_made()),
            "household.code_opened" => ("", "qrcode", w.household_story_code_opened()),
            "household.code_revoked" => ("missed", "x", w.household_story_code_revoked()),
            "household.contact_opened" => ("", "phone-outgoing", w.household_story_contact_opened()),
            "household.assigned" => ("climbed", "users-group", self.assigned(data, unit)),
            "household.joined" => {
                let code = data["code"].as_str().unwrap_or_default();
                ("opened", "git-merge", w.household_story_joined(code))
            }
            "household.reminded" => ("", "bell", w.household_story_reminded(self.all(&data["people"]))),
            "household.calls_told" => ("", "phone-check", w.household_story_calls_told()),
            "household.calls_announced" => ("", "message", w.household_story_calls_announced()),
            "household.calls_unanswered" => {
                ("missed", "phone-x", w.household_story_calls_unanswered(data["tries"].to_string()))
            }
            "household.calls_paused" => ("", "phone-off", w.household_story_calls_paused()),
            "household.calls_resumed" => ("", "phone-call", w.household_story_calls_resumed()),
            "household.visit_ordered" => ("opened", "home", w.household_story_visit_ordered()),
            "household.text_received" => self.by_text(data),
            "household.call_back_asked" => ("opened", "phone-call", w.household_story_call_back_asked()),
            "household.call_back_owed" => ("opened", "phone-call", w.household_story_call_back_owed()),
            "household.edited" if data["care_team"].is_string() => {
                ("climbed", "users-group", w.household_story_team_given(unit(data, "care_team")))
            }
            "household.edited" => ("", "edit", w.household_story_edited()),
            "alert.raised" => self.raised(data),
            "alert.ended" => {
                let how = word::<Ended>(data, "as").map_or_else(String::new, |one| words::ended(w, one));
                ("resolved", "checks", w.household_story_alert_ended(self.who(data), how))
            }
            RISK => self.risk(data),
            "fact.added" => ("", "note", w.household_story_fact_added(self.who(data), self.fact(data))),
            "fact.withdrawn" => {
                let why = word::<Withdrawn>(data, "as")
                    .map_or_else(String::new, |one| words::fact_withdrawn(w, one));
                ("missed", "x", w.household_story_fact_withdrawn(self.who(data), self.fact(data), why))
            }
            kind if kind.starts_with("removal.") => self.removal(kind, data, unit),
            kind if kind.starts_with("sample.") || kind.starts_with("self_test.") => self.test(kind, data),
            kind if kind.starts_with("bag.") => self.bag(kind, data, unit),
            kind if kind.starts_with("need.") => self.need(kind, data),
            kind if kind.starts_with("paper.") => self.paper(kind, data),
            "release.done" => ("resolved", "logout", w.household_story_released(self.who(data))),
            kind if kind.starts_with("follow.") => self.follow(kind, data),
            _ => ("", "info-circle", event.kind.clone()),
        }
    }

    fn diary(&self, form: &[Recorded], data: &Value) -> (&'static str, &'static str, String) {
        let w = self.me.w;
        let channel = word::<Channel>(data, "channel").map_or_else(String::new, |one| words::channel(w, one));
        let about = |event: &Recorded| match word::<Grade>(&event.data, "grade") {
            Some(grade) => format!("{} ({})", self.who(&event.data), words::grade(w, grade)),
            None => self.who(&event.data),
        };
        let who: Vec<String> = form.iter().map(about).collect();
        let who = who.join(", ");
        match word::<ContactOutcome>(data, "outcome") {
            Some(ContactOutcome::NotReached) => {
                ("missed", "phone-x", w.household_story_not_reached(channel, who))
            }
            Some(ContactOutcome::Refused) => ("missed", "user-off", w.household_story_refused(channel, who)),
            Some(ContactOutcome::Reminded) => ("", "bell", w.household_story_reminded(who)),
            _ => ("accepted", "clipboard-check", w.household_story_diary(channel, who)),
        }
    }

    /// What the family wrote by text stands beside it, for those who read its diary.
    fn by_text(&self, data: &Value) -> (&'static str, &'static str, String) {
        let w = self.me.w;
        match word::<Meant>(data, "as") {
            Some(Meant::Danger) => ("missed", "alert-triangle", w.household_story_text_danger()),
            Some(Meant::CallBack) => ("opened", "phone-call", w.household_story_text_call_back()),
            Some(Meant::Stop) => ("", "phone-off", w.household_story_text_stop()),
            Some(Meant::Resume) => ("", "phone-call", w.household_story_text_resume()),
            Some(Meant::Words) | None => ("", "message", w.household_story_text_words()),
        }
    }

    fn raised(&self, data: &Value) -> (&'static str, &'static str, String) {
        let w = self.me.w;
        let grade = word::<Grade>(data, "grade");
        let look = if grade == Some(Grade::Emergency) { "missed" } else { "directive" };
        let grade = grade.map_or_else(String::new, |one| words::grade(w, one));
        let codes: Vec<&str> =
            data["signs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let what = if self.reads && !codes.is_empty() {
            w.household_story_alert_signs(grade, self.who(data), words::signs(w, &codes))
        } else {
            w.household_story_alert(grade, self.who(data))
        };
        (look, "alert-triangle", what)
    }

    /// What a fact is about; its kind alone may tell of an illness.
    fn fact(&self, data: &Value) -> String {
        let kind = word::<Kind>(data, "kind").filter(|_| self.records);
        kind.map_or_else(|| self.me.w.household_story_fact_some(), |one| words::fact(self.me.w, one))
    }

    fn risk(&self, data: &Value) -> (&'static str, &'static str, String) {
        let w = self.me.w;
        let group =
            |key| word::<Group>(data, key).map_or_else(String::new, |one| words::risk(w, one).to_lowercase());
        let whys = reasons(data);
        let told = w.household_story_risk(self.who(data), group("from"), group("to"));
        let told = if self.reads && !whys.is_empty() {
            format!("{told} ({})", words::risk_whys(w, &whys))
        } else {
            told
        };
        ("climbed", "activity", told)
    }

    /// What was tested, or is to be; what came of it is for those who see what was measured.
    fn test(&self, kind: &str, data: &Value) -> (&'static str, &'static str, String) {
        let (w, who) = (self.me.w, self.who(data));
        let reason =
            || word::<Reason>(data, "reason").map_or_else(String::new, |one| cases::test_reason(w, one));
        match kind {
            "sample.ordered" => {
                let what =
                    word::<TestKind>(data, "kind").map_or_else(String::new, |one| cases::test_kind(w, one));
                ("opened", "clipboard-list", w.household_story_sample_ordered(what, who, reason()))
            }
            "sample.answered" => ("resolved", "checks", w.household_story_sample_answered(who, reason())),
            "sample.withdrawn" => ("missed", "x", w.household_story_sample_withdrawn(who, reason())),
            "sample.clashed" => ("missed", "alert-triangle", w.household_story_sample_clashed(who)),
            "self_test.told" => {
                let result = word::<TestResult>(data, "result").filter(|_| self.reads);
                match result {
                    Some(result) => {
                        let result = cases::test_result(w, result);
                        ("directive", "photo", w.household_story_self_test_result(who, result))
                    }
                    None => ("directive", "photo", w.household_story_self_test(who)),
                }
            }
            _ => {
                let seen = word::<Seen>(data, "as").map_or_else(String::new, |one| samples::seen(w, one));
                ("accepted", "eye", w.household_story_self_test_seen(who, seen))
            }
        }
    }

    fn removal(
        &self,
        kind: &str,
        data: &Value,
        unit: &dyn Fn(&Value, &str) -> String,
    ) -> (&'static str, &'static str, String) {
        let (w, who) = (self.me.w, self.who(data));
        match kind {
            "removal.asked" if data["to_unit"].is_string() => {
                ("opened", "ambulance", w.household_story_removal_asked_to(who, unit(data, "to_unit")))
            }
            "removal.asked" => ("opened", "ambulance", w.household_story_removal_asked(who)),
            "removal.directed" if data["to_unit"].is_string() => {
                ("", "ambulance", w.household_story_removal_directed_to(who, unit(data, "to_unit")))
            }
            "removal.directed" => ("", "ambulance", w.household_story_removal_directed(who)),
            "removal.stepped" => {
                let step = word::<Step>(data, "step").map_or_else(String::new, |one| removals::step(w, one));
                ("climbed", "ambulance", w.household_story_removal_stepped(who, step.to_lowercase()))
            }
            "removal.oxygen_given" => {
                let flow = data["litres_tenths"].as_i64().and_then(|tenths| i16::try_from(tenths).ok());
                let told = match flow {
                    Some(tenths) => {
                        w.household_story_removal_oxygen_flow(who, crate::removals::tenths(w, tenths))
                    }
                    None => w.household_story_removal_oxygen(who),
                };
                ("", "heartbeat", told)
            }
            "removal.refused" => ("missed", "user-off", w.household_story_removal_refused(who)),
            _ => {
                let how = word::<Arrival>(data, "as").map_or_else(String::new, |one| removals::ended(w, one));
                ("resolved", "building-hospital", w.household_story_removal_ended(who, how.to_lowercase()))
            }
        }
    }

    fn bag(
        &self,
        kind: &str,
        data: &Value,
        unit: &dyn Fn(&Value, &str) -> String,
    ) -> (&'static str, &'static str, String) {
        let (w, who) = (self.me.w, self.who(data));
        let bag = data["kind"].as_str().unwrap_or_default();
        if kind == "bag.given" {
            return ("", "first-aid-kit", w.household_story_bag_given(who, bag, unit(data, "from")));
        }
        match kind {
            "bag.consent_kept" => return ("", "paperclip", w.household_story_bag_consent_kept(bag, who)),
            "bag.consent_opened" => return ("", "eye", w.household_story_bag_consent_opened(bag, who)),
            _ => {}
        }
        let how = word::<BagEnded>(data, "as").map_or_else(String::new, |one| supplies::bag_ended(w, one));
        ("", "first-aid-kit", w.household_story_bag_ended(bag, who, how.to_lowercase()))
    }

    fn need(&self, kind: &str, data: &Value) -> (&'static str, &'static str, String) {
        let w = self.me.w;
        let codes = data["items"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let items: Vec<String> =
            codes.filter_map(|code| code.parse::<Need>().ok()).map(|one| supplies::need(w, one)).collect();
        let items = items.join(", ").to_lowercase();
        if kind == "need.asked" {
            ("opened", "basket", w.household_story_need_asked(items))
        } else {
            ("resolved", "basket", w.household_story_need_met(items))
        }
    }

    fn paper(&self, kind: &str, data: &Value) -> (&'static str, &'static str, String) {
        let w = self.me.w;
        let name = word::<Paper>(data, "kind").map_or_else(String::new, |one| papers::kind(w, one));
        let name = name.to_lowercase();
        match kind {
            "paper.issued" if data["person"].is_string() => {
                ("", "file-text", w.household_story_paper_issued(name, self.who(data)))
            }
            "paper.issued" => ("", "file-text", w.household_story_paper_of_house(name)),
            "paper.withdrawn" => ("missed", "x", w.household_story_paper_withdrawn(name)),
            _ => ("", "printer", w.household_story_paper_opened(name)),
        }
    }

    fn follow(&self, kind: &str, data: &Value) -> (&'static str, &'static str, String) {
        let (w, who) = (self.me.w, self.who(data));
        match kind {
            "follow.opened" => {
                let subject =
                    word::<Subject>(data, "subject").map_or_else(String::new, |one| words::subject(w, one));
                let (from, to) = (day(&data["start_on"]), day(&data["ends_on"]));
                ("opened", "calendar-event", w.household_story_follow_opened(who, subject, from, to))
            }
            "follow.restarted" => {
                let (before, after) = (day(&data["from"][0]), day(&data["to"][0]));
                ("climbed", "calendar", w.household_story_restarted(who, before, after))
            }
            "follow.days_judged" => {
                let (before, after) = (day(&data["from"]), day(&data["to"]));
                ("climbed", "calendar", w.household_story_days_judged(who, before, after))
            }
            "follow.lengthened" => {
                let (before, after) = (day(&data["from"]), day(&data["to"]));
                ("climbed", "calendar", w.household_story_lengthened(who, before, after))
            }
            _ => {
                let why = word::<Closed>(data, "as").map_or_else(String::new, |one| words::closed(w, one));
                ("resolved", "check", w.household_story_closed(who, why))
            }
        }
    }
}

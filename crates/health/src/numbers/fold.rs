//! From events to numbers: pure counting, and the two ways in which it is fed.

use super::{measure::Measure, sql};
use crate::cases::{Care, Ending};
use async_trait::async_trait;
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{civil::Date, tz::TimeZone};
use kernel::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};
use store::{
    Cx, Event, Topic,
    events::{self, Recorded, Replayed},
    subscriptions::{self, OnEvent},
};
use uuid::Uuid;

/// The name of the cursor.
pub(super) const NAME: &str = "health.numbers";

/// What is remembered of a case, a plan or a list between two of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Object {
    Case(Case),
    /// An F1 who is followed.
    Plan {
        ward: Uuid,
    },
    /// What a list brought, until it is taken back.
    List {
        tests: Vec<(Measure, Date, Uuid, i64)>,
    },
}

impl Object {
    /// Where it stands; the unit of zeros for a list.
    pub fn ward(&self) -> Uuid {
        match self {
            Self::Case(case) => case.ward,
            Self::Plan { ward } => *ward,
            Self::List { .. } => Uuid::nil(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Case {
    /// Where the person is cared for now.
    ward: Uuid,
    confirmed: bool,
    care: Care,
    severe: bool,
    /// Since when he is an F0, and of which ward: a ward that has passed into another keeps what
    /// happened in its time.
    f0: Option<(Date, Uuid)>,
    end: Option<(Ending, Date, Uuid)>,
    /// Another case of the same illness counts in its place.
    #[serde(default)]
    joined: bool,
}

impl Case {
    /// Where an F0 is cared for who is still ill, and whether he is severe.
    fn stands(&self) -> impl Iterator<Item = Measure> {
        let ill = self.confirmed && self.end.is_none() && !self.joined;
        let care = ill.then_some(Measure::of_care(self.care));
        care.into_iter().chain((ill && self.severe).then_some(Measure::Severe))
    }

    /// What has happened to an F0, each on its day and in its ward.
    fn happened(&self) -> impl Iterator<Item = (Measure, Date, Uuid)> {
        let f0 = self.f0.map(|(day, ward)| (Measure::F0, day, ward));
        let end = self.end.and_then(|(ending, day, ward)| match ending {
            Ending::Recovered => Some((Measure::Recovered, day, ward)),
            Ending::Died => Some((Measure::Died, day, ward)),
            Ending::LeftDistrict => None,
        });
        f0.into_iter().chain(end).filter(|_| self.confirmed && !self.joined)
    }

    /// The case after an event; `None` for one that is on record no more.
    fn after(before: Option<&Self>, event: &Recorded) -> Option<Self> {
        let data = &event.data;
        let day: Option<Date> = word(data, "confirmed_on");
        if event.kind == "case.recorded" {
            let ward = event.unit_id.unwrap_or_default();
            return Some(Self {
                ward,
                confirmed: data["classification"] == "confirmed",
                care: word(data, "care").unwrap_or(Care::Unknown),
                severe: false,
                f0: day.map(|day| (day, ward)),
                end: None,
                joined: false,
            });
        }
        let mut case = before?.clone();
        match event.kind.as_str() {
            "case.withdrawn" => return None,
            "case.joined" => case.joined = true,
            "case.parted" => case.joined = false,
            "case.classified" => {
                case.confirmed = data["to"] == "confirmed";
                case.f0 = day.filter(|_| case.confirmed).map(|day| (day, case.ward));
            }
            "case.moved" => case.care = word(data, "to").unwrap_or(case.care),
            "case.moved_ward" => {
                let to = word(data, "to").or(event.unit_id).unwrap_or_default();
                case.ward = to;
                case.f0 = case.f0.map(|(day, _)| (day, to));
                case.end = case.end.map(|(ending, day, _)| (ending, day, to));
            }
            "case.ended" => {
                if let (Some(ending), Some(on)) = (word(data, "as"), word(data, "on")) {
                    case.end = Some((ending, on, case.ward));
                }
            }
            "case.severe_set" => case.severe = data["severe"] == true,
            _ => {}
        }
        Some(case)
    }
}

fn word<T: FromStr>(data: &Value, key: &str) -> Option<T> {
    data[key].as_str()?.parse().ok()
}

/// The plan, or the list, that an event names.
fn named(event: &Recorded) -> Option<Uuid> {
    match event.kind.as_str() {
        "follow.opened" | "follow.closed" => word(&event.data, "plan"),
        "test.recorded" => word(&event.data, "import"),
        "import.undone" => Some(event.object_id),
        _ if event.object_kind == "case" => Some(event.object_id),
        _ => None,
    }
}

/// The counting: what is known of each object, and what a run of events adds.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub objects: BTreeMap<Uuid, Object>,
    /// Objects that the run has changed, made or let go.
    pub touched: BTreeSet<Uuid>,
    pub counts: BTreeMap<(Measure, Date, Uuid), i64>,
}

impl Book {
    pub fn of(objects: BTreeMap<Uuid, Object>) -> Self {
        Self { objects, ..Self::default() }
    }

    /// Adds one event, on the day it has in the district.
    pub fn add(&mut self, event: &Recorded, zone: &TimeZone) {
        let day = event.at.to_zoned(zone.clone()).date();
        match event.kind.as_str() {
            "case.recorded" | "case.classified" | "case.moved" | "case.moved_ward" | "case.ended"
            | "case.severe_set" | "case.joined" | "case.parted" | "case.withdrawn" => self.case(event, day),
            "follow.opened" if event.data["subject"] == "f1" => {
                let ward = word(&event.data, "ward").or(event.unit_id).unwrap_or_default();
                if let Some(plan) = named(event) {
                    self.put(plan, Some(Object::Plan { ward }));
                    self.count(Measure::F1, day, ward, 1);
                }
            }
            "follow.closed" => {
                let plan = named(event).and_then(|plan| Some((plan, self.objects.get(&plan)?.ward())));
                if let Some((plan, ward)) = plan {
                    self.put(plan, None);
                    self.count(Measure::F1, day, ward, -1);
                }
            }
            "test.recorded" => self.test(event, day),
            "import.undone" => {
                if let Some(Object::List { tests }) = self.objects.get(&event.object_id).cloned() {
                    for (measure, day, ward, n) in tests {
                        self.count(measure, day, ward, -n);
                    }
                    self.put(event.object_id, None);
                }
            }
            "ward.succeeded" => {
                if let (Some(from), Some(to)) = (word(&event.data, "from"), word(&event.data, "to")) {
                    self.pass(from, to, day);
                }
            }
            _ => {}
        }
    }

    fn case(&mut self, event: &Recorded, day: Date) {
        let before = match self.objects.get(&event.object_id) {
            Some(Object::Case(case)) => Some(case.clone()),
            _ => None,
        };
        let after = Case::after(before.as_ref(), event);
        for (case, sign) in [(&before, -1), (&after, 1)] {
            let Some(case) = case else { continue };
            for measure in case.stands() {
                self.count(measure, day, case.ward, sign);
            }
            for (measure, on, ward) in case.happened() {
                self.count(measure, on, ward, sign);
            }
        }
        if before.is_some() || after.is_some() {
            self.put(event.object_id, after.map(Object::Case));
        }
    }

    fn test(&mut self, event: &Recorded, day: Date) {
        let ward = event.unit_id.unwrap_or_default();
        let positive = (event.data["result"] == "positive").then_some(Measure::Positive);
        for measure in std::iter::once(Measure::Tested).chain(positive) {
            self.count(measure, day, ward, 1);
            let Some(list) = named(event) else { continue };
            let mut tests = match self.objects.remove(&list) {
                Some(Object::List { tests }) => tests,
                _ => Vec::new(),
            };
            match tests.iter_mut().find(|(known, on, at, _)| (*known, *on, *at) == (measure, day, ward)) {
                Some((.., n)) => *n += 1,
                None => tests.push((measure, day, ward, 1)),
            }
            self.put(list, Some(Object::List { tests }));
        }
    }

    /// What stands in a ward goes on in the ward into which it has passed; what has happened there stays.
    fn pass(&mut self, from: Uuid, to: Uuid, day: Date) {
        let moving: Vec<(Uuid, Object)> = self
            .objects
            .iter()
            .filter(|(_, object)| object.ward() == from)
            .map(|(id, object)| (*id, object.clone()))
            .collect();
        for (id, mut object) in moving {
            let standing: Vec<Measure> = match &mut object {
                Object::Case(case) => {
                    case.ward = to;
                    case.stands().collect()
                }
                Object::Plan { ward } => {
                    *ward = to;
                    vec![Measure::F1]
                }
                Object::List { .. } => Vec::new(),
            };
            for measure in standing {
                self.count(measure, day, from, -1);
                self.count(measure, day, to, 1);
            }
            self.put(id, Some(object));
        }
    }

    fn put(&mut self, id: Uuid, object: Option<Object>) {
        self.touched.insert(id);
        match object {
            Some(object) => self.objects.insert(id, object),
            None => self.objects.remove(&id),
        };
    }

    fn count(&mut self, measure: Measure, day: Date, ward: Uuid, n: i64) {
        *self.counts.entry((measure, day, ward)).or_default() += n;
    }
}

/// The subscriber that keeps the numbers up to the sealed events.
pub struct Fold;

#[async_trait]
impl OnEvent for Fold {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let zone = units::timezone(cx).await?;
        let ids: Vec<Uuid> = events.iter().filter_map(named).collect();
        let wards: Vec<Uuid> = events
            .iter()
            .filter(|event| event.kind == "ward.succeeded")
            .filter_map(|event| word(&event.data, "from"))
            .collect();
        let mut book = Book::of(sql::objects(cx, &ids, &wards).await?);
        for event in events {
            book.add(event, &zone);
        }
        if !book.touched.is_empty() || !book.counts.is_empty() {
            sql::keep(cx, &book).await?;
            cx.tell(Topic::screen("board"));
        }
        Ok(())
    }
}

/// Counts everything again from the first event and puts it in the place of the numbers. Reads first
/// and writes last, so that neither the sealer nor the subscription waits for the reading.
pub async fn rebuild(cx: &mut Cx) -> Result<Replayed> {
    cx.permit(Action::TenantManage, Scope::Tenant)?;
    let zone = units::timezone(cx).await?;
    let mut book = Book::default();
    let rebuilt = events::replay(cx, |event| book.add(event, &zone)).await?;
    subscriptions::set_cursor(cx, NAME, rebuilt.seq).await?;
    sql::clear(cx).await?;
    sql::keep(cx, &book).await?;
    let tenant = cx.tenant().uuid();
    cx.record(
        Event::new("numbers.rebuilt", tenant).data(json!({ "events": rebuilt.events, "seq": rebuilt.seq })),
    );
    cx.tell(Topic::screen("board"));
    Ok(rebuilt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const WARD: Uuid = Uuid::from_u128(3);
    const OTHER: Uuid = Uuid::from_u128(4);

    fn of(kind: &str, object: u128, at: &str, data: Value) -> Recorded {
        Recorded {
            id: Uuid::from_u128(1).into(),
            at: at.parse().unwrap(),
            actor_kind: "system".into(),
            actor_id: None,
            actor_part: None,
            on_behalf_of: None,
            kind: kind.into(),
            object_kind: kind.split('.').next().unwrap().into(),
            object_id: Uuid::from_u128(object),
            matter_id: None,
            unit_id: Some(WARD),
            data,
            payload: None,
            erased: false,
            seq: Some(1),
            hash: None,
        }
    }

    fn recorded(at: &str, classification: &str, care: &str) -> Recorded {
        let day = (classification == "confirmed").then_some("2021-09-25");
        let data = json!({ "classification": classification, "confirmed_on": day, "care": care });
        of("case.recorded", 2, at, data)
    }

    /// What stands after these events, by measure, day of September and ward.
    fn counted(events: &[Recorded]) -> Vec<(Measure, i8, Uuid, i64)> {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let mut book = Book::default();
        for event in events {
            book.add(event, &zone);
        }
        let lines = book.counts.into_iter().filter(|(_, n)| *n != 0);
        lines.map(|((measure, day, ward), n)| (measure, day.day(), ward, n)).collect()
    }

    const MORNING: &str = "2021-09-25T01:00:00Z";
    const NEXT: &str = "2021-09-26T01:00:00Z";

    #[test]
    fn a_case_is_counted_where_it_is_cared_for_until_it_ends() {
        let events = [
            recorded(MORNING, "confirmed", "home"),
            of("case.severe_set", 2, MORNING, json!({ "severe": true })),
            of("case.moved", 2, NEXT, json!({ "from": "home", "to": "hospital" })),
            of("case.ended", 2, NEXT, json!({ "as": "died", "on": "2021-09-26" })),
        ];
        assert_eq!(
            counted(&events[..3]),
            [
                (Measure::F0, 25, WARD, 1),
                (Measure::AtHome, 25, WARD, 1),
                (Measure::AtHome, 26, WARD, -1),
                (Measure::Hospital, 26, WARD, 1),
                (Measure::Severe, 25, WARD, 1),
            ]
        );
        assert_eq!(
            counted(&events),
            [
                (Measure::F0, 25, WARD, 1),
                (Measure::AtHome, 25, WARD, 1),
                (Measure::AtHome, 26, WARD, -1),
                (Measure::Severe, 25, WARD, 1),
                (Measure::Severe, 26, WARD, -1),
                (Measure::Died, 26, WARD, 1),
            ]
        );
    }

    #[test]
    fn who_is_no_f0_counts_nowhere_and_one_taken_back_no_longer() {
        let suspected = recorded(MORNING, "suspected", "home");
        let ended = of("case.ended", 2, MORNING, json!({ "as": "recovered", "on": "2021-09-25" }));
        assert_eq!(counted(&[suspected.clone(), ended]), []);
        let confirmed = json!({ "from": "suspected", "to": "confirmed", "confirmed_on": "2021-09-26" });
        let confirmed = of("case.classified", 2, NEXT, confirmed);
        let both = [suspected, confirmed.clone()];
        assert_eq!(counted(&both), [(Measure::F0, 26, WARD, 1), (Measure::AtHome, 26, WARD, 1)]);
        let back = json!({ "from": "confirmed", "to": "not_a_case", "confirmed_on": "2021-09-26" });
        let back = of("case.classified", 2, NEXT, back);
        assert_eq!(counted(&[both.to_vec(), vec![back]].concat()), []);
        assert_eq!(counted(&[both.to_vec(), vec![of("case.withdrawn", 2, NEXT, json!({}))]].concat()), []);
        let joined = of("case.joined", 2, NEXT, json!({ "into": OTHER }));
        let parted = of("case.parted", 2, NEXT, json!({ "from": OTHER }));
        assert_eq!(counted(&[both.to_vec(), vec![joined.clone()]].concat()), []);
        assert_eq!(counted(&[both.to_vec(), vec![joined, parted]].concat()), counted(&both));
    }

    #[test]
    fn a_corrected_ward_takes_the_case_along_and_a_reform_only_what_still_stands() {
        let moved = of("case.moved_ward", 2, NEXT, json!({ "from": WARD, "to": OTHER }));
        let first = recorded(MORNING, "confirmed", "home");
        assert_eq!(
            counted(&[first.clone(), moved]),
            [
                (Measure::F0, 25, OTHER, 1),
                (Measure::AtHome, 25, WARD, 1),
                (Measure::AtHome, 26, WARD, -1),
                (Measure::AtHome, 26, OTHER, 1),
            ]
        );
        let plan = json!({ "plan": Uuid::from_u128(7), "subject": "f1", "ward": WARD });
        let plan = of("follow.opened", 5, MORNING, plan);
        let reform = of("ward.succeeded", 3, NEXT, json!({ "from": WARD, "to": OTHER }));
        let closed = of("follow.closed", 5, NEXT, json!({ "plan": Uuid::from_u128(7) }));
        assert_eq!(
            counted(&[first, plan, reform, closed]),
            [
                (Measure::F0, 25, WARD, 1),
                (Measure::AtHome, 25, WARD, 1),
                (Measure::AtHome, 26, WARD, -1),
                (Measure::AtHome, 26, OTHER, 1),
                (Measure::F1, 25, WARD, 1),
                (Measure::F1, 26, WARD, -1),
            ]
        );
    }

    #[test]
    fn a_list_taken_back_takes_its_tests_with_it() {
        let list = Uuid::from_u128(9);
        let test =
            |at: &str, result: &str| of("test.recorded", 2, at, json!({ "result": result, "import": list }));
        let own = of("test.recorded", 2, MORNING, json!({ "result": "negative" }));
        let events = [own, test(MORNING, "positive"), test(NEXT, "negative")];
        assert_eq!(
            counted(&events),
            [
                (Measure::Tested, 25, WARD, 2),
                (Measure::Tested, 26, WARD, 1),
                (Measure::Positive, 25, WARD, 1),
            ]
        );
        let undone = of("import.undone", 9, NEXT, json!({ "results": 2 }));
        assert_eq!(counted(&[events.to_vec(), vec![undone]].concat()), [(Measure::Tested, 25, WARD, 1)]);
    }

    #[test]
    fn what_is_remembered_reads_back_as_itself() {
        let case = Case {
            ward: WARD,
            confirmed: true,
            care: Care::Home,
            severe: false,
            f0: Some((date(2021, 9, 25), WARD)),
            end: Some((Ending::Recovered, date(2021, 9, 26), OTHER)),
            joined: false,
        };
        let list = Object::List { tests: vec![(Measure::Tested, date(2021, 9, 25), WARD, 3)] };
        for object in [Object::Case(case), Object::Plan { ward: OTHER }, list] {
            let text = serde_json::to_value(&object).unwrap();
            assert_eq!(serde_json::from_value::<Object>(text).unwrap(), object);
        }
    }
}

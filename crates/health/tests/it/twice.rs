//! Somebody who was put on record twice: found, decided, joined and parted again.

use crate::day::Day;
use health::{
    cases::{self, Classification, Filter, NewCase, Recorded},
    followups,
    people::{self, Agreement, Basis, CarerKind, Consent, Field, NewCarer},
};
use jiff::civil::date;
use kernel::{Error, PersonId, StaffId};
use std::sync::Arc;
use store::subscriptions::Reader;

/// Trần Thị Bích comes once with her paper and once as a neighbour told of her.
struct Twice {
    day: Day,
    first: Recorded,
    second: Recorded,
}

impl Twice {
    async fn begin() -> Self {
        let day = Day::begin().await;
        let first = day.record(&NewCase { birth: "02/03/1985".into(), ..day.form(1) }).await;
        let second = day.record(&Self::told(&day)).await;
        Self { day, first, second }
    }

    /// Day and month swapped, no paper, another telephone.
    fn told(day: &Day) -> NewCase {
        NewCase {
            birth: "03/02/1985".into(),
            citizen_id: String::new(),
            phone: "0900 555 999".into(),
            address: String::new(),
            ..day.form(2)
        }
    }

    async fn decide(&self, same: bool) -> kernel::Result<()> {
        self.decide_as(self.day.nurse, self.second.person, same, "Đã gọi hỏi cả hai nơi").await
    }

    async fn decide_as(&self, staff: StaffId, other: PersonId, same: bool, why: &str) -> kernel::Result<()> {
        let mut cx = self.day.centre.as_staff(staff).await;
        cases::decide_pair(&mut cx, self.first.person, other, same, why).await?;
        cx.commit().await
    }

    /// F0s of today in the ward.
    async fn counted(&self) -> i64 {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let counts = cases::by_ward(&mut cx, date(2021, 9, 25)).await.unwrap();
        counts.iter().find(|count| count.ward == self.day.ward).unwrap().confirmed
    }

    /// Follow-up reads what happened to cases.
    async fn read(&self) {
        self.day.centre.seal().await;
        let reader = Reader::new(self.day.centre.store.clone(), vec![Arc::new(followups::FollowCases)]);
        while reader.read(self.day.centre.id()).await.unwrap() > 0 {}
    }
}

#[tokio::test]
async fn a_pair_of_two_cases_stands_on_top_with_what_agrees_and_what_differs() {
    let twice = Twice::begin().await;
    let day = &twice.day;
    // Another pair, of a case and of somebody who is none.
    let apart = NewCase {
        full_name: "Lê Văn Dũng".into(),
        birth: "05/06/1970".into(),
        citizen_id: String::new(),
        phone: "0900 555 998".into(),
        address: String::new(),
        ..day.form(3)
    };
    day.record(&apart).await;
    let carer = NewCarer {
        person: twice.first.person,
        carer: None,
        full_name: "Lê Văn Dũgn".into(),
        birth: "05/06/1970".into(),
        phone: String::new(),
        kind: Some(CarerKind::Carer),
        consent: Some(Consent::Signed),
    };
    let mut cx = day.centre.as_staff(day.nurse).await;
    people::entrust(&mut cx, &carer).await.unwrap();
    let queue = people::queue(&mut cx, Some(day.ward), 50).await.unwrap();
    assert_eq!((queue.len(), queue[1].weight < 90), (2, true));
    let pair = &queue[0];
    assert!([pair.one.person, pair.other.person].contains(&twice.first.person));
    assert_eq!((pair.basis, pair.weight >= 90), (Basis::NameAlikeBirth, true));
    let told = |field| pair.compared.iter().find(|(known, _)| *known == field).unwrap().1;
    assert_eq!(told(Field::Name), Agreement::Same);
    assert_eq!(told(Field::Birth), Agreement::Near);
    assert_eq!(told(Field::Phone), Agreement::Other);
    assert_eq!(told(Field::CitizenId), Agreement::Unknown);
    let with_paper = if pair.one.person == twice.first.person { &pair.one } else { &pair.other };
    assert_eq!(with_paper.citizen_masked.as_deref(), Some("··· 345"));
    assert_eq!(with_paper.phones_masked, ["0900 ··· 777"]);
    // The nurse of another ward sees neither, and no queue of this one.
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(people::queue(&mut cx, None, 50).await.unwrap().is_empty());
    assert!(matches!(people::queue(&mut cx, Some(day.ward), 50).await, Err(Error::NotFound)));
    let pair = people::pair(&mut cx, twice.first.person, twice.second.person).await;
    assert!(matches!(pair, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_decision_needs_a_reason_and_somebody_who_records_both_wards() {
    let twice = Twice::begin().await;
    let (day, other) = (&twice.day, twice.second.person);
    let without = twice.decide_as(day.nurse, other, true, "  ").await;
    assert!(matches!(without, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    let nobody = twice.decide_as(day.nurse, PersonId(uuid::Uuid::nil()), true, "Gọi hỏi").await;
    assert!(matches!(nobody, Err(Error::NotFound)));
    assert!(matches!(twice.decide_as(day.clerk, other, true, "Đoán").await, Err(Error::Forbidden(_))));
    assert!(matches!(twice.decide_as(day.other_nurse, other, true, "Đoán").await, Err(Error::NotFound)));
    twice.decide(false).await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(people::queue(&mut cx, None, 50).await.unwrap().is_empty());
    drop(cx);
    let again = twice.decide(true).await;
    assert!(matches!(again, Err(Error::Conflict("error-pair-decided"))));
    assert_eq!(twice.counted().await, 2, "two people are two F0s");
}

#[tokio::test]
async fn two_running_cases_of_a_merged_person_count_once() {
    let twice = Twice::begin().await;
    let day = &twice.day;
    assert_eq!(twice.counted().await, 2);
    twice.decide(true).await.unwrap();
    assert_eq!(twice.counted().await, 1);
    let mut cx = day.centre.as_staff(day.nurse).await;
    let listed = cases::list(&mut cx, &Filter { limit: 10, ..Filter::default() }).await.unwrap().lines;
    assert_eq!(listed.iter().map(|line| line.id).collect::<Vec<_>>(), [twice.first.case]);
    let joined = cases::find(&mut cx, twice.second.case).await.unwrap();
    assert_eq!(joined.same_as, Some(twice.first.case));
    assert_eq!(cases::of_person(&mut cx, twice.second.person).await.unwrap().len(), 2);
    // It is worked on where it counts.
    let tenant = day.centre.tenant.clone();
    let moved = cases::classify(&mut cx, &tenant, twice.second.case, Classification::NotACase, "Nhầm").await;
    assert!(matches!(moved, Err(Error::Conflict("error-case-joined"))));
    drop(cx);
    // Told again of either, it is the running case of the one person.
    let again = NewCase { form_key: uuid::Uuid::from_u128(9), ..Twice::told(day) };
    let again = day.record(&again).await;
    assert_eq!((again.person, again.case), (twice.first.person, twice.first.case));
}

#[tokio::test]
async fn a_merge_is_taken_back_without_a_trace_of_the_other() {
    let twice = Twice::begin().await;
    let day = &twice.day;
    let before = day.everything().await;
    let tables = ["people", "person_phones", "cases", "test_results", "household_members", "person_facts"];
    let of = |all: &[(String, String)]| -> Vec<(String, Vec<String>)> {
        let rows = |text: &str| {
            let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
            rows.sort();
            rows
        };
        let mut kept: Vec<_> = all
            .iter()
            .filter(|(table, _)| tables.contains(&table.as_str()))
            .map(|(table, text)| (table.clone(), rows(text)))
            .collect();
        kept.sort();
        kept
    };
    twice.decide(true).await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(people::merges(&mut cx, 10).await.unwrap().len(), 1);
    let merged = people::merges_of(&mut cx, twice.first.person).await.unwrap().remove(0);
    assert_eq!((merged.goes.id, merged.why.as_str()), (twice.second.person, "Đã gọi hỏi cả hai nơi"));
    let twice_merged = cases::merge(&mut cx, twice.first.person, twice.second.person, "Lần nữa").await;
    assert!(matches!(twice_merged, Err(Error::Conflict("error-person-merged"))));
    let round = cases::merge(&mut cx, twice.second.person, twice.first.person, "Vòng").await;
    assert!(matches!(round, Err(Error::Conflict("error-person-same"))));
    cases::part(&mut cx, twice.second.person, "Hai chị em").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(of(&before), of(&day.everything().await), "nothing has moved");
    assert_eq!(twice.counted().await, 2);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(people::merges(&mut cx, 10).await.unwrap().is_empty());
    assert_eq!(people::queue(&mut cx, None, 50).await.unwrap().len(), 1, "the pair waits again");
    let again = cases::part(&mut cx, twice.second.person, "Lần nữa").await;
    assert!(matches!(again, Err(Error::Conflict("error-person-not-merged"))));
}

#[tokio::test]
async fn one_person_is_followed_once_and_again_by_himself_when_parted() {
    let twice = Twice::begin().await;
    let day = &twice.day;
    let mut cx = day.centre.as_staff(day.nurse).await;
    for case in [twice.first.case, twice.second.case] {
        followups::take_on(&mut cx, case).await.unwrap().unwrap();
    }
    cx.commit().await.unwrap();
    let running = || async {
        let mut cx = day.centre.system().await;
        let n: i64 = sqlx::query_scalar("select count(*) from follow_plans where closed_at is null")
            .fetch_one(cx.conn())
            .await
            .unwrap();
        n
    };
    assert_eq!(running().await, 2);
    twice.decide(true).await.unwrap();
    twice.read().await;
    assert_eq!(running().await, 1);
    let mut cx = day.centre.as_staff(day.nurse).await;
    cases::part(&mut cx, twice.second.person, "Hai chị em").await.unwrap();
    cx.commit().await.unwrap();
    twice.read().await;
    assert_eq!(running().await, 2);
}

#[tokio::test]
async fn the_person_sees_who_read_his_record_and_why() {
    let twice = Twice::begin().await;
    let day = &twice.day;
    for person in [twice.first.person, twice.second.person] {
        let mut cx = day.centre.as_staff(day.nurse).await;
        people::read(&mut cx, person, "Gọi hỏi tình trạng sức khỏe").await.unwrap();
        cx.commit().await.unwrap();
    }
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(people::readings(&mut cx, twice.first.person).await.unwrap().len(), 1);
    drop(cx);
    twice.decide(true).await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    let readings = people::readings(&mut cx, twice.first.person).await.unwrap();
    assert_eq!(readings.len(), 2, "of all his records");
    assert_eq!(readings[0].unit, Some(day.station));
    assert_eq!(readings[0].reason.as_deref(), Some("Gọi hỏi tình trạng sức khỏe"));
    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(matches!(people::readings(&mut cx, twice.first.person).await, Err(Error::Forbidden(_))));
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(matches!(people::readings(&mut cx, twice.first.person).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn somebody_acts_for_another_by_recorded_consent_until_it_ends() {
    let twice = Twice::begin().await;
    let day = &twice.day;
    let person = twice.first.person;
    let new = NewCarer {
        person,
        carer: None,
        full_name: "Trần Văn Hòa".into(),
        birth: "1955".into(),
        phone: "0900 555 777".into(),
        kind: Some(CarerKind::Carer),
        consent: Some(Consent::Spoken),
    };
    let mut cx = day.centre.as_staff(day.nurse).await;
    let carer = people::entrust(&mut cx, &new).await.unwrap();
    let known = NewCarer { carer: Some(carer), ..new.clone() };
    let again = people::entrust(&mut cx, &known).await;
    assert!(matches!(again, Err(Error::Conflict("error-carer-known"))));
    let himself = people::entrust(&mut cx, &NewCarer { carer: Some(person), ..new.clone() }).await;
    assert!(matches!(himself, Err(Error::Invalid { field: "carer", key: "error-carer-self" })));
    let child = NewCarer { full_name: "Trần Gia Khang".into(), birth: "2015".into(), ..new.clone() };
    let child = people::entrust(&mut cx, &child).await;
    assert!(matches!(child, Err(Error::Invalid { field: "carer", key: "error-carer-under-age" })));
    let parent = NewCarer { kind: Some(CarerKind::Parent), consent: Some(Consent::ByLaw), ..known.clone() };
    let parent = people::entrust(&mut cx, &parent).await;
    assert!(matches!(parent, Err(Error::Invalid { field: "consent", key: "error-carer-of-age" })));
    let line = people::carers(&mut cx, person).await.unwrap().remove(0);
    assert_eq!((line.who.id, line.consent, line.ended_at), (carer, Consent::Spoken, None));
    assert_eq!(people::end_care(&mut cx, line.id, "Đã đi xa").await.unwrap(), person);
    let ended = people::end_care(&mut cx, line.id, "Lần nữa").await;
    assert!(matches!(ended, Err(Error::Conflict("error-carer-ended"))));
    assert!(people::carers(&mut cx, person).await.unwrap()[0].ended_at.is_some());
    people::entrust(&mut cx, &known).await.unwrap();
    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(matches!(people::entrust(&mut cx, &known).await, Err(Error::Forbidden(_))));
}

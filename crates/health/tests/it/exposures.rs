//! Who is exposed a second time, as somebody else, or under two names: he keeps one plan, the right one.

use crate::{day::Day, home::Home, tracing::factory};
use duty::tickets::State as TicketState;
use health::{
    cases::{self, Classification, NewCase, TestKind, TestResult},
    contacts::{self, Ended, Named, NewContact, State},
    facts::{Kind as FactKind, NewFact, Source as Told},
    followups::{self, Subject},
    households,
    samples::{self, NewTest, Reason},
};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use kernel::{CaseId, ContactId, Error, PersonId};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Day {
    /// On 24/12/2021, when the rule names days of tests and fewer days for the protected.
    async fn december() -> Self {
        let day = Self::begin().await;
        day.centre.advance(DAY * 90).await;
        day
    }

    async fn names(
        &self,
        case: CaseId,
        n: u32,
        last_on: &str,
        edit: impl Fn(&mut NewContact) + Send,
    ) -> Named {
        let mut new = NewContact {
            full_name: "Lê Thị Nhì".into(),
            birth: (1950 + n).to_string(),
            phone: format!("09005557{n:02}"),
            last_on: last_on.into(),
            ..NewContact::default()
        };
        edit(&mut new);
        let mut cx = self.centre.as_staff(self.nurse).await;
        let named = contacts::name(&mut cx, case, &new).await.unwrap();
        cx.commit().await.unwrap();
        named
    }

    async fn reach_as(&self, contact: ContactId, protected: Option<bool>) {
        let mut cx = self.centre.as_staff(self.nurse).await;
        contacts::reach(&mut cx, contact, protected).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn person_of(&self, contact: ContactId) -> PersonId {
        let mut cx = self.centre.as_staff(self.nurse).await;
        contacts::find(&mut cx, contact).await.unwrap().person.id
    }

    /// What is owed to whom as an F1.
    async fn f1_tests(&self) -> Vec<(Reason, Date)> {
        let mut cx = self.centre.as_staff(self.nurse).await;
        let due = samples::due(&mut cx).await.unwrap();
        due.iter().map(|line| (line.reason, line.from_on)).collect()
    }

    /// The days of each running plan of those who are no F0s, and as what.
    async fn running(&self) -> Vec<(String, i32)> {
        let all = "select subject, ends_on - start_on from follow_plans
                   where closed_at is null and subject <> 'f0' order by 1, 2";
        let mut cx = self.centre.system().await;
        sqlx::query_as(all).fetch_all(cx.conn()).await.unwrap()
    }

    /// How many contacts stand in the running plan of somebody.
    async fn told_in_plan(&self, person: PersonId) -> Option<usize> {
        let mut cx = self.centre.as_staff(self.nurse).await;
        let home = households::home_of(&mut cx, person).await.unwrap().unwrap();
        let sheet = followups::sheet(&mut cx, home).await.unwrap();
        let plan =
            sheet.plans.iter().find(|one| one.person.id == person && one.kept.plan.closed_at.is_none());
        plan.map(|one| one.contacts.len())
    }

    async fn merge(&self, stays: PersonId, goes: PersonId) {
        let mut cx = self.centre.as_staff(self.nurse).await;
        cases::merge(&mut cx, stays, goes, "Đã gọi hỏi, là một người").await.unwrap();
        cx.commit().await.unwrap();
        self.read().await;
    }

    async fn part(&self, goes: PersonId) {
        let mut cx = self.centre.as_staff(self.nurse).await;
        cases::part(&mut cx, goes, "Hai chị em").await.unwrap();
        cx.commit().await.unwrap();
        self.read().await;
    }
}

#[tokio::test]
async fn an_f2_who_becomes_an_f1_gets_the_plan_of_an_f1_and_keeps_his_diary() {
    let day = Day::december().await;
    let one = day.f0(1, "Trần Văn Nhất", "23/12/2021").await;
    let watched = day.names(one, 2, "22/12/2021", |new| new.second = true).await.contact();
    day.reach(watched).await;
    assert_eq!((day.running().await, day.f1_tests().await), (vec![("other".into(), 14)], vec![]));
    day.diary(21, day.person_of(watched).await).await;

    let two = day.f0(3, "Phạm Văn Ba", "23/12/2021").await;
    let named = day.names(two, 2, "23/12/2021", |_| {}).await;
    assert!(matches!(named, Named::Listed(_)), "{named:?}: watched is not followed as an F1");
    day.reach(named.contact()).await;
    day.read().await;
    assert_eq!(day.running().await, [("f1".to_owned(), 14)]);
    assert_eq!(day.count("follow_plans where closed_as = 'became_f1'").await, 1);
    let tests = [(Reason::F1First, date(2021, 12, 24)), (Reason::F1Last, date(2021, 12, 30))];
    assert_eq!(day.f1_tests().await, tests);
    assert_eq!(day.count("follow_contacts where withdrawn_at is null").await, 1);
    let followed = "contacts k join follow_plans p on p.id = k.plan_id where p.closed_at is null";
    assert_eq!(day.count(followed).await, 2, "of either case he is followed by the plan that runs");
}

#[tokio::test]
async fn a_second_exposure_has_its_own_tests() {
    let day = Day::december().await;
    let one = day.f0(1, "Trần Văn Nhất", "23/12/2021").await;
    let contact = day.names(one, 2, "23/12/2021", |_| {}).await.contact();
    day.reach(contact).await;
    let person = day.person_of(contact).await;
    let tested = async |sample_on: &str| {
        day.centre.advance(HOUR).await;
        let new = NewTest {
            person,
            kind: TestKind::Rapid,
            result: TestResult::Negative,
            sample_on: sample_on.into(),
            result_on: String::new(),
            ct: String::new(),
        };
        let mut cx = day.centre.as_staff(day.nurse).await;
        samples::write(&mut cx, &day.centre.tenant, &new).await.unwrap();
        cx.commit().await.unwrap();
    };
    tested("24/12/2021").await;
    assert_eq!(day.f1_tests().await, [(Reason::F1Last, date(2021, 12, 30))]);

    day.centre.advance(DAY * 3).await;
    let two = day.f0(3, "Phạm Văn Ba", "27/12/2021").await;
    let again = day.names(two, 2, "27/12/2021", |_| {}).await.contact();
    day.reach(again).await;
    let anew = [(Reason::F1First, date(2021, 12, 28)), (Reason::F1Last, date(2022, 1, 3))];
    assert_eq!(day.f1_tests().await, anew);
    day.centre.advance(DAY).await;
    tested("28/12/2021").await;
    // The same exposure told of by another: what was done for its days is done.
    let three = day.f0(4, "Võ Thị Tư", "27/12/2021").await;
    let known = day.names(three, 2, "27/12/2021", |_| {}).await;
    assert!(matches!(known, Named::Followed(_)), "{known:?}");
    assert_eq!(day.f1_tests().await, [(Reason::F1Last, date(2022, 1, 3))]);
}

#[tokio::test]
async fn what_a_contact_says_of_his_protection_is_the_length_of_his_plan() {
    let day = Day::december().await;
    let one = day.f0(1, "Trần Văn Nhất", "23/12/2021").await;
    let contact = day.names(one, 2, "23/12/2021", |_| {}).await.contact();
    day.reach_as(contact, Some(true)).await;
    assert_eq!(day.running().await, [("f1".to_owned(), 7)]);
    // Judged anew, what he said still counts.
    let person = day.person_of(contact).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    followups::rejudge(&mut cx, &[person]).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(day.running().await, [("f1".to_owned(), 7)]);

    // Said when he is named, and when he is followed already.
    let other = day.names(one, 5, "23/12/2021", |new| new.protected = Some(false)).await.contact();
    day.reach(other).await;
    assert_eq!(day.running().await, [("f1".to_owned(), 7), ("f1".to_owned(), 14)]);
    let two = day.f0(3, "Phạm Văn Ba", "23/12/2021").await;
    let followed = day.names(two, 5, "22/12/2021", |new| new.protected = Some(true)).await;
    assert!(matches!(followed, Named::Followed(_)), "{followed:?}");
    assert_eq!(day.running().await, [("f1".to_owned(), 7), ("f1".to_owned(), 7)]);
}

#[tokio::test]
async fn one_person_of_two_records_has_one_plan_until_they_are_parted() {
    let day = Day::begin().await;
    let source = day.f0(1, "Trần Văn Nhất", "20/9/2021").await;
    let one = day.names(source, 2, "21/9/2021", |_| {}).await.contact();
    let two = day.names(source, 3, "23/9/2021", |_| {}).await.contact();
    day.reach(one).await;
    day.reach(two).await;
    let (first, second) = (day.person_of(one).await, day.person_of(two).await);
    day.diary(21, first).await;
    day.diary(22, second).await;
    day.read().await;
    let f1s = "follow_plans where closed_at is null and subject = 'f1'";
    assert_eq!(day.count(f1s).await, 2);

    day.merge(first, second).await;
    assert_eq!(day.count(f1s).await, 1);
    assert_eq!(day.count("follow_plans where closed_as = 'joined' and joined_into is not null").await, 1);
    assert_eq!(day.told_in_plan(second).await, Some(2), "the longer plan goes on, with both diaries");
    assert_eq!(day.told_in_plan(first).await, None);
    let followed = "contacts k join follow_plans p on p.id = k.plan_id where p.closed_at is null";
    assert_eq!(day.count(followed).await, 2);
    // Read again, nothing changes; told of by another case, he is followed already.
    day.read().await;
    let other = day.f0(4, "Võ Thị Tư", "23/9/2021").await;
    let named = day.names(other, 2, "23/9/2021", |_| {}).await;
    assert!(matches!(named, Named::Followed(_)), "{named:?}");

    day.part(second).await;
    assert_eq!(day.count(f1s).await, 2);
    assert_eq!((day.told_in_plan(first).await, day.told_in_plan(second).await), (Some(1), Some(1)));
    let apart = "contacts k join follow_plans p on p.id = k.plan_id where p.person_id <> k.person_id";
    assert_eq!(day.count(apart).await, 0);

    // Joined over the end of the weaker plan's days, it stays closed.
    day.merge(first, second).await;
    day.centre.advance(DAY * 20).await;
    day.part(second).await;
    assert_eq!((day.count(f1s).await, day.told_in_plan(first).await), (1, None));
}

#[tokio::test]
async fn a_contact_who_turns_out_to_be_an_f0_on_record_is_said_to_be_one_until_parted() {
    let day = Day::begin().await;
    let source = day.f0(1, "Trần Văn Nhất", "20/9/2021").await;
    let contact = day.names(source, 2, "21/9/2021", |_| {}).await.contact();
    day.reach(contact).await;
    let ill = day.f0(3, "Lê Thị Nhì", "25/9/2021").await;
    day.read().await;
    assert_eq!(day.traced(source).await.contacts[0].state, State::Reached, "two people, as far as is known");
    let (case, record) = (day.person(ill).await, day.person_of(contact).await);
    day.merge(case, record).await;
    let traced = day.traced(source).await;
    assert_eq!((traced.contacts[0].state, traced.contacts[0].became), (State::BecameCase, Some(ill)));
    assert_eq!(day.count("follow_plans where closed_at is null and subject = 'f1'").await, 0);
    day.part(record).await;
    let traced = day.traced(source).await;
    assert_eq!((traced.contacts[0].state, traced.contacts[0].became), (State::Reached, None));
    assert_eq!(day.count("follow_plans where closed_at is null and subject = 'f1'").await, 1);
}

#[tokio::test]
async fn two_f0s_of_one_household_are_no_f1s_of_each_other() {
    let home = Home::begin().await;
    let day = &home.day;
    day.read().await;
    day.centre.advance(HOUR).await;
    let positive = NewTest {
        person: home.grandmother,
        kind: TestKind::Rapid,
        result: TestResult::Positive,
        sample_on: "25/9/2021".into(),
        result_on: String::new(),
        ct: String::new(),
    };
    let (hers, _) = home.tested(&positive).await.case.unwrap();
    day.read().await;
    for (case, other, own) in [(home.case, home.grandmother, hers), (hers, home.mother, home.case)] {
        let traced = day.traced(case).await;
        let contact = traced.contacts.iter().find(|one| one.person.id == other).unwrap();
        assert_eq!((contact.state, contact.became), (State::BecameCase, Some(own)));
    }
    assert_eq!(day.count("follow_plans where closed_at is null and subject = 'f1'").await, 0);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(contacts::to_reach(&mut cx, None, 0).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn whoever_falls_ill_long_after_he_was_near_is_an_f0_on_the_list_all_the_same() {
    let day = Day::begin().await;
    let early = day.f0(1, "Trần Văn Nhất", "5/9/2021").await;
    let contact = day.names(early, 2, "6/9/2021", |_| {}).await.contact();
    let ill = day.f0(2, "Lê Thị Nhì", "25/9/2021").await;
    day.read().await;
    let traced = day.traced(early).await;
    assert_eq!((traced.contacts[0].id, traced.contacts[0].state), (contact, State::BecameCase));
    assert_eq!(traced.contacts[0].became, Some(ill));
    assert_eq!(day.traced(ill).await.source, None, "too long ago to have it from there");
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(contacts::to_reach(&mut cx, None, 0).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn proposals_hold_no_ticket_open_and_are_decided_at_once() {
    let day = Day::begin().await;
    let f0 = day.f0(1, "Trần Văn Nhất", "24/9/2021").await;
    let mut people = vec![day.person(f0).await];
    for n in 2..=4 {
        let suspected = NewCase {
            full_name: format!("Công Nhân {n}"),
            birth: (1950 + n).to_string(),
            citizen_id: String::new(),
            phone: format!("09005557{n:02}"),
            address: format!("{n} Đường số 15"),
            classification: Classification::Suspected,
            ..day.form(n)
        };
        people.push(day.record(&suspected).await.person);
    }
    let mut cx = day.centre.as_staff(day.director).await;
    let factory = factory(&mut cx, day.ward.to_string()).await;
    cx.commit().await.unwrap();
    let works = NewFact { organisation: Some(factory), ..NewFact::of(FactKind::Employer, Told::Person) };
    let mut cx = day.centre.as_staff(day.nurse).await;
    for person in people {
        followups::add_fact(&mut cx, person, &works).await.unwrap().unwrap();
    }
    cx.commit().await.unwrap();
    day.read().await;
    let proposed: Vec<ContactId> = day.traced(f0).await.contacts.iter().map(|one| one.id).collect();
    assert_eq!(proposed.len(), 3);
    assert_eq!(day.trace_ticket().await.state, TicketState::Open);

    // Reached everybody who is listed: the proposals are no reason to wait.
    let contact = day.names(f0, 9, "24/9/2021", |_| {}).await.contact();
    day.reach(contact).await;
    assert_eq!(day.trace_ticket().await.state, TicketState::Resolved);

    let (first, last) = (*proposed.iter().min().unwrap(), *proposed.iter().max().unwrap());
    let mut cx = day.centre.as_staff(day.clerk).await;
    assert!(matches!(contacts::take_all(&mut cx, f0, last).await, Err(Error::Forbidden(_))));
    drop(cx);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(contacts::take_all(&mut cx, f0, first).await.unwrap(), 1, "those who were seen");
    let silent = contacts::dismiss(&mut cx, f0, last, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    assert_eq!(contacts::dismiss(&mut cx, f0, last, "Làm khác tổ").await.unwrap(), 2);
    let twice = contacts::dismiss(&mut cx, f0, last, "Làm khác tổ").await;
    assert!(matches!(twice, Err(Error::Conflict("error-contact-over"))));
    cx.commit().await.unwrap();
    let traced = day.traced(f0).await;
    let none = traced.contacts.iter().filter(|one| one.state == State::NotAContact);
    assert!(none.clone().count() == 2 && none.clone().all(|one| one.why.as_deref() == Some("Làm khác tổ")));
    // Whoever was listed is to be reached, so the tracing is not over again.
    assert!(traced.traced_at.is_none());
    let mut cx = day.centre.as_staff(day.nurse).await;
    let listed = traced.contacts.iter().find(|one| one.state == State::Listed).unwrap().id;
    contacts::end(&mut cx, listed, Ended::NotAContact, "Nghỉ phép").await.unwrap();
    cx.commit().await.unwrap();
    assert!(day.traced(f0).await.traced_at.is_some());
}

#[tokio::test]
async fn a_member_who_was_watched_is_followed_as_an_f1_by_hand() {
    let day = Day::december().await;
    let one = day.f0(1, "Trần Văn Nhất", "23/12/2021").await;
    let watched = day.names(one, 2, "22/12/2021", |new| new.second = true).await.contact();
    day.reach(watched).await;
    let person = day.person_of(watched).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let home = households::home_of(&mut cx, person).await.unwrap().unwrap();
    followups::follow(&mut cx, home, person, Subject::F1).await.unwrap();
    let twice = followups::follow(&mut cx, home, person, Subject::F1).await;
    assert!(matches!(twice, Err(Error::Conflict("error-already-followed"))));
    cx.commit().await.unwrap();
    assert_eq!(day.running().await, [("f1".to_owned(), 14)]);
}

use crate::{day::Day, home::Home};
use duty::tickets::{self, State};
use health::{
    cases::{self, Classification, TestKind, TestResult},
    followups::{self, Closed, Subject},
    households::NewMember,
    imports::{self, Choice, Expire},
    people,
    samples::{
        self, Judged, NewOrder, NewPool, NewTest, PoolState, Reason, Seen, SelfTest, TestTold, Written,
    },
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, MatterId, PersonId, Result};
use std::{collections::BTreeSet, sync::Arc};
use store::timers::Runner;
use uuid::Uuid;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

pub fn test(person: PersonId, kind: TestKind, result: TestResult, sample_on: &str) -> NewTest {
    NewTest { person, kind, result, sample_on: sample_on.into(), result_on: String::new(), ct: String::new() }
}

impl Home {
    /// What staff writes of a test, with what follows from it.
    pub async fn tested(&self, new: &NewTest) -> Written {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let written = samples::write(&mut cx, &self.day.centre.tenant, new).await.unwrap();
        if let Some((case, _)) = written.case {
            followups::take_on(&mut cx, case).await.unwrap();
        }
        cx.commit().await.unwrap();
        written
    }

    /// What the family tells of a test it made itself.
    async fn told_test(&self, person: PersonId, result: TestResult) -> TestTold {
        let mut cx = self.day.centre.begin(Actor::citizen(self.id.uuid())).await;
        let new = SelfTest { person, result, on_day: "25/9/2021".into(), file: None };
        let told = samples::tell(&mut cx, &self.day.centre.tenant, self.id, &new).await.unwrap();
        cx.commit().await.unwrap();
        told
    }

    async fn judge_test(&self, test: Uuid, seen: Seen, why: &str) -> Result<Judged> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let judged = samples::see(&mut cx, &self.day.centre.tenant, test, seen, why).await?;
        if let Some(case) = judged.case {
            followups::take_on(&mut cx, case).await?;
        }
        cx.commit().await?;
        Ok(judged)
    }

    /// Whom the station owes a test, and why.
    async fn tests_due(&self) -> Vec<(PersonId, Reason)> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let due = samples::due(&mut cx).await.unwrap();
        due.iter().map(|line| (line.person.id, line.reason)).collect()
    }

    /// The husband of the patient, an F1 like the grandmother.
    async fn add_husband(&self) -> PersonId {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let husband =
            NewMember {
                full_name: "Nguyễn Văn Hùng".into(), birth: "1983".into(), ..NewMember::default()
            };
        let husband = followups::add_member(&mut cx, self.id, &husband, Some(Subject::F1)).await.unwrap();
        cx.commit().await.unwrap();
        husband
    }

    async fn pooled(&self, code: &str, members: &[PersonId]) -> kernel::PoolId {
        let new = NewPool {
            unit: self.day.station,
            code: code.into(),
            kind: TestKind::Pcr,
            sample_on: "25/9/2021".into(),
            members: members.iter().copied().collect::<BTreeSet<_>>(),
        };
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let pool = samples::take_pool(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        pool
    }

    async fn pool_read(&self, pool: kernel::PoolId, result: TestResult) -> Result<PoolState> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let state = samples::read_pool(&mut cx, pool, result, "").await?;
        cx.commit().await?;
        Ok(state)
    }

    async fn case_by_id(&self, case: kernel::CaseId) -> cases::Case {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        cases::find(&mut cx, case).await.unwrap()
    }
}

impl Day {
    /// The matters of a kind.
    async fn matters_of(&self, kind: &str) -> Vec<MatterId> {
        self.matters().await.into_iter().filter(|(known, _)| known == kind).map(|(_, id)| id).collect()
    }

    /// How the only ticket of a matter stands.
    async fn ticket_state(&self, matter: MatterId) -> State {
        let mut cx = self.centre.system().await;
        tickets::matter_tickets(&mut cx, matter).await.unwrap()[0].state
    }
}

#[tokio::test]
async fn a_positive_pool_orders_a_test_for_each_of_its_members() {
    let home = Home::begin().await;
    let husband = home.add_husband().await;
    let pool = home.pooled("G05", &[home.grandmother, husband]).await;
    assert_eq!(home.tests_due().await, []);
    assert_eq!(home.pool_read(pool, TestResult::Positive).await.unwrap(), PoolState::Opened);
    let mut due = home.tests_due().await;
    due.sort();
    let mut both = vec![(home.grandmother, Reason::PoolOpened), (husband, Reason::PoolOpened)];
    both.sort();
    assert_eq!(due, both);
    // The station is asked once for all of them, and nobody is an F0 by a pool.
    let asked = home.day.matters_of("order").await;
    assert_eq!((asked.len(), home.day.matters_of("f0_news").await.len()), (1, 1));
    let again = home.pool_read(pool, TestResult::Negative).await;
    assert!(matches!(again, Err(Error::Conflict("error-pool-read"))));

    home.wait(MINUTE).await;
    home.tested(&test(home.grandmother, TestKind::Rapid, TestResult::Negative, "25/9/2021")).await;
    assert_eq!(home.tests_due().await.len(), 2, "a PCR was ordered");
    home.tested(&test(home.grandmother, TestKind::Pcr, TestResult::Indeterminate, "25/9/2021")).await;
    assert_eq!(home.tests_due().await.len(), 2, "it says nothing");
    home.tested(&test(home.grandmother, TestKind::Pcr, TestResult::Negative, "25/9/2021")).await;
    assert_eq!(home.tests_due().await, [(husband, Reason::PoolOpened)]);
    assert_eq!(home.day.ticket_state(asked[0]).await, State::Open);
    let written = home.tested(&test(husband, TestKind::Pcr, TestResult::Positive, "25/9/2021")).await;
    assert!(written.opened.is_some(), "the husband is an F0, and rung for");
    assert_eq!((home.tests_due().await, home.day.ticket_state(asked[0]).await), (vec![], State::Resolved));
}

#[tokio::test]
async fn a_negative_pool_is_a_negative_result_of_each() {
    let home = Home::begin().await;
    let pool = home.pooled("G05", &[home.grandmother, home.mother]).await;
    let results = home.day.count("test_results").await;
    assert_eq!(home.pool_read(pool, TestResult::Negative).await.unwrap(), PoolState::Negative);
    assert_eq!(home.day.count("test_results").await, results + 2);
    assert_eq!(home.tests_due().await, []);
    // A tube has its code once a day, and its people are the station's own.
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let new = NewPool {
        unit: home.day.station,
        code: "G05".into(),
        kind: TestKind::Pcr,
        sample_on: "25/9/2021".into(),
        members: [home.grandmother, home.mother].into(),
    };
    let twice = samples::take_pool(&mut cx, &new).await;
    assert!(matches!(twice, Err(Error::Invalid { field: "code", key: "error-pool-code-used" })));
    drop(cx);
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(
        samples::read_pool(&mut cx, pool, TestResult::Positive, "").await,
        Err(Error::NotFound)
    ));
    assert!(matches!(samples::pool(&mut cx, pool).await, Err(Error::NotFound)));
    assert_eq!(samples::pools(&mut cx).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_self_test_makes_a_suspected_case_and_asks_the_station_once() {
    let home = Home::begin().await;
    let told = home.told_test(home.grandmother, TestResult::Positive).await;
    assert!(told.asked);
    let case = home.case_by_id(told.case.unwrap()).await;
    assert_eq!((case.classification, case.results.len()), (Classification::Suspected, 1));
    assert!(case.results[0].unseen);
    let asked = home.day.matters_of("self_test").await;
    assert_eq!((asked.len(), home.day.matters_of("f0_news").await.len()), (1, 1));
    let mut cx = home.day.centre.system().await;
    let ticket = tickets::matter_tickets(&mut cx, asked[0]).await.unwrap().remove(0);
    drop(cx);
    assert_eq!(ticket.unit, Some(home.day.station));
    assert_eq!(ticket.due_at.duration_since(ticket.opened_at), DAY);
    // Sent twice it is one; another of the household joins the ticket.
    assert_eq!(home.told_test(home.grandmother, TestResult::Positive).await.test, None);
    let husband = home.add_husband().await;
    assert!(home.told_test(husband, TestResult::Positive).await.asked);
    assert_eq!(home.day.matters_of("self_test").await.len(), 1);
    // A negative one, and an F0's own, are notes.
    assert!(!home.told_test(home.mother, TestResult::Positive).await.asked);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let waiting = samples::to_see(&mut cx).await.unwrap();
    assert_eq!((waiting.len(), waiting.iter().filter(|one| one.asks()).count()), (3, 2));
    drop(cx);
    // Nobody else's, and none of tomorrow.
    let mut cx = home.day.centre.begin(Actor::citizen(home.id.uuid())).await;
    let stranger = SelfTest {
        person: Uuid::from_u128(9).into(),
        result: TestResult::Positive,
        on_day: "25/9/2021".into(),
        file: None,
    };
    let refused = samples::tell(&mut cx, &home.day.centre.tenant, home.id, &stranger).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "person", key: "error-choose" })));
    let tomorrow = SelfTest { person: home.grandmother, on_day: "26/9/2021".into(), ..stranger };
    let refused = samples::tell(&mut cx, &home.day.centre.tenant, home.id, &tomorrow).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "on_day", key: "error-date-future" })));
}

#[tokio::test]
async fn it_is_an_f0_only_when_staff_has_seen_it() {
    let home = Home::begin().await;
    let told = home.told_test(home.grandmother, TestResult::Positive).await;
    let (test, case) = (told.test.unwrap(), told.case.unwrap());
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    let elsewhere = samples::see(&mut cx, &home.day.centre.tenant, test, Seen::Confirmed, "").await;
    assert!(matches!(elsewhere, Err(Error::NotFound)));
    drop(cx);
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    let volunteer = samples::see(&mut cx, &home.day.centre.tenant, test, Seen::Confirmed, "").await;
    assert!(matches!(volunteer, Err(Error::Forbidden(_))));
    drop(cx);
    let noted = home.judge_test(test, Seen::Noted, "").await;
    assert!(matches!(noted, Err(Error::Invalid { field: "seen_as", key: "error-self-test-decide" })));

    home.judge_test(test, Seen::Confirmed, "Ảnh rõ hai vạch").await.unwrap();
    assert_eq!(home.case_by_id(case).await.classification, Classification::Confirmed);
    assert_eq!(home.day.matters_of("f0_news").await.len(), 2);
    let sheet = home.sheet().await;
    let of: Vec<_> = sheet.plans.iter().filter(|one| one.person.id == home.grandmother).collect();
    assert!(of.iter().any(|one| one.kept.closed_as == Some(Closed::BecameF0)));
    assert!(of.iter().any(|one| one.kept.case == Some(case)));
    assert_eq!(home.day.ticket_state(home.day.matters_of("self_test").await[0]).await, State::Resolved);
    let again = home.judge_test(test, Seen::Refused, "Nhầm").await;
    assert!(matches!(again, Err(Error::Conflict("error-self-test-seen"))));
}

#[tokio::test]
async fn a_refused_self_test_counts_no_more_and_a_doubtful_one_asks_for_a_pcr() {
    let home = Home::begin().await;
    let husband = home.add_husband().await;
    let one = home.told_test(home.grandmother, TestResult::Positive).await;
    let two = home.told_test(husband, TestResult::Positive).await;
    let unsaid = home.judge_test(one.test.unwrap(), Seen::Refused, " ").await;
    assert!(matches!(unsaid, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    home.judge_test(one.test.unwrap(), Seen::Refused, "Ảnh một vạch").await.unwrap();
    let case = home.case_by_id(one.case.unwrap()).await;
    assert_eq!((case.classification, case.results.len()), (Classification::NotACase, 0));
    assert_eq!(home.day.ticket_state(home.day.matters_of("self_test").await[0]).await, State::Open);

    home.judge_test(two.test.unwrap(), Seen::PcrOrdered, "").await.unwrap();
    assert_eq!(home.case_by_id(two.case.unwrap()).await.classification, Classification::Suspected);
    assert_eq!(home.tests_due().await, [(husband, Reason::SelfTest)]);
    assert_eq!(home.day.ticket_state(home.day.matters_of("self_test").await[0]).await, State::Resolved);
    assert_eq!(home.day.matters_of("f0_news").await.len(), 1);
    home.wait(MINUTE).await;
    home.tested(&test(husband, TestKind::Pcr, TestResult::Positive, "25/9/2021")).await;
    assert_eq!(home.case_by_id(two.case.unwrap()).await.classification, Classification::Confirmed);
    assert_eq!(home.tests_due().await, []);
}

#[tokio::test]
async fn contradictory_results_of_one_day_stay_both_and_ask_for_a_third() {
    let home = Home::begin().await;
    let rapid = test(home.grandmother, TestKind::Rapid, TestResult::Positive, "25/9/2021");
    let case = home.tested(&rapid).await.case.unwrap().0;
    assert_eq!(home.tests_due().await, []);
    home.wait(MINUTE).await;
    let pcr = test(home.grandmother, TestKind::Pcr, TestResult::Negative, "25/9/2021");
    home.tested(&pcr).await;
    let results = home.case_by_id(case).await.results;
    assert_eq!(results.len(), 2);
    assert!(results.iter().all(|line| line.clashes));
    assert_eq!(home.tests_due().await, [(home.grandmother, Reason::Clash)]);
    // Told again it changes nothing, and nobody is asked twice.
    assert_eq!(home.tested(&pcr).await.test, None);
    assert_eq!(home.day.matters_of("order").await.len(), 1);
    home.wait(DAY).await;
    home.tested(&test(home.grandmother, TestKind::Pcr, TestResult::Negative, "26/9/2021")).await;
    assert_eq!(home.tests_due().await, []);
    assert_eq!(home.case_by_id(case).await.classification, Classification::Confirmed, "a person decides");
}

#[tokio::test]
async fn whoever_is_sick_and_not_confirmed_is_tested_at_once() {
    let day = Day::begin().await;
    let mut form = day.form(1);
    form.classification = Classification::Suspected;
    form.sample_on.clear();
    form.result_on.clear();
    let recorded = day.record(&form).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(samples::suspected(&mut cx, recorded.case).await.unwrap().is_some());
    assert_eq!(samples::suspected(&mut cx, recorded.case).await.unwrap(), None);
    let line = samples::due(&mut cx).await.unwrap().remove(0);
    assert_eq!((line.reason, line.case), (Reason::Symptoms, Some(recorded.case)));
    assert_eq!(line.due_at.duration_since(line.ordered_at), DAY);
    cx.commit().await.unwrap();
    assert_eq!(day.matters_of("order").await.len(), 1);

    // Who tells of no symptom is not.
    let mut well = day.form(2);
    well.full_name = "Lê Văn Khỏe".into();
    well.citizen_id = String::new();
    well.phone = "0900 555 779".into();
    well.classification = Classification::Suspected;
    well.sample_on.clear();
    well.result_on.clear();
    well.symptoms = vec![cases::Symptom::NoSymptom];
    let well = day.record(&well).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(samples::suspected(&mut cx, well.case).await.unwrap(), None);
    // An order is taken back with its reason.
    let silent = samples::withdraw(&mut cx, line.id, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    samples::withdraw(&mut cx, line.id, "Đã khỏi").await.unwrap();
    let over = samples::withdraw(&mut cx, line.id, "Đã khỏi").await;
    assert!(matches!(over, Err(Error::Conflict("error-order-over"))));
    cx.commit().await.unwrap();
    assert_eq!(day.ticket_state(day.matters_of("order").await[0]).await, State::Resolved);
}

#[tokio::test]
async fn an_f1_is_tested_on_the_first_and_the_last_day_that_the_rule_names() {
    let home = Home::begin().await;
    assert_eq!(home.tests_due().await, [], "the rule of September names no days");
    home.release(home.grandmother).await;
    home.day.centre.advance(DAY * 90).await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::follow(&mut cx, home.id, home.grandmother, Subject::F1).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let due = samples::due(&mut cx).await.unwrap();
    let days: Vec<_> = due.iter().map(|line| (line.reason, line.from_on)).collect();
    assert_eq!(days, [(Reason::F1First, date(2021, 12, 25)), (Reason::F1Last, date(2021, 12, 31))]);
    drop(cx);
    assert_eq!(
        home.day.matters_of("order").await.len(),
        0,
        "what is due on a later day is a line of the list"
    );
    // By hand the same reason is not owed twice.
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let again =
        NewOrder { person: home.grandmother, kind: TestKind::Rapid, reason: Reason::F1First, due_at: None };
    assert_eq!(samples::order(&mut cx, &again).await.unwrap(), None);
    let program = NewOrder { reason: Reason::Clash, ..again };
    let refused = samples::order(&mut cx, &program).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "reason", key: "error-choice-unknown" })));
    drop(cx);
    home.release(home.grandmother).await;
    assert_eq!(home.tests_due().await, []);
}

#[tokio::test]
async fn a_result_that_cannot_be_true_is_refused_beside_its_field() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let tenant = &home.day.centre.tenant;
    for (on, key) in [
        ("26/9/2021", "error-date-future"),
        ("1/1/1940", "error-date-before-epidemic"),
        ("31/2/2021", "error-date-none"),
    ] {
        let new = test(home.grandmother, TestKind::Rapid, TestResult::Negative, on);
        match samples::write(&mut cx, tenant, &new).await {
            Err(Error::Invalid { field, key: told }) => assert_eq!((field, told), ("sample_on", key)),
            other => panic!("{on}: {other:?}"),
        }
    }
    drop(cx);
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    let new = test(home.grandmother, TestKind::Rapid, TestResult::Positive, "25/9/2021");
    assert!(matches!(samples::write(&mut cx, tenant, &new).await, Err(Error::NotFound)));
    assert!(samples::of_person(&mut cx, home.grandmother).await.unwrap().is_empty());
}

const HEAD: &str = "STT,Họ và tên,Năm sinh,CCCD,SĐT,Địa chỉ,Phường,Ngày lấy mẫu,Loại XN,Kết quả\n";

impl Day {
    /// Two records that are one name, one birth and one number, and have two papers.
    async fn two_of_one_name(&self) -> [PersonId; 2] {
        let one = self.record(&self.form(1)).await;
        let mut form = self.form(2);
        form.citizen_id = "079185012346".into();
        let two = self.record(&form).await;
        [one.person, two.person]
    }
}

#[tokio::test]
async fn a_result_for_nobody_and_one_for_two_wait_for_a_person() {
    let day = Day::begin().await;
    let two = day.two_of_one_name().await;
    assert_ne!(two[0], two[1]);
    let rows = [
        "1,Trần Thị Bích,1985,,0900555777,,Tân Phong,25/9/2021,PCR,Dương tính",
        "2,Lê Văn Chỉ Tên,,,,,Tân Phong,25/9/2021,PCR,Dương tính",
        "3,Lê Văn Không Ai,,,,,Tân Phong,25/9/2021,PCR,Âm tính",
        "4,Ngô Văn Rõ,1990,,0900555888,,Tân Phong,25/9/2021,PCR,Âm tính",
    ];
    let staged = day.stage(format!("{HEAD}{}\n", rows.join("\n"))).await;
    let people = day.count("people").await;
    let applied = day.apply(staged.id).await;
    assert_eq!((applied.counts.done, applied.counts.unmatched, applied.counts.errors), (1, 3, 0));
    assert_eq!(day.count("people").await, people + 1, "nobody is guessed");
    let asked = day.matters_of("unmatched").await;
    assert_eq!(asked.len(), 1);
    // What the list said is kept until somebody has decided, whatever else of it is let go of.
    let expire = Runner::new(day.centre.store.clone(), vec![Arc::new(Expire)]);
    day.centre.advance(DAY * 8).await;
    while expire.fire_due().await.unwrap() > 0 {}

    let tenant = &day.centre.tenant;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let waiting = imports::unmatched(&mut cx, tenant, staged.id).await.unwrap();
    assert_eq!(waiting.iter().map(|row| row.several).collect::<Vec<_>>(), [true, false, false]);
    let offered: BTreeSet<PersonId> = waiting[0].choices.iter().map(|one| one.id).collect();
    assert_eq!(offered, BTreeSet::from(two));
    let stranger = Choice::Person(Uuid::from_u128(9).into());
    let line = waiting[0].line;
    let refused = imports::decide(&mut cx, tenant, staged.id, line, stranger, "").await;
    assert!(matches!(refused, Err(Error::Invalid { field: "choice", .. })));
    imports::decide(&mut cx, tenant, staged.id, line, Choice::Person(two[1]), "").await.unwrap();
    let again = imports::decide(&mut cx, tenant, staged.id, line, Choice::New, "").await;
    assert!(matches!(again, Err(Error::Conflict("error-row-decided"))));
    let news = day.matters_of("f0_news").await.len();
    imports::decide(&mut cx, tenant, staged.id, waiting[1].line, Choice::New, "").await.unwrap();
    let unsaid = imports::decide(&mut cx, tenant, staged.id, waiting[2].line, Choice::Refuse, "").await;
    assert!(matches!(unsaid, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    let why = "Nơi gửi không biết là ai";
    imports::decide(&mut cx, tenant, staged.id, waiting[2].line, Choice::Refuse, why).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(day.matters_of("f0_news").await.len(), news + 1, "the new F0 is rung for");
    assert_eq!(day.import(staged.id).await.counts.unmatched, 0);
    assert_eq!(day.ticket_state(asked[0]).await, State::Resolved);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(people::brief(&mut cx, two[1]).await.is_ok());
}

#[tokio::test]
async fn a_list_that_is_taken_back_owes_again_what_it_answered() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let release =
        NewOrder { person: home.mother, kind: TestKind::Pcr, reason: Reason::Release, due_at: None };
    samples::order(&mut cx, &release).await.unwrap().unwrap();
    cx.commit().await.unwrap();
    home.wait(MINUTE).await;
    let row = "1,Trần Thị Bích,1985,079185012345,0900555777,,Tân Phong,25/9/2021,PCR,Âm tính";
    let staged = home.day.stage(format!("{HEAD}{row}\n")).await;
    home.day.apply(staged.id).await;
    assert_eq!(home.tests_due().await, []);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    imports::undo(&mut cx, staged.id, "Nhầm tệp").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(home.tests_due().await, [(home.mother, Reason::Release)]);
}

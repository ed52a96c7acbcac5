use crate::home::Home;
use health::{
    care::papers::{self, Body, Issued, Kind, NewPapers, Signer},
    cases::{self, Classification, Ending, NewCase},
    discharge::{self, Lack, Ready},
    followups::{self, Closed, Subject},
    passes,
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, HouseholdId, PaperId, PersonId, PlanId, Result, Role, SecretCode};
use std::collections::BTreeSet;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn of(person: PersonId, kinds: &[Kind]) -> NewPapers {
    NewPapers { person: Some(person), kinds: kinds.iter().copied().collect(), signer: Signer::default() }
}

impl Home {
    async fn issue_in(&self, household: HouseholdId, new: &NewPapers) -> Result<Issued> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let issued = papers::issue(&mut cx, &self.day.centre.tenant, household, new).await?;
        cx.commit().await?;
        Ok(issued)
    }

    async fn issue(&self, new: &NewPapers) -> Result<Issued> {
        self.issue_in(self.id, new).await
    }

    async fn body(&self, id: PaperId) -> Body {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        papers::open(&mut cx, id).await.unwrap().body
    }

    async fn check(&self, code: &str) -> Result<papers::Checked> {
        let mut cx = self.day.centre.begin(Actor::public()).await;
        papers::check(&mut cx, code).await
    }

    async fn plan(&self, person: PersonId) -> PlanId {
        self.sheet().await.plans.iter().find(|one| one.person.id == person).unwrap().kept.id
    }

    async fn let_go(&self, plan: PlanId) -> Result<discharge::Released> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let tenant = &self.day.centre.tenant;
        let released = discharge::release(&mut cx, tenant, plan, &Signer::default()).await?;
        cx.commit().await?;
        Ok(released)
    }
}

const FIVE: [Kind; 5] =
    [Kind::Decision, Kind::Commitment, Kind::FollowSheet, Kind::DoorNotice, Kind::SickLeave];

#[tokio::test]
async fn five_papers_say_the_same_without_typing_twice() {
    let home = Home::begin().await;
    let issued = home.issue(&of(home.mother, &FIVE)).await.unwrap();
    assert_eq!((issued.made.len(), issued.known.len()), (5, 0));
    let mut bodies = Vec::new();
    for id in &issued.made {
        bodies.push(home.body(*id).await);
    }
    let body = |kind| bodies.iter().find(|body| body.kind == kind).unwrap();
    for kind in FIVE.iter().filter(|kind| **kind != Kind::DoorNotice) {
        let body = body(*kind);
        assert_eq!(body.full_name.as_deref(), Some("Trần Thị Bích"), "{kind:?}");
        assert_eq!((body.from_on, body.to_on), (Some(date(2021, 9, 24)), Some(date(2021, 10, 8))));
        assert!(body.facts.iter().any(|fact| fact.value == "079185012345"), "{kind:?}");
        assert_eq!(body.place_and_date, "Tân Phong, ngày 25 tháng 9 năm 2021");
    }
    let decision = body(Kind::Decision);
    assert_eq!((decision.symbol.as_str(), decision.title.as_str()), ("01/QĐ-UBND", "QUYẾT ĐỊNH"));
    assert_eq!(decision.issuer, "ỦY BAN NHÂN DÂN PHƯỜNG TÂN PHONG");
    assert_eq!(decision.parent, "ỦY BAN NHÂN DÂN QUẬN 7");
    assert_eq!(decision.signer_title[0], "TM. ỦY BAN NHÂN DÂN");
    assert!(decision.articles[0].contains("14 ngày"), "{:?}", decision.articles);
    assert_eq!(body(Kind::FollowSheet).sheet.len(), 15 * 2);
    // Whoever stands before the door learns no name.
    let door = format!("{:?}", body(Kind::DoorNotice));
    assert!(!door.contains("Bích") && !door.contains("0791"), "{door}");
    // What stands is not issued twice.
    let again = home.issue(&of(home.mother, &FIVE)).await.unwrap();
    assert_eq!((again.made.len(), again.known.len()), (0, 5));
    let early = home.issue(&of(home.mother, &[Kind::Completion])).await;
    assert!(matches!(early, Err(Error::Conflict("error-paper-not-released"))));
    let sick_leave = body(Kind::SickLeave);
    assert!(sick_leave.facts.iter().any(|fact| fact.value == "15 ngày"), "{:?}", sick_leave.facts);
    let sick = home.issue(&of(home.grandmother, &[Kind::SickLeave])).await;
    assert!(matches!(sick, Err(Error::Conflict("error-paper-not-f0"))));
    let none = home.issue(&of(home.mother, &[])).await;
    assert!(matches!(none, Err(Error::Invalid { field: "kinds", .. })));
    for (table, text) in home.day.everything().await {
        assert!(!text.contains("079185012345"), "{table}");
    }
}

#[tokio::test]
async fn numbers_have_no_gap_when_two_print_at_once() {
    let home = Home::begin().await;
    let mut other = home.day.form(2);
    other.full_name = "Nguyễn Văn Nam".into();
    other.citizen_id = String::new();
    other.phone = "0900 555 888".into();
    other.address = "40 Đường số 15".into();
    let recorded = home.day.record(&other).await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let beside = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap().household;
    cx.commit().await.unwrap();
    // Begun and given up: its number is nobody's.
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let tenant = &home.day.centre.tenant;
    papers::issue(&mut cx, tenant, home.id, &of(home.mother, &[Kind::Decision])).await.unwrap();
    cx.rollback().await.unwrap();
    let (mother, nam) = (of(home.mother, &[Kind::Decision]), of(recorded.person, &[Kind::Decision]));
    let (one, two) = tokio::join!(home.issue(&mother), home.issue_in(beside, &nam));
    let mut symbols = BTreeSet::new();
    for issued in [one.unwrap(), two.unwrap()] {
        symbols.insert(home.body(issued.made[0]).await.symbol);
    }
    assert_eq!(symbols.into_iter().collect::<Vec<_>>(), ["01/QĐ-UBND", "02/QĐ-UBND"]);
    let third = home.issue(&of(home.grandmother, &[Kind::Decision])).await.unwrap();
    assert_eq!(home.body(third.made[0]).await.symbol, "03/QĐ-UBND");
}

#[tokio::test]
async fn a_withdrawn_paper_is_told_as_withdrawn_and_no_name_in_full() {
    let home = Home::begin().await;
    let issued = home.issue(&of(home.mother, &[Kind::Decision])).await.unwrap();
    let body = home.body(issued.made[0]).await;
    let checked = home.check(&body.code.to_lowercase()).await.unwrap();
    assert_eq!((checked.withdrawn_at, checked.initials.as_deref()), (None, Some("T. T. B.")));
    assert_eq!((checked.symbol.as_str(), checked.issued_on), ("01/QĐ-UBND", date(2021, 9, 25)));

    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let unsaid = papers::withdraw(&mut cx, issued.made[0], "  ").await;
    assert!(matches!(unsaid, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    let tenant = home.day.centre.tenant.clone();
    let signer =
        Signer { title: "KT. Chủ tịch / Phó Chủ tịch".into(), name: "Người Ký Thay".into() };
    let new = papers::replace(&mut cx, &tenant, issued.made[0], &signer, "Ghi nhầm người ký").await.unwrap();
    cx.commit().await.unwrap();
    let old = home.check(&body.code).await.unwrap();
    assert!(old.withdrawn_at.is_some() && old.replaced);
    let replaced = home.body(new).await;
    assert_eq!(replaced.symbol, "02/QĐ-UBND");
    assert_eq!(replaced.signer_title, ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]);
    assert_eq!(replaced.signer_name, "Người Ký Thay");
    // Kept as it was issued.
    assert_eq!(home.body(issued.made[0]).await, body);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let twice = papers::withdraw(&mut cx, issued.made[0], "Lần nữa").await;
    assert!(matches!(twice, Err(Error::Conflict("error-paper-withdrawn"))));
    drop(cx);

    let nobody = SecretCode::new(home.day.centre.store.rng()).to_string();
    assert!(matches!(home.check(&nobody).await, Err(Error::NotFound)));
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    assert!(matches!(papers::open(&mut cx, new).await, Err(Error::Forbidden("care.paper"))));
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(papers::open(&mut cx, new).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_paper_is_replaced_by_one_of_the_same_plan_and_of_no_other() {
    let home = Home::begin().await;
    let first = home.issue(&of(home.grandmother, &[Kind::Decision])).await.unwrap().made[0];
    home.release(home.grandmother).await;
    home.day.centre.clock.advance(DAY * 20);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::follow(&mut cx, home.id, home.grandmother, Subject::F1).await.unwrap();
    cx.commit().await.unwrap();
    let second = home.issue(&of(home.grandmother, &[Kind::Decision])).await.unwrap().made[0];
    let replace = |paper: PaperId| {
        let day = &home.day;
        async move {
            let (mut cx, tenant) = (day.centre.as_staff(day.nurse).await, &day.centre.tenant);
            let new = papers::replace(&mut cx, tenant, paper, &Signer::default(), "Ghi nhầm").await?;
            cx.commit().await?;
            Ok::<_, Error>(new)
        }
    };
    // Out of the plan that runs now it would say other days.
    assert!(matches!(replace(first).await, Err(Error::Conflict("error-paper-other-plan"))));
    let body = home.body(first).await;
    assert!(home.check(&body.code).await.unwrap().withdrawn_at.is_none(), "it stands");
    let new = replace(second).await.unwrap();
    assert_eq!(home.body(new).await.from_on, home.body(second).await.from_on);
}

#[tokio::test]
async fn a_release_closes_plan_and_case_and_issues_the_certificate() {
    let home = Home::begin().await;
    let plan = home.plan(home.mother).await;
    assert!(matches!(home.let_go(plan).await, Err(Error::Conflict("error-release-not-ready"))));
    home.day.centre.clock.advance(DAY * 13);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let due = discharge::list(&mut cx, home.day.station).await.unwrap();
    let [mother] = &due[..] else { panic!("{due:?}") };
    assert_eq!((mother.plan, mother.stands.ready, mother.bag_c), (plan, Some(Ready::Days), false));
    drop(cx);
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(discharge::list(&mut cx, home.day.station).await, Err(Error::NotFound)));
    let tenant = &home.day.centre.tenant;
    let stranger = discharge::release(&mut cx, tenant, plan, &Signer::default()).await;
    assert!(matches!(stranger, Err(Error::NotFound)));
    drop(cx);

    let released = home.let_go(plan).await.unwrap();
    let body = home.body(released.paper.unwrap()).await;
    assert_eq!((body.kind, body.symbol.as_str()), (Kind::Completion, "01/GXN-UBND"));
    assert_eq!((body.from_on, body.to_on), (Some(date(2021, 9, 24)), Some(date(2021, 10, 8))));
    let sheet = home.sheet().await;
    let kept = &sheet.plans.iter().find(|one| one.person.id == home.mother).unwrap().kept;
    assert_eq!(kept.closed_as, Some(Closed::Released));
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let case = cases::find(&mut cx, home.case).await.unwrap();
    assert_eq!(case.outcome, Some((Ending::Recovered, date(2021, 10, 8))));
    assert!(discharge::list(&mut cx, home.day.station).await.unwrap().is_empty());
    drop(cx);
    assert!(matches!(home.let_go(plan).await, Err(Error::Conflict("error-plan-closed"))));
    assert!(home.check(&body.code).await.unwrap().withdrawn_at.is_none());

    // Her mother goes a day later, by the plan of a contact.
    home.day.centre.clock.advance(DAY);
    let contact = home.plan(home.grandmother).await;
    let released = home.let_go(contact).await.unwrap();
    assert_eq!(home.body(released.paper.unwrap()).await.symbol, "02/GXN-UBND");
}

#[tokio::test]
async fn an_open_alert_keeps_somebody_from_being_released() {
    let home = Home::begin().await;
    home.day.centre.clock.advance(DAY * 13);
    home.send(10, vec![crate::home::saturated(home.mother, "90")]).await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let due = discharge::list(&mut cx, home.day.station).await.unwrap();
    assert_eq!((due[0].stands.ready, &due[0].stands.lacks[..]), (None, &[Lack::Alert][..]));
    drop(cx);
    let plan = home.plan(home.mother).await;
    assert!(matches!(home.let_go(plan).await, Err(Error::Conflict("error-release-not-ready"))));
}

/// Somebody well of the ward, whose pass holds.
async fn neighbour(home: &Home, key: u128, name: &str) -> PersonId {
    let new = NewCase {
        full_name: name.into(),
        citizen_id: String::new(),
        phone: format!("0900 555 {:03}", 200 + key),
        address: format!("{} Đường số 15", 100 + key),
        classification: Classification::Suspected,
        ..home.day.form(key)
    };
    home.day.record(&new).await.person
}

#[tokio::test]
async fn a_set_of_cards_names_who_is_left_out_and_why() {
    let home = Home::begin().await;
    let day = &home.day;
    let people = [
        neighbour(&home, 21, "Nguyễn Văn Nam").await,
        home.mother,
        neighbour(&home, 22, "Lê Văn Không Tuổi").await,
        neighbour(&home, 23, "Phạm Thị Mất Thẻ").await,
    ];
    let mut cx = day.centre.system().await;
    passes::export_keys(&mut cx).await.unwrap();
    let mut ids = Vec::new();
    for person in people {
        ids.push(passes::hold(&mut cx, person).await.unwrap().pass);
    }
    sqlx::query("update people set birth_year = null where id = $1")
        .bind(people[2].uuid())
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.clerk).await;
    passes::replace(&mut cx, ids[3], "Mất thẻ").await.unwrap();
    let left = passes::left_out(&mut cx, &ids).await.unwrap();
    let told: Vec<_> = left.iter().map(|one| (one.pass, one.why, one.name.as_str())).collect();
    assert_eq!(
        told,
        [
            (ids[1], passes::Lack::Resting, "Trần Thị Bích"),
            (ids[2], passes::Lack::BirthYear, "Lê Văn Không Tuổi"),
            (ids[3], passes::Lack::Revoked, "Phạm Thị Mất Thẻ"),
        ]
    );
    let set = passes::printed_set(&mut cx, &ids).await.unwrap();
    let printed: Vec<_> = set.cards.iter().map(|card| card.pass).collect();
    assert_eq!((printed, set.left), (vec![ids[0]], left));
    let none = passes::printed_set(&mut cx, &ids[1..2]).await;
    assert!(matches!(none, Err(Error::Conflict("error-pass-resting"))));
    cx.commit().await.unwrap();
    // Whoever does not give them out learns no name, and not even that there are such passes.
    let other = day.centre.unit("TQUY").await;
    let stranger = day.centre.staff("Cán bộ khác").at(other, Role::WardOfficial).create().await;
    let mut cx = day.centre.as_staff(stranger).await;
    let left = passes::left_out(&mut cx, &ids).await.unwrap();
    assert!(left.iter().all(|one| one.why == passes::Lack::Elsewhere && one.name.is_empty()));
    assert!(matches!(passes::printed_set(&mut cx, &ids).await, Err(Error::NotFound)));
}

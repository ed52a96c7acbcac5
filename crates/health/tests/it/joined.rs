//! What was given to a household, issued, asked for and ordered there is of the one that stays when it
//! becomes one with another.

use crate::{assign::beside, home::Home};
use health::{
    care::{
        bags::{self, Bar, Ended, Kind as Bag, NewBag},
        needs::{self, Item, NewNeed},
        papers::{self, Kind, NewPapers, Signer},
    },
    cases::{TestKind, TestResult},
    followups,
    samples::{self, NewOrder, Reason, Seen, SelfTest},
};
use kernel::{Actor, HouseholdId, NeedId};
use uuid::Uuid;

impl Home {
    /// The household itself asks for something, with its code.
    async fn asks(&self, of: HouseholdId, key: u128, item: Item) -> NeedId {
        let new = NewNeed { form_key: Uuid::from_u128(key), items: [item].into(), note: String::new() };
        let mut cx = self.day.centre.begin(Actor::citizen(of.uuid())).await;
        let need = needs::ask(&mut cx, of, &new).await.unwrap().unwrap();
        cx.commit().await.unwrap();
        need
    }

    /// Makes one of two.
    async fn joins(&self, from: HouseholdId) {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        followups::join(&mut cx, from, self.id, "Cùng một nhà, nhập hai lần").await.unwrap();
        cx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn bags_papers_needs_and_orders_follow_a_household_that_becomes_one_with_another() {
    let home = Home::begin().await;
    let (neighbour, from) = beside(&home).await;
    let (day, tenant) = (&home.day, &home.day.centre.tenant);
    let a = NewBag::of(neighbour, Bag::A, day.station);
    let decision =
        NewPapers { person: Some(neighbour), kinds: [Kind::Decision].into(), signer: Signer::default() };
    let pcr = NewOrder { person: neighbour, kind: TestKind::Pcr, reason: Reason::Release, due_at: None };
    let mut cx = day.centre.as_staff(day.nurse).await;
    let bag = bags::give(&mut cx, from, &a).await.unwrap();
    let paper = papers::issue(&mut cx, tenant, from, &decision).await.unwrap().made[0];
    let order = samples::order(&mut cx, &pcr).await.unwrap().unwrap();
    cx.commit().await.unwrap();
    let food = home.asks(from, 1, Item::Food).await;
    home.joins(from).await;
    let gas = home.asks(home.id, 2, Item::Gas).await;

    let mut cx = day.centre.as_staff(day.nurse).await;
    let cupboard = bags::of_household(&mut cx, home.id).await.unwrap();
    assert_eq!(cupboard.bags.iter().map(|one| one.kept.id).collect::<Vec<_>>(), [bag]);
    let candidate = cupboard.candidates.iter().find(|one| one.person.id == neighbour).unwrap();
    assert!(candidate.verdicts[0].1.bars.contains(&Bar::Given), "he has one");
    assert_eq!(bags::end(&mut cx, bag, Ended::Used, None).await.unwrap(), home.id);

    let issued = papers::issue(&mut cx, tenant, home.id, &decision).await.unwrap();
    assert_eq!((issued.made.len(), issued.known), (0, vec![Kind::Decision]), "it stands");
    let known = papers::of_household(&mut cx, home.id).await.unwrap();
    assert_eq!(known.iter().map(|one| one.kept.id).collect::<Vec<_>>(), [paper]);
    assert_eq!(papers::withdraw(&mut cx, paper, "Ghi nhầm").await.unwrap(), home.id);

    let asked = needs::of_household(&mut cx, home.id).await.unwrap();
    assert_eq!(asked.iter().map(|need| need.id).collect::<Vec<_>>(), [gas, food]);
    assert_eq!(asked[0].ticket, asked[1].ticket, "one journey brings all");
    assert_eq!(needs::meet(&mut cx, food).await.unwrap(), home.id);

    let owed = samples::of_household(&mut cx, home.id).await.unwrap();
    let line = owed.iter().find(|line| line.id == order).unwrap();
    assert_eq!(line.household.as_ref().unwrap().0, home.id);
    assert_eq!(samples::one(&mut cx, order).await.unwrap().household.unwrap().0, home.id);
    let due = samples::due(&mut cx).await.unwrap();
    let line = due.iter().find(|line| line.id == order).unwrap();
    assert_eq!(line.household.as_ref().unwrap().0, home.id);
    cx.commit().await.unwrap();
}

#[tokio::test]
async fn a_self_test_and_a_pool_of_before_are_those_of_the_household_that_stays() {
    let home = Home::begin().await;
    let (neighbour, from) = beside(&home).await;
    let (day, tenant) = (&home.day, &home.day.centre.tenant);
    let told =
        SelfTest { person: neighbour, result: TestResult::Positive, on_day: "25/9/2021".into(), file: None };
    let mut cx = day.centre.begin(Actor::citizen(from.uuid())).await;
    let told = samples::tell(&mut cx, tenant, from, &told).await.unwrap();
    cx.commit().await.unwrap();
    home.joins(from).await;

    let mut cx = day.centre.as_staff(day.nurse).await;
    let waiting = samples::to_see(&mut cx).await.unwrap();
    assert_eq!(waiting.iter().map(|test| test.household).collect::<Vec<_>>(), [home.id]);
    let judged = samples::see(&mut cx, tenant, told.test.unwrap(), Seen::PcrOrdered, "").await.unwrap();
    assert_eq!(judged.household, home.id);
    cx.commit().await.unwrap();
}

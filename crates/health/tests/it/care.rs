use crate::home::{Home, saturated, well};
use duty::tickets::{self, State};
use health::{
    care::{
        bags::{self, Bar, Consent, Ended, Kind, Lack, NewBag, NewConsent, Without},
        needs::{self, Channel, Item as Needed, NewNeed},
        stock::{self, Item, Reason},
    },
    vitals::Symptom,
};
use kernel::{Actor, BagId, Error, FileId, Result};
use uuid::Uuid;

impl Home {
    async fn give(&self, new: &NewBag) -> Result<BagId> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let id = bags::give(&mut cx, self.id, new).await?;
        cx.commit().await?;
        Ok(id)
    }

    async fn end_bag(&self, id: BagId, ended: Ended, capsules: Option<i16>) -> Result<()> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        bags::end(&mut cx, id, ended, capsules).await?;
        cx.commit().await
    }

    async fn stocked(&self, reason: Reason, n: i32) -> Result<i32> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let left = stock::enter(&mut cx, self.day.station, reason, Item::BagA, n).await?;
        cx.commit().await?;
        Ok(left)
    }

    async fn left(&self, item: Item) -> i32 {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let lines = stock::lines_of(&mut cx, self.day.station).await.unwrap();
        lines.iter().find(|line| line.item == item).unwrap().n
    }

    fn bag(&self, kind: Kind) -> NewBag {
        NewBag::of(self.mother, kind, self.day.station)
    }

    async fn need(&self, key: u128, items: &[Needed], note: &str) -> Result<bool> {
        let mut cx = self.day.centre.begin(Actor::citizen(self.id.uuid())).await;
        let new = NewNeed {
            form_key: Uuid::from_u128(key),
            items: items.iter().copied().collect(),
            note: note.into(),
        };
        let asked = needs::ask(&mut cx, self.id, &new).await?;
        cx.commit().await?;
        Ok(asked.is_some())
    }
}

#[tokio::test]
async fn the_page_of_the_bags_says_which_condition_is_missing() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let cupboard = bags::of_household(&mut cx, home.id).await.unwrap();
    // The F1 beside her is no patient.
    let [mother] = &cupboard.candidates[..] else { panic!("{:?}", cupboard.candidates) };
    assert_eq!(mother.person.id, home.mother);
    let verdict = |kind| mother.verdicts.iter().find(|(one, _)| *one == kind).unwrap().1.clone();
    assert!(verdict(Kind::A).allows());
    assert_eq!(verdict(Kind::B).lacks, [Lack::Asked, Lack::Readings]);
    assert_eq!(verdict(Kind::C).lacks, [Lack::Asked, Lack::Readings, Lack::Consent]);
    drop(cx);

    let mut breathless = saturated(home.mother, "94");
    breathless.symptoms.insert(Symptom::Breathless);
    home.send(10, vec![breathless]).await;
    let mut b = home.bag(Kind::B);
    b.said.asked = true;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let weighed = bags::weigh(&mut cx, home.id, &b).await.unwrap();
    assert_eq!((weighed.met.len(), weighed.lacks), (2, vec![Lack::DoctorTried]));
    drop(cx);
    assert!(matches!(home.give(&b).await, Err(Error::Conflict("error-bag-not-eligible"))));
    b.said.doctor_not_reached = true;
    home.give(&b).await.unwrap();
    assert!(matches!(home.give(&b).await, Err(Error::Conflict("error-bag-given"))));
}

#[tokio::test]
async fn bag_c_needs_consent_and_counts_back_what_is_returned() {
    let home = Home::begin().await;
    home.send(10, vec![well(home.mother)]).await;
    let mut c = home.bag(Kind::C);
    c.said.asked = true;
    c.prescriber = "BS. Phạm Kê Đơn".into();
    assert!(matches!(home.give(&c).await, Err(Error::Conflict("error-bag-not-eligible"))));
    let later = (Without::SignsLater, "Lê Thị Hạnh, con gái".to_owned());
    let consent =
        |by| NewConsent { how: Consent::Paper, by, at: None, file: None, without: Some(later.clone()) };
    let stranger = NewBag { consent: Some(consent(kernel::PersonId(Uuid::from_u128(9)))), ..c.clone() };
    assert!(matches!(home.give(&stranger).await, Err(Error::Invalid { field: "consent_by", .. })));
    let consented = NewBag { consent: Some(consent(home.grandmother)), ..c };
    let id = home.give(&consented).await.unwrap();

    let uncounted = home.end_bag(id, Ended::Used, None).await;
    assert!(matches!(uncounted, Err(Error::Invalid { field: "capsules", key: "error-capsules-missing" })));
    let more = home.end_bag(id, Ended::Used, Some(21)).await;
    assert!(matches!(more, Err(Error::Invalid { field: "capsules", key: "error-capsules-more" })));
    home.end_bag(id, Ended::Returned, Some(3)).await.unwrap();
    let twice = home.end_bag(id, Ended::Used, Some(3)).await;
    assert!(matches!(twice, Err(Error::Conflict("error-bag-ended"))));

    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let bag = bags::of_household(&mut cx, home.id).await.unwrap().bags.remove(0);
    assert_eq!((bag.kept.capsules, bag.kept.returned_capsules), (Some(20), Some(3)));
    assert_eq!(bag.kept.ended.unwrap().0, Ended::Opened);
    assert_eq!(bag.prescriber.as_deref(), Some("BS. Phạm Kê Đơn"));
    assert_eq!(bag.consented_by.as_deref(), Some("Lê Thị Hạnh"));
    // Three capsules are no bag.
    assert_eq!(home.left(Item::BagC).await, -1);
    for (table, text) in home.day.everything().await {
        assert!(!text.contains("Kê Đơn"), "{table}");
    }
}

#[tokio::test]
async fn a_consent_is_seen_or_it_is_said_who_signs_it() {
    let home = Home::begin().await;
    home.send(10, vec![well(home.mother)]).await;
    let asked = |without: Option<(Without, &str)>| {
        let mut c = home.bag(Kind::C);
        c.said.asked = true;
        let without = without.map(|(why, who)| (why, who.to_owned()));
        let (how, by) = (Consent::Paper, home.mother);
        NewBag { consent: Some(NewConsent { how, by, at: None, file: None, without }), ..c }
    };
    let unseen = home.give(&asked(None)).await;
    assert!(matches!(unseen, Err(Error::Invalid { field: "file", key: "error-consent-unseen" })));
    let nobody = home.give(&asked(Some((Without::SignsLater, " ")))).await;
    assert!(matches!(nobody, Err(Error::Invalid { field: "consent_without_who", .. })));
    let later = asked(Some((Without::SignsLater, "Chồng bà Bích ký")));
    let id = home.give(&later).await.unwrap();

    let (tenant, file) = (home.day.centre.id().uuid(), FileId(Uuid::from_u128(77)));
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let bag = bags::of_household(&mut cx, home.id).await.unwrap().bags.remove(0);
    assert_eq!((bag.kept.consent_file, bag.kept.consent_without), (None, Some(Without::SignsLater)));
    assert_eq!(bag.without_who.as_deref(), Some("Chồng bà Bích ký"));
    assert!(matches!(bags::open_consent(&mut cx, id).await, Err(Error::NotFound)));
    // What was signed since is put beside it, once.
    let kept = "insert into files (tenant_id, id, purpose, media_type, bytes, thumbnail, sha256, received_sha256, kept_at)
                values ($1, $2, 'proof', 'image/png', 1, false, '', '', now())";
    sqlx::query(kept).bind(tenant).bind(file.uuid()).execute(cx.conn()).await.unwrap();
    assert_eq!(bags::attach_consent(&mut cx, id, file).await.unwrap(), home.id);
    let twice = bags::attach_consent(&mut cx, id, file).await;
    assert!(matches!(twice, Err(Error::Conflict("error-consent-kept"))));
    assert_eq!(bags::open_consent(&mut cx, id).await.unwrap(), file);
    cx.commit().await.unwrap();
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    assert!(matches!(bags::open_consent(&mut cx, id).await, Err(Error::Forbidden("care.paper"))));
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(bags::open_consent(&mut cx, id).await, Err(Error::NotFound)));
    for (table, text) in home.day.everything().await {
        assert!(!text.contains("Chồng bà Bích"), "{table}");
    }
}

#[tokio::test]
async fn the_stock_rises_by_bags_that_come_back_unopened_and_falls_below_zero_only_when_said() {
    let home = Home::begin().await;
    assert_eq!(home.stocked(Reason::Received, 2).await.unwrap(), 2);
    let opened = home.give(&home.bag(Kind::A)).await.unwrap();
    assert_eq!(home.left(Item::BagA).await, 1);
    home.end_bag(opened, Ended::Opened, None).await.unwrap();
    assert_eq!(home.left(Item::BagA).await, 1, "it is destroyed");
    let first = home.give(&home.bag(Kind::A)).await.unwrap();
    assert_eq!(home.left(Item::BagA).await, 0);
    home.end_bag(first, Ended::Returned, None).await.unwrap();
    assert_eq!(home.left(Item::BagA).await, 1);
    let second = home.give(&home.bag(Kind::A)).await.unwrap();
    home.end_bag(second, Ended::Lost, None).await.unwrap();
    assert_eq!(home.left(Item::BagA).await, 0);
    assert!(matches!(home.give(&home.bag(Kind::A)).await, Err(Error::Conflict("error-stock-empty"))));
    assert_eq!(home.left(Item::BagA).await, 0);
    home.give(&NewBag { short: true, ..home.bag(Kind::A) }).await.unwrap();
    assert_eq!(home.left(Item::BagA).await, -1);
    assert_eq!(home.stocked(Reason::Counted, 5).await.unwrap(), 5);
    let spoilt = home.stocked(Reason::Spoilt, 6).await;
    assert!(matches!(spoilt, Err(Error::Invalid { field: "n", key: "error-stock-spoilt" })));
    for (reason, n) in [(Reason::Received, 0), (Reason::Counted, -1), (Reason::Received, 100_001)] {
        let refused = home.stocked(reason, n).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "n", key: "error-stock-number" })));
    }
    for told in [Reason::Given, Reason::Returned, Reason::Opened] {
        assert!(home.stocked(told, 1).await.is_err(), "only a bag tells of itself");
    }
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let moves = stock::moves(&mut cx, home.day.station, 50).await.unwrap();
    assert_eq!(moves.iter().map(|one| one.n).sum::<i32>(), 5, "{moves:?}");
    let destroyed = moves.iter().find(|one| one.reason == Reason::Opened).unwrap();
    assert_eq!((destroyed.item, destroyed.n), (Item::BagA, 0));
}

#[tokio::test]
async fn a_team_hands_over_bag_a_and_no_other_and_strangers_none() {
    let home = Home::begin().await;
    home.send(10, vec![well(home.mother)]).await;
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    bags::give(&mut cx, home.id, &home.bag(Kind::A)).await.unwrap();
    let mut b = home.bag(Kind::B);
    b.said.asked = true;
    b.said.beforehand = true;
    assert!(matches!(bags::give(&mut cx, home.id, &b).await, Err(Error::Forbidden("care.paper"))));
    drop(cx);
    // Left in the house beforehand, as the rule of 2021 lets the station do.
    home.give(&b).await.unwrap();
    let elsewhere = NewBag { unit: home.day.ward, ..home.bag(Kind::A) };
    assert!(matches!(home.give(&elsewhere).await, Err(Error::Invalid { field: "unit", .. })));
    let well = NewBag { person: home.grandmother, ..home.bag(Kind::A) };
    assert!(matches!(home.give(&well).await, Err(Error::NotFound)));
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(bags::give(&mut cx, home.id, &home.bag(Kind::A)).await, Err(Error::NotFound)));
    assert!(matches!(stock::lines_of(&mut cx, home.day.station).await, Err(Error::NotFound)));
    drop(cx);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let cupboard = bags::of_household(&mut cx, home.id).await.unwrap();
    assert!(cupboard.candidates[0].verdicts[1].1.bars.contains(&Bar::Given));
}

#[tokio::test]
async fn what_a_household_needs_is_one_ticket_of_its_ward_until_it_came() {
    let home = Home::begin().await;
    let nothing = home.need(1, &[], "").await;
    assert!(matches!(nothing, Err(Error::Invalid { field: "items", key: "error-need-empty" })));
    let unsaid = home.need(1, &[Needed::Other], " ").await;
    assert!(matches!(unsaid, Err(Error::Invalid { field: "note", key: "error-text-missing" })));
    assert!(home.need(1, &[Needed::Food, Needed::BabyMilk], "Sữa cho bé sáu tháng").await.unwrap());
    assert!(!home.need(1, &[Needed::Food, Needed::BabyMilk], "Sữa cho bé sáu tháng").await.unwrap());
    assert!(home.need(2, &[Needed::Gas], "").await.unwrap());

    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let asked = needs::of_household(&mut cx, home.id).await.unwrap();
    let [second, first] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((first.channel, first.note.as_deref()), (Channel::Household, Some("Sữa cho bé sáu tháng")));
    assert_eq!(first.ticket, second.ticket, "one journey brings all");
    let id = first.ticket.unwrap();
    let ticket = tickets::tickets(&mut cx, &[id]).await.unwrap().remove(0);
    assert_eq!((ticket.kind.as_str(), ticket.unit, ticket.state), ("need", Some(home.day.ward), State::Open));
    assert!(ticket.task["vi"].as_str().unwrap().contains("lương thực"), "{}", ticket.task);
    needs::meet(&mut cx, first.id).await.unwrap();
    assert!(!tickets::tickets(&mut cx, &[id]).await.unwrap()[0].is_closed(), "gas is still awaited");
    needs::meet(&mut cx, second.id).await.unwrap();
    assert!(tickets::tickets(&mut cx, &[id]).await.unwrap()[0].is_closed());
    assert!(matches!(needs::meet(&mut cx, second.id).await, Err(Error::Conflict("error-need-met"))));
    cx.commit().await.unwrap();
    for (table, text) in home.day.everything().await {
        assert!(!text.contains("bé sáu tháng"), "{table}");
    }
    // Another household's code opens nothing here.
    let mut cx = home.day.centre.begin(Actor::citizen(Uuid::from_u128(7))).await;
    assert!(matches!(needs::of_household(&mut cx, home.id).await, Err(Error::NotFound)));
}

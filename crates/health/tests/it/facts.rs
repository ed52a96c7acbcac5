use crate::home::{Home, saturated, well};
use health::{
    facts::{self, Kind, NewFact, Source, Withdrawn},
    followups::{self, Group, Only, SILENCE},
    households::NewMember,
};
use jiff::SignedDuration;
use kernel::{Error, FactId, PersonId, Result, StaffId};
use serde_json::{Value, json};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn dose(number: i16, on: &str) -> NewFact {
    NewFact {
        on_day: on.into(),
        dose: Some(number),
        words: "AstraZeneca".into(),
        lot: "ABX1234".into(),
        ..NewFact::of(Kind::Vaccination, Source::Paper)
    }
}

fn illness(words: &str) -> NewFact {
    NewFact { words: words.into(), ..NewFact::of(Kind::Illness, Source::Person) }
}

impl Home {
    async fn tell_as(&self, staff: StaffId, person: PersonId, new: &NewFact) -> Result<Option<FactId>> {
        let mut cx = self.day.centre.as_staff(staff).await;
        let id = followups::add_fact(&mut cx, person, new).await?;
        cx.commit().await?;
        Ok(id)
    }

    async fn tell(&self, person: PersonId, new: &NewFact) -> Option<FactId> {
        self.tell_as(self.day.nurse, person, new).await.unwrap()
    }

    async fn risk(&self, person: PersonId) -> Group {
        let sheet = self.sheet().await;
        sheet.plans.iter().find(|one| one.person.id == person).unwrap().kept.plan.risk
    }

    /// Changes of the risk of somebody, oldest first: from, to, why, by which version.
    async fn changes(&self, person: PersonId) -> Vec<Value> {
        let mut cx = self.day.centre.system().await;
        let events = store::events::of_object(&mut cx, self.id.uuid()).await.unwrap();
        let of = events.into_iter().filter(|event| event.kind == "follow.risk_changed");
        let whole = |event: store::events::Recorded| {
            // The reasons tell of an illness: they are sealed beside the event.
            let mut data = event.data;
            data["why"] = event.payload.unwrap()["why"].clone();
            data
        };
        of.map(whole).filter(|data| data["person"] == json!(person)).collect()
    }

    /// Places on the list: the household's, and who stands first in it.
    async fn place(&self) -> (i16, PersonId) {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let list = followups::morning(&mut cx, self.day.station, Only::All, 0).await.unwrap();
        (list.rounds[0].home.rank, list.rounds[0].people[0].person.id)
    }
}

#[tokio::test]
async fn a_new_fact_moves_the_risk_and_the_place_in_the_list() {
    let home = Home::begin().await;
    // Seventy-three is high with and without doses; thirty-six without a dose on record is unknown.
    assert_eq!(
        (home.risk(home.grandmother).await, home.risk(home.mother).await),
        (Group::High, Group::Unknown)
    );
    home.send(10, vec![well(home.mother), well(home.grandmother)]).await;
    assert_eq!(home.place().await, (40, home.grandmother));

    home.tell(home.mother, &dose(1, "1/5/2021")).await.unwrap();
    assert_eq!(home.risk(home.mother).await, Group::Medium);
    home.tell(home.mother, &dose(2, "1/7/2021")).await.unwrap();
    assert_eq!(home.risk(home.mother).await, Group::Low);
    home.tell(home.grandmother, &illness("Tăng huyết áp")).await.unwrap();
    assert_eq!(home.risk(home.grandmother).await, Group::VeryHigh);
    assert_eq!(home.place().await, (60, home.grandmother));

    let changes = home.changes(home.grandmother).await;
    let told: Vec<_> = changes.iter().map(|one| (&one["from"], &one["to"], &one["why"])).collect();
    assert_eq!(told[0], (&json!("unknown"), &json!("high"), &json!(["age", "doses_unknown"])));
    assert_eq!(told[1], (&json!("high"), &json!("very_high"), &json!(["age", "illness", "doses_unknown"])));
    assert_eq!(told.len(), 2);
    assert_eq!(changes[1]["rules"], json!([{ "code": "f0.risk_groups", "version": 1, "origin": "shipped" }]));
    let sheet = home.sheet().await;
    let kept = &sheet.plans.iter().find(|one| one.person.id == home.grandmother).unwrap().kept;
    assert_eq!(kept.risk_version, Some(1));
    assert!(kept.risk_at.is_some());
}

#[tokio::test]
async fn a_reading_moves_the_risk_until_the_next_one() {
    let home = Home::begin().await;
    home.tell(home.mother, &dose(1, "1/5/2021")).await;
    home.tell(home.mother, &dose(2, "1/7/2021")).await;
    home.send(10, vec![saturated(home.mother, "95")]).await;
    assert_eq!(home.risk(home.mother).await, Group::High);
    home.wait(HOUR).await;
    home.send(11, vec![saturated(home.mother, "91")]).await;
    assert_eq!(home.risk(home.mother).await, Group::VeryHigh);
    home.wait(HOUR).await;
    home.send(12, vec![well(home.mother)]).await;
    assert_eq!(home.risk(home.mother).await, Group::Low);
    assert_eq!(home.changes(home.mother).await.len(), 5);
}

#[tokio::test]
async fn unknown_age_is_not_low_risk() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let lodger = NewMember { full_name: "Phạm Văn Tư".into(), ..NewMember::default() };
    let lodger =
        followups::add_member(&mut cx, home.id, &lodger, Some(followups::Subject::Other)).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(home.risk(lodger).await, Group::Unknown);
    home.tell(lodger, &dose(1, "1/5/2021")).await;
    home.tell(lodger, &dose(2, "1/7/2021")).await;
    assert_eq!(home.risk(lodger).await, Group::Unknown);
    assert_eq!(home.changes(lodger).await, Vec::<Value>::new(), "nothing has changed");
    // An illness makes him high at any age.
    home.tell(lodger, &illness("Đái tháo đường")).await;
    assert_eq!(home.risk(lodger).await, Group::High);
}

#[tokio::test]
async fn the_same_fact_twice_is_one_and_a_withdrawn_one_counts_no_more() {
    let home = Home::begin().await;
    let id = home.tell(home.grandmother, &illness("Tăng huyết áp")).await.unwrap();
    let again = NewFact { source: Source::List, ..illness(" tăng  Huyết áp ") };
    assert_eq!(home.tell(home.grandmother, &again).await, None);
    assert!(
        home.tell(home.grandmother, &illness("Suy thận")).await.is_some(),
        "another illness is another fact"
    );
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let known = facts::of(&mut cx, home.grandmother).await.unwrap();
    assert_eq!(known.len(), 2);
    let kept = known.iter().find(|fact| fact.id == id).unwrap();
    assert_eq!((kept.words.as_str(), kept.source), ("Tăng huyết áp", Source::Person));
    assert_eq!((kept.entered_by, kept.by_unit), (Some(home.day.nurse), Some(home.day.station)));

    let wrong = followups::withdraw_fact(&mut cx, id, Withdrawn::Wrong, " ").await;
    assert!(matches!(wrong, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    let only_the_program = followups::withdraw_fact(&mut cx, id, Withdrawn::ImportUndone, "nhầm").await;
    assert!(matches!(only_the_program, Err(Error::Invalid { field: "withdrawn_as", .. })));
    for fact in &known {
        followups::withdraw_fact(&mut cx, fact.id, Withdrawn::Wrong, "Nhầm với chị gái").await.unwrap();
    }
    let twice = followups::withdraw_fact(&mut cx, id, Withdrawn::Wrong, "nhầm").await;
    assert!(matches!(twice, Err(Error::Conflict("error-fact-withdrawn"))));
    cx.commit().await.unwrap();
    assert_eq!(home.risk(home.grandmother).await, Group::High, "by her age alone");
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let shown = facts::of(&mut cx, home.grandmother).await.unwrap();
    assert!(shown.len() == 2 && shown.iter().all(|fact| fact.withdrawn.is_some()), "it stays in view");
    drop(cx);
    // Told again, it is on record again.
    assert!(home.tell(home.grandmother, &illness("Tăng huyết áp")).await.is_some());
}

#[tokio::test]
async fn a_fact_with_a_fault_is_refused_and_strangers_know_nothing() {
    let home = Home::begin().await;
    let told = |staff, new: NewFact| {
        let home = &home;
        async move { home.tell_as(staff, home.mother, &new).await }
    };
    let future = told(home.day.nurse, dose(2, "30/9/2021")).await;
    assert!(matches!(future, Err(Error::Invalid { field: "on_day", key: "error-date-future" })));
    let unborn = told(home.day.nurse, dose(2, "1/9/1984")).await;
    assert!(matches!(unborn, Err(Error::Invalid { field: "on_day", key: "error-day-before-birth" })));
    assert!(matches!(told(home.day.other_nurse, dose(2, "1/7/2021")).await, Err(Error::NotFound)));
    // The ward's official sees the household and not what ails it.
    assert!(matches!(told(home.day.clerk, dose(2, "1/7/2021")).await, Err(Error::Forbidden(_))));
    // The team that brings oxygen may write what it finds.
    assert!(told(home.rescuer, illness("Hen suyễn")).await.unwrap().is_some());
    assert!(told(home.day.director, illness("Béo phì")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_high_risk_household_opens_a_silence_ticket_after_one_miss() {
    let home = Home::begin().await;
    home.send(10, vec![well(home.mother), well(home.grandmother)]).await;
    // The afternoon passes without a word.
    home.wait(HOUR * 10).await;
    assert_eq!(home.day.matters().await.len(), 1);
    home.wait(HOUR * 2).await;
    let matters = home.day.matters().await;
    assert_eq!((matters.len(), matters[1].0.as_str()), (2, SILENCE), "the grandmother is of high risk");
}

#[tokio::test]
async fn no_word_of_a_fact_stands_open_in_the_database() {
    let home = Home::begin().await;
    let id = home.tell(home.mother, &illness("Viêm gan siêu vi")).await.unwrap();
    home.tell(home.mother, &dose(1, "1/5/2021")).await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::withdraw_fact(&mut cx, id, Withdrawn::Corrected, "Đọc nhầm bệnh án").await.unwrap();
    cx.commit().await.unwrap();
    for (table, text) in home.day.everything().await {
        for word in ["Viêm gan siêu vi", "AstraZeneca", "ABX1234", "Đọc nhầm bệnh án"] {
            assert!(!text.contains(word), "{table}: {word}");
        }
    }
}

//! What colour a family's cards are, and what each of them is told.

use crate::home::Home;
use duty::rules::{self, NewVersion};
use health::{
    cards::{self, Card, Colour, Figure, Place},
    cases::{Ending, TestKind, TestResult},
    facts::{Kind, NewFact, Source},
    followups,
    households::NewMember,
    samples::{self, NewTest},
};
use jiff::civil::{Date, date};
use kernel::PersonId;
use serde_json::{Value, json};

const TODAY: Date = date(2021, 9, 25);

impl Home {
    /// Somebody who lives there and is neither ill nor a contact.
    async fn add_son(&self) -> PersonId {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let son =
            NewMember { full_name: "Nguyễn Văn Nam".into(), birth: "2001".into(), ..NewMember::default() };
        let son = followups::add_member(&mut cx, self.id, &son, None).await.unwrap();
        cx.commit().await.unwrap();
        son
    }

    async fn vaccinated(&self, person: PersonId, dose: i16, on: &str, source: Source) {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let new = NewFact {
            on_day: on.into(),
            dose: Some(dose),
            words: "AstraZeneca".into(),
            ..NewFact::of(Kind::Vaccination, source)
        };
        followups::add_fact(&mut cx, person, &new).await.unwrap().unwrap();
        cx.commit().await.unwrap();
    }

    async fn swabbed(&self, person: PersonId, sample_on: &str) {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let new = NewTest {
            person,
            kind: TestKind::Rapid,
            result: TestResult::Negative,
            sample_on: sample_on.into(),
            result_on: String::new(),
            ct: String::new(),
        };
        samples::write(&mut cx, &self.day.centre.tenant, &new).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn card(&self, person: PersonId, on: Date) -> Card {
        let mut cx = self.day.centre.system().await;
        cards::card(&mut cx, person, on).await.unwrap()
    }
}

fn keys(reasons: &[cards::Reason]) -> Vec<&'static str> {
    reasons.iter().map(|reason| reason.key).collect()
}

#[tokio::test]
async fn a_family_of_four_colours_and_what_each_is_told() {
    let home = Home::begin().await;
    let son = home.add_son().await;

    // Nothing is known of the son.
    let card = home.card(son, TODAY).await;
    assert_eq!((card.colour, keys(&card.reasons)[0]), (Colour::Red, "gate-lacks-doses"));
    assert_eq!(card.rules, json!({ "code": "pass.cards", "version": 2, "origin": "shipped" }));
    assert!(!card.verified && card.citation.contains("3328"));

    // He has had both, the second five days ago: green by the first, and told when it is the whole.
    home.vaccinated(son, 1, "1/8/2021", Source::Paper).await;
    home.vaccinated(son, 2, "20/9/2021", Source::Paper).await;
    let card = home.card(son, TODAY).await;
    assert_eq!((card.colour, card.scope.as_deref()), (Colour::Green, Some("restricted")));
    assert_eq!(keys(&card.next), ["card-next-lacks-days-since-dose-on"]);
    assert_eq!(card.next[0].figures["day"], Figure::Text("04/10/2021".into()));

    // The mother is an F0, the grandmother an F1: red to themselves, whatever their doses.
    home.vaccinated(home.mother, 2, "1/7/2021", Source::National).await;
    home.vaccinated(home.grandmother, 2, "1/7/2021", Source::National).await;
    let mother = home.card(home.mother, TODAY).await;
    assert_eq!((mother.colour, keys(&mother.reasons)), (Colour::Red, vec!["card-ill"]));
    assert_eq!((keys(&mother.next), mother.turns), (vec!["card-next-ill"], None));
    let grandmother = home.card(home.grandmother, TODAY).await;
    assert_eq!(keys(&grandmother.reasons), ["card-isolated"]);
    let plan = home.sheet().await.plans.into_iter().find(|one| one.person.id == home.grandmother).unwrap();
    let until = kernel::dates::shown_date(plan.kept.plan.ends_on);
    assert_eq!(grandmother.next[0].figures["until"], Figure::Text(until));

    // Once they are released their cards are what the law makes of them.
    home.release(home.grandmother).await;
    assert_eq!(home.card(home.grandmother, TODAY).await.colour, Colour::Green);
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    followups::end_case(&mut cx, home.case, Ending::Recovered, TODAY, "").await.unwrap();
    cx.commit().await.unwrap();
    let mother = home.card(home.mother, TODAY).await;
    assert_eq!((mother.colour, mother.scope.as_deref()), (Colour::Green, Some("full")));
    let mut cx = home.day.centre.system().await;
    assert_eq!(cards::known(&mut cx, home.mother).await.unwrap().recovered, Some(TODAY));
}

#[tokio::test]
async fn what_he_only_tells_is_no_card_until_somebody_has_seen_the_paper() {
    let home = Home::begin().await;
    let son = home.add_son().await;
    home.vaccinated(son, 1, "1/8/2021", Source::Person).await;
    let card = home.card(son, TODAY).await;
    assert_eq!((card.colour, keys(&card.next)[0]), (Colour::Red, "card-next-unproven"));
    // The paper names the lot: another fact, which counts.
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let seen = NewFact {
        on_day: "1/8/2021".into(),
        dose: Some(1),
        words: "AstraZeneca".into(),
        lot: "ABX1234".into(),
        ..NewFact::of(Kind::Vaccination, Source::Paper)
    };
    followups::add_fact(&mut cx, son, &seen).await.unwrap().unwrap();
    cx.commit().await.unwrap();
    let card = home.card(son, TODAY).await;
    assert_eq!((card.colour, keys(&card.next)), (Colour::Green, vec!["card-next-lacks-doses"]));
    home.swabbed(son, "24/9/2021").await;
    let mut cx = home.day.centre.system().await;
    let known = cards::known_of(&mut cx, &[son, home.mother]).await.unwrap();
    assert_eq!((known[&son].doses, known[&son].last_negative), (Some(1), Some(date(2021, 9, 24))));
    assert_eq!((known[&home.mother].doses, known[&home.mother].last_negative), (None, None));
}

#[tokio::test]
async fn gates_get_the_laws_of_their_days_and_never_half_a_one() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.system().await;
    let names = |packs: &[Value]| -> Vec<String> {
        packs.iter().map(|pack| pack["version"].as_str().unwrap().to_owned()).collect()
    };
    let packs = cards::gate_packs(&mut cx, TODAY, date(2021, 10, 3)).await.unwrap();
    assert_eq!(names(&packs), ["pass.cards/2", "pass.cards/3"]);
    assert_eq!(
        (&packs[0]["valid_from"], &packs[0]["valid_to"]),
        (&json!("2021-09-15"), &json!("2021-09-30"))
    );
    assert_eq!(packs[1]["when_only_identity"], "yellow");
    let office =
        Place { kind: "office".into(), role: "staff".into(), zone: None, level: Some(4), capacity: Some(45) };
    for (day, limit) in [(date(2021, 11, 17), Some(22)), (TODAY, Some(45))] {
        let law = cards::pack_on(&mut cx, day).await.unwrap().unwrap();
        assert_eq!(cards::limit_of(&law, &office), limit);
    }

    drop(cx);

    // The district adds two versions of its own. One has a word that no gate knows: on its days what ships
    // stands in. The other is the law of its days.
    let strange = NewVersion {
        valid_from: date(2021, 9, 27),
        valid_to: Some(date(2021, 9, 30)),
        citation: "Quyết định thử".into(),
        verified: true,
        note: None,
        values: json!({
            "single_dose_counts_as": 2, "when_status_unknown": "yellow", "when_only_identity": "red",
            "cards": [], "places": [], "boosters": 1,
        }),
    };
    let mut own = strange.clone();
    own.values.as_object_mut().unwrap().remove("boosters");
    (own.valid_from, own.valid_to) = (date(2021, 10, 10), Some(date(2021, 10, 27)));
    let mut cx = home.day.centre.system().await;
    rules::add(&mut cx, "pass.cards", strange).await.unwrap();
    let number = rules::add(&mut cx, "pass.cards", own).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = home.day.centre.system().await;
    let packs = cards::gate_packs(&mut cx, TODAY, date(2021, 10, 12)).await.unwrap();
    let own = format!("pass.cards/{number}");
    assert_eq!(names(&packs), ["pass.cards/2", "pass.cards/2", "pass.cards/3", &own]);
    assert_eq!(
        (&packs[1]["valid_from"], &packs[1]["valid_to"]),
        (&json!("2021-09-27"), &json!("2021-09-30"))
    );
    drop(cx);
    let card = home.card(home.mother, date(2021, 10, 12)).await;
    assert_eq!(card.rules, json!({ "code": "pass.cards", "version": number, "origin": "tenant" }));
}

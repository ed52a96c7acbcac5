use super::{
    Figure, NEXT, OWN, REASONS, Reason,
    card::{Card, judge},
    known::body,
    law::Law,
    limit_of,
    model::{Colour, Known, Place},
    pack::{Pack, read_pack},
    rule,
};
use crate::{
    cases::{Ending, Illness, Sampled, TestKind, TestResult},
    facts,
};
use duty::rules;
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use kernel::PersonId;
use pass::{Force, Kind};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What the gate and this room have to agree on; `web/test/gate/cards.test.ts` reads the same file.
///
/// `packs`: those that ship, as gates get them, and some more. `refused`: what neither reads, and the word
/// that both name. `cases`: facts and a place on a day, with the verdict and the limit.
const VECTORS: &str = include_str!("../../vectors/cards.json");

#[derive(Deserialize)]
struct Vectors {
    packs: Vec<Value>,
    refused: Vec<Refused>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Refused {
    pack: Value,
    r#where: String,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    pack: String,
    facts: Given,
    place: Site,
    day: Date,
    expect: Value,
    limit: Option<i64>,
}

#[derive(Deserialize)]
struct Given {
    kind: String,
    force: Option<u64>,
    doses: Option<u8>,
    doses_needed: Option<u8>,
    last_dose: Option<Date>,
    last_negative: Option<Date>,
    recovered: Option<Date>,
}

#[derive(Deserialize)]
struct Site {
    kind: String,
    role: String,
    zone: Option<String>,
    level: Option<u8>,
    capacity: Option<u32>,
}

impl Given {
    fn known(&self) -> Known {
        Known {
            kind: Kind::ALL.into_iter().find(|kind| kind.name() == self.kind).unwrap(),
            force: self.force.map(|force| Force::of(force).unwrap()),
            doses: self.doses,
            doses_needed: self.doses_needed,
            last_dose: self.last_dose,
            last_negative: self.last_negative,
            recovered: self.recovered,
        }
    }
}

impl Site {
    fn place(self) -> Place {
        let Self { kind, role, zone, level, capacity } = self;
        Place { kind, role, zone, level, capacity }
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(VECTORS).unwrap()
}

fn shipped() -> Vec<Law> {
    Law::read_all(&rules::pack("pass.cards").unwrap().versions).unwrap()
}

#[test]
fn every_vector_gets_the_verdict_that_is_written_down() {
    let Vectors { packs, cases, .. } = vectors();
    let packs: BTreeMap<String, Pack> =
        packs.iter().map(|json| read_pack(json).unwrap()).map(|pack| (pack.version.clone(), pack)).collect();
    for case in cases {
        let (pack, place) = (&packs[&case.pack], case.place.place());
        let ruling = rule(pack, &case.facts.known(), &place, case.day);
        assert_eq!(serde_json::to_value(&ruling).unwrap(), case.expect, "{}", case.name);
        assert_eq!(limit_of(pack, &place), case.limit, "{}", case.name);
        assert!(ruling.reasons.iter().all(|reason| REASONS.contains(&reason.key)), "{}", case.name);
    }
}

#[test]
fn half_a_law_is_none_and_the_part_that_is_wrong_is_told() {
    for Refused { pack, r#where: part } in vectors().refused {
        let fault = read_pack(&pack).expect_err(&part);
        assert!(fault.contains(&part), "{fault}: {part}");
    }
}

#[test]
fn what_ships_is_read_word_for_word_and_is_what_the_vectors_hold() {
    let laws = shipped();
    let written: Vec<&Value> = laws.iter().map(|law| &law.json).collect();
    let vectors = vectors().packs;
    let held: Vec<&Value> = vectors.iter().take(laws.len()).collect();
    assert_eq!(held, written);
}

#[test]
fn each_day_from_the_middle_of_september_on_has_a_law() {
    let versions = &rules::pack("pass.cards").unwrap().versions;
    let mut day = date(2021, 9, 15);
    while day < date(2023, 1, 1) {
        assert_eq!(versions.iter().filter(|version| version.covers(day)).count(), 1, "{day}");
        day = day.tomorrow().unwrap();
    }
    assert_eq!(versions.last().unwrap().valid_to, None);
}

#[test]
fn a_source_that_nobody_read_is_not_passed_off_as_one() {
    for version in &rules::pack("pass.cards").unwrap().versions {
        assert!(version.note.as_ref().is_some_and(|note| !note.is_empty()), "{}", version.version);
    }
    let verified = |day| judge(&shipped(), &person(), day).verified;
    assert!(!verified(date(2021, 9, 12)), "a draft");
    assert!(!verified(date(2021, 9, 20)));
    assert!(verified(date(2021, 11, 20)));
}

#[test]
fn a_dose_a_test_or_a_recovery_more_never_makes_a_card_worse() {
    let doses = (1..4_u8).flat_map(|doses| (0..40).step_by(3).map(move |ago| Some((doses, ago))));
    for law in shipped() {
        let day = law.pack.valid_from;
        let ago = |days: i32| day.checked_sub(jiff::Span::new().days(days)).unwrap();
        let colour = |known: &Known| judge(&shipped(), known, day).colour;
        for dosed in std::iter::once(None).chain(doses.clone()) {
            let known = Known {
                doses: dosed.map(|(doses, _)| doses),
                last_dose: dosed.map(|(_, days)| ago(days)),
                ..person()
            };
            let before = colour(&known);
            let further = dosed.filter(|(_, days)| *days >= 21).map(|(doses, _)| doses + 1);
            let better = [
                Known {
                    doses: further.or(known.doses),
                    last_dose: further.map(|_| day).or(known.last_dose),
                    ..known
                },
                Known { last_negative: Some(day), ..known },
                Known { recovered: Some(day), ..known },
            ];
            for better in better {
                assert!(colour(&better) <= before, "{} {better:?}", law.pack.version);
            }
        }
    }
}

fn person() -> Known {
    Known::of(Kind::Person, None)
}

fn keys(reasons: &[Reason]) -> Vec<&'static str> {
    reasons.iter().map(|reason| reason.key).collect()
}

fn figure(reasons: &[Reason], key: &str, name: &str) -> Figure {
    let reason = reasons.iter().find(|reason| reason.key == key);
    reason.and_then(|reason| reason.figures.get(name).cloned()).unwrap_or(Figure::Text(String::new()))
}

fn text(text: &str) -> Figure {
    Figure::Text(text.into())
}

#[test]
fn whoever_waits_for_his_fourteen_days_is_told_the_day() {
    let dosed = Known { doses: Some(2), last_dose: Some(date(2021, 9, 1)), ..person() };
    let Card { colour, reasons, next, turns, .. } = judge(&shipped(), &dosed, date(2021, 9, 12));
    assert_eq!((colour, keys(&reasons)), (Colour::Red, vec!["gate-lacks-days-since-dose"]));
    assert_eq!(keys(&next), ["card-next-lacks-days-since-dose-on", "card-next-turns"]);
    assert_eq!(figure(&next, "card-next-lacks-days-since-dose-on", "day"), text("15/09/2021"));
    assert_eq!(figure(&next, "card-next-lacks-days-since-dose-on", "dose"), Figure::Number(2));
    assert_eq!(turns.map(|turn| (turn.on, turn.colour)), Some((date(2021, 9, 15), Colour::Green)));
}

#[test]
fn a_law_that_begins_later_turns_a_card_as_well() {
    // Nine days after the first dose when the rules of October begin.
    let dosed = Known { doses: Some(1), last_dose: Some(date(2021, 9, 22)), ..person() };
    let card = judge(&shipped(), &dosed, date(2021, 9, 30));
    assert_eq!(card.colour, Colour::Red);
    assert_eq!(card.turns.map(|turn| turn.on), Some(date(2021, 10, 6)));
    assert_eq!(figure(&card.next, "card-next-turns", "day"), text("06/10/2021"));
}

#[test]
fn who_is_green_within_limits_is_told_what_more_there_is() {
    let once = Known { doses: Some(1), last_dose: Some(date(2021, 9, 1)), ..person() };
    let card = judge(&shipped(), &once, date(2021, 9, 20));
    assert_eq!((card.colour, card.scope.as_deref()), (Colour::Green, Some("restricted")));
    assert_eq!(keys(&card.next), ["card-next-lacks-doses"]);
    let twice = Known { doses: Some(2), last_dose: Some(date(2021, 9, 18)), ..person() };
    let card = judge(&shipped(), &twice, date(2021, 9, 20));
    assert_eq!(keys(&card.next), ["card-next-lacks-days-since-dose-on"]);
    assert_eq!(figure(&card.next, "card-next-lacks-days-since-dose-on", "day"), text("02/10/2021"));
    let full = Known { last_dose: Some(date(2021, 8, 1)), ..twice };
    let card = judge(&shipped(), &full, date(2021, 9, 20));
    assert_eq!((card.scope.as_deref(), card.next), (Some("full"), vec![]));
}

#[test]
fn a_yellow_card_is_told_how_long_it_lasts_and_the_way_to_green() {
    let tested = Known {
        doses: Some(1),
        last_dose: Some(date(2021, 8, 1)),
        last_negative: Some(date(2021, 9, 10)),
        ..person()
    };
    let card = judge(&shipped(), &tested, date(2021, 9, 11));
    assert_eq!(card.colour, Colour::Yellow);
    assert_eq!(keys(&card.next), ["card-next-lacks-doses", "card-next-lasts"]);
    // On the 14th the test is four days old.
    assert_eq!(figure(&card.next, "card-next-lasts", "day"), text("13/09/2021"));
}

#[test]
fn a_recovery_ends_on_its_day() {
    let recovered = Known { recovered: Some(date(2021, 10, 1)), ..person() };
    let card = judge(&shipped(), &recovered, date(2022, 3, 1));
    assert_eq!((card.colour, keys(&card.next)), (Colour::Green, vec!["card-next-lasts"]));
    assert_eq!(figure(&card.next, "card-next-lasts", "day"), text("29/03/2022"));
    let after = judge(&shipped(), &recovered, date(2022, 3, 30));
    assert_eq!((after.colour, keys(&after.next)), (Colour::Red, vec!["card-next-lacks-recent-recovery"]));
}

#[test]
fn a_day_without_a_law_gives_no_card_and_says_so() {
    let card = judge(&shipped(), &person(), date(2021, 9, 1));
    assert_eq!((card.colour, keys(&card.reasons)), (Colour::Red, vec!["gate-no-rules"]));
    assert_eq!((keys(&card.next), card.rules), (vec!["card-next-no-rules"], Value::Null));
    let judged = judge(&shipped(), &person(), date(2021, 10, 1));
    assert_eq!(judged.rules, json!({ "code": "pass.cards", "version": 3, "origin": "shipped" }));
    assert_eq!(keys(&judged.next), ["card-next-lacks-doses", "card-next-lacks-days-since-dose"]);
}

#[test]
fn the_keys_are_each_there_once() {
    let all: Vec<&str> = REASONS.into_iter().chain(OWN).chain(NEXT).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

const NOBODY: PersonId = PersonId(Uuid::nil());

fn tested(kind: TestKind, result: TestResult, sample_on: Date) -> Sampled {
    Sampled { person: NOBODY, kind, result, sample_on }
}

fn at(day: Date) -> Timestamp {
    day.in_tz("Asia/Ho_Chi_Minh").unwrap().timestamp()
}

#[test]
fn a_negative_test_counts_until_a_positive_one_and_a_self_test_never() {
    use TestKind::{Pcr, Rapid, SelfTest};
    use TestResult::{Indeterminate, Negative, Positive};
    let day = |day| date(2021, 9, day);
    let newest = |tests: &[Sampled]| {
        body(&facts::Known::default(), tests, &[], at(day(1)), day(25)).known.last_negative
    };
    assert_eq!(newest(&[tested(Rapid, Negative, day(20)), tested(Pcr, Negative, day(22))]), Some(day(22)));
    assert_eq!(
        newest(&[tested(Rapid, Negative, day(20)), tested(SelfTest, Negative, day(24))]),
        Some(day(20))
    );
    assert_eq!(newest(&[tested(Rapid, Negative, day(20)), tested(Pcr, Positive, day(20))]), None);
    assert_eq!(newest(&[tested(Rapid, Positive, day(5)), tested(Pcr, Negative, day(20))]), Some(day(20)));
    assert_eq!(newest(&[tested(Rapid, Negative, day(26)), tested(Pcr, Indeterminate, day(25))]), None);
}

#[test]
fn an_illness_is_over_with_its_recovery_and_that_day_counts() {
    let (since, today) = (at(date(2021, 9, 1)), date(2021, 9, 25));
    let ill = |reported: Date, ended| Illness { person: NOBODY, reported_at: at(reported), ended };
    let of = |illnesses: &[Illness]| {
        let body = body(&facts::Known::default(), &[], illnesses, since, today);
        (body.ill, body.known.recovered)
    };
    assert_eq!(of(&[ill(date(2021, 9, 10), None)]), (true, None));
    let released = Some((Ending::Recovered, date(2021, 9, 24)));
    assert_eq!(of(&[ill(date(2021, 9, 10), released)]), (false, Some(date(2021, 9, 24))));
    assert_eq!(of(&[ill(date(2021, 9, 10), Some((Ending::LeftDistrict, today)))]), (true, None));
    assert_eq!(of(&[ill(date(2021, 7, 10), None)]), (false, None), "nobody has ended it, and it is long ago");
    let again = [ill(date(2021, 7, 1), Some((Ending::Recovered, date(2021, 7, 15)))), ill(today, None)];
    assert_eq!(of(&again), (true, Some(date(2021, 7, 15))));
}

#[test]
fn what_somebody_only_says_himself_is_on_no_card() {
    let (since, today) = (at(date(2021, 9, 1)), date(2021, 9, 25));
    let told = facts::Known {
        doses: vec![(1, date(2021, 6, 1)), (2, date(2021, 8, 1))],
        proven_doses: vec![(1, date(2021, 6, 1))],
        ..facts::Known::default()
    };
    let of = body(&told, &[], &[], since, today);
    assert_eq!((of.known.doses, of.known.last_dose, of.unproven), (Some(1), Some(date(2021, 6, 1)), true));
    let seen = facts::Known { proven_doses: told.doses.clone(), ..told };
    let of = body(&seen, &[], &[], since, today);
    assert_eq!((of.known.doses, of.known.last_dose, of.unproven), (Some(2), Some(date(2021, 8, 1)), false));
}

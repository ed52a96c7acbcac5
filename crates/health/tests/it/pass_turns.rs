//! Passes rest with whoever and whatever they are of: isolations, households, closed-off areas, stopped shops; and
//! what is printed of one that rests.

use crate::{
    home::Home,
    passes::{HOUR, Passes, SQUARE},
    tracing::factory,
};
use duty::{organisations, units};
use health::{
    cases::{self, Classification, Ending, NewCase, TestKind, TestResult},
    followups::{self, Closed, Subject},
    gates::{self, Kind as GateKind, NewGate, Role as Who},
    lockdowns::{self, NewLockdown},
    passes::{self, Standing as Stands, Whose},
    places::{self, Kind as PlaceKind, Measure, NewPlace},
    samples::{self, NewTest},
};
use jiff::{SignedDuration, civil::date};
use kernel::{
    CaseId, Error, HouseholdId, LockdownId, OrganisationId, PassId, PersonId, PlaceId, Role, StaffId,
};
use pass::{Force, Standing, Usage};
use std::sync::Arc;
use store::{
    Cx,
    timers::{OnTimer, Runner},
};

/// A family with an F0 and an F1, and their passes.
struct Family {
    passes: Passes,
    household: HouseholdId,
    grandmother: PersonId,
}

impl Family {
    async fn begin() -> Self {
        let home = Home::begin().await;
        let (household, grandmother) = (home.id, home.grandmother);
        let passes = Passes { person: home.mother, case: home.case, day: home.day };
        passes.root_signs().await;
        Self { passes, household, grandmother }
    }

    async fn nurse(&self) -> Cx {
        self.passes.day.centre.as_staff(self.passes.day.nurse).await
    }

    /// Somebody is followed no more.
    async fn releases(&self, person: PersonId) {
        let mut cx = self.nurse().await;
        let sheet = followups::sheet(&mut cx, self.household).await.unwrap();
        let runs = |one: &followups::Followed| one.person.id == person && one.kept.plan.closed_at.is_none();
        let plan = sheet.plans.into_iter().find(runs).unwrap().kept.id;
        followups::close(&mut cx, plan, Closed::Released, "Đủ ngày").await.unwrap();
        cx.commit().await.unwrap();
        self.passes.read_on().await;
    }

    async fn tests_positive(&self, person: PersonId) -> CaseId {
        let new = NewTest {
            person,
            kind: TestKind::Rapid,
            result: TestResult::Positive,
            sample_on: "25/9/2021".into(),
            result_on: String::new(),
            ct: String::new(),
        };
        let mut cx = self.nurse().await;
        let written = samples::write(&mut cx, &self.passes.day.centre.tenant, &new).await.unwrap();
        let (case, _) = written.case.unwrap();
        followups::take_on(&mut cx, case).await.unwrap();
        cx.commit().await.unwrap();
        self.passes.read_on().await;
        case
    }
}

#[tokio::test]
async fn an_isolated_contact_rests_until_she_is_released_and_on_where_she_falls_ill() {
    let family = Family::begin().await;
    let (passes, grandmother) = (&family.passes, family.grandmother);
    // What is issued while she is isolated is turned back from its first moment.
    let own = passes.hold(grandmother).await.pass;
    let force = Force::ShoppingHelper;
    let shopper = passes.issue(Whose::Force { force, person: grandmother, organisation: None }).await;
    let stand = async || [passes.stands(own).await, passes.stands(shopper).await];
    assert_eq!(stand().await, [Stands::Suspended; 2]);
    let text = passes.text(own).await;
    assert_eq!(passes.checked(&text).await, Standing::Revoked, "a gate hears that, and not why");
    family.releases(grandmother).await;
    assert_eq!(stand().await, [Stands::Good; 2]);
    assert_eq!(passes.checked(&text).await, Standing::Good);

    let mut cx = family.nurse().await;
    followups::follow(&mut cx, family.household, grandmother, Subject::F1).await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(stand().await, [Stands::Suspended; 2]);
    let case = family.tests_positive(grandmother).await;
    passes.read_on().await;
    assert_eq!(stand().await, [Stands::Suspended; 2], "her isolation has ended, and not her illness");
    let mut cx = family.nurse().await;
    followups::end_case(&mut cx, case, Ending::Recovered, date(2021, 9, 25), "").await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(stand().await, [Stands::Good; 2]);
    let told = ["issued", "suspended", "restored", "suspended", "suspended", "restored"];
    assert_eq!(passes.kinds(own).await, told.map(|kind| format!("pass.{kind}")));
}

#[tokio::test]
async fn the_isolation_of_one_record_turns_the_pass_of_the_other_while_they_are_one() {
    let family = Family::begin().await;
    let passes = &family.passes;
    let told = NewCase {
        full_name: "Lê Thị Hành".into(),
        birth: "1948".into(),
        citizen_id: String::new(),
        phone: "0900 555 999".into(),
        address: String::new(),
        classification: Classification::Suspected,
        ..passes.day.form(5)
    };
    let second = passes.day.record(&told).await.person;
    let pass = passes.hold(second).await.pass;
    passes.read_on().await;
    assert_eq!(passes.stands(pass).await, Stands::Good);
    let mut cx = family.nurse().await;
    cases::merge(&mut cx, second, family.grandmother, "Gọi hỏi: cùng một người").await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(passes.stands(pass).await, Stands::Suspended);
    let mut cx = family.nurse().await;
    cases::part(&mut cx, family.grandmother, "Hai chị em").await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(passes.stands(pass).await, Stands::Good);
}

#[tokio::test]
async fn the_pass_of_a_household_rests_while_somebody_there_is_ill_or_isolated() {
    let family = Family::begin().await;
    let (passes, day) = (&family.passes, &family.passes.day);
    let pass = passes.issue(Whose::Household(family.household)).await;
    assert_eq!(passes.stands(pass).await, Stands::Suspended);
    passes.case_ends(Ending::Recovered).await;
    assert_eq!(passes.stands(pass).await, Stands::Suspended, "the grandmother is isolated on");
    family.releases(family.grandmother).await;
    assert_eq!(passes.stands(pass).await, Stands::Good);

    // An F0 of another household is none of theirs, until both turn out to be one.
    let neighbour = NewCase {
        full_name: "Phạm Văn Khác".into(),
        birth: "1970".into(),
        citizen_id: String::new(),
        phone: "0900 555 888".into(),
        ..day.form(7)
    };
    let mut cx = family.nurse().await;
    let (recorded, taken) = followups::record(&mut cx, &day.centre.tenant, &neighbour).await.unwrap();
    cx.commit().await.unwrap();
    let from = taken.unwrap().household;
    let theirs = passes.issue(Whose::Household(from)).await;
    passes.read_on().await;
    assert_eq!((passes.stands(pass).await, passes.stands(theirs).await), (Stands::Good, Stands::Suspended));
    let mut cx = family.nurse().await;
    followups::join(&mut cx, from, family.household, "Cùng một nhà, nhập hai lần").await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(passes.stands(pass).await, Stands::Suspended);
    assert_eq!(passes.stands(theirs).await, Stands::Suspended, "it is the same household");

    // Nobody follows him there any more, and he moves out, ill as he is.
    family.releases(recorded.person).await;
    assert_eq!(passes.stands(pass).await, Stands::Suspended);
    let mut cx = family.nurse().await;
    followups::leave(&mut cx, family.household, recorded.person, "Về quê").await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!((passes.stands(pass).await, passes.stands(theirs).await), (Stands::Good, Stands::Good));
}

impl Passes {
    async fn chair(&self) -> StaffId {
        self.day.centre.staff("Chủ tịch phường").at(self.day.ward, Role::WardLeader).create().await
    }

    async fn closes_off(&self, chair: StaffId, new: NewLockdown) -> LockdownId {
        let new = NewLockdown {
            ward: Some(self.day.ward),
            name: "Hẻm 88".into(),
            number: "1234/QĐ-UBND".into(),
            decision_on: "25/9/2021".into(),
            signer_title: "Chủ tịch".into(),
            signer: "Nguyễn Văn Ký".into(),
            planned_until: "9/10/2021".into(),
            words_vi: "Một đoạn hẻm tạm phong tỏa.".into(),
            words_en: "Part of a lane is closed off.".into(),
            ..new
        };
        let mut cx = self.day.centre.as_staff(chair).await;
        let id = lockdowns::decide(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        self.read_on().await;
        id
    }

    async fn lifts(&self, chair: StaffId, id: LockdownId) {
        let mut cx = self.day.centre.as_staff(chair).await;
        lockdowns::lift(&mut cx, id, "99/QĐ-UBND", "25/9/2021").await.unwrap();
        cx.commit().await.unwrap();
        self.read_on().await;
    }
}

#[tokio::test]
async fn a_neighbourhood_rests_while_a_place_in_it_is_closed_off() {
    let passes = Passes::begin().await;
    let (chair, ward) = (passes.chair().await, passes.day.ward);
    let mut held = Vec::new();
    for code in ["TPHONG.KP1", "TPHONG.KP1.T1", "TPHONG.KP2"] {
        let unit = passes.day.centre.unit(code).await;
        held.push(passes.issue(Whose::Neighbourhood(unit)).await);
    }
    held.push(passes.issue(Whose::Neighbourhood(ward)).await);
    let stand = async || {
        let mut stand = Vec::new();
        for pass in &held {
            stand.push(passes.stands(*pass).await);
        }
        stand
    };
    let (good, rests) = (Stands::Good, Stands::Suspended);
    assert_eq!(stand().await, [good; 4]);
    let quarter = Some(passes.day.centre.unit("TPHONG.KP1").await);
    let lane = passes.closes_off(chair, NewLockdown { quarter, ..NewLockdown::default() }).await;
    assert_eq!(stand().await, [rests, rests, good, rests], "the other khu phố is not touched");
    // In which khu phố the second lies nobody has written.
    let other = passes.closes_off(chair, NewLockdown::default()).await;
    assert_eq!(stand().await, [rests; 4]);
    passes.lifts(chair, lane).await;
    assert_eq!(stand().await, [rests; 4]);
    let late = passes.issue(Whose::Neighbourhood(passes.day.centre.unit("TPHONG.KP2.T3").await)).await;
    assert_eq!(passes.stands(late).await, rests, "from its first moment");
    passes.lifts(chair, other).await;
    assert_eq!(stand().await, [good; 4]);
    assert_eq!(passes.stands(late).await, good);
}

#[tokio::test]
async fn a_business_rests_while_its_place_is_stopped_or_closed_off_and_once_it_has_ended() {
    let passes = Passes::begin().await;
    let day = &passes.day;
    let mut cx = passes.system().await;
    let market = factory(&mut cx, day.ward.to_string()).await;
    cx.commit().await.unwrap();
    let pass = passes.issue(Whose::Business { organisation: market, people: None }).await;
    assert_eq!(passes.stands(pass).await, Stands::Good);
    let new = NewPlace {
        name: "Chợ Tân Phong".into(),
        kind: Some(PlaceKind::Market),
        ward: Some(day.ward),
        point: "10.725, 106.705".into(),
        organisation: Some(market),
        ..NewPlace::default()
    };
    let mut cx = day.centre.as_staff(day.nurse).await;
    let (place, _) = places::record(&mut cx, &new).await.unwrap();
    cx.commit().await.unwrap();
    for (measure, stands) in [
        (Measure::Stopped, Stands::Suspended),
        (Measure::Disinfected, Stands::Suspended),
        (Measure::Reopened, Stands::Good),
    ] {
        day.centre.clock.advance(SignedDuration::from_mins(5));
        let mut cx = day.centre.as_staff(day.nurse).await;
        places::measure(&mut cx, place, measure, date(2021, 9, 25), "").await.unwrap();
        cx.commit().await.unwrap();
        passes.read_on().await;
        assert_eq!(passes.stands(pass).await, stands, "{measure:?}");
    }

    let chair = passes.chair().await;
    let lane = passes.closes_off(chair, NewLockdown { area: SQUARE.into(), ..NewLockdown::default() }).await;
    assert_eq!(passes.stands(pass).await, Stands::Suspended, "the market lies within the boundary");
    passes.lifts(chair, lane).await;
    assert_eq!(passes.stands(pass).await, Stands::Good);

    // Its last day is today; of tomorrow no event tells.
    let until = async |last: &str| {
        let mut cx = passes.system().await;
        let tree = units::tree(&mut cx).await.unwrap();
        let ward = day.ward.to_string();
        let typed = |field| match field {
            "kind" => "market",
            "name" => "Chợ Tân Phong",
            "ward" => ward.as_str(),
            "from" => "1/9/2021",
            "until" => last,
            _ => "",
        };
        let told = organisations::described(typed, &tree, date(2021, 9, 25)).unwrap();
        organisations::edit(&mut cx, market, &told).await.unwrap();
        passes::install(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        passes.read_on().await;
    };
    until("25/9/2021").await;
    assert_eq!(passes.stands(pass).await, Stands::Good);
    let keeps: Vec<Arc<dyn OnTimer>> = vec![Arc::new(passes::Keep)];
    day.centre.clock.advance(HOUR * 24);
    assert_eq!(Runner::new(day.centre.store.clone(), keeps).fire_due().await.unwrap(), 1);
    assert_eq!(passes.stands(pass).await, Stands::Suspended);
    until("").await;
    assert_eq!(passes.stands(pass).await, Stands::Good);
}

#[tokio::test]
async fn what_no_gate_would_believe_is_not_signed_and_gates_keep_the_lists_of_before() {
    let passes = Passes::begin().await;
    let held = passes.hold(passes.person).await.pass;
    let green = passes.issue(Whose::Neighbourhood(passes.day.ward)).await;
    let lists = passes.lists().await;
    assert_eq!(lists.len(), 1);
    let of_lists = Usage::STATUS.bits();
    // By mistake the root names the key of lists no more.
    passes.root_names(|usage| usage != of_lists).await;
    passes.falls_ill().await;
    assert_eq!(passes.lists().await, lists, "a list by an unnamed key is none");
    passes.text(held).await;
    // Then that of passes.
    passes.root_names(|usage| usage == of_lists).await;
    assert_ne!(passes.lists().await, lists);
    let refused = passes::text(&mut passes.system().await, held).await;
    assert!(matches!(refused, Err(Error::Conflict("error-pass-key-unnamed"))), "{refused:?}");
    let mut cx = passes.day.centre.as_staff(passes.day.clerk).await;
    let refused = passes::printed_set(&mut cx, &[green]).await;
    assert!(matches!(refused, Err(Error::Conflict("error-pass-key-unnamed"))));
    drop(cx);
    passes.root_signs().await;
    assert_eq!(passes.checked(&passes.text(held).await).await, Standing::Revoked);
}

#[tokio::test]
async fn whoever_rests_is_printed_no_card_not_even_by_himself() {
    let passes = Passes::begin().await;
    let held = passes.hold(passes.person).await.pass;
    passes::own_card(&mut passes.system().await, held).await.unwrap();
    passes.falls_ill().await;
    let refused = passes::own_card(&mut passes.system().await, held).await;
    assert!(matches!(refused, Err(Error::Conflict("error-pass-resting"))), "{refused:?}");
    let mut cx = passes.day.centre.as_staff(passes.day.clerk).await;
    let refused = passes::printed_set(&mut cx, &[held]).await;
    assert!(matches!(refused, Err(Error::Conflict("error-pass-resting"))));
}

#[tokio::test]
async fn no_card_is_printed_that_would_end_with_its_key_in_a_few_days() {
    let passes = Passes::begin().await;
    let green = passes.issue(Whose::Neighbourhood(passes.day.ward)).await;
    let card = async || {
        let mut cx = passes.day.centre.as_staff(passes.day.clerk).await;
        passes::printed_set(&mut cx, &[green]).await.map(|set| set.cards[0].until)
    };
    // The root names no later key: the first signs on until nobody believes it any more.
    passes.day.centre.clock.advance(HOUR * 24 * 350);
    let today = units::today(&mut passes.system().await).await.unwrap();
    let until = card().await.unwrap();
    assert!((8..30).contains(&(until - today).get_days()), "{until}: capped, and long enough");
    passes.day.centre.clock.advance(HOUR * 24 * 8);
    assert!(matches!(card().await, Err(Error::Conflict("error-pass-card-short"))));
    assert_eq!(passes.kinds(green).await, ["pass.issued"], "nothing was printed");
}

#[tokio::test]
async fn a_household_is_good_again_though_the_old_case_of_another_was_never_ended() {
    let family = Family::begin().await;
    let (passes, household) = (&family.passes, family.household);
    family.releases(family.grandmother).await;
    // The mother's case grows old, and nobody ends it.
    passes.day.centre.clock.advance(HOUR * 24 * 40);
    let pass = passes.issue(Whose::Household(household)).await;
    passes.read_on().await;
    assert_eq!(passes.stands(pass).await, Stands::Good);
    let case = family.tests_positive(family.grandmother).await;
    assert_eq!(passes.stands(pass).await, Stands::Suspended);
    let mut cx = passes.day.centre.as_staff(passes.day.clerk).await;
    let another = passes::replace(&mut cx, pass, "Mất thẻ").await.unwrap().pass;
    cx.commit().await.unwrap();
    assert_eq!(passes.stands(another).await, Stands::Suspended, "she is ill");
    let mut cx = family.nurse().await;
    let today = units::today(&mut cx).await.unwrap();
    followups::end_case(&mut cx, case, Ending::Recovered, today, "").await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(passes.stands(another).await, Stands::Good);
    // Nor does the next inherit what the one that was taken back rested for.
    let mut cx = passes.day.centre.as_staff(passes.day.clerk).await;
    let third = passes::replace(&mut cx, another, "Mất thẻ").await.unwrap().pass;
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(passes.stands(third).await, Stands::Good);
}

/// Two shops, and a place of which nobody has written whose it is.
struct Street {
    passes: Passes,
    chair: StaffId,
    shops: [(OrganisationId, PassId); 2],
    place: PlaceId,
}

impl Street {
    async fn begin() -> Self {
        let passes = Passes::begin().await;
        let (chair, ward) = (passes.chair().await, passes.day.ward);
        let mut cx = passes.system().await;
        let first = factory(&mut cx, ward.to_string()).await;
        let second = factory(&mut cx, ward.to_string()).await;
        cx.commit().await.unwrap();
        let issue = async |organisation| passes.issue(Whose::Business { organisation, people: None }).await;
        let shops = [(first, issue(first).await), (second, issue(second).await)];
        let new = NewPlace {
            name: "Hẻm chợ".into(),
            kind: Some(PlaceKind::Market),
            ward: Some(ward),
            point: "10.725, 106.705".into(),
            ..NewPlace::default()
        };
        let mut cx = passes.day.centre.as_staff(passes.day.nurse).await;
        let (place, _) = places::record(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        Self { passes, chair, shops, place }
    }

    /// What the ward writes of a gate of one of the shops at the place.
    async fn gate(&self, shop: usize) -> NewGate {
        let mut cx = self.passes.system().await;
        let organisation = organisations::seen(&mut cx, self.shops[shop].0).await.unwrap().code;
        NewGate {
            name: "Quầy 7".into(),
            kind: Some(GateKind::Market),
            unit: Some(self.passes.day.ward),
            role: Some(Who::Visitor),
            place: Some(self.place),
            organisation,
            ..NewGate::default()
        }
    }

    async fn stand(&self) -> [Stands; 2] {
        let [(_, first), (_, second)] = self.shops;
        [self.passes.stands(first).await, self.passes.stands(second).await]
    }
}

#[tokio::test]
async fn a_shop_rests_with_the_place_at_which_its_gate_stands_and_not_when_the_gate_is_anothers() {
    let street = Street::begin().await;
    let (passes, place) = (&street.passes, street.place);
    let centre = &passes.day.centre;
    let mut cx = centre.as_staff(street.chair).await;
    let gate = gates::make(&mut cx, &street.gate(0).await).await.unwrap();
    cx.commit().await.unwrap();
    let (good, rests) = (Stands::Good, Stands::Suspended);
    for (measure, first) in [(Measure::Stopped, rests), (Measure::Reopened, good)] {
        centre.clock.advance(SignedDuration::from_mins(5));
        let mut cx = centre.as_staff(passes.day.nurse).await;
        places::measure(&mut cx, place, measure, date(2021, 9, 25), "").await.unwrap();
        cx.commit().await.unwrap();
        passes.read_on().await;
        assert_eq!(street.stand().await, [first, good], "{measure:?}");
    }
    // The place lies within a boundary; nobody has said where the gate itself is.
    let lane = NewLockdown { area: SQUARE.into(), ..NewLockdown::default() };
    let closed = passes.closes_off(street.chair, lane.clone()).await;
    let wider = passes.closes_off(street.chair, lane).await;
    assert_eq!(street.stand().await, [rests, good]);
    let mut cx = centre.as_staff(street.chair).await;
    gates::edit(&mut cx, gate, &street.gate(1).await).await.unwrap();
    cx.commit().await.unwrap();
    passes.read_on().await;
    assert_eq!(street.stand().await, [good, rests]);
    passes.lifts(street.chair, closed).await;
    assert_eq!(street.stand().await, [good, rests], "the second is not lifted");
    passes.lifts(street.chair, wider).await;
    assert_eq!(street.stand().await, [good, good]);
}

#[tokio::test]
async fn what_no_event_tells_of_is_met_by_the_look_over_all_passes() {
    let street = Street::begin().await;
    let passes = &street.passes;
    let mut cx = passes.day.centre.as_staff(street.chair).await;
    let ends = NewGate { until: "25/9/2021".into(), ..street.gate(0).await };
    gates::make(&mut cx, &ends).await.unwrap();
    cx.commit().await.unwrap();
    let lane = NewLockdown { area: SQUARE.into(), ..NewLockdown::default() };
    let lane = passes.closes_off(street.chair, lane).await;
    let (good, rests) = (Stands::Good, Stands::Suspended);
    assert_eq!(street.stand().await, [rests, good]);
    passes.looks_over().await;
    assert_eq!(street.stand().await, [rests, good], "it stands as it should");
    // The gate's last day is over.
    passes.day.centre.clock.advance(HOUR * 24);
    passes.looks_over().await;
    assert_eq!(street.stand().await, [good, good]);

    // As before passes followed all this: the record says what they do not.
    let held = passes.hold(passes.person).await.pass;
    let green = passes.issue(Whose::Neighbourhood(passes.day.ward)).await;
    assert_eq!(passes.stands(green).await, rests);
    let mut cx = passes.system().await;
    sqlx::query("update passes set suspended_at = null, suspended_by = null, suspended_for = null")
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    assert_eq!(passes.stands(green).await, good);
    passes.looks_over().await;
    assert_eq!((passes.stands(green).await, passes.stands(held).await), (rests, good));
    passes.lifts(street.chair, lane).await;
    assert_eq!(passes.stands(green).await, good);
}

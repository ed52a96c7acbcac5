use crate::home::{Home, saturated, well};
use duty::tickets::{self, State};
use health::{
    cases::{self, Care, Ending},
    followups::{self, Closed, Only},
    removals::{self, Ended, NewRemoval, Reason, Removal, Step, Vehicle},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Error, PersonId, RemovalId, UnitId};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn to(person: PersonId, hospital: UnitId) -> NewRemoval {
    NewRemoval {
        person,
        reason: Reason::RedFlag,
        vehicle: Some(Vehicle::RapidTeam),
        to_unit: Some(hospital),
        to_name: String::new(),
    }
}

impl Home {
    async fn ask(&self, new: &NewRemoval) -> RemovalId {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let id = removals::ask(&mut cx, self.id, new).await.unwrap();
        cx.commit().await.unwrap();
        id
    }

    /// The rescuer presses an hour.
    async fn press(&self, id: RemovalId, step: Step) {
        let mut cx = self.day.centre.as_staff(self.rescuer).await;
        removals::step(&mut cx, id, step).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn end_removal(&self, id: RemovalId, ended: Ended) {
        let mut cx = self.day.centre.as_staff(self.rescuer).await;
        removals::end(&mut cx, id, ended).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn removals(&self) -> Vec<Removal> {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        removals::of_household(&mut cx, self.id).await.unwrap()
    }

    async fn under_way(&self) -> usize {
        let mut cx = self.day.centre.as_staff(self.rescuer).await;
        removals::open(&mut cx, None).await.unwrap().len()
    }

    async fn closed_as(&self, person: PersonId) -> Option<Closed> {
        let sheet = self.sheet().await;
        sheet.plans.iter().find(|one| one.person.id == person).unwrap().kept.closed_as
    }

    async fn case(&self) -> cases::Case {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        cases::find(&mut cx, self.case).await.unwrap()
    }
}

#[tokio::test]
async fn removal_records_the_hours_and_moves_the_case() {
    let home = Home::begin().await;
    let hospital = home.day.centre.unit("BVQ7").await;
    home.send(10, vec![saturated(home.mother, "94")]).await;
    home.wait(MINUTE).await;
    home.send(11, vec![saturated(home.mother, "90")]).await;
    let red_flag = home.day.matters().await[1].1;
    let id = home.ask(&to(home.mother, hospital)).await;
    assert_eq!(home.under_way().await, 1);
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    removals::give_oxygen(&mut cx, id, Some(50)).await.unwrap();
    cx.commit().await.unwrap();
    for step in [Step::Called, Step::Left, Step::Arrived] {
        home.wait(MINUTE * 10).await;
        home.press(id, step).await;
    }
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    let again = removals::step(&mut cx, id, Step::Left).await;
    assert!(matches!(again, Err(Error::Conflict("error-removal-step"))));
    drop(cx);
    home.end_removal(id, Ended::Admitted).await;

    let removal = home.removals().await.remove(0);
    let hours =
        [removal.journey.state.called_at, removal.journey.state.left_at, removal.journey.state.arrived_at];
    let after: Vec<_> = hours.iter().map(|at| at.unwrap().duration_since(removal.journey.asked_at)).collect();
    assert_eq!(after, [MINUTE * 10, MINUTE * 20, MINUTE * 30]);
    assert_eq!(
        (removal.journey.state.ended, removal.journey.to_unit),
        (Some(Ended::Admitted), Some(hospital))
    );
    assert_eq!((removal.journey.oxygen_litres_tenths, removal.journey.case), (Some(50), Some(home.case)));
    let case = home.case().await;
    assert_eq!((case.care, case.facility), (Care::Hospital, Some(hospital)));
    assert_eq!(home.closed_as(home.mother).await, Some(Closed::Removed));
    assert_eq!(home.closed_as(home.grandmother).await, None);
    assert!(home.sheet().await.alerts.is_empty(), "both alerts are answered");
    assert_eq!(home.under_way().await, 0);
    // Entered once: the rapid team's own ticket is answered, the station answers for itself.
    let mut cx = home.day.centre.system().await;
    let tickets = tickets::matter_tickets(&mut cx, red_flag).await.unwrap();
    let state = |unit| tickets.iter().find(|ticket| ticket.unit == Some(unit)).unwrap().state;
    assert_eq!(state(home.rapid_team), State::Resolved);
    assert_ne!(state(home.day.station), State::Resolved);
    let told = store::events::of_matter(&mut cx, red_flag).await.unwrap();
    assert_eq!(told.iter().filter(|event| event.kind == "removal.stepped").count(), 3);
}

#[tokio::test]
async fn a_refused_transfer_is_on_record() {
    let home = Home::begin().await;
    let hospital = home.day.centre.unit("BVQ7").await;
    home.send(10, vec![saturated(home.mother, "90")]).await;
    let id = home.ask(&to(home.mother, hospital)).await;
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    let silent = removals::refuse(&mut cx, id, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    removals::refuse(&mut cx, id, "Không ai trông hai cháu nhỏ").await.unwrap();
    cx.commit().await.unwrap();
    let refused = home.removals().await.remove(0);
    assert!(refused.journey.state.refused_at.is_some() && refused.journey.state.ended.is_none());
    assert_eq!(refused.refused_why.as_deref(), Some("Không ai trông hai cháu nhỏ"));
    // She stays at home with her alert, and may be asked again.
    assert_eq!((home.closed_as(home.mother).await, home.under_way().await), (None, 0));
    assert_eq!(home.sheet().await.alerts.len(), 1);
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    let over = removals::step(&mut cx, id, Step::Left).await;
    assert!(matches!(over, Err(Error::Conflict("error-removal-over"))));
    drop(cx);
    home.ask(&to(home.mother, hospital)).await;
    assert_eq!(home.removals().await.len(), 2);
    for (table, text) in home.day.everything().await {
        assert!(!text.contains("hai cháu nhỏ"), "{table}");
    }
}

#[tokio::test]
async fn one_person_is_on_one_journey_and_strangers_on_none() {
    let home = Home::begin().await;
    let hospital = home.day.centre.unit("BVQ7").await;
    let id = home.ask(&to(home.mother, hospital)).await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let twice = removals::ask(&mut cx, home.id, &to(home.mother, hospital)).await;
    assert!(matches!(twice, Err(Error::Conflict("error-removal-running"))));
    let nowhere = removals::ask(&mut cx, home.id, &to(home.grandmother, home.day.station)).await;
    assert!(matches!(nowhere, Err(Error::Invalid { field: "to_unit", .. })));
    let stranger = removals::ask(&mut cx, home.id, &to(uuid::Uuid::from_u128(9).into(), hospital)).await;
    assert!(matches!(stranger, Err(Error::NotFound)));
    let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
    assert!(matches!(removals::step(&mut cx, id, Step::Called).await, Err(Error::NotFound)));
    assert_eq!(removals::open(&mut cx, None).await.unwrap().len(), 0);
    let theirs = removals::open(&mut cx, Some(home.day.station)).await;
    assert!(matches!(theirs, Err(Error::NotFound)));
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    assert_eq!(removals::open(&mut cx, Some(home.day.station)).await.unwrap()[0].journey.id, id);
}

#[tokio::test]
async fn who_dies_on_the_way_is_told_once() {
    let home = Home::begin().await;
    let id = home.ask(&to(home.mother, home.day.centre.unit("BVQ7").await)).await;
    let mut cx = home.day.centre.as_staff(home.rescuer).await;
    let early = removals::end(&mut cx, id, Ended::DiedOnWay).await;
    assert!(matches!(early, Err(Error::Conflict("error-removal-not-left"))));
    drop(cx);
    home.press(id, Step::Left).await;
    home.end_removal(id, Ended::DiedOnWay).await;
    assert_eq!(home.case().await.outcome, Some((Ending::Died, date(2021, 9, 25))));
    assert_eq!(home.closed_as(home.mother).await, Some(Closed::Died));
}

#[tokio::test]
async fn a_hospital_case_leaves_the_list() {
    let home = Home::begin().await;
    home.send(10, vec![well(home.grandmother), saturated(home.mother, "90")]).await;
    let names = || async {
        let mut cx = home.day.centre.as_staff(home.day.nurse).await;
        let list = followups::morning(&mut cx, home.day.station, Only::All, 0).await.unwrap();
        list.rounds.iter().flat_map(|round| &round.people).map(|one| one.person.id).collect::<Vec<_>>()
    };
    assert_eq!(names().await, [home.mother, home.grandmother]);
    // A house outside the district, known by its name alone.
    let new = NewRemoval {
        to_unit: None,
        to_name: "Bệnh viện Chợ Rẫy".into(),
        ..to(home.mother, home.day.station)
    };
    let id = home.ask(&new).await;
    home.end_removal(id, Ended::Admitted).await;
    assert_eq!(names().await, [home.grandmother]);
    let case = home.case().await;
    assert_eq!((case.care, case.facility), (Care::Hospital, None));
    // Who reads the record later changes nothing.
    let mut cx = home.day.centre.system().await;
    assert_eq!(followups::take_on(&mut cx, home.case).await.unwrap(), None);
}

#[tokio::test]
async fn onset_after_the_end_is_refused() {
    let home = Home::begin().await;
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let refused = |done: kernel::Result<()>| match done {
        Err(Error::Invalid { field, key }) => (field, key),
        other => panic!("{other:?}"),
    };
    let onset = |on| (home.case, on);
    for (on, key) in [
        (date(2021, 9, 26), "error-date-future"),
        (date(1984, 9, 22), "error-day-before-birth"),
        (date(2019, 9, 22), "error-onset-before-epidemic"),
    ] {
        let (case, on) = onset(on);
        assert_eq!(refused(cases::set_onset(&mut cx, case, on).await), ("onset_on", key));
    }
    cases::set_onset(&mut cx, home.case, date(2021, 9, 22)).await.unwrap();
    let same = cases::set_onset(&mut cx, home.case, date(2021, 9, 22)).await;
    assert!(matches!(same, Err(Error::Conflict("error-case-unchanged"))));
    let early = cases::end(&mut cx, home.case, Ending::Recovered, date(2021, 9, 21), "").await;
    assert_eq!(refused(early), ("outcome_on", "error-outcome-before-onset"));
    cases::end(&mut cx, home.case, Ending::Recovered, date(2021, 9, 24), "Âm tính").await.unwrap();
    let late = cases::set_onset(&mut cx, home.case, date(2021, 9, 25)).await;
    assert_eq!(refused(late), ("onset_on", "error-onset-after-outcome"));
    followups::take_on(&mut cx, home.case).await.unwrap();
    cx.commit().await.unwrap();
    let case = home.case().await;
    assert_eq!(
        (case.onset_on, case.outcome),
        (Some(date(2021, 9, 22)), Some((Ending::Recovered, date(2021, 9, 24))))
    );
    assert_eq!(home.closed_as(home.mother).await, Some(Closed::Released));
}

#[tokio::test]
async fn each_end_of_a_case_ends_its_follow_up_in_its_own_way() {
    for (ending, closed) in [(Ending::Died, Closed::Died), (Ending::LeftDistrict, Closed::MovedAway)] {
        let home = Home::begin().await;
        let mut cx = home.day.centre.as_staff(home.day.nurse).await;
        cases::set_severe(&mut cx, home.case, true).await.unwrap();
        let again = cases::set_severe(&mut cx, home.case, true).await;
        assert!(matches!(again, Err(Error::Conflict("error-case-unchanged"))));
        cases::end(&mut cx, home.case, ending, date(2021, 9, 25), "").await.unwrap();
        followups::take_on(&mut cx, home.case).await.unwrap();
        cx.commit().await.unwrap();
        assert_eq!(home.closed_as(home.mother).await, Some(closed));
        assert!(home.case().await.severe_since.is_some());
        // Neighbours may not.
        let mut cx = home.day.centre.as_staff(home.day.other_nurse).await;
        let theirs = cases::end(&mut cx, home.case, ending, date(2021, 9, 25), "").await;
        assert!(matches!(theirs, Err(Error::NotFound)));
    }
}

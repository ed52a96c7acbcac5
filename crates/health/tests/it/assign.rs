//! Who cares for a household beside its station, by load; and two households that are one.

use crate::{
    day::Day,
    home::{Home, saturated, well},
};
use health::{
    alerts::Ended,
    followups::{self, Closed, Only},
    households::{self, Load},
};
use jiff::SignedDuration;
use kernel::{Actor, CaseId, Error, HouseholdId, PersonId, Role, StaffId};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Day {
    /// The `n`th F0 of the ward, each at an address and number of his own.
    async fn neighbour(&self, n: i16) -> (CaseId, PersonId, HouseholdId) {
        let mut form = self.form(u128::from(n.unsigned_abs()) + 100);
        form.birth = (1930 + n).to_string();
        form.citizen_id = String::new();
        form.phone = format!("0900 556 {n:03}");
        form.address = format!("{n} Đường số 17");
        let mut cx = self.centre.as_staff(self.nurse).await;
        let (recorded, taken) = followups::record(&mut cx, &self.centre.tenant, &form).await.unwrap();
        cx.commit().await.unwrap();
        (recorded.case, recorded.person, taken.unwrap().household)
    }

    async fn team_load(&self) -> Load {
        let team = self.centre.unit("TPHONG.TCSF0").await;
        let mut cx = self.centre.as_staff(self.nurse).await;
        let balance = households::balance(&mut cx, self.ward).await.unwrap();
        balance.loads.into_iter().find(|load| load.unit == team).unwrap()
    }

    async fn proposal(&self) -> households::Proposal {
        let mut cx = self.centre.as_staff(self.nurse).await;
        households::proposal(&mut cx, self.ward).await.unwrap()
    }
}

#[tokio::test]
async fn households_are_given_by_load_and_a_full_team_takes_no_more() {
    let day = Day::begin().await;
    let mut homes = Vec::new();
    for n in 1..=22 {
        homes.push(day.neighbour(n).await);
    }
    let load = day.team_load().await;
    assert_eq!((load.f0, load.homes, load.most, load.over()), (20, 20, Some(20), 0));
    let proposal = day.proposal().await;
    let lone: Vec<_> = proposal.lone.iter().map(|home| home.id).collect();
    let last: Vec<_> = homes[20..].iter().map(|(_, _, home)| *home).collect();
    assert!(lone.len() == 2 && last.iter().all(|home| lone.contains(home)));
    assert!(proposal.placings.is_empty(), "the ward has one team, and it is full");
    assert!(proposal.lone.iter().all(|home| home.mobile_station.is_some()), "that one has room");

    // Somebody is well again: there is room for one.
    let mut cx = day.centre.as_staff(day.nurse).await;
    let today = jiff::civil::date(2021, 9, 25);
    followups::end_case(&mut cx, homes[0].0, health::cases::Ending::Recovered, today, "").await.unwrap();
    cx.commit().await.unwrap();
    let placings = day.proposal().await.placings;
    assert_eq!(placings.len(), 1);
    let give = || async {
        let mut cx = day.centre.as_staff(day.nurse).await;
        let given = households::apply(&mut cx, day.ward, &placings).await.unwrap();
        cx.commit().await.unwrap();
        given
    };
    assert_eq!((give().await, give().await), (1, 0), "pressed twice, given once");
    assert_eq!(day.team_load().await.f0, 20);
    let mut cx = day.centre.system().await;
    let events = store::events::of_object(&mut cx, placings[0].household.uuid()).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "household.assigned").count(), 1);
    drop(cx);

    // The other is given by somebody's own decision, and is seen as too many.
    let other = *last.iter().find(|home| **home != placings[0].household).unwrap();
    let team = day.centre.unit("TPHONG.TCSF0").await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let mobile = households::find(&mut cx, other).await.unwrap().mobile_station;
    households::assign(&mut cx, other, mobile, Some(team), "").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(day.team_load().await.over(), 1);
    assert!(day.proposal().await.lone.is_empty());
}

#[tokio::test]
async fn a_household_is_seen_by_the_team_that_has_it_and_no_more_by_the_one_that_had_it() {
    let home = Home::begin().await;
    let day = &home.day;
    let kept = home.sheet().await.home;
    let (team, mobile) = (kept.care_team.unwrap(), kept.mobile_station);
    let volunteer = day.centre.staff("Tình nguyện viên").at(team, Role::CareTeam).create().await;
    let sees = || async {
        let mut cx = day.centre.as_staff(volunteer).await;
        followups::sheet(&mut cx, home.id).await.is_ok()
    };
    let assign = |staff: StaffId, team, why: &'static str| {
        let (day, id) = (&home.day, home.id);
        async move {
            let mut cx = day.centre.as_staff(staff).await;
            households::assign(&mut cx, id, mobile, team, why).await?;
            cx.commit().await
        }
    };
    assert!(sees().await);
    assert!(matches!(
        assign(day.nurse, Some(team), "Như cũ").await,
        Err(Error::Conflict("error-assign-unchanged"))
    ));
    let silent = assign(day.nurse, None, " ").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    let elsewhere = day.centre.unit("TQUY.TCSF0").await;
    let theirs = assign(day.nurse, Some(elsewhere), "Nhầm phường").await;
    assert!(matches!(theirs, Err(Error::Invalid { field: "care_team", .. })));
    assert!(matches!(assign(day.other_nurse, None, "Nhầm").await, Err(Error::NotFound)));
    assert!(matches!(assign(volunteer, None, "Nhầm").await, Err(Error::Forbidden(_))));
    assert!(matches!(assign(day.clerk, None, "Nhầm").await, Err(Error::Forbidden(_))));

    assign(day.nurse, None, "Tổ nghỉ hai ngày").await.unwrap();
    assert!(!sees().await);
    assign(day.nurse, Some(team), "").await.unwrap();
    assert!(sees().await, "given again it needs no reason");
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(households::find(&mut cx, home.id).await.unwrap().station, day.station);
    for (table, text) in day.everything().await {
        assert!(!text.contains("Tổ nghỉ hai ngày"), "{table}");
    }
}

/// A second household at the address of the first, of somebody else with a number of his own.
pub async fn beside(home: &Home) -> (PersonId, HouseholdId) {
    let mut form = home.day.form(2);
    form.full_name = "Phạm Văn Khác".into();
    form.citizen_id.clear();
    form.birth = "1970".into();
    form.phone = "0900 555 888".into();
    let mut cx = home.day.centre.as_staff(home.day.nurse).await;
    let (recorded, taken) = followups::record(&mut cx, &home.day.centre.tenant, &form).await.unwrap();
    cx.commit().await.unwrap();
    (recorded.person, taken.unwrap().household)
}

#[tokio::test]
async fn two_households_at_one_address_become_one_with_their_codes_plans_and_alerts() {
    let home = Home::begin().await;
    let (neighbour, from) = beside(&home).await;
    let day = &home.day;
    let mut cx = day.centre.as_staff(day.nurse).await;
    let near = households::near(&mut cx, home.id).await.unwrap();
    assert_eq!(near.len(), 1);
    assert_eq!((near[0].id, near[0].same_address, near[0].same_number), (from, true, false));
    assert_eq!((near[0].members, near[0].followed), (1, 1));
    let codes = (
        households::issue_code(&mut cx, home.id).await.unwrap(),
        households::issue_code(&mut cx, from).await.unwrap(),
    );
    cx.commit().await.unwrap();
    let danger = followups::DiaryForm {
        form_key: uuid::Uuid::from_u128(20),
        at: None,
        channel: followups::Channel::Household,
        members: vec![saturated(neighbour, "90")],
    };
    let mut cx = day.centre.begin(Actor::citizen(from.uuid())).await;
    let alert = followups::enter(&mut cx, &day.centre.tenant, from, &danger).await.unwrap().alerts[0];
    cx.commit().await.unwrap();

    let join = |staff: StaffId, from, why: &'static str| {
        let (day, into) = (&home.day, home.id);
        async move {
            let mut cx = day.centre.as_staff(staff).await;
            followups::join(&mut cx, from, into, why).await?;
            cx.commit().await
        }
    };
    let silent = join(day.nurse, from, "").await;
    assert!(matches!(silent, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    assert!(matches!(join(day.nurse, home.id, "x").await, Err(Error::Invalid { field: "from", .. })));
    assert!(matches!(join(day.other_nurse, from, "x").await, Err(Error::NotFound)));
    assert!(matches!(join(day.clerk, from, "x").await, Err(Error::Forbidden(_))));
    join(day.nurse, from, "Cùng một nhà, nhập hai lần").await.unwrap();
    let twice = join(day.nurse, from, "Cùng một nhà").await;
    assert!(matches!(twice, Err(Error::Conflict("error-household-joined"))));

    // Everybody is there, with what was entered and what is open.
    let sheet = home.sheet().await;
    assert_eq!(sheet.home.members.len(), 3);
    let plan = sheet.plans.iter().find(|one| one.person.id == neighbour).unwrap();
    assert_eq!((plan.contacts.len(), sheet.alerts.len()), (1, 1));
    home.wait(MINUTE).await;
    assert_eq!(home.send(21, vec![well(neighbour), well(home.mother)]).await.saved.len(), 2);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(followups::end_alert(&mut cx, alert, Ended::Advised, "").await.unwrap(), home.id);
    let list = followups::morning(&mut cx, day.station, Only::All, 0).await.unwrap();
    let listed: Vec<_> = list.rounds.iter().map(|round| round.home.id).collect();
    assert_eq!(listed, [home.id]);
    assert_eq!(households::stays(&mut cx, from).await.unwrap(), home.id);
    let mut all = households::all_of(&mut cx, home.id).await.unwrap();
    all.sort_unstable();
    let mut both = [home.id, from];
    both.sort_unstable();
    assert_eq!(all, both);
    // Nothing is written to the one that is no more.
    let lost = households::issue_code(&mut cx, from).await;
    assert!(matches!(lost, Err(Error::Conflict("error-household-joined"))));
    cx.commit().await.unwrap();

    // Both papers open the one that stays, until the code is taken back: then neither does.
    let held = |code: String| {
        let day = &home.day;
        async move { followups::held(&mut day.centre.begin(Actor::public()).await, &code).await }
    };
    for code in [&codes.0, &codes.1] {
        assert_eq!(held(code.to_string()).await.unwrap(), home.id);
    }
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert_eq!(households::issue_code(&mut cx, home.id).await.unwrap(), codes.0, "its own is printed");
    households::revoke_code(&mut cx, home.id).await.unwrap();
    cx.commit().await.unwrap();
    for code in [&codes.0, &codes.1] {
        assert!(matches!(held(code.to_string()).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn households_that_have_nothing_in_common_are_not_joined() {
    let day = Day::begin().await;
    let ((_, _, one), (_, _, other)) = (day.neighbour(1).await, day.neighbour(2).await);
    let mut cx = day.centre.as_staff(day.nurse).await;
    assert!(households::near(&mut cx, one).await.unwrap().is_empty());
    let refused = followups::join(&mut cx, other, one, "Cùng một nhà").await;
    assert!(matches!(refused, Err(Error::Invalid { field: "from", key: "error-choice-unknown" })));
}

#[tokio::test]
async fn two_who_join_the_same_households_at_once_make_one_and_do_not_lock_up() {
    let home = Home::begin().await;
    let (_, other) = beside(&home).await;
    let join = |from, into| {
        let day = &home.day;
        async move {
            let mut cx = day.centre.as_staff(day.nurse).await;
            followups::join(&mut cx, from, into, "Cùng một nhà").await?;
            cx.commit().await
        }
    };
    let (one, two) = tokio::join!(join(other, home.id), join(home.id, other));
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    for done in [one, two] {
        assert!(matches!(done, Ok(()) | Err(Error::Conflict("error-household-joined"))), "{done:?}");
    }
}

#[tokio::test]
async fn who_is_followed_does_not_leave_and_who_is_released_does() {
    let home = Home::begin().await;
    let leave = |why: &'static str| {
        let (day, id, person) = (&home.day, home.id, home.grandmother);
        async move {
            let mut cx = day.centre.as_staff(day.nurse).await;
            followups::leave(&mut cx, id, person, why).await?;
            cx.commit().await
        }
    };
    let followed = leave("Về quê").await;
    assert!(matches!(followed, Err(Error::Invalid { field: "why", key: "error-member-followed" })));
    home.release(home.grandmother).await;
    assert!(matches!(leave(" ").await, Err(Error::Invalid { field: "why", key: "error-reason-missing" })));
    leave("Về quê").await.unwrap();
    assert!(matches!(leave("Về quê").await, Err(Error::NotFound)), "he is gone");
    let sheet = home.sheet().await;
    assert_eq!(sheet.home.members.len(), 1);
    let plan = sheet.plans.iter().find(|one| one.person.id == home.grandmother).unwrap();
    assert_eq!(plan.kept.closed_as, Some(Closed::Released));
}

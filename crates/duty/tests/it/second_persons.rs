//! Who may do what in another's name, and who must answer for what somebody else has done: links that
//! wait for a second person, delegations, shifts without a post.

use crate::accounts::{AGENT, House, MINUTE, PASSWORD, Person, accept, house, key, offer};
use duty::{
    accounts::{self, Acceptance, NewDelegation, Second},
    tickets,
};
use kernel::{Error, Result, Role, StaffId};

/// The house with a director and an auditor who have come in.
async fn with_director(house: &House) -> (Person, Person) {
    let unit = house.centre.unit("TTDH").await;
    let director = house.centre.staff("Giám Đốc Thử").at(unit, Role::CentreDirector).create().await;
    let auditor = house.centre.staff("Kiểm Tra Thử").at(unit, Role::Auditor).create().await;
    let invite = async |staff, login| {
        let mut cx = house.centre.as_staff(house.admin.staff).await;
        let link = accounts::invite(&mut cx, staff, login).await.unwrap();
        cx.commit().await.unwrap();
        link
    };
    // The first of those who may release comes in by the administrator's word alone: nobody else is there.
    let link = invite(director, "giamdoc").await;
    let (director, _) = accept(&house.centre, &house.door, &link, "giamdoc").await;
    let link = invite(auditor, "kiemtra").await;
    assert_eq!(key(offer(&house.centre, &link).await), "error-link-waits");
    release(house, director.staff, auditor).await.unwrap();
    let (auditor, _) = accept(&house.centre, &house.door, &link, "kiemtra").await;
    house.centre.advance(MINUTE).await;
    (director, auditor)
}

/// `who` answers for the link that waits for `staff`.
async fn release(house: &House, who: StaffId, staff: StaffId) -> Result<()> {
    let mut cx = house.centre.as_staff(who).await;
    let waiting = accounts::waiting_links(&mut cx).await?;
    let link = waiting.iter().find(|link| link.staff == staff).ok_or(Error::NotFound)?;
    accounts::release(&mut cx, link.id).await?;
    cx.commit().await
}

#[tokio::test]
async fn a_leader_s_link_opens_only_after_a_second_person_has_released_it() {
    let house = house().await;
    let (director, auditor) = with_director(&house).await;
    let admin = house.admin.staff;
    let mut cx = house.centre.as_staff(admin).await;
    let link = accounts::recover(&mut cx, director.staff).await.unwrap();
    cx.commit().await.unwrap();
    let code = house.code(&director);
    let acceptance = Acceptance { password: PASSWORD, second: Second::Code(&code), agent: AGENT };
    let used = accounts::accept(&house.centre.store, house.centre.id(), &house.door, &link, acceptance).await;
    assert_eq!(key(used), "error-link-waits");
    // Neither who made it, nor who gets it, nor who may not.
    assert_eq!(key(release(&house, admin, director.staff).await), "error-release-self");
    assert_eq!(key(release(&house, director.staff, director.staff).await), "error-release-self");
    assert_eq!(key(release(&house, house.nurse.staff, director.staff).await), "not-found");
    release(&house, auditor.staff, director.staff).await.unwrap();
    assert_eq!(key(release(&house, auditor.staff, director.staff).await), "not-found");
    let (fresh, signed) = accept(&house.centre, &house.door, &link, "giamdoc").await;
    assert_eq!(fresh.staff, director.staff);
    let record = house.record(signed.account).await;
    let by = |kind: &str| record.iter().find(|(k, _)| k == kind).and_then(|(_, by)| *by);
    assert_eq!(by("account.recovery_issued"), Some(admin.uuid()));
    assert_eq!(by("account.link_released"), Some(auditor.staff.uuid()));

    // Another administrator is guarded too: else one would make himself a second person.
    let unit = house.centre.unit("TTDH").await;
    let second = house.centre.staff("Quản Trị Hai").at(unit, Role::Administrator).create().await;
    let mut cx = house.centre.as_staff(admin).await;
    let link = accounts::invite(&mut cx, second, "quantri2").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(key(offer(&house.centre, &link).await), "error-link-waits");
    let mut cx = house.centre.as_staff(auditor.staff).await;
    let waiting = accounts::waiting_links(&mut cx).await.unwrap().remove(0);
    accounts::withdraw_link(&mut cx, waiting.id).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(key(offer(&house.centre, &link).await), "not-found");
    // A nurse's waits for nobody.
    let mut cx = house.centre.as_staff(admin).await;
    let link = accounts::recover(&mut cx, house.nurse.staff).await.unwrap();
    cx.commit().await.unwrap();
    offer(&house.centre, &link).await.unwrap();
}

#[tokio::test]
async fn who_acts_for_a_director_does_not_release_in_his_name() {
    let house = house().await;
    let (director, _) = with_director(&house).await;
    let now = house.centre.clock.now();
    let new = NewDelegation {
        leader: director.staff,
        deputy: house.nurse.staff,
        from: now,
        to: None,
        decision: None,
    };
    let mut cx = house.centre.as_staff(director.staff).await;
    accounts::delegate(&mut cx, new).await.unwrap();
    cx.commit().await.unwrap();
    let unit = house.centre.unit("LDQ").await;
    let leader = house.centre.staff("Lãnh Đạo Thử").at(unit, Role::DistrictLeader).create().await;
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    accounts::invite(&mut cx, leader, "lanhdao").await.unwrap();
    cx.commit().await.unwrap();
    let signed = house.sign_in(&house.nurse).await;
    let inside = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    accounts::act_for(&mut cx, &inside, director.staff).await.unwrap();
    cx.commit().await.unwrap();
    let acting = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(acting.actor.clone()).await;
    let link = accounts::waiting_links(&mut cx).await.unwrap().remove(0).id;
    assert_eq!(key(accounts::release(&mut cx, link).await), "forbidden");
}

#[tokio::test]
async fn a_shift_lends_its_grant_to_the_session_for_its_hours() {
    let house = house().await;
    let signed = house.sign_in(&house.nurse).await;
    let ward = house.centre.unit("TPHU").await;
    let from = house.centre.clock.now() + MINUTE * 10;
    let mut cx = house.centre.system().await;
    duty::staff::insert_shift(&mut cx, ward, house.nurse.staff, from, from + MINUTE * 60, 0).await.unwrap();
    cx.commit().await.unwrap();
    let there = async || {
        let inside = house.who(&signed.token).await.unwrap();
        inside.actor.grants.iter().any(|grant| grant.unit == ward && grant.role == Role::StationStaff)
    };
    assert!(!there().await);
    house.centre.advance(MINUTE * 10).await;
    assert!(there().await);
    house.centre.advance(MINUTE * 60).await;
    assert!(!there().await);
}

#[tokio::test]
async fn a_directive_given_for_a_leader_names_both() {
    let house = house().await;
    let (leaders, ward) = (house.centre.unit("LDQ").await, house.centre.unit("TPHONG").await);
    let leader =
        house.centre.staff("Lãnh Đạo Thử").at(leaders, Role::DistrictLeader).on_duty().create().await;
    let mut cx = house.centre.as_staff(leader).await;
    let now = cx.now();
    let deputy = house.nurse.staff;
    let new = NewDelegation { leader, deputy, from: now, to: None, decision: None };
    accounts::delegate(&mut cx, new).await.unwrap();
    assert_eq!(accounts::own_delegations(&mut cx).await.unwrap().len(), 1);
    cx.commit().await.unwrap();
    let mut cx = house.centre.as_staff(deputy).await;
    assert_eq!(accounts::own_delegations(&mut cx).await.unwrap().len(), 0);
    let opened = house.centre.news(ward, 1).await;
    let signed = house.sign_in(&house.nurse).await;
    let inside = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    accounts::act_for(&mut cx, &inside, leader).await.unwrap();
    cx.commit().await.unwrap();
    let acting = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(acting.actor.clone()).await;
    // He hears what rings for himself and for the leader.
    let heard = duty::staff::heard_units(&mut cx).await.unwrap();
    let station = house.centre.unit("TPHONG.TYT").await;
    assert!(heard.contains(&leaders) && heard.contains(&station));
    let order = tickets::Directive {
        matter: opened.matter,
        to: ward,
        words: "Báo cáo trước 10 giờ".into(),
        within: Some(MINUTE * 60),
    };
    let given = tickets::directive(&mut cx, order).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = house.centre.system().await;
    let past = store::events::of_object(&mut cx, given.uuid()).await.unwrap();
    let opened = past.iter().find(|event| event.kind == "ticket.opened").unwrap();
    assert_eq!((opened.actor_id, opened.on_behalf_of), (Some(deputy.uuid()), Some(leader.uuid())));
}

#[tokio::test]
async fn one_source_begins_only_so_many_passkey_ceremonies() {
    let house = house().await;
    let start = async |source: &str| {
        let mut cx = house.centre.begin(kernel::Actor::public()).await;
        let source = Some(source.parse().unwrap());
        accounts::start_passkey_sign_in(&mut cx, &house.door, source).await?;
        cx.commit().await
    };
    for _ in 0..50 {
        start("203.0.113.7").await.unwrap();
    }
    assert_eq!(key(start("203.0.113.7").await), "error-too-many-tries");
    start("203.0.113.8").await.unwrap();
    house.centre.advance(MINUTE * 16).await;
    start("203.0.113.7").await.unwrap();
}

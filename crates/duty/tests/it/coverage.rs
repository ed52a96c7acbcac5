use duty::{
    coverage::{self, Why},
    rosters::{self, Plan, Post, Rotation},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Role, StaffId, UnitId};
use testkit::TestCentre;

async fn always(centre: &TestCentre, unit: UnitId, staff: StaffId) {
    let rotation = Rotation {
        unit,
        name: "Trực tuần".into(),
        post: Post::Primary,
        staff: vec![staff],
        turn: "P7D".parse().unwrap(),
        handover: "00:00".parse().unwrap(),
        start: date(2021, 9, 25),
        until: None,
        restrictions: vec![],
    };
    let mut cx = centre.system().await;
    rosters::set_plans(&mut cx, unit, date(2021, 9, 25), vec![Plan::Rotation(rotation)]).await.unwrap();
    cx.commit().await.unwrap();
}

#[tokio::test]
async fn a_level_that_nobody_can_hear_is_seen_before_it_rings() {
    let centre = TestCentre::new().await;
    let leaders = centre.unit("LDQ").await;
    let station = centre.unit("TPHONG.TYT").await;
    let mut cx = centre.system().await;
    let empty = coverage::coverage(&mut cx).await.unwrap();
    assert_eq!(empty[0].at, Some(leaders), "the duty leader's roster first");
    assert!(empty.iter().all(|line| line.silences[0].why != Why::NoPhone));
    let of = |lines: &[coverage::Unheard], at: UnitId| -> Vec<coverage::Unheard> {
        lines.iter().filter(|line| line.at == Some(at)).cloned().collect()
    };
    assert!(of(&empty, station).iter().any(|l| l.ladder.starts_with("f0_news") && l.level == 1));
    drop(cx);
    let leader =
        centre.staff("Lãnh đạo").at(leaders, Role::DistrictLeader).phone("+84900000001").create().await;
    always(&centre, leaders, leader).await;
    let mut cx = centre.system().await;
    let lines = coverage::coverage(&mut cx).await.unwrap();
    let heads = of(&lines, leaders).iter().filter(|l| l.whom.starts_with("duty@")).count();
    assert_eq!(heads, 0, "the leader's roster is filled");
    drop(cx);
    // At the station somebody stands, but has no telephone, and goes in three days.
    let nurse = centre.staff("Y sĩ").at(station, Role::StationStaff).create().await;
    always(&centre, station, nurse).await;
    let mut cx = centre.system().await;
    rosters::leave(&mut cx, nurse, date(2021, 9, 28), None).await.unwrap();
    let lines = coverage::coverage(&mut cx).await.unwrap();
    let line = of(&lines, station).into_iter().find(|l| l.whom.starts_with("duty@") && l.level == 1).unwrap();
    let whys: Vec<Why> = line.silences.iter().map(|silence| silence.why).collect();
    assert_eq!(whys, [Why::NoPhone, Why::NobodyOnDuty]);
    assert_eq!(line.silences[0].period.end(), line.silences[1].period.start());
    let week = cx.now() + SignedDuration::from_hours(7 * 24);
    assert_eq!(line.silences[1].period.end(), week);
}

#[tokio::test]
async fn a_head_post_that_nobody_holds_is_told() {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let mut cx = centre.system().await;
    let heads = |lines: Vec<coverage::Unheard>| {
        let at_ward = |l: &coverage::Unheard| l.at == Some(ward) && l.whom.starts_with("head@");
        lines.into_iter().filter(at_ward).collect::<Vec<_>>()
    };
    let before = heads(coverage::coverage(&mut cx).await.unwrap());
    assert!(!before.is_empty() && before.iter().all(|line| line.silences[0].why == Why::NobodyInPost));
    drop(cx);
    centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).phone("+84900000002").head().create().await;
    let mut cx = centre.system().await;
    assert_eq!(heads(coverage::coverage(&mut cx).await.unwrap()), []);
}

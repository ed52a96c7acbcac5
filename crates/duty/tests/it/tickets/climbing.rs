//! The climb where people are in two minds, phones are missing, or the ticket has moved meanwhile.

use super::{Day, SECOND, news_of_an_f0};
use duty::{
    messages::PlaceCall,
    tickets::{
        self, Channel, NewMatter, NewTicket, Responsible, Severity,
        attempts::{self, Outcome},
        ladder::{self, LadderSpec},
    },
    units,
};
use kernel::{Role, TicketId, UnitId};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use store::{
    events::{self, Recorded},
    jobs,
};
use testkit::TestCentre;
use uuid::Uuid;

async fn story(centre: &TestCentre, id: TicketId) -> Vec<Recorded> {
    let mut cx = centre.system().await;
    events::of_object(&mut cx, id.uuid()).await.unwrap()
}

/// A ladder of the pack whose first level knows only these channels.
async fn ladder_by(centre: &TestCentre, code: &str, channels: &[Channel]) -> LadderSpec {
    let mut cx = centre.system().await;
    let mut spec = ladder::by_code(&mut cx, code).await.unwrap();
    spec.levels[0].channels = channels.to_vec();
    spec
}

async fn open(centre: &TestCentre, unit: UnitId, ladder: LadderSpec) -> TicketId {
    let mut cx = centre.system().await;
    let matter = NewMatter {
        kind: "report",
        severity: ladder.severity,
        ward: Some(unit),
        object_kind: "report",
        object: Uuid::from_u128(9),
    };
    let ticket = NewTicket {
        kind: "report".into(),
        responsible: Responsible::Unit(unit),
        ladder,
        task: json!({}),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(&mut cx, &matter, ticket).await.unwrap();
    cx.commit().await.unwrap();
    opened.tickets[0]
}

#[tokio::test]
async fn a_second_press_of_pass_up_does_not_skip_the_level_that_rings_now() {
    let day = news_of_an_f0().await;
    let seen = day.state(1).await.rung().unwrap();
    let press = async || {
        let mut cx = day.centre.as_staff(day.clerk).await;
        tickets::pass_up(&mut cx, day.ticket(1), seen, "").await.unwrap();
        cx.commit().await.unwrap();
    };
    press().await;
    // Before the climb has happened, and after.
    press().await;
    day.centre.settle().await;
    press().await;
    day.centre.settle().await;
    assert_eq!(day.state(1).await.level, 1);
    let passed = story(&day.centre, day.ticket(1)).await;
    assert_eq!(passed.iter().filter(|event| event.kind == "ticket.passed_up").count(), 1);
}

#[tokio::test]
async fn a_press_just_after_the_minute_passes_nothing_up() {
    let day = news_of_an_f0().await;
    let bell = day.attempts(1).await[0].rung();
    assert_eq!(Some(bell), day.state(1).await.rung());
    assert_eq!(bell.to_string().parse::<tickets::Rung>().unwrap(), bell);
    day.centre.advance(SECOND * 60).await;
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::pass_up(&mut cx, day.ticket(1), bell, "").await.unwrap();
    cx.commit().await.unwrap();
    day.centre.settle().await;
    assert_eq!(day.state(1).await.level, 1, "the chair keeps his minute");
}

#[tokio::test]
async fn a_level_of_people_without_a_telephone_falls_through_and_says_so() {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).on_duty().create().await;
    centre.staff("Chủ tịch").at(ward, Role::WardLeader).phone("+84900000004").head().create().await;
    let id = open(&centre, ward, ladder_by(&centre, "f0_news", &[Channel::Call]).await).await;
    let mut cx = centre.system().await;
    assert_eq!(tickets::ticket(&mut cx, id).await.unwrap().0.level, 1, "the head is rung at once");
    let first = attempts::of_tickets(&mut cx, &[id]).await.unwrap().remove(0);
    assert_eq!(
        (first.channel.as_str(), first.outcome.as_deref(), first.staff),
        ("none", Some("no_channel"), Some(clerk))
    );
    assert!(story(&centre, id).await.iter().any(|event| event.kind == "ticket.fell_through"));
}

#[tokio::test]
async fn a_notice_by_mail_alone_to_someone_without_an_address_falls_through() {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).on_duty().create().await;
    let id = open(&centre, ward, ladder_by(&centre, "report", &[Channel::Email]).await).await;
    let mut cx = centre.system().await;
    assert_eq!(tickets::ticket(&mut cx, id).await.unwrap().0.level, 1);
}

#[tokio::test]
async fn busy_climbs_at_once_after_a_forward_too() {
    let day = news_of_an_f0().await;
    let to = day.centre.unit("BTHUAN").await;
    let clerk = day
        .centre
        .staff("Trực Bình Thuận")
        .at(to, Role::WardOfficial)
        .phone("+84900000006")
        .on_duty()
        .create()
        .await;
    // The ladder has been used up once; then someone listens at level 1, and it goes elsewhere.
    for _ in 0..3 {
        day.centre.advance(SECOND * 60).await;
    }
    let heard = day.call_to(1, day.clerk).await;
    let mut cx = day.centre.system().await;
    attempts::answered(&mut cx, heard.id, SECOND * 15).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::forward(&mut cx, day.ticket(1), to, "Nhà thuộc Phường Bình Thuận").await.unwrap();
    cx.commit().await.unwrap();
    let ticket = day.state(1).await;
    assert_eq!((ticket.level, ticket.round, ticket.used_up_at), (0, 0, None));
    let call = day.call_to(1, clerk).await;
    let mut cx = day.centre.system().await;
    attempts::ended(&mut cx, call.id, Outcome::Busy, Some(486)).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.settle().await;
    assert!(day.state(1).await.level > 0);
}

#[tokio::test]
async fn busy_climbs_at_once_after_a_reopening_too() {
    let day = news_of_an_f0().await;
    let heard = day.call_to(0, day.nurse).await;
    let mut cx = day.centre.system().await;
    attempts::answered(&mut cx, heard.id, SECOND * 15).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 5).await;
    let mut cx = day.centre.as_staff(day.nurse).await;
    tickets::resolve(&mut cx, day.ticket(0), "Đã đến nhà", None).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 5).await;
    let mut cx = day.centre.as_staff(day.leader).await;
    tickets::reopen(&mut cx, day.ticket(0), "Chưa ai đến").await.unwrap();
    cx.commit().await.unwrap();
    let call = day.call_to(0, day.nurse).await;
    let mut cx = day.centre.system().await;
    attempts::ended(&mut cx, call.id, Outcome::Busy, Some(486)).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.settle().await;
    assert!(day.state(0).await.level > 0);
}

fn stated(story: &[Recorded], kind: &str, key: &str) -> Vec<(String, String)> {
    let event = story.iter().find(|event| event.kind == kind).unwrap();
    let calls = event.data[key].as_array().unwrap().iter();
    let text = |call: &serde_json::Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
    calls.map(|call| (text(call, "channel"), text(call, "outcome"))).collect()
}

fn two(channel: [&str; 2], outcome: &str) -> Vec<(String, String)> {
    channel.map(|channel| (channel.to_owned(), outcome.to_owned())).to_vec()
}

#[tokio::test]
async fn calls_that_end_with_a_withdrawal_or_a_reform_are_stated_under_seal() {
    let day = news_of_an_f0().await;
    let mut cx = day.centre.system().await;
    tickets::withdraw(&mut cx, day.ticket(0), "Nhập nhầm").await.unwrap();
    let (from, to) = (day.centre.unit("TPHONG").await, day.centre.unit("BTHUAN").await);
    tickets::follow(&mut cx, day.ticket(1), from, to, Some(to)).await.unwrap();
    cx.commit().await.unwrap();
    let mut withdrawn = stated(&story(&day.centre, day.ticket(0)).await, "ticket.resolved", "calls");
    withdrawn.sort();
    assert_eq!(withdrawn, two(["call", "desk"], "withdrawn"));
    let mut followed = stated(&story(&day.centre, day.ticket(1)).await, "ticket.followed", "calls");
    followed.sort();
    assert_eq!(followed, two(["call", "desk"], "taken"));
}

#[tokio::test]
async fn who_was_only_told_is_only_told_after_a_reform() {
    let day = news_of_an_f0().await;
    let (from, to) = (day.centre.unit("TTYT").await, day.centre.unit("BVQ7").await);
    let mut cx = day.centre.system().await;
    tickets::inform(&mut cx, day.ticket(0), &[from]).await.unwrap();
    tickets::follow(&mut cx, day.ticket(0), from, to, Some(to)).await.unwrap();
    let (ticket, _) = tickets::ticket(&mut cx, day.ticket(0)).await.unwrap();
    let concerned = tickets::Concerned::of(&mut cx, &ticket).await.unwrap();
    assert!(concerned.sight.contains(&to) && !concerned.acting.contains(&to));
}

/// The calls missed on the level that is just over.
async fn missed(day: &Day, index: usize) -> Vec<Outcome> {
    let story = story(&day.centre, day.ticket(index)).await;
    let last = story.iter().rev().find(|event| event.kind == "ticket.level_started").unwrap();
    tickets::missed_in(last).into_iter().map(|missed| missed.outcome).collect()
}

#[tokio::test]
async fn a_call_that_was_never_placed_is_not_held_against_anyone() {
    let day = news_of_an_f0().await;
    let rang = day.call_to(2, day.officer).await;
    let mut cx = day.centre.system().await;
    attempts::ringing_began(&mut cx, rang.id).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND * 60).await;
    assert_eq!(day.call_to(1, day.clerk).await.outcome.as_deref(), Some("unreachable"));
    assert_eq!(day.call_to(2, day.officer).await.outcome.as_deref(), Some("not_answered"));
    // The bell at his desk rang all the same.
    assert_eq!(missed(&day, 1).await, [Outcome::NotAnswered]);

    let centre = &day.centre;
    let ward = centre.unit("TPHONG").await;
    let id = open(centre, ward, ladder_by(centre, "f0_news", &[Channel::Call]).await).await;
    centre.advance(SECOND * 60).await;
    let story = story(centre, id).await;
    let last = story.iter().rev().find(|event| event.kind == "ticket.level_started").unwrap();
    assert_eq!(last.data["level"], 1);
    assert!(tickets::missed_in(last).is_empty());
}

#[tokio::test]
async fn without_a_telephone_network_the_level_keeps_its_minute_for_the_bell_at_the_desk() {
    let day = news_of_an_f0().await;
    let engine: Arc<dyn jobs::OnJob> = Arc::new(PlaceCall::new(None));
    let runner = jobs::Worker::new(day.centre.store.clone(), tickets::CALLS, vec![engine]);
    while runner.run_due(10).await.unwrap() > 0 {}
    let call = day.call_to(1, day.clerk).await;
    assert_eq!(call.outcome.as_deref(), Some("no_network"));
    day.centre.advance(SECOND * 59).await;
    assert_eq!(day.state(1).await.level, 0);
    let bell = day.attempts(1).await.into_iter().find(|attempt| attempt.channel == "desk").unwrap();
    assert!(bell.ended_at.is_none(), "the bell still rings");
    let mut cx = day.centre.system().await;
    attempts::ringing_began(&mut cx, bell.id).await.unwrap();
    cx.commit().await.unwrap();
    day.centre.advance(SECOND).await;
    assert_eq!(day.state(1).await.level, 1);
    assert_eq!(missed(&day, 1).await, [Outcome::NotAnswered], "the bell, not the telephone");
}

#[tokio::test]
async fn telephones_that_no_network_carries_are_climbed_over_at_once_and_the_ladder_does_not_go_round() {
    let day = news_of_an_f0().await;
    let ward = day.centre.unit("TPHONG").await;
    let mut spec = ladder_by(&day.centre, "f0_news", &[Channel::Call]).await;
    for level in &mut spec.levels {
        level.channels = vec![Channel::Call];
    }
    let id = open(&day.centre, ward, spec).await;
    for (level, staff) in [(0, day.clerk), (1, day.chair), (2, day.leader)] {
        let mut cx = day.centre.system().await;
        let all = attempts::of_tickets(&mut cx, &[id]).await.unwrap();
        let call = all.into_iter().find(|call| call.ended_at.is_none()).unwrap();
        assert_eq!((call.level, call.staff), (level, Some(staff)));
        attempts::ended(&mut cx, call.id, Outcome::NoNetwork, None).await.unwrap();
        cx.commit().await.unwrap();
        day.centre.settle().await;
    }
    let stands = async || {
        let mut cx = day.centre.system().await;
        let (ticket, _) = tickets::ticket(&mut cx, id).await.unwrap();
        (ticket.level, ticket.round)
    };
    assert_eq!(stands().await, (2, 0));
    day.centre.advance(SECOND * 60).await;
    assert_eq!(stands().await, (0, 1));
}

#[tokio::test]
async fn a_used_up_ladder_stands_before_the_duty_leader_and_the_director() {
    let day = news_of_an_f0().await;
    for _ in 0..3 {
        day.centre.advance(SECOND * 60).await;
    }
    let mut cx = day.centre.system().await;
    let director = units::tree(&mut cx).await.unwrap().director();
    let filter = tickets::Filter { units: vec![director], limit: 10, ..tickets::Filter::default() };
    let lines = tickets::queue(&mut cx, &filter).await.unwrap();
    assert!(lines.iter().any(|line| line.id == day.ticket(1) && line.used_up));
    assert!(day.state(1).await.is_used_up());
    drop(cx);
    let mut cx = day.centre.as_staff(day.clerk).await;
    tickets::accept(&mut cx, day.ticket(1)).await.unwrap();
    let lines = tickets::queue(&mut cx, &filter).await.unwrap();
    assert!(lines.iter().any(|line| line.id == day.ticket(1) && !line.used_up), "the alarm is over");
}

#[tokio::test]
async fn a_danger_sign_rings_the_station_and_the_rapid_team_and_an_older_pack_rings_them_too() {
    let centre = TestCentre::new().await;
    let (ward, station, team) =
        (centre.unit("TPHONG").await, centre.unit("TPHONG.TYT").await, centre.unit("TPHONG.TPUN").await);
    let at = |name, unit, role| centre.staff(name).at(unit, role).on_duty();
    let nurse = at("Trực trạm", station, Role::StationStaff).phone("+84900000001").create().await;
    let rider = at("Trực tổ", team, Role::CareTeam).phone("+84900000002").create().await;
    let sign = |severity| NewMatter {
        kind: "red_flag",
        severity,
        ward: Some(ward),
        object_kind: "alert",
        object: Uuid::from_u128(1),
    };
    let mut spec = centre.tenant.pack.matter("red_flag").unwrap().clone();
    let mut cx = centre.system().await;
    let opened = tickets::open_matter(&mut cx, &sign(Severity::Emergency), &spec).await.unwrap();
    let rung = attempts::of_tickets(&mut cx, &opened.tickets).await.unwrap();
    let who: BTreeSet<_> = rung.iter().filter_map(|attempt| attempt.staff).collect();
    assert_eq!(who, BTreeSet::from([nurse, rider]));
    // No ladder of this name was stored with the tenant: the one that every tenant has stands in.
    for ticket in &mut spec.tickets {
        ticket.ladder = "not_there_yet".into();
    }
    for (severity, instead) in [(Severity::Emergency, "emergency"), (Severity::Notice, "report")] {
        let opened = tickets::open_matter(&mut cx, &sign(severity), &spec).await.unwrap();
        for id in opened.tickets {
            let (ticket, _) = tickets::ticket(&mut cx, id).await.unwrap();
            assert_eq!(ticket.ladder.code, instead);
        }
    }
}

//! Duty at the station of Tân Phong, from Saturday 25 September 2021, 07:05.

use duty::{
    messages::RosterGaps,
    rosters::{
        self, AbsenceKind, Band, Pattern, Period, Plan, Post, Restriction, Rotation, Slot, WeekdaySet,
        ical::Whose,
    },
    staff, tickets,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Weekday, date},
};
use kernel::{Error, Role, ShiftId, StaffId, UnitId};
use std::sync::Arc;
use store::subscriptions::Reader;
use testkit::TestCentre;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const TODAY: Date = date(2021, 9, 25);

struct Station {
    centre: TestCentre,
    unit: UnitId,
    head: StaffId,
    an: StaffId,
    binh: StaffId,
}

fn band(name: &str, start: &str, end: &str) -> Band {
    Band { name: name.into(), start: start.parse().unwrap(), end: end.parse().unwrap() }
}

async fn station() -> Station {
    let centre = TestCentre::new().await;
    let unit = centre.unit("TPHONG.TYT").await;
    let at = |name| centre.staff(name).at(unit, Role::StationStaff);
    let head = at("Phạm Thị Trưởng").phone("+84900000001").head().create().await;
    let an = at("Lê Thị An").phone("+84900000002").create().await;
    let binh = at("Trần Hòa Bình").phone("+84900000003").create().await;
    Station { centre, unit, head, an, binh }
}

impl Station {
    fn at(&self, local: &str) -> Timestamp {
        let local: jiff::civil::DateTime = local.parse().unwrap();
        self.centre.tenant.timezone().to_timestamp(local).unwrap()
    }

    fn period(&self, from: &str, to: &str) -> Period {
        Period::new(self.at(from), self.at(to)).unwrap()
    }

    /// An by day, Bình by night, every day of the week.
    fn week(&self) -> Plan {
        let all = [
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
            Weekday::Sunday,
        ];
        let slot =
            |weekday, band: Band, staff| Slot { weekday, band, post: Post::Primary, staff: Some(staff) };
        let slots = all
            .into_iter()
            .flat_map(|day| {
                let night = slot(day, band("Ca đêm", "18:00", "06:00"), self.binh);
                [slot(day, band("Ca ngày", "06:00", "18:00"), self.an), night]
            })
            .collect();
        Plan::Weekly(Pattern { unit: self.unit, from: date(2021, 1, 1), until: None, slots })
    }

    async fn plan(&self) {
        let mut cx = self.centre.as_staff(self.head).await;
        rosters::set_plans(&mut cx, self.unit, TODAY, vec![self.week()]).await.unwrap();
        cx.commit().await.unwrap();
    }

    async fn primary(&self, local: &str) -> Option<StaffId> {
        let at = self.at(local);
        let mut cx = self.centre.system().await;
        let roster = rosters::roster(&mut cx, self.unit, at, at + HOUR).await.unwrap();
        rosters::who_stands(&roster.shifts, self.unit, at).primary
    }

    async fn shift(&self, local: &str) -> ShiftId {
        let at = self.at(local);
        let mut cx = self.centre.system().await;
        let roster = rosters::roster(&mut cx, self.unit, at, at + HOUR).await.unwrap();
        roster.shifts.iter().find(|shift| shift.period.contains(at)).expect("a shift").id
    }

    async fn told(&self, kind: &str) -> usize {
        let mut cx = self.centre.system().await;
        super::events(&mut cx, kind).await.len()
    }
}

#[tokio::test]
async fn a_plan_is_laid_out_five_weeks_ahead_and_every_night_one_day_more() {
    let station = station().await;
    station.plan().await;
    let mut cx = station.centre.system().await;
    // The shift under way is taken in from now on.
    let duty = rosters::on_duty(&mut cx, station.unit).await.unwrap();
    assert_eq!((duty.primary, duty.until), (Some(station.an), Some(station.at("2021-09-25T18:00"))));
    drop(cx);
    assert_eq!(station.primary("2021-09-26T03:00").await, Some(station.binh));
    assert_eq!(station.primary("2021-10-29T19:00").await, Some(station.binh));
    assert_eq!(station.primary("2021-10-30T07:00").await, None);
    station.centre.advance(HOUR * 24).await;
    assert_eq!(station.primary("2021-10-30T07:00").await, Some(station.an));
    assert_eq!(station.told("roster.gap_found").await, 0);
    // What has begun keeps the id under which it was laid out.
    let before = station.shift("2021-10-01T07:00").await;
    station.centre.advance(HOUR * 24).await;
    assert_eq!(station.shift("2021-10-01T07:00").await, before);
}

#[tokio::test]
async fn a_rotation_of_whole_weeks_covers_the_week_under_way() {
    let station = station().await;
    let rotation = Rotation {
        unit: station.unit,
        name: "Trực tuần".into(),
        post: Post::Primary,
        staff: vec![station.an, station.binh],
        turn: "P7D".parse().unwrap(),
        handover: "07:30".parse().unwrap(),
        start: TODAY,
        until: None,
        restrictions: vec![],
    };
    let mut cx = station.centre.as_staff(station.head).await;
    rosters::set_plans(&mut cx, station.unit, TODAY, vec![Plan::Rotation(rotation.clone())]).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-28T03:00").await, Some(station.an));
    assert_eq!(station.primary("2021-10-02T08:00").await, Some(station.binh));
    // From now until the first handover nobody stands, and that is told.
    assert_eq!(station.told("roster.gap_found").await, 1);
    // Nights only, in the middle of the turn: the turn that has begun runs to its end.
    station.centre.advance(HOUR * 48).await;
    let nights = Restriction { weekdays: WeekdaySet::EVERY, band: band("Ca đêm", "18:00", "06:00") };
    let plan = Plan::Rotation(Rotation { restrictions: vec![nights], ..rotation });
    let mut cx = station.centre.as_staff(station.head).await;
    rosters::set_plans(&mut cx, station.unit, date(2021, 9, 27), vec![plan]).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-28T12:00").await, Some(station.an));
    assert_eq!(station.primary("2021-10-05T12:00").await, None);
}

#[tokio::test]
async fn a_swap_takes_both_or_the_head() {
    let station = station().await;
    station.plan().await;
    let day = station.shift("2021-09-27T07:00").await;
    let night = station.shift("2021-09-27T19:00").await;
    let stranger = station.centre.staff("Người lạ").at(station.unit, Role::StationStaff).create().await;
    let mut cx = station.centre.as_staff(stranger).await;
    assert!(matches!(rosters::swap(&mut cx, day, night).await, Err(Error::Forbidden(_))));
    let mut cx = station.centre.as_staff(station.an).await;
    let swap = rosters::swap(&mut cx, day, night).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-27T07:00").await, Some(station.an), "one word is not enough");
    let mut cx = station.centre.as_staff(station.an).await;
    assert_eq!(rosters::waiting(&mut cx, station.unit).await.unwrap().len(), 1);
    let mut cx = station.centre.as_staff(station.binh).await;
    rosters::agree(&mut cx, swap).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-27T07:00").await, Some(station.binh));
    assert_eq!(station.primary("2021-09-27T19:00").await, Some(station.an));
    let mut cx = station.centre.as_staff(station.binh).await;
    assert!(matches!(rosters::agree(&mut cx, swap).await, Err(Error::Conflict("error-roster-decided"))));
    // The head swaps back on his own word, and the table that calls are placed by says the same.
    let mut cx = station.centre.as_staff(station.head).await;
    rosters::swap(&mut cx, day, night).await.unwrap();
    cx.commit().await.unwrap();
    station.centre.advance(HOUR * 50).await;
    let mut cx = station.centre.system().await;
    assert_eq!(rosters::on_duty(&mut cx, station.unit).await.unwrap().primary, Some(station.an));
}

#[tokio::test]
async fn an_absence_opens_a_gap_once_and_a_cover_closes_it() {
    let station = station().await;
    station.plan().await;
    let mut cx = station.centre.as_staff(station.binh).await;
    let (from, until) = (station.at("2021-09-26T22:00"), station.at("2021-09-27T12:00"));
    rosters::absent(&mut cx, station.binh, AbsenceKind::Sick, from, Some(until)).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-26T21:00").await, Some(station.binh));
    assert_eq!(station.primary("2021-09-26T23:00").await, None);
    let mut cx = station.centre.system().await;
    let gaps = rosters::gaps_ahead(&mut cx, station.unit, 7).await.unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].period, station.period("2021-09-26T22:00", "2021-09-27T06:00"));
    assert!(gaps[0].nobody && gaps[0].vacated.is_some_and(|v| v.staff == station.binh));
    cx.rollback().await.unwrap();
    station.centre.advance(HOUR * 24).await;
    assert_eq!(station.told("roster.gap_found").await, 1, "told once, however often it is looked at");
    let shift = gaps[0].shift.unwrap();
    let mut cx = station.centre.as_staff(station.head).await;
    rosters::cover(&mut cx, shift, station.an, gaps[0].period).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-26T23:00").await, Some(station.an));
    assert_eq!(station.told("roster.gap_closed").await, 1);
    // Somebody else's absence is not for a colleague to say.
    let mut cx = station.centre.as_staff(station.an).await;
    let said = rosters::absent(&mut cx, station.binh, AbsenceKind::Leave, from, None).await;
    assert!(matches!(said, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn who_leaves_hands_his_hours_over() {
    let station = station().await;
    station.plan().await;
    let admin = station.centre.unit("TTDH").await;
    let admin = station.centre.staff("Quản trị").at(admin, Role::Administrator).create().await;
    let mut cx = station.centre.as_staff(admin).await;
    let owed = rosters::owed_by(&mut cx, station.an, date(2021, 10, 1)).await.unwrap();
    assert_eq!(owed.len(), 29);
    rosters::leave(&mut cx, station.an, date(2021, 10, 1), Some(station.binh)).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-30T12:00").await, Some(station.an));
    assert_eq!(station.primary("2021-10-01T12:00").await, Some(station.binh));
    // Days laid out later still name who has gone: they stand empty until the plan is changed.
    station.centre.advance(HOUR * 24 * 29).await;
    assert_eq!(station.primary("2021-10-30T12:00").await, None);
    assert!(station.told("roster.gap_found").await > 0);
    let mut cx = station.centre.system().await;
    assert!(staff::posts_of(&mut cx, station.an).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_table_stands_for_its_days_and_can_be_taken_back() {
    let station = station().await;
    station.plan().await;
    let file = "TRẠM Y TẾ PHƯỜNG TÂN PHONG\nNgày,Ca trực,Từ,Đến,Họ và tên\n\
                27/09/2021,Ca ngày,,,Tran Hoa Binh\n,Ca đêm,,,Lê Thị An\n\
                28/09/2021,Ca ngày,,,Phạm Thị Trưởng\n28/09/2021,Ca gãy,18:00,,Lê Thị An\n\
                28/09/2021,Ca đêm,,,Nguyễn Văn Không\n";
    let mut cx = station.centre.as_staff(station.head).await;
    let trial = rosters::import(&mut cx, station.unit, file.as_bytes(), None, false).await.unwrap();
    let faults: Vec<_> = trial.faults.iter().map(|f| (f.line, f.field, f.key, f.value.as_str())).collect();
    assert_eq!(
        faults,
        [
            (6, "end", "error-roster-no-hours", ""),
            (7, "staff", "error-roster-unknown-staff", "Nguyễn Văn Không"),
        ]
    );
    assert_eq!(
        (trial.shifts.len(), trial.days, trial.plan),
        (3, Some((date(2021, 9, 27), date(2021, 9, 28))), None)
    );
    assert_eq!(station.primary("2021-09-27T07:00").await, Some(station.an), "a trial changes nothing");
    let applied = rosters::import(&mut cx, station.unit, file.as_bytes(), None, true).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-27T07:00").await, Some(station.binh));
    assert_eq!(station.primary("2021-09-28T07:00").await, Some(station.head));
    assert_eq!(station.primary("2021-09-28T19:00").await, None, "the broken row is a gap");
    assert_eq!(station.primary("2021-09-29T07:00").await, Some(station.an));
    assert_eq!(station.told("roster.gap_found").await, 1);
    let mut cx = station.centre.as_staff(station.head).await;
    rosters::undo_import(&mut cx, applied.plan.unwrap()).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-27T07:00").await, Some(station.an));
    assert_eq!(station.primary("2021-09-28T19:00").await, Some(station.binh));
    assert_eq!(station.told("roster.gap_closed").await, 1);
    let mut cx = station.centre.as_staff(station.head).await;
    assert!(rosters::undo_import(&mut cx, applied.plan.unwrap()).await.is_err());
    let bad = rosters::import(&mut cx, station.unit, b"%PDF-1.4", None, false).await;
    assert!(matches!(bad, Err(Error::Invalid { field: "file", key: "error-sheet-not-a-table" })));
}

#[tokio::test]
async fn a_feed_is_read_by_its_token_until_it_is_taken_back() {
    let station = station().await;
    station.plan().await;
    let mut cx = station.centre.as_staff(station.an).await;
    let token = rosters::open_feed(&mut cx, Whose::Person(station.an)).await.unwrap();
    assert!(rosters::open_feed(&mut cx, Whose::Person(station.binh)).await.is_err());
    assert!(rosters::open_feed(&mut cx, Whose::Unit(station.unit)).await.is_err());
    cx.commit().await.unwrap();
    let mut cx = station.centre.begin(kernel::Actor::public()).await;
    let text = rosters::read_feed(&mut cx, &token, "vx.example").await.unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.contains("SUMMARY:Ca ngày"), "{text}");
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 35);
    assert!(matches!(rosters::read_feed(&mut cx, "ANOTHER", "vx.example").await, Err(Error::NotFound)));
    let mut cx = station.centre.as_staff(station.an).await;
    let feed = rosters::open_feeds(&mut cx, Whose::Person(station.an)).await.unwrap().remove(0);
    rosters::revoke_feed(&mut cx, feed.id).await.unwrap();
    assert!(matches!(rosters::read_feed(&mut cx, &token, "vx.example").await, Err(Error::NotFound)));
    // The unit's own feed names who stands and where nobody does.
    let mut cx = station.centre.as_staff(station.head).await;
    let token = rosters::open_feed(&mut cx, Whose::Unit(station.unit)).await.unwrap();
    let text = rosters::read_feed(&mut cx, &token, "vx.example").await.unwrap();
    assert!(text.contains("Lê Thị An") && text.contains("Trần Hòa Bình"), "{text}");
}

#[tokio::test]
async fn the_month_is_printed_as_the_head_signs_it() {
    let station = station().await;
    station.plan().await;
    let mut cx = station.centre.as_staff(station.head).await;
    let form = rosters::month_form(&mut cx, station.unit, date(2021, 10, 15)).await.unwrap();
    assert_eq!(form.title, "LỊCH TRỰC THÁNG 10/2021");
    assert_eq!(form.place_and_date, "Quận 7, ngày 25 tháng 9 năm 2021");
    assert_eq!(form.signatures[1].name.as_deref(), Some("Phạm Thị Trưởng"));
    assert_eq!((form.days.len(), form.columns.len()), (31, 2));
    let entry = &form.days[0].cells[0][0];
    assert_eq!((entry.name.as_deref(), entry.phone.as_deref()), (Some("Lê Thị An"), Some("0900 000 002")));
    assert!(form.recipients.contains(&"Lưu: VT".to_owned()));
}

#[tokio::test]
async fn who_loses_his_post_stands_no_longer_and_the_gap_is_told() {
    let station = station().await;
    station.plan().await;
    let admin = station.centre.unit("TTDH").await;
    let admin = station.centre.staff("Quản trị").at(admin, Role::Administrator).create().await;
    let ward = station.centre.unit("TPHONG").await;
    // He goes to the committee next door, and still stands in for a colleague here.
    let mut cx = station.centre.as_staff(admin).await;
    let post = staff::NewPost {
        staff: station.an,
        unit: ward,
        role: Role::WardOfficial,
        title: "Công chức".into(),
        title_en: "Official".into(),
        head: false,
        on_call: false,
        valid_from: date(2021, 9, 28),
    };
    staff::appoint(&mut cx, &post).await.unwrap();
    let held = staff::post_rows(&mut cx, station.an).await.unwrap();
    let old = held.iter().find(|post| post.unit == station.unit).unwrap().id;
    rosters::end_post(&mut cx, old, date(2021, 9, 27)).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-27T12:00").await, Some(station.an));
    assert_eq!(station.primary("2021-09-28T12:00").await, None);
    assert!(station.told("roster.gap_found").await > 0);
    let mut cx = station.centre.system().await;
    let gaps = rosters::gaps_ahead(&mut cx, station.unit, 7).await.unwrap();
    assert!(gaps[0].vacated.is_some_and(|v| (v.staff, v.kind) == (station.an, AbsenceKind::PostEnded)));
    drop(cx);
    let night = station.shift("2021-09-29T19:00").await;
    let mut cx = station.centre.as_staff(station.head).await;
    let hours = station.period("2021-09-29T18:00", "2021-09-30T06:00");
    rosters::cover(&mut cx, night, station.an, hours).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(station.primary("2021-09-29T19:00").await, Some(station.an));
    // Every night the plan is laid out anew, and he does not come back.
    station.centre.advance(HOUR * 96).await;
    assert_eq!(station.primary("2021-09-30T12:00").await, None);
    assert_eq!(station.primary("2021-09-27T12:00").await, Some(station.an), "who stood has stood");
}

#[tokio::test]
async fn hours_put_in_by_hand_end_with_the_post() {
    let centre = TestCentre::new().await;
    let unit = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Điều dưỡng").at(unit, Role::StationStaff).on_duty().create().await;
    let admin = centre.unit("TTDH").await;
    let admin = centre.staff("Quản trị").at(admin, Role::Administrator).create().await;
    let mut cx = centre.as_staff(admin).await;
    let post = staff::post_rows(&mut cx, nurse).await.unwrap().remove(0);
    rosters::end_post(&mut cx, post.id, TODAY).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    assert_eq!(rosters::on_duty(&mut cx, unit).await.unwrap().primary, Some(nurse));
    cx.rollback().await.unwrap();
    centre.advance(HOUR * 17).await;
    let mut cx = centre.system().await;
    assert!(rosters::on_duty(&mut cx, unit).await.unwrap().nobody());
}

#[tokio::test]
async fn who_stands_in_without_a_post_there_can_accept_for_his_hours() {
    let station = station().await;
    station.plan().await;
    let ward = station.centre.unit("TPHU").await;
    let clerk = station.centre.staff("Công chức nơi khác").at(ward, Role::WardLeader).create().await;
    let night = station.shift("2021-09-25T19:00").await;
    let mut cx = station.centre.as_staff(station.head).await;
    let hours = station.period("2021-09-25T20:00", "2021-09-26T02:00");
    rosters::cover(&mut cx, night, clerk, hours).await.unwrap();
    cx.commit().await.unwrap();

    let ticket = async || {
        let opened = station.centre.news(station.centre.unit("TPHONG").await, 1).await;
        opened.tickets[0]
    };
    station.centre.advance(HOUR * 12).await;
    let before = ticket().await;
    let mut cx = station.centre.as_staff(clerk).await;
    assert!(tickets::accept(&mut cx, before).await.is_err(), "his hours have not begun");
    cx.rollback().await.unwrap();
    station.centre.advance(HOUR).await;
    let his = ticket().await;
    let mut cx = station.centre.as_staff(clerk).await;
    assert!(staff::heard_units(&mut cx).await.unwrap().contains(&station.unit));
    tickets::accept(&mut cx, his).await.unwrap();
    // A leader elsewhere is no leader here, and reaches this unit alone.
    let here = cx.actor.grants.iter().find(|grant| grant.unit == station.unit).unwrap();
    assert_eq!((here.role, here.reach.len()), (Role::WardOfficial, 1));
    cx.commit().await.unwrap();
    station.centre.advance(HOUR * 6).await;
    let after = ticket().await;
    let mut cx = station.centre.as_staff(clerk).await;
    assert!(tickets::accept(&mut cx, after).await.is_err(), "his hours are over");
}

#[tokio::test]
async fn who_handles_no_tickets_cannot_stand() {
    let station = station().await;
    station.plan().await;
    let centre = station.centre.unit("TTDH").await;
    let auditor = station.centre.staff("Kiểm tra").at(centre, Role::Auditor).create().await;
    let nobody = station.centre.staff("Chưa có chức vụ").create().await;
    let night = station.shift("2021-09-25T19:00").await;
    let hours = station.period("2021-09-25T20:00", "2021-09-26T02:00");
    let refused = |done: Result<(), Error>| {
        assert!(matches!(done, Err(Error::Invalid { key: "error-roster-cannot-stand", .. })), "{done:?}");
    };
    for person in [auditor, nobody] {
        let mut cx = station.centre.as_staff(station.head).await;
        refused(rosters::cover(&mut cx, night, person, hours).await.map(|_| ()));
        let slot = Slot {
            weekday: Weekday::Monday,
            band: band("", "07:00", "19:00"),
            post: Post::Primary,
            staff: Some(person),
        };
        let plan = Pattern { unit: station.unit, from: TODAY, until: None, slots: vec![slot] };
        refused(rosters::set_plans(&mut cx, station.unit, TODAY, vec![Plan::Weekly(plan)]).await);
        let admin = station.centre.staff("Quản trị").at(centre, Role::Administrator).create().await;
        let mut cx = station.centre.as_staff(admin).await;
        refused(rosters::leave(&mut cx, station.an, TODAY, Some(person)).await);
    }
}

#[tokio::test]
async fn gaps_of_all_units_are_seen_by_who_watches_and_numbers_by_who_calls() {
    let station = station().await;
    station.plan().await;
    let from = station.at("2021-09-26T22:00");
    let mut cx = station.centre.as_staff(station.binh).await;
    rosters::absent(&mut cx, station.binh, AbsenceKind::Sick, from, Some(from + HOUR * 6)).await.unwrap();
    cx.commit().await.unwrap();
    let at = async |code: &str, role| {
        let unit = station.centre.unit(code).await;
        station.centre.staff("Người xem").at(unit, role).create().await
    };
    let open = rosters::OpenGap {
        unit: station.unit,
        post: Post::Primary,
        period: station.period("2021-09-26T22:00", "2021-09-27T04:00"),
        nobody: true,
    };
    for (code, role, sees, calls) in [
        ("TTDH", Role::CentreDirector, true, true),
        ("LDQ", Role::DistrictLeader, true, true),
        ("VP", Role::LeadersOffice, true, true),
        ("TTDH", Role::Auditor, true, false),
        ("TPHONG", Role::WardLeader, true, true),
        ("TPHU", Role::WardLeader, false, false),
        ("TPHU", Role::WardOfficial, false, false),
        ("TTDH", Role::Operator, false, true),
        ("TPHU.TYT", Role::StationStaff, false, false),
    ] {
        let who = at(code, role).await;
        let mut cx = station.centre.as_staff(who).await;
        let seen = rosters::gaps_watched(&mut cx).await.unwrap_or_default();
        assert_eq!(seen, if sees { vec![open] } else { vec![] }, "{code} {role}");
        assert_eq!(rosters::reads_phones(&mut cx, station.unit).await.unwrap(), calls, "{code} {role}");
        let form = rosters::month_form(&mut cx, station.unit, TODAY).await.unwrap();
        let printed = form.days.iter().flat_map(|day| day.cells.iter().flatten()).any(|e| e.phone.is_some());
        assert_eq!(printed, calls, "{code} {role}");
    }
}

#[tokio::test]
async fn the_head_is_written_to_when_a_gap_is_first_found() {
    let centre = TestCentre::new().await;
    let unit = centre.unit("TPHONG.TYT").await;
    let at = |name| centre.staff(name).at(unit, Role::StationStaff);
    let head = at("Phạm Thị Trưởng").email("truong@quan7.example").head().create().await;
    let (an, binh) = (at("Lê Thị An").create().await, at("Trần Hòa Bình").create().await);
    let station = Station { centre, unit, head, an, binh };
    station.plan().await;
    let written = async || {
        station.centre.seal().await;
        let reader = Reader::new(station.centre.store.clone(), vec![Arc::new(RosterGaps)]);
        while reader.read(station.centre.id()).await.unwrap() > 0 {}
        let mut cx = station.centre.system().await;
        let news: Vec<serde_json::Value> = sqlx::query_scalar(
            "select i.news from message_items i join messages m on m.tenant_id = i.tenant_id and m.id = i.message_id
             where m.staff_id = $1",
        )
        .bind(station.head.uuid())
        .fetch_all(cx.conn())
        .await
        .unwrap();
        news
    };
    assert_eq!(written().await.len(), 0);
    let from = station.at("2021-09-26T22:00");
    let mut cx = station.centre.as_staff(station.binh).await;
    rosters::absent(&mut cx, station.binh, AbsenceKind::Sick, from, None).await.unwrap();
    cx.commit().await.unwrap();
    let news = written().await;
    assert_eq!(news[0]["kind"], "roster_gap");
    assert_eq!(news[0]["unit"], unit.to_string());
    // The same gap a day later is no news.
    let first = news.len();
    station.centre.advance(HOUR * 3).await;
    assert_eq!(written().await.len(), first);
}

#[tokio::test]
async fn two_gaps_that_meet_are_two_and_can_be_worked_out_again() {
    let station = station().await;
    station.plan().await;
    let away = async |who, from: &str, until: &str| {
        let (from, until) = (station.at(from), station.at(until));
        let mut cx = station.centre.as_staff(station.head).await;
        rosters::absent(&mut cx, who, AbsenceKind::Sick, from, Some(until)).await.unwrap();
        cx.commit().await.unwrap();
    };
    // The night after the day first, then the day that ends where the night begins, then anything.
    away(station.binh, "2021-09-27T18:00", "2021-09-28T06:00").await;
    away(station.an, "2021-09-27T06:00", "2021-09-27T18:00").await;
    away(station.an, "2021-09-29T06:00", "2021-09-29T18:00").await;
    let mut cx = station.centre.system().await;
    let told: Vec<_> = rosters::gaps_watched(&mut cx).await.unwrap().iter().map(|gap| gap.period).collect();
    assert_eq!(
        told,
        [
            station.period("2021-09-27T06:00", "2021-09-27T18:00"),
            station.period("2021-09-27T18:00", "2021-09-28T06:00"),
            station.period("2021-09-29T06:00", "2021-09-29T18:00"),
        ]
    );
}

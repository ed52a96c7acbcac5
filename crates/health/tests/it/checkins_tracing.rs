//! What gates have scanned feeds the tracing of a case: where it was, who was there with it. And a wrong cut-off
//! costs no week that tracing needs.

use crate::checkins::{Gates, NewGate};
use health::{
    checkins::{self, Entered, Look, Spot, Stay, Taken, Together, stops, take_met, who_met},
    contacts::{self, Basis, State},
    gates::{By, Direction, Scan},
    people::{self, NewPerson},
    places::{self, NewVisit},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use kernel::{
    CaseId, Error, GateId, PersonId, PlaceId, Result, Role, StaffId, citizen_id::CitizenId, names::PersonName,
};
use store::events;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const WHY: &str = "F0 ở chợ sáng nay";
const NEIGHBOUR: &str = "079090000011";
const LATE: &str = "079090000022";

/// The nurse's F0, and the market at which he was.
struct Market {
    gates: Gates,
    place: PlaceId,
    gate: GateId,
    case: CaseId,
}

impl Market {
    async fn open() -> Self {
        let gates = Gates::open().await;
        let (place, gate) = gates.market_with_a_gate().await;
        let case = gates.day.record(&gates.day.form(1)).await.case;
        Self { gates, place, gate, case }
    }

    fn nurse(&self) -> StaffId {
        self.gates.day.nurse
    }

    /// Somebody of the ward whose citizen's number is on record.
    async fn resident(&self, name: &str, number: &str) -> PersonId {
        let new = NewPerson {
            name: PersonName::parse(name).unwrap(),
            birth: None,
            sex: None,
            citizen_id: Some(CitizenId::parse(number).unwrap()),
            phone: None,
            address: None,
            ward: Some(self.gates.day.ward),
            ward_guessed: false,
            quarter: None,
            import: None,
        };
        let mut cx = self.gates.day.centre.as_staff(self.nurse()).await;
        let person = people::enrol(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        person
    }

    /// A card that was read so many minutes ago.
    fn card(&self, number: &str, direction: Direction, ago: i32) -> Scan {
        let at = self.gates.now() - MINUTE * ago;
        Scan { number: Some(number.into()), direction, ..self.gates.card(self.gate, at) }
    }

    fn f0(&self, direction: Direction, ago: i32) -> Scan {
        self.card("079185012345", direction, ago)
    }

    fn look(&self, from: Timestamp, to: Timestamp) -> Look<'static> {
        Look { case: self.case, spot: Spot::Place(self.place), from, to, why: WHY }
    }

    /// The last three hours.
    fn lately(&self) -> Look<'static> {
        self.look(self.gates.now() - HOUR * 3, self.gates.now())
    }

    async fn take(&self, who: StaffId, look: &Look<'_>, persons: &[PersonId]) -> Result<Taken> {
        let mut cx = self.gates.day.centre.as_staff(who).await;
        let taken = take_met(&mut cx, look, persons).await?;
        cx.commit().await?;
        Ok(taken)
    }

    async fn told(&self, kind: &str) -> Vec<events::Recorded> {
        let mut cx = self.gates.day.centre.system().await;
        let told = events::of_object(&mut cx, self.case.uuid()).await.unwrap();
        told.into_iter().filter(|event| event.kind == kind).collect()
    }
}

#[tokio::test]
async fn who_was_at_the_market_with_an_f0_becomes_his_contact_and_stands_there_once() {
    let market = Market::open().await;
    let neighbour = market.resident("Lê Văn Gần", NEIGHBOUR).await;
    let late = market.resident("Đỗ Thị Muộn", LATE).await;
    let now = market.gates.now();
    let by_hand = Scan { by: By::Hand, number: None, ..market.gates.scan(market.gate, now - HOUR) };
    let scans = vec![
        market.f0(Direction::In, 120),
        market.f0(Direction::Out, 60),
        market.card(NEIGHBOUR, Direction::In, 90),
        market.card(NEIGHBOUR, Direction::Out, 30),
        market.card(LATE, Direction::In, 10),
        // Somebody else's pass, in and out.
        market.gates.scan(market.gate, now - HOUR * 2),
        market.gates.scan(market.gate, now - HOUR),
        by_hand,
    ];
    market.gates.put(scans).await.unwrap();

    let mut cx = market.gates.day.centre.as_staff(market.nurse()).await;
    assert_eq!(checkins::enter_visits(&mut cx, market.case, WHY).await.unwrap(), 1);
    let meeting = who_met(&mut cx, &market.lately()).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(meeting.stays, [Stay { came: Some(now - HOUR * 2), left: Some(now - HOUR) }]);
    let met: Vec<_> = meeting.people.iter().map(|one| (one.person.id, one.together, one.stands)).collect();
    assert_eq!(met, [(neighbour, Together::Exactly(30), None), (late, Together::Exactly(0), None)]);
    let first = &meeting.people[0];
    assert_eq!((first.came, first.left), (Some(now - MINUTE * 90), Some(now - MINUTE * 30)));
    // Whom nobody knows is counted, not guessed.
    assert_eq!((meeting.unknown, meeting.shared, meeting.unmarked), (1, 0, 1));
    let mut cx = market.gates.day.centre.system().await;
    let read = events::of_object(&mut cx, market.place.uuid()).await.unwrap();
    let read = read.iter().find(|event| event.kind == "place.checkins_read").unwrap();
    assert_eq!(read.data["case"], market.case.to_string());
    assert_eq!(read.payload.as_ref().unwrap()["reason"], WHY);
    drop(cx);

    let nobody = market.take(market.nurse(), &market.lately(), &[]).await;
    assert!(matches!(nobody, Err(Error::Invalid { field: "person", key: "error-choose" })));
    // Pressed twice, each stands there once, and is said to.
    let picked = [neighbour, late];
    let taken = market.take(market.nurse(), &market.lately(), &picked).await.unwrap();
    assert_eq!(taken, Taken { listed: 2, ..Taken::default() });
    let again = market.take(market.nurse(), &market.lately(), &picked).await.unwrap();
    assert_eq!(again, Taken { known: 2, ..Taken::default() });

    let traced = market.gates.day.traced(market.case).await;
    assert_eq!(traced.contacts.len(), 2);
    assert!(traced.begun_at.is_some());
    let contact = traced.contacts.iter().find(|one| one.person.id == neighbour).unwrap();
    assert_eq!((contact.basis, contact.state), (Basis::CheckIn, State::Listed));
    assert_eq!((contact.place, contact.exposed_to), (Some(market.place), date(2021, 9, 25)));
    let relation = contact.relation.as_deref().unwrap();
    assert!(relation.starts_with("Cổng chợ, vào 25/09/2021 05:35, ra 25/09/2021 06:35"), "{relation}");
    assert!(relation.ends_with("cùng F0 30 phút"), "{relation}");
    let told = market.told("contact.from_checkins").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].data["n"], 2);
    assert_eq!(told[0].payload.as_ref().unwrap()["why"], WHY);

    let mut cx = market.gates.day.centre.as_staff(market.nurse()).await;
    let meeting = who_met(&mut cx, &market.lately()).await.unwrap();
    assert!(meeting.people.iter().all(|one| one.stands == Some(State::Listed)));
    // Both wait in the list of those to reach.
    assert_eq!(contacts::to_reach(&mut cx, None, 0).await.unwrap().waiting, 2);
    // And the case stands among those to choose.
    let running = contacts::running(&mut cx, None).await.unwrap();
    assert_eq!(running.iter().map(|one| one.case).collect::<Vec<_>>(), [market.case]);
}

#[tokio::test]
async fn only_who_traces_the_case_and_reads_the_check_ins_puts_anybody_on_its_list() {
    let market = Market::open().await;
    let neighbour = market.resident("Lê Văn Gần", NEIGHBOUR).await;
    let early = market.gates.now() - DAY * 5;
    let scan = Scan { number: Some(NEIGHBOUR.into()), ..market.gates.card(market.gate, early) };
    market.gates.put(vec![market.card(NEIGHBOUR, Direction::In, 20), scan]).await.unwrap();
    let chair =
        market.gates.day.centre.staff("Chủ tịch").at(market.gates.day.ward, Role::WardLeader).create().await;
    // She reads check-ins and traces nobody; he records cases, of another ward.
    let refused = market.take(chair, &market.lately(), &[neighbour]).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let mut cx = market.gates.day.centre.as_staff(chair).await;
    assert!(contacts::running(&mut cx, Some(market.case)).await.unwrap().is_empty());
    assert!(matches!(stops(&mut cx, market.case, WHY).await, Err(Error::Forbidden(_))));
    drop(cx);
    let strange = market.take(market.gates.day.other_nurse, &market.lately(), &[neighbour]).await;
    assert!(matches!(strange, Err(Error::NotFound)));
    // Five days ago the case could infect nobody.
    let look = market.look(early - HOUR, early + HOUR);
    let taken = market.take(market.nurse(), &look, &[neighbour]).await.unwrap();
    assert_eq!(taken, Taken { early: 1, ..Taken::default() });
    assert!(market.gates.day.traced(market.case).await.contacts.is_empty());
    assert!(market.told("contact.from_checkins").await.is_empty());
}

#[tokio::test]
async fn where_an_f0_was_scanned_is_opened_for_a_reason_and_taken_over_once() {
    let market = Market::open().await;
    let bridge = market.gates.gate(NewGate { name: "Chốt cầu", ..NewGate::default() }).await;
    let far = market.gates.gate(NewGate { name: "Chốt phường bên", ..NewGate::default() }).await;
    let beside = market.gates.day.centre.unit("TQUY").await;
    let mut cx = market.gates.day.centre.system().await;
    sqlx::query("update gates set unit_id = $1 where id = $2")
        .bind(beside.uuid())
        .bind(far.uuid())
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    let now = market.gates.now();
    let scans = vec![
        market.f0(Direction::In, 120),
        market.f0(Direction::Out, 60),
        market.gates.card(bridge, now - DAY),
        market.gates.card(far, now - DAY * 2),
    ];
    market.gates.put(scans).await.unwrap();

    let mut cx = market.gates.day.centre.as_staff(market.nurse()).await;
    let nameless = stops(&mut cx, market.case, " ").await;
    assert!(matches!(nameless, Err(Error::Invalid { field: "why", .. })));
    let found = stops(&mut cx, market.case, WHY).await.unwrap();
    cx.commit().await.unwrap();
    let seen: Vec<_> =
        found.stops.iter().map(|stop| (stop.gate, stop.place, stop.scans, stop.entered)).collect();
    assert_eq!(seen, [(market.gate, Some(market.place), 2, Entered::Not), (bridge, None, 1, Entered::Not)]);
    assert_eq!((found.stops[0].first, found.stops[0].last), (now - HOUR * 2, now - HOUR));
    // The gate of the ward beside is counted, and is the director's to see.
    assert_eq!((found.elsewhere, found.from), (1, date(2021, 9, 10)));
    let told = market.told("case.checkins_read").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].payload.as_ref().unwrap()["why"], WHY);
    let mut cx = market.gates.day.centre.as_staff(market.gates.day.director).await;
    let all = stops(&mut cx, market.case, WHY).await.unwrap();
    assert_eq!((all.stops.len(), all.elsewhere), (3, 0));
    drop(cx);

    for entered in [1, 0] {
        let mut cx = market.gates.day.centre.as_staff(market.nurse()).await;
        assert_eq!(checkins::enter_visits(&mut cx, market.case, WHY).await.unwrap(), entered);
        cx.commit().await.unwrap();
    }
    let mut cx = market.gates.day.centre.as_staff(market.nurse()).await;
    let found = stops(&mut cx, market.case, WHY).await.unwrap();
    assert_eq!(found.stops.iter().map(|stop| stop.entered).collect::<Vec<_>>(), [Entered::Day, Entered::Not]);
    drop(cx);
    let mut cx = market.gates.day.centre.as_staff(market.gates.day.other_nurse).await;
    assert!(matches!(stops(&mut cx, market.case, WHY).await, Err(Error::NotFound)));
}

impl Market {
    /// What the patient has told of the market: on one day, or on none that he remembers.
    async fn tell(&self, role: places::Role, day: &str) {
        let told = NewVisit { role, told: places::Told::Case, from_on: day.into(), to_on: day.into() };
        let mut cx = self.gates.day.centre.as_staff(self.nurse()).await;
        assert!(places::visit(&mut cx, self.place, self.case, &told).await.unwrap());
        cx.commit().await.unwrap();
    }

    /// How the stops stand, the latest first.
    async fn entered(&self) -> Vec<Entered> {
        let mut cx = self.gates.day.centre.as_staff(self.nurse()).await;
        let found = stops(&mut cx, self.case, WHY).await.unwrap();
        found.stops.iter().map(|stop| stop.entered).collect()
    }

    async fn take_over(&self) -> usize {
        let mut cx = self.gates.day.centre.as_staff(self.nurse()).await;
        let entered = checkins::enter_visits(&mut cx, self.case, WHY).await.unwrap();
        cx.commit().await.unwrap();
        entered
    }

    /// The visits of the market, each by its role and the days from and to which it reaches.
    async fn visits(&self) -> Vec<(places::Role, Option<Date>, Option<Date>)> {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let day = |at: Option<Timestamp>| at.map(|at| at.to_zoned(zone.clone()).date());
        let mut cx = self.gates.day.centre.as_staff(self.nurse()).await;
        let visits = places::find(&mut cx, self.place).await.unwrap().visits;
        let mut visits: Vec<_> =
            visits.iter().map(|one| (one.role, day(one.from_at), day(one.to_at))).collect();
        visits.sort_by_key(|(role, ..)| role.as_str());
        visits
    }
}

#[tokio::test]
async fn a_place_that_is_on_record_of_another_day_gets_the_days_of_the_scans_too() {
    let market = Market::open().await;
    market.tell(places::Role::Visited, "13/9/2021").await;
    let five_days_ago = market.gates.now() - DAY * 5;
    market.gates.put(vec![market.gates.card(market.gate, five_days_ago)]).await.unwrap();
    assert_eq!(market.entered().await, [Entered::OtherDays]);
    assert_eq!((market.take_over().await, market.take_over().await), (1, 0));
    assert_eq!(market.entered().await, [Entered::Day]);
    let to = |day| [(places::Role::Visited, Some(date(2021, 9, 13)), Some(date(2021, 9, day)))];
    assert_eq!(market.visits().await, to(20));
    // What gates scan after that goes on from there.
    market.gates.put(vec![market.f0(Direction::In, 60)]).await.unwrap();
    assert_eq!(market.entered().await, [Entered::OtherDays, Entered::Day]);
    assert_eq!((market.take_over().await, market.take_over().await), (1, 0));
    assert_eq!(market.visits().await, to(25));
    let told = market.told("visit.widened").await;
    assert_eq!(told.len(), 2);
    assert_eq!(
        (told[0].data["from"].as_str(), told[0].data["to"].as_str()),
        (Some("2021-09-20"), Some("2021-09-20"))
    );
    assert_eq!(told[1].data["place"], market.place.to_string());
}

#[tokio::test]
async fn where_a_case_works_it_was_on_the_days_of_the_scans_as_well() {
    let market = Market::open().await;
    market.tell(places::Role::Works, "").await;
    market.gates.put(vec![market.f0(Direction::In, 60)]).await.unwrap();
    assert_eq!(market.entered().await, [Entered::OtherDays]);
    assert_eq!((market.take_over().await, market.take_over().await), (1, 0));
    assert_eq!(market.entered().await, [Entered::Day]);
    let today = Some(date(2021, 9, 25));
    assert_eq!(
        market.visits().await,
        [(places::Role::Visited, today, today), (places::Role::Works, None, None)]
    );
}

impl Gates {
    /// What a wrong cut-off drops.
    async fn drop_all(&self) -> i32 {
        let mut cell = self.day.centre.store.cell().await.unwrap();
        let dropped = sqlx::query_scalar("select vx_drop_checkin_weeks('2100-01-01')")
            .fetch_one(cell.conn())
            .await
            .unwrap();
        cell.commit().await.unwrap();
        dropped
    }
}

#[tokio::test]
async fn a_wrong_cut_off_drops_no_week_that_is_near_the_newest_scan_and_one_at_most() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ", ..NewGate::default() }).await;
    // Nothing is stored: nothing tells what is old.
    checkins::make_weeks(&gates.day.centre.store).await.unwrap();
    assert_eq!(gates.drop_all().await, 0);
    for week in 0..5 {
        if week > 0 {
            gates.day.centre.clock.advance(DAY * 7);
        }
        gates.put(vec![gates.scan(market, gates.now())]).await.unwrap();
    }
    let weeks = |days: &[&str]| days.iter().map(|day| format!("checkins_w{day}")).collect::<Vec<_>>();
    let all = ["20210920", "20210927", "20211004", "20211011", "20211018"];
    assert_eq!(gates.parts().await, weeks(&all));
    // The last two weeks before that of the newest scan stay, and one goes at a time.
    assert_eq!(gates.drop_all().await, 1);
    assert_eq!(gates.parts().await, weeks(&all[1..]));
    assert_eq!(gates.drop_all().await, 1);
    assert_eq!(gates.drop_all().await, 0);
    assert_eq!(gates.parts().await, weeks(&all[2..]));
    // What was made ahead is still there.
    checkins::make_weeks(&gates.day.centre.store).await.unwrap();
    assert_eq!(gates.drop_all().await, 0);
    assert_eq!(checkins::make_weeks(&gates.day.centre.store).await.unwrap(), 0);
}

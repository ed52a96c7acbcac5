//! A market and a port scan passes; what they scanned is counted, told, looked up and forgotten.

use crate::{day::Day, passes::Network};
use duty::{
    messages::Texts,
    organisations::{self, Contact, Described, OrganisationKind},
    tickets,
};
use health::{
    cards::Colour,
    cases::{Classification, NewCase},
    checkins::{self, AlertKind, Fold, Intake, Receipt, Refused, Spot, who_was_at},
    gates::{By, Direction, Scan},
    passes,
    places::{self, Kind, NewPlace},
};
use jiff::{SignedDuration, Timestamp, civil::date};
use kernel::{Error, GateId, IdMaker, OrganisationId, PlaceId, Result, Role, StaffId};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use store::{events, outbox::Courier};
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const MARKET: (f64, f64) = (10.7296, 106.7055);
const PORT: (f64, f64) = (10.7610, 106.7470);

/// A district whose gates scan.
pub struct Gates {
    pub day: Day,
    pub intake: Intake,
    pub writer: JoinHandle<()>,
    _stop: watch::Sender<bool>,
}

/// What stands where.
#[derive(Default)]
pub struct NewGate {
    pub name: &'static str,
    pub organisation: Option<OrganisationId>,
    pub place: Option<PlaceId>,
    pub point: Option<(f64, f64)>,
    pub capacity: Option<i32>,
}

impl Gates {
    pub async fn open() -> Self {
        let day = Day::begin().await;
        let intake = Intake::new(day.centre.store.clone());
        let (stop, stopping) = watch::channel(false);
        let writer = tokio::spawn(intake.clone().run(stopping));
        Self { day, intake, writer, _stop: stop }
    }

    pub fn now(&self) -> Timestamp {
        self.day.centre.clock.now()
    }

    /// A gate as whoever keeps gates would write it.
    pub async fn gate(&self, new: NewGate) -> GateId {
        let mut cx = self.day.centre.system().await;
        let id = cx.id::<GateId>();
        sqlx::query(
            "insert into gates (tenant_id, id, name, search, kind, place_id, organisation_id, unit_id, lat, lon, capacity,
                                role, poster, active_from, made_at)
             values ($1, $2, $3, lower($3), 'market', $4, $5, $6, $7, $8, $9, 'visitor', $2::text, '2021-09-01', now())",
        )
        .bind(cx.tenant().uuid())
        .bind(id.uuid())
        .bind(new.name)
        .bind(new.place.map(PlaceId::uuid))
        .bind(new.organisation.map(OrganisationId::uuid))
        .bind(self.day.ward.uuid())
        .bind(new.point.map(|point| point.0))
        .bind(new.point.map(|point| point.1))
        .bind(new.capacity)
        .execute(cx.conn())
        .await
        .unwrap();
        cx.commit().await.unwrap();
        id
    }

    /// A scan made at `at` by a device whose clock is right.
    pub fn scan(&self, gate: GateId, at: Timestamp) -> Scan {
        Scan {
            // A device's own: a key of yesterday may be made after one of today.
            key: IdMaker::default().next(at, self.day.centre.store.rng()),
            at,
            from_future: false,
            gate,
            direction: Direction::In,
            by: By::Pass,
            number: Some("0102030405060708".into()),
            colour: Colour::Green,
            reasons: vec!["gate-has-doses".into()],
            rules: Some("pass.cards/3".into()),
            picked_of: None,
        }
    }

    fn red(&self, gate: GateId, at: Timestamp, reason: &str) -> Scan {
        Scan { colour: Colour::Red, reasons: vec![reason.into()], ..self.scan(gate, at) }
    }

    pub async fn put(&self, scans: Vec<Scan>) -> Result<Receipt> {
        self.intake.put(self.day.centre.id(), None, scans).await
    }

    pub async fn fold(&self) -> usize {
        self.fold_by(&Fold::new(self.day.centre.store.clone())).await
    }

    async fn fold_by(&self, fold: &Fold) -> usize {
        let mut folded = 0;
        loop {
            match fold.fold(self.day.centre.id()).await.unwrap() {
                0 => return folded,
                n => folded += n,
            }
        }
    }

    pub async fn kept(&self) -> i64 {
        self.day.count("checkins").await
    }

    /// A superuser's connection, which sees every part.
    pub async fn admin(&self) -> PgConnection {
        PgConnection::connect(self.day.centre.database.url()).await.unwrap()
    }

    pub async fn parts(&self) -> Vec<String> {
        let mut admin = self.admin().await;
        sqlx::query_scalar("select distinct tableoid::regclass::text from checkins order by 1")
            .fetch_all(&mut admin)
            .await
            .unwrap()
    }

    async fn alerts(&self) -> Vec<(AlertKind, GateId)> {
        let mut cx = self.day.centre.system().await;
        let alerts = checkins::alerts_of(&mut cx, None, self.now() - DAY).await.unwrap();
        alerts.into_iter().map(|alert| (alert.kind, alert.gate)).collect()
    }
}

#[tokio::test]
async fn the_same_scan_sent_five_times_is_one_and_is_named_each_time() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ Tân Phong", ..NewGate::default() }).await;
    let scan = gates.scan(market, gates.now());
    for _ in 0..5 {
        let receipt = gates.put(vec![scan.clone(), scan.clone()]).await.unwrap();
        assert_eq!((receipt.keys, receipt.refused), (vec![scan.key, scan.key], vec![]));
        assert_eq!(receipt.inside[&market], 1);
    }
    assert_eq!((gates.kept().await, gates.fold().await), (1, 1));
    // A key that is known changes nothing.
    let other = Scan { colour: Colour::Red, ..scan };
    assert_eq!(gates.put(vec![other.clone()]).await.unwrap().keys, [other.key]);
    assert_eq!((gates.kept().await, gates.fold().await), (1, 0));
}

#[tokio::test]
async fn what_was_scanned_without_a_network_lands_in_its_week_and_what_nobody_may_keep_is_refused_in_words() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ Tân Phong", ..NewGate::default() }).await;
    // Saturday, Friday, and the Sunday before.
    let now = gates.now();
    let good = [gates.scan(market, now), gates.scan(market, now - DAY), gates.scan(market, now - DAY * 6)];
    let old = gates.scan(market, now - DAY * 29);
    let ahead = gates.scan(market, now + DAY * 3);
    // A clock that is a day ahead: kept, at the time when it was received.
    let fast = gates.scan(market, now + DAY);
    let scans = good.iter().chain([&old, &ahead, &fast]).cloned().collect();
    let receipt = gates.put(scans).await.unwrap();
    assert_eq!(receipt.keys.len(), 4);
    let refused = |key, why| Refused { key, why };
    assert_eq!(
        receipt.refused,
        [refused(old.key, "error-checkin-forgotten"), refused(ahead.key, "error-checkin-future")]
    );
    // Waiting saves the one that is to come, and it alone: its device keeps it.
    assert_eq!(receipt.refused.iter().map(|one| one.is_final()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(gates.parts().await, ["checkins_w20210913", "checkins_w20210920"]);
    let mut cx = gates.day.centre.system().await;
    let (at, doubted): (jiff_sqlx::Timestamp, bool) =
        sqlx::query_as("select at, doubted from checkins where id = $1")
            .bind(fast.key)
            .fetch_one(cx.conn())
            .await
            .unwrap();
    assert_eq!((at.to_jiff(), doubted), (now, true));
    // Fifty at once and no more.
    let many = (0..51).map(|_| gates.scan(market, now)).collect();
    assert!(matches!(gates.put(many).await, Err(Error::Invalid { key: "error-checkin-too-many", .. })));
}

#[tokio::test]
async fn a_part_is_nobodys_to_read_and_a_tenant_sees_its_own() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ Tân Phong", ..NewGate::default() }).await;
    gates.put(vec![gates.scan(market, gates.now())]).await.unwrap();
    let other = gates.day.centre.add_tenant("tan-hung").await;
    let mut cx = gates.day.centre.store.begin(other.id, kernel::Actor::system("test")).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from checkins").fetch_one(cx.conn()).await.unwrap();
    assert_eq!(seen, 0);
    for act in ["select count(*) from checkins_w20210920", "drop table checkins_w20210920"] {
        let mut cx = gates.day.centre.system().await;
        let refused = sqlx::query(AssertSqlSafe(act)).execute(cx.conn()).await;
        assert!(refused.is_err(), "{act}");
    }
}

#[tokio::test]
async fn those_inside_are_counted_in_order_of_time_and_never_less_than_nobody() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ Tân Phong", ..NewGate::default() }).await;
    let now = gates.now();
    let out = |at| Scan { direction: Direction::Out, ..gates.scan(market, at) };
    let first = vec![out(now - MINUTE * 9), gates.scan(market, now - MINUTE * 5)];
    assert_eq!(gates.put(first).await.unwrap().inside[&market], 1);
    let turned_away = gates.red(market, now - MINUTE * 4, "gate-lacks-doses");
    let second = vec![turned_away, gates.scan(market, now - MINUTE * 3)];
    assert_eq!(gates.put(second).await.unwrap().inside[&market], 2);
    // Two leave before anybody came: told late, they take nobody away.
    gates.put(vec![out(now - MINUTE * 8), out(now - MINUTE * 7)]).await.unwrap();
    // Once they have been looked at, and once the writer has read anew.
    gates.fold().await;
    let mut cx = gates.day.centre.system().await;
    assert_eq!(checkins::counted(&mut cx, &[market]).await.unwrap()[&market], 2);
    cx.rollback().await.unwrap();
    gates.day.centre.clock.advance(MINUTE);
    let receipt = gates.put(vec![out(gates.now())]).await.unwrap();
    assert_eq!(receipt.inside[&market], 1);
    gates.fold().await;
    let mut cx = gates.day.centre.system().await;
    let stands: i32 = sqlx::query_scalar("select inside from checkin_gates where gate_id = $1")
        .bind(market.uuid())
        .fetch_one(cx.conn())
        .await
        .unwrap();
    assert_eq!(stands, 1);
    // The next day begins empty.
    gates.day.centre.clock.advance(DAY);
    assert_eq!(gates.put(vec![gates.scan(market, gates.now())]).await.unwrap().inside[&market], 1);
}

#[tokio::test]
async fn after_the_days_of_the_rule_scans_are_gone_and_the_counts_stay() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ Tân Phong", ..NewGate::default() }).await;
    let begun = gates.now();
    gates.put(vec![gates.scan(market, begun - DAY * 6), gates.scan(market, begun)]).await.unwrap();
    gates.fold().await;
    let store = &gates.day.centre.store;
    assert!(checkins::make_weeks(store).await.unwrap() > 0);
    assert_eq!(checkins::make_weeks(store).await.unwrap(), 0);
    // The older one's week is over, and goes with it; the gate scans on.
    gates.day.centre.clock.advance(DAY * 23);
    gates.put(vec![gates.scan(market, gates.now())]).await.unwrap();
    gates.fold().await;
    let purged = checkins::purge(store).await.unwrap();
    assert_eq!((purged.weeks, purged.rows), (1, 0));
    assert_eq!(gates.kept().await, 2);
    // The newer one's week is not; the row goes when its time has come.
    gates.day.centre.clock.advance(DAY * 4);
    assert_eq!(checkins::purge(store).await.unwrap(), checkins::Purged::default());
    gates.day.centre.clock.advance(DAY + HOUR);
    let purged = checkins::purge(store).await.unwrap();
    assert_eq!((purged.weeks, purged.rows, gates.kept().await), (0, 1, 1));
    // Whoever sends it again is told that it is too late.
    let late = gates.put(vec![gates.scan(market, begun)]).await.unwrap();
    assert_eq!(late.refused[0].why, "error-checkin-forgotten");
    let mut cx = gates.day.centre.system().await;
    let colours = checkins::by_colour(&mut cx, begun - DAY * 7, begun + DAY).await.unwrap();
    assert_eq!(colours.green, 2);
}

impl Gates {
    /// A place with a gate, and an F0's identity card read there.
    pub async fn market_with_a_gate(&self) -> (PlaceId, GateId) {
        let new = NewPlace {
            name: "Chợ Tân Phong".into(),
            kind: Some(Kind::Market),
            ward: Some(self.day.ward),
            ..NewPlace::default()
        };
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        let (place, _) = places::record(&mut cx, &new).await.unwrap();
        cx.commit().await.unwrap();
        let gate = self.gate(NewGate { name: "Cổng chợ", place: Some(place), ..NewGate::default() }).await;
        (place, gate)
    }

    pub fn card(&self, gate: GateId, at: Timestamp) -> Scan {
        Scan { by: By::Identity, number: Some("079185012345".into()), ..self.scan(gate, at) }
    }
}

#[tokio::test]
async fn who_was_at_the_market_is_read_for_a_reason_and_the_reading_is_on_record() {
    let gates = Gates::open().await;
    let (place, gate) = gates.market_with_a_gate().await;
    let case = gates.day.record(&gates.day.form(1)).await.case;
    let now = gates.now();
    gates.put(vec![gates.card(gate, now - HOUR), gates.scan(gate, now - HOUR * 3)]).await.unwrap();
    // No citizen's number is kept.
    let everything: String = {
        let mut admin = gates.admin().await;
        sqlx::query_scalar("select string_agg(c::text, '') from checkins c")
            .fetch_one(&mut admin)
            .await
            .unwrap()
    };
    assert!(!everything.contains("079185012345") && !everything.contains(&"3037393138".to_owned()));

    let (from, to) = (now - HOUR * 2, now);
    let mut cx = gates.day.centre.as_staff(gates.day.nurse).await;
    let nameless = who_was_at(&mut cx, Spot::Place(place), from, to, " ").await;
    assert!(matches!(nameless, Err(Error::Invalid { field: "why", .. })));
    let backwards = who_was_at(&mut cx, Spot::Gate(gate), to, from, "F0 ở chợ").await;
    assert!(matches!(backwards, Err(Error::Invalid { field: "to", .. })));
    let seen = who_was_at(&mut cx, Spot::Place(place), from, to, "F0 ở chợ sáng nay").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(seen.len(), 1);
    let person = seen[0].person.as_ref().unwrap();
    assert_eq!((person.full_name.as_str(), seen[0].gate_name.as_str()), ("Trần Thị Bích", "Cổng chợ"));
    let mut cx = gates.day.centre.system().await;
    let told = events::of_object(&mut cx, place.uuid()).await.unwrap();
    let read = told.iter().find(|event| event.kind == "place.checkins_read").unwrap();
    assert_eq!(read.actor_id, Some(gates.day.nurse.uuid()));
    assert_eq!(read.data["n"], 1);
    assert_eq!(read.payload.as_ref().unwrap()["reason"], "F0 ở chợ sáng nay");
    drop(cx);
    // Another ward's nurse is told that there is no such gate.
    let mut cx = gates.day.centre.as_staff(gates.day.other_nurse).await;
    assert!(matches!(who_was_at(&mut cx, Spot::Gate(gate), from, to, "tò mò").await, Err(Error::NotFound)));
    drop(cx);

    // Where the case was becomes a visit, once.
    for entered in [1, 0] {
        let mut cx = gates.day.centre.as_staff(gates.day.nurse).await;
        assert_eq!(checkins::enter_visits(&mut cx, case, "Truy vết").await.unwrap(), entered);
        cx.commit().await.unwrap();
    }
    let mut cx = gates.day.centre.system().await;
    let told: String =
        sqlx::query_scalar("select told from place_visits").fetch_one(cx.conn()).await.unwrap();
    assert_eq!(told, "checkin");
}

#[tokio::test]
async fn a_list_leaves_the_house_only_when_a_second_person_agrees() {
    let gates = Gates::open().await;
    let (_, gate) = gates.market_with_a_gate().await;
    gates.day.record(&gates.day.form(1)).await;
    let now = gates.now();
    gates.put(vec![gates.card(gate, now - HOUR)]).await.unwrap();
    let (nurse, director) = (gates.day.nurse, gates.day.director);
    let ask = async |who: StaffId| {
        let mut cx = gates.day.centre.as_staff(who).await;
        let id =
            checkins::ask(&mut cx, Spot::Gate(gate), now - HOUR * 2, now, "Công an đề nghị").await.unwrap();
        cx.commit().await.unwrap();
        id
    };
    let file = async |who: StaffId, id: Uuid| {
        let mut cx = gates.day.centre.as_staff(who).await;
        let made = checkins::file(&mut cx, id).await;
        cx.commit().await.unwrap();
        made
    };
    let id = ask(nurse).await;
    assert!(matches!(file(nurse, id).await, Err(Error::Conflict("error-checkin-export-waits"))));
    // Not by the one who asked, whatever his powers.
    let own = ask(director).await;
    let mut cx = gates.day.centre.as_staff(director).await;
    assert!(matches!(checkins::approve(&mut cx, own).await, Err(Error::Forbidden(_))));
    let waiting = checkins::to_decide(&mut cx).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    assert_eq!(waiting[0].why, "Công an đề nghị");
    checkins::approve(&mut cx, id).await.unwrap();
    cx.commit().await.unwrap();
    let made = file(nurse, id).await.unwrap();
    let text = String::from_utf8(made.bytes).unwrap();
    assert!(text.contains("Trần Thị Bích") && text.contains("Cổng chợ"), "{text}");
    assert!(matches!(file(director, id).await, Err(Error::NotFound)));
    // Decided once, and open for a day.
    let mut cx = gates.day.centre.as_staff(director).await;
    let again = checkins::refuse(&mut cx, id, "nhầm").await;
    assert!(matches!(again, Err(Error::Conflict("error-checkin-export-decided"))));
    drop(cx);
    gates.day.centre.clock.advance(DAY + MINUTE);
    assert!(matches!(file(nurse, id).await, Err(Error::Conflict("error-checkin-export-over"))));
    let mut cx = gates.day.centre.system().await;
    let told: Vec<String> =
        events::of_object(&mut cx, id).await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(told, ["checkin_export.asked", "checkin_export.approved", "checkin_export.made"]);
}

impl Gates {
    async fn shop(&self) -> OrganisationId {
        self.shop_with(None).await
    }

    /// With this telephone on record.
    async fn shop_with(&self, phone: Option<&str>) -> OrganisationId {
        let mut cx = self.day.centre.system().await;
        let shop = Described {
            code: None,
            kind: OrganisationKind::Business,
            name: "Siêu thị Cảng".into(),
            search: "sieu thi cang".into(),
            ward: Some(self.day.ward),
            address: None,
            contact: Contact { phone: phone.map(str::to_owned), ..Contact::default() },
            active_from: date(2021, 1, 1),
            active_until: None,
        };
        let id = organisations::create(&mut cx, &shop).await.unwrap();
        cx.commit().await.unwrap();
        id
    }
}

#[tokio::test]
async fn what_is_unusual_is_told_once_to_whoever_runs_the_gate() {
    let gates = Gates::open().await;
    let shop = gates.shop().await;
    let market = gates
        .gate(NewGate { name: "Chợ", point: Some(MARKET), capacity: Some(2), ..NewGate::default() })
        .await;
    let port = gates
        .gate(NewGate {
            name: "Siêu thị", organisation: Some(shop), point: Some(PORT), ..NewGate::default()
        })
        .await;
    let now = gates.now();
    let numbered = |number: &str, scan: Scan| Scan { number: Some(number.into()), ..scan };
    let revoked = |at| numbered("aaaaaaaaaaaaaaaa", gates.red(port, at, "gate-revoked"));
    // A revoked pass is tried at the shop again and again.
    gates.put(vec![revoked(now - MINUTE * 30), revoked(now - MINUTE * 20)]).await.unwrap();
    gates.fold().await;
    gates.put(vec![revoked(now - MINUTE * 10)]).await.unwrap();
    gates.fold().await;
    assert_eq!(gates.alerts().await, [(AlertKind::Revoked, port)]);
    // The shop is told, and answers.
    let mut cx = gates.day.centre.system().await;
    let alert = checkins::alerts_of(&mut cx, Some(&[port]), now - DAY).await.unwrap().remove(0);
    let (ticket, _) = tickets::ticket(&mut cx, alert.ticket).await.unwrap();
    assert_eq!((ticket.organisation, ticket.kind.as_str()), (Some(shop), checkins::ALERT));
    assert_eq!(ticket.ladder.code, "gate_alert");
    assert!(ticket.task["vi"].as_str().unwrap().contains("Siêu thị"));
    drop(cx);

    // One pass at two ends of the district within four minutes, told late and in the wrong order.
    let two = "bbbbbbbbbbbbbbbb";
    gates.put(vec![numbered(two, gates.scan(port, now - MINUTE))]).await.unwrap();
    gates.fold().await;
    gates.put(vec![numbered(two, gates.scan(market, now - MINUTE * 5))]).await.unwrap();
    gates.fold().await;
    assert_eq!(gates.alerts().await, [(AlertKind::TwoGates, port), (AlertKind::Revoked, port)]);
    // Somebody else takes his time.
    let slow = "cccccccccccccccc";
    let way = [gates.scan(market, now - MINUTE * 25), gates.scan(port, now - MINUTE * 10)];
    gates.put(way.map(|scan| numbered(slow, scan)).to_vec()).await.unwrap();
    gates.fold().await;
    assert_eq!(gates.alerts().await.len(), 2);

    // Three in a place for two: the ward is told, once an hour.
    let third = numbered("dddddddddddddddd", gates.scan(market, now));
    gates.put(vec![third]).await.unwrap();
    gates.fold().await;
    gates.put(vec![numbered("eeeeeeeeeeeeeeee", gates.scan(market, now))]).await.unwrap();
    gates.fold().await;
    let told = gates.alerts().await;
    assert_eq!(told[0], (AlertKind::OverLimit, market));
    assert_eq!(told.len(), 3);
    let mut cx = gates.day.centre.system().await;
    let alert = checkins::alerts_of(&mut cx, Some(&[market]), now - DAY).await.unwrap().remove(0);
    let (ticket, _) = tickets::ticket(&mut cx, alert.ticket).await.unwrap();
    assert_eq!((ticket.unit, alert.inside), (Some(gates.day.ward), Some(3)));
}

#[tokio::test]
async fn a_pass_its_digits_and_its_holders_card_are_one_at_two_gates() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ", point: Some(MARKET), ..NewGate::default() }).await;
    let port = gates.gate(NewGate { name: "Cảng", point: Some(PORT), ..NewGate::default() }).await;
    let suspected = NewCase { classification: Classification::Suspected, ..gates.day.form(1) };
    let person = gates.day.record(&suspected).await.person;
    let mut cx = gates.day.centre.system().await;
    let held = passes::hold(&mut cx, person).await.unwrap();
    let code = passes::own_code(&mut cx, held.pass).await.unwrap().to_string();
    let number = passes::numbers(&mut cx, &[held.pass]).await.unwrap().remove(0);
    cx.commit().await.unwrap();
    let qr = format!("{:016x}", u64::from_be_bytes(number));
    let by_qr = |gate, at| Scan { number: Some(qr.clone()), ..gates.scan(gate, at) };
    let by_code = |gate, at| Scan { by: By::Code, number: Some(code.clone()), ..gates.scan(gate, at) };

    // The QR at the market, the digits at the port four minutes later; somebody else was at both in good time.
    let now = gates.now();
    gates.put(vec![by_qr(market, now - MINUTE * 5), gates.scan(market, now - MINUTE * 25)]).await.unwrap();
    gates.fold().await;
    assert!(gates.alerts().await.is_empty());
    gates.put(vec![by_code(port, now - MINUTE), gates.scan(port, now - MINUTE * 3)]).await.unwrap();
    gates.fold().await;
    assert_eq!(gates.alerts().await, [(AlertKind::TwoGates, port)]);
    // Whichever mark is read next within the hour, it is the same alert.
    gates.put(vec![gates.card(market, now)]).await.unwrap();
    gates.fold().await;
    assert_eq!(gates.alerts().await.len(), 1);

    // Later the card and the QR, looked at together: once.
    gates.day.centre.clock.advance(HOUR * 3);
    let now = gates.now();
    gates.put(vec![gates.card(port, now - MINUTE * 4), by_qr(market, now - MINUTE)]).await.unwrap();
    gates.fold().await;
    assert_eq!(gates.alerts().await, [(AlertKind::TwoGates, market), (AlertKind::TwoGates, port)]);
}

#[tokio::test]
async fn the_owner_is_told_of_his_alerts_by_text_once_an_hour_for_each_kind() {
    let gates = Gates::open().await;
    let shop = gates.shop_with(Some("+84900555123")).await;
    let port =
        gates.gate(NewGate { name: "Siêu thị Cảng", organisation: Some(shop), ..NewGate::default() }).await;
    let silent = gates.shop_with(None).await;
    let other =
        gates.gate(NewGate { name: "Tạp hóa", organisation: Some(silent), ..NewGate::default() }).await;
    let network = Arc::new(Network::default());
    let store = &gates.day.centre.store;
    let courier = Courier::new(store.clone(), Arc::new(Texts::new(Some(network.clone()))));
    let fold = Fold::new(store.clone()).texting("https://vx.example/");
    let tried = async |number: &str, gate, reason: &str| {
        let scan = Scan { number: Some(number.into()), ..gates.red(gate, gates.now(), reason) };
        gates.put(vec![scan]).await.unwrap();
        gates.fold_by(&fold).await;
        courier.deliver_due().await.unwrap();
        network.0.lock().unwrap().len()
    };
    assert_eq!(tried("aaaaaaaaaaaaaaaa", port, "gate-revoked").await, 1);
    // Another pass, another alert, another ticket; no other text of the kind within the hour.
    assert_eq!(tried("bbbbbbbbbbbbbbbb", port, "gate-revoked").await, 1);
    assert_eq!(tried("cccccccccccccccc", port, "gate-lacks-doses").await, 2);
    assert_eq!(tried("aaaaaaaaaaaaaaaa", other, "gate-revoked").await, 2, "no telephone on record");
    assert_eq!(gates.alerts().await.len(), 4);
    gates.day.centre.clock.advance(HOUR + MINUTE);
    assert_eq!(tried("dddddddddddddddd", port, "gate-revoked").await, 3);
    let texts = network.0.lock().unwrap().clone();
    for text in &texts {
        assert_eq!(text.number, "+84900555123");
        let link = format!("https://vx.example/quan7/v/{}/owner", port.uuid());
        assert!(text.words.contains("Siêu thị Cảng") && text.words.ends_with(&link), "{}", text.words);
    }
    assert!(texts[0].words.contains("thu hồi") && texts[1].words.contains("màu đỏ"));
}

#[tokio::test]
async fn the_board_knows_colours_refusals_minutes_and_silent_gates() {
    let gates = Gates::open().await;
    let market = gates.gate(NewGate { name: "Chợ", ..NewGate::default() }).await;
    let silent = gates.gate(NewGate { name: "Cảng", ..NewGate::default() }).await;
    let now = gates.now();
    let yellow = Scan { colour: Colour::Yellow, ..gates.scan(market, now - MINUTE) };
    let red = gates.red(market, now, "gate-lacks-doses");
    gates.put(vec![gates.scan(market, now), gates.scan(market, now - MINUTE), yellow, red]).await.unwrap();
    gates.fold().await;
    let staff = gates.day.centre.staff("Thư ký").at(gates.day.ward, Role::WardLeader).create().await;
    let mut cx = gates.day.centre.as_staff(staff).await;
    let (from, to) = (now - HOUR * 2, now + HOUR);
    let minutes = checkins::per_minute(&mut cx, from, to).await.unwrap();
    assert_eq!(minutes.iter().map(|minute| minute.n).collect::<Vec<_>>(), [2, 2]);
    let colours = checkins::by_colour(&mut cx, from, to).await.unwrap();
    assert_eq!((colours.green, colours.yellow, colours.red), (2, 1, 1));
    let refusals = checkins::refusals(&mut cx, from, to).await.unwrap();
    let refusals: Vec<_> = refusals.iter().map(|(reason, n)| (reason.key(), *n)).collect();
    assert_eq!(refusals, [("gate-lacks-doses", 1)]);
    let quiet = checkins::silent(&mut cx).await.unwrap();
    assert_eq!(quiet.iter().map(|one| (one.gate, one.last_at)).collect::<Vec<_>>(), [(silent, None)]);
    drop(cx);
    gates.day.centre.clock.advance(HOUR + MINUTE);
    let mut cx = gates.day.centre.as_staff(staff).await;
    assert_eq!(checkins::silent(&mut cx).await.unwrap().len(), 2);
}

//! A gate is set up, its telephones are enrolled and removed, and its owner shows who he is.

use duty::organisations::{self, Contact, Described, OrganisationKind};
use health::{
    checkins,
    gates::{self, Asked, Devices, Kind, NewGate, Role as Who, Setting, Zone},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, GateId, OrganisationId, Result, Role, SecretCode, StaffId, UnitId};
use testkit::TestCentre;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const PHONE: &str = "+84900555123";

struct Ward {
    centre: TestCentre,
    ward: UnitId,
    chair: StaffId,
    other_chair: StaffId,
}

impl Ward {
    async fn begin() -> Self {
        let centre = TestCentre::new().await;
        let (ward, other) = (centre.unit("TPHONG").await, centre.unit("TQUY").await);
        let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).create().await;
        let other_chair = centre.staff("Chủ tịch phường bên").at(other, Role::WardLeader).create().await;
        Self { centre, ward, chair, other_chair }
    }

    fn form(&self) -> NewGate {
        NewGate {
            name: "Quán cơm Tấm Thử".into(),
            kind: Some(Kind::Restaurant),
            unit: Some(self.ward),
            role: Some(Who::Visitor),
            capacity: "40".into(),
            ..NewGate::default()
        }
    }

    async fn make_as(&self, staff: StaffId, new: &NewGate) -> Result<GateId> {
        let mut cx = self.centre.as_staff(staff).await;
        let id = gates::make(&mut cx, new).await?;
        cx.commit().await?;
        Ok(id)
    }

    /// A telephone of the gate with its token.
    async fn enrol(&self, gate: GateId) -> gates::Enrolled {
        let mut cx = self.centre.as_staff(self.chair).await;
        let invite = gates::invite(&mut cx, gate).await.unwrap();
        cx.commit().await.unwrap();
        let mut cx = self.centre.system().await;
        let enrolled = gates::enrol(&mut cx, &invite.code.to_string(), "Máy cổng chính").await.unwrap();
        cx.commit().await.unwrap();
        enrolled
    }

    async fn remove(&self, enrolled: &gates::Enrolled) {
        let mut cx = self.centre.as_staff(self.chair).await;
        gates::remove(&mut cx, enrolled.device.id).await.unwrap();
        cx.commit().await.unwrap();
    }

    /// A shop with this telephone on record.
    async fn shop(&self, phone: Option<&str>) -> (OrganisationId, String) {
        let mut cx = self.centre.system().await;
        let new = Described {
            code: None,
            kind: OrganisationKind::Household,
            name: "Hộ Tấm Thử".into(),
            search: "ho tam thu".into(),
            ward: Some(self.ward),
            address: None,
            contact: Contact { phone: phone.map(str::to_owned), ..Contact::default() },
            active_from: date(2021, 1, 1),
            active_until: None,
        };
        let id = organisations::create(&mut cx, &new).await.unwrap();
        let code = organisations::seen(&mut cx, id).await.unwrap().code;
        cx.commit().await.unwrap();
        (id, code)
    }

    /// The words of the newest text, and how many there are.
    async fn texts(&self) -> (String, i64) {
        let mut cx = self.centre.system().await;
        let rows: Vec<(uuid::Uuid, Vec<u8>)> =
            sqlx::query_as("select id, words from texts order by created_at desc, id desc")
                .fetch_all(cx.conn())
                .await
                .unwrap();
        let newest = rows.first().map(|(id, words)| cx.open("texts", *id, "words", words).unwrap());
        (newest.unwrap_or_default(), rows.len() as i64)
    }

    async fn digits(&self) -> String {
        let (words, _) = self.texts().await;
        let digits: String = words.chars().skip_while(|c| !c.is_ascii_digit()).take(6).collect();
        assert!(digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()), "{words}");
        digits
    }

    /// Somebody who stands before the poster and holds nothing yet.
    async fn send(&self, gate: GateId, from: &str) -> String {
        self.send_again(gate, None, from).await
    }

    async fn send_again(&self, gate: GateId, held: Option<&str>, from: &str) -> String {
        let mut cx = self.centre.begin(Actor::public()).await;
        let gate = gates::at(&mut cx, gate).await.unwrap();
        let key = gates::send_code(&mut cx, &gate, held, from).await.unwrap();
        cx.commit().await.unwrap();
        key.to_string()
    }

    async fn prove(&self, gate: GateId, held: &str, digits: &str) -> Option<SecretCode> {
        let mut cx = self.centre.begin(Actor::public()).await;
        let gate = gates::at(&mut cx, gate).await.unwrap();
        let key = gates::prove(&mut cx, &gate, Some(held), digits).await.unwrap();
        cx.commit().await.unwrap();
        key
    }

    /// The gate of a shop with this telephone on record.
    async fn shops_gate(&self, phone: Option<&str>) -> GateId {
        let (_, code) = self.shop(phone).await;
        self.make_as(self.chair, &NewGate { organisation: code, ..self.form() }).await.unwrap()
    }
}

#[tokio::test]
async fn who_asked_for_a_code_is_forgotten_after_a_day_though_nobody_asks_again() {
    let ward = Ward::begin().await;
    let (shop, beside) = (ward.shops_gate(Some(PHONE)).await, ward.shops_gate(Some(PHONE)).await);
    let kept = async || -> i64 {
        let mut cx = ward.centre.system().await;
        sqlx::query_scalar("select count(*) from gate_owner_codes").fetch_one(cx.conn()).await.unwrap()
    };
    ward.send(shop, "192.0.2.1").await;
    ward.centre.clock.advance(MINUTE * 60 * 23);
    ward.send(beside, "192.0.2.1").await;
    checkins::purge(&ward.centre.store).await.unwrap();
    assert_eq!(kept().await, 2, "an address is counted for a day");
    ward.centre.clock.advance(MINUTE * 61);
    checkins::purge(&ward.centre.store).await.unwrap();
    assert_eq!(kept().await, 1);
}

/// Six digits that these are not.
fn wrong(digits: &str) -> &'static str {
    if digits == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_leader_sets_up_gates_of_his_ward_alone() {
    let ward = Ward::begin().await;
    let id = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let theirs = ward.make_as(ward.other_chair, &ward.form()).await;
    assert!(matches!(theirs, Err(Error::Invalid { field: "unit", .. })), "{theirs:?}");
    let unknown = ward.make_as(ward.chair, &NewGate { organisation: "TC-KHONG".into(), ..ward.form() }).await;
    assert!(matches!(unknown, Err(Error::Invalid { field: "organisation", .. })), "{unknown:?}");

    let mut cx = ward.centre.as_staff(ward.other_chair).await;
    assert!(matches!(gates::find(&mut cx, id).await, Err(Error::NotFound)));
    assert!(gates::list(&mut cx, &Asked::default()).await.unwrap().gates.is_empty());
    drop(cx);
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let one = gates::find(&mut cx, id).await.unwrap();
    assert!(one.edits && !one.silent && one.gate.capacity == Some(40) && one.gate.poster.len() == 8);
    let found = gates::list(&mut cx, &Asked { text: "tấm".into(), ..Asked::default() }).await.unwrap();
    assert_eq!(found.gates.iter().map(|listed| listed.gate.id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn an_invite_works_once_and_for_a_quarter_of_an_hour() {
    let ward = Ward::begin().await;
    let gate = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let (used, late) =
        (gates::invite(&mut cx, gate).await.unwrap(), gates::invite(&mut cx, gate).await.unwrap());
    cx.commit().await.unwrap();
    let enrol = async |code: &SecretCode, name: &str| {
        let mut cx = ward.centre.system().await;
        let enrolled = gates::enrol(&mut cx, &code.to_string().to_lowercase(), name).await?;
        cx.commit().await?;
        Ok::<_, Error>(enrolled)
    };
    assert!(matches!(enrol(&used.code, " ").await, Err(Error::Invalid { field: "name", .. })));
    let enrolled = enrol(&used.code, "Máy 1").await.unwrap();
    assert_eq!((enrolled.gate.id, enrolled.token.len()), (gate, 43));
    assert!(matches!(enrol(&used.code, "Máy 2").await, Err(Error::NotFound)), "a second time");
    ward.centre.clock.advance(MINUTE * 16);
    assert!(matches!(enrol(&late.code, "Máy 3").await, Err(Error::NotFound)), "too late");
    // Neither token nor invite lies in the database.
    let mut cx = ward.centre.system().await;
    let hash: Vec<u8> =
        sqlx::query_scalar("select token from gate_devices").fetch_one(cx.conn()).await.unwrap();
    assert!(hash.len() == 32 && !hash.windows(43).any(|part| part == enrolled.token.as_bytes()));
}

#[tokio::test]
async fn a_telephone_with_scans_of_another_gate_leaves_the_invite_as_it_was() {
    let ward = Ward::begin().await;
    let gate = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let before = ward.make_as(ward.chair, &NewGate { name: "Chợ Thử".into(), ..ward.form() }).await.unwrap();
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let code = gates::invite(&mut cx, gate).await.unwrap().code.to_string();
    cx.commit().await.unwrap();
    let enrol = async |waiting: &[GateId]| {
        let mut cx = ward.centre.system().await;
        let enrolled = gates::enrol_again(&mut cx, &code, "Máy 1", waiting).await?;
        cx.commit().await?;
        Ok::<_, Error>(enrolled)
    };
    let refused = enrol(&[before]).await;
    assert!(matches!(refused, Err(Error::Conflict("error-gate-scans-wait"))), "{refused:?}");
    let mut cx = ward.centre.as_staff(ward.chair).await;
    assert!(gates::find(&mut cx, gate).await.unwrap().devices.is_empty());
    drop(cx);
    // Nothing waits any more: its scans were given up, or the gate before has them.
    assert_eq!(enrol(&[]).await.unwrap().gate.id, gate);
    assert!(matches!(enrol(&[gate]).await, Err(Error::NotFound)), "a second time");
}

#[tokio::test]
async fn a_device_that_is_removed_is_unknown_at_its_next_request() {
    let ward = Ward::begin().await;
    let gate = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let (one, two) = (ward.enrol(gate).await, ward.enrol(gate).await);
    let (met, store, tenant) = (Devices::default(), &ward.centre.store, ward.centre.id());
    assert_eq!(met.of(store, tenant, &one.token).await.unwrap(), Some(one.device));
    assert_eq!(met.of(store, tenant, &two.token).await.unwrap(), Some(two.device));
    ward.remove(&one).await;
    assert_eq!(met.of(store, tenant, &one.token).await.unwrap(), None);
    assert_eq!(met.of(store, tenant, &two.token).await.unwrap(), Some(two.device));
    for wrong in ["", "nothing", &"A".repeat(43), &"Ư".repeat(43)] {
        assert_eq!(met.of(store, tenant, wrong).await.unwrap(), None, "{wrong}");
    }
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let again = gates::remove(&mut cx, one.device.id).await;
    assert!(matches!(again, Err(Error::Conflict("error-gate-device-removed"))));
    drop(cx);
    let mut cx = ward.centre.as_staff(ward.other_chair).await;
    assert!(matches!(gates::remove(&mut cx, two.device.id).await, Err(Error::NotFound)));
}

/// Where the notice of a removal does not arrive, it is found all the same.
#[tokio::test]
async fn a_removal_of_which_nobody_heard_holds_after_fifteen_seconds() {
    let ward = Ward::begin().await;
    let gate = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let (one, two) = (ward.enrol(gate).await, ward.enrol(gate).await);
    let (met, store, tenant) = (Devices::default(), &ward.centre.store, ward.centre.id());
    let known =
        async |enrolled: &gates::Enrolled| met.of(store, tenant, &enrolled.token).await.unwrap().is_some();
    assert!(known(&one).await && known(&two).await);
    let mut cx = ward.centre.system().await;
    sqlx::query("update gate_devices set revoked_at = now() where id = $1")
        .bind(one.device.id.uuid())
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    ward.centre.clock.advance(SignedDuration::from_secs(14));
    assert!(known(&one).await);
    ward.centre.clock.advance(SignedDuration::from_secs(1));
    assert!(!known(&one).await && known(&two).await);
}

#[tokio::test]
async fn an_hour_of_silence_and_a_wrong_clock_are_seen() {
    let ward = Ward::begin().await;
    let gate = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let enrolled = ward.enrol(gate).await;
    let (met, store, tenant) = (Devices::default(), &ward.centre.store, ward.centre.id());
    met.heard(store, tenant, enrolled.device, Some(-150_000)).await.unwrap();
    let numbers = async || gates::numbers(&mut ward.centre.as_staff(ward.chair).await).await.unwrap();
    let seen = numbers().await;
    assert_eq!((seen.gates, seen.silent, seen.clocks_off), (1, 0, 1));
    // The clock was put right: written at once, though it was written a moment ago.
    met.heard(store, tenant, enrolled.device, Some(20)).await.unwrap();
    assert_eq!(numbers().await.clocks_off, 0);
    ward.centre.clock.advance(MINUTE * 61);
    assert_eq!(numbers().await.silent, 1);
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let silent = gates::list(&mut cx, &Asked { silent: true, ..Asked::default() }).await.unwrap();
    assert!(silent.gates[0].silent && gates::find(&mut cx, gate).await.unwrap().silent);
    drop(cx);
    met.heard(store, tenant, enrolled.device, None).await.unwrap();
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let one = gates::find(&mut cx, gate).await.unwrap();
    assert_eq!((one.silent, one.devices[0].clock_add_ms), (false, Some(20)), "what it did not say stays");
}

#[tokio::test]
async fn zones_hold_from_their_day_on() {
    let ward = Ward::begin().await;
    let gate = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let (green, orange) = (Setting::read("green", "1").unwrap(), Setting::read("orange", "").unwrap());
    let mut cx = ward.centre.as_staff(ward.chair).await;
    gates::set_zone(&mut cx, gate, green, date(2021, 9, 25)).await.unwrap();
    gates::set_zone(&mut cx, gate, orange, date(2021, 9, 27)).await.unwrap();
    let past = gates::set_zone(&mut cx, gate, green, date(2021, 9, 24)).await;
    assert!(matches!(past, Err(Error::Invalid { field: "from", key: "error-gate-zone-past" })));
    cx.commit().await.unwrap();
    let now = async || gates::at(&mut ward.centre.system().await, gate).await.unwrap().setting;
    assert_eq!(now().await, green);
    ward.centre.clock.advance(MINUTE * 60 * 48);
    assert_eq!(now().await, Setting { zone: Some(Zone::Orange), level: None });
}

#[tokio::test]
async fn a_changed_poster_opens_nothing_and_a_gate_that_is_over_neither() {
    let ward = Ward::begin().await;
    let gate = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let old = gates::at(&mut cx, gate).await.unwrap().poster;
    let new = gates::new_poster(&mut cx, gate).await.unwrap();
    assert!(matches!(gates::of_poster(&mut cx, &old).await, Err(Error::NotFound)));
    assert_eq!(gates::of_poster(&mut cx, &new.to_lowercase()).await.unwrap().id, gate);
    gates::edit(
        &mut cx,
        gate,
        &NewGate { from: "1/9/2021".into(), until: "24/9/2021".into(), ..ward.form() },
    )
    .await
    .unwrap();
    assert!(matches!(gates::of_poster(&mut cx, &new).await, Err(Error::NotFound)));
    let late = gates::invite(&mut cx, gate).await;
    assert!(matches!(late, Err(Error::Conflict("error-gate-ended"))));
}

#[tokio::test]
async fn an_owner_enrols_his_own_telephone_and_removes_it() {
    let ward = Ward::begin().await;
    let gate = ward.shops_gate(Some(PHONE)).await;
    let officials = ward.enrol(gate).await;
    let owner = ward.send(gate, "home").await;
    let digits = ward.digits().await;
    let key = ward.prove(gate, &owner, &digits).await.unwrap();
    assert!(ward.prove(gate, &owner, &digits).await.is_none(), "digits work once");

    let mut cx = ward.centre.begin(Actor::public()).await;
    let at = gates::at(&mut cx, gate).await.unwrap();
    let owned = gates::owned(&mut cx, &at, &key.to_string()).await.unwrap();
    let invite = gates::owner_invite(&mut cx, owned.owner).await.unwrap();
    let own = gates::enrol(&mut cx, &invite.code.to_string(), "Máy của chủ quán").await.unwrap();
    let owned = gates::owned(&mut cx, &at, &key.to_string()).await.unwrap();
    assert_eq!(owned.devices.iter().filter(|device| device.by_owner).count(), 1);
    let not_his = gates::owner_remove(&mut cx, owned.owner, officials.device.id).await;
    assert!(matches!(not_his, Err(Error::NotFound)));
    gates::owner_remove(&mut cx, owned.owner, own.device.id).await.unwrap();
    assert!(matches!(gates::device(&mut cx, &own.token).await, Err(Error::NotFound)));
    assert_eq!(gates::device(&mut cx, &officials.token).await.unwrap(), officials.device);
    cx.commit().await.unwrap();

    ward.centre.clock.advance(MINUTE * 16);
    let mut cx = ward.centre.begin(Actor::public()).await;
    let over = gates::owned(&mut cx, &at, &key.to_string()).await;
    assert!(matches!(over, Err(Error::NotFound)), "the key has run out");
}

#[tokio::test]
async fn guessing_an_owners_code_ends_after_five_tries() {
    let ward = Ward::begin().await;
    let gate = ward.shops_gate(Some(PHONE)).await;
    let owner = ward.send(gate, "home").await;
    let digits = ward.digits().await;
    for _ in 0..5 {
        assert!(ward.prove(gate, &owner, wrong(&digits)).await.is_none());
    }
    assert!(ward.prove(gate, &owner, &digits).await.is_none(), "the right one comes too late");
    // His browser keeps what it holds, and the next code has tries of its own.
    assert_eq!(ward.send_again(gate, Some(&owner), "home").await, owner);
    ward.centre.clock.advance(MINUTE * 11);
    assert!(ward.prove(gate, &owner, &ward.digits().await).await.is_none(), "it has run out");
    assert_eq!(ward.texts().await.1, 2);
    // The unit sees that somebody has guessed.
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let tries = gates::owner_tries(&mut cx, gate).await.unwrap();
    assert_eq!((tries.sent, tries.wrong), (2, 5));
}

#[tokio::test]
async fn a_stranger_at_the_poster_neither_burns_nor_voids_the_owners_code() {
    let ward = Ward::begin().await;
    let gate = ward.shops_gate(Some(PHONE)).await;
    let owner = ward.send(gate, "home").await;
    let digits = ward.digits().await;
    // He who has asked for nothing guesses at nothing.
    let nobody = SecretCode::new(ward.centre.store.rng()).to_string();
    for _ in 0..20 {
        assert!(ward.prove(gate, &nobody, wrong(&digits)).await.is_none());
    }
    // He asks for a code of his own, and uses up the tries of that one; not even the owner's digits help him.
    ward.centre.clock.advance(MINUTE);
    let stranger = ward.send(gate, "street").await;
    assert_ne!(stranger, owner);
    let theirs = ward.digits().await;
    let guess = if theirs == digits { wrong(&digits) } else { &*digits };
    for _ in 0..20 {
        assert!(ward.prove(gate, &stranger, guess).await.is_none());
    }
    assert!(ward.prove(gate, &owner, &digits).await.is_some(), "the owner's waits beside it");
}

#[tokio::test]
async fn guesses_at_a_shop_are_bounded_and_one_address_does_not_take_all_turns() {
    let ward = Ward::begin().await;
    let gate = ward.shops_gate(Some(PHONE)).await;
    for sent in [1, 2, 2, 2] {
        // A browser that forgets what it holds stays at its address.
        ward.send(gate, "street").await;
        assert_eq!(ward.texts().await.1, sent, "two an hour from one address");
    }
    ward.centre.clock.advance(MINUTE);
    let owner = ward.send(gate, "home").await;
    let key = ward.prove(gate, &owner, &ward.digits().await).await;
    assert!(key.is_some(), "the owner's turn is still his");
    // Strangers everywhere: six an hour that nobody has proven, five tries each, and the owner's own code beside.
    let mut guesses = 0;
    for place in 0..20 {
        let stranger = ward.send(gate, &format!("street {place}")).await;
        for _ in 0..8 {
            assert!(ward.prove(gate, &stranger, "12").await.is_none());
            guesses += 1;
        }
    }
    assert_eq!((guesses, ward.texts().await.1), (160, 7));
    let mut cx = ward.centre.as_staff(ward.chair).await;
    let counted = gates::owner_tries(&mut cx, gate).await.unwrap().wrong;
    assert!(counted <= 30, "{counted} of a million in an hour");
    drop(cx);
    // In a day one address is sent six.
    for _ in 0..24 {
        ward.centre.clock.advance(MINUTE * 61);
        ward.send(gate, "alley").await;
    }
    assert_eq!(ward.texts().await.1, 7 + 6);
}

#[tokio::test]
async fn where_no_telephone_is_on_record_nothing_is_sent_and_nothing_is_told() {
    let ward = Ward::begin().await;
    let silent = ward.shops_gate(None).await;
    let nobodys = ward.make_as(ward.chair, &ward.form()).await.unwrap();
    for gate in [silent, nobodys] {
        let held = ward.send(gate, "home").await;
        assert_eq!(held.len(), 19, "a key as anywhere");
        assert!(ward.prove(gate, &held, "123456").await.is_none());
    }
    assert_eq!(ward.texts().await.1, 0);
}

#[tokio::test]
async fn a_key_ends_when_the_shop_passes_to_another() {
    let ward = Ward::begin().await;
    let gate = ward.shops_gate(Some(PHONE)).await;
    let owner = ward.send(gate, "home").await;
    let key = ward.prove(gate, &owner, &ward.digits().await).await.unwrap();
    let mut cx = ward.centre.as_staff(ward.chair).await;
    gates::edit(&mut cx, gate, &ward.form()).await.unwrap();
    let at = gates::at(&mut cx, gate).await.unwrap();
    assert!(matches!(gates::owned(&mut cx, &at, &key.to_string()).await, Err(Error::NotFound)));
}

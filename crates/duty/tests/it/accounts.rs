//! An official's way in, through the day, and out.

use crate::authenticator::Authenticator;
use duty::{
    accounts::{
        self, Acceptance, Attempt, Door, Language, NewDelegation, Offer, Second, Signed, SignedIn, Theme,
    },
    tickets,
};
use jiff::SignedDuration;
use kernel::{Error, Result, Role, StaffId};
use testkit::TestCentre;
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

pub const PASSWORD: &str = "bốn con vịt xòe";
pub const MINUTE: SignedDuration = SignedDuration::from_mins(1);
pub const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/92.0";
pub const REFUSED: &str = "error-sign-in";

/// A centre with a door, its administrator, and a nurse; both with authenticator apps.
pub struct House {
    pub centre: TestCentre,
    pub door: Door,
    pub admin: Person,
    pub nurse: Person,
}

pub struct Person {
    pub staff: StaffId,
    pub login: &'static str,
    app: Totp,
}

fn app(offered: &str) -> Totp {
    let secret = Secret::try_from_base32(offered.replace(' ', "")).unwrap();
    Builder::new().with_digits(6).with_step_duration(30).with_secret(secret).build_noncompliant()
}

pub fn key<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result.unwrap_err() {
        Error::Invalid { key, .. } | Error::Conflict(key) => key,
        Error::NotFound => "not-found",
        Error::Forbidden(_) => "forbidden",
        other => panic!("{other}"),
    }
}

pub async fn house() -> House {
    let centre = TestCentre::new().await;
    let door = testkit::door();
    let mut cx = centre.system().await;
    let link = accounts::first_administrator(&mut cx, "Quản Trị Một", "quantri").await.unwrap();
    cx.commit().await.unwrap();
    let (admin, signed) = accept(&centre, &door, &link, "quantri").await;
    let station = centre.unit("TPHONG.TYT").await;
    let nurse = centre.staff("Điều Dưỡng Thử").at(station, Role::StationStaff).on_duty().create().await;
    let mut cx = centre.as_staff(signed.staff).await;
    let link = accounts::invite(&mut cx, nurse, "dieuduong").await.unwrap();
    cx.commit().await.unwrap();
    let (nurse, _) = accept(&centre, &door, &link, "dieuduong").await;
    centre.advance(MINUTE).await;
    House { centre, door, admin, nurse }
}

pub async fn offer(centre: &TestCentre, link: &str) -> Result<Offer> {
    let mut cx = centre.begin(kernel::Actor::public()).await;
    let offer = accounts::offer(&mut cx, link).await?;
    cx.commit().await?;
    Ok(offer)
}

/// Opens the link, scans the code, sets the password.
pub async fn accept(centre: &TestCentre, door: &Door, link: &str, login: &'static str) -> (Person, SignedIn) {
    let app = app(&offer(centre, link).await.unwrap().totp.secret);
    let code = app.generate(centre.clock.now().as_second() as u64).to_string();
    let acceptance = Acceptance { password: PASSWORD, second: Second::Code(&code), agent: AGENT };
    let signed = accounts::accept(&centre.store, centre.id(), door, link, acceptance).await.unwrap();
    (Person { staff: signed.staff, login, app }, signed)
}

impl House {
    pub fn code(&self, person: &Person) -> String {
        person.app.generate(self.centre.clock.now().as_second() as u64).to_string()
    }

    pub async fn try_in(&self, login: &str, password: &str, code: &str) -> Result<SignedIn> {
        let source = Some("203.0.113.7".parse().unwrap());
        let attempt = Attempt { login, password, code, source, agent: AGENT };
        accounts::sign_in(&self.centre.store, self.centre.id(), &self.door, attempt).await
    }

    pub async fn sign_in(&self, person: &Person) -> SignedIn {
        self.try_in(person.login, PASSWORD, &self.code(person)).await.unwrap()
    }

    pub async fn who(&self, token: &str) -> Option<Signed> {
        accounts::authenticate(&self.centre.store, self.centre.id(), token).await.unwrap()
    }

    /// Signs in and is known by the token.
    pub async fn inside(&self, person: &Person) -> Signed {
        self.who(&self.sign_in(person).await.token).await.unwrap()
    }

    /// Kinds of the events of an account, in order, with the actor of each.
    pub async fn record(&self, account: impl Into<Uuid>) -> Vec<(String, Option<Uuid>)> {
        let mut cx = self.centre.system().await;
        let events = store::events::of_object(&mut cx, account.into()).await.unwrap();
        events.into_iter().map(|event| (event.kind, event.actor_id)).collect()
    }
}

#[tokio::test]
async fn whatever_is_wrong_is_answered_alike() {
    let house = house().await;
    let code = house.code(&house.nurse);
    for (login, password, code) in [
        ("dieuduong", "sai mật khẩu rồi", code.as_str()),
        ("dieuduong", PASSWORD, "000000"),
        ("dieuduong", PASSWORD, ""),
        ("khongcoai", PASSWORD, &code),
        ("không thể có", PASSWORD, &code),
        ("", "", ""),
        ("quantri", PASSWORD, &code),
    ] {
        assert_eq!(key(house.try_in(login, password, code).await), REFUSED, "{login}");
    }
    // Capital letters and spaces around are no matter.
    assert!(house.try_in(" DieuDuong ", PASSWORD, &code).await.is_ok());
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_for_fifteen_minutes() {
    let house = house().await;
    for _ in 0..5 {
        assert_eq!(
            key(house.try_in("dieuduong", "sai mật khẩu rồi", &house.code(&house.nurse)).await),
            REFUSED
        );
    }
    house.centre.advance(MINUTE * 14).await;
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &house.code(&house.nurse)).await), REFUSED);
    house.centre.advance(MINUTE).await;
    let signed = house.sign_in(&house.nurse).await;
    assert_eq!(signed.before.failures, 6);
    assert_eq!(signed.before.locked_at, Some(house.centre.clock.now() - MINUTE * 15));
    let inside = house.who(&signed.token).await.unwrap();
    assert_eq!(inside.before, signed.before);
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    accounts::seen(&mut cx, &inside).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(house.who(&signed.token).await.unwrap().before, accounts::Before::default());
    let kinds: Vec<_> = house.record(signed.account).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "account.failed").count(), 6);
    assert_eq!(kinds.iter().filter(|kind| *kind == "account.locked").count(), 1);
}

#[tokio::test]
async fn the_second_lock_is_twice_as_long_and_an_administrator_can_lift_it() {
    let house = house().await;
    for wait in [0, 15] {
        house.centre.advance(MINUTE * wait).await;
        for _ in 0..5 {
            house.try_in("dieuduong", "sai mật khẩu rồi", "").await.unwrap_err();
        }
    }
    house.centre.advance(MINUTE * 29).await;
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &house.code(&house.nurse)).await), REFUSED);
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let shown = accounts::list(&mut cx).await.unwrap();
    assert!(shown.iter().any(|line| line.staff == house.nurse.staff && line.locked_until.is_some()));
    accounts::unlock(&mut cx, house.nurse.staff).await.unwrap();
    cx.commit().await.unwrap();
    house.sign_in(&house.nurse).await;
}

#[tokio::test]
async fn twenty_guesses_at_once_are_not_judged_for_the_price_of_one() {
    let house = house().await;
    let guesses = (0..20).map(|n| {
        let (store, tenant, door) = (house.centre.store.clone(), house.centre.id(), house.door.clone());
        tokio::spawn(async move {
            let password = format!("đoán lần thứ {n} đây");
            let attempt =
                Attempt { login: "dieuduong", password: &password, code: "", source: None, agent: "" };
            accounts::sign_in(&store, tenant, &door, attempt).await.is_ok()
        })
    });
    for guess in guesses.collect::<Vec<_>>() {
        assert!(!guess.await.unwrap());
    }
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let list = accounts::list(&mut cx).await.unwrap();
    let nurse = list.iter().find(|line| line.staff == house.nurse.staff).unwrap();
    // One lock, not four: what came after the fifth was not judged.
    assert_eq!(nurse.locked_until, Some(house.centre.clock.now() + MINUTE * 15));
}

#[tokio::test]
async fn a_code_cannot_be_used_twice() {
    let house = house().await;
    let code = house.code(&house.nurse);
    house.try_in("dieuduong", PASSWORD, &code).await.unwrap();
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &code).await), REFUSED);
    house.centre.advance(SignedDuration::from_secs(30)).await;
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &code).await), REFUSED);
    house.sign_in(&house.nurse).await;
}

#[tokio::test]
async fn one_address_cannot_try_the_whole_staff_list() {
    let house = house().await;
    for n in 0..50 {
        assert_eq!(key(house.try_in(&format!("canbo{n}"), PASSWORD, "000000").await), REFUSED);
    }
    assert_eq!(key(house.try_in("canbo50", PASSWORD, "000000").await), "error-too-many-tries");
    assert_eq!(
        key(house.try_in("dieuduong", PASSWORD, &house.code(&house.nurse)).await),
        "error-too-many-tries"
    );
    house.centre.advance(MINUTE * 15).await;
    house.sign_in(&house.nurse).await;
}

#[tokio::test]
async fn a_morning_of_right_sign_ins_behind_one_address_is_not_slowed() {
    let house = house().await;
    for _ in 0..60 {
        house.centre.advance(SignedDuration::from_secs(30)).await;
        house.sign_in(&house.nurse).await;
    }
}

#[tokio::test]
async fn an_expired_session_is_nobody() {
    let house = house().await;
    let signed = house.sign_in(&house.nurse).await;
    house.centre.advance(MINUTE * (12 * 60 - 1)).await;
    assert!(house.who(&signed.token).await.is_some());
    // Used a minute ago: idle counts anew, the day does not.
    house.centre.advance(MINUTE * (12 * 60)).await;
    assert!(house.who(&signed.token).await.is_none());

    let signed = house.sign_in(&house.nurse).await;
    for _ in 0..3 {
        house.centre.advance(MINUTE * (7 * 60 + 59)).await;
        assert!(house.who(&signed.token).await.is_some());
    }
    house.centre.advance(MINUTE * 3).await;
    assert!(house.who(&signed.token).await.is_none());
    for token in ["", "x", &"A".repeat(43)] {
        assert!(house.who(token).await.is_none());
    }
}

#[tokio::test]
async fn another_tenants_session_is_nobody() {
    let house = house().await;
    let signed = house.sign_in(&house.nurse).await;
    let other = house.centre.add_tenant("tan-hung").await;
    assert!(accounts::authenticate(&house.centre.store, other.id, &signed.token).await.unwrap().is_none());
    let attempt = Attempt {
        login: "dieuduong",
        password: PASSWORD,
        code: &house.code(&house.nurse),
        source: None,
        agent: "",
    };
    assert_eq!(key(accounts::sign_in(&house.centre.store, other.id, &house.door, attempt).await), REFUSED);
}

#[tokio::test]
async fn a_session_carries_the_posts_of_today() {
    let house = house().await;
    let inside = house.inside(&house.nurse).await;
    let station = house.centre.unit("TPHONG.TYT").await;
    assert!(inside.actor.has_over(Role::StationStaff, station));
    assert_eq!(inside.actor, house.centre.as_staff(house.nurse.staff).await.actor);
    assert!(inside.csrf.matches(&inside.csrf.token(house.centre.store.rng())));
    let other = house.inside(&house.admin).await;
    assert!(!inside.csrf.matches(&other.csrf.token(house.centre.store.rng())));
}

#[tokio::test]
async fn a_person_sees_and_ends_his_sessions() {
    let house = house().await;
    let here = house.inside(&house.nurse).await;
    house.centre.advance(MINUTE).await;
    let there = house.sign_in(&house.nurse).await;
    let mut cx = house.centre.begin(here.actor.clone()).await;
    let open = accounts::open_sessions(&mut cx, &here).await.unwrap();
    // With the one that began when the invitation was used.
    assert_eq!(open.len(), 3);
    assert_eq!((open[0].id, open[0].agent.as_str()), (there.session, "Firefox · Linux"));
    accounts::end_session(&mut cx, &here, there.session).await.unwrap();
    cx.commit().await.unwrap();
    assert!(house.who(&there.token).await.is_none());
    let admin = house.inside(&house.admin).await;
    let mut cx = house.centre.begin(here.actor.clone()).await;
    assert_eq!(key(accounts::end_session(&mut cx, &here, admin.session).await), "not-found");
    accounts::sign_out(&mut cx, &here).await.unwrap();
    cx.commit().await.unwrap();
    assert!(house.who(&there.token).await.is_none());
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let house = house().await;
    let elsewhere = house.sign_in(&house.nurse).await;
    house.centre.advance(MINUTE).await;
    let token = house.sign_in(&house.nurse).await.token;
    let here = house.who(&token).await.unwrap();
    let change = async |current: &str, new: &str| {
        accounts::change_password(&house.centre.store, house.centre.id(), &house.door, &here, current, new)
            .await
    };
    assert_eq!(key(change("không phải cái này", "năm quả trứng tròn").await), "error-password-current");
    assert_eq!(key(change(PASSWORD, "Điều Dưỡng Thử 1").await), "error-password-own-name");
    change(PASSWORD, "năm quả trứng tròn").await.unwrap();
    assert!(house.who(&token).await.is_some());
    assert!(house.who(&elsewhere.token).await.is_none());
    house.centre.advance(MINUTE).await;
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &house.code(&house.nurse)).await), REFUSED);
    house.try_in("dieuduong", "năm quả trứng tròn", &house.code(&house.nurse)).await.unwrap();
}

#[tokio::test]
async fn factors_are_changed_only_after_one_was_shown() {
    let house = house().await;
    let token = house.sign_in(&house.nurse).await.token;
    house.centre.advance(MINUTE * 16).await;
    let inside = house.who(&token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    assert_eq!(key(accounts::start_totp(&mut cx, &inside).await), "error-confirm-first");
    assert_eq!(key(accounts::start_passkey(&mut cx, &house.door, &inside).await), "error-confirm-first");
    drop(cx);
    let confirm =
        async |code: &str| accounts::confirm(&house.centre.store, house.centre.id(), &inside, code).await;
    assert_eq!(key(confirm("000000").await), "error-code-wrong");
    confirm(&house.code(&house.nurse)).await.unwrap();
    let inside = house.who(&token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    let offered = accounts::start_totp(&mut cx, &inside).await.unwrap();
    cx.commit().await.unwrap();
    let nurse = Person { staff: house.nurse.staff, login: "dieuduong", app: app(&offered.secret) };
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    assert_eq!(
        key(accounts::finish_totp(&mut cx, &inside, &house.code(&house.nurse)).await),
        "error-code-wrong"
    );
    accounts::finish_totp(&mut cx, &inside, &house.code(&nurse)).await.unwrap();
    accounts::prefer(&mut cx, &inside, Language::En, Theme::Dark).await.unwrap();
    cx.commit().await.unwrap();
    house.centre.advance(MINUTE).await;
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &house.code(&house.nurse)).await), REFUSED);
    let again = house.inside(&nurse).await;
    assert_eq!((again.language, again.theme), (Language::En, Theme::Dark));
}

#[tokio::test]
async fn a_passkey_alone_opens_even_a_door_that_guessing_has_shut() {
    let house = house().await;
    let inside = house.inside(&house.nurse).await;
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    let asked = accounts::start_passkey(&mut cx, &house.door, &inside).await.unwrap();
    let (mut phone, made) = Authenticator::create(&asked.options);
    let add = accounts::add_passkey(&mut cx, &house.door, &inside, Uuid::nil(), &made, "Điện thoại").await;
    assert_eq!(key(add), "error-passkey-expired");
    accounts::add_passkey(&mut cx, &house.door, &inside, asked.id, &made, "Điện thoại").await.unwrap();
    let keys = accounts::keys_of(&mut cx, &inside).await.unwrap();
    assert_eq!(keys[0].name, "Điện thoại");
    cx.commit().await.unwrap();
    for _ in 0..5 {
        house.try_in("dieuduong", "sai mật khẩu rồi", "").await.unwrap_err();
    }
    let ask = async || {
        let mut cx = house.centre.begin(kernel::Actor::public()).await;
        let asked = accounts::start_passkey_sign_in(&mut cx, &house.door, None).await.unwrap();
        cx.commit().await.unwrap();
        asked
    };
    let answer = async |id: Uuid, answer: &str| {
        let (store, tenant) = (&house.centre.store, house.centre.id());
        accounts::sign_in_with_passkey(store, tenant, &house.door, id, answer, None, AGENT).await
    };
    let asked = ask().await;
    let shown = phone.get(&asked.options);
    let signed = answer(asked.id, &shown).await.unwrap();
    assert_eq!((signed.staff, signed.before.failures), (house.nurse.staff, 5));
    // A challenge is answered once; a copied key, whose counter stands still, not at all.
    assert_eq!(key(answer(asked.id, &shown).await), REFUSED);
    let asked = ask().await;
    assert_eq!(key(answer(asked.id, &phone.get_again(&asked.options)).await), REFUSED);
    // A device that did not ask its owner is half a factor.
    let asked = ask().await;
    phone.verifies = false;
    assert_eq!(key(answer(asked.id, &phone.get(&asked.options)).await), REFUSED);
    phone.verifies = true;
    let asked = ask().await;
    house.centre.advance(MINUTE * 5).await;
    assert_eq!(key(answer(asked.id, &phone.get(&asked.options)).await), REFUSED);
    let asked = ask().await;
    assert_eq!(key(answer(asked.id, "{").await), "error-passkey-unreadable");

    let inside = house.who(&signed.token).await.unwrap();
    house.centre.advance(MINUTE * 20).await;
    let asked = ask().await;
    let shown = phone.get(&asked.options);
    accounts::confirm_with_passkey(
        &house.centre.store,
        house.centre.id(),
        &house.door,
        &inside,
        asked.id,
        &shown,
    )
    .await
    .unwrap();
    let inside = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    accounts::remove_passkey(&mut cx, &inside, keys[0].id).await.unwrap();
    cx.commit().await.unwrap();
    let asked = ask().await;
    assert_eq!(key(answer(asked.id, &phone.get(&asked.options)).await), REFUSED);
}

#[tokio::test]
async fn an_office_acts_for_its_leader_while_the_delegation_stands() {
    let house = house().await;
    let (leaders, office) = (house.centre.unit("LDQ").await, house.centre.unit("VP").await);
    let leader = house.centre.staff("Lãnh Đạo Thử").at(leaders, Role::DistrictLeader).create().await;
    let clerk = house.centre.staff("Thư Ký Thử").at(office, Role::LeadersOffice).create().await;
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let link = accounts::invite(&mut cx, clerk, "thuky").await.unwrap();
    cx.commit().await.unwrap();
    let (_, signed) = accept(&house.centre, &house.door, &link, "thuky").await;
    let inside = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    assert_eq!(key(accounts::act_for(&mut cx, &inside, leader).await), "not-found");
    drop(cx);

    let now = house.centre.clock.now();
    let new = || NewDelegation {
        leader,
        deputy: clerk,
        from: now,
        to: Some(now + MINUTE * 60),
        decision: Some("12/QĐ-UBND".into()),
    };
    let mut cx = house.centre.as_staff(clerk).await;
    assert_eq!(key(accounts::delegate(&mut cx, new()).await), "forbidden");
    let mut cx = house.centre.as_staff(leader).await;
    accounts::delegate(&mut cx, new()).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    accounts::act_for(&mut cx, &inside, leader).await.unwrap();
    cx.commit().await.unwrap();

    let acting = house.who(&signed.token).await.unwrap();
    assert_eq!((acting.staff, acting.actor.on_behalf_of), (clerk, Some(leader)));
    assert!(acting.actor.has(Role::DistrictLeader) && !acting.actor.has(Role::LeadersOffice));
    let mut cx = house.centre.begin(acting.actor.clone()).await;
    accounts::prefer(&mut cx, &acting, Language::Vi, Theme::Light).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = house.centre.system().await;
    let events = store::events::of_object(&mut cx, signed.account.uuid()).await.unwrap();
    assert_eq!(events.last().unwrap().on_behalf_of, Some(leader.uuid()));
    cx.rollback().await.unwrap();

    house.centre.advance(MINUTE * 60).await;
    let himself = house.who(&signed.token).await.unwrap();
    assert_eq!(himself.actor.on_behalf_of, None);
    assert!(himself.actor.has(Role::LeadersOffice) && !himself.actor.has(Role::DistrictLeader));
    assert!(house.record(signed.account).await.iter().any(|(kind, _)| kind == "account.acting_ended"));
}

#[tokio::test]
async fn the_keeping_of_accounts_is_never_lent() {
    let house = house().await;
    let now = house.centre.clock.now();
    let new = NewDelegation {
        leader: house.admin.staff,
        deputy: house.nurse.staff,
        from: now,
        to: None,
        decision: None,
    };
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let delegation = accounts::delegate(&mut cx, new).await.unwrap();
    cx.commit().await.unwrap();
    let signed = house.sign_in(&house.nurse).await;
    let inside = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    accounts::act_for(&mut cx, &inside, house.admin.staff).await.unwrap();
    cx.commit().await.unwrap();
    let acting = house.who(&signed.token).await.unwrap();
    assert!(acting.actor.on_behalf_of.is_some() && acting.actor.grants.is_empty());
    let mut cx = house.centre.begin(acting.actor.clone()).await;
    accounts::stop_acting(&mut cx, &acting).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    assert_eq!(accounts::delegations(&mut cx).await.unwrap().len(), 1);
    accounts::end_delegation(&mut cx, delegation).await.unwrap();
    assert!(accounts::delegations(&mut cx).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_leaves_hands_over_and_is_out_at_once() {
    let house = house().await;
    let ward = house.centre.unit("TPHONG").await;
    let opened = house.centre.news(ward, 1).await;
    let mut cx = house.centre.as_staff(house.nurse.staff).await;
    tickets::accept(&mut cx, opened.tickets[0]).await.unwrap();
    cx.commit().await.unwrap();
    let signed = house.sign_in(&house.nurse).await;

    let mut cx = house.centre.as_staff(house.admin.staff).await;
    assert_eq!(key(accounts::close(&mut cx, house.admin.staff, None).await), "error-account-own");
    let handed = accounts::close(&mut cx, house.nurse.staff, None).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(handed, [opened.tickets[0]]);
    assert!(house.who(&signed.token).await.is_none());
    let mut cx = house.centre.system().await;
    let (ticket, _) = tickets::ticket(&mut cx, opened.tickets[0]).await.unwrap();
    assert_eq!((ticket.assignee, ticket.accepted_by), (None, Some(house.nurse.staff)));
    cx.rollback().await.unwrap();
    house.centre.advance(MINUTE).await;
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &house.code(&house.nurse)).await), REFUSED);
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    assert_eq!(key(accounts::invite(&mut cx, house.nurse.staff, "dieuduong").await), "error-staff-left");
}

#[tokio::test]
async fn one_click_sign_in_is_for_a_demo_only() {
    let house = house().await;
    let (store, nurse) = (&house.centre.store, house.nurse.staff);
    assert_eq!(key(accounts::demo_sign_in(store, house.centre.id(), nurse, AGENT).await), "not-found");
    let mut cell = store.cell().await.unwrap();
    sqlx::query("update tenants set demo = true").execute(cell.conn()).await.unwrap();
    cell.commit().await.unwrap();
    let clerk = house.centre.staff("Văn Thư Thử").create().await;
    for staff in [nurse, clerk, clerk] {
        let signed = accounts::demo_sign_in(store, house.centre.id(), staff, AGENT).await.unwrap();
        assert_eq!(house.who(&signed.token).await.unwrap().staff, staff);
    }
    let nobody = StaffId(Uuid::from_u128(9));
    assert_eq!(key(accounts::demo_sign_in(store, house.centre.id(), nobody, AGENT).await), "not-found");
}

#[tokio::test]
async fn nothing_on_the_record_says_where_somebody_was() {
    let house = house().await;
    let signed = house.sign_in(&house.nurse).await;
    house.try_in("dieuduong", "sai mật khẩu rồi", "").await.unwrap_err();
    house.try_in("khongcoai", "sai mật khẩu rồi", "").await.unwrap_err();
    let mut cx = house.centre.system().await;
    let written: Vec<String> =
        sqlx::query_scalar("select data::text from events").fetch_all(cx.conn()).await.unwrap();
    for data in &written {
        for word in ["203.0.113", "Firefox", "dieuduong", "khongcoai", "sai mật", "vịt", &signed.token] {
            assert!(!data.contains(word), "{data}");
        }
    }
    // And the night forgets what was counted.
    cx.rollback().await.unwrap();
    house.centre.advance(SignedDuration::from_hours(31 * 24)).await;
    let mut cx = house.centre.system().await;
    for table in ["sign_in_tries", "sessions", "passkey_challenges"] {
        let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let left: i64 = sqlx::query_scalar(count).fetch_one(cx.conn()).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

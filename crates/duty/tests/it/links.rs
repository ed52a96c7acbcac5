//! One-time links: how somebody first comes in, and how he comes in again.

use crate::{
    accounts::{House, MINUTE, PASSWORD, REFUSED, accept, house, key, offer},
    authenticator::Authenticator,
};
use duty::accounts::{self, Acceptance, Language, Purpose, Second, State};
use jiff::SignedDuration;
use kernel::Role;

#[tokio::test]
async fn the_first_link_opens_the_house_once() {
    let house = house().await;
    let mut cx = house.centre.system().await;
    let again = accounts::first_administrator(&mut cx, "Kẻ Khác", "kekhac").await;
    assert_eq!(key(again), "error-administrator-exists");
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let by_staff = accounts::first_administrator(&mut cx, "Kẻ Khác", "kekhac").await;
    assert_eq!(key(by_staff), "forbidden");
    let signed = house.inside(&house.admin).await;
    assert!(signed.actor.has(Role::Administrator));
    assert_eq!((signed.name.as_str(), signed.language), ("Quản Trị Một", Language::Vi));
    let kinds: Vec<_> = house.record(signed.account).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["account.invited", "account.opened", "account.signed_in", "account.signed_in"]);
}

#[tokio::test]
async fn a_link_serves_once_for_a_day_and_only_the_newest() {
    let house = house().await;
    let clerk = house.centre.staff("Văn Thư Thử").create().await;
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let first = accounts::invite(&mut cx, clerk, "vanthu").await.unwrap();
    let second = accounts::invite(&mut cx, clerk, "vanthu").await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(key(offer(&house.centre, &first).await), "not-found");
    let shown = offer(&house.centre, &second).await.unwrap();
    assert_eq!((shown.purpose, shown.login.as_str()), (Purpose::Invite, "vanthu"));
    assert_eq!(shown.totp.url, offer(&house.centre, &second).await.unwrap().totp.url);

    let try_it = async |password: &str, code: &str| {
        let acceptance = Acceptance { password, second: Second::Code(code), agent: "" };
        accounts::accept(&house.centre.store, house.centre.id(), &house.door, &second, acceptance).await
    };
    assert_eq!(key(try_it("ngắn", "000000").await), "error-password-short");
    assert_eq!(key(try_it(PASSWORD, "12345").await), "error-code-wrong");
    accept(&house.centre, &house.door, &second, "vanthu").await;
    assert_eq!(key(offer(&house.centre, &second).await), "not-found");

    let other = house.centre.staff("Văn Thư Hai").create().await;
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let taken = accounts::invite(&mut cx, other, "VanThu").await;
    assert_eq!(key(taken), "error-login-taken");
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let late = accounts::invite(&mut cx, other, "vanthu2").await.unwrap();
    cx.commit().await.unwrap();
    house.centre.advance(SignedDuration::from_hours(24)).await;
    assert_eq!(key(offer(&house.centre, &late).await), "not-found");
}

#[tokio::test]
async fn only_an_administrator_opens_accounts() {
    let house = house().await;
    let clerk = house.centre.staff("Văn Thư Thử").create().await;
    let mut cx = house.centre.as_staff(house.nurse.staff).await;
    assert_eq!(key(accounts::invite(&mut cx, clerk, "vanthu").await), "forbidden");
    assert_eq!(key(accounts::recover(&mut cx, house.admin.staff).await), "forbidden");
    assert_eq!(key(accounts::lock(&mut cx, house.admin.staff).await), "forbidden");
    assert_eq!(key(accounts::close(&mut cx, house.admin.staff, None).await), "forbidden");
    assert_eq!(key(accounts::list(&mut cx).await), "not-found");
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let list = accounts::list(&mut cx).await.unwrap();
    assert_eq!(list.len(), 2);
    assert!(list.iter().all(|line| line.has_code && line.state == State::Active && line.passkeys == 0));
}

#[tokio::test]
async fn recovery_needs_a_second_administrator() {
    let house = house().await;
    let before = house.sign_in(&house.admin).await;
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    assert_eq!(key(accounts::recover(&mut cx, house.admin.staff).await), "error-recover-self");
    drop(cx);
    let unit = house.centre.unit("TTDH").await;
    let second = house.centre.staff("Quản Trị Hai").at(unit, Role::Administrator).create().await;
    let mut cx = house.centre.as_staff(second).await;
    let link = accounts::recover(&mut cx, house.admin.staff).await.unwrap();
    cx.commit().await.unwrap();

    // Until it is used nothing changes: the old session and the old factors hold.
    assert!(house.who(&before.token).await.is_some());
    house.centre.advance(MINUTE).await;
    house.sign_in(&house.admin).await;
    let (fresh, signed) = accept(&house.centre, &house.door, &link, "quantri").await;
    assert!(house.who(&before.token).await.is_none());
    house.centre.advance(MINUTE).await;
    assert_eq!(key(house.try_in("quantri", PASSWORD, &house.code(&house.admin)).await), REFUSED);
    house.sign_in(&fresh).await;

    let record = house.record(signed.account).await;
    let by = |kind: &str| record.iter().find(|(k, _)| k == kind).and_then(|(_, by)| *by);
    assert_eq!(by("account.recovery_issued"), Some(second.uuid()));
    assert_eq!(by("account.recovered"), Some(house.admin.staff.uuid()));
}

#[tokio::test]
async fn a_locked_account_stays_out_even_with_a_link_on_its_way() {
    let house = house().await;
    let signed = house.sign_in(&house.nurse).await;
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let link = accounts::recover(&mut cx, house.nurse.staff).await.unwrap();
    accounts::lock(&mut cx, house.nurse.staff).await.unwrap();
    assert_eq!(key(accounts::lock(&mut cx, house.admin.staff).await), "error-account-own");
    cx.commit().await.unwrap();
    assert!(house.who(&signed.token).await.is_none());
    assert_eq!(key(offer(&house.centre, &link).await), "not-found");
    house.centre.advance(MINUTE).await;
    assert_eq!(key(house.try_in("dieuduong", PASSWORD, &house.code(&house.nurse)).await), REFUSED);
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    accounts::unlock(&mut cx, house.nurse.staff).await.unwrap();
    cx.commit().await.unwrap();
    house.sign_in(&house.nurse).await;
}

#[tokio::test]
async fn an_invitation_may_be_answered_with_a_passkey() {
    let house = house().await;
    let clerk = house.centre.staff("Văn Thư Thử").create().await;
    let mut cx = house.centre.as_staff(house.admin.staff).await;
    let link = accounts::invite(&mut cx, clerk, "vanthu").await.unwrap();
    let asked = accounts::start_passkey_for(&mut cx, &house.door, &link).await.unwrap();
    cx.commit().await.unwrap();
    let (_, made) = Authenticator::create(&asked.options);
    let second = Second::Passkey { ceremony: asked.id, answer: &made, name: "" };
    let acceptance = Acceptance { password: PASSWORD, second, agent: "" };
    let signed = accounts::accept(&house.centre.store, house.centre.id(), &house.door, &link, acceptance)
        .await
        .unwrap();
    let inside = house.who(&signed.token).await.unwrap();
    let mut cx = house.centre.begin(inside.actor.clone()).await;
    let only = accounts::keys_of(&mut cx, &inside).await.unwrap()[0].id;
    assert_eq!(key(accounts::remove_passkey(&mut cx, &inside, only).await), "error-last-factor");
    drop(cx);
    // The password without a second factor opens nothing.
    assert_eq!(key(house.try_in("vanthu", PASSWORD, "").await), REFUSED);
}

#[tokio::test]
async fn the_machine_lets_a_sole_administrator_in_again_and_says_so() {
    let House { centre, door, admin, .. } = house().await;
    let mut cx = centre.as_staff(admin.staff).await;
    assert_eq!(key(accounts::recover_login(&mut cx, admin.login).await), "error-recover-self");
    cx.rollback().await.unwrap();
    let mut cx = centre.system().await;
    assert_eq!(key(accounts::recover_login(&mut cx, "khongco").await), "error-login-unknown");
    let link = accounts::recover_login(&mut cx, admin.login).await.unwrap();
    let issued = crate::events(&mut cx, "account.recovery_issued").await;
    assert_eq!(issued.len(), 1);
    cx.commit().await.unwrap();
    let (_, signed) = accept(&centre, &door, &link, "quantri").await;
    assert_eq!(signed.staff, admin.staff);
}

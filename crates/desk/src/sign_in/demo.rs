//! The demo's accounts: one click, no password. Outside a demo there is no such door, here and in
//! the rooms below.

use super::{Typed, nonce};
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
};
use duty::{
    accounts, staff,
    units::{self, Who},
};
use kernel::{Actor, Error, StaffId};
use pages::{App, DemoAccount, Outcome, Source, Words};
use store::Cx;

/// A button of the sign-in page.
pub struct Button {
    pub key: &'static str,
    pub icon: &'static str,
    pub role: String,
    pub unit: String,
}

/// The accounts whose place there is in this district.
pub async fn buttons(app: &App, mut cx: Cx, w: Words) -> Result<Vec<Button>, Error> {
    let accounts = app.place().demo_accounts;
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let tree = units::tree(&mut cx).await?;
    let button = |account: &DemoAccount| {
        let unit = tree.by_code(account.unit)?;
        Some(Button {
            key: account.key,
            icon: account.icon,
            role: w.by_key(&format!("role-{}", account.role.as_str().replace('_', "-"))),
            unit: unit.name_in(w.lang().as_str()).to_owned(),
        })
    };
    Ok(accounts.iter().filter_map(button).collect())
}

/// Whoever is on duty there now, else the first who holds the role.
async fn holder(cx: &mut Cx, account: &DemoAccount) -> Result<StaffId, Error> {
    let tree = units::tree(cx).await?;
    let unit = tree.by_code(account.unit).ok_or(Error::NotFound)?.id;
    let [duty, role] = [(Who::Duty, unit), (Who::Role(account.role), unit)];
    let people = staff::reached(cx, &tree, &[duty, role]).await?;
    let of = |who| people.get(&staff::key(who, unit)).map_or(&[][..], Vec::as_slice);
    let holders = of(role.0);
    let on_duty = of(duty.0).iter().find(|person| holders.iter().any(|holder| holder.staff == person.staff));
    on_duty.or(holders.first()).map(|person| person.staff).ok_or(Error::NotFound)
}

/// `POST /{tenant}/desk/sign-in/demo/{key}`
pub async fn enter(
    State(app): State<App>,
    Path((slug, key)): Path<(String, String)>,
    source: Source,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Outcome {
    let account = app.place().demo_accounts.iter().find(|account| account.key == key);
    let account = account.ok_or(Error::NotFound)?;
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, &typed.csrf).await?;
    let mut cx = app.store().begin(tenant.id, Actor::public()).await?;
    let staff = holder(&mut cx, account).await?;
    cx.rollback().await?;
    let signed = accounts::demo_sign_in(app.store(), tenant.id, staff, &source.agent).await?;
    super::welcome(&app, &tenant, &signed, &typed.next).await
}

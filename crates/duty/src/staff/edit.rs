//! Taking people on, giving them posts, letting them go, and letting one act on behalf of another.

use super::{NewPost, NewStaff, edit_sql as rows, sql};
use crate::{
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::civil::Date;
use kernel::{
    Error, Phone, Result, StaffId, UnitId,
    names::PersonName,
    text::{is_mail_address, line, search_key},
};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// Longest staff code, title and number of a decision, in characters.
const SHORT: usize = 80;

/// A person as entered: checked, tidied, with the key a search finds.
pub fn described(
    code: &str,
    name: &str,
    phone: Option<&str>,
    email: Option<&str>,
    active_from: Date,
) -> Result<NewStaff> {
    let wrong = |field| move |error: kernel::ValueError| Error::invalid(field, error.key);
    let code = line(code, SHORT).map_err(wrong("code"))?;
    if code.is_empty() {
        return Err(Error::invalid("code", "error-text-missing"));
    }
    let name = PersonName::parse(name).map_err(wrong("name"))?;
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let phone = given(phone).map(|text| Phone::parse(&text).map_err(wrong("phone"))).transpose()?;
    let email = given(email);
    if email.as_deref().is_some_and(|address| !is_mail_address(address)) {
        return Err(Error::invalid("email", "error-email-format"));
    }
    Ok(NewStaff {
        code,
        search: search_key(name.as_str()),
        full_name: name.as_str().to_owned(),
        phone: phone.map(|phone| phone.as_e164().to_owned()),
        email,
        active_from,
    })
}

/// Takes somebody on. A code that is in use is a conflict.
pub async fn take_on(cx: &mut Cx, new: &NewStaff) -> Result<StaffId> {
    cx.permit(Action::StaffEdit, Scope::Tenant)?;
    if rows::by_code(cx, &new.code).await?.is_some() {
        return Err(Error::Conflict("error-staff-code-used"));
    }
    let id = sql::insert(cx, new).await?;
    cx.record(
        Event::new("staff.taken_on", id)
            .data(json!({ "code": new.code, "active_from": new.active_from, "phone": new.phone.is_some() }))
            .payload(json!({ "name": new.full_name })),
    );
    Ok(id)
}

/// Corrects name, telephone and e-mail. The code stays.
pub async fn correct(cx: &mut Cx, id: StaffId, new: &NewStaff) -> Result<()> {
    cx.permit(Action::StaffEdit, Scope::Tenant)?;
    still_here(cx, id).await?;
    rows::update(cx, id, new).await?;
    let data = json!({ "phone": new.phone.is_some(), "email": new.email.is_some() });
    cx.record(Event::new("staff.corrected", id).data(data).payload(json!({ "name": new.full_name })));
    Ok(())
}

async fn still_here(cx: &mut Cx, id: StaffId) -> Result<()> {
    match rows::lock(cx, id).await? {
        None => Ok(()),
        Some(_) => Err(Error::Conflict("error-staff-left")),
    }
}

/// Gives somebody a post from a day on; never oneself.
pub async fn appoint(cx: &mut Cx, post: &NewPost) -> Result<()> {
    cx.permit(Action::StaffEdit, Scope::Units(&[post.unit]))?;
    // Who keeps the list would else make himself whatever he likes.
    if cx.actor.staff_id() == Some(post.staff) {
        return Err(Error::Conflict("error-appoint-self"));
    }
    still_here(cx, post.staff).await?;
    // A unit that begins later is staffed before its first day.
    let first = post.valid_from.max(units::today(cx).await?);
    let then = units::units_on(cx, first).await?;
    if !then.iter().any(|unit| unit.id == post.unit) {
        return Err(Error::invalid("unit", "error-unit-unknown"));
    }
    let title = line(&post.title, SHORT).map_err(|error| Error::invalid("title", error.key))?;
    if title.is_empty() {
        return Err(Error::invalid("title", "error-text-missing"));
    }
    sql::insert_post(cx, post).await?;
    units::touch(cx).await?;
    cx.record(Event::new("staff.appointed", post.staff).unit(post.unit).data(json!({
        "role": post.role, "head": post.head, "on_call": post.on_call, "from": post.valid_from,
    })));
    Ok(())
}

/// Ends a post; `last` is its last day. The unit it was at. What its holder would have stood there is
/// emptied by [`crate::rosters::end_post`], which calls this.
pub(crate) async fn end_post(cx: &mut Cx, post: Uuid, last: Date) -> Result<UnitId> {
    let (staff, unit, from, until) = rows::lock_post(cx, post).await?;
    cx.permit(Action::StaffEdit, Scope::Units(&[unit]))?;
    if last < from {
        return Err(Error::invalid("last", "error-post-backwards"));
    }
    if until.is_some_and(|until| until <= last) {
        return Err(Error::Conflict("error-post-ended"));
    }
    rows::end_post(cx, post, last).await?;
    units::touch(cx).await?;
    if rows::tenures(cx, unit, &[staff])
        .await?
        .get(&staff)
        .is_none_or(|until| until.is_some_and(|(until, _)| until == last))
    {
        let end = last.tomorrow().map_err(|_| Error::invalid("last", "error-date-none"))?;
        let zone = units::timezone(cx).await?;
        let at =
            zone.to_timestamp(end.at(0, 0, 0, 0)).map_err(|_| Error::invalid("last", "error-date-none"))?;
        rows::cut_shifts(cx, unit, staff, at.max(cx.now())).await?;
    }
    cx.record(Event::new("staff.post_ended", staff).unit(unit).data(json!({ "post": post, "last": last })));
    Ok(unit)
}

/// Marks that somebody is gone from `on` on: posts and delegations end before it. What he owes at
/// the duty desks is handed over by [`crate::rosters::leave`], which calls this.
pub(crate) async fn leave(cx: &mut Cx, staff: StaffId, on: Date) -> Result<()> {
    cx.permit(Action::StaffEdit, Scope::Tenant)?;
    still_here(cx, staff).await?;
    if on < units::today(cx).await? {
        return Err(Error::invalid("on", "error-roster-past"));
    }
    let zone = units::timezone(cx).await?;
    let wrong = |_| Error::invalid("on", "error-date-none");
    let last = on.yesterday().map_err(wrong)?;
    let at = zone.to_timestamp(on.at(0, 0, 0, 0)).map_err(wrong)?;
    rows::depart(cx, staff, on, last, at).await?;
    units::touch(cx).await?;
    cx.record(Event::new("staff.left", staff).data(json!({ "on": on })));
    Ok(())
}

//! Taking somebody on with a first post, and correcting what is written of him.

use super::{
    keeper,
    person::{NewPostTyped, day},
    roles, units,
};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{permissions::Action, staff};
use jiff::civil::Date;
use kernel::{Error, StaffId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

/// Both forms; the first post is asked for only when somebody is taken on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    code: String,
    name: String,
    phone: String,
    email: String,
    unit: String,
    role: String,
    title: String,
    title_en: String,
    head: Option<String>,
    on_call: Option<String>,
    from: String,
}

impl Typed {
    fn post(&self) -> NewPostTyped {
        NewPostTyped {
            csrf: String::new(),
            unit: self.unit.clone(),
            role: self.role.clone(),
            title: self.title.clone(),
            title_en: self.title_en.clone(),
            head: self.head.clone(),
            on_call: self.on_call.clone(),
            from: self.from.clone(),
        }
    }

    fn person(&self, code: &str, today: Date) -> Result<staff::NewStaff, Error> {
        let from = day("from", &self.from, today)?;
        staff::described(code, &self.name, Some(&self.phone), Some(&self.email), from)
    }
}

#[derive(Template)]
#[template(path = "staff_form.html")]
struct Page {
    d: Desk,
    title: String,
    action: String,
    back: String,
    button: String,
    new: bool,
    units: Vec<(String, String)>,
    roles: Vec<(&'static str, String)>,
    person: Typed,
    typed: NewPostTyped,
    errors: Errors,
}

async fn show(me: &Me, id: Option<StaffId>, person: Typed, errors: Errors) -> Outcome {
    keeper(me)?;
    let frame = Frame::new(me, "staff").await?;
    let wrong = !errors.is_empty();
    let back = id.map_or_else(|| me.at("staff"), |id| me.at(format!("staff/{id}")));
    let page = Page {
        title: if id.is_some() { me.w.staff_edit() } else { me.w.staff_take_on() },
        action: id.map_or_else(|| me.at("staff/new"), |id| me.at(format!("staff/{id}/edit"))),
        button: if id.is_some() { me.w.account_save() } else { me.w.staff_take_on_do() },
        new: id.is_none(),
        units: units(&frame, me, Action::StaffEdit),
        roles: roles(me.w),
        typed: person.post(),
        back,
        person,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/staff/new`
pub async fn page(me: Me) -> Outcome {
    let today = me.app.store().clock().now().to_zoned(me.tenant.timezone()).date();
    show(&me, None, Typed { from: today.to_string(), ..Typed::default() }, Errors::default()).await
}

/// `POST /{tenant}/desk/staff/new`
pub async fn take_on(me: Me, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    match try_take_on(&me, &typed).await {
        Ok(id) => Ok(see_other(&me.at(format!("staff/{id}")))),
        Err(error) => again(&me, None, typed, error).await,
    }
}

async fn try_take_on(me: &Me, typed: &Typed) -> Result<StaffId, Error> {
    keeper(me)?;
    let mut cx = me.begin().await?;
    let today = duty::units::today(&mut cx).await?;
    let id = staff::take_on(&mut cx, &typed.person(&typed.code, today)?).await?;
    let post = typed.post().read(id, today)?;
    staff::appoint(&mut cx, &post).await?;
    cx.commit().await?;
    Ok(id)
}

/// `GET /{tenant}/desk/staff/{staff}/edit`
pub async fn edit_page(me: Me, Path((_, id)): Path<(String, StaffId)>) -> Outcome {
    keeper(&me)?;
    let mut cx = me.begin().await?;
    let contact = staff::contacts(&mut cx, &[id]).await?.pop().ok_or(Error::NotFound)?;
    let typed = Typed {
        code: contact.code,
        name: contact.full_name,
        phone: contact.phone.unwrap_or_default(),
        email: contact.email.unwrap_or_default(),
        ..Typed::default()
    };
    show(&me, Some(id), typed, Errors::default()).await
}

/// `POST /{tenant}/desk/staff/{staff}/edit`
pub async fn edit(me: Me, Path((_, id)): Path<(String, StaffId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    match try_edit(&me, id, &typed).await {
        Ok(()) => Ok(see_other(&me.at(format!("staff/{id}")))),
        Err(error) => again(&me, Some(id), typed, error).await,
    }
}

async fn try_edit(me: &Me, id: StaffId, typed: &Typed) -> Result<(), Error> {
    keeper(me)?;
    let mut cx = me.begin().await?;
    // The code stays: other lists know the person by it.
    let known = staff::seen(&mut cx, id).await?;
    let today = duty::units::today(&mut cx).await?;
    staff::correct(&mut cx, id, &typed.person(&known.code, today)?).await?;
    cx.commit().await
}

async fn again(me: &Me, id: Option<StaffId>, typed: Typed, error: Error) -> Outcome {
    let mut errors = Errors::default();
    match error {
        Error::Conflict(key) => errors.add("code", me.w.by_key(key)),
        other => errors.take(me.w, other)?,
    }
    show(me, id, typed, errors).await
}

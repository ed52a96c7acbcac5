//! Putting an organisation on the list, and correcting what is written of it.

use super::{kind_word, wards};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    organisations::{self, OrganisationKind},
    permissions::{Action, Scope, allowed_units, permits},
    units,
};
use kernel::{Error, OrganisationId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    code: String,
    kind: String,
    name: String,
    ward: String,
    address: String,
    tax_code: String,
    contact: String,
    phone: String,
    email: String,
    from: String,
    until: String,
}

impl Typed {
    fn field(&self, name: &str) -> &str {
        match name {
            "code" => &self.code,
            "kind" => &self.kind,
            "name" => &self.name,
            "ward" => &self.ward,
            "address" => &self.address,
            "tax_code" => &self.tax_code,
            "contact" => &self.contact,
            "phone" => &self.phone,
            "email" => &self.email,
            "from" => &self.from,
            "until" => &self.until,
            _ => "",
        }
    }
}

#[derive(Template)]
#[template(path = "organisations_form.html")]
struct Page {
    d: Desk,
    title: String,
    action: String,
    back: String,
    new: bool,
    kinds: Vec<(String, String)>,
    wards: Vec<(String, String)>,
    /// Only who may act everywhere writes down one that belongs to no ward.
    anywhere: bool,
    typed: Typed,
    errors: Errors,
}

/// Pages that only those who keep some part of the list may see.
fn keeper(me: &Me) -> Result<(), Error> {
    let may = permits(&me.actor, Action::OrganisationEdit, Scope::Tenant);
    if may { Ok(()) } else { Err(Error::NotFound) }
}

async fn show(me: &Me, id: Option<OrganisationId>, typed: Typed, errors: Errors) -> Outcome {
    keeper(me)?;
    let frame = Frame::new(me, "organisations").await?;
    let wrong = !errors.is_empty();
    let kind = |kind: &OrganisationKind| (kind.as_str().to_owned(), kind_word(me.w, *kind));
    let page = Page {
        title: if id.is_some() { me.w.organisations_edit() } else { me.w.organisations_add() },
        action: id.map_or_else(|| me.at("organisations/new"), |id| me.at(format!("organisations/{id}/edit"))),
        back: id.map_or_else(|| me.at("organisations"), |id| me.at(format!("organisations/{id}"))),
        new: id.is_none(),
        kinds: OrganisationKind::ALL.iter().map(kind).collect(),
        wards: wards(&frame, me, Action::OrganisationEdit),
        anywhere: allowed_units(&me.actor, Action::OrganisationEdit).is_none(),
        typed,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/organisations/new`
pub async fn page(me: Me) -> Outcome {
    let today = me.app.store().clock().now().to_zoned(me.tenant.timezone()).date();
    show(&me, None, Typed { from: today.to_string(), ..Typed::default() }, Errors::default()).await
}

/// `POST /{tenant}/desk/organisations/new`
pub async fn create(me: Me, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    save(&me, None, typed).await
}

/// `GET /{tenant}/desk/organisations/{id}/edit`
pub async fn edit_page(me: Me, Path((_, id)): Path<(String, OrganisationId)>) -> Outcome {
    keeper(&me)?;
    let mut cx = me.begin().await?;
    let one = organisations::seen(&mut cx, id).await?;
    let contact = organisations::contact(&mut cx, id, &me.w.organisations_edit()).await?;
    cx.commit().await?;
    let typed = Typed {
        csrf: String::new(),
        code: one.code,
        kind: one.kind.as_str().to_owned(),
        name: one.name,
        ward: one.ward.map_or_else(String::new, |ward| ward.to_string()),
        address: one.address.unwrap_or_default(),
        tax_code: contact.tax_code.unwrap_or_default(),
        contact: contact.name.unwrap_or_default(),
        phone: contact.phone.unwrap_or_default(),
        email: contact.email.unwrap_or_default(),
        from: one.active_from.to_string(),
        until: one.active_until.map_or_else(String::new, |day| day.to_string()),
    };
    show(&me, Some(id), typed, Errors::default()).await
}

/// `POST /{tenant}/desk/organisations/{id}/edit`
pub async fn edit(
    me: Me,
    Path((_, id)): Path<(String, OrganisationId)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    save(&me, Some(id), typed).await
}

async fn save(me: &Me, id: Option<OrganisationId>, typed: Typed) -> Outcome {
    match try_save(me, id, &typed).await {
        Ok(id) => Ok(see_other(&me.at(format!("organisations/{id}")))),
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add("code", me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            show(me, id, typed, errors).await
        }
    }
}

async fn try_save(me: &Me, id: Option<OrganisationId>, typed: &Typed) -> Result<OrganisationId, Error> {
    keeper(me)?;
    let mut cx = me.begin().await?;
    let (tree, today) = (units::tree(&mut cx).await?, units::today(&mut cx).await?);
    let described = organisations::described(|field| typed.field(field), &tree, today)?;
    let id = match id {
        Some(id) => {
            organisations::edit(&mut cx, id, &described).await?;
            id
        }
        None => organisations::create(&mut cx, &described).await?,
    };
    cx.commit().await?;
    Ok(id)
}

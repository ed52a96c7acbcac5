use super::{
    model::{Contact, Described, Filter, Organisation},
    sql,
};
use crate::{
    permissions::{Action, Permit, Scope, allowed_units},
    units,
};
use kernel::{Error, OrganisationId, Result, UnitId, text::line};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// Longest reason, in characters.
const REASON: usize = 200;

/// Puts an organisation on the list. A code or tax code in use is a conflict.
pub async fn create(cx: &mut Cx, new: &Described) -> Result<OrganisationId> {
    permit(cx, new.ward)?;
    let id: OrganisationId = cx.id();
    let code = new.code.clone().unwrap_or_else(|| format!("TC-{}", cx.rng().code(6)));
    sql::insert(cx, id, &code, new).await.map_err(used)?;
    cx.record(told("organisation.created", id, &code, new));
    Ok(id)
}

/// Corrects what is written of an organisation, or says until when it is there. What it owes stays
/// owed.
pub async fn edit(cx: &mut Cx, id: OrganisationId, new: &Described) -> Result<()> {
    let known = sql::one(cx, id).await?;
    see(cx, &known)?;
    // Both where it was and where it goes: nobody hands one to another ward, or takes one.
    permit(cx, known.ward)?;
    permit(cx, new.ward)?;
    sql::save(cx, id, new).await.map_err(used)?;
    cx.record(told("organisation.changed", id, &known.code, new));
    Ok(())
}

fn permit(cx: &Cx, ward: Option<UnitId>) -> Result<()> {
    // One without a ward is the whole district's: only who may act everywhere reaches it.
    cx.permit(Action::OrganisationEdit, Scope::Units(ward.as_slice()))
}

fn see(cx: &Cx, organisation: &Organisation) -> Result<()> {
    cx.permit_sight(Action::OrganisationSee, Scope::Units(organisation.ward.as_slice()))
}

fn used(error: Error) -> Error {
    match error {
        Error::Conflict(_) => Error::Conflict("error-organisation-used"),
        other => other,
    }
}

fn told(kind: &'static str, id: OrganisationId, code: &str, new: &Described) -> Event {
    let contact = &new.contact;
    Event::new(kind, id)
        .unit(new.ward)
        .data(json!({
            "code": code, "kind": new.kind.as_str(), "ward": new.ward, "from": new.active_from,
            "until": new.active_until, "phone": contact.phone.is_some(), "email": contact.email.is_some(),
        }))
        .payload(json!({
            "name": new.name, "address": new.address, "tax_code": contact.tax_code, "contact": contact.name,
        }))
}

/// A page of the list, and one line more when there is another page.
pub async fn find(cx: &mut Cx, filter: &Filter) -> Result<Vec<Organisation>> {
    cx.permit_sight(Action::OrganisationSee, Scope::Tenant)?;
    let today = units::today(cx).await?;
    let own = own(cx, Action::OrganisationSee);
    sql::find(cx, filter, own, today).await
}

fn own(cx: &Cx, action: Action) -> Option<Vec<Uuid>> {
    Some(allowed_units(&cx.actor, action)?.into_iter().map(UnitId::uuid).collect())
}

/// One organisation the actor may see.
pub async fn seen(cx: &mut Cx, id: OrganisationId) -> Result<Organisation> {
    let organisation = sql::one(cx, id).await?;
    see(cx, &organisation)?;
    Ok(organisation)
}

/// Whom to turn to. It may be a person, and the tax code his number: opened for a reason, on record.
pub async fn contact(cx: &mut Cx, id: OrganisationId, reason: &str) -> Result<Contact> {
    let organisation = seen(cx, id).await?;
    cx.permit(Action::OrganisationContact, Scope::Units(organisation.ward.as_slice()))?;
    let reason = line(reason, REASON).map_err(|error| Error::invalid("reason", error.key))?;
    if reason.is_empty() {
        return Err(Error::invalid("reason", "error-reason-missing"));
    }
    let contact = sql::contact(cx, id).await?;
    cx.record(
        Event::new("organisation.read", id).unit(organisation.ward).payload(json!({ "reason": reason })),
    );
    Ok(contact)
}

/// The organisation of a code.
pub async fn by_code(cx: &mut Cx, code: &str) -> Result<OrganisationId> {
    let found = sql::by_code(cx, &code.trim().to_uppercase()).await?;
    found.ok_or(Error::invalid("organisation", "error-organisation-unknown"))
}

/// An organisation that can be given something today.
pub async fn live(cx: &mut Cx, id: OrganisationId) -> Result<Organisation> {
    let today = units::today(cx).await?;
    let found = sql::one(cx, id).await.map_err(|_| Error::invalid("organisation", "error-choose"))?;
    if found.is_active(today) {
        Ok(found)
    } else {
        Err(Error::invalid("organisation", "error-organisation-ended"))
    }
}

/// Those to whom the actor may give a directive.
pub async fn addressable(cx: &mut Cx) -> Result<Vec<Organisation>> {
    let today = units::today(cx).await?;
    let own = own(cx, Action::DirectiveGive);
    sql::active(cx, today, own).await
}

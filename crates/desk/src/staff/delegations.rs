//! Who acts for whom, kept by those who keep the list of staff.

use super::keeper;
use crate::{
    Me,
    account::{Bare, DelegationRow, DelegationTyped, delegation_rows, new_delegation},
    frame::Frame,
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::accounts;
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "staff_delegations.html")]
struct Page {
    d: Desk,
    delegations: Vec<DelegationRow>,
    typed: DelegationTyped,
    errors: Errors,
}

/// `GET /{tenant}/desk/staff/delegations`
pub async fn page(me: Me) -> Outcome {
    show(&me, DelegationTyped::default(), Errors::default()).await
}

async fn show(me: &Me, typed: DelegationTyped, errors: Errors) -> Outcome {
    keeper(me)?;
    let mut frame = Frame::new(me, "staff").await?;
    let delegations = delegation_rows(me, &mut frame, false).await?;
    let wrong = !errors.is_empty();
    form_page(&Page { delegations, typed, errors, d: frame.d }, wrong)
}

/// `POST /{tenant}/desk/staff/delegations`
pub async fn make(me: Me, Form(typed): Form<DelegationTyped>) -> Outcome {
    me.check(&typed.csrf)?;
    keeper(&me)?;
    match new_delegation(&me, &typed, None).await {
        Ok(()) => Ok(see_other(&me.at("staff/delegations"))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, typed, errors).await
        }
    }
}

/// `POST /{tenant}/desk/staff/delegations/{id}/end`
pub async fn end(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    keeper(&me)?;
    let mut cx = me.begin().await?;
    accounts::end_delegation(&mut cx, id).await?;
    cx.commit().await?;
    Ok(see_other(&me.at("staff/delegations")))
}

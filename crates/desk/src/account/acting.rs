//! Acting on behalf: beginning and ending it in this session, and letting somebody act for oneself.

use super::{Bare, settle, show};
use crate::{Me, frame::Frame};
use axum::{Form, Router, extract::Path, routing::post};
use duty::{
    accounts::{self, NewDelegation},
    staff,
};
use kernel::{Error, StaffId, dates};
use pages::{App, Outcome, forms::Errors, see_other};
use serde::Deserialize;
use uuid::Uuid;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/account{path}");
    Router::new()
        .route(&at("/acting"), post(begin))
        .route(&at("/acting/stop"), post(stop))
        .route(&at("/delegations"), post(delegate))
        .route(&at("/delegations/{id}/end"), post(end))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    csrf: String,
    leader: String,
}

/// `POST /{tenant}/desk/account/acting`
pub async fn begin(me: Me, Form(typed): Form<Chosen>) -> Outcome {
    me.check(&typed.csrf)?;
    let leader: StaffId = typed.leader.parse().map_err(|_| Error::NotFound)?;
    let mut cx = me.begin().await?;
    accounts::act_for(&mut cx, &me.signed, leader).await?;
    cx.commit().await?;
    Ok(see_other(&me.at("account#acting")))
}

/// `POST /{tenant}/desk/account/acting/stop`
pub async fn stop(me: Me, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    accounts::stop_acting(&mut cx, &me.signed).await?;
    cx.commit().await?;
    Ok(see_other(&me.at("account#acting")))
}

/// A delegation as a form holds it: people by code or name, `to` the last day.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub csrf: String,
    pub leader: String,
    pub deputy: String,
    pub to: String,
    pub decision: String,
}

/// Writes a typed delegation down, from now on; `leader` is given where the form does not ask.
pub async fn new_delegation(me: &Me, typed: &Typed, leader: Option<StaffId>) -> Result<(), Error> {
    let mut cx = me.begin().await?;
    let leader = match leader {
        Some(leader) => leader,
        None => staff::named(&mut cx, "leader", &typed.leader).await?,
    };
    let deputy = staff::named(&mut cx, "deputy", &typed.deputy).await?;
    let zone = me.tenant.timezone();
    let to = match typed.to.trim() {
        "" => None,
        text => {
            let wrong = |key| Error::invalid("to", key);
            let today = cx.now().to_zoned(zone.clone()).date();
            let last = dates::parse_date_near(text, today).map_err(|error| wrong(error.key))?;
            let end =
                last.tomorrow().and_then(|day| day.to_zoned(zone)).map_err(|_| wrong("error-date-none"))?;
            Some(end.timestamp())
        }
    };
    let decision = Some(typed.decision.clone());
    let from = cx.now();
    accounts::delegate(&mut cx, NewDelegation { leader, deputy, from, to, decision }).await?;
    cx.commit().await
}

/// A delegation in a list.
pub struct DelegationRow {
    pub leader: String,
    pub deputy: String,
    pub from: String,
    pub to: String,
    pub decision: String,
    pub end: String,
}

/// Delegations in force or to come: all, or the reader's own.
pub async fn delegation_rows(me: &Me, frame: &mut Frame, own: bool) -> Result<Vec<DelegationRow>, Error> {
    let standing = if own {
        accounts::own_delegations(&mut frame.cx).await?
    } else {
        accounts::delegations(&mut frame.cx).await?
    };
    let ids: Vec<StaffId> = standing.iter().flat_map(|one| [one.leader, one.deputy]).collect();
    let names = staff::of(&mut frame.cx, &ids).await?;
    let name = |id| names.get(&id).map(|person| person.full_name.clone()).unwrap_or_default();
    let place = if own { "account" } else { "staff" };
    Ok(standing
        .into_iter()
        .map(|one| DelegationRow {
            leader: name(one.leader),
            deputy: name(one.deputy),
            from: frame.d.clock.full(one.from),
            to: one.to.map_or_else(|| me.w.delegation_open_end(), |to| frame.d.clock.full(to)),
            decision: one.decision.unwrap_or_default(),
            end: me.at(format!("{place}/delegations/{}/end", one.id)),
        })
        .collect())
}

/// `POST /{tenant}/desk/account/delegations`: somebody acts for me.
pub async fn delegate(me: Me, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    match new_delegation(&me, &typed, Some(me.staff)).await {
        Ok(()) => Ok(see_other(&me.at("account#delegations"))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, errors, typed, None).await
        }
    }
}

/// `POST /{tenant}/desk/account/delegations/{id}/end`
pub async fn end(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    let done = match accounts::end_delegation(&mut cx, id).await {
        Ok(()) => cx.commit().await,
        Err(error) => Err(error),
    };
    settle(&me, done, "delegations").await
}

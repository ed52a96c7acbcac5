//! What staff does for a household: one form each.

use super::{
    assign, bags, call, change, code, edit, enter, fact, join, journey, leave, member, needs, order, papers,
    remind, removal, result, unfact,
};
use crate::Me;
use axum::{
    Form,
    extract::{Path, Query},
};
use health::households;
use kernel::{Error, HouseholdId, Result};
use pages::{Outcome, see_other};
use serde::Deserialize;

/// What an address says beside its path.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The plan, the member, the fact or the removal that a form is about.
    pub plan: String,
    pub member: String,
    pub fact: String,
    pub removal: String,
    /// The kind of bag that is to be handed over.
    pub kind: String,
    /// How the contact was made that is to be entered.
    pub channel: String,
    /// What the form that led here came to, and how many contacts it left outside.
    pub done: String,
    pub outside: i64,
}

/// A form as it was sent. Boxes that are ticked come several times under one name, so the pairs are
/// kept as they came.
pub struct Sent(pub Vec<(String, String)>);

impl Sent {
    /// The first value of a name; empty where there is none.
    pub fn of(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// `GET /{tenant}/desk/households/{id}/{act}`
pub async fn form(
    me: Me,
    Path((_, id, act)): Path<(String, HouseholdId, String)>,
    Query(asked): Query<Asked>,
) -> Outcome {
    if let Some(there) = joined(&me, id).await? {
        return Ok(see_other(&there));
    }
    match act.as_str() {
        "assign" => assign::page(&me, id).await,
        "join" => join::page(&me, id).await,
        "enter" => enter::page(&me, id, &asked).await,
        "member" => member::page(&me, id).await,
        "code" => code::page(&me, id, &asked).await,
        "call" => call::page(&me, id).await,
        "edit" => edit::page(&me, id).await,
        "leave" => leave::page(&me, id, &asked).await,
        "fact" => fact::page(&me, id, &asked).await,
        "unfact" => unfact::page(&me, id, &asked).await,
        "removal" => removal::page(&me, id, &asked).await,
        "bags" => bags::page(&me, id, &asked).await,
        "needs" => needs::page(&me, id, &asked).await,
        "papers" => papers::page(&me, id, &asked).await,
        "journey" => journey::page(&me, id, &asked).await,
        "order" => order::page(&me, id, &asked).await,
        "result" => result::page(&me, id, &asked).await,
        "restart" | "lengthen" | "close" => change::page(&me, id, &act, &asked).await,
        _ => Err(Error::NotFound.into()),
    }
}

/// `POST /{tenant}/desk/households/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, HouseholdId, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let sent = Sent(pairs);
    me.check(sent.of("csrf"))?;
    if let Some(there) = joined(&me, id).await? {
        return Ok(see_other(&there));
    }
    match act.as_str() {
        "assign" => assign::save(&me, id, &sent).await,
        "join" => join::save(&me, id, &sent).await,
        "remind" => remind::remind(&me, id, &sent).await,
        "enter" => enter::take(&me, id, &sent).await,
        "member" => member::add(&me, id, &sent).await,
        "code" => code::act(&me, id, &sent).await,
        "call" => call::open(&me, id).await,
        "edit" => edit::save(&me, id, &sent).await,
        "leave" => leave::leave(&me, id, &sent).await,
        "fact" => fact::add(&me, id, &sent).await,
        "unfact" => unfact::withdraw(&me, id, &sent).await,
        "removal" => removal::ask(&me, id, &sent).await,
        "bags" => bags::act(&me, id, &sent).await,
        "needs" => needs::act(&me, id, &sent).await,
        "papers" => papers::act(&me, id, &sent).await,
        "journey" => journey::act(&me, id, &sent).await,
        "order" => order::give(&me, id, &sent).await,
        "result" => result::write(&me, id, &sent).await,
        "restart" | "lengthen" | "close" => change::save(&me, id, &act, &sent).await,
        _ => Err(Error::NotFound.into()),
    }
}

/// Where a household is looked at that has become one with another.
pub async fn joined(me: &Me, id: HouseholdId) -> Result<Option<String>> {
    let mut cx = me.begin().await?;
    let stays = households::stays(&mut cx, id).await?;
    Ok((stays != id).then(|| me.at(format!("households/{stays}?done=joined-known"))))
}

//! What happens now: until when the declaration holds, who calls, or the ambulance first of all.

use super::{cookie, go};
use crate::home::Visit;
use askama::Template;
use axum::http::HeaderMap;
use health::{alerts::Grade, declarations, passes};
use kernel::{Actor, Error, PersonId, Result, SecretCode};
use pages::{Outcome, Portal, html};
use store::Cx;

#[derive(Template)]
#[template(path = "declare_done.html")]
struct Page {
    p: Portal,
    /// The given name.
    name: String,
    until: String,
    danger: bool,
    asks: bool,
    tested: bool,
    /// The address of his pass.
    pass: Option<String>,
}

/// `GET /{tenant}/declare/done`: what this device declared last.
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let Some(last) = declarations::last_by(&mut cx, &device, None).await? else {
        return Ok(go(&visit, "who"));
    };
    let pass = pass_of(&mut cx, last.person).await?;
    cx.commit().await?;
    let p = visit.frame();
    let page = Page {
        name: last.name.rsplit(' ').next().unwrap_or_default().to_owned(),
        until: p.clock.full(last.valid_until),
        danger: last.grade == Grade::Emergency,
        asks: last.asks,
        tested: last.answers.self_test == Some(true),
        pass: pass.map(|key| p.at(format_args!("pass/{key}"))),
        p,
    };
    Ok(visit.keep_language(html(&page)?))
}

/// The key of the person's own pass, for whoever has just declared for him; `None` where the declaration is over,
/// or the record lacks what a pass has to say.
async fn pass_of(cx: &mut Cx, person: PersonId) -> Result<Option<SecretCode>> {
    let now = cx.now();
    let holds = declarations::standing(cx, person).await?.is_some_and(|(until, _)| until > now);
    if !holds {
        return Ok(None);
    }
    match passes::hold(cx, person).await {
        Ok(held) => Ok(Some(held.key)),
        Err(Error::Conflict(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

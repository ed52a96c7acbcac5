//! The twelve digits: shown by one press, and sent by a text.

use super::page;
use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{Form, extract::Path};
use health::passes;
use kernel::{Error, PassId};
use pages::{Desk, Outcome, html, pass_paper, see_other};

#[derive(Template)]
#[template(path = "passes_code.html")]
struct Page {
    d: Desk,
    back: String,
    name: String,
    code: String,
}

/// `POST /{tenant}/desk/passes/{id}/code`: the digits are the answer to the form itself; there is no address at
/// which they would be seen again unpressed.
pub async fn code(
    me: Me,
    Path((_, id)): Path<(String, PassId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    me.check(Typed(pairs).of("csrf"))?;
    let mut frame = Frame::new(&me, "passes").await?;
    let name = passes::find(&mut frame.cx, id).await?.name;
    let code = match passes::code(&mut frame.cx, id).await {
        Ok(code) => code,
        Err(Error::Conflict(key)) => return page::show(&me, id, String::new(), me.w.by_key(key)).await,
        Err(other) => return Err(other.into()),
    };
    let page = Page {
        back: me.at(format!("passes/{id}")),
        name,
        code: pass_paper::grouped(code),
        d: frame.d.clone(),
    };
    let response = html(&page)?;
    // Nobody sees the digits before their showing is on record.
    frame.cx.commit().await?;
    Ok(response)
}

/// `POST /{tenant}/desk/passes/{id}/send`
pub async fn send(
    me: Me,
    Path((_, id)): Path<(String, PassId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    me.check(Typed(pairs).of("csrf"))?;
    let mut cx = me.begin().await?;
    match passes::send_code(&mut cx, &me.tenant, id).await {
        Ok(_) => {
            cx.commit().await?;
            Ok(see_other(&me.at(format!("passes/{id}?done=sent"))))
        }
        Err(Error::Conflict(key)) => {
            cx.rollback().await?;
            page::show(&me, id, String::new(), me.w.by_key(key)).await
        }
        Err(other) => Err(other.into()),
    }
}

//! One person or two: decided with a reason, after asking.

use super::{
    act::{Asked, Typed},
    pair::View,
    told,
};
use crate::{Me, frame::Frame};
use askama::Template;
use health::{cases, people};
use kernel::{Error, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

/// What may be decided: the first record stays, the other does, or there are two people.
const FIRST: &str = "first";
const SECOND: &str = "second";
const TWO: &str = "two";

#[derive(Template)]
#[template(path = "people_decide.html")]
struct Page {
    d: Desk,
    back: String,
    action: String,
    p: View,
    other: String,
    /// Code, label, chosen.
    choices: Vec<(&'static str, String, bool)>,
    why: String,
    errors: Errors,
}

/// `GET /{tenant}/desk/people/{id}/decide?other=`
pub async fn page(me: &Me, id: PersonId, asked: &Asked) -> Outcome {
    let typed = Typed { other: asked.other.clone(), ..Typed::default() };
    show(me, id, &typed, Errors::default()).await
}

/// `POST /{tenant}/desk/people/{id}/decide`
pub async fn decide(me: &Me, id: PersonId, typed: Typed) -> Outcome {
    let done = match go(me, id, &typed).await {
        Ok(done) => done,
        // Sent twice, or decided by somebody else meanwhile: the page tells where it stands.
        Err(Error::Conflict("error-pair-decided")) => "decided",
        Err(error) => {
            let errors = told(me, error)?;
            return show(me, id, &typed, errors).await;
        }
    };
    Ok(see_other(&me.at(format!("people/duplicates?done={done}"))))
}

async fn go(me: &Me, id: PersonId, typed: &Typed) -> Result<&'static str> {
    let other = typed.other.parse::<PersonId>()?;
    let (stays, goes) = if typed.to == SECOND { (other, id) } else { (id, other) };
    let mut cx = me.begin().await?;
    let chosen = [FIRST, SECOND, TWO].contains(&typed.to.as_str());
    if !chosen {
        // Whoever may not decide is told so first.
        let frame = Frame::new(me, "cases").await?;
        let one = people::brief(&mut cx, id).await?;
        super::must(me, &frame, &[one.ward])?;
        return Err(Error::invalid("to", "error-choose"));
    }
    let same = typed.to != TWO;
    cases::decide_pair(&mut cx, stays, goes, same, &typed.why).await?;
    cx.commit().await?;
    Ok(if same { "joined" } else { "two" })
}

async fn show(me: &Me, id: PersonId, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let other = typed.other.parse::<PersonId>()?;
    let mut pair = people::pair(&mut frame.cx, id, other).await?;
    super::must(me, &frame, &[pair.one.ward, pair.other.ward])?;
    if pair.one.person != id {
        std::mem::swap(&mut pair.one, &mut pair.other);
    }
    let running = cases::running_of(&mut frame.cx, &[id, other]).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let view = View::new(me, &frame, &pair, &running);
    let choice = |code: &'static str, label: String| (code, label, typed.to == code);
    let page = Page {
        back: me.at("people/duplicates"),
        action: format!("{}/decide", super::at(me, id)),
        other: typed.other.clone(),
        choices: vec![
            choice(FIRST, w.people_decide_first(format!("{}, {}", view.one.name, view.one.made))),
            choice(SECOND, w.people_decide_second(format!("{}, {}", view.other.name, view.other.made))),
            choice(TWO, w.people_decide_two()),
        ],
        p: view,
        why: typed.why.clone(),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

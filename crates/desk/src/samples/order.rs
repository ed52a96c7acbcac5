//! What is done with an order from the list: its result is written, or it is taken back.

use super::{
    typed::{self, Choice, Typed},
    words,
};
use crate::{Me, cases, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path};
use health::samples::{self, Line};
use kernel::{Error, OrderId, Result, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Template)]
#[template(path = "sample_result.html")]
struct ResultPage {
    d: Desk,
    back: String,
    back_label: String,
    action: String,
    hint: String,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    results: Vec<Choice>,
    typed: Typed,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "sample_withdraw.html")]
struct WithdrawPage {
    d: Desk,
    back: String,
    action: String,
    name: String,
    what: String,
    why: String,
    errors: Errors,
}

/// `GET /{tenant}/desk/samples/orders/{order}/{act}`
pub async fn form(me: Me, Path((_, id, act)): Path<(String, OrderId, String)>) -> Outcome {
    show(&me, id, &act, None, Errors::default()).await
}

/// `POST /{tenant}/desk/samples/orders/{order}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, OrderId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let mut errors = Errors::default();
    let done = match act.as_str() {
        "result" => {
            let person = line(&me, id).await?.person.id;
            typed::write(&me, None, &[person], &typed, &mut errors).await?
        }
        "withdraw" => withdraw(&me, id, &typed.why, &mut errors).await?,
        _ => return Err(Error::NotFound.into()),
    };
    match done {
        Some(done) => Ok(see_other(&me.at(format!("samples?done={done}")))),
        None => show(&me, id, &act, Some(typed), errors).await,
    }
}

async fn line(me: &Me, id: OrderId) -> Result<Line> {
    let mut cx = me.begin().await?;
    samples::one(&mut cx, id).await
}

async fn withdraw(me: &Me, id: OrderId, why: &str, errors: &mut Errors) -> Result<Option<&'static str>> {
    let mut cx = me.begin().await?;
    match samples::withdraw(&mut cx, id, why).await {
        Ok(()) => {
            cx.commit().await?;
            Ok(Some("withdraw"))
        }
        // Sent twice, or answered meanwhile.
        Err(Error::Conflict("error-order-over")) => Ok(Some("withdraw-known")),
        Err(Error::Invalid { field, key }) => {
            errors.add(field, words::fault(me.w, field, key));
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

async fn show(me: &Me, id: OrderId, act: &str, typed: Option<Typed>, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "samples").await?;
    let one = samples::one(&mut frame.cx, id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let action = me.at(format!("samples/orders/{id}/{act}"));
    let name = one.person.full_name.clone();
    let what = format!("{} · {}", cases::test_kind(w, one.kind), cases::test_reason(w, one.reason));
    match act {
        "result" => {
            let typed = typed.unwrap_or_else(|| Typed {
                kind: one.kind.as_str().to_owned(),
                sample_on: dates::shown_date(frame.d.clock.today()),
                ..Typed::default()
            });
            let page = ResultPage {
                back: me.at("samples"),
                back_label: w.samples_title(),
                action,
                hint: what,
                people: vec![(one.person.id.to_string(), name, true)],
                kinds: typed::kinds(me, false, &typed.kind),
                results: typed::results(me, &typed.result),
                typed,
                errors,
                d: frame.d,
            };
            form_page(&page, wrong)
        }
        "withdraw" => {
            let why = typed.map(|typed| typed.why).unwrap_or_default();
            let page = WithdrawPage { back: me.at("samples"), action, name, what, why, errors, d: frame.d };
            form_page(&page, wrong)
        }
        _ => Err(Error::NotFound.into()),
    }
}

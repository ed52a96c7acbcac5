//! Replacing a pass that was lost or seen by somebody else; and taking one back for good, which is asked twice.

use super::{issue::Sheet, page, words};
use crate::{
    Me, cases,
    frame::Frame,
    questions::{Choice, Question, Typed},
};
use axum::{Form, extract::Path};
use duty::permissions::Action;
use health::passes::{self, Line, Reason};
use kernel::{Error, PassId, Result};
use pages::{Outcome, Words, form_page, forms::Errors, see_other};

/// Longest reason, in characters.
const WHY: usize = 200;

/// `GET /{tenant}/desk/passes/{id}/replace`
pub async fn replace_form(me: Me, Path((_, id)): Path<(String, PassId)>) -> Outcome {
    let mut frame = Frame::new(&me, "passes").await?;
    let line = passes::find(&mut frame.cx, id).await?;
    ask_replace(&me, frame, &line, &Typed::default(), Errors::default())
}

/// `POST /{tenant}/desk/passes/{id}/replace`
pub async fn replace(
    me: Me,
    Path((_, id)): Path<(String, PassId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let mut frame = Frame::new(&me, "passes").await?;
    let line = passes::find(&mut frame.cx, id).await?;
    let mut errors = Errors::default();
    check_why(me.w, &typed, &mut errors);
    if !errors.is_empty() {
        return ask_replace(&me, frame, &line, &typed, errors);
    }
    match passes::replace(&mut frame.cx, id, typed.of("why")).await {
        Ok(issued) => {
            frame.cx.commit().await?;
            Ok(see_other(&me.at(format!("passes/{}?done=replaced", issued.pass))))
        }
        Err(Error::Conflict(key)) => {
            frame.cx.rollback().await?;
            page::show(&me, id, String::new(), me.w.by_key(key)).await
        }
        Err(other) => Err(other.into()),
    }
}

fn ask_replace(me: &Me, frame: Frame, line: &Line, typed: &Typed, errors: Errors) -> Outcome {
    let w = me.w;
    let wrong = !errors.is_empty();
    let sheet = Sheet {
        hint: w.passes_replace_hint(),
        questions: vec![Question::text("why", w.passes_why(), typed.of("why"))],
        ..sheet(me, frame, line, "replace", w.passes_do_replace(), errors)
    };
    form_page(&sheet, wrong)
}

/// `GET /{tenant}/desk/passes/{id}/revoke`
pub async fn revoke_form(me: Me, Path((_, id)): Path<(String, PassId)>) -> Outcome {
    let mut frame = Frame::new(&me, "passes").await?;
    let line = passes::find(&mut frame.cx, id).await?;
    must_revoke(&me, &frame, &line)?;
    ask_revoke(&me, frame, &line, &Typed::default(), Errors::default())
}

/// `POST /{tenant}/desk/passes/{id}/revoke`: first the reason, then with `sure` = `yes` it is done.
pub async fn revoke(
    me: Me,
    Path((_, id)): Path<(String, PassId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let mut frame = Frame::new(&me, "passes").await?;
    let line = passes::find(&mut frame.cx, id).await?;
    must_revoke(&me, &frame, &line)?;
    let mut errors = Errors::default();
    let reason = typed.of("reason").parse::<Reason>().ok().filter(|reason| Reason::SAID.contains(reason));
    if reason.is_none() {
        errors.add("reason", me.w.by_key("error-choose"));
    }
    check_why(me.w, &typed, &mut errors);
    let Some(reason) = reason.filter(|_| errors.is_empty()) else {
        return ask_revoke(&me, frame, &line, &typed, errors);
    };
    if typed.of("sure") != "yes" {
        return confirm(&me, frame, &line, reason, &typed);
    }
    match passes::revoke(&mut frame.cx, id, reason, typed.of("why")).await {
        Ok(()) => {
            frame.cx.commit().await?;
            Ok(see_other(&me.at(format!("passes/{id}?done=revoked"))))
        }
        Err(Error::Conflict(key)) => {
            frame.cx.rollback().await?;
            page::show(&me, id, String::new(), me.w.by_key(key)).await
        }
        Err(other) => Err(other.into()),
    }
}

fn ask_revoke(me: &Me, frame: Frame, line: &Line, typed: &Typed, errors: Errors) -> Outcome {
    let w = me.w;
    let wrong = !errors.is_empty();
    let choice =
        |one: &Reason| (one.as_str().to_owned(), words::reason(w, *one), one.as_str() == typed.of("reason"));
    let reasons: Vec<Choice> = Reason::SAID.iter().map(choice).collect();
    let sheet = Sheet {
        hint: w.passes_revoke_hint(),
        questions: vec![
            Question::choice("reason", w.passes_reason(), reasons),
            Question::text("why", w.passes_why(), typed.of("why")).hint(w.passes_why_hint()),
        ],
        ..sheet(me, frame, line, "revoke", w.passes_do_revoke(), errors)
    };
    form_page(&sheet, wrong)
}

/// The second step: it cannot be undone.
fn confirm(me: &Me, frame: Frame, line: &Line, reason: Reason, typed: &Typed) -> Outcome {
    let w = me.w;
    let sheet = Sheet {
        hint: w.passes_revoke_sure(line.name.as_str(), words::reason(w, reason)),
        hidden: vec![
            ("reason", reason.as_str().to_owned()),
            ("why", typed.of("why").to_owned()),
            ("sure", "yes".to_owned()),
        ],
        go: w.passes_do_revoke_sure(),
        ..sheet(me, frame, line, "revoke", w.passes_do_revoke(), Errors::default())
    };
    form_page(&sheet, false)
}

fn sheet(me: &Me, frame: Frame, line: &Line, act: &str, title: String, errors: Errors) -> Sheet {
    Sheet {
        back: me.at(format!("passes/{}", line.pass)),
        back_label: line.name.clone(),
        action: me.at(format!("passes/{}/{act}", line.pass)),
        hint: String::new(),
        hidden: Vec::new(),
        questions: Vec::new(),
        go: title.clone(),
        title,
        errors,
        d: frame.d,
    }
}

fn must_revoke(me: &Me, frame: &Frame, line: &Line) -> Result<()> {
    if cases::may(me, frame, Action::PassRevoke, line.ward) {
        Ok(())
    } else {
        Err(Error::Forbidden(Action::PassRevoke.as_str()))
    }
}

fn check_why(w: Words, typed: &Typed, errors: &mut Errors) {
    let why = typed.of("why").trim();
    if why.is_empty() {
        errors.add("why", w.by_key("error-reason-missing"));
    } else if why.chars().count() > WHY {
        errors.add("why", w.case_text_too_long(WHY.to_string()));
    }
}

//! Two records that were joined by mistake stand again.

use super::{act::Typed, at, told};
use crate::{Me, frame::Frame};
use askama::Template;
use health::{cases, people};
use kernel::{Error, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

/// A form that asks for the reason alone.
#[derive(Template)]
#[template(path = "people_form.html")]
pub struct FormPage {
    pub d: Desk,
    pub back: String,
    /// Whose page it leads back to.
    pub name: String,
    pub action: String,
    pub title: String,
    pub hint: String,
    /// What the form is about, as it carries it.
    pub hidden: (&'static str, String),
    pub why: String,
    pub errors: Errors,
}

/// `GET /{tenant}/desk/people/{id}/part`
pub async fn page(me: &Me, id: PersonId) -> Outcome {
    show(me, id, "", Errors::default()).await
}

/// `POST /{tenant}/desk/people/{id}/part`
pub async fn part(me: &Me, id: PersonId, typed: Typed) -> Outcome {
    let done = match go(me, id, &typed.why).await {
        Ok(()) => "part",
        // Sent twice, it is done once.
        Err(Error::Conflict("error-person-not-merged")) => "parted",
        Err(error) => {
            let errors = told(me, error)?;
            return show(me, id, &typed.why, errors).await;
        }
    };
    Ok(see_other(&format!("{}?done={done}", at(me, id))))
}

async fn go(me: &Me, id: PersonId, why: &str) -> Result<()> {
    let mut cx = me.begin().await?;
    cases::part(&mut cx, id, why).await?;
    cx.commit().await
}

async fn show(me: &Me, id: PersonId, why: &str, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let brief = people::brief(&mut frame.cx, id).await?;
    super::must(me, &frame, &[brief.ward])?;
    let merges = people::merges_of(&mut frame.cx, id).await?;
    let one = merges.into_iter().find(|one| one.goes.id == id);
    let one = one.ok_or(Error::Conflict("error-person-not-merged"))?;
    super::must(me, &frame, &[one.stays.ward])?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let page = FormPage {
        back: at(me, id),
        action: format!("{}/part", at(me, id)),
        title: w.people_do_part(),
        hint: w.people_part_hint(one.goes.full_name.as_str(), one.stays.full_name.as_str()),
        hidden: ("other", one.stays.id.to_string()),
        name: brief.full_name,
        why: why.to_owned(),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

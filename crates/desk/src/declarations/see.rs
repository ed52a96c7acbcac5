//! Looking at one declaration: what was answered, and what was done about it.

use super::words;
use crate::{Me, cases, frame, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path};
use health::{
    declarations::{self, Line, Question, Seen},
    households,
};
use kernel::{Error, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use uuid::Uuid;

/// What a person can say that he did.
const OFFERED: [Seen; 4] = [Seen::Called, Seen::Contact, Seen::Test, Seen::Nothing];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    seen_as: String,
}

#[derive(Template)]
#[template(path = "declaration.html")]
struct Page {
    d: Desk,
    back: String,
    action: String,
    name: String,
    facts: Vec<(String, String)>,
    answers: Vec<(String, String, bool)>,
    person_href: String,
    household_href: Option<String>,
    medical: String,
    /// `None` where nobody has to look at it, or somebody has.
    choices: Option<Vec<(String, String, bool)>>,
    errors: Errors,
}

/// `GET /{tenant}/desk/declarations/{declaration}`
pub async fn page(me: Me, Path((_, id)): Path<(String, Uuid)>) -> Outcome {
    show(&me, id, "", Errors::default()).await
}

/// `POST /{tenant}/desk/declarations/{declaration}`
pub async fn see(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = match judge(&me, id, &typed).await {
        Ok(()) => "seen",
        // Somebody was faster, or the form came twice.
        Err(Error::Conflict("error-declaration-seen")) => "seen-known",
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            return show(&me, id, &typed.seen_as, errors).await;
        }
    };
    Ok(see_other(&me.at(format!("declarations?done={done}"))))
}

async fn judge(me: &Me, id: Uuid, typed: &Typed) -> Result<()> {
    let mut cx = me.begin().await?;
    let seen = typed.seen_as.parse::<Seen>();
    // Who may not look at it is told so before anything of the form.
    declarations::one(&mut cx, id).await?;
    let seen = seen.map_err(|_| Error::invalid("seen_as", "error-choose"))?;
    declarations::see(&mut cx, id, seen).await?;
    cx.commit().await
}

async fn show(me: &Me, id: Uuid, chosen: &str, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "declarations").await?;
    let one = declarations::one(&mut frame.cx, id).await?;
    let household = households::home_of(&mut frame.cx, one.person.id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let choice = |seen: &Seen| (seen.as_str().to_owned(), words::seen(w, *seen), chosen == seen.as_str());
    let page = Page {
        back: me.at("declarations"),
        action: me.at(format!("declarations/{id}")),
        name: one.person.full_name.clone(),
        facts: facts(me, &frame, &one),
        answers: Question::ALL
            .iter()
            .map(|question| {
                let answer = words::answer(w, &one.answers, *question);
                (words::question(w, *question), answer, one.flags.contains(question))
            })
            .collect(),
        person_href: me.at(format!("people/{}", one.person.id)),
        household_href: household.map(|home| me.at(format!("households/{home}"))),
        medical: me.tenant.pack.place.emergency.medical.clone(),
        choices: (one.asks && one.seen.is_none()).then(|| OFFERED.iter().map(choice).collect()),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn facts(me: &Me, frame: &Frame, one: &Line) -> Vec<(String, String)> {
    let (w, clock) = (me.w, &frame.d.clock);
    let by = if one.declared_by.is_some() { w.declarations_by_staff() } else { w.declarations_by_self() };
    let mut facts = vec![
        (w.case_birth_sex(), cases::birth_and_sex(w, &one.person)),
        (w.case_phone(), one.person.phone_masked.clone().unwrap_or_else(|| w.case_unknown())),
        (w.case_ward(), frame::short(&frame.tree, &frame.d, Some(one.ward))),
        (w.declarations_made(), format!("{} · {by}", clock.full(one.made_at))),
        (w.declarations_until(), clock.full(one.valid_until)),
    ];
    if let Some((seen, at)) = one.seen {
        facts.push((w.declarations_seen_as(), format!("{} · {}", words::seen(w, seen), clock.full(at))));
    }
    facts
}

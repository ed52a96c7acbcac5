//! Looking at a self-test that a household told of: the picture, and what it is.

use super::words;
use crate::{Me, attachments, cases, frame::Frame};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use health::{
    followups,
    samples::{self, Seen, TOLD},
};
use kernel::{Error, Result, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use town::files::{self, Owner};
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    seen_as: String,
    why: String,
}

#[derive(Template)]
#[template(path = "sample_see.html")]
struct Page {
    d: Desk,
    back: String,
    action: String,
    name: String,
    facts: Vec<(String, String)>,
    household_href: String,
    case_href: Option<String>,
    photo: Option<String>,
    medical: String,
    choices: Vec<(String, String, bool)>,
    why: String,
    errors: Errors,
}

/// The pictures of a self-test are its own.
const fn owner(test: Uuid) -> Owner {
    Owner { kind: TOLD, id: test }
}

/// `GET /{tenant}/desk/samples/tests/{test}`
pub async fn page(me: Me, Path((_, test)): Path<(String, Uuid)>) -> Outcome {
    show(&me, test, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/samples/tests/{test}`
pub async fn see(me: Me, Path((_, test)): Path<(String, Uuid)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = match judge(&me, test, &typed).await {
        Ok(seen) => seen.as_str(),
        // Somebody was faster, or the form came twice.
        Err(Error::Conflict("error-self-test-seen")) => "seen-known",
        Err(Error::Invalid { field, key }) => {
            let mut errors = Errors::default();
            let long = (field, key) == ("why", "error-text-too-long");
            errors.add(field, if long { me.w.case_text_too_long("500") } else { me.w.by_key(key) });
            return show(&me, test, &typed, errors).await;
        }
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&me.at(format!("samples?done={done}"))))
}

async fn judge(me: &Me, test: Uuid, typed: &Typed) -> Result<Seen> {
    let seen: Seen = typed.seen_as.parse().map_err(|_| Error::invalid("seen_as", "error-choose"))?;
    let mut cx = me.begin().await?;
    let judged = samples::see(&mut cx, &me.tenant, test, seen, &typed.why).await?;
    if let Some(case) = judged.case {
        // Whoever is an F0 by it is followed from now on.
        followups::take_on(&mut cx, case).await?;
    }
    cx.commit().await?;
    Ok(seen)
}

async fn show(me: &Me, test: Uuid, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "samples").await?;
    let told = samples::self_test(&mut frame.cx, test).await?;
    let w = me.w;
    if told.seen.is_some() {
        return Ok(see_other(&me.at("samples?done=seen-known")));
    }
    let wrong = !errors.is_empty();
    let offered: &[Seen] = if told.asks() {
        &[Seen::Confirmed, Seen::PcrOrdered, Seen::Refused]
    } else {
        &[Seen::Noted, Seen::PcrOrdered, Seen::Refused]
    };
    let clock = &frame.d.clock;
    let page = Page {
        back: me.at("samples"),
        action: me.at(format!("samples/tests/{test}")),
        name: told.person.full_name.clone(),
        facts: vec![
            (w.case_birth_sex(), cases::birth_and_sex(w, &told.person)),
            (w.rounds_household(), told.code.clone()),
            (w.case_test_result(), cases::test_result(w, told.result)),
            (w.sample_told_on(), dates::shown_date(told.on_day)),
            (w.sample_told_at(), clock.full(told.told_at)),
        ],
        household_href: me.at(format!("households/{}", told.household)),
        case_href: told.case.map(|(case, _)| me.at(format!("cases/{case}"))),
        photo: told.file.map(|_| me.at(format!("samples/tests/{test}/photo"))),
        medical: me.tenant.pack.place.emergency.medical.clone(),
        choices: offered
            .iter()
            .map(|one| (one.as_str().to_owned(), words::seen(w, *one), typed.seen_as == one.as_str()))
            .collect(),
        why: typed.why.clone(),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/samples/tests/{test}/photo`: for whoever may say what it is.
pub async fn photo(
    me: Me,
    Path((_, test)): Path<(String, Uuid)>,
    Query(asked): Query<attachments::Asked>,
) -> Outcome {
    let mut cx = me.begin().await?;
    let file = samples::self_test(&mut cx, test).await?.file.ok_or(Error::NotFound)?;
    let (media_type, bytes) = files::read(&mut cx, me.app.vault(), owner(test), file, asked.size()).await?;
    Ok(attachments::sent(file, media_type, bytes))
}

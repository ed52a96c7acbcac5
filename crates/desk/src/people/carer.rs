//! Who may act for a person: put on record with what it rests on, and ended.

use super::{
    act::{Asked, Typed},
    at,
    part::FormPage,
    told, words,
};
use crate::{Me, cases, frame::Frame};
use askama::Template;
use health::{
    households,
    people::{self, CarerKind, Consent, NewCarer},
};
use kernel::{Error, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use uuid::Uuid;

/// Code, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "people_carer.html")]
struct Page {
    d: Desk,
    back: String,
    name: String,
    action: String,
    /// Those who live with him.
    members: Vec<Choice>,
    kinds: Vec<Choice>,
    consents: Vec<Choice>,
    typed: Typed,
    errors: Errors,
}

/// `GET /{tenant}/desk/people/{id}/carer`
pub async fn page(me: &Me, id: PersonId) -> Outcome {
    show(me, id, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/people/{id}/carer`
pub async fn add(me: &Me, id: PersonId, typed: Typed) -> Outcome {
    let mut errors = Errors::default();
    let done = match enter(me, id, &typed, &mut errors).await {
        Ok(true) => "carer",
        Ok(false) => return show(me, id, typed, errors).await,
        // Sent twice, he is the one who stands there already.
        Err(Error::Conflict("error-carer-known")) => "carer-known",
        Err(Error::Invalid { field, key }) => {
            errors.add(field, word(me, field, key));
            return show(me, id, typed, errors).await;
        }
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&format!("{}?done={done}", at(me, id))))
}

/// False when something must be mended first, which `errors` then tell.
async fn enter(me: &Me, id: PersonId, typed: &Typed, errors: &mut Errors) -> Result<bool> {
    let new = NewCarer {
        person: id,
        carer: if typed.carer.is_empty() { None } else { Some(typed.carer.parse()?) },
        full_name: typed.full_name.clone(),
        birth: typed.birth.clone(),
        phone: typed.phone.clone(),
        kind: typed.kind.parse::<CarerKind>().ok(),
        consent: typed.consent.parse::<Consent>().ok(),
    };
    let mut cx = me.begin().await?;
    let today = cx.now().to_zoned(me.tenant.timezone()).date();
    for fault in new.faults(today) {
        errors.add(fault.field, word(me, fault.field, fault.key));
    }
    if !errors.is_empty() {
        return Ok(false);
    }
    people::entrust(&mut cx, &new).await?;
    cx.commit().await?;
    Ok(true)
}

fn word(me: &Me, field: &str, key: &str) -> String {
    match (field, key) {
        ("full_name", "error-text-too-long") => me.w.case_text_too_long("100"),
        _ => me.w.by_key(key),
    }
}

async fn show(me: &Me, id: PersonId, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let brief = people::brief(&mut frame.cx, id).await?;
    super::must(me, &frame, &[brief.ward])?;
    let members = match households::home_of(&mut frame.cx, id).await? {
        Some(home) => households::find(&mut frame.cx, home).await?.members,
        None => Vec::new(),
    };
    let w = me.w;
    let wrong = !errors.is_empty();
    let page = Page {
        back: at(me, id),
        action: format!("{}/carer", at(me, id)),
        members: members
            .iter()
            .map(|member| &member.person)
            .filter(|person| person.id != id)
            .map(|person| {
                let code = person.id.to_string();
                let here = code == typed.carer;
                (code, format!("{} · {}", person.full_name, cases::birth_and_sex(w, person)), here)
            })
            .collect(),
        kinds: CarerKind::ALL
            .iter()
            .map(|one| (one.as_str().to_owned(), words::carer(w, *one), typed.kind == one.as_str()))
            .collect(),
        consents: Consent::ALL
            .iter()
            .map(|one| (one.as_str().to_owned(), words::consent(w, *one), typed.consent == one.as_str()))
            .collect(),
        name: brief.full_name,
        typed,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/people/{id}/end-carer?carer=`
pub async fn end_page(me: &Me, id: PersonId, asked: &Asked) -> Outcome {
    show_end(me, id, &asked.carer, "", Errors::default()).await
}

/// `POST /{tenant}/desk/people/{id}/end-carer`
pub async fn end(me: &Me, id: PersonId, typed: Typed) -> Outcome {
    match go_end(me, &typed).await {
        // Sent twice, it is done once.
        Ok(()) | Err(Error::Conflict("error-carer-ended")) => {
            Ok(see_other(&format!("{}?done=end-carer", at(me, id))))
        }
        Err(error) => {
            let errors = told(me, error)?;
            show_end(me, id, &typed.carer, &typed.why, errors).await
        }
    }
}

async fn go_end(me: &Me, typed: &Typed) -> Result<()> {
    let mut cx = me.begin().await?;
    people::end_care(&mut cx, read(&typed.carer)?, &typed.why).await?;
    cx.commit().await
}

fn read(text: &str) -> Result<Uuid> {
    text.parse().map_err(|_| Error::NotFound)
}

async fn show_end(me: &Me, id: PersonId, carer: &str, why: &str, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let brief = people::brief(&mut frame.cx, id).await?;
    super::must(me, &frame, &[brief.ward])?;
    let wanted = read(carer)?;
    let carers = people::carers(&mut frame.cx, id).await?;
    let one = carers.into_iter().find(|one| one.id == wanted).ok_or(Error::NotFound)?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let page = FormPage {
        back: at(me, id),
        action: format!("{}/end-carer", at(me, id)),
        title: w.people_do_end_carer(),
        hint: w.people_end_carer_hint(
            one.who.full_name.as_str(),
            words::carer(w, one.kind),
            brief.full_name.as_str(),
        ),
        hidden: ("carer", carer.to_owned()),
        name: brief.full_name.clone(),
        why: why.to_owned(),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

//! The answers once more, and sending them.

use super::{
    Answers, Step, add_faults,
    draft::{self, Begun, Draft, Held},
    key::{Key, is_key},
    question::{faults, first_call, refused, resume, take},
    sent, told, track, ward_name, with_key,
};
use crate::home::Visit;
use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use duty::units::{self, Tree};
use kernel::{Actor, Error, Result};
use pages::{Outcome, Portal, Source, forms::Errors, html};
use store::Cx;
use town::reports;

#[derive(Template)]
#[template(path = "report_check.html")]
struct Page {
    p: Portal,
    key: String,
    answers: Vec<Answer>,
    told: Vec<(Step, &'static str, String)>,
    /// To whom it goes, and within how many hours the answer is due.
    promise: Option<(String, String)>,
    first_call: Option<(String, String)>,
    too_large: bool,
    /// Where the report can be followed that was sent before this one was begun.
    after: Option<String>,
    begun: bool,
}

struct Answer {
    label: String,
    text: String,
    step: Step,
    field: &'static str,
    error: Option<String>,
}

impl Page {
    fn new(visit: &Visit, key: &Key, draft: &Draft, tree: &Tree, errors: &Errors) -> Self {
        let p = visit.frame();
        let first_call = draft
            .category(&p.tenant)
            .and_then(|category| first_call(&p, category))
            .map(|(number, why)| (number.to_owned(), why));
        Self {
            answers: answers(&p, draft, tree, errors),
            told: told(errors, &Step::ALL),
            promise: promise(&p, draft, tree),
            first_call,
            key: key.text.clone(),
            after: draft.after.as_deref().map(|code| track(visit, code)),
            begun: draft.is_begun(),
            p,
            too_large: false,
        }
    }
}

/// The lines of the page, in the order of the questions.
fn answers(p: &Portal, draft: &Draft, tree: &Tree, errors: &Errors) -> Vec<Answer> {
    let w = p.w;
    let language = w.lang();
    let category = draft
        .category(&p.tenant)
        .map_or_else(String::new, |category| language.pick(&category.name_vi, &category.name_en).to_owned());
    let ward = draft.ward(tree).and_then(|ward| tree.get(ward));
    let ward = ward.map_or_else(String::new, |ward| ward_name(ward, language).to_owned());
    let photos = match draft.files.len() {
        0 => w.report_check_no_photo(),
        photos => w.report_check_photos(photos.to_string()),
    };
    let position = if draft.has_point() { w.report_check_position() } else { w.report_check_no_position() };
    let phone = if draft.is_anonymous() { w.report_check_anonymous() } else { draft.phone.clone() };
    let lines = [
        (Step::Category, "category", w.report_check_category(), category, true),
        (Step::Place, "ward", w.report_check_ward(), ward, true),
        (Step::Place, "address", w.report_check_address(), draft.address.clone(), true),
        (Step::Place, "position", w.report_check_point(), position, draft.has_point()),
        (Step::Details, "text", w.report_check_text(), draft.text.clone(), true),
        (Step::Details, "photo", w.report_check_photo(), photos, true),
        (Step::Contact, "phone", w.report_check_phone(), phone, true),
        (Step::Contact, "name", w.report_check_name(), draft.name.clone(), !draft.is_anonymous()),
    ];
    let lines = lines.into_iter().filter(|(_, field, .., shown)| *shown || errors.has(field));
    lines
        .map(|(step, field, label, text, _)| Answer {
            text: match (text.trim().is_empty(), matches!(field, "category" | "ward" | "text")) {
                (false, _) => text,
                (true, true) => w.report_check_empty(),
                (true, false) => w.report_check_none(),
            },
            error: errors.of(field).map(str::to_owned),
            label,
            step,
            field,
        })
        .collect()
}

fn promise(p: &Portal, draft: &Draft, tree: &Tree) -> Option<(String, String)> {
    let category = draft.category(&p.tenant)?;
    let ladder = p.tenant.pack.ladder(category.ladder.as_deref()?)?;
    let ward = draft.ward(tree).filter(|ward| tree.get(*ward).is_some())?;
    let unit = tree.get(category.lead.resolve(tree, None, Some(ward))?)?;
    Some((unit.name_in(p.w.lang().as_str()).to_owned(), ladder.due.as_hours().to_string()))
}

/// `GET /{tenant}/report/check`
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    let (key, mut draft) = resume(&mut cx, &headers).await?;
    let mut errors = Errors::default();
    let faults = faults(&mut cx, &visit.tenant, &key.text, &mut draft, &tree).await?;
    add_faults(&mut errors, visit.w, &faults);
    let page = Page::new(&visit, &key, &draft, &tree, &errors);
    Ok(with_key(&visit, html(&page)?, &key, StatusCode::OK))
}

/// `POST /{tenant}/report/check`: sends the draft, with whatever fields came along taken in first.
pub(super) async fn send(visit: Visit, headers: HeaderMap, source: Source, mut answers: Answers) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    // A short key of the client's own stands for all that came with it and keeps no draft: what must be
    // mended goes on under a key of ours.
    let short = Key::typed(&cx, &answers)?.filter(|key| !key.keeps());
    let key = if short.is_some() { Key::new(&cx)? } else { Key::of(&cx, &answers, &headers)? };
    let (key, mut held) = match draft::begin(&mut cx, key, &answers).await? {
        Begun::Draft(key, held) => (key, held),
        Begun::Sent(code) => return Ok(sent(&visit, &code)),
    };
    let report_key = short.map_or_else(|| key.text.clone(), |short| short.text);
    let mut errors = take(&visit, &mut cx, &mut held, &mut answers, (&report_key, &tree)).await?;
    let refused_key =
        answers.get("key").map(str::trim).is_some_and(|typed| !typed.is_empty() && !is_key(typed));
    held.draft.asked = true;
    held.save(&mut cx).await?;
    cx.commit().await?;
    if refused_key {
        errors.add("key", visit.w.by_key("error-key-length"));
    }
    if errors.is_empty() && !answers.is_too_large() {
        match submit(&visit, (&key.text, &report_key), &tree, &source).await {
            Ok(code) => return Ok(sent(&visit, &code)),
            // A photo's day was over before the form was sent: the rest is still good.
            Err(Error::Conflict("error-file-gone")) => {
                held.draft.files.clear();
                let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
                held.save(&mut cx).await?;
                cx.commit().await?;
                errors.add("photo", visit.w.by_key("error-file-gone"));
            }
            Err(other) => return Err(other.into()),
        }
    }
    let shown = held.draft.shown(&key, &answers, "•••");
    let mut page = Page::new(&visit, &key, &shown, &tree, &errors);
    page.too_large = answers.is_too_large();
    if let Some(text) = errors.of("key") {
        page.told.push((Step::Category, "send", text.to_owned()));
    }
    Ok(with_key(&visit, html(&page)?, &key, refused(&answers)))
}

/// The report, in one transaction with the end of its draft.
async fn submit(
    visit: &Visit,
    (key, report_key): (&str, &str),
    tree: &Tree,
    source: &Source,
) -> Result<String> {
    let mut cx: Cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let mut held = Held::claim(&mut cx, key).await?;
    if let Some(code) = held.draft.sent {
        return Ok(code);
    }
    let source = source.address.map(|address| address.to_canonical().to_string());
    let submitted =
        reports::submit(&mut cx, &visit.tenant, held.draft.report(report_key, tree, source)).await?;
    let code = submitted.code.to_string();
    held.draft = std::mem::take(&mut held.draft).over(&cx, code.clone())?;
    held.save(&mut cx).await?;
    cx.commit().await?;
    Ok(code)
}

//! The four questions.

use super::{
    Answers, Step, add_faults,
    draft::{self, Begun, Draft, Held},
    key::Key,
    sent, told, track, ward_name, with_key,
};
use crate::home::Visit;
use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use duty::{
    tenants::{
        Tenant,
        pack::{Category, CategoryKind},
    },
    units::{self, Tree},
};
use kernel::{Actor, Result, text::search_key};
use pages::{Outcome, Portal, forms::Errors, html, see_other};
use town::{
    files::Purpose,
    reports::{self, Fault},
};

/// Photos that one report takes.
const PHOTOS: usize = 6;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    p: Portal,
    step: Step,
    key: String,
    draft: Draft,
    errors: Errors,
    /// Code and name, in the order of the names.
    wards: Vec<Ward>,
    /// Where the report can be followed that was sent before this one was begun.
    after: Option<String>,
}

struct Ward {
    code: String,
    name: String,
    chosen: bool,
}

impl Page {
    fn new(visit: &Visit, step: Step, key: &Key, draft: Draft, tree: &Tree, errors: Errors) -> Self {
        let chosen = draft.ward(tree);
        let mut wards: Vec<Ward> = tree
            .wards()
            .map(|ward| Ward {
                code: ward.code.clone(),
                name: ward_name(ward, visit.w.lang()).to_owned(),
                chosen: chosen == Some(ward.id),
            })
            .collect();
        wards.sort_by_cached_key(|ward| search_key(&ward.name));
        let after = draft.after.as_deref().map(|code| track(visit, code));
        Self { p: visit.frame(), step, key: key.text.clone(), draft, errors, wards, after }
    }

    fn told(&self) -> Vec<(Step, &'static str, String)> {
        told(&self.errors, &[self.step])
    }

    fn title(&self) -> String {
        let w = self.p.w;
        match self.step {
            Step::Category => w.report_category_title(),
            Step::Place => w.report_place_title(),
            Step::Details => self.category().map_or_else(
                || w.report_details_title(),
                |category| w.lang().pick(&category.question_vi, &category.question_en).to_owned(),
            ),
            Step::Contact => w.report_contact_title(),
        }
    }

    fn category(&self) -> Option<&Category> {
        self.draft.category(&self.p.tenant)
    }

    /// Whether the unit that must answer calls back whoever leaves a number.
    fn calls_back(&self) -> bool {
        self.category().is_some_and(|category| category.call_back)
    }

    fn back(&self) -> String {
        match self.step.before() {
            Some(step) => self.p.at(format_args!("report/{}", step.as_str())),
            None => self.p.home(),
        }
    }

    fn is(&self, step: &str) -> bool {
        self.step.as_str() == step
    }

    /// The number to call first in this kind of matter, where it is another than the ambulance's.
    fn first_call(&self) -> Option<(&str, String)> {
        first_call(&self.p, self.category()?)
    }
}

/// The number to call first in a kind of matter, where it is another than the ambulance's, and why.
pub(super) fn first_call<'a>(p: &'a Portal, category: &Category) -> Option<(&'a str, String)> {
    let numbers = &p.tenant.pack.place.emergency;
    match category.emergency_hint.as_deref() {
        Some("police") => Some((&numbers.police, p.w.report_call_police())),
        Some("fire") => Some((&numbers.fire, p.w.report_call_fire())),
        Some("city") => Some((&numbers.city, p.w.report_call_city())),
        _ => None,
    }
}

/// `GET /{tenant}/report/{step}`
pub(super) async fn page(
    visit: Visit,
    Path((_, step)): Path<(String, String)>,
    headers: HeaderMap,
) -> Outcome {
    let step: Step = step.parse()?;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    let (key, draft) = resume(&mut cx, &headers).await?;
    let page = Page::new(&visit, step, &key, draft, &tree, Errors::default());
    Ok(with_key(&visit, html(&page)?, &key, StatusCode::OK))
}

/// The draft of the browser's cookie, or a new one.
pub(super) async fn resume(cx: &mut store::Cx, headers: &HeaderMap) -> Result<(Key, Draft)> {
    if let Some(key) = Key::in_cookie(cx, headers)?
        && let Some(draft) = draft::find(cx, &key.text).await?
    {
        return Ok((key, draft));
    }
    Ok((Key::new(cx)?, Draft::default()))
}

/// What is wrong with the answers, whether or not anybody has come to them yet.
pub(super) async fn faults(
    cx: &mut store::Cx,
    tenant: &Tenant,
    key: &str,
    draft: &mut Draft,
    tree: &Tree,
) -> Result<Vec<Fault>> {
    let faults = reports::faults(cx, tenant, &draft.report(key, tree, None)).await?;
    if faults.iter().any(|fault| fault.field == "point") {
        // Hidden fields cannot be mended by hand: told once, then left out.
        draft.lat.clear();
        draft.lon.clear();
    }
    Ok(faults)
}

/// Takes what was sent into the draft. The draft as it stands then, and everything wrong with it.
pub(super) async fn take(
    visit: &Visit,
    cx: &mut store::Cx,
    held: &mut Held,
    answers: &mut Answers,
    (key, tree): (&str, &Tree),
) -> Result<Errors> {
    let mut errors = Errors::default();
    held.draft.take(answers);
    answers.tell_unreadable(visit.w, &mut errors);
    let room = PHOTOS.saturating_sub(held.draft.files.len());
    let kept =
        answers.keep_photos(cx, visit.app.vault(), Purpose::Report, room, visit.w, &mut errors).await?;
    held.draft.files.extend(kept);
    let faults = faults(cx, &visit.tenant, key, &mut held.draft, tree).await?;
    add_faults(&mut errors, visit.w, &faults);
    Ok(errors)
}

pub(super) fn refused(answers: &Answers) -> StatusCode {
    if answers.is_too_large() { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// `POST /{tenant}/report/{step}`
pub(super) async fn answer(
    visit: Visit,
    Path((_, step)): Path<(String, String)>,
    headers: HeaderMap,
    mut answers: Answers,
) -> Outcome {
    let step: Step = step.parse()?;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let tree = units::tree(&mut cx).await?;
    let key = Key::of(&cx, &answers, &headers)?;
    let (key, mut held) = match draft::begin(&mut cx, key, &answers).await? {
        Begun::Draft(key, held) => (key, held),
        Begun::Sent(code) => return Ok(sent(&visit, &code)),
    };
    let errors = take(&visit, &mut cx, &mut held, &mut answers, (&key.text, &tree)).await?;
    let wrong = !told(&errors, &[step]).is_empty() || answers.is_too_large();
    let drops = answers.get("drop").is_some();
    held.draft.asked |= step == Step::Contact && !wrong;
    held.save(&mut cx).await?;
    cx.commit().await?;
    if let Some(category) = elsewhere(&visit.tenant, step, &held.draft) {
        return Ok(go(&visit, &format!("elsewhere/{}", category.code), &key));
    }
    if drops && !answers.is_too_large() {
        return Ok(go(&visit, "details", &key));
    }
    if !wrong {
        let complete = held.draft.asked && told(&errors, &Step::ALL).is_empty();
        return Ok(go(&visit, if complete { "check" } else { step.next() }, &key));
    }
    let shown = held.draft.shown(&key, &answers, "");
    let page = Page::new(&visit, step, &key, shown, &tree, errors);
    Ok(with_key(&visit, html(&page)?, &key, refused(&answers)))
}

/// The category that leads out of the form.
fn elsewhere<'a>(tenant: &'a Tenant, step: Step, draft: &Draft) -> Option<&'a Category> {
    let category = draft.category(tenant)?;
    (step == Step::Category && category.kind == CategoryKind::Redirect).then_some(category)
}

fn go(visit: &Visit, page: &str, key: &Key) -> Response {
    let response = see_other(&visit.frame().at(format_args!("report/{page}")));
    with_key(visit, response, key, StatusCode::SEE_OTHER)
}

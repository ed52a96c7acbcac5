//! A resident tells what is wrong: four questions, one a page, then a page to check the answers.
//!
//! Nothing here needs a script or an account. What was typed waits in a sealed draft for a day
//! ([`draft`]), so each question is a page of its own and none of it stands in an address. The draft's
//! key ([`key`]) is also the report's key: whatever is sent twice, there is one report. A client that
//! knows the fields may send all of them at once to `check`. Whoever shares a device can have what was
//! typed forgotten at any step.

mod answers;
mod check;
mod draft;
mod elsewhere;
mod forget;
mod key;
mod question;
mod sql;

pub use answers::Answers;
pub use draft::purge;

use crate::home::Visit;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::get,
};
use duty::units::Unit;
use kernel::Error;
use key::Key;
use pages::{App, Lang, Outcome, Words, cookies, forms::Errors, see_other};
use std::str::FromStr;
use town::reports::Fault;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/report", get(start))
        .route("/{tenant}/report/check", get(check::page).post(check::send))
        .route("/{tenant}/report/elsewhere/{category}", get(elsewhere::page))
        .route("/{tenant}/report/forget", get(start).post(forget::forget))
        .route("/{tenant}/report/{step}", get(question::page).post(question::answer))
        // The reader of the answers has limits of its own, under which the text survives a large photo.
        .layer(DefaultBodyLimit::disable())
}

/// `GET /{tenant}/report`
async fn start(visit: Visit) -> Outcome {
    Ok(see_other(&visit.frame().at("report/category")))
}

/// The questions, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Category,
    Place,
    Details,
    Contact,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Place => "place",
            Self::Details => "details",
            Self::Contact => "contact",
        }
    }

    const fn number(self) -> &'static str {
        match self {
            Self::Category => "1",
            Self::Place => "2",
            Self::Details => "3",
            Self::Contact => "4",
        }
    }

    const fn before(self) -> Option<Self> {
        match self {
            Self::Category => None,
            Self::Place => Some(Self::Category),
            Self::Details => Some(Self::Place),
            Self::Contact => Some(Self::Details),
        }
    }

    /// The page after this one.
    const fn next(self) -> &'static str {
        match self {
            Self::Category => "place",
            Self::Place => "details",
            Self::Details => "contact",
            Self::Contact => "check",
        }
    }

    /// The fields of the question, in the order of its page.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Category => &["category"],
            Self::Place => &["ward", "address", "position"],
            Self::Details => &["text", "photo"],
            Self::Contact => &["phone", "name"],
        }
    }

    const ALL: [Self; 4] = [Self::Category, Self::Place, Self::Details, Self::Contact];
}

impl FromStr for Step {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|step| step.as_str() == s).ok_or(Error::NotFound)
    }
}

/// The page's name for what the report's room calls a field.
fn field_of(fault: &Fault) -> &'static str {
    match fault.field {
        "point" => "position",
        "details" => "text",
        "file" => "photo",
        other => other,
    }
}

/// What is wrong with the fields of some questions, as pages tell it.
fn told(errors: &Errors, steps: &[Step]) -> Vec<(Step, &'static str, String)> {
    let fields = steps.iter().flat_map(|step| step.fields().iter().map(|field| (*step, *field)));
    fields.filter_map(|(step, field)| Some((step, field, errors.of(field)?.to_owned()))).collect()
}

/// Adds the report's faults in the reader's words.
fn add_faults(errors: &mut Errors, words: Words, faults: &[Fault]) {
    for fault in faults {
        errors.add(field_of(fault), words.by_key(fault.key));
    }
}

/// A ward as the place it is; its unit's name is that of the committee.
pub(crate) fn ward_name(ward: &Unit, language: Lang) -> &str {
    let (name, committee) = match language {
        Lang::Vi => (&ward.name, "Ủy ban nhân dân "),
        Lang::En => (&ward.name_en, "People's Committee of "),
    };
    name.strip_prefix(committee).unwrap_or(name)
}

const COOKIE: &str = "vx_report";
/// As long as a draft is kept, in seconds.
const DAY: i64 = 86_400;

fn set_cookie(visit: &Visit, response: &mut Response, key: &str, age: i64) {
    let path = format!("/{}/report", visit.tenant.slug);
    let cookie = cookies::set(COOKIE, key, &path, Some(age), visit.app.place().secure);
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

/// A page of this form: it carries the key on. A client's own key is the client's to keep.
fn with_key(visit: &Visit, mut response: Response, key: &Key, status: StatusCode) -> Response {
    *response.status_mut() = status;
    if key.own {
        set_cookie(visit, &mut response, &key.text, DAY);
    }
    visit.keep_language(response)
}

/// Where a report can be followed.
fn track(visit: &Visit, code: &str) -> String {
    visit.frame().at(format_args!("track/{code}"))
}

/// 303 to where the report can be followed; the draft is over.
fn sent(visit: &Visit, code: &str) -> Response {
    let mut response = see_other(&track(visit, code));
    set_cookie(visit, &mut response, "", 0);
    // The code is the key to the report: no cache may keep where we sent the browser.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

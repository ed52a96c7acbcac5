//! A household tells of a test it made itself: whose, which result, on which day, and a picture of the
//! cassette. The station looks at it within the day; until then nobody is an F0 by it.

use super::{doorway::Asker, page::open};
use crate::{home::Visit, report::Answers};
use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
};
use health::{
    cases::TestResult,
    followups,
    samples::{self, Member, SelfTest, TOLD},
};
use kernel::{Actor, Error, FileId, HouseholdId, PersonId, Result, SecretCode, dates};
use pages::{Outcome, Portal, forms::Errors, html, see_other};
use store::{Cx, Turns};
use town::files::{self, Owner, Purpose};

/// Pictures of one test.
const PHOTOS: usize = 1;
/// Of what was typed into a field so many characters are shown again.
const SHOWN: usize = 40;

#[derive(Clone, Debug, Default)]
struct Typed {
    person: String,
    result: String,
    on_day: String,
}

#[derive(Template)]
#[template(path = "diary_test.html")]
struct Page {
    p: Portal,
    code: String,
    /// What the form that led here came to: `asked`, `noted` or `again`; empty before.
    done: String,
    /// Id, who is meant, chosen.
    members: Vec<(String, String, bool)>,
    results: Vec<(&'static str, String, bool)>,
    on_day: String,
    errors: Errors,
}

impl Page {
    fn new(visit: &Visit, code: &str, members: &[Member], typed: &Typed, errors: Errors) -> Result<Self> {
        let w = visit.w;
        let who = |one: &Member| match one.birth_year {
            Some(year) => format!("{} ({})", one.given_name, w.diary_born(year.to_string())),
            None => one.given_name.clone(),
        };
        let result = |one: TestResult| match one {
            TestResult::Positive => w.diary_test_positive(),
            TestResult::Negative => w.diary_test_negative(),
            TestResult::Indeterminate => w.diary_test_unclear(),
        };
        Ok(Self {
            p: visit.frame(),
            code: SecretCode::parse(code)?.to_string(),
            done: String::new(),
            members: members
                .iter()
                .map(|one| (one.person.to_string(), who(one), typed.person == one.person.to_string()))
                .collect(),
            results: TestResult::ALL
                .iter()
                .map(|one| (one.as_str(), result(*one), typed.result == one.as_str()))
                .collect(),
            on_day: typed.on_day.chars().take(SHOWN).collect(),
            errors,
        })
    }

    fn at(&self, path: &str) -> String {
        self.p.at(format_args!("diary/{}{path}", self.code))
    }

    fn is(&self, done: &str) -> bool {
        self.done == done
    }
}

/// `GET /{tenant}/diary/{code}/test?w=`: `w` says only what is to be read, and decides nothing.
pub(super) async fn page(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let members = match living(&mut cx, &code).await {
        Ok((_, members)) => members,
        Err(error) => return asker.refuse(&code, error),
    };
    let today = cx.now().to_zoned(visit.tenant.timezone()).date();
    let typed = Typed { on_day: dates::shown_date(today), ..Typed::default() };
    let mut page = Page::new(visit, &code, &members, &typed, Errors::default())?;
    let done = asked.into_iter().find(|(name, _)| name == "w").map(|(_, word)| word).unwrap_or_default();
    if ["asked", "noted", "again"].contains(&done.as_str()) {
        page.done = done;
    }
    Ok(visit.keep_language(html(&page)?))
}

/// `POST /{tenant}/diary/{code}/test`, `multipart/form-data`
pub(super) async fn send(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    mut answers: Answers,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let members = match living(&mut cx, &code).await {
        Ok((_, members)) => members,
        Err(error) => return asker.refuse(&code, error),
    };
    let text = |name| answers.get(name).unwrap_or_default().trim().to_owned();
    let typed = Typed { person: text("person"), result: text("result"), on_day: text("on_day") };
    let mut errors = Errors::default();
    answers.tell_unreadable(visit.w, &mut errors);
    drop(cx);
    match tell(visit, &code, &typed, &mut answers, &mut errors).await {
        Ok(Some(done)) => {
            let code = SecretCode::parse(&code)?;
            return Ok(see_other(&visit.frame().at(format_args!("diary/{code}/test?w={done}"))));
        }
        Ok(None) => {}
        Err(Error::Invalid { field, key }) => errors.add(field, visit.w.by_key(key)),
        Err(other) => return Err(other.into()),
    }
    let mut response = html(&Page::new(visit, &code, &members, &typed, errors)?)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(visit.keep_language(response))
}

/// What it came to; `None` when something must be mended first, which `errors` then tell: nothing is
/// kept of the form but a picture that belongs to nothing and is swept away.
async fn tell(
    visit: &Visit,
    code: &str,
    typed: &Typed,
    answers: &mut Answers,
    errors: &mut Errors,
) -> Result<Option<&'static str>> {
    let person = typed.person.parse::<PersonId>();
    let result = typed.result.parse::<TestResult>();
    if person.is_err() {
        errors.add("person", visit.w.diary_test_person_missing());
    }
    if result.is_err() {
        errors.add("result", visit.w.diary_test_result_missing());
    }
    // The picture is read and kept once, whatever has to be begun anew after it.
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    followups::held(&mut cx, code).await?;
    let vault = visit.app.vault();
    let kept = answers.keep_photos(&mut cx, vault, Purpose::Test, PHOTOS, visit.w, errors).await?;
    if answers.is_too_large() {
        errors.add("photo", visit.w.by_key("error-file-too-big"));
    }
    let (Ok(person), Ok(result), true) = (person, result, errors.is_empty()) else { return Ok(None) };
    let new = SelfTest { person, result, on_day: typed.on_day.clone(), file: kept.first().copied() };
    cx.commit().await?;
    let mut turns = Turns::default();
    loop {
        match take_in(visit, code, &new, &kept).await {
            Err(error) if turns.again(&error) => {}
            done => return done.map(Some),
        }
    }
}

/// In one transaction, which may have to be begun anew.
async fn take_in(visit: &Visit, code: &str, new: &SelfTest, kept: &[FileId]) -> Result<&'static str> {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let household = followups::held(&mut cx, code).await?;
    let told = samples::tell(&mut cx, &visit.tenant, household, new).await?;
    if let Some(test) = told.test {
        files::bind(&mut cx, kept, Purpose::Test, Owner { kind: TOLD, id: test }).await?;
    }
    cx.commit().await?;
    Ok(match (told.test, told.asked) {
        (None, _) => "again",
        (Some(_), true) => "asked",
        (Some(_), false) => "noted",
    })
}

/// The household whose code it is, which acts from here on, and those who live there.
async fn living(cx: &mut Cx, code: &str) -> Result<(HouseholdId, Vec<Member>)> {
    let (household, _) = open(cx, code).await?;
    let members = samples::members(cx, household).await?;
    Ok((household, members))
}

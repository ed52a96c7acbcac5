//! The record itself.

use super::doorway::Asker;
use crate::home::Visit;
use askama::Template;
use axum::extract::{Path, Query};
use duty::units::{self, Tree};
use health::corrections::{self, Field, Mine, Own, Reading, State};
use kernel::{Actor, PersonId, Result, SecretCode, citizen_id::Sex, dates::shown_date};
use pages::{Outcome, Portal, Words, html};
use serde::Deserialize;
use store::Cx;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    sent: String,
}

/// What is known, and where it is said to be wrong.
struct Line {
    label: String,
    value: String,
    /// Where it comes from and since when; may be empty.
    note: String,
    fix: String,
}

struct Opened {
    at: String,
    who: String,
    reason: String,
}

struct Request {
    field: String,
    wanted: String,
    asked: String,
    state: String,
    tone: &'static str,
    answer: String,
}

#[derive(Template)]
#[template(path = "record.html")]
struct Page {
    p: Portal,
    sent: bool,
    person: Vec<Line>,
    doses: Vec<Line>,
    recoveries: Vec<Line>,
    tests: Vec<Line>,
    /// Where a dose, recovery or test that is missing is told.
    missing: Vec<(String, String)>,
    opened: Vec<Opened>,
    requests: Vec<Request>,
}

/// The person whose code it is, who acts from here on.
pub(super) async fn open(cx: &mut Cx, code: &str) -> Result<(PersonId, Own)> {
    let person = corrections::held(cx, code).await?;
    let own = corrections::own(cx, person).await?;
    Ok((person, own))
}

/// `GET /{tenant}/record/{code}`
pub(super) async fn page(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Query(after): Query<After>,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let own = match open(&mut cx, &code).await {
        Ok((_, own)) => own,
        Err(error) => return asker.refuse(&code, error),
    };
    let tree = units::tree(&mut cx).await?;
    let page = Page::new(visit, &tree, &SecretCode::parse(&code)?, &own, !after.sent.is_empty());
    Ok(visit.keep_language(html(&page)?))
}

pub(super) fn field_word(w: Words, field: Field) -> String {
    w.by_key(&format!("correction-field-{}", field.as_str().replace('_', "-")))
}

/// A value as its person reads it.
pub(super) fn shown(w: Words, field: Field, value: &str) -> String {
    match (field, value) {
        (Field::Sex, "male") => w.sex_male(),
        (Field::Sex, "female") => w.sex_female(),
        (_, value) => value.to_owned(),
    }
}

impl Page {
    fn new(visit: &Visit, tree: &Tree, code: &SecretCode, own: &Own, sent: bool) -> Self {
        let (w, p) = (visit.w, visit.frame());
        let fix = |field: Field, object: Option<uuid::Uuid>| {
            let object = object.map(|id| format!("&object={id}")).unwrap_or_default();
            p.at(format_args!("record/{code}/fix?field={}{object}", field.as_str()))
        };
        let unknown = || w.record_unknown();
        let line = |field: Field, value: Option<String>| Line {
            label: field_word(w, field),
            value: value.filter(|value| !value.is_empty()).unwrap_or_else(unknown),
            note: String::new(),
            fix: fix(field, None),
        };
        let sex = own.sex.map(|sex| shown(w, Field::Sex, Sex::as_str(sex)));
        let mut person = vec![
            line(Field::Birth, own.birth.clone()),
            line(Field::Sex, sex),
            line(Field::CitizenId, own.citizen_id.clone()),
            line(Field::Address, own.address.clone()),
        ];
        let phones = own.phones.iter().map(|(id, masked)| Line {
            fix: fix(Field::Phone, Some(*id)),
            ..line(Field::Phone, Some(masked.clone()))
        });
        person.extend(phones);
        if own.phones.is_empty() {
            person.push(line(Field::Phone, None));
        }
        let source =
            |word: &str, at| w.record_source(w.by_key(&format!("fact-source-{word}")), p.clock.date(at));
        let day = |day: Option<jiff::civil::Date>| day.map_or_else(unknown, shown_date);
        let doses = own.doses.iter().map(|dose| Line {
            label: w.record_dose(dose.number.to_string()),
            value: if dose.words.is_empty() {
                day(dose.on)
            } else {
                format!("{} · {}", day(dose.on), dose.words)
            },
            note: source(dose.source.as_str(), dose.entered_at),
            fix: fix(Field::Vaccination, Some(dose.id)),
        });
        let recoveries = own.recoveries.iter().map(|one| Line {
            label: field_word(w, Field::Recovery),
            value: day(one.on),
            note: source(one.source.as_str(), one.entered_at),
            fix: fix(Field::Recovery, Some(one.id)),
        });
        let code_word = |start: &str, code: &str| w.by_key(&format!("{start}{}", code.replace('_', "-")));
        let tests = own.tests.iter().map(|test| Line {
            label: code_word("test-kind-", test.kind.as_str()),
            value: format!(
                "{} · {}",
                shown_date(test.sample_on),
                code_word("test-result-", test.result.as_str())
            ),
            note: String::new(),
            fix: fix(Field::Test, Some(test.id)),
        });
        Self {
            sent,
            doses: doses.collect(),
            recoveries: recoveries.collect(),
            tests: tests.collect(),
            missing: [Field::Vaccination, Field::Recovery, Field::Test]
                .map(|field| (fix(field, None), field_word(w, field)))
                .into(),
            opened: own.readings.iter().map(|one| opened(&p, tree, one)).collect(),
            requests: own.mine.iter().map(|one| request(&p, one)).collect(),
            person: std::iter::once(line(Field::Name, Some(own.full_name.clone()))).chain(person).collect(),
            p,
        }
    }
}

fn opened(p: &Portal, tree: &Tree, one: &Reading) -> Opened {
    let w = p.w;
    let unit =
        one.unit.and_then(|unit| tree.get(unit)).map(|unit| unit.name_in(w.lang().as_str()).to_owned());
    let title = w.lang().pick(&one.title, &one.title_en).to_owned();
    let who = [unit.unwrap_or_default(), title];
    Opened {
        at: p.clock.full(one.at),
        who: who.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
        reason: one.reason.clone().unwrap_or_else(|| w.record_reason_gone()),
    }
}

fn request(p: &Portal, one: &Mine) -> Request {
    let w = p.w;
    let (state, tone) = match one.state {
        State::Asked => (w.record_request_asked(), "soon"),
        State::Accepted => (w.record_request_accepted(), "calm"),
        State::Refused => (w.record_request_refused(), "late"),
    };
    Request {
        field: field_word(w, one.field),
        wanted: shown(w, one.field, &one.wanted),
        asked: p.clock.full(one.asked_at),
        state,
        tone,
        answer: one.answer.clone().unwrap_or_default(),
    }
}

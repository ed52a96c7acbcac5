//! Putting on record what is known of somebody: a dose, an illness, a pregnancy.

use super::{
    Ground,
    act::{Asked, Sent},
    moved, words,
};
use crate::Me;
use askama::Template;
use health::{
    facts::{Kind, NewFact, Source},
    followups::{self, Sheet},
};
use kernel::{Error, HouseholdId, PersonId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

/// Where a fact that is typed here may come from; lists bring their own.
const SOURCES: [Source; 4] = [Source::Person, Source::Paper, Source::National, Source::Staff];

#[derive(Clone, Default)]
struct Typed {
    person: String,
    kind: String,
    on_day: String,
    until_day: String,
    dose: String,
    words: String,
    lot: String,
    source: String,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.of(name).to_owned();
        Self {
            person: text("person"),
            kind: text("kind"),
            on_day: text("on_day"),
            until_day: text("until_day"),
            dose: text("dose"),
            words: text("words"),
            lot: text("lot"),
            source: text("source"),
        }
    }

    /// `None` when a choice is missing, which `errors` then tell.
    fn fact(&self, me: &Me, errors: &mut Errors) -> Option<NewFact> {
        let kind = self.kind.parse::<Kind>();
        let source = self.source.parse::<Source>().ok().filter(|one| SOURCES.contains(one));
        for (field, missing) in [("kind", kind.is_err()), ("source", source.is_none())] {
            if missing {
                errors.add(field, me.w.error_choose());
            }
        }
        Some(NewFact {
            on_day: self.on_day.clone(),
            until_day: self.until_day.clone(),
            dose: self.dose.trim().parse().ok(),
            words: self.words.clone(),
            lot: self.lot.clone(),
            ..NewFact::of(kind.ok()?, source?)
        })
    }
}

/// Code, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "household_fact.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    typed: Typed,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    sources: Vec<Choice>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/fact?member=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    let typed = Typed { person: asked.member.clone(), ..Typed::default() };
    show(me, id, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/fact`
pub async fn add(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let typed = Typed::of(sent);
    let mut errors = Errors::default();
    let done = match enter(me, id, &typed, &mut errors).await {
        Ok(done) => done,
        Err(Error::Invalid { field, key }) => {
            errors.add(field, word(me, field, key));
            None
        }
        Err(other) => return Err(other.into()),
    };
    match done {
        Some(done) => Ok(see_other(&me.at(format!("households/{id}?done={done}")))),
        None => show(me, id, typed, errors).await,
    }
}

/// `fact`, or `fact-days` with how many contacts lie outside a plan's days that it has moved.
pub fn done(done: &str, before: &Sheet, after: &Sheet) -> String {
    match moved(before, after) {
        None => done.to_owned(),
        Some(0) => format!("{done}-days"),
        Some(outside) => format!("{done}-days&outside={outside}"),
    }
}

/// What it came to; `None` when something must be mended first, which `errors` then tell.
async fn enter(me: &Me, id: HouseholdId, typed: &Typed, errors: &mut Errors) -> Result<Option<String>> {
    let (person, today, before) = {
        let ground = Ground::of(me, id).await?;
        let person = typed.person.parse::<PersonId>().ok();
        let here = person.filter(|person| ground.people().any(|one| one.id == *person));
        (here, ground.frame.d.clock.today(), ground.sheet)
    };
    if person.is_none() {
        errors.add("person", me.w.error_choose());
    }
    let new = typed.fact(me, errors);
    for fault in new.iter().flat_map(|new| new.faults(today, None)) {
        errors.add(fault.field, word(me, fault.field, fault.key));
    }
    let (Some(person), Some(new), true) = (person, new, errors.is_empty()) else { return Ok(None) };
    let mut cx = me.begin().await?;
    let told = match followups::add_fact(&mut cx, person, &new).await? {
        Some(_) => done("fact", &before, &followups::sheet(&mut cx, id).await?),
        None => "fact-known".to_owned(),
    };
    cx.commit().await?;
    Ok(Some(told))
}

fn word(me: &Me, field: &str, key: &str) -> String {
    match (field, key) {
        ("words", "error-text-too-long") => me.w.case_text_too_long("200"),
        ("lot", "error-text-too-long") => me.w.case_text_too_long("40"),
        _ => me.w.by_key(key),
    }
}

async fn show(me: &Me, id: HouseholdId, typed: Typed, errors: Errors) -> Outcome {
    let ground = Ground::of(me, id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let people = ground
        .people()
        .map(|one| (one.id.to_string(), one.full_name.clone(), typed.person == one.id.to_string()))
        .collect();
    let kind = |one: &Kind| (one.as_str().to_owned(), words::fact(w, *one), typed.kind == one.as_str());
    let source =
        |one: &Source| (one.as_str().to_owned(), words::fact_source(w, *one), typed.source == one.as_str());
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/fact")),
        people,
        kinds: Kind::ALL.iter().map(kind).collect(),
        sources: SOURCES.iter().map(source).collect(),
        typed,
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}

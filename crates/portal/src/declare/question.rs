//! One question.

use super::{Pairs, cookie, draft::Held, field, go, shown, words};
use crate::home::Visit;
use askama::Template;
use axum::{Form, extract::Path, http::HeaderMap};
use duty::units;
use health::{
    declarations::{Answers, Law, Question},
    vitals::Symptom,
};
use jiff::civil::Date;
use kernel::{Actor, Error, Result, dates};
use pages::{Outcome, Portal, forms::Errors, html};
use store::Cx;

#[derive(Template)]
#[template(path = "declare_question.html")]
struct Page {
    p: Portal,
    form: String,
    /// `near_f0`
    code: &'static str,
    title: String,
    hint: String,
    /// For whom, as whoever declares may see him.
    name: String,
    n: String,
    of: String,
    back: String,
    /// Code, label, ticked; empty for a question of yes or no.
    symptoms: Vec<(&'static str, String, bool)>,
    said: Option<bool>,
    asks_day: bool,
    test_on: String,
    errors: Errors,
}

/// The question of an address, where it is asked today.
fn asked(law: &Law, word: &str) -> Result<(Question, usize)> {
    let at = law.questions().iter().position(|question| question.as_str() == word);
    let at = at.ok_or(Error::NotFound)?;
    Ok((law.questions()[at], at))
}

/// `GET /{tenant}/declare/{question}`
pub(super) async fn page(
    visit: Visit,
    Path((_, word)): Path<(String, String)>,
    headers: HeaderMap,
) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let law = Law::today(&mut cx).await?;
    let (question, at) = asked(&law, &word)?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let Some(held) = Held::find(&mut cx, &device).await? else { return Ok(go(&visit, "who")) };
    if !held.draft.named {
        return Ok(go(&visit, "person"));
    }
    let today = units::today(&mut cx).await?;
    show(&visit, &law, (question, at), &held, today, Errors::default())
}

/// `POST /{tenant}/declare/{question}`: `symptoms` (several), or `said` (`yes`, `no`) and, with a test, `test_on`.
pub(super) async fn answer(
    visit: Visit,
    Path((_, word)): Path<(String, String)>,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let law = Law::today(&mut cx).await?;
    let (question, at) = asked(&law, &word)?;
    let Some(device) = cookie::device(&mut cx, &headers).await? else { return Ok(go(&visit, "")) };
    let Some(mut held) = Held::claim(&mut cx, &device, &field(&pairs, "form")).await? else {
        return Ok(go(&visit, "who"));
    };
    take(&mut held.draft.answers, question, &pairs);
    let today = units::today(&mut cx).await?;
    let errors = save(&visit, &mut cx, &held, question, today).await?;
    cx.commit().await?;
    if !errors.is_empty() {
        return show(&visit, &law, (question, at), &held, today, errors);
    }
    Ok(go(&visit, held.draft.next(&law, today)))
}

async fn save(visit: &Visit, cx: &mut Cx, held: &Held, question: Question, today: Date) -> Result<Errors> {
    held.save(cx).await?;
    let mut errors = Errors::default();
    for fault in held.draft.answers.faults_of(question, today, None) {
        errors.add(fault.field, visit.w.by_key(fault.key));
    }
    Ok(errors)
}

fn take(answers: &mut Answers, question: Question, pairs: &[(String, String)]) {
    if question == Question::Symptoms {
        let told = pairs.iter().filter(|(name, _)| name == "symptoms");
        answers.symptoms = told.filter_map(|(_, word)| word.parse::<Symptom>().ok()).collect();
        return;
    }
    let said = match field(pairs, "said").as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    answers.say(question, said);
    if question == Question::SelfTest {
        field(pairs, "test_on").trim().clone_into(&mut answers.test_on);
    }
}

fn show(
    visit: &Visit,
    law: &Law,
    (question, at): (Question, usize),
    held: &Held,
    today: Date,
    errors: Errors,
) -> Outcome {
    let (p, answers) = (visit.frame(), &held.draft.answers);
    let ticks = |one: &Symptom| (one.as_str(), words::symptom(p.w, *one), answers.symptoms.contains(one));
    let symptoms = law.symptoms().iter().chain([&Symptom::NoSymptom]).map(ticks);
    let before = at.checked_sub(1).and_then(|before| law.questions().get(before));
    let wrong = !errors.is_empty();
    let page = Page {
        form: held.id.to_string(),
        code: question.as_str(),
        title: words::title(&p, law, question),
        hint: words::hint(&p, question),
        name: held.draft.name.clone(),
        n: (at + 1).to_string(),
        of: law.questions().len().to_string(),
        back: p.at(format_args!("declare/{}", before.map_or("who", |before| before.as_str()))),
        symptoms: if question == Question::Symptoms { symptoms.collect() } else { Vec::new() },
        said: answers.said(question),
        asks_day: question == Question::SelfTest,
        test_on: if answers.test_on.is_empty() && !wrong {
            dates::shown_date(today)
        } else {
            answers.test_on.clone()
        },
        errors,
        p,
    };
    Ok(shown(visit, html(&page)?, wrong))
}

impl Page {
    fn is(&self, said: bool) -> bool {
        self.said == Some(said)
    }

    /// The field of the answer itself.
    fn field(&self) -> &str {
        self.code
    }
}

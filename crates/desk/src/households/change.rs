//! What is changed of a plan, with the reason: its first day, its last day, its end.

use super::{
    Ground,
    act::{Asked, Sent},
    is_running, words,
};
use crate::Me;
use askama::Template;
use health::followups::{self, Basis, Closed};
use jiff::civil::Date;
use kernel::{Error, HouseholdId, PlanId, Result, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

/// Longest reason, in characters.
const WHY_CAP: &str = "200";

/// A choice, or a day, that a form asks for beside the reason.
pub struct Question {
    pub name: &'static str,
    pub label: String,
}

/// A form of one question and a reason.
#[derive(Template)]
#[template(path = "household_form.html")]
pub struct FormPage {
    pub d: Desk,
    pub code: String,
    pub back: String,
    pub action: String,
    pub title: String,
    pub hint: String,
    /// Whom it is about.
    pub name: String,
    /// What the form is about, as it carries it.
    pub hidden: (&'static str, String),
    pub choice: Option<Question>,
    /// Code, label, chosen.
    pub choices: Vec<(String, String, bool)>,
    pub day: Option<Question>,
    pub day_value: String,
    pub why: String,
    pub errors: Errors,
}

impl FormPage {
    /// A form that asks for the reason alone.
    pub(super) fn new(
        me: &Me,
        id: HouseholdId,
        act: &str,
        title: String,
        errors: Errors,
        ground: &Ground,
    ) -> Self {
        Self {
            d: ground.frame.d.clone(),
            code: ground.sheet.home.code.clone(),
            back: me.at(format!("households/{id}")),
            action: me.at(format!("households/{id}/{act}")),
            title,
            hint: String::new(),
            name: String::new(),
            hidden: ("", String::new()),
            choice: None,
            choices: Vec::new(),
            day: None,
            day_value: String::new(),
            why: String::new(),
            errors,
        }
    }
}

#[derive(Clone, Default)]
struct Typed {
    plan: String,
    /// The basis, or why it is closed.
    choice: String,
    /// The first or the last day.
    day: String,
    why: String,
}

/// `GET /{tenant}/desk/households/{id}/{act}?plan=`
pub async fn page(me: &Me, id: HouseholdId, act: &str, asked: &Asked) -> Outcome {
    let ground = Ground::of(me, id).await?;
    let one = ground.plan(asked.plan.parse::<PlanId>()?)?;
    if !is_running(one) {
        return Ok(see_other(&me.at(format!("households/{id}?done=plan-known"))));
    }
    let plan = &one.kept.plan;
    let typed = Typed {
        plan: asked.plan.clone(),
        choice: if act == "restart" { plan.basis.as_str().to_owned() } else { String::new() },
        day: match act {
            "restart" => dates::shown_date(plan.start_on),
            "lengthen" => dates::shown_date(plan.ends_on),
            _ => String::new(),
        },
        why: String::new(),
    };
    show(me, id, act, &ground, typed, Errors::default())
}

/// `POST /{tenant}/desk/households/{id}/{act}`
pub async fn save(me: &Me, id: HouseholdId, act: &str, sent: &Sent) -> Outcome {
    let typed = Typed {
        plan: sent.of("plan").to_owned(),
        choice: sent.of(question(act)).to_owned(),
        day: sent.of(day_asked(act)).to_owned(),
        why: sent.of("why").to_owned(),
    };
    match change(me, id, act, &typed).await {
        Ok(0) => Ok(see_other(&me.at(format!("households/{id}?done={act}")))),
        Ok(outside) => Ok(see_other(&me.at(format!("households/{id}?done={act}&outside={outside}")))),
        Err(Error::Conflict("error-plan-closed")) => {
            Ok(see_other(&me.at(format!("households/{id}?done=plan-known"))))
        }
        Err(error) => {
            let errors = told(me, error)?;
            show(me, id, act, &Ground::of(me, id).await?, typed, errors)
        }
    }
}

/// What is wrong with a form that asks why.
pub fn told(me: &Me, error: Error) -> Result<Errors> {
    let mut errors = Errors::default();
    match error {
        Error::Invalid { field: "why", key: "error-text-too-long" } => {
            errors.add("why", me.w.case_text_too_long(WHY_CAP));
        }
        other => errors.take(me.w, other)?,
    }
    Ok(errors)
}

/// How many contacts lie outside the plan's days by it.
async fn change(me: &Me, id: HouseholdId, act: &str, typed: &Typed) -> Result<usize> {
    let plan = typed.plan.parse::<PlanId>()?;
    let today = {
        let ground = Ground::of(me, id).await?;
        ground.plan(plan)?;
        ground.frame.d.clock.today()
    };
    let mut cx = me.begin().await?;
    let outside = match act {
        "restart" => {
            let basis: Basis = typed.choice.parse().map_err(|_| Error::invalid("basis", "error-choose"))?;
            let on = day("start_on", &typed.day, today)?;
            followups::restart(&mut cx, plan, basis, on, &typed.why).await?.outside
        }
        "lengthen" => {
            let until = day("ends_on", &typed.day, today)?;
            followups::lengthen(&mut cx, plan, until, &typed.why).await?;
            0
        }
        _ => {
            let closed: Closed =
                typed.choice.parse().map_err(|_| Error::invalid("closed_as", "error-choose"))?;
            followups::close(&mut cx, plan, closed, &typed.why).await?;
            0
        }
    };
    cx.commit().await?;
    Ok(outside)
}

fn day(field: &'static str, text: &str, today: Date) -> Result<Date> {
    dates::parse_date_near(text, today).map_err(|error| Error::invalid(field, error.key))
}

fn question(act: &str) -> &'static str {
    if act == "restart" { "basis" } else { "closed_as" }
}

fn day_asked(act: &str) -> &'static str {
    if act == "restart" { "start_on" } else { "ends_on" }
}

fn show(me: &Me, id: HouseholdId, act: &str, ground: &Ground, typed: Typed, errors: Errors) -> Outcome {
    let w = me.w;
    let one = ground.plan(typed.plan.parse::<PlanId>()?)?;
    let (title, hint) = match act {
        "restart" => (w.follow_do_restart(), w.follow_restart_hint()),
        "lengthen" => (w.follow_do_lengthen(), w.follow_lengthen_hint()),
        _ => (w.follow_do_close(), w.follow_close_hint()),
    };
    let chosen = |code: &str| typed.choice == code;
    let (choice, choices) = match act {
        "restart" => (Some(w.follow_basis()), bases(me, chosen)),
        "lengthen" => (None, Vec::new()),
        _ => (Some(w.follow_close_why()), endings(me, chosen)),
    };
    let day = match act {
        "restart" => Some(w.follow_start_on()),
        "lengthen" => Some(w.follow_ends_on()),
        _ => None,
    };
    let wrong = !errors.is_empty();
    let page = FormPage {
        hint,
        name: one.person.full_name.clone(),
        hidden: ("plan", typed.plan.clone()),
        choice: choice.map(|label| Question { name: question(act), label }),
        choices,
        day: day.map(|label| Question { name: day_asked(act), label }),
        day_value: typed.day,
        why: typed.why,
        ..FormPage::new(me, id, act, title, errors, ground)
    };
    form_page(&page, wrong)
}

fn bases(me: &Me, chosen: impl Fn(&str) -> bool) -> Vec<(String, String, bool)> {
    let choice = |one: &Basis| (one.as_str().to_owned(), words::basis(me.w, *one), chosen(one.as_str()));
    Basis::ALL.iter().map(choice).collect()
}

/// What follows from the case nobody chooses.
fn endings(me: &Me, chosen: impl Fn(&str) -> bool) -> Vec<(String, String, bool)> {
    let choice = |one: &Closed| (one.as_str().to_owned(), words::closed(me.w, *one), chosen(one.as_str()));
    Closed::ALL.iter().filter(|one| !one.follows()).map(choice).collect()
}

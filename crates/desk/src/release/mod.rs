//! Who may be released today, what is missing for the others, and the release by one press: plan and
//! case are closed, and the certificate stands ready to be printed.

use crate::{
    Me,
    frame::{self, Frame},
    households::{lack_of_release, subject},
    rounds::{chosen, units},
};
use askama::Template;
use axum::{Form, Router, extract::Query, routing::get};
use duty::permissions::{Action, Scope, permits};
use health::{
    care::papers::Signer,
    discharge::{self, Lack, Leaving, Ready},
    followups,
};
use kernel::{Error, PlanId, dates};
use pages::{App, Desk, Outcome, Words, html, see_other};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/release", get(list).post(release))
}

/// What the list shows; the same words stand in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Empty: the reader's own.
    unit: String,
    done: String,
}

struct Row {
    plan: String,
    name: String,
    href: String,
    code: String,
    home: String,
    subject: String,
    days: String,
    /// By what he may go; empty while something is missing.
    ready: String,
    lacks: Vec<String>,
    marks: Vec<String>,
    /// Where the result is written that is missing, by those who may.
    result_href: Option<String>,
}

#[derive(Template)]
#[template(path = "release.html")]
struct Page {
    d: Desk,
    action: String,
    message: String,
    unit: String,
    /// Id, name, chosen; empty where there is nothing to choose.
    units: Vec<(String, String, bool)>,
    chosen: String,
    rows: Vec<Row>,
    /// The reader may release.
    releases: bool,
}

/// `GET /{tenant}/desk/release?unit=`
async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CareSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CareSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "rounds").await?;
    let lists = followups::lists(&mut frame.cx).await?;
    let unit = chosen(&asked.unit, &frame, &lists)?;
    let leaving = match unit {
        Some(unit) => discharge::list(&mut frame.cx, unit).await?,
        None => Vec::new(),
    };
    let tests = permits(&me.actor, Action::CaseRecord, Scope::Units(unit.as_slice()));
    let page = Page {
        action: me.at("release"),
        message: match asked.done.as_str() {
            "known" => me.w.release_done_known(),
            "not-ready" => me.w.release_done_not_ready(),
            _ => String::new(),
        },
        unit: unit.map_or_else(String::new, |unit| frame::short(&frame.tree, &frame.d, Some(unit))),
        units: units(&frame, &lists, unit),
        chosen: unit.map(|unit| unit.to_string()).unwrap_or_default(),
        rows: leaving.iter().map(|one| row(&me, one, tests)).collect(),
        releases: permits(&me.actor, Action::CarePaper, Scope::Units(unit.as_slice())),
        d: frame.d,
    };
    html(&page)
}

fn row(me: &Me, one: &Leaving, tests: bool) -> Row {
    let (w, plan) = (me.w, &one.kept.plan);
    let mut lacks: Vec<String> = one.stands.lacks.iter().map(|lack| lack_of_release(w, *lack)).collect();
    if let Some(day) = one.stands.without_test_from.filter(|_| one.stands.ready.is_none()) {
        lacks.push(w.release_without_test(dates::shown_date(day)));
    }
    Row {
        plan: one.plan.to_string(),
        name: one.person.full_name.clone(),
        href: me.at(format!("households/{}", one.household)),
        code: one.code.clone(),
        home: one.address.clone().unwrap_or_default(),
        subject: subject(w, plan.subject),
        days: w.follow_from_to(dates::shown_date(plan.start_on), dates::shown_date(plan.ends_on)),
        ready: one.stands.ready.map_or_else(String::new, |by| ready(w, by)),
        lacks,
        result_href: (tests && lacks_test(one))
            .then(|| me.at(format!("households/{}/result?member={}", one.household, one.person.id))),
        marks: if one.bag_c { vec![w.release_bag_c()] } else { Vec::new() },
    }
}

fn lacks_test(one: &Leaving) -> bool {
    one.stands.lacks.iter().any(|lack| matches!(lack, Lack::NegativeTest | Lack::Positive))
}

fn ready(w: Words, one: Ready) -> String {
    match one {
        Ready::Days => w.release_ready_days(),
        Ready::NegativeTest => w.release_ready_negative_test(),
        Ready::LongDays => w.release_ready_long_days(),
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    unit: String,
}

/// `POST /{tenant}/desk/release`: to the certificate
async fn release(me: Me, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    let plan = sent.plan.parse::<PlanId>()?;
    let mut cx = me.begin().await?;
    let done = discharge::release(&mut cx, &me.tenant, plan, &Signer::default()).await;
    let back = |done: &str| me.at(format!("release?unit={}&done={done}", sent.unit));
    match done {
        Ok(released) => {
            cx.commit().await?;
            Ok(see_other(&match released.paper {
                Some(paper) => me.at(format!("papers/{paper}")),
                None => me.at(format!("households/{}", released.household)),
            }))
        }
        // Pressed twice, he is released once.
        Err(Error::Conflict("error-plan-closed")) => Ok(see_other(&back("known"))),
        Err(Error::Conflict("error-release-not-ready")) => Ok(see_other(&back("not-ready"))),
        Err(other) => Err(other.into()),
    }
}

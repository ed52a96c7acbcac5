//! Ending an alert: what was done, said once; the ticket of one's own unit is answered by it.

use super::{Ground, act::Sent, words};
use crate::Me;
use askama::Template;
use axum::{Form, extract::Path};
use health::{
    alerts::{self, Ended, Grade},
    followups,
};
use kernel::{AlertId, Error, HouseholdId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};

#[derive(Template)]
#[template(path = "alert_end.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    name: String,
    grade: String,
    urgent: bool,
    signs: String,
    raised: String,
    /// Code, label, chosen.
    choices: Vec<(&'static str, String, bool)>,
    note: String,
    errors: Errors,
}

/// `GET /{tenant}/desk/alerts/{id}/end`
pub async fn form(me: Me, Path((_, id)): Path<(String, AlertId)>) -> Outcome {
    let home = household(&me, id).await?;
    show(&me, id, home, ("", ""), Errors::default()).await
}

/// `POST /{tenant}/desk/alerts/{id}/end`
pub async fn end(
    me: Me,
    Path((_, id)): Path<(String, AlertId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let sent = Sent(pairs);
    me.check(sent.of("csrf"))?;
    let home = household(&me, id).await?;
    let (how, note) = (sent.of("ended_as"), sent.of("note"));
    let done = |done: &str| see_other(&me.at(format!("households/{home}?done={done}")));
    match finish(&me, id, how, note).await {
        Ok(()) => Ok(done("alert")),
        Err(Error::Conflict("error-alert-ended")) => Ok(done("alert-known")),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, id, home, (how, note), errors).await
        }
    }
}

async fn household(me: &Me, id: AlertId) -> Result<HouseholdId> {
    let mut cx = me.begin().await?;
    alerts::household_of(&mut cx, id).await
}

async fn finish(me: &Me, id: AlertId, how: &str, note: &str) -> Result<()> {
    let ended: Ended = how.parse().map_err(|_| Error::invalid("ended_as", "error-choose"))?;
    let mut cx = me.begin().await?;
    followups::end_alert(&mut cx, id, ended, note).await?;
    cx.commit().await
}

async fn show(me: &Me, id: AlertId, home: HouseholdId, (how, note): (&str, &str), errors: Errors) -> Outcome {
    let ground = Ground::of(me, home).await?;
    let Some(alert) = ground.sheet.alerts.iter().find(|alert| alert.id == id) else {
        return Ok(see_other(&me.at(format!("households/{home}?done=alert-known"))));
    };
    let (w, clock) = (me.w, &ground.frame.d.clock);
    let members = ground.sheet.home.members.iter().map(|member| &member.person);
    let mut people = members.chain(ground.sheet.plans.iter().map(|one| &one.person));
    let name = people
        .find(|person| person.id == alert.person)
        .map_or_else(|| w.household_story_somebody(), |person| person.full_name.clone());
    let wrong = !errors.is_empty();
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{home}")),
        action: me.at(format!("alerts/{id}/end")),
        name,
        grade: words::grade(w, alert.grade),
        urgent: alert.grade == Grade::Emergency,
        signs: words::signs(w, &alert.signs),
        raised: w.alert_raised_at(clock.full(alert.raised_at)),
        choices: Ended::ALL
            .iter()
            .filter(|one| **one != Ended::Superseded)
            .map(|one| (one.as_str(), words::ended(w, *one), how == one.as_str()))
            .collect(),
        note: note.to_owned(),
        errors,
        d: ground.frame.d.clone(),
    };
    form_page(&page, wrong)
}

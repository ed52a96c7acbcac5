//! Taking the form in: what is good is kept at once, and only what is not is asked again.

use super::{
    doorway::Asker,
    page::{self, Page},
    typed::Sent,
};
use crate::home::Visit;
use axum::{Form, extract::Path, http::StatusCode};
use health::{
    followups::{self, Channel, DiaryForm, Entered, Own},
    vitals::Fault,
};
use kernel::{Actor, Error, PersonId, Result, SecretCode};
use pages::{Outcome, html, see_other};
use store::Turns;

/// `POST /{tenant}/diary/{code}`
pub(super) async fn send(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let own = match page::open(&mut cx, &code).await {
        Ok((_, own)) => own,
        Err(error) => return asker.refuse(&code, error),
    };
    let sent = Sent::of(pairs);
    let form = DiaryForm {
        form_key: sent.key(&cx)?,
        at: None,
        channel: Channel::Household,
        members: sent.entries(&own),
    };
    // A key of its own: what is mended is another form than the one that was sent.
    let mut page = Page::new(visit, &code, cx.id())?;
    page.mending = true;
    page.so_far = sent.so_far;
    page.gone = sent.tells_of_others(&own);
    drop(cx);
    let mut turns = Turns::default();
    let entered = loop {
        match take_in(visit, &code, &form).await {
            Err(error) if turns.again(&error) => {}
            done => break done,
        }
    };
    match entered {
        Ok(entered) => {
            page.so_far = page.so_far.max(entered.worst);
            if entered.faults.is_empty() && !page.gone {
                let (code, grade) = (SecretCode::parse(&code)?, page.so_far.as_str());
                return Ok(see_other(&visit.frame().at(format_args!("diary/{code}/done?w={grade}"))));
            }
            page.saved = saved(&own, &sent, &entered.faults);
            for (n, one) in own.iter().enumerate() {
                let faults = of(&entered.faults, one.person);
                if !faults.is_empty() {
                    page.ask(n, one, sent.of_person(one.person), &faults);
                }
            }
        }
        // All that was typed is of somebody who is not followed here.
        Err(Error::Invalid { field: "members", .. }) if page.gone => {}
        Err(Error::Invalid { key, .. }) => {
            page.wrong = Some(visit.w.by_key(key));
            ask_all(&mut page, &own, &sent);
        }
        // Somebody was released between the reading of the list and this: nothing was kept.
        Err(Error::NotFound) => {
            page.gone = true;
            ask_all(&mut page, &own, &sent);
        }
        Err(other) => return Err(other.into()),
    }
    let mut response = html(&page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(visit.keep_language(response))
}

/// In one transaction, which may have to be begun anew: staff may write to the same household, and its alarm
/// ring, at this moment.
async fn take_in(visit: &Visit, code: &str, form: &DiaryForm) -> Result<Entered> {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let household = followups::held(&mut cx, code).await?;
    let entered = followups::enter(&mut cx, &visit.tenant, household, form).await?;
    cx.commit().await?;
    Ok(entered)
}

fn ask_all(page: &mut Page, own: &[Own], sent: &Sent) {
    for (n, one) in own.iter().enumerate() {
        page.ask(n, one, sent.of_person(one.person), &[]);
    }
}

fn of(faults: &[(PersonId, Fault)], person: PersonId) -> Vec<Fault> {
    faults.iter().filter(|(of, _)| *of == person).map(|(_, fault)| *fault).collect()
}

/// Who need not be asked again. By what was sent and not by what was written now, so that a form that
/// came twice is answered alike.
fn saved(own: &[Own], sent: &Sent, faults: &[(PersonId, Fault)]) -> String {
    let whole = own.iter().filter(|one| {
        sent.of_person(one.person).is_some_and(|typed| !typed.is_empty()) && of(faults, one.person).is_empty()
    });
    whole.map(|one| one.given_name.as_str()).collect::<Vec<_>>().join(", ")
}

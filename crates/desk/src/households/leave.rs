//! Somebody no longer lives there.

use super::{
    Ground,
    act::{Asked, Sent},
    change::{self, FormPage},
    is_running,
};
use crate::Me;
use health::{followups, people::Brief};
use kernel::{Error, HouseholdId, PersonId, Result};
use pages::{Outcome, form_page, forms::Errors, see_other};

/// `GET /{tenant}/desk/households/{id}/leave?member=`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    show(me, id, &asked.member, "", Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/leave`
pub async fn leave(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    match go(me, id, sent).await {
        Ok(()) => Ok(see_other(&me.at(format!("households/{id}?done=leave")))),
        Err(error) => {
            let errors = change::told(me, error)?;
            show(me, id, sent.of("member"), sent.of("why"), errors).await
        }
    }
}

async fn go(me: &Me, id: HouseholdId, sent: &Sent) -> Result<()> {
    let person = sent.of("member").parse::<PersonId>()?;
    let mut cx = me.begin().await?;
    match followups::leave(&mut cx, id, person, sent.of("why")).await {
        // He has left already: sent twice, it is done once.
        Ok(()) | Err(Error::NotFound) => cx.commit().await,
        Err(other) => Err(other),
    }
}

async fn show(me: &Me, id: HouseholdId, member: &str, why: &str, errors: Errors) -> Outcome {
    let ground = Ground::of(me, id).await?;
    let person = member.parse::<PersonId>()?;
    let living = ground.sheet.home.members.iter().map(|member| &member.person);
    let followed = ground.sheet.plans.iter().filter(|one| is_running(one)).map(|one| &one.person);
    let one: &Brief = living.chain(followed).find(|one| one.id == person).ok_or(Error::NotFound)?;
    let wrong = !errors.is_empty();
    let page = FormPage {
        hint: me.w.household_leave_hint(),
        name: one.full_name.clone(),
        hidden: ("member", member.to_owned()),
        why: why.to_owned(),
        ..FormPage::new(me, id, "leave", me.w.household_do_leave(), errors, &ground)
    };
    form_page(&page, wrong)
}
